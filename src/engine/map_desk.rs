//! Small pictures of the newest map, and the training pictures nearest to one: what was asked for, served
//! in parts between the turns of the loop, the newest first.
//!
//! Pictures of the map are decoded by the networks that it was made with, also when training has gone on
//! since. What is compared with training pictures is what the present networks make of the latent.

use std::sync::Arc;

use burn::tensor::Device;

use super::handle::MapSlots;
use super::map::read_bytes;
use super::parts::PART;
use super::pictures::{decode, decode_values, encode_values};
use super::pixel_index::{PixelIndex, PixelSearch};
use super::saving;
use super::session::OpenModel;
use super::worker::Worker;
use crate::data::Dataset;
use crate::imaging::{Grid, compose_grid, tiles_from_bytes, tiles_from_values, values_from_tensor};
use crate::latent::{Codes, Neighbour, nearest};
use crate::models::{Generator, Model};
use crate::protocol::{
    Frame, Latent, MapPicture, MapPictures, MapPicturesRequest, MapPlace, NearPicture, Nearest,
    NearestRequest, NoticeLevel, PointLabels, Split,
};

/// Training pictures in which nearest ones are looked for.
#[derive(Debug)]
pub(super) struct PictureIndex {
    /// The model whose codes these are.
    pub(super) open: OpenModel,
    pub(super) dataset: Arc<Dataset>,
    /// The pictures' numbers among the training pictures.
    pub(super) numbers: Vec<u32>,
    /// Their codes, with an encoder.
    pub(super) codes: Option<Codes>,
    pub(super) pixels: PixelIndex,
}

impl PictureIndex {
    /// The pictures' labels, in order.
    pub(super) fn labels(&self) -> PointLabels {
        let mut labels = PointLabels::new(self.dataset.label_names().to_vec());
        for &number in &self.numbers {
            labels.push(self.dataset.labels(Split::Train, number as usize));
        }
        labels
    }
}

/// What the newest map was made of.
#[derive(Debug)]
struct Base {
    open: OpenModel,
    dataset: Option<Arc<Dataset>>,
}

/// Pictures being drawn.
#[derive(Debug)]
struct Drawing {
    request: MapPicturesRequest,
    tiles: Vec<Frame>,
}

/// A search under way.
#[derive(Debug)]
struct Search {
    request: NearestRequest,
    by_pixels: PixelSearch,
    by_features: Vec<Neighbour>,
}

/// The newest map's pictures: what they are made of, and which are asked for.
#[derive(Debug, Default)]
pub(super) struct MapDesk {
    base: Option<Base>,
    index: Option<PictureIndex>,
    /// For the hover, the clusters, the background: the first is served first.
    drawings: [Option<Drawing>; 3],
    wanted: Option<NearestRequest>,
    search: Option<Search>,
}

fn rank(place: MapPlace) -> usize {
    match place {
        MapPlace::Hover => 0,
        MapPlace::Clusters => 1,
        MapPlace::Background => 2,
    }
}

impl MapDesk {
    /// A new map was made.
    pub(super) fn take_map(&mut self, open: OpenModel, index: Option<PictureIndex>) {
        let dataset = index.as_ref().map(|index| Arc::clone(&index.dataset));
        self.base = Some(Base { open, dataset });
        self.drawings = Default::default();
        if let Some(index) = index {
            self.take_index(index);
        }
    }

    /// The map's pictures come from `drawn` from now on, where they came from one of these generators.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn draw_with(&mut self, drawn: &Generator, known: [&str; 2]) -> Result<(), String> {
        let Some(base) = &mut self.base else { return Ok(()) };
        let present = saving::generator_fingerprint(&base.open.model.generator)?;
        if known.contains(&present.as_str()) {
            base.open.model.generator = drawn.clone();
            self.drawings = Default::default();
        }
        Ok(())
    }

    /// Pictures were indexed.
    pub(super) fn take_index(&mut self, index: PictureIndex) {
        self.index = Some(index);
        self.search = None;
    }

    /// An older request for the same place is dropped.
    pub(super) fn draw(&mut self, request: MapPicturesRequest) {
        let place = rank(request.place);
        self.drawings[place] = Some(Drawing { request, tiles: Vec::new() });
    }

    /// An older request is dropped.
    pub(super) fn find(&mut self, request: NearestRequest) {
        self.wanted = Some(request);
    }

    /// Whether something can be done at once.
    pub(super) fn is_waiting(&self) -> bool {
        self.drawings.iter().any(Option::is_some) || self.wanted.is_some() || self.search.is_some()
    }

    /// Brings the networks to another device; what cannot be brought is forgotten.
    pub(super) fn move_to(&mut self, device: &Device) {
        let moved = |open: &OpenModel| {
            let model = saving::to_device(&open.model, device)?;
            Ok::<_, String>(OpenModel { model, ..open.clone() })
        };
        self.search = None;
        self.base = self.base.take().and_then(|base| {
            let open = moved(&base.open).ok()?;
            Some(Base { open, ..base })
        });
        self.index = self.index.take().and_then(|index| {
            let open = moved(&index.open).ok()?;
            Some(PictureIndex { open, ..index })
        });
    }

    /// One part of what was asked for; whether something was put into a slot.
    fn serve(&mut self, slots: &MapSlots, present: Option<&Model>) -> Result<bool, String> {
        if self.drawings[0].is_some() {
            return self.draw_part(0, slots);
        }
        if let Some(request) = self.wanted.take() {
            self.search = match present {
                Some(present) => self.begin_search(request, present)?,
                None => None,
            };
        }
        if let Some(search) = self.search.take() {
            return self.search_part(search, slots);
        }
        match (1..self.drawings.len()).find(|&place| self.drawings[place].is_some()) {
            Some(place) => self.draw_part(place, slots),
            None => Ok(false),
        }
    }

    fn draw_part(&mut self, place: usize, slots: &MapSlots) -> Result<bool, String> {
        let Some(mut drawing) = self.drawings[place].take() else { return Ok(false) };
        let Some(base) = &self.base else { return Ok(false) };
        let request = &drawing.request;
        let rest = &request.pictures[drawing.tiles.len().min(request.pictures.len())..];
        let part = draw(base, &rest[..rest.len().min(PART)])?;
        drawing.tiles.extend(part);
        let (done, count) = (drawing.tiles.len(), request.pictures.len());
        if done == 0 {
            return Ok(false);
        }
        let columns = request.columns.max(1);
        let grid = Grid { columns, ..Grid::square(1) };
        let answer = MapPictures {
            place: request.place,
            id: request.id,
            columns,
            done,
            count,
            tile_px: base.open.model.spec.image_size as usize,
            frame: compose_grid(&drawing.tiles, grid).map_err(|error| error.to_string())?,
        };
        slots.pictures.put(request.place, answer);
        if done < count {
            self.drawings[place] = Some(drawing);
        }
        Ok(true)
    }

    /// `None` where there is no index, or its pictures or the latent are not `present`'s.
    fn begin_search(
        &self,
        request: NearestRequest,
        present: &Model,
    ) -> Result<Option<Search>, String> {
        let Some(index) = &self.index else { return Ok(None) };
        let (model, spec) = (&index.open.model, &present.spec);
        let same_pictures =
            (spec.image_size, spec.channels) == (model.spec.image_size, model.spec.channels);
        if !same_pictures || request.latent.dims() != spec.latent as usize {
            return Ok(None);
        }
        let picture = decode(present, std::slice::from_ref(&request.latent));
        let by_features = match &index.codes {
            None => Vec::new(),
            Some(codes) => {
                let code = encode_values(model, picture.clone())?;
                let code = code.ok_or("this model has no encoder")?.means;
                nearest(codes, &code, request.count)
            }
        };
        let values = values_from_tensor(picture)?;
        let by_pixels = index.pixels.search(&values, request.count);
        Ok(Some(Search { request, by_pixels, by_features }))
    }

    /// Looks at some more pictures; puts the answer into its slot when that was all.
    fn search_part(&mut self, mut search: Search, slots: &MapSlots) -> Result<bool, String> {
        let Some(index) = &self.index else { return Ok(false) };
        let next = search.by_pixels.next();
        if !next.is_empty() {
            let numbers: Vec<usize> =
                next.iter().map(|&place| index.numbers[place] as usize).collect();
            search.by_pixels.look(&next, &read_bytes(&index.dataset, &numbers)?);
            self.search = Some(search);
            return Ok(false);
        }
        let by_pixels = near_pictures(index, search.by_pixels.into_neighbours());
        let by_features = near_pictures(index, search.by_features);
        let all = by_pixels.iter().chain(&by_features);
        let pictures: Vec<MapPicture> = all.map(|near| MapPicture::Data(near.picture)).collect();
        let tiles = data_tiles(&index.dataset, &pictures)?;
        let grid = Grid { columns: tiles.len().max(1), ..Grid::square(1) };
        slots.nearest.put(Nearest {
            id: search.request.id,
            by_pixels,
            by_features,
            tile_px: index.dataset.size(),
            frame: compose_grid(&tiles, grid).map_err(|error| error.to_string())?,
        });
        Ok(true)
    }
}

fn near_pictures(index: &PictureIndex, found: Vec<Neighbour>) -> Vec<NearPicture> {
    let near = |found: Neighbour| NearPicture {
        picture: index.numbers[found.index],
        distance: found.distance,
        latent: index.codes.as_ref().map(|codes| Latent(codes.row(found.index).to_vec())),
    };
    found.into_iter().map(near).collect()
}

/// A few pictures, all at once.
fn draw(base: &Base, pictures: &[MapPicture]) -> Result<Vec<Frame>, String> {
    let model = &base.open.model;
    let latents: Vec<Latent> = pictures
        .iter()
        .filter_map(|picture| match picture {
            MapPicture::Decoded(latent) => Some(latent.clone()),
            MapPicture::Data(_) => None,
        })
        .collect();
    if latents.iter().any(|latent| latent.dims() != model.spec.latent as usize) {
        return Err("a picture of another model's latent was asked for".to_owned());
    }
    let mut decoded = decoded_tiles(model, &latents)?.into_iter();
    let dataset = base.dataset.as_deref();
    let mut data = match dataset {
        Some(dataset) => data_tiles(dataset, pictures)?,
        None => Vec::new(),
    }
    .into_iter();
    let next = |picture: &MapPicture| match picture {
        MapPicture::Decoded(_) => decoded.next(),
        MapPicture::Data(_) => data.next(),
    };
    let tiles: Option<Vec<Frame>> = pictures.iter().map(next).collect();
    tiles.ok_or_else(|| "this map has no training pictures".to_owned())
}

fn decoded_tiles(model: &Model, latents: &[Latent]) -> Result<Vec<Frame>, String> {
    let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
    let values = decode_values(model, latents)?;
    tiles_from_values(&values, channels, size).map_err(|error| error.to_string())
}

/// Those of the pictures that are training pictures.
fn data_tiles(dataset: &Dataset, pictures: &[MapPicture]) -> Result<Vec<Frame>, String> {
    let numbers: Vec<usize> = pictures
        .iter()
        .filter_map(|picture| match picture {
            MapPicture::Data(number) => Some(*number as usize),
            MapPicture::Decoded(_) => None,
        })
        .collect();
    let bytes = read_bytes(dataset, &numbers)?;
    tiles_from_bytes(&bytes, dataset.channels(), dataset.size()).map_err(|error| error.to_string())
}

impl Worker {
    /// A part of what was asked of the map's pictures.
    pub(super) fn serve_map(&mut self) {
        if !self.map_desk.is_waiting() {
            return;
        }
        let mut desk = std::mem::take(&mut self.map_desk);
        let served = desk.serve(&self.map_slots, self.current_model().map(|(model, _)| model));
        self.map_desk = desk;
        match served {
            Ok(true) => self.outbox.wake(),
            Ok(false) => {}
            Err(text) => self.outbox.notice(NoticeLevel::Error, format!("no picture: {text}")),
        }
    }
}
