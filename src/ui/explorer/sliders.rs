//! A slider for every latent dimension; only the visible ones are laid out.

use eframe::egui::style::ScrollAnimation;
use eframe::egui::{Pos2, Rect, ScrollArea, TextEdit, Ui, vec2};

use super::order::{activities, reach, relative_activity, visible_dims, why_dead};
use crate::app::{Action, Actions, AppState, DimOrder};
use crate::ui::parts::caption;
use crate::ui::widgets::form::row_ui;
use crate::ui::widgets::latent_slider::{LatentEdit, LatentRow, ROW_HEIGHT, latent_slider_ui};
use crate::ui::widgets::segmented::segmented_ui;

/// Draws the search field and the list of sliders in the space that is left.
pub fn sliders_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let dims = visible_dims(state);
    order_ui(ui, state, actions);
    search_ui(ui, state, actions, dims.len());
    if dims.is_empty() {
        caption(ui, "No dimension matches. Search by number (12), range (10-20), locked or moved.");
        return;
    }
    let activities = activities(state);
    let ids = ui.scope_id();
    let id_of = |dim: usize| ids.with(("latent rail", dim));
    ScrollArea::vertical().auto_shrink(false).show_viewport(ui, |ui, viewport| {
        ui.set_height(dims.len() as f32 * ROW_HEIGHT);
        let origin = ui.max_rect().min;
        for index in rows_in(viewport, dims.len()) {
            let dim = dims[index];
            let (range, why_range) = reach(state, dim);
            let row = LatentRow {
                dim,
                value: state.explore.latent.0.get(dim).copied().unwrap_or_default(),
                range,
                why_range,
                locked: state.explore.locked.get(dim).copied().unwrap_or_default(),
                activity: relative_activity(activities, dim),
                dead: why_dead(state, dim),
                id: id_of(dim),
            };
            let edit = latent_slider_ui(ui, &row, row_rect(ui, origin, index));
            push_edit(&edit, dim, actions);
            if edit.focus_rows != 0 {
                let target = index.saturating_add_signed(edit.focus_rows).min(dims.len() - 1);
                ui.memory_mut(|memory| memory.request_focus(id_of(dims[target])));
                let rect = row_rect(ui, origin, target);
                ui.scroll_to_rect_animation(rect, None, ScrollAnimation::none());
            }
        }
    });
}

/// The rows to lay out: those in view and one on either side, where the arrow keys move the focus;
/// a row that is not laid out cannot take it.
fn rows_in(viewport: Rect, total: usize) -> std::ops::Range<usize> {
    let first = (viewport.top() / ROW_HEIGHT).floor().max(0.0) as usize;
    let last = (viewport.bottom() / ROW_HEIGHT).ceil().max(0.0) as usize;
    first.saturating_sub(1).min(total)..(last + 1).min(total)
}

fn row_rect(ui: &Ui, origin: Pos2, index: usize) -> Rect {
    let min = origin + vec2(0.0, index as f32 * ROW_HEIGHT);
    // The scroll bar floats over the right edge.
    Rect::from_min_size(min, vec2(ui.max_rect().width() - 4.0, ROW_HEIGHT))
}

fn push_edit(edit: &LatentEdit, dim: usize, actions: &mut Actions) {
    if edit.toggle_lock {
        actions.push(Action::ToggleLock(dim));
    }
    if edit.zero {
        actions.push(Action::ZeroDim(dim));
    } else if let Some(value) = edit.value {
        actions.push(Action::SetLatentDim(dim, value));
    }
    if edit.commit {
        actions.push(Action::CommitLatent);
    }
}

fn order_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let knows_kl = state.model.as_ref().is_some_and(|model| !model.latent_kl.is_empty());
    let mut choices = vec![(DimOrder::Number, "Number")];
    if knows_kl {
        choices.push((DimOrder::Kl, "KL"));
    }
    choices.push((DimOrder::Sensitivity, "Sensitivity"));
    let hint = "KL: those first of which the encoder says most (mean divergence on data, for models with an \
                encoder that was measured). Sensitivity: those first that change pictures most.";
    let picked = row_ui(ui, "Order", hint, |ui| {
        segmented_ui(ui, "Order", state.explore.order, choices.into_iter())
    });
    actions.extend(picked.map(Action::SetDimOrder));
    if state.explore.measuring_sensitivity {
        caption(ui, "Measuring how much pictures change with each dimension…");
    }
}

fn search_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions, found: usize) {
    let explore = &state.explore;
    let total = explore.latent.dims();
    let mut text = explore.search.clone();
    let width = ui.available_width();
    let field = TextEdit::singleline(&mut text).hint_text("Search").desired_width(width);
    let response = ui
        .add_sized([width, ui.spacing().interact_size.y], field)
        .on_hover_text("By number (12), range (10-20), locked, moved")
        .accessible_name("Search latent dimensions");
    if response.changed() {
        actions.push(Action::SetSearch(text));
    }
    if found < total {
        caption(ui, format!("{found} of {total} dimensions"));
    }
}
