//! Composing with latents: arithmetic, paths that become animations, and grids along two directions.

mod formula;
mod grid;
mod latents;
mod path;

use std::path::PathBuf;

use eframe::egui::{Ui, Vec2, vec2};

use super::marks::taken;
use super::parts::{empty_state, heading, scrolled};
use super::widgets::tile::{ImageTile, tile_uv};
use crate::app::textures::{Enlarge, texture};
use crate::app::{Actions, AppState};
use crate::protocol::{Latent, TileSheet};

/// Edge of a picture in a row, in points.
const TILE: f32 = 64.0;

/// The pane: a formula above a path above a grid.
pub fn compose_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.explore.latent.dims() == 0 {
        let text =
            "Open a model: its pictures can be added, taken away, and joined to a film here.";
        return empty_state(ui, "Nothing to compose with", text, |_| {});
    }
    scrolled(ui, "compose", |ui| {
        heading(ui, "Arithmetic");
        formula::formula_ui(ui, state, actions);
        latents::latents_ui(ui, state, actions);
        heading(ui, "Path");
        path::path_ui(ui, state, actions);
        ui.add_space(8.0);
        grid::grid_ui(ui, state, actions);
    });
}

/// A picture of a sheet as a button.
fn picture<'a>(
    ui: &Ui,
    key: &'static str,
    sheet: &TileSheet,
    index: usize,
    name: &'a str,
) -> ImageTile<'a> {
    picture_of_edge(ui, key, sheet, index, name, TILE)
}

/// The same of another size, in points.
fn picture_of_edge<'a>(
    ui: &Ui,
    key: &'static str,
    sheet: &TileSheet,
    index: usize,
    name: &'a str,
    edge: f32,
) -> ImageTile<'a> {
    let handle = texture(ui.ctx(), key, &sheet.frame, Enlarge::Smooth);
    let uv = tile_uv(&sheet.frame, sheet.columns, sheet.tile_px, index);
    ImageTile::new(handle.id(), Vec2::splat(edge), name).uv(uv)
}

/// A place that takes dropped pictures; a click takes the present one. Returns what it got.
fn drop_place_ui(ui: &mut Ui, state: &AppState, name: &str, width: f32) -> Option<Latent> {
    let button = eframe::egui::Button::new("+").min_size(vec2(width, TILE));
    let response = ui.add(button).accessible_name(name);
    let hint = "Drop a picture here, or click to take the present one";
    let response = response.on_hover_text(hint);
    taken(ui, &response).or_else(|| response.clicked().then(|| state.explore.moved()))
}

/// Opens a file dialog; whether it was asked for.
fn browse_ui(ui: &mut Ui, state: &AppState, name: &str) -> bool {
    let button = ui.add_enabled(!state.dialog_open, eframe::egui::Button::new("…"));
    button.accessible_name(name).on_hover_text(name).clicked()
}

/// A typed path, if there is one.
fn typed(text: &str) -> Option<PathBuf> {
    (!text.trim().is_empty()).then(|| crate::app::typed_path(text))
}
