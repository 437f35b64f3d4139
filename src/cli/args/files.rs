//! Options of what goes from models to files and back.

use std::path::PathBuf;

use clap::Args;

use super::values::with_extension;

/// Options of `sample`.
#[derive(Debug, Clone, Args)]
pub struct SampleArgs {
    /// Model file or run folder, or `built-in`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// How many samples to draw from the prior
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub count: u32,
    /// Scale of the latents drawn: 1 is the prior itself
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    pub truncation: f32,
    /// Decode the tensor `z` (N×d) of this file instead
    #[arg(long, value_name = "FILE.safetensors", conflicts_with_all = ["count", "truncation"])]
    pub latents: Option<PathBuf>,
    /// Draw with a copy of the generator tuned for a photo: a file that invert --pivotal or the window wrote
    #[arg(long, value_name = "FILE.safetensors")]
    pub delta: Option<PathBuf>,
    /// Where to write: .png or .safetensors
    #[arg(long, value_name = "FILE", value_parser = with_extension(&["png", "safetensors"]))]
    pub out: PathBuf,
}

/// Options of `sheets`.
#[derive(Debug, Clone, Args)]
pub struct SheetsArgs {
    /// Model file or run folder, or `built-in`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// Folder of images or IDX files, or `portraits`: its held-out pictures are reconstructed
    #[arg(long, value_name = "PATH", default_value = "portraits")]
    pub data: String,
    /// Folder for the sheets; made if it is not there
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// Options of `encode`.
#[derive(Debug, Clone, Args)]
pub struct EncodeArgs {
    /// Model file or run folder, or `built-in`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// Pictures to encode
    #[arg(long, value_name = "FILES", num_args = 1.., required = true)]
    pub image: Vec<PathBuf>,
    /// Where to write: .safetensors
    #[arg(long, value_name = "FILE", value_parser = with_extension(&["safetensors"]))]
    pub out: PathBuf,
}

/// Options of `export`.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// Model file or run folder, or `built-in`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// Store weights as f16: half the size, three decimal digits; without it they are f32
    #[arg(long)]
    pub half: bool,
    /// Where to write: .safetensors
    #[arg(long, value_name = "FILE", value_parser = with_extension(&["safetensors"]))]
    pub out: PathBuf,
}

/// Options of `inspect`.
#[derive(Debug, Clone, Args)]
pub struct InspectArgs {
    /// Model file or run folder, or `built-in`
    pub file: PathBuf,
    /// List every tensor as well
    #[arg(long)]
    pub tensors: bool,
}
