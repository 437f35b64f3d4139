//! Options of measurements.

use std::path::PathBuf;

use clap::Args;

use super::DataFlags;
use super::values::with_extension;

/// Options of `evaluate`.
#[derive(Debug, Clone, Args)]
pub struct EvaluateArgs {
    /// Model file or run folder, or `built-in`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// At most this many held-out pictures, and as many samples
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub limit: u32,
    /// Fail where a goal of the shipped Portraits model is missed
    #[arg(long)]
    pub goals: bool,
    /// What is measured against.
    #[command(flatten, next_help_heading = "Data")]
    pub data: DataFlags,
}

/// Options of `oracle`.
#[derive(Debug, Clone, Args)]
pub struct OracleArgs {
    /// Steps
    #[arg(long, value_name = "N", default_value_t = 4000)]
    pub steps: u64,
    /// Pictures in a step
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(2..=1024))]
    pub batch: u32,
    /// Different training faces
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub faces: u32,
    /// Where to write
    #[arg(long, value_name = "FILE", value_parser = with_extension(&["safetensors"]))]
    pub out: PathBuf,
}

/// Options of `bench`.
#[derive(Debug, Clone, Args)]
pub struct BenchArgs {
    /// Few repetitions: shows that everything runs, not how fast
    #[arg(long)]
    pub quick: bool,
    /// Only figures whose name contains TEXT
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
}
