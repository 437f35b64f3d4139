//! Directions of attributes: what is asked for, and what is found and measured.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{DatasetOptions, DatasetSource, Latent};

/// How a direction is made from labelled codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DirectionMethod {
    /// mean of the codes with the attribute − mean of those without (Radford et al. 2015).
    #[default]
    Means,
    /// The normal of a ridge-regularised logistic boundary (Shen et al. 2020), in the means' unit.
    Logistic,
}

/// Find the directions of a labelled data set's attributes in the open model's latent space.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AttributesJob {
    /// Labelled pictures; image size and channels are taken from the model.
    pub source: DatasetSource,
    /// How they are read.
    pub options: DatasetOptions,
    /// At most this many training pictures are encoded.
    pub limit: usize,
    /// How directions are made.
    pub method: DirectionMethod,
    /// Weight of the logistic boundary's ridge, above 0.
    pub ridge: f64,
    /// Random latents on which each direction is tried, judged by the oracle of Portraits; 0 tries none.
    pub tries: usize,
    /// Key of those latents.
    pub seed: u64,
    /// Where the directions are written, if anywhere.
    pub out: Option<PathBuf>,
}

/// A direction in latent space that a person can name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    /// What it changes.
    pub name: String,
    /// One step of its slider: ±1 is the difference of the means.
    pub step: Latent,
    /// Codes with the attribute, of those it was made from.
    pub with: usize,
    /// And without.
    pub without: usize,
    /// Share of held-out codes on their right side of the best threshold along it.
    pub accuracy: f64,
    /// Chance that a held-out code with the attribute lies further along than one without.
    pub auc: f64,
    /// Where the held-out codes lie along it, if it was judged on such.
    #[serde(default)]
    pub histogram: Option<Histogram>,
}

/// Codes counted by their place along a direction, in its steps from the origin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Where the first bin begins.
    pub low: f64,
    /// Where the last one ends.
    pub high: f64,
    /// Codes with the attribute in each bin, all of one width.
    pub with: Vec<u32>,
    /// And without.
    pub without: Vec<u32>,
    /// Beyond it a code counts as having the attribute.
    pub threshold: f64,
}

/// What moving along a direction did to random samples, as the oracle sees it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EditOutcome {
    /// Share of the samples whose decision on the attribute itself changed sides.
    pub reached: f64,
    /// Share of all decisions on other attributes that stayed. Values that exclude each other, such as
    /// two colours of hair, are not each other's.
    pub kept: f64,
}

/// One direction, tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttributeEdit {
    /// The direction's name.
    pub name: String,
    /// Samples it was tried on.
    pub n: usize,
    /// The direction as it was found.
    pub plain: EditOutcome,
    /// After it was made orthogonal to the directions of all other attributes.
    pub orthogonal: EditOutcome,
    /// Per attribute, how much its probability moved on average with the plain direction.
    pub changes: Vec<f64>,
}

/// What [`AttributesJob`] found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attributes {
    /// One per label that occurs on both sides.
    pub directions: Vec<Direction>,
    /// Cosines between them, row by row.
    pub cosines: Vec<Vec<f64>>,
    /// What they do; empty where none was tried.
    pub edits: Vec<AttributeEdit>,
    /// The file, if one was asked for.
    pub written: Option<PathBuf>,
    /// Seconds it took.
    pub seconds: f64,
}
