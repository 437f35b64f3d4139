//! Asks before a file is replaced.

use eframe::egui::{Label, Ui};

use super::window;
use crate::app::{Action, Actions, AppState, display_path};

/// Shows the question while something waits for it.
pub fn replace_window_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let Some(replacing) = &state.windows.replacing else { return };
    let close = window::show(ui, "Replace it?", 420.0, |ui| {
        let text = format!("{} is there already.", display_path(&replacing.path));
        ui.add(Label::new(text).wrap());
        ui.label("What it holds now is lost when it is replaced.");
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            if ui.button("Keep it").clicked() {
                actions.push(Action::ReplaceFile(false));
            }
            if ui.button("Replace").clicked() {
                actions.push(Action::ReplaceFile(true));
            }
        });
    });
    if close {
        actions.push(Action::ReplaceFile(false));
    }
}
