//! Long work at the person's request: one job at a time, in short parts between turns of the loop.
//!
//! A job is written straight down and calls [`Worker::breathe`] between its parts. A whole turn of the
//! loop is taken there: commands are obeyed, a preview is answered, training goes on by a phase. A stop
//! makes that call an error, and the job ends where it stands. Jobs that come meanwhile wait in order,
//! each with the model that was open when it was asked for.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::identity::PictureJob;
use super::session::OpenModel;
use super::worker::{Flow, Worker};
use crate::data::{Dataset, LoadingState, spawn_open};
use crate::protocol::{
    AnimationJob, AttributesJob, DatasetOptions, DatasetSource, DatasetSummary, DirectionsJob,
    EditExport, EditJob, EditReportJob, EncodeJob, EntanglementJob, EvaluateJob, Event, GridJob,
    IndexJob, InvertJob, InvertReportJob, JudgeJob, MapJob, ModelSpec, NoticeLevel, OracleJob,
    SampleJob, SensitivityJob, SheetsJob,
};

/// Jobs that may wait behind the one under way.
const WAITING_LIMIT: usize = 16;
/// Progress of one kind is told at most this often.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);
/// A stopped job waits so long for a thread that watches for the stop: what that has half written it puts
/// away itself, and after the job's end the program may be gone.
const STOP_LIMIT: Duration = Duration::from_secs(5);
/// How often it is looked whether that thread has ended.
const STOP_POLL: Duration = Duration::from_millis(2);
/// What a stopped job says; the command line shows it after Ctrl-C.
pub(super) const STOPPED: &str = "stopped before it was done; nothing was written";

/// What is to be done.
#[derive(Debug)]
pub(super) enum Task {
    Sample(SampleJob),
    Encode(EncodeJob),
    Edit(Box<EditJob>),
    EditExport(Box<EditExport>),
    EditReport(Box<EditReportJob>),
    Animate(Box<AnimationJob>),
    Attributes(Box<AttributesJob>),
    Entanglement(Box<EntanglementJob>),
    Directions(Box<DirectionsJob>),
    Evaluate(Box<EvaluateJob>),
    Grid(Box<GridJob>),
    Index(Box<IndexJob>),
    Invert(Box<InvertJob>),
    InvertReport(Box<InvertReportJob>),
    Judge(Box<JudgeJob>),
    Map(Box<MapJob>),
    Oracle(OracleJob),
    Picture(Box<PictureJob>),
    Sensitivities(SensitivityJob),
    Sheets(Box<SheetsJob>),
}

impl Task {
    /// Whether it draws pictures to be looked at: with the tuned copy of the generator where that is on.
    fn draws(&self) -> bool {
        use Task::{Animate, EditExport, Grid, Picture, Sample, Sensitivities, Sheets};
        matches!(
            self,
            Animate(_)
                | EditExport(_)
                | Grid(_)
                | Picture(_)
                | Sample(_)
                | Sensitivities(_)
                | Sheets(_)
        )
    }

    /// What is told besides the notice when nothing comes of it.
    fn failed(&self) -> Option<Event> {
        matches!(self, Self::Index(_) | Self::Map(_)).then_some(Event::MapFailed)
    }
}

#[derive(Debug)]
struct Job {
    /// What was open when it was asked for.
    model: Option<OpenModel>,
    task: Task,
}

/// What the job under way does.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There is none.
    #[default]
    None,
    /// It computes on this thread.
    Working,
    /// It waits for another thread.
    Resting,
}

/// How far another thread is with a job's work, and whether it is to go on.
#[derive(Debug, Default)]
pub(super) struct Progress {
    stage: AtomicUsize,
    done: AtomicUsize,
    total: AtomicUsize,
    stopped: AtomicBool,
}

impl Progress {
    /// What the work calls in a stage: takes in how far it is, and answers whether it is to go on.
    pub(super) fn watch(&self, stage: usize) -> impl Fn(usize, usize) -> bool + Sync + '_ {
        move |done, total| {
            self.stage.store(stage, Ordering::Relaxed);
            self.total.store(total, Ordering::Relaxed);
            self.done.store(done, Ordering::Relaxed);
            !self.stopped.load(Ordering::Relaxed)
        }
    }

    /// Stage, parts done, parts in all.
    fn told(&self) -> (usize, usize, usize) {
        let load = |number: &AtomicUsize| number.load(Ordering::Relaxed);
        (load(&self.stage), load(&self.done), load(&self.total))
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// The job under way and those that wait.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    waiting: VecDeque<Job>,
    state: State,
    stopped: bool,
    /// The kind of progress told last, and when.
    told: Option<(String, Instant)>,
}

impl Jobs {
    /// Whether a part can be done at once.
    pub(super) fn is_ready(&self) -> bool {
        self.state == State::Working || self.state == State::None && !self.waiting.is_empty()
    }

    /// Whether something of it will become ready by itself.
    pub(super) fn is_resting(&self) -> bool {
        self.state == State::Resting
    }
}

impl Worker {
    /// Takes a job on; it begins when those before it are done.
    pub(super) fn queue_job(&mut self, task: Task) {
        if self.jobs.waiting.len() >= WAITING_LIMIT {
            let text = format!("{WAITING_LIMIT} jobs are waiting already: ask again later");
            return self.tell_failure(&task, &text);
        }
        // A copy of the networks shares their memory.
        let model = match &self.run {
            Some(run) => Some(OpenModel::training(run.state(), run.folder.path())),
            None => self.session.model.clone(),
        };
        let model = model.map(|open| if task.draws() { self.identity.drawn(open) } else { open });
        self.jobs.waiting.push_back(Job { model, task });
    }

    /// Does the next job that waits, whole.
    pub(super) fn next_job(&mut self) {
        let Some(job) = self.jobs.waiting.pop_front() else { return };
        self.jobs.state = State::Working;
        self.jobs.stopped = false;
        self.jobs.told = None;
        let result = self.work(&job);
        self.jobs.state = State::None;
        match result {
            Ok(events) => events.into_iter().for_each(|event| self.outbox.tell(event)),
            Err(text) => self.tell_failure(&job.task, &text),
        }
        self.outbox.tell(Event::JobEnded);
    }

    fn tell_failure(&mut self, task: &Task, text: &str) {
        if let Some(event) = task.failed() {
            self.outbox.tell(event);
        }
        // Whoever stopped it knows: that it stopped is no error.
        match task {
            _ if text != STOPPED => self.outbox.notice(NoticeLevel::Error, text),
            Task::Invert(job) => self.outbox.notice(NoticeLevel::Stopped, stopped_inverting(job)),
            _ => self.outbox.notice(NoticeLevel::Stopped, text),
        }
    }

    fn work(&mut self, job: &Job) -> Result<Vec<Event>, String> {
        let open = || job.model.as_ref().ok_or("no model is open: open one or train one first");
        Ok(match &job.task {
            Task::Sample(job) => vec![Event::FileWritten(self.sample(open()?, job)?)],
            Task::Picture(job) => vec![Event::FileWritten(self.write_shown(open()?, job)?)],
            Task::Encode(job) => vec![Event::FileWritten(self.encode(open()?, job)?)],
            Task::Edit(job) => {
                let made = self.edit_files(open()?, job)?;
                vec![Event::EditMade(Box::new(made)), Event::FileWritten(job.out.clone())]
            }
            Task::EditReport(job) => {
                vec![Event::EditsReported(Box::new(self.report_edits(&open()?.model, job)?))]
            }
            Task::EditExport(job) => vec![Event::FileWritten(self.export_edit(open()?, job)?)],
            Task::Animate(job) => vec![Event::FileWritten(self.animate(open()?, job)?)],
            Task::Attributes(job) => {
                vec![Event::AttributesFound(Box::new(self.attributes(&open()?.model, job)?))]
            }
            Task::Entanglement(job) => {
                let measured = self.entanglement(&open()?.model, job)?;
                vec![Event::EntanglementMeasured(Box::new(measured))]
            }
            Task::Judge(job) => {
                vec![Event::DirectionsJudged(self.judge_directions(&open()?.model, job)?)]
            }
            Task::Sensitivities(job) => {
                let of_each = self.sensitivities_at(&open()?.model, &job.bases)?;
                vec![Event::SensitivitiesMeasured(of_each)]
            }
            Task::Directions(job) => {
                vec![Event::DirectionsFound(Box::new(self.directions(open()?, job)?))]
            }
            Task::Grid(job) => vec![Event::FileWritten(self.grid(open()?, job)?)],
            Task::Evaluate(job) => {
                vec![Event::Evaluated(Box::new(self.evaluate(&open()?.model, job)?))]
            }
            Task::Map(job) => {
                let map = self.make_map(open()?, job)?;
                self.redraw_map();
                vec![Event::MapMade(map)]
            }
            Task::Index(job) => {
                let (count, with_features) = self.make_index(open()?, job)?;
                vec![Event::PicturesIndexed { count, with_features }]
            }
            Task::Invert(job) => vec![Event::FileWritten(self.invert_files(open()?, job)?)],
            Task::InvertReport(job) => {
                let report = self.report_inversion(&open()?.model, job)?;
                vec![Event::InversionReported(Box::new(report))]
            }
            Task::Sheets(job) => vec![Event::SheetsWritten(Box::new(self.sheets(open()?, job)?))],
            Task::Oracle(job) => {
                let accuracies = self.train_oracle(job)?;
                vec![Event::FileWritten(job.out.clone()), Event::OracleTrained(accuracies)]
            }
        })
    }

    /// Stops the job under way at its next breath, and drops those that wait.
    pub(super) fn stop_jobs(&mut self) {
        self.jobs.stopped = true;
        for job in std::mem::take(&mut self.jobs.waiting) {
            self.tell_failure(&job.task, STOPPED);
        }
    }

    /// As [`Self::stop_jobs`], at the wish of a person who looks on.
    pub(super) fn cancel_jobs(&mut self) {
        let waited = !std::mem::take(&mut self.jobs.waiting).is_empty();
        if self.jobs.state != State::None {
            self.jobs.stopped = true;
        } else if waited {
            self.outbox.tell(Event::JobEnded);
        }
    }

    /// Between two parts of a job: one turn of the loop.
    ///
    /// # Errors
    /// When the job was stopped.
    pub(super) fn breathe(&mut self) -> Result<(), String> {
        if self.turn() == Flow::End {
            self.stop_jobs();
        }
        if self.jobs.stopped { Err(STOPPED.to_owned()) } else { Ok(()) }
    }

    /// One turn of the loop while another thread works for the job; sleeps if there is nothing to do.
    ///
    /// # Errors
    /// When the job was stopped.
    pub(super) fn rest(&mut self) -> Result<(), String> {
        self.jobs.state = State::Resting;
        let result = self.breathe();
        self.jobs.state = State::Working;
        result
    }

    /// Has work without tensors done by a thread of its own, so that the loop goes round meanwhile.
    /// After a stop the thread ends by itself and its result is dropped: it must write nothing.
    ///
    /// # Errors
    /// When the job was stopped, or the thread failed.
    pub(super) fn aside<T: Send + 'static>(
        &mut self,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, String> {
        let (progress, thread) = begin_aside(name, |_| work())?;
        self.wait_aside(&progress, &thread, &[])?;
        end_aside(name, thread)
    }

    /// [`Worker::aside`], for work that tells of its progress in `stages`, each by its name, and that
    /// looks at its watch often enough to end within a second of a stop. Only such work may write: the
    /// job ends after it.
    ///
    /// # Errors
    /// When the job was stopped, or the thread failed.
    pub(super) fn aside_watched<T: Send + 'static>(
        &mut self,
        name: &str,
        stages: &[&str],
        work: impl FnOnce(&Progress) -> T + Send + 'static,
    ) -> Result<T, String> {
        let (progress, thread) = begin_aside(name, work)?;
        if let Err(stopped) = self.wait_aside(&progress, &thread, stages) {
            progress.stop();
            let begun = Instant::now();
            while !thread.is_finished() && begun.elapsed() < STOP_LIMIT {
                std::thread::sleep(STOP_POLL);
            }
            // With a thread that has ended its result goes here, and with that a file not yet in place.
            return Err(stopped);
        }
        end_aside(name, thread)
    }

    /// Goes round the loop until the thread has ended, and tells how far it is.
    fn wait_aside<T>(
        &mut self,
        progress: &Progress,
        thread: &JoinHandle<T>,
        stages: &[&str],
    ) -> Result<(), String> {
        while !thread.is_finished() {
            let (stage, done, total) = progress.told();
            if let Some(what) = stages.get(stage).filter(|_| total > 0) {
                self.job_progress(what, done, total);
            }
            self.rest()?;
        }
        Ok(())
    }

    /// A data set for a job, in the size and channels of `spec`, read in the background.
    ///
    /// # Errors
    /// When the job was stopped, or the data cannot be read.
    pub(super) fn job_data(
        &mut self,
        source: &DatasetSource,
        options: &DatasetOptions,
        spec: &ModelSpec,
    ) -> Result<Dataset, String> {
        let options = DatasetOptions {
            image_size: spec.image_size,
            channels: spec.channels,
            ..options.clone()
        };
        let loading = spawn_open(source.clone(), options, || {});
        let mut loading = loading.map_err(|error| error.to_string())?;
        loop {
            match loading.poll() {
                LoadingState::Done(Ok(dataset)) => {
                    self.tell_labelling(dataset.summary());
                    return Ok(*dataset);
                }
                LoadingState::Done(Err(error)) => return Err(error.to_string()),
                LoadingState::Running { done, total } => {
                    self.job_progress("reading pictures", done, total);
                }
            }
            // Dropping the loader cancels it.
            self.rest()?;
        }
    }

    /// What of a label table was not used, unless the open data set says the same.
    fn tell_labelling(&mut self, summary: &DatasetSummary) {
        let Some(report) = &summary.labelling else { return };
        let open = self.session.dataset.as_ref().and_then(|open| open.summary().labelling.as_ref());
        if open != Some(report) && !report.remarks.is_empty() {
            let text = format!("labels: {}", report.remarks.join("; "));
            self.outbox.notice(NoticeLevel::Warning, text);
        }
    }

    /// Tells how far the job is; at most five times a second of the same kind of work.
    pub(super) fn job_progress(&mut self, what: &str, done: usize, total: usize) {
        let told = self.jobs.told.as_ref();
        if told.is_some_and(|(last, at)| last == what && at.elapsed() < PROGRESS_INTERVAL) {
            return;
        }
        self.jobs.told = Some((what.to_owned(), Instant::now()));
        let (done, total) = (done as u64, total as u64);
        self.outbox.tell(Event::JobProgress { what: what.to_owned(), done, total });
    }
}

/// What was brought back before the stop stays, where there is any.
fn stopped_inverting(job: &InvertJob) -> String {
    let report = std::fs::read_to_string(job.out.join(InvertJob::REPORT));
    match report.map(|text| text.lines().count()) {
        Ok(0) => {
            "stopped before the first pictures were done; no result is kept: pictures are brought back in batches \
             of up to eight, and the one under way is dropped"
                .to_owned()
        }
        Ok(results) => format!(
            "stopped before it was done; {} of finished batches {} in {}, to be gone on with; the batch under way is \
             dropped",
            if results == 1 { "1 result".to_owned() } else { format!("{results} results") },
            if results == 1 { "stays" } else { "stay" },
            crate::storage::shown(&job.out)
        ),
        Err(_) => STOPPED.to_owned(),
    }
}

/// A thread of this name that works, and what it tells of itself.
fn begin_aside<T: Send + 'static>(
    name: &str,
    work: impl FnOnce(&Progress) -> T + Send + 'static,
) -> Result<(Arc<Progress>, JoinHandle<T>), String> {
    let progress = Arc::new(Progress::default());
    let shared = Arc::clone(&progress);
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || work(&shared));
    let thread = thread.map_err(|error| format!("the system gives no thread: {error}"))?;
    Ok((progress, thread))
}

fn end_aside<T>(name: &str, thread: JoinHandle<T>) -> Result<T, String> {
    thread.join().map_err(|_| format!("{name} failed; run with --verbose to see more"))
}
