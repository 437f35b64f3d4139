//! D's half of an adversarial step, shared by every family that has a discriminator.

use burn::module::Module as _;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::gradients;
use super::objective::Adversarial;
use super::state::TrainState;
use crate::models::{BatchStatistics, Discriminator, Mode, Pass};
use crate::random::{Random, Stream};

/// D after it has judged the real pictures.
#[derive(Debug)]
pub(super) struct JudgedReal {
    discriminator: Discriminator,
    grads: GradientsParams,
    measured: Vec<BatchStatistics>,
    loss: Tensor<1>,
}

/// What D's half-step measured.
#[derive(Debug, Clone)]
pub(super) struct CriticLosses {
    pub(super) d_loss: Tensor<1>,
}

/// First phase: real pictures `[N, C, S, S]`.
pub(super) fn judge_real(
    discriminator: &Discriminator,
    objective: &dyn Adversarial,
    real: Tensor<4>,
) -> JudgedReal {
    let live = discriminator.clone().train();
    let mut pass = Pass::new(Mode::Train);
    let loss = objective.real_loss(&live.forward(real.autodiff(), &mut pass));
    let grads = GradientsParams::from_grads(loss.backward(), &live);
    JudgedReal { discriminator: live, grads, measured: pass.into_measured(), loss: loss.inner() }
}

/// D after it has judged the generated pictures too; nothing has gone backwards through those yet.
#[derive(Debug)]
pub(super) struct JudgedFake {
    real: JudgedReal,
    fake: Tensor<4>,
    measured: Vec<BatchStatistics>,
    loss: Tensor<1>,
}

/// Second phase: generated pictures, in the same batch size as they come.
pub(super) fn judge_fake(
    real: JudgedReal,
    objective: &dyn Adversarial,
    fake: Tensor<4>,
) -> JudgedFake {
    let mut pass = Pass::new(Mode::Train);
    let judgement = real.discriminator.forward(fake.clone().autodiff(), &mut pass);
    let loss = objective.fake_loss(&judgement);
    JudgedFake { real, fake, measured: pass.into_measured(), loss }
}

/// Third phase: D's update.
///
/// `state.model.discriminator` is replaced; the losses are returned.
pub(super) fn update_critic(
    judged: JudgedFake,
    state: &mut TrainState,
    objective: &dyn Adversarial,
    real: &Tensor<4>,
    lr: f64,
) -> CriticLosses {
    let JudgedFake { real: judged_real, fake, measured: measured_fake, loss } = judged;
    let JudgedReal { discriminator: live, grads: real_grads, measured, loss: real_loss } =
        judged_real;
    let mut grads = GradientsParams::from_grads(loss.backward(), &live);
    let mut total = real_loss + loss.inner();
    let mut random = Random::new(state.seed, Stream::Objective, state.step);
    if let Some(penalty) = objective.penalty(&live, real, &fake, &mut random) {
        let extra = GradientsParams::from_grads(penalty.backward(), &live);
        grads = gradients::add(&live, grads, extra);
        total = total + penalty.inner();
    }
    let grads = gradients::add(&live, real_grads, grads);
    let plain = state.discriminator().clone();
    let plain = state.adam_discriminator.step(plain, grads, lr);
    let plain = plain.absorb(measured).absorb(measured_fake);
    state.model.discriminator = Some(objective.constrain(plain));
    CriticLosses { d_loss: total }
}
