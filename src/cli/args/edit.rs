//! Options of `edit`.

use std::path::PathBuf;

use clap::Args;

use super::DataFlags;
use super::values::{by_name, crop};
use crate::protocol::{Crop, InversionMethod};

/// Options of `edit`.
#[derive(Debug, Clone, Args)]
pub struct EditArgs {
    /// Model file or run folder, or `built-in`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// Edit a photo: a square of it is brought back to z, unless the script begins at a z of its own
    #[arg(long, value_name = "FILE", conflicts_with_all = ["latents", "sample_seed", "report"])]
    pub image: Option<PathBuf>,
    /// Which square of the photo, in its pixels: the middle, the edge, how far the photo is turned clockwise, and
    /// `mirrored` [default: the largest in the middle]
    #[arg(long, value_name = "X,Y,SIDE[,DEGREES[,mirrored]]", requires = "image", value_parser = crop, allow_hyphen_values = true)]
    pub crop: Option<Crop>,
    /// Edit the picture of a row of the tensor `z` (N×d) of this file
    #[arg(long, value_name = "FILE.safetensors", conflicts_with_all = ["sample_seed", "report"])]
    pub latents: Option<PathBuf>,
    /// Which row, counted from 0
    #[arg(long, value_name = "N", default_value_t = 0, requires = "latents")]
    pub row: usize,
    /// Edit the first sample of this seed
    #[arg(long, value_name = "N", conflicts_with = "report")]
    pub sample_seed: Option<u64>,
    /// What is painted: see below
    #[arg(
        long,
        value_name = "FILE.json",
        required_unless_present = "report",
        conflicts_with = "report"
    )]
    pub script: Option<PathBuf>,
    /// Folder for the results; made if it is not there. With --report: for a picture of every task
    #[arg(long, value_name = "DIR", required_unless_present = "report")]
    pub out: Option<PathBuf>,
    /// Frames, one way, of an animation from before to after and back: DIR/morph.gif
    #[arg(long, value_name = "FRAMES", conflicts_with = "report")]
    pub morph: Option<u32>,
    /// How it is solved, in place of what the script says.
    #[command(flatten, next_help_heading = "Solver")]
    pub solver: SolverFlags,
    /// How the photo is brought back: hybrid, optimise or encode [default: what the model allows]
    #[arg(long, value_name = "NAME", value_parser = by_name::<InversionMethod>, conflicts_with = "report")]
    pub method: Option<InversionMethod>,
    /// Steps of that at most [default: 60, and 300 to optimise]
    #[arg(long, value_name = "N")]
    pub inversion_steps: Option<u32>,
    /// Make edits up on samples and held-out faces, and print a table of how well they go
    #[arg(long)]
    pub report: bool,
    /// Tasks of the table [default: 500]
    #[arg(long, value_name = "N", requires = "report", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: Option<u32>,
    /// The faces of the table.
    #[command(flatten, next_help_heading = "Data")]
    pub data: DataFlags,
}

/// How an edit is solved; what is not named keeps what the script says, or its default.
#[derive(Debug, Clone, Args)]
pub struct SolverFlags {
    /// Candidates, the result among them: 1 to 16 [default: 16]
    #[arg(long, value_name = "N", conflicts_with = "report")]
    pub candidates: Option<u32>,
    /// Steps at most, of the result and then of the other candidates [default: 100]
    #[arg(long, value_name = "N")]
    pub steps: Option<u32>,
    /// What it costs to move away from z0
    #[arg(long, value_name = "X")]
    pub distance_weight: Option<f64>,
    /// What it costs to change what no stroke touches
    #[arg(long, value_name = "X")]
    pub rest_weight: Option<f64>,
    /// What it is worth to look real
    #[arg(long, value_name = "X")]
    pub realism_weight: Option<f64>,
    /// Adam's learning rate, in units of z: while a stroke is painted, and where points are dragged
    #[arg(long, value_name = "X")]
    pub learning_rate: Option<f64>,
}
