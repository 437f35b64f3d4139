//! Directions without labels: what is asked for, and what is found.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{DatasetOptions, DatasetSource, Direction, Frame, Latent, SampleSource};

/// How directions are found without labels.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DirectionSearch {
    /// Principal components of pictures' codes. Needs an encoder.
    Pca {
        /// The pictures; image size and channels are taken from the model.
        source: DatasetSource,
        /// How they are read.
        options: DatasetOptions,
        /// At most this many training pictures are encoded.
        limit: usize,
    },
    /// What moves the principal components of an early layer's activations over samples of the prior
    /// (Härkönen et al. 2020, GANSpace).
    LayerPca {
        /// The hidden layer: 0 is the projection of z, each further one twice as wide.
        layer: usize,
        /// How many samples.
        samples: usize,
    },
    /// Singular directions of the first weight, in closed form (Shen and Zhou 2021, SeFa). The running
    /// scale of a batch normalisation after it is part of the weight.
    Sefa,
    /// Singular directions of the Jacobian dG/dz at the base: the tangent vectors of the image manifold
    /// there.
    Jacobian,
    /// The latent dimensions themselves, ranked by how much the picture changes with them.
    Sensitivity,
}

/// Find directions in the open model's latent space without labels.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DirectionsJob {
    /// How.
    pub search: DirectionSearch,
    /// At most this many, the strongest first.
    pub count: usize,
    /// The first of these latents is where derivatives and strips are taken; sensitivities are means over
    /// the first four.
    pub base: SampleSource,
    /// Key of the samples of [`DirectionSearch::LayerPca`].
    pub seed: u64,
    /// A `.png` with a labelled row for each direction, if wanted.
    pub picture: Option<PathBuf>,
    /// Where the directions are written, if anywhere.
    pub out: Option<PathBuf>,
}

/// What [`DirectionsJob`] found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundDirections {
    /// The strongest first.
    pub directions: Vec<Direction>,
    /// The latent that strips start from.
    pub base: Latent,
    /// Multiples of a direction's step that are added to the base, one for each tile of a strip.
    pub places: Vec<f32>,
    /// One strip a direction: a tile for each place, side by side without gaps.
    pub strips: Vec<Frame>,
    /// The picture, if one was asked for.
    pub picture: Option<PathBuf>,
    /// The file, if one was asked for.
    pub written: Option<PathBuf>,
    /// Seconds it took.
    pub seconds: f64,
}
