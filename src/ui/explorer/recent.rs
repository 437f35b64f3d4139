//! The strip of states: click one to return to it.

use eframe::egui::{Button, ScrollArea, Ui, Vec2, vec2};

use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState, Visited};
use crate::ui::marks::{Picture, picture_click_ui};
use crate::ui::parts::{caption, toggle};
use crate::ui::states::{paint_star, state_name, state_told};
use crate::ui::widgets::tile::ImageTile;

/// Edge of a tile in points.
const TILE: f32 = 56.0;
/// Height of the tiles with their scroll bar.
const TILES_HEIGHT: f32 = TILE + 18.0;
/// In a narrower pane the buttons take two rows.
const ROOM_FOR_ONE_ROW: f32 = 310.0;
/// States in the strip; the History pane shows them all.
const MOST: usize = 32;

/// Height of the whole strip: buttons, tiles, scroll bar.
pub fn strip_height(ui: &Ui) -> f32 {
    let rows = if ui.available_width() < ROOM_FOR_ONE_ROW { 2.0 } else { 1.0 };
    rows * (ui.spacing().interact_size.y + ui.spacing().item_spacing.y) + TILES_HEIGHT
}

/// Draws the strip, newest on the left.
pub fn recent_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let shown = shown(state);
    let in_one_row = ui.available_width() >= ROOM_FOR_ONE_ROW;
    // Where there is no room for all of them, they go on in a second row; with the word in the third.
    ui.horizontal_wrapped(|ui| {
        if in_one_row {
            caption(ui, "Recent");
        } else {
            ui.spacing_mut().button_padding.x = 5.0;
        }
        let (back, forth) = state.history_leads();
        let undo = ui.add_enabled(back, Button::new("Undo"));
        if undo.on_hover_text("The picture this one was made from (Ctrl+Z)").clicked() {
            actions.push(Action::Undo);
        }
        let redo = ui.add_enabled(forth, Button::new("Redo"));
        if redo.on_hover_text("Forward again (Ctrl+Shift+Z)").clicked() {
            actions.push(Action::Redo);
        }
        let mut only = state.states_view.only_dear;
        let only_ui = toggle(ui, &mut only, "Starred").on_hover_text("Only starred and named ones");
        if only_ui.changed() {
            actions.push(Action::SetOnlyDear(only));
        }
        let clear = ui.add_enabled(!shown.is_empty(), Button::new("Clear"));
        let clear = clear.on_hover_text("Forget those that are neither starred nor named");
        if clear.accessible_name("Clear recent states").clicked() {
            actions.push(Action::ClearStates);
        }
    });
    if shown.is_empty() {
        caption(ui, "Randomise, or move a slider: where you have been is kept here.");
        return;
    }
    ScrollArea::horizontal().id_salt("recent states").auto_shrink([false, true]).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.set_min_height(TILE + 4.0);
            // Room for the frame around the chosen one.
            ui.add_space(2.0);
            for visited in &shown {
                tile_ui(ui, state, visited, actions);
            }
        });
    });
}

/// The newest states of the open model's space.
fn shown(state: &AppState) -> Vec<&Visited> {
    let Some(space) = state.attributes.space() else { return Vec::new() };
    let only = state.states_view.only_dear;
    let wanted = state.states.of(space).rev().filter(|visited| !only || visited.is_dear());
    wanted.take(MOST).collect()
}

fn tile_ui(ui: &mut Ui, state: &AppState, visited: &Visited, actions: &mut Actions) {
    let Some(frame) = &visited.frame else {
        ui.allocate_space(Vec2::splat(TILE));
        return;
    };
    let handle = texture(ui.ctx(), ("state", visited.id), frame, Enlarge::Smooth);
    let name = state_name(state, visited);
    let here = state.states.current() == Some(visited.id);
    let tile = ImageTile::new(handle.id(), Vec2::splat(TILE), &name).selected(here);
    let response = ui
        .add(tile.draggable())
        .on_hover_text(format!("{}\nClick to return to it", state_told(&name, visited)));
    let load = Action::LoadState(visited.id);
    let picture = Picture { latent: &visited.latent, load, visited: Some(visited) };
    picture_click_ui(ui, &response, picture, state, actions);
    if visited.starred {
        paint_star(ui, response.rect.right_top() + vec2(-8.0, 8.0), 6.0);
    }
}
