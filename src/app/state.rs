//! What the window knows: plain data, no egui, so that every rule of it is tested without a window.
//!
//! [`AppState::apply_event`] (see `apply_event.rs`) takes in what the engine tells,
//! [`AppState::apply_action`] (see `apply_action.rs`) what the person asks. Commands for the engine
//! gather in [`AppState::outbox`]; whatever else the window must do is returned as
//! [`super::Effect`]s. `ui/` only reads.

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use super::attributes::AttributesState;
use super::compose::ComposeState;
use super::edit::EditState;
use super::examples::{Examples, Marking};
use super::explore::ExploreState;
use super::history::LossHistory;
use super::identity::IdentityState;
use super::interrupted::UnderWay;
use super::labels::LabelDraft;
use super::many::ManyState;
use super::map::MapState;
use super::memory::Oversized;
use super::messages::{LogState, NoticeEntry};
use super::open_run::OpenRun;
use super::photo::PhotoState;
use super::preferences::Preferences;
use super::race::RaceState;
use super::replacing::Replacing;
use super::sessions::SessionState;
use super::states::StateTree;
use crate::protocol::{
    Command, DatasetOptions, DatasetSource, DatasetSummary, DeviceInfo, ListedDevice, LiveSettings,
    ModelSpec, ModelSummary, RunData, SampleSheet, Snapshot, StopReason, TrainProgress,
    TrainSettings,
};

/// Whether there is an engine to talk to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum EngineStatus {
    /// Its thread is choosing a device.
    #[default]
    Starting,
    /// It answers.
    Ready,
    /// It was asked to save and end, because the window closes.
    ShuttingDown,
    /// Its thread has ended; why.
    Dead(String),
}

/// The data set and what is being chosen for the next one.
#[derive(Debug, Clone)]
pub struct DatasetState {
    /// What is open.
    pub summary: Option<Arc<DatasetSummary>>,
    /// Pictures read and to be read while one is loading; the total is 0 while they are counted.
    pub loading: Option<(usize, usize)>,
    /// What is loading was asked for with the panel's options; the engine opens a run's own data without.
    pub(super) asked: bool,
    /// Why the last attempt gave no data set; cleared by the next one.
    pub error: Option<String>,
    /// The options the next data set is read with.
    pub draft: DatasetOptions,
    /// The path in the text field.
    pub path_text: String,
    /// What is being chosen for the labels.
    pub labels: LabelDraft,
}

impl Default for DatasetState {
    fn default() -> Self {
        Self {
            summary: None,
            loading: None,
            asked: false,
            error: None,
            draft: DatasetOptions {
                auto_size: true,
                auto_channels: true,
                ..DatasetOptions::default()
            },
            path_text: String::new(),
            labels: LabelDraft::default(),
        }
    }
}

impl DatasetState {
    /// The person chose size and colour, each of which is the data's own affair until then; the same one
    /// again is no choice.
    pub(super) fn choose_size(&mut self, image_size: u32, channels: u32) {
        let draft = &mut self.draft;
        draft.auto_size &= draft.image_size == image_size;
        draft.auto_channels &= draft.channels == channels;
        (draft.image_size, draft.channels) = (image_size, channels);
    }

    /// The source of the open data set, or Portraits.
    pub fn source(&self) -> DatasetSource {
        self.summary.as_ref().map_or(DatasetSource::Portraits, |s| s.source.clone())
    }
}

/// What the engine is doing about training, as the window shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RunPhase {
    /// Nothing.
    #[default]
    Idle,
    /// Networks are built, kernels prepared: what exactly.
    Preparing(String),
    /// Steps are running.
    Running,
    /// Waiting for resume or a single step.
    Paused,
    /// Stop was asked for; the last whole step is being saved.
    Stopping,
}

impl RunPhase {
    /// Whether there is a run, in whatever phase.
    pub fn is_active(&self) -> bool {
        *self != Self::Idle
    }
}

/// How the last run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEnd {
    /// Why.
    pub reason: StopReason,
    /// The last whole step.
    pub step: u64,
    /// Where it was saved.
    pub folder: Option<PathBuf>,
}

/// The run, and the settings of the next one.
#[derive(Debug, Clone, Default)]
pub struct TrainingState {
    /// What the engine is doing.
    pub phase: RunPhase,
    /// The run folder, once there is one.
    pub folder: Option<PathBuf>,
    /// The settings in force while a run is active.
    pub settings: Option<Box<TrainSettings>>,
    /// The architecture of the next run, as the panel shows it.
    pub draft_spec: ModelSpec,
    /// The settings of the next run; while one is active, its live part mirrors what is in force.
    pub draft_train: TrainSettings,
    /// The settings of the run under way where it trains an encoder: they are no draft of the next run.
    pub encoder_run: Option<TrainSettings>,
    /// The run folder as typed; empty chooses a fresh one.
    pub out_text: String,
    /// Begin from the open model's weights (same architecture) instead of fresh ones.
    pub continue_model: bool,
    /// An encoder for the open model begins with random weights, even where the model has one.
    pub fresh_encoder: bool,
    /// Go on with the run in `out_text` instead of beginning anew.
    pub resume: bool,
    /// What the run to go on with was trained on, once the engine has looked.
    pub run_data: Option<RunData>,
    /// How that run was trained, with what the person has changed since.
    pub run_train: Option<TrainSettings>,
    /// Go on with the open data set instead; said for the run in `out_text` alone.
    pub use_open_data: bool,
    /// The run that Resume goes on with while none is under way.
    pub open_run: Option<OpenRun>,
    /// Start was pressed while the data still had to be read: begin as soon as they are there.
    pub start_when_read: bool,
    /// The newest report.
    pub progress: Option<TrainProgress>,
    /// All reports, thinned, as curves.
    pub history: LossHistory,
    /// How the last run ended.
    pub last_end: Option<RunEnd>,
    /// The step of the last save, and where.
    pub last_saved: Option<(u64, PathBuf)>,
    /// The run that was cut off when the program last ended, until something is opened or trained.
    pub cut_off: Option<UnderWay>,
}

impl TrainingState {
    /// The settings to show: what the engine reported last, or the draft.
    fn shown(&self) -> &TrainSettings {
        self.encoder_run.as_ref().unwrap_or(&self.draft_train)
    }

    /// The live settings to show.
    pub fn live(&self) -> &LiveSettings {
        &self.shown().live
    }

    /// Takes in the live settings of the run under way.
    pub(super) fn set_live(&mut self, live: LiveSettings) {
        self.encoder_run.as_mut().unwrap_or(&mut self.draft_train).live = live;
    }

    /// Seconds until the last step, where there is one and the speed is known.
    pub fn secs_left(&self) -> Option<f64> {
        let progress = self.progress.as_ref().filter(|progress| progress.steps_total > 0)?;
        let steps = progress.steps_total.saturating_sub(progress.step) as f64;
        let images = steps * f64::from(self.shown().batch);
        let speed = self.history.steady_images_per_sec().filter(|speed| *speed > 0.0)?;
        Some(images / speed)
    }
}

/// How the curves are drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct PlotView {
    /// Weight of the past in the exponential smoothing, 0 (none) to 0.99.
    pub smoothing: f32,
    /// Whether the value axis is logarithmic; `None` until the person chooses: as the curves need.
    pub log_y: Option<bool>,
    /// Names of the series that are switched off.
    pub hidden: BTreeSet<String>,
    /// Whether the view follows the newest step; panning and zooming end that.
    pub follow: bool,
}

impl Default for PlotView {
    fn default() -> Self {
        Self { smoothing: 0.6, log_y: None, hidden: BTreeSet::new(), follow: true }
    }
}

/// The sheet of samples and how the next one is drawn on demand.
#[derive(Debug, Clone)]
pub struct SampleState {
    /// The newest sheet.
    pub sheet: Option<Arc<SampleSheet>>,
    /// Key of the latents of the next sheet.
    pub seed: u64,
    /// Tiles of the next sheet.
    pub count: u32,
    /// Scale of the latents of the next sheet, 1 for the prior itself.
    pub truncation: f32,
    /// The run whose timeline can be looked through.
    pub timeline_folder: PathBuf,
    /// Its steps that have a picture, in rising order.
    pub timeline: Vec<u64>,
    /// The step that is looked at; `None` shows the live sheet.
    pub past_step: Option<u64>,
    /// The newest picture from the timeline.
    pub snapshot: Option<Arc<Snapshot>>,
}

impl Default for SampleState {
    fn default() -> Self {
        Self {
            sheet: None,
            seed: 1,
            count: 36,
            truncation: 1.0,
            timeline_folder: PathBuf::new(),
            timeline: Vec::new(),
            past_step: None,
            snapshot: None,
        }
    }
}

/// A tab of the left panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SideTab {
    /// The data set.
    #[default]
    Data,
    /// Training settings and controls.
    Training,
    /// What is open.
    Model,
}

impl SideTab {
    /// All tabs, in their order of use.
    pub const ALL: [Self; 3] = [Self::Data, Self::Training, Self::Model];

    /// As shown on the tab.
    pub fn label(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Training => "Training",
            Self::Model => "Model",
        }
    }
}

/// A tab of the right panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RightTab {
    /// A slider for every latent dimension.
    #[default]
    Dimensions,
    /// A slider for every attribute.
    Attributes,
}

impl RightTab {
    /// All tabs.
    pub const ALL: [Self; 2] = [Self::Dimensions, Self::Attributes];

    /// As shown on the tab.
    pub fn label(self) -> &'static str {
        match self {
            Self::Dimensions => "Dimensions",
            Self::Attributes => "Attributes",
        }
    }
}

/// Which window above the panels is open; at most one, as it holds the keyboard.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OpenWindows {
    /// Device chooser.
    pub devices: bool,
    /// Help with shortcuts.
    pub help: bool,
    /// Settings.
    pub settings: bool,
    /// The command palette, and what was typed into it.
    pub palette: Option<String>,
    /// Whether a file may be replaced.
    pub replacing: Option<Replacing>,
    /// Whether a run may need more memory than there is.
    pub oversized: Option<Oversized>,
}

impl OpenWindows {
    /// Whether one is open.
    pub fn any(&self) -> bool {
        self.devices
            || self.help
            || self.settings
            || self.palette.is_some()
            || self.replacing.is_some()
            || self.oversized.is_some()
    }
}

/// How the history is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct StatesView {
    /// The state whose name is being typed, and the text.
    pub renaming: Option<(u64, String)>,
    /// Only starred and named states are shown.
    pub only_dear: bool,
    /// The state that the present picture is compared with.
    pub compared: Option<u64>,
    /// Where the wipe stands, 0 to 1: left of it the compared picture shows.
    pub wipe: f32,
}

impl Default for StatesView {
    fn default() -> Self {
        Self { renaming: None, only_dear: false, compared: None, wipe: 0.5 }
    }
}

/// How far the job under way is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobShown {
    /// What is being done.
    pub what: String,
    /// Parts done.
    pub done: u64,
    /// Of these; 0 while they are being counted.
    pub total: u64,
}

/// Everything the window shows.
#[derive(Debug, Default)]
pub struct AppState {
    /// Seconds since the window opened; set once per frame by the app (tests set it by hand).
    pub now_secs: f64,
    /// Whether there is an engine.
    pub engine: EngineStatus,
    /// The device in use.
    pub device: Option<DeviceInfo>,
    /// All devices with the reason why each was or was not chosen.
    pub devices: Vec<ListedDevice>,
    /// The data set.
    pub dataset: DatasetState,
    /// The open model.
    pub model: Option<Arc<ModelSummary>>,
    /// The path of a model to open, as typed.
    pub model_path_text: String,
    /// Where to save the model, as typed.
    pub model_save_text: String,
    /// The run.
    pub training: TrainingState,
    /// How the curves are drawn.
    pub plot: PlotView,
    /// The latent on the sliders and its picture.
    pub explore: ExploreState,
    /// Directions as sliders.
    pub attributes: AttributesState,
    /// The history of what was looked at.
    pub states: StateTree,
    /// How the history is looked at.
    pub states_view: StatesView,
    /// Formulas and paths.
    pub compose: ComposeState,
    /// Pictures marked as examples of an attribute.
    pub examples: Examples,
    /// What a click on a picture of a sheet does.
    pub marking: Marking,
    /// The job under way, as far as it was told.
    pub job: Option<JobShown>,
    /// The sheet of samples.
    pub samples: SampleState,
    /// The map of the latent space.
    pub map: MapState,
    /// The photo that is brought into the latent space.
    pub photo: PhotoState,
    /// Methods of inversion side by side.
    pub race: RaceState,
    /// What is painted, and what comes of it.
    pub edit: EditState,
    /// A copy of the generator tuned for a photo, and the photo plus what changed.
    pub identity: IdentityState,
    /// Sessions: what was opened, and what can be gone on with.
    pub session: SessionState,
    /// Many photos brought back to z by one job.
    pub many: ManyState,
    /// The log panel.
    pub log: LogState,
    /// Notices on the screen, oldest first.
    pub notices: Vec<NoticeEntry>,
    /// What is remembered between starts.
    pub preferences: Preferences,
    /// Windows above the panels.
    pub windows: OpenWindows,
    /// The help window shows the licences instead of the first steps.
    pub licences_shown: bool,
    /// Only lines of the licences that contain this are shown.
    pub licence_search: String,
    /// A file dialog is open somewhere: no second one meanwhile.
    pub dialog_open: bool,
    /// Commands that wait to be sent, oldest first.
    pub outbox: VecDeque<Command>,
    /// Something remembered changed by itself: a model was opened, say.
    pub(super) preferences_changed: bool,
    /// The id of the newest notice.
    pub(super) last_notice_id: u64,
}

impl AppState {
    /// The state at the start of the program.
    pub fn new(preferences: Preferences) -> Self {
        let mut state = Self { preferences, ..Self::default() };
        if let Some(path) = &state.preferences.feature_model {
            state.race.features_path = path.display().to_string();
        }
        state
    }

    /// Whether a command would reach the engine.
    pub fn engine_is_up(&self) -> bool {
        matches!(self.engine, EngineStatus::Starting | EngineStatus::Ready)
    }

    /// Queues a command for the engine.
    pub fn send(&mut self, command: Command) {
        self.outbox.push_back(command);
    }

    /// Whether something remembered changed since the last call.
    pub fn take_preferences_changed(&mut self) -> bool {
        std::mem::take(&mut self.preferences_changed)
    }
}
