//! The generator, which is also the decoder of a VAE: DCGAN's pyramid from z to a picture.

use burn::module::Module;
use burn::tensor::Tensor;

use super::conv::tanh;
use super::init::Initializer;
use super::layers::{HALVE, Up, VECTOR, pyramid_channels, relu};
use super::norm::{BatchStatistics, Pass};
use crate::protocol::{ModelSpec, Normalisation};

/// G: z to a picture (Radford et al. 2015).
#[derive(Module, Debug)]
pub struct Generator {
    /// z to 4×4 pixels.
    project: Up,
    /// Doublings from 4×4 to half the image size.
    up: Vec<Up>,
    /// The last doubling, to the image's channels.
    to_image: Up,
}

impl Generator {
    /// Fresh weights for this architecture.
    pub fn new(spec: &ModelSpec, init: &mut Initializer<'_>) -> Self {
        let norm = spec.generator_norm;
        let channels: Vec<usize> = pyramid_channels(spec).into_iter().rev().collect();
        let project = Up::new(spec.latent as usize, channels[0], norm, init);
        let up = channels.windows(2).map(|pair| Up::new(pair[0], pair[1], norm, init)).collect();
        let last = channels[channels.len() - 1];
        let to_image = Up::new(last, spec.channels as usize, Normalisation::None, init);
        Self { project, up, to_image }
    }

    /// The picture before its squashing: `[N, d]` to `[N, C, S, S]`.
    ///
    /// With the Bernoulli likelihood the logit of a pixel being bright is twice this value, since
    /// tanh(a) = 2σ(2a) − 1; so one range of pictures serves all families.
    pub fn pre_image(&self, z: Tensor<2>, pass: &mut Pass) -> Tensor<4> {
        let [n, d] = z.dims();
        let mut x = relu(self.project.forward(z.reshape([n, d, 1, 1]), VECTOR, pass)); // [N, C₀, 4, 4]
        for layer in &self.up {
            x = relu(layer.forward(x, HALVE, pass)); // [N, C, 2H, 2W]
        }
        self.to_image.forward(x, HALVE, pass)
    }

    /// The picture in [-1, 1]: `[N, d]` to `[N, C, S, S]`.
    pub fn image(&self, z: Tensor<2>, pass: &mut Pass) -> Tensor<4> {
        tanh(self.pre_image(z, pass))
    }

    /// The same network with its running statistics moved towards what a training pass measured.
    #[must_use]
    pub fn absorb(mut self, measured: Vec<BatchStatistics>) -> Self {
        let mut measured = measured.into_iter();
        self.project = self.project.absorb(&mut measured);
        self.up = self.up.into_iter().map(|layer| layer.absorb(&mut measured)).collect();
        self.to_image = self.to_image.absorb(&mut measured);
        self
    }
}
