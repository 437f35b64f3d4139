//! The place of the curves while there are none: a run that begins, or the button that begins one.

use eframe::egui::{Ui, UiBuilder};

use crate::app::{Action, Actions, AppState, RunPhase, escape};
use crate::ui::icons::{self, Icon};
use crate::ui::notifications::beside;
use crate::ui::parts::{empty_state, primary_button};
use crate::ui::train_panel::obstacle;

/// Says what is under way, or how to begin.
pub(super) fn no_curves_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let training = &state.training;
    let (title, text) = match &training.phase {
        RunPhase::Running => ("Training", "The first step is under way.".to_owned()),
        RunPhase::Preparing(what) => {
            ("Preparing", format!("Before the first step: {}.", escape(what)))
        }
        RunPhase::Paused => ("Paused", "Resume goes on with the first step.".to_owned()),
        RunPhase::Stopping => ("Stopping", "The run ends before its first report.".to_owned()),
        RunPhase::Idle if training.start_when_read => {
            ("Training", "The data are being read; then it begins.".to_owned())
        }
        RunPhase::Idle => {
            let text = "Losses and speed are drawn here from the first step on.".to_owned();
            let room = beside(ui, state, ui.available_rect_before_wrap());
            let place = UiBuilder::new().max_rect(room);
            ui.scope_builder(place, |ui| {
                empty_state(ui, "No curves yet", &text, |ui| train_ui(ui, state, actions));
            });
            return;
        }
    };
    empty_state(ui, title, &text, |_| {});
}

/// The Training panel's own button once more: that panel may lie behind another tab.
fn train_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let obstacle = obstacle(state);
    ui.add_enabled_ui(obstacle.is_none(), |ui| {
        let button = primary_button(ui, (icons::atom(Icon::Play), "Train"));
        let button = button
            .on_hover_text("Begin a run with the settings of the Training panel (F5)")
            .accessible_name("Train: begin a run");
        let button = match &obstacle {
            Some(why) => button.on_disabled_hover_text(why),
            None => button,
        };
        if button.clicked() {
            actions.push(Action::StartTraining);
        }
    });
}
