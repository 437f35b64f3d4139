//! A mixture of Gaussians with full covariances, by expectation maximisation.

use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSlice as _;

use super::cluster::{Clusters, ROWS_AT_ONCE, k_means_watched};
use super::codes::Codes;
use super::linear::{Cholesky, add_outer};
use super::watch::{Stopped, Watch, unwatched, watched};

/// Weights, means and covariances of the components.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// `[k]`, summing to 1.
    pub weights: Vec<f64>,
    /// `[d]` each.
    pub means: Vec<Vec<f64>>,
    /// `[d·d]` each.
    pub covariances: Vec<Vec<f64>>,
    /// The likeliest component of each code, `[N]`.
    pub members: Vec<usize>,
    /// Mean log-likelihood of a code.
    pub log_likelihood: f64,
}

/// Added to the diagonal of every covariance, as scikit-learn does.
const RIDGE: f64 = 1e-6;
const MAX_ROUNDS: usize = 200;
const TOLERANCE: f64 = 1e-6;
/// A share below this moves no digit of a mean or a covariance, and in many dimensions most are.
const LEAST_SHARE: f64 = 1e-20;

/// From k-means' clusters until the mean log-likelihood rises by less than 1e-6. `None` as
/// [`k_means`], or when a component collapses beyond what the ridge holds open.
pub fn gaussian_mixture(codes: &Codes, k: usize, seed: u64) -> Option<Mixture> {
    gaussian_mixture_watched(codes, k, seed, [&unwatched; 2]).ok().flatten()
}

/// [`gaussian_mixture`], watched: told of k-means' beginnings, and of rounds done.
///
/// # Errors
/// [`Stopped`] by a watch.
pub fn gaussian_mixture_watched(
    codes: &Codes,
    k: usize,
    seed: u64,
    watches: [Watch<'_>; 2],
) -> Result<Option<Mixture>, Stopped> {
    match k_means_watched(codes, k, seed, watches[0])? {
        Some(clusters) => from_clusters(codes, &clusters, watches[1]),
        None => Ok(None),
    }
}

pub(super) fn from_clusters(
    codes: &Codes,
    clusters: &Clusters,
    watch: Watch<'_>,
) -> Result<Option<Mixture>, Stopped> {
    let k = clusters.centres.len();
    let mut shares = vec![0.0; codes.len() * k];
    for (code, member) in clusters.members.iter().enumerate() {
        shares[code * k + member] = 1.0;
    }
    let mut before = f64::NEG_INFINITY;
    for round in 0.. {
        watched(watch, round, MAX_ROUNDS)?;
        let mut mixture = maximise(codes, &shares, k);
        let Some(expected) = expect(codes, &mixture) else { break };
        (shares, mixture.log_likelihood) = expected;
        if mixture.log_likelihood - before < TOLERANCE || round + 1 == MAX_ROUNDS {
            mixture.members = shares.chunks_exact(k).map(likeliest).collect();
            return Ok(Some(mixture));
        }
        before = mixture.log_likelihood;
    }
    Ok(None)
}

fn likeliest(shares: &[f64]) -> usize {
    let best = shares.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(0, |(index, _)| index)
}

/// Parameters from each code's shares, `[N·k]`.
fn maximise(codes: &Codes, shares: &[f64], k: usize) -> Mixture {
    let parts = (0..k).into_par_iter().map(|component| component_of(codes, shares, (component, k)));
    let parts: Vec<(f64, Vec<f64>, Vec<f64>)> = parts.collect();
    let (mut weights, mut means, mut covariances) = (Vec::new(), Vec::new(), Vec::new());
    for (total, mean, covariance) in parts {
        weights.push(total / codes.len() as f64);
        means.push(mean);
        covariances.push(covariance);
    }
    Mixture { weights, means, covariances, members: Vec::new(), log_likelihood: f64::NEG_INFINITY }
}

/// The sum of a component's shares, its mean and its covariance.
fn component_of(
    codes: &Codes,
    shares: &[f64],
    (component, k): (usize, usize),
) -> (f64, Vec<f64>, Vec<f64>) {
    let d = codes.dims();
    let share = || shares.iter().skip(component).step_by(k).copied();
    let counting = || codes.rows().zip(share()).filter(|(_, share)| *share > LEAST_SHARE);
    // Never zero, so that an empty component stays finite.
    let total: f64 = share().sum::<f64>() + 10.0 * f64::EPSILON;
    let mut mean = vec![0.0; d];
    for (code, share) in counting() {
        mean.iter_mut().zip(code).for_each(|(mean, z)| *mean += share / total * f64::from(*z));
    }
    let mut covariance = vec![0.0; d * d];
    let mut centred = vec![0.0; d];
    for (code, share) in counting() {
        let values = centred.iter_mut().zip(code).zip(&mean);
        values.for_each(|((centred, z), mean)| *centred = f64::from(*z) - mean);
        add_outer(&mut covariance, &centred, share / total);
    }
    (0..d).for_each(|index| covariance[index * d + index] += RIDGE);
    (total, mean, covariance)
}

/// Each code's shares, `[N·k]`, and the mean log-likelihood.
fn expect(codes: &Codes, mixture: &Mixture) -> Option<(Vec<f64>, f64)> {
    let (d, k) = (codes.dims(), mixture.weights.len());
    let factors: Option<Vec<Cholesky>> =
        mixture.covariances.iter().map(|covariance| Cholesky::new(covariance, d)).collect();
    let scale = d as f64 * std::f64::consts::TAU.ln();
    let components: Vec<Component<'_>> = factors?
        .into_iter()
        .zip(mixture.weights.iter().zip(&mixture.means))
        .map(|(factor, (weight, mean))| {
            let constant = weight.ln() - 0.5 * (scale + factor.log_determinant());
            Component { factor, mean, constant }
        })
        .collect();
    let rows = codes.values().par_chunks_exact(d).with_min_len(ROWS_AT_ONCE);
    let (shares, log_sums): (Vec<Vec<f64>>, Vec<f64>) =
        rows.map(|code| shares_of(code, &components)).unzip();
    // Added up in order: in parallel the last digits would differ from run to run.
    let total: f64 = log_sums.into_iter().sum();
    let mut flat = Vec::with_capacity(codes.len() * k);
    shares.into_iter().for_each(|row| flat.extend(row));
    Some((flat, total / codes.len() as f64))
}

/// What the density of a component needs.
struct Component<'a> {
    factor: Cholesky,
    mean: &'a [f64],
    /// log weight − ½ (d log 2π + log det Σ).
    constant: f64,
}

/// One code's shares, and the logarithm of its density.
fn shares_of(code: &[f32], components: &[Component<'_>]) -> (Vec<f64>, f64) {
    let mut centred = vec![0.0; code.len()];
    let mut logs: Vec<f64> = components
        .iter()
        .map(|component| {
            let values = centred.iter_mut().zip(code).zip(component.mean);
            values.for_each(|((centred, z), mean)| *centred = f64::from(*z) - mean);
            component.constant - 0.5 * component.factor.whitened_square(&mut centred)
        })
        .collect();
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logs.iter().map(|log| (log - largest).exp()).sum();
    let log_sum = largest + sum.ln();
    logs.iter_mut().for_each(|log| *log = (*log - log_sum).exp());
    (logs, log_sum)
}
