//! How attributes hang together: cosines between directions, and what a step along each changes.

use eframe::egui::{Ui, vec2};

use super::cells::{Cells, draw_cells};
use super::find::job_ui;
use crate::app::attributes::{Attribute, JobOf, MatrixKind};
use crate::app::{Action, Actions, AppState, escape};
use crate::ui::parts::{caption, heading};
use crate::ui::widgets::segmented::segmented_ui;

/// Draws the matrix with the choice of what it shows.
pub fn matrix_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    heading(ui, "How they hang together");
    let kinds = [(MatrixKind::Cosines, "Cosines"), (MatrixKind::Entanglement, "Entanglement")];
    let picked = ui.allocate_ui(vec2(260.0, ui.spacing().interact_size.y), |ui| {
        segmented_ui(ui, "Matrix", state.attributes.matrix, kinds.into_iter())
    });
    actions.extend(picked.inner.map(Action::ShowMatrix));
    let attributes: Vec<&Attribute> = state.attributes.in_use().collect();
    match state.attributes.matrix {
        MatrixKind::Cosines => {
            caption(ui, "1: the same direction. 0: independent. −1: opposite.");
            shown_ui(ui, &attributes, &state.attributes.cosines(), state, actions);
        }
        MatrixKind::Entanglement => entanglement_ui(ui, &attributes, state, actions),
    }
}

fn entanglement_ui(
    ui: &mut Ui,
    attributes: &[&Attribute],
    state: &AppState,
    actions: &mut Actions,
) {
    let ids: Vec<u64> = attributes.iter().map(|attribute| attribute.id).collect();
    let measured = state.attributes.entanglement.as_ref().filter(|(known, _)| *known == ids);
    let Some((_, measured)) = measured else {
        return measure_ui(ui, state, actions);
    };
    let text = format!(
        "Steps along each column that a picture moves when its row's slider moves one step, seen by \
         the encoder: mean of {} samples.",
        measured.n
    );
    caption(ui, text);
    shown_ui(ui, attributes, &measured.changes, state, actions);
}

/// Nothing is measured unasked: it takes seconds for each attribute.
fn measure_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.job.is_some() && state.attributes.job_of == Some(JobOf::Entanglement) {
        return job_ui(ui, state, actions);
    }
    let text = "How much moving along one changes the others: samples are moved, drawn, and looked at by \
                the encoder.";
    caption(ui, text);
    let encodes = state.model.as_ref().is_some_and(|model| model.spec.has_encoder());
    if !encodes {
        caption(ui, "This model has no encoder to look with.");
        return;
    }
    let free = state.engine_is_up() && state.job.is_none();
    let button = ui.add_enabled(free, eframe::egui::Button::new("Measure"));
    if button.accessible_name("Measure entanglement").clicked() {
        actions.push(Action::MeasureEntanglement);
    }
}

fn shown_ui(
    ui: &mut Ui,
    attributes: &[&Attribute],
    values: &[Vec<f64>],
    state: &AppState,
    actions: &mut Actions,
) {
    let names: Vec<String> =
        attributes.iter().map(|attribute| escape(&attribute.direction.name)).collect();
    let place = |id: Option<u64>| attributes.iter().position(|one| Some(one.id) == id);
    let before = |one: &&Attribute| place(one.freed.as_ref().map(|freed| freed.from));
    let before: Vec<Option<usize>> = attributes.iter().map(before).collect();
    let chosen = place(state.attributes.chosen);
    if let Some(text) = chosen.and_then(|row| gain_text(row, attributes, values)) {
        caption(ui, text);
    }
    let cells = Cells { names: &names, values, before: &before, chosen };
    if let Some(row) = draw_cells(ui, &cells) {
        actions.push(Action::ChooseAttribute(attributes[row].id));
    }
}

/// With its sign, but for what is rounded to nothing.
fn hundredths(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    if rounded == 0.0 { "0".to_owned() } else { format!("{rounded:+.2}").replace('-', "−") }
}

/// What making a direction orthogonal gained, against each it was freed of.
fn gain_text(row: usize, attributes: &[&Attribute], values: &[Vec<f64>]) -> Option<String> {
    let place = |id: u64| attributes.iter().position(|one| one.id == id);
    let freed = attributes[row].freed.as_ref()?;
    let from = place(freed.from)?;
    let gain = |column: usize| {
        let name = escape(&attributes[column].direction.name);
        let (old, new) = (hundredths(values[from][column]), hundredths(values[row][column]));
        format!("{name} from {old} to {new}")
    };
    let gains: Vec<String> = freed.of.iter().filter_map(|id| place(*id)).map(gain).collect();
    (!gains.is_empty()).then(|| format!("What making it orthogonal gained: {}.", gains.join(", ")))
}
