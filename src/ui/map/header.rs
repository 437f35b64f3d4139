//! Above a map that is there: what can be done with it, and what it is.

use eframe::egui::{ComboBox, Label, RichText, Ui};

use super::points::memory;
use crate::app::{Action, Actions, AppState, escape};
use crate::protocol::{Map, MapMethod};
use crate::ui::format::{counted, grouped};
use crate::ui::parts::toggle;

/// Height of the list of colours: room for some twenty, as far as the window has it.
const LIST_HEIGHT: f32 = 520.0;

/// Draws the row of switches.
pub fn header_ui(ui: &mut Ui, state: &AppState, map: &Map, actions: &mut Actions) {
    let shown = &state.map;
    ui.horizontal_wrapped(|ui| {
        let mut open = shown.settings_open;
        let settings = toggle(ui, &mut open, "New map…");
        if settings.on_hover_text("What the next map is made of").changed() {
            actions.push(Action::ShowMapSettings(open));
        }
        colour_ui(ui, state, map, actions);
        let hint =
            "All points in view (Home). The wheel and + − zoom, dragging and the arrow keys pan.";
        if ui.button("Fit").on_hover_text(hint).accessible_name("Fit the map").clicked() {
            memory(&ui.ctx().clone(), |memory| memory.view = None);
        }
        let mut lasso = shown.lasso;
        let hint = "Drag around points to select them; with Shift held, at any time";
        if toggle(ui, &mut lasso, "Lasso").on_hover_text(hint).changed() {
            actions.push(Action::SetLasso(lasso));
        }
        if map.plane.is_some() {
            plane_ui(ui, state, map, actions);
        }
    });
    ui.add(Label::new(RichText::new(about(map)).small().weak()).truncate());
}

fn colour_ui(ui: &mut Ui, state: &AppState, map: &Map, actions: &mut Actions) {
    let now = state.map.colour;
    let options = map.colours();
    let name = options.iter().find(|(colour, _)| *colour == now);
    let combo = ComboBox::from_id_salt("map colour")
        .selected_text(name.map_or_else(String::new, |(_, name)| escape(name)))
        .width(130.0)
        .height(LIST_HEIGHT)
        .show_ui(ui, |ui| {
            for (colour, name) in &options {
                if ui.selectable_label(*colour == now, escape(name)).clicked() {
                    actions.push(Action::SetMapColour(*colour));
                }
            }
        });
    combo.response.on_hover_text("What the points are coloured by").accessible_name("Coloured by");
}

fn plane_ui(ui: &mut Ui, state: &AppState, map: &Map, actions: &mut Actions) {
    let mut background = state.map.show_background;
    let hint = "Decode the plane behind the points, square by square";
    if toggle(ui, &mut background, "Plane").on_hover_text(hint).changed() {
        actions.push(Action::ShowMapBackground(background));
    }
    if map.dims > 2 {
        let mut keep = state.map.keep_rest;
        let hint = "A click moves the present latent within the plane and keeps what of it lies off the \
                    plane. Otherwise a click gives the latent in the plane itself.";
        if toggle(ui, &mut keep, "Keep rest").on_hover_text(hint).changed() {
            actions.push(Action::SetKeepRest(keep));
        }
    }
}

/// `Portraits 64 (built in), step 24,000 · 2,000 pictures · PCA, 23 % + 11 % of the variance`
fn about(map: &Map) -> String {
    let mut parts = vec![format!("{}, step {}", escape(&map.model), grouped(map.step))];
    if !map.pictures.is_empty() {
        parts.push(counted(map.pictures.len(), "picture", "pictures"));
    }
    if map.samples() > 0 {
        parts.push(counted(map.samples(), "sample", "samples"));
    }
    parts.push(match (map.method, &map.plane) {
        (MapMethod::Tsne { perplexity, .. }, _) => format!("t-SNE, perplexity {perplexity}"),
        (MapMethod::Latents, _) => "the two latent dimensions".to_owned(),
        (MapMethod::Pca, Some(plane)) => {
            let [x, y] = plane.explained.map(|share| share * 100.0);
            format!("PCA, {x:.0} % + {y:.0} % of the variance")
        }
        (MapMethod::Pca, None) => "PCA".to_owned(),
    });
    parts.join(" · ")
}
