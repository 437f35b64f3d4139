//! The strip of recent latents: click one to return to it.

use eframe::egui::{ScrollArea, Ui, Vec2};

use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState};
use crate::ui::parts::caption;
use crate::ui::widgets::tile::ImageTile;

/// Edge of a tile in points.
const TILE: f32 = 56.0;
/// Height of the whole strip: caption, tiles, scroll bar.
pub const STRIP_HEIGHT: f32 = TILE + 42.0;

/// Draws the strip, newest on the left.
pub fn recent_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let recent = &state.explore.recent;
    ui.horizontal(|ui| {
        caption(ui, "Recent");
        let clear = ui.add_enabled(!recent.is_empty(), eframe::egui::Button::new("Clear").small());
        if clear.accessible_name("Clear recent latents").clicked() {
            actions.push(Action::ClearRecent);
        }
    });
    if recent.is_empty() {
        caption(ui, "Randomise, or move a slider: where you have been is kept here.");
        return;
    }
    ScrollArea::horizontal().id_salt("recent latents").auto_shrink([false, true]).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.set_min_height(TILE + 4.0);
            // Room for the frame around the chosen one.
            ui.add_space(2.0);
            for (index, entry) in recent.iter().enumerate() {
                let handle = texture(ui.ctx(), ("recent", entry.id), &entry.frame, Enlarge::Smooth);
                let name = format!("Recent latent {}", index + 1);
                let here = entry.latent == state.explore.latent;
                let tile = ImageTile::new(handle.id(), Vec2::splat(TILE), &name).selected(here);
                if ui.add(tile).on_hover_text("Return to this latent").clicked() {
                    actions.push(Action::LoadLatent(entry.latent.clone()));
                }
            }
        });
    });
}
