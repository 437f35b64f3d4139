//! The little linear algebra that fits in a page: symmetric positive definite systems, row-major.
//!
//! burn has the singular value decomposition, but neither a Cholesky factor nor a solver.

/// `matrix += weight · vector vectorᵀ`; `matrix` is `[d·d]`.
pub(super) fn add_outer(matrix: &mut [f64], vector: &[f64], weight: f64) {
    let d = vector.len();
    for (row, a) in matrix.chunks_exact_mut(d).zip(vector) {
        let scaled = a * weight;
        for (entry, b) in row.iter_mut().zip(vector) {
            *entry += scaled * b;
        }
    }
}

/// An orthonormal basis of the rows' span, by Gram and Schmidt, in order. Each row is cleaned twice,
/// because once leaves rounding errors behind where two rows nearly coincide; one within rounding of the
/// others' span adds no direction, only noise, and is left out.
pub(super) fn orthonormal(rows: impl IntoIterator<Item = Vec<f64>>) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for mut rest in rows {
        let before = product(&rest, &rest).sqrt();
        for axis in basis.iter().chain(&basis) {
            let along = product(&rest, axis);
            rest.iter_mut().zip(axis).for_each(|(value, axis)| *value -= along * axis);
        }
        let norm = product(&rest, &rest).sqrt();
        if norm > 1e-6 * before {
            basis.push(rest.into_iter().map(|value| value / norm).collect());
        }
    }
    basis
}

pub(super) fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The lower factor L of a symmetric positive definite matrix, M = L Lᵀ.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    d: usize,
    lower: Vec<f64>,
    /// The same column by column.
    columns: Vec<f64>,
}

impl Cholesky {
    /// Of a `[d·d]` matrix; `None` if it is not positive definite, or holds what is no number.
    pub(crate) fn new(matrix: &[f64], d: usize) -> Option<Self> {
        let mut lower = matrix.to_vec();
        for column in 0..d {
            for row in column..d {
                let (a, b) =
                    (&lower[row * d..row * d + column], &lower[column * d..column * d + column]);
                let dot: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                let rest = lower[row * d + column] - dot;
                lower[row * d + column] = if row == column {
                    // Also false for NaN.
                    (rest > 0.0).then(|| rest.sqrt())?
                } else {
                    rest / lower[column * d + column]
                };
            }
        }
        let columns = (0..d * d).map(|at| lower[at % d * d + at / d]).collect();
        Some(Self { d, lower, columns })
    }

    /// L y = b.
    pub(super) fn forward(&self, b: &[f64]) -> Vec<f64> {
        let mut y = b.to_vec();
        for row in 0..self.d {
            let known: f64 = self.row(row)[..row].iter().zip(&y).map(|(l, y)| l * y).sum();
            y[row] = (y[row] - known) / self.row(row)[row];
        }
        y
    }

    /// bᵀ M⁻¹ b, which takes the place of `b`'s values. Column by column, so that several are taken off
    /// at once.
    pub(super) fn whitened_square(&self, b: &mut [f64]) -> f64 {
        let mut square = 0.0;
        for column in 0..self.d {
            let below = &self.columns[column * self.d + column..(column + 1) * self.d];
            let y = b[column] / below[0];
            square += y * y;
            let rest = b[column + 1..].iter_mut().zip(&below[1..]);
            rest.for_each(|(b, l)| *b -= l * y);
        }
        square
    }

    /// M x = b.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = self.forward(b);
        for row in (0..self.d).rev() {
            let known: f64 = (row + 1..self.d).map(|below| self.row(below)[row] * x[below]).sum();
            x[row] = (x[row] - known) / self.row(row)[row];
        }
        x
    }

    /// log det M.
    pub(super) fn log_determinant(&self) -> f64 {
        (0..self.d).map(|row| 2.0 * self.row(row)[row].ln()).sum()
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.lower[row * self.d..(row + 1) * self.d]
    }
}
