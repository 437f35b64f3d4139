//! The command line as it is typed: names, defaults, help. What it means is decided elsewhere.

mod data;
mod directions;
mod edit;
mod files;
mod invert;
mod keys;
mod latent;
mod measure;
mod train;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use data::DataFlags;
pub use directions::{DirectionsArgs, GridArgs, Method};
pub use edit::{EditArgs, SolverFlags};
pub use files::{EncodeArgs, ExportArgs, InspectArgs, SampleArgs, SheetsArgs};
pub use invert::{DescentFlags, InvertArgs, Methods, PivotalFlags};
pub use latent::{AttributesArgs, InterpolateArgs, MapArgs, MapMethodName};
pub use measure::{BenchArgs, EvaluateArgs, OracleArgs};
pub use train::TrainArgs;
pub(super) use values::{by_name, image_size};

use crate::protocol::DeviceChoice;

const EXIT_CODES: &str = "Exit codes: 0 done; 1 it failed, with one line on standard error that says why; \
2 wrong arguments; 130 stopped by Ctrl-C (or SIGTERM), a run after saving, a file without a trace.";

/// Train a GAN or VAE on your own pictures, watch it learn and walk its latent space.
///
/// Without a command the window opens.
#[derive(Debug, Parser)]
#[command(name = "latent-atelier", version, subcommand_precedence_over_arg = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// Model file, run folder, session (*.atelier.json) or photo to open in the window
    pub model: Option<PathBuf>,
    /// What draws the window
    #[arg(long, value_enum, default_value_t)]
    pub renderer: Renderer,
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do without a window.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// auto, cpu, gpu (the best real one), or gpu:N with N from `latent-atelier devices`
    #[arg(long, global = true, default_value_t, value_name = "DEVICE")]
    pub device: DeviceChoice,
    /// Key of every random number [default: 0]
    #[arg(long, global = true, value_name = "N")]
    pub seed: Option<u64>,
    /// JSON lines on standard output, and nothing else there
    #[arg(long, global = true)]
    pub json: bool,
    /// Log to standard error what happens inside
    #[arg(long, short, global = true)]
    pub verbose: bool,
}

/// What draws the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Renderer {
    /// wgpu, and OpenGL where it does not start
    #[default]
    Auto,
    /// wgpu: Vulkan, Metal, DirectX 12
    Wgpu,
    /// OpenGL
    Glow,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a model on a data set
    #[command(after_help = keys::TRAIN_KEYS)]
    Train(Box<TrainArgs>),
    /// Draw samples from a model into a picture or a tensor file
    #[command(after_help = keys::SAMPLE_KEYS)]
    Sample(SampleArgs),
    /// Draw sheets that show a model: samples, reconstructions, what its latent dimensions do
    #[command(after_help = keys::SHEETS_KEYS)]
    Sheets(SheetsArgs),
    /// Encode pictures into latents, with a model that has an encoder
    #[command(after_help = keys::ENCODE_KEYS)]
    Encode(EncodeArgs),
    /// List the devices that can compute, and why each was or was not chosen
    #[command(after_help = keys::DEVICES_KEYS)]
    Devices,
    /// Write a model, or a run's, as a file of its own
    #[command(after_help = keys::EXPORT_KEYS)]
    Export(ExportArgs),
    /// Say what a model file holds
    #[command(after_help = keys::INSPECT_KEYS)]
    Inspect(InspectArgs),
    /// Write an animation along a path through a model's latent space
    #[command(after_help = keys::INTERPOLATE_KEYS)]
    Interpolate(InterpolateArgs),
    /// Find the directions of a labelled data set's attributes in a model's latent space
    #[command(after_help = keys::ATTRIBUTES_KEYS)]
    Attributes(AttributesArgs),
    /// Find directions in a model's latent space without labels
    #[command(after_help = keys::DIRECTIONS_KEYS)]
    Directions(DirectionsArgs),
    /// Draw a latent moved along two directions or dimensions, with labels, as one picture
    #[command(after_help = keys::GRID_KEYS)]
    Grid(GridArgs),
    /// Place encoded pictures and samples in a plane, with clusters
    #[command(after_help = keys::MAP_KEYS)]
    Map(MapArgs),
    /// Bring pictures back to z: by optimisation, by the encoder, or by both
    #[command(after_help = keys::INVERT_KEYS)]
    Invert(Box<InvertArgs>),
    /// Edit a photo, a latent or a sample by a script of strokes, or measure how well edits go
    #[command(after_help = keys::EDIT_KEYS)]
    Edit(Box<EditArgs>),
    /// Measure a model: reconstruction, distance of samples to data, variety of attributes
    #[command(after_help = keys::EVALUATE_KEYS)]
    Evaluate(EvaluateArgs),
    /// Train the oracle of Portraits: one classifier per attribute, on rendered ground truth
    #[command(after_help = keys::ORACLE_KEYS)]
    Oracle(OracleArgs),
    /// Measure how fast this machine trains and decodes
    #[command(after_help = keys::BENCH_KEYS)]
    Bench(BenchArgs),
}

#[cfg(test)]
mod tests {
    use super::values::{colour, crop, steps};
    use super::{Cli, by_name, image_size};
    use crate::protocol::Likelihood;
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn values_are_read_by_name() {
        assert_eq!(by_name("bernoulli"), Ok(Likelihood::Bernoulli));
        assert!(by_name::<Likelihood>("poisson").is_err_and(|e| e.contains("`gaussian`")));
        assert_eq!(colour("#ff8000"), Ok([255, 128, 0]));
        assert!(colour("red").is_err() && colour("#ff80000").is_err());
        assert_eq!((steps("5"), steps("7, 3")), (Ok((5, 5)), Ok((7, 3))));
        assert!(steps("0").is_err() && steps("3,").is_err() && steps("1001").is_err());
        let square = crop("10, 20,30").expect("a square");
        assert_eq!((square.centre, square.side, square.mirrored), ([10.0, 20.0], 30.0, false));
        let square = crop("1,2,3,-4.5,mirrored").expect("a square");
        assert_eq!((square.degrees, square.mirrored), (-4.5, true));
        assert!(
            ["1,2", "1,2,x", "1,2,3,4,5", "mirrored", "1,2,inf"].iter().all(|t| crop(t).is_err())
        );
        assert!(image_size("48").is_err() && image_size("x").is_err());
    }

    #[test]
    fn global_options_stand_before_and_after_the_command() {
        for line in [["x", "--json", "devices"], ["x", "devices", "--json"]] {
            let cli = Cli::try_parse_from(line).expect("valid");
            assert!(cli.global.json && cli.command.is_some() && cli.model.is_none());
        }
        assert!(Cli::try_parse_from(["x", "face.safetensors"]).is_ok_and(|c| c.model.is_some()));
        assert!(Cli::try_parse_from(["x", "--device", "cuda", "devices"]).is_err());
    }

    #[test]
    fn outputs_are_checked_by_their_names() {
        let line = ["x", "sample", "--model", "m", "--out", "a.gif"];
        assert!(Cli::try_parse_from(line).is_err_and(|e| e.exit_code() == 2));
        let both =
            ["x", "sample", "--model", "m", "--count", "3", "--latents", "z", "--out", "a.png"];
        assert!(Cli::try_parse_from(both).is_err_and(|e| e.exit_code() == 2));
    }
}
