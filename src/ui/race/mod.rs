//! Back to z: the methods of inversion side by side on one picture, live.

mod curves;
mod identity;
mod lanes;
mod many;
mod many_found;
mod settings;

pub(super) use lanes::light_ui;

use eframe::egui::{Button, ProgressBar, RichText, ScrollArea, Ui, Widget as _};

use super::parts::{caption, empty_state, primary_button, scrolled, segmented, toggle};
use super::theme::palette;
use crate::app::race::MORE_STEPS;
use crate::app::{Action, Actions, AppState, ManyAction, RaceAction};
use crate::protocol::{InversionMethod, RaceView};
use crate::ui::Pane;

/// Below this height of the pane the curves are left to scrolling.
const CURVES_HEIGHT: f32 = 150.0;

/// The part of the pane that its settings take at most.
const SETTINGS_SHARE: f32 = 0.6;
/// Why methods are greyed.
const NO_ENCODER: &str = "This model has no encoder. Train one for it in the Training panel.";

/// What a method does, for its hint.
fn explained(method: InversionMethod) -> &'static str {
    match method {
        InversionMethod::Optimise => {
            "Gradient descent on z from several starts: the mean, the nearest known pictures, random ones"
        }
        InversionMethod::Encode => "One look through the encoder: at once, and rough",
        InversionMethod::Hybrid => "Gradient descent from the encoder's answer",
    }
}

/// As on buttons and above pictures.
fn title(method: InversionMethod) -> &'static str {
    match method {
        InversionMethod::Optimise => "Optimise",
        InversionMethod::Encode => "Encode",
        InversionMethod::Hybrid => "Hybrid",
    }
}

/// Draws the pane.
pub fn race_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.model.is_none() {
        let text = "Open a model: photos are brought into its latent space here.";
        return empty_state(ui, "No model", text, |_| {});
    }
    if state.many.shown {
        return many::many_ui(ui, state, actions);
    }
    mode_ui(ui, state, actions);
    controls_ui(ui, state, actions);
    if state.race.settings_open {
        // In a low pane the rest stays in sight.
        let height = (ui.available_height() * SETTINGS_SHARE).max(120.0);
        let area = ScrollArea::vertical().id_salt("race settings").max_height(height);
        area.auto_shrink([false, true]).show(ui, |ui| settings::settings_ui(ui, state, actions));
    }
    let Some(view) = &state.race.view else {
        return scrolled(ui, "race", |ui| {
            nothing_yet_ui(ui, state, actions);
            identity::identity_ui(ui, state, actions);
        });
    };
    if view.is_preparing() {
        return preparing_ui(ui, view);
    }
    scrolled(ui, "race", |ui| {
        verdict_ui(ui, view);
        lanes::lanes_ui(ui, state, view, actions);
        curves::curves_ui(ui, state, view, CURVES_HEIGHT, actions);
        identity::identity_ui(ui, state, actions);
    });
}

/// One photo by several methods side by side, or many by one job.
fn mode_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let modes = [(false, "One photo"), (true, "Many photos")];
    if let Some(many) = segmented(ui, state.many.shown, modes) {
        actions.push(Action::Many(ManyAction::Show(many)));
    }
    ui.add_space(2.0);
}

fn settings_toggle_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let mut open = state.race.settings_open;
    if toggle(ui, &mut open, "Settings").changed() {
        actions.push(Action::Race(RaceAction::ShowSettings(open)));
    }
}

fn controls_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    ui.horizontal(|ui| {
        start_ui(ui, state, actions);
        if state.race.is_running() {
            if ui.button("Stop").clicked() {
                actions.push(Action::Race(RaceAction::Stop));
            }
        } else if state.race.view.is_some() {
            let hint =
                format!("Stopped methods go on; those at their end take {MORE_STEPS} steps more");
            if ui.button("Continue").on_hover_text(hint).clicked() {
                actions.push(Action::Race(RaceAction::Continue));
            }
        }
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for method in InversionMethod::ALL {
            method_ui(ui, state, method, actions);
        }
        settings_toggle_ui(ui, state, actions);
    });
    ui.add_space(4.0);
}

fn start_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let up = state.engine_is_up();
    let ready = up && state.race_target().is_some();
    let invert = ui.add_enabled_ui(ready, |ui| primary_button(ui, "Invert photo")).inner;
    let invert = invert.on_disabled_hover_text("Open a photo first, in the pane Photo");
    if invert.clicked() {
        actions.push(Action::Race(RaceAction::Start));
    }
    let hint = "Inverts a picture of this model, whose latent is known: shows whether the model or the photo is the limit";
    if ui.add_enabled(up, Button::new("Self-test")).on_hover_text(hint).clicked() {
        actions.push(Action::Race(RaceAction::SelfTest));
    }
}

fn method_ui(ui: &mut Ui, state: &AppState, method: InversionMethod, actions: &mut Actions) {
    let encodes = state.model.as_ref().is_some_and(|model| model.parameters.encoder > 0);
    let allowed = encodes || !method.needs_encoder();
    let mut on = allowed && state.race.methods.contains(&method);
    ui.add_enabled_ui(allowed, |ui| {
        let response = toggle(ui, &mut on, title(method)).on_hover_text(explained(method));
        if response.on_disabled_hover_text(NO_ENCODER).changed() {
            actions.push(Action::Race(RaceAction::Toggle(method)));
        }
    });
}

fn nothing_yet_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.race.starting {
        caption(ui, "Beginning…");
        return;
    }
    let (text, has_photo) = match state.race_target() {
        Some(_) => {
            ("Invert the photo: three ways to its latent race here, against the clock.", true)
        }
        None => (
            "Open a photo, and three ways to its latent race here, against the clock. The self-test needs no photo.",
            false,
        ),
    };
    empty_state(ui, "Nothing inverted yet", text, |ui| {
        if !has_photo && ui.button("Show the pane Photo").clicked() {
            actions.push(Action::ShowPane(Pane::Photo));
        }
    });
}

fn preparing_ui(ui: &mut Ui, view: &RaceView) {
    let (done, total) = view.prepared;
    let share = done as f32 / total.max(1) as f32;
    let text =
        format!("Gathering known pictures to start from: {done} of {total}, once for this model");
    // Above the bar: within it a narrow pane would cut it off.
    ui.add(eframe::egui::Label::new(text.as_str()).wrap());
    let bar = ProgressBar::new(share).desired_height(8.0).fill(palette(ui).accent_fill);
    bar.ui(ui).accessible_name("Progress of the preparation");
}

fn verdict_ui(ui: &mut Ui, view: &RaceView) {
    let text = if view.is_running() { "Racing…".to_owned() } else { view.verdict() };
    let color = palette(ui).text_strong;
    ui.add(eframe::egui::Label::new(RichText::new(text).color(color)).wrap());
    ui.add_space(4.0);
}
