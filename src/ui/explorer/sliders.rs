//! A slider for every latent dimension; only the visible ones are laid out.

use eframe::egui::style::ScrollAnimation;
use eframe::egui::{Pos2, Rect, ScrollArea, TextEdit, Ui, vec2};

use super::order::{latent_range, visible_dims};
use crate::app::{Action, Actions, AppState};
use crate::ui::parts::{caption, toggle};
use crate::ui::widgets::latent_slider::{LatentEdit, LatentRow, ROW_HEIGHT, latent_slider_ui};

/// Draws the search field and the list of sliders in the space that is left.
pub fn sliders_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let dims = visible_dims(state);
    search_ui(ui, state, actions, dims.len());
    if dims.is_empty() {
        caption(ui, "No dimension matches. Search by number (12), range (10-20), locked or moved.");
        return;
    }
    let most = most_active(state);
    let ids = ui.scope_id();
    let id_of = |dim: usize| ids.with(("latent rail", dim));
    ScrollArea::vertical().auto_shrink(false).show_viewport(ui, |ui, viewport| {
        ui.set_height(dims.len() as f32 * ROW_HEIGHT);
        let origin = ui.max_rect().min;
        for index in rows_in(viewport, dims.len()) {
            let dim = dims[index];
            let row = LatentRow {
                dim,
                value: state.explore.latent.0.get(dim).copied().unwrap_or_default(),
                range: latent_range(state, dim),
                locked: state.explore.locked.get(dim).copied().unwrap_or_default(),
                activity: most.map(|most| activity(state, dim) / most),
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

fn search_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions, found: usize) {
    let explore = &state.explore;
    let total = explore.latent.dims();
    ui.horizontal(|ui| {
        let mut text = explore.search.clone();
        let knows_activity = most_active(state).is_some();
        let width = (ui.available_width() - 92.0).max(60.0);
        let field = TextEdit::singleline(&mut text).hint_text("Search").desired_width(width);
        let response = ui
            .add_sized([width, ui.spacing().interact_size.y], field)
            .on_hover_text("By number (12), range (10-20), locked, moved")
            .accessible_name("Search latent dimensions");
        if response.changed() {
            actions.push(Action::SetSearch(text));
        }
        let mut sorted = explore.sort_by_activity;
        let toggle = ui.add_enabled_ui(knows_activity, |ui| toggle(ui, &mut sorted, "By activity"));
        let hint = if knows_activity {
            "Most active dimensions first, by their mean KL divergence on data"
        } else {
            "This model was not measured: only models with an encoder know their active dimensions"
        };
        let toggle = toggle.inner.on_hover_text(hint).on_disabled_hover_text(hint);
        if toggle.changed() {
            actions.push(Action::SetSortByActivity(sorted));
        }
    });
    if found < total {
        caption(ui, format!("{found} of {total} dimensions"));
    }
}

fn activity(state: &AppState, dim: usize) -> f32 {
    let known = state.model.as_ref().and_then(|model| model.latent_kl.get(dim).copied());
    known.filter(|value| value.is_finite()).unwrap_or_default().max(0.0)
}

/// The activity of the most active dimension, if any was measured.
fn most_active(state: &AppState) -> Option<f32> {
    let model = state.model.as_ref()?;
    let most = (0..model.latent_kl.len()).map(|dim| activity(state, dim)).fold(0.0, f32::max);
    (most > 0.0).then_some(most)
}
