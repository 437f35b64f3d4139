//! How attributes hang together: cosines between directions, and what a step along each changes.

use eframe::egui::{Grid, RichText, Ui, vec2};

use super::cells::{Cells, draw_cells};
use super::find::job_ui;
use crate::app::attributes::{Attribute, JobOf, MatrixKind};
use crate::app::{Action, Actions, AppState, escape};
use crate::protocol::Origin;
use crate::ui::parts::{caption, heading};
use crate::ui::theme::palette;
use crate::ui::widgets::segmented::segmented_ui;

/// Changes that are listed before the rest is only counted.
const CHANGES_SHOWN: usize = 8;

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
    if let Some(row) = chosen {
        changes_ui(ui, &changes(row, attributes, values, state.attributes.matrix));
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

/// What making a direction orthogonal changed in one place of its row.
#[derive(Debug, PartialEq)]
struct Change {
    name: String,
    before: f64,
    after: f64,
}

impl Change {
    /// How much further from nothing it is than before.
    fn growth(&self) -> f64 {
        self.after.abs() - self.before.abs()
    }
}

/// What it changed, the largest change first; what is as it was is left out. The one it was made from is
/// compared where it is there; else the cosines are those that were kept when it was made.
fn changes(
    row: usize,
    attributes: &[&Attribute],
    values: &[Vec<f64>],
    kind: MatrixKind,
) -> Vec<Change> {
    let Some(freed) = attributes[row].freed.as_ref() else { return Vec::new() };
    let name = |attribute: &Attribute| escape(&attribute.direction.name);
    let origin = &attributes[row].direction.origin;
    let mut changes: Vec<Change> =
        match (attributes.iter().position(|one| one.id == freed.from), origin) {
            (Some(from), _) => {
                let others = (0..attributes.len()).filter(|at| ![row, from].contains(at));
                let change = |at: usize| {
                    let (before, after) = (values[from][at], values[row][at]);
                    Change { name: name(attributes[at]), before, after }
                };
                others.map(change).collect()
            }
            // What was made orthogonal is.
            (None, Origin::Orthogonal { of, .. }) if kind == MatrixKind::Cosines => {
                let kept = of.iter().zip(&freed.cosines);
                let change = |(name, before): (&String, &f64)| Change {
                    name: escape(name),
                    before: *before,
                    after: 0.0,
                };
                kept.map(change).collect()
            }
            _ => Vec::new(),
        };
    changes.retain(|change| hundredths(change.before) != hundredths(change.after));
    let size = |change: &Change| (change.after - change.before).abs();
    changes.sort_by(|a, b| size(b).total_cmp(&size(a)));
    changes
}

/// A table: the name, before, after, and a word where it grew.
fn changes_ui(ui: &mut Ui, changes: &[Change]) {
    if changes.is_empty() {
        return;
    }
    caption(ui, "What making it orthogonal changed:");
    Grid::new("what orthogonal changed").num_columns(4).spacing([14.0, 1.0]).show(ui, |ui| {
        for title in ["", "before", "after"] {
            caption(ui, title);
        }
        ui.end_row();
        for change in changes.iter().take(CHANGES_SHOWN) {
            caption(ui, &change.name);
            caption(ui, hundredths(change.before));
            caption(ui, hundredths(change.after));
            if change.growth() > 0.0 {
                ui.label(RichText::new("more than before").small().color(palette(ui).warning));
            }
            ui.end_row();
        }
    });
    if changes.len() > CHANGES_SHOWN {
        caption(ui, format!("and {} smaller changes", changes.len() - CHANGES_SHOWN));
    }
}

#[cfg(test)]
mod tests {
    use super::{MatrixKind, changes};
    use crate::app::attributes::{Attribute, Freed, LatentSpace};
    use crate::protocol::{Direction, Latent, Origin, Prior};

    fn attribute(id: u64, name: &str, freed: Option<Freed>) -> Attribute {
        let of = vec!["beard".to_owned()];
        let origin = Origin::Orthogonal { from: "hat".to_owned(), of };
        let direction = Direction::new(name, Latent::zeros(2), origin);
        let space = LatentSpace { model: "faces".to_owned(), dims: 2, prior: Prior::Normal };
        Attribute { id, direction, value: 0.0, space, generator: String::new(), freed }
    }

    #[test]
    fn what_changed_is_told_by_size_and_what_grew_is_no_gain() {
        let freed = Freed { from: 1, of: vec![2], cosines: vec![-0.4] };
        let all = [
            attribute(1, "hat", None),
            attribute(2, "beard", None),
            attribute(3, "hair", None),
            attribute(4, "smile", None),
            attribute(5, "hat, free of beard", Some(freed)),
        ];
        let mut attributes: Vec<&Attribute> = all.iter().collect();
        let mut values = vec![vec![0.0; 5]; 5];
        values[0] = vec![1.0, -0.4, 0.1, 0.2, 0.9];
        values[4] = vec![0.9, 0.0, 0.15, 0.201, 1.0];
        let told = changes(4, &attributes, &values, MatrixKind::Cosines);
        let names: Vec<(&str, bool)> =
            told.iter().map(|one| (one.name.as_str(), one.growth() > 0.0)).collect();
        assert_eq!(names, [("beard", false), ("hair", true)]);

        // Another one has the name now: what was kept is compared, and nothing that was not measured.
        let other = attribute(9, "hat", None);
        attributes[0] = &other;
        let told = changes(4, &attributes, &values, MatrixKind::Cosines);
        assert_eq!((told.len(), told[0].before, told[0].after), (1, -0.4, 0.0));
        assert!(changes(4, &attributes, &values, MatrixKind::Entanglement).is_empty());
    }
}
