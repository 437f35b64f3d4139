//! What is asked of the history of states: going back and forth, names, stars, comparing.

use super::action::Action;
use super::state::AppState;
use super::states::{Made, Visited};
use crate::protocol::{Command, Latent, TilePlace, TileSheet, TilesRequest};

/// Pictures of states drawn again after a start, at most: the newest.
const REDRAWN: usize = 128;

impl AppState {
    /// The history.
    pub(super) fn apply_states(&mut self, action: Action) -> Option<Action> {
        match action {
            Action::LoadState(id) => {
                self.states.stand_at(id);
                let state = self.states.get(id).cloned();
                self.load_state(state);
            }
            Action::Undo => {
                let state = self.states.undo().cloned();
                self.load_state(state);
            }
            Action::Redo => {
                let state = self.states.redo().cloned();
                self.load_state(state);
            }
            Action::StarState(id, starred) => self.states.set_starred(id, starred),
            Action::EditStateName(id, name) => self.states_view.renaming = Some((id, name)),
            Action::EndStateName(take) => {
                if let Some((id, name)) = self.states_view.renaming.take().filter(|_| take) {
                    self.states.rename(id, &name);
                }
            }
            Action::RemoveState(id) => {
                self.states.remove(id);
                if self.states_view.compared == Some(id) {
                    self.states_view.compared = None;
                }
            }
            Action::ClearStates => {
                if let Some(space) = self.attributes.space().cloned() {
                    self.states.clear(&space);
                }
            }
            Action::SetOnlyDear(only) => self.states_view.only_dear = only,
            Action::Compare(id) => self.states_view.compared = id,
            Action::SetWipe(wipe) => self.states_view.wipe = wipe.clamp(0.0, 1.0),
            other => return Some(other),
        }
        None
    }

    /// Takes over a picture's latent, which holds all that the picture was made with: the attributes'
    /// sliders go to zero, or they would be added once more. `false` if it is another model's.
    pub(super) fn load_whole(&mut self, latent: &Latent) -> bool {
        if latent.dims() != self.explore.latent.dims() {
            return false;
        }
        self.compose.path.playing = false;
        self.attributes.zero_all();
        self.explore.load(latent);
        self.attributes_moved();
        true
    }

    pub(super) fn load_state(&mut self, state: Option<Visited>) {
        let Some(state) = state else { return };
        self.compose.path.playing = false;
        let moved = state.attributes.iter().any(|(_, value)| *value != 0.0);
        self.attributes.zero_all();
        let there = moved && self.attributes.restore(&state.attributes);
        // Where an attribute is gone or has changed, the picture still comes back: as a latent alone.
        let shift = self.attributes.shift(state.base.dims());
        let same = state.base.plus(&shift, 1.0) == state.latent;
        let latent = if there && same { state.base } else { state.latent };
        if !(there && same) {
            self.attributes.zero_all();
        }
        if let Made::Random(seed) = state.made {
            // The seed of what is looked at again; fresh ones go on from the last all the same.
            self.explore.seed = seed;
        }
        self.explore.load(&latent);
        self.attributes_moved();
    }

    /// Keeps what has been drawn, if it is worth it.
    pub(super) fn keep_state(&mut self) {
        if let (Some(kept), Some(space)) = (self.explore.take_kept(), self.attributes.space()) {
            self.states.visit(space, kept, super::unix_secs());
        }
    }

    /// Another model is open: the pictures of its states are drawn again where they are missing, and one
    /// whose latents are `fresh` begins where one was, if that is one of its states.
    pub(super) fn states_of_model_opened(&mut self, fresh: bool) {
        self.states_view.compared = None;
        let Some(space) = self.attributes.space().cloned() else { return };
        let here = self.states.current().and_then(|id| self.states.get(id)).cloned();
        if fresh {
            // Seeds go on from the last one: from the first they would give the same pictures again.
            let seed = self.states.of(&space).rev().find_map(|node| match node.made {
                Made::Random(seed) => Some(seed),
                _ => None,
            });
            self.explore.last_seed = seed.unwrap_or(self.explore.last_seed);
            self.load_state(here.filter(|here| here.space == space));
        }
        self.draw_states();
    }

    /// Asks for the pictures that states of the open model lack.
    pub(super) fn draw_states(&mut self) {
        let Some(space) = self.attributes.space().cloned() else { return };
        let latents = self.states.without_frame(&space, REDRAWN);
        if !latents.is_empty() {
            let request = TilesRequest { place: TilePlace::States, id: 0, latents };
            self.send(Command::DrawTiles(request));
        }
    }

    pub(super) fn take_state_pictures(&mut self, sheet: &TileSheet) {
        let Some(space) = self.attributes.space().cloned() else { return };
        for (index, latent) in sheet.latents.iter().enumerate() {
            if let Some(frame) = sheet.tile(index) {
                self.states.set_frame(&space, latent, &frame);
            }
        }
    }
}
