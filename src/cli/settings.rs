//! What `train` is asked to do, gathered from the command line, a TOML file and the run itself.
//!
//! The options on the command line and the keys of the file are the same structs, so they have the
//! same names. What is stated later wins: defaults of the family, the run that is gone on with, the
//! file, the command line.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde::Deserialize;

use super::args::{DataFlags, TrainArgs, by_name, image_size};
use super::encoder_for;
use super::outcome::Usage;
use super::refusals::{by_option, refuse_changes, refuse_data, refuse_foreign};
use crate::protocol::{
    DatasetOptions, DatasetSource, Family, LabelSource, Likelihood, ModelSpec, Normalisation,
    Objective, Prior, RunSettings, TrainSettings,
};
use crate::storage::{DatasetConfig, RunConfig, RunFolder, StorageError, plain_io, shown};

/// `[model]`: the networks.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ModelFlags {
    /// gan, vae or vae-gan (needed, here or in the file)
    #[arg(long, value_name = "NAME")]
    pub family: Option<Family>,
    /// Edge of the pictures: 16, 32, 64 or 128 pixels [default: 64]
    #[arg(long, value_name = "N", value_parser = image_size)]
    #[serde(alias = "image-size")]
    pub size: Option<u32>,
    /// 1 (gray), 3 (RGB) or 4 (RGBA) [default: 3]
    #[arg(long, value_name = "N")]
    pub channels: Option<u32>,
    /// Dimensions of the latent z, 1 to 512 [default: 64]
    #[arg(long, value_name = "N")]
    pub latent: Option<u32>,
    /// Channels at the largest resolution, 4 to 256; deeper layers double them [default: 32]
    #[arg(long, value_name = "N")]
    pub width: Option<u32>,
    /// Normalisation: none, batch or instance [default: batch]
    #[arg(long, value_name = "NAME", value_parser = by_name::<Normalisation>)]
    pub norm: Option<Normalisation>,
    /// Normalisation in the discriminator alone [default: as --norm]
    #[arg(long, value_name = "NAME", value_parser = by_name::<Normalisation>)]
    pub norm_d: Option<Normalisation>,
    /// Likelihood of a VAE's decoder: gaussian or bernoulli [default: gaussian]
    #[arg(long, value_name = "NAME", value_parser = by_name::<Likelihood>)]
    pub likelihood: Option<Likelihood>,
    /// What z is drawn from: normal or uniform [default: normal]
    #[arg(long, value_name = "NAME", value_parser = by_name::<Prior>)]
    pub prior: Option<Prior>,
}

/// `[train]`: how to train.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrainFlags {
    /// Steps in total, 0 goes on until stopped (needed, here or in the file)
    #[arg(long, value_name = "N")]
    pub steps: Option<u64>,
    /// What the networks minimise: non-saturating [default]
    #[arg(long, value_name = "NAME")]
    pub objective: Option<Objective>,
    /// Pictures in a step, 1 to 1024 [default: 32]
    #[arg(long, value_name = "N")]
    pub batch: Option<u32>,
    /// Adam's step size of all networks [default: 2e-4; 1e-3 for a VAE]
    #[arg(long, value_name = "X")]
    pub lr: Option<f64>,
    /// Adam's step size of the discriminator alone
    #[arg(long, value_name = "X")]
    pub lr_d: Option<f64>,
    /// Adam's step size of the encoder alone
    #[arg(long, value_name = "X")]
    pub lr_e: Option<f64>,
    /// Decay of the generator's moving average, 0 for none [default: 0.999]
    #[arg(long, value_name = "X")]
    #[serde(alias = "ema-decay")]
    pub ema: Option<f64>,
    /// Weight of a VAE's KL term [default: 1]
    #[arg(long, value_name = "X")]
    pub beta: Option<f64>,
    /// VAE-GAN: weight of reconstruction in the discriminator's features [default: 0.01]
    #[arg(long, value_name = "X")]
    pub feature_weight: Option<f64>,
    /// VAE-GAN, or --encoder-for a model with a discriminator: weight of the adversarial term in the
    /// decoder's or encoder's loss [default: 0.005]
    #[arg(long, value_name = "X")]
    pub adversarial_weight: Option<f64>,
    /// With --encoder-for: weight of the squared error of generated pictures' codes [default: 0.1]
    #[arg(long, value_name = "X")]
    pub code_weight: Option<f64>,
    /// Weight of the label term, which makes labels linear in the codes, for an encoder and data with
    /// labels [default: 0]
    #[arg(long, value_name = "X")]
    pub label_weight: Option<f64>,
    /// Adam's first decay [default: 0.5; 0.9 for a VAE]
    #[arg(long, value_name = "X")]
    pub adam_beta1: Option<f64>,
    /// Adam's second decay [default: 0.999]
    #[arg(long, value_name = "X")]
    pub adam_beta2: Option<f64>,
    /// Target of real pictures for the discriminator; 0.9 smooths labels [default: 1]
    #[arg(long, value_name = "X")]
    pub real_label: Option<f64>,
    /// Steps between saves; 0 saves only at the end [default: 1000]
    #[arg(long, value_name = "N")]
    pub checkpoint_every: Option<u64>,
    /// Only in the file: on the command line `--seed` is an option of every command.
    #[arg(skip)]
    pub seed: Option<u64>,
}

/// `self.x.or(below.x)` for every field named.
macro_rules! over {
    ($above:expr, $below:expr; $($field:ident),+) => { Self { $($field: $above.$field.or($below.$field)),+ } };
}
pub(super) use over;

impl ModelFlags {
    fn over(self, below: Self) -> Self {
        over!(self, below; family, size, channels, latent, width, norm, norm_d, likelihood, prior)
    }

    fn apply(&self, spec: &mut ModelSpec) {
        set(&mut spec.image_size, self.size);
        set(&mut spec.channels, self.channels);
        set(&mut spec.latent, self.latent);
        set(&mut spec.width, self.width);
        set(&mut spec.generator_norm, self.norm);
        set(&mut spec.discriminator_norm, self.norm_d.or(self.norm));
        set(&mut spec.likelihood, self.likelihood);
        set(&mut spec.prior, self.prior);
    }
}

impl TrainFlags {
    fn over(self, below: Self) -> Self {
        over!(self, below; steps, objective, batch, lr, lr_d, lr_e, ema, beta, feature_weight,
            adversarial_weight, code_weight, label_weight, adam_beta1, adam_beta2, real_label, checkpoint_every, seed)
    }

    fn apply(&self, train: &mut TrainSettings) {
        set(&mut train.objective, self.objective);
        set(&mut train.steps, self.steps);
        set(&mut train.batch, self.batch);
        set(&mut train.adam_beta1, self.adam_beta1);
        set(&mut train.adam_beta2, self.adam_beta2);
        set(&mut train.real_label, self.real_label);
        set(&mut train.checkpoint_every, self.checkpoint_every);
        set(&mut train.seed, self.seed);
        set(&mut train.live.lr_generator, self.lr);
        set(&mut train.live.lr_discriminator, self.lr_d.or(self.lr));
        set(&mut train.live.lr_encoder, self.lr_e.or(self.lr));
        set(&mut train.live.ema_decay, self.ema);
        set(&mut train.live.beta, self.beta);
        set(&mut train.live.feature_weight, self.feature_weight);
        set(&mut train.live.adversarial_weight, self.adversarial_weight);
        set(&mut train.live.code_weight, self.code_weight);
        set(&mut train.live.label_weight, self.label_weight);
    }
}

pub(super) fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

/// A settings file.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SettingsFile {
    model: ModelFlags,
    train: TrainFlags,
    data: DataFlags,
}

fn read_settings(path: &Path) -> anyhow::Result<SettingsFile> {
    let place = shown(path);
    let text = std::fs::read_to_string(path)
        .map_err(|error| anyhow::anyhow!("cannot read {place}: {}", plain_io(&error)))?;
    parse_settings(&place, &text)
}

/// Reads a table; what is wrong is told by its key, in words for a person.
fn read_part<T: serde::de::DeserializeOwned>(value: toml::Value) -> Result<T, String> {
    value.clone().try_into().map_err(|error: toml::de::Error| {
        let one_line =
            |error: &toml::de::Error| error.message().lines().collect::<Vec<_>>().join(" ");
        let message = one_line(&error);
        // The error does not say where: each key is read alone until one fails in the same way.
        let keys = value.as_table().into_iter().flatten().filter_map(|(key, value)| {
            let alone = toml::Table::from_iter([(key.clone(), value.clone())]);
            let error = toml::Value::Table(alone).try_into::<T>().err()?;
            Some((key, one_line(&error)))
        });
        let found = keys.into_iter().find(|(_, own)| *own == message);
        match found {
            Some((key, _)) if !message.contains("unknown field") => {
                let key = crate::storage::escaped(key);
                match expected_kind(&message) {
                    Some(kind) => format!("{key} must be {kind}"),
                    None => format!("{key}: {message}"),
                }
            }
            _ => message,
        }
    })
}

/// What the parser expected, in words for a person.
fn expected_kind(message: &str) -> Option<&'static str> {
    if !message.starts_with("invalid type") && !message.starts_with("invalid value") {
        return None;
    }
    let (_, expected) = message.rsplit_once("expected ")?;
    match expected.trim() {
        "u8" | "u16" | "u32" | "u64" | "usize" => Some("a whole number, 0 or more"),
        "f32" | "f64" => Some("a number"),
        "a boolean" => Some("true or false"),
        "a string" | "string" | "path string" | "a path string" => Some("a text in quotes"),
        _ => None,
    }
}

fn parse_settings(place: &str, text: &str) -> anyhow::Result<SettingsFile> {
    let wrong = |part: &str, error: &toml::de::Error| {
        let line =
            error.span().map(|span| text[..span.start.min(text.len())].lines().count().max(1));
        let line = line.map(|line| format!(" line {line}:")).unwrap_or_default();
        let message = error.message().lines().collect::<Vec<_>>().join(" ");
        Usage(format!("{place}:{line}{part} {message}"))
    };
    let refused = |part: &str, text: String| Usage(format!("{place}:{part} {text}"));
    let tables: toml::Table = text.parse().map_err(|error| wrong("", &error))?;
    let mut settings = SettingsFile::default();
    for (name, value) in tables {
        // `lr_d` and `lr-d` are the same key.
        let value = match value {
            toml::Value::Table(table) => toml::Value::Table(
                table.into_iter().map(|(key, value)| (key.replace('_', "-"), value)).collect(),
            ),
            other => other,
        };
        let part = format!(" [{name}]");
        match name.as_str() {
            "model" => settings.model = read_part(value).map_err(|text| refused(&part, text))?,
            "train" => settings.train = read_part(value).map_err(|text| refused(&part, text))?,
            "data" => settings.data = read_part(value).map_err(|text| refused(&part, text))?,
            _ => {
                let name = crate::storage::escaped(&name);
                let text = format!(
                    "{place}: unknown key '{name}': use the tables [model], [train], [data]"
                );
                return Err(Usage(text).into());
            }
        }
    }
    Ok(settings)
}

/// Everything a training run needs, checked.
#[derive(Debug, Clone)]
pub struct TrainPlan {
    /// Where the pictures come from.
    pub source: DatasetSource,
    /// How they are read.
    pub options: DatasetOptions,
    /// The run.
    pub run: RunSettings,
    /// The model to open first: a new encoder's.
    pub model: Option<PathBuf>,
    /// Train even where far more memory is needed than the machine has.
    pub force: bool,
}

impl TrainPlan {
    /// Gathers the settings of a run and checks them.
    ///
    /// # Errors
    /// [`Usage`] for settings that are missing or out of range, anything else for files that are missing.
    pub fn gather(args: TrainArgs, seed: Option<u64>) -> anyhow::Result<Self> {
        let file = args.config.as_deref().map(read_settings).transpose()?.unwrap_or_default();
        let model = args.model.clone().over(file.model);
        let mut train = args.train.clone().over(file.train);
        train.seed = seed.or(train.seed);
        let data = args.data.clone().over(file.data);
        let is_new = !args.resume;
        let base = base_of(&args, &model)?;
        let family = model.family.unwrap_or(base.spec.family);
        let trains_encoder = base.train.task.is_encoder();
        if trains_encoder {
            encoder_for::refuse_architecture(&model, &base.spec)?;
            encoder_for::refuse_foreign(&base.spec, &train)?;
        } else {
            refuse_foreign(family, &model, &train)?;
        }
        let steps = train.steps.ok_or_else(|| missing("--steps N", "steps", "train"))?;
        let mut spec = ModelSpec { family, ..base.spec.clone() };
        model.apply(&mut spec);
        let mut settings = TrainSettings { steps, ..base.train.clone() };
        train.apply(&mut settings);
        let checked = spec.validate().and_then(|()| settings.validate());
        checked.map_err(|error| Usage(by_option(&error.0, &train)))?;
        if !is_new {
            refuse_changes(&base, &spec, &settings, &args.out)?;
        }
        let (source, mut options) = source_and_options(&data, base.dataset)?;
        refuse_data(&data, &source)?;
        data.apply(&mut options);
        (options.image_size, options.channels) = (spec.image_size, spec.channels);
        if is_new && args.out.exists() && !args.out.is_dir() {
            let text =
                format!("--out {} is a file: name a folder, which may be new", shown(&args.out));
            return Err(Usage(text).into());
        }
        if is_new && RunFolder::holds_run(&args.out) {
            return Err(StorageError::HoldsRun(shown(&args.out)).into());
        }
        let run = RunSettings {
            spec,
            train: settings,
            out: Some(args.out),
            resume: args.resume,
            // The plan names the data, the run's own or others, and they are opened first.
            use_open_data: true,
            continue_model: false,
            init: args.init,
        };
        let model = args.encoder_for.filter(|_| is_new);
        Ok(Self { source, options, run, model, force: args.force })
    }
}

/// What the options change: the run that is gone on with, a model's encoder, or the family's defaults.
fn base_of(args: &TrainArgs, model: &ModelFlags) -> anyhow::Result<RunConfig> {
    if args.resume {
        let before = run_to_resume(&args.out)?;
        if let Some(model) = &args.encoder_for {
            encoder_for::refuse_other_run(&before, model, &args.out)?;
        }
        return Ok(before);
    }
    if let Some(model) = &args.encoder_for {
        return encoder_for::new_run(args, model);
    }
    let family =
        model.family.ok_or_else(|| missing("--family gan|vae|vae-gan", "family", "model"))?;
    Ok(RunConfig {
        spec: ModelSpec::for_family(family),
        train: TrainSettings::for_family(family),
        dataset: None,
    })
}

fn missing(option: &str, key: &str, table: &str) -> Usage {
    Usage(format!("{option} is missing (or `{key}` under [{table}] in a --config file)"))
}

fn run_to_resume(folder: &Path) -> anyhow::Result<RunConfig> {
    if !RunFolder::holds_run(folder) {
        return Err(StorageError::NoRun(shown(folder)).into());
    }
    RunFolder::read_config(folder).context("cannot go on with the run")
}

fn source_and_options(
    data: &DataFlags,
    before: Option<DatasetConfig>,
) -> anyhow::Result<(DatasetSource, DatasetOptions)> {
    let before = before.map(|dataset| (dataset.source, dataset.options));
    let is_own = data.data.is_none() && before.is_some();
    let (source, options) = match (data.source(), before) {
        (Some(source), before) => {
            let (old, mut options) = before.unwrap_or((source.clone(), DatasetOptions::default()));
            if old.absolute() != source.absolute() {
                // A table or a pattern belongs to the pictures it was written for.
                options.labels = LabelSource::Own;
            }
            (source, options)
        }
        (None, Some(before)) => before,
        (None, None) => return Err(missing("--data PATH|portraits", "data", "data").into()),
    };
    if let DatasetSource::Path(path) = &source {
        let what = if is_own { "the data the run was trained on" } else { "the data" };
        let advice = if is_own { ": choose others with --data" } else { "" };
        std::fs::metadata(path).map_err(|error| {
            let why = plain_io(&error);
            anyhow::anyhow!("cannot read {what}, at {}: {why}{advice}", shown(path))
        })?;
    }
    Ok((source, options))
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
