//! Where optimisation begins.

use crate::protocol::Prior;
use crate::random::{Random, Stream};

/// Latents whose pictures are known: encoded training pictures, or samples where there is no encoder.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    /// `M·d` values.
    pub latents: Vec<f32>,
    /// Their pictures, `M·V` values, in the same order.
    pub pictures: Vec<f32>,
}

/// The mean of the prior, `d` values; for both priors the origin.
pub fn mean_start(dims: usize) -> Vec<f32> {
    vec![0.0; dims]
}

/// `count` latents of the prior for the picture with this index, `count·d` values.
pub fn random_starts(
    prior: Prior,
    count: usize,
    dims: usize,
    seed: u64,
    picture: usize,
) -> Vec<f32> {
    let mut random = Random::new(seed, Stream::Inversion, picture as u64);
    match prior {
        Prior::Normal => random.normals(count * dims),
        Prior::Uniform => random.symmetric_uniforms(count * dims),
    }
}

/// The places of the `count` rows of `pictures` nearest to `picture` by squared difference, nearest first;
/// of two equally near the first.
pub fn nearest_rows(pictures: &[f32], picture: &[f32], count: usize) -> Vec<usize> {
    let distance =
        |row: &[f32]| -> f32 { row.iter().zip(picture).map(|(a, b)| (a - b).powi(2)).sum() };
    let rows = pictures.chunks_exact(picture.len().max(1)).map(distance);
    let mut ranked: Vec<(usize, f32)> = rows.enumerate().collect();
    ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
    ranked.into_iter().take(count).map(|(row, _)| row).collect()
}
