//! The discriminator: a picture to one logit, and the features it judges by.

use burn::module::Module;
use burn::tensor::Tensor;

use super::init::Initializer;
use super::layers::{Down, absorb_all, descend, halvings, pyramid_channels, read_out};
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
        let norm = |level| if level == 0 { Normalisation::None } else { spec.discriminator_norm };
        let down = halvings(&channels, norm, init);
        let last = channels[channels.len() - 1];
        let head = Down::new(last, 1, Normalisation::None, init);
        Self { down, head }
    }

    /// `[N, C, S, S]` to logits and features.
    pub fn forward(&self, image: Tensor<4>, pass: &mut Pass) -> Judgement {
        let features_at = self.down.len().min(3) - 1;
        let mut features = image.clone();
        let deep = descend(&self.down, image, pass, |level, pre| {
            if level == features_at {
                features = pre.clone();
            }
        });
        let logit = read_out(&self.head, deep.clone(), pass).squeeze_dim(1); // [N]
        Judgement { logit, deep, features }
    }

    /// The network as [`Mode::Eval`](super::Mode::Eval) sees it, running statistics folded into the
    /// weights; it cannot be trained on.
    #[must_use]
    pub fn folded(self) -> Self {
        let down = self.down.into_iter().map(Down::folded).collect();
        Self { down, head: self.head.folded() }
    }

    /// The same network with its running statistics moved towards what a training pass measured.
    #[must_use]
    pub fn absorb(self, measured: Vec<BatchStatistics>) -> Self {
        let (down, head) = absorb_all(self.down, self.head, measured);
        Self { down, head }
    }
}
