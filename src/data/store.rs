//! Where the pixels of an opened data set are: in one block, in slots filled on first use, or still in their source.

use std::sync::{Arc, OnceLock};

use rayon::ThreadPool;
use rayon::prelude::*;

use super::cache::{Filled, decode_one, reader_pool};
use super::error::DataError;
use super::source::{Layout, PictureSource, Policy};

/// The pictures of a data set by position, which counts usable pictures only.
pub(super) struct Store {
    layout: Layout,
    /// The id in the source of each usable picture.
    ids: Vec<u32>,
    /// The first pictures, decoded when the set was opened.
    pixels: Vec<u8>,
    /// Room for the first pictures of a source that is decoded on first read.
    slots: Vec<OnceLock<Box<[u8]>>>,
    /// Where pictures that are not in memory come from, and who decodes them.
    on_demand: Option<(Arc<dyn PictureSource>, ThreadPool)>,
}

impl Store {
    /// Takes over what was decoded; `more` are ids of further pictures that are decoded on demand and never kept
    /// unless the memory limit has room for them.
    pub fn new(
        layout: Layout,
        filled: Filled,
        more: impl Iterator<Item = u32>,
        source: Arc<dyn PictureSource>,
        limit_bytes: u64,
    ) -> Result<Self, DataError> {
        let mut ids = filled.accepted;
        ids.extend(more);
        let fitting = (limit_bytes / layout.bytes() as u64).min(ids.len() as u64) as usize;
        let keeps = source.policy() == Policy::FirstRead;
        let mut slots = Vec::new();
        slots.resize_with(if keeps { fitting } else { 0 }, OnceLock::new);
        let complete = filled.kept == ids.len();
        let on_demand = if complete { None } else { Some((source, reader_pool()?)) };
        Ok(Self { layout, ids, pixels: filled.pixels, slots, on_demand })
    }

    /// The id in the source of the picture at `position`.
    pub fn id(&self, position: u32) -> u32 {
        self.ids[position as usize]
    }

    /// All ids, by position.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Fills `out` with these pictures: copied where they are in memory, decoded in parallel where not.
    pub fn read(&self, positions: &[usize], out: &mut Vec<u8>) -> Result<(), DataError> {
        let bytes = self.layout.bytes();
        out.clear();
        out.resize(positions.len() * bytes, 0);
        let read = |(position, tile): (&usize, &mut [u8])| self.read_one(*position, tile);
        let in_memory = positions.iter().all(|&position| self.cached(position).is_some());
        match &self.on_demand {
            Some((_, pool)) if !in_memory => pool.install(|| {
                positions.par_iter().zip(out.par_chunks_exact_mut(bytes)).try_for_each(read)
            }),
            _ => positions.iter().zip(out.chunks_exact_mut(bytes)).try_for_each(read),
        }
    }

    fn cached(&self, position: usize) -> Option<&[u8]> {
        let bytes = self.layout.bytes();
        let start = position * bytes;
        self.pixels
            .get(start..start + bytes)
            .or_else(|| self.slots.get(position)?.get().map(|pixels| &**pixels))
    }

    fn read_one(&self, position: usize, tile: &mut [u8]) -> Result<(), DataError> {
        if let Some(pixels) = self.cached(position) {
            tile.copy_from_slice(pixels);
            return Ok(());
        }
        let Some((source, _)) = &self.on_demand else {
            return Err(DataError::OutOfRange { index: position, len: self.ids.len() });
        };
        let id = self.ids[position];
        decode_one(&**source, id, tile)
            .map_err(|reason| DataError::PictureLost { path: source.path(id), reason })?;
        if let Some(slot) = self.slots.get(position) {
            // Somebody may have been faster, with the same pixels.
            let _ = slot.set(Box::from(&*tile));
        }
        Ok(())
    }
}
