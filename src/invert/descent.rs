//! What moves latents downhill.

use super::adam::Adam;
use super::lbfgs::Lbfgs;
use crate::latent::Cholesky;
use crate::protocol::Descent;

/// Latents under way, each row by itself.
#[derive(Debug)]
pub(super) enum Mover {
    Adam(Adam),
    Lbfgs(Lbfgs),
}

impl Mover {
    /// One that has seen nothing, for `rows` latents of `dims` values.
    pub(super) fn new(kind: Descent, rows: usize, dims: usize) -> Self {
        match kind {
            Descent::Adam => Self::Adam(Adam::new(rows, dims)),
            Descent::Lbfgs => Self::Lbfgs(Lbfgs::new(rows, dims)),
        }
    }

    /// Moves every row of `z` after its loss and gradient were measured there.
    pub(super) fn step(&mut self, z: &mut [f32], losses: &[f32], gradient: &[f32], rate: f64) {
        match self {
            Self::Adam(adam) => adam.step(z, gradient, rate),
            Self::Lbfgs(lbfgs) => lbfgs.step(z, losses, gradient, rate),
        }
    }

    /// Keeps these rows, in rising order.
    pub(super) fn keep(&mut self, rows: &[usize]) {
        match self {
            Self::Adam(adam) => adam.keep(rows),
            Self::Lbfgs(lbfgs) => lbfgs.keep(rows),
        }
    }

    /// Takes each row's curvature where it begins; Adam has no use for it.
    pub(super) fn begin_with(&mut self, curvatures: Vec<Option<Cholesky>>) {
        if let Self::Lbfgs(lbfgs) = self {
            lbfgs.begin_with(curvatures);
        }
    }

    /// No move of L-BFGS goes further than this root mean square.
    pub(super) fn limit(&mut self, rms: f64) {
        if let Self::Lbfgs(lbfgs) = self {
            lbfgs.limit(rms);
        }
    }

    /// Forgets what it knows of a row, which was put elsewhere.
    pub(super) fn forget(&mut self, row: usize) {
        match self {
            Self::Adam(adam) => adam.forget(row),
            Self::Lbfgs(lbfgs) => lbfgs.forget(row),
        }
    }
}

/// The rows at these places, each of `dims` values.
pub(super) fn select_rows(values: &[f32], dims: usize, rows: &[usize]) -> Vec<f32> {
    rows.iter().flat_map(|&row| values[row * dims..(row + 1) * dims].iter().copied()).collect()
}

/// The factor of the learning rate at a step: up along a line over the first `rising` steps, down along a half
/// cosine over the ramp, from its first step to the one after its last.
pub(crate) fn rate_factor(step: u32, rising: f64, (from, to): (u32, u32)) -> f64 {
    let up = (f64::from(step) / rising.max(1.0)).min(1.0);
    let gone = f64::from(step.saturating_sub(from)) / f64::from((to - from).max(1));
    up * 0.5 * (1.0 + (std::f64::consts::PI * gone.min(1.0)).cos())
}
