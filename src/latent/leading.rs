//! The first principal components of vectors that are too long for a scatter matrix: a layer's
//! activations. Called by the engine step by step, so that a stop waits for one step at most.

use burn::tensor::{Device, Tensor, TensorData};

use super::codes::Codes;
use super::direction::dot;
use super::linear::orthonormal;
use super::principal::{Principal, singular_directions, turn_positive};
use crate::models::read_values;
use crate::random::{Random, Stream};

/// Vectors beyond the components asked for: the last of these would converge slowly without.
const SPARE: usize = 10;
/// Steps after which what was found is taken as it is.
const STEPS_LIMIT: usize = 60;
/// Variances that move by less than this, relatively, have arrived; the components' own error is of its
/// root's order.
const TOLERANCE: f64 = 1e-6;

/// Principal components under way: subspace iteration, Q ← orth(YᵀY Q), from random vectors (Halko,
/// Martinsson and Tropp 2011), always on the CPU, so that the same vectors give the same numbers.
#[derive(Debug)]
pub struct Leading {
    /// `[N, m]`, centred.
    centred: Tensor<2>,
    mean: Vec<f32>,
    /// Σ‖y − mean‖².
    scatter: f64,
    count: usize,
    /// Orthonormal, `[m]` each.
    basis: Vec<Vec<f32>>,
    /// Σ of squares along each of the `count` first, as of the last step.
    squares: Vec<f64>,
    steps: usize,
}

impl Leading {
    /// Begins with the `count` first components of `codes`, or as many as N − 1 and m allow; `None` for
    /// codes that do not vary, or where any value is not finite.
    pub fn new(codes: &Codes, count: usize, seed: u64) -> Option<Self> {
        let (n, m) = (codes.len(), codes.dims());
        if n < 2 || !codes.values().iter().all(|value| value.is_finite()) {
            return None;
        }
        let mean: Vec<f32> = codes.mean().into_iter().map(|value| value as f32).collect();
        let centred: Vec<f32> =
            codes.rows().flat_map(|row| row.iter().zip(&mean).map(|(v, mean)| v - mean)).collect();
        let scatter = dot(&centred, &centred);
        if scatter == 0.0 {
            return None;
        }
        let rank = m.min(n - 1);
        let width = (count + SPARE).min(rank);
        let mut random = Random::new(seed, Stream::Components, 0);
        let basis = orthonormal_rows((0..width).map(|_| random.normals(m)).collect());
        let centred = Tensor::from_data(TensorData::new(centred, [n, m]), &Device::flex());
        let count = count.min(rank);
        Some(Self { centred, mean, scatter, count, basis, squares: Vec::new(), steps: 0 })
    }

    /// How far it is at most from its end: steps done, and their limit.
    pub fn progress(&self) -> (usize, usize) {
        (self.steps, STEPS_LIMIT)
    }

    /// One step; false when nothing moves any more, or the limit is reached.
    ///
    /// # Errors
    /// When the device cannot be read, in its own words.
    pub fn step(&mut self) -> Result<bool, String> {
        let along = self.centred.clone().matmul(self.basis_tensor().transpose()); // [N, K]
        let turned = along.transpose().matmul(self.centred.clone()); // [K, m]
        let m = self.mean.len();
        let rows = read_values(turned)?.chunks_exact(m).map(<[f32]>::to_vec).collect();
        self.basis = orthonormal_rows(rows);
        self.steps += 1;
        let before = std::mem::take(&mut self.squares);
        self.turn_to_axes()?;
        let moved = |(now, before): (&f64, &f64)| (now - before).abs() > TOLERANCE * now;
        let moves = before.len() != self.squares.len()
            || self.squares.iter().zip(&before).take(self.count).any(moved);
        Ok(moves && self.steps < STEPS_LIMIT)
    }

    /// Rayleigh and Ritz: turns the basis within its span so that the coordinates are uncorrelated.
    fn turn_to_axes(&mut self) -> Result<(), String> {
        let along = self.centred.clone().matmul(self.basis_tensor().transpose()); // [N, K]
        let width = self.basis.len();
        let rows = Codes::new(self.centred.dims()[0], read_values(along.transpose())?);
        let (axes, values_along) = singular_directions(&rows.gram(), width);
        let turned = axes.iter().map(|axis| {
            let mut vector = vec![0.0_f64; self.mean.len()];
            for (weight, old) in axis.iter().zip(&self.basis) {
                for (sum, value) in vector.iter_mut().zip(old) {
                    *sum += f64::from(*weight) * f64::from(*value);
                }
            }
            vector.into_iter().map(|value| value as f32).collect()
        });
        self.basis = turned.collect();
        self.squares = values_along.iter().map(|value| value * value).collect();
        Ok(())
    }

    fn basis_tensor(&self) -> Tensor<2> {
        let shape = [self.basis.len(), self.mean.len()];
        let flat: Vec<f32> = self.basis.iter().flatten().copied().collect();
        Tensor::from_data(TensorData::new(flat, shape), &Device::flex())
    }

    /// The components, and each code's coordinates along them, `[N, count]`.
    ///
    /// # Errors
    /// When the device cannot be read, in its own words.
    pub fn finish(mut self) -> Result<(Principal, Codes), String> {
        self.basis.truncate(self.count);
        self.squares.truncate(self.count);
        let found = self.basis.len();
        for component in &mut self.basis {
            turn_positive(component);
        }
        let along = self.centred.clone().matmul(self.basis_tensor().transpose()); // [N, count]
        let n = self.centred.dims()[0];
        let principal = Principal {
            explained: self.squares.iter().map(|square| square / self.scatter).collect(),
            variance: self.squares.iter().map(|square| square / (n - 1) as f64).collect(),
            mean: self.mean,
            components: self.basis,
        };
        Ok((principal, Codes::new(found, read_values(along)?)))
    }
}

/// An orthonormal basis of the rows' span.
fn orthonormal_rows(rows: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
    let wide = rows.into_iter().map(|row| row.into_iter().map(f64::from).collect());
    let narrow = |row: Vec<f64>| row.into_iter().map(|value| value as f32).collect();
    orthonormal(wide).into_iter().map(narrow).collect()
}

/// A latent direction found by regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Regressed {
    /// A unit vector, `[d]`.
    pub direction: Vec<f32>,
    /// Squared correlation between a code's place along it and the coordinate it was found from: 1 where
    /// moving along it moves that coordinate alone and evenly.
    pub fit: f64,
}

/// For each coordinate of `coordinates`, `[N, K]`, the direction of U in min ‖U x − z‖² over all N
/// (Härkönen et al. 2020, GANSpace). Principal coordinates are uncorrelated, so that U's columns can be
/// found one by one: Σ x z / Σ x². A coordinate that does not vary gives zero.
pub fn regressed_directions(latents: &Codes, coordinates: &Codes) -> Vec<Regressed> {
    let d = latents.dims();
    let (mean, middle) = (latents.mean(), coordinates.mean());
    (0..coordinates.dims())
        .map(|k| {
            let mut product = vec![0.0_f64; d];
            for (z, x) in latents.rows().zip(coordinates.rows()) {
                let x = f64::from(x[k]) - middle[k];
                for ((sum, z), mean) in product.iter_mut().zip(z).zip(&mean) {
                    *sum += x * (f64::from(*z) - mean);
                }
            }
            let norm = product.iter().map(|value| value * value).sum::<f64>().sqrt();
            if norm == 0.0 {
                return Regressed { direction: vec![0.0; d], fit: 0.0 };
            }
            let direction: Vec<f32> = product.iter().map(|value| (value / norm) as f32).collect();
            let column: Vec<f64> = coordinates.rows().map(|x| f64::from(x[k])).collect();
            let fit = correlation(&latents.project(&direction), &column).powi(2);
            Regressed { direction, fit }
        })
        .collect()
}

/// Pearson's; 0 where either does not vary.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let (middle_a, middle_b) = (mean(a), mean(b));
    let (mut cross, mut square_a, mut square_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - middle_a, b - middle_b);
        cross += a * b;
        square_a += a * a;
        square_b += b * b;
    }
    let norms: f64 = (square_a * square_b).sqrt();
    if norms == 0.0 { 0.0 } else { cross / norms }
}
