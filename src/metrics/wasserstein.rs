//! Sliced Wasserstein distance between local patches on a Laplacian pyramid (Rabin et al. 2011; the
//! measure of Karras et al. 2017, section 5).
//!
//! Both sets of pictures become Laplacian pyramids down to 16 px. On each level 7×7 patches are cut at
//! random places, normalised by mean and standard deviation per channel over the set, and projected on
//! random directions; the distance is the mean difference of sorted projections.

use rayon::prelude::*;

use crate::random::{Random, Stream};

/// Edge of a patch.
const PATCH: usize = 7;
/// Patches per picture and level.
const PATCHES: usize = 64;
/// Directions in all.
const DIRECTIONS: usize = 256;
/// The coarsest level.
const COARSEST: usize = 16;

/// Distances by resolution.
#[derive(Debug, Clone, PartialEq)]
pub struct SlicedWasserstein {
    /// Edge of the level in pixels, and its distance, finest first.
    pub levels: Vec<(usize, f64)>,
    /// The mean over levels.
    pub mean: f64,
}

/// The distance between two equally large sets of square pictures, `N·C·S·S` values each.
/// Deterministic in `seed`.
pub fn sliced_wasserstein(
    a: &[f32],
    b: &[f32],
    channels: usize,
    size: usize,
    seed: u64,
) -> SlicedWasserstein {
    let (a, b) = (pyramids(a, channels, size), pyramids(b, channels, size));
    let levels: Vec<(usize, f64)> = a
        .iter()
        .zip(&b)
        .enumerate()
        .map(|(level, (a, b))| {
            let edge = size >> level;
            // The same places in both sets, so that equal sets are at distance zero.
            let pa = patches(a, channels, edge, seed, level as u64);
            let pb = patches(b, channels, edge, seed, level as u64);
            (edge, distance(&pa, &pb, channels * PATCH * PATCH, seed, level as u64))
        })
        .collect();
    let mean =
        levels.iter().map(|(_, distance)| distance).sum::<f64>() / levels.len().max(1) as f64;
    SlicedWasserstein { levels, mean }
}

/// Laplacian levels of a set, finest first; the last is the coarse picture itself.
fn pyramids(images: &[f32], channels: usize, size: usize) -> Vec<Vec<f32>> {
    let mut levels = Vec::new();
    let (mut present, mut edge) = (images.to_vec(), size);
    while edge > COARSEST {
        let half = map_planes(&present, edge, edge / 2, shrink);
        let back = map_planes(&half, edge / 2, edge, enlarge);
        levels.push(present.iter().zip(&back).map(|(fine, coarse)| fine - coarse).collect());
        (present, edge) = (half, edge / 2);
    }
    debug_assert_eq!(present.len() % (channels * edge * edge), 0);
    levels.push(present);
    levels
}

fn map_planes(
    images: &[f32],
    from: usize,
    to: usize,
    change: impl Fn(&[f32], usize) -> Vec<f32> + Sync,
) -> Vec<f32> {
    let changed: Vec<f32> =
        images.par_chunks(from * from).flat_map_iter(|plane| change(plane, from)).collect();
    debug_assert_eq!(changed.len() / (to * to), images.len() / (from * from));
    changed
}

/// The binomial filter 1 4 6 4 1 of Burt and Adelson (1983), edges mirrored.
const KERNEL: [f32; 5] = [1.0 / 16.0, 4.0 / 16.0, 6.0 / 16.0, 4.0 / 16.0, 1.0 / 16.0];

fn mirror(at: isize, edge: usize) -> usize {
    let last = edge as isize - 1;
    let folded = if at < 0 { -at } else { at };
    (if folded > last { 2 * last - folded } else { folded }) as usize
}

fn blur_at(plane: &[f32], edge: usize, x: usize, y: usize) -> f32 {
    let mut sum = 0.0;
    for (dy, wy) in KERNEL.iter().enumerate() {
        let row = mirror(y as isize + dy as isize - 2, edge) * edge;
        for (dx, wx) in KERNEL.iter().enumerate() {
            sum += wy * wx * plane[row + mirror(x as isize + dx as isize - 2, edge)];
        }
    }
    sum
}

fn shrink(plane: &[f32], edge: usize) -> Vec<f32> {
    let half = edge / 2;
    (0..half * half).map(|i| blur_at(plane, edge, 2 * (i % half), 2 * (i / half))).collect()
}

fn enlarge(plane: &[f32], edge: usize) -> Vec<f32> {
    let twice = 2 * edge;
    let mut spread = vec![0.0; twice * twice];
    for (i, value) in plane.iter().enumerate() {
        // Four times the value, since three of four places stay empty.
        spread[(i / edge) * 2 * twice + (i % edge) * 2] = 4.0 * value;
    }
    (0..twice * twice).map(|i| blur_at(&spread, twice, i % twice, i / twice)).collect()
}

/// Patches of a level, normalised per channel over the whole set: rows of `C·7·7` values.
fn patches(images: &[f32], channels: usize, edge: usize, seed: u64, level: u64) -> Vec<f32> {
    let picture = channels * edge * edge;
    let span = edge - PATCH + 1;
    let mut rows: Vec<f32> = images
        .par_chunks_exact(picture)
        .enumerate()
        .flat_map_iter(|(n, image)| {
            let mut random = Random::new(seed ^ (level << 56), Stream::Objective, n as u64);
            (0..PATCHES).flat_map(move |_| {
                let (x, y) = (random.below(span), random.below(span));
                (0..channels * PATCH * PATCH).map(move |i| {
                    let (channel, dy, dx) = (i / (PATCH * PATCH), i / PATCH % PATCH, i % PATCH);
                    image[channel * edge * edge + (y + dy) * edge + x + dx]
                })
            })
        })
        .collect();
    normalise(&mut rows, channels);
    rows
}

fn normalise(rows: &mut [f32], channels: usize) {
    let plane = PATCH * PATCH;
    let dims = channels * plane;
    for channel in 0..channels {
        let values = || rows.chunks_exact(dims).flat_map(|row| &row[channel * plane..][..plane]);
        let count = values().count().max(1) as f64;
        let mean = values().map(|&v| f64::from(v)).sum::<f64>() / count;
        let variance = values().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / count;
        let (mean, scale) = (mean as f32, 1.0 / variance.sqrt().max(1e-8) as f32);
        for row in rows.chunks_exact_mut(dims) {
            for value in &mut row[channel * plane..][..plane] {
                *value = (*value - mean) * scale;
            }
        }
    }
}

/// The mean over random directions of the mean difference of sorted projections.
fn distance(a: &[f32], b: &[f32], dims: usize, seed: u64, level: u64) -> f64 {
    let sum: f64 = (0..DIRECTIONS as u64)
        .into_par_iter()
        .map(|number| {
            let key = (level << 32) | number;
            let mut direction = Random::new(seed, Stream::Samples, key).normals(dims);
            let norm = direction.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-12);
            direction.iter_mut().for_each(|v| *v /= norm);
            let (a, b) = (projections(a, &direction), projections(b, &direction));
            let total: f64 = a.iter().zip(&b).map(|(a, b)| f64::from((a - b).abs())).sum();
            total / a.len().min(b.len()).max(1) as f64
        })
        .collect::<Vec<f64>>()
        .into_iter()
        .sum();
    sum / DIRECTIONS as f64
}

fn projections(rows: &[f32], direction: &[f32]) -> Vec<f32> {
    let mut values: Vec<f32> = rows
        .chunks_exact(direction.len())
        .map(|row| row.iter().zip(direction).map(|(a, b)| a * b).sum())
        .collect();
    values.sort_unstable_by(f32::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::sliced_wasserstein;
    use crate::random::{Random, Stream};

    fn noise(count: usize, key: u64) -> Vec<f32> {
        Random::new(key, Stream::Test, 0).normals(count * 32 * 32)
    }

    #[test]
    fn equal_sets_are_at_zero_and_different_ones_apart() {
        let a = noise(40, 1);
        assert!(sliced_wasserstein(&a, &a, 1, 32, 0).mean < 1e-9);
        let same_kind = sliced_wasserstein(&a, &noise(40, 2), 1, 32, 0);
        // A set whose neighbouring pixels agree has other patches than noise.
        let smooth: Vec<f32> =
            noise(40, 3).chunks(32).flat_map(|row| (0..32).map(|x| row[x / 8 * 8])).collect();
        let other_kind = sliced_wasserstein(&a, &smooth, 1, 32, 0);
        assert_eq!(other_kind.levels.len(), 2);
        assert!(other_kind.mean > 2.0 * same_kind.mean, "{other_kind:?} {same_kind:?}");
    }
}
