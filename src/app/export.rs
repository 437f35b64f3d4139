//! The picture and the latent one looks at, as files.

use std::path::PathBuf;

use super::action::{Action, ComposeAction};
use super::apply_action::file_stem;
use super::dialogs::DialogKind;
use super::replacing::{latents_file, with_ending};
use super::state::AppState;
use crate::protocol::{Command, Latent, SampleJob, SampleSource};

impl AppState {
    /// A file name of the model's and the state's names, unlike that of any other state.
    pub(super) fn suggested_name(&self, ending: &str) -> String {
        let model = self.model.as_ref().map_or_else(String::new, |model| file_stem(&model.name));
        let here = self.states.current().unwrap_or_default();
        let name = self.states.get(here).and_then(|node| node.name.as_deref()).map(file_stem);
        format!("{model}-{}.{ending}", name.unwrap_or_else(|| here.to_string()))
    }

    /// Writes the large picture as it is drawn: with all attributes, and truncated.
    pub(super) fn save_picture(&mut self, path: PathBuf) {
        let (moved, truncation) = (self.explore.moved(), self.explore.truncation);
        let latent = Latent(moved.0.iter().map(|value| value * truncation).collect());
        let out = with_ending(path, "png");
        self.send(if self.shows_change() {
            Command::SavePicture(out, latent)
        } else {
            Command::SampleToFile(SampleJob { source: SampleSource::Given(vec![latent]), out })
        });
    }

    /// What is written to a file that was chosen for the picture or the latent.
    pub(super) fn save_action(&self, kind: &DialogKind, path: PathBuf) -> Option<Action> {
        match kind {
            DialogKind::SavePicture(_) => Some(Action::SavePicture(path)),
            DialogKind::SaveLatent(_) => {
                let latents = vec![self.explore.moved()];
                Some(Action::Compose(ComposeAction::SaveLatents(path, latents)))
            }
            DialogKind::SaveResult(_) => {
                let latents = vec![self.compose.formula.result()?];
                Some(Action::Compose(ComposeAction::SaveLatents(path, latents)))
            }
            _ => None,
        }
    }

    /// Where these are written when no dialog can ask: pictures beside the folder of the runs, latents where
    /// a mere name is put.
    pub(super) fn save_without_dialog(&self, kind: &DialogKind) -> Option<Action> {
        match kind {
            DialogKind::SavePicture(name) => {
                let runs = crate::paths::runs_folder()?;
                self.save_action(kind, runs.parent()?.join(name))
            }
            DialogKind::SaveLatent(name) => self.save_action(kind, latents_file(name.into())),
            _ => None,
        }
    }
}
