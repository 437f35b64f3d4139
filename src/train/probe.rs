//! The label term: a linear classifier on the codes that the encoder learns together with.
//!
//! A direction in latent space can carry an attribute only as far as codes with it and without it are
//! apart on a line, which the evidence lower bound does not ask for. So a logistic regression of all
//! labels reads the codes, and its cross-entropy is a term of the encoder's loss: the classification
//! term α·log q(y given x) of Kingma et al. 2014 ("Semi-supervised Learning with Deep Generative
//! Models"), with a linear q on the code. It serves the VAE and the VAE-GAN (Larsen et al. 2016).
//!
//! It reads z ~ q(z given x), not its mean: a margin that is small beside the posterior's own spread
//! would separate means and nothing that the decoder sees.

use burn::module::Module as _;
use burn::optim::GradientsParams;
use burn::tensor::{Gradients, Tensor};

use super::loss::label_cross_entropy;
use super::optimizer::Adam;
use super::state::TrainState;
use crate::models::LabelProbe;
use crate::protocol::LiveSettings;

/// Adam's step size of the classifier. It is convex in its own weights, so it can be quick, and it
/// must be, to follow an encoder that moves.
const RATE: f64 = 1e-2;

/// The classifier and what moves it. It belongs to the run, not to the model.
#[derive(Debug, Clone)]
pub struct Probe {
    pub(super) classifier: LabelProbe,
    pub(super) adam: Adam,
}

impl Probe {
    /// The state's own, or a fresh one where it has none for that many labels.
    fn of(state: &TrainState, labels: usize) -> Self {
        let dims = state.model.spec.latent as usize;
        let known = state.probe.clone().filter(|p| p.classifier.shape() == [labels, dims]);
        known.unwrap_or_else(|| Self {
            classifier: LabelProbe::new(dims, labels, &state.model.device()),
            adam: state.adam_encoder.fresh(),
        })
    }
}

/// The forward half.
pub(super) struct LabelTerm {
    probe: Probe,
    /// Its weights with a graph.
    pub(super) classifier: LabelProbe,
    /// Mean over pictures and labels, in nats.
    cross_entropy: Tensor<1>,
    /// The same as it is added to the loss.
    weighted: Tensor<1>,
}

/// Gradients waiting for the update.
pub(super) struct LabelStep {
    probe: Probe,
    pub(super) grads: GradientsParams,
    cross_entropy: Tensor<1>,
}

impl LabelTerm {
    /// Of codes `[N, d]` with their graph and `[N, L]` labels, 1 where a picture has one. `None` where
    /// there are no labels, or they weigh nothing.
    pub(super) fn new(
        state: &TrainState,
        codes: Tensor<2>,
        labels: Option<&Tensor<2>>,
        live: &LiveSettings,
    ) -> Option<Self> {
        let labels = labels.filter(|_| live.label_weight > 0.0)?;
        let probe = Probe::of(state, labels.dims()[1]);
        let classifier = probe.classifier.clone().train();
        let logits = classifier.logits(codes); // [N, L]
        let cross_entropy = label_cross_entropy(logits, labels.clone().autodiff());
        let weighted = cross_entropy.clone().mul_scalar(live.label_weight);
        Some(Self { probe, classifier, cross_entropy, weighted })
    }

    /// `loss` with a term that may not be there.
    pub(super) fn add_to(term: Option<&Self>, loss: Tensor<1>) -> Tensor<1> {
        match term {
            Some(term) => loss + term.weighted.clone(),
            None => loss,
        }
    }

    /// Takes the classifier's part of the gradients.
    pub(super) fn backward(self, grads: &mut Gradients) -> LabelStep {
        LabelStep {
            grads: GradientsParams::from_module(grads, &self.classifier),
            probe: self.probe,
            cross_entropy: self.cross_entropy.inner(),
        }
    }
}

impl LabelStep {
    /// Moves the classifier. Returns the cross-entropy it had.
    pub(super) fn update(self, state: &mut TrainState) -> Tensor<1> {
        let Probe { classifier, mut adam } = self.probe;
        let classifier = adam.step(classifier, self.grads, RATE);
        state.probe = Some(Probe { classifier, adam });
        self.cross_entropy
    }
}
