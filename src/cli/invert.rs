//! `invert`: pictures back into latents, and how well that goes.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde_json::json;

use super::args::{DescentFlags, Global, InvertArgs, Methods, PivotalFlags};
use super::link::Link;
use super::outcome::Usage;
use super::sample::open_model;
use super::settings::set;
use super::{answer, keep_first, require_file};
use crate::data::list_pictures;
use crate::protocol::{
    Command, DatasetSource, Descent, Event, FeatureSource, InversionMethod, InversionReport,
    InversionSettings, InvertJob, InvertReportJob, Inverted, ModelSummary, PhotoTuned,
    PivotalSettings,
};
use crate::storage::shown;

/// Samples, and as many held-out pictures, of a whole report.
const REPORT_PICTURES: u32 = 200;

/// Inverts files, or measures.
///
/// # Errors
/// Whatever is wrong with the model, the pictures or the output, or Ctrl-C.
pub fn drive(
    link: &mut Link<'_>,
    args: InvertArgs,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if args.limit.is_some() && !args.report {
        return Err(Usage("--limit is of the table: add --report".to_owned()).into());
    }
    let settings = settings(&args.descent, global.seed.unwrap_or_default())?;
    if args.report {
        report(link, args, settings, global, out)
    } else {
        files(link, args, settings, global, out)
    }
}

fn settings(flags: &DescentFlags, seed: u64) -> anyhow::Result<InversionSettings> {
    let mut settings = InversionSettings { seed, prune: !flags.no_prune, ..Default::default() };
    set(&mut settings.steps, flags.steps);
    set(&mut settings.hybrid_steps, flags.hybrid_steps.or(flags.steps));
    set(&mut settings.starts, flags.starts);
    set(&mut settings.descent, flags.descent);
    set(&mut settings.hybrid_descent, flags.hybrid_descent.or(flags.descent));
    set(&mut settings.learning_rate, flags.learning_rate);
    set(&mut settings.ramp_up, flags.ramp_up);
    set(&mut settings.ramp_down, flags.ramp_down);
    set(&mut settings.pixel, flags.pixel);
    set(&mut settings.feature_weight, flags.feature_weight);
    set(&mut settings.prior_weight, flags.prior_weight);
    set(&mut settings.domain_weight, flags.domain_weight);
    set(&mut settings.noise, flags.noise);
    set(&mut settings.patience, flags.patience);
    if let Some(features) = &flags.features {
        settings.features = match features.to_str() {
            Some("discriminator") => FeatureSource::Discriminator,
            Some("encoder") => FeatureSource::Encoder,
            _ => {
                require_file(features)?;
                FeatureSource::Model(features.clone())
            }
        };
    }
    settings.validate().map_err(|error| Usage(error.to_string()))?;
    Ok(settings)
}

/// How a copy of the generator is tuned, where it is.
fn pivotal(flags: &PivotalFlags, seed: u64) -> anyhow::Result<Option<PivotalSettings>> {
    if !flags.pivotal {
        return Ok(None);
    }
    let mut settings = PivotalSettings { seed, ..Default::default() };
    set(&mut settings.steps, flags.pivotal_steps);
    set(&mut settings.learning_rate, flags.pivotal_rate);
    set(&mut settings.rank, flags.pivotal_rank);
    set(&mut settings.goal_db, flags.pivotal_goal);
    set(&mut settings.locality_weight, flags.locality_weight);
    set(&mut settings.locality_samples, flags.locality_samples);
    set(&mut settings.alpha, flags.locality_alpha);
    set(&mut settings.feature_weight, flags.pivotal_feature_weight);
    set(&mut settings.patience, flags.pivotal_patience);
    settings.validate().map_err(|error| Usage(error.to_string()))?;
    Ok(Some(settings))
}

fn methods(asked: Option<Methods>, model: &ModelSummary) -> anyhow::Result<Vec<InversionMethod>> {
    let encodes = model.parameters.encoder > 0;
    let methods = match asked {
        None if encodes => vec![InversionMethod::Hybrid],
        None | Some(Methods::Optimise) => vec![InversionMethod::Optimise],
        Some(Methods::Encode) => vec![InversionMethod::Encode],
        Some(Methods::Hybrid) => vec![InversionMethod::Hybrid],
        Some(Methods::Race) => InversionMethod::ALL.to_vec(),
    };
    match methods.iter().find(|method| method.needs_encoder() && !encodes) {
        Some(method) => bail!(
            "{} has no encoder, which {method} needs: use --method optimise, or train an encoder for it",
            model.name
        ),
        None => Ok(methods),
    }
}

/// Options that are Adam's alone are refused where nothing descends by Adam.
fn refuse_idle_options(
    flags: &DescentFlags,
    methods: &[InversionMethod],
    settings: &InversionSettings,
) -> anyhow::Result<()> {
    let given = [
        ("--learning-rate", flags.learning_rate.is_some()),
        ("--ramp-up", flags.ramp_up.is_some()),
        ("--ramp-down", flags.ramp_down.is_some()),
        ("--noise", flags.noise.is_some()),
    ];
    let Some((option, _)) = given.into_iter().find(|(_, given)| *given) else { return Ok(()) };
    let by_adam = |method: &InversionMethod| match method {
        InversionMethod::Optimise => settings.descent == Descent::Adam,
        InversionMethod::Hybrid => settings.hybrid_descent == Descent::Adam,
        InversionMethod::Encode => false,
    };
    if methods.iter().any(by_adam) {
        return Ok(());
    }
    let text = match methods {
        [InversionMethod::Encode] => {
            format!("{option} has no effect on encode, which takes no steps")
        }
        [InversionMethod::Hybrid] => format!(
            "{option} is of Adam, and this hybrid descends by L-BFGS alone: add --hybrid-descent adam"
        ),
        _ => format!("{option} is of Adam, and nothing here descends by it: add --descent adam"),
    };
    Err(Usage(text).into())
}

fn files(
    link: &mut Link<'_>,
    args: InvertArgs,
    settings: InversionSettings,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let images = pictures(&args.image)?;
    // Data is asked for only where it is named: samples serve as well, and need no files.
    let data = args.data.source().map(|_| args.data.or_portraits()).transpose()?;
    let folder = args.out.context("name a folder with --out")?;
    let model = open_model(link, &args.model)?;
    let methods = methods(args.method, &model)?;
    refuse_idle_options(&args.descent, &methods, &settings)?;
    // The built-in model is one of Portraits, which need no files either.
    let data = match data {
        None if args.model.as_os_str() == super::BUILT_IN => {
            Some((DatasetSource::Portraits, Default::default()))
        }
        data => data,
    };
    let count = images.len();
    let pivotal = pivotal(&args.pivotal, settings.seed)?;
    let resume = args.resume;
    let job = InvertJob { images, methods, settings, data, pivotal, out: folder, resume };
    link.send(Command::InvertFiles(Box::new(job)))?;
    let as_json = global.json;
    let mut broken = None;
    let written = link.wait_for_job(|event| match event {
        Event::InversionSteps(steps) if as_json => {
            for step in &steps {
                keep_first(&mut broken, answer(out, true, &json!(step), ""));
            }
            None
        }
        Event::Inverted(inverted) => {
            keep_first(&mut broken, answer(out, as_json, &json!(inverted), &line(&inverted)));
            None
        }
        Event::PhotoTuned(tuned) => {
            keep_first(&mut broken, answer(out, as_json, &json!(tuned), &tuned_line(&tuned)));
            None
        }
        Event::FileWritten(path) => Some(shown(&path)),
        _ => None,
    })?;
    broken.map_or(Ok(()), Err)?;
    let seconds = begun.elapsed().as_secs_f64();
    let last = json!({ "written": written, "model": shown(&args.model), "pictures": count, "seconds": seconds });
    answer(out, as_json, &last, &written)
}

/// Files as they are named, and the pictures of folders.
fn pictures(named: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    named.iter().try_for_each(|path| require_file(path))?;
    Ok(list_pictures(named)?)
}

fn report(
    link: &mut Link<'_>,
    args: InvertArgs,
    settings: InversionSettings,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let (source, options) = args.data.or_portraits()?;
    open_model(link, &args.model)?;
    let limit = args.limit.unwrap_or(REPORT_PICTURES) as usize;
    let job = InvertReportJob { source, options, limit, settings };
    link.send(Command::ReportInversion(Box::new(job)))?;
    let as_json = global.json;
    let (mut broken, mut n) = (None, 0);
    let found = link.wait_for_job(|event| match event {
        Event::Inverted(inverted) => {
            n += 1;
            if as_json {
                keep_first(&mut broken, answer(out, true, &json!(inverted), ""));
            }
            None
        }
        Event::InversionReported(report) => Some(*report),
        _ => None,
    })?;
    broken.map_or(Ok(()), Err)?;
    let mut last = json!(found);
    last["summary"] = json!(true);
    last["n"] = json!(n);
    last["model"] = json!(shown(&args.model));
    answer(out, as_json, &last, &table(&found))
}

fn line(inverted: &Inverted) -> String {
    let Inverted { image, method, psnr_db, ssim, steps, seconds, norm, .. } = inverted;
    let image = shown(Path::new(image));
    format!(
        "{image}  {method:<8}  {psnr_db:.2} dB, SSIM {ssim:.3}, |z| {norm:.2}, {steps} steps in {seconds:.2} s"
    )
}

fn tuned_line(tuned: &PhotoTuned) -> String {
    let figures = &tuned.figures;
    if tuned.at_goal {
        return format!(
            "{}  not tuned: {:.2} dB is already as near as the goal",
            shown(Path::new(&tuned.image)),
            figures.before_db
        );
    }
    format!(
        "{}  tuned: {:.2} -> {:.2} dB in {} steps, {:.2} s; other pictures change to {:.2} dB; {} bytes",
        shown(Path::new(&tuned.image)),
        figures.before_db,
        figures.after_db,
        figures.steps,
        figures.seconds,
        figures.locality_db,
        tuned.file_bytes
    )
}

fn table(report: &InversionReport) -> String {
    let mut text = String::from(
        "pictures   method      n   mean dB  median   worst  >= 35 dB      MSE   SSIM  seconds",
    );
    for row in &report.rows {
        text += &format!(
            "\n{:<10} {:<8} {:>4} {:>9.2} {:>7.2} {:>7.2} {:>8.1} % {:>8.5} {:>6.3} {:>8.2}",
            row.target.name(),
            row.method.name(),
            row.n,
            row.psnr_mean_db,
            row.psnr_median_db,
            row.psnr_worst_db,
            row.reached * 100.0,
            row.mse,
            row.ssim,
            row.seconds
        );
    }
    for found in &report.catch_up {
        let (target, share) = (found.target.name(), found.share * 100.0);
        text += &match found.time_ratio {
            Some(ratio) => format!(
                "\n{target}: the hybrid was where optimisation ended on {share:.0} %, in {ratio:.2} of its \
                 time (median)"
            ),
            None => format!("\n{target}: the hybrid was where optimisation ended on {share:.0} %"),
        };
    }
    text + &format!("\n{:.0} s in all", report.seconds)
}
