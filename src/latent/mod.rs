//! What can be done with latents as vectors: directions from labels and without, paths, clusters,
//! neighbours, maps.
//!
//! Plain numbers in and out; only the decompositions borrow burn's. Called by the engine, which encodes
//! and decodes. Sums are in double precision: codes by the ten thousand are averaged here.

mod cluster;
mod codes;
mod direction;
mod histogram;
mod interpolate;
mod leading;
mod linear;
mod logistic;
mod mixture;
mod neighbours;
mod principal;
mod separation;
mod tsne;
mod watch;

pub use cluster::{Clusters, k_means, k_means_watched};
pub use codes::Codes;
pub use direction::{calibrated, cosine, cosines, difference_of_means, orthogonalised};
pub use histogram::{Counts, histogram};
pub use interpolate::{Journey, Path, PathError, Walk, lerp, slerp};
pub use leading::{Leading, Regressed, regressed_directions};
pub(crate) use linear::Cholesky;
pub use logistic::{Logistic, logistic_regression};
pub use mixture::{Mixture, gaussian_mixture, gaussian_mixture_watched};
pub use neighbours::{Best, Neighbour, all_neighbours, nearest};
pub use principal::{Principal, principal_components, singular_directions};
pub use separation::{Separation, auc, best_threshold, left_out_separation, separation};
pub use tsne::{TsneError, TsneOptions, tsne};
pub use watch::{Stopped, Watch, unwatched};

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;
