//! Options of what explores a latent space.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::DataFlags;
use super::values::{by_name, positive, with_extension};
use crate::protocol::Curve;

/// Options of `interpolate`.
#[derive(Debug, Clone, Args)]
pub struct InterpolateArgs {
    /// Model file or run folder, or `built-in`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// How many random latents the path goes through
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    pub count: u32,
    /// Go through the rows of the tensor `z` (N×d) of this file instead
    #[arg(long, value_name = "FILE.safetensors", conflicts_with = "count")]
    pub latents: Option<PathBuf>,
    /// How latents are joined: linear, spherical, or shell (a line at the norms of its ends)
    #[arg(long, value_name = "NAME", default_value = "spherical", value_parser = by_name::<Curve>)]
    pub curve: Curve,
    /// Go on from the last latent to the first
    #[arg(long = "loop", conflicts_with = "ping_pong")]
    pub looped: bool,
    /// Go back the way it came
    #[arg(long)]
    pub ping_pong: bool,
    /// A seamless random walk through the prior instead
    #[arg(long, conflicts_with_all = ["count", "latents", "curve", "looped", "ping_pong"])]
    pub walk: bool,
    /// Waves a walk is made of: more are livelier
    #[arg(long, value_name = "N", default_value_t = 2, requires = "walk", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub waves: u32,
    /// Pictures in all
    #[arg(long, value_name = "N", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub frames: u32,
    /// Pictures a second
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub fps: u16,
    /// How many times larger than the model's pictures
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub scale: u32,
    /// Where to write: .gif, .apng, .webp, .mp4, .webm, or a folder
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,
}

/// Options of `attributes`.
#[derive(Debug, Clone, Args)]
pub struct AttributesArgs {
    /// Model file or run folder with an encoder, or `built-in`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// At most this many labelled training pictures, and as many held-out ones, are encoded
    #[arg(long, value_name = "N", default_value_t = 4000, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub pictures: u32,
    /// Take the normal of a logistic boundary instead of the difference of the means
    #[arg(long)]
    pub logistic: bool,
    /// Weight of the logistic boundary's ridge
    #[arg(long, value_name = "X", default_value_t = 1.0, requires = "logistic", value_parser = positive)]
    pub ridge: f64,
    /// Try each direction on random samples, with the oracle of Portraits as judge
    #[arg(long)]
    pub report: bool,
    /// Samples to try each direction on [default: 500]
    #[arg(long, value_name = "N", requires = "report", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: Option<u32>,
    /// Write the directions with their names and statistics
    #[arg(long, value_name = "FILE.safetensors", value_parser = with_extension(&["safetensors"]))]
    pub out: Option<PathBuf>,
    /// Labelled pictures.
    #[command(flatten, next_help_heading = "Data")]
    pub data: DataFlags,
}

/// How a map places its points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum MapMethodName {
    /// The first two principal components
    #[default]
    Pca,
    /// t-SNE
    Tsne,
    /// The latent dimensions of a model that has two
    Latent,
}

/// Options of `map`.
#[derive(Debug, Clone, Args)]
pub struct MapArgs {
    /// Model file or run folder, or `built-in`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// Folder of images or IDX files, or `portraits`
    #[arg(long, value_name = "PATH", default_value = "portraits")]
    pub data: String,
    /// Training pictures to encode, spread evenly over the data [default: 2000; 0 without an encoder]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=50_000))]
    pub points: Option<u32>,
    /// Samples of the prior [default: 0; 2000 where no pictures are encoded]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=50_000))]
    pub samples: Option<u32>,
    /// How they become points of a plane
    #[arg(long, value_enum, default_value_t)]
    pub method: MapMethodName,
    /// Neighbours that count in t-SNE, roughly [default: 30]
    #[arg(long, value_name = "X")]
    pub perplexity: Option<f32>,
    /// Rounds of t-SNE [default: 750]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub epochs: Option<u32>,
    /// Clusters to look for among the latents; 0 for none
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=64))]
    pub clusters: u32,
    /// Clusters are Gaussians with full covariances, instead of k-means'
    #[arg(long, requires = "clusters")]
    pub mixture: bool,
    /// What a .png is coloured by: kind, clusters, labels, or a label's name
    #[arg(long, value_name = "NAME")]
    pub colour: Option<String>,
    /// Where to write: .json, .csv or .png
    #[arg(long, value_name = "FILE", value_parser = with_extension(&["json", "csv", "png"]))]
    pub out: PathBuf,
}
