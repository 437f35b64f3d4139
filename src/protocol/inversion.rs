//! Back to z: what a photo is brought into the latent space with, and what comes of it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// How a picture becomes a latent (Zhu et al. 2016, iGAN, section 3.1, whose names these are).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InversionMethod {
    /// z* = argmin_z L(G(z), x) from several starts.
    Optimise,
    /// z* = En(x).
    Encode,
    /// The first, started from the second.
    #[default]
    Hybrid,
}

impl InversionMethod {
    /// All methods, in the order they are shown.
    pub const ALL: [Self; 3] = [Self::Optimise, Self::Encode, Self::Hybrid];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Optimise => "optimise",
            Self::Encode => "encode",
            Self::Hybrid => "hybrid",
        }
    }

    /// Whether it needs an encoder.
    pub fn needs_encoder(self) -> bool {
        self != Self::Optimise
    }
}

impl fmt::Display for InversionMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for InversionMethod {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|method| method.name() == text).ok_or_else(|| {
            ConfigError(format!("'{text}' is not a method: use optimise, encode or hybrid"))
        })
    }
}

/// How latents move downhill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Descent {
    /// Adam (Kingma and Ba 2014), each latent by itself.
    #[default]
    Adam,
    /// Limited-memory BFGS (Nocedal 1980) with backtracking, each latent by itself.
    #[serde(rename = "l-bfgs")]
    Lbfgs,
}

impl Descent {
    /// Both, in the order they are offered.
    pub const ALL: [Self; 2] = [Self::Adam, Self::Lbfgs];

    /// The name on the command line and in the window.
    pub fn name(self) -> &'static str {
        match self {
            Self::Adam => "adam",
            Self::Lbfgs => "l-bfgs",
        }
    }
}

/// How pixels are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PixelLoss {
    /// Mean absolute difference.
    #[serde(rename = "l1")]
    L1,
    /// Mean squared difference.
    #[default]
    #[serde(rename = "l2")]
    L2,
}

impl PixelLoss {
    /// Both, in the order they are offered.
    pub const ALL: [Self; 2] = [Self::L2, Self::L1];

    /// The name on the command line and in the window.
    pub fn name(self) -> &'static str {
        match self {
            Self::L1 => "l1",
            Self::L2 => "l2",
        }
    }
}

/// Whose features two pictures are compared in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureSource {
    /// The model's discriminator, as in its training (Larsen et al. 2015).
    #[default]
    Discriminator,
    /// The model's encoder.
    Encoder,
    /// Discriminator or, where there is none, encoder of another model file of the same picture format.
    Model(PathBuf),
}

/// Everything that can be set about optimising a latent for a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InversionSettings {
    /// Optimiser steps at most.
    pub steps: u32,
    /// The same for [`InversionMethod::Hybrid`], which begins near its end.
    pub hybrid_steps: u32,
    /// Latents optimised at once for a picture, the best of which is taken: 1 to 64. The mean latent, the
    /// nearest of those whose pictures are known, and random ones. [`InversionMethod::Hybrid`] takes one.
    pub starts: u32,
    /// Adam or L-BFGS.
    pub descent: Descent,
    /// The same for [`InversionMethod::Hybrid`], whose L-BFGS begins with the curvature at its one start.
    pub hybrid_descent: Descent,
    /// Adam's learning rate, in units of z.
    pub learning_rate: f64,
    /// Share of the steps over which the learning rate rises from 0.
    pub ramp_up: f64,
    /// Share of the steps over which it falls to 0 along a half cosine.
    pub ramp_down: f64,
    /// Standard deviation of the noise added to z at the first step; it falls to 0 over the first half
    /// (Karras et al. 2020, section 5). Adam only.
    pub noise: f64,
    /// How pixels are compared.
    pub pixel: PixelLoss,
    /// λ_f: weight of the features' distance.
    pub feature_weight: f64,
    /// Whose features.
    pub features: FeatureSource,
    /// λ_p: weight of the prior, mean z² (for a uniform prior, of what lies outside of it).
    pub prior_weight: f64,
    /// Weight of the in-domain term mean (z − En(G(z)))² (Zhu et al. 2020), in [`InversionMethod::Hybrid`].
    pub domain_weight: f64,
    /// Whether starts that fall behind are dropped on the way.
    pub prune: bool,
    /// Steps without a gain of [`Self::PLATEAU_GAIN`] after which the ramp down begins; 0 for never.
    pub patience: u32,
    /// Key of the random starts and of the noise.
    pub seed: u64,
}

impl Default for InversionSettings {
    fn default() -> Self {
        Self {
            steps: 300,
            hybrid_steps: 60,
            starts: 8,
            descent: Descent::Adam,
            hybrid_descent: Descent::Lbfgs,
            learning_rate: 0.1,
            ramp_up: 0.05,
            ramp_down: 0.25,
            noise: 0.0,
            pixel: PixelLoss::L2,
            feature_weight: 0.0,
            features: FeatureSource::default(),
            prior_weight: 0.0,
            domain_weight: 0.0,
            prune: true,
            patience: 60,
            seed: 0,
        }
    }
}

impl InversionSettings {
    /// A relative gain of the loss below which a step counts for [`Self::patience`] as none.
    pub const PLATEAU_GAIN: f64 = 1e-3;

    /// Checks every value.
    ///
    /// # Errors
    /// The first that is out of range, with the range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let refuse = |text: String| Err(ConfigError(text));
        for steps in [self.steps, self.hybrid_steps] {
            if !(1..=100_000).contains(&steps) {
                return refuse(format!("{steps} steps: use 1 to 100000"));
            }
        }
        if !(1..=64).contains(&self.starts) {
            return refuse(format!("{} starts: use 1 to 64", self.starts));
        }
        let ranged = [
            ("learning rate", self.learning_rate, 1e-6, 10.0),
            ("ramp up", self.ramp_up, 0.0, 0.9),
            ("ramp down", self.ramp_down, 0.0, 0.9),
            ("noise", self.noise, 0.0, 10.0),
            ("weight of the features", self.feature_weight, 0.0, 1e6),
            ("weight of the prior", self.prior_weight, 0.0, 1e6),
            ("weight of the in-domain term", self.domain_weight, 0.0, 1e6),
        ];
        for (name, value, low, high) in ranged {
            if !(low..=high).contains(&value) {
                return refuse(format!("{name} {value}: use {low} to {high}"));
            }
        }
        Ok(())
    }
}

/// What a latent costs, and what that is made of; weights not applied but in `total`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct InversionLoss {
    /// What is minimised.
    pub total: f32,
    /// Mean squared difference of the pixels, values in [-1, 1], whichever way they are compared.
    pub mse: f32,
    /// The pixels' term as they are compared.
    pub pixel: f32,
    /// Distance in features, relative to the features' own mean square.
    pub feature: f32,
    /// mean z².
    pub prior: f32,
    /// mean (z − En(G(z)))².
    pub domain: f32,
}
