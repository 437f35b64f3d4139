//! An encoder for a frozen generator: En learns to invert G, and nothing else moves.
//!
//! The loss is taken in image space, through G, on real pictures x and on generated ones x̂ = G(z):
//!
//! mean (x − G(En(x)))² + mean (x̂ − G(En(x̂)))² + λ_z mean (z − En(x̂))² + λ_adv mean −log σ(D(G(En(x)))),
//!
//! the last where there is a D. The first is iGAN's predictive network (Zhu et al. 2016, section 3.1),
//! with D it is the domain-guided encoder of in-domain inversion (Zhu et al. 2020); generated pictures
//! are the only ones whose latent is known, so the third term is exact supervision.
//!
//! The code is the posterior's mean; its variance is the constant that
//! [`Encoder::with_point_posterior`] sets, which no term of the loss moves. G and D are used as they are
//! shown, with running statistics. En sees both kinds of pictures as one batch, so that its own running
//! statistics are of the mixture it was trained on.

#[cfg(test)]
mod tests;

use burn::module::Module as _;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::gradients::{gradient_of, handed_on, leaf};
use super::loss::{mean_squared, softplus};
use super::state::TrainState;
use super::{Batch, StepStats, Trainer, step_latents};
use crate::models::{BatchStatistics, Discriminator, Encoder, Generator, Mode, Pass};
use crate::protocol::LiveSettings;

/// G and D, with running statistics folded into their weights.
struct Frozen {
    generator: Generator,
    discriminator: Option<Discriminator>,
}

/// What the step compares with: latents and their pictures.
struct Generated {
    /// `[N, d]`.
    latents: Tensor<2>,
    /// G(z), `[N, C, S, S]`.
    images: Tensor<4>,
}

/// The codes of real pictures above those of generated ones.
struct Encoded {
    generated: Generated,
    encoder: Encoder,
    measured: Vec<BatchStatistics>,
    /// `[2N, d]`, with its graph to En.
    code: Tensor<2>,
    /// The same, where G's graph begins.
    code_leaf: Tensor<2>,
}

/// The losses in image space, and what they hand on.
struct Compared {
    recon: Tensor<1>,
    generated: Tensor<1>,
    adversarial: Option<Tensor<1>>,
    /// All, as they are weighted.
    loss: Tensor<1>,
    /// By the decoded pictures, `[2N, C, S, S]`.
    gradient: Tensor<4>,
}

/// En's gradients, waiting for the update.
struct Backward {
    encoded: Encoded,
    compared: Compared,
    code: Tensor<1>,
    loss: Tensor<1>,
    grads: GradientsParams,
}

enum Phase {
    Begin,
    Encode(Box<Generated>),
    Decode(Box<Encoded>),
    Compare(Box<Encoded>, Tensor<4>),
    Generator(Box<Encoded>, Tensor<4>, Box<Compared>),
    Encoder(Box<Encoded>, Box<Compared>, Tensor<2>),
    Update(Box<Backward>),
}

/// Trains En for the G, and the D, of the state's model.
pub(super) struct EncoderTrainer {
    state: TrainState,
    frozen: Frozen,
    phase: Phase,
}

impl Frozen {
    /// The terms in image space of decoded pictures, which are a leaf: `[2N, C, S, S]`, those of real
    /// pictures above those of generated ones.
    fn compare(
        &self,
        decoded: Tensor<4>,
        real: &Tensor<4>,
        generated: &Generated,
        live: &LiveSettings,
    ) -> Compared {
        let [n, _, _, _] = real.dims();
        let pictures = leaf(&decoded);
        let of_real = pictures.clone().narrow(0, 0, n);
        let of_generated = pictures.clone().narrow(0, n, n);
        let adversarial = self.discriminator.as_ref().map(|d| {
            let logit = d.forward(of_real.clone(), &mut Pass::new(Mode::Eval)).logit; // [N]
            softplus(-logit).mean()
        });
        let recon = mean_squared(of_real, real.clone().autodiff());
        let generated = mean_squared(of_generated, generated.images.clone().autodiff());
        let mut loss = recon.clone() + generated.clone();
        if let Some(adversarial) = &adversarial {
            loss = loss + adversarial.clone().mul_scalar(live.adversarial_weight);
        }
        let grads = loss.backward();
        Compared {
            gradient: gradient_of(&pictures, &grads),
            recon: recon.inner(),
            generated: generated.inner(),
            adversarial: adversarial.map(Tensor::inner),
            loss: loss.inner(),
        }
    }
}

/// λ_z's term by itself: the codes of the generated pictures against their latents.
fn code_term(code: &Tensor<2>, latents: &Tensor<2>) -> Tensor<1> {
    let [n, _] = latents.dims();
    mean_squared(code.clone().narrow(0, n, n), latents.clone().autodiff())
}

impl EncoderTrainer {
    pub(super) fn new(state: TrainState) -> Self {
        let frozen = Frozen {
            generator: state.model.generator.clone().folded(),
            discriminator: state.model.discriminator.clone().map(Discriminator::folded),
        };
        Self { state, frozen, phase: Phase::Begin }
    }

    fn generate(&self, count: usize) -> Generated {
        let model = &self.state.model;
        let latents = step_latents(model, self.state.seed, self.state.step, count, &model.device());
        let images = self.frozen.generator.image(latents.clone(), &mut Pass::new(Mode::Eval));
        Generated { latents, images }
    }

    fn encode(&self, real: &Tensor<4>, generated: Generated) -> Encoded {
        let encoder = self.state.encoder().clone().train();
        let both = Tensor::cat(vec![real.clone(), generated.images.clone()], 0); // [2N, C, S, S]
        let mut pass = Pass::new(Mode::Train);
        let code = encoder.forward(both.autodiff(), &mut pass).mean; // [2N, d]
        let code_leaf = leaf(&code);
        Encoded { generated, encoder, measured: pass.into_measured(), code, code_leaf }
    }

    fn decode(&self, encoded: &Encoded) -> Tensor<4> {
        self.frozen.generator.image(encoded.code_leaf.clone(), &mut Pass::new(Mode::Eval))
    }

    fn update(&mut self, work: Backward, live: &LiveSettings) -> StepStats {
        let Backward { encoded, compared, code, loss, grads } = work;
        let next = &mut self.state;
        let encoder = next.encoder().clone();
        let encoder = next.adam_encoder.step(encoder, grads, live.lr_encoder);
        next.model.encoder = Some(encoder.absorb(encoded.measured));
        next.finish_encoder_step(live.ema_decay);
        let mut losses = vec![
            ("loss", loss),
            ("recon", compared.recon),
            ("generated", compared.generated),
            ("code", code),
        ];
        losses.extend(compared.adversarial.map(|loss| ("adversarial", loss)));
        StepStats { losses }
    }
}

/// From the decoded pictures' gradient to the codes'.
fn back_through_generator(encoded: &Encoded, decoded: Tensor<4>, compared: &Compared) -> Tensor<2> {
    let grads = handed_on(decoded, compared.gradient.clone()).backward();
    gradient_of(&encoded.code_leaf, &grads)
}

/// From the codes' gradient, and their own term, to En's weights.
fn back_through_encoder(
    encoded: Encoded,
    compared: Compared,
    gradient: Tensor<2>,
    live: &LiveSettings,
) -> Backward {
    let code = code_term(&encoded.code, &encoded.generated.latents);
    let weighted = code.clone().mul_scalar(live.code_weight);
    let loss = handed_on(encoded.code.clone(), gradient) + weighted.clone();
    let grads = GradientsParams::from_grads(loss.backward(), &encoded.encoder);
    let loss = compared.loss.clone() + weighted.inner();
    Backward { encoded, compared, code: code.inner(), loss, grads }
}

impl Trainer for EncoderTrainer {
    fn phase(&mut self, batch: &Batch, live: &LiveSettings) -> Option<StepStats> {
        let real = &batch.images;
        self.phase = match std::mem::replace(&mut self.phase, Phase::Begin) {
            Phase::Begin => Phase::Encode(Box::new(self.generate(real.dims()[0]))),
            Phase::Encode(generated) => Phase::Decode(Box::new(self.encode(real, *generated))),
            Phase::Decode(encoded) => {
                let decoded = self.decode(&encoded);
                Phase::Compare(encoded, decoded)
            }
            Phase::Compare(encoded, decoded) => {
                let compared = self.frozen.compare(decoded.clone(), real, &encoded.generated, live);
                Phase::Generator(encoded, decoded, Box::new(compared))
            }
            Phase::Generator(encoded, decoded, compared) => {
                let gradient = back_through_generator(&encoded, decoded, &compared);
                Phase::Encoder(encoded, compared, gradient)
            }
            Phase::Encoder(encoded, compared, gradient) => {
                Phase::Update(Box::new(back_through_encoder(*encoded, *compared, gradient, live)))
            }
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
