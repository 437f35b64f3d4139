//! Latents as files: where they are written, and what becomes of those that are read.

use std::path::Path;

use super::state::AppState;
use crate::protocol::{Latent, NoticeLevel};

/// Of more rows none gets a name: a named state is never forgotten by itself.
const NAMED_LIMIT: usize = 32;

impl AppState {
    /// Latents that a file holds become states of the history, and the first one the present picture.
    pub(super) fn latents_opened(&mut self, path: &Path, latents: &[Latent], count: usize) {
        let Some(first) = self.remember_latents(path, latents) else {
            let text = "These latents belong to another model, which is no longer open.";
            return self.notify(NoticeLevel::Warning, text);
        };
        self.states.stand_at(first);
        let state = self.states.get(first).cloned();
        self.load_state(state);
        let read = crate::ui::format::counted(latents.len(), "latent", "latents");
        let of =
            if count > latents.len() { format!(", the first of {count},") } else { String::new() };
        let file = super::display_path(path);
        let text = format!("Opened {read}{of} from {file}: see the history.");
        self.show_notice(NoticeLevel::Info, text);
    }

    /// What was written is in the history, too; whether it was latents.
    pub(super) fn latents_written(&mut self, path: &Path) -> bool {
        let Some((_, latents)) = self.compose.saving.take_if(|(saved, _)| saved == path) else {
            return false;
        };
        self.remember_latents(path, &latents);
        true
    }

    /// Adds latents to the history under the file's name; the number of the first one's state.
    fn remember_latents(&mut self, path: &Path, latents: &[Latent]) -> Option<u64> {
        let space = self.attributes.space().cloned()?;
        if latents.iter().any(|latent| latent.dims() != space.dims) {
            return None;
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = |row: usize| match latents.len() {
            1 => Some(stem.clone()),
            2..=NAMED_LIMIT => Some(format!("{stem} {}", row + 1)),
            _ => None,
        };
        let at = super::unix_secs();
        let mut first = None;
        for (row, latent) in latents.iter().enumerate() {
            let id = self.states.remember(&space, latent, name(row), at);
            first.get_or_insert(id);
        }
        self.draw_states();
        first
    }
}

#[cfg(test)]
mod tests {
    use crate::app::attributes::tests::model;
    use crate::app::{Action, AppState, ComposeAction};
    use crate::protocol::{Command, Event, Latent, TilePlace};

    fn latent(x: f32) -> Latent {
        Latent(vec![x, 1.0, 0.0])
    }

    #[test]
    fn what_is_saved_is_in_the_history_and_what_is_opened_as_well() {
        let mut state = AppState::default();
        state.apply_event(Event::ModelReady(Box::new(model("faces"))));
        let sum = latent(3.0);
        let save = ComposeAction::SaveLatents("/there/odd".into(), vec![sum.clone()]);
        state.apply_action(Action::Compose(save));
        let Some(Command::SaveLatents(path, _)) = state.outbox.back().cloned() else {
            panic!("nothing was sent")
        };
        assert_eq!(path.display().to_string(), "/there/odd.safetensors");
        assert!(state.states.nodes().iter().all(|node| node.latent != sum), "not yet written");
        state.outbox.clear();
        state.apply_event(Event::FileWritten(path.clone()));
        let saved = state.states.nodes().last().expect("a state").clone();
        assert_eq!((saved.name.as_deref(), &saved.latent), (Some("odd"), &sum));
        assert!(state.preferences.recent_models.is_empty(), "no model");
        assert!(matches!(&state.outbox[0], Command::DrawTiles(request)
            if request.place == TilePlace::States && request.latents.contains(&sum)));

        let latents = vec![sum.clone(), latent(5.0)];
        state.apply_event(Event::LatentsOpened { path, latents, count: 2 });
        let named: Vec<_> = state.states.nodes().iter().filter_map(|n| n.name.clone()).collect();
        assert_eq!(named, ["odd", "odd 2"], "the first one was there");
        assert_eq!(state.explore.moved(), sum);
        let other = vec![Latent::zeros(9)];
        let states = state.states.nodes().len();
        state.apply_event(Event::LatentsOpened { path: "/z".into(), latents: other, count: 1 });
        assert_eq!(state.states.nodes().len(), states);
    }
}
