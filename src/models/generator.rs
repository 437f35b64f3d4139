//! The generator, which is also the decoder of a VAE: DCGAN's pyramid from z to a picture.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::conv::tanh;
use super::init::Initializer;
use super::layers::{HALVE, Tangent, Up, VECTOR, pyramid_channels, relu};
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
        let x = self.hidden(z, self.up.len(), pass); // [N, C, S/2, S/2]
        self.to_image.forward(x, HALVE, pass)
    }

    /// How many layers [`hidden`](Self::hidden) can look at.
    pub fn hidden_layers(&self) -> usize {
        1 + self.up.len()
    }

    /// Activations after a hidden layer, `[N, d]` to `[N, C, H, W]`: layer 0 is z's projection to 4×4
    /// pixels, and each further one has twice the resolution. A layer beyond the last one is the last one.
    pub fn hidden(&self, z: Tensor<2>, layer: usize, pass: &mut Pass) -> Tensor<4> {
        let [n, d] = z.dims();
        let mut x = relu(self.project.forward(z.reshape([n, d, 1, 1]), VECTOR, pass)); // [N, C₀, 4, 4]
        for up in self.up.iter().take(layer) {
            x = relu(up.forward(x, HALVE, pass)); // [N, C, 2H, 2W]
        }
        x
    }

    /// The device the weights are on.
    pub fn device(&self) -> Device {
        self.project.weight.val().device()
    }

    /// Columns of the Jacobian dG/dz at `z`, `[1, d]`, along K directions, `[K, d]`: `[K, C, S, S]`.
    ///
    /// By the chain rule forwards, layer by layer, so exact up to rounding at the cost of K decodes; no
    /// step has to be chosen, as for differences. Running statistics, as when pictures are shown.
    pub fn derivatives(&self, z: Tensor<2>, along: Tensor<2>) -> Tensor<4> {
        let pixels = |x: Tensor<2>| {
            let [n, d] = x.dims();
            x.reshape([n, d, 1, 1])
        };
        let at = Tangent { value: pixels(z), slope: pixels(along) };
        let mut x = self.project.derivative(at, VECTOR).relu(); // [K, C₀, 4, 4]
        for up in &self.up {
            x = up.derivative(x, HALVE).relu(); // [K, C, 2H, 2W]
        }
        self.to_image.derivative(x, HALVE).tanh().slope
    }

    /// The linear part of what z meets first, z to the pre-activations of layer 0: `[d, C₀·16]`, one row
    /// a latent dimension.
    ///
    /// With batch normalisation its running scale is part of the map: the weight alone says nothing,
    /// since the normalisation cancels whatever length a channel's weights have. Instance normalisation
    /// divides by what depends on z, and is left out.
    pub fn first_weight(&self) -> Tensor<2> {
        let weight = self.project.scaled_weight(); // [d, C₀, 4, 4]
        let [d, c, h, w] = weight.dims();
        weight.reshape([d, c * h * w])
    }

    /// The picture in [-1, 1]: `[N, d]` to `[N, C, S, S]`.
    pub fn image(&self, z: Tensor<2>, pass: &mut Pass) -> Tensor<4> {
        tanh(self.pre_image(z, pass))
    }

    /// The picture in [-1, 1] and the last hidden layer's activations, of half its resolution, in one pass:
    /// `[N, d]` to `[N, C, S, S]` and `[N, C', S/2, S/2]`.
    pub fn image_and_hidden(&self, z: Tensor<2>, pass: &mut Pass) -> (Tensor<4>, Tensor<4>) {
        let hidden = self.hidden(z, self.up.len(), pass);
        (tanh(self.to_image.forward(hidden.clone(), HALVE, pass)), hidden)
    }

    /// The network as [`Mode::Eval`](super::Mode::Eval) sees it, in fewer operations: running statistics
    /// are folded into the weights. For pictures and gradients in z; it cannot be trained on.
    #[must_use]
    pub fn folded(self) -> Self {
        let up = self.up.into_iter().map(Up::folded).collect();
        Self { project: self.project.folded(), up, to_image: self.to_image.folded() }
    }

    /// All layers, from z to the picture.
    pub(super) fn layers(&self) -> Vec<&Up> {
        std::iter::once(&self.project).chain(&self.up).chain([&self.to_image]).collect()
    }

    /// The same, to be changed.
    pub(super) fn layers_mut(&mut self) -> Vec<&mut Up> {
        std::iter::once(&mut self.project).chain(&mut self.up).chain([&mut self.to_image]).collect()
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
