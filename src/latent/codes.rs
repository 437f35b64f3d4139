//! Many latents of one space, row after row.

use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

/// `[N, d]` codes, row-major.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Codes {
    dims: usize,
    values: Vec<f32>,
}

impl Codes {
    /// Rows of `dims` values each.
    ///
    /// # Panics
    /// When the values are no whole number of rows: the caller mixed up two spaces.
    pub fn new(dims: usize, values: Vec<f32>) -> Self {
        assert!(
            dims > 0 && values.len().is_multiple_of(dims),
            "{} values, rows of {dims}",
            values.len()
        );
        Self { dims, values }
    }

    /// The size d of a row.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// The number N of rows.
    pub fn len(&self) -> usize {
        self.values.len() / self.dims.max(1)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// One code, `[d]`.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.dims..(index + 1) * self.dims]
    }

    /// All codes, each `[d]`.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> + Clone {
        self.values.chunks_exact(self.dims.max(1))
    }

    /// All values, `[N·d]`.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The rows at these places, in this order.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let values = indices.iter().flat_map(|&index| self.row(index).iter().copied()).collect();
        Self { dims: self.dims, values }
    }

    /// The mean code, `[d]`; zero without rows.
    pub fn mean(&self) -> Vec<f64> {
        let mut sum = vec![0.0_f64; self.dims];
        for row in self.rows() {
            for (total, value) in sum.iter_mut().zip(row) {
                *total += f64::from(*value);
            }
        }
        let n = self.len().max(1) as f64;
        sum.iter().map(|total| total / n).collect()
    }

    /// The position of every row along `direction` (not normalised): `z · direction`, `[N]`.
    pub fn project(&self, direction: &[f32]) -> Vec<f64> {
        self.rows().map(|row| super::direction::dot(row, direction)).collect()
    }

    /// All products of two rows, Z Zᵀ, `[N·N]`. Where the rows are the columns of a Jacobian J, it is JᵀJ.
    pub fn gram(&self) -> Vec<f64> {
        let n = self.len();
        let mut gram = vec![0.0; n * n];
        gram.par_chunks_exact_mut(n.max(1)).enumerate().for_each(|(i, line)| {
            for (j, entry) in line.iter_mut().enumerate().take(i + 1) {
                *entry = super::direction::dot(self.row(i), self.row(j));
            }
        });
        for i in 0..n {
            for j in 0..i {
                gram[j * n + i] = gram[i * n + j];
            }
        }
        gram
    }

    /// Σ (z − mean)(z − mean)ᵀ, `[d·d]`, and the mean, `[d]`.
    pub(super) fn scatter(&self) -> (Vec<f64>, Vec<f64>) {
        let (mean, d) = (self.mean(), self.dims);
        let mut scatter = vec![0.0; d * d];
        let mut centred = vec![0.0; d];
        for row in self.rows() {
            for ((centred, value), mean) in centred.iter_mut().zip(row).zip(&mean) {
                *centred = f64::from(*value) - mean;
            }
            super::linear::add_outer(&mut scatter, &centred, 1.0);
        }
        (scatter, mean)
    }
}
