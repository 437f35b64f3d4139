//! What Train would do, on which data, and how Resume differs, in words beside the buttons.

use eframe::egui::{Button, RichText, Ui};

use super::format::{counted, grouped};
use super::parts::caption;
use super::theme::palette;
use crate::app::{Action, Actions, AppState, OpenRun, escape};
use crate::protocol::{DatasetSource, RunData};

/// Draws the lines, and the choice of the data a run was trained on where others are open.
pub fn run_choice_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.training.phase.is_active() {
        return;
    }
    cut_off_ui(ui, state, actions);
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
            actions.push(Action::OpenRunData(source.clone()));
        }
    }
}

/// A run that was cut off when the program last ended, until its model is open.
fn cut_off_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let Some(run) = &state.training.cut_off else { return };
    let model = state.model.as_ref().and_then(|model| model.path.as_ref());
    if model == Some(&run.folder) {
        return;
    }
    let name = run.folder.file_name().unwrap_or(run.folder.as_os_str()).to_string_lossy();
    let text = format!("Cut off: {}, saved at step {}", escape(&name), grouped(run.saved_step));
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(text).color(palette(ui).warning));
        let open = ui.add_enabled(state.engine_is_up(), Button::new("Open it").small());
        if open.on_hover_text("Then Resume goes on with it").clicked() {
            actions.push(Action::OpenModel(run.folder.clone()));
        }
    });
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
