//! Settings of `train` that can be read and make no sense together: each is refused by its option's name.
//!
//! What is out of range for any run the protocol's own `validate` refuses.

use std::path::Path;

use super::args::DataFlags;
use super::outcome::Usage;
use super::settings::{ModelFlags, TrainFlags};
use crate::data::{MAX_PORTRAITS, check_label_pattern};
use crate::protocol::{DatasetSource, Family, ModelSpec, TrainSettings};
use crate::storage::{RunConfig, escaped, shown};

/// Options that the family's networks or losses do not have would be without effect.
pub(super) fn refuse_foreign(
    family: Family,
    model: &ModelFlags,
    train: &TrainFlags,
) -> Result<(), Usage> {
    let (with_d, with_en) = (family.has_discriminator(), family.has_encoder());
    let with_both = with_d && with_en;
    let (d, en, both) = ("a discriminator", "an encoder", "an encoder and a discriminator");
    let options = [
        ("norm-d", model.norm_d.is_some(), with_d, d),
        ("objective", train.objective.is_some(), with_d, d),
        ("lr-d", train.lr_d.is_some(), with_d, d),
        ("real-label", train.real_label.is_some(), with_d, d),
        ("likelihood", model.likelihood.is_some(), with_en, en),
        ("lr-e", train.lr_e.is_some(), with_en, en),
        ("beta", train.beta.is_some(), with_en, en),
        ("label-weight", train.label_weight.is_some(), with_en, en),
        ("feature-weight", train.feature_weight.is_some(), with_both, both),
        ("adversarial-weight", train.adversarial_weight.is_some(), with_both, both),
    ];
    if train.code_weight.is_some() {
        return Err(Usage(
            "--code-weight (or `code-weight` in a --config file) does nothing without --encoder-for: leave it out"
                .to_owned(),
        ));
    }
    match options.into_iter().find(|(_, is_given, fits, _)| *is_given && !fits) {
        Some((option, _, _, needs)) => Err(Usage(format!(
            "--{option} (or `{option}` in a --config file) does nothing for the family {family}: it is for families with {needs}; leave it out"
        ))),
        None => Ok(()),
    }
}

/// A refusal of the protocol, with the option as it is typed in place of the setting's own name.
pub(super) fn by_option(text: &str, train: &TrainFlags) -> String {
    // `--lr` is all rates at once, where the network's own was not given.
    let rate = |own: Option<f64>, option| if own.is_some() { option } else { "--lr" };
    let options = [
        ("lr_generator =", "--lr"),
        ("lr_discriminator =", rate(train.lr_d, "--lr-d")),
        ("lr_encoder =", rate(train.lr_e, "--lr-e")),
        ("ema_decay =", "--ema"),
        ("beta =", "--beta"),
        ("feature_weight =", "--feature-weight"),
        ("adversarial_weight =", "--adversarial-weight"),
        ("code_weight =", "--code-weight"),
        ("label_weight =", "--label-weight"),
        ("adam_beta1 =", "--adam-beta1"),
        ("adam_beta2 =", "--adam-beta2"),
        ("real_label =", "--real-label"),
        ("batch ", "--batch"),
        ("latent size ", "--latent"),
        ("base width ", "--width"),
    ];
    let found = options.into_iter().find_map(|(name, option)| {
        text.strip_prefix(name).map(|rest| format!("{option} {}", rest.trim_start()))
    });
    found.unwrap_or_else(|| text.to_owned())
}

/// Options of data that are out of range, or do nothing for data of this kind; a label table that is not there.
pub(super) fn refuse_data(data: &DataFlags, source: &DatasetSource) -> anyhow::Result<()> {
    let usage = |text: String| Err(Usage(text).into());
    if let Some(count) = data.portraits.filter(|count| !(1..=MAX_PORTRAITS).contains(count)) {
        return usage(format!("--portraits {count} is out of range: use 1 to {MAX_PORTRAITS}"));
    }
    let option = match (&data.labels, &data.label_pattern) {
        (None, None) => return Ok(()),
        (Some(_), Some(_)) => {
            return usage("labels come from --labels or from --label-pattern, not both".to_owned());
        }
        (Some(_), None) => "labels",
        (None, Some(_)) => "label-pattern",
    };
    if *source == DatasetSource::Portraits {
        return usage(format!(
            "--{option} (or `{option}` in a --config file) does nothing for Portraits, which bring their own labels: leave it out"
        ));
    }
    if let Some(table) = &data.labels {
        super::require_file(table)?;
    }
    if let Some(pattern) = &data.label_pattern
        && let Err(error) = check_label_pattern(pattern)
    {
        return usage(format!("--label-pattern '{}': {error}", escaped(pattern)));
    }
    Ok(())
}

/// What cannot change while a run goes on.
pub(super) fn refuse_changes(
    base: &RunConfig,
    spec: &ModelSpec,
    train: &TrainSettings,
    folder: &Path,
) -> Result<(), Usage> {
    let what = if base.spec != *spec {
        "another architecture"
    } else if base.train.seed != train.seed {
        "another seed"
    } else if base.train.objective != train.objective {
        "another objective"
    } else {
        return Ok(());
    };
    let place = shown(folder);
    Err(Usage(format!(
        "the run in {place} has {what}: leave those options out, or start a new run elsewhere"
    )))
}
