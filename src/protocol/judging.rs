//! Judging directions that were not found from labels: what is asked for, and what is measured.

use serde::{Deserialize, Serialize};

use super::{DatasetOptions, DatasetSource, Histogram, Judged, Latent};

/// Look where a data set's codes lie along directions, and how well those tell a label apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgeJob {
    /// The pictures; image size and channels are taken from the model. What the last search from their
    /// labels encoded is not encoded again.
    pub source: DatasetSource,
    /// How they are read.
    pub options: DatasetOptions,
    /// At most this many training pictures, and as many held-out ones, are encoded.
    pub limit: usize,
    /// The directions.
    pub directions: Vec<ToJudge>,
}

/// A direction to judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToJudge {
    /// The answer carries it.
    pub id: u64,
    /// One step of it.
    pub step: Latent,
    /// Names of labels to judge it by: the first that the data have counts.
    pub labels: Vec<String>,
}

/// What [`JudgeJob`] measured of one direction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The direction's.
    pub id: u64,
    /// The step that was looked at: it may be another one by now.
    pub step: Latent,
    /// How well it tells a label apart; `None` where the data have none of those named on both sides.
    pub judged: Option<Judged>,
    /// Where held-out codes lie along it; training ones, where none were held out.
    pub histogram: Option<Histogram>,
}

/// Measure how much pictures change with each latent dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SensitivityJob {
    /// Where each dimension is moved; the answer is the mean over them.
    pub bases: Vec<Latent>,
}
