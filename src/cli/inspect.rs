//! `inspect`: what a model file says about itself, without building its networks.

use std::io::Write;

use serde_json::{Value, json};

use super::args::InspectArgs;
use super::read_model;
use crate::storage::{DISCRIMINATOR, ENCODER, GENERATOR, ModelFile, escaped, shown};

/// Reads the file and tells what it holds.
///
/// # Errors
/// Whatever is wrong with the file.
pub fn inspect(args: &InspectArgs, as_json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let model = read_model(&args.file)?;
    let line = summary(&model, &shown(&args.file));
    if as_json {
        writeln!(out, "{line}")?;
    } else {
        describe(&line, out)?;
    }
    if args.tensors {
        for (name, shape, _) in model.tensors.iter() {
            if as_json {
                writeln!(out, "{}", json!({ "name": name, "shape": shape }))?;
            } else {
                writeln!(out, "  {} {shape:?}", escaped(name))?;
            }
        }
    }
    Ok(out.flush()?)
}

fn summary(model: &ModelFile, place: &str) -> Value {
    let manifest = &model.manifest;
    let count = |prefix| model.tensors.count_values(prefix);
    json!({
        "file": place,
        "format": manifest.format,
        "program": manifest.program,
        "step": manifest.step,
        "weights": manifest.weights,
        "description": manifest.description,
        "dataset": manifest.dataset.name,
        "labels": manifest.labels,
        "value_range": manifest.value_range,
        "architecture": manifest.architecture,
        "tensors": model.tensors.len(),
        "parameters": {
            "generator": count(GENERATOR),
            "encoder": count(ENCODER),
            "discriminator": count(DISCRIMINATOR),
        },
    })
}

/// The same as lines of text: everything from the file is escaped.
fn describe(line: &Value, out: &mut dyn Write) -> std::io::Result<()> {
    let shown = |value: &Value| match value {
        Value::String(text) => escaped(text),
        other => escaped(&other.to_string()),
    };
    for (key, value) in line.as_object().into_iter().flatten() {
        match value {
            Value::Object(fields) => {
                writeln!(out, "{key}")?;
                for (key, value) in fields {
                    writeln!(out, "  {key:<18} {}", shown(value))?;
                }
            }
            value => writeln!(out, "{key:<20} {}", shown(value))?,
        }
    }
    Ok(())
}
