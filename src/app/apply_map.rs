//! What the person asks of the map, and what the engine tells of it, taken into [`AppState`].

use std::sync::Arc;

use super::action::Action;
use super::map::{Making, MapState, MapStrip, NEAREST_SHOWN};
use super::state::AppState;
use crate::protocol::{
    Clustering, Command, Event, Map, MapMethod, MapPictures, Nearest, NearestRequest, NoticeLevel,
};

impl AppState {
    /// Carries out what is the map's; anything else is given back.
    pub(super) fn apply_map(&mut self, action: Action) -> Option<Action> {
        let map = &mut self.map;
        match action {
            Action::EditMap(draft) => {
                if let MapMethod::Tsne { .. } = draft.method {
                    map.draft.tsne = draft.method;
                }
                let tsne = map.draft.tsne;
                map.draft = draft;
                map.draft.tsne = tsne;
                if map.draft.clusters != Clustering::None {
                    map.draft.cluster_count = map.draft.clusters.count() as u32;
                }
            }
            Action::MakeMap => {
                let encodes = self.model.as_ref().is_some_and(|m| m.parameters.encoder > 0);
                let job = map.draft.job(self.dataset.summary.as_deref(), encodes);
                map.making = Some(Making::default());
                map.settings_open = false;
                self.send(Command::MakeMap(Box::new(job)));
            }
            Action::IndexPictures => {
                let job = map.draft.index_job(self.dataset.summary.as_deref());
                map.making = Some(Making::default());
                self.send(Command::IndexPictures(Box::new(job)));
            }
            Action::CancelMap => {
                if let Some(making) = &mut map.making {
                    making.cancelled = true;
                    self.send(Command::StopJobs);
                }
            }
            Action::ShowMapSettings(open) => map.settings_open = open,
            Action::SetMapColour(colour) => {
                map.colour = colour;
                map.hidden.clear();
            }
            Action::ToggleMapGroup(group) => {
                if !map.hidden.remove(&group) {
                    map.hidden.insert(group);
                }
            }
            Action::SetLasso(on) => map.lasso = on,
            Action::MarkSelected(with) => self.mark_selected(with),
            Action::SelectPoints(points) => map.selected = points,
            Action::SetKeepRest(on) => map.keep_rest = on,
            Action::HoverPoint(point) => {
                let request = map.hover(point);
                self.outbox.extend(request.map(Command::DrawMapPictures));
            }
            Action::ShowMapBackground(on) => {
                map.show_background = on;
                if !on {
                    map.background = None;
                }
            }
            Action::AskMapBackground(grid) => {
                let kept = map.keep_rest.then(|| self.explore.moved());
                let request = map.ask_background(grid, kept);
                self.outbox.extend(request.map(Command::DrawMapPictures));
            }
            Action::SetMapStrip(strip) => {
                map.strip = strip;
                self.ask_nearest();
            }
            other => return Some(other),
        }
        None
    }

    /// Takes in what the engine tells of maps; anything else is given back.
    pub(super) fn apply_map_event(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::JobProgress { what, done, total } if self.map.making.is_some() => {
                if let Some(making) = &mut self.map.making {
                    (making.what, making.done, making.total) = (what, done, total);
                }
            }
            Event::MapPlaced(map) => self.map_placed(map),
            Event::MapMade(map) => self.map_made(map),
            Event::PicturesIndexed { count, with_features } => {
                self.map.making = None;
                self.map.indexed = Some((count, with_features));
                self.ask_nearest();
            }
            Event::MapFailed => self.map.making = None,
            other => return Some(other),
        }
        None
    }

    fn is_of_open_model(&self, map: &Map) -> bool {
        self.model.as_ref().is_some_and(|model| model.name == map.model)
    }

    /// The points are there, the clusters are still looked for.
    fn map_placed(&mut self, map: Arc<Map>) {
        if self.is_of_open_model(&map) {
            self.map.take_points(map);
            self.ask_nearest();
        }
    }

    fn map_made(&mut self, map: Arc<Map>) {
        self.map.making = None;
        if !self.is_of_open_model(&map) {
            let text =
                format!("The map is of {}, which is no longer open: make another.", map.model);
            return self.notify(NoticeLevel::Warning, text);
        }
        let request = self.map.take_map(map);
        self.outbox.extend(request.map(Command::DrawMapPictures));
        self.ask_nearest();
    }

    /// Marks the selected points as examples, and says where they went: they are listed in another panel.
    fn mark_selected(&mut self, with: bool) {
        let Some(map) = &self.map.map else { return };
        let points = self.map.selected.iter();
        let latents: Vec<_> = points.filter_map(|&point| map.latent(point as usize)).collect();
        if latents.is_empty() || map.dims != self.explore.latent.dims() {
            return;
        }
        let marked = latents.len();
        self.examples.mark(with, latents);
        let side = if with { "with" } else { "without" };
        let (all_with, all_without) = (self.examples.with.len(), self.examples.without.len());
        let text = format!(
            "{marked} points are marked as {side} the attribute: {all_with} with and {all_without} \
             without now. Under Attributes at the right, 'Make from examples' gives it a name and a slider."
        );
        self.notify(NoticeLevel::Info, text);
    }

    /// Takes in small pictures of the map.
    pub fn take_map_pictures(&mut self, pictures: MapPictures) {
        self.map.take_pictures(pictures);
    }

    /// Takes in the training pictures nearest to a picture.
    pub fn take_nearest(&mut self, nearest: Nearest) {
        self.map.nearest = Some(Arc::new(nearest));
    }

    /// Looks for the training pictures nearest to the present picture, where they are shown.
    pub(super) fn ask_nearest(&mut self) {
        let MapState { strip, indexed, .. } = &self.map;
        if *strip != MapStrip::Nearest || indexed.is_none() {
            return;
        }
        let Some(preview) = &self.explore.preview else { return };
        let latent = preview.latent.clone();
        let id = self.map.next_id();
        self.send(Command::FindNearest(NearestRequest { id, latent, count: NEAREST_SHOWN }));
    }
}
