//! The chosen attribute's strip: the present picture from −3 to +3 steps, drawn when the hand rests.

use std::sync::Arc;

use super::attributes::{AttributesState, STRIP_STEPS};
use super::explore::ExploreState;
use crate::protocol::{Latent, TileSheet};

/// The strip is drawn when the picture has been left alone for so long: it must not slow a drag down.
const STRIP_DELAY_SECS: f64 = 0.15;

impl AttributesState {
    /// The picture changed: the chosen one's strip is drawn again when it rests.
    pub(super) fn touch(&mut self, now_secs: f64) {
        self.changed_at_secs = now_secs;
    }

    /// The weights changed: the same latents look otherwise.
    pub(super) fn redraw_strip(&mut self) {
        self.strip_asked = None;
    }

    /// Seconds until the strip of the chosen one is to be asked for; `None` if it is as it should be.
    pub fn strip_due_secs(&self, explore: &ExploreState, now_secs: f64) -> Option<f64> {
        let wanted = self.strip_latents(explore)?;
        let rest = (self.changed_at_secs + STRIP_DELAY_SECS - now_secs).max(0.0);
        (self.strip_asked.as_ref() != Some(&wanted)).then_some(rest)
    }

    /// The latents of the strip that is due; it counts as asked for.
    pub(super) fn take_strip_request(
        &mut self,
        explore: &ExploreState,
        now_secs: f64,
    ) -> Option<Vec<Latent>> {
        self.strip_due_secs(explore, now_secs).filter(|secs| *secs <= 0.0)?;
        self.strip_asked = self.strip_latents(explore);
        self.strip_asked.clone()
    }

    /// The strip around the present picture, the other sliders where they stand.
    fn strip_latents(&self, explore: &ExploreState) -> Option<Vec<Latent>> {
        let chosen = self.chosen()?;
        let step = &chosen.direction.step;
        let middle = explore.moved().plus(step, -chosen.value);
        let drawn = |factor: &f32| {
            let moved = middle.plus(step, *factor);
            Latent(moved.0.iter().map(|value| value * explore.truncation).collect())
        };
        Some(STRIP_STEPS.iter().map(drawn).collect())
    }

    /// Takes in a strip, unless another one has been asked for meanwhile.
    pub(super) fn take_strip(&mut self, sheet: TileSheet) {
        if self.strip_asked.as_ref() == Some(&sheet.latents) {
            self.strip = Some(Arc::new(sheet));
        }
    }
}
