//! t-SNE in two dimensions, with the repulsion of FIt-SNE: its time grows with the number of points,
//! not with its square.
//!
//! Two things are our own. The neighbours come from [`all_neighbours`], which can be watched and
//! stopped; and the descent begins from the principal components (Kobak and Berens 2019), so that chance
//! decides nothing. The crate adds numbers up in parallel in an order that changes from run to run, and
//! t-SNE makes a different map of the least difference: it is given one thread, so that the same points
//! always give the same map. The other threads stay with whatever else goes on.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use bhtsne::{Neighbor, tSNE};

use super::codes::Codes;
use super::neighbours::all_neighbours;
use super::principal::principal_components;
use super::watch::{Stopped, Watch};
use crate::random::{Random, Stream};

/// Codes are first reduced to this many principal components, as is usual.
pub const REDUCED_DIMS: usize = 50;
/// Standard deviation of the first coordinate at the beginning.
const BEGIN_STD: f64 = 1e-4;
/// Noise of the beginning, so that points on one line can leave it.
const BEGIN_NOISE: f32 = 1e-6;
/// Rounds in which near points attract each other the more; fewer where there are few rounds.
const EXAGGERATED_ROUNDS: usize = 250;

/// How t-SNE is run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TsneOptions {
    /// Neighbours that count, roughly; less than a third of the points.
    pub perplexity: f32,
    /// Rounds of the descent, at least 1.
    pub epochs: usize,
    /// Key of the beginning's noise.
    pub seed: u64,
}

/// Why [`tsne`] made no map.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TsneError {
    /// A watch said so.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// It needs a thread of its own.
    #[error("the system gives no thread: {0}")]
    NoThread(String),
}

/// t-SNE (van der Maaten and Hinton 2008) of codes, `[N, 2]`, its repulsion interpolated (Linderman et
/// al. 2019).
/// `None` where there are not more than three times `perplexity` codes.
///
/// `watches` hear of the neighbours, and of the rounds.
///
/// # Errors
/// A watch stopped it, or the system gives no thread.
pub fn tsne(
    codes: &Codes,
    options: TsneOptions,
    watches: [Watch<'_>; 2],
) -> Result<Option<Vec<[f32; 2]>>, TsneError> {
    let wanted = 3 * options.perplexity as usize;
    if wanted == 0 || codes.len() <= wanted {
        return Ok(None);
    }
    let (reduced, begin) = beginning(codes, options.seed);
    let neighbours: Vec<Vec<Neighbor<f32>>> = all_neighbours(&reduced, wanted, watches[0])?
        .into_iter()
        .map(|row| row.into_iter().map(|one| (one.index, one.distance)))
        .map(|row| row.map(|(index, distance)| Neighbor { index, distance }).collect())
        .collect();
    descend(&neighbours, begin, options, watches[1]).map(Some)
}

/// The codes in few dimensions, and where their points begin.
fn beginning(codes: &Codes, seed: u64) -> (Codes, Vec<f32>) {
    let noise = Random::new(seed, Stream::Clusters, u64::MAX).normals(codes.len() * 2);
    let mut begin: Vec<f32> = noise.into_iter().map(|value| value * BEGIN_NOISE).collect();
    let Some(principal) = principal_components(codes) else { return (codes.clone(), begin) };
    let scale = principal.variance.first().map_or(0.0, |variance| BEGIN_STD / variance.sqrt());
    for (column, axis) in principal.components.iter().take(2).enumerate() {
        let mean: f64 = super::direction::dot(&principal.mean, axis);
        for (point, along) in begin.chunks_exact_mut(2).zip(codes.project(axis)) {
            let offset = (along - mean) * scale;
            // Codes that are all alike have no scale.
            point[column] += if offset.is_finite() { offset as f32 } else { 0.0 };
        }
    }
    if codes.dims() <= REDUCED_DIMS {
        return (codes.clone(), begin);
    }
    let columns: Vec<Vec<f64>> =
        principal.components.iter().take(REDUCED_DIMS).map(|axis| codes.project(axis)).collect();
    let row = |index: usize| columns.iter().map(move |column| column[index] as f32);
    (Codes::new(columns.len(), (0..codes.len()).flat_map(row).collect()), begin)
}

fn descend(
    neighbours: &[Vec<Neighbor<f32>>],
    begin: Vec<f32>,
    options: TsneOptions,
    watch: Watch<'_>,
) -> Result<Vec<[f32; 2]>, TsneError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.map_err(|error| TsneError::NoThread(error.to_string()))?;
    let exaggerated = EXAGGERATED_ROUNDS.min(options.epochs / 3);
    let fit = || {
        let places = vec![(); neighbours.len()];
        let mut tsne: tSNE<'_, f32, (), 2> = tSNE::new(&places);
        tsne.perplexity(options.perplexity)
            .epochs(options.epochs)
            .stop_lying_epoch(exaggerated)
            .momentum_switch_epoch(exaggerated)
            .initial_embedding(begin)
            .epoch_callback(move |epoch, _| {
                if !watch(epoch + 1, options.epochs) {
                    // The crate's loop has no other way out. This unwinds without a panic's message.
                    resume_unwind(Box::new(Stopped));
                }
            })
            .fit_sne_with_neighbors(neighbours);
        tsne.embedding().as_chunks::<2>().0.to_vec()
    };
    catch_unwind(AssertUnwindSafe(|| pool.install(fit))).map_err(|panic| {
        match panic.downcast::<Stopped>() {
            Ok(stopped) => TsneError::Stopped(*stopped),
            Err(panic) => resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::unwatched;
    use super::{REDUCED_DIMS, Stopped, TsneError, TsneOptions, beginning, tsne};
    use crate::latent::{Codes, all_neighbours};
    use crate::random::{Random, Stream};

    const OPTIONS: TsneOptions = TsneOptions { perplexity: 10.0, epochs: 300, seed: 1 };

    /// Three heaps of 40 codes each, well apart in `dims` dimensions; code i is of heap i mod 3.
    fn heaps(dims: usize) -> Codes {
        let noise = Random::new(4, Stream::Test, dims as u64).normals(120 * dims);
        let value = |at: usize| {
            let (row, column) = (at / dims, at % dims);
            noise[at] + if column % 3 == row % 3 { 6.0 } else { 0.0 }
        };
        Codes::new(dims, (0..120 * dims).map(value).collect())
    }

    fn map(codes: &Codes, options: TsneOptions) -> Vec<[f32; 2]> {
        tsne(codes, options, [&unwatched; 2]).expect("nobody stops it").expect("enough codes")
    }

    #[test]
    fn heaps_that_lie_apart_stay_apart() {
        for dims in [6, REDUCED_DIMS + 7] {
            let found = map(&heaps(dims), OPTIONS);
            assert_eq!(found.len(), 120);
            for (index, near) in neighbours_in(&found, 1).iter().enumerate() {
                assert_eq!(near[0] % 3, index % 3, "{dims} dimensions: {index} beside {}", near[0]);
            }
        }
    }

    /// The nearest other points of each point of a map.
    fn neighbours_in(map: &[[f32; 2]], k: usize) -> Vec<Vec<usize>> {
        let points = Codes::new(2, map.concat());
        let found = all_neighbours(&points, k, &unwatched).expect("nobody stops it");
        found.iter().map(|near| near.iter().map(|one| one.index).collect()).collect()
    }

    /// Of each code's ten nearest, the share that are near its point as well.
    fn kept(codes: &Codes, map: &[[f32; 2]]) -> f64 {
        let wanted = all_neighbours(codes, 10, &unwatched).expect("nobody stops it");
        let found = neighbours_in(map, 10);
        let pairs = wanted.iter().zip(&found);
        let kept: usize = pairs
            .map(|(wanted, found)| wanted.iter().filter(|one| found.contains(&one.index)).count())
            .sum();
        kept as f64 / (10 * map.len()) as f64
    }

    #[test]
    fn neighbours_are_kept_better_than_by_the_beginning_and_always_alike() {
        let codes = heaps(6);
        let found = map(&codes, OPTIONS);
        assert_eq!(map(&codes, OPTIONS), found, "the same codes give the same map");
        let (_, begin) = beginning(&codes, OPTIONS.seed);
        let begin = kept(&codes, begin.as_chunks::<2>().0);
        assert!(kept(&codes, &found) > begin + 0.1, "{} {begin}", kept(&codes, &found));
        assert!(kept(&codes, &found) > 0.6, "{}", kept(&codes, &found));
    }

    #[test]
    fn a_watch_stops_either_stage_and_too_few_codes_have_no_map() {
        let codes = heaps(6);
        for stopped in 0..2 {
            let watch = |stage: usize| move |done: usize, _: usize| stage != stopped || done < 40;
            let result = tsne(&codes, OPTIONS, [&watch(0), &watch(1)]);
            assert_eq!(result, Err(TsneError::Stopped(Stopped)), "stage {stopped}");
        }
        let few = codes.select(&(0..30).collect::<Vec<_>>());
        assert_eq!(tsne(&few, OPTIONS, [&unwatched; 2]), Ok(None));
    }

    #[test]
    fn it_begins_small_along_the_principal_components() {
        let (reduced, begin) = beginning(&heaps(60), 0);
        assert_eq!((reduced.dims(), reduced.len()), (REDUCED_DIMS, 120));
        let std = |column: usize| {
            let values = begin.iter().skip(column).step_by(2);
            (values.map(|value| f64::from(*value).powi(2)).sum::<f64>() / 120.0).sqrt()
        };
        assert!((std(0) / 1e-4 - 1.0).abs() < 0.05, "{}", std(0));
        assert!(std(1) > 1e-5 && std(1) < 1.05e-4, "{}", std(1));
        // All alike, and on one line: something to begin with all the same.
        let (_, alike) = beginning(&Codes::new(2, vec![3.0; 40]), 0);
        assert!(alike.iter().all(|value| value.is_finite() && *value != 0.0));
        let (_, line) = beginning(&Codes::new(1, (0..20).map(|n| n as f32).collect()), 0);
        assert!(line.iter().all(|value| value.is_finite() && *value != 0.0));
    }
}
