//! Adversarial objectives: what D and G minimise, apart from any architecture and any trainer.
//!
//! A new objective is one file here and one line in [`objective`].

mod non_saturating;

use burn::tensor::Tensor;

use crate::models::{Discriminator, Judgement};
use crate::protocol::{Objective, TrainSettings};
use crate::random::Random;

/// What D and G minimise.
pub trait Adversarial: Send + std::fmt::Debug {
    /// D's loss on real pictures, `[1]`.
    fn real_loss(&self, real: &Judgement) -> Tensor<1>;

    /// D's loss on generated pictures, `[1]`.
    fn fake_loss(&self, fake: &Judgement) -> Tensor<1>;

    /// G's loss, `[1]`.
    fn generator_loss(&self, fake: &Judgement) -> Tensor<1>;

    /// A term on D's weights beyond its judgements (gradient penalties), `[1]`.
    fn penalty(
        &self,
        _discriminator: &Discriminator,
        _real: &Tensor<4>,
        _fake: &Tensor<4>,
        _random: &mut Random,
    ) -> Option<Tensor<1>> {
        None
    }

    /// What is done to D after its update (weight clipping).
    fn constrain(&self, discriminator: Discriminator) -> Discriminator {
        discriminator
    }
}

/// The chosen objective.
pub fn objective(settings: &TrainSettings) -> Box<dyn Adversarial> {
    match settings.objective {
        Objective::NonSaturating => {
            Box::new(non_saturating::NonSaturating { real_label: settings.real_label })
        }
    }
}
