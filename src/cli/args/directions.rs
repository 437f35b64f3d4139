//! Options of what finds directions without labels and lays them out.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::{positive, steps, with_extension};

/// How `directions` finds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Method {
    /// Principal components of the codes of --data
    Pca,
    /// What moves the principal components of a generator layer (GANSpace)
    LayerPca,
    /// Singular directions of the first weight (SeFa)
    Sefa,
    /// Singular directions of the Jacobian at one latent: the tangent vectors there
    Jacobian,
    /// The latent dimensions, those that change the picture most first
    Sensitivity,
}

/// Options of `directions`.
#[derive(Debug, Clone, Args)]
pub struct DirectionsArgs {
    /// Model file or run folder, or `built-in`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// How they are found
    #[arg(long, value_enum)]
    pub method: Method,
    /// At most this many, the strongest first
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=512))]
    pub count: u32,
    /// For pca: folder of images or IDX files, or `portraits` [default: portraits]
    #[arg(long, value_name = "PATH")]
    pub data: Option<String>,
    /// For pca: at most this many pictures are encoded [default: 4000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub pictures: Option<u32>,
    /// For layer-pca: the layer; 0 is the projection of z, each further one twice as wide [default: 0]
    #[arg(long, value_name = "N")]
    pub layer: Option<u32>,
    /// For layer-pca: how many random samples [default: 2000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub samples: Option<u32>,
    /// Start from the first row of the tensor `z` (N×d) of this file instead of a sample of the prior
    #[arg(long, value_name = "FILE.safetensors")]
    pub latents: Option<PathBuf>,
    /// Write the directions with their names and figures
    #[arg(long, value_name = "FILE.safetensors", value_parser = with_extension(&["safetensors"]))]
    pub out: Option<PathBuf>,
    /// Draw what each direction does, a labelled row each
    #[arg(long, value_name = "FILE.png", value_parser = with_extension(&["png"]))]
    pub picture: Option<PathBuf>,
}

/// Options of `grid`.
#[derive(Debug, Clone, Args)]
pub struct GridArgs {
    /// Model file or run folder, or `built-in`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// Directions, as `directions` and `attributes` write them
    #[arg(long, value_name = "FILE.safetensors")]
    pub directions: Option<PathBuf>,
    /// The direction of that file that goes from left to right
    #[arg(long, value_name = "NAME", requires = "directions", conflicts_with = "x_dim")]
    pub x: Option<String>,
    /// The one that goes from bottom to top; without one there is one row
    #[arg(long, value_name = "NAME", requires = "directions", conflicts_with = "y_dim")]
    pub y: Option<String>,
    /// The latent dimension that goes from left to right instead, counted from 0
    #[arg(long, value_name = "N")]
    pub x_dim: Option<u32>,
    /// The one that goes from bottom to top instead
    #[arg(long, value_name = "N")]
    pub y_dim: Option<u32>,
    /// Pictures along both axes, or along x and y
    #[arg(long, value_name = "N[,M]", default_value = "7", value_parser = steps)]
    pub steps: (u32, u32),
    /// How far it goes to each side: steps of a direction, values of a dimension [default: 3, or 1 for a uniform prior]
    #[arg(long, value_name = "R", value_parser = positive)]
    pub reach: Option<f64>,
    /// Start from the first row of the tensor `z` (N×d) of this file instead of a sample of the prior
    #[arg(long, value_name = "FILE.safetensors")]
    pub latents: Option<PathBuf>,
    /// How many times larger than the model's pictures
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub scale: u32,
    /// Where to write: .png
    #[arg(long, value_name = "FILE.png", value_parser = with_extension(&["png"]))]
    pub out: PathBuf,
}
