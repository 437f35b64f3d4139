//! Walking the latent space: sliders for every dimension, the picture they make, and the way back.

mod compare;
mod controls;
mod image;
mod order;
mod recent;
mod sliders;

pub use controls::controls_ui;
pub use image::{fitted, image_ui};
pub use order::{latent_range, visible_dims};
pub use recent::recent_ui;
pub use sliders::sliders_ui;

use eframe::egui::{Button, Rect, Ui, UiBuilder};

use super::parts::empty_state;
use crate::app::{Action, Actions, AppState};

/// The explorer's pane in the centre: the large picture, and under it where one has been.
pub fn picture_pane_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let space = ui.available_rect_before_wrap();
    let strip = if state.explore.latent.dims() > 0 { recent::strip_height(ui) } else { 0.0 };
    let (above, below) = space.split_top_bottom_at_y(space.bottom() - strip);
    let part = |rect: Rect, salt: &str| UiBuilder::new().max_rect(rect).id_salt(salt);
    image_ui(&mut ui.new_child(part(above, "picture")), state, actions);
    if strip > 0.0 {
        recent_ui(&mut ui.new_child(part(below, "recent")), state, actions);
    }
    ui.advance_cursor_after_rect(space);
}

/// The explorer's side panel: what acts on the whole latent above a slider for every dimension.
pub fn explorer_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.model.is_none() || state.explore.latent.dims() == 0 {
        no_model_ui(ui, state, actions);
        return;
    }
    controls_ui(ui, state, actions);
    ui.add_space(4.0);
    sliders_ui(ui, state, actions);
}

fn no_model_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let text =
        "Sliders for its latent dimensions appear here as soon as one is open or in training.";
    empty_state(ui, "No model", text, |ui| {
        ui.add_enabled_ui(state.engine_is_up(), |ui| {
            if ui.button("Open the built-in model").clicked() {
                actions.push(Action::OpenBuiltIn);
            }
            if ui.add_enabled(!state.dialog_open, Button::new("Open…")).clicked() {
                actions.push(Action::PickModel);
            }
        });
    });
}
