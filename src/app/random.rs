//! Random latents for the sliders, keyed by a seed, without the engine.

use crate::protocol::{Latent, Prior};
use crate::random::{Random, Stream};

/// The latent of this seed: the same numbers on every machine, and the first of the engine's sheet of
/// the same seed.
pub fn latent(seed: u64, dims: usize, prior: Prior) -> Latent {
    let mut random = Random::new(seed, Stream::Samples, 0);
    Latent(match prior {
        Prior::Normal => random.normals(dims),
        Prior::Uniform => random.symmetric_uniforms(dims),
    })
}

/// A seed that follows `seed` and looks unlike it, kept short enough to read and type.
pub fn next_seed(seed: u64) -> u64 {
    Random::new(seed, Stream::Samples, 1).below(1_000_000) as u64
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
