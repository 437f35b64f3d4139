//! The photo: opened, turned under a square frame, and cut out as the model takes it.

mod controls;
mod frame;
mod level;
mod source;
mod view;

use eframe::egui::{Event, Label, RichText, Ui, vec2};

use super::format::{grouped, sentence};
use super::parts::{empty_state, scrolled};
use super::theme::{GAP, palette};
use crate::app::{Action, Actions, AppState, PhotoAction, escape};
use crate::protocol::Photo;

/// From this width on the controls stand beside the photo.
const WIDE: f32 = 560.0;
/// Width of the square beside the photo in a narrow pane, with its margin.
const NARROW_SQUARE: f32 = 104.0;
/// Height of the controls.
const CONTROLS: f32 = 206.0;
/// The photo gets at least this height.
const LEAST_HEIGHT: f32 = 116.0;

/// Draws the photo's pane.
pub fn photo_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    source::source_ui(ui, state, actions);
    let Some(photo) = &state.photo.photo else {
        let text = "Open a photo, drop it on the window or paste it. Then bring its square into line with what the \
                    model learnt from: faces upright and as large as in the training pictures.";
        return empty_state(ui, "No photo yet", text, |_| {});
    };
    about_ui(ui, photo);
    let room = ui.available_size();
    let wide = room.x >= WIDE;
    let least = if wide { CONTROLS + NARROW_SQUARE } else { CONTROLS + LEAST_HEIGHT };
    let draw = |ui: &mut Ui, actions: &mut Actions| {
        let (width, height) = (ui.available_width(), room.y.max(least));
        if wide {
            wide_ui(ui, state, photo, vec2(width, height), actions);
        } else {
            narrow_ui(ui, state, photo, vec2(width, height), actions);
        }
    };
    if room.y < least {
        scrolled(ui, "photo", |ui| draw(ui, actions));
    } else {
        draw(ui, actions);
    }
}

fn wide_ui(
    ui: &mut Ui,
    state: &AppState,
    photo: &Photo,
    size: eframe::egui::Vec2,
    actions: &mut Actions,
) {
    let column = (size.x * 0.36).clamp(250.0, 420.0);
    ui.horizontal_top(|ui| {
        let space = vec2(size.x - column - GAP, size.y);
        frame::frame_ui(ui, state, photo, space, actions);
        ui.vertical(|ui| {
            ui.set_width(column);
            controls::cropped_ui(ui, state, column.min(size.y - CONTROLS - 28.0).max(64.0));
            controls::controls_ui(ui, state, photo, actions);
        });
    });
}

fn narrow_ui(
    ui: &mut Ui,
    state: &AppState,
    photo: &Photo,
    size: eframe::egui::Vec2,
    actions: &mut Actions,
) {
    ui.horizontal_top(|ui| {
        let space = vec2(size.x - NARROW_SQUARE - GAP, size.y - CONTROLS);
        frame::frame_ui(ui, state, photo, space.max(vec2(64.0, LEAST_HEIGHT)), actions);
        ui.vertical(|ui| controls::cropped_ui(ui, state, NARROW_SQUARE));
    });
    controls::controls_ui(ui, state, photo, actions);
}

/// `me.jpg · 4,000 × 3,000 px`, and what is worth knowing.
fn about_ui(ui: &mut Ui, photo: &Photo) {
    let size = [photo.width_px, photo.height_px].map(|edge| grouped(u64::from(edge)));
    let text = format!("{} · {} × {} px", escape(&photo.name), size[0], size[1]);
    ui.add(Label::new(RichText::new(text).small().weak()).truncate());
    let color = palette(ui).warning;
    for remark in &photo.remarks {
        ui.add(Label::new(RichText::new(sentence(remark)).small().color(color)).wrap());
    }
}

/// A paste that no text field takes is meant for the photo.
pub fn paste_ui(ui: &Ui, state: &AppState, actions: &mut Actions) {
    let is_paste = |event: &Event| matches!(event, Event::Paste(_) | Event::PasteImage(_));
    let pasted = ui.input(|input| input.raw.events.iter().any(is_paste));
    let typing = ui.ctx().text_edit_focused() || state.windows.any();
    if pasted && !typing && state.engine_is_up() {
        actions.push(Action::Photo(PhotoAction::Paste));
    }
}
