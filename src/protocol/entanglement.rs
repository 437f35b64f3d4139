//! Entanglement: what else changes in a picture when its latent moves along a direction.

use serde::{Deserialize, Serialize};

use super::Latent;

/// Move random samples along each direction, and look with the encoder what changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntanglementJob {
    /// The answer carries it.
    pub id: u64,
    /// The directions, one step each.
    pub steps: Vec<Latent>,
    /// Random samples to move, 1 or more.
    pub samples: usize,
    /// Their key.
    pub seed: u64,
}

/// What [`EntanglementJob`] measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entanglement {
    /// The job's.
    pub id: u64,
    /// Row a, column b: how many steps along b the code of the decoded picture moved, on average, when
    /// the latent was moved one step along a. 1 on the diagonal where picture and code agree.
    pub changes: Vec<Vec<f64>>,
    /// Samples it is the mean of.
    pub n: usize,
}
