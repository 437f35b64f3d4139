//! The chosen attribute: how well it tells pictures apart, its strip, and what it is to be freed of.

use eframe::egui::{Sense, Ui, vec2};

use super::list::name_ui;
use super::statistics::statistics_ui;
use crate::app::attributes::{Attribute, STRIP_STEPS};
use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState, escape};
use crate::protocol::TileSheet;
use crate::ui::format::signed;
use crate::ui::parts::{caption, primary_button, toggle};
use crate::ui::theme::palette;
use crate::ui::widgets::tile::{ImageTile, tile_uv};

/// The strip's tiles are no larger than this, in points.
const TILE_MAX: f32 = 128.0;
const TILE_GAP: f32 = 4.0;

/// Draws all that is known of the chosen attribute.
pub fn details_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let Some(attribute) = state.attributes.chosen() else {
        caption(ui, "Choose an attribute at the right to see its strip and accuracy.");
        return;
    };
    name_ui(ui, state, attribute, actions);
    strip_ui(ui, state, attribute, actions);
    statistics_ui(ui, state, attribute, actions);
    free_ui(ui, state, attribute, actions);
}

/// The present picture from −3 to +3 steps; a click sets the slider there.
fn strip_ui(ui: &mut Ui, state: &AppState, attribute: &Attribute, actions: &mut Actions) {
    let count = STRIP_STEPS.len() as f32;
    let room = (ui.available_width() - TILE_GAP * (count - 1.0)) / count;
    let edge = room.clamp(16.0, TILE_MAX).floor();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = TILE_GAP;
        for (index, step) in STRIP_STEPS.iter().enumerate() {
            ui.vertical(|ui| {
                ui.set_width(edge);
                match &state.attributes.strip {
                    Some(sheet) => strip_tile_ui(ui, sheet, (index, edge), attribute, actions),
                    None => {
                        let (rect, _) = ui.allocate_exact_size(vec2(edge, edge), Sense::hover());
                        ui.painter().rect_filled(rect, 2.0, palette(ui).picture_back);
                    }
                }
                ui.vertical_centered(|ui| caption(ui, signed(*step)));
            });
        }
    });
}

fn strip_tile_ui(
    ui: &mut Ui,
    sheet: &TileSheet,
    (index, edge): (usize, f32),
    attribute: &Attribute,
    actions: &mut Actions,
) {
    let step = STRIP_STEPS[index];
    let handle = texture(ui.ctx(), "attribute strip", &sheet.frame, Enlarge::Smooth);
    let name = format!("{} {}", escape(&attribute.direction.name), signed(step));
    let nearest = (attribute.value - step).abs() <= 0.5;
    let tile = ImageTile::new(handle.id(), [edge, edge], &name)
        .uv(tile_uv(&sheet.frame, sheet.columns, sheet.tile_px, index))
        .selected(nearest);
    if ui.add(tile).on_hover_text(format!("Set {name}")).clicked() {
        actions.push(Action::SetAttribute(attribute.id, step));
        actions.push(Action::CommitLatent);
    }
}

/// What the direction is to be made orthogonal to.
fn free_ui(ui: &mut Ui, state: &AppState, attribute: &Attribute, actions: &mut Actions) {
    let others = || state.attributes.in_use().filter(|other| other.id != attribute.id);
    if others().next().is_none() {
        return;
    }
    let hint = "Conditional edit: the part that would move the others too is taken out";
    caption(ui, "Leave these alone").on_hover_text(hint);
    ui.horizontal_wrapped(|ui| {
        for other in others() {
            let mut on = state.attributes.free_of.contains(&other.id);
            let name = escape(&other.direction.name);
            let response = toggle(ui, &mut on, &name);
            if response.accessible_name(format!("Leave {name} alone")).changed() {
                actions.push(Action::ToggleFreeOf(other.id));
            }
        }
    });
    ui.horizontal(|ui| {
        let some = others().any(|other| state.attributes.free_of.contains(&other.id));
        ui.add_enabled_ui(some, |ui| {
            let button = primary_button(ui, "Make orthogonal").on_hover_text(hint);
            let missing = "Choose above what it is to leave alone";
            if button.on_disabled_hover_text(missing).clicked() {
                actions.push(Action::FreeAttribute);
            }
        });
        if ui.button("All others").clicked() {
            let missing = others().filter(|other| !state.attributes.free_of.contains(&other.id));
            actions.extend(missing.map(|other| Action::ToggleFreeOf(other.id)));
        }
    });
}
