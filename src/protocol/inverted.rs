//! Jobs that bring many pictures back to z, and what they tell.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{
    DatasetOptions, DatasetSource, InversionLoss, InversionMethod, InversionSettings, Latent,
    PivotalSettings,
};

/// Pictures to bring back to z, into a folder of files.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InvertJob {
    /// Image files, and folders whose image files are meant (not those of their sub-folders).
    pub images: Vec<PathBuf>,
    /// Each picture is inverted by each of these.
    pub methods: Vec<InversionMethod>,
    /// How they are optimised.
    pub settings: InversionSettings,
    /// Training pictures, whose codes are among the starts; `None` for samples of the model instead.
    pub data: Option<(DatasetSource, DatasetOptions)>,
    /// Then a copy of the generator is tuned for each picture, from its best latent, and written as a delta.
    pub pivotal: Option<PivotalSettings>,
    /// The folder: `latents.safetensors`, `report.jsonl`, and per picture and method the result and the
    /// residual.
    pub out: PathBuf,
    /// Pictures that the folder's report holds with the same settings are not inverted again.
    pub resume: bool,
}

impl InvertJob {
    /// The file of the folder with one line a picture and method; where it is, the folder can be gone on with.
    pub const REPORT: &str = "report.jsonl";
    /// The file of the folder with all latents, written at the end.
    pub const LATENTS: &str = "latents.safetensors";
}

/// A table of how well and how fast a model's pictures, and held-out data, come back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InvertReportJob {
    /// The data the model was trained on.
    pub source: DatasetSource,
    /// How it is read.
    pub options: DatasetOptions,
    /// Generated pictures, and as many held-out ones.
    pub limit: usize,
    /// How they are optimised.
    pub settings: InversionSettings,
}

/// What kind of picture was inverted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InversionTarget {
    /// The model's own picture of a random latent, which it can reach.
    Generated,
    /// A held-out picture of the data.
    HeldOut,
    /// A file.
    File,
}

impl InversionTarget {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Generated => "generated",
            Self::HeldOut => "held-out",
            Self::File => "file",
        }
    }
}

/// One step of one picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InversionStep {
    /// The picture's name.
    pub image: String,
    /// By which method.
    pub method: InversionMethod,
    /// From 1.
    pub step: u32,
    /// Computing time since this method began with the picture's batch, in seconds.
    pub seconds: f64,
    /// The best so far.
    pub loss: InversionLoss,
}

/// One picture, brought back by one method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inverted {
    /// The picture's name: a file's path, or its number.
    pub image: String,
    /// What kind of picture.
    pub target: InversionTarget,
    /// By which method.
    pub method: InversionMethod,
    /// Steps done.
    pub steps: u32,
    /// Computing time in seconds; of a batch, its share.
    pub seconds: f64,
    /// What the latent costs.
    pub loss: InversionLoss,
    /// 10 log₁₀(4 / MSE), values in [-1, 1].
    pub psnr_db: f64,
    /// Structural similarity (Wang et al. 2004).
    pub ssim: f64,
    /// ‖z‖.
    pub norm: f32,
    /// Distance to the latent the picture was generated from, where it was: ‖z − z₀‖ / √d.
    pub truth_distance: Option<f32>,
    /// For a hybrid that was raced against optimisation: when it had reached its rival's final pixel MSE,
    /// in seconds; `None` where it did not.
    pub caught_up_secs: Option<f64>,
    /// How often a latent was put back because its loss was no number.
    pub restarts: u32,
    /// Whether the loss stopped falling before the steps were done.
    pub stalled: bool,
    /// The latent found.
    pub latent: Latent,
}

/// One line of the table: a kind of picture and a method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InversionRow {
    /// What kind of picture.
    pub target: InversionTarget,
    /// By which method.
    pub method: InversionMethod,
    /// Pictures.
    pub n: usize,
    /// Their mean PSNR in decibels.
    pub psnr_mean_db: f64,
    /// The median.
    pub psnr_median_db: f64,
    /// The worst.
    pub psnr_worst_db: f64,
    /// Share of the pictures with at least [`Self::GOAL_DB`].
    pub reached: f64,
    /// Mean of the pixels' MSE.
    pub mse: f64,
    /// Mean structural similarity.
    pub ssim: f64,
    /// Mean computing time a picture, in seconds.
    pub seconds: f64,
}

impl InversionRow {
    /// What counts as found again.
    pub const GOAL_DB: f64 = 35.0;

    /// The line of what was done with one kind of picture by one method; `None` where that is nothing.
    pub fn of(done: &[Inverted], target: InversionTarget, method: InversionMethod) -> Option<Self> {
        let mine: Vec<&Inverted> =
            done.iter().filter(|one| (one.target, one.method) == (target, method)).collect();
        let mut psnr: Vec<f64> = mine.iter().map(|one| one.psnr_db).collect();
        psnr.sort_by(f64::total_cmp);
        let n = mine.len();
        let over = psnr.iter().filter(|psnr| **psnr >= Self::GOAL_DB).count();
        Some(Self {
            target,
            method,
            n,
            psnr_worst_db: *psnr.first()?,
            psnr_median_db: psnr[n / 2],
            psnr_mean_db: mean(psnr.iter().copied()),
            reached: over as f64 / n as f64,
            mse: mean(mine.iter().map(|one| f64::from(one.loss.mse))),
            ssim: mean(mine.iter().map(|one| one.ssim)),
            seconds: mean(mine.iter().map(|one| one.seconds)),
        })
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1) as f64;
    values.sum::<f64>() / count
}

/// How soon the hybrid was where optimisation ended, on one kind of picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CatchUp {
    /// What kind of picture.
    pub target: InversionTarget,
    /// Share of the pictures on which it got there.
    pub share: f64,
    /// The median over all pictures of its time by optimisation's; `None` where it is not reached.
    pub time_ratio: Option<f64>,
}

/// The table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InversionReport {
    /// By kind of picture and method.
    pub rows: Vec<InversionRow>,
    /// By kind of picture.
    pub catch_up: Vec<CatchUp>,
    /// How long it took, in seconds.
    pub seconds: f64,
}
