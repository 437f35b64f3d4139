//! Small pictures that panels ask for: a strip along a direction, the terms of a formula.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Frame, Latent, Slots};

/// Where small pictures are shown. Of several requests for one place only the newest is served, and of
/// several answers only the newest is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TilePlace {
    /// The chosen attribute, from −3 to +3.
    Strip,
    /// The terms of a formula, and its result.
    Formula,
    /// The key latents of a path.
    Keys,
    /// The preview of a grid along two directions.
    Grid,
    /// States of the history that have no picture yet.
    States,
    /// What a job that brings many photos back found.
    Inverted,
}

/// Draw these latents, as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TilesRequest {
    /// Where they are shown.
    pub place: TilePlace,
    /// Rises with every request of a place; the answer carries it.
    pub id: u64,
    /// At most [`TilesRequest::LIMIT`]; of another size than the open model's they are dropped.
    pub latents: Vec<Latent>,
}

impl TilesRequest {
    /// The most latents one request may carry.
    pub const LIMIT: usize = 256;
}

/// The pictures of a [`TilesRequest`], in one picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TileSheet {
    /// The request answered.
    pub id: u64,
    /// Tiles in a row.
    pub columns: usize,
    /// Edge of a tile in pixels.
    pub tile_px: usize,
    /// All tiles, row by row, without gaps.
    pub frame: Frame,
    /// The latent of each tile.
    pub latents: Vec<Latent>,
}

impl TileSheet {
    /// One tile as a picture of its own.
    pub fn tile(&self, index: usize) -> Option<Frame> {
        let columns = self.columns.max(1);
        let (top, left) = (index / columns * self.tile_px, index % columns * self.tile_px);
        let row = |y: usize| {
            let start = ((top + y) * self.frame.width_px + left) * 4;
            self.frame.rgba.get(start..start + self.tile_px * 4)
        };
        let rows: Option<Vec<&[u8]>> = (0..self.tile_px).map(row).collect();
        let rgba = Arc::new(rows?.concat());
        Some(Frame { width_px: self.tile_px, height_px: self.tile_px, rgba })
    }
}

/// The newest sheet of each place.
pub type TileSlots = Slots<TilePlace, TileSheet>;

#[cfg(test)]
mod tests {
    use super::TileSheet;
    use crate::protocol::{Frame, Latent};
    use std::sync::Arc;

    #[test]
    fn a_tile_is_cut_out_of_its_sheet() {
        // Four tiles of one pixel in two rows.
        let rgba = Arc::new((0..16).collect::<Vec<u8>>());
        let frame = Frame { width_px: 2, height_px: 2, rgba };
        let latents = vec![Latent::zeros(1); 4];
        let sheet = TileSheet { id: 0, columns: 2, tile_px: 1, frame, latents };
        assert_eq!(*sheet.tile(2).expect("inside").rgba, [8, 9, 10, 11]);
        assert_eq!(sheet.tile(4), None);
    }
}
