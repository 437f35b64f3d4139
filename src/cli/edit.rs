//! `edit`: a script of strokes on a photo, a latent or a sample, and a table of how well edits go.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde_json::json;

use super::args::{EditArgs, Global, SolverFlags};
use super::link::Link;
use super::outcome::Usage;
use super::sample::open_model;
use super::settings::set;
use super::{answer, keep_first, require_file, say};
use crate::protocol::{
    Command, EditJob, EditMade, EditReport, EditReportJob, EditRow, EditScript, EditSettings,
    EditSource, EditTrial, Event, InversionMethod, InversionSettings, ModelSummary,
};
use crate::storage::{open_edit_script, shown};

/// Tasks of a whole table.
const REPORT_TASKS: u32 = 500;

/// Edits, or measures.
///
/// # Errors
/// Whatever is wrong with the model, the photo, the script or the output, or Ctrl-C.
pub fn drive(
    link: &mut Link<'_>,
    args: EditArgs,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if args.report { report(link, args, global, out) } else { files(link, args, global, out) }
}

fn files(
    link: &mut Link<'_>,
    args: EditArgs,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let script = open_edit_script(&args.script.clone().context("name a script with --script")?)?;
    let source = source(&args, &script)?;
    let script = overridden(script, &args.solver, global.seed)?;
    let inversion = inversion(&args, global.seed)?;
    let model = open_model(link, &args.model)?;
    let needs_z = matches!(source, EditSource::Photo(..)) && script.start.is_none();
    let method = method(args.method, &model, needs_z)?;
    let folder = args.out.context("name a folder with --out")?;
    let morph = args.morph;
    let job = EditJob { source, script, method, inversion, morph, out: folder };
    link.send(Command::EditFiles(Box::new(job)))?;
    let as_json = global.json;
    let (mut broken, mut made) = (None, None);
    let written = link.wait_for_job(|event| match event {
        Event::EditStepped(step) => {
            if as_json {
                keep_first(&mut broken, answer(out, true, &json!(step), ""));
            }
            None
        }
        Event::EditMade(edit) => {
            made = Some(*edit);
            None
        }
        Event::FileWritten(path) => Some(shown(&path)),
        _ => None,
    })?;
    broken.map_or(Ok(()), Err)?;
    let made = made.context("the engine told nothing of the edit")?;
    made.remarks.iter().for_each(|remark| say(link.err, &format!("remark: {remark}")));
    let mut last = json!(made);
    last["written"] = json!(written);
    last["model"] = json!(shown(&args.model));
    last["seconds"] = json!(begun.elapsed().as_secs_f64());
    answer(out, as_json, &last, &line(&written, &made))
}

fn source(args: &EditArgs, script: &EditScript) -> anyhow::Result<EditSource> {
    let has_start = script.start.is_some();
    let source = match (&args.image, &args.latents, args.sample_seed) {
        (Some(image), ..) => {
            require_file(image)?;
            return Ok(EditSource::Photo(image.clone(), args.crop));
        }
        (None, Some(latents), _) => {
            require_file(latents)?;
            EditSource::Latents(latents.clone(), args.row)
        }
        (None, None, Some(seed)) => EditSource::Sample(seed),
        (None, None, None) if has_start => return Ok(EditSource::Script),
        (None, None, None) => {
            let text = "the script has no start of its own: name what is edited with --image, --latents or \
                        --sample-seed";
            return Err(Usage(text.to_owned()).into());
        }
    };
    if has_start {
        let text = "the script begins at a z of its own: leave out --latents and --sample-seed, or its \"start\"";
        return Err(Usage(text.to_owned()).into());
    }
    Ok(source)
}

/// The script with what the command line says in its place.
fn overridden(
    script: EditScript,
    flags: &SolverFlags,
    seed: Option<u64>,
) -> anyhow::Result<EditScript> {
    let mut script = script;
    let settings = &mut script.plan.settings;
    set(&mut settings.candidates, flags.candidates);
    set(&mut settings.seed, seed);
    solver(settings, flags);
    script.plan.validate().map_err(|error| Usage(error.to_string()))?;
    Ok(script)
}

fn solver(settings: &mut EditSettings, flags: &SolverFlags) {
    set(&mut settings.steps, flags.steps);
    set(&mut settings.distance_weight, flags.distance_weight);
    set(&mut settings.rest_weight, flags.rest_weight);
    set(&mut settings.realism_weight, flags.realism_weight);
    set(&mut settings.learning_rate, flags.learning_rate);
}

fn inversion(args: &EditArgs, seed: Option<u64>) -> anyhow::Result<InversionSettings> {
    let mut settings = InversionSettings { seed: seed.unwrap_or_default(), ..Default::default() };
    set(&mut settings.steps, args.inversion_steps);
    set(&mut settings.hybrid_steps, args.inversion_steps);
    settings.validate().map_err(|error| Usage(error.to_string()))?;
    Ok(settings)
}

/// How the photo is brought back to z: as asked, or the best that the model allows.
fn method(
    asked: Option<InversionMethod>,
    model: &ModelSummary,
    needs_z: bool,
) -> anyhow::Result<InversionMethod> {
    let encodes = model.parameters.encoder > 0;
    let method = asked.unwrap_or(match encodes {
        true => InversionMethod::Hybrid,
        false => InversionMethod::Optimise,
    });
    if needs_z && method.needs_encoder() && !encodes {
        let name = &model.name;
        bail!(
            "{name} has no encoder, which {method} needs: use --method optimise, or train an encoder for it"
        );
    }
    Ok(method)
}

fn line(written: &str, made: &EditMade) -> String {
    let EditMade { steps, loss, candidates, inversion_psnr_db, solve_seconds, .. } = made;
    let inverted =
        inversion_psnr_db.map_or_else(String::new, |db| format!(", photo at {db:.2} dB"));
    format!(
        "{written}: {} + {} steps in {solve_seconds:.2} s, energy {:.4} (strokes {:.4}), {candidates} distinct \
         candidates{inverted}",
        steps.0, steps.1, loss.total, loss.constraints
    )
}

fn report(
    link: &mut Link<'_>,
    args: EditArgs,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let (source, options) = args.data.or_portraits()?;
    let mut settings = EditSettings::default();
    solver(&mut settings, &args.solver);
    settings.validate().map_err(|error| Usage(error.to_string()))?;
    let seed = global.seed.unwrap_or_default();
    let job = EditReportJob {
        source,
        options,
        limit: args.limit.unwrap_or(REPORT_TASKS) as usize,
        seed,
        settings,
        inversion: inversion(&args, None)?,
        out: args.out,
    };
    open_model(link, &args.model)?;
    link.send(Command::ReportEdits(Box::new(job)))?;
    let as_json = global.json;
    let (mut broken, mut n) = (None, 0);
    let found = link.wait_for_job(|event| match event {
        Event::EditTried(trial) => {
            n += 1;
            if as_json {
                keep_first(&mut broken, answer(out, true, &json!(trial), ""));
            } else {
                tracing::info!("{}", told(&trial));
            }
            None
        }
        Event::EditsReported(report) => Some(*report),
        _ => None,
    })?;
    broken.map_or(Ok(()), Err)?;
    let mut last = json!(found);
    last["summary"] = json!(true);
    last["n"] = json!(n);
    last["seed"] = json!(seed);
    last["model"] = json!(shown(Path::new(&args.model)));
    answer(out, as_json, &last, &table(&found))
}

fn told(trial: &EditTrial) -> String {
    let EditTrial { task, attribute, probability: [before, after], reached, kept, .. } = trial;
    let name = task.name();
    format!(
        "{name}: {attribute} {before:.2} -> {after:.2}, reached {reached}, kept {:.0} %",
        kept * 100.0
    )
}

fn table(report: &EditReport) -> String {
    let mut text = String::from(
        "task    picture      n   reached     kept  <= 40 steps  median  outside  hole dB: edit   mean  diffusion  \
         better  seconds",
    );
    for row in &report.rows {
        text += &format!("\n{}", table_row(row));
    }
    let (passed_over, seconds) = (report.passed_over, report.seconds);
    text + &format!(
        "\n{passed_over} faces were passed over as unfit for their task; {seconds:.0} s in all"
    )
}

fn table_row(row: &EditRow) -> String {
    let task = row.task.map_or("all", |task| task.name());
    let kind = match row.held_out {
        Some(true) => "held-out",
        Some(false) => "sample",
        None => "both",
    };
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let holes = row.hole_psnr_db.map_or_else(String::new, |[edit, mean, diffusion]| {
        let better = percent(row.better.unwrap_or_default());
        format!("{edit:>14.2} {mean:>6.2} {diffusion:>10.2} {better:>7}")
    });
    format!(
        "{task:<7} {kind:<8} {:>5} {:>9} {:>8} {:>12} {:>7} {:>6}/255 {holes:<40} {:>8.2}",
        row.n,
        percent(row.reached),
        percent(row.kept),
        percent(row.settled),
        row.steps_median,
        row.outside,
        row.seconds
    )
}
