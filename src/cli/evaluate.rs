//! `evaluate` and `oracle`: measurements of a model, and the judge of attributes.

use std::io::Write;

use anyhow::bail;
use serde_json::json;

use super::answer;
use super::args::{EvaluateArgs, Global, OracleArgs};
use super::link::Link;
use super::sample::open_model;
use crate::protocol::{Command, EvaluateJob, Evaluation, Event, OracleAccuracy, OracleJob};
use crate::storage::shown;

/// Measures a model against held-out pictures.
///
/// # Errors
/// Whatever is wrong with the model or the data, a goal that is missed, or Ctrl-C.
pub fn evaluate(
    link: &mut Link<'_>,
    args: &EvaluateArgs,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let (source, options) = args.data.or_portraits()?;
    open_model(link, &args.model)?;
    link.send(Command::Evaluate(Box::new(EvaluateJob {
        source,
        options,
        limit: args.limit as usize,
        seed: global.seed.unwrap_or_default(),
    })))?;
    let evaluation = link.wait_for_job(|event| match event {
        Event::Evaluated(evaluation) => Some(*evaluation),
        _ => None,
    })?;
    for attribute in &evaluation.attributes {
        let line = json!(attribute);
        let text = format!(
            "{:<18} data {:.3}  samples {:.3}  variance ratio {:.2}",
            attribute.name, attribute.data_rate, attribute.sample_rate, attribute.ratio
        );
        answer(out, global.json, &line, &text)?;
    }
    for label in &evaluation.labels {
        let text = format!("{:<18} {:>6} with  {:.2} dB", label.name, label.n, label.psnr_db);
        answer(out, global.json, &json!(label), &text)?;
    }
    let mut line = json!(evaluation);
    line["summary"] = json!(true);
    line["model"] = json!(shown(&args.model));
    answer(out, global.json, &line, &summary(&evaluation))?;
    if args.goals { check_goals(&evaluation) } else { Ok(()) }
}

fn summary(evaluation: &Evaluation) -> String {
    let psnr = evaluation.psnr_db.zip(evaluation.psnr_worst_db);
    let psnr = psnr.map_or_else(String::new, |(mean, worst)| {
        format!("reconstruction {mean:.2} dB (worst {worst:.2}), ")
    });
    format!(
        "{} held-out pictures: {psnr}samples' distance {:.4}, {:.2} of independent pixels'",
        evaluation.n, evaluation.swd, evaluation.swd_ratio
    )
}

/// The goals of a shipped Portraits model.
fn check_goals(evaluation: &Evaluation) -> anyhow::Result<()> {
    let mut missed = Vec::new();
    if evaluation.psnr_db.is_none_or(|psnr| psnr < 22.0) {
        missed.push("reconstruction is below 22 dB".to_owned());
    }
    if evaluation.swd_ratio > 0.5 {
        missed.push("samples' distance is over half of independent pixels'".to_owned());
    }
    let low = evaluation.attributes.iter().filter(|attribute| attribute.ratio < 0.5);
    missed.extend(low.map(|attribute| format!("too little variety of '{}'", attribute.name)));
    if missed.is_empty() { Ok(()) } else { bail!("goals missed: {}", missed.join("; ")) }
}

/// Trains the oracle of Portraits.
///
/// # Errors
/// An output that cannot be written, or Ctrl-C.
pub fn oracle(
    link: &mut Link<'_>,
    args: OracleArgs,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    link.send(Command::TrainOracle(OracleJob {
        steps: args.steps,
        batch: args.batch as usize,
        faces: args.faces as usize,
        seed: global.seed.unwrap_or_default(),
        out: args.out,
    }))?;
    let accuracies = link.wait_for_job(|event| match event {
        Event::OracleTrained(accuracies) => Some(accuracies),
        _ => None,
    })?;
    for OracleAccuracy { name, accuracy, n } in &accuracies {
        let line = json!({ "name": name, "accuracy": accuracy, "n": n });
        answer(out, global.json, &line, &format!("{name:<18} {:.2} % of {n}", accuracy * 100.0))?;
    }
    let worst = accuracies.iter().map(|a| a.accuracy).fold(1.0, f64::min);
    let line = json!({ "summary": true, "n": accuracies.len(), "worst": worst });
    answer(out, global.json, &line, &format!("worst {:.2} %", worst * 100.0))
}
