//! A training run: batches in, whole steps out, reports, samples and checkpoints on the way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use burn::tensor::{Device, Tensor, TensorData};

use super::outbox::Outbox;
use super::pictures::{self, RECONSTRUCTION_PAIRS};
use super::reporter::Reporter;
use super::timeline::{self, Timeline};
use crate::data::{Dataset, Sampler};
use crate::imaging::tensor_from_bytes;
use crate::models::Model;
use crate::protocol::{
    Event, Family, Latent, Latest, LiveSettings, SampleRate, SampleSheet, Split, StopReason,
    TrainSettings,
};
use crate::storage::{HistoryRecord, Manifest, RunConfig, RunFolder};
use crate::train::{Batch, TrainState, Trainer, trainer};

/// Whether steps are running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// Step after step.
    Running,
    /// One more whole step, then paused.
    OneStep,
    /// Waiting.
    Paused,
}

/// A run between its start and its end.
pub(super) struct Run {
    trainer: Box<dyn Trainer>,
    /// How it trains; the live part changes while it runs.
    pub(super) settings: TrainSettings,
    pub(super) folder: RunFolder,
    pub(super) dataset: Arc<Dataset>,
    pub(super) pace: Pace,
    device: Device,
    sampler: Sampler,
    batch: Option<Batch>,
    reporter: Reporter,
    sheet_latents: Vec<Latent>,
    sheet_data: Option<Tensor<4>>,
    last_sheet: Option<Instant>,
    pub(super) timeline: Timeline,
    /// What the file says of the model whose encoder is trained; the rest of it stays true.
    pub(super) base: Option<Manifest>,
    first_step: u64,
    /// Why nothing of this run since the last save is worth keeping.
    broken: Option<String>,
    /// What the folder holds, once there is something.
    pub(super) saved: Option<Saved>,
}

/// What a run folder holds of a run.
#[derive(Debug)]
pub(super) struct Saved {
    pub(super) step: u64,
    pub(super) config: RunConfig,
    /// Of the model file.
    pub(super) manifest: Manifest,
}

impl Run {
    /// A run that goes on after `state.step`; `saved` where its folder holds that step already.
    ///
    /// # Errors
    /// When the pictures of the live sheet cannot be read.
    pub(super) fn new(
        state: TrainState,
        settings: TrainSettings,
        folder: RunFolder,
        dataset: Arc<Dataset>,
        saved: Option<Saved>,
    ) -> Result<Self, String> {
        let device = state.model.device();
        let model = &state.average;
        let count = settings.samples as usize;
        let sheet_latents = pictures::sheet_latents(model, settings.seed, count, 1.0);
        let sheet_data = sheet_data(model, &dataset, &device)?;
        let first_step = state.step + 1;
        Ok(Self {
            sampler: Sampler::new(settings.seed, dataset.len(Split::Train)),
            reporter: Reporter::new(state.step),
            timeline: Timeline::after(state.step, folder.path()),
            base: None,
            trainer: trainer(state, &settings),
            settings,
            folder,
            dataset,
            pace: Pace::Running,
            device,
            batch: None,
            sheet_latents,
            sheet_data,
            last_sheet: None,
            first_step,
            broken: None,
            saved,
        })
    }

    /// Counts the seconds trained before this start.
    pub(super) fn go_on_after(&mut self, trained_secs: f64) {
        self.reporter.go_on_after(trained_secs);
    }

    /// The state after the last whole step.
    pub(super) fn state(&self) -> &TrainState {
        self.trainer.state()
    }

    /// Drops the step under way.
    pub(super) fn abandon(&mut self) {
        self.trainer.abandon();
        self.batch = None;
    }

    /// Leaves the time of a pause out of the speed.
    pub(super) fn resume(&mut self, pace: Pace) {
        if self.pace == Pace::Paused {
            self.reporter.resume();
        }
        self.pace = pace;
    }

    /// Whether a step has just ended and a checkpoint is due.
    pub(super) fn checkpoint_is_due(&self) -> bool {
        let every = self.settings.checkpoint_every;
        self.batch.is_none() && every > 0 && self.state().step >= self.saved_step() + every
    }

    /// The step the folder holds; 0 where it holds none that was trained.
    pub(super) fn saved_step(&self) -> u64 {
        self.saved.as_ref().map_or(0, |saved| saved.step)
    }

    /// Whether there is a phase to run.
    pub(super) fn is_active(&self) -> bool {
        self.pace != Pace::Paused
    }

    /// Runs one phase. `Some` when the run is over.
    pub(super) fn turn(
        &mut self,
        outbox: &mut Outbox,
        samples: &Latest<SampleSheet>,
    ) -> Option<StopReason> {
        match self.phase(outbox, samples) {
            Ok(ended) => ended,
            Err(reason) => Some(StopReason::Failed(reason)),
        }
    }

    fn phase(
        &mut self,
        outbox: &mut Outbox,
        samples: &Latest<SampleSheet>,
    ) -> Result<Option<StopReason>, String> {
        let Some(batch) = self.batch.clone() else {
            if self.is_finished() {
                return Ok(Some(StopReason::Finished));
            }
            self.batch = Some(self.next_batch()?);
            return Ok(None);
        };
        let Some(stats) = self.trainer.phase(&batch, &self.settings.live) else { return Ok(None) };
        self.batch = None;
        if !self.reporter.takes(&stats) {
            self.report(outbox)?;
        }
        self.reporter.add(stats, batch.images.dims()[0]);
        let finished = self.is_finished();
        // The first and the last step are always told.
        let first = self.state().step == self.first_step;
        if first || finished || self.reporter.is_due() {
            self.report(outbox)?;
        }
        if self.sheet_is_due(finished) {
            self.draw_sheet(samples)?;
            outbox.wake();
        }
        self.keep_snapshot()?;
        self.timeline.tell_news(outbox);
        if self.pace == Pace::OneStep {
            self.report(outbox)?;
            self.draw_sheet(samples)?;
            self.pace = Pace::Paused;
            outbox.tell(Event::Training(crate::protocol::Phase::Paused));
        }
        Ok(finished.then_some(StopReason::Finished))
    }

    fn is_finished(&self) -> bool {
        self.settings.steps > 0 && self.state().step >= self.settings.steps
    }

    fn next_batch(&mut self) -> Result<Batch, String> {
        let step = self.state().step;
        let indices = self.sampler.indices(step, self.settings.batch as usize);
        let images = read(&self.dataset, Split::Train, &indices, &self.device)?;
        let wanted = asks_for_labels(&self.settings, self.state().model.spec.family);
        let labels = wanted.then(|| read_labels(&self.dataset, &indices, &self.device));
        Ok(Batch { images, labels })
    }

    /// Sends the steps gathered so far and writes them into the run's history.
    ///
    /// # Errors
    /// When a loss is no number any more, now or in an earlier report: the run is broken.
    pub(super) fn report(&mut self, outbox: &mut Outbox) -> Result<(), String> {
        if let Some(text) = &self.broken {
            return Err(text.clone());
        }
        let report = self.reporter.report(self.settings.steps, &self.settings.live)?;
        let Some(report) = report else { return Ok(()) };
        if let Err(error) = self.folder.append_history(&[HistoryRecord::from(&report)]) {
            tracing::warn!("the history could not be written: {error}");
        }
        let broken = report.losses.iter().find(|point| !point.value.is_finite());
        let broken = broken.map(|point| self.broken_text(&point.name, report.step));
        outbox.tell(Event::Progress(Box::new(report)));
        self.broken.clone_from(&broken);
        broken.map_or(Ok(()), Err)
    }

    /// What is wrong when `name` is not finite after `step`, and what to do.
    pub(super) fn broken_text(&self, name: &str, step: u64) -> String {
        let go_on = match self.saved_step() {
            0 => "start again".to_owned(),
            saved => format!("resume from step {saved}"),
        };
        format!("{name} is no longer a number at step {step}: lower the learning rates and {go_on}")
    }

    fn sheet_is_due(&self, finished: bool) -> bool {
        let interval = match self.settings.live.sample_rate {
            SampleRate::Off => return false,
            SampleRate::OncePerSecond => Duration::from_secs(1),
            SampleRate::FivePerSecond => Duration::from_millis(200),
            SampleRate::EachStep => return true,
        };
        finished || self.last_sheet.is_none_or(|last| last.elapsed() >= interval)
    }

    /// Puts the present samples into the slot.
    pub(super) fn draw_sheet(&mut self, samples: &Latest<SampleSheet>) -> Result<(), String> {
        let state = self.trainer.state();
        let data = self.sheet_data.as_ref();
        samples.put(pictures::sheet(&state.average, state.step, &self.sheet_latents, data)?);
        self.last_sheet = Some(Instant::now());
        Ok(())
    }

    /// Draws the samples of the last whole step, where any are wanted: the live sheet may be a second old.
    pub(super) fn draw_last_sheet(&mut self, samples: &Latest<SampleSheet>) -> Result<(), String> {
        match self.settings.live.sample_rate {
            SampleRate::Off => Ok(()),
            _ => self.draw_sheet(samples),
        }
    }

    /// Keeps a picture of the samples where the timeline wants one of this step.
    fn keep_snapshot(&mut self) -> Result<(), String> {
        let state = self.trainer.state();
        if self.timeline.is_due(state.step) {
            let latents = &self.sheet_latents[..self.sheet_latents.len().min(timeline::TILES)];
            let sheet = pictures::sheet(&state.average, state.step, latents, None)?;
            self.timeline.keep(sheet.step, sheet.frame);
        }
        Ok(())
    }

    /// Changes what can be changed while it runs.
    ///
    /// # Errors
    /// When a value is out of range, or labels are asked for where there are none: nothing is changed.
    pub(super) fn tune(&mut self, live: LiveSettings) -> Result<(), String> {
        live.validate().map_err(|error| error.to_string())?;
        let tuned = TrainSettings { live, ..self.settings.clone() };
        check_labels(&tuned, self.state().model.spec.family, &self.dataset)?;
        self.settings = tuned;
        Ok(())
    }
}

fn sheet_data(
    model: &Model,
    dataset: &Dataset,
    device: &Device,
) -> Result<Option<Tensor<4>>, String> {
    if model.encoder.is_none() {
        return Ok(None);
    }
    // Held-out pictures: reconstructions of what was trained on would flatter.
    let split = if dataset.len(Split::HeldOut) > 0 { Split::HeldOut } else { Split::Train };
    let count = RECONSTRUCTION_PAIRS.min(dataset.len(split));
    let indices: Vec<usize> = (0..count).collect();
    read(dataset, split, &indices, device).map(Some)
}

fn asks_for_labels(settings: &TrainSettings, family: Family) -> bool {
    // An encoder for a frozen generator is trained without a label term.
    let has_term = family.has_encoder() && !settings.task.is_encoder();
    settings.live.label_weight > 0.0 && has_term
}

/// A label term needs labels.
///
/// # Errors
/// When it is asked for and the data have none.
pub(super) fn check_labels(
    settings: &TrainSettings,
    family: Family,
    dataset: &Dataset,
) -> Result<(), String> {
    if asks_for_labels(settings, family) && dataset.label_names().is_empty() {
        return Err("label_weight asks for labels, and these pictures have none: put them into \
                    folders named by what they show, or set it to 0"
            .to_owned());
    }
    Ok(())
}

/// The labels of training pictures on the device: `[N, L]`, 1 where a picture has one.
fn read_labels(dataset: &Dataset, indices: &[usize], device: &Device) -> Tensor<2> {
    let count = dataset.label_names().len();
    let mut values = vec![0.0_f32; indices.len() * count];
    for (row, &index) in values.chunks_exact_mut(count).zip(indices) {
        for &label in dataset.labels(Split::Train, index) {
            row[label as usize] = 1.0;
        }
    }
    Tensor::from_data(TensorData::new(values, [indices.len(), count]), device)
}

/// Pictures of a data set on the device, `[N, C, S, S]` in [-1, 1].
///
/// # Errors
/// When a file that is decoded on demand cannot be read any more.
pub(super) fn read(
    dataset: &Dataset,
    split: Split,
    indices: &[usize],
    device: &Device,
) -> Result<Tensor<4>, String> {
    let mut pixels = Vec::new();
    dataset.read(split, indices, &mut pixels).map_err(|error| error.to_string())?;
    let (channels, size) = (dataset.channels(), dataset.size());
    Ok(tensor_from_bytes(&pixels, indices.len(), channels, size, device))
}
