//! Random latents for the sliders, keyed by a seed, without the engine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::protocol::{Latent, Prior};

/// The latent of this seed: the same numbers on every machine.
pub fn latent(seed: u64, dims: usize, prior: Prior) -> Latent {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let values = (0..dims)
        .map(|_| match prior {
            Prior::Normal => normal(&mut rng),
            Prior::Uniform => 2.0 * unit(&mut rng) - 1.0,
        })
        .map(|value| value as f32)
        .collect();
    Latent(values)
}

/// A seed that follows `seed` and looks unlike it, kept short enough to read and type.
pub fn next_seed(seed: u64) -> u64 {
    ChaCha8Rng::seed_from_u64(seed ^ 0x5eed).next_u64() % 1_000_000
}

/// Box–Muller (1958), one of the pair.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - unit(rng)).ln()).sqrt();
    radius * (std::f64::consts::TAU * unit(rng)).cos()
}

/// Uniform in [0, 1).
fn unit(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::{latent, next_seed};
    use crate::protocol::Prior;

    #[test]
    fn a_seed_fixes_the_latent() {
        assert_eq!(latent(7, 64, Prior::Normal), latent(7, 64, Prior::Normal));
        assert_ne!(latent(7, 64, Prior::Normal), latent(8, 64, Prior::Normal));
        assert_ne!(next_seed(1), next_seed(2));
    }

    #[test]
    fn the_normal_prior_has_mean_zero_and_variance_one() {
        let z = latent(3, 20_000, Prior::Normal).0;
        let mean = z.iter().sum::<f32>() / z.len() as f32;
        let variance = z.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / z.len() as f32;
        assert!(mean.abs() < 0.03, "mean {mean}");
        assert!((variance - 1.0).abs() < 0.05, "variance {variance}");
    }

    #[test]
    fn the_uniform_prior_stays_in_its_range() {
        let z = latent(3, 1000, Prior::Uniform).0;
        assert!(z.iter().all(|v| (-1.0..=1.0).contains(v)));
        assert!(z.iter().any(|v| *v < -0.9) && z.iter().any(|v| *v > 0.9));
    }
}
