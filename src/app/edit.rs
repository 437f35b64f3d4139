//! Editing in the window: what is edited, what it is painted with, and what came of it.
//!
//! Nothing is asked of the engine while something changes: a change only marks that an answer is wanted, and once per
//! frame [`AppState::take_edit_request`] turns the newest state into one request.

use std::path::PathBuf;
use std::sync::Arc;

use super::edit_history::Timeline;
use super::edit_paint::Painting;
use super::edit_picture::StrokePictures;
use super::state::AppState;
use crate::protocol::{
    Brush, EditPlan, EditRequest, EditSettings, EditStart, EditView, Frame, InversionMethod,
    Latent, NoticeLevel, Stroke, StrokePoint, StrokeTool,
};

/// The smallest brush that the slider gives, in widths of the picture.
pub const SMALLEST_BRUSH: f32 = 0.01;
/// The largest one.
pub const LARGEST_BRUSH: f32 = 1.0;
/// Colours that were used, kept at most.
pub const SWATCHES: usize = 12;
/// Seconds from before to after while the morph plays.
const MORPH_SECS: f64 = 1.6;

/// What the pointer does on the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EditTool {
    /// Paints a colour.
    #[default]
    Colour,
    /// Lighter than before.
    Lighten,
    /// Darker than before.
    Darken,
    /// An edge along the stroke.
    Edge,
    /// No edges.
    NoEdge,
    /// Grabs a patch and moves it.
    Warp,
    /// Takes a point to another place.
    Drag,
    /// What is painted stays.
    Keep,
    /// What is painted is made anew.
    Erase,
    /// Smooth.
    Smooth,
    /// Moves z along what changes this place most.
    Latent,
    /// Paints the area that may change.
    Area,
    /// Rubs the area out.
    AreaErase,
    /// Moves the chosen stroke as a whole.
    Move,
}

impl EditTool {
    /// All of them; the first ten have the keys 1 to 9 and 0.
    pub const ALL: [Self; 14] = [
        Self::Colour,
        Self::Lighten,
        Self::Darken,
        Self::Edge,
        Self::NoEdge,
        Self::Warp,
        Self::Drag,
        Self::Keep,
        Self::Erase,
        Self::Smooth,
        Self::Latent,
        Self::Area,
        Self::AreaErase,
        Self::Move,
    ];

    /// As on its button.
    pub fn label(self) -> &'static str {
        match self {
            Self::Colour => "Colour",
            Self::Lighten => "Lighten",
            Self::Darken => "Darken",
            Self::Edge => "Edge",
            Self::NoEdge => "No edge",
            Self::Warp => "Warp",
            Self::Drag => "Drag",
            Self::Keep => "Keep",
            Self::Erase => "Erase",
            Self::Smooth => "Smooth",
            Self::Latent => "Latent",
            Self::Area => "Area",
            Self::AreaErase => "Area off",
            Self::Move => "Move",
        }
    }

    /// The tool that painted a stroke.
    pub fn of(tool: StrokeTool) -> Self {
        match tool {
            StrokeTool::Colour(_) => Self::Colour,
            StrokeTool::Lighten(_) => Self::Lighten,
            StrokeTool::Darken(_) => Self::Darken,
            StrokeTool::Edge => Self::Edge,
            StrokeTool::NoEdge => Self::NoEdge,
            StrokeTool::Warp(_) => Self::Warp,
            StrokeTool::Drag => Self::Drag,
            StrokeTool::Keep => Self::Keep,
            StrokeTool::Erase => Self::Erase,
            StrokeTool::Smooth => Self::Smooth,
            StrokeTool::Latent => Self::Latent,
        }
    }
}

/// Where the latent comes from that an edit begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditFrom {
    /// The picture in Explore.
    Explore,
    /// What a method of inversion found for the photo.
    Racer(InversionMethod),
}

/// Which picture is large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EditShow {
    /// G(z*).
    #[default]
    Model,
    /// photo + M·(G(z*) − G(z₀)).
    Photo,
    /// The picture that it began with.
    Before,
}

/// What is written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EditFile {
    /// G(z*).
    #[default]
    Model,
    /// The photo in full resolution.
    Photo,
    /// Where it changed.
    Mask,
    /// From before to after, as an animation.
    Morph,
    /// The strokes, to be used again.
    Script,
}

/// Something asked of the edit.
#[derive(Debug, Clone, PartialEq)]
pub enum EditAction {
    /// Begin to edit.
    Start(EditFrom),
    /// End it; the strokes stay for the next one.
    End,
    /// Choose a tool.
    SetTool(EditTool),
    /// Another brush; of the chosen stroke, if one is chosen.
    SetBrush(Brush),
    /// How much lighter or darker.
    SetAmount(f32),
    /// The colour to paint with.
    SetColour([u8; 3]),
    /// Paint on both sides.
    SetMirrored(bool),
    /// Show what was painted.
    ShowOverlay(bool),
    /// The pointer is pressed on the picture.
    Press(StrokePoint),
    /// It is moved, held down.
    Drag(StrokePoint),
    /// It is let go.
    Release,
    /// What is being painted is given up.
    Cancel,
    /// A slider was let go: its drag is one step.
    Settle,
    /// Choose a stroke, or none.
    Select(Option<usize>),
    /// Change a stroke.
    SetStroke(usize, Box<Stroke>),
    /// Another order.
    MoveStroke {
        /// Where it was.
        from: usize,
        /// Where it is then.
        to: usize,
    },
    /// Take a stroke away.
    RemoveStroke(usize),
    /// Take all strokes away, and the area.
    Clear,
    /// Invert, grow and feather the area.
    SetArea {
        /// What was painted may not change.
        inverted: bool,
        /// In widths of the picture.
        grow: f32,
        /// In widths of the picture.
        feather: f32,
    },
    /// All may change again.
    ClearArea,
    /// How it is solved.
    SetSettings(Box<EditSettings>),
    /// Take this candidate, by its start.
    Adopt(u32),
    /// Between before, 0, and after, 1.
    SetMorph(f32),
    /// Go to and fro between them, or stand still.
    Play(bool),
    /// Which picture is large.
    Show(EditShow),
    /// Lay the picture before over the left part, or no longer.
    Compare(bool),
    /// How far it reaches, 0 to 1.
    SetWipe(f32),
    /// What is written next.
    SetFile(EditFile),
    /// Type where.
    SetPath(String),
    /// Frames of the animation, one way.
    SetFrames(u32),
    /// Choose in a dialog where to write it.
    ExportAs,
    /// Write it there.
    Export(EditFile, PathBuf),
    /// Choose a script in a dialog.
    PickScript,
    /// Read this script.
    OpenScript(PathBuf),
    /// Take z* to the explorer.
    ToExplore,
}

/// The edit, its tools, and how it stands.
#[derive(Debug, Clone)]
pub struct EditState {
    /// What it began with; without it nothing is edited, and what was painted waits for the next start.
    pub start: Option<Arc<EditStart>>,
    /// What is to become of it.
    pub plan: EditPlan,
    /// How far attributes moved z₀ since it began.
    pub shift: Latent,
    /// What the pointer does.
    pub tool: EditTool,
    /// What it paints with.
    pub brush: Brush,
    /// How much lighter or darker, above 0 to 1.
    pub amount: f32,
    /// The colour it paints.
    pub colour: [u8; 3],
    /// Colours that were painted, the newest first.
    pub swatches: Vec<[u8; 3]>,
    /// Whether it paints on both sides.
    pub mirrored: bool,
    /// Whether what was painted is shown.
    pub overlay: bool,
    /// What is being painted.
    pub painting: Option<Painting>,
    /// The stroke whose brush, colour and amount the controls change.
    pub selected: Option<usize>,
    /// How it stands.
    pub view: Option<Arc<EditView>>,
    /// Why the newest request cannot be solved.
    pub error: Option<String>,
    /// Candidates in stable places, by their starts.
    pub slots: Vec<Option<u32>>,
    /// What is shown until the first view is there.
    pub opening: Option<Frame>,
    /// Between before, 0, and after, 1.
    pub morph: f32,
    /// Since when it goes to and fro.
    pub playing_since: Option<f64>,
    /// Which picture is large.
    pub show: EditShow,
    /// The picture before lies over the left part.
    pub comparing: bool,
    /// How far it reaches, 0 to 1.
    pub wipe: f32,
    /// What is written next.
    pub file: EditFile,
    /// Where, as typed.
    pub path_text: String,
    /// Frames of the animation, one way.
    pub frames: u32,
    /// Small pictures of what was painted.
    pub pictures: StrokePictures,
    pub(super) timeline: Timeline,
    pub(super) wanted: bool,
    pub(super) changed: bool,
    pub(super) last_id: u64,
    /// The request with which the list of strokes changed last.
    pub(super) listed_id: u64,
    pub(super) number: u64,
}

impl Default for EditState {
    fn default() -> Self {
        Self {
            start: None,
            plan: EditPlan::default(),
            shift: Latent::default(),
            tool: EditTool::default(),
            brush: Brush::default(),
            amount: 0.3,
            colour: [150, 75, 40],
            swatches: Vec::new(),
            mirrored: false,
            overlay: true,
            painting: None,
            selected: None,
            view: None,
            error: None,
            slots: Vec::new(),
            opening: None,
            morph: 1.0,
            playing_since: None,
            show: EditShow::default(),
            comparing: false,
            wipe: 0.5,
            file: EditFile::default(),
            path_text: String::new(),
            frames: 24,
            pictures: StrokePictures::default(),
            timeline: Timeline::default(),
            wanted: false,
            changed: false,
            last_id: 0,
            listed_id: 0,
            number: 0,
        }
    }
}

impl EditState {
    /// Whether something is edited.
    pub fn is_on(&self) -> bool {
        self.start.is_some()
    }

    /// z₀ as attributes moved it.
    pub fn moved(&self) -> Option<Latent> {
        self.start.as_ref().map(|start| start.latent.plus(&self.shift, 1.0))
    }

    /// The latent of the picture that is shown: on the straight line from z₀ to z*.
    pub fn shown_latent(&self) -> Option<Latent> {
        let (start, view) = (self.start.as_ref()?, self.view.as_ref()?);
        let way = view.latent.plus(&start.latent, -1.0);
        Some(start.latent.plus(&way, self.morph))
    }

    /// Whether a drag is under way, of the pointer on the picture or of a slider.
    pub fn is_dragged(&self) -> bool {
        self.painting.is_some() || self.timeline.is_open()
    }

    /// Something changed: an answer is wanted, and what was painted is kept.
    pub(super) fn touch(&mut self) {
        (self.wanted, self.changed) = (true, true);
    }

    /// The strokes changed, in number or order: what each cost belongs to other places.
    pub(super) fn list_changed(&mut self) {
        self.listed_id = self.last_id + 1;
        self.plan_changed();
    }

    /// The plan changed.
    pub(super) fn plan_changed(&mut self) {
        let count = self.plan.strokes.len();
        self.selected = self.selected.filter(|selected| *selected < count);
        if self.selected.is_none() && self.tool == EditTool::Move {
            self.tool = EditTool::default();
        }
        self.pictures.refresh(&self.plan);
        self.touch();
    }

    /// What a stroke costs in the present view, its weight and strength not applied.
    pub fn cost_of(&self, index: usize) -> Option<f32> {
        let view = self.view.as_ref().filter(|view| view.id >= self.listed_id)?;
        let place = view.each.iter().position(|of| *of == index)?;
        view.loss.each.get(place).copied()
    }

    /// Whether something changed since the last call that is to be kept between starts.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// A colour was painted: it is among the swatches.
    pub(super) fn remember_colour(&mut self) {
        let colour = self.colour;
        self.swatches.retain(|known| *known != colour);
        self.swatches.insert(0, colour);
        self.swatches.truncate(SWATCHES);
    }
}

impl AppState {
    /// Why nothing can be edited now, in a sentence.
    pub fn edit_obstacle(&self) -> Option<&'static str> {
        let trains = self.training.phase.is_active() && self.training.encoder_run.is_none();
        match () {
            () if !self.engine_is_up() => Some("The engine is not running: restart it first"),
            () if self.model.is_none() => Some("Open a model first"),
            () if trains => Some("The model is being trained: stop the run first"),
            () => None,
        }
    }

    /// The request for the newest state, if an answer is wanted.
    pub fn take_edit_request(&mut self) -> Option<EditRequest> {
        if !self.edit.wanted || self.edit_obstacle().is_some() {
            return None;
        }
        let start = self.edit.start.clone()?;
        self.edit.wanted = false;
        let plan = self.edit.painted_plan();
        if let Err(error) = plan.validate() {
            self.edit.error = Some(format!("Not solved: {error}"));
            return None;
        }
        self.edit.last_id += 1;
        Some(EditRequest {
            id: self.edit.last_id,
            edit: self.edit.number,
            moved: self.edit.moved()?,
            start,
            plan,
            painting: self.edit.is_dragged(),
            morph: self.edit.morph,
        })
    }

    /// The request just taken could not be sent: it is taken again later.
    pub fn edit_request_failed(&mut self) {
        self.edit.wanted = true;
    }

    /// Moves the morph that plays; whether it does.
    pub(super) fn advance_morph(&mut self) -> bool {
        let Some(since) = self.edit.playing_since.filter(|_| self.edit.is_on()) else {
            return false;
        };
        let way = ((self.now_secs - since) / MORPH_SECS).rem_euclid(2.0) as f32;
        self.edit.morph = if way <= 1.0 { way } else { 2.0 - way };
        self.edit.wanted = true;
        true
    }

    /// Takes in how the edit stands; what belongs to an earlier one is dropped.
    pub fn take_edit(&mut self, view: EditView) {
        let edit = &mut self.edit;
        let newer = edit.view.as_ref().is_none_or(|before| before.id <= view.id);
        if !edit.is_on() || view.edit != edit.number || !newer {
            return;
        }
        if view.id == edit.last_id {
            edit.error = None;
        }
        edit.place_candidates(&view);
        edit.view = Some(Arc::new(view));
    }

    /// What is edited is not the open model's any more; why, in a part of a sentence. The strokes stay.
    pub(super) fn edit_ended(&mut self, why: &str) {
        if !self.edit.is_on() {
            return;
        }
        self.close_edit();
        let kept = match self.edit.plan.strokes.len() {
            0 => String::new(),
            _ => " Its strokes are kept for the next one.".to_owned(),
        };
        self.notify(NoticeLevel::Info, format!("The edit has ended: {why}.{kept}"));
    }
}
