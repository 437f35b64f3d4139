//! Keeping identity: a copy of G tuned for one photo, and the photo plus what an edit changed.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{ConfigError, Crop, Frame, InversionMethod, Latent};

/// Everything that can be set about pivotal tuning (Roich et al. 2021, PTI).
///
/// With the pivot z fixed, a copy G_θ of G is moved by Adam down
/// L = MSE(G_θ(z), x) + λ_f · features + λ_R · MSE(G_θ(z_r), G(z_r)), where
/// z_r = z + α (z_w − z) / ‖z_w − z‖ for latents z_w of the prior, drawn anew at each step (PTI, equations 4 and 5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PivotalSettings {
    /// Steps at most.
    pub steps: u32,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// r: each layer's weight changes by a product of two matrices of this rank (Hu et al. 2021, LoRA);
    /// 0 lets every weight move by itself.
    pub rank: u32,
    /// λ_R: weight of the locality term; 0 for none.
    pub locality_weight: f64,
    /// Latents z_r drawn at each step.
    pub locality_samples: u32,
    /// α, in units of the prior's shell: √d for a normal prior, √(d/3) for a uniform one.
    pub alpha: f64,
    /// λ_f: weight of the distance in D's features, relative to their own mean square; 0 for none.
    pub feature_weight: f64,
    /// It ends as soon as G_θ(z) is this near to the photo, in decibels.
    pub goal_db: f64,
    /// Steps without a gain of [`Self::PLATEAU_GAIN`] after which it ends; 0 for never.
    pub patience: u32,
    /// Key of the locality latents and of the factors' first values.
    pub seed: u64,
}

impl Default for PivotalSettings {
    fn default() -> Self {
        Self {
            steps: 300,
            learning_rate: 0.003,
            rank: 8,
            locality_weight: 1.0,
            locality_samples: 4,
            alpha: 1.0,
            feature_weight: 0.0,
            goal_db: 35.0,
            patience: 60,
            seed: 0,
        }
    }
}

impl PivotalSettings {
    /// A relative gain of the photo's MSE below which a step counts for [`Self::patience`] as none.
    pub const PLATEAU_GAIN: f64 = 1e-2;
    /// The highest rank.
    pub const RANK_LIMIT: u32 = 64;

    /// Checks every value.
    ///
    /// # Errors
    /// The first that is out of range, with the range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let whole = [
            ("tuning steps", self.steps, 1, 100_000),
            ("tuning rank", self.rank, 0, Self::RANK_LIMIT),
            ("locality samples", self.locality_samples, 1, 64),
        ];
        for (name, value, low, high) in whole {
            if !(low..=high).contains(&value) {
                return Err(ConfigError(format!("{name} {value}: use {low} to {high}")));
            }
        }
        let ranged = [
            ("tuning rate", self.learning_rate, 1e-7, 1.0),
            ("locality weight", self.locality_weight, 0.0, 1e6),
            ("alpha", self.alpha, 0.0, 10.0),
            ("weight of the features", self.feature_weight, 0.0, 1e6),
            ("tuning goal", self.goal_db, 1.0, 200.0),
        ];
        for (name, value, low, high) in ranged {
            if !(low..=high).contains(&value) {
                return Err(ConfigError(format!("{name} {value}: use {low} to {high}")));
            }
        }
        Ok(())
    }
}

/// Where a photo's square came from, as far as it is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhotoPlace {
    /// The photo's file.
    pub path: PathBuf,
    /// The square; `None` where it was the largest one in the middle.
    pub crop: Option<Crop>,
}

/// A latent, and the picture it is to stand for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pivot {
    /// z₀, as it is decoded.
    pub latent: Latent,
    /// x, in the model's size.
    pub picture: Frame,
    /// Where x came from.
    pub photo: Option<PhotoPlace>,
}

/// Tune a copy of the open model's generator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TuneRequest {
    /// Rises with every request.
    pub id: u64,
    /// What stays fixed, and what is to be reached there.
    pub pivot: Pivot,
    /// How.
    pub settings: PivotalSettings,
}

/// What a tuning is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TuningState {
    /// Steps are taken.
    Running,
    /// Other pictures are compared before and after.
    Measuring,
    /// It is over, and its copy is at hand.
    Done,
    /// It was stopped, and nothing of it is kept.
    Discarded,
    /// It broke; why.
    Failed(String),
}

impl TuningState {
    /// Whether there is more to come.
    pub fn is_active(&self) -> bool {
        matches!(self, Self::Running | Self::Measuring)
    }
}

/// A tuning as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TuningView {
    /// The request's.
    pub id: u64,
    /// What it is doing.
    pub state: TuningState,
    /// Steps done and steps at most.
    pub steps: (u32, u32),
    /// Its computing time in seconds.
    pub seconds: f64,
    /// PSNR of G(z) in decibels, before.
    pub before_db: f64,
    /// PSNR of G_θ(z) in decibels.
    pub now_db: f64,
    /// G_θ(z).
    pub picture: Frame,
    /// How often weights were put back because the loss was no number.
    pub restarts: u32,
}

/// What a tuning came to.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct TunedFigures {
    /// Steps taken.
    pub steps: u32,
    /// Computing time in seconds.
    pub seconds: f64,
    /// PSNR of G(z) against the photo, in decibels.
    pub before_db: f64,
    /// PSNR of G_θ(z), with the change as it is saved.
    pub after_db: f64,
    /// How alike G_θ and G are on fresh samples of the prior, in decibels.
    pub locality_db: f64,
    /// The same as mean squared difference, values in [-1, 1].
    pub locality_mse: f64,
    /// Bytes of the file it is saved as, but for its header: the change with 2 a number, pivot and photo.
    pub delta_bytes: u64,
    /// Bytes of the generator's weights with 4 a number.
    pub generator_bytes: u64,
}

/// Fresh samples of the prior on which [`TunedFigures::locality_db`] is measured.
pub const LOCALITY_PICTURES: usize = 64;

/// A tuned copy that is at hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TunedCopy {
    /// What it was tuned for.
    pub pivot: Pivot,
    /// How.
    pub settings: PivotalSettings,
    /// What came of it.
    pub figures: TunedFigures,
    /// G_θ(z).
    pub picture: Frame,
    /// The file it was saved to or read from.
    pub file: Option<PathBuf>,
}

/// What is kept of a photo, and what is shown of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The tuned copy.
    pub tuned: Option<Box<TunedCopy>>,
    /// Pictures are drawn with it.
    pub tuned_on: bool,
    /// There is a photo with its latent, so that the photo plus what changed can be shown.
    pub has_photo: bool,
    /// The explorer shows x + G(z) − G(z₀).
    pub change_on: bool,
}

/// A picture of an inversion from files for which G was tuned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhotoTuned {
    /// The picture's name.
    pub image: String,
    /// The method whose latent is the pivot.
    pub method: InversionMethod,
    /// What came of it.
    #[serde(flatten)]
    pub figures: TunedFigures,
    /// The latent's picture was as near as the goal before: nothing was tuned, and no file is written.
    pub at_goal: bool,
    /// The file of the change.
    pub delta: Option<PathBuf>,
    /// Its size, header and all.
    pub file_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::PivotalSettings;

    #[test]
    fn settings_out_of_range_are_named() {
        assert!(PivotalSettings::default().validate().is_ok());
        let refused = |settings: PivotalSettings| settings.validate().unwrap_err().to_string();
        let base = PivotalSettings::default;
        assert!(refused(PivotalSettings { steps: 0, ..base() }).contains("tuning steps 0"));
        assert!(refused(PivotalSettings { rank: 65, ..base() }).contains("0 to 64"));
        assert!(refused(PivotalSettings { alpha: f64::NAN, ..base() }).contains("alpha"));
    }
}
