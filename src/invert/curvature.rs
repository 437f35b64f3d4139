//! The Gauss-Newton curvature of latents, from the generator's Jacobian.
//!
//! Of E(z) = mean (G(z) − x)² + λ_p mean z² it is H = 2/V JᵀJ + 2 λ_p/d I (Nocedal and Wright 2006,
//! section 10.3), with J exact, d decodes of it. Where other terms are compared it is no longer the whole
//! curvature, but still the right scale and shape for a first move.

use burn::tensor::Tensor;

use super::energy::Energy;
use crate::latent::Cholesky;
use crate::models::read_values;

/// Columns of a Jacobian derived at once: as long as a few steps of one latent, so nobody waits.
const PART: usize = 16;
/// Added to the diagonal, as a share of its mean: dimensions the picture hardly shows stay where they are.
const DAMPING: f64 = 1e-3;

/// The curvature of several latents being measured, a few columns of a Jacobian at a time.
#[derive(Debug)]
pub(super) struct Curvatures {
    /// `N·d`.
    z: Vec<f32>,
    /// Of the latent under way: `[k, V]` each.
    columns: Vec<Tensor<2>>,
    derived: usize,
    /// Of the latents done; `None` where it is no number.
    done: Vec<Option<Cholesky>>,
}

impl Curvatures {
    /// At latents, `N·d` values.
    pub(super) fn new(z: Vec<f32>) -> Self {
        Self { z, columns: Vec::new(), derived: 0, done: Vec::new() }
    }

    /// A few columns more; what was found for all latents once all of them are there.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn advance(
        &mut self,
        energy: &Energy,
    ) -> Result<Option<Vec<Option<Cholesky>>>, String> {
        let dims = energy.dims();
        let first = self.done.len() * dims;
        let z = &self.z[first..first + dims];
        let next = dims.min(self.derived + PART);
        self.columns.push(energy.derivatives(z, &unit_vectors(self.derived..next, dims)));
        self.derived = next;
        if next < dims {
            return Ok(None);
        }
        let columns = Tensor::cat(std::mem::take(&mut self.columns), 0); // [d, V]
        self.derived = 0;
        self.done.push(factor(columns, energy.prior_weight())?);
        let all = self.done.len() * dims == self.z.len();
        Ok(all.then(|| std::mem::take(&mut self.done)))
    }
}

/// Rows of the identity, `K·d` values.
fn unit_vectors(which: std::ops::Range<usize>, dims: usize) -> Vec<f32> {
    let mut rows = vec![0.0; which.len() * dims];
    for (row, dimension) in which.enumerate() {
        rows[row * dims + dimension] = 1.0;
    }
    rows
}

/// The damped curvature of a latent's Jacobian, `[d, V]`, as its factor.
fn factor(columns: Tensor<2>, prior_weight: f64) -> Result<Option<Cholesky>, String> {
    let [dims, values] = columns.dims();
    let gram = columns.clone().matmul(columns.transpose()); // [d, d]
    let gram = read_values(gram)?;
    let mut matrix: Vec<f64> =
        gram.iter().map(|value| 2.0 * f64::from(*value) / values as f64).collect();
    let mean = (0..dims).map(|i| matrix[i * dims + i]).sum::<f64>() / dims as f64;
    for i in 0..dims {
        matrix[i * dims + i] += DAMPING * mean + 2.0 * prior_weight / dims as f64;
    }
    Ok(Cholesky::new(&matrix, dims))
}
