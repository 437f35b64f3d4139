//! The plane behind the points, decoded in squares: asked for when the view has come to rest.

use std::time::Duration;

use eframe::egui::epaint::Mesh;
use eframe::egui::{Color32, Painter, Rect, Ui, vec2};

use super::points::Memory;
use super::view::View;
use crate::app::map::{Background, PlacedPictures};
use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState};
use crate::protocol::Map;
use crate::ui::widgets::tile::tile_uv;

/// The view has come to rest when it has not changed for this long.
const REST_SECS: f64 = 0.15;

/// Draws the squares there are, and asks for others where the view shows other places.
pub fn background_ui(
    ui: &Ui,
    painter: &Painter,
    state: &AppState,
    map: &Map,
    (view, plot): (View, Rect),
    memory: &mut Memory,
    actions: &mut Actions,
) {
    if !state.map.show_background || map.plane.is_none() {
        memory.settled = None;
        return;
    }
    let background = state.map.background.as_ref();
    for (layer, placed) in background.iter().flat_map(|all| all.shown.iter().enumerate()) {
        if let Some(placed) = placed {
            paint(ui, painter, (view, plot), layer, placed);
        }
    }
    let grid = view.squares(plot);
    let kept = state.map.keep_rest.then(|| state.explore.moved());
    let asked = |asked: &Background| asked.grid == grid && asked.kept == kept;
    if background.is_some_and(asked) || !state.engine_is_up() {
        memory.settled = None;
        return;
    }
    let now = ui.input(|input| input.time);
    match &memory.settled {
        Some((known, latent, since)) if *known == grid && *latent == kept => {
            if now - since >= REST_SECS {
                memory.settled = None;
                actions.push(Action::AskMapBackground(grid));
                return;
            }
        }
        _ => memory.settled = Some((grid, kept, now)),
    }
    ui.ctx().request_repaint_after(Duration::from_secs_f64(REST_SECS));
}

fn paint(
    ui: &Ui,
    painter: &Painter,
    (view, plot): (View, Rect),
    layer: usize,
    (grid, pictures): &PlacedPictures,
) {
    let edge = grid.cell * view.scale;
    let enlarge = if edge * ui.pixels_per_point() > 2.0 * pictures.tile_px as f32 {
        Enlarge::Sharp
    } else {
        Enlarge::Smooth
    };
    let handle = texture(ui.ctx(), ("map background", layer), &pictures.frame, enlarge);
    let mut mesh = Mesh::with_texture(handle.id());
    for (index, middle) in grid.middles().enumerate().take(pictures.done) {
        let at = view.to_screen(plot, middle);
        let uv = tile_uv(&pictures.frame, grid.columns, pictures.tile_px, index);
        mesh.add_rect_with_uv(Rect::from_center_size(at, vec2(edge, edge)), uv, Color32::WHITE);
    }
    painter.add(mesh);
}
