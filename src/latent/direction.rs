//! Directions in latent space: how one is found from two sets of codes, and how several relate.
//!
//! A direction is a plain vector whose length is its unit: adding it once is one step of its slider.

use super::codes::Codes;

pub(super) fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// z_a = mean of the codes with the attribute − mean of those without, `[d]` (Radford et al. 2015;
/// Larsen et al. 2015). `None` when either side is empty.
pub fn difference_of_means(with: &Codes, without: &Codes) -> Option<Vec<f32>> {
    if with.is_empty() || without.is_empty() {
        return None;
    }
    let means = with.mean().into_iter().zip(without.mean());
    Some(means.map(|(with, without)| (with - without) as f32).collect())
}

/// `normal` scaled so that one step of it carries the mean without the attribute as far along it as
/// the mean with it: n̂ (n̂ · difference), `[d]`. A boundary's normal so gets the difference's unit.
pub fn calibrated(normal: &[f32], difference: &[f32]) -> Vec<f32> {
    let square = dot(normal, normal);
    if square == 0.0 {
        return vec![0.0; normal.len()];
    }
    let scale = dot(normal, difference) / square;
    normal.iter().map(|value| (f64::from(*value) * scale) as f32).collect()
}

/// The cosine of the angle between two directions; 0 if either is zero.
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let norms = (dot(a, a) * dot(b, b)).sqrt();
    if norms == 0.0 { 0.0 } else { dot(a, b) / norms }
}

/// All cosines between directions, row by row.
pub fn cosines(directions: &[&[f32]]) -> Vec<Vec<f64>> {
    directions.iter().map(|a| directions.iter().map(|b| cosine(a, b)).collect()).collect()
}

/// `direction` without its part in the span of `others` (conditional edit: Shen et al. 2020,
/// InterFaceGAN): `[d]`, shorter than before unless they were orthogonal already.
pub fn orthogonalised(direction: &[f32], others: &[&[f32]]) -> Vec<f32> {
    let mut rest: Vec<f64> = direction.iter().map(|value| f64::from(*value)).collect();
    for axis in orthonormal(others) {
        let along = product(&rest, &axis);
        rest.iter_mut().zip(&axis).for_each(|(value, axis)| *value -= along * axis);
    }
    rest.into_iter().map(|value| value as f32).collect()
}

/// An orthonormal basis of the span, by Gram and Schmidt, each vector cleaned twice because once
/// leaves rounding errors behind where two directions nearly coincide.
fn orthonormal(vectors: &[&[f32]]) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for vector in vectors {
        let mut rest: Vec<f64> = vector.iter().map(|value| f64::from(*value)).collect();
        let before = product(&rest, &rest).sqrt();
        for axis in basis.iter().chain(&basis) {
            let along = product(&rest, axis);
            rest.iter_mut().zip(axis).for_each(|(value, axis)| *value -= along * axis);
        }
        let norm = product(&rest, &rest).sqrt();
        // A vector within rounding of the span adds no direction, only noise.
        if norm > 1e-6 * before {
            basis.push(rest.into_iter().map(|value| value / norm).collect());
        }
    }
    basis
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
