//! The centre of the window: dockable panes, dragged by their tabs, remembered between starts.

use std::time::Duration;

use eframe::egui::{
    Color32, DragAndDrop, Id, Margin, Response, Stroke, Style, TextStyle, Ui, Visuals, WidgetText,
};
use egui_tiles::{
    Behavior, Container, EditAction, Linear, LinearDir, ResizeState, SimplificationOptions,
    TabState, Tile, TileId, Tiles, Tree, UiResponse,
};
use serde::{Deserialize, Serialize};

use super::marks::Dragged;
use super::theme::palette_of;
use crate::app::preferences::LayoutPreferences;
use crate::app::{Actions, AppState};

/// A picture held over a tab for so long opens it.
const HOLD_SECS: f64 = 0.6;

/// Explore, Photo and Back to z, which shows four pictures side by side, take this part of the width at first.
const EXPLORE_SHARE: f32 = 0.6;

/// A pane of the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pane {
    /// The large picture of the latent on the sliders.
    Explore,
    /// The sheet of samples.
    Samples,
    /// Directions: their accuracy, their strips, how they hang together.
    Attributes,
    /// Arithmetic with latents, and paths through them.
    Compose,
    /// The tree of states that were looked at.
    History,
    /// The map of the latent space.
    Map,
    /// A photo on its way into the latent space.
    Photo,
    /// Methods of inversion side by side.
    #[serde(rename = "back-to-z")]
    Race,
    /// Painting on a picture, which follows.
    Edit,
    /// Losses.
    Curves,
    /// Log lines.
    Log,
}

impl Pane {
    /// All panes; one that a remembered arrangement lacks is added to it.
    pub const ALL: [Self; 11] = [
        Self::Explore,
        Self::Samples,
        Self::Attributes,
        Self::Compose,
        Self::Map,
        Self::Photo,
        Self::Race,
        Self::Edit,
        Self::History,
        Self::Curves,
        Self::Log,
    ];

    /// The pane among whose tabs it is put when an older arrangement lacks it.
    fn companion(self) -> Self {
        match self {
            Self::Attributes | Self::Compose | Self::Map => Self::Samples,
            Self::History | Self::Log => Self::Curves,
            Self::Explore
            | Self::Photo
            | Self::Race
            | Self::Edit
            | Self::Samples
            | Self::Curves => Self::Explore,
        }
    }

    /// As shown on its tab.
    pub fn title(self) -> &'static str {
        match self {
            Self::Explore => "Explore",
            Self::Samples => "Samples",
            Self::Attributes => "Attributes",
            Self::Compose => "Compose",
            Self::History => "History",
            Self::Map => "Map",
            Self::Photo => "Photo",
            Self::Race => "Back to z",
            Self::Edit => "Edit",
            Self::Curves => "Curves",
            Self::Log => "Log",
        }
    }
}

/// The arrangement of the panes. Widget memory, like a scroll position: not part of the app's state.
pub struct Layout {
    tree: Tree<Pane>,
    edited: bool,
}

impl Default for Layout {
    /// Pictures above, curves and log below.
    fn default() -> Self {
        let mut tiles = Tiles::default();
        let [explore, samples, attributes, compose, map, photo, race, edit, history, curves, log] =
            Pane::ALL.map(|pane| tiles.insert_pane(pane));
        let explore = tiles.insert_tab_tile(vec![explore, photo, race, edit]);
        let samples = tiles.insert_tab_tile(vec![samples, attributes, compose, map]);
        let reports = tiles.insert_tab_tile(vec![curves, history, log]);
        let pictures = Linear::new_binary(LinearDir::Horizontal, [explore, samples], EXPLORE_SHARE);
        let pictures = tiles.insert_container(Container::Linear(pictures));
        let root = Linear::new_binary(LinearDir::Vertical, [pictures, reports], 0.68);
        let root = tiles.insert_container(Container::Linear(root));
        Self { tree: Tree::new(tree_id(), root, tiles), edited: false }
    }
}

impl Layout {
    /// The remembered arrangement, or the default where there is none that fits this program.
    pub fn from_preferences(preferences: &LayoutPreferences) -> Self {
        preferences
            .centre
            .clone()
            .and_then(|value| serde_json::from_value::<Tree<Pane>>(value).ok())
            .and_then(completed)
            .map_or_else(Self::default, |tree| Self { tree, edited: false })
    }

    /// To be remembered.
    pub fn to_value(&self) -> Option<serde_json::Value> {
        serde_json::to_value(&self.tree).ok()
    }

    /// Whether it was changed since the last call.
    pub fn take_edited(&mut self) -> bool {
        std::mem::take(&mut self.edited)
    }

    /// Brings a pane to the front of its tabs.
    pub fn show(&mut self, pane: Pane) {
        let is_it = |tile: &Tile<Pane>| matches!(tile, Tile::Pane(found) if *found == pane);
        self.edited |= self.tree.make_active(|_, tile| is_it(tile));
    }

    /// Draws all panes.
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, actions: &mut Actions) {
        let mut panes = Panes { state, actions, edited: false, opens: None };
        self.tree.ui(&mut panes, ui);
        self.edited |= panes.edited;
        if let Some(pane) = panes.opens {
            self.show(pane);
        }
    }
}

fn tree_id() -> Id {
    Id::unique("centre")
}

/// An arrangement with every pane once: those that it lacks, because an older program remembered it, are
/// put beside their companions. `None` for one that cannot be used.
fn completed(mut tree: Tree<Pane>) -> Option<Tree<Pane>> {
    let found = reachable(&tree);
    let count = |wanted: &Pane| found.iter().filter(|pane| *pane == wanted).count();
    if found.is_empty() || Pane::ALL.iter().any(|pane| count(pane) > 1) {
        return None;
    }
    let missing: Vec<Pane> = Pane::ALL.into_iter().filter(|pane| count(pane) == 0).collect();
    missing.into_iter().for_each(|pane| add(&mut tree, pane));
    Some(tree)
}

/// The panes that hang together with the root; others would never be drawn.
fn reachable(tree: &Tree<Pane>) -> Vec<Pane> {
    let (mut found, mut seen) = (Vec::new(), Vec::new());
    let mut waiting: Vec<TileId> = tree.root.into_iter().collect();
    while let Some(id) = waiting.pop() {
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        match tree.tiles.get(id) {
            Some(Tile::Pane(pane)) => found.push(*pane),
            Some(Tile::Container(container)) => waiting.extend(container.children()),
            None => {}
        }
    }
    found
}

/// Puts a pane among the tabs of its companion, at the end, not in front.
fn add(tree: &mut Tree<Pane>, pane: Pane) {
    let tabs = tree.tiles.find_pane(&pane.companion()).and_then(|at| tree.tiles.parent_of(at));
    let added = tree.tiles.insert_pane(pane);
    if let Some(Tile::Container(Container::Tabs(tabs))) =
        tabs.and_then(|tabs| tree.tiles.get_mut(tabs))
    {
        tabs.add_child(added);
        return;
    }
    // A companion without tabs: below all that is there.
    let tabs = tree.tiles.insert_tab_tile(vec![added]);
    let all: Vec<TileId> = tree.root.into_iter().chain([tabs]).collect();
    tree.root = Some(tree.tiles.insert_vertical_tile(all));
}

struct Panes<'a> {
    state: &'a AppState,
    actions: &'a mut Actions,
    edited: bool,
    /// The pane over whose tab a picture was held.
    opens: Option<Pane>,
}

/// Whether a dragged picture has just been held over this tab for long enough: its pane may be where the
/// picture is to go.
fn is_held_over(tab: &Response) -> bool {
    let slot = Id::unique("tab under a picture");
    let over = DragAndDrop::has_payload_of_type::<Dragged>(&tab.ctx) && tab.contains_pointer();
    let now = tab.ctx.input(|input| input.time);
    tab.ctx.data_mut(|data| {
        let known = data.get_temp::<Option<(Id, f64)>>(slot).flatten();
        let since = known.filter(|(id, _)| *id == tab.id).map(|(_, since)| since);
        // Once opened, it is not opened again while the picture stays there.
        let (held, next) = match (over, since) {
            (true, Some(since)) if now - since >= HOLD_SECS => (true, Some(f64::INFINITY)),
            (true, since) => (false, Some(since.unwrap_or(now))),
            (false, _) => (false, None),
        };
        if over || since.is_some() {
            data.insert_temp(slot, next.map(|since| (tab.id, since)));
        }
        held
    })
}

impl Behavior<Pane> for Panes<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _: TileId, pane: &mut Pane) -> UiResponse {
        let palette = palette_of(ui.visuals().dark_mode);
        let frame = eframe::egui::Frame::new().fill(palette.panel).inner_margin(Margin::same(10));
        frame.show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            super::pane_ui(*pane, ui, self.state, self.actions);
        });
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &Pane) -> WidgetText {
        pane.title().into()
    }

    fn tab_bar_height(&self, style: &Style) -> f32 {
        TextStyle::Button.resolve(style).size + 16.0
    }

    fn gap_width(&self, _: &Style) -> f32 {
        4.0
    }

    fn min_size(&self) -> f32 {
        120.0
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions { all_panes_must_have_tabs: true, ..Default::default() }
    }

    fn resize_stroke(&self, style: &Style, state: ResizeState) -> Stroke {
        let palette = palette_of(style.visuals.dark_mode);
        match state {
            ResizeState::Idle => Stroke::new(4.0, palette.window),
            ResizeState::Hovering => Stroke::new(4.0, palette.line_strong),
            ResizeState::Dragging => Stroke::new(4.0, palette.accent_fill),
        }
    }

    fn tab_title_spacing(&self, _: &Visuals) -> f32 {
        12.0
    }

    fn tab_bar_color(&self, visuals: &Visuals) -> Color32 {
        palette_of(visuals.dark_mode).window
    }

    fn tab_outline_stroke(&self, _: &Visuals, _: &Tiles<Pane>, _: TileId, _: &TabState) -> Stroke {
        Stroke::NONE
    }

    fn tab_bar_hline_stroke(&self, _: &Visuals) -> Stroke {
        Stroke::NONE
    }

    fn tab_text_color(
        &self,
        visuals: &Visuals,
        _: &Tiles<Pane>,
        _: TileId,
        state: &TabState,
    ) -> Color32 {
        let palette = palette_of(visuals.dark_mode);
        if state.active { palette.text_strong } else { palette.text_weak }
    }

    fn on_tab_button(&mut self, tiles: &mut Tiles<Pane>, tile: TileId, tab: Response) -> Response {
        if let (true, Some(pane)) = (is_held_over(&tab), tiles.get_pane(&tile)) {
            self.opens = Some(*pane);
        }
        if DragAndDrop::has_payload_of_type::<Dragged>(&tab.ctx) && tab.contains_pointer() {
            tab.ctx.request_repaint_after(Duration::from_secs_f64(HOLD_SECS / 4.0));
        }
        tab
    }

    fn on_edit(&mut self, _: EditAction) {
        self.edited = true;
    }
}

#[cfg(test)]
mod tests {
    use egui_tiles::{Container, Tile};

    use super::{Layout, Pane};
    use crate::app::preferences::LayoutPreferences;

    #[test]
    fn the_arrangement_is_remembered_and_a_foreign_one_is_not_used() {
        let remembered = LayoutPreferences {
            centre: Layout::default().to_value(),
            ..LayoutPreferences::default()
        };
        assert!(remembered.centre.is_some());
        let layout = Layout::from_preferences(&remembered);
        assert_eq!(layout.to_value(), remembered.centre);

        let foreign = LayoutPreferences {
            centre: Some(serde_json::json!({ "panes": 3 })),
            ..LayoutPreferences::default()
        };
        let layout = Layout::from_preferences(&foreign);
        assert!(Pane::ALL.iter().all(|pane| layout.tree.tiles.find_pane(pane).is_some()));
    }

    /// An arrangement as a program without these panes remembered it.
    fn without(panes: &[Pane]) -> LayoutPreferences {
        let mut layout = Layout::default();
        for pane in panes {
            let tile = layout.tree.tiles.find_pane(pane).expect("a pane");
            layout.tree.remove_recursively(tile);
        }
        LayoutPreferences { centre: layout.to_value(), ..LayoutPreferences::default() }
    }

    #[test]
    fn an_arrangement_that_lacks_a_pane_keeps_its_own_and_gets_it() {
        let older = without(&[Pane::Map]);
        let text = older.centre.as_ref().expect("remembered").to_string();
        assert!(text.contains("samples") && !text.contains("map"), "{text}");
        let mut layout = Layout::from_preferences(&older);
        let tiles = &layout.tree.tiles;
        let at = |pane| tiles.find_pane(&pane).expect("a pane");
        assert_eq!(tiles.parent_of(at(Pane::Map)), tiles.parent_of(at(Pane::Samples)));
        let Some(Tile::Container(Container::Tabs(tabs))) =
            tiles.parent_of(at(Pane::Map)).and_then(|tabs| tiles.get(tabs))
        else {
            panic!("no tabs")
        };
        assert!(tabs.is_active(at(Pane::Samples)), "what was in front stays there");
        layout.show(Pane::Map);
        assert!(layout.take_edited());

        // Its companion is missing as well.
        let layout = Layout::from_preferences(&without(&[Pane::Map, Pane::Samples]));
        let found = super::reachable(&layout.tree);
        assert!(Pane::ALL.iter().all(|pane| found.contains(pane)), "{found:?}");
    }

    #[test]
    fn an_arrangement_with_a_pane_twice_is_not_used() {
        let mut layout = Layout::default();
        let twice = layout.tree.tiles.insert_pane(Pane::Log);
        let curves = layout.tree.tiles.find_pane(&Pane::Curves).expect("a pane");
        let tabs = layout.tree.tiles.parent_of(curves).expect("tabs");
        let Some(Tile::Container(tabs)) = layout.tree.tiles.get_mut(tabs) else { panic!("tabs") };
        tabs.add_child(twice);
        let preferences =
            LayoutPreferences { centre: layout.to_value(), ..LayoutPreferences::default() };
        let used = Layout::from_preferences(&preferences);
        assert_eq!(used.to_value(), Layout::default().to_value());
    }
}
