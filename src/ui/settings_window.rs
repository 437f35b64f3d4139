//! Settings of the window itself: theme, size, panels, where things are kept.

use eframe::egui::{Slider, Ui};

use super::parts::{caption, heading};
use super::scale::largest;
use super::widgets::form::row_ui;
use super::widgets::segmented::segmented_ui;
use super::window;
use crate::app::preferences::{cache_folder, runs_folder, settings_folder};
use crate::app::{Action, Actions, AppState, ThemeChoice, display_path};

/// Shows the settings while they are open.
pub fn settings_window_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if !state.windows.settings {
        return;
    }
    let close = window::show(ui, "Settings", 460.0, |ui| contents_ui(ui, state, actions));
    if close {
        actions.push(Action::ShowSettings(false));
    }
}

fn contents_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    heading(ui, "Appearance");
    row_ui(ui, "Theme", "Dark lets pictures stand out.", |ui| {
        let themes = ThemeChoice::ALL.map(|theme| (theme, theme.label()));
        let chosen = segmented_ui(ui, "Theme", state.preferences.theme, themes.into_iter());
        actions.extend(chosen.map(Action::SetTheme));
    });
    row_ui(ui, "Size of everything", "On top of what the system asks for.", |ui| {
        let mut zoom = state.preferences.zoom;
        let most = largest(ui.ctx()).min(3.0);
        let slider = Slider::new(&mut zoom, 0.5..=most).step_by(0.05).custom_formatter(percent);
        let slider = ui.add(slider);
        // Applied when let go: the slider must not move under the pointer.
        if slider.drag_stopped() || slider.changed() && !slider.dragged() {
            actions.push(Action::SetZoom(zoom));
        }
    });
    let most = f64::from(largest(ui.ctx()).min(3.0));
    caption(ui, format!("At most {} in a window of this size.", percent(most, 0..=0)));
    heading(ui, "Panels");
    ui.horizontal(|ui| {
        if ui.button("Put all panels back").clicked() {
            actions.push(Action::ResetLayout);
        }
    });
    heading(ui, "Kept on this machine");
    if settings_folder().is_none() {
        caption(ui, "This system names no folder for settings: nothing is remembered.");
    }
    let kept = [
        ("Settings and history", settings_folder()),
        ("Runs without a folder of their own", runs_folder()),
        ("Caches, which may be deleted", cache_folder()),
    ];
    for (what, folder) in kept {
        if let Some(folder) = folder {
            caption(ui, format!("{what}: {}", display_path(&folder)));
        }
    }
}

fn percent(value: f64, _: std::ops::RangeInclusive<usize>) -> String {
    format!("{:.0} %", value * 100.0)
}
