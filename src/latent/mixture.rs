//! A mixture of Gaussians with full covariances, by expectation maximisation.

use super::cluster::{Clusters, k_means};
use super::codes::Codes;
use super::linear::{Cholesky, add_outer};

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

/// From k-means' clusters until the mean log-likelihood rises by less than 1e-6. `None` as
/// [`k_means`], or when a component collapses beyond what the ridge holds open.
pub fn gaussian_mixture(codes: &Codes, k: usize, seed: u64) -> Option<Mixture> {
    from_clusters(codes, &k_means(codes, k, seed)?)
}

pub(super) fn from_clusters(codes: &Codes, clusters: &Clusters) -> Option<Mixture> {
    let k = clusters.centres.len();
    let mut shares = vec![0.0; codes.len() * k];
    for (code, member) in clusters.members.iter().enumerate() {
        shares[code * k + member] = 1.0;
    }
    let mut before = f64::NEG_INFINITY;
    for round in 0.. {
        let mut mixture = maximise(codes, &shares, k);
        (shares, mixture.log_likelihood) = expect(codes, &mixture)?;
        if mixture.log_likelihood - before < TOLERANCE || round + 1 == MAX_ROUNDS {
            mixture.members = shares.chunks_exact(k).map(likeliest).collect();
            return Some(mixture);
        }
        before = mixture.log_likelihood;
    }
    None
}

fn likeliest(shares: &[f64]) -> usize {
    let best = shares.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(0, |(index, _)| index)
}

/// Parameters from each code's shares, `[N·k]`.
fn maximise(codes: &Codes, shares: &[f64], k: usize) -> Mixture {
    let d = codes.dims();
    let (mut weights, mut means, mut covariances) = (Vec::new(), Vec::new(), Vec::new());
    for component in 0..k {
        let share = || shares.iter().skip(component).step_by(k).copied();
        // Never zero, so that an empty component stays finite.
        let total: f64 = share().sum::<f64>() + 10.0 * f64::EPSILON;
        let mut mean = vec![0.0; d];
        for (code, share) in codes.rows().zip(share()) {
            mean.iter_mut().zip(code).for_each(|(mean, z)| *mean += share / total * f64::from(*z));
        }
        let mut covariance = vec![0.0; d * d];
        let mut centred = vec![0.0; d];
        for (code, share) in codes.rows().zip(share()) {
            let values = centred.iter_mut().zip(code).zip(&mean);
            values.for_each(|((centred, z), mean)| *centred = f64::from(*z) - mean);
            add_outer(&mut covariance, &centred, share / total);
        }
        (0..d).for_each(|index| covariance[index * d + index] += RIDGE);
        weights.push(total / codes.len() as f64);
        means.push(mean);
        covariances.push(covariance);
    }
    Mixture { weights, means, covariances, members: Vec::new(), log_likelihood: f64::NEG_INFINITY }
}

/// Each code's shares, `[N·k]`, and the mean log-likelihood.
fn expect(codes: &Codes, mixture: &Mixture) -> Option<(Vec<f64>, f64)> {
    let (d, k) = (codes.dims(), mixture.weights.len());
    let factors: Option<Vec<Cholesky>> =
        mixture.covariances.iter().map(|covariance| Cholesky::new(covariance, d)).collect();
    let factors = factors?;
    let mut shares = Vec::with_capacity(codes.len() * k);
    let mut total = 0.0;
    let scale = d as f64 * std::f64::consts::TAU.ln();
    for code in codes.rows() {
        let logs: Vec<f64> = (0..k)
            .map(|component| {
                let mean = &mixture.means[component];
                let centred: Vec<f64> =
                    code.iter().zip(mean).map(|(z, m)| f64::from(*z) - m).collect();
                let whitened = factors[component].forward(&centred);
                let square: f64 = whitened.iter().map(|value| value * value).sum();
                let log_density = -0.5 * (scale + factors[component].log_determinant() + square);
                mixture.weights[component].ln() + log_density
            })
            .collect();
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = logs.iter().map(|log| (log - largest).exp()).sum();
        let log_sum = largest + sum.ln();
        total += log_sum;
        shares.extend(logs.iter().map(|log| (log - log_sum).exp()));
    }
    Some((shares, total / codes.len() as f64))
}
