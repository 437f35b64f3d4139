//! What is asked of formulas and paths.

use std::path::PathBuf;

use super::action::{Action, ComposeAction};
use super::compose::{Combination, KEYS_LIMIT, TERMS_LIMIT, Term};
use super::replacing::{latents_file, with_ending};
use super::state::{AppState, JobShown};
use crate::protocol::{
    AnimationJob, Command, Direction, Latent, NoticeLevel, Origin, TilePlace, TilesRequest,
};

impl AppState {
    /// Formulas and paths.
    pub(super) fn apply_compose(&mut self, action: Action) -> Option<Action> {
        let Action::Compose(action) = action else { return Some(action) };
        self.change_formula(action);
        self.ask_for_composed();
        None
    }

    fn change_formula(&mut self, action: ComposeAction) {
        let dims = self.explore.latent.dims();
        let formula = &mut self.compose.formula;
        match action {
            ComposeAction::AddToTerm(term, latent) => {
                if latent.dims() == dims {
                    formula.add(term, latent);
                }
            }
            ComposeAction::TakeFromTerm(term, member) => {
                if let Some(term) = formula.terms.get_mut(term)
                    && member < term.members.len()
                {
                    term.members.remove(member);
                }
            }
            ComposeAction::AddTerm => {
                if formula.terms.len() < TERMS_LIMIT {
                    formula.terms.push(Term::default());
                }
            }
            ComposeAction::RemoveTerm(term) => {
                if term < formula.terms.len() {
                    formula.terms.remove(term);
                }
            }
            ComposeAction::ToggleSign(term) => {
                if let Some(term) = formula.terms.get_mut(term) {
                    term.minus = !term.minus;
                }
            }
            ComposeAction::ClearFormula => *formula = Default::default(),
            ComposeAction::SetFormulaName(name) => formula.name = name,
            ComposeAction::FormulaToAttribute => self.formula_to_attribute(),
            ComposeAction::Combine { combination, dropped, on } => {
                self.combine(combination, dropped, on);
            }
            ComposeAction::SaveLatents(path, latents) => {
                let path = latents_file(path);
                self.compose.saving = Some((path.clone(), latents.clone()));
                self.send(Command::SaveLatents(path, latents));
            }
            ComposeAction::OpenLatents(path) => self.send(Command::OpenLatents(path)),
            ComposeAction::SetLatentsPath(text) => self.compose.latents_text = text,
            other => self.change_path(other),
        }
    }

    fn change_path(&mut self, action: ComposeAction) {
        let dims = self.explore.latent.dims();
        let path = &mut self.compose.path;
        match action {
            ComposeAction::AddKey(latent)
                if latent.dims() == dims && path.keys.len() < KEYS_LIMIT =>
            {
                path.keys.push(latent);
            }
            ComposeAction::RemoveKey(key) if key < path.keys.len() => {
                path.keys.remove(key);
            }
            ComposeAction::MoveKey { from, to } if from.max(to) < path.keys.len() => {
                let key = path.keys.remove(from);
                path.keys.insert(to, key);
            }
            ComposeAction::ClearKeys => path.keys.clear(),
            ComposeAction::SetCurve(curve) => path.curve = curve,
            ComposeAction::SetEnding(ending) => path.ending = ending,
            ComposeAction::SetWalk(walk) => path.walk = walk,
            ComposeAction::SetWalkSeed(seed) => path.walk_seed = seed,
            ComposeAction::SetSecs(secs) => path.secs = secs.clamp(0.2, 600.0),
            ComposeAction::SetFramesPerSec(rate) => path.frames_per_sec = rate.clamp(1, 100),
            ComposeAction::SetScale(scale) => path.scale = scale.clamp(1, 16),
            ComposeAction::SetOutPath(text) => path.out_text = text,
            ComposeAction::Play(playing) => {
                if playing && path.at >= 1.0 {
                    path.at = 0.0;
                }
                path.playing = playing;
                self.go_along(self.compose.path.at);
            }
            ComposeAction::Scrub(at) => {
                path.playing = false;
                path.at = at.clamp(0.0, 1.0);
                self.go_along(at);
            }
            ComposeAction::Export(out) => self.export(out),
            ComposeAction::SetGrid(form) => self.compose.grid.form = *form,
            ComposeAction::ExportGrid(out) => self.export_grid(out),
            // The formula's own were taken before; of keys that are not there nothing is left to do.
            _ => {}
        }
        if self.compose.path.journey(&self.explore).is_none() {
            self.compose.path.playing = false;
        }
    }

    /// Puts the latent of a place on the path onto the sliders.
    fn go_along(&mut self, at: f64) {
        if let Some(journey) = self.compose.path.journey(&self.explore) {
            let latent = Latent(journey.at(at));
            if latent.dims() == self.explore.latent.dims() {
                self.rest_attributes();
                self.explore.go_to(latent);
            }
        }
    }

    /// The pictures of a path hold all that they were made with: its attributes' sliders would be added
    /// once more.
    fn rest_attributes(&mut self) {
        if self.attributes.values().is_empty() {
            return;
        }
        self.explore.keep_when_drawn();
        self.keep_state();
        self.attributes.zero_all();
        self.attributes_moved();
        let text = "The attributes' sliders are at zero: a path's pictures hold what they were made \
                    with. Undo brings back what was.";
        self.notify(NoticeLevel::Info, text);
    }

    /// Once a frame: a path that plays moves on. Whether it plays.
    pub(super) fn advance_path(&mut self) -> bool {
        match self.compose.path.advance(self.now_secs) {
            Some(at) => {
                self.go_along(at);
                true
            }
            None => false,
        }
    }

    fn formula_to_attribute(&mut self) {
        let formula = &self.compose.formula;
        let name = formula.name.trim().to_owned();
        let Some(step) = formula.result() else { return };
        if name.is_empty() {
            return self.notify(NoticeLevel::Warning, "Give the new attribute a name first.");
        }
        let origin = Origin::Formula { text: formula.text() };
        let direction = Direction::new(name, step, origin);
        let made = self.add_made(direction);
        self.attributes_moved();
        self.judge_new(made.as_slice());
    }

    /// Makes something of two pictures.
    fn combine(&mut self, combination: Combination, dropped: Latent, on: Latent) {
        if dropped.dims() != on.dims() {
            return;
        }
        match combination {
            Combination::Average => {
                let both = dropped.plus(&on, 1.0).0;
                let half = Latent(both.into_iter().map(|value| value / 2.0).collect());
                self.apply_explore(Action::LoadLatent(half));
            }
            Combination::Sum => {
                self.apply_explore(Action::LoadLatent(dropped.plus(&on, 1.0)));
            }
            Combination::Difference => {
                let name = self.attributes.free_name("Difference", None);
                let origin = Origin::Formula { text: "A − B of two pictures".to_owned() };
                let made = Direction::new(name.clone(), dropped.plus(&on, -1.0), origin);
                let made = self.add_made(made);
                self.attributes_moved();
                self.judge_new(made.as_slice());
                let text = format!("“{name}” is a slider under Attributes now: rename it there.");
                self.notify(NoticeLevel::Info, text);
            }
            Combination::Path => {
                for key in [dropped, on] {
                    self.change_path(ComposeAction::AddKey(key));
                }
            }
        }
    }

    fn export(&mut self, out: PathBuf) {
        let path = &self.compose.path;
        if path.journey(&self.explore).is_none() {
            let text = "A path needs at least two key latents: add the present one, move on, add it \
                        again.";
            return self.notify(NoticeLevel::Warning, text);
        }
        let job = AnimationJob {
            route: path.route(),
            frames: path.frames(),
            frames_per_sec: path.frames_per_sec,
            scale: path.scale as usize,
            out,
        };
        self.job = Some(JobShown { what: "drawing frames".to_owned(), done: 0, total: 0 });
        self.send(Command::Animate(Box::new(job)));
    }

    fn export_grid(&mut self, out: PathBuf) {
        let out = with_ending(out, "png");
        if let Some(job) = self.compose.grid.job(&self.explore, &self.attributes, out) {
            self.job = Some(JobShown { what: "drawing the grid".to_owned(), done: 0, total: 0 });
            self.send(Command::DrawGrid(Box::new(job)));
        }
    }

    /// Seconds until [`Self::ask_for_composed`] has a grid to ask for, if it will.
    pub(super) fn grid_due_secs(&self) -> Option<f64> {
        self.compose.grid.due_secs(self.now_secs)
    }

    /// Asks for pictures of terms, keys and the grid that have changed.
    pub(super) fn ask_for_composed(&mut self) {
        let compose = &mut self.compose;
        let wanted = [
            (TilePlace::Formula, compose.formula.take_request()),
            (TilePlace::Keys, compose.path.take_request()),
            (
                TilePlace::Grid,
                compose.grid.take_request(&self.explore, &self.attributes, self.now_secs),
            ),
        ];
        for (place, latents) in wanted {
            if let Some(latents) = latents {
                self.send(Command::DrawTiles(TilesRequest { place, id: 0, latents }));
            }
        }
    }
}
