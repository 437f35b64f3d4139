//! The engine's loop: drain all commands, serve the newest preview, run one training phase, and a part
//! of a job.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Duration;

use super::device::{self, OpenDevice};
use super::direction_files::holds_latents;
use super::edit::EditDesk;
use super::handle::{COMMAND_CAPACITY, EngineEnds, MapSlots};
use super::identity::IdentityDesk;
use super::inversion::RaceDesk;
use super::job::{Jobs, Task};
use super::judge::CodesAtHand;
use super::labels::PatternTrial;
use super::map_desk::MapDesk;
use super::outbox::Outbox;
use super::photo::PhotoDesk;
use super::pictures;
use super::run::{Pace, Run};
use super::session::Session;
use super::tiles::TileQueue;
use super::{EngineOptions, Waker};
use crate::data::{Loading, LoadingState};
use crate::models::Model;
use crate::protocol::{
    Command, CroppedPhoto, EditView, Event, Latest, NoticeLevel, Phase, PreviewFrame,
    PreviewRequest, RaceView, RunSettings, SampleSheet, Snapshot, StopReason, TileSlots,
    TuningView,
};
use crate::storage::{holds_delta, open_snapshot};

/// How long the loop sleeps when nothing is to be done but something may become ready by itself.
const POLL: Duration = Duration::from_millis(20);

/// Everything the thread owns.
pub(super) struct Worker {
    commands: Receiver<Command>,
    pub(super) outbox: Outbox,
    preview_slot: Latest<PreviewFrame>,
    pub(super) samples_slot: Latest<SampleSheet>,
    snapshot_slot: Latest<Snapshot>,
    pub(super) tile_slots: TileSlots,
    pub(super) map_slots: MapSlots,
    pub(super) race_slot: Latest<RaceView>,
    pub(super) tuning_slot: Latest<TuningView>,
    pub(super) edit_slot: Latest<EditView>,
    pub(super) cropped_slot: Latest<CroppedPhoto>,
    pub(super) interrupt: Arc<AtomicBool>,
    pub(super) runs_dir: PathBuf,
    pub(super) device: OpenDevice,
    pub(super) session: Session,
    pub(super) run: Option<Run>,
    pub(super) loading: Option<Loading>,
    /// A run that waits for its data set.
    pub(super) pending_start: Option<RunSettings>,
    pub(super) jobs: Jobs,
    pub(super) pattern: PatternTrial,
    pub(super) map_desk: MapDesk,
    pub(super) race_desk: RaceDesk,
    pub(super) identity: IdentityDesk,
    pub(super) edit_desk: EditDesk,
    pub(super) photo_desk: PhotoDesk,
    /// The codes that directions were found from last.
    pub(super) codes_at_hand: Option<CodesAtHand>,
    preview: Option<PreviewRequest>,
    /// A shutdown was read, be it within a job.
    ending: bool,
    snapshot: Option<(PathBuf, u64)>,
    pub(super) tiles: TileQueue,
}

/// Whether the loop goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    GoOn,
    End,
}

/// The thread's whole life; a panic inside becomes [`Event::Failed`].
pub(super) fn main(ends: EngineEnds, options: EngineOptions) {
    let events = ends.events.clone();
    let waker = options.waker.clone();
    let result = catch_unwind(AssertUnwindSafe(|| {
        let mut worker = Worker::start(ends, options);
        worker.live();
    }));
    if let Err(panic) = result {
        let text = panic_text(panic.as_ref());
        tracing::error!("the engine failed: {text}");
        tell_failure(&events, &waker, text);
    }
}

fn tell_failure(events: &std::sync::mpsc::SyncSender<Event>, waker: &Waker, text: String) {
    let mut outbox = Outbox::new(events.clone(), waker.clone());
    outbox.tell(Event::Failed(text));
    outbox.finish(Duration::from_secs(5));
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "an unknown error".to_owned())
}

impl Worker {
    fn start(ends: EngineEnds, options: EngineOptions) -> Self {
        let mut outbox = Outbox::new(ends.events, options.waker);
        let opened = device::open(options.device);
        outbox.tell(Event::DevicesListed(opened.listed));
        outbox.tell(Event::DeviceReady(opened.open.info.clone()));
        if let Some(warning) = opened.warning {
            outbox.notice(NoticeLevel::Warning, warning);
        }
        Self {
            commands: ends.commands,
            outbox,
            preview_slot: ends.preview,
            samples_slot: ends.samples,
            snapshot_slot: ends.snapshot,
            tile_slots: ends.tiles,
            map_slots: ends.map,
            race_slot: ends.race,
            tuning_slot: ends.tuning,
            edit_slot: ends.edit,
            cropped_slot: ends.cropped,
            interrupt: ends.interrupt,
            runs_dir: options.runs_dir,
            device: opened.open,
            session: Session::default(),
            run: None,
            loading: None,
            pending_start: None,
            jobs: Jobs::default(),
            pattern: PatternTrial::default(),
            map_desk: MapDesk::default(),
            race_desk: RaceDesk::default(),
            identity: IdentityDesk::default(),
            edit_desk: EditDesk::default(),
            photo_desk: PhotoDesk::default(),
            codes_at_hand: None,
            preview: None,
            ending: false,
            snapshot: None,
            tiles: TileQueue::default(),
        }
    }

    fn live(&mut self) {
        while self.turn() == Flow::GoOn {
            self.next_job();
        }
        self.save_before_end();
        self.outbox.tell(Event::ShutDown);
        self.outbox.finish(Duration::from_secs(5));
    }

    /// Once around: commands, the newest preview, a step of a race, one of a tuning, a part of the small pictures of panels and map, one
    /// training phase. A job takes its turns from here.
    pub(super) fn turn(&mut self) -> Flow {
        if self.ending || self.drain() == Flow::End {
            self.ending = true;
            return Flow::End;
        }
        self.outbox.flush();
        self.poll_loading();
        self.serve_preview();
        self.serve_edit();
        self.serve_race();
        self.serve_tuning();
        self.serve_snapshot();
        self.serve_tiles();
        self.serve_pattern();
        self.serve_map();
        self.serve_photo();
        self.train();
        Flow::GoOn
    }

    /// Carries out all waiting commands; waits for one when there is nothing else to do.
    fn drain(&mut self) -> Flow {
        let training = self.run.as_ref().is_some_and(Run::is_active);
        let small =
            self.tiles.is_waiting() || self.map_desk.is_waiting() || self.photo_desk.is_ready();
        let asked = self.preview.is_some() || self.snapshot.is_some() || small;
        let descends =
            self.race_desk.is_active() || self.identity.is_active() || self.edit_desk.is_active();
        let busy = training || asked || self.jobs.is_ready() || descends;
        if !busy {
            let waiting = self.loading.is_some()
                || self.outbox.is_waiting()
                || self.jobs.is_resting()
                || self.pattern.is_waiting()
                || self.photo_desk.is_waiting();
            // Long rather than endless: a lost wake-up would otherwise be a hang.
            let patience = if waiting { POLL } else { Duration::from_secs(60) };
            match self.commands.recv_timeout(patience) {
                Ok(command) => {
                    if self.obey(command) == Flow::End {
                        return Flow::End;
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Flow::GoOn,
                Err(RecvTimeoutError::Disconnected) => return Flow::End,
            }
        }
        // What waits now, and no more: a sender as quick as this loop would never let it end.
        for _ in 0..COMMAND_CAPACITY {
            match self.commands.try_recv() {
                Ok(command) => {
                    if self.obey(command) == Flow::End {
                        return Flow::End;
                    }
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return Flow::End,
            }
        }
        Flow::GoOn
    }

    fn obey(&mut self, command: Command) -> Flow {
        self.interrupt.store(false, Ordering::Release);
        match command {
            Command::Shutdown => return Flow::End,
            // Only the newest is served; an older one is dropped here.
            Command::Preview(request) => self.preview = Some(request),
            Command::DrawTiles(request) => self.tiles.push(request),
            Command::ShowSnapshot(folder, step) => self.snapshot = Some((folder, step)),
            Command::SelectDevice(choice) => self.select_device(choice),
            Command::OpenDataset(source, options) => self.open_dataset(source, options),
            Command::CancelDataset => self.cancel_loading(),
            Command::LabelDataset(labels) => self.label_dataset(labels),
            Command::PreviewPattern(pattern) => self.want_pattern(pattern),
            Command::NewModel(spec, seed) => self.new_model(&spec, seed),
            Command::OpenModel(path) => self.open_model(&path),
            Command::OpenBuiltIn => self.open_built_in(),
            Command::LookAtRun(folder) => self.look_at_run(&folder),
            Command::SaveModel(path) => self.save_model(&path),
            Command::StartTraining(settings) => self.start_training(settings),
            Command::Pause => self.pause(),
            Command::Resume => self.resume(Pace::Running),
            Command::SingleStep => self.resume(Pace::OneStep),
            Command::StopTraining => self.stop_training(),
            Command::SaveRun => self.save_run(),
            Command::Tune(live) => self.tune(live),
            Command::DrawSamples { seed, count, truncation } => {
                self.draw_samples(seed, count, truncation);
            }
            Command::Animate(job) => self.queue_job(Task::Animate(job)),
            Command::DrawGrid(job) => self.queue_job(Task::Grid(job)),
            Command::FindDirections(job) => self.queue_job(Task::Directions(job)),
            Command::FindAttributes(job) => self.queue_job(Task::Attributes(job)),
            Command::MeasureEntanglement(job) => self.queue_job(Task::Entanglement(job)),
            Command::JudgeDirections(job) => self.queue_job(Task::Judge(job)),
            Command::MeasureSensitivities(job) => self.queue_job(Task::Sensitivities(job)),
            Command::SaveDirections(path, directions) => self.save_directions(&path, &directions),
            Command::SaveLatents(path, latents) => self.save_latents(&path, &latents),
            Command::OpenDirections(path) => self.open_directions(path),
            Command::OpenLatents(path) => self.open_latents(path),
            Command::OpenLatentsOrModel(path) if holds_delta(&path) => self.open_delta(path),
            Command::OpenLatentsOrModel(path) if holds_latents(&path) => self.open_latents(path),
            Command::OpenLatentsOrModel(path) => self.open_model(&path),
            Command::StopJobs => self.cancel_jobs(),
            Command::StartRace(request) => self.start_race(*request),
            Command::TryFeatures(path) => self.try_features(path),
            Command::StopRace => self.stop_race(),
            Command::ContinueRace(more) => self.continue_race(more),
            Command::StartTuning(request) => self.start_tuning(*request),
            Command::StopTuning { keep } => self.stop_tuning(keep),
            Command::ShowTuned(on) => self.show_tuned(on),
            Command::KeepPhoto(pivot) => self.keep_photo(&pivot),
            Command::ShowChange(on) => self.show_change(on),
            Command::SaveDelta(path) => self.save_delta(&path),
            Command::OpenDelta(path) => self.open_delta(path),
            Command::SaveSession(request) => self.save_session(*request),
            Command::OpenSession { path, own } => self.open_session(&path, own),
            Command::SavePicture(path, latent) => self.save_shown(path, latent),
            Command::Edit(request) => self.edit_desk.want(*request),
            Command::EndEdit => self.edit_desk.end(),
            Command::ExportEdit(export) => self.queue_job(Task::EditExport(export)),
            Command::EditFiles(job) => self.queue_job(Task::Edit(job)),
            Command::ReportEdits(job) => self.queue_job(Task::EditReport(job)),
            Command::SaveEditScript(path, script) => self.save_edit_script(&path, &script),
            Command::OpenEditScript(path) => self.open_edit_script(path),
            Command::InvertFiles(job) => self.queue_job(Task::Invert(job)),
            Command::ReportInversion(job) => self.queue_job(Task::InvertReport(job)),
            Command::MakeMap(job) => self.queue_job(Task::Map(job)),
            Command::IndexPictures(job) => self.queue_job(Task::Index(job)),
            Command::DrawMapPictures(request) => self.map_desk.draw(request),
            Command::FindNearest(request) => self.map_desk.find(request),
            Command::OpenPhoto(path) => self.open_photo(path),
            Command::OpenPhotoFrame(name, frame) => self.open_photo_frame(name, frame),
            Command::OpenPhotoFromData(split, index) => self.open_photo_from_data(split, index),
            Command::CancelPhoto => self.cancel_photo(),
            Command::CropPhoto(request) => self.photo_desk.crop(request),
            Command::Evaluate(job) => self.queue_job(Task::Evaluate(job)),
            Command::TrainOracle(job) => self.queue_job(Task::Oracle(job)),
            Command::DrawSheets(job) => self.queue_job(Task::Sheets(job)),
            Command::SampleToFile(job) => self.queue_job(Task::Sample(job)),
            Command::EncodeToFile(job) => self.queue_job(Task::Encode(job)),
        }
        Flow::GoOn
    }

    /// The networks pictures are drawn from: the run's averages while one runs, else the open model's, with the
    /// tuned copy of its generator where that is on.
    pub(super) fn current_model(&self) -> Option<(&Model, u64)> {
        let (base, step) = self.base_model()?;
        Some((self.identity.drawn_with(base), step))
    }

    /// The same without the tuned copy: what latents and directions belong to.
    pub(super) fn base_model(&self) -> Option<(&Model, u64)> {
        match &self.run {
            Some(run) => Some((&run.state().average, run.state().step)),
            None => self.session.model.as_ref().map(|open| (&open.model, open.step)),
        }
    }

    fn serve_preview(&mut self) {
        let Some(request) = self.preview.take() else { return };
        let Some((model, _)) = self.current_model() else { return };
        if request.latent.dims() != model.spec.latent as usize {
            // Asked for while another model was open; whoever asked hears of the new one by an event.
            tracing::debug!("a preview of another model's latent was dropped");
            return;
        }
        match self.preview_with_identity(&request) {
            Ok(frame) => {
                self.preview_slot.put(frame);
                self.outbox.wake();
            }
            Err(text) => self.outbox.notice(NoticeLevel::Error, format!("no picture: {text}")),
        }
    }

    /// A small file at a time, so that dragging along the timeline waits for one at most.
    fn serve_snapshot(&mut self) {
        let Some((folder, step)) = self.snapshot.take() else { return };
        match open_snapshot(&folder, step) {
            Ok(frame) => {
                self.snapshot_slot.put(Snapshot { folder, step, frame });
                self.outbox.wake();
            }
            Err(error) => self.outbox.notice(NoticeLevel::Error, error.to_string()),
        }
    }

    fn draw_samples(&mut self, seed: u64, count: u32, truncation: f32) {
        let Some((model, step)) = self.current_model() else {
            self.outbox.notice(NoticeLevel::Error, "no model is open: open one or train one first");
            return;
        };
        let count = count.clamp(1, 1024) as usize;
        let latents = pictures::sheet_latents(model, seed, count, truncation);
        match pictures::sheet(model, step, &latents, None) {
            Ok(sheet) => {
                self.samples_slot.put(sheet);
                self.outbox.wake();
            }
            Err(text) => self.outbox.notice(NoticeLevel::Error, format!("no samples: {text}")),
        }
    }

    fn poll_loading(&mut self) {
        let Some(loading) = &mut self.loading else { return };
        match loading.poll() {
            LoadingState::Running { done, total } => {
                if self.session.loading_progress != (done, total) {
                    self.session.loading_progress = (done, total);
                    self.outbox.tell(Event::DatasetProgress { done, total });
                }
            }
            LoadingState::Done(result) => {
                self.loading = None;
                self.session.loading_progress = (0, 0);
                self.finish_loading(result);
            }
        }
    }

    fn train(&mut self) {
        // A stop that waits in the queue must not wait for another phase.
        if self.interrupt.load(Ordering::Acquire) {
            return;
        }
        let Some(run) = self.run.as_mut().filter(|run| run.is_active()) else { return };
        if let Some(reason) = run.turn(&mut self.outbox, &self.samples_slot) {
            self.end_run(reason);
        } else if self.run.as_ref().is_some_and(Run::checkpoint_is_due) {
            self.save_run();
        }
    }

    fn pause(&mut self) {
        let Some(run) = &mut self.run else { return };
        run.resume(Pace::Paused);
        run.abandon();
        let told = run.report(&mut self.outbox);
        if let Err(text) = told.and_then(|()| run.draw_last_sheet(&self.samples_slot)) {
            self.end_run(StopReason::Failed(text));
            return;
        }
        self.outbox.tell(Event::Training(Phase::Paused));
        self.save_run();
    }

    pub(super) fn resume(&mut self, pace: Pace) {
        let Some(run) = &mut self.run else { return };
        run.resume(pace);
        let folder = run.folder.path().to_owned();
        let settings = Box::new(run.settings.clone());
        self.outbox.tell(Event::Training(Phase::Running { folder, settings }));
    }

    fn tune(&mut self, live: crate::protocol::LiveSettings) {
        let tuned = self.run.as_mut().map(|run| run.tune(live));
        if let Some(Err(text)) = tuned {
            self.outbox.notice(NoticeLevel::Error, text);
        }
    }
}
