//! What a run trains: a whole model, or an encoder for a generator that stays as it is.

use serde::{Deserialize, Serialize};

use super::{Family, LiveSettings, ModelSpec, TrainSettings};

/// What a run trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrainTask {
    /// All networks of the family, together.
    #[default]
    Model,
    /// An encoder for the generator as it is (iGAN's predictive network, Zhu et al. 2016, section 3.1;
    /// in-domain inversion's domain-guided encoder, Zhu et al. 2020).
    Encoder {
        /// It begins with random weights even where the model has an encoder already.
        fresh: bool,
    },
}

impl TrainTask {
    /// Whether an encoder is trained for a frozen generator.
    pub fn is_encoder(self) -> bool {
        matches!(self, Self::Encoder { .. })
    }

    /// The names of the losses measured at every step with a model of this family, in order.
    pub fn loss_names(self, family: Family) -> &'static [&'static str] {
        const ENCODER: [&str; 5] = ["loss", "recon", "generated", "code", "adversarial"];
        match self {
            Self::Model => family.loss_names(),
            Self::Encoder { .. } if family.has_discriminator() => &ENCODER,
            Self::Encoder { .. } => &ENCODER[..4],
        }
    }
}

impl TrainSettings {
    /// The stated defaults of training an encoder for a frozen generator.
    pub fn for_encoder() -> Self {
        Self {
            task: TrainTask::Encoder { fresh: false },
            adam_beta1: 0.9,
            live: LiveSettings { lr_encoder: 1e-3, ..LiveSettings::default() },
            ..Self::default()
        }
    }

    /// These settings with the size, length and key of another run.
    #[must_use]
    pub fn sized_as(self, other: &Self) -> Self {
        Self {
            batch: other.batch,
            steps: other.steps,
            seed: other.seed,
            samples: other.samples,
            checkpoint_every: other.checkpoint_every,
            ..self
        }
    }
}

impl ModelSpec {
    /// Whether there is an encoder En: the family's own, or one trained for the generator later.
    pub fn has_encoder(&self) -> bool {
        self.family.has_encoder() || self.added_encoder
    }

    /// The same with an encoder.
    #[must_use]
    pub fn with_encoder(self) -> Self {
        Self { added_encoder: !self.family.has_encoder(), ..self }
    }

    /// The networks that the family itself trains: an encoder that was trained for a finished generator
    /// belongs to that generator alone.
    #[must_use]
    pub fn of_family_alone(self) -> Self {
        Self { added_encoder: false, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::{Family, ModelSpec, TrainSettings};

    #[test]
    fn an_encoder_is_added_where_the_family_has_none() {
        for family in Family::ALL {
            let spec = ModelSpec::for_family(family);
            let with = spec.clone().with_encoder();
            assert!(with.has_encoder() && with.validate().is_ok(), "{family}");
            assert_eq!(with.added_encoder, !family.has_encoder(), "{family}");
            assert_eq!(with.of_family_alone(), spec, "{family}");
            let twice = ModelSpec { added_encoder: true, ..spec };
            assert_eq!(twice.validate().is_ok(), !family.has_encoder(), "{family}");
        }
        assert!(TrainSettings::for_encoder().validate().is_ok());
    }
}
