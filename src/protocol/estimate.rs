//! What a model costs before it is built: parameters and memory, by arithmetic alone.

use serde::{Deserialize, Serialize};

use super::{ModelSpec, Networks, Normalisation};

/// Bytes of one f32.
const FLOAT: u64 = 4;
/// Copies of the weights while training: trained, averaged, Adam's two moments, gradients, and the
/// step under way.
const TRAINING_COPIES: u64 = 6;
/// Values kept per activation for the backward pass: before and after each of convolution,
/// normalisation and activation, and their gradients.
const ACTIVATION_COPIES: u64 = 5;

/// Parameters and memory of an architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// Parameters by network, running statistics included: exact.
    pub networks: Networks,
    /// Bytes while training with this batch: an estimate.
    pub training_bytes: u64,
    /// Bytes to decode one picture, the weights included: an estimate.
    pub inference_bytes: u64,
}

/// Channels from half the image's resolution down to 4×4.
fn pyramid(spec: &ModelSpec) -> Vec<u64> {
    let levels = (spec.image_size / 4).ilog2();
    (0..levels).map(|level| u64::from(spec.width) << level).collect()
}

/// Parameters of one 4×4 convolution, its bias where nothing cancels it, and its normalisation.
fn layer(input: u64, output: u64, norm: Normalisation) -> u64 {
    let extra = match norm {
        Normalisation::None => output,
        Normalisation::Batch => 4 * output,
        Normalisation::Instance => 2 * output,
    };
    16 * input * output + extra
}

/// Parameters of the pyramid between the image and 4×4, with `first` after its first layer.
fn pyramid_parameters(spec: &ModelSpec, first: Normalisation, norm: Normalisation) -> u64 {
    let channels = pyramid(spec);
    let inner: u64 = channels.windows(2).map(|pair| layer(pair[0], pair[1], norm)).sum();
    layer(u64::from(spec.channels), channels[0], first) + inner
}

/// Activations of one picture through one pyramid.
fn activations(spec: &ModelSpec) -> u64 {
    let levels = pyramid(spec).into_iter().enumerate();
    levels
        .map(|(level, channels)| {
            let edge = u64::from(spec.image_size) >> (level + 1);
            channels * edge * edge
        })
        .sum::<u64>()
        + u64::from(spec.channels) * u64::from(spec.image_size).pow(2)
}

/// The cost of an architecture with this batch. The specification must be valid.
pub fn estimate(spec: &ModelSpec, batch: u32) -> Estimate {
    let family = spec.family;
    // Passes through a pyramid in one step: G (twice in a VAE-GAN's game), En, D on real and fake
    // and again for G.
    let passes = 1
        + u64::from(family.has_encoder())
        + if family.has_discriminator() { 3 } else { 0 }
        + if family.has_encoder() && family.has_discriminator() { 4 } else { 0 };
    estimate_passes(spec, batch, passes)
}

/// The cost of training an encoder for a frozen generator of this architecture.
pub fn estimate_encoder(spec: &ModelSpec, batch: u32) -> Estimate {
    // Pictures are made once; En and G see them and the real ones; D judges the real ones' images.
    let passes = 1 + 2 + 2 + u64::from(spec.family.has_discriminator());
    estimate_passes(&spec.clone().with_encoder(), batch, passes)
}

fn estimate_passes(spec: &ModelSpec, batch: u32, passes: u64) -> Estimate {
    let norm = spec.generator_norm;
    let (latent, colours) = (u64::from(spec.latent), u64::from(spec.channels));
    let channels = pyramid(spec);
    let deepest = channels[channels.len() - 1];
    let inner: u64 = channels.windows(2).map(|pair| layer(pair[1], pair[0], norm)).sum();
    let generator =
        layer(latent, deepest, norm) + inner + layer(channels[0], colours, Normalisation::None);
    let encoder =
        pyramid_parameters(spec, norm, norm) + layer(deepest, 2 * latent, Normalisation::None);
    let discriminator = pyramid_parameters(spec, Normalisation::None, spec.discriminator_norm)
        + layer(deepest, 1, Normalisation::None);
    let encoder = if spec.has_encoder() { encoder } else { 0 };
    let discriminator = if spec.family.has_discriminator() { discriminator } else { 0 };
    let weights = generator + encoder + discriminator;
    let kept = activations(spec) * ACTIVATION_COPIES;
    Estimate {
        networks: Networks {
            generator: generator as usize,
            encoder: encoder as usize,
            discriminator: discriminator as usize,
        },
        training_bytes: FLOAT * (weights * TRAINING_COPIES + kept * passes * u64::from(batch)),
        inference_bytes: FLOAT * (weights + 2 * activations(spec)),
    }
}
