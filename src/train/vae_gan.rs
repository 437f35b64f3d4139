//! VAE-GAN (Larsen et al. 2015): encoder, decoder and discriminator learned together.
//!
//! En: reconstruction + β KL. De: reconstruction − log σ(D(G(En x))) − log σ(D(G z)). D: real
//! against reconstructed and generated. Reconstruction is measured in pixels and in D's features.
//! The adversarial term must not reach En, so the decoder runs twice: on z with its graph to En, and
//! on (z detached, prior z) for the game. Both are short phases of their own.

use burn::module::Module as _;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::critic::{CriticLosses, JudgedReal, judge_fake_and_update, judge_real};
use super::gan::adversarial_loss;
use super::gradients;
use super::loss::{gaussian_nll, kl_divergence, mean_squared};
use super::objective::{Adversarial, objective};
use super::state::TrainState;
use super::{Batch, StepStats, Trainer, step_latents, step_noise};
use crate::models::{BatchStatistics, Encoder, Generator, Mode, Pass, Posterior};
use crate::protocol::{LiveSettings, TrainSettings};

/// The step under way.
struct Work {
    next: TrainState,
    encoder: Encoder,
    generator: Generator,
    encoder_measured: Vec<BatchStatistics>,
    generator_measured: Vec<BatchStatistics>,
    posterior: Posterior,
    /// G(z), z ~ q(z given x), with its graph to En.
    reconstructed: Tensor<4>,
    /// G(z detached) above G(prior z), with its graph to G alone.
    game: Tensor<4>,
}

/// Gradients and losses of the reconstruction half.
struct Reconstruction {
    encoder_grads: GradientsParams,
    generator_grads: GradientsParams,
    recon: Tensor<1>,
    features: Tensor<1>,
    kl: Tensor<1>,
    loss: Tensor<1>,
}

enum Phase {
    Begin,
    Game(Box<Work>, Tensor<2>),
    JudgeReal(Box<Work>),
    JudgeFake(Box<Work>, Box<JudgedReal>),
    Reconstruct(Box<Work>, CriticLosses),
    Generator(Box<Work>, CriticLosses, Box<Reconstruction>),
}

/// Trains En, G and D.
pub(super) struct VaeGanTrainer {
    state: TrainState,
    objective: Box<dyn Adversarial>,
    phase: Phase,
}

impl VaeGanTrainer {
    pub(super) fn new(state: TrainState, settings: &TrainSettings) -> Self {
        Self { state, objective: objective(settings), phase: Phase::Begin }
    }

    /// En and G with the graph between them.
    fn encode(&self, images: &Tensor<4>) -> Phase {
        let state = &self.state;
        let encoder = state.encoder().clone().train();
        let generator = state.model.generator.clone().train();
        let [n, _, _, _] = images.dims();
        let noise = step_noise(&state.model, state.seed, state.step, n, &state.model.device());
        let mut encoder_pass = Pass::new(Mode::Train);
        let posterior = encoder.forward(images.clone().autodiff(), &mut encoder_pass);
        let z = posterior.sample(noise.autodiff()); // [N, d]
        let reconstructed = generator.image(z.clone(), &mut Pass::new(Mode::Batch));
        let work = Work {
            next: state.clone(),
            encoder,
            generator,
            encoder_measured: encoder_pass.into_measured(),
            generator_measured: Vec::new(),
            posterior,
            game: reconstructed.clone(),
            reconstructed,
        };
        Phase::Game(Box::new(work), z.inner())
    }

    /// The pictures of the game: reconstructions without En's graph, and samples.
    fn generate(mut work: Box<Work>, z: Tensor<2>) -> Phase {
        let [n, _] = z.dims();
        let model = &work.next.model;
        let prior = step_latents(model, work.next.seed, work.next.step, n, &model.device());
        let both = Tensor::cat(vec![z, prior], 0); // [2N, d]
        // The running statistics are taken here: this batch holds codes and prior latents in equal
        // parts, and both are what the finished model decodes.
        let mut pass = Pass::new(Mode::Train);
        work.game = work.generator.image(both.autodiff(), &mut pass);
        work.generator_measured = pass.into_measured();
        Phase::JudgeReal(work)
    }

    /// The generator's and encoder's update.
    fn update(
        &mut self,
        work: Work,
        critic: CriticLosses,
        recon: Reconstruction,
        live: &LiveSettings,
    ) -> StepStats {
        let Work { mut next, generator, encoder_measured, generator_measured, game, .. } = work;
        let g_loss = adversarial_loss(next.discriminator(), self.objective.as_ref(), game);
        let weighted = g_loss.clone().mul_scalar(live.adversarial_weight);
        let grads = GradientsParams::from_grads(weighted.backward(), &generator);
        let grads = gradients::add(&generator, grads, recon.generator_grads);
        let plain = next.model.generator.clone();
        let plain = next.adam_generator.step(plain, grads, live.lr_generator);
        next.model.generator = plain.absorb(generator_measured);
        let encoder = next.encoder().clone();
        let encoder = next.adam_encoder.step(encoder, recon.encoder_grads, live.lr_encoder);
        next.model.encoder = Some(encoder.absorb(encoder_measured));
        next.finish_step(live.ema_decay);
        self.state = next;
        StepStats {
            losses: vec![
                ("d_loss", critic.d_loss),
                ("g_loss", g_loss.inner()),
                ("loss", recon.loss),
                ("recon", recon.recon),
                ("features", recon.features),
                ("kl", recon.kl),
            ],
        }
    }
}

/// Reconstruction in pixels and in D's features, and the KL term, back to En and G.
fn reconstruct(work: &Work, images: &Tensor<4>, live: &LiveSettings) -> Reconstruction {
    let [_, c, h, w] = images.dims();
    let d = work.next.discriminator();
    let target = d.forward(images.clone(), &mut Pass::new(Mode::Batch)).features;
    let seen = d.forward(work.reconstructed.clone(), &mut Pass::new(Mode::Batch)).features;
    let features = mean_squared(seen, target.autodiff());
    let recon = mean_squared(work.reconstructed.clone(), images.clone().autodiff());
    let kl = kl_divergence(&work.posterior);
    let values = (c * h * w) as f64;
    let loss = gaussian_nll(recon.clone())
        + features.clone().mul_scalar(live.feature_weight)
        + kl.clone().mul_scalar(live.beta / values);
    let mut grads = loss.backward();
    Reconstruction {
        encoder_grads: GradientsParams::from_module(&mut grads, &work.encoder),
        generator_grads: GradientsParams::from_module(&mut grads, &work.generator),
        recon: recon.inner(),
        features: features.inner(),
        kl: kl.inner(),
        loss: loss.inner(),
    }
}

impl Trainer for VaeGanTrainer {
    fn phase(&mut self, batch: &Batch, live: &LiveSettings) -> Option<StepStats> {
        self.phase = match std::mem::replace(&mut self.phase, Phase::Begin) {
            Phase::Begin => self.encode(&batch.images),
            Phase::Game(work, z) => Self::generate(work, z),
            Phase::JudgeReal(work) => {
                let d = work.next.discriminator();
                let judged = judge_real(d, self.objective.as_ref(), batch.images.clone());
                Phase::JudgeFake(work, Box::new(judged))
            }
            Phase::JudgeFake(mut work, judged) => {
                let fake = work.game.clone().inner();
                let losses = judge_fake_and_update(
                    *judged,
                    &mut work.next,
                    self.objective.as_ref(),
                    &batch.images,
                    fake,
                    live.lr_discriminator,
                );
                Phase::Reconstruct(work, losses)
            }
            Phase::Reconstruct(work, losses) => {
                let recon = reconstruct(&work, &batch.images, live);
                Phase::Generator(work, losses, Box::new(recon))
            }
            Phase::Generator(work, losses, recon) => {
                return Some(self.update(*work, losses, *recon, live));
            }
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
