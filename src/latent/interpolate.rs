//! Paths through latent space.

use std::f64::consts::TAU;

use super::direction::{cosine, dot};
use crate::protocol::Curve;
use crate::random::{Random, Stream};

/// (1 − t) a + t b, `[d]`.
pub fn lerp(a: &[f32], b: &[f32], t: f64) -> Vec<f32> {
    combine(a, 1.0 - t, b, t)
}

/// sin((1 − t)ω)/sin ω · a + sin(tω)/sin ω · b with ω the angle between them, `[d]`. Linear where they
/// are parallel or opposite, since no plane is then singled out.
pub fn slerp(a: &[f32], b: &[f32], t: f64) -> Vec<f32> {
    let angle = cosine(a, b).clamp(-1.0, 1.0).acos();
    let sine = angle.sin();
    let zero = dot(a, a) == 0.0 || dot(b, b) == 0.0;
    if zero || sine < 1e-6 {
        return lerp(a, b, t);
    }
    combine(a, ((1.0 - t) * angle).sin() / sine, b, (t * angle).sin() / sine)
}

fn shell(a: &[f32], b: &[f32], t: f64) -> Vec<f32> {
    let line = lerp(a, b, t);
    let norm = |z: &[f32]| dot(z, z).sqrt();
    let (is, ought) = (norm(&line), (1.0 - t) * norm(a) + t * norm(b));
    // Through the origin there is no direction to push along.
    if is < 1e-6 {
        line
    } else {
        line.iter().map(|v| (f64::from(*v) * ought / is) as f32).collect()
    }
}

fn combine(a: &[f32], weight_a: f64, b: &[f32], weight_b: f64) -> Vec<f32> {
    let pairs = a.iter().zip(b);
    pairs.map(|(a, b)| (f64::from(*a) * weight_a + f64::from(*b) * weight_b) as f32).collect()
}

/// Why a path cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Too few keys.
    #[error("a path needs at least two latents, and {0} is given")]
    TooFew(usize),
    /// Keys of different spaces.
    #[error("the latents of a path must have the same size, and {0} and {1} are given")]
    Sizes(usize, usize),
}

/// A path through any number of key latents.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    keys: Vec<Vec<f32>>,
    curve: Curve,
    closed: bool,
}

impl Path {
    /// Through `keys` in order, and back to the first if `closed`.
    ///
    /// # Errors
    /// Fewer than two keys, or keys of different sizes.
    pub fn new(keys: Vec<Vec<f32>>, curve: Curve, closed: bool) -> Result<Self, PathError> {
        let [first, rest @ ..] = keys.as_slice() else { return Err(PathError::TooFew(0)) };
        if rest.is_empty() {
            return Err(PathError::TooFew(1));
        }
        match rest.iter().find(|key| key.len() != first.len()) {
            Some(other) => Err(PathError::Sizes(first.len(), other.len())),
            None => Ok(Self { keys, curve, closed }),
        }
    }

    fn segments(&self) -> usize {
        if self.closed { self.keys.len() } else { self.keys.len() - 1 }
    }

    /// The latent at `t` in [0, 1], every segment taking the same share, `[d]`. A closed path repeats;
    /// an open one stays at its ends.
    pub fn at(&self, t: f64) -> Vec<f32> {
        let t = if self.closed { t.rem_euclid(1.0) } else { t.clamp(0.0, 1.0) };
        let along = t * self.segments() as f64;
        let segment = (along.floor() as usize).min(self.segments() - 1);
        let (from, to) = (&self.keys[segment], &self.keys[(segment + 1) % self.keys.len()]);
        let t = along - segment as f64;
        match self.curve {
            Curve::Linear => lerp(from, to, t),
            Curve::Spherical => slerp(from, to, t),
            Curve::Shell => shell(from, to, t),
        }
    }

    /// `count` latents, evenly spaced. An open path has both ends; a closed one stops short of its
    /// beginning, so that it loops without showing one picture twice.
    pub fn frames(&self, count: usize) -> Vec<Vec<f32>> {
        let last = if self.closed { count } else { count.saturating_sub(1) };
        (0..count).map(|frame| self.at(frame as f64 / last.max(1) as f64)).collect()
    }
}

/// A random walk that returns to its beginning without a seam: `count` latents `[d]`, each of them
/// exactly N(0, I) distributed, since z(t) = Σ_k w_k (cos(2πkt) a_k + sin(2πkt) b_k) with Σ w_k² = 1 and
/// normal a_k, b_k. More `waves` make it livelier.
pub fn walk(dims: usize, waves: usize, count: usize, seed: u64) -> Vec<Vec<f32>> {
    let waves = waves.max(1);
    let normals = Random::new(seed, Stream::Samples, 0).normals(2 * waves * dims);
    let pairs: Vec<(&[f32], &[f32])> =
        normals.chunks_exact(2 * dims).map(|pair| pair.split_at(dims)).collect();
    let total: f64 = (1..=waves).map(|k| (k as f64).powi(-2)).sum();
    let at = |t: f64| {
        let mut z = vec![0.0_f32; dims];
        for (index, (a, b)) in pairs.iter().enumerate() {
            let k = (index + 1) as f64;
            // Slower waves weigh more, or the walk would tremble.
            let weight = 1.0 / (k * total.sqrt());
            let wave = combine(a, weight * (TAU * k * t).cos(), b, weight * (TAU * k * t).sin());
            z.iter_mut().zip(wave).for_each(|(z, wave)| *z += wave);
        }
        z
    };
    (0..count).map(|frame| at(frame as f64 / count as f64)).collect()
}
