//! The history as a tree: every state a picture, every branch a row that begins below its parent.

use std::collections::BTreeMap;

use eframe::egui::{
    Align, Align2, Id, Pos2, Rect, ScrollArea, Sense, Shape, Stroke, TextStyle, Ui, Vec2, pos2,
    vec2,
};

use super::format::counted;
use super::marks::{Picture, picture_click_ui};
use super::parts::{caption, empty_state};
use super::theme::{DARK, palette};
use super::widgets::rename::{Renamed, rename_ui};
use super::widgets::tile::ImageTile;
use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState, Made, Visited, escape, unix_secs};

/// Edge of a picture in points.
const TILE: f32 = 64.0;
/// From one picture to the next: across, and down with room for a name.
const STEP: Vec2 = vec2(TILE + 12.0, TILE + 24.0);

/// Draws the history of the open model's states.
pub fn states_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let space = state.attributes.space();
    let nodes: Vec<&Visited> =
        space.map_or_else(Vec::new, |space| state.states.of(space).collect());
    if nodes.is_empty() {
        let text = "Every picture you stop at is kept here, with what it was made from: go back, \
                    branch off, name and star what you like.";
        return empty_state(ui, "No history yet", text, |_| {});
    }
    header_ui(ui, state, nodes.len(), actions);
    let places = places(&nodes);
    let most = |axis: usize| places.iter().map(|place| place[axis] + 1).max().unwrap_or(1) as f32;
    let size = vec2(most(0) * STEP.x + 8.0, most(1) * STEP.y + 8.0);
    ScrollArea::both().id_salt("history").auto_shrink(false).show(ui, |ui| {
        let (space, _) = ui.allocate_exact_size(size, Sense::hover());
        let place = |index: usize| {
            let [column, row] = places[index];
            let min = space.min + vec2(4.0, 4.0);
            let min = min + vec2(column as f32 * STEP.x, row as f32 * STEP.y);
            Rect::from_min_size(min, Vec2::splat(TILE))
        };
        let here = nodes.iter().position(|node| Some(node.id) == state.states.current());
        show_here(ui, here.map(|index| (nodes[index].id, place(index))));
        let by_id: BTreeMap<u64, usize> = nodes.iter().map(|n| n.id).zip(0..).collect();
        for (index, node) in nodes.iter().enumerate() {
            if let Some(parent) = node.parent.and_then(|parent| by_id.get(&parent)) {
                branch_ui(ui, place(*parent), place(index));
            }
        }
        for (index, node) in nodes.iter().enumerate() {
            let rect = place(index);
            if ui.is_rect_visible(rect) {
                node_ui(ui, state, (index, node), rect, actions);
            }
        }
    });
}

/// Brings the present state into view when it is another one than before, and when the pane is opened;
/// afterwards the person may scroll elsewhere.
fn show_here(ui: &Ui, here: Option<(u64, Rect)>) {
    let slot = Id::unique("history scrolled to");
    let pass = ui.ctx().cumulative_pass_nr();
    let known = ui.data_mut(|data| {
        let known = data.get_temp::<(Option<u64>, u64)>(slot);
        data.insert_temp(slot, (here.map(|(id, _)| id), pass));
        known
    });
    let Some((id, rect)) = here else { return };
    let seen = known.is_some_and(|(known, at)| known == Some(id) && pass <= at + 1);
    if !seen {
        ui.scroll_to_rect(rect.expand(12.0), Some(Align::Center));
    }
}

/// Column and row of each state: right of the state it was made from; the first made from another stays
/// in its row, every further one begins one.
fn places(nodes: &[&Visited]) -> Vec<[usize; 2]> {
    let mut known: BTreeMap<u64, ([usize; 2], bool)> = BTreeMap::new();
    let mut rows = 0;
    let mut places = Vec::with_capacity(nodes.len());
    for node in nodes {
        let parent = node.parent.and_then(|parent| known.get_mut(&parent));
        let column = parent.as_ref().map_or(0, |([column, _], _)| column + 1);
        let row = match parent {
            Some(([_, row], continued)) if !*continued => {
                *continued = true;
                *row
            }
            _ => {
                rows += 1;
                rows - 1
            }
        };
        known.insert(node.id, ([column, row], false));
        places.push([column, row]);
    }
    places
}

/// What a state is called: its name, or its number among the states of its space.
pub fn state_name(state: &AppState, node: &Visited) -> String {
    let index = || state.states.of(&node.space).take_while(|other| other.id != node.id).count();
    node.name.as_deref().map_or_else(|| format!("State {}", index() + 1), escape)
}

/// `State 7 · random, seed 42 · 3 minutes ago`
pub fn state_told(name: &str, node: &Visited) -> String {
    let made = match node.made {
        Made::Moved if node.latent != node.base => "moved along attributes".to_owned(),
        Made::Moved => "sliders moved".to_owned(),
        Made::Random(seed) => format!("random, seed {seed}"),
        Made::Zeros => "all at zero".to_owned(),
        Made::Inverted(method) => format!("inverted, {method}"),
        Made::Loaded => "a picture that was loaded".to_owned(),
    };
    match node.at_unix_secs {
        0 => format!("{name} · {made}"),
        at => format!("{name} · {made} · {}", ago(unix_secs().saturating_sub(at))),
    }
}

/// How long ago that is.
fn ago(secs: u64) -> String {
    let (count, one, many) = match secs {
        0..60 => return "just now".to_owned(),
        60..3_600 => (secs / 60, "minute", "minutes"),
        3_600..86_400 => (secs / 3_600, "hour", "hours"),
        _ => (secs / 86_400, "day", "days"),
    };
    format!("{} ago", counted(count as usize, one, many))
}

fn header_ui(ui: &mut Ui, state: &AppState, count: usize, actions: &mut Actions) {
    ui.horizontal(|ui| {
        caption(ui, counted(count, "state", "states"));
        let compared = state.states_view.compared.and_then(|id| state.states.get(id));
        if let Some(compared) = compared {
            let name = state_name(state, compared);
            caption(ui, format!("the present picture is compared with {name}"));
            if ui.button("End comparison").clicked() {
                actions.push(Action::Compare(None));
            }
        }
        renaming_ui(ui, state, actions);
    });
}

fn renaming_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let Some((id, text)) = &state.states_view.renaming else { return };
    match rename_ui(ui, "State name", text) {
        Some(Renamed::Typed(name)) => actions.push(Action::EditStateName(*id, name)),
        Some(Renamed::Ended(take)) => actions.push(Action::EndStateName(take)),
        None => {}
    }
}

fn branch_ui(ui: &Ui, from: Rect, to: Rect) {
    let stroke = Stroke::new(1.5, palette(ui).line_strong);
    let (start, end) = (from.right_center(), to.left_center());
    let bend = if from.center().y == to.center().y {
        vec![start, end]
    } else {
        // Down beside its parent, then across: rows stay readable.
        let x = from.right() + (STEP.x - TILE) / 2.0;
        vec![start, pos2(x, start.y), pos2(x, end.y), end]
    };
    ui.painter().add(Shape::line(bend, stroke));
}

fn node_ui(
    ui: &mut Ui,
    state: &AppState,
    (index, node): (usize, &Visited),
    rect: Rect,
    actions: &mut Actions,
) {
    let name = node.name.as_deref().map_or_else(|| format!("State {}", index + 1), escape);
    let palette = palette(ui);
    match &node.frame {
        Some(frame) => {
            let handle = texture(ui.ctx(), ("state", node.id), frame, Enlarge::Smooth);
            let here = state.states.current() == Some(node.id);
            let tile = ImageTile::new(handle.id(), rect.size(), &name).selected(here).draggable();
            let response = tile.put_ui(ui, rect).on_hover_text(state_told(&name, node));
            let load = Action::LoadState(node.id);
            let picture = Picture { latent: &node.latent, load, visited: Some(node) };
            picture_click_ui(ui, &response, picture, state, actions);
        }
        None => {
            ui.painter().rect_filled(rect, 2.0, palette.picture_back);
        }
    }
    let font = TextStyle::Small.resolve(ui.style());
    let at: Pos2 = rect.center_bottom() + vec2(0.0, 3.0);
    if node.starred {
        paint_star(ui, rect.right_top() + vec2(-9.0, 9.0), 7.0);
    }
    if let Some(name) = &node.name {
        let text: String = escape(name).chars().take(12).collect();
        ui.painter().text(at, Align2::CENTER_TOP, text, font, palette.text);
    }
}

/// A five-pointed star on a dark plate in either theme, so that it shows on any picture.
pub fn paint_star(ui: &Ui, center: Pos2, radius: f32) {
    ui.painter().circle_filled(center, radius + 2.0, DARK.sunken);
    let point = |index: u32| {
        let angle = index as f32 * std::f32::consts::PI / 5.0;
        let reach = if index.is_multiple_of(2) { radius } else { radius * 0.45 };
        center + vec2(angle.sin(), -angle.cos()) * reach
    };
    // The tips are triangles around a pentagon: a star is not convex.
    for tip in 0..5 {
        let corners = vec![point(2 * tip), point(2 * tip + 1), center, point((2 * tip + 9) % 10)];
        ui.painter().add(Shape::convex_polygon(corners, DARK.warning, Stroke::NONE));
    }
}

/// What can be done with a state, in its menu.
pub fn state_menu(ui: &mut Ui, node: &Visited, actions: &mut Actions) {
    let star = if node.starred { "Take the star away" } else { "Star" };
    let entries = [
        (star, Action::StarState(node.id, !node.starred)),
        ("Name…", Action::EditStateName(node.id, node.name.clone().unwrap_or_default())),
        ("Compare with the present picture", Action::Compare(Some(node.id))),
        ("Forget", Action::RemoveState(node.id)),
    ];
    for (text, action) in entries {
        if ui.button(text).clicked() {
            if matches!(action, Action::EditStateName(..)) {
                actions.push(Action::ShowHistory);
            }
            actions.push(action);
            ui.close();
        }
    }
    ui.separator();
}

#[cfg(test)]
mod tests {
    use super::{ago, places};
    use crate::app::attributes::LatentSpace;
    use crate::app::{Made, Visited};
    use crate::protocol::{Latent, Prior};

    #[test]
    fn a_branch_begins_a_row_of_its_own_right_of_its_parent() {
        let space = LatentSpace { model: "faces".to_owned(), dims: 1, prior: Prior::Normal };
        let node = |id: u64, parent: Option<u64>| Visited {
            id,
            parent,
            name: None,
            starred: false,
            made: Made::Moved,
            at_unix_secs: 0,
            space: space.clone(),
            latent: Latent::zeros(1),
            base: Latent::zeros(1),
            attributes: Vec::new(),
            frame: None,
        };
        let nodes = [
            node(1, None),
            node(2, Some(1)),
            node(3, Some(1)),
            node(4, Some(2)),
            node(5, Some(3)),
            node(6, None),
        ];
        let expected = [[0, 0], [1, 0], [1, 1], [2, 0], [2, 1], [0, 2]];
        assert_eq!(places(&nodes.iter().collect::<Vec<_>>()), expected);
    }

    #[test]
    fn times_are_told_in_the_largest_unit_that_fits() {
        assert_eq!(ago(59), "just now");
        assert_eq!(ago(60), "1 minute ago");
        assert_eq!(ago(7_300), "2 hours ago");
        assert_eq!(ago(86_400 * 3), "3 days ago");
    }
}
