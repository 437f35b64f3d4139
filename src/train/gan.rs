//! GAN training: D on real, D on fake, D's update, then G through the frozen D.

use burn::module::Module as _;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::critic::{CriticLosses, JudgedFake, JudgedReal, judge_fake, judge_real, update_critic};
use super::objective::{Adversarial, objective};
use super::state::TrainState;
use super::{Batch, StepStats, Trainer, step_latents};
use crate::models::{BatchStatistics, Discriminator, Generator, Mode, Pass};
use crate::protocol::{LiveSettings, TrainSettings};

/// Fakes with the graph that made them: D's step uses the pictures, G's step the graph.
struct Fakes {
    generator: Generator,
    measured: Vec<BatchStatistics>,
    images: Tensor<4>,
}

/// Where in a step the trainer is.
enum Phase {
    Begin,
    JudgeReal(Box<Work>),
    JudgeFake(Box<Work>, Box<JudgedReal>),
    Critic(Box<Work>, Box<JudgedFake>),
    Generator(Box<Work>, Box<CriticLosses>),
}

/// The step under way: a copy of the state that becomes the state when the step is whole.
struct Work {
    next: TrainState,
    fakes: Fakes,
}

/// Trains G against D.
pub(super) struct GanTrainer {
    state: TrainState,
    objective: Box<dyn Adversarial>,
    phase: Phase,
}

impl GanTrainer {
    pub(super) fn new(state: TrainState, settings: &TrainSettings) -> Self {
        Self { state, objective: objective(settings), phase: Phase::Begin }
    }

    fn generate(&self, count: usize) -> Box<Work> {
        let generator = self.state.model.generator.clone().train();
        let device = self.state.model.device();
        let (seed, step) = (self.state.seed, self.state.step);
        let z = step_latents(&self.state.model, seed, step, count, &device);
        let mut pass = Pass::new(Mode::Train);
        let images = generator.image(z.autodiff(), &mut pass);
        let fakes = Fakes { generator, measured: pass.into_measured(), images };
        Box::new(Work { next: self.state.clone(), fakes })
    }

    fn update_generator(
        &mut self,
        work: Work,
        critic: CriticLosses,
        live: &LiveSettings,
    ) -> StepStats {
        let Work { mut next, fakes } = work;
        let g_loss = adversarial_loss(next.discriminator(), self.objective.as_ref(), fakes.images);
        let grads = GradientsParams::from_grads(g_loss.backward(), &fakes.generator);
        let generator = next.model.generator.clone();
        let generator = next.adam_generator.step(generator, grads, live.lr_generator);
        next.model.generator = generator.absorb(fakes.measured);
        next.finish_step(live.ema_decay);
        self.state = next;
        StepStats { losses: vec![("d_loss", critic.d_loss), ("g_loss", g_loss.inner())] }
    }
}

/// G's loss on pictures that carry a graph, through the plain D: plain weights are constants, so no
/// weight gradient of D is computed; its batch statistics are the batch's own, as in PyTorch.
pub(super) fn adversarial_loss(
    discriminator: &Discriminator,
    objective: &dyn Adversarial,
    images: Tensor<4>,
) -> Tensor<1> {
    objective.generator_loss(&discriminator.forward(images, &mut Pass::new(Mode::Batch)))
}

impl Trainer for GanTrainer {
    fn phase(&mut self, batch: &Batch, live: &LiveSettings) -> Option<StepStats> {
        self.phase = match std::mem::replace(&mut self.phase, Phase::Begin) {
            Phase::Begin => Phase::JudgeReal(self.generate(batch.images.dims()[0])),
            Phase::JudgeReal(work) => {
                let d = work.next.discriminator();
                let judged = judge_real(d, self.objective.as_ref(), batch.images.clone());
                Phase::JudgeFake(work, Box::new(judged))
            }
            Phase::JudgeFake(work, judged) => {
                let fake = work.fakes.images.clone().inner();
                let judged = judge_fake(*judged, self.objective.as_ref(), fake);
                Phase::Critic(work, Box::new(judged))
            }
            Phase::Critic(mut work, judged) => {
                let objective = self.objective.as_ref();
                let (next, lr) = (&mut work.next, live.lr_discriminator);
                let losses = update_critic(*judged, next, objective, &batch.images, lr);
                Phase::Generator(work, Box::new(losses))
            }
            Phase::Generator(work, losses) => {
                return Some(self.update_generator(*work, *losses, live));
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
