//! Directions in latent space: how one is found from two sets of codes, and how several relate.
//!
//! A direction is a plain vector whose length is its unit: adding it once is one step of its slider.

use super::codes::Codes;
use super::linear::{orthonormal, product};

/// Sums side by side, which the processor adds at once; pictures are long.
const LANES: usize = 8;

pub(super) fn dot(a: &[f32], b: &[f32]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0_f64; LANES];
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += f64::from(*a) * f64::from(*b);
        }
    }
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| f64::from(*a) * f64::from(*b));
    sums.iter().sum::<f64>() + rest.sum::<f64>()
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
    let wide = |other: &&[f32]| other.iter().map(|value| f64::from(*value)).collect::<Vec<f64>>();
    for axis in orthonormal(others.iter().map(wide)) {
        let along = product(&rest, &axis);
        rest.iter_mut().zip(&axis).for_each(|(value, axis)| *value -= along * axis);
    }
    rest.into_iter().map(|value| value as f32).collect()
}
