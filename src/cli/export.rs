//! `export`: a model as a file of its own, without building its networks.

use std::io::Write;

use anyhow::Context;
use serde_json::json;

use super::args::ExportArgs;
use super::{answer, read_model};
use crate::storage::{WeightsType, plain_io, shown};

/// Reads the model and writes it again, with weights as `f32` or `f16`.
///
/// # Errors
/// Whatever is wrong with the files, or weights that `f16` cannot hold; an older file then stands.
pub fn export(args: &ExportArgs, as_json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let weights = if args.half { WeightsType::F16 } else { WeightsType::F32 };
    let model = read_model(&args.model)?.rewritten(weights);
    let written = shown(&args.out);
    model.save(&args.out).with_context(|| format!("{} was not exported", shown(&args.model)))?;
    let bytes = std::fs::metadata(&args.out)
        .map_err(|error| anyhow::anyhow!("cannot open {written}: {}", plain_io(&error)))?
        .len();
    let line = json!({
        "written": written,
        "model": shown(&args.model),
        "weights": weights,
        "bytes": bytes,
    });
    answer(out, as_json, &line, &written)
}
