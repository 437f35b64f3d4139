//! `attributes`: directions of a labelled data set's attributes, and what moving along them does.

use std::io::Write;

use serde_json::json;

use super::answer;
use super::args::{AttributesArgs, Global};
use super::link::Link;
use super::sample::open_model;
use crate::protocol::{
    AttributeEdit, Attributes, AttributesJob, Command, Direction, DirectionMethod, Event,
};
use crate::storage::shown;

/// Samples that `--report` tries each direction on.
const REPORT_TRIES: u32 = 500;

/// Finds the directions, and tries them with `--report`.
///
/// # Errors
/// Whatever is wrong with the model, the data or the output, or Ctrl-C.
pub fn drive(
    link: &mut Link<'_>,
    args: AttributesArgs,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let (source, options) = args.data.or_portraits()?;
    open_model(link, &args.model)?;
    let tries = if args.report { args.limit.unwrap_or(REPORT_TRIES) } else { 0 };
    link.send(Command::FindAttributes(Box::new(AttributesJob {
        source,
        options,
        limit: args.pictures as usize,
        method: if args.logistic { DirectionMethod::Logistic } else { DirectionMethod::Means },
        ridge: args.ridge,
        tries: tries as usize,
        seed: global.seed.unwrap_or_default(),
        out: args.out,
    })))?;
    let found = link.wait_for_job(|event| match event {
        Event::AttributesFound(found) => Some(*found),
        _ => None,
    })?;
    for (direction, cosines) in found.directions.iter().zip(&found.cosines) {
        let mut line = json!(direction);
        line["cosines"] = json!(cosines);
        answer(out, global.json, &line, &direction_text(direction))?;
    }
    if !global.json && !args.report {
        answer(out, false, &json!(null), &matrix("cosines", &found.directions, &found.cosines))?;
    }
    for edit in &found.edits {
        answer(out, global.json, &json!(edit), &edit_text(edit))?;
    }
    if !global.json && args.report {
        let changes: Vec<Vec<f64>> = found.edits.iter().map(|edit| edit.changes.clone()).collect();
        let title = "change of each probability (columns) by a step along each direction (rows)";
        answer(out, false, &json!(null), &matrix(title, &found.directions, &changes))?;
    }
    let line = summary(&found);
    let text = found.written.as_deref().map_or_else(
        || format!("{} directions in {:.1} s", found.directions.len(), found.seconds),
        shown,
    );
    answer(out, global.json, &line, &text)
}

fn direction_text(direction: &Direction) -> String {
    format!("{:<18} {}", direction.name, direction.origin)
}

fn edit_text(edit: &AttributeEdit) -> String {
    format!(
        "{:<18} reached {:.3}, others kept {:.3}; orthogonal: reached {:.3}, kept {:.3}",
        edit.name,
        edit.plain.reached,
        edit.plain.kept,
        edit.orthogonal.reached,
        edit.orthogonal.kept
    )
}

/// A matrix in hundredths, one row per direction.
fn matrix(title: &str, directions: &[Direction], values: &[Vec<f64>]) -> String {
    let mut text = format!("{title}, in hundredths:");
    for (direction, row) in directions.iter().zip(values) {
        let cells: String = row.iter().map(|value| format!("{:>5.0}", value * 100.0)).collect();
        text.push_str(&format!("\n{:<18}{cells}", direction.name));
    }
    text
}

fn summary(found: &Attributes) -> serde_json::Value {
    let mean = |pick: fn(&AttributeEdit) -> f64| {
        let n = found.edits.len();
        (n > 0).then(|| found.edits.iter().map(pick).sum::<f64>() / n as f64)
    };
    json!({
        "summary": true,
        "n": found.directions.len(),
        "reached": mean(|edit| edit.plain.reached),
        "kept": mean(|edit| edit.plain.kept),
        "reached_orthogonal": mean(|edit| edit.orthogonal.reached),
        "kept_orthogonal": mean(|edit| edit.orthogonal.kept),
        "written": found.written.as_deref().map(shown),
        "seconds": found.seconds,
    })
}
