//! What is asked of the edit, and what the engine answers to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::action::{Action, Effect};
use super::apply_action::file_stem;
use super::dialogs::DialogKind;
use super::edit::{EditAction, EditFile, EditFrom, EditShow, EditState, EditTool};
use super::edit_history::Timeline;
use super::edit_paint::{sane_brush, within};
use super::replacing::with_ending;
use super::state::AppState;
use super::states::Made;
use crate::protocol::{
    ChangeArea, Command, EditExport, EditPicture, EditPlan, EditScript, EditSettings, EditStart,
    EditView, Event, Frame, InversionMethod, InversionTarget, Latent, NoticeLevel, StrokeTool,
};
use crate::ui::Pane;

/// Frames of a morph, one way, at most.
pub const MORPH_FRAMES: u32 = 200;

impl EditFile {
    /// All of them, as they are offered.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Model, "Picture"),
        (Self::Photo, "Photo"),
        (Self::Mask, "Mask"),
        (Self::Morph, "Morph"),
        (Self::Script, "Strokes"),
    ];

    /// The name under which it is really written.
    pub fn path(self, path: PathBuf) -> PathBuf {
        let animation = ["gif", "apng", "png", "webp"];
        let ends = |e: &&str| path.extension().is_some_and(|own| own.eq_ignore_ascii_case(e));
        match self {
            Self::Model | Self::Photo | Self::Mask => with_ending(path, "png"),
            Self::Morph if animation.iter().any(ends) => path,
            Self::Morph => with_ending(path, "gif"),
            Self::Script => with_ending(path, "json"),
        }
    }

    /// A file name that says what it is of.
    fn suggested(self, model: &str) -> PathBuf {
        let what = match self {
            Self::Model => "edit",
            Self::Photo => "edited-photo",
            Self::Mask => "edit-mask",
            Self::Morph => "edit-morph",
            Self::Script => "edit-strokes",
        };
        self.path(PathBuf::from(format!("{model}-{what}")))
    }
}

impl EditState {
    /// Candidates that are still offered keep their places; new ones take those that became free.
    pub(super) fn place_candidates(&mut self, view: &EditView) {
        let offered: Vec<u32> = view.offered.iter().map(|candidate| candidate.start).collect();
        for slot in &mut self.slots {
            *slot = slot.filter(|start| offered.contains(start));
        }
        for start in offered {
            if self.slots.contains(&Some(start)) {
                continue;
            }
            match self.slots.iter_mut().find(|slot| slot.is_none()) {
                Some(slot) => *slot = Some(start),
                None => self.slots.push(Some(start)),
            }
        }
        while self.slots.last() == Some(&None) {
            self.slots.pop();
        }
    }
}

impl AppState {
    /// The edit alone, and undo and redo while something is edited; anything else is handed back.
    pub(super) fn apply_edit(&mut self, action: Action) -> Result<Action, Vec<Effect>> {
        let action = match action {
            Action::Undo if self.step_edit(false) => return Err(Vec::new()),
            Action::Redo if self.step_edit(true) => return Err(Vec::new()),
            Action::Edit(action) => action,
            other => return Ok(other),
        };
        let effects = match action {
            EditAction::Start(from) => self.start_edit(from),
            EditAction::ExportAs => self.ask_edit_file().into_iter().collect(),
            EditAction::PickScript => vec![Effect::Pick(DialogKind::EditScript)],
            other => {
                self.apply_edit_controls(other);
                Vec::new()
            }
        };
        Err(effects)
    }

    fn apply_edit_controls(&mut self, action: EditAction) {
        let edit = &mut self.edit;
        match action {
            EditAction::Press(at) => {
                if let Err(why) = edit.press(at) {
                    self.notify(NoticeLevel::Warning, why);
                }
            }
            EditAction::Drag(to) => edit.drag(to),
            EditAction::Release => edit.release(),
            EditAction::Cancel => edit.cancel_stroke(),
            EditAction::Settle => edit.wanted |= edit.timeline.settle(),
            EditAction::SetTool(tool) => {
                edit.cancel_stroke();
                edit.tool = tool;
                if tool != EditTool::Move {
                    // The next stroke's brush and colour are no longer the chosen one's.
                    edit.selected = None;
                }
            }
            EditAction::SetBrush(brush) => {
                let brush = sane_brush(brush);
                edit.brush = brush;
                edit.restyle_selected(|stroke| stroke.brush = brush);
            }
            EditAction::SetAmount(amount) => {
                let amount = within(amount, 0.01, 1.0);
                edit.amount = amount;
                edit.restyle_selected(|stroke| match &mut stroke.tool {
                    StrokeTool::Lighten(by) | StrokeTool::Darken(by) => *by = amount,
                    _ => {}
                });
            }
            EditAction::SetColour(colour) => {
                edit.colour = colour;
                edit.restyle_selected(|stroke| {
                    if let StrokeTool::Colour(own) = &mut stroke.tool {
                        *own = colour;
                    }
                });
            }
            EditAction::SetMirrored(mirrored) => {
                edit.mirrored = mirrored;
                edit.restyle_selected(|stroke| stroke.mirrored = mirrored);
            }
            EditAction::ShowOverlay(on) => edit.overlay = on,
            EditAction::End => self.close_edit(),
            EditAction::ToExplore => self.take_edited(),
            EditAction::OpenScript(path) => self.send(Command::OpenEditScript(path)),
            EditAction::Export(file, path) => self.export_edit(file, path),
            EditAction::SetFile(file) => edit.file = file,
            EditAction::SetPath(text) => edit.path_text = text,
            EditAction::SetFrames(frames) => edit.frames = frames.clamp(2, MORPH_FRAMES),
            other => self.apply_edit_plan(other),
        }
    }

    /// What changes the plan, and how its answer is looked at.
    fn apply_edit_plan(&mut self, action: EditAction) {
        let now = self.now_secs;
        let edit = &mut self.edit;
        match action {
            EditAction::Select(index) => edit.select(index),
            EditAction::SetStroke(index, stroke) => {
                if let Some(slot) = edit.plan.strokes.get_mut(index) {
                    *slot = Arc::from(stroke);
                    edit.plan_changed();
                }
            }
            EditAction::MoveStroke { from, to } => {
                let count = edit.plan.strokes.len();
                if from < count && to < count {
                    let stroke = edit.plan.strokes.remove(from);
                    edit.plan.strokes.insert(to, stroke);
                    edit.selected = None;
                    edit.list_changed();
                }
            }
            EditAction::RemoveStroke(index) => {
                if index < edit.plan.strokes.len() {
                    edit.plan.strokes.remove(index);
                    edit.selected = None;
                    edit.list_changed();
                }
            }
            EditAction::Clear => {
                edit.cancel_stroke();
                (edit.plan.strokes, edit.plan.area) = Default::default();
                edit.list_changed();
            }
            EditAction::SetArea { inverted, grow, feather } => {
                let reach = ChangeArea::REACH;
                let area = &mut edit.plan.area;
                area.inverted = inverted;
                area.grow = within(grow, -reach, reach);
                area.feather = within(feather, 0.0, reach);
                edit.plan_changed();
            }
            EditAction::ClearArea => {
                edit.plan.area = ChangeArea::default();
                edit.plan_changed();
            }
            EditAction::SetSettings(settings) => self.set_edit_settings(*settings),
            EditAction::Adopt(start) => edit.adopt(start),
            EditAction::SetMorph(morph) => {
                edit.morph = within(morph, 0.0, 1.0);
                (edit.playing_since, edit.wanted) = (None, true);
            }
            EditAction::Play(on) => edit.playing_since = on.then_some(now),
            EditAction::Show(show) => edit.show = show,
            EditAction::Compare(on) => edit.comparing = on,
            EditAction::SetWipe(wipe) => edit.wipe = within(wipe, 0.0, 1.0),
            other => debug_assert!(false, "an action without effect: {other:?}"),
        }
    }

    fn set_edit_settings(&mut self, settings: EditSettings) {
        if let Err(error) = settings.validate() {
            return self.notify(NoticeLevel::Warning, format!("Not changed: {error}."));
        }
        let plan = &mut self.edit.plan;
        plan.adopted = if plan.adopted < settings.candidates { plan.adopted } else { 0 };
        plan.settings = settings;
        self.edit.plan_changed();
    }

    /// Begins with a picture; what was painted before applies, unless it belongs to another edit under way.
    fn start_edit(&mut self, from: EditFrom) -> Vec<Effect> {
        if let Some(why) = self.edit_obstacle() {
            self.notify(NoticeLevel::Warning, format!("Not edited: {why}."));
            return Vec::new();
        }
        let begun = match from {
            EditFrom::Explore => self.start_from_explore(),
            EditFrom::Racer(method) => self.start_from_racer(method),
        };
        let Some((start, picture)) = begun else { return Vec::new() };
        let was_on = self.edit.is_on();
        let edit = &mut self.edit;
        edit.painting = None;
        if was_on {
            let settings = edit.plan.settings.clone();
            edit.plan = EditPlan { settings, ..EditPlan::default() };
        } else {
            edit.timeline = Timeline::default();
            edit.plan.adopted = 0;
        }
        edit.show = if start.photo.is_some() { EditShow::Photo } else { EditShow::Model };
        edit.file = if start.place.is_some() { EditFile::Photo } else { EditFile::Model };
        edit.shift = Latent::zeros(start.latent.dims());
        (edit.start, edit.opening) = (Some(Arc::new(start)), picture);
        (edit.view, edit.error, edit.playing_since) = (None, None, None);
        edit.slots.clear();
        (edit.morph, edit.comparing) = (1.0, false);
        edit.number += 1;
        edit.list_changed();
        let kept = self.edit.plan.strokes.len();
        if kept > 0 {
            let what = crate::ui::format::counted(kept, "stroke", "strokes");
            let text =
                format!("{what} of before are painted on this picture too. Clear takes them away.");
            self.show_notice(NoticeLevel::Info, text);
        }
        vec![Effect::ShowPane(Pane::Edit)]
    }

    fn start_from_explore(&mut self) -> Option<(EditStart, Option<Frame>)> {
        let (moved, truncation) = (self.explore.moved(), self.explore.truncation);
        if moved.dims() == 0 {
            return None;
        }
        let latent = Latent(moved.0.iter().map(|value| value * truncation).collect());
        let preview = self.explore.preview.as_ref().map(|preview| preview.frame.clone());
        Some((EditStart { latent, photo: None, place: None }, preview))
    }

    fn start_from_racer(&mut self, method: InversionMethod) -> Option<(EditStart, Option<Frame>)> {
        let view = self.race.view.clone()?;
        let found = view.racers.iter().find(|racer| racer.method == method);
        let best = found.and_then(|racer| racer.best.as_ref())?;
        let is_photo = view.kind != InversionTarget::Generated;
        let cropped = self.photo.cropped.as_ref().filter(|cropped| cropped.frame == view.target);
        let place = cropped.map(|cropped| (cropped.photo, cropped.crop)).filter(|_| is_photo);
        let photo = is_photo.then(|| view.target.clone());
        let (latent, picture) = (best.latent.clone(), best.picture.clone());
        Some((EditStart { latent, photo, place }, Some(picture)))
    }

    /// Nothing is edited any more; what was painted stays.
    pub(super) fn close_edit(&mut self) {
        let edit = &mut self.edit;
        if edit.start.take().is_none() {
            return;
        }
        // A stroke under way is a stroke.
        edit.release();
        (edit.view, edit.opening, edit.error) = (None, None, None);
        (edit.playing_since, edit.wanted) = (None, false);
        edit.slots.clear();
        edit.timeline = Timeline::default();
        edit.number += 1;
        self.send(Command::EndEdit);
    }

    /// z*, as it is shown, becomes the present latent of the explorer; the edit goes on.
    fn take_edited(&mut self) {
        let Some(latent) = self.edit.shown_latent() else { return };
        let latent = self.explore.untruncated(&latent);
        if self.load_whole(&latent) && self.explore.load_as(&latent, Made::Loaded) {
            self.keep_state();
            let text = "What was edited is in Explore, and in its history.";
            self.show_notice(NoticeLevel::Info, text.to_owned());
        }
    }

    /// An attribute's slider was moved by hand: it moves what is edited as well.
    pub(super) fn edit_follows(&mut self, before: &Latent) {
        if !self.edit.is_on() || self.explore.shift.dims() != self.edit.shift.dims() {
            return;
        }
        let by = self.explore.shift.plus(before, -1.0);
        if by.0.iter().any(|value| *value != 0.0) {
            self.edit.shift = self.edit.shift.plus(&by, self.explore.truncation);
            self.edit.touch();
        }
    }

    fn ask_edit_file(&self) -> Option<Effect> {
        let file = self.edit.file;
        let model = self.model.as_ref().map_or_else(String::new, |model| file_stem(&model.name));
        let name = file.suggested(&model).display().to_string();
        (!self.dialog_open).then_some(Effect::Pick(DialogKind::SaveEdit(file, name)))
    }

    fn export_edit(&mut self, file: EditFile, path: PathBuf) {
        let out = file.path(path);
        let edit = &self.edit;
        if file == EditFile::Script {
            let start = edit.start.as_ref().map(|start| start.latent.clone());
            let shift = if start.is_some() { edit.shift.0.clone() } else { Vec::new() };
            let plan = edit.plan.clone();
            let script = EditScript { format: EditScript::FORMAT, start, shift, plan };
            return self.send(Command::SaveEditScript(out, Box::new(script)));
        }
        let (Some(start), Some(view)) = (&edit.start, &edit.view) else {
            let text = "Nothing is edited yet: begin with a picture in Explore or Back to z.";
            return self.notify(NoticeLevel::Warning, text);
        };
        let picture = match file {
            EditFile::Photo => EditPicture::Photo,
            EditFile::Mask => EditPicture::Mask,
            EditFile::Morph => EditPicture::Morph(edit.frames),
            EditFile::Model | EditFile::Script => EditPicture::Model,
        };
        let whole = matches!(file, EditFile::Morph | EditFile::Mask);
        let shown = if whole { Some(view.latent.clone()) } else { edit.shown_latent() };
        let Some(latent) = shown else { return };
        let (start, area) = (Arc::clone(start), edit.plan.area.clone());
        let strokes = edit.plan.strokes.clone();
        let export = EditExport { start, latent, area, strokes, picture, out };
        self.send(Command::ExportEdit(Box::new(export)));
    }

    /// Takes in what the engine tells of edits; anything else is given back.
    pub(super) fn apply_edit_event(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::EditFailed { edit, id, text } => {
                if self.edit.is_on() && edit == self.edit.number && id == self.edit.last_id {
                    self.edit.error = Some(text);
                }
            }
            Event::EditScriptOpened(path, script) => self.script_opened(&path, *script),
            other => return Some(other),
        }
        None
    }

    /// The strokes of a file take the place of those that were there; undo brings those back.
    fn script_opened(&mut self, path: &Path, script: EditScript) {
        let name = super::display_path(path);
        if let Err(error) = script.plan.validate() {
            let text = format!("{name} cannot be used: {error}.");
            return self.notify(NoticeLevel::Error, text);
        }
        let dims = self.explore.latent.dims();
        let fits = |latent: &Latent| latent.dims() == dims && dims > 0;
        self.edit.cancel_stroke();
        if !self.edit.is_on() && self.edit_obstacle().is_none() {
            // With the latent that it was painted on, if it is this model's; else it waits for a start.
            if let Some(latent) = script.start.filter(fits) {
                let shift = Latent(script.shift);
                let edit = &mut self.edit;
                edit.timeline = Timeline::default();
                edit.shift = if fits(&shift) { shift } else { Latent::zeros(dims) };
                edit.start = Some(Arc::new(EditStart { latent, photo: None, place: None }));
                (edit.show, edit.morph) = (EditShow::Model, 1.0);
                edit.number += 1;
            }
        }
        self.edit.plan = script.plan;
        self.edit.list_changed();
        self.note_step(super::edit_history::StepKey::Once);
        let count = self.edit.plan.strokes.len();
        let what = crate::ui::format::counted(count, "stroke", "strokes");
        let text = match self.edit.is_on() {
            true => format!("Opened {name}: {what}."),
            false => format!("Opened {name}: {what}, for the next picture that is edited."),
        };
        self.show_notice(NoticeLevel::Info, text);
    }
}

impl EditState {
    fn adopt(&mut self, start: u32) {
        if start < self.plan.settings.candidates && self.is_on() {
            self.plan.adopted = start;
            self.morph = 1.0;
            self.playing_since = None;
            self.plan_changed();
        }
    }

    /// The controls show the chosen stroke's brush, colour and amount, and change them.
    fn select(&mut self, index: Option<usize>) {
        self.selected = index.filter(|index| *index < self.plan.strokes.len());
        let Some(stroke) = self.selected.and_then(|index| self.plan.strokes.get(index)) else {
            return self.leave_move();
        };
        self.brush = stroke.brush;
        self.mirrored = stroke.mirrored;
        match stroke.tool {
            StrokeTool::Colour(colour) => self.colour = colour,
            StrokeTool::Lighten(amount) | StrokeTool::Darken(amount) => self.amount = amount,
            _ => {}
        }
        if self.tool != EditTool::Move {
            self.tool = EditTool::of(stroke.tool);
        }
    }

    /// Nothing is chosen: there is nothing to move.
    fn leave_move(&mut self) {
        if self.tool == EditTool::Move {
            self.tool = EditTool::default();
        }
    }
}
