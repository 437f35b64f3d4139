//! Small pictures for panels: drawn a part at a turn, so that a drag never waits for many of them.

use std::collections::VecDeque;

use super::parts::PART;
use super::pictures::decode_values;
use super::worker::Worker;
use crate::imaging::sheet_from_values;
use crate::protocol::{NoticeLevel, TileSheet, TilesRequest};

/// Tiles in a row of the answer.
const COLUMNS: usize = 16;

/// Requests that wait, the oldest first, and what is drawn of the first one.
#[derive(Debug, Default)]
pub(super) struct TileQueue {
    waiting: VecDeque<TilesRequest>,
    /// Values of the first one's tiles so far, in [-1, 1].
    values: Vec<f32>,
    drawn: usize,
}

impl TileQueue {
    /// Takes a request on in place of an older one for the same place.
    pub(super) fn push(&mut self, request: TilesRequest) {
        let same = |waiting: &TilesRequest| waiting.place == request.place;
        if self.waiting.front().is_some_and(same) {
            self.begin_anew();
        }
        self.waiting.retain(|waiting| !same(waiting));
        self.waiting.push_back(request);
    }

    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn begin_anew(&mut self) {
        self.values.clear();
        self.drawn = 0;
    }
}

impl Worker {
    /// Draws one part of the oldest request; hands it over when it is whole.
    pub(super) fn serve_tiles(&mut self) {
        let Some(request) = self.tiles.waiting.front() else { return };
        let Some((model, _)) = self.current_model() else {
            self.tiles.waiting.clear();
            return self.tiles.begin_anew();
        };
        let dims = model.spec.latent as usize;
        let fits = request.latents.iter().all(|latent| latent.dims() == dims);
        if !fits || request.latents.is_empty() || request.latents.len() > TilesRequest::LIMIT {
            // Asked for while another model was open; whoever asked hears of the new one by an event.
            self.tiles.waiting.pop_front();
            return self.tiles.begin_anew();
        }
        let until = request.latents.len().min(self.tiles.drawn + PART);
        let drawn = decode_values(model, &request.latents[self.tiles.drawn..until]);
        let (channels, tile_px) = (model.spec.channels as usize, model.spec.image_size as usize);
        let whole = until == request.latents.len();
        match drawn {
            Ok(values) => self.tiles.values.extend(values),
            Err(text) => {
                self.tiles.waiting.pop_front();
                self.tiles.begin_anew();
                return self.outbox.notice(NoticeLevel::Error, format!("no pictures: {text}"));
            }
        }
        self.tiles.drawn = until;
        if whole {
            self.hand_over_tiles(channels, tile_px);
        }
    }

    fn hand_over_tiles(&mut self, channels: usize, tile_px: usize) {
        let Some(request) = self.tiles.waiting.pop_front() else { return };
        let columns = request.latents.len().min(COLUMNS);
        let values = std::mem::take(&mut self.tiles.values);
        self.tiles.begin_anew();
        match sheet_from_values(&values, channels, tile_px, columns) {
            Ok(frame) => {
                let TilesRequest { place, id, latents } = request;
                let sheet = TileSheet { id, columns, tile_px, frame, latents };
                self.tile_slots.put(place, sheet);
                self.outbox.wake();
            }
            Err(error) => self.outbox.notice(NoticeLevel::Error, format!("no pictures: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TileQueue;
    use crate::protocol::{Latent, TilePlace, TilesRequest};

    #[test]
    fn a_newer_request_replaces_the_older_one_of_its_place() {
        let request = |place, id| TilesRequest { place, id, latents: vec![Latent::zeros(2)] };
        let mut queue = TileQueue::default();
        queue.push(request(TilePlace::Strip, 1));
        queue.drawn = 16;
        queue.push(request(TilePlace::Formula, 2));
        assert_eq!(queue.drawn, 16, "another place's request does not disturb the first one");
        queue.push(request(TilePlace::Strip, 3));
        let ids: Vec<u64> = queue.waiting.iter().map(|request| request.id).collect();
        assert_eq!((ids, queue.drawn), (vec![2, 3], 0));
    }
}
