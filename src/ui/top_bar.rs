//! The bar above everything: menus, what the engine does, which device it uses.

use std::time::Duration;

use eframe::egui::{Align, Button, Layout, MenuBar, RichText, Ui, vec2};

use super::device_window::{backend_name, describe, kind_name};
use super::format::{bytes, duration, grouped, rate, sentence};
use super::icons::{self, Icon};
use super::layout::Pane;
use super::parts::caption;
use super::shortcuts::{can_save_session, session_dialog};
use super::theme::palette;
use crate::app::dialogs::DialogKind;
use crate::app::state::SideTab;
use crate::app::{
    Action, Actions, AppState, EngineStatus, PhotoAction, RunPhase, SessionAction, ThemeChoice,
    display_path, escape,
};
use crate::protocol::{DatasetSource, DeviceInfo};

/// The time that pictures took is shown for so long after the last change.
const LATENCY_SHOWN_SECS: f64 = 10.0;

/// Shows the bar.
pub fn top_bar_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    MenuBar::new().ui(ui, |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding = vec2(8.0, 4.0);
        brand_ui(ui);
        ui.menu_button("Model", |ui| model_menu_ui(ui, state, actions));
        ui.menu_button("Data", |ui| data_menu_ui(ui, state, actions));
        ui.menu_button("View", |ui| view_menu_ui(ui, state, actions));
        if ui.button("Help").on_hover_text("First steps and shortcuts (F1)").clicked() {
            actions.push(Action::ShowHelp(!state.windows.help));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.reset_style();
            ui.spacing_mut().item_spacing.x = 8.0;
            device_chip_ui(ui, state, actions);
            latency_ui(ui, state);
            status_ui(ui, state, actions);
        });
    });
}

fn brand_ui(ui: &mut Ui) {
    let palette = palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(22.0, 22.0), eframe::egui::Sense::hover());
    super::brand::paint(ui.painter(), rect, palette.accent);
    ui.label(RichText::new("Latent Atelier").color(palette.text_strong));
    ui.add_space(8.0);
}

fn model_menu_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let idle = state.engine_is_up() && !state.training.phase.is_active();
    let dialog = !state.dialog_open;
    let open = Button::new("Open…").shortcut_text("Ctrl+O");
    if ui.add_enabled(idle && dialog, open).clicked() {
        actions.push(Action::PickModel);
    }
    if ui.add_enabled(idle, Button::new("Open built-in model")).clicked() {
        actions.push(Action::OpenBuiltIn);
    }
    let recent = &state.preferences.recent_models;
    ui.add_enabled_ui(idle && !recent.is_empty(), |ui| {
        ui.menu_button("Open recent", |ui| {
            for path in recent {
                if ui.button(display_path(path)).clicked() {
                    actions.push(Action::OpenModel(path.clone()));
                }
            }
            ui.separator();
            if ui.button("Forget recent models").clicked() {
                actions.push(Action::ClearRecentModels);
            }
        });
    });
    ui.separator();
    let save = Button::new("Save as…").shortcut_text("Ctrl+S");
    if ui.add_enabled(state.model.is_some() && state.engine_is_up() && dialog, save).clicked() {
        actions.push(Action::SaveModelAs);
    }
    ui.separator();
    if ui.add_enabled(idle && dialog, Button::new("Open session…")).clicked() {
        actions.push(Action::Pick(DialogKind::Session));
    }
    let save = Button::new("Save session as…").shortcut_text("Ctrl+Shift+S");
    if ui.add_enabled(can_save_session(state), save).clicked() {
        actions.push(Action::Pick(session_dialog(state)));
    }
    if state.session.last.is_some()
        && ui.add_enabled(idle, Button::new("Go on with the last session")).clicked()
    {
        actions.push(Action::Session(SessionAction::GoOn));
    }
    ui.separator();
    if ui.add(Button::new("Quit").shortcut_text("Ctrl+Q")).clicked() {
        actions.push(Action::Quit);
    }
}

fn data_menu_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let free = state.engine_is_up()
        && state.dataset.loading.is_none()
        && !state.training.phase.is_active();
    let mut open = |ui: &mut Ui, enabled, label: &str, source: Option<DatasetSource>| {
        let keys = if source.is_none() { "Ctrl+Shift+O" } else { "" };
        if ui.add_enabled(enabled, Button::new(label).shortcut_text(keys)).clicked() {
            actions.push(source.map_or(Action::PickDatasetFolder, Action::OpenDataset));
            actions.push(Action::ShowSideTab(SideTab::Data));
        }
    };
    open(ui, free, "Portraits", Some(DatasetSource::Portraits));
    open(ui, free && !state.dialog_open, "Folder of images…", None);
    let recent = &state.preferences.recent_data;
    ui.add_enabled_ui(free && !recent.is_empty(), |ui| {
        ui.menu_button("Recent", |ui| {
            for path in recent {
                open(ui, true, &display_path(path), Some(DatasetSource::Path(path.clone())));
            }
        });
    });
    ui.separator();
    let ready = state.engine_is_up() && !state.dialog_open;
    if ui.add_enabled(ready, Button::new("Photo…")).clicked() {
        actions.push(Action::ShowPane(Pane::Photo));
        actions.push(Action::Photo(PhotoAction::Pick));
    }
}

fn view_menu_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let layout = &state.preferences.layout;
    for tab in SideTab::ALL {
        let shown = layout.left_panel && layout.side_tab == tab;
        if ui.radio(shown, format!("{} panel", tab.label())).clicked() {
            actions.push(Action::ShowSideTab(tab));
        }
    }
    ui.separator();
    let mut left = layout.left_panel;
    if ui.checkbox(&mut left, "Left panel").changed() {
        actions.push(Action::ToggleLeftPanel);
    }
    let mut right = layout.right_panel;
    if ui.checkbox(&mut right, "Sliders").changed() {
        actions.push(Action::ToggleRightPanel);
    }
    if ui.button("Put all panels back").clicked() {
        actions.push(Action::ResetLayout);
    }
    ui.separator();
    ui.menu_button("Theme", |ui| {
        for theme in ThemeChoice::ALL {
            if ui.radio(state.preferences.theme == theme, theme.label()).clicked() {
                actions.push(Action::SetTheme(theme));
            }
        }
    });
    ui.separator();
    if ui.add(Button::new("Devices…").shortcut_text("Ctrl+D")).clicked() {
        actions.push(Action::ShowDevices(true));
    }
    if ui.add(Button::new("Settings…").shortcut_text("Ctrl+,")).clicked() {
        actions.push(Action::ShowSettings(true));
    }
}

/// The device in use; a click opens the chooser.
fn device_chip_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let (text, hint) = match &state.device {
        Some(device) => (
            chip_text(device),
            format!("{}\n{}\nClick to choose another.", escape(&device.name), describe(device)),
        ),
        None => ("No device".to_owned(), "Click for the list of devices.".to_owned()),
    };
    let chip = Button::new((icons::atom(Icon::Chip), text.as_str()));
    let chip = ui.add(chip).on_hover_text(hint);
    if chip.accessible_name(format!("Device: {text}")).clicked() {
        actions.push(Action::ShowDevices(true));
    }
}

/// `CPU · Flex · 16.0 GiB`: the name is too long for the bar and stands in the hover text.
fn chip_text(device: &DeviceInfo) -> String {
    let text = format!("{} · {}", kind_name(device.kind), backend_name(&device.backend));
    match device.memory_bytes {
        Some(memory) => format!("{text} · {}", bytes(memory)),
        None => text,
    }
}

/// Fewer pictures than these say nothing of a drag.
const DRAG_PICTURES: usize = 4;

/// How quickly pictures follow the sliders, while something is moved and a little longer.
fn latency_ui(ui: &mut Ui, state: &AppState) {
    let Some(p95) = state.explore.latency_p95_ms() else { return };
    let left = LATENCY_SHOWN_SECS - (state.now_secs - state.explore.moved_at_secs);
    // The pictures of a model that has just been opened are no drag.
    if left <= 0.0 || state.explore.latency_ms.len() < DRAG_PICTURES {
        return;
    }
    ui.ctx().request_repaint_after(Duration::from_secs_f64(left.max(0.05)));
    let count = state.explore.latency_ms.len();
    let hint = format!(
        "From moving a slider to its picture: 95 % of the last {count} took no longer than this."
    );
    caption(ui, format!("drag {p95:.0} ms p95")).on_hover_text(hint);
}

/// What the engine does; a click shows the panel that it concerns.
fn status_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let palette = palette(ui);
    let (color, text) = match (&state.engine, &state.training.phase) {
        (EngineStatus::Dead(_), _) => (palette.error, "Engine stopped".to_owned()),
        (EngineStatus::ShuttingDown, _) => (palette.warning, "Saving…".to_owned()),
        (EngineStatus::Starting, _) => (palette.warning, "Starting…".to_owned()),
        (EngineStatus::Ready, RunPhase::Idle) => idle_status(state, palette),
        (EngineStatus::Ready, RunPhase::Preparing(what)) => (palette.warning, escape(what)),
        (EngineStatus::Ready, RunPhase::Running) => {
            (palette.success, format!("Training · {}", progress_text(state)))
        }
        (EngineStatus::Ready, RunPhase::Paused) => {
            (palette.warning, format!("Paused · {}", step_text(state)))
        }
        (EngineStatus::Ready, RunPhase::Stopping) => {
            (palette.warning, "Stopping, saving the run…".to_owned())
        }
    };
    let status = ui.add(Button::new(&text).frame_when_inactive(false).truncate());
    let status = status.on_hover_text(&text);
    let dot = status.rect.left_center() - vec2(4.0, 0.0);
    ui.painter().circle_filled(dot, 4.0, color);
    ui.add_space(4.0);
    if status.accessible_name(format!("Status: {text}")).clicked() {
        let reading = state.dataset.loading.is_some() || state.dataset.labels.reading;
        let tab = if reading { SideTab::Data } else { SideTab::Training };
        let inverts = state.race.is_running() || state.identity.is_running();
        let idle = !reading && !state.training.phase.is_active();
        actions.push(match inverts && idle {
            true => Action::ShowPane(Pane::Race),
            false => Action::ShowSideTab(tab),
        });
    }
}

fn idle_status(
    state: &AppState,
    palette: &super::theme::Palette,
) -> (eframe::egui::Color32, String) {
    match state.dataset.loading {
        Some((done, 0)) => (palette.warning, format!("Reading data · {}", grouped(done as u64))),
        Some((done, total)) => {
            (palette.warning, format!("Reading data · {:.0} %", 100.0 * done as f64 / total as f64))
        }
        None if state.dataset.labels.reading => (palette.warning, "Reading labels…".to_owned()),
        None if state.race.is_running() => (palette.success, "Inverting the photo".to_owned()),
        None if state.identity.is_running() => (palette.success, tuning_status(state)),
        None if state.job.is_some() => (palette.success, job_status(state)),
        None => (palette.success, "Ready".to_owned()),
    }
}

fn tuning_status(state: &AppState) -> String {
    let steps = state.identity.view.as_ref().map(|view| view.steps);
    steps.map_or_else(
        || "Tuning for the photo".to_owned(),
        |(done, all)| format!("Tuning · step {} of {}", grouped(done.into()), grouped(all.into())),
    )
}

fn job_status(state: &AppState) -> String {
    let Some(job) = &state.job else { return String::new() };
    let what = sentence(&escape(&job.what));
    match job.total {
        0 => what,
        total => format!("{what} · {:.0} %", 100.0 * job.done as f64 / total as f64),
    }
}

/// `step 1,200 of 20,000`.
fn step_text(state: &AppState) -> String {
    match &state.training.progress {
        Some(progress) if progress.steps_total > 0 => {
            format!("step {} of {}", grouped(progress.step), grouped(progress.steps_total))
        }
        Some(progress) => format!("step {}", grouped(progress.step)),
        None => "first step".to_owned(),
    }
}

/// `step 1,200 of 20,000 · 850 images/s · 3 min 05 s left`.
fn progress_text(state: &AppState) -> String {
    let mut text = step_text(state);
    if let Some(speed) = state.training.history.steady_images_per_sec() {
        text += &format!(" · {} images/s", rate(speed));
    }
    if let Some(secs) = state.training.secs_left() {
        text += &format!(" · {} left", duration(secs));
    }
    text
}
