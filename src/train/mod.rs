//! Training, one step at a time: no channel, no file, no printing.
//!
//! A step is a sequence of short phases, so that whoever drives it can serve a preview in between.
//! Until the last phase of a step is done nothing of it is visible: [`Trainer::abandon`] drops the
//! step under way and the last whole one stands.

mod critic;
mod ema;
mod frozen;
mod gan;
mod gradients;
pub mod loss;
pub mod objective;
mod optimizer;
mod probe;
mod state;
mod vae;
mod vae_gan;

use burn::tensor::{Device, Tensor, TensorData};

pub use optimizer::{Adam, AdamConfig};
pub use probe::Probe;
pub use state::{StateError, TrainState, load_model, model_arrays, split_off};

use crate::models::Model;
use crate::protocol::{Family, LiveSettings, Prior, TrainSettings};
use crate::random::{Random, Stream};

/// Pictures of one step, and what is known of them.
#[derive(Debug, Clone)]
pub struct Batch {
    /// `[N, C, S, S]` in [-1, 1], on the plain training device.
    pub images: Tensor<4>,
    /// `[N, L]`, 1 where a picture has a label and 0 where not, on the same device; `None` where no
    /// term of the loss asks for them.
    pub labels: Option<Tensor<2>>,
}

/// What one step measured: named scalars that are still on the device, because reading one back
/// stalls a GPU.
#[derive(Debug, Clone)]
pub struct StepStats {
    /// `d_loss`, `g_loss`, `loss`, `recon`, `kl`, …, each `[1]`; `labels` where there is a label term.
    pub losses: Vec<(&'static str, Tensor<1>)>,
}

/// Trains one family.
pub trait Trainer: Send {
    /// Runs the next phase of the step; `Some` when it was the step's last.
    fn phase(&mut self, batch: &Batch, live: &LiveSettings) -> Option<StepStats>;

    /// Drops the step under way.
    fn abandon(&mut self);

    /// Everything after the last whole step.
    fn state(&self) -> &TrainState;

    /// One whole step.
    fn step(&mut self, batch: &Batch, live: &LiveSettings) -> StepStats {
        loop {
            if let Some(stats) = self.phase(batch, live) {
                return stats;
            }
        }
    }
}

/// The trainer of the state's family, or of an encoder for the state's generator.
pub fn trainer(state: TrainState, settings: &TrainSettings) -> Box<dyn Trainer> {
    if settings.task.is_encoder() {
        return Box::new(frozen::EncoderTrainer::new(state));
    }
    match state.model.spec.family {
        Family::Gan => Box::new(gan::GanTrainer::new(state, settings)),
        Family::Vae => Box::new(vae::VaeTrainer::new(state, settings)),
        Family::VaeGan => Box::new(vae_gan::VaeGanTrainer::new(state, settings)),
    }
}

/// `[count, dims]` latents from a prior.
pub fn prior_latents(prior: Prior, count: usize, dims: usize, random: &mut Random) -> Vec<f32> {
    match prior {
        Prior::Normal => random.normals(count * dims),
        Prior::Uniform => random.symmetric_uniforms(count * dims),
    }
}

/// The latents a training step draws: `[count, d]` on `device`.
fn step_latents(model: &Model, seed: u64, step: u64, count: usize, device: &Device) -> Tensor<2> {
    let dims = model.spec.latent as usize;
    let mut random = Random::new(seed, Stream::Latents, step);
    let values = prior_latents(model.spec.prior, count, dims, &mut random);
    Tensor::from_data(TensorData::new(values, [count, dims]), device)
}

/// The reparameterisation noise of a training step: `[count, d]` on `device`.
fn step_noise(model: &Model, seed: u64, step: u64, count: usize, device: &Device) -> Tensor<2> {
    let dims = model.spec.latent as usize;
    let values = Random::new(seed, Stream::Posterior, step).normals(count * dims);
    Tensor::from_data(TensorData::new(values, [count, dims]), device)
}

#[cfg(test)]
mod tests;
