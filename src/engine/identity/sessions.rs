//! The tuned copy and the kept photo in sessions, and tuned copies that nobody saved.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::desk::{KeptPhoto, frame_of};
use super::tuner::Made;
use crate::engine::saving::latent_space;
use crate::engine::session_files::{found, written};
use crate::engine::worker::Worker;
use crate::protocol::{NoticeLevel, Pivot, SessionFiles, SessionPivot};
use crate::storage::{Delta, SessionPlace, open_png, shown};

const DELTA: &str = "delta.safetensors";
const KEPT: &str = "kept.png";
/// The folder beside the runs in which tuned copies are kept that were not saved.
const UNSAVED: &str = "tuned-copies";

impl Worker {
    /// Writes tuned copy and kept photo beside a session, and what is to be said of them.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(in crate::engine) fn session_identity(
        &mut self,
        mut files: SessionFiles,
        place: &SessionPlace,
        own: bool,
    ) -> Result<SessionFiles, String> {
        let refer = |path: &Path| place.refer(path).map_err(|error| error.to_string());
        let base = self.base_model().map(|(model, _)| model.clone());
        let desk = &mut self.identity;
        (files.tuned_on, files.change_on) = (desk.tuned_on, desk.change_on);
        if let Some((delta, space)) = desk.delta() {
            let path = place.beside(DELTA);
            delta.save(&path, space).map_err(|error| error.to_string())?;
            files.delta = Some(refer(&path)?);
            if let Some(tuned) = &mut desk.tuned {
                tuned.in_session = true;
                if !own {
                    tuned.file = Some(path);
                }
            }
        }
        if let (Some(photo), Some(base)) = (&desk.photo, &base) {
            let path = written(place, KEPT, &frame_of(base, &photo.values)?)?;
            let latent = photo.latent.clone();
            files.kept = Some(SessionPivot { picture: refer(&path)?, latent });
        }
        if files.delta.is_some() && !own {
            self.tell_identity();
        }
        Ok(files)
    }

    /// Takes up tuned copy and kept photo of a session whose model is open.
    pub(in crate::engine) fn open_session_identity(
        &mut self,
        place: &SessionPlace,
        files: &SessionFiles,
        own: bool,
        remarks: &mut Vec<String>,
    ) {
        if let Some(wanted) = &files.delta
            && let Some(path) = found(place, wanted, "the tuned copy", remarks)
            && let Err(text) = self.take_session_delta(&path, own)
        {
            remarks.push(format!("The tuned copy was left out: {text}."));
        }
        if let Some(kept) = &files.kept
            && let Some(path) = found(place, &kept.picture, "the kept photo", remarks)
            && let Err(text) = self.take_session_photo(&path, kept)
        {
            remarks.push(format!("The kept photo was left out: {text}."));
        }
        self.set_tuned(files.tuned_on);
        self.identity.change_on = files.change_on && self.identity.photo.is_some();
        self.tell_identity();
    }

    fn take_session_delta(&mut self, path: &Path, own: bool) -> Result<(), String> {
        let base = self.base_model().ok_or("no model is open")?.0.clone();
        let (channels, size) = (base.spec.channels as usize, base.spec.image_size as usize);
        let space = latent_space(&base)?;
        let delta = Delta::open(path, &space, [channels, size, size]);
        let made = Made::of(&base, delta.map_err(|error| error.to_string())?)?;
        // The program's own sessions are replaced by later ones: what is kept there alone is not saved yet.
        self.take_made(&base, made, Some(path.to_owned()).filter(|_| !own))
    }

    fn take_session_photo(&mut self, path: &Path, kept: &SessionPivot) -> Result<(), String> {
        let picture = open_png(path).map_err(|error| error.to_string())?;
        let pivot = Pivot { latent: kept.latent.clone(), picture, photo: None };
        let (model, _) = self.base_model().ok_or("no model is open")?;
        self.identity.photo = Some(KeptPhoto::new(model, &pivot)?);
        Ok(())
    }

    /// Before a tuned copy goes: one that is in no file is written among the program's own, which is told.
    pub(in crate::engine) fn keep_unsaved_copy(&mut self) {
        let unsaved = self.identity.tuned.as_ref().filter(|tuned| tuned.file.is_none());
        let Some(tuned) = unsaved else { return };
        let path = self.place_for_copy(tuned.made.delta.about.photo.as_ref().map(|p| &*p.path));
        let kept = path.and_then(|path| {
            let delta = &tuned.made.delta;
            delta.save(&path, &tuned.base).map_err(|error| error.to_string())?;
            Ok(path)
        });
        match kept {
            Ok(path) => {
                let text = format!(
                    "the tuned copy was not saved, so it is kept as {}: open it under Keep identity to go back \
                     to it",
                    shown(&path)
                );
                self.outbox.notice(NoticeLevel::Warning, text);
            }
            Err(text) => {
                let text =
                    format!("the tuned copy, which was not saved, could not be kept: {text}");
                self.outbox.notice(NoticeLevel::Error, text);
            }
        }
    }

    /// The last act: a tuned copy that no file and no session holds is kept.
    pub(in crate::engine) fn keep_copy_at_end(&mut self) {
        if self.identity.tuned.as_ref().is_some_and(|tuned| !tuned.in_session) {
            self.keep_unsaved_copy();
        }
    }

    /// A free name in the folder of such copies: the photo's, and when.
    fn place_for_copy(&self, photo: Option<&Path>) -> Result<PathBuf, String> {
        let folder = self.runs_dir.with_file_name(UNSAVED);
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", shown(&folder)))?;
        let stem = photo.and_then(Path::file_stem).map(|stem| stem.to_string_lossy().into_owned());
        let stem = stem.unwrap_or_else(|| "photo".to_owned());
        let secs = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let name = |n: u32| match n {
            0 => folder.join(format!("{stem}-{secs}.{DELTA}")),
            n => folder.join(format!("{stem}-{secs}-{n}.{DELTA}")),
        };
        (0..).map(name).find(|path| !path.exists()).ok_or_else(|| "no free name".to_owned())
    }
}
