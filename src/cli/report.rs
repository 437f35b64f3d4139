//! How training is shown: JSON lines, or a progress bar on a terminal.

use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Map, Value, json};

use crate::protocol::{LabelReport, LossPoint, SkippedFile, TrainProgress};

/// At most one JSON line in this time, the first and the last excepted.
const LINE_INTERVAL: Duration = Duration::from_secs(1);
/// The bar of a run with a number of steps.
const WITH_END: &str = "{wide_bar} {pos}/{len} {msg} {eta} left";
/// The bar of a run that goes on until it is stopped.
const WITHOUT_END: &str = "{spinner} {pos} {msg}";

/// Where and how training is shown.
pub enum Report<'a> {
    /// JSON lines into a writer.
    Json(JsonLines<'a>),
    /// A progress bar on standard error; the result goes to the writer.
    Bar(Bar<'a>),
}

impl<'a> Report<'a> {
    /// JSON lines into `out`.
    pub fn json(out: &'a mut dyn Write) -> Self {
        Self::Json(JsonLines { out, pending: None, written: None })
    }

    /// A progress bar on standard error, the result into `out`.
    pub fn bar(out: &'a mut dyn Write) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        Self::Bar(Bar { out, bar, is_running: false })
    }

    /// What goes on before the first step.
    pub fn preparing(&mut self, what: &str) {
        if let Self::Bar(bar) = self {
            bar.bar.set_message(what.to_owned());
            bar.bar.tick();
        }
    }

    /// A report of the engine.
    ///
    /// # Errors
    /// The writer's.
    pub fn progress(&mut self, progress: &TrainProgress) -> std::io::Result<()> {
        match self {
            Self::Json(lines) => lines.add(progress),
            Self::Bar(bar) => {
                bar.show(progress);
                Ok(())
            }
        }
    }

    /// The end of the run: what has been held back, then the result.
    ///
    /// # Errors
    /// The writer's.
    pub fn finish(
        &mut self,
        result: &str,
        step: u64,
        reason: &str,
        skipped: &[SkippedFile],
        labels: Option<&LabelReport>,
    ) -> std::io::Result<()> {
        match self {
            Self::Json(lines) => {
                lines.flush()?;
                let line = json!({
                    "result": result,
                    "step": step,
                    "reason": reason,
                    "skipped": skipped.len(),
                    "skipped_files": skipped.iter().map(skipped_file).collect::<Vec<_>>(),
                    "labels": labels,
                });
                writeln!(lines.out, "{line}")?;
                lines.out.flush()
            }
            Self::Bar(bar) => {
                bar.bar.finish_and_clear();
                writeln!(bar.out, "{result} (step {step}, {reason})")
            }
        }
    }

    /// Lets `write` write to standard error without tearing the bar.
    pub fn aside(&mut self, write: impl FnOnce()) {
        match self {
            Self::Json(_) => write(),
            Self::Bar(bar) => bar.bar.suspend(write),
        }
    }
}

/// JSON lines, merged to at most one a second.
pub struct JsonLines<'a> {
    out: &'a mut dyn Write,
    pending: Option<TrainProgress>,
    written: Option<Instant>,
}

impl JsonLines<'_> {
    fn add(&mut self, progress: &TrainProgress) -> std::io::Result<()> {
        self.pending = Some(match self.pending.take() {
            Some(before) => merge(&before, progress),
            None => progress.clone(),
        });
        let is_due = self.written.is_none_or(|written| written.elapsed() >= LINE_INTERVAL);
        if is_due || progress.step == progress.steps_total { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let Some(progress) = self.pending.take() else { return Ok(()) };
        self.written = Some(Instant::now());
        writeln!(self.out, "{}", line(&progress))?;
        self.out.flush()
    }
}

/// A report as a JSON object.
fn line(progress: &TrainProgress) -> Value {
    let mut line = Map::new();
    line.insert("step_from".to_owned(), json!(progress.step_from));
    line.insert("step".to_owned(), json!(progress.step));
    line.insert("steps_total".to_owned(), json!(progress.steps_total));
    // A loss that is not finite becomes null.
    line.extend(progress.losses.iter().map(|loss| (loss.name.clone(), json!(loss.value))));
    line.insert("images_per_sec".to_owned(), json!(round(progress.images_per_sec)));
    line.insert("elapsed_secs".to_owned(), json!(round(progress.elapsed_secs)));
    Value::Object(line)
}

fn skipped_file(file: &SkippedFile) -> Value {
    // A path need not be text, and a line must be.
    json!({ "path": file.path.to_string_lossy(), "reason": file.reason })
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// Two reports that follow each other as one: means weighted by their steps, so that nothing is lost.
fn merge(first: &TrainProgress, second: &TrainProgress) -> TrainProgress {
    let steps = |p: &TrainProgress| (p.step + 1).saturating_sub(p.step_from).max(1) as f64;
    let (a, b) = (steps(first), steps(second));
    let losses = second.losses.iter().map(|loss| {
        let before = first.losses.iter().find(|other| other.name == loss.name);
        let value =
            before.map_or(loss.value, |before| (before.value * a + loss.value * b) / (a + b));
        LossPoint { name: loss.name.clone(), value }
    });
    let seconds = a / first.images_per_sec + b / second.images_per_sec;
    let images_per_sec =
        if seconds.is_finite() { (a + b) / seconds } else { second.images_per_sec };
    TrainProgress {
        step_from: first.step_from,
        losses: losses.collect(),
        images_per_sec,
        ..second.clone()
    }
}

/// A progress bar.
pub struct Bar<'a> {
    out: &'a mut dyn Write,
    bar: ProgressBar,
    is_running: bool,
}

impl Bar<'_> {
    fn show(&mut self, progress: &TrainProgress) {
        if !self.is_running {
            self.is_running = true;
            let template = if progress.steps_total > 0 { WITH_END } else { WITHOUT_END };
            self.bar.set_length(progress.steps_total);
            self.bar.set_style(
                ProgressStyle::with_template(template)
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            self.bar.set_position(progress.step_from.saturating_sub(1));
            self.bar.reset_eta();
        }
        let losses = progress.losses.iter().map(|loss| format!("{} {:.3}", loss.name, loss.value));
        let losses = losses.collect::<Vec<_>>().join(" ");
        self.bar.set_message(format!("{losses} · {:.0} images/s ·", progress.images_per_sec));
        self.bar.set_position(progress.step);
    }
}

#[cfg(test)]
mod tests {
    use super::{Report, WITH_END, WITHOUT_END, merge};
    use crate::protocol::{LiveSettings, LossPoint, TrainProgress};

    fn progress(step_from: u64, step: u64, loss: f64, images_per_sec: f64) -> TrainProgress {
        TrainProgress {
            step_from,
            step,
            steps_total: 10,
            losses: vec![LossPoint { name: "loss".to_owned(), value: loss }],
            images_per_sec,
            elapsed_secs: step as f64,
            live: LiveSettings::default(),
        }
    }

    #[test]
    fn merging_keeps_the_means() {
        let merged = merge(&progress(2, 4, 1.0, 10.0), &progress(5, 5, 5.0, 30.0));
        assert_eq!((merged.step_from, merged.step, merged.losses[0].value), (2, 5, 2.0));
        assert!((merged.images_per_sec - 12.0).abs() < 1e-9);
        assert_eq!(merge(&progress(1, 1, 1.0, 0.0), &progress(2, 2, 1.0, 7.0)).images_per_sec, 7.0);
    }

    #[test]
    fn a_bar_leaves_only_the_result_behind() {
        for steps_total in [0, 10] {
            let mut out = Vec::new();
            let mut report = Report::bar(&mut out);
            report.preparing("kernels");
            let progress = TrainProgress { steps_total, ..progress(1, 4, 0.5, 8.0) };
            report.progress(&progress).unwrap();
            report.finish("run/model.safetensors", 4, "stopped", &[], None).unwrap();
            assert_eq!(out, b"run/model.safetensors (step 4, stopped)\n");
        }
        for template in [WITH_END, WITHOUT_END] {
            assert!(indicatif::ProgressStyle::with_template(template).is_ok());
        }
    }

    #[test]
    fn the_first_and_the_last_step_get_a_line() {
        let mut out = Vec::new();
        let mut report = Report::json(&mut out);
        for step in 1..=10 {
            report.progress(&progress(step, step, f64::NAN, 8.0)).unwrap();
        }
        report.finish("run/model.safetensors", 10, "finished", &[], None).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert_eq!((&lines[0]["step"], &lines[0]["loss"]), (&1.into(), &serde_json::Value::Null));
        assert_eq!((&lines[1]["step_from"], &lines[1]["step"]), (&2.into(), &10.into()));
        assert_eq!(lines[2]["result"], "run/model.safetensors");
        assert_eq!(lines[2]["skipped"], 0);
    }
}
