//! Directions and latents to files and back.

use std::path::{Path, PathBuf};

use super::jobs::latents_of;
use super::saving::latent_space;
use super::worker::Worker;
use crate::protocol::{Direction, Event, Latent, NoticeLevel, SampleSource};
use crate::storage::{
    Container, Entry, Limits, NamedArray, Tensors, open_directions, save_directions, save_tensors,
};

/// Rows of a file of latents that are opened, at most: each becomes a picture of the history.
const OPENED_LIMIT: usize = 128;
const NO_MODEL: &str = "no model is open: open the one these directions were found with";

impl Worker {
    pub(super) fn save_directions(&mut self, path: &Path, directions: &[Direction]) {
        let Some((model, _)) = self.base_model() else {
            return self.outbox.notice(NoticeLevel::Error, NO_MODEL);
        };
        let written = latent_space(model).and_then(|space| {
            save_directions(path, directions, &space).map_err(|error| error.to_string())
        });
        match written {
            Ok(()) => self.outbox.tell(Event::FileWritten(path.to_owned())),
            Err(text) => self.outbox.notice(NoticeLevel::Error, text),
        }
    }

    pub(super) fn save_latents(&mut self, path: &Path, latents: &[Latent]) {
        let dims = latents.first().map_or(0, Latent::dims);
        let values = latents.iter().flat_map(|latent| latent.0.iter().copied()).collect();
        let written = NamedArray::new("z", vec![latents.len(), dims], values).and_then(|array| {
            let mut tensors = Tensors::new();
            tensors.insert(array);
            make_runs_folder(path);
            save_tensors(path, &tensors, "latents")
        });
        match written {
            Ok(()) => self.outbox.tell(Event::FileWritten(path.to_owned())),
            Err(error) => self.outbox.notice(NoticeLevel::Error, error.to_string()),
        }
    }

    pub(super) fn open_latents(&mut self, path: PathBuf) {
        let Some((model, _)) = self.base_model() else {
            let text = "no model is open: open the one these latents belong to";
            return self.outbox.notice(NoticeLevel::Error, text);
        };
        match latents_of(&SampleSource::File(path.clone()), model) {
            Ok(mut latents) => {
                let count = latents.len();
                latents.truncate(OPENED_LIMIT);
                self.outbox.tell(Event::LatentsOpened { path, latents, count });
            }
            Err(text) => self.outbox.notice(NoticeLevel::Error, text),
        }
    }

    pub(super) fn open_directions(&mut self, path: PathBuf) {
        let Some((model, _)) = self.base_model() else {
            return self.outbox.notice(NoticeLevel::Error, NO_MODEL);
        };
        let read = latent_space(model)
            .and_then(|space| open_directions(&path, &space).map_err(|error| error.to_string()));
        match read {
            Ok(directions) => self.outbox.tell(Event::DirectionsOpened(path, directions)),
            Err(text) => self.outbox.notice(NoticeLevel::Error, text),
        }
    }
}

/// Whether a file holds latents, as a tensor `z`; what is wrong with another one is told where it is opened.
pub(super) fn holds_latents(path: &Path) -> bool {
    let is_z = |entry: &Entry| entry.name == "z";
    path.is_file()
        && Container::open(path, Limits::STATED).is_ok_and(|file| file.entries().iter().any(is_z))
}

/// The folder of runs is ours, and made when something is first put there; any other must exist. Where it
/// cannot be made, writing into it says why.
fn make_runs_folder(path: &Path) {
    let runs = crate::paths::runs_folder();
    if let Some(folder) = path.parent().filter(|folder| runs.as_deref() == Some(*folder)) {
        let _ = std::fs::create_dir_all(folder);
    }
}
