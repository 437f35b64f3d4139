//! `train --encoder-for MODEL`: what of the command line is the model's affair, and what does nothing.

use std::path::Path;

use super::args::TrainArgs;
use super::outcome::Usage;
use super::read_model;
use super::settings::{ModelFlags, TrainFlags};
use crate::protocol::{ModelSpec, TrainSettings, TrainTask};
use crate::storage::{GENERATOR, ModelFile, RunConfig, fingerprint, shown};

/// What a new run for the encoder of this model begins from.
///
/// # Errors
/// The model cannot be read.
pub(super) fn new_run(args: &TrainArgs, model: &Path) -> anyhow::Result<RunConfig> {
    let spec = read_model(model)?.manifest.architecture.with_encoder();
    let task = TrainTask::Encoder { fresh: args.fresh_encoder };
    let train = TrainSettings { task, ..TrainSettings::for_encoder() };
    Ok(RunConfig { spec, train, dataset: None })
}

/// A run that goes on must be one for the encoder of this very generator.
///
/// # Errors
/// [`Usage`] where it is not; anything else for files that cannot be read.
pub(super) fn refuse_other_run(
    before: &RunConfig,
    model: &Path,
    folder: &Path,
) -> anyhow::Result<()> {
    let what = if !before.train.task.is_encoder() {
        "trains a model, not an encoder: leave --encoder-for out"
    } else if generator(read_model(model)?) != generator(ModelFile::open(folder)?) {
        "is for another model's generator: leave --encoder-for out, or begin in another folder"
    } else {
        return Ok(());
    };
    Err(Usage(format!("the run in {} {what}", shown(folder))).into())
}

fn generator(mut model: ModelFile) -> String {
    fingerprint(&model.tensors.take_prefixed(GENERATOR))
}

/// Options of the networks may repeat what the model is, and nothing else.
///
/// # Errors
/// [`Usage`] for the first that says otherwise.
pub(super) fn refuse_architecture(flags: &ModelFlags, spec: &ModelSpec) -> Result<(), Usage> {
    let differs = [
        ("family", flags.family.is_some_and(|value| value != spec.family)),
        ("size", flags.size.is_some_and(|value| value != spec.image_size)),
        ("channels", flags.channels.is_some_and(|value| value != spec.channels)),
        ("latent", flags.latent.is_some_and(|value| value != spec.latent)),
        ("width", flags.width.is_some_and(|value| value != spec.width)),
        ("norm", flags.norm.is_some_and(|value| value != spec.generator_norm)),
        ("norm-d", flags.norm_d.is_some_and(|value| value != spec.discriminator_norm)),
        ("likelihood", flags.likelihood.is_some_and(|value| value != spec.likelihood)),
        ("prior", flags.prior.is_some_and(|value| value != spec.prior)),
    ];
    match differs.into_iter().find(|(_, differs)| *differs) {
        Some((option, _)) => Err(Usage(format!(
            "--{option} (or `{option}` in a --config file) contradicts the model that --encoder-for names: the architecture is the model's; leave it out"
        ))),
        None => Ok(()),
    }
}

/// Options of losses that an encoder's training does not have would be without effect.
///
/// # Errors
/// [`Usage`] for the first of them.
pub(super) fn refuse_foreign(spec: &ModelSpec, train: &TrainFlags) -> Result<(), Usage> {
    let without_d = !spec.family.has_discriminator();
    let options = [
        ("objective", train.objective.is_some()),
        ("lr-d", train.lr_d.is_some()),
        ("real-label", train.real_label.is_some()),
        ("beta", train.beta.is_some()),
        ("feature-weight", train.feature_weight.is_some()),
        ("label-weight", train.label_weight.is_some()),
        ("adversarial-weight", train.adversarial_weight.is_some() && without_d),
    ];
    match options.into_iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => Err(Usage(format!(
            "--{option} (or `{option}` in a --config file) does nothing where an encoder is trained for a {}: leave it out",
            spec.family
        ))),
        None => Ok(()),
    }
}
