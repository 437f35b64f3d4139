//! How an edit is solved.

use eframe::egui::{CollapsingHeader, DragValue, Ui};

use super::ask;
use crate::app::{Actions, AppState, EditAction};
use crate::protocol::EditSettings;
use crate::ui::widgets::form::row_ui;
use crate::ui::widgets::log_slider::log_slider_ui;

/// Draws the weights, and the rest where it is wanted.
pub(super) fn settings_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let before = &state.edit.plan.settings;
    let mut settings = before.clone();
    let hint =
        "Lambda 1: what it costs to move away from z0. Higher stays nearer to the picture before";
    if let Some(weight) =
        log_slider_ui(ui, "Distance weight", hint, settings.distance_weight, (1e-3, 10.0))
    {
        settings.distance_weight = weight;
    }
    let hint = "What it costs to change what no stroke touches";
    if let Some(weight) = log_slider_ui(ui, "Rest weight", hint, settings.rest_weight, (1e-3, 10.0))
    {
        settings.rest_weight = weight;
    }
    let hint = "Lambda 2: what it is worth to look real";
    if let Some(weight) =
        log_slider_ui(ui, "Realism weight", hint, settings.realism_weight, (1e-4, 10.0))
    {
        settings.realism_weight = weight;
    }
    CollapsingHeader::new("Solver").id_salt("edit solver").show(ui, |ui| {
        let whole = |ui: &mut Ui, value: &mut u32, most: u32| {
            ui.add(DragValue::new(value).range(1..=most).speed(0.3));
        };
        let hint = "The one that is adopted among them";
        row_ui(ui, "Candidates", hint, |ui| {
            whole(ui, &mut settings.candidates, EditSettings::CANDIDATES_LIMIT);
        });
        row_ui(ui, "Steps", "At most", |ui| whole(ui, &mut settings.steps, 100_000));
        let number = |ui: &mut Ui, value: &mut f64, (low, high): (f64, f64), speed: f64| {
            ui.add(DragValue::new(value).range(low..=high).speed(speed).max_decimals(4));
        };
        row_ui(
            ui,
            "Rate",
            "Adam's learning rate, in units of z: while you paint, and where points are dragged",
            |ui| {
                number(ui, &mut settings.learning_rate, (1e-6, 10.0), 0.005);
            },
        );
        row_ui(ui, "Spread", "How far the others begin from z0, in units of z", |ui| {
            number(ui, &mut settings.spread, (0.0, 10.0), 0.01);
        });
        let hint = "How much candidates differ at least, as a share of their features";
        row_ui(ui, "Difference", hint, |ui| {
            number(ui, &mut settings.least_difference, (0.0, 10.0), 0.005);
        });
        row_ui(ui, "Seed", "Of the others' beginnings", |ui| {
            ui.add(DragValue::new(&mut settings.seed).speed(1.0));
        });
        let default = EditSettings::default();
        if settings != default {
            let defaults = ui.button("Defaults").accessible_name("Default settings of the edit");
            if defaults.clicked() {
                settings = default;
            }
        }
    });
    if settings != *before {
        ask(actions, EditAction::SetSettings(Box::new(settings)));
    }
}
