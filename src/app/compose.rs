//! Arithmetic with latents, and paths through them.

use std::path::PathBuf;
use std::sync::Arc;

use super::explore::ExploreState;
use super::grid::GridState;
use crate::latent::{Codes, Journey, Walk};
use crate::protocol::{Curve, Ending, Latent, Prior, Route, SampleSource, TileSheet};

/// Terms of a formula, at most.
pub const TERMS_LIMIT: usize = 12;
/// Latents averaged in one term, at most.
pub const MEMBERS_LIMIT: usize = 16;
/// Key latents of a path, at most.
pub const KEYS_LIMIT: usize = 64;

/// A term: the mean of some latents, added or taken away.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Term {
    /// Taken away instead of added.
    pub minus: bool,
    /// The latents that are averaged.
    pub members: Vec<Latent>,
}

/// Σ ± mean of each term (Radford et al. 2015: man with glasses − man + woman).
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    /// In order.
    pub terms: Vec<Term>,
    /// The name of the attribute it makes.
    pub name: String,
    /// Pictures of the filled terms' means, and last of the result; what was asked for them.
    pub pictures: Option<Arc<TileSheet>>,
    asked: Option<Vec<Latent>>,
}

impl Default for Formula {
    /// A − B + C.
    fn default() -> Self {
        let term = |minus| Term { minus, members: Vec::new() };
        let terms = vec![term(false), term(true), term(false)];
        Self { terms, name: String::new(), pictures: None, asked: None }
    }
}

impl Formula {
    /// The mean of a term, `[d]`; `None` while it is empty.
    pub fn mean(&self, term: usize) -> Option<Latent> {
        let members = &self.terms.get(term)?.members;
        let dims = members.first()?.dims();
        let values = members.iter().flat_map(|latent| latent.0.iter().copied()).collect();
        let mean = Codes::new(dims.max(1), values).mean();
        Some(Latent(mean.into_iter().map(|value| value as f32).collect()))
    }

    /// The sum of all filled terms; `None` while all are empty.
    pub fn result(&self) -> Option<Latent> {
        let filled =
            (0..self.terms.len()).filter_map(|i| Some((self.terms[i].minus, self.mean(i)?)));
        filled.fold(None, |sum: Option<Latent>, (minus, mean)| {
            let sum = sum.unwrap_or_else(|| Latent::zeros(mean.dims()));
            Some(sum.plus(&mean, if minus { -1.0 } else { 1.0 }))
        })
    }

    /// As it is written: `A − B + C`, each filled term with the number of its members.
    pub fn text(&self) -> String {
        let filled = self.terms.iter().enumerate().filter(|(_, term)| !term.members.is_empty());
        let mut text = String::new();
        for (index, term) in filled {
            let sign = match (term.minus, text.is_empty()) {
                (true, true) => "−",
                (true, false) => " − ",
                (false, true) => "",
                (false, false) => " + ",
            };
            let letter = char::from(b'A' + u8::try_from(index).unwrap_or(25).min(25));
            text += &format!("{sign}{letter}({})", term.members.len());
        }
        text
    }

    /// Whether as many terms are taken away as are added: the result is then a direction.
    pub fn is_direction(&self) -> bool {
        let filled = || self.terms.iter().filter(|term| !term.members.is_empty());
        let minus = filled().filter(|term| term.minus).count();
        minus > 0 && 2 * minus == filled().count()
    }

    pub(super) fn add(&mut self, term: usize, latent: Latent) {
        if let Some(term) = self.terms.get_mut(term)
            && term.members.len() < MEMBERS_LIMIT
            && !term.members.contains(&latent)
        {
            term.members.push(latent);
        }
    }

    /// The pictures that are to be drawn: of the filled terms, then of the result.
    pub(super) fn take_request(&mut self) -> Option<Vec<Latent>> {
        let mut latents: Vec<Latent> = (0..self.terms.len()).filter_map(|i| self.mean(i)).collect();
        latents.extend(self.result());
        if latents.is_empty() {
            (self.pictures, self.asked) = (None, None);
            return None;
        }
        if self.asked.as_ref() == Some(&latents) {
            return None;
        }
        self.asked = Some(latents.clone());
        Some(latents)
    }

    pub(super) fn take_pictures(&mut self, sheet: TileSheet) {
        if self.asked.as_ref() == Some(&sheet.latents) {
            self.pictures = Some(Arc::new(sheet));
        }
    }

    /// The weights changed: the same latents look otherwise.
    pub(super) fn redraw(&mut self) {
        self.asked = None;
    }

    /// The place of a term's picture in [`Self::pictures`].
    pub fn picture_of(&self, term: usize) -> Option<usize> {
        let filled = |term: &Term| !term.members.is_empty();
        self.terms.get(term).filter(|term| filled(term))?;
        Some(self.terms[..term].iter().filter(|term| filled(term)).count())
    }
}

/// What can be made of two pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combination {
    /// Half way between them.
    Average,
    /// Their latents added.
    Sum,
    /// The first without the second, as an attribute.
    Difference,
    /// Both as keys of the path.
    Path,
}

/// A path, as it is played and exported.
#[derive(Debug, Clone, PartialEq)]
pub struct PathState {
    /// Key latents, in order.
    pub keys: Vec<Latent>,
    /// How they are joined.
    pub curve: Curve,
    /// What follows the last one.
    pub ending: Ending,
    /// A random walk instead.
    pub walk: bool,
    /// The walk's key.
    pub walk_seed: u64,
    /// Seconds for the whole way.
    pub secs: f32,
    /// Where it stands, 0 to 1.
    pub at: f64,
    /// Whether it moves.
    pub playing: bool,
    /// Pictures a second in the export.
    pub frames_per_sec: u16,
    /// How many times larger than the model's pictures.
    pub scale: u32,
    /// Where to write, as typed.
    pub out_text: String,
    /// Pictures of the keys; what was asked for them.
    pub pictures: Option<Arc<TileSheet>>,
    asked: Option<Vec<Latent>>,
    last_secs: Option<f64>,
}

impl Default for PathState {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            curve: Curve::Spherical,
            ending: Ending::Loop,
            walk: false,
            walk_seed: 1,
            secs: 8.0,
            at: 0.0,
            playing: false,
            frames_per_sec: 25,
            scale: 4,
            out_text: String::new(),
            pictures: None,
            asked: None,
            last_secs: None,
        }
    }
}

impl PathState {
    /// The way that is gone; `None` where keys are missing, or a walk has no normal prior to walk in.
    pub fn journey(&self, explore: &ExploreState) -> Option<Journey> {
        if self.walk {
            let normal = explore.prior == Prior::Normal;
            return normal
                .then(|| Journey::Walk(Walk::new(explore.latent.dims(), 2, self.walk_seed)));
        }
        let keys = self.keys.iter().map(|key| key.0.clone()).collect();
        Journey::through(keys, self.curve, self.ending).ok()
    }

    /// The same for the engine, which draws it into a file.
    pub(super) fn route(&self) -> Route {
        if self.walk {
            return Route::Walk { seed: self.walk_seed, waves: 2 };
        }
        let source = SampleSource::Given(self.keys.clone());
        Route::Keys { source, curve: self.curve, ending: self.ending }
    }

    /// Pictures in the export.
    pub fn frames(&self) -> usize {
        ((self.secs * f32::from(self.frames_per_sec)).round() as usize).max(2)
    }

    /// Moves on while it plays; the new place, if there is one.
    pub(super) fn advance(&mut self, now_secs: f64) -> Option<f64> {
        let last = self.last_secs.replace(now_secs).unwrap_or(now_secs);
        if !self.playing {
            self.last_secs = None;
            return None;
        }
        let at = self.at + (now_secs - last).clamp(0.0, 0.25) / f64::from(self.secs.max(0.1));
        let stops = !self.walk && self.ending == Ending::Stop;
        self.at = if stops { at.min(1.0) } else { at.rem_euclid(1.0) };
        if stops && at >= 1.0 {
            self.playing = false;
        }
        Some(self.at)
    }

    pub(super) fn take_request(&mut self) -> Option<Vec<Latent>> {
        if self.keys.is_empty() {
            (self.pictures, self.asked) = (None, None);
            return None;
        }
        if self.asked.as_ref() == Some(&self.keys) {
            return None;
        }
        self.asked = Some(self.keys.clone());
        self.asked.clone()
    }

    pub(super) fn take_pictures(&mut self, sheet: TileSheet) {
        if self.asked.as_ref() == Some(&sheet.latents) {
            self.pictures = Some(Arc::new(sheet));
        }
    }

    /// The weights changed: the same latents look otherwise.
    pub(super) fn redraw(&mut self) {
        self.asked = None;
    }
}

/// Formula, path and grid.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ComposeState {
    /// Arithmetic with latents.
    pub formula: Formula,
    /// A path through latents.
    pub path: PathState,
    /// Pictures along two directions.
    pub grid: GridState,
    /// The path of a file of latents, as typed.
    pub latents_text: String,
    /// The latents that are being written, and where.
    pub(super) saving: Option<(PathBuf, Vec<Latent>)>,
}

impl ComposeState {
    /// Another latent space: nothing of it fits.
    pub(super) fn clear(&mut self) {
        self.formula = Formula::default();
        self.grid.clear();
        let path = std::mem::take(&mut self.path);
        self.path = PathState {
            keys: Vec::new(),
            playing: false,
            at: 0.0,
            pictures: None,
            asked: None,
            ..path
        };
    }

    /// The weights changed.
    pub(super) fn redraw(&mut self) {
        self.formula.redraw();
        self.path.redraw();
        self.grid.redraw();
    }
}

#[cfg(test)]
mod tests {
    use super::{Formula, PathState};
    use crate::app::ExploreState;
    use crate::protocol::{Ending, Latent};

    fn latent(x: f32, y: f32) -> Latent {
        Latent(vec![x, y])
    }

    #[test]
    fn a_formula_adds_and_takes_away_means() {
        let mut formula = Formula::default();
        assert_eq!(formula.result(), None);
        formula.add(0, latent(2.0, 0.0));
        formula.add(0, latent(4.0, 2.0));
        assert_eq!(formula.mean(0), Some(latent(3.0, 1.0)));
        assert_eq!(formula.result(), Some(latent(3.0, 1.0)), "empty terms count as nothing");
        formula.add(1, latent(1.0, 1.0));
        assert!(formula.is_direction());
        formula.add(2, latent(0.0, 5.0));
        assert!(!formula.is_direction());
        assert_eq!(formula.text(), "A(2) − B(1) + C(1)");
        assert_eq!(formula.result(), Some(latent(2.0, 5.0)));
        assert_eq!(formula.take_request().map(|latents| latents.len()), Some(4));
        assert_eq!(formula.take_request(), None, "it was asked for");
        formula.terms[1].members.clear();
        assert_eq!(formula.picture_of(1), None);
        assert_eq!(formula.picture_of(2), Some(1));
    }

    #[test]
    fn a_path_plays_at_its_speed_and_stops_or_comes_round() {
        let keys = vec![latent(0.0, 1.0), latent(2.0, 0.0)];
        let mut path = PathState { keys, secs: 2.0, playing: true, ..PathState::default() };
        path.ending = Ending::Stop;
        assert_eq!(path.advance(10.0), Some(0.0), "the clock begins");
        let at = path.advance(10.1).expect("it plays");
        assert!((at - 0.05).abs() < 1e-6, "{at}");
        path.at = 0.99;
        assert_eq!(path.advance(10.2), Some(1.0));
        assert!(!path.playing, "it has arrived");
        assert_eq!(path.advance(15.0), None);
        path.ending = Ending::Loop;
        path.playing = true;
        path.at = 0.99;
        path.advance(20.0);
        let at = path.advance(20.1).expect("it plays");
        assert!((at - 0.04).abs() < 1e-6, "{at}");
        let mut explore = ExploreState::default();
        explore.latent = latent(0.0, 0.0);
        assert!(path.journey(&explore).is_some());
        path.keys.pop();
        assert!(path.journey(&explore).is_none(), "one key is no path");
    }
}
