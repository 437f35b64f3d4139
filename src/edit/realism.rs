//! D̄: how real a picture looks, bounded above, or the solver would look for pictures that please D beyond anything
//! that is real (adversarial ones).

use burn::tensor::Tensor;
use burn::tensor::activation::log_sigmoid;

use crate::invert::unlikeliness;
use crate::models::{Discriminator, Mode, Pass};
use crate::protocol::Prior;

/// How far from the mean of real pictures a critic's value counts, in deviations.
const CRITIC_BOUND: f64 = 3.0;

/// Who says how real a picture looks. Networks have their running statistics folded in.
#[derive(Debug, Clone)]
pub enum Realism {
    /// log σ(D(x)), D's logit: the logarithm of the probability that D gives to the picture being real.
    Discriminator(Discriminator),
    /// (D(x) − mean) / deviation within ±3, both measured on real pictures: a critic's values have no scale
    /// of their own.
    Critic {
        /// D.
        critic: Discriminator,
        /// μ of its values on data.
        mean: f64,
        /// s of its values on data, above 0.
        deviation: f64,
    },
    /// Without a D: the prior's log density, a dimension, up to a constant. Normal: −½ mean z². Uniform in [-1, 1]:
    /// −½ the mean square of what lies outside, which is 0 inside where the density is constant.
    Prior(Prior),
}

impl Realism {
    /// Pictures, `[N, C, S, S]`, and their latents, `[N, d]`, to `[N, 1]`.
    pub(super) fn value(&self, image: &Tensor<4>, z: &Tensor<2>) -> Tensor<2> {
        let logit = |network: &Discriminator| {
            network.forward(image.clone(), &mut Pass::new(Mode::Eval)).logit.unsqueeze_dim(1)
        };
        match self {
            Self::Discriminator(network) => of_logit(logit(network)),
            Self::Critic { critic, mean, deviation } => of_critic(logit(critic), *mean, *deviation),
            Self::Prior(prior) => of_latent(z.clone(), *prior),
        }
    }

    /// The same networks with their running statistics folded in.
    #[must_use]
    pub fn folded(self) -> Self {
        match self {
            Self::Discriminator(network) => Self::Discriminator(network.folded()),
            Self::Critic { critic, mean, deviation } => {
                Self::Critic { critic: critic.folded(), mean, deviation }
            }
            Self::Prior(prior) => Self::Prior(prior),
        }
    }
}

pub(super) fn of_logit(logit: Tensor<2>) -> Tensor<2> {
    log_sigmoid(logit)
}

pub(super) fn of_critic(value: Tensor<2>, mean: f64, deviation: f64) -> Tensor<2> {
    value.sub_scalar(mean).div_scalar(deviation).clamp(-CRITIC_BOUND, CRITIC_BOUND)
}

pub(super) fn of_latent(z: Tensor<2>, prior: Prior) -> Tensor<2> {
    unlikeliness(z, prior).mul_scalar(-0.5)
}
