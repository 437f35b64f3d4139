//! What the colours and marks stand for: a switch for each group of points.

use eframe::egui::{Atom, Button, ScrollArea, Stroke, Ui, Vec2};

use super::marks::group_style;
use super::points::memory;
use super::strip::bar_beside;
use crate::app::{Action, Actions, AppState, escape};
use crate::protocol::{Grouping, Map};
use crate::ui::format::grouped;
use crate::ui::plots::paint_mark;
use crate::ui::theme::palette;

/// Groups that get a switch; more are only counted.
const SHOWN: usize = 64;
/// Edge of a mark's place beside its name.
const MARK: f32 = 12.0;

/// Rows of switches that show at once, each whole; more are scrolled to.
const ROWS: f32 = 3.0;

/// Draws the switches, in as many rows as they take.
pub fn legend_ui(ui: &mut Ui, state: &AppState, map: &std::sync::Arc<Map>, actions: &mut Actions) {
    let groups = memory(&ui.ctx().clone(), |memory| {
        memory.take_map(map);
        memory.groups(map, state.map.colour)
    });
    let spacing = ui.spacing();
    let height = spacing.interact_size.y * ROWS + spacing.item_spacing.y * (ROWS - 1.0);
    ui.scope(|ui| {
        bar_beside(ui);
        rows_ui(ui, (state, height), &groups, actions);
    });
}

fn rows_ui(
    ui: &mut Ui,
    (state, height): (&AppState, f32),
    groups: &Grouping,
    actions: &mut Actions,
) {
    let scroll = ScrollArea::vertical().id_salt("map legend").auto_shrink([false, true]);
    scroll.max_height(height).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.spacing_mut().button_padding.x = 6.0;
            let shown_colors = (palette(ui).raised, palette(ui).text);
            let selection = &mut ui.visuals_mut().selection;
            // A group that is shown is a plain switch: the accent would drown its own colour.
            selection.bg_fill = shown_colors.0;
            selection.stroke = Stroke::new(1.0, shown_colors.1);
            for (group, name) in groups.names.iter().enumerate().take(SHOWN) {
                let shown = !state.map.hidden.contains(&(group as u16));
                let (mut color, mark) = group_style(palette(ui), group);
                if !shown {
                    color = palette(ui).text_weak;
                }
                let swatch = Atom::paint(Vec2::splat(MARK), move |ui, args| {
                    paint_mark(ui.painter(), args.rect.center(), mark, color, 4.2);
                });
                let name = escape(name);
                let text = format!("{name}  {}", grouped(groups.counts[group] as u64));
                let button = Button::selectable(shown, (swatch, text)).frame_when_inactive(true);
                let hint = if shown { "Hide these points" } else { "Show these points" };
                let response = ui.add(button).on_hover_text(hint);
                if response.accessible_name(format!("Points: {name}")).clicked() {
                    actions.push(Action::ToggleMapGroup(group as u16));
                }
            }
            let more = groups.names.len().saturating_sub(SHOWN);
            if more > 0 {
                crate::ui::parts::caption(ui, format!("and {more} more"));
            }
        });
    });
}
