//! The discriminator: a picture to one logit, and the features it judges by.

use burn::module::Module;
use burn::tensor::Tensor;

use super::init::Initializer;
use super::layers::{Down, HALVE, VECTOR, leaky_relu, pyramid_channels};
use super::norm::{BatchStatistics, Pass};
use crate::protocol::{ModelSpec, Normalisation};

/// What D says of a batch.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The logit of being real, `[N]`.
    pub logit: Tensor<1>,
    /// The last hidden layer before the head, `[N, C, 4, 4]` after its activation.
    pub deep: Tensor<4>,
    /// The layer at an eighth of the image's edge (at least 4×4): VAE-GAN's similarity measure
    /// (Larsen et al. 2015), before the activation, so that no difference is cut off.
    pub features: Tensor<4>,
}

/// D: DCGAN's pyramid downwards (Radford et al. 2015); no normalisation in its first layer.
#[derive(Module, Debug)]
pub struct Discriminator {
    /// Halvings from the image to 4×4.
    down: Vec<Down>,
    /// 4×4 pixels to the logit.
    head: Down,
}

impl Discriminator {
    /// Fresh weights for this architecture.
    pub fn new(spec: &ModelSpec, init: &mut Initializer<'_>) -> Self {
        let mut channels = vec![spec.channels as usize];
        channels.extend(pyramid_channels(spec));
        let down = channels
            .windows(2)
            .enumerate()
            .map(|(level, pair)| {
                let norm = if level == 0 { Normalisation::None } else { spec.discriminator_norm };
                Down::new(pair[0], pair[1], norm, init)
            })
            .collect();
        let last = channels[channels.len() - 1];
        let head = Down::new(last, 1, Normalisation::None, init);
        Self { down, head }
    }

    /// `[N, C, S, S]` to logits and features.
    pub fn forward(&self, image: Tensor<4>, pass: &mut Pass) -> Judgement {
        let features_at = self.down.len().min(3) - 1;
        let mut x = image;
        let mut features = x.clone();
        for (level, layer) in self.down.iter().enumerate() {
            let pre = layer.forward(x, HALVE, pass); // [N, C, H/2, W/2]
            if level == features_at {
                features = pre.clone();
            }
            x = leaky_relu(pre);
        }
        let head = self.head.forward(x.clone(), VECTOR, pass); // [N, 1, 1, 1]
        let [n, _, _, _] = head.dims();
        Judgement { logit: head.reshape([n]), deep: x, features }
    }

    /// The same network with its running statistics moved towards what a training pass measured.
    #[must_use]
    pub fn absorb(mut self, measured: Vec<BatchStatistics>) -> Self {
        let mut measured = measured.into_iter();
        self.down = self.down.into_iter().map(|layer| layer.absorb(&mut measured)).collect();
        self.head = self.head.absorb(&mut measured);
        self
    }
}
