//! Where directions come from: labels of the open data set, or pictures a person marks.

use eframe::egui::{Button, DragValue, ProgressBar, TextEdit, Ui};

use crate::app::attributes::JobOf;
use crate::app::{Action, Actions, AppState, Marking};
use crate::protocol::{DatasetSource, DirectionMethod};
use crate::ui::format::{counted, grouped};
use crate::ui::parts::{caption, card, heading, primary_button};
use crate::ui::theme::palette;
use crate::ui::widgets::form::row_ui;
use crate::ui::widgets::segmented::segmented_ui;

/// Why no directions can be found from labels, if so.
fn obstacle(state: &AppState) -> Option<&'static str> {
    let model = state.model.as_ref()?;
    if !model.spec.has_encoder() {
        return Some(
            "This model has no encoder, so labelled pictures have no place in its latent space. \
             Train one for it in the Training tab, or mark examples below.",
        );
    }
    let open = state.dataset.summary.as_ref()?;
    (open.labels.is_empty() && open.source != DatasetSource::Portraits).then_some(
        "The open pictures have no labels: put them into folders named by what they show, or give a table \
         of labels or a pattern for their file names in the Data panel.",
    )
}

/// Draws what is needed to find directions from labels.
pub fn find_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    heading(ui, "Find from labels");
    if let Some(obstacle) = obstacle(state) {
        caption(ui, obstacle);
        return;
    }
    let name = state.dataset.summary.as_ref().map_or("Portraits", |open| open.name.as_str());
    caption(ui, format!("From {}, through the model's encoder.", crate::app::escape(name)));
    let methods =
        [(DirectionMethod::Means, "Means"), (DirectionMethod::Logistic, "Logistic")].into_iter();
    let hint = "Difference of the mean codes with and without it, or the normal of a logistic \
                boundary between them";
    let picked = row_ui(ui, "Method", hint, |ui| {
        segmented_ui(ui, "Method", state.attributes.method, methods)
    });
    actions.extend(picked.map(Action::SetDirectionMethod));
    if state.attributes.method == DirectionMethod::Logistic {
        let mut ridge = state.attributes.ridge;
        let hint = "Weight of the ridge that keeps the boundary's normal short";
        let changed = row_ui(ui, "Ridge", hint, |ui| {
            ui.add(DragValue::new(&mut ridge).range(1e-6..=1e6).speed(0.05)).changed()
        });
        if changed {
            actions.push(Action::SetRidge(ridge));
        }
    }
    let mut pictures = state.attributes.pictures;
    let hint = "At most so many training pictures, and as many held-out ones, are encoded";
    let changed = row_ui(ui, "Pictures", hint, |ui| {
        let number = DragValue::new(&mut pictures)
            .range(2..=1_000_000)
            .speed(20.0)
            .custom_formatter(|value, _| grouped(value as u64));
        ui.add(number.update_while_editing(false)).changed()
    });
    if changed {
        actions.push(Action::SetAttributePictures(pictures));
    }
    find_button_ui(ui, state, actions);
}

/// The button that finds directions, or how far that is.
pub fn find_button_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.job.is_some() && state.attributes.job_of == Some(JobOf::Labels) {
        return job_ui(ui, state, actions);
    }
    let free = state.engine_is_up() && state.job.is_none();
    let may = free && state.model.is_some() && obstacle(state).is_none();
    ui.add_enabled_ui(may, |ui| {
        let button = primary_button(ui, "Find directions");
        if button.on_disabled_hover_text(waiting_for(state)).clicked() {
            actions.push(Action::FindAttributes);
        }
    });
}

/// Why nothing can be begun now.
pub fn waiting_for(state: &AppState) -> String {
    match &state.job {
        Some(job) => format!("Another job is under way: {}", job.what),
        None => "Open a model first".to_owned(),
    }
}

/// How far the job under way is, and a way to stop it.
pub fn job_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let Some(job) = &state.job else { return };
    card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let count = match job.total {
            0 => String::new(),
            total => format!(", {} of {}", grouped(job.done), grouped(total)),
        };
        ui.label(format!("{}{count}", crate::ui::format::sentence(&job.what)));
        let share = if job.total == 0 { 0.0 } else { job.done as f32 / job.total as f32 };
        let bar = ProgressBar::new(share).desired_height(8.0).fill(palette(ui).accent_fill);
        ui.add(bar).accessible_name("Job progress");
        if ui.button("Cancel").accessible_name("Cancel the job").clicked() {
            actions.push(Action::StopJobs);
        }
    });
}

/// Draws what makes a direction of marked pictures.
pub fn examples_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    heading(ui, "Make from examples");
    let hint = "What a click on a picture of the sheet does. Ctrl+click marks with, Shift+click without, \
                at any time.";
    let choices = [(Marking::Off, "Load"), (Marking::With, "With"), (Marking::Without, "Without")];
    let picked = row_ui(ui, "Click on a sample", hint, |ui| {
        segmented_ui(ui, "Click on a sample", state.marking, choices.into_iter())
    });
    actions.extend(picked.map(Action::SetMarking));
    let examples = &state.examples;
    let (with, without) = (examples.with.len(), examples.without.len());
    caption(ui, format!("{} with it, {} without", counted(with, "picture", "pictures"), without));
    let mut name = state.attributes.example_name.clone();
    let field = TextEdit::singleline(&mut name)
        .hint_text("name of the attribute")
        .desired_width(ui.available_width());
    if ui.add(field).accessible_name("Name of the new attribute").changed() {
        actions.push(Action::SetExampleName(name.clone()));
    }
    taken_ui(ui, state, &name);
    ui.horizontal(|ui| {
        let ready = with > 0 && without > 0 && !name.trim().is_empty();
        let make = ui.add_enabled(ready, Button::new("Make attribute"));
        let missing = "Mark pictures on both sides in the sheet of samples, and give it a name";
        if make.on_disabled_hover_text(missing).clicked() {
            actions.push(Action::AttributeFromExamples);
        }
        let clear = ui.add_enabled(with + without > 0, Button::new("Clear marks"));
        if clear.clicked() {
            actions.push(Action::ClearExamples);
        }
    });
}

/// What a new attribute will be called where the typed name is taken.
pub fn taken_ui(ui: &mut Ui, state: &AppState, name: &str) {
    let name = name.trim();
    let free = state.attributes.free_name(name, None);
    if !name.is_empty() && free != name {
        let (name, free) = (crate::app::escape(name), crate::app::escape(&free));
        caption(ui, format!("There is a “{name}” already: this one will be called “{free}”."));
    }
}
