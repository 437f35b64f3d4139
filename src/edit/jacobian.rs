//! dG/dz at z₀, and the Gauss-Newton curvature of an edit's energy that it gives.
//!
//! Of Σ w (G(z) − y)² + λ₁ mean (z − c)² it is H = 2 Jᵀ W J + 2 λ₁/d I (Nocedal and Wright 2006, section 10.3). Terms of
//! edges and the like count as if they compared values: of the right scale and shape for a first move, which is all
//! that is asked of it.

use burn::tensor::{Device, Tensor};

use crate::models::{Generator, flat, lifted, read_values, rows_from_values};

/// Columns derived at once: as long as a few steps of one latent, so nobody waits.
const PART: usize = 8;
/// A larger one is not made: 128 MiB.
const VALUES_LIMIT: usize = 32 << 20;

/// The Jacobian, derived a few columns at a time.
#[derive(Debug, Default)]
pub(super) struct Jacobian {
    parts: Vec<Tensor<2>>,
    derived: usize,
    /// `[d, V]`, one row a latent dimension.
    whole: Option<Tensor<2>>,
}

impl Jacobian {
    /// Whether one of this size is made.
    pub(super) fn fits(dims: usize, values: usize) -> bool {
        dims.saturating_mul(values) <= VALUES_LIMIT
    }

    /// Whether it is there.
    pub(super) fn is_whole(&self) -> bool {
        self.whole.is_some()
    }

    /// A few columns more at `z`, `d` values; whether all are there.
    pub(super) fn advance(&mut self, generator: &Generator, z: &[f32], device: &Device) -> bool {
        if self.is_whole() {
            return true;
        }
        let dims = z.len();
        let next = dims.min(self.derived + PART);
        let mut along = vec![0.0; (next - self.derived) * dims];
        for (row, dimension) in (self.derived..next).enumerate() {
            along[row * dims + dimension] = 1.0;
        }
        let at = rows_from_values(z, dims, device);
        let slope = generator.derivatives(at, rows_from_values(&along, dims, device));
        self.parts.push(flat(slope));
        self.derived = next;
        if next == dims {
            self.whole = Some(Tensor::cat(std::mem::take(&mut self.parts), 0));
        }
        self.is_whole()
    }

    /// The rows, each of their values times the root of its weight: `[d, V]`; `weights` are of pixels, `S·S`, for each
    /// of the channels. `None` while it is not whole.
    pub(super) fn weighted(&self, weights: &[f32], device: &Device) -> Option<Tensor<2>> {
        let whole = self.whole.as_ref()?;
        let [_, values] = whole.dims();
        let roots: Vec<f32> = weights.iter().map(|weight| weight.sqrt()).collect();
        let roots = roots.repeat(values / weights.len());
        Some(whole.clone() * lifted(&rows_from_values(&roots, values, device), false))
    }
}

/// Products of all rows with each other, `d·d` values.
///
/// # Errors
/// When the device fails, or a value is no number.
pub(super) fn gram(rows: Tensor<2>) -> Result<Vec<f64>, String> {
    let products = read_values(rows.clone().matmul(rows.transpose()))?;
    if products.iter().any(|value| !value.is_finite()) {
        let text = "the picture's derivatives are no numbers: the model's weights may be damaged";
        return Err(text.to_owned());
    }
    Ok(products.into_iter().map(f64::from).collect())
}
