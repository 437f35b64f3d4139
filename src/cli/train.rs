//! `train`: opens the data, starts the run, shows it, and stops it on Ctrl-C.

use std::io;

use anyhow::{Context, bail};

use super::collapse::Collapse;
use super::link::{Heard, Link};
use super::needs::{needs, refuse_oversized};
use super::outcome::{Interrupted, OutputClosed};
use super::report::Report;
use super::sample::open_model;
use super::say;
use super::settings::TrainPlan;
use crate::protocol::{
    Command, DatasetSummary, Event, Notice, NoticeLevel, Phase, RunSettings, StopReason,
};
use crate::storage::{MODEL_FILE, escaped, shown};

/// Trains as planned, to the end or to Ctrl-C.
///
/// # Errors
/// [`Interrupted`] after Ctrl-C, when everything is saved; anything else that keeps the run from its end.
pub fn drive(link: &mut Link<'_>, plan: TrainPlan, report: &mut Report<'_>) -> anyhow::Result<()> {
    link.send(Command::OpenDataset(plan.source, plan.options))?;
    let may_refuse = (!plan.force).then_some(&plan.run);
    let (summary, memory_bytes) = wait_for_dataset(link, may_refuse, report)?;
    tell_about_dataset(link, report, &summary);
    tell_needs(link, report, &plan.run, memory_bytes);
    if let Some(model) = &plan.model {
        open_model(link, model)?;
    }
    let goal = plan.run.train.steps;
    let mut end = run(link, plan.run, report)?;
    let untold = end.untold.take();
    if end.had_nothing_to_do {
        let step = end.step;
        let text =
            format!("the run is at step {step} already, --steps is {goal}: nothing was trained");
        let notice = Notice { level: NoticeLevel::Warning, text };
        report.aside(|| link.tell(&notice));
    }
    // A run that failed says by itself what was wrong.
    let failed = matches!(end.reason, StopReason::Failed(_));
    if let Some(text) = end.collapse.take().filter(|_| !failed) {
        report.aside(|| link.tell(&Notice { level: NoticeLevel::Warning, text }));
    }
    let result = conclude(end, &summary, report);
    // What the error says already is not said twice: a failure is one line.
    let is_told = |text: &str| {
        result.as_ref().is_err_and(|error| {
            let error = error.to_string();
            error.contains(text) || error.rsplit(": ").next().is_some_and(|why| text.ends_with(why))
        })
    };
    if let Some(notice) = untold.filter(|notice| !is_told(&notice.text)) {
        report.aside(|| link.tell(&notice));
    }
    result
}

/// The data set, and how much memory the device has, where it says so. A run that `may_refuse` names and
/// that is far too large for the device is refused before its data are read.
fn wait_for_dataset(
    link: &mut Link<'_>,
    may_refuse: Option<&RunSettings>,
    report: &mut Report<'_>,
) -> anyhow::Result<(Box<DatasetSummary>, Option<u64>)> {
    let (mut memory_bytes, mut is_refused) = (None, false);
    let opened = link.wait_for(|event| match event {
        Event::DeviceReady(device) => {
            memory_bytes = device.memory_bytes;
            let refusal = may_refuse.and_then(|run| refuse_oversized(run, memory_bytes).err())?;
            is_refused = true;
            Some(Err(refusal.into()))
        }
        Event::DatasetProgress { done, total } => {
            report.preparing(&format!("reading pictures: {done} of {total}"));
            None
        }
        Event::DatasetOpened(summary) => Some(Ok(summary)),
        Event::DatasetFailed(text) => Some(Err(anyhow::anyhow!("{text}"))),
        _ => None,
    })?;
    let opened = if is_refused { opened } else { opened.context("cannot read the data") };
    Ok((opened?, memory_bytes))
}

/// Says on standard error what the run will need.
fn tell_needs(
    link: &mut Link<'_>,
    report: &mut Report<'_>,
    run: &RunSettings,
    memory_bytes: Option<u64>,
) {
    let (text, warning) = needs(run, memory_bytes);
    report.aside(|| say(link.err, &text));
    if let Some(text) = warning {
        report.aside(|| link.tell(&Notice { level: NoticeLevel::Warning, text }));
    }
}

fn tell_about_dataset(link: &mut Link<'_>, report: &mut Report<'_>, summary: &DatasetSummary) {
    let mut remarks = summary.remarks.clone();
    let labels = summary.labelling.iter().flat_map(|labels| &labels.remarks);
    remarks.extend(labels.map(|remark| format!("labels: {remark}")));
    if let Some(first) = summary.skipped.first() {
        let reason = escaped(&first.reason);
        let path = shown(&first.path);
        let (files, more) = match summary.skipped.len() {
            1 => ("1 file was".to_owned(), ""),
            count => (format!("{count} files were"), " (--verbose lists all)"),
        };
        remarks.push(format!("{files} skipped, the first: {path}: {reason}{more}"));
    }
    for file in &summary.skipped {
        let (path, reason) = (shown(&file.path), escaped(&file.reason));
        report.aside(|| tracing::info!("skipped {path}: {reason}"));
    }
    for text in remarks {
        let notice = Notice { level: NoticeLevel::Warning, text };
        report.aside(|| link.tell(&notice));
    }
}

/// How a run ended.
struct End {
    reason: StopReason,
    step: u64,
    folder: Option<std::path::PathBuf>,
    /// The step last saved.
    saved: Option<u64>,
    /// The last error that did not end the run by itself.
    problem: Option<String>,
    /// The same, when it has not been shown.
    untold: Option<Notice>,
    was_interrupted: bool,
    /// Standard output was closed from the other side.
    is_unread: bool,
    /// It ended by itself without a step: the run was at its goal already.
    had_nothing_to_do: bool,
    /// What the losses say, where they say that nothing was learnt at the end.
    collapse: Option<String>,
}

fn run(link: &mut Link<'_>, settings: RunSettings, report: &mut Report<'_>) -> anyhow::Result<End> {
    link.send(Command::StartTraining(settings))?;
    let (mut is_running, mut was_interrupted, mut has_trained) = (false, false, false);
    let (mut saved, mut problem, mut untold) = (None, None, None::<Notice>);
    let (mut collapse, mut is_unread) = (Collapse::default(), false);
    loop {
        let event = match link.hear()? {
            Heard::Event(event) => *event,
            Heard::Interrupt => {
                was_interrupted = true;
                link.send(Command::StopTraining)?;
                report.preparing("stopping, and saving the last whole step");
                continue;
            }
        };
        match event {
            Event::Training(Phase::Preparing(what)) => report.preparing(&what),
            Event::Training(Phase::Running { .. }) => is_running = true,
            Event::Progress(progress) => {
                // The run goes on, so this was not what ends it.
                if let Some(notice) = untold.take() {
                    report.aside(|| link.tell(&notice));
                }
                has_trained = true;
                collapse.take(&progress);
                if !is_read(report.progress(&progress))? && !is_unread {
                    // The run ends as with Ctrl-C: saved.
                    is_unread = true;
                    link.send(Command::StopTraining)?;
                }
            }
            Event::RunSaved { step, .. } => saved = Some(step),
            Event::Notice(notice) if notice.level == NoticeLevel::Error => {
                // Before the first step it means that there will be none.
                if !is_running && !was_interrupted {
                    bail!("{}", notice.text);
                }
                problem = Some(notice.text.clone());
                if let Some(earlier) = untold.replace(notice) {
                    report.aside(|| link.tell(&earlier));
                }
            }
            Event::Notice(notice) => report.aside(|| link.tell(&notice)),
            Event::TrainingEnded { reason, step, folder } => {
                let had_nothing_to_do = reason == StopReason::Finished && !has_trained;
                return Ok(End {
                    reason,
                    step,
                    folder,
                    saved,
                    problem,
                    untold,
                    was_interrupted,
                    is_unread,
                    had_nothing_to_do,
                    collapse: collapse.warning(),
                });
            }
            _ => {}
        }
    }
}

/// Whether somebody still reads standard output.
fn is_read(written: io::Result<()>) -> anyhow::Result<bool> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true).context("cannot write to standard output"),
    }
}

fn conclude(end: End, data: &DatasetSummary, report: &mut Report<'_>) -> anyhow::Result<()> {
    let (step, was_interrupted) = (end.step, end.was_interrupted);
    if let StopReason::Failed(text) = end.reason {
        bail!("training failed at step {step}: {text}");
    }
    let stopped = |note: String| Err(Interrupted { note, at_once: false }.into());
    let Some(folder) = end.folder else {
        return match end.problem {
            Some(problem) => bail!("the run was not saved: {problem}"),
            None if was_interrupted => stopped("stopped before the first step was done".to_owned()),
            None => bail!("the run was not saved"),
        };
    };
    if let Some(problem) = end.problem.filter(|_| end.saved != Some(step)) {
        bail!("the last state (step {step}) was not saved: {problem}");
    }
    if end.is_unread {
        let place = shown(&folder);
        let note =
            format!("nobody reads on: stopped; step {step} is saved in {place}, --resume goes on");
        return Err(OutputClosed(note).into());
    }
    let reason = if end.reason == StopReason::Finished { "finished" } else { "stopped" };
    let result = shown(&folder.join(MODEL_FILE));
    let (skipped, labels) = (&data.skipped, data.labelling.as_ref());
    report
        .finish(&result, step, reason, skipped, labels)
        .context("cannot write to standard output")?;
    if was_interrupted {
        let place = shown(&folder);
        return stopped(format!("stopped; step {step} is saved in {place}, --resume goes on"));
    }
    Ok(())
}
