//! Measurements of a model and of the oracle that judges attributes.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{DatasetOptions, DatasetSource};

/// Measure the open model against held-out pictures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EvaluateJob {
    /// The data; image size and channels are taken from the model.
    pub source: DatasetSource,
    /// How it is read.
    pub options: DatasetOptions,
    /// Pictures, samples: at most this many of each.
    pub limit: usize,
    /// Key of the samples' latents and of the distance's directions.
    pub seed: u64,
}

/// How often an attribute is there among data and among samples, judged by the oracle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttributeVariance {
    /// The attribute's name.
    pub name: String,
    /// Share of the data that has it.
    pub data_rate: f64,
    /// Share of the samples that has it.
    pub sample_rate: f64,
    /// Variance of the yes/no answers among samples over that among the data.
    pub ratio: f64,
}

/// How well the held-out pictures with a label are reconstructed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelReconstruction {
    /// The label's name.
    pub name: String,
    /// Held-out pictures with it, at least one.
    pub n: usize,
    /// Mean PSNR of their reconstructions in decibels.
    pub psnr_db: f64,
}

/// What [`EvaluateJob`] measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Held-out pictures, and as many samples.
    pub n: usize,
    /// Mean PSNR of reconstructions in decibels, peak 2 on [-1, 1]; `None` without an encoder.
    pub psnr_db: Option<f64>,
    /// The worst of them.
    pub psnr_worst_db: Option<f64>,
    /// Sliced Wasserstein distance of samples to held-out pictures.
    pub swd: f64,
    /// The same for a generator that only knows the mean picture and the variance of each pixel.
    pub swd_baseline: f64,
    /// `swd / swd_baseline`.
    pub swd_ratio: f64,
    /// Portraits alone: attributes among samples.
    pub attributes: Vec<AttributeVariance>,
    /// Other labelled data, with an encoder: reconstruction by label.
    pub labels: Vec<LabelReconstruction>,
    /// Seconds it took.
    pub seconds: f64,
}

/// Train the oracle of Portraits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OracleJob {
    /// Steps.
    pub steps: u64,
    /// Pictures a step.
    pub batch: usize,
    /// Different training faces.
    pub faces: usize,
    /// Key of weights and noise.
    pub seed: u64,
    /// The safetensors file to write.
    pub out: PathBuf,
}

/// How often the oracle is right about one question, on held-out renders where the answer is clear.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OracleAccuracy {
    /// The question.
    pub name: String,
    /// Share of right answers.
    pub accuracy: f64,
    /// Answers judged.
    pub n: usize,
}
