//! The command line as it is typed: names, defaults, help. What it means is decided elsewhere.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::de::value::{Error as ValueError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

use super::settings::{DataFlags, ModelFlags, TrainFlags};
use crate::protocol::{Curve, DeviceChoice};

const EXIT_CODES: &str = "Exit codes: 0 done; 1 it failed, with one line on standard error that says why; \
2 wrong arguments; 130 stopped by Ctrl-C (or SIGTERM), a run after saving, a file without a trace.";

/// Train a GAN or VAE on your own pictures, watch it learn and walk its latent space.
///
/// Without a command the window opens.
#[derive(Debug, Parser)]
#[command(name = "latent-atelier", version, subcommand_precedence_over_arg = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// Model file or run folder to open in the window
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
    #[command(after_help = TRAIN_KEYS)]
    Train(Box<TrainArgs>),
    /// Draw samples from a model into a picture or a tensor file
    #[command(after_help = SAMPLE_KEYS)]
    Sample(SampleArgs),
    /// Draw sheets that show a model: samples, reconstructions, what its latent dimensions do
    #[command(after_help = SHEETS_KEYS)]
    Sheets(SheetsArgs),
    /// Encode pictures into latents, with a model that has an encoder
    #[command(after_help = ENCODE_KEYS)]
    Encode(EncodeArgs),
    /// List the devices that can compute, and why each was or was not chosen
    #[command(after_help = DEVICES_KEYS)]
    Devices,
    /// Write a model, or a run's, as a file of its own
    #[command(after_help = EXPORT_KEYS)]
    Export(ExportArgs),
    /// Say what a model file holds
    #[command(after_help = INSPECT_KEYS)]
    Inspect(InspectArgs),
    /// Write an animation along a path through a model's latent space
    #[command(after_help = INTERPOLATE_KEYS)]
    Interpolate(InterpolateArgs),
    /// Find the directions of a labelled data set's attributes in a model's latent space
    #[command(after_help = ATTRIBUTES_KEYS)]
    Attributes(AttributesArgs),
    /// Measure a model: reconstruction, distance of samples to data, variety of attributes
    #[command(after_help = EVALUATE_KEYS)]
    Evaluate(EvaluateArgs),
    /// Train the oracle of Portraits: one classifier per attribute, on rendered ground truth
    #[command(after_help = ORACLE_KEYS)]
    Oracle(OracleArgs),
    /// Measure how fast this machine trains and decodes
    #[command(after_help = BENCH_KEYS)]
    Bench(BenchArgs),
}

const TRAIN_KEYS: &str = "\
JSON lines (with --json, or when standard output is not a terminal), at most one a second; the first and the
last step always get one:
  step_from, step   the steps that the means cover
  steps_total       where it ends
  d_loss, g_loss, loss, recon, kl   mean losses, those that the family has; null when not finite
  images_per_sec, elapsed_secs
The last line: result (DIR/model.safetensors), step, reason (finished or stopped), skipped (how many files of the
data could not be used), skipped_files (path and reason of each; --verbose lists them on standard error).

FILE.toml has the tables [model], [train] and [data] with the names of the options above, e.g.
  [model]
  family = \"vae\"
  size = 32
  [train]
  steps = 5000
  lr-d = 1e-4
  [data]
  data = \"pictures\"
Options on the command line win.";

const SAMPLE_KEYS: &str =
    "JSON line: written (the file), model, count and seed (of samples drawn from the prior).
A .png is a sheet; a .safetensors holds the tensor `images`, N×C×H×W in the model's own range.";

const SHEETS_KEYS: &str = "\
JSON line: samples, reconstructions, sliders (the files in DIR; reconstructions is null without an encoder),
ranking (latent-kl or sensitivity), dimensions (of the rows of sliders, counted from 0), model, seed.
  samples.png          16x16 samples of the prior
  reconstructions.png  rows of 16 held-out pictures, each above the row of their reconstructions
  sliders.png          the ten most active latent dimensions, a row each, from -3 to +3 sigma (from end to
                       end of a uniform prior), the others as in the first sample
All are written when all are drawn, or none.";

const INTERPOLATE_KEYS: &str = "\
The path goes through --count random latents, or those of --latents, or with --walk wherever chance leads, without
a seam. JSON line: written (the file or folder), model, frames, fps, seed.
  .gif    256 colours a picture; delays are hundredths of a second
  .apng   every colour, and alpha
  .mp4, .webm   need ffmpeg on the PATH
  a name without ending is a folder, new or empty, for 00001.png, 00002.png, …";

const ATTRIBUTES_KEYS: &str = "\
A direction is the mean code of the pictures with a label less that of those without; adding it once is one
step of its slider. It is judged on held-out pictures. JSON lines, one per direction:
  name, step (the vector), with, without (pictures it was made from), accuracy, auc (on held-out codes),
  cosines (with every direction, in this order)
With --report, one more per direction, moved one step on random samples and judged by the oracle of Portraits:
  name, n, plain and orthogonal (made so to all other attributes): reached (share of samples whose decision
  changed), kept (share of the other attributes' decisions that did not), changes (per attribute, mean change
  of its probability)
The last line: summary, n, reached, kept, reached_orthogonal, kept_orthogonal (means), written, seconds.";

const ENCODE_KEYS: &str = "JSON line: written (the file), model, images (how many).
The file holds the tensor `z`, N×d, and `mu` and `logvar` where the encoder gives them.";

const EXPORT_KEYS: &str = "JSON line: written (the file), model, weights (f32 or f16), bytes.
A value that f16 cannot hold is refused with its tensor's name, and nothing is written.";

const DEVICES_KEYS: &str = "JSON lines, one a device: choice (for --device), name, backend, kind, memory_bytes (or null), \
memory_note, chosen (whether --device takes it), reason.";

const INSPECT_KEYS: &str =
    "JSON line: file, format, program, step, weights, description, dataset, labels, value_range, \
architecture (an object), tensors, parameters (an object: generator, encoder, discriminator).
With --tensors one line follows for each tensor: name, shape.";

const EVALUATE_KEYS: &str = "\
JSON lines: for Portraits one an attribute: name, data_rate, sample_rate, ratio (of the variance of yes/no
answers among samples to that among data); then summary, n, psnr_db, psnr_worst_db (null without an encoder),
swd, swd_baseline, swd_ratio (sliced Wasserstein distance of samples to held-out pictures, and of pixels drawn
independently), seconds, model.";

const ORACLE_KEYS: &str = "\
JSON lines: one a question: name, accuracy (on held-out renders where the answer is clear), n; then summary, n,
worst.";

const BENCH_KEYS: &str = "JSON lines, one a figure: name, value, unit, device, and peer and ratio where another program \
was timed.";

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
    /// Go on with the run in DIR, up to --steps in total, on its own data unless --data names others
    #[arg(long, help_heading = "Run")]
    pub resume: bool,
}

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
    /// Where to write: .gif, .apng, .mp4, .webm, or a folder
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,
}

/// Options of `attributes`.
#[derive(Debug, Clone, Args)]
pub struct AttributesArgs {
    /// Model file or run folder with an encoder, or `built-in`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// Labelled pictures: a folder with sub-folders, IDX files with labels, or `portraits`
    #[arg(long, value_name = "PATH", default_value = "portraits")]
    pub data: String,
    /// At most this many training pictures, and as many held-out ones, are encoded
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
}

/// Options of `evaluate`.
#[derive(Debug, Clone, Args)]
pub struct EvaluateArgs {
    /// Model file or run folder, or `built-in`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// Folder of images or IDX files, or `portraits`
    #[arg(long, value_name = "PATH", default_value = "portraits")]
    pub data: String,
    /// At most this many held-out pictures, and as many samples
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub limit: u32,
    /// Fail where a goal of the shipped Portraits model is missed
    #[arg(long)]
    pub goals: bool,
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

/// Reads an option whose values have names in files too, such as `gaussian`.
pub(super) fn by_name<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let named: StrDeserializer<'_, ValueError> = text.into_deserializer();
    T::deserialize(named).map_err(|error| error.to_string().replace("unknown variant ", ""))
}

/// Reads an image size: 16, 32, 64 or 128.
pub(super) fn image_size(text: &str) -> Result<u32, String> {
    let sizes = crate::protocol::IMAGE_SIZES;
    u32::from_str(text)
        .ok()
        .filter(|size| sizes.contains(size))
        .ok_or_else(|| "use 16, 32, 64 or 128".to_owned())
}

/// Reads a colour: `#rrggbb`.
pub(super) fn colour(text: &str) -> Result<[u8; 3], String> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 6);
    let [_, red, green, blue] =
        number.ok_or("use six hexadecimal digits, such as #ffffff")?.to_be_bytes();
    Ok([red, green, blue])
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value),
        _ => Err("use a number above 0".to_owned()),
    }
}

fn with_extension(
    extensions: &'static [&'static str],
) -> impl Fn(&str) -> Result<PathBuf, String> + Clone {
    move |text| {
        let path = PathBuf::from(text);
        let extension = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        if extension.is_some_and(|extension| extensions.contains(&extension.as_str())) {
            Ok(path)
        } else {
            Err(format!("its name must end with .{}", extensions.join(" or .")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cli, by_name, colour, image_size};
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
