//! Help: every shortcut, the first steps, and the licences.

use eframe::egui::{Frame, Grid, Margin, RichText, ScrollArea, TextStyle, Ui, vec2};

use super::licences::licences_ui;
use super::parts::heading;
use super::shortcuts::{BUILT_IN, SHORTCUTS};
use super::theme::palette;
use super::widgets::segmented::segmented_ui;
use super::window;
use crate::app::{Action, Actions, AppState};

const WIDTH: f32 = 760.0;
/// What the longest keys take of a column, with the space after them.
const KEYS_WIDTH: f32 = 128.0;
/// Least width for the keys in two columns.
const ROOM_FOR_TWO: f32 = 640.0;

const FIRST_STEPS: [&str; 5] = [
    "Explore: move the sliders on the right. Each is one dimension of the latent; the large picture is what the network makes of it.",
    "Samples: click any picture to load its latent onto the sliders.",
    "Data: use Portraits, or choose, type or drop a folder of your own pictures.",
    "Training: choose a family and press Train. Curves and samples move while it learns, and the sliders keep working.",
    "Stop saves the run. Open it again from the Model menu, or drop its folder on the window.",
];

/// Shows the help while it is open.
pub fn help_window_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if !state.windows.help {
        return;
    }
    let close = window::show(ui, "Help", WIDTH, |ui| pages_ui(ui, state, actions));
    if close {
        actions.push(Action::ShowHelp(false));
    }
}

fn pages_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let pages = [(false, "Shortcuts and first steps"), (true, "Licences")];
    let page = segmented_ui(ui, "Help", state.licences_shown, pages.into_iter());
    actions.extend(page.map(Action::ShowLicences));
    // What title and margins leave of the window; the same on both pages.
    let height = (ui.ctx().content_rect().height() - 200.0).min(700.0);
    if state.licences_shown {
        return licences_ui(ui, height, state, actions);
    }
    let scroll = ScrollArea::vertical().max_height(height).min_scrolled_height(height);
    scroll.show(ui, |ui| {
        // Room for the scroll bar, which floats over the content.
        let margin = Margin { right: 14, ..Margin::ZERO };
        Frame::new().inner_margin(margin).show(ui, contents_ui);
    });
}

fn contents_ui(ui: &mut Ui) {
    heading(ui, "Shortcuts");
    keys_ui(ui);
    heading(ui, "First steps");
    for (index, step) in FIRST_STEPS.iter().enumerate() {
        ui.horizontal_top(|ui| {
            let color = palette(ui).accent;
            ui.label(RichText::new(format!("{}.", index + 1)).color(color));
            ui.add(eframe::egui::Label::new(*step).wrap());
        });
    }
}

/// All keys, side by side in two columns where there is room, so that they are seen at one glance.
fn keys_ui(ui: &mut Ui) {
    let with_keys = SHORTCUTS.iter().filter(|command| command.keys.is_some());
    let own = with_keys.map(|s| (s.keys_text(ui.ctx()), s.text));
    let built_in = BUILT_IN.iter().map(|(keys, text)| ((*keys).to_owned(), *text));
    let rows: Vec<(String, &str)> = own.chain(built_in).collect();
    let columns = if ui.available_width() < ROOM_FOR_TWO { 1 } else { 2 };
    let each = rows.len().div_ceil(columns);
    ui.columns(columns, |uis| {
        for (column, (ui, rows)) in uis.iter_mut().zip(rows.chunks(each)).enumerate() {
            // A long text goes to a second line instead of widening the window.
            let room = (ui.available_width() - KEYS_WIDTH).max(120.0);
            let grid = Grid::new(("shortcuts", column)).num_columns(2).spacing(vec2(16.0, 2.0));
            grid.show(ui, |ui| {
                for (keys, text) in rows {
                    let color = palette(ui).text_strong;
                    ui.label(RichText::new(keys).text_style(TextStyle::Monospace).color(color));
                    ui.scope(|ui| {
                        ui.set_max_width(room);
                        ui.add(eframe::egui::Label::new(*text).wrap());
                    });
                    ui.end_row();
                }
            });
        }
    });
}
