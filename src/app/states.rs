//! The history of what was looked at: a tree of states, each with its picture, to go back and forth in.

use serde::{Deserialize, Serialize};

use super::attributes::LatentSpace;
pub use crate::protocol::Made;
use crate::protocol::{Frame, Latent, SessionState};

/// States kept; past it the oldest leaf that is neither starred nor named is forgotten.
pub const STATES_LIMIT: usize = 400;
/// The version of the kept file's format.
pub(super) const VERSION: u32 = 1;

/// A state worth returning to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Visited {
    /// Its own number; later ones are higher.
    pub id: u64,
    /// The state it was made from.
    pub parent: Option<u64>,
    /// What the person called it.
    #[serde(default)]
    pub name: Option<String>,
    /// Marked as dear: never forgotten by itself.
    #[serde(default)]
    pub starred: bool,
    /// How it was made.
    #[serde(default)]
    pub made: Made,
    /// When, in seconds since 1970; 0 where an older program kept it.
    #[serde(default)]
    pub at_unix_secs: u64,
    /// The latent space it belongs to.
    pub space: LatentSpace,
    /// The latent as it was drawn, with all attributes, before truncation.
    pub latent: Latent,
    /// The latent on the dimensions' sliders alone.
    pub base: Latent,
    /// Where the attributes' sliders stood that were not at zero; numbers are of this session.
    #[serde(skip)]
    pub attributes: Vec<(u64, f32)>,
    /// Its picture; drawn again after a start.
    #[serde(skip)]
    pub frame: Option<Frame>,
}

/// What has just been drawn and is to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The latent as it was drawn.
    pub latent: Latent,
    /// The latent on the dimensions' sliders alone.
    pub base: Latent,
    /// Where the attributes' sliders stood.
    pub attributes: Vec<(u64, f32)>,
    /// The picture.
    pub frame: Frame,
    /// How it was made.
    pub made: Made,
}

/// All states, in the order they were made, and where one is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StateTree {
    version: u32,
    nodes: Vec<Visited>,
    current: Option<u64>,
    last_id: u64,
    /// The states that redo leads to, the next one last; emptied by a new state.
    #[serde(skip)]
    ahead: Vec<u64>,
    /// Something changed that is to be kept.
    #[serde(skip)]
    changed: bool,
}

impl StateTree {
    /// All states, oldest first.
    pub fn nodes(&self) -> &[Visited] {
        &self.nodes
    }

    /// The states of a latent space, oldest first.
    pub fn of<'a>(
        &'a self,
        space: &'a LatentSpace,
    ) -> impl DoubleEndedIterator<Item = &'a Visited> {
        self.nodes.iter().filter(move |node| node.space == *space)
    }

    /// Where one is.
    pub fn current(&self) -> Option<u64> {
        self.current
    }

    /// The state with this number.
    pub fn get(&self, id: u64) -> Option<&Visited> {
        self.nodes.iter().find(|node| node.id == id)
    }

    fn get_mut(&mut self, id: u64) -> Option<&mut Visited> {
        self.nodes.iter_mut().find(|node| node.id == id)
    }

    /// Adds what was drawn as a child of where one is. The same latent again is no new state: one is
    /// there then.
    pub(super) fn visit(&mut self, space: &LatentSpace, kept: Kept, at_unix_secs: u64) {
        let known = self.of(space).find(|node| node.latent == kept.latent).map(|node| node.id);
        if let Some(id) = known {
            if let Some(node) = self.get_mut(id) {
                node.frame = Some(kept.frame);
                (node.base, node.attributes) = (kept.base, kept.attributes);
            }
            return self.stand_at(id);
        }
        let here = self.current.and_then(|id| self.get(id));
        let parent = here.filter(|node| node.space == *space).map(|node| node.id);
        self.last_id += 1;
        let Kept { latent, base, attributes, frame, made } = kept;
        self.nodes.push(Visited {
            id: self.last_id,
            parent,
            name: None,
            starred: false,
            made,
            at_unix_secs,
            space: space.clone(),
            latent,
            base,
            attributes,
            frame: Some(frame),
        });
        self.current = Some(self.last_id);
        self.ahead.clear();
        self.changed = true;
        self.forget_oldest();
    }

    /// Adds a latent that was not drawn here, as the beginning of a branch, unless it is there; the number
    /// of its state. One stays where one is.
    pub(super) fn remember(
        &mut self,
        space: &LatentSpace,
        latent: &Latent,
        name: Option<String>,
        at_unix_secs: u64,
    ) -> u64 {
        let known = self.of(space).find(|node| node.latent == *latent).map(|node| node.id);
        if let Some(id) = known {
            return id;
        }
        self.last_id += 1;
        let id = self.last_id;
        self.nodes.push(Visited {
            id,
            parent: None,
            name,
            starred: false,
            made: Made::Loaded,
            at_unix_secs,
            space: space.clone(),
            latent: latent.clone(),
            base: latent.clone(),
            attributes: Vec::new(),
            frame: None,
        });
        self.changed = true;
        self.forget_oldest();
        id
    }

    /// One is at this state; redo leads no further unless undo led here.
    pub(super) fn stand_at(&mut self, id: u64) {
        if self.current != Some(id) && self.get(id).is_some() {
            self.current = Some(id);
            self.ahead.clear();
            self.changed = true;
        }
    }

    /// The state that this one was made from; one is there then.
    pub(super) fn undo(&mut self) -> Option<&Visited> {
        let here = self.current?;
        let parent = self.get(here)?.parent.filter(|parent| self.get(*parent).is_some())?;
        self.ahead.push(here);
        self.current = Some(parent);
        self.changed = true;
        self.get(parent)
    }

    /// The state that undo came from, or else the newest one made from here; one is there then.
    pub(super) fn redo(&mut self) -> Option<&Visited> {
        let here = self.current?;
        let newest = || self.nodes.iter().rev().find(|node| node.parent == Some(here));
        let next = self.ahead.last().copied().or_else(|| newest().map(|node| node.id))?;
        self.ahead.pop();
        self.current = Some(next);
        self.changed = true;
        self.get(next)
    }

    /// Whether undo and redo lead anywhere.
    pub fn leads(&self) -> (bool, bool) {
        let Some(here) = self.current.and_then(|id| self.get(id)) else { return (false, false) };
        let back = here.parent.is_some_and(|parent| self.get(parent).is_some());
        let forth = self.nodes.iter().any(|node| node.parent == Some(here.id));
        (back, forth)
    }

    pub(super) fn set_starred(&mut self, id: u64, starred: bool) {
        if let Some(node) = self.get_mut(id) {
            node.starred = starred;
            self.changed = true;
        }
    }

    pub(super) fn rename(&mut self, id: u64, name: &str) {
        let name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
        if let Some(node) = self.get_mut(id) {
            node.name = name;
            self.changed = true;
        }
    }

    /// Forgets one state; what was made from it hangs on its parent then.
    pub(super) fn remove(&mut self, id: u64) {
        let Some(place) = self.nodes.iter().position(|node| node.id == id) else { return };
        let parent = self.nodes.remove(place).parent;
        for node in self.nodes.iter_mut().filter(|node| node.parent == Some(id)) {
            node.parent = parent;
        }
        self.ahead.retain(|ahead| *ahead != id);
        if self.current == Some(id) {
            self.current = parent;
        }
        self.changed = true;
    }

    /// Forgets the states of a space that are neither starred nor named.
    pub(super) fn clear(&mut self, space: &LatentSpace) {
        let plain: Vec<u64> = self.of(space).filter(|node| !node.is_dear()).map(|n| n.id).collect();
        plain.into_iter().for_each(|id| self.remove(id));
    }

    fn forget_oldest(&mut self) {
        while self.nodes.len() > STATES_LIMIT {
            let plain = |node: &&Visited| !node.is_dear() && Some(node.id) != self.current;
            let oldest = self.nodes.iter().find(plain).map(|node| node.id);
            let Some(oldest) = oldest else { return };
            self.remove(oldest);
        }
    }

    /// States of this space that have no picture yet, newest first.
    pub(super) fn without_frame(&self, space: &LatentSpace, most: usize) -> Vec<Latent> {
        let bare = self.of(space).rev().filter(|node| node.frame.is_none());
        bare.take(most).map(|node| node.latent.clone()).collect()
    }

    /// Gives the states with this latent their picture.
    pub(super) fn set_frame(&mut self, space: &LatentSpace, latent: &Latent, frame: &Frame) {
        let same = |node: &&mut Visited| node.space == *space && node.latent == *latent;
        if let Some(node) = self.nodes.iter_mut().find(same) {
            node.frame = Some(frame.clone());
        }
    }

    /// The states of a space as a session keeps them, and the place of the one where one is.
    pub(super) fn kept(&self, space: &LatentSpace) -> (Vec<SessionState>, Option<usize>) {
        let nodes: Vec<&Visited> = self.of(space).collect();
        let place = |id: u64| nodes.iter().position(|node| node.id == id);
        let kept = nodes.iter().map(|node| SessionState {
            parent: node.parent.and_then(place),
            name: node.name.clone(),
            starred: node.starred,
            made: node.made,
            at_unix_secs: node.at_unix_secs,
            latent: node.latent.clone(),
            base: node.base.clone(),
        });
        (kept.collect(), self.current.and_then(place))
    }

    /// Adds a session's states; one whose latent is known is no second one, but gets the name it lacks.
    pub(super) fn take_kept(
        &mut self,
        space: &LatentSpace,
        kept: &[SessionState],
        here: Option<usize>,
    ) {
        let mut ids: Vec<u64> = Vec::with_capacity(kept.len());
        for state in kept {
            let known = self.of(space).find(|node| node.latent == state.latent).map(|node| node.id);
            let id = known.unwrap_or_else(|| {
                self.last_id += 1;
                let parent = state.parent.and_then(|place| ids.get(place)).copied();
                let passing = Visited::passing(
                    space.clone(),
                    state.latent.clone(),
                    state.base.clone(),
                    Vec::new(),
                );
                let (made, at_unix_secs) = (state.made, state.at_unix_secs);
                self.nodes.push(Visited {
                    id: self.last_id,
                    parent,
                    made,
                    at_unix_secs,
                    ..passing
                });
                self.last_id
            });
            if let Some(node) = self.get_mut(id) {
                node.starred |= state.starred;
                node.name = node.name.take().or_else(|| state.name.clone());
            }
            ids.push(id);
            self.changed = true;
        }
        if let Some(id) = here.and_then(|place| ids.get(place)) {
            self.stand_at(*id);
        }
        self.forget_oldest();
    }

    /// Whether something changed since the last call.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// As it is kept between starts.
    pub(super) fn versioned(&self) -> Self {
        Self { version: VERSION, ..self.clone() }
    }
}

impl Visited {
    /// A latent with its sliders that is in no history.
    pub(super) fn passing(
        space: LatentSpace,
        latent: Latent,
        base: Latent,
        attributes: Vec<(u64, f32)>,
    ) -> Self {
        Self {
            id: 0,
            parent: None,
            name: None,
            starred: false,
            made: Made::default(),
            at_unix_secs: 0,
            space,
            latent,
            base,
            attributes,
            frame: None,
        }
    }

    /// Whether the person marked it as worth keeping.
    pub fn is_dear(&self) -> bool {
        self.starred || self.name.is_some()
    }
}

#[cfg(test)]
#[path = "states_tests.rs"]
mod tests;
