//! Paths through latent space.

use std::f64::consts::TAU;

use super::direction::{cosine, dot};
use crate::protocol::{Curve, Ending};
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
}

/// A random walk that returns to its beginning without a seam, each of its latents exactly N(0, I)
/// distributed, since z(t) = Σ_k w_k (cos(2πkt) a_k + sin(2πkt) b_k) with Σ w_k² = 1 and normal a_k, b_k.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    dims: usize,
    /// a_k and b_k one after the other, `[waves, 2·d]`.
    waves: Vec<f32>,
}

impl Walk {
    /// Through `dims` dimensions, made of `waves` waves: more are livelier.
    pub fn new(dims: usize, waves: usize, seed: u64) -> Self {
        let count = 2 * waves.max(1) * dims;
        Self { dims, waves: Random::new(seed, Stream::Samples, 0).normals(count) }
    }

    /// The latent at `t`, `[d]`; it repeats after 1.
    pub fn at(&self, t: f64) -> Vec<f32> {
        let mut z = vec![0.0_f32; self.dims];
        if self.dims == 0 {
            return z;
        }
        let pairs = self.waves.chunks_exact(2 * self.dims);
        let total: f64 = (1..=pairs.len()).map(|k| (k as f64).powi(-2)).sum();
        for (index, pair) in pairs.enumerate() {
            let (a, b) = pair.split_at(self.dims);
            let k = (index + 1) as f64;
            // Slower waves weigh more, or the walk would tremble.
            let weight = 1.0 / (k * total.sqrt());
            let wave = combine(a, weight * (TAU * k * t).cos(), b, weight * (TAU * k * t).sin());
            z.iter_mut().zip(wave).for_each(|(z, wave)| *z += wave);
        }
        z
    }
}

/// A way through latent space that an animation takes, once from t = 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub enum Journey {
    /// Through keys, and what follows the last one.
    Keys(Path, Ending),
    /// Wherever chance leads.
    Walk(Walk),
}

impl Journey {
    /// Through `keys` in order.
    ///
    /// # Errors
    /// Fewer than two keys, or keys of different sizes.
    pub fn through(keys: Vec<Vec<f32>>, curve: Curve, ending: Ending) -> Result<Self, PathError> {
        Ok(Self::Keys(Path::new(keys, curve, ending == Ending::Loop)?, ending))
    }

    /// The latent at `t`, `[d]`. One that stops stays at its ends; the others repeat after 1.
    pub fn at(&self, t: f64) -> Vec<f32> {
        match self {
            Self::Keys(path, Ending::PingPong) => {
                let t = 2.0 * t.rem_euclid(1.0);
                path.at(if t <= 1.0 { t } else { 2.0 - t })
            }
            Self::Keys(path, _) => path.at(t),
            Self::Walk(walk) => walk.at(t),
        }
    }

    /// `count` latents, evenly spaced. One that stops has both ends; the others stop short of their
    /// beginning, so that they loop without showing one picture twice.
    pub fn frames(&self, count: usize) -> Vec<Vec<f32>> {
        let stops = matches!(self, Self::Keys(_, Ending::Stop));
        let last = if stops { count.saturating_sub(1) } else { count };
        (0..count).map(|frame| self.at(frame as f64 / last.max(1) as f64)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Journey;
    use crate::protocol::{Curve, Ending};

    #[test]
    fn a_ping_pong_shows_each_end_once() {
        let keys = vec![vec![0.0], vec![4.0]];
        let journey = Journey::through(keys, Curve::Linear, Ending::PingPong).expect("two keys");
        let places: Vec<f32> = journey.frames(8).into_iter().map(|z| z[0]).collect();
        assert_eq!(places, [0.0, 1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0]);
        assert_eq!(journey.at(1.25), journey.at(0.25));
    }
}
