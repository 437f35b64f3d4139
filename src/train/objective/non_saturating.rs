//! The non-saturating game (Goodfellow et al. 2014, section 3).

use burn::tensor::Tensor;

use super::Adversarial;
use crate::models::Judgement;
use crate::train::loss::cross_entropy;

/// D: −E log σ(D(x)) − E log(1 − σ(D(x̂))); G: −E log σ(D(x̂)).
#[derive(Debug)]
pub(super) struct NonSaturating {
    /// 1, or 0.9 for one-sided label smoothing (Salimans et al. 2016).
    pub(super) real_label: f64,
}

impl Adversarial for NonSaturating {
    fn real_loss(&self, real: &Judgement) -> Tensor<1> {
        cross_entropy(real.logit.clone(), self.real_label)
    }

    fn fake_loss(&self, fake: &Judgement) -> Tensor<1> {
        cross_entropy(fake.logit.clone(), 0.0)
    }

    fn generator_loss(&self, fake: &Judgement) -> Tensor<1> {
        cross_entropy(fake.logit.clone(), 1.0)
    }
}
