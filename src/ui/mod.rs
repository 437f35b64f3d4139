//! Draws what [`crate::app::AppState`] holds and asks by [`crate::app::Action`]s; changes nothing.
//!
//! One file per panel, each with one `xxx_ui(ui, &AppState, &mut Actions)`. The window: a bar above;
//! data, training and model in tabs at the left; sliders at the right; pictures, curves and log in
//! dockable panes between them; notices and windows on top.

pub mod attributes;
pub mod brand;
mod commands;
pub mod compose;
mod dataset_labels;
mod dataset_options;
mod dataset_panel;
mod device_window;
pub mod edit;
mod encoder_entry;
pub mod explorer;
pub mod format;
mod help_window;
pub mod icons;
mod layout;
mod licences;
mod log_panel;
pub mod map;
mod marks;
mod memory_window;
mod model_panel;
mod notifications;
mod overlays;
mod palette_window;
pub mod parts;
pub mod photo;
pub mod plots;
pub mod race;
mod replace_window;
mod run_choice;
mod run_folder;
pub mod samples;
pub mod scale;
mod settings_window;
mod shortcuts;
pub mod states;
pub mod theme;
mod timeline;
mod top_bar;
pub mod train_panel;
mod train_settings;
pub mod widgets;
mod window;

use eframe::egui::{Frame, Id, Margin, Panel, Ui};

pub use dataset_panel::dataset_panel_ui;
pub use device_window::device_window_ui;
pub use layout::{Layout, Pane};
pub use log_panel::log_panel_ui;
pub use model_panel::{family_name, model_panel_ui};
pub use notifications::notifications_ui;
pub use top_bar::top_bar_ui;

use crate::app::state::{RightTab, SideTab};
use crate::app::{Action, Actions, AppState};
use theme::{PANEL_MARGIN, palette};

/// Width of the side panels at first.
const SIDE_WIDTH: f32 = 320.0;
/// The least width of a side panel, and the most; in a small window it is a share of it instead.
const SIDE_LIMITS: [f32; 2] = [256.0, 520.0];
const SIDE_SHARE: f32 = 0.3;

/// The whole window.
pub fn window_ui(ui: &mut Ui, state: &AppState, layout: &mut Layout, actions: &mut Actions) {
    let palette = palette(ui);
    let side = Frame::new().fill(palette.panel).inner_margin(Margin::same(PANEL_MARGIN));
    let bar = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(PANEL_MARGIN, 6));
    Panel::top("top bar").frame(bar).show(ui, |ui| top_bar_ui(ui, state, actions));
    overlays::engine_banner_ui(ui, state, actions);
    let most = (ui.available_width() * SIDE_SHARE).clamp(SIDE_LIMITS[0], SIDE_LIMITS[1]);
    let widths = SIDE_LIMITS[0]..=most;
    let preferences = &state.preferences.layout;
    if preferences.left_panel {
        let panel = Panel::left(panel_id(ui, "left"));
        let panel = panel.frame(side).default_size(SIDE_WIDTH).size_range(widths.clone());
        panel.show(ui, |ui| side_ui(ui, state, actions));
    }
    if preferences.right_panel {
        let panel = Panel::right(panel_id(ui, "right"));
        let panel = panel.frame(side).default_size(SIDE_WIDTH).size_range(widths);
        panel.show(ui, |ui| right_ui(ui, state, actions));
    }
    let centre = Frame::new().fill(palette.window).inner_margin(Margin::same(4));
    let centre = eframe::egui::CentralPanel::no_frame()
        .frame(centre)
        .show(ui, |ui| layout.ui(ui, state, actions));
    let centre = centre.response.rect;
    windows_ui(ui, state, actions);
    notifications_ui(ui, centre, state, actions);
    overlays::drop_target(ui);
    overlays::saving_ui(ui, state);
    photo::paste_ui(ui, state, actions);
    edit::settle_ui(ui, state, actions);
    shortcuts::shortcuts_ui(ui.ctx(), state, actions);
}

/// A side panel has a width for every scale: what a large one leaves of it is not its width at another.
fn panel_id(ui: &Ui, side: &str) -> Id {
    let percent = (ui.ctx().zoom_factor() * 100.0).round() as u32;
    Id::unique((side, percent))
}

/// What is open above the panels.
fn windows_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    device_window_ui(ui, state, actions);
    settings_window::settings_window_ui(ui, state, actions);
    help_window::help_window_ui(ui, state, actions);
    palette_window::palette_window_ui(ui, state, actions);
    replace_window::replace_window_ui(ui, state, actions);
    memory_window::memory_window_ui(ui, state, actions);
    if !state.windows.any() {
        window::none_open(ui.ctx());
    }
}

/// The left panel: three tabs in their order of use.
fn side_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let tabs = SideTab::ALL.map(|tab| (tab, tab.label()));
    let chosen = state.preferences.layout.side_tab;
    ui.horizontal(|ui| {
        let picked = widgets::segmented::segmented_ui(ui, "Panel", chosen, tabs.into_iter());
        actions.extend(picked.map(Action::ShowSideTab));
    });
    ui.separator();
    match chosen {
        SideTab::Data => dataset_panel_ui(ui, state, actions),
        SideTab::Training => train_panel::train_panel_ui(ui, state, actions),
        SideTab::Model => model_panel_ui(ui, state, actions),
    }
}

/// The right panel: sliders for dimensions, and for attributes.
fn right_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let tabs = RightTab::ALL.map(|tab| (tab, tab.label()));
    let chosen = state.preferences.layout.right_tab;
    let picked = widgets::segmented::segmented_ui(ui, "Sliders", chosen, tabs.into_iter());
    actions.extend(picked.map(Action::ShowRightTab));
    ui.separator();
    match chosen {
        RightTab::Dimensions => explorer::explorer_ui(ui, state, actions),
        RightTab::Attributes => attributes::attributes_ui(ui, state, actions),
    }
}

/// A pane of the centre.
fn pane_ui(pane: Pane, ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    match pane {
        Pane::Explore => explorer::picture_pane_ui(ui, state, actions),
        Pane::Compose => compose::compose_ui(ui, state, actions),
        Pane::History => states::states_ui(ui, state, actions),
        Pane::Attributes => attributes::workbench_ui(ui, state, actions),
        Pane::Samples => samples::samples_ui(ui, state, actions),
        Pane::Map => map::map_ui(ui, state, actions),
        Pane::Photo => photo::photo_ui(ui, state, actions),
        Pane::Race => race::race_ui(ui, state, actions),
        Pane::Edit => edit::edit_ui(ui, state, actions),
        Pane::Curves => plots::plots_ui(ui, state, actions),
        Pane::Log => log_panel_ui(ui, state, actions),
    }
}
