//! The map: encoded pictures and samples in two dimensions, and what can be done with them.

mod background;
mod header;
mod hover;
mod legend;
mod marks;
mod plot;
mod points;
mod settings;
mod strip;
mod view;

pub use settings::obstacle as map_obstacle;

use eframe::egui::{Area, Id, Order, Rect, Ui};

use super::parts::{card, empty_state};
use crate::app::{Action, Actions, AppState};

/// The plot gets at least this height.
const LEAST_PLOT: f32 = 120.0;
/// Between the settings that lie over the plot and its edges.
const OVER_MARGIN: f32 = 10.0;

/// The map's pane.
pub fn map_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.model.is_none() {
        let text = "Pictures and samples are placed here by what a model makes of them.";
        empty_state(ui, "No model", text, |ui| {
            ui.add_enabled_ui(state.engine_is_up(), |ui| {
                if ui.button("Open the built-in model").clicked() {
                    actions.push(Action::OpenBuiltIn);
                }
            });
        });
        return;
    }
    let Some(map) = &state.map.map else {
        points::memory(&ui.ctx().clone(), points::Memory::forget_map);
        settings::draft_ui(ui, state, actions);
        settings::make_ui(ui, state, actions);
        nothing_yet_ui(ui, state, actions);
        return;
    };
    header::header_ui(ui, state, map, actions);
    if state.map.making.is_some() {
        settings::make_ui(ui, state, actions);
    }
    legend::legend_ui(ui, state, map, actions);
    let height = ui.available_height() - strip::strip_height(ui, state);
    let plot = plot::plot_ui(ui, state, map, height.max(LEAST_PLOT), actions);
    if state.map.settings_open {
        settings_over_ui(ui, state, plot, actions);
    }
    strip::strip_ui(ui, state, Some(map), actions);
}

/// The settings over the plot: beside it they would leave nothing of a map in a small pane.
fn settings_over_ui(ui: &Ui, state: &AppState, plot: Rect, actions: &mut Actions) {
    let room = plot.shrink(OVER_MARGIN);
    let area = Area::new(Id::unique("map settings")).order(Order::Middle);
    area.fixed_pos(room.min).constrain_to(plot).show(ui.ctx(), |ui| {
        card(ui).show(ui, |ui| {
            ui.set_width((room.width() - 2.0 * OVER_MARGIN).max(1.0));
            settings::draft_ui(ui, state, actions);
            // While a map is made, this stands above the plot.
            if state.map.making.is_none() {
                settings::make_ui(ui, state, actions);
            }
        });
    });
}

fn nothing_yet_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    strip::strip_ui(ui, state, None, actions);
    if state.map.making.is_none() && state.map.strip == crate::app::map::MapStrip::None {
        let text = "Pictures the model takes for alike will lie side by side here.";
        empty_state(ui, "No map yet", text, |_| {});
    }
}
