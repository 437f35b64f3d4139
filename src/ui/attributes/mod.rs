//! Attributes of pictures as sliders, where they come from, and how they hang together.

mod cells;
mod details;
mod files;
mod find;
mod histogram;
mod list;
mod matrix;
mod search;
mod statistics;

pub use find::{job_ui, taken_ui};
pub use list::list_ui;

use eframe::egui::Ui;

use super::parts::{empty_state, scrolled};
use crate::app::{Action, Actions, AppState};

/// The attributes' side panel: their sliders, and below where new ones come from.
pub fn attributes_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.explore.latent.dims() == 0 {
        let text = "Attributes such as a smile or a beard become sliders here, as soon as a model is \
                    open that has seen labelled pictures.";
        return empty_state(ui, "No model", text, |ui| {
            let open = ui.add_enabled(
                state.engine_is_up(),
                eframe::egui::Button::new("Open the built-in model"),
            );
            if open.clicked() {
                actions.push(Action::OpenBuiltIn);
            }
        });
    }
    scrolled(ui, "attributes", |ui| {
        list::list_ui(ui, state, actions);
        find::find_ui(ui, state, actions);
        search::search_ui(ui, state, actions);
        find::examples_ui(ui, state, actions);
        files::files_ui(ui, state, actions);
    });
}

/// The workbench's pane: the chosen attribute beside the matrix of all.
pub fn workbench_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.attributes.in_use().next().is_none() {
        let text = "Find directions from labels or from examples in the Attributes panel at the \
                    right: their accuracy, their pictures and how they hang together show here.";
        return empty_state(ui, "No attributes yet", text, |ui| {
            find::find_button_ui(ui, state, actions);
        });
    }
    scrolled(ui, "workbench", |ui| {
        details::details_ui(ui, state, actions);
        matrix::matrix_ui(ui, state, actions);
    });
}
