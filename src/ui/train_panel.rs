//! The run: start, pause, step, stop, and how far it is; the settings below.

use eframe::egui::{Align, Button, Grid, Label, Layout, ProgressBar, RichText, Ui, Vec2, vec2};

use super::encoder_entry::encoder_entry_ui;
use super::format::{duration, grouped, rate, sentence};
use super::icons::{self, Icon};
use super::parts::{caption, primary_button, scrolled};
use super::run_choice::run_choice_ui;
use super::theme::palette;
use super::train_settings::settings_ui;
use super::widgets::stat::stat_ui;
use crate::app::state::RunEnd;
use crate::app::{Action, Actions, AppState, RunPhase, display_path};
use crate::protocol::{StopReason, TrainProgress};

/// Draws the panel: the run's controls stay in sight, the settings scroll under them.
pub fn train_panel_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    transport_ui(ui, state, actions);
    run_choice_ui(ui, state, actions);
    encoder_entry_ui(ui, state, actions);
    status_ui(ui, state);
    progress_ui(ui, state);
    ui.add_space(4.0);
    ui.separator();
    scrolled(ui, "train settings", |ui| settings_ui(ui, state, actions));
}

/// Why training cannot begin now, if it cannot: what is wrong and what to do.
pub fn obstacle(state: &AppState) -> Option<String> {
    let wrong = state.check_start().err();
    wrong.map(|error| sentence(&error.0)).or_else(|| not_now(state))
}

/// What stands in the way of any run, new or not.
fn not_now(state: &AppState) -> Option<String> {
    if !state.engine_is_up() {
        return Some("The engine is not running: restart it first".to_owned());
    }
    state.training.start_when_read.then(|| "Reading the data…".to_owned())
}

/// Three buttons that never change their places; with no run to step through, the one in the middle goes
/// on with the last one.
fn transport_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let gap = ui.spacing().item_spacing.x;
    let size = vec2(((ui.available_width() - 2.0 * gap) / 3.0).floor(), 32.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().button_padding.x = 4.0;
        lead_button_ui(ui, state, actions, size.x);
        let phase = &state.training.phase;
        if *phase == RunPhase::Idle && state.resumable().is_some() {
            resume_button_ui(ui, state, actions, size);
        } else {
            step_button_ui(ui, state, actions, size);
        }
        let stoppable = phase.is_active() && *phase != RunPhase::Stopping;
        let stop = Button::new((icons::atom(Icon::Stop), "Stop")).min_size(size);
        let stop = ui
            .add_enabled(stoppable || state.training.start_when_read, stop)
            .on_hover_text("Keep the last whole step, save, end the run (F8)")
            .accessible_name("Stop");
        if stop.clicked() {
            actions.push(Action::Stop);
        }
    });
}

fn step_button_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions, size: Vec2) {
    let step = Button::new((icons::atom(Icon::Step), "Step")).min_size(size);
    let step = ui
        .add_enabled(state.training.phase == RunPhase::Paused, step)
        .on_hover_text("One whole training step, then pause again (F6)")
        .on_disabled_hover_text("Pause first: then one step at a time (F6)")
        .accessible_name("Single step");
    if step.clicked() {
        actions.push(Action::SingleStep);
    }
}

/// Goes on with the run that ended last, or whose model is open.
fn resume_button_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions, size: Vec2) {
    let obstacle = not_now(state).or_else(|| state.resume_obstacle());
    let resume = Button::new((icons::atom(Icon::Play), "Resume")).min_size(size);
    let resume = ui
        .add_enabled(obstacle.is_none(), resume)
        .on_hover_text("Go on in the same run folder, with its networks and optimizer states")
        .on_disabled_hover_text(obstacle.unwrap_or_default())
        .accessible_name("Resume");
    if resume.clicked() {
        actions.push(Action::ResumeRun);
    }
}

/// The left button: train, pause or resume, whichever comes next.
fn lead_button_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions, width: f32) {
    let phase = &state.training.phase;
    let (icon, name, action) = match phase {
        RunPhase::Running => (Icon::Pause, "Pause", Action::Pause),
        RunPhase::Paused => (Icon::Play, "Resume", Action::Resume),
        _ => (Icon::Play, "Train", Action::StartTraining),
    };
    let obstacle = match phase {
        RunPhase::Running | RunPhase::Paused => None,
        RunPhase::Idle => obstacle(state),
        RunPhase::Preparing(_) | RunPhase::Stopping => Some("One moment…".to_owned()),
    };
    ui.add_enabled_ui(obstacle.is_none(), |ui| {
        ui.set_width(width);
        let button = if *phase == RunPhase::Running {
            ui.add(Button::new((icons::atom(icon), name)).min_size(vec2(width, 32.0)))
        } else {
            let size = vec2(width, 32.0);
            let layout = Layout::top_down_justified(Align::Center);
            let lead = |ui: &mut Ui| {
                ui.spacing_mut().interact_size.y = size.y;
                primary_button(ui, (icons::atom(icon), name))
            };
            ui.allocate_ui_with_layout(size, layout, lead).inner
        };
        let hint = match name {
            "Train" => "Begin a run with the settings below (F5)",
            "Pause" => "Keep the last whole step, then wait (F5)",
            _ => "Go on (F5)",
        };
        let button = button.on_hover_text(hint).accessible_name(name);
        let button = match &obstacle {
            Some(why) => button.on_disabled_hover_text(why),
            None => button,
        };
        if button.clicked() {
            actions.push(action);
        }
    });
}

/// One line that always says what is going on.
fn status_ui(ui: &mut Ui, state: &AppState) {
    let palette = palette(ui);
    let training = &state.training;
    let (text, color) = match &training.phase {
        RunPhase::Running if training.encoder_run.is_some() => (
            "Training an encoder; the rest of the model stays as it is".to_owned(),
            palette.success,
        ),
        RunPhase::Running => ("Training".to_owned(), palette.success),
        RunPhase::Paused => ("Paused".to_owned(), palette.warning),
        RunPhase::Stopping => {
            ("Stopping… the last whole step is being saved".to_owned(), palette.warning)
        }
        RunPhase::Preparing(what) => (format!("Preparing: {what}"), palette.accent),
        RunPhase::Idle if training.start_when_read => {
            ("Reading the data, then training begins…".to_owned(), palette.accent)
        }
        RunPhase::Idle => match (obstacle(state), &training.last_end) {
            // What exactly stands beside the setting, and under the pointer on Train.
            (Some(_), _) if state.check_start().is_err() => (
                "A setting below is out of range: mend it before a new run".to_owned(),
                palette.error,
            ),
            (Some(why), _) => (why, palette.error),
            (None, Some(end)) => end_text(end, palette.text_weak, palette.error),
            (None, None) => ("Ready to train".to_owned(), palette.text_weak),
        },
    };
    ui.add(Label::new(RichText::new(text).color(color)).wrap());
    if let (true, Some(folder)) = (training.phase.is_active(), &training.folder) {
        let shown = display_path(folder);
        let saved = training.last_saved.as_ref().map(|(step, _)| *step);
        let saved = saved.map_or_else(String::new, |step| format!(" · saved at {}", grouped(step)));
        caption(ui, format!("{}{saved}", short_path(&shown))).on_hover_text(shown);
    }
}

fn end_text<C>(end: &RunEnd, calm: C, alarming: C) -> (String, C) {
    let step = grouped(end.step);
    match &end.reason {
        StopReason::Finished => (format!("Finished at step {step}"), calm),
        StopReason::Stopped => (format!("Stopped at step {step}"), calm),
        StopReason::Failed(why) => (format!("The run ended at step {step}: {why}"), alarming),
    }
}

/// The last two parts of a path: the whole of it is under the pointer.
fn short_path(path: &str) -> String {
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [.., parent, name] if parts.len() > 2 => format!("…/{parent}/{name}"),
        _ => path.to_owned(),
    }
}

fn progress_ui(ui: &mut Ui, state: &AppState) {
    let Some(progress) = &state.training.progress else { return };
    let total = progress.steps_total;
    if total > 0 {
        let fraction = (progress.step as f32 / total as f32).clamp(0.0, 1.0);
        let bar = ProgressBar::new(fraction)
            .desired_height(6.0)
            .corner_radius(3)
            .fill(palette(ui).accent_fill);
        ui.add(bar).accessible_name("Training progress");
    }
    let step = if total > 0 {
        format!("{} / {}", grouped(progress.step), grouped(total))
    } else {
        grouped(progress.step)
    };
    Grid::new("training figures")
        .num_columns(2)
        .min_col_width(ui.available_width() / 2.0 - 8.0)
        .show(ui, |ui| {
            stat_ui(ui, "Step", &step);
            stat_ui(ui, "Images/s", &speed(state));
            ui.end_row();
            if state.training.phase.is_active() {
                stat_ui(ui, "Time left", &time_left(state, progress));
            }
            stat_ui(ui, "Trained for", &duration(progress.elapsed_secs));
            ui.end_row();
        });
}

/// The speed of late; none while nothing is trained.
fn speed(state: &AppState) -> String {
    let steady = state.training.history.steady_images_per_sec();
    let shown = steady.filter(|_| state.training.phase != RunPhase::Paused);
    shown.map_or_else(|| "–".to_owned(), rate)
}

fn time_left(state: &AppState, progress: &TrainProgress) -> String {
    if progress.steps_total == 0 {
        return "until stopped".to_owned();
    }
    duration(state.training.secs_left().unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::short_path;

    #[test]
    fn long_paths_keep_their_end() {
        assert_eq!(short_path("~/runs/faces"), "…/runs/faces");
        assert_eq!(short_path("/faces"), "/faces");
    }
}
