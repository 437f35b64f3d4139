//! VAE and β-VAE: encoder and decoder under the evidence lower bound, with a label term where asked for.

use burn::module::Module as _;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::loss::{bernoulli_nll, gaussian_nll, kl_divergence, mean_squared};
use super::probe::{LabelStep, LabelTerm};
use super::state::TrainState;
use super::{Batch, StepStats, Trainer, step_noise};
use crate::models::{BatchStatistics, Encoder, Generator, Mode, Pass};
use crate::protocol::{LABEL_LOSS, Likelihood, LiveSettings, TrainSettings};

/// The forward half of a step.
struct Forward {
    encoder: Encoder,
    generator: Generator,
    encoder_measured: Vec<BatchStatistics>,
    generator_measured: Vec<BatchStatistics>,
    /// Mean squared error of the pictures, for comparison between likelihoods.
    recon: Tensor<1>,
    kl: Tensor<1>,
    labels: Option<LabelTerm>,
    /// The negative evidence lower bound, in nats per value, and the label term.
    loss: Tensor<1>,
}

/// Gradients waiting for the update.
struct Backward {
    forward: Forward,
    encoder_grads: GradientsParams,
    generator_grads: GradientsParams,
    labels: Option<LabelStep>,
}

enum Phase {
    Begin,
    Backward(Box<Forward>),
    Update(Box<Backward>),
}

/// Trains En and G (the decoder).
pub(super) struct VaeTrainer {
    state: TrainState,
    phase: Phase,
}

impl VaeTrainer {
    pub(super) fn new(state: TrainState, _settings: &TrainSettings) -> Self {
        Self { state, phase: Phase::Begin }
    }

    fn forward(&self, batch: &Batch, live: &LiveSettings) -> Forward {
        let state = &self.state;
        let encoder = state.encoder().clone().train();
        let generator = state.model.generator.clone().train();
        let images = batch.images.clone().autodiff();
        let [n, c, h, w] = images.dims();
        let noise = step_noise(&state.model, state.seed, state.step, n, &state.model.device());

        let mut encoder_pass = Pass::new(Mode::Train);
        let posterior = encoder.forward(images.clone(), &mut encoder_pass);
        let z = posterior.sample(noise.autodiff()); // [N, d]
        let labels = LabelTerm::new(state, z.clone(), batch.labels.as_ref(), live);
        let mut generator_pass = Pass::new(Mode::Train);
        let pre_image = generator.pre_image(z, &mut generator_pass);

        let recon = mean_squared(pre_image.clone().tanh(), images.clone());
        let nll = match state.model.spec.likelihood {
            Likelihood::Gaussian => gaussian_nll(recon.clone()),
            Likelihood::Bernoulli => bernoulli_nll(pre_image, images),
        };
        let kl = kl_divergence(&posterior);
        let values = (c * h * w) as f64;
        let bound = nll + kl.clone().mul_scalar(live.beta / values);
        let loss = LabelTerm::add_to(labels.as_ref(), bound);
        Forward {
            encoder,
            generator,
            encoder_measured: encoder_pass.into_measured(),
            generator_measured: generator_pass.into_measured(),
            recon: recon.inner(),
            kl: kl.inner(),
            labels,
            loss,
        }
    }

    fn update(&mut self, work: Backward, live: &LiveSettings) -> StepStats {
        let Backward { forward, encoder_grads, generator_grads, labels } = work;
        let mut next = self.state.clone();
        let encoder = next.encoder().clone();
        let encoder = next.adam_encoder.step(encoder, encoder_grads, live.lr_encoder);
        next.model.encoder = Some(encoder.absorb(forward.encoder_measured));
        let generator = next.model.generator.clone();
        let generator = next.adam_generator.step(generator, generator_grads, live.lr_generator);
        next.model.generator = generator.absorb(forward.generator_measured);
        next.finish_step(live.ema_decay);
        let mut losses =
            vec![("loss", forward.loss.inner()), ("recon", forward.recon), ("kl", forward.kl)];
        losses.extend(labels.map(|step| (LABEL_LOSS, step.update(&mut next))));
        self.state = next;
        StepStats { losses }
    }
}

fn backward(mut forward: Forward) -> Backward {
    let mut grads = forward.loss.backward();
    let encoder_grads = GradientsParams::from_module(&mut grads, &forward.encoder);
    let generator_grads = GradientsParams::from_module(&mut grads, &forward.generator);
    let labels = forward.labels.take().map(|term| term.backward(&mut grads));
    Backward { forward, encoder_grads, generator_grads, labels }
}

impl Trainer for VaeTrainer {
    fn phase(&mut self, batch: &Batch, live: &LiveSettings) -> Option<StepStats> {
        self.phase = match std::mem::replace(&mut self.phase, Phase::Begin) {
            Phase::Begin => Phase::Backward(Box::new(self.forward(batch, live))),
            Phase::Backward(forward) => Phase::Update(Box::new(backward(*forward))),
            Phase::Update(work) => return Some(self.update(*work, live)),
        };
        None
    }

    fn abandon(&mut self) {
        self.phase = Phase::Begin;
    }

    fn state(&self) -> &TrainState {
        &self.state
    }
}
