//! The program's own randomness: a counter-based generator keyed by (seed, stream, step).
//!
//! burn's generators are one unsaveable process-wide state that previews and parallel tests would
//! disturb. Here every number is a pure function of its key, so a resumed run draws what the
//! uninterrupted one would have drawn, and nobody disturbs anybody.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// What a sequence of random numbers is for; different purposes never share numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Stream {
    /// Initial weights; the step is the parameter's number.
    Weights = 1,
    /// Latents of a training step.
    Latents = 2,
    /// The reparameterisation noise of an encoder.
    Posterior = 3,
    /// Latents a person asked for: random buttons, sample sheets.
    Samples = 4,
    /// Which pictures make up a batch.
    Batches = 5,
    /// Interpolation points, input noise and other needs of an objective.
    Objective = 6,
    /// Horizontal mirroring and other augmentation.
    Augmentation = 7,
    /// Tests.
    Test = 8,
    /// Beginnings of a clustering.
    Clusters = 9,
    /// Beginnings of principal components.
    Components = 10,
    /// Starts and noise of inversions.
    Inversion = 11,
    /// Latents of pivotal tuning's locality term.
    Locality = 12,
    /// Starts of an edit's candidates.
    Edit = 13,
}

/// A source of random numbers.
#[derive(Debug, Clone)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// The numbers of one purpose at one step.
    pub fn new(seed: u64, stream: Stream, step: u64) -> Self {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&(stream as u64).to_le_bytes());
        key[16..24].copy_from_slice(&step.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Uniform in [0, 1), with 24 bits.
    pub fn uniform(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / (1 << 24) as f32
    }

    /// Uniform integer in `0..bound`; 0 when the bound is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        // The bias of the multiplication method is below 2⁻³² for any set that fits in memory.
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }

    /// A standard normal pair by the Box–Muller transform.
    fn normal_pair(&mut self) -> (f32, f32) {
        // 1 − u is in (0, 1], so the logarithm is finite.
        let radius = (-2.0 * (1.0 - f64::from(self.uniform())).ln()).sqrt();
        let angle = std::f64::consts::TAU * f64::from(self.uniform());
        ((radius * angle.cos()) as f32, (radius * angle.sin()) as f32)
    }

    /// `count` standard normal numbers.
    pub fn normals(&mut self, count: usize) -> Vec<f32> {
        let mut numbers = Vec::with_capacity(count + 1);
        while numbers.len() < count {
            let (a, b) = self.normal_pair();
            numbers.push(a);
            numbers.push(b);
        }
        numbers.truncate(count);
        numbers
    }

    /// `count` numbers uniform in [-1, 1).
    pub fn symmetric_uniforms(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| 2.0 * self.uniform() - 1.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Random, Stream};

    #[test]
    fn numbers_depend_on_every_part_of_the_key() {
        let base = Random::new(1, Stream::Test, 0).normals(8);
        assert_eq!(base, Random::new(1, Stream::Test, 0).normals(8));
        assert_ne!(base, Random::new(2, Stream::Test, 0).normals(8));
        assert_ne!(base, Random::new(1, Stream::Latents, 0).normals(8));
        assert_ne!(base, Random::new(1, Stream::Test, 1).normals(8));
    }

    #[test]
    fn normals_have_the_moments_of_a_standard_normal() {
        let n = 100_000;
        let numbers = Random::new(7, Stream::Test, 0).normals(n);
        let mean = numbers.iter().sum::<f32>() / n as f32;
        let variance = numbers.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n as f32;
        assert!(mean.abs() < 0.02, "mean {mean}");
        assert!((variance - 1.0).abs() < 0.02, "variance {variance}");
    }

    #[test]
    fn integers_stay_below_their_bound() {
        let mut random = Random::new(3, Stream::Test, 0);
        let mut seen = [false; 5];
        for _ in 0..200 {
            seen[random.below(5)] = true;
        }
        assert_eq!(seen, [true; 5]);
    }
}
