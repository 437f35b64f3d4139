//! VAE-GAN (Larsen et al. 2015): encoder, decoder and discriminator learned together.
//!
//! En: reconstruction + β KL, and the label term where asked for. De: reconstruction − log σ(D(G(En x))) − log σ(D(G z)). D: real
//! against reconstructed and generated. Reconstruction is measured in pixels and in D's features.
//! The adversarial term must not reach En, so the decoder runs twice: on z with its graph to En, and
//! on (z detached, prior z) for the game.
//!
//! One way back through three networks would take several times as long as any other phase, so the
//! graph is cut, as [`gradients`] says.

#[cfg(test)]
mod tests;

use burn::module::Module as _;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::critic::{CriticLosses, JudgedFake, JudgedReal, judge_fake, judge_real, update_critic};
use super::gan::adversarial_loss;
use super::gradients::{self, gradient_of, handed_on, leaf};
use super::loss::{gaussian_nll, kl_divergence, mean_squared};
use super::objective::{Adversarial, objective};
use super::probe::{LabelStep, LabelTerm};
use super::state::TrainState;
use super::{Batch, StepStats, Trainer, step_latents, step_noise};
use crate::models::{BatchStatistics, Encoder, Generator, Mode, Pass, Posterior};
use crate::protocol::{LABEL_LOSS, LiveSettings, TrainSettings};

/// The step under way.
struct Work {
    next: TrainState,
    encoder: Encoder,
    generator: Generator,
    encoder_measured: Vec<BatchStatistics>,
    generator_measured: Vec<BatchStatistics>,
    posterior: Posterior,
    /// z ~ q(z given x), with its graph to En.
    code: Tensor<2>,
    /// The same z, where G's graph begins.
    code_leaf: Tensor<2>,
    /// G(z), with its graph to G and `code_leaf`.
    reconstructed: Tensor<4>,
    /// G(z) above G(prior z), with its graph to G alone; before it is played, G(z).
    game: Tensor<4>,
}

/// The reconstruction terms, back to the reconstructed pictures.
struct Compared {
    /// By `reconstructed`.
    gradient: Tensor<4>,
    recon: Tensor<1>,
    features: Tensor<1>,
    /// Both, as they are weighted.
    loss: Tensor<1>,
}

/// The reconstruction terms, back through G to the codes.
struct HalfWay {
    compared: Compared,
    generator_grads: GradientsParams,
    /// By `code`.
    gradient: Tensor<2>,
}

/// Gradients and losses of the reconstruction half.
struct Reconstruction {
    encoder_grads: GradientsParams,
    generator_grads: GradientsParams,
    recon: Tensor<1>,
    features: Tensor<1>,
    kl: Tensor<1>,
    labels: Option<LabelStep>,
    loss: Tensor<1>,
}

/// G's part in the game, back to its pictures.
struct Fooled {
    g_loss: Tensor<1>,
    /// By `game`, weighted.
    gradient: Tensor<4>,
}

enum Phase {
    Begin,
    Game(Box<Work>),
    JudgeReal(Box<Work>),
    JudgeFake(Box<Work>, Box<JudgedReal>),
    Critic(Box<Work>, Box<JudgedFake>),
    Compare(Box<Work>, CriticLosses),
    Decoder(Box<Work>, CriticLosses, Box<Compared>),
    Encoder(Box<Work>, CriticLosses, Box<HalfWay>),
    Fool(Box<Work>, CriticLosses, Box<Reconstruction>),
    Update(Box<Work>, CriticLosses, Box<Reconstruction>, Box<Fooled>),
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
}

/// En, z and G(z).
fn encode(state: &TrainState, images: &Tensor<4>) -> Work {
    let encoder = state.encoder().clone().train();
    let generator = state.model.generator.clone().train();
    let [n, _, _, _] = images.dims();
    let noise = step_noise(&state.model, state.seed, state.step, n, &state.model.device());
    let mut encoder_pass = Pass::new(Mode::Train);
    let posterior = encoder.forward(images.clone().autodiff(), &mut encoder_pass);
    let code = posterior.sample(noise.autodiff()); // [N, d]
    let code_leaf = leaf(&code);
    let reconstructed = generator.image(code_leaf.clone(), &mut Pass::new(Mode::Batch));
    Work {
        next: state.clone(),
        encoder,
        generator,
        encoder_measured: encoder_pass.into_measured(),
        generator_measured: Vec::new(),
        posterior,
        code,
        code_leaf,
        game: reconstructed.clone(),
        reconstructed,
    }
}

impl Work {
    /// The pictures of the game: reconstructions without En's graph, and samples.
    fn play(&mut self) {
        let z = self.code.clone().inner();
        let [n, _] = z.dims();
        let model = &self.next.model;
        let prior = step_latents(model, self.next.seed, self.next.step, n, &model.device());
        let both = Tensor::cat(vec![z, prior], 0); // [2N, d]
        // The running statistics are taken here: this batch holds codes and prior latents in equal
        // parts, and both are what the finished model decodes.
        let mut pass = Pass::new(Mode::Train);
        self.game = self.generator.image(both.autodiff(), &mut pass);
        self.generator_measured = pass.into_measured();
    }

    /// Reconstruction in pixels and in D's features.
    fn compare(&self, images: &Tensor<4>, live: &LiveSettings) -> Compared {
        let d = self.next.discriminator();
        let pictures = leaf(&self.reconstructed);
        let target = d.forward(images.clone(), &mut Pass::new(Mode::Batch)).features;
        let seen = d.forward(pictures.clone(), &mut Pass::new(Mode::Batch)).features;
        let features = mean_squared(seen, target.autodiff());
        let recon = mean_squared(pictures.clone(), images.clone().autodiff());
        let loss = gaussian_nll(recon.clone()) + features.clone().mul_scalar(live.feature_weight);
        let grads = loss.backward();
        Compared {
            gradient: gradient_of(&pictures, &grads),
            recon: recon.inner(),
            features: features.inner(),
            loss: loss.inner(),
        }
    }

    fn reconstruction_to_decoder(&self, compared: Compared) -> HalfWay {
        let loss = handed_on(self.reconstructed.clone(), compared.gradient.clone());
        let mut grads = loss.backward();
        let gradient = gradient_of(&self.code_leaf, &grads);
        let generator_grads = GradientsParams::from_module(&mut grads, &self.generator);
        HalfWay { compared, generator_grads, gradient }
    }

    /// With the KL term and the label term.
    fn reconstruction_to_encoder(
        &self,
        half: HalfWay,
        batch: &Batch,
        live: &LiveSettings,
    ) -> Reconstruction {
        let HalfWay { compared, generator_grads, gradient } = half;
        let [_, c, h, w] = batch.images.dims();
        let kl = kl_divergence(&self.posterior);
        let weighted = kl.clone().mul_scalar(live.beta / (c * h * w) as f64);
        let code = self.code.clone();
        let labels = LabelTerm::new(&self.next, code.clone(), batch.labels.as_ref(), live);
        let weighted = LabelTerm::add_to(labels.as_ref(), weighted);
        let loss = handed_on(code, gradient) + weighted.clone();
        let mut grads = loss.backward();
        Reconstruction {
            encoder_grads: GradientsParams::from_module(&mut grads, &self.encoder),
            generator_grads,
            recon: compared.recon,
            features: compared.features,
            kl: kl.inner(),
            labels: labels.map(|term| term.backward(&mut grads)),
            loss: compared.loss + weighted.inner(),
        }
    }

    /// The adversarial term, back through D to the pictures.
    fn fool(&self, objective: &dyn Adversarial, live: &LiveSettings) -> Fooled {
        let pictures = leaf(&self.game);
        let g_loss = adversarial_loss(self.next.discriminator(), objective, pictures.clone());
        let grads = g_loss.clone().mul_scalar(live.adversarial_weight).backward();
        Fooled { gradient: gradient_of(&pictures, &grads), g_loss: g_loss.inner() }
    }

    /// The adversarial term back through G, then G's and En's update.
    fn update(
        self,
        critic: CriticLosses,
        recon: Reconstruction,
        fooled: Fooled,
        live: &LiveSettings,
    ) -> (TrainState, StepStats) {
        let Self { mut next, generator, encoder_measured, generator_measured, game, .. } = self;
        let loss = handed_on(game, fooled.gradient);
        let grads = GradientsParams::from_grads(loss.backward(), &generator);
        let grads = gradients::add(&generator, grads, recon.generator_grads);
        let plain = next.model.generator.clone();
        let plain = next.adam_generator.step(plain, grads, live.lr_generator);
        next.model.generator = plain.absorb(generator_measured);
        let encoder = next.encoder().clone();
        let encoder = next.adam_encoder.step(encoder, recon.encoder_grads, live.lr_encoder);
        next.model.encoder = Some(encoder.absorb(encoder_measured));
        next.finish_step(live.ema_decay);
        let mut losses = vec![
            ("d_loss", critic.d_loss),
            ("g_loss", fooled.g_loss),
            ("loss", recon.loss),
            ("recon", recon.recon),
            ("features", recon.features),
            ("kl", recon.kl),
        ];
        losses.extend(recon.labels.map(|step| (LABEL_LOSS, step.update(&mut next))));
        (next, StepStats { losses })
    }
}

impl Trainer for VaeGanTrainer {
    fn phase(&mut self, batch: &Batch, live: &LiveSettings) -> Option<StepStats> {
        let objective = self.objective.as_ref();
        let images = &batch.images;
        self.phase = match std::mem::replace(&mut self.phase, Phase::Begin) {
            Phase::Begin => Phase::Game(Box::new(encode(&self.state, images))),
            Phase::Game(mut work) => {
                work.play();
                Phase::JudgeReal(work)
            }
            Phase::JudgeReal(work) => {
                let judged = judge_real(work.next.discriminator(), objective, images.clone());
                Phase::JudgeFake(work, Box::new(judged))
            }
            Phase::JudgeFake(work, judged) => {
                let judged = judge_fake(*judged, objective, work.game.clone().inner());
                Phase::Critic(work, Box::new(judged))
            }
            Phase::Critic(mut work, judged) => {
                let lr = live.lr_discriminator;
                let losses = update_critic(*judged, &mut work.next, objective, images, lr);
                Phase::Compare(work, losses)
            }
            Phase::Compare(work, losses) => {
                let compared = work.compare(images, live);
                Phase::Decoder(work, losses, Box::new(compared))
            }
            Phase::Decoder(work, losses, compared) => {
                let half = work.reconstruction_to_decoder(*compared);
                Phase::Encoder(work, losses, Box::new(half))
            }
            Phase::Encoder(work, losses, half) => {
                let recon = work.reconstruction_to_encoder(*half, batch, live);
                Phase::Fool(work, losses, Box::new(recon))
            }
            Phase::Fool(work, losses, recon) => {
                let fooled = work.fool(objective, live);
                Phase::Update(work, losses, recon, Box::new(fooled))
            }
            Phase::Update(work, losses, recon, fooled) => {
                let (next, stats) = work.update(losses, *recon, *fooled, live);
                self.state = next;
                return Some(stats);
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
