//! What Train would do, on which data, and how Resume differs, in words beside the buttons.

use eframe::egui::Ui;

use super::format::{counted, grouped};
use super::parts::caption;
use crate::app::{Action, Actions, AppState, OpenRun, escape};
use crate::protocol::{DatasetSource, RunData};

/// Draws the lines, and the choice of the data a run was trained on where others are open.
pub fn run_choice_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.training.phase.is_active() {
        return;
    }
    let data = open_data(state);
    if state.resumes() {
        caption(ui, "Train: goes on with the run in the folder named below");
    } else if state.resumable().is_some() {
        caption(ui, format!("Train: a new run {data}"));
    } else {
        caption(ui, format!("A new run {data}"));
    }
    let Some(run) = state.resumable() else { return };
    let step = grouped(run.step);
    caption(
        ui,
        format!("Resume: goes on with {} from step {step}{}", escape(&run.name()), on(run)),
    );
    if let Some(source) = state.data_to_offer() {
        let text = format!("Open its data: {}", short_name(source));
        let hint = "For a new run on what this one was trained on";
        if ui.button(text).on_hover_text(hint).clicked() {
            actions.push(Action::OpenDataset(source.clone()));
        }
    }
}

/// `on mnist (60,000 pictures)`: what a new run learns from.
fn open_data(state: &AppState) -> String {
    match (&state.dataset.loading, &state.dataset.summary) {
        (Some(_), _) => "on the data being read".to_owned(),
        (None, Some(data)) => {
            let count = counted(data.train_count, "picture", "pictures");
            format!("on {} ({count})", escape(&data.name))
        }
        (None, None) => "on Portraits".to_owned(),
    }
}

fn on(run: &OpenRun) -> String {
    match &run.data {
        Some(RunData::Recorded { source, .. }) => format!(", on {}", short_name(source)),
        _ => String::new(),
    }
}

/// A folder's own name: the whole path stands in the Data panel.
fn short_name(source: &DatasetSource) -> String {
    match source {
        DatasetSource::Portraits => "Portraits".to_owned(),
        DatasetSource::Path(path) => {
            escape(&path.file_name().unwrap_or(path.as_os_str()).to_string_lossy())
        }
    }
}
