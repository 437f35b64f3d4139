//! How the next race is run.

use eframe::egui::{DragValue, Label, Response, RichText, Ui};

use super::NO_ENCODER;
use crate::app::dialogs::DialogKind;
use crate::app::{Action, Actions, AppState, RaceAction, display_path, typed_path};
use crate::protocol::{Descent, FeatureSource, InversionSettings, PixelLoss};
use crate::ui::format::sentence;
use crate::ui::parts::{caption, card, segmented};
use crate::ui::theme::palette;
use crate::ui::widgets::form::row_ui;
use crate::ui::widgets::path_field::PathField;

/// In a narrower pane the two halves stand below each other.
const TWO_COLUMNS: f32 = 500.0;

/// Draws the settings; every change goes to the next race.
pub fn settings_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let mut changed = state.race.settings.clone();
    card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        if ui.available_width() < TWO_COLUMNS {
            descent_ui(ui, state, &mut changed);
            loss_ui(ui, state, &mut changed, actions);
        } else {
            ui.columns(2, |columns| {
                descent_ui(&mut columns[0], state, &mut changed);
                loss_ui(&mut columns[1], state, &mut changed, actions);
            });
        }
        let default = InversionSettings::default();
        if changed != default && ui.button("Defaults").clicked() {
            changed = default;
        }
    });
    if changed != state.race.settings {
        actions.push(Action::Race(RaceAction::SetSettings(Box::new(changed))));
    }
}

fn whole(ui: &mut Ui, value: &mut u32, range: std::ops::RangeInclusive<u32>) {
    ui.add(DragValue::new(value).range(range).speed(1.0));
}

fn number(ui: &mut Ui, value: &mut f64, high: f64, speed: f64) -> Response {
    ui.add(DragValue::new(value).range(0.0..=high).speed(speed).max_decimals(6))
}

fn descent_ui(ui: &mut Ui, state: &AppState, settings: &mut InversionSettings) {
    let encodes = state.model.as_ref().is_some_and(|model| model.parameters.encoder > 0);
    row_ui(ui, "Steps", "Of an optimisation, at most", |ui| {
        whole(ui, &mut settings.steps, 1..=100_000);
    });
    let hint = if encodes { "It begins near its end, and needs fewer" } else { NO_ENCODER };
    row_ui(ui, "Steps of a hybrid", hint, |ui| {
        ui.add_enabled_ui(encodes, |ui| whole(ui, &mut settings.hybrid_steps, 1..=100_000))
            .response
            .on_disabled_hover_text(NO_ENCODER);
    });
    row_ui(ui, "Starts", "Latents an optimisation begins with; the hybrid has one", |ui| {
        whole(ui, &mut settings.starts, 1..=64);
    });
    let hint = "Adam, or L-BFGS, which uses how gradients change";
    row_ui(ui, "Descent", hint, |ui| descent_choice_ui(ui, &mut settings.descent));
    let hint = "L-BFGS begins here with the curvature at the encoder's answer";
    row_ui(ui, "Of a hybrid", if encodes { hint } else { NO_ENCODER }, |ui| {
        ui.add_enabled_ui(encodes, |ui| descent_choice_ui(ui, &mut settings.hybrid_descent))
            .response
            .on_disabled_hover_text(NO_ENCODER);
    });
    let hint = "Of Adam, in units of z; it rises at first and falls at the end";
    row_ui(ui, "Learning rate", hint, |ui| {
        ui.add(
            DragValue::new(&mut settings.learning_rate)
                .range(1e-6..=10.0)
                .speed(0.002)
                .max_decimals(6),
        );
    });
    let hint = "Shares of the steps over which the rate rises, and falls at the end";
    row_ui(ui, "Ramp up, down", hint, |ui| {
        for share in [&mut settings.ramp_up, &mut settings.ramp_down] {
            ui.add(DragValue::new(share).range(0.0..=0.9).speed(0.005).max_decimals(3));
        }
    });
    let hint = "Spread of the noise on z at the first step; it is gone at half the steps";
    row_ui(ui, "Noise", hint, |ui| number(ui, &mut settings.noise, 10.0, 0.005));
    let hint = "Steps without a gain after which it comes to its end; 0 for never";
    row_ui(ui, "Patience", hint, |ui| whole(ui, &mut settings.patience, 0..=100_000));
    let hint = "The worse half of the starts is dropped at 10, 25 and 50 % of the steps";
    row_ui(ui, "Drop bad starts", hint, |ui| ui.checkbox(&mut settings.prune, ""));
}

fn descent_choice_ui(ui: &mut Ui, descent: &mut Descent) {
    let picked = segmented(ui, *descent, Descent::ALL.map(|one| (one, one.name())));
    *descent = picked.unwrap_or(*descent);
}

fn loss_ui(ui: &mut Ui, state: &AppState, settings: &mut InversionSettings, actions: &mut Actions) {
    row_ui(ui, "Pixels", "L2: mean squared difference; L1: mean absolute one", |ui| {
        let picked = segmented(ui, settings.pixel, PixelLoss::ALL.map(|one| (one, one.name())));
        settings.pixel = picked.unwrap_or(settings.pixel);
    });
    let hint = "Weight of the distance in a network's features, relative to their own size";
    row_ui(ui, "Features", hint, |ui| number(ui, &mut settings.feature_weight, 1e6, 0.002));
    features_ui(ui, state, settings, actions);
    let hint = "Weight of mean z squared: keeps the latent where the prior is";
    row_ui(ui, "Prior", hint, |ui| number(ui, &mut settings.prior_weight, 1e6, 0.0005));
    let hint = "Hybrid: weight of the distance between z and what the encoder makes of its picture";
    let encodes = state.model.as_ref().is_some_and(|model| model.parameters.encoder > 0);
    row_ui(ui, "In-domain", if encodes { hint } else { NO_ENCODER }, |ui| {
        ui.add_enabled_ui(encodes, |ui| number(ui, &mut settings.domain_weight, 1e6, 0.0005))
            .inner
            .on_disabled_hover_text(NO_ENCODER);
    });
    row_ui(ui, "Seed", "Key of random starts and noise", |ui| {
        ui.add(DragValue::new(&mut settings.seed).speed(1.0));
    });
}

/// Whose features; what the model lacks is greyed.
fn features_ui(
    ui: &mut Ui,
    state: &AppState,
    settings: &mut InversionSettings,
    actions: &mut Actions,
) {
    let Some(model) = &state.model else { return };
    let other = state.race.features_open;
    let named = ui.label("Features of");
    let named = named.on_hover_text(
        "The network whose features are compared; used where their weight is above 0",
    );
    ui.horizontal_wrapped(|ui| {
        let choices = [
            (FeatureSource::Discriminator, "Discriminator", model.parameters.discriminator > 0),
            (FeatureSource::Encoder, "Encoder", model.parameters.encoder > 0),
        ];
        for (source, label, there) in choices {
            ui.add_enabled_ui(there, |ui| {
                let on = settings.features == source && !other;
                let name = label.to_lowercase();
                let response = ui.selectable_label(on, label);
                let response = response.on_hover_text(format!("The model's {name}"));
                let response = response.on_disabled_hover_text(format!("This model has no {name}"));
                if response.clicked() {
                    settings.features = source;
                    actions.push(Action::Race(RaceAction::CloseFeatures));
                }
            });
        }
        let hint = "Discriminator or, where there is none, encoder of another model file of the same picture format";
        if ui.selectable_label(other, "Another model…").on_hover_text(hint).clicked() {
            actions.push(Action::Race(RaceAction::OtherFeatures));
        }
    })
    .response
    .labelled_by(named.id);
    if other {
        return other_model_ui(ui, state, actions);
    }
    let missing = match settings.features {
        FeatureSource::Discriminator if model.parameters.discriminator == 0 => "discriminator",
        FeatureSource::Encoder if model.parameters.encoder == 0 => "encoder",
        _ => return,
    };
    if settings.feature_weight > 0.0 {
        let text = format!("This model has no {missing}: choose another network, or weight 0.");
        let color = palette(ui).warning;
        ui.add(Label::new(RichText::new(text).small().color(color)).wrap());
    }
}

/// The model file whose network compares, and whether it fits.
fn other_model_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let race = &state.race;
    let field =
        PathField { name: "Model for features", hint: "a model file's path", button: "Use" };
    let up = state.engine_is_up();
    let (edited, used) = field.ui(ui, &race.features_path, "Use this model's features", up);
    let mut push = |action| actions.push(Action::Race(action));
    edited.map(RaceAction::SetFeaturesPath).into_iter().for_each(&mut push);
    used.map(|path| RaceAction::TryFeatures(typed_path(&path))).into_iter().for_each(&mut push);
    ui.add_enabled_ui(up && !state.dialog_open, |ui| {
        if ui.button("File…").accessible_name("Choose a model for features").clicked() {
            actions.push(Action::Pick(DialogKind::FeatureModel));
        }
    });
    let colors = palette(ui);
    match (&race.features_found, &race.settings.features) {
        (Some(Err(why)), _) => {
            let text = RichText::new(sentence(why)).small().color(colors.error);
            ui.add(Label::new(text).wrap());
            caption(ui, "Features are compared as before.");
        }
        (Some(Ok(network)), FeatureSource::Model(path)) => {
            caption(ui, format!("The {network} of {}", display_path(path)));
            if race.settings.feature_weight == 0.0 {
                caption(ui, "Give Features a weight above 0 for it to count.");
            }
        }
        _ => {
            caption(ui, "Until one is used, features are compared as before.");
        }
    }
}
