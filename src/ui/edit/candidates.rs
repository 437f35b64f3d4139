//! The candidates: pictures that fulfil the strokes, in places that stay.

use eframe::egui::{Sense, Ui, Vec2};

use super::ask;
use super::canvas::hovered_slot;
use crate::app::textures::{Enlarge, texture};
use crate::app::{Actions, AppState, EditAction};
use crate::ui::parts::caption;
use crate::ui::widgets::number::value;
use crate::ui::widgets::tile::ImageTile;

/// Edges of a candidate's picture, in points.
const SMALLEST: f32 = 44.0;
const LARGEST: f32 = 68.0;
const GAP: f32 = 4.0;

/// Candidates in a row, and a candidate's edge, in this width.
fn places(count: usize, width: f32) -> (usize, f32) {
    let in_row = |edge: f32| ((width + GAP) / (edge + GAP)).floor().max(1.0);
    // One row if they fit into it, else as many as there may be at their smallest.
    let wanted = (count.max(1) as f32).min(in_row(SMALLEST));
    let edge = ((width + GAP) / wanted - GAP).clamp(SMALLEST, LARGEST).floor();
    (in_row(edge) as usize, edge)
}

/// Height of the strip in this width, with room for all that may come: the picture above must not move while one
/// paints.
pub(super) fn height(state: &AppState, width: f32) -> f32 {
    let count = state.edit.plan.settings.candidates as usize;
    let (columns, edge) = places(count, width);
    let rows = count.div_ceil(columns).max(1) as f32;
    rows * (edge + GAP) + 22.0
}

/// Draws the strip: a click adopts, the pointer shows.
pub(super) fn candidates_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let edit = &state.edit;
    let mut hovered = None;
    let Some(view) = &edit.view else {
        caption(ui, "Candidates appear here.");
        return;
    };
    let most = edit.plan.settings.candidates as usize;
    let (columns, edge) = places(most.max(edit.slots.len()), ui.available_width());
    for row in edit.slots.chunks(columns) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing = Vec2::splat(GAP);
            for slot in row {
                let offered = slot
                    .and_then(|start| view.offered.iter().find(|offered| offered.start == start));
                let Some(offered) = offered else {
                    ui.allocate_exact_size(Vec2::splat(edge), Sense::hover());
                    continue;
                };
                let start = offered.start;
                let key = ("edit candidate", start);
                let handle = texture(ui.ctx(), key, &offered.picture, Enlarge::Smooth);
                let name = format!("Candidate {}", start + 1);
                let adopted = edit.plan.adopted == start;
                let tile = ImageTile::new(handle.id(), Vec2::splat(edge), &name).selected(adopted);
                let what = if adopted { "It is adopted" } else { "Click to adopt it" };
                let cost = value(f64::from(offered.total));
                let tile = ui.add(tile).on_hover_text(format!("{name}: costs {cost}. {what}"));
                if tile.hovered() {
                    hovered = Some(start);
                }
                if tile.clicked() && !adopted {
                    ask(actions, EditAction::Adopt(start));
                }
            }
        });
    }
    let before: Option<u32> = ui.data(|data| data.get_temp(hovered_slot())).flatten();
    if before != hovered {
        ui.data_mut(|data| data.insert_temp(hovered_slot(), hovered));
        ui.ctx().request_repaint();
    }
    if edit.slots.len() < 2 {
        caption(ui, "Other candidates that differ enough appear here.");
    }
}
