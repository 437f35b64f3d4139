//! Directions without labels: principal components, and the singular directions of a linear map.

use burn::linalg::svd;
use burn::tensor::{Device, Tensor, TensorData};

use super::codes::Codes;

/// Sweeps of the QR iteration per singular value; it needs two or three.
const SWEEPS: usize = 60;

/// Principal components of a set of codes (Härkönen et al. 2020, GANSpace, for a generator's).
#[derive(Debug, Clone, PartialEq)]
pub struct Principal {
    /// `[d]`.
    pub mean: Vec<f32>,
    /// Unit vectors, `[d]` each, the most varied first; the largest entry of each is positive.
    pub components: Vec<Vec<f32>>,
    /// Variance along each (divided by N − 1).
    pub variance: Vec<f64>,
    /// Its share of the total.
    pub explained: Vec<f64>,
}

/// All d components of `codes`; `None` for fewer than two codes, or where any value is not finite.
pub fn principal_components(codes: &Codes) -> Option<Principal> {
    if codes.len() < 2 || !codes.values().iter().all(|value| value.is_finite()) {
        return None;
    }
    let (scatter, mean) = codes.scatter();
    let (components, values) = singular(&scatter, codes.dims());
    // The scatter matrix is symmetric and positive, so its singular values are its eigenvalues.
    let variance: Vec<f64> = values.iter().map(|value| value / (codes.len() - 1) as f64).collect();
    let total: f64 = variance.iter().sum();
    let share = |value: &f64| if total > 0.0 { value / total } else { 0.0 };
    Some(Principal {
        mean: mean.into_iter().map(|value| value as f32).collect(),
        components,
        explained: variance.iter().map(share).collect(),
        variance,
    })
}

/// Right singular vectors of A, `[d]` each, and its singular values, largest first. A, `[m, d]`, comes
/// as its Gram matrix AᵀA, `[d·d]` ([`Codes::gram`] of its columns): m may be the number of pixels, d is
/// the latent's. The square halves the digits: values below 1e-7 of the largest are noise.
///
/// Of the generator's first weight these are SeFa's directions (Shen and Zhou 2021); of its Jacobian
/// at z, the tangent vectors of the image manifold there.
///
/// # Panics
/// When a value is not finite: the iteration would have no end.
pub fn singular_directions(gram: &[f64], dims: usize) -> (Vec<Vec<f32>>, Vec<f64>) {
    let (vectors, squares) = singular(gram, dims);
    (vectors, squares.into_iter().map(|square| square.max(0.0).sqrt()).collect())
}

/// Right singular vectors and singular values of a `[d, d]` matrix.
fn singular(matrix: &[f64], dims: usize) -> (Vec<Vec<f32>>, Vec<f64>) {
    let data = TensorData::new(matrix.to_vec(), [dims, dims]);
    let options = (&Device::flex(), burn::tensor::DType::F64);
    let (_, values, vectors) = svd::<2, 1>(Tensor::<2>::from_data(data, options), SWEEPS);
    let floats = |data: TensorData| data.iter::<f64>().collect::<Vec<f64>>();
    let vectors = floats(vectors.into_data()); // [d, d], one direction a row
    let rows = vectors.chunks_exact(dims).map(|row| {
        let mut row: Vec<f32> = row.iter().map(|value| *value as f32).collect();
        turn_positive(&mut row);
        row
    });
    (rows.collect(), floats(values.into_data()))
}

/// Both signs of a direction are right; the one with a positive largest entry is chosen, so that the same
/// codes give the same slider.
pub(super) fn turn_positive(direction: &mut [f32]) {
    let larger = |best: f32, value: &f32| if value.abs() > best.abs() { *value } else { best };
    if direction.iter().fold(0.0, larger) < 0.0 {
        direction.iter_mut().for_each(|value| *value = -*value);
    }
}
