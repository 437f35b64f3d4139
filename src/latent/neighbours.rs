//! Nearest neighbours among codes, in plain Euclidean distance, by looking at all of them.
//!
//! In more than about ten dimensions trees look at nearly everything as well; a block of codes that
//! stays in the cache is quicker. Equal distances are told apart by place, so the answer is always the
//! same, on however many threads.

use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::codes::Codes;
use super::watch::{Stopped, Watch, watched};

/// Codes whose neighbours are looked for together.
const QUERIES: usize = 16;
/// Codes that are compared with all of those while they are in the cache.
const TILE: usize = 96;
/// Sums that grow side by side, so that one instruction adds several.
const LANES: usize = 8;

/// A code near to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Its place among the codes.
    pub index: usize,
    /// The Euclidean distance.
    pub distance: f32,
}

/// The `k` nearest of `codes` to `to`, `[d]`, the nearest first; of equally near ones the first. Fewer
/// where there are fewer.
pub fn nearest(codes: &Codes, to: &[f32], k: usize) -> Vec<Neighbour> {
    let mut best = Best::new(k);
    for (index, code) in codes.rows().enumerate() {
        best.offer(square_distance(code, to), index);
    }
    best.into_neighbours()
}

/// The `k` nearest of all other codes to each code, the nearest first, `[N, k]`; fewer where there are
/// fewer.
///
/// # Errors
/// [`Stopped`] by the watch, which is told of codes done.
pub fn all_neighbours(
    codes: &Codes,
    k: usize,
    watch: Watch<'_>,
) -> Result<Vec<Vec<Neighbour>>, Stopped> {
    let n = codes.len();
    let k = k.min(n.saturating_sub(1));
    let (done, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let blocks = (0..n.div_ceil(QUERIES)).into_par_iter().map(|block| {
        let queries = block * QUERIES..((block + 1) * QUERIES).min(n);
        let before = done.fetch_add(queries.len(), Ordering::Relaxed);
        // Once is enough: the watch need not say it again to every thread.
        if stopped.load(Ordering::Relaxed) || watched(watch, before, n).is_err() {
            stopped.store(true, Ordering::Relaxed);
            return Err(Stopped);
        }
        Ok(block_neighbours(codes, queries, k))
    });
    let blocks: Result<Vec<Vec<Vec<Neighbour>>>, Stopped> = blocks.collect();
    Ok(blocks?.into_iter().flatten().collect())
}

fn block_neighbours(
    codes: &Codes,
    queries: std::ops::Range<usize>,
    k: usize,
) -> Vec<Vec<Neighbour>> {
    let mut best: Vec<Best> = queries.clone().map(|_| Best::new(k)).collect();
    for tile in (0..codes.len()).step_by(TILE) {
        let tile = tile..(tile + TILE).min(codes.len());
        for (query, best) in queries.clone().zip(&mut best) {
            let to = codes.row(query);
            for index in tile.clone().filter(|&index| index != query) {
                best.offer(square_distance(codes.row(index), to), index);
            }
        }
    }
    best.into_iter().map(Best::into_neighbours).collect()
}

/// ‖a − b‖².
fn square_distance(a: &[f32], b: &[f32]) -> f32 {
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            let difference = a[lane] - b[lane];
            sums[lane] += difference * difference;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| (a - b) * (a - b)).sum();
    sums.iter().sum::<f32>() + rest
}

/// Something found, ordered by distance and then by place.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    square: f32,
    index: usize,
}

impl Eq for Found {}

impl PartialOrd for Found {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Found {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.square.total_cmp(&other.square).then(self.index.cmp(&other.index))
    }
}

/// The nearest so far.
#[derive(Debug, Clone)]
pub struct Best {
    wanted: usize,
    /// The furthest of them on top.
    heap: BinaryHeap<Found>,
}

impl Best {
    /// None yet, of `wanted`.
    pub fn new(wanted: usize) -> Self {
        Self { wanted, heap: BinaryHeap::with_capacity(wanted + 1) }
    }

    /// Keeps it if it is among the nearest.
    pub fn offer(&mut self, square: f32, index: usize) {
        let found = Found { square, index };
        if self.heap.len() < self.wanted {
            self.heap.push(found);
        } else if let Some(mut furthest) = self.heap.peek_mut()
            && found < *furthest
        {
            *furthest = found;
        }
    }

    /// The squared distance that something new must not exceed; infinite until all are found.
    pub fn limit(&self) -> f32 {
        if self.heap.len() < self.wanted {
            return f32::INFINITY;
        }
        self.heap.peek().map_or(f32::NEG_INFINITY, |furthest| furthest.square)
    }

    /// The nearest first.
    pub fn into_neighbours(self) -> Vec<Neighbour> {
        let found = self.heap.into_sorted_vec().into_iter();
        found.map(|Found { square, index }| Neighbour { index, distance: square.sqrt() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::unwatched;
    use super::{Neighbour, all_neighbours, nearest};
    use crate::latent::{Codes, Stopped};
    use crate::random::{Random, Stream};

    fn codes(n: usize, dims: usize) -> Codes {
        Codes::new(dims, Random::new(1, Stream::Test, n as u64).normals(n * dims))
    }

    /// Every distance, sorted.
    fn brute_force(codes: &Codes, to: &[f32]) -> Vec<(f64, usize)> {
        let square = |row: &[f32]| -> f64 {
            row.iter().zip(to).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
        };
        let mut all: Vec<(f64, usize)> =
            codes.rows().enumerate().map(|(index, row)| (square(row).sqrt(), index)).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        all
    }

    #[track_caller]
    fn same(found: &[Neighbour], expected: &[(f64, usize)]) {
        assert_eq!(found.len(), expected.len());
        for (found, (distance, index)) in found.iter().zip(expected) {
            assert_eq!(found.index, *index);
            assert!((f64::from(found.distance) - distance).abs() < 1e-4, "{found:?} {distance}");
        }
    }

    #[test]
    fn the_nearest_are_those_of_brute_force() {
        // Dimensions below, at and above a whole number of lanes.
        for dims in [1, 3, 8, 21] {
            let codes = codes(250, dims);
            let to = Random::new(2, Stream::Test, 0).normals(dims);
            same(&nearest(&codes, &to, 7), &brute_force(&codes, &to)[..7]);
        }
        let few = codes(3, 4);
        assert_eq!(nearest(&few, few.row(1), 9).len(), 3);
        assert!(nearest(&few, few.row(1), 0).is_empty());
    }

    #[test]
    fn every_codes_neighbours_are_those_of_brute_force() {
        let codes = codes(230, 11);
        let found = all_neighbours(&codes, 6, &unwatched).expect("nobody stops it");
        assert_eq!(found.len(), 230);
        for (index, row) in found.iter().enumerate() {
            let mut expected = brute_force(&codes, codes.row(index));
            expected.retain(|(_, other)| *other != index);
            same(row, &expected[..6]);
        }
    }

    #[test]
    fn equally_near_ones_come_in_their_order() {
        let codes = Codes::new(1, vec![1.0, 0.0, 1.0, 0.0, 1.0]);
        let places = |found: Vec<Neighbour>| -> Vec<usize> {
            found.into_iter().map(|neighbour| neighbour.index).collect()
        };
        assert_eq!(places(nearest(&codes, &[1.0], 2)), [0, 2]);
        let all = all_neighbours(&codes, 9, &unwatched).expect("nobody stops it");
        assert_eq!(places(all[3].clone()), [1, 0, 2, 4], "a code is not its own neighbour");
    }

    #[test]
    fn a_watch_stops_it() {
        let codes = codes(200, 3);
        assert_eq!(all_neighbours(&codes, 3, &|done, _| done < 64), Err(Stopped));
    }
}
