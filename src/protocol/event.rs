//! What the engine tells.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Attributes, DatasetOptions, DatasetSource, DatasetSummary, DeviceInfo, Direction, EditMade,
    EditReport, EditScript, EditStep, EditTrial, Entanglement, Evaluation, FoundDirections,
    Identity, InversionReport, InversionStep, Inverted, Judgement, Latent, ListedDevice,
    LiveSettings, Map, MeanPicture, ModelSpec, OracleAccuracy, PatternPreview, Photo, PhotoTuned,
    Sheets, TrainSettings,
};

/// A fact from the engine. All arrive, except that waiting [`Event::Progress`] may be merged.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Event {
    /// The device in use, at start and after a change.
    DeviceReady(DeviceInfo),
    /// All devices, with the reason why each was or was not chosen.
    DevicesListed(Vec<ListedDevice>),
    /// The data set is being read.
    DatasetProgress {
        /// Files or pictures done.
        done: usize,
        /// Of these; 0 while they are being counted.
        total: usize,
    },
    /// The data set is ready.
    DatasetOpened(Box<DatasetSummary>),
    /// Reading ended without a data set; the present one stays. The text is empty after a cancel.
    DatasetFailed(String),
    /// What a pattern reads out of the open data set's file names.
    PatternPreviewed(Box<PatternPreview>),
    /// A model is open: built, loaded, or begun by training.
    ModelReady(Box<ModelSummary>),
    /// What the engine is doing about training.
    Training(Phase),
    /// Losses and speed, at most 20 a second.
    Progress(Box<TrainProgress>),
    /// What was reported of the open run before: on resuming it and on opening its model; empty for a
    /// model without a run. Replaces all that was reported.
    History(Vec<PastReport>),
    /// The steps of the open run, or of the opened model's run, that have a picture in its timeline, in
    /// rising order; for [`super::Command::ShowSnapshot`].
    Timeline {
        /// The run folder; empty for a model without a run.
        folder: PathBuf,
        /// The steps.
        steps: Vec<u64>,
    },
    /// The run ended; its folder, if anything was saved.
    TrainingEnded {
        /// Why.
        reason: StopReason,
        /// The last whole step.
        step: u64,
        /// Where it was saved.
        folder: Option<PathBuf>,
    },
    /// A session was written; whether it is the program's own.
    SessionSaved(PathBuf, bool),
    /// A session is open, but for its photo, of which [`Self::PhotoOpened`] tells.
    SessionOpened(Box<super::OpenedSession>),
    /// A file was written at the person's request.
    FileWritten(PathBuf),
    /// The run was saved into its folder.
    RunSaved {
        /// The run folder.
        folder: PathBuf,
        /// The step it holds.
        step: u64,
    },
    /// What the run in a folder was trained on, and how.
    RunLookedAt {
        /// The folder that was asked about.
        folder: PathBuf,
        /// What it says of its data.
        data: RunData,
        /// How it was trained, where there is a run.
        train: Option<Box<TrainSettings>>,
    },
    /// Long work at the person's request goes on.
    JobProgress {
        /// What is being done.
        what: String,
        /// Parts done.
        done: u64,
        /// Of these.
        total: u64,
    },
    /// The job under way has ended, done or not; another may follow.
    JobEnded,
    /// Sheets that show the model were written.
    SheetsWritten(Box<Sheets>),
    /// Directions of attributes were found.
    AttributesFound(Box<Attributes>),
    /// What else moves along with directions was measured.
    EntanglementMeasured(Box<Entanglement>),
    /// Directions were judged.
    DirectionsJudged(Vec<Judgement>),
    /// How much pictures change with each latent dimension: the mean absolute change of their values.
    SensitivitiesMeasured(Vec<f32>),
    /// Directions were read from a file.
    DirectionsOpened(PathBuf, Vec<Direction>),
    /// Latents of the open model's size were read from a file.
    LatentsOpened {
        /// The file.
        path: PathBuf,
        /// Its first rows.
        latents: Vec<Latent>,
        /// How many rows it has.
        count: usize,
    },
    /// Directions without labels were found.
    DirectionsFound(Box<FoundDirections>),
    /// The points of a map have their places; its clusters follow with [`Event::MapMade`].
    MapPlaced(Arc<Map>),
    /// A map was made.
    MapMade(Arc<Map>),
    /// Training pictures were indexed.
    PicturesIndexed {
        /// How many.
        count: usize,
        /// Whether by their codes as well as by their pixels.
        with_features: bool,
    },
    /// A map or an index was asked for and will not come; a notice says why.
    MapFailed,
    /// A model file was tried as a network to compare features in: which network that is, or why it does not
    /// fit the open model.
    FeaturesTried(PathBuf, Result<String, String>),
    /// A job that brings files back to z has begun.
    InversionBegun {
        /// Pictures, those of folders counted.
        images: usize,
        /// What the folder's report holds of them already; it is not done again.
        earlier: Vec<Inverted>,
    },
    /// A file was left out of a job, as no picture could be read from it: which one, and why.
    LeftOut(String),
    /// A step of an inversion's batch: each of its pictures.
    InversionSteps(Vec<InversionStep>),
    /// A picture was brought back to z.
    Inverted(Box<Inverted>),
    /// A copy of the generator was tuned for a picture, in a job.
    PhotoTuned(Box<PhotoTuned>),
    /// What is kept of a photo changed, or what is shown of it.
    IdentityChanged(Box<Identity>),
    /// A delta was read: its copy is on, as [`Event::IdentityChanged`] told just before.
    DeltaOpened(PathBuf),
    /// How well and how fast pictures come back.
    InversionReported(Box<InversionReport>),
    /// An edit's request cannot be solved, and why; the edit stands as it was. Its number, and the request's.
    EditFailed {
        /// [`super::EditRequest::edit`].
        edit: u64,
        /// [`super::EditRequest::id`].
        id: u64,
        /// Why.
        text: String,
    },
    /// A step of an edit that a job solves.
    EditStepped(Box<EditStep>),
    /// A job's edit is solved and written.
    EditMade(Box<EditMade>),
    /// A task of the table of edits is done.
    EditTried(Box<EditTrial>),
    /// How well edits go.
    EditsReported(Box<EditReport>),
    /// A script of an edit was read.
    EditScriptOpened(PathBuf, Box<EditScript>),
    /// A photo is open, in place of the one before.
    PhotoOpened(Box<Photo>),
    /// A photo was asked for and will not come: the one that is open stays, and a notice says why.
    PhotoFailed,
    /// The mean of what the open model learnt from; told anew after another model or data set was opened, while a
    /// photo is open.
    MeanPicture(Box<MeanPicture>),
    /// The open model was measured.
    Evaluated(Box<Evaluation>),
    /// The oracle was trained and written; how good it is.
    OracleTrained(Vec<OracleAccuracy>),
    /// Something to know; the program goes on.
    Notice(Notice),
    /// The engine died; its thread has ended and must be restarted.
    Failed(String),
    /// The engine has ended after [`super::Command::Shutdown`]; nothing follows.
    ShutDown,
}

/// What a run folder says of the data its run was trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunData {
    /// There is no run that could be read; why.
    NoRun(String),
    /// The run does not say.
    NotRecorded,
    /// This data set.
    Recorded {
        /// Where it came from.
        source: DatasetSource,
        /// How it was read.
        options: Box<DatasetOptions>,
        /// Why it cannot be read again, if it cannot.
        missing: Option<String>,
    },
}

/// How grave a [`Notice`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeLevel {
    /// Good to know.
    Info,
    /// A setting was changed to fit another.
    Adjusted,
    /// What was asked for was stopped at the person's wish: neither done nor failed.
    Stopped,
    /// Something was done differently from what was asked.
    Warning,
    /// What was asked was not done.
    Error,
}

/// A message for the person: what, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// How grave.
    pub level: NoticeLevel,
    /// One or two plain sentences.
    pub text: String,
}

/// What the engine is doing about training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Phase {
    /// Networks are being built, kernels prepared; what exactly.
    Preparing(String),
    /// Steps are running.
    Running {
        /// Where it is saved.
        folder: PathBuf,
        /// How it trains.
        settings: Box<TrainSettings>,
    },
    /// Waiting for resume or a single step.
    Paused,
    /// Stop was received; the last whole step is being saved.
    Stopping,
}

/// Why a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopReason {
    /// All steps are done.
    Finished,
    /// The person stopped it.
    Stopped,
    /// A loss became NaN or infinite, or something else failed; in plain words.
    Failed(String),
}

/// A named scalar, averaged over the steps a report covers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LossPoint {
    /// `d_loss`, `g_loss`, `loss`, `recon`, `kl`, …
    pub name: String,
    /// Mean over `step_from..=step`.
    pub value: f64,
}

/// A report of training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainProgress {
    /// First step the report covers.
    pub step_from: u64,
    /// Last step the report covers.
    pub step: u64,
    /// Steps in total, 0 for no limit.
    pub steps_total: u64,
    /// Mean losses over the steps covered.
    pub losses: Vec<LossPoint>,
    /// Pictures trained on per second since the last report.
    pub images_per_sec: f64,
    /// Seconds this run has trained, pauses excluded.
    pub elapsed_secs: f64,
    /// The settings in force.
    pub live: LiveSettings,
}

/// Earlier reports of a run, as one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PastReport {
    /// First step it covers.
    pub step_from: u64,
    /// Last step it covers.
    pub step: u64,
    /// Mean losses over the steps covered; not finite where the run broke.
    pub losses: Vec<LossPoint>,
    /// Pictures trained on per second over the steps covered.
    pub images_per_sec: f64,
}

/// Which networks a model has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Networks {
    /// Parameters of the generator (decoder).
    pub generator: usize,
    /// Parameters of the encoder, 0 where there is none.
    pub encoder: usize,
    /// Parameters of the discriminator, 0 where there is none.
    pub discriminator: usize,
}

impl ModelSummary {
    /// Whether it is the program's own: trained, and from no file. It was trained in stages, and its steps
    /// are those of the last one.
    pub fn is_built_in(&self) -> bool {
        self.path.is_none() && self.step > 0
    }
}

/// What is open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// A short name: the file's, `Portraits 64 (built in)`, `new model`.
    pub name: String,
    /// The file or run folder it came from.
    pub path: Option<PathBuf>,
    /// The generator's fingerprint: the same for the same weights alone. Empty where it is not known.
    pub generator: String,
    /// The architecture.
    pub spec: ModelSpec,
    /// Parameter counts.
    pub parameters: Networks,
    /// Training steps so far.
    pub step: u64,
    /// Per-dimension standard deviation of the aggregate posterior, where it was measured; else empty.
    pub latent_std: Vec<f32>,
    /// Per-dimension activity (mean KL per dimension), where it was measured; else empty.
    pub latent_kl: Vec<f32>,
    /// Free text from the manifest: data set, date, licence; shown escaped.
    pub description: String,
}
