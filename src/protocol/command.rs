//! What the window and the command line ask of the engine.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{
    AnimationJob, AttributesJob, CropRequest, DatasetOptions, DatasetSource, DeviceChoice,
    Direction, DirectionsJob, EditExport, EditJob, EditReportJob, EditRequest, EditScript,
    EntanglementJob, EvaluateJob, Frame, GridJob, IndexJob, InvertJob, InvertReportJob, JudgeJob,
    LabelSource, Latent, LiveSettings, MapJob, MapPicturesRequest, ModelSpec, NearestRequest,
    OracleJob, Pivot, RaceRequest, SaveSession, SensitivityJob, SheetsJob, Split, TilesRequest,
    TrainSettings, TuneRequest,
};

/// An order to the engine. Orders are carried out between training phases, in order; of several
/// waiting [`Command::Preview`]s only the newest is served.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Command {
    /// Move everything to another device; refused while training runs.
    SelectDevice(DeviceChoice),
    /// Read a data set off the engine thread; replaces the present one when it is ready.
    OpenDataset(DatasetSource, DatasetOptions),
    /// Stop reading; the present data set stays.
    CancelDataset,
    /// Label the open data set anew, its pictures kept; answered as [`Command::OpenDataset`] is.
    LabelDataset(LabelSource),
    /// Try a pattern on the names of the open data set's files; answered by
    /// [`super::Event::PatternPreviewed`]. Of several waiting only the newest is served.
    PreviewPattern(String),
    /// Build untrained networks.
    NewModel(ModelSpec, u64),
    /// Open a model file or a run folder; on any error the present model stays.
    OpenModel(PathBuf),
    /// Open the model that is built into the program.
    OpenBuiltIn,
    /// Look what the run in a folder was trained on, and how; answered by [`super::Event::RunLookedAt`].
    LookAtRun(PathBuf),
    /// Write the present model.
    SaveModel(PathBuf),
    /// Begin a run with the open data set, or go on with one from its folder.
    StartTraining(RunSettings),
    /// Drop the step under way, save the last whole one, wait; going on repeats the dropped step alike.
    Pause,
    /// Go on after a pause.
    Resume,
    /// One whole step, then pause again.
    SingleStep,
    /// Abandon the step under way, keep the last whole one, save, end the run. Jobs (files of samples or
    /// codes, measurements, the oracle) are stopped as well, within a second: an error notice says so, and
    /// what they were to write is not written.
    StopTraining,
    /// Save the run now and go on.
    SaveRun,
    /// Change what can be changed while training runs.
    Tune(LiveSettings),
    /// Decode one latent; the answer arrives in the preview slot. A latent of another size than the
    /// open model's is one that was asked for before it was opened: dropped.
    Preview(PreviewRequest),
    /// Draw a sheet of samples into the sample slot (outside training, or on demand).
    DrawSamples {
        /// Key of the latents.
        seed: u64,
        /// Tiles.
        count: u32,
        /// Scale of the latents, 1 for the prior itself.
        truncation: f32,
    },
    /// Draw small pictures for a place in a panel; the answer arrives in that place's slot. Of several
    /// waiting for one place only the newest is served.
    DrawTiles(TilesRequest),
    /// Read the picture of a step in the timeline of the run in a folder; the answer arrives in the
    /// snapshot slot. Of several waiting only the newest is served.
    ShowSnapshot(PathBuf, u64),
    /// Write samples to a file, as a job: in parts that alternate with training, each told of by
    /// [`super::Event::JobProgress`]; answered by [`super::Event::FileWritten`].
    SampleToFile(SampleJob),
    /// Encode pictures to a file, as a job; answered by [`super::Event::FileWritten`].
    EncodeToFile(EncodeJob),
    /// Draw sheets that show the open model, as a job; answered by [`super::Event::SheetsWritten`].
    DrawSheets(Box<SheetsJob>),
    /// Write an animation, as a job; answered by [`super::Event::FileWritten`].
    Animate(Box<AnimationJob>),
    /// Write a labelled picture of a latent moved along two directions, as a job; answered by
    /// [`super::Event::FileWritten`].
    DrawGrid(Box<GridJob>),
    /// Find directions without labels, as a job; answered by [`super::Event::DirectionsFound`].
    FindDirections(Box<DirectionsJob>),
    /// Find directions of attributes, as a job; answered by [`super::Event::AttributesFound`].
    FindAttributes(Box<AttributesJob>),
    /// Measure what else moves along with each direction, as a job; answered by
    /// [`super::Event::EntanglementMeasured`].
    MeasureEntanglement(Box<EntanglementJob>),
    /// Judge directions by a data set's labels, as a job; answered by
    /// [`super::Event::DirectionsJudged`].
    JudgeDirections(Box<JudgeJob>),
    /// Measure how much pictures change with each latent dimension, as a job; answered by
    /// [`super::Event::SensitivitiesMeasured`].
    MeasureSensitivities(SensitivityJob),
    /// Write directions; answered by [`super::Event::FileWritten`].
    SaveDirections(PathBuf, Vec<Direction>),
    /// Read directions for the open model's latent space; answered by
    /// [`super::Event::DirectionsOpened`].
    OpenDirections(PathBuf),
    /// Write latents as the tensor `z` (N×d); answered by [`super::Event::FileWritten`].
    SaveLatents(PathBuf, Vec<Latent>),
    /// Bring one picture back to z by several methods at once, a step at each turn of the loop; how it stands
    /// arrives in the race slot. The one under way is dropped.
    StartRace(Box<RaceRequest>),
    /// Stop all methods of the race where they stand; what they found stays.
    StopRace,
    /// Let stopped methods go on, and those at their end for this many steps more.
    ContinueRace(u32),
    /// Tune a copy of the open model's generator for one photo, a step at each turn of the loop; how it stands
    /// arrives in the tuning slot, and when it is done [`super::Event::IdentityChanged`] tells of the copy, which is
    /// on then. The one under way is dropped.
    StartTuning(Box<TuneRequest>),
    /// End the tuning: what it reached is kept or, without `keep`, all is as it was.
    StopTuning {
        /// Whether what was reached is kept.
        keep: bool,
    },
    /// Draw pictures with the tuned copy, or with the generator itself again; answered by
    /// [`super::Event::IdentityChanged`].
    ShowTuned(bool),
    /// Keep a photo with its latent, so that the photo plus what changes can be shown; answered by
    /// [`super::Event::IdentityChanged`].
    KeepPhoto(Box<Pivot>),
    /// Previews are x + G(z) − G(z₀) of the kept photo, or G(z) again; answered by
    /// [`super::Event::IdentityChanged`].
    ShowChange(bool),
    /// Write the tuned copy as a delta; answered by [`super::Event::FileWritten`].
    SaveDelta(PathBuf),
    /// Read a delta of the open model's generator; answered by [`super::Event::DeltaOpened`], and its copy is on.
    OpenDelta(PathBuf),
    /// Write what was done as a session, whole, with what has no file of its own beside it; answered by
    /// [`super::Event::SessionSaved`]. A run under way is saved as well.
    SaveSession(Box<SaveSession>),
    /// Open a session, which takes the place of model, photo and tuned copy; answered by
    /// [`super::Event::SessionOpened`], or by an error notice, and then all is as it was.
    OpenSession {
        /// Its file.
        path: PathBuf,
        /// It is the program's own: its tuned copy is not saved yet.
        own: bool,
    },
    /// Write the picture of a latent as previews show it (photo + change included) as PNG, as a job; answered by
    /// [`super::Event::FileWritten`].
    SavePicture(PathBuf, Latent),
    /// Solve an edit, or what became of it, a step at each turn of the loop; how it stands arrives in the edit slot.
    /// Of several waiting only the newest is served.
    Edit(Box<EditRequest>),
    /// Drop the edit under way.
    EndEdit,
    /// Write a picture of an edit, as a job; answered by [`super::Event::FileWritten`].
    ExportEdit(Box<EditExport>),
    /// Solve an edit and write what comes of it, as a job: each step told by [`super::Event::EditStepped`], the result by
    /// [`super::Event::EditMade`], the end by [`super::Event::FileWritten`] with the folder.
    EditFiles(Box<EditJob>),
    /// Measure how well edits go, as a job: each task told by [`super::Event::EditTried`], the table by
    /// [`super::Event::EditsReported`].
    ReportEdits(Box<EditReportJob>),
    /// Write an edit as a script; answered by [`super::Event::FileWritten`].
    SaveEditScript(PathBuf, Box<EditScript>),
    /// Read a script; answered by [`super::Event::EditScriptOpened`].
    OpenEditScript(PathBuf),
    /// Look whether a network of this model file can compare features for the open model; answered by
    /// [`super::Event::FeaturesTried`].
    TryFeatures(PathBuf),
    /// Read the tensor `z` (N×d) of a file; answered by [`super::Event::LatentsOpened`].
    OpenLatents(PathBuf),
    /// As [`Command::OpenDelta`] for a delta, as [`Command::OpenLatents`] for a file that holds some, else as [`Command::OpenModel`].
    OpenLatentsOrModel(PathBuf),
    /// Bring pictures back to z, as a job: each step told by [`super::Event::InversionSteps`], each picture by
    /// [`super::Event::Inverted`], the end by [`super::Event::FileWritten`] with the latents' file.
    InvertFiles(Box<InvertJob>),
    /// Measure how well and how fast pictures come back, as a job: each picture told by
    /// [`super::Event::Inverted`], the table by [`super::Event::InversionReported`].
    ReportInversion(Box<InvertReportJob>),
    /// Stop the job under way and those that wait; training goes on.
    StopJobs,
    /// Make a map of the latent space, as a job; answered by [`super::Event::MapMade`] or
    /// [`super::Event::MapFailed`]. Where pictures are encoded for it, they are indexed as well.
    MakeMap(Box<MapJob>),
    /// Make an index of training pictures, as a job; answered by [`super::Event::PicturesIndexed`] or
    /// [`super::Event::MapFailed`].
    IndexPictures(Box<IndexJob>),
    /// Draw small pictures of the newest map into their slot.
    DrawMapPictures(MapPicturesRequest),
    /// Look for the indexed pictures nearest to one; the answer arrives in the slot of nearest pictures.
    /// Without an index, or with another model's latent, it is dropped.
    FindNearest(NearestRequest),
    /// Open a photo from a file, off the engine thread; answered by [`super::Event::PhotoOpened`] or
    /// [`super::Event::PhotoFailed`]. It takes the place of one that is being opened; the photo that is open stays
    /// until this one is there.
    OpenPhoto(PathBuf),
    /// The same for a picture from the clipboard, and what it is called.
    OpenPhotoFrame(String, Frame),
    /// The same for a picture of the open data set, as large as it can be had: its split, and its number there.
    OpenPhotoFromData(Split, usize),
    /// Stop opening a photo; the one that is open stays.
    CancelPhoto,
    /// Cut a square out of the open photo; the answer arrives in its slot. Of several waiting only the newest is
    /// served.
    CropPhoto(CropRequest),
    /// Measure the open model, as a job; answered by [`super::Event::Evaluated`].
    Evaluate(Box<EvaluateJob>),
    /// Train the oracle of Portraits, as a job; answered by [`super::Event::OracleTrained`].
    TrainOracle(OracleJob),
    /// Save what is unsaved and end the thread.
    Shutdown,
}

/// Decode this latent and show it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PreviewRequest {
    /// Rises with every request.
    pub id: u64,
    /// The latent, as the sliders stand.
    pub latent: Latent,
    /// Scale applied before decoding, 0 to 1 (truncation towards the origin).
    pub truncation: f32,
}

/// A training run to begin or to go on with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunSettings {
    /// The networks, where the run is new.
    pub spec: ModelSpec,
    /// How to train them.
    pub train: TrainSettings,
    /// The run folder; `None` chooses a fresh one among the program's own runs.
    pub out: Option<PathBuf>,
    /// Go on with the run in `out` instead of beginning anew, on the data set it was trained on.
    pub resume: bool,
    /// Go on with the open data set, even where the run was trained on another one.
    pub use_open_data: bool,
    /// Begin from the present model's weights instead of fresh ones (same architecture).
    pub continue_model: bool,
    /// Begin with the networks of this model file where they fit the architecture (a VAE's encoder and
    /// decoder in a VAE-GAN); the others are fresh.
    pub init: Option<PathBuf>,
}

/// Samples to write.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SampleJob {
    /// Where the latents come from.
    pub source: SampleSource,
    /// `.png` for a sheet, `.safetensors` for the tensor `images` (N×C×H×W, the model's own range).
    pub out: PathBuf,
}

/// Where a [`SampleJob`]'s latents come from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum SampleSource {
    /// Drawn from the model's prior.
    Prior {
        /// How many.
        count: usize,
        /// Their key.
        seed: u64,
        /// Scale, 1 for the prior itself.
        truncation: f32,
    },
    /// The tensor `z` (N×d) of a safetensors file.
    File(PathBuf),
    /// These.
    Given(Vec<Latent>),
}

/// Pictures to encode.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EncodeJob {
    /// Image files.
    pub images: Vec<PathBuf>,
    /// The safetensors file to write: `z`, and `mu`, `logvar` where there are.
    pub out: PathBuf,
}
