//! Keep identity: tuning for the photo, the tuned copy, the photo plus what changed, and deltas as files.

use eframe::egui::{
    Button, DragValue, Label, ProgressBar, RichText, TextEdit, Ui, Vec2, Widget as _,
};

use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState, IdentityAction, PivotSource};
use crate::protocol::{PivotalSettings, TunedCopy, TuningState, TuningView};
use crate::ui::format::counted;
use crate::ui::icons::{self, Icon};
use crate::ui::parts::{caption, card, heading, primary_button, segmented, toggle};
use crate::ui::theme::palette;
use crate::ui::widgets::form::row_ui;
use crate::ui::widgets::tile::ImageTile;

/// Edge of the tuned copy's picture, in points.
const EDGE: f32 = 84.0;
const EXPLAINED: &str = "A copy of the generator is fine-tuned until it draws this photo at its latent, while other \
                         pictures stay as they are (Roich et al. 2021). Sliders and attributes then move the photo itself.";

fn ask(actions: &mut Actions, action: IdentityAction) {
    actions.push(Action::Identity(action));
}

/// Draws the section.
pub fn identity_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    heading(ui, "Keep identity");
    start_ui(ui, state, actions);
    if state.identity.settings_open {
        settings_ui(ui, state, actions);
    }
    progress_ui(ui, state);
    if let Some(tuned) = &state.identity.kept.tuned {
        copy_ui(ui, tuned, actions);
    }
    switches_ui(ui, state, actions);
    files_ui(ui, state, actions);
}

fn start_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let obstacle = obstacle(state);
    let reached = state.tuning_goal_reached();
    ui.horizontal_wrapped(|ui| {
        if state.identity.is_running() {
            let hint = "No more steps: what is reached is kept";
            if ui.button("Stop").on_hover_text(hint).accessible_name("Stop tuning").clicked() {
                ask(actions, IdentityAction::Stop(true));
            }
            let hint = "No more steps, and all is as it was";
            if ui.button("Discard").on_hover_text(hint).clicked() {
                ask(actions, IdentityAction::Stop(false));
            }
        } else {
            let tune = ui.add_enabled_ui(obstacle.is_none() && reached.is_none(), |ui| {
                primary_button(ui, "Tune")
            });
            let tune = tune.inner.on_hover_text(EXPLAINED);
            let why = obstacle.or(reached.as_deref()).unwrap_or_default();
            if tune.on_disabled_hover_text(why).clicked() {
                ask(actions, IdentityAction::Tune);
            }
        }
        let sources =
            [(PivotSource::Best, "Best result"), (PivotSource::Explore, "Explore's latent")];
        if let Some(source) = segmented(ui, state.identity.source, sources) {
            ask(actions, IdentityAction::SetSource(source));
        }
        let mut open = state.identity.settings_open;
        let settings = toggle(ui, &mut open, "Settings").accessible_name("Settings of the tuning");
        if settings.changed() {
            ask(actions, IdentityAction::ShowSettings(open));
        }
    });
    if let Some(text) = obstacle.filter(|_| !state.identity.is_running()) {
        caption(ui, format!("{text}."));
    } else if let Some(text) = reached.filter(|_| !state.identity.is_running()) {
        caption(ui, format!("{text}."));
    }
}

/// Why a tuning cannot begin.
fn obstacle(state: &AppState) -> Option<&'static str> {
    let trains = state.training.phase.is_active() && state.training.encoder_run.is_none();
    match state.tuning_pivot() {
        _ if !state.engine_is_up() => Some("The engine is not there"),
        _ if trains => Some("Training changes the generator at every step: stop it first"),
        _ if state.race.is_running() => Some("Wait for the inversion, or stop it"),
        Err(why) => Some(why),
        Ok(_) => None,
    }
}

fn progress_ui(ui: &mut Ui, state: &AppState) {
    if state.identity.starting {
        caption(ui, "Beginning…");
    }
    let Some(view) = &state.identity.view else { return };
    match &view.state {
        TuningState::Running | TuningState::Measuring => running_ui(ui, view),
        TuningState::Failed(text) => {
            let color = palette(ui).error;
            ui.add(Label::new(RichText::new(format!("Not tuned: {text}.")).color(color)).wrap());
        }
        TuningState::Discarded => {
            caption(ui, "Discarded: all is as it was.");
        }
        TuningState::Done => {}
    }
}

fn running_ui(ui: &mut Ui, view: &TuningView) {
    let (done, all) = view.steps;
    let measuring = view.state == TuningState::Measuring;
    let what = if measuring {
        "Comparing other pictures before and after".to_owned()
    } else {
        format!("Step {done} of at most {all}")
    };
    let text = format!("{what}: {:.1} to {:.1} dB", view.before_db, view.now_db);
    ui.horizontal(|ui| {
        let handle = texture(ui.ctx(), "tuning", &view.picture, Enlarge::Smooth);
        ui.add(ImageTile::new(handle.id(), Vec2::splat(EDGE), "Tuned so far").inert());
        ui.vertical(|ui| {
            ProgressBar::new(done as f32 / all.max(1) as f32).ui(ui);
            ui.add(Label::new(text).wrap());
            if view.restarts > 0 {
                caption(ui, format!("{} times put back: the loss was no number", view.restarts));
            }
        });
    });
}

/// What is at hand: its picture and its figures.
fn copy_ui(ui: &mut Ui, tuned: &TunedCopy, actions: &mut Actions) {
    let figures = &tuned.figures;
    ui.horizontal(|ui| {
        for (key, frame, name) in [
            ("tuned for", &tuned.pivot.picture, "Photo that was tuned for"),
            ("tuned copy", &tuned.picture, "Picture of the tuned copy"),
        ] {
            let handle = texture(ui.ctx(), key, frame, Enlarge::Smooth);
            ui.add(ImageTile::new(handle.id(), Vec2::splat(EDGE), name).inert());
        }
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let text = format!("{:.1} to {:.1} dB", figures.before_db, figures.after_db);
            ui.label(RichText::new(text).strong()).on_hover_text(
                "PSNR against the photo, before and after; 35 dB is the same to the eye",
            );
            locality_ui(ui, figures.locality_db);
            let share = figures.delta_bytes as f64 / figures.generator_bytes.max(1) as f64 * 100.0;
            let size = figures.delta_bytes as f64 / 1024.0;
            caption(
                ui,
                format!(
                    "{} in {:.1} s; delta {size:.0} KiB, {share:.1} % of G",
                    counted(figures.steps as usize, "step", "steps"),
                    figures.seconds
                ),
            );
            let take = ui
                .button("To Explore")
                .on_hover_text("Load the latent it was tuned at into the sliders");
            if take.accessible_name("Take the tuned latent to Explore").clicked() {
                ask(actions, IdentityAction::ToExplore);
            }
        });
    });
}

/// Other pictures that changed as much as this, in decibels, are other pictures.
const CHANGED_MUCH_DB: f64 = 25.0;

fn locality_ui(ui: &mut Ui, locality_db: f64) {
    let hint = "PSNR between the copy and the generator on 64 fresh samples: the higher, the less they changed";
    if locality_db >= CHANGED_MUCH_DB {
        caption(ui, format!("Other pictures stay within {locality_db:.1} dB")).on_hover_text(hint);
        return;
    }
    let text = format!(
        "Other pictures change much ({locality_db:.1} dB). Tune from a latent on the manifold: give the \
         inversion's prior some weight, or Locality more"
    );
    let color = palette(ui).warning;
    ui.add(Label::new(RichText::new(text).color(color)).wrap()).on_hover_text(hint);
}

fn switches_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let kept = &state.identity.kept;
    ui.horizontal_wrapped(|ui| {
        let possible = kept.tuned.is_some() && !state.training.phase.is_active();
        ui.add_enabled_ui(possible, |ui| {
            let mut on = kept.tuned_on;
            let switch = toggle(ui, &mut on, "Tuned for this photo");
            let switch = switch.on_hover_text("All pictures are drawn with the tuned copy; off, they are as they were");
            let missing = "Tune for a photo, or open a delta; not while a run is under way";
            if switch.on_disabled_hover_text(missing).changed() {
                ask(actions, IdentityAction::ShowTuned(on));
            }
        });
        ui.add_enabled_ui(kept.has_photo, |ui| {
            let mut on = kept.change_on;
            let switch = toggle(ui, &mut on, "Photo + change");
            let switch = switch.accessible_name("Show photo + change");
            let switch = switch.on_hover_text(
                "Explore shows the photo plus what the sliders changed: x + G(z) - G(z0). What the model cannot draw stays",
            );
            let missing = "Take an inversion to Explore first: its photo is kept then";
            if switch.on_disabled_hover_text(missing).changed() {
                ask(actions, IdentityAction::ShowChange(on));
            }
        });
    });
}

fn files_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let (up, has_copy) = (state.engine_is_up(), state.identity.kept.tuned.is_some());
    let dialog = up && !state.dialog_open;
    let nothing = "There is no tuned copy to save yet";
    ui.horizontal_wrapped(|ui| {
        let save = Button::new((icons::atom(Icon::Save), "Save delta…"));
        let hint = "The small change of the generator, with its latent and its photo";
        let save = ui.add_enabled(dialog && has_copy, save).on_hover_text(hint);
        if save.on_disabled_hover_text(nothing).clicked() {
            ask(actions, IdentityAction::SaveAs);
        }
        let open = Button::new((icons::atom(Icon::Folder), "Open delta…"));
        let hint = "A change that was saved here or by invert --pivotal, of the open model";
        if ui.add_enabled(dialog, open).on_hover_text(hint).clicked() {
            ask(actions, IdentityAction::Pick);
        }
    });
    let mut text = state.identity.path_text.clone();
    ui.horizontal_wrapped(|ui| {
        let width = (ui.available_width() - 150.0).clamp(100.0, 420.0);
        let field = TextEdit::singleline(&mut text).hint_text("or type a file's path");
        if ui.add(field.desired_width(width)).accessible_name("Delta's path").changed() {
            ask(actions, IdentityAction::SetPath(text.clone()));
        }
        let path = Some(text.trim()).filter(|text| !text.is_empty()).map(std::path::PathBuf::from);
        let open = ui.add_enabled(up && path.is_some(), Button::new("Open"));
        let open = open.accessible_name("Open the delta from this path").clicked();
        let save = ui.add_enabled(up && path.is_some() && has_copy, Button::new("Save here"));
        let save = save.accessible_name("Save the delta to this path").clicked();
        let Some(path) = path else { return };
        if open {
            ask(actions, IdentityAction::Open(path));
        } else if save {
            ask(actions, IdentityAction::Save(path));
        }
    });
}

/// How the next tuning is done.
fn settings_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let mut changed = state.identity.settings.clone();
    card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.columns(2, |columns| {
            pace_ui(&mut columns[0], &mut changed);
            terms_ui(&mut columns[1], state, &mut changed);
        });
        let default = PivotalSettings::default();
        let defaults = changed != default && {
            let button = ui.button("Defaults").accessible_name("Default settings of the tuning");
            button.clicked()
        };
        if defaults {
            changed = default;
        }
    });
    if changed != state.identity.settings {
        ask(actions, IdentityAction::SetSettings(Box::new(changed)));
    }
}

fn whole(ui: &mut Ui, value: &mut u32, range: std::ops::RangeInclusive<u32>) {
    ui.add(DragValue::new(value).range(range).speed(0.5));
}

fn number(ui: &mut Ui, value: &mut f64, range: std::ops::RangeInclusive<f64>, speed: f64) {
    ui.add(DragValue::new(value).range(range).speed(speed).max_decimals(6));
}

fn pace_ui(ui: &mut Ui, settings: &mut PivotalSettings) {
    row_ui(ui, "Steps", "At most", |ui| whole(ui, &mut settings.steps, 1..=100_000));
    row_ui(ui, "Rate", "Adam's learning rate; it rises at first and falls at the end", |ui| {
        number(ui, &mut settings.learning_rate, 1e-7..=1.0, 0.0002);
    });
    row_ui(ui, "Goal, dB", "It ends as soon as the photo is reached this nearly", |ui| {
        number(ui, &mut settings.goal_db, 1.0..=200.0, 0.2);
    });
    let hint = "Steps without a gain after which it ends; 0 for never";
    row_ui(ui, "Patience", hint, |ui| whole(ui, &mut settings.patience, 0..=100_000));
    let hint = "Of each layer's change: the higher, the nearer and the larger the delta; 0 for every weight by itself";
    row_ui(ui, "Rank", hint, |ui| whole(ui, &mut settings.rank, 0..=PivotalSettings::RANK_LIMIT));
}

fn terms_ui(ui: &mut Ui, state: &AppState, settings: &mut PivotalSettings) {
    let hint = "Weight of the locality term, which keeps other pictures as they are";
    row_ui(ui, "Locality", hint, |ui| number(ui, &mut settings.locality_weight, 0.0..=1e6, 0.01));
    let hint = "Latents near the pivot that the locality term looks at in each step";
    row_ui(ui, "Its latents", hint, |ui| whole(ui, &mut settings.locality_samples, 1..=64));
    let hint = "How far from the pivot they are, in lengths of a typical latent";
    row_ui(ui, "Their distance", hint, |ui| number(ui, &mut settings.alpha, 0.0..=10.0, 0.01));
    let judges = state.model.as_ref().is_some_and(|model| model.parameters.discriminator > 0);
    let hint = "Weight of the distance in D's features, relative to their own size";
    row_ui(ui, "Features of D", hint, |ui| {
        ui.add_enabled_ui(judges, |ui| number(ui, &mut settings.feature_weight, 0.0..=1e6, 0.002))
            .response
            .on_disabled_hover_text("This model has no discriminator");
    });
    row_ui(ui, "Seed", "Key of the latents near the pivot, and of the first values", |ui| {
        ui.add(DragValue::new(&mut settings.seed).speed(1.0));
    });
}
