//! Pictures as they cross from the engine to whoever shows them.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Latent;

/// An 8-bit RGBA picture, row by row from the top left, straight alpha.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Width in pixels.
    pub width_px: usize,
    /// Height in pixels.
    pub height_px: usize,
    /// `width_px * height_px * 4` bytes.
    pub rgba: Arc<Vec<u8>>,
}

/// What a preview request got: the picture of one latent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PreviewFrame {
    /// The id of the request answered; ids rise, so an older answer can be told.
    pub id: u64,
    /// The latent that was decoded, after truncation.
    pub latent: Latent,
    /// The decoded picture.
    pub frame: Frame,
    /// The training step of the weights that drew it.
    pub step: u64,
    /// Decoding time in milliseconds, without the waiting time before it.
    pub decode_ms: f32,
}

/// A sheet of equally large pictures: samples from fixed latents, or data above reconstructions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SampleSheet {
    /// The training step of the weights that drew it.
    pub step: u64,
    /// Tiles in a row.
    pub columns: usize,
    /// Edge of a tile in pixels.
    pub tile_px: usize,
    /// Tiles in all, row by row.
    pub count: usize,
    /// All tiles in one picture, without gaps.
    pub frame: Frame,
    /// The latent of each tile, to load it into the explorer with a click; empty for plain data.
    pub latents: Vec<Latent>,
    /// For families with an encoder: data in the even rows, reconstructions in the odd rows.
    pub reconstructions: Option<ReconstructionSheet>,
}

/// A picture from the timeline of a run: its samples at an earlier step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The run folder.
    pub folder: PathBuf,
    /// The training step.
    pub step: u64,
    /// The samples, in rows.
    pub frame: Frame,
}

/// Data tiles above their reconstructions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReconstructionSheet {
    /// Tiles in a row.
    pub columns: usize,
    /// Row pairs: `2 * pairs` rows of tiles.
    pub pairs: usize,
    /// Edge of a tile in pixels.
    pub tile_px: usize,
    /// Even rows data, odd rows the reconstruction of the tile above.
    pub frame: Frame,
    /// The code (posterior mean) of each data tile.
    pub latents: Vec<Latent>,
}
