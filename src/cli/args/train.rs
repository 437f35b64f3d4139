//! Options of training.

use std::path::PathBuf;

use clap::Args;

use super::DataFlags;
use crate::cli::settings::{ModelFlags, TrainFlags};

/// Options of `train`.
#[derive(Debug, Clone, Default, Args)]
pub struct TrainArgs {
    /// The networks.
    #[command(flatten, next_help_heading = "Model")]
    pub model: ModelFlags,
    /// How to train them.
    #[command(flatten, next_help_heading = "Training")]
    pub train: TrainFlags,
    /// On what.
    #[command(flatten, next_help_heading = "Data")]
    pub data: DataFlags,
    /// Folder of the run; the result is DIR/model.safetensors
    #[arg(long, value_name = "DIR", help_heading = "Run")]
    pub out: PathBuf,
    /// Read options from a TOML file; those on the command line win
    #[arg(long, value_name = "FILE.toml", help_heading = "Run")]
    pub config: Option<PathBuf>,
    /// Begin with the networks of this model where they fit; the others are fresh
    #[arg(long, value_name = "MODEL", help_heading = "Run", conflicts_with = "resume")]
    pub init: Option<PathBuf>,
    /// Train an encoder for the generator of this model, or of `built-in`, which stays as it is; family,
    /// size and all of the architecture are the model's. An encoder it has already is trained further
    #[arg(long, value_name = "MODEL", help_heading = "Run", conflicts_with = "init")]
    pub encoder_for: Option<PathBuf>,
    /// With --encoder-for: begin with random weights even where the model has an encoder
    #[arg(long, help_heading = "Run", requires = "encoder_for", conflicts_with = "resume")]
    pub fresh_encoder: bool,
    /// Go on with the run in DIR, up to --steps in total, on its own data unless --data names others
    #[arg(long, help_heading = "Run")]
    pub resume: bool,
    /// Train even where far more memory is needed than the machine has
    #[arg(long, help_heading = "Run")]
    pub force: bool,
}
