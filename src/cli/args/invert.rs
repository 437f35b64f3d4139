//! Options of `invert`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::DataFlags;
use super::values::by_name;
use crate::protocol::{Descent, PixelLoss};

/// What `--method` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Methods {
    /// Descend from several starts
    Optimise,
    /// Ask the encoder
    Encode,
    /// Descend from the encoder's answer
    Hybrid,
    /// All three, side by side
    Race,
}

/// Options of `invert`.
#[derive(Debug, Clone, Args)]
pub struct InvertArgs {
    /// Model file or run folder, or `built-in`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// Pictures, or folders of pictures (without what lies in folders within them)
    #[arg(long, value_name = "FILES", num_args = 1.., required_unless_present = "report")]
    pub image: Vec<PathBuf>,
    /// How; without it what the model allows: hybrid, or optimise
    #[arg(long, value_enum, conflicts_with = "report")]
    pub method: Option<Methods>,
    /// Folder for the results; made if it is not there
    #[arg(long, value_name = "DIR", required_unless_present = "report")]
    pub out: Option<PathBuf>,
    /// Go on in a folder that holds a report: what is in it with the same settings is not done again
    #[arg(long, conflicts_with = "report")]
    pub resume: bool,
    /// Print a table of how well and how fast samples and held-out pictures come back
    #[arg(long, conflicts_with_all = ["image", "out"])]
    pub report: bool,
    /// For the report: this many samples and as many held-out pictures [default: 200]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: Option<u32>,
    /// How latents are optimised.
    #[command(flatten, next_help_heading = "Optimisation")]
    pub descent: DescentFlags,
    /// Keeping identity: a copy of the generator tuned for each picture.
    #[command(flatten, next_help_heading = "Pivotal tuning")]
    pub pivotal: PivotalFlags,
    /// The training data: its codes are among the starts, its held-out pictures in the report.
    #[command(flatten, next_help_heading = "Data")]
    pub data: DataFlags,
}

/// How latents are optimised; what is not named keeps its default.
#[derive(Debug, Clone, Args)]
pub struct DescentFlags {
    /// Steps at most [default: 300, and 60 of a hybrid]
    #[arg(long, value_name = "N")]
    pub steps: Option<u32>,
    /// Steps at most of a hybrid, where they are to be others
    #[arg(long, value_name = "N")]
    pub hybrid_steps: Option<u32>,
    /// Latents a picture is looked for from: 1 to 64 [default: 8]
    #[arg(long, value_name = "N")]
    pub starts: Option<u32>,
    /// adam or l-bfgs [default: adam, and l-bfgs of a hybrid]
    #[arg(long, value_name = "NAME", value_parser = by_name::<Descent>)]
    pub descent: Option<Descent>,
    /// The same of a hybrid, where it is to be another
    #[arg(long, value_name = "NAME", value_parser = by_name::<Descent>)]
    pub hybrid_descent: Option<Descent>,
    /// Adam's learning rate [default: 0.1]; with optimise and race it is the optimiser's, and a hybrid has one
    /// with --hybrid-descent adam alone
    #[arg(long, value_name = "X")]
    pub learning_rate: Option<f64>,
    /// Share of the steps over which Adam's rate rises from 0, where there is one [default: 0.05]
    #[arg(long, value_name = "X")]
    pub ramp_up: Option<f64>,
    /// Share of the steps over which it falls to 0 at the end [default: 0.25]
    #[arg(long, value_name = "X")]
    pub ramp_down: Option<f64>,
    /// How pixels are compared: l2 or l1 [default: l2]
    #[arg(long, value_name = "NAME", value_parser = by_name::<PixelLoss>)]
    pub pixel: Option<PixelLoss>,
    /// Weight of the distance in features [default: 0]
    #[arg(long, value_name = "X")]
    pub feature_weight: Option<f64>,
    /// Whose features: discriminator, encoder, or a model file [default: discriminator]
    #[arg(long, value_name = "NAME", requires = "feature_weight")]
    pub features: Option<PathBuf>,
    /// Weight of the prior, mean z^2 [default: 0]
    #[arg(long, value_name = "X")]
    pub prior_weight: Option<f64>,
    /// Hybrid: weight of the in-domain term, mean (z - En(G(z)))^2 [default: 0]
    #[arg(long, value_name = "X")]
    pub domain_weight: Option<f64>,
    /// Noise on z at Adam's first step, where there is one, falling to 0 at half the steps [default: 0]
    #[arg(long, value_name = "X")]
    pub noise: Option<f64>,
    /// Keep all starts to the end
    #[arg(long)]
    pub no_prune: bool,
    /// Steps without a gain after which it comes to its end; 0 for never [default: 60]
    #[arg(long, value_name = "N")]
    pub patience: Option<u32>,
}

/// How a copy of the generator is tuned; what is not named keeps its default.
#[derive(Debug, Clone, Args)]
pub struct PivotalFlags {
    /// Then tune a copy of the generator for each picture, from its best latent, and write what changed
    #[arg(long, conflicts_with = "report")]
    pub pivotal: bool,
    /// Steps at most [default: 300]
    #[arg(long, value_name = "N", requires = "pivotal")]
    pub pivotal_steps: Option<u32>,
    /// Adam's learning rate [default: 0.003]
    #[arg(long, value_name = "X", requires = "pivotal")]
    pub pivotal_rate: Option<f64>,
    /// Rank of each layer's change, 1 to 64; 0 for every weight by itself [default: 8]
    #[arg(long, value_name = "N", requires = "pivotal")]
    pub pivotal_rank: Option<u32>,
    /// It ends when the picture is this near, in decibels [default: 35]
    #[arg(long, value_name = "X", requires = "pivotal")]
    pub pivotal_goal: Option<f64>,
    /// Weight of the locality term, which keeps other pictures as they are [default: 1]
    #[arg(long, value_name = "X", requires = "pivotal")]
    pub locality_weight: Option<f64>,
    /// Latents near the pivot that the locality term looks at in each step [default: 4]
    #[arg(long, value_name = "N", requires = "pivotal")]
    pub locality_samples: Option<u32>,
    /// How far from the pivot they are, in lengths of a typical latent [default: 1]
    #[arg(long, value_name = "X", requires = "pivotal")]
    pub locality_alpha: Option<f64>,
    /// Weight of the distance in the discriminator's features [default: 0]
    #[arg(long, value_name = "X", requires = "pivotal")]
    pub pivotal_feature_weight: Option<f64>,
    /// Steps without a gain after which it ends; 0 for never [default: 60]
    #[arg(long, value_name = "N", requires = "pivotal")]
    pub pivotal_patience: Option<u32>,
}
