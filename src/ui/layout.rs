//! The centre of the window: dockable panes, dragged by their tabs, remembered between starts.

use eframe::egui::{Color32, Id, Margin, Stroke, Style, TextStyle, Ui, Visuals, WidgetText};
use egui_tiles::{
    Behavior, Container, EditAction, Linear, LinearDir, ResizeState, SimplificationOptions,
    TabState, Tile, TileId, Tiles, Tree, UiResponse,
};
use serde::{Deserialize, Serialize};

use super::theme::palette_of;
use crate::app::preferences::LayoutPreferences;
use crate::app::{Actions, AppState};

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
    /// Losses.
    Curves,
    /// Log lines.
    Log,
}

impl Pane {
    /// All panes; a remembered arrangement that lacks one is not used.
    pub const ALL: [Self; 7] = [
        Self::Explore,
        Self::Samples,
        Self::Attributes,
        Self::Compose,
        Self::History,
        Self::Curves,
        Self::Log,
    ];

    /// As shown on its tab.
    pub fn title(self) -> &'static str {
        match self {
            Self::Explore => "Explore",
            Self::Samples => "Samples",
            Self::Attributes => "Attributes",
            Self::Compose => "Compose",
            Self::History => "History",
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
        let [explore, samples, attributes, compose, history, curves, log] =
            Pane::ALL.map(|pane| tiles.insert_pane(pane));
        let explore = tiles.insert_tab_tile(vec![explore]);
        let samples = tiles.insert_tab_tile(vec![samples, attributes, compose]);
        let reports = tiles.insert_tab_tile(vec![curves, history, log]);
        let pictures = Linear::new_binary(LinearDir::Horizontal, [explore, samples], 0.5);
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
            .filter(holds_every_pane_once)
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
        let mut panes = Panes { state, actions, edited: false };
        self.tree.ui(&mut panes, ui);
        self.edited |= panes.edited;
    }
}

fn tree_id() -> Id {
    Id::unique("centre")
}

fn holds_every_pane_once(tree: &Tree<Pane>) -> bool {
    let reachable = tree.active_tiles().len() + tree.inactive_tiles().len();
    reachable > 0
        && Pane::ALL.iter().all(|wanted| {
            let same = |tile: &&Tile<Pane>| matches!(tile, Tile::Pane(pane) if pane == wanted);
            tree.tiles.tiles().filter(same).count() == 1
        })
}

struct Panes<'a> {
    state: &'a AppState,
    actions: &'a mut Actions,
    edited: bool,
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

    fn on_edit(&mut self, _: EditAction) {
        self.edited = true;
    }
}

#[cfg(test)]
mod tests {
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
        assert!(super::holds_every_pane_once(&layout.tree));
        assert!(layout.tree.tiles.find_pane(&Pane::Curves).is_some());
    }
}
