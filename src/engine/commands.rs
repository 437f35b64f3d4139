//! What each command does to the session and the run. Every refusal leaves all as it was.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::device;
use super::run::{Pace, Run, Saved, check_labels};
use super::run_data;
use super::saving::{self, SaveError};
use super::session::OpenModel;
use super::worker::Worker;
use crate::data::{DataError, Dataset, Loading};
use crate::models::Model;
use crate::protocol::{
    DatasetOptions, DatasetSource, DeviceChoice, DeviceKind, Event, ModelSpec, NoticeLevel, Phase,
    RunSettings, StopReason,
};
use crate::storage::{Manifest, RunFolder};
use crate::train::TrainState;

/// Reads in the background; the loop looks at it by itself, so nothing needs waking.
pub(super) fn spawn_loading(
    source: DatasetSource,
    options: DatasetOptions,
) -> Result<Loading, String> {
    crate::data::spawn_open(source, options, || {}).map_err(|error| error.to_string())
}

impl Worker {
    pub(super) fn refuse(&mut self, text: impl Into<String>) {
        self.outbox.notice(NoticeLevel::Error, text);
    }

    /// Says so and returns true while a run stands in the way.
    pub(super) fn run_in_the_way(&mut self, what: &str) -> bool {
        let training = self.run.is_some();
        if training {
            self.refuse(format!("{what} is not possible while training runs: stop it first"));
        }
        training
    }

    pub(super) fn select_device(&mut self, choice: DeviceChoice) {
        if self.run_in_the_way("changing the device") {
            return;
        }
        let opened = device::open(choice);
        // The map goes to the other device with the generator as it is in files.
        self.set_tuned(false);
        if let Some(open) = &mut self.session.model {
            // Through plain arrays: backends do not share memory.
            match saving::to_device(&open.model, &opened.open.device) {
                Ok(model) => open.model = model,
                Err(text) => return self.refuse(format!("the device was not changed: {text}")),
            }
        }
        self.map_desk.move_to(&opened.open.device);
        self.device = opened.open;
        self.move_identity();
        self.outbox.tell(Event::DevicesListed(opened.listed));
        self.outbox.tell(Event::DeviceReady(self.device.info.clone()));
        if let Some(warning) = opened.warning {
            self.outbox.notice(NoticeLevel::Warning, warning);
        }
    }

    pub(super) fn open_dataset(&mut self, source: DatasetSource, options: DatasetOptions) {
        // Dropping an older loader cancels it.
        match spawn_loading(source, options) {
            Ok(loading) => self.loading = Some(loading),
            Err(text) => self.outbox.tell(Event::DatasetFailed(text)),
        }
    }

    pub(super) fn cancel_loading(&mut self) {
        if let Some(loading) = &self.loading {
            loading.cancel();
        }
    }

    pub(super) fn finish_loading(&mut self, result: Result<Box<Dataset>, DataError>) {
        let start = self.pending_start.take();
        match result {
            Ok(dataset) => {
                let summary = Box::new(dataset.summary().clone());
                self.session.dataset = Some(Arc::from(dataset));
                self.photo_desk.mean.forget();
                self.outbox.tell(Event::DatasetOpened(summary));
                if let Some(settings) = start {
                    self.start_training(settings);
                }
            }
            Err(DataError::Cancelled) => {
                self.outbox.tell(Event::DatasetFailed(String::new()));
                self.end_pending(start, StopReason::Stopped);
            }
            Err(error) => {
                let error = error.to_string();
                let why = start.as_ref().map(|settings| run_data::advice(settings, &error));
                self.outbox.tell(Event::DatasetFailed(error));
                self.end_pending(start, StopReason::Failed(why.unwrap_or_default()));
            }
        }
    }

    fn end_pending(&mut self, start: Option<RunSettings>, reason: StopReason) {
        if start.is_some() {
            self.outbox.tell(Event::TrainingEnded { reason, step: 0, folder: None });
        }
    }

    pub(super) fn new_model(&mut self, spec: &ModelSpec, seed: u64) {
        if self.run_in_the_way("building a new model") {
            return;
        }
        if let Err(error) = spec.validate() {
            return self.refuse(error.to_string());
        }
        let model = Model::new(spec, seed, &self.device.device);
        self.show(OpenModel::untrained(model));
    }

    /// Makes this the open model and says so.
    fn show(&mut self, open: OpenModel) {
        let summary = open.summary();
        let same = self.identity_fits(&summary.generator);
        self.outbox.tell(Event::ModelReady(Box::new(summary)));
        self.session.model = Some(open);
        if !same {
            self.drop_identity("another generator is open");
        }
        self.photo_desk.mean.forget();
    }

    pub(super) fn open_model(&mut self, path: &Path) {
        if self.run_in_the_way("opening a model") {
            return;
        }
        match saving::open(path, &self.device.device) {
            Ok(open) => {
                self.show(open);
                self.tell_past_of_model(Some(path));
            }
            Err(text) => self.refuse(text),
        }
    }

    pub(super) fn open_built_in(&mut self) {
        if self.run_in_the_way("opening the built-in model") {
            return;
        }
        match saving::open_built_in(&self.device.device) {
            Ok(open) => {
                self.show(open);
                self.tell_past_of_model(None);
            }
            Err(text) => self.refuse(text),
        }
    }

    pub(super) fn save_model(&mut self, path: &Path) {
        let saved = match (&self.run, &self.session.model) {
            (Some(run), _) => saving::save_average(run, path),
            (None, Some(open)) => saving::save_model(open, path),
            (None, None) => Err("no model is open: open one or train one first".to_owned()),
        };
        match saved {
            Ok(()) => self.outbox.tell(Event::FileWritten(path.to_owned())),
            Err(text) => self.refuse(text),
        }
    }

    pub(super) fn start_training(&mut self, settings: RunSettings) {
        if self.run_in_the_way("starting another run") {
            return;
        }
        if self.pending_start.is_some() {
            return self.refuse("a run is already waiting for its data set");
        }
        if let Err(text) = self.try_start(settings) {
            self.refuse(text.clone());
            let reason = StopReason::Failed(text);
            self.outbox.tell(Event::TrainingEnded { reason, step: 0, folder: None });
        }
    }

    fn try_start(&mut self, mut settings: RunSettings) -> Result<(), String> {
        let mut own_data = None;
        if settings.resume {
            let saved = saving::adopt_saved_settings(&mut settings)?;
            own_data = saved.dataset.filter(|_| !settings.use_open_data);
        } else {
            self.choose_architecture(&mut settings)?;
        }
        settings.spec.validate().map_err(|error| error.to_string())?;
        settings.train.validate().map_err(|error| error.to_string())?;
        let Some(dataset) = self.dataset_for(&settings, own_data)? else {
            self.pending_start = Some(settings);
            return Ok(());
        };
        check_labels(&settings.train, settings.spec.family, &dataset)?;
        self.outbox.tell(Event::Training(Phase::Preparing(self.preparation())));
        let folder = settings.out.clone().unwrap_or_else(|| self.fresh_run_folder(&settings));
        let (folder, state, saved) = self.folder_and_state(&settings, &folder, &dataset)?;
        let base = self.encoder_base(&settings, &dataset, saved.as_ref());
        let open = OpenModel::training(&state, folder.path()).described(base.as_ref());
        let encodes = settings.train.task.is_encoder();
        let mut run = Run::new(state, settings.train, folder, dataset, saved)?;
        run.base = base;
        self.show(open);
        run.timeline.tell(&mut self.outbox);
        if settings.resume {
            run.go_on_after(self.tell_history(run.folder.path()));
        }
        self.run = Some(run);
        self.rest_identity(encodes);
        self.resume(Pace::Running);
        Ok(())
    }

    fn preparation(&self) -> String {
        if self.device.info.kind == DeviceKind::Cpu || !cfg!(feature = "gpu") {
            "building the networks".to_owned()
        } else {
            "preparing this GPU: the first steps try out kernels, once".to_owned()
        }
    }

    fn folder_and_state(
        &mut self,
        settings: &RunSettings,
        folder: &Path,
        dataset: &Dataset,
    ) -> Result<(RunFolder, TrainState, Option<Saved>), String> {
        if settings.resume {
            return saving::resume(folder, &settings.train, &self.device.device);
        }
        let device = self.device.device.clone();
        let fresh = || Model::new(&settings.spec, settings.train.seed, &device);
        let model = match (&settings.init, &self.session.model) {
            _ if settings.train.task.is_encoder() => self.model_to_encode(settings)?,
            (Some(path), _) => saving::warm_start(fresh(), path)?,
            (None, Some(open)) if settings.continue_model => open.model.clone().of_family_alone(),
            (None, _) => fresh(),
        };
        let data = run_data::recorded(dataset.summary());
        let folder = saving::create(folder, settings, data)?;
        Ok((folder, TrainState::new(model, &settings.train), None))
    }

    /// A folder among the program's own runs that does not exist yet.
    fn fresh_run_folder(&self, settings: &RunSettings) -> PathBuf {
        let ModelSpec { family, image_size, .. } = settings.spec;
        let what = if settings.train.task.is_encoder() { "-encoder" } else { "" };
        let base = format!("{family}-{image_size}px{what}");
        let mut number = 1;
        loop {
            let folder = self.runs_dir.join(format!("{base}-{number:03}"));
            if !folder.exists() {
                return folder;
            }
            number += 1;
        }
    }

    /// Ends whatever takes long: jobs, the reading of a run's data, the run.
    pub(super) fn stop_training(&mut self) {
        self.stop_jobs();
        if self.pending_start.is_some() {
            return self.cancel_loading();
        }
        if self.run.is_some() {
            self.outbox.tell(Event::Training(Phase::Stopping));
            self.end_run(StopReason::Stopped);
        }
    }

    /// Abandons the step under way, saves the last whole one, and ends the run.
    ///
    /// What holds numbers that are none is never saved: the last checkpoint stays, and is open again.
    pub(super) fn end_run(&mut self, reason: StopReason) {
        let Some(mut run) = self.run.take() else { return };
        run.abandon();
        let kept = self.keep(&mut run);
        run.timeline.finish(&mut self.outbox);
        let reason = match (&kept, reason) {
            (Err(text), StopReason::Stopped | StopReason::Finished) => {
                StopReason::Failed(text.clone())
            }
            (_, reason) => reason,
        };
        if let StopReason::Failed(text) = &reason {
            self.outbox.notice(NoticeLevel::Error, format!("training ended: {text}"));
        }
        if kept.is_ok()
            && let Err(text) = run.draw_last_sheet(&self.samples_slot)
        {
            self.outbox.notice(NoticeLevel::Error, format!("no samples: {text}"));
        }
        let open = OpenModel::training(run.state(), run.folder.path()).described(run.base.as_ref());
        match kept {
            Ok(Some(manifest)) => self.show(OpenModel { manifest, ..open }),
            Ok(None) => self.show(open),
            Err(_) => self.show_last_saved(&run),
        }
        let folder = (run.saved_step() > 0).then(|| run.folder.path().to_owned());
        let step = run.state().step;
        self.outbox.tell(Event::TrainingEnded { reason, step, folder });
    }

    /// Reports and saves the last whole step. `None` where the disk refused, which is told.
    ///
    /// # Errors
    /// When there is nothing worth saving: a loss or a weight is no number any more.
    fn keep(&mut self, run: &mut Run) -> Result<Option<Manifest>, String> {
        run.report(&mut self.outbox)?;
        match saving::save_run(run) {
            Ok(manifest) => {
                let folder = run.folder.path().to_owned();
                self.outbox.tell(Event::RunSaved { folder, step: run.saved_step() });
                Ok(Some(manifest))
            }
            Err(SaveError::Broken(text)) => Err(text),
            Err(SaveError::NotWritten(text)) => {
                self.refuse(format!("the run could not be saved: {text}"));
                Ok(None)
            }
        }
    }

    /// After a broken run: its last checkpoint, or the networks it began with.
    fn show_last_saved(&mut self, run: &Run) {
        let saved = (run.saved_step() > 0)
            .then(|| saving::open(run.folder.path(), &self.device.device))
            .and_then(Result::ok);
        if let Some(open) = saved.or_else(|| self.session.model.take()) {
            self.show(open);
        }
    }

    pub(super) fn save_run(&mut self) {
        let Some(mut run) = self.run.take() else { return };
        let kept = self.keep(&mut run);
        self.run = Some(run);
        if let Err(text) = kept {
            self.end_run(StopReason::Failed(text));
        }
    }

    /// The last act: an unsaved run is saved.
    pub(super) fn save_before_end(&mut self) {
        self.stop_jobs();
        if let Some(loading) = self.loading.take() {
            loading.cancel();
        }
        if self.run.is_some() {
            self.end_run(StopReason::Stopped);
        }
        self.keep_copy_at_end();
    }
}
