//! What the engine tells, taken into [`AppState`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::examples::Examples;
use super::state::{AppState, EngineStatus, JobShown, RunEnd, RunPhase, SideTab};
use crate::protocol::{
    DatasetOptions, DatasetSource, DatasetSummary, Event, ModelSummary, NoticeLevel, Phase,
    PreviewFrame, SampleSheet, Snapshot, StopReason, TilePlace, TileSheet,
};

impl AppState {
    /// Takes in a fact from the engine.
    pub fn apply_event(&mut self, event: Event) {
        let Some(event) = self.apply_map_event(event) else { return };
        let Some(event) = self.apply_photo_event(event) else { return };
        let Some(event) = self.apply_identity_event(event) else { return };
        let Some(event) = self.apply_many_event(event) else { return };
        let Some(event) = self.apply_session_event(event) else { return };
        let Some(event) = self.apply_edit_event(event) else { return };
        let Some(event) = self.apply_race_event(event) else { return };
        match event {
            Event::DeviceReady(device) => {
                self.device = Some(device);
                if self.engine == EngineStatus::Starting {
                    self.engine = EngineStatus::Ready;
                }
            }
            Event::DevicesListed(devices) => self.devices = devices,
            Event::DatasetProgress { done, total } => self.dataset.loading = Some((done, total)),
            Event::DatasetOpened(summary) => self.dataset_opened(*summary),
            Event::DatasetFailed(text) => self.dataset_failed(text),
            Event::PatternPreviewed(preview) => self.pattern_previewed(*preview),
            Event::ModelReady(summary) => self.model_ready(*summary),
            Event::Training(phase) => self.training_phase(phase),
            Event::Progress(progress) => {
                self.training.history.append(&progress);
                self.training.set_live(progress.live.clone());
                self.training.progress = Some(*progress);
            }
            Event::Timeline { folder, steps } => self.timeline_listed(folder, steps),
            Event::History(past) => self.training.history.replace(&past),
            Event::TrainingEnded { reason, step, folder } => {
                self.training_ended(RunEnd { reason, step, folder });
            }
            Event::FileWritten(path) => self.file_written(path),
            Event::RunLookedAt { folder, data, train } => {
                self.run_looked_at(&folder, data, train.map(|train| *train));
            }
            Event::JobProgress { what, done, total } => {
                self.job = Some(JobShown { what, done, total });
            }
            Event::JobEnded => self.job_ended(),
            Event::AttributesFound(found) => self.attributes_found(found.directions),
            Event::LatentsOpened { path, latents, count } => {
                self.latents_opened(&path, &latents, count);
            }
            Event::DirectionsOpened(path, directions) => self.directions_opened(&path, directions),
            Event::EntanglementMeasured(measured) => self.entanglement_measured(*measured),
            Event::DirectionsFound(found) => self.directions_found(*found),
            Event::DirectionsJudged(judgements) => self.directions_judged(judgements),
            Event::SensitivitiesMeasured(of_each) => self.explore.sensitivity = of_each,
            // Asked for by the command line alone so far.
            Event::InversionReported(_) | Event::EditsReported(_) | Event::EditTried(_) => {}
            Event::EditStepped(_) | Event::EditMade(_) => {}
            Event::Evaluated(_) | Event::SheetsWritten(_) | Event::OracleTrained(_) => {}
            // Taken in above.
            Event::MapPlaced(_)
            | Event::MapMade(_)
            | Event::PicturesIndexed { .. }
            | Event::MapFailed
            | Event::PhotoOpened(_)
            | Event::PhotoFailed
            | Event::PhotoTuned(_)
            | Event::IdentityChanged(_)
            | Event::DeltaOpened(_)
            | Event::SessionSaved(..)
            | Event::SessionOpened(_)
            | Event::MeanPicture(_)
            | Event::InversionBegun { .. }
            | Event::LeftOut(_)
            | Event::InversionSteps(_)
            | Event::Inverted(_)
            | Event::EditFailed { .. }
            | Event::EditScriptOpened(..)
            | Event::FeaturesTried(..) => {}
            Event::RunSaved { folder, step } => {
                self.training.last_saved = Some((step, folder.clone()));
                self.training.folder = Some(folder.clone());
                self.remember_under_way(folder, Some(step));
            }
            Event::Notice(notice) => {
                if notice.level == NoticeLevel::Error {
                    self.race_failed();
                    self.tuning_failed();
                }
                self.show_notice(notice.level, notice.text);
            }
            Event::Failed(text) => self.engine_died(text),
            Event::ShutDown => {
                if self.engine != EngineStatus::ShuttingDown {
                    self.engine_died("it ended by itself".to_owned());
                }
            }
        }
    }

    /// Takes in a picture of the latent on the sliders.
    pub fn take_preview(&mut self, preview: PreviewFrame) {
        self.explore.take_preview(preview, self.now_secs);
        self.keep_state();
        self.note_state();
        self.ask_nearest();
    }

    /// Takes in a sheet of samples; while training, the large picture is drawn anew with it.
    pub fn take_samples(&mut self, sheet: SampleSheet) {
        if self.training.phase.is_active() && self.explore.waiting_since.is_none() {
            self.explore.wanted = true;
            self.attributes.redraw_strip();
            self.compose.redraw();
        }
        self.samples.sheet = Some(Arc::new(sheet));
    }

    /// Takes in a picture from the timeline, unless the live sheet was asked for again meanwhile.
    pub fn take_snapshot(&mut self, snapshot: Snapshot) {
        let samples = &mut self.samples;
        if samples.past_step.is_some() && samples.timeline_folder == snapshot.folder {
            samples.snapshot = Some(Arc::new(snapshot));
        }
    }

    /// Takes in small pictures of a place.
    pub fn take_tiles(&mut self, place: TilePlace, sheet: TileSheet) {
        match place {
            TilePlace::Strip => self.attributes.take_strip(sheet),
            TilePlace::Formula => self.compose.formula.take_pictures(sheet),
            TilePlace::States => self.take_state_pictures(&sheet),
            TilePlace::Keys => self.compose.path.take_pictures(sheet),
            TilePlace::Grid => self.compose.grid.take_pictures(sheet),
            TilePlace::Inverted => self.many.take_pictures(sheet),
        }
    }

    fn timeline_listed(&mut self, folder: PathBuf, steps: Vec<u64>) {
        let samples = &mut self.samples;
        let gone = samples.past_step.is_some_and(|step| !steps.contains(&step));
        if samples.timeline_folder != folder || gone {
            (samples.past_step, samples.snapshot) = (None, None);
        }
        (samples.timeline_folder, samples.timeline) = (folder, steps);
    }

    /// The engine's thread is gone: nothing that was under way will be answered.
    pub fn engine_died(&mut self, reason: String) {
        if matches!(self.engine, EngineStatus::Dead(_)) {
            return;
        }
        tracing::error!("the engine ended: {reason}");
        self.engine = EngineStatus::Dead(reason);
        self.outbox.clear();
        self.dataset.loading = None;
        self.dataset.asked = false;
        self.dataset.labels.reading = false;
        self.training.phase = RunPhase::Idle;
        (self.training.settings, self.training.encoder_run) = (None, None);
        self.training.start_when_read = false;
        self.explore.forget_requests();
        self.attributes.redraw_strip();
        (self.attributes.codes_of, self.attributes.codes_asked) = (None, None);
        self.job_ended();
        self.map.making = None;
        self.map.forget_index();
        self.photo_lost();
        self.forget_identity();
        self.many_lost();
        self.race_lost();
        self.edit_ended("the engine ended");
        self.outbox.clear();
    }

    fn dataset_opened(&mut self, summary: DatasetSummary) {
        if let DatasetSource::Path(path) = &summary.source {
            self.remember_data(path.clone());
        }
        self.dataset.loading = None;
        self.dataset.error = None;
        let (read, draft) = (&summary.options, &self.dataset.draft);
        let DatasetOptions { auto_size, auto_channels, .. } = *draft;
        let sized = auto_size || read.image_size == draft.image_size;
        let coloured = auto_channels || read.channels == draft.channels;
        // What was only labelled anew says nothing about how the next data are read.
        let is_read = !self.dataset.labels.reading;
        // A run's own data come as the run has them, whatever the panel says: from then on it says that.
        let is_own = !std::mem::take(&mut self.dataset.asked);
        if is_read && (is_own || sized && coloured) {
            let options = read.clone();
            self.follow_data(&options);
            self.dataset.draft = DatasetOptions { auto_size, auto_channels, ..options };
            if let (true, DatasetSource::Path(path)) = (is_own, &summary.source) {
                self.dataset.path_text = path.display().to_string();
            }
        } // Otherwise the person chose another size while these were read, and keeps it.
        let labels = summary.options.labels.clone();
        self.dataset.summary = Some(Arc::new(summary));
        self.labels_opened(&labels);
        if std::mem::take(&mut self.training.start_when_read) {
            self.start_training();
        }
    }

    /// The next model is made for the data that were read; where that changes it, the person is told.
    fn follow_data(&mut self, read: &DatasetOptions) {
        let spec = &mut self.training.draft_spec;
        let before = (spec.image_size, spec.channels);
        (spec.image_size, spec.channels) = (read.image_size, read.channels);
        if before != (read.image_size, read.channels) {
            let words = |(size, channels)| format!("{size} px, {}", colour_name(channels));
            let (now, before) = (words((read.image_size, read.channels)), words(before));
            let text =
                format!("The next model's image size follows the data: {now} (before: {before}).");
            self.show_notice(NoticeLevel::Adjusted, text);
        }
    }

    fn dataset_failed(&mut self, text: String) {
        self.dataset.loading = None;
        self.dataset.asked = false;
        self.training.start_when_read = false;
        let of_labels = std::mem::take(&mut self.dataset.labels.reading);
        let what = if of_labels { "the labels" } else { "the data set" };
        if text.is_empty() {
            self.show_notice(NoticeLevel::Stopped, format!("Reading {what} was cancelled."));
            return;
        }
        // The Data panel shows it, and for longer.
        if !self.preferences.layout.shows(SideTab::Data) {
            self.show_notice(NoticeLevel::Error, text.clone());
        }
        let dataset = &mut self.dataset;
        let place = if of_labels { &mut dataset.labels.error } else { &mut dataset.error };
        *place = Some(text);
    }

    fn model_ready(&mut self, summary: ModelSummary) {
        if let Some(path) = &summary.path {
            self.remember_model(path.clone());
        }
        let active = self.training.phase.is_active();
        let same_name = self.model.as_ref().is_some_and(|model| model.name == summary.name);
        let same_generator =
            self.model.as_ref().is_some_and(|model| is_same_generator(model, &summary));
        // What an encoder's run begins with is the open model.
        let continued = active && (self.training.continue_model || same_generator);
        let fresh = self.explore.fit_to_model(summary.spec.latent as usize, summary.spec.prior);
        if !same_generator {
            self.explore.forget_sensitivity();
            self.forget_race();
            self.edit_ended("another model is open");
        }
        self.attributes.fit_to_model(&summary, active);
        self.attributes_moved();
        self.states_of_model_opened(fresh);
        if fresh || !(same_name || continued) {
            self.examples = Examples::default();
            self.compose.clear();
            self.map.forget_map();
        }
        let picture = |model: &ModelSummary| (model.spec.image_size, model.spec.channels);
        if fresh || self.model.as_ref().is_some_and(|model| picture(model) != picture(&summary)) {
            self.map.forget_map();
        }
        let same_path = self.model.as_ref().is_some_and(|model| model.path == summary.path);
        if !(same_name && same_path) {
            self.samples.sheet = None;
        }
        if !active {
            self.forget_other_run(summary.path.as_deref());
            self.edit_spec(summary.spec.clone().of_family_alone());
            self.draw_samples();
            self.look_for_run(summary.path.as_deref(), summary.step);
        } else {
            // The networks of the run under way: there is another run to go on with when it ends.
            self.training.open_run = None;
        }
        self.model = Some(Arc::new(summary));
        self.ask_for_crop();
    }

    /// What the panel tells of the last run is not true of another one that is opened.
    fn forget_other_run(&mut self, opened: Option<&Path>) {
        let training = &mut self.training;
        let same = training.folder.as_ref().is_some_and(|folder| {
            opened.is_some_and(|path| path == folder || path.parent() == Some(folder.as_path()))
        });
        if !same {
            training.progress = None;
            (training.last_end, training.last_saved) = (None, None);
        }
    }

    fn training_phase(&mut self, phase: Phase) {
        if self.training.phase == RunPhase::Idle {
            self.training.history.clear();
            self.training.progress = None;
            self.training.last_end = None;
            self.training.last_saved = None;
        }
        let mut under_way = None;
        self.training.phase = match phase {
            Phase::Preparing(what) => RunPhase::Preparing(what),
            Phase::Running { folder, settings } => {
                under_way = Some(folder.clone());
                self.training.folder = Some(folder);
                self.training.encoder_run = settings.task.is_encoder().then(|| (*settings).clone());
                if self.training.encoder_run.is_none() {
                    self.training.draft_train = (*settings).clone();
                }
                if self.training.encoder_run.is_none() {
                    self.edit_ended("its model is being trained");
                }
                self.training.settings = Some(settings);
                RunPhase::Running
            }
            Phase::Paused => RunPhase::Paused,
            Phase::Stopping => RunPhase::Stopping,
        };
        if let Some(folder) = under_way {
            self.training.cut_off = None;
            self.remember_under_way(folder, None);
        }
    }

    fn training_ended(&mut self, end: RunEnd) {
        let place = end
            .folder
            .as_ref()
            .map_or(String::new(), |folder| format!(" Saved in {}.", super::display_path(folder)));
        let (level, text) = match &end.reason {
            StopReason::Finished => {
                (NoticeLevel::Info, format!("Training finished at step {}.{place}", end.step))
            }
            StopReason::Stopped => {
                (NoticeLevel::Stopped, format!("Training stopped at step {}.{place}", end.step))
            }
            StopReason::Failed(why) => {
                (NoticeLevel::Error, format!("Training ended at step {}: {why}.{place}", end.step))
            }
        };
        self.show_notice(level, text);
        self.forget_under_way();
        self.training.phase = RunPhase::Idle;
        (self.training.settings, self.training.encoder_run) = (None, None);
        if let Some(folder) = &end.folder {
            self.remember_model(folder.clone());
            // A run that broke goes on from its last checkpoint.
            let saved = self.training.last_saved.as_ref().filter(|saved| saved.1 == *folder);
            let step = saved.map_or(end.step, |saved| saved.0);
            self.look_for_run(Some(folder), step);
        }
        self.training.last_end = Some(end);
        self.explore.wanted = self.explore.latent.dims() > 0;
    }

    fn file_written(&mut self, path: PathBuf) {
        self.show_notice(NoticeLevel::Info, format!("Written: {}", super::display_path(&path)));
        if self.latents_written(&path) || self.delta_written(&path) {
            return;
        }
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("safetensors")) {
            self.remember_model(path);
        }
    }

    fn remember_model(&mut self, path: PathBuf) {
        remember(&mut self.preferences.recent_models, path);
        self.preferences_changed = true;
    }

    fn remember_data(&mut self, path: PathBuf) {
        remember(&mut self.preferences.recent_data, path);
        self.preferences_changed = true;
    }
}

fn colour_name(channels: u32) -> &'static str {
    match channels {
        1 => "gray",
        4 => "RGBA",
        _ => "RGB",
    }
}

/// Whether two models draw the same pictures, as far as is known.
fn is_same_generator(a: &ModelSummary, b: &ModelSummary) -> bool {
    !a.generator.is_empty() && a.generator == b.generator
}

/// Puts a path first in a list of recent ones.
fn remember(recent: &mut Vec<PathBuf>, path: PathBuf) {
    const KEPT: usize = 10;
    recent.retain(|known| *known != path);
    recent.insert(0, path);
    recent.truncate(KEPT);
}
