//! Editing: what a picture's strokes are solved with, and what comes of it.

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// Everything that can be set about solving an edit,
/// z* = argmin_z U(G(z)) + λ₁ mean((z − z₀)²) − λ₂ D̄(G(z)) (Zhu et al. 2016).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EditSettings {
    /// λ₁: what it costs to move away from z₀.
    pub distance_weight: f64,
    /// What it costs to change what no stroke touches: a factor of mean((G(z) − G(z₀))²) there, a part of U.
    pub rest_weight: f64,
    /// λ₂: what it is worth to look real.
    pub realism_weight: f64,
    /// Adam's learning rate, in units of z.
    pub learning_rate: f64,
    /// Optimiser steps at most, for the adopted candidate and then for the others.
    pub steps: u32,
    /// Candidates, the adopted one among them: 1 to [`Self::CANDIDATES_LIMIT`].
    pub candidates: u32,
    /// Standard deviation of the random starts around the latent that the edit began with.
    pub spread: f64,
    /// Candidates are offered only if they differ by this share in features; see
    /// [`Self::DISTINCT`].
    pub least_difference: f64,
    /// Key of the random starts.
    pub seed: u64,
}

impl Default for EditSettings {
    fn default() -> Self {
        Self {
            distance_weight: 0.1,
            rest_weight: 0.5,
            realism_weight: 0.01,
            learning_rate: 0.1,
            steps: 100,
            candidates: 16,
            spread: 0.5,
            least_difference: Self::DISTINCT,
            seed: 0,
        }
    }
}

impl EditSettings {
    /// Candidates, at most.
    pub const CANDIDATES_LIMIT: u32 = 16;
    /// Two candidates are distinct if the root mean square of the difference of their features is at least
    /// this share of the adopted one's features' own.
    pub const DISTINCT: f64 = 0.1;
    /// An energy that changes by less than this share over [`Self::SETTLED_STEPS`] steps has settled.
    pub const SETTLED_CHANGE: f64 = 0.01;
    /// See [`Self::SETTLED_CHANGE`].
    pub const SETTLED_STEPS: usize = 5;

    /// Checks every value.
    ///
    /// # Errors
    /// The first that is out of range, with the range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let counted = [
            ("steps", self.steps, 100_000),
            ("candidates", self.candidates, Self::CANDIDATES_LIMIT),
        ];
        for (name, value, high) in counted {
            if !(1..=high).contains(&value) {
                return Err(ConfigError(format!("{value} {name}: use 1 to {high}")));
            }
        }
        let ranged = [
            ("weight of the distance", self.distance_weight, 0.0, 1e6),
            ("weight of the rest", self.rest_weight, 0.0, 1e6),
            ("weight of the realism", self.realism_weight, 0.0, 1e6),
            ("learning rate", self.learning_rate, 1e-6, 10.0),
            ("spread of the candidates", self.spread, 0.0, 10.0),
            ("least difference of candidates", self.least_difference, 0.0, 10.0),
        ];
        for (name, value, low, high) in ranged {
            if !(low..=high).contains(&value) {
                return Err(ConfigError(format!("{name} {value}: use {low} to {high}")));
            }
        }
        Ok(())
    }
}

/// What a latent costs in an edit, and what that is made of; weights not applied but in `total`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct EditLoss {
    /// What is minimised.
    pub total: f32,
    /// U: the sum of what the constraints cost, each times its stroke's strength.
    pub constraints: f32,
    /// mean((z − z₀)²).
    pub distance: f32,
    /// D̄, which is wanted high.
    pub realism: f32,
    /// What each constraint costs before its stroke's strength, in their order.
    pub each: Vec<f32>,
}

/// A latent that an edit ended at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditCandidate {
    /// What it started from: 0 is z₀ as it was moved, 1 and on are the random starts around it.
    pub start: u32,
    /// `d` values.
    pub z: Vec<f32>,
    /// What it costs.
    pub loss: EditLoss,
}

#[cfg(test)]
mod tests {
    use super::EditSettings;

    #[test]
    fn settings_out_of_range_are_refused_with_the_range() {
        let good = EditSettings::default();
        assert!(good.validate().is_ok());
        let bad = [
            EditSettings { steps: 0, ..good.clone() },
            EditSettings { candidates: 17, ..good.clone() },
            EditSettings { distance_weight: -1.0, ..good.clone() },
            EditSettings { realism_weight: f64::NAN, ..good.clone() },
            EditSettings { learning_rate: 0.0, ..good.clone() },
            EditSettings { spread: 11.0, ..good.clone() },
            EditSettings { least_difference: f64::INFINITY, ..good },
        ];
        for settings in bad {
            let text = settings.validate().unwrap_err().to_string();
            assert!(text.contains(": use "), "{text}");
        }
    }
}
