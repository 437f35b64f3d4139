//! k-means.

use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSlice as _;

use super::codes::Codes;
use super::watch::{Stopped, Watch, unwatched, watched};
use crate::random::{Random, Stream};

/// Codes by their nearest centre.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// `[d]` each.
    pub centres: Vec<Vec<f64>>,
    /// Which centre each code belongs to, `[N]`.
    pub members: Vec<usize>,
    /// Sum of squared distances to them.
    pub inertia: f64,
}

const MAX_ROUNDS: usize = 300;
/// Beginnings, of which the best result is kept.
const STARTS: u64 = 8;
/// Codes that a thread takes at once.
pub(super) const ROWS_AT_ONCE: usize = 256;

/// Lloyd's algorithm from k-means++ beginnings (Arthur and Vassilvitskii 2007), the best of eight.
/// `None` when there are fewer codes than `k`, or no cluster is wanted.
pub fn k_means(codes: &Codes, k: usize, seed: u64) -> Option<Clusters> {
    k_means_watched(codes, k, seed, &unwatched).ok().flatten()
}

/// [`k_means`], watched: told of beginnings done.
///
/// # Errors
/// [`Stopped`] by the watch.
pub fn k_means_watched(
    codes: &Codes,
    k: usize,
    seed: u64,
    watch: Watch<'_>,
) -> Result<Option<Clusters>, Stopped> {
    if k == 0 || codes.len() < k {
        return Ok(None);
    }
    let mut best: Option<Clusters> = None;
    for start in 0..STARTS {
        let told = |_, _| watch(start as usize, STARTS as usize);
        let found = lloyd(codes, begin(codes, k, seed, start), &told)?;
        if best.as_ref().is_none_or(|best| found.inertia < best.inertia) {
            best = Some(found);
        }
    }
    Ok(best)
}

pub(super) fn square_distance(centre: &[f64], code: &[f32]) -> f64 {
    centre.iter().zip(code).map(|(a, b)| (a - f64::from(*b)).powi(2)).sum()
}

fn wide(code: &[f32]) -> Vec<f64> {
    code.iter().map(|value| f64::from(*value)).collect()
}

/// Centres drawn one after the other, in proportion to the squared distance from those there are.
fn begin(codes: &Codes, k: usize, seed: u64, start: u64) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed, Stream::Clusters, start);
    let mut centres = vec![wide(codes.row(random.below(codes.len())))];
    let mut nearest = vec![f64::INFINITY; codes.len()];
    while centres.len() < k {
        let newest = &centres[centres.len() - 1];
        for (best, code) in nearest.iter_mut().zip(codes.rows()) {
            *best = best.min(square_distance(newest, code));
        }
        let mut left = f64::from(random.uniform()) * nearest.iter().sum::<f64>();
        let chosen = nearest.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        // Only when all codes coincide with centres is nothing left to draw from.
        let chosen = chosen.unwrap_or_else(|| random.below(codes.len()));
        centres.push(wide(codes.row(chosen)));
    }
    centres
}

/// From these centres until nobody moves; `watch` hears of rounds done.
pub(super) fn lloyd(
    codes: &Codes,
    mut centres: Vec<Vec<f64>>,
    watch: Watch<'_>,
) -> Result<Clusters, Stopped> {
    let mut members = vec![usize::MAX; codes.len()];
    let mut inertia = f64::INFINITY;
    for round in 0..MAX_ROUNDS {
        watched(watch, round, MAX_ROUNDS)?;
        let rows = codes.values().par_chunks_exact(codes.dims()).with_min_len(ROWS_AT_ONCE);
        let assigned: Vec<(usize, f64)> = rows.map(|code| nearest(&centres, code)).collect();
        inertia = assigned.iter().map(|(_, distance)| distance).sum();
        let next: Vec<usize> = assigned.iter().map(|(centre, _)| *centre).collect();
        if next == members {
            break;
        }
        members = next;
        centres = means(codes, &members, &centres);
    }
    Ok(Clusters { centres, members, inertia })
}

fn nearest(centres: &[Vec<f64>], code: &[f32]) -> (usize, f64) {
    let distances = centres.iter().map(|centre| square_distance(centre, code)).enumerate();
    distances.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0))
}

/// The mean of each cluster's codes; an empty cluster stays where it was.
fn means(codes: &Codes, members: &[usize], before: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut sums = vec![(vec![0.0; codes.dims()], 0_usize); before.len()];
    for (code, &member) in codes.rows().zip(members) {
        let (sum, count) = &mut sums[member];
        sum.iter_mut().zip(code).for_each(|(sum, value)| *sum += f64::from(*value));
        *count += 1;
    }
    let pairs = sums.into_iter().zip(before);
    pairs
        .map(|((sum, count), before)| match count {
            0 => before.clone(),
            _ => sum.into_iter().map(|sum| sum / count as f64).collect(),
        })
        .collect()
}
