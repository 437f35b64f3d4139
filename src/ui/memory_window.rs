//! Asks before a run begins that needs more memory than the machine has.

use eframe::egui::{Label, Ui};

use super::format::bytes;
use super::window;
use crate::app::{Action, Actions, AppState};

/// Shows the question while a run waits for it.
pub fn memory_window_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let Some(run) = &state.windows.oversized else { return };
    let close = window::show(ui, "Train all the same?", 420.0, |ui| {
        let text = format!(
            "Training needs about {} of memory, and this machine has {}.",
            bytes(run.needed_bytes),
            bytes(run.memory_bytes)
        );
        ui.add(Label::new(text).wrap());
        let text = "The machine may stand still, and the system may end the program without a word. A \
                    smaller batch, base width or image size needs less.";
        ui.add(Label::new(text).wrap());
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            if ui.button("Do not train").clicked() {
                actions.push(Action::TrainOversized(false));
            }
            if ui.button("Train all the same").clicked() {
                actions.push(Action::TrainOversized(true));
            }
        });
    });
    if close {
        actions.push(Action::TrainOversized(false));
    }
}
