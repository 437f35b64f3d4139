//! Directions without labels: what to look for, and how many.

use eframe::egui::{Button, ComboBox, DragValue, Ui};

use crate::app::attributes::Search;
use crate::app::{Action, Actions, AppState};
use crate::ui::parts::{caption, heading};
use crate::ui::widgets::form::row_ui;

/// Draws the choice of a method; what it finds joins the attributes.
pub fn search_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    heading(ui, "Find without labels");
    let chosen = state.attributes.search;
    let needs_encoder = chosen == Search::Pca;
    let encodes = state.model.as_ref().is_some_and(|model| model.spec.family.has_encoder());
    row_ui(ui, "By", chosen.hint(), |ui| {
        let width = ui.available_width();
        let offered = ComboBox::from_id_salt("direction search").width(width).truncate();
        offered.selected_text(chosen.label()).show_ui(ui, |ui| {
            for search in Search::ALL {
                let label = ui.selectable_label(search == chosen, search.label());
                if label.on_hover_text(search.hint()).clicked() && search != chosen {
                    actions.push(Action::SetDirectionSearch(search));
                }
            }
        });
    });
    let mut count = state.attributes.search_count;
    let changed = row_ui(ui, "At most", "The strongest first", |ui| {
        ui.add(DragValue::new(&mut count).range(1..=64).speed(0.1)).changed()
    });
    if changed {
        actions.push(Action::SetSearchCount(count));
    }
    if needs_encoder && !encodes {
        caption(ui, "This model has no encoder: take the components of a layer instead.");
    }
    let free = state.engine_is_up() && state.model.is_some() && state.job.is_none();
    let find = Button::new("Find");
    let find = ui.add_enabled(free && (encodes || !needs_encoder), find);
    let hint = "They join the attributes above: name those that mean something, remove the others";
    if find.accessible_name("Find without labels").on_hover_text(hint).clicked() {
        actions.push(Action::FindDirections);
    }
}
