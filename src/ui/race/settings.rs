//! How the next race is run.

use eframe::egui::{DragValue, Ui};

use crate::app::{Action, Actions, AppState, RaceAction};
use crate::protocol::{Descent, FeatureSource, InversionSettings, PixelLoss};
use crate::ui::parts::{card, segmented};
use crate::ui::widgets::form::row_ui;

/// Draws the settings; every change goes to the next race.
pub fn settings_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let mut changed = state.race.settings.clone();
    card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.columns(2, |columns| {
            descent_ui(&mut columns[0], &mut changed);
            loss_ui(&mut columns[1], state, &mut changed);
        });
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

fn number(ui: &mut Ui, value: &mut f64, high: f64, speed: f64) {
    ui.add(DragValue::new(value).range(0.0..=high).speed(speed).max_decimals(6));
}

fn descent_ui(ui: &mut Ui, settings: &mut InversionSettings) {
    row_ui(ui, "Steps", "Of an optimisation, at most", |ui| {
        whole(ui, &mut settings.steps, 1..=100_000);
    });
    row_ui(ui, "Steps of a hybrid", "It begins near its end, and needs fewer", |ui| {
        whole(ui, &mut settings.hybrid_steps, 1..=100_000);
    });
    row_ui(ui, "Starts", "Latents an optimisation begins with; the hybrid has one", |ui| {
        whole(ui, &mut settings.starts, 1..=64);
    });
    let hint = "Adam, or L-BFGS, which uses how gradients change";
    row_ui(ui, "Descent", hint, |ui| descent_choice_ui(ui, &mut settings.descent));
    let hint = "L-BFGS begins here with the curvature at the encoder's answer";
    row_ui(ui, "Of a hybrid", hint, |ui| descent_choice_ui(ui, &mut settings.hybrid_descent));
    let hint = "Of Adam, in units of z; it rises at first and falls at the end";
    row_ui(ui, "Learning rate", hint, |ui| {
        ui.add(
            DragValue::new(&mut settings.learning_rate)
                .range(1e-6..=10.0)
                .speed(0.002)
                .max_decimals(6),
        );
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

fn loss_ui(ui: &mut Ui, state: &AppState, settings: &mut InversionSettings) {
    row_ui(ui, "Pixels", "L2: mean squared difference; L1: mean absolute one", |ui| {
        let picked = segmented(ui, settings.pixel, PixelLoss::ALL.map(|one| (one, one.name())));
        settings.pixel = picked.unwrap_or(settings.pixel);
    });
    let hint = "Weight of the distance in a network's features, relative to their own size";
    row_ui(ui, "Features", hint, |ui| number(ui, &mut settings.feature_weight, 1e6, 0.002));
    features_ui(ui, state, settings);
    let hint = "Weight of mean z squared: keeps the latent where the prior is";
    row_ui(ui, "Prior", hint, |ui| number(ui, &mut settings.prior_weight, 1e6, 0.0005));
    let hint = "Hybrid: weight of the distance between z and what the encoder makes of its picture";
    row_ui(ui, "In-domain", hint, |ui| number(ui, &mut settings.domain_weight, 1e6, 0.0005));
    row_ui(ui, "Seed", "Key of random starts and noise", |ui| {
        ui.add(DragValue::new(&mut settings.seed).speed(1.0));
    });
}

/// Whose features; what the model lacks is greyed.
fn features_ui(ui: &mut Ui, state: &AppState, settings: &mut InversionSettings) {
    let Some(model) = &state.model else { return };
    row_ui(ui, "Features of", "The network whose features are compared", |ui| {
        let choices = [
            (
                FeatureSource::Discriminator,
                "D",
                model.parameters.discriminator > 0,
                "discriminator",
            ),
            (FeatureSource::Encoder, "En", model.parameters.encoder > 0, "encoder"),
        ];
        for (source, label, there, name) in choices {
            ui.add_enabled_ui(there, |ui| {
                let on = settings.features == source;
                let response =
                    ui.selectable_label(on, label).on_hover_text(format!("The model's {name}"));
                let response = response.on_disabled_hover_text(format!("This model has no {name}"));
                if response.clicked() {
                    settings.features = source;
                }
            });
        }
    });
}
