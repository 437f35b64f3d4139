//! `sample`: pictures or tensors from a model.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::{Global, SampleArgs};
use super::link::Link;
use super::outcome::Usage;
use super::{BUILT_IN, answer, require_file};
use crate::protocol::{Command, Event, ModelSummary, SampleJob, SampleSource};
use crate::storage::shown;

/// Opens the model and writes its samples.
///
/// # Errors
/// Whatever is wrong with the files, or Ctrl-C.
pub fn drive(
    link: &mut Link<'_>,
    args: SampleArgs,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if !(0.0..=10.0).contains(&args.truncation) {
        return Err(Usage(format!("--truncation {}: use 0 to 10", args.truncation)).into());
    }
    let mut line = json!({ "model": shown(&args.model) });
    let source = match args.latents {
        Some(path) => {
            require_file(&path)?;
            SampleSource::File(path)
        }
        None => {
            let (count, seed) = (args.count as usize, global.seed.unwrap_or_default());
            line["count"] = json!(count);
            line["seed"] = json!(seed);
            SampleSource::Prior { count, seed, truncation: args.truncation }
        }
    };
    if let Some(delta) = &args.delta {
        require_file(delta)?;
        line["delta"] = json!(shown(delta));
    }
    open_model(link, &args.model)?;
    if let Some(delta) = args.delta {
        open_delta(link, delta)?;
    }
    link.send(Command::SampleToFile(SampleJob { source, out: args.out }))?;
    let written = wait_for_file(link)?;
    line["written"] = json!(written);
    answer(out, global.json, &line, &written)
}

/// Opens the model that `--model` names.
pub(super) fn open_model(link: &mut Link<'_>, model: &Path) -> anyhow::Result<Box<ModelSummary>> {
    let command = if model.as_os_str() == BUILT_IN {
        Command::OpenBuiltIn
    } else {
        require_file(model)?;
        Command::OpenModel(model.to_owned())
    };
    link.send(command)?;
    link.wait_for(|event| match event {
        Event::ModelReady(summary) => Some(summary),
        _ => None,
    })
}

/// Draws with the tuned copy of this file from now on.
fn open_delta(link: &mut Link<'_>, delta: PathBuf) -> anyhow::Result<()> {
    link.send(Command::OpenDelta(delta))?;
    link.wait_for(|event| matches!(event, Event::DeltaOpened(_)).then_some(()))
}

pub(super) fn wait_for_file(link: &mut Link<'_>) -> anyhow::Result<String> {
    link.wait_for_job(|event| match event {
        Event::FileWritten(path) => Some(shown(&path)),
        _ => None,
    })
}
