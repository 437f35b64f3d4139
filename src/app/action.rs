//! Everything a person can ask of the window, and what the window must do besides telling the engine.
//!
//! `ui/` pushes [`Action`]s; [`super::AppState::apply_action`] turns each into a change of state, into
//! commands in the outbox, and into [`Effect`]s for the app (dialogs, restart, closing).

use std::path::PathBuf;
use std::sync::Arc;

use super::attributes::{MatrixKind, Search};
use super::compose::Combination;
use super::dialogs::DialogKind;
use super::edit::EditAction;
use super::examples::Marking;
use super::explore::DimOrder;
use super::grid::GridForm;
use super::identity::IdentityAction;
use super::labels::LabelKind;
use super::many::ManyAction;
use super::map::{MapDraft, MapStrip, PlaneGrid};
use super::messages::LogLevel;
use super::photo::PhotoAction;
use super::preferences::ThemeChoice;
use super::race::RaceAction;
use super::sessions::SessionAction;
use super::state::{RightTab, SideTab};
use crate::protocol::{
    Curve, DatasetOptions, DatasetSource, DeviceChoice, DirectionMethod, Ending, LabelSource,
    Latent, LiveSettings, MapColour, ModelSpec, TrainSettings,
};
use crate::ui::Pane;

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
    /// Load a latent: a clicked sample.
    LoadLatent(Latent),
    /// Choose in a dialog where to write the large picture.
    SavePictureAs,
    /// Write the large picture there, in the model's own size.
    SavePicture(PathBuf),
    /// Choose in a dialog where to write the present latent.
    SaveLatentAs,
    /// Choose in a dialog where to write the formula's result.
    SaveResultAs,
    /// Choose a file of latents in a dialog.
    PickLatents,
    /// Keep the present latent in the history (pushed when a drag ends).
    CommitLatent,
    /// Filter the sliders.
    SetSearch(String),
    /// In which order the sliders show; their sensitivities are measured where they are missing.
    SetDimOrder(DimOrder),
    /// Every pixel of the large picture a square, instead of smooth.
    SetSharpPixels(bool),

    // The history of states.
    /// Go to a state, attributes and all; its number.
    LoadState(u64),
    /// Go to the state that this one was made from.
    Undo,
    /// Go to where undo came from.
    Redo,
    /// Mark a state as dear, or not.
    StarState(u64, bool),
    /// Type a state's name.
    EditStateName(u64, String),
    /// The name is typed, or (`false`) stays as it was.
    EndStateName(bool),
    /// Forget a state.
    RemoveState(u64),
    /// Forget this model's states that are neither starred nor named.
    ClearStates,
    /// Bring the history to the front.
    ShowHistory,
    /// Show only starred and named states.
    SetOnlyDear(bool),
    /// Compare the present picture with a state's, or no longer.
    Compare(Option<u64>),
    /// Where the wipe between the two stands, 0 to 1.
    SetWipe(f32),

    // Attributes.
    /// Find a direction for each label of the open data set.
    FindAttributes,
    /// Find directions without labels.
    FindDirections,
    /// How they are found.
    SetDirectionSearch(Search),
    /// At most this many.
    SetSearchCount(u32),
    /// The hidden layer whose components are looked for.
    SetSearchLayer(u32),
    /// Stop the job under way.
    StopJobs,
    /// How directions are made from labels.
    SetDirectionMethod(DirectionMethod),
    /// Weight of the logistic boundary's ridge.
    SetRidge(f64),
    /// At most this many pictures are encoded.
    SetAttributePictures(u32),
    /// Move an attribute's slider, in steps.
    SetAttribute(u64, f32),
    /// All attributes' sliders to zero.
    ZeroAttributes,
    /// The latent with all attributes becomes the sliders' own, and the attributes go to zero.
    BakeAttributes,
    /// Show an attribute's strip and histogram.
    ChooseAttribute(u64),
    /// Type an attribute's name.
    EditAttributeName(u64, String),
    /// The name is typed, or (`false`) stays as it was.
    EndAttributeName(bool),
    /// Forget an attribute.
    RemoveAttribute(u64),
    /// Make the chosen attribute orthogonal to this one, too, or not.
    ToggleFreeOf(u64),
    /// Add the chosen attribute, made orthogonal to those toggled.
    FreeAttribute,
    /// What the matrix shows.
    ShowMatrix(MatrixKind),
    /// Measure what else a step along each attribute changes.
    MeasureEntanglement,
    /// Measure the attributes in use that were not measured, on the open data.
    JudgeAttributes,
    /// Mark latents as having the attribute (`true`) or not.
    MarkExamples {
        /// On which side.
        with: bool,
        /// Which.
        latents: Vec<Latent>,
    },
    /// What a click on a picture of a sheet does.
    SetMarking(Marking),
    /// Forget all marks.
    ClearExamples,
    /// Type the name of the attribute that the examples make.
    SetExampleName(String),
    /// Make an attribute of the examples.
    AttributeFromExamples,
    /// Type the path of a directions' file.
    SetDirectionsPath(String),
    /// Write the attributes in use.
    SaveDirections(PathBuf),
    /// Read attributes.
    OpenDirections(PathBuf),
    /// Choose a directions' file in a dialog.
    PickDirections,
    /// Choose in a dialog where to write the attributes in use.
    SaveDirectionsAs,

    /// Choose in a dialog where to write the animation.
    PickAnimationPath,
    /// Choose in a dialog where to write the grid.
    PickGridPath,

    /// Something about formulas and paths.
    Compose(ComposeAction),
    /// Something about inversion.
    Race(RaceAction),
    /// Something about the edit.
    Edit(EditAction),
    /// Something about keeping identity.
    Identity(IdentityAction),
    /// Something about the inversion of many photos.
    Many(ManyAction),
    /// Something about sessions.
    Session(SessionAction),
    /// Choose a path in a dialog.
    Pick(DialogKind),

    /// Something about the photo.
    Photo(PhotoAction),

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
    /// Mark the selected points as examples with the attribute (`true`), or without.
    MarkSelected(bool),
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

    // Training.
    /// Begin a run with the drafts; reads the data first where that is needed.
    StartTraining,
    /// Go on with the run that ended last, or whose model is open, in its own folder.
    ResumeRun,
    /// Train an encoder for the open model's generator, which stays as it is.
    TrainEncoder,
    /// Begin that encoder with random weights instead of those of the encoder that the model has.
    SetFreshEncoder(bool),
    /// Begin the run that was held back for its memory, or do not.
    TrainOversized(bool),
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
    /// Read the data set that the open run was trained on, as the run read it.
    OpenRunData(DatasetSource),
    /// Stop reading.
    CancelDataset,
    /// Change the options for the next reading.
    EditDatasetOptions(DatasetOptions),
    /// Type the data set's path.
    SetDatasetPath(String),
    /// Choose the folder in a dialog.
    PickDatasetFolder,
    /// Look at this kind of labels.
    ShowLabelKind(LabelKind),
    /// Type the label table's path.
    SetLabelTable(String),
    /// Type the pattern for file names.
    SetLabelPattern(String),
    /// Label the open data set anew.
    ApplyLabels(LabelSource),
    /// Choose the label table in a dialog.
    PickLabelTable,

    // Models.
    /// Choose a model file in a dialog.
    PickModel,
    /// Type the path of a model to open.
    SetModelPath(String),
    /// Type where to save the model.
    SetModelSavePath(String),
    /// Replace the file that was asked about, or keep it.
    ReplaceFile(bool),
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
    /// Something was dropped on the window: a model file, a run folder, data, or a table of labels.
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
    /// Bring a pane to the front.
    ShowPane(Pane),
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
    /// Bring a tab of the right panel to the front, showing the panel.
    ShowRightTab(RightTab),
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
    /// Open the command palette with this search, or close it.
    ShowPalette(Option<String>),
    /// Open or close the settings window.
    ShowSettings(bool),
    /// Close the window, saving what is unsaved.
    Quit,
}

/// Something asked of the formula or the path.
#[derive(Debug, Clone, PartialEq)]
pub enum ComposeAction {
    /// Average this latent into a term, too.
    AddToTerm(usize, Latent),
    /// Take a member out of a term: term, member.
    TakeFromTerm(usize, usize),
    /// One term more.
    AddTerm,
    /// One term less.
    RemoveTerm(usize),
    /// Add a term instead of taking it away, or the other way round.
    ToggleSign(usize),
    /// An empty A − B + C.
    ClearFormula,
    /// Type the name of the attribute the formula makes.
    SetFormulaName(String),
    /// Make an attribute of the formula's result.
    FormulaToAttribute,
    /// Write latents to a file.
    SaveLatents(PathBuf, Vec<Latent>),
    /// Read latents from a file into the history.
    OpenLatents(PathBuf),
    /// Type the path of a file of latents.
    SetLatentsPath(String),
    /// One key latent more.
    AddKey(Latent),
    /// One less.
    RemoveKey(usize),
    /// Another order.
    MoveKey {
        /// Where it was.
        from: usize,
        /// Where it is then.
        to: usize,
    },
    /// Forget all keys.
    ClearKeys,
    /// How keys are joined.
    SetCurve(Curve),
    /// What follows the last key.
    SetEnding(Ending),
    /// A random walk instead of keys.
    SetWalk(bool),
    /// The walk's key.
    SetWalkSeed(u64),
    /// Seconds for the whole way.
    SetSecs(f32),
    /// Pictures a second in the export.
    SetFramesPerSec(u16),
    /// How many times larger than the model's pictures.
    SetScale(u32),
    /// Type where to write.
    SetOutPath(String),
    /// Make something of two pictures, one of which was dropped on the other.
    Combine {
        /// What.
        combination: Combination,
        /// The one that was dropped.
        dropped: Latent,
        /// The one it was dropped on.
        on: Latent,
    },
    /// Move along, or stand still.
    Play(bool),
    /// Go to a place, 0 to 1.
    Scrub(f64),
    /// Write the animation.
    Export(PathBuf),
    /// Another grid.
    SetGrid(Box<GridForm>),
    /// Write the grid.
    ExportGrid(PathBuf),
}

/// What the app does outside [`super::AppState`].
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Open this dialog.
    Pick(DialogKind),
    /// Open a dialog for the data folder.
    PickDatasetFolder,
    /// Open a dialog for a photo.
    PickPhoto,
    /// Read the picture in the clipboard.
    ReadClipboard,
    /// Open a dialog for a label table.
    PickLabelTable,
    /// Open a dialog for a model file.
    PickModel,
    /// Open a dialog for where to save the model; the suggested file name.
    PickSaveModel(String),
    /// Open a dialog for the run folder.
    PickRunFolder,
    /// Open a dialog for a directions' file.
    PickDirections,
    /// Open a dialog for where to write directions; the suggested file name.
    PickSaveDirections(String),
    /// Open a dialog for where to write the animation.
    PickAnimationPath,
    /// Open a dialog for where to write the grid.
    PickGridPath,
    /// Open a dialog for where to write the picture; the suggested file name.
    PickSavePicture(String),
    /// Open a dialog for where to write the latent; the suggested file name.
    PickSaveLatent(String),
    /// Open a dialog for where to write the formula's result; the suggested file name.
    PickSaveResult(String),
    /// Open a dialog for a file of latents.
    PickLatents,
    /// Open a dialog for a delta.
    PickDelta,
    /// Open a dialog for where to write the delta; the suggested file name.
    PickSaveDelta(String),
    /// Bring a pane to the front.
    ShowPane(Pane),
    /// Spawn a fresh engine.
    RestartEngine,
    /// Write the preferences soon.
    SavePreferences,
    /// Put the panels back.
    ResetLayout,
    /// Copy to the clipboard.
    CopyText(String),
    /// Close the window.
    Close,
}
