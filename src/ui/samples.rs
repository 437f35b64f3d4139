//! The live sheet of samples and, for families with an encoder, data above their reconstructions.
//!
//! Every tile is a button: a click loads its latent into the explorer.

use eframe::egui::{
    Align, Button, DragValue, Layout, Rect, ScrollArea, TextureId, Ui, UiBuilder, Vec2, pos2, vec2,
};

use super::format::grouped;
use super::marks::{Picture, picture_click_ui};
use super::parts::{caption, empty_state};
use super::timeline::{past_samples_ui, timeline_ui};
use super::train_settings::short_rate;
use super::widgets::segmented::segmented_ui;
use super::widgets::tile::{ImageTile, tile_uv};
use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState};
use crate::protocol::{Frame, Latent, LiveSettings, ReconstructionSheet, SampleRate, SampleSheet};

/// Space between tiles in points.
const TILE_GAP: f32 = 3.0;
/// Tiles get no smaller than this; past it the sheet scrolls.
const LEAST_TILE: f32 = 26.0;
/// Width of the controls above the sheet.
const CONTROLS_WIDTH: f32 = 250.0;
/// From this enlargement on a tile's pixels are drawn as squares.
const SHARP_FROM: f32 = 3.0;

/// Draws the sheet with what governs it above.
pub fn samples_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    timeline_ui(ui, state, actions);
    if state.samples.past_step.is_some() {
        past_samples_ui(ui, state);
        return;
    }
    let Some(sheet) = state.samples.sheet.as_deref().filter(|sheet| sheet.count > 0) else {
        nothing_yet_ui(ui, state, actions);
        return;
    };
    header_ui(ui, state, sheet, actions);
    match &sheet.reconstructions {
        None => sheet_ui(ui, state, sheet, actions),
        Some(pairs) => {
            let (space, gap) = (ui.available_rect_before_wrap(), 8.0);
            // By the number of their tiles, so that both have tiles of about the same size.
            let tiles = (sheet.count + 2 * pairs.columns * pairs.pairs).max(1);
            let share = (sheet.count as f32 / tiles as f32).clamp(0.4, 0.7);
            // Side by side in a wide panel, else one above the other.
            let (first, second) = if space.width() > 1.4 * space.height() {
                space.split_left_right_at_x(space.left() + space.width() * share)
            } else {
                space.split_top_bottom_at_y(space.top() + space.height() * share)
            };
            let half = |ui: &mut Ui, rect: Rect, salt: &str| {
                ui.new_child(UiBuilder::new().max_rect(rect.shrink(gap / 2.0)).id_salt(salt))
            };
            sheet_ui(&mut half(ui, first, "samples"), state, sheet, actions);
            reconstructions_ui(&mut half(ui, second, "reconstructions"), state, pairs, actions);
            ui.advance_cursor_after_rect(space);
        }
    }
}

fn header_ui(ui: &mut Ui, state: &AppState, sheet: &SampleSheet, actions: &mut Actions) {
    let (mut step, mut hint) = (
        format!("Step {}", grouped(sheet.step)),
        "Click a picture to load its latent onto the sliders".to_owned(),
    );
    if !state.training.phase.is_active() && state.model.as_ref().is_some_and(|m| m.is_built_in()) {
        // Its steps are the last stage's alone, and say little to whoever did not train it.
        hint = format!("Trained in stages, {} steps in the last. {hint}", grouped(sheet.step));
        step = "Built-in model".to_owned();
    }
    let wide = ui.available_width() > CONTROLS_WIDTH + 90.0;
    let controls_ui = |ui: &mut Ui, actions: &mut Actions| {
        if state.training.phase.is_active() {
            refresh_ui(ui, state, actions);
        } else {
            draw_ui(ui, state, actions);
        }
    };
    if wide {
        ui.horizontal(|ui| {
            caption(ui, step).on_hover_text(hint);
            ui.add_space(ui.available_width() - CONTROLS_WIDTH);
            controls_ui(ui, actions);
        });
    } else {
        caption(ui, step).on_hover_text(hint);
        ui.horizontal_wrapped(|ui| controls_ui(ui, actions));
    }
}

/// How often the sheet is drawn anew while training.
fn refresh_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let live = state.training.live();
    let rates = SampleRate::ALL.map(|rate| (rate, short_rate(rate)));
    if ui.available_size_before_wrap().x > CONTROLS_WIDTH - 16.0 {
        caption(ui, "Refresh").on_hover_text("Every refresh takes time from training");
    }
    let width = (CONTROLS_WIDTH - 68.0).min(ui.available_size_before_wrap().x);
    let size = vec2(width, ui.spacing().interact_size.y);
    let layout = Layout::left_to_right(Align::Center);
    let picked = ui
        .allocate_ui_with_layout(size, layout, |ui| {
            segmented_ui(ui, "Refresh samples", live.sample_rate, rates.into_iter())
        })
        .inner;
    if let Some(sample_rate) = picked {
        actions.push(Action::Tune(LiveSettings { sample_rate, ..live.clone() }));
    }
}

/// Another sheet of the open model.
fn draw_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let may_draw = state.model.is_some() && state.engine_is_up();
    ui.add_enabled_ui(may_draw, |ui| {
        let hint = "Draw another sheet from fresh latents";
        if ui.button("New seed").on_hover_text(hint).clicked() {
            actions.push(Action::DrawSamples);
        }
        let mut count = state.samples.count;
        let tiles = DragValue::new(&mut count).range(1..=256).suffix(" tiles").speed(0.2);
        let tiles = ui.add(tiles.update_while_editing(false)).accessible_name("Tiles in the sheet");
        if tiles.changed() && count != state.samples.count {
            actions.push(Action::SetSampleCount(count));
        }
        let mut seed = state.samples.seed;
        let number = DragValue::new(&mut seed).speed(0.1).prefix("Seed ");
        let number = ui.add(number.update_while_editing(false)).accessible_name("Sample seed");
        if number.changed() && seed != state.samples.seed {
            actions.push(Action::SetSampleSeed(seed));
        }
    });
}

fn sheet_ui(ui: &mut Ui, state: &AppState, sheet: &SampleSheet, actions: &mut Actions) {
    let grid = Grid::fit(ui, sheet.count, 1.0, sheet.tile_px);
    let tiles = Tiles {
        frame: &sheet.frame,
        columns: sheet.columns,
        px: sheet.tile_px,
        texture: texture(ui.ctx(), "samples", &sheet.frame, grid.enlarge).id(),
    };
    grid_ui(ui, "samples", &grid, sheet.count, |ui, index, rect| {
        let name = format!("Sample {}", index + 1);
        let tile = tiles.tile(index, rect, &name);
        tile_ui(ui, tile, (rect, &name), sheet.latents.get(index), state, actions);
    });
}

fn reconstructions_ui(
    ui: &mut Ui,
    state: &AppState,
    sheet: &ReconstructionSheet,
    actions: &mut Actions,
) {
    let count = sheet.columns * sheet.pairs;
    if count == 0 {
        return;
    }
    caption(ui, "Data above their reconstructions");
    let grid = Grid::fit(ui, count, 2.0, sheet.tile_px);
    let tiles = Tiles {
        frame: &sheet.frame,
        columns: sheet.columns,
        px: sheet.tile_px,
        texture: texture(ui.ctx(), "reconstructions", &sheet.frame, grid.enlarge).id(),
    };
    grid_ui(ui, "reconstructions", &grid, count, |ui, index, rect| {
        let (row, column) = (index / sheet.columns, index % sheet.columns);
        let latent = sheet.latents.get(index);
        let (above, below) = rect.split_top_bottom_at_y(rect.center().y);
        for (part, what, rect) in [(0, "Data", above), (1, "Reconstruction", below)] {
            let source = (2 * row + part) * sheet.columns + column;
            let name = format!("{what} {}", index + 1);
            tile_ui(ui, tiles.tile(source, rect, &name), (rect, &name), latent, state, actions);
        }
    });
}

/// How a sheet's picture is cut into tiles.
struct Tiles<'a> {
    frame: &'a Frame,
    columns: usize,
    px: usize,
    texture: TextureId,
}

impl Tiles<'_> {
    fn tile<'n>(&self, source: usize, rect: Rect, name: &'n str) -> ImageTile<'n> {
        let uv = tile_uv(self.frame, self.columns, self.px, source);
        ImageTile::new(self.texture, rect.size(), name).uv(uv)
    }
}

/// Draws a tile; one of a latent can be clicked.
fn tile_ui(
    ui: &mut Ui,
    tile: ImageTile<'_>,
    (rect, name): (Rect, &str),
    latent: Option<&Latent>,
    state: &AppState,
    actions: &mut Actions,
) {
    match latent {
        Some(latent) => {
            let response = tile.draggable().put_ui(ui, rect).on_hover_text(name);
            picture_click_ui(ui, &response, Picture::of(latent), state, actions);
        }
        None => {
            tile.inert().put_ui(ui, rect);
        }
    }
}

/// Where the cells of a sheet go.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Grid {
    columns: usize,
    cell: Vec2,
    enlarge: Enlarge,
}

impl Grid {
    /// As many columns as give the largest cells that fit the space; `aspect` is height over width.
    fn fit(ui: &Ui, count: usize, aspect: f32, tile_px: usize) -> Self {
        let scale = ui.pixels_per_point();
        let grid = Self::fit_space(ui.available_size(), count, aspect);
        // Whole physical pixels, and whole enlargements where squares would otherwise be uneven.
        let mut edge_px = (grid.cell.x * scale).floor();
        let px = tile_px.max(1) as f32;
        let sharp = edge_px / px >= SHARP_FROM;
        if sharp && (edge_px / px).floor() / (edge_px / px) > 0.9 {
            edge_px = (edge_px / px).floor() * px;
        }
        let edge = edge_px / scale;
        Self {
            cell: vec2(edge, edge * aspect),
            enlarge: if sharp { Enlarge::Sharp } else { Enlarge::Smooth },
            ..grid
        }
    }

    fn fit_space(space: Vec2, count: usize, aspect: f32) -> Self {
        let edge_of = |columns: usize| {
            let rows = count.div_ceil(columns) as f32;
            let wide = (space.x - TILE_GAP * (columns as f32 - 1.0)) / columns as f32;
            let high = (space.y - TILE_GAP * (rows - 1.0)) / rows / aspect;
            wide.min(high)
        };
        // Full rows look better than slightly larger tiles.
        let merit = |columns: usize| {
            edge_of(columns) * if count.is_multiple_of(columns) { 1.0 } else { 0.88 }
        };
        let best = (1..=count.max(1)).max_by(|a, b| merit(*a).total_cmp(&merit(*b))).unwrap_or(1);
        let mut grid =
            Self { columns: best, cell: Vec2::splat(edge_of(best)), enlarge: Enlarge::Smooth };
        if grid.cell.x < LEAST_TILE {
            // Too many for the space: readable tiles, and the sheet scrolls.
            let columns = ((space.x - 10.0 + TILE_GAP) / (LEAST_TILE + TILE_GAP)).floor().max(1.0);
            grid = Self { columns: columns as usize, cell: Vec2::splat(LEAST_TILE), ..grid };
        }
        grid.cell.y = grid.cell.x * aspect;
        grid
    }
}

fn grid_ui(
    ui: &mut Ui,
    salt: &str,
    grid: &Grid,
    count: usize,
    mut cell_ui: impl FnMut(&mut Ui, usize, Rect),
) {
    let rows = count.div_ceil(grid.columns);
    let step = grid.cell + Vec2::splat(TILE_GAP);
    let size = vec2(grid.columns as f32 * step.x, rows as f32 * step.y) - Vec2::splat(TILE_GAP);
    ScrollArea::vertical().id_salt(salt).auto_shrink(false).show(ui, |ui| {
        let space = ui.available_rect_before_wrap();
        let left = space.left() + ((space.width() - size.x) / 2.0).max(0.0).floor();
        let origin = pos2(left, space.top());
        let clip = ui.clip_rect();
        for index in 0..count {
            let (row, column) = (index / grid.columns, index % grid.columns);
            let min = origin + vec2(column as f32 * step.x, row as f32 * step.y);
            let rect = Rect::from_min_size(min, grid.cell);
            // Tiles out of sight by far are not even laid out.
            if rect.expand(step.y).intersects(clip) {
                cell_ui(ui, index, rect);
            }
        }
        ui.allocate_rect(Rect::from_min_size(origin, size), eframe::egui::Sense::hover());
    });
}

fn nothing_yet_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.training.phase.is_active() {
        let off = state.training.live().sample_rate == SampleRate::Off;
        let text = if off {
            "The live sheet is switched off: choose a refresh rate to see samples."
        } else {
            "The first sheet is drawn after the first step."
        };
        empty_state(ui, "Samples", text, |ui| refresh_ui(ui, state, actions));
        return;
    }
    let text =
        "Press Train and watch samples improve step by step, or draw some from the open model.";
    empty_state(ui, "Samples", text, |ui| {
        let may_draw = state.model.is_some() && state.engine_is_up();
        if ui.add_enabled(may_draw, Button::new("Draw samples")).clicked() {
            actions.push(Action::DrawSamples);
        }
    });
}

#[cfg(test)]
mod tests {
    use eframe::egui::vec2;

    use super::{Grid, LEAST_TILE};

    #[test]
    fn tiles_are_as_large_as_the_space_allows() {
        let square = Grid::fit_space(vec2(600.0, 600.0), 36, 1.0);
        assert_eq!(square.columns, 6);
        let wide = Grid::fit_space(vec2(1200.0, 300.0), 36, 1.0);
        assert!(wide.columns > 9 && wide.cell.x >= 80.0, "{wide:?}");
        let pairs = Grid::fit_space(vec2(600.0, 300.0), 8, 2.0);
        assert_eq!(pairs.cell.y, 2.0 * pairs.cell.x);
    }

    #[test]
    fn too_many_tiles_scroll_instead_of_vanishing() {
        let grid = Grid::fit_space(vec2(300.0, 200.0), 256, 1.0);
        assert_eq!(grid.cell.x, LEAST_TILE);
        assert_eq!(grid.columns, 10);
    }
}
