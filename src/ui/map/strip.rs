//! Below the map: what is selected, the clusters with their pictures, the nearest training pictures.

use eframe::egui::{
    Align, Button, Label, Layout, RichText, ScrollArea, Sense, TextStyle, Ui, Vec2, vec2,
};

use crate::app::map::MapStrip;
use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState};
use crate::protocol::{Frame, Latent, Map, NearPicture, Nearest};
use crate::ui::format::{counted, grouped};
use crate::ui::marks::{Picture, picture_click_ui};
use crate::ui::parts::{caption, toggle};
use crate::ui::widgets::tile::{ImageTile, tile_uv};

/// Edge of a tile in screen points.
const TILE: f32 = 56.0;
/// The same of nearest pictures, of which there are two rows.
const NEAR_TILE: f32 = 44.0;
/// Space between those rows.
const NEAR_GAP: f32 = 4.0;
/// Space between a cluster's picture and its name.
const NAME_GAP: f32 = 1.0;
/// Width of their names.
const NEAR_NAME: f32 = 50.0;
/// With less room the hint, and the buttons for a selection, use fewer words.
const ROOM_FOR_HINT: f32 = 270.0;
const ROOM_FOR_WORDS: f32 = 270.0;
/// In a narrower pane what can be done with a selection stands in a row of its own.
const ROOM_BESIDE: f32 = 520.0;

/// The height that the rows below the map take.
pub fn strip_height(ui: &Ui, state: &AppState) -> f32 {
    let row = ui.spacing().interact_size.y + ui.spacing().item_spacing.y;
    let apart = selection_is_apart(ui, state);
    let rows = if apart { 2.0 * row } else { row };
    let bar = ui.spacing().scroll.bar_width + 2.0;
    match state.map.strip {
        MapStrip::None => rows,
        MapStrip::Clusters => {
            let name = ui.text_style_height(&TextStyle::Small);
            rows + TILE + NAME_GAP + name + bar + ui.spacing().item_spacing.y
        }
        MapStrip::Nearest => rows + 2.0 * (NEAR_TILE + NEAR_GAP) + bar + 6.0,
    }
}

/// A scroll bar that is seen before it is looked for, and that covers nothing: it has its own place.
pub fn bar_beside(ui: &mut Ui) {
    let scroll = &mut ui.spacing_mut().scroll;
    scroll.floating_allocated_width = scroll.bar_width + 2.0;
    scroll.dormant_handle_opacity = 0.6;
}

fn selection_is_apart(ui: &Ui, state: &AppState) -> bool {
    !state.map.selected.is_empty() && ui.available_width() < ROOM_BESIDE
}

/// Draws the row of what is selected, and what is chosen to lie under the map.
pub fn strip_ui(ui: &mut Ui, state: &AppState, map: Option<&Map>, actions: &mut Actions) {
    let apart = selection_is_apart(ui, state);
    ui.horizontal(|ui| {
        for (strip, name, hint) in [
            (MapStrip::Clusters, "Clusters", "A picture of each cluster's centre"),
            (MapStrip::Nearest, "Nearest", "The training pictures nearest to the present picture"),
        ] {
            let mut on = state.map.strip == strip;
            if strip == MapStrip::Clusters && map.is_none_or(|map| map.clusters.is_empty()) {
                continue;
            }
            if toggle(ui, &mut on, name).on_hover_text(hint).changed() {
                actions.push(Action::SetMapStrip(if on { strip } else { MapStrip::None }));
            }
        }
        if let Some(map) = map.filter(|_| !apart) {
            selection_ui(ui, state, map, actions);
        }
    });
    if let Some(map) = map.filter(|_| apart) {
        ui.horizontal(|ui| selection_ui(ui, state, map, actions));
    }
    match (state.map.strip, map) {
        (MapStrip::Clusters, Some(map)) => clusters_ui(ui, state, map, actions),
        (MapStrip::Nearest, _) => nearest_ui(ui, state, actions),
        _ => {}
    }
}

fn selection_ui(ui: &mut Ui, state: &AppState, map: &Map, actions: &mut Actions) {
    let selected = &state.map.selected;
    if selected.is_empty() {
        let hint = match &map.plane {
            Some(_) => "Click a point, or the plane, to load its latent.",
            None => "Click a point to load its latent.",
        };
        let short = ui.available_width() < ROOM_FOR_HINT;
        let text = if short { "Click to load a latent." } else { hint };
        ui.add(Label::new(RichText::new(text).small().weak()).truncate()).on_hover_text(hint);
        return;
    }
    caption(ui, format!("{} selected", grouped(selected.len() as u64)));
    // In a narrow pane the shorter words, as all of them must fit in one row.
    let short = ui.available_width() < ROOM_FOR_WORDS;
    let (with, without) = (state.examples.with.len(), state.examples.without.len());
    for (is_with, long, word, marked) in
        [(true, "Use as with", "With", with), (false, "Use as without", "Without", without)]
    {
        let hint = format!(
            "Mark the selected points as examples, to find the direction between both sides; {} marked so far",
            grouped(marked as u64)
        );
        let button = ui.button(if short { word } else { long }).on_hover_text(hint);
        if button.accessible_name(long).clicked() {
            actions.push(Action::MarkSelected(is_with));
        }
    }
    let clear = ui.button("Clear").on_hover_text("Select nothing (Esc)");
    if clear.accessible_name("Select nothing").clicked() {
        actions.push(Action::SelectPoints(std::sync::Arc::default()));
    }
}

fn clusters_ui(ui: &mut Ui, state: &AppState, map: &Map, actions: &mut Actions) {
    let pictures = state.map.cluster_pictures.as_deref();
    row_ui(ui, "map clusters", |ui| {
        for (index, cluster) in map.clusters.iter().enumerate() {
            let tile = pictures
                .filter(|pictures| index < pictures.done)
                .map(|pictures| (&pictures.frame, pictures.columns, pictures.tile_px, index));
            let size = grouped(cluster.size as u64);
            let name = format!("Cluster {}: {size} points", index + 1);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = NAME_GAP;
                ui.set_width(TILE);
                let named = (&*name, Some(&cluster.centre));
                tile_ui(ui, ("map clusters", TILE), tile, named, state, actions);
                caption(ui, format!("{}: {size}", index + 1));
            });
        }
    });
}

fn nearest_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let Some((count, with_features)) = state.map.indexed else {
        index_ui(ui, state, actions);
        return;
    };
    let Some(nearest) = state.map.nearest.as_deref() else {
        caption(ui, format!("Looking among {}…", counted(count, "picture", "pictures")));
        return;
    };
    row_ui(ui, "map nearest", |ui| {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = NEAR_GAP;
            let hint = "By the Euclidean distance of pixels in [-1, 1]";
            near_ui(ui, state, nearest, ("Pixels", hint), (0, &nearest.by_pixels), actions);
            if with_features {
                let hint = "By the Euclidean distance of the codes that the model's encoder gives";
                let first = nearest.by_pixels.len();
                let found = (first, &*nearest.by_features);
                near_ui(ui, state, nearest, ("Features", hint), found, actions);
            }
        });
    });
}

/// The pictures nearest in one way, side by side.
fn near_ui(
    ui: &mut Ui,
    state: &AppState,
    nearest: &Nearest,
    (kind, hint): (&str, &str),
    (first, all): (usize, &[NearPicture]),
    actions: &mut Actions,
) {
    ui.horizontal(|ui| {
        let size = vec2(NEAR_NAME, ui.spacing().interact_size.y);
        let layout = Layout::left_to_right(Align::Center);
        let named = ui.allocate_ui_with_layout(size, layout, |ui| {
            ui.set_min_width(size.x);
            caption(ui, kind)
        });
        named.inner.on_hover_text(hint);
        for (index, near) in all.iter().enumerate() {
            let name = format!(
                "Nearest by {} {}: picture {}, distance {:.2}",
                kind.to_lowercase(),
                index + 1,
                grouped(u64::from(near.picture) + 1),
                near.distance
            );
            let columns = nearest.by_pixels.len() + nearest.by_features.len();
            let tile = Some((&nearest.frame, columns, nearest.tile_px, first + index));
            let named = (&*name, near.latent.as_ref());
            tile_ui(ui, ("map nearest", NEAR_TILE), tile, named, state, actions);
        }
    });
}

/// Nothing to look in yet.
fn index_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let ready = state.model.is_some() && state.engine_is_up() && state.map.making.is_none();
    ui.horizontal_wrapped(|ui| {
        let index = ui.add_enabled(ready, Button::new("Index training pictures"));
        if index.clicked() {
            actions.push(Action::IndexPictures);
        }
        let count = grouped(state.map.draft.pictures as u64);
        caption(
            ui,
            format!("Up to {count} are read, in which the nearest ones are then looked for."),
        );
    });
}

/// A row of tiles that scrolls sideways.
fn row_ui(ui: &mut Ui, salt: &str, contents: impl FnOnce(&mut Ui)) {
    ui.scope(|ui| {
        bar_beside(ui);
        ScrollArea::horizontal().id_salt(salt).auto_shrink([false, true]).show(ui, |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                ui.add_space(2.0);
                contents(ui);
            });
        });
    });
}

/// A picture of a sheet with so many columns of tiles of so many pixels, at its place among them; one that
/// has a latent can be clicked like any other.
fn tile_ui(
    ui: &mut Ui,
    (key, edge): (&str, f32),
    picture: Option<(&Frame, usize, usize, usize)>,
    (name, latent): (&str, Option<&Latent>),
    state: &AppState,
    actions: &mut Actions,
) {
    let Some((frame, columns, tile_px, index)) = picture else {
        ui.allocate_exact_size(Vec2::splat(edge), Sense::hover());
        return;
    };
    let handle = texture(ui.ctx(), key, frame, Enlarge::Smooth);
    let uv = tile_uv(frame, columns, tile_px, index);
    let tile = ImageTile::new(handle.id(), Vec2::splat(edge), name).uv(uv);
    let Some(latent) = latent else {
        ui.add(tile.inert()).on_hover_text(name);
        return;
    };
    let response = ui.add(tile.draggable()).on_hover_text(name);
    picture_click_ui(ui, &response, Picture::of(latent), state, actions);
}
