//! How the chosen attribute was found, how well it tells pictures apart, or that nobody has measured it.

use eframe::egui::{Button, Ui};

use super::find::job_ui;
use super::histogram::draw_histogram;
use crate::app::attributes::{Attribute, JobOf};
use crate::app::{Action, Actions, AppState, escape};
use crate::protocol::{Direction, Judged, Origin};
use crate::ui::format::{counted, grouped, sentence};
use crate::ui::parts::caption;

/// Draws the chosen attribute's statistics.
pub fn statistics_ui(ui: &mut Ui, state: &AppState, attribute: &Attribute, actions: &mut Actions) {
    let direction = &attribute.direction;
    caption(ui, escape(&source_text(&direction.origin)));
    caption(ui, escape(&judged_text(direction)));
    if let Some(histogram) = &direction.histogram {
        draw_histogram(ui, histogram, direction.judged.as_ref());
    }
    if direction.judged.is_none() {
        measure_ui(ui, state, direction, actions);
    }
}

/// What it was made from.
fn source_text(origin: &Origin) -> String {
    match origin {
        Origin::Labels { with, without, .. } => {
            let (with, without) = (grouped(*with as u64), grouped(*without as u64));
            format!("Made from {with} pictures with it and {without} without.")
        }
        origin => format!("{}.", sentence(&origin.to_string())),
    }
}

/// How well it tells held-out pictures apart; of no direction another one's figures are told.
fn judged_text(direction: &Direction) -> String {
    let Direction { judged, origin, histogram, .. } = direction;
    match (judged, origin) {
        (Some(judged), _) => told(judged),
        (None, Origin::Labels { accuracy, auc, .. }) => {
            format!("Held-out accuracy {accuracy:.3}, AUC {auc:.3}.")
        }
        (None, _) if histogram.is_some() => {
            "Accuracy and AUC: not measured, as the pictures have no label of this name.".to_owned()
        }
        (None, _) => "Accuracy, AUC and histogram: not measured.".to_owned(),
    }
}

fn told(judged: &Judged) -> String {
    let Judged { label, with, without, accuracy, auc } = judged;
    let larger = judged.larger_share();
    let n = counted(with + without, "held-out picture", "held-out pictures");
    let (with, without) = (grouped(*with as u64), grouped(*without as u64));
    format!(
        "Accuracy {accuracy:.3} (the larger class alone: {larger:.3}), AUC {auc:.3}, on {n}: {with} \
         with “{label}”, {without} without."
    )
}

/// In few words, beside a slider: accuracy, with what it is to be compared with on hover.
pub fn accuracy_of(direction: &Direction) -> Option<(String, String)> {
    let judged = direction.judged.as_ref()?;
    Some((format!("{:.0} %", judged.accuracy * 100.0), told(judged)))
}

fn measure_ui(ui: &mut Ui, state: &AppState, direction: &Direction, actions: &mut Actions) {
    if state.job.is_some() && state.attributes.job_of == Some(JobOf::Judging) {
        return job_ui(ui, state, actions);
    }
    let encodes = state.model.as_ref().is_some_and(|model| model.spec.has_encoder());
    if !encodes {
        caption(ui, "This model has no encoder, so pictures have no place along it.");
        return;
    }
    let open = state.dataset.summary.as_ref();
    let data = open.map_or("Portraits", |open| open.name.as_str());
    let text = if direction.is_measured() { "Measure again" } else { "Measure" };
    let button = ui.add_enabled(state.engine_is_up() && state.job.is_none(), Button::new(text));
    let hint = format!(
        "Looks where the pictures of {} lie along every direction that was not measured; one with the \
         name of a label is judged by it",
        escape(data)
    );
    if button.accessible_name("Measure this direction").on_hover_text(hint).clicked() {
        actions.push(Action::JudgeAttributes);
    }
}

#[cfg(test)]
mod tests {
    use super::{accuracy_of, judged_text};
    use crate::protocol::{Direction, Judged, Latent, Origin};

    #[test]
    fn an_accuracy_stands_beside_its_baseline_and_none_is_made_up() {
        let origin = Origin::Orthogonal { from: "hat".to_owned(), of: vec!["beard".to_owned()] };
        let bare = Direction::new("hat, free of beard", Latent::zeros(2), origin);
        assert!(judged_text(&bare).contains("not measured"));
        assert_eq!(accuracy_of(&bare), None);
        let label = "hat".to_owned();
        let judged = Judged { label, with: 250, without: 750, accuracy: 0.915, auc: 0.97 };
        let text = judged_text(&Direction { judged: Some(judged), ..bare });
        let wanted = "Accuracy 0.915 (the larger class alone: 0.750), AUC 0.970, on 1,000 held-out \
                      pictures: 250 with “hat”, 750 without.";
        assert_eq!(text, wanted);
    }
}
