//! Latents on their way downhill, put back where they get lost.

use super::descent::{Mover, select_rows};
use super::starts::mean_start;
use crate::latent::Cholesky;
use crate::protocol::Descent;

/// Steps in a row without any finite loss after which it is given up.
const HOPELESS: u32 = 10;

/// A batch of latents, what moves them, and where each was sound last.
#[derive(Debug)]
pub(crate) struct UnderWay {
    dims: usize,
    /// `N·d` values.
    z: Vec<f32>,
    /// Where each row's loss was a number last.
    last_good: Vec<f32>,
    mover: Mover,
    /// Halved whenever a loss was no number.
    caution: f64,
    restarts: u32,
    hopeless: u32,
}

impl UnderWay {
    /// Begins at `z`, `N·d` values.
    pub(crate) fn new(kind: Descent, z: Vec<f32>, dims: usize) -> Self {
        let rows = z.len() / dims;
        Self {
            mover: Mover::new(kind, rows, dims),
            last_good: mean_start(dims).repeat(rows),
            caution: 1.0,
            restarts: 0,
            hopeless: 0,
            dims,
            z,
        }
    }

    /// `N·d` values.
    pub(crate) fn z(&self) -> &[f32] {
        &self.z
    }

    /// How often a latent was put back because its loss was no number.
    pub(crate) fn restarts(&self) -> u32 {
        self.restarts
    }

    /// Moves all latents after their losses and gradients were measured at `tried`, which is where they are
    /// but for noise. Those without a finite loss or gradient go back to where they had one, and their
    /// losses become infinite.
    ///
    /// # Errors
    /// When the loss is no number wherever it is tried.
    pub(crate) fn step(
        &mut self,
        tried: &[f32],
        losses: &mut [f32],
        gradient: &mut [f32],
        rate: f64,
    ) -> Result<(), String> {
        self.put_back(tried, losses, gradient)?;
        self.mover.step(&mut self.z, losses, gradient, rate * self.caution);
        Ok(())
    }

    /// Takes each row's curvature where it begins.
    pub(crate) fn begin_with(&mut self, curvatures: Vec<Option<Cholesky>>) {
        self.mover.begin_with(curvatures);
    }

    /// No move of L-BFGS goes further than this root mean square.
    pub(crate) fn limit(&mut self, rms: f64) {
        self.mover.limit(rms);
    }

    /// Keeps these rows, in rising order.
    pub(crate) fn keep(&mut self, rows: &[usize]) {
        self.z = select_rows(&self.z, self.dims, rows);
        self.last_good = select_rows(&self.last_good, self.dims, rows);
        self.mover.keep(rows);
    }

    fn put_back(
        &mut self,
        tried: &[f32],
        losses: &mut [f32],
        gradient: &mut [f32],
    ) -> Result<(), String> {
        let (mut any_good, mut lost) = (false, false);
        for (row, loss) in losses.iter_mut().enumerate() {
            let values = row * self.dims..(row + 1) * self.dims;
            let gradient = &mut gradient[values.clone()];
            if loss.is_finite() && gradient.iter().all(|value| value.is_finite()) {
                any_good = true;
                self.last_good[values.clone()].copy_from_slice(&tried[values]);
                continue;
            }
            lost = true;
            self.z[values.clone()].copy_from_slice(&self.last_good[values]);
            self.mover.forget(row);
            gradient.fill(0.0);
            *loss = f32::INFINITY;
            self.restarts += 1;
        }
        if lost {
            self.caution *= 0.5;
        }
        self.hopeless = if any_good { 0 } else { self.hopeless + 1 };
        if self.hopeless >= HOPELESS {
            return Err(
                "the loss is no number wherever it is tried: the model's weights, or those of \
                        the network for features, may be damaged"
                    .to_owned(),
            );
        }
        Ok(())
    }
}
