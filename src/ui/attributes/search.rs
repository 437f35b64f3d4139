//! Directions without labels: what to look for, how many, and pictures of what was found.

use eframe::egui::{Button, ComboBox, DragValue, Ui};

use super::find::{job_ui, waiting_for};
use crate::app::attributes::{JobOf, Search};
use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState, escape};
use crate::ui::format::{counted, signed};
use crate::ui::parts::{caption, heading};
use crate::ui::widgets::form::row_ui;
use crate::ui::widgets::tile::ImageTile;

/// Found directions that are shown as pictures.
const STRIPS_SHOWN: usize = 6;

/// Draws the choice of a method; what it finds joins the attributes.
pub fn search_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    heading(ui, "Find without labels");
    method_ui(ui, state, actions);
    if state.attributes.search == Search::LayerPca {
        layer_ui(ui, state, actions);
    }
    let mut count = state.attributes.search_count;
    let changed = row_ui(ui, "At most", "The strongest first", |ui| {
        ui.add(DragValue::new(&mut count).range(1..=64).speed(0.1)).changed()
    });
    if changed {
        actions.push(Action::SetSearchCount(count));
    }
    button_ui(ui, state, actions);
    strips_ui(ui, state, actions);
}

/// Over the whole width, as the methods' names are long.
fn method_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let chosen = state.attributes.search;
    let offered = ComboBox::from_id_salt("direction search").width(ui.available_width()).truncate();
    let offered = offered.selected_text(chosen.label()).show_ui(ui, |ui| {
        for search in Search::ALL {
            let label = ui.selectable_label(search == chosen, search.label());
            if label.on_hover_text(search.hint()).clicked() && search != chosen {
                actions.push(Action::SetDirectionSearch(search));
            }
        }
    });
    offered.response.on_hover_text(chosen.hint()).accessible_name("Way to find directions");
}

fn layer_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let Some(model) = &state.model else { return };
    let last = last_hidden_layer(model.spec.image_size);
    let mut layer = state.attributes.layer.min(last);
    let hint = format!(
        "0 is the projection of the latent to 4×4 pixels; each further one, up to {last}, doubles that"
    );
    let changed = row_ui(ui, "Layer", &hint, |ui| {
        ui.add(DragValue::new(&mut layer).range(0..=last).speed(0.05)).changed()
    });
    if changed || layer != state.attributes.layer {
        actions.push(Action::SetSearchLayer(layer));
    }
}

/// Hidden layers double from 4 pixels to half the picture's size.
fn last_hidden_layer(image_size: u32) -> u32 {
    (image_size / 8).max(1).ilog2()
}

fn button_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.job.is_some() && state.attributes.job_of == Some(JobOf::Search) {
        return job_ui(ui, state, actions);
    }
    let needs_encoder = state.attributes.search.needs_encoder();
    let encodes = state.model.as_ref().is_some_and(|model| model.spec.has_encoder());
    if needs_encoder && !encodes {
        caption(ui, "This model has no encoder: take the components of a layer instead.");
    }
    let free = state.engine_is_up() && state.model.is_some() && state.job.is_none();
    let find = ui.add_enabled(free && (encodes || !needs_encoder), Button::new("Find"));
    let hint = "They join the attributes above: name those that mean something, remove the others";
    let find = find.accessible_name("Find without labels").on_hover_text(hint);
    if find.on_disabled_hover_text(waiting_for(state)).clicked() {
        actions.push(Action::FindDirections);
    }
}

/// What the last search found: a strip for each of the first.
fn strips_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let found = &state.attributes.found;
    let (Some(first), Some(last)) = (found.places.first(), found.places.last()) else { return };
    for (id, frame) in found.strips.iter().take(STRIPS_SHOWN) {
        let Some(attribute) = state.attributes.get(*id) else { continue };
        let name = escape(&attribute.direction.name);
        caption(ui, format!("{name}, from {} to {} steps", signed(*first), signed(*last)));
        let width = ui.available_width();
        let height = width * frame.height_px as f32 / frame.width_px.max(1) as f32;
        let handle = texture(ui.ctx(), ("found strip", *id), frame, Enlarge::Smooth);
        let label = format!("Strip of {name}");
        let tile = ImageTile::new(handle.id(), [width, height], &label)
            .selected(state.attributes.chosen == Some(*id));
        if ui.add(tile).on_hover_text("Choose it").clicked() {
            actions.push(Action::ChooseAttribute(*id));
        }
    }
    let more = found.strips.len().saturating_sub(STRIPS_SHOWN);
    if more > 0 {
        let count = counted(more, "direction", "directions");
        caption(ui, format!("{count} more: choose one above to see its strip."));
    }
}

#[cfg(test)]
mod tests {
    use super::last_hidden_layer;

    #[test]
    fn layers_are_counted_as_the_generator_has_them() {
        // models/tests.rs: 32 pixels have three hidden layers.
        assert_eq!([16, 32, 64, 128].map(last_hidden_layer), [1, 2, 3, 4]);
    }
}
