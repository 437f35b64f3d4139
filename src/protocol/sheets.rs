//! Sheets that show what a model has learnt.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{DatasetOptions, DatasetSource};

/// Draw sheets of the open model into a folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SheetsJob {
    /// Held-out pictures to reconstruct, where the model has an encoder; image size and channels are
    /// taken from the model.
    pub source: DatasetSource,
    /// How it is read.
    pub options: DatasetOptions,
    /// Key of the samples' latents.
    pub seed: u64,
    /// The folder, which is made if it is not there.
    pub out: PathBuf,
}

/// By what latent dimensions are ranked, the most active first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ranking {
    /// The mean KL divergence of the posterior, as the model file states it.
    LatentKl,
    /// How much the picture changes between -1σ and +1σ, all else as in the first sample.
    Sensitivity,
}

/// What [`SheetsJob`] drew; all are written, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheets {
    /// 16×16 samples of the prior.
    pub samples: PathBuf,
    /// Rows of 16 held-out pictures, each above the row of their reconstructions; `None` without an
    /// encoder.
    pub reconstructions: Option<PathBuf>,
    /// A row for each of [`dimensions`](Self::dimensions): 16 pictures from -3σ to +3σ of it (from end to
    /// end of a uniform prior), all else as in the first sample.
    pub sliders: PathBuf,
    /// By what the rows are ranked.
    pub ranking: Ranking,
    /// The latent dimensions of the rows, counted from 0.
    pub dimensions: Vec<usize>,
}
