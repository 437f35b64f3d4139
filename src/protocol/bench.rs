//! What `latent-atelier bench` asks for and gets.

use serde::{Deserialize, Serialize};

use super::DeviceChoice;

/// What to measure.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BenchOptions {
    /// Where to measure.
    pub device: DeviceChoice,
    /// Key of the random numbers.
    pub seed: u64,
    /// Few repetitions: shows that everything runs, not how fast.
    pub quick: bool,
    /// Only figures whose name contains this.
    pub only: Option<String>,
}

/// One measured figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchFigure {
    /// Such as `train_step_64px`, `decode_16`, `peak_memory`.
    pub name: String,
    /// The value.
    pub value: f64,
    /// `ms`, `images/s`, `s`, `MiB`.
    pub unit: String,
    /// The device it was measured on.
    pub device: String,
    /// The same figure of another program, where one was timed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<f64>,
    /// How much better than the peer, where one was timed; above 1 is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
}
