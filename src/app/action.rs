//! Everything a person can ask of the window, and what the window must do besides telling the engine.
//!
//! `ui/` pushes [`Action`]s; [`super::AppState::apply_action`] turns each into a change of state, into
//! commands in the outbox, and into [`Effect`]s for the app (dialogs, restart, closing).

use std::path::PathBuf;
use std::sync::Arc;

use super::map::{MapDraft, MapStrip, PlaneGrid};
use super::preferences::ThemeChoice;
use super::state::{LogLevel, SideTab};
use crate::protocol::{
    DatasetOptions, DatasetSource, DeviceChoice, Latent, LiveSettings, MapColour, ModelSpec,
    TrainSettings,
};

/// What `ui/` functions push into while they draw.
pub type Actions = Vec<Action>;

/// Something the person asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    // The latent on the sliders.
    /// Set one dimension.
    SetLatentDim(usize, f32),
    /// Set one dimension to zero.
    ZeroDim(usize),
    /// Lock or unlock one dimension.
    ToggleLock(usize),
    /// Unlock all dimensions.
    UnlockAll,
    /// A fresh seed, and every unlocked dimension drawn with it.
    Randomise,
    /// Every unlocked dimension to zero.
    ZeroAll,
    /// Scale applied before decoding, 0 to 1.
    SetTruncation(f32),
    /// This seed, and every unlocked dimension drawn with it.
    SetSeed(u64),
    /// Load a latent: a clicked sample, a recent one.
    LoadLatent(Latent),
    /// Keep the present latent in the recent strip (pushed when a drag ends).
    CommitLatent,
    /// Forget the recent latents.
    ClearRecent,
    /// Filter the sliders.
    SetSearch(String),
    /// Most active dimensions first.
    SetSortByActivity(bool),
    /// Every pixel of the large picture a square, instead of smooth.
    SetSharpPixels(bool),

    // Samples.
    /// Draw a sheet with a fresh seed.
    DrawSamples,
    /// Draw a sheet with this seed.
    SetSampleSeed(u64),
    /// Tiles of a sheet drawn on demand.
    SetSampleCount(u32),
    /// Scale of the latents of a sheet drawn on demand.
    SetSampleTruncation(f32),

    /// Show the samples of this step of the run's timeline, or the live sheet again.
    ShowPastStep(Option<u64>),

    // The map.
    /// Change what the next map is made of.
    EditMap(MapDraft),
    /// Make a map of the drafted settings.
    MakeMap,
    /// Index the drafted training pictures, to look for nearest ones.
    IndexPictures,
    /// Stop making a map or an index.
    CancelMap,
    /// Show or hide the map's settings.
    ShowMapSettings(bool),
    /// Colour the map by something else.
    SetMapColour(MapColour),
    /// Show or hide a group of points, by its place in the grouping.
    ToggleMapGroup(u16),
    /// A drag draws a lasso, or moves the view again.
    SetLasso(bool),
    /// These points are selected, in rising order.
    SelectPoints(Arc<Vec<u32>>),
    /// A click on the plane keeps what of the present latent lies off it.
    SetKeepRest(bool),
    /// The pointer is on this point, or on none.
    HoverPoint(Option<usize>),
    /// Show the decoded plane behind the points.
    ShowMapBackground(bool),
    /// Decode the plane in these squares.
    AskMapBackground(PlaneGrid),
    /// What lies under the map.
    SetMapStrip(MapStrip),
    /// Mark latents as examples with or without an attribute.
    MarkExamples {
        /// With it.
        with: bool,
        /// The examples.
        latents: Vec<Latent>,
    },

    // Training.
    /// Begin a run with the drafts; reads the data first where that is needed.
    StartTraining,
    /// Go on with the run that ended last, or whose model is open, in its own folder.
    ResumeRun,
    /// Keep the last whole step, then wait.
    Pause,
    /// Go on.
    Resume,
    /// One whole step.
    SingleStep,
    /// End the run, saving.
    Stop,
    /// Save the run now and go on.
    SaveRun,
    /// Change what can be changed while training runs.
    Tune(LiveSettings),
    /// Change the next run's architecture.
    EditSpec(ModelSpec),
    /// Change the next run's settings.
    EditTrain(TrainSettings),
    /// Type the run folder.
    SetOutText(String),
    /// Begin from the open model's weights.
    SetContinueModel(bool),
    /// Go on with the run in the typed folder.
    SetResume(bool),
    /// Go on with the open data set instead of the one the run was trained on.
    SetUseOpenData(bool),
    /// Choose the run folder in a dialog.
    PickRunFolder,

    // Data.
    /// Read a data set with the drafted options.
    OpenDataset(DatasetSource),
    /// Stop reading.
    CancelDataset,
    /// Change the options for the next reading.
    EditDatasetOptions(DatasetOptions),
    /// Type the data set's path.
    SetDatasetPath(String),
    /// Choose the folder in a dialog.
    PickDatasetFolder,

    // Models.
    /// Choose a model file in a dialog.
    PickModel,
    /// Type a model's path.
    SetModelPath(String),
    /// Open a model file or run folder.
    OpenModel(PathBuf),
    /// Open the model that is built into the program.
    OpenBuiltIn,
    /// Choose where to save in a dialog.
    SaveModelAs,
    /// Write the model there.
    SaveModel(PathBuf),
    /// Empty the list of recent models.
    ClearRecentModels,
    /// Something was dropped on the window: a model file, a run folder, or data.
    OpenDropped(PathBuf),

    // Engine and device.
    /// Move everything to another device.
    SelectDevice(DeviceChoice),
    /// Start a fresh engine after the old one died.
    RestartEngine,

    // Curves.
    /// Weight of the past, 0 to 0.99.
    SetSmoothing(f32),
    /// Logarithmic values.
    SetLogY(bool),
    /// Show or hide a series.
    ToggleSeries(String),
    /// Follow the newest step.
    SetFollow(bool),

    // The window itself.
    /// Take a notice away.
    DismissNotice(u64),
    /// The pointer rests on a notice: its time begins anew.
    HoldNotice(u64),
    /// Bring the log to the front.
    ShowLog,
    /// Copy text to the clipboard.
    CopyText(String),
    /// Show lines of at least this level.
    SetLogLevel(LogLevel),
    /// Show lines that contain this.
    SetLogSearch(String),
    /// Empty the log panel.
    ClearLog,
    /// Bring a tab of the left panel to the front, showing the panel.
    ShowSideTab(SideTab),
    /// Show or hide the left panel.
    ToggleLeftPanel,
    /// Show or hide the right panel.
    ToggleRightPanel,
    /// Dark, light, or as the system has it.
    SetTheme(ThemeChoice),
    /// Scale of everything, 1 for the system's own.
    SetZoom(f32),
    /// Put all panels back.
    ResetLayout,
    /// Open or close the device chooser.
    ShowDevices(bool),
    /// Open or close the help window.
    ShowHelp(bool),
    /// Show the licences in the help window, or the first steps again.
    ShowLicences(bool),
    /// Show lines of the licences that contain this.
    SetLicenceSearch(String),
    /// Open or close the settings window.
    ShowSettings(bool),
    /// Close the window, saving what is unsaved.
    Quit,
}

/// What the app does outside [`super::AppState`].
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Open a dialog for the data folder.
    PickDatasetFolder,
    /// Open a dialog for a model file.
    PickModel,
    /// Open a dialog for where to save the model; the suggested file name.
    PickSaveModel(String),
    /// Open a dialog for the run folder.
    PickRunFolder,
    /// Spawn a fresh engine.
    RestartEngine,
    /// Write the preferences soon.
    SavePreferences,
    /// Put the panels back.
    ResetLayout,
    /// Bring the log to the front.
    ShowLog,
    /// Copy to the clipboard.
    CopyText(String),
    /// Close the window.
    Close,
}
