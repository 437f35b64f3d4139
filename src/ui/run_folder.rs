//! Where the next run goes, and what it goes on from: a saved run, with its data, or the open model.

use eframe::egui::{Align, Button, Label, Layout, RichText, TextEdit, Ui};

use super::format::sentence;
use super::parts::{caption, heading};
use super::theme::palette;
use crate::app::{Action, Actions, AppState, display_path, escape};
use crate::protocol::{DatasetSource, RunData};

/// Draws where the next run goes, and which one it goes on with.
pub fn run_folder_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    heading(ui, "Run folder");
    let training = &state.training;
    let mut text = training.out_text.clone();
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let browse = Button::new("Browse…");
            if ui.add_enabled(!state.dialog_open, browse).clicked() {
                actions.push(Action::PickRunFolder);
            }
            let field = TextEdit::singleline(&mut text)
                .hint_text("Chosen by itself")
                .return_key(None)
                .desired_width(ui.available_width());
            if ui.add(field).accessible_name("Run folder").changed() {
                actions.push(Action::SetOutText(text));
            }
        });
    });
    let named = !training.out_text.trim().is_empty();
    let mut resume = training.resume;
    let hint = "With its own architecture and optimizer states, on to the steps set above";
    ui.add_enabled_ui(named, |ui| {
        let check = ui.checkbox(&mut resume, "Resume the run in this folder").on_hover_text(hint);
        if check.on_disabled_hover_text("Type or choose the run's folder first").changed() {
            actions.push(Action::SetResume(resume));
        }
    });
    if named && training.resume {
        run_data_ui(ui, state, actions);
    }
    continue_ui(ui, state, actions);
}

fn continue_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let Some(model) = &state.model else { return };
    let mut go_on = state.training.continue_model;
    let fits = model.spec == state.training.draft_spec;
    ui.add_enabled_ui(fits || go_on, |ui| {
        let check = ui
            .checkbox(&mut go_on, "Continue from the open model")
            .on_hover_text("Begin with its weights instead of fresh ones")
            .on_disabled_hover_text("Its architecture is another one than set above");
        if check.changed() {
            actions.push(Action::SetContinueModel(go_on));
        }
    });
    if !fits {
        let hint = "Set the architecture above to the open model's";
        if ui.button("Use the open model's architecture").on_hover_text(hint).clicked() {
            actions.push(Action::EditSpec(model.spec.clone()));
        }
    }
}

/// What the run was trained on, and the choice of the open data set instead.
fn run_data_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let Some(data) = &state.training.run_data else { return };
    let alarming = |ui: &mut Ui, text: String| {
        ui.add(Label::new(RichText::new(text).color(palette(ui).error)).wrap());
    };
    match data {
        RunData::NoRun(why) => return alarming(ui, sentence(&escape(why))),
        RunData::NotRecorded => {
            caption(
                ui,
                "This run does not say what it was trained on: it takes the open data set.",
            );
            return;
        }
        RunData::Recorded { source, missing: None, .. } => {
            caption(ui, format!("Trained on {}.", source_name(source)));
        }
        RunData::Recorded { source, missing: Some(why), .. } => {
            let name = source_name(source);
            alarming(ui, format!("Trained on {name}, which cannot be read: {}.", escape(why)));
        }
    }
    let open = state.dataset.summary.as_ref().map(|summary| escape(&summary.name));
    let mut use_open = state.training.use_open_data;
    ui.add_enabled_ui(open.is_some() || use_open, |ui| {
        let hint = format!("Go on with {}", open.unwrap_or_default());
        let check = ui
            .checkbox(&mut use_open, "Use the open data set instead")
            .on_hover_text(hint)
            .on_disabled_hover_text("Open one in the Data panel first");
        if check.changed() {
            actions.push(Action::SetUseOpenData(use_open));
        }
    });
}

fn source_name(source: &DatasetSource) -> String {
    match source {
        DatasetSource::Portraits => "Portraits".to_owned(),
        DatasetSource::Path(path) => display_path(path),
    }
}
