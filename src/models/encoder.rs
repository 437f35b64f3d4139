//! The encoder: a picture to the mean and log-variance of its posterior over z.

use burn::module::Module;
use burn::tensor::Tensor;

use super::init::Initializer;
use super::layers::{Down, absorb_all, descend, halvings, pyramid_channels, read_out};
use super::norm::{BatchStatistics, Pass};
use crate::protocol::{ModelSpec, Normalisation};

/// Outside ±this the variance would overflow f32 in exp, or be zero for every purpose.
const LOG_VARIANCE_LIMIT: f32 = 10.0;

/// q(z given x) = N(μ, diag σ²) (Kingma and Welling 2013).
#[derive(Debug, Clone)]
pub struct Posterior {
    /// `[N, d]`.
    pub mean: Tensor<2>,
    /// log σ², `[N, d]`.
    pub log_variance: Tensor<2>,
}

impl Posterior {
    /// z = μ + σ·ε (the reparameterisation), `[N, d]`.
    pub fn sample(&self, noise: Tensor<2>) -> Tensor<2> {
        self.mean.clone() + self.log_variance.clone().mul_scalar(0.5).exp() * noise
    }
}

/// En: the mirror of the generator's pyramid.
#[derive(Module, Debug)]
pub struct Encoder {
    /// Halvings from the image to 4×4.
    down: Vec<Down>,
    /// 4×4 pixels to μ and log σ².
    head: Down,
}

impl Encoder {
    /// Fresh weights for this architecture.
    pub fn new(spec: &ModelSpec, init: &mut Initializer<'_>) -> Self {
        let mut channels = vec![spec.channels as usize];
        channels.extend(pyramid_channels(spec));
        let down = halvings(&channels, |_| spec.generator_norm, init);
        let last = channels[channels.len() - 1];
        let head = Down::new(last, 2 * spec.latent as usize, Normalisation::None, init);
        Self { down, head }
    }

    /// `[N, C, S, S]` to the posterior over z.
    pub fn forward(&self, image: Tensor<4>, pass: &mut Pass) -> Posterior {
        let x = descend(&self.down, image, pass, |_, _| ());
        let parts = read_out(&self.head, x, pass).chunk(2, 1); // [N, 2d]
        let log_variance = parts[1].clone().clamp(-LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT);
        Posterior { mean: parts[0].clone(), log_variance }
    }

    /// The layer at an eighth of the image's edge (at least 4×4) before its activation, as
    /// [`Judgement::features`](super::Judgement::features) is of D: `[N, C, S, S]` to `[N, C', H, W]`.
    pub fn features(&self, image: Tensor<4>, pass: &mut Pass) -> Tensor<4> {
        let features_at = self.down.len().min(3) - 1;
        let mut features = image.clone();
        descend(&self.down[..=features_at], image, pass, |_, pre| features = pre.clone());
        features
    }

    /// The network with a posterior that is a point, its mean: log σ² is −10 whatever the picture, the
    /// least there is. For a loss that asks nothing of σ, which would otherwise stay as it was
    /// initialised, or as a bound of long ago left it.
    #[must_use]
    pub fn with_point_posterior(self) -> Self {
        Self { head: self.head.with_constant_half(-LOG_VARIANCE_LIMIT), ..self }
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
