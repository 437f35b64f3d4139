//! The way from a finished model to an encoder for it: a button under the run's controls.

use eframe::egui::{Button, Ui};

use crate::app::{Action, Actions, AppState};

/// What the button and the command are called.
pub const ENCODER_ENTRY: &str = "Train an encoder for this model";

/// Why no encoder can be trained now, if so: what is wrong and what to do.
pub fn encoder_obstacle(state: &AppState) -> Option<String> {
    let why = if !state.engine_is_up() {
        "The engine is not running: restart it first"
    } else if state.training.phase.is_active() {
        "A run is under way: stop it first"
    } else if state.model.is_none() {
        "No model is open: open the one that the encoder is for"
    } else if state.dataset.loading.is_some() || state.training.start_when_read {
        "The data are being read"
    } else if state.dataset.summary.is_none() {
        "No data set is open: the encoder learns from real pictures as well as from generated ones"
    } else {
        return None;
    };
    Some(why.to_owned())
}

/// Draws the button while no run is under way.
pub fn encoder_entry_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.training.phase.is_active() {
        return;
    }
    let obstacle = encoder_obstacle(state);
    let has_one = state.model.as_ref().is_some_and(|model| model.spec.has_encoder());
    let mut fresh = state.training.fresh_encoder;
    let hint = if has_one && fresh {
        "Trains an encoder with random weights at first, in place of the model's, so that its codes give pictures \
         back through the generator as it is; nothing else of the model changes"
    } else if has_one {
        "Trains the model's encoder further so that its codes give pictures back through the generator as it \
         is; nothing else of the model changes"
    } else {
        "So that photos get a place in its latent space: a run that changes nothing else of the model"
    };
    let button = ui.add_enabled(obstacle.is_none(), Button::new(ENCODER_ENTRY));
    let button = button.on_hover_text(hint).on_disabled_hover_text(obstacle.unwrap_or_default());
    if button.clicked() {
        actions.push(Action::TrainEncoder);
    }
    if has_one {
        let hint =
            "The encoder begins with random weights; else the model's own is trained further";
        if ui.checkbox(&mut fresh, "Encoder from scratch").on_hover_text(hint).changed() {
            actions.push(Action::SetFreshEncoder(fresh));
        }
    }
}
