//! Sessions: what the engine has open, written as references to files, and opened from them again.

use std::path::{Path, PathBuf};

use super::saving::{self, latent_space};
use super::worker::Worker;
use crate::protocol::{
    Event, FeatureSource, FileRef, Frame, NoticeLevel, OpenedSession, PhotoOrigin, SaveSession,
    Session, SessionFiles, SessionModel, SessionWork,
};
use crate::storage::{
    MODEL_FILE, SessionPlace, open_session, save_png, save_session, shown, write_atomic,
};

const PHOTO: &str = "photo.png";
const MODEL: &str = "model.safetensors";

impl Worker {
    /// Writes the present session, with what has no file of its own beside it.
    pub(super) fn save_session(&mut self, request: SaveSession) {
        // A run goes on from its folder: what the session refers to there is to be what it shows.
        self.save_run();
        let SaveSession { path, own, .. } = &request;
        let (path, own) = (path.clone(), *own);
        match self.try_save_session(request) {
            Ok(()) => self.outbox.tell(Event::SessionSaved(path, own)),
            Err(text) => {
                self.outbox
                    .notice(NoticeLevel::Error, format!("the session was not saved: {text}"));
            }
        }
    }

    fn try_save_session(&mut self, request: SaveSession) -> Result<(), String> {
        let SaveSession { path, own, mut work, features } = request;
        let place = SessionPlace::of(&path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("{}: {error}", shown(folder)))?;
        }
        let refer = |file: &Path| place.refer(file).map_err(|error| error.to_string());
        let features = features.map(|file| refer(&file)).transpose()?;
        work.inversion.features = FeatureSource::default();
        let (model, generator) = self.session_model(&place)?;
        let photo = self.session_photo(&place)?;
        let shown = SessionFiles { model, generator, photo, features, ..SessionFiles::default() };
        let files = self.session_identity(shown, &place, own)?;
        save_session(&path, &Session { files, work }).map_err(|error| error.to_string())
    }

    fn session_model(&self, place: &SessionPlace) -> Result<(SessionModel, String), String> {
        let (model, _) =
            self.base_model().ok_or("no model is open: open one or train one first")?;
        let generator = latent_space(model)?.generator;
        let open = self.session.model.as_ref();
        let run = self.run.as_ref().map(|run| run.folder.path().to_owned());
        let path = run.or_else(|| open.and_then(|open| open.path.clone()));
        if path.is_none() && open.is_some_and(|open| open.summary().is_built_in()) {
            return Ok((SessionModel::BuiltIn, generator));
        }
        let file = path.map(|path| if path.is_dir() { path.join(MODEL_FILE) } else { path });
        let file = match file.filter(|file| file.is_file()) {
            Some(file) if place.is_anothers(&file, MODEL) => copied(&file, place.beside(MODEL))?,
            Some(file) => file,
            // Never saved, or its file is gone since.
            None => {
                let file = place.beside(MODEL);
                let open = open.ok_or("no model is open: open one or train one first")?;
                saving::save_model(open, &file)?;
                file
            }
        };
        let refer = place.refer(&file).map_err(|error| error.to_string())?;
        Ok((SessionModel::File(refer), generator))
    }

    fn session_photo(&self, place: &SessionPlace) -> Result<Option<FileRef>, String> {
        let Some((origin, original)) = self.photo_desk.original() else { return Ok(None) };
        let file = match origin {
            PhotoOrigin::File(path) if !path.is_file() => written(place, PHOTO, original)?,
            PhotoOrigin::File(path) if place.is_anothers(path, PHOTO) => {
                copied(path, place.beside(PHOTO))?
            }
            PhotoOrigin::File(path) => path.clone(),
            PhotoOrigin::Clipboard | PhotoOrigin::Data(..) => written(place, PHOTO, original)?,
        };
        place.refer(&file).map(Some).map_err(|error| error.to_string())
    }

    /// Opens a session; what it refers to and is missing is told, the rest is opened.
    pub(super) fn open_session(&mut self, path: &Path, own: bool) {
        if self.run_in_the_way("opening a session") {
            return;
        }
        match open_session(path) {
            Ok(session) => self.take_session(path, session, own),
            Err(error) => self.refuse(error.to_string()),
        }
    }

    fn take_session(&mut self, path: &Path, session: Session, own: bool) {
        let place = SessionPlace::of(path);
        let Session { files, work } = session;
        let mut remarks = Vec::new();
        self.drop_identity("a session was opened");
        let fits = self.open_session_model(&place, &files, &work, &mut remarks);
        let mut find = |wanted: &Option<FileRef>, what: &str| {
            found(&place, wanted.as_ref()?, what, &mut remarks)
        };
        let photo = find(&files.photo, "the photo");
        let features = find(&files.features, "the model whose features are compared,");
        if fits {
            self.open_session_identity(&place, &files, own, &mut remarks);
        }
        if let Some(photo) = &photo {
            self.open_photo(photo.clone());
        }
        let path = path.to_owned();
        let opened = OpenedSession { path, work, fits, photo, features, remarks };
        self.outbox.tell(Event::SessionOpened(Box::new(opened)));
    }

    /// Whether the session's latents belong to the model that is open then.
    fn open_session_model(
        &mut self,
        place: &SessionPlace,
        files: &SessionFiles,
        work: &SessionWork,
        remarks: &mut Vec<String>,
    ) -> bool {
        match &files.model {
            SessionModel::BuiltIn => self.open_built_in(),
            SessionModel::File(wanted) => {
                if let Some(path) = found(place, wanted, "the model", remarks) {
                    self.open_model(&path);
                }
            }
        }
        if self.session.model.is_none() {
            self.open_built_in();
        }
        let space = self.session.model.as_ref().and_then(|open| latent_space(&open.model).ok());
        let Some(space) = space.filter(|space| work.fits(space.dims)) else {
            remarks.push("Its latents do not fit the model that is open and were left out.".into());
            return false;
        };
        let same = space.generator == files.generator;
        if !same && matches!(files.model, SessionModel::BuiltIn) {
            let text = "The built-in model is another one than when the session was saved: its pictures differ.";
            remarks.push(text.into());
            return true;
        }
        let changed = remarks.iter().any(|remark| remark.ends_with(CHANGED));
        if !same && !changed {
            let text = "Its latents belong to the model that is missing and were left out.";
            remarks.push(text.into());
            return false;
        }
        true
    }
}

const CHANGED: &str = "has changed since the session was saved: what is shown may differ.";

/// Where a file is now; what is wrong with it becomes a remark.
pub(super) fn found(
    place: &SessionPlace,
    wanted: &FileRef,
    what: &str,
    remarks: &mut Vec<String>,
) -> Option<PathBuf> {
    match place.find(wanted) {
        Ok(found) => {
            if found.changed {
                remarks.push(format!("{} ({what}) {CHANGED}", shown(&found.path)));
            }
            Some(found.path)
        }
        Err(text) => {
            remarks.push(format!(
                "{text} ({what}): put it back there or beside the session, and open it again."
            ));
            None
        }
    }
}

/// A copy of what another session keeps.
fn copied(from: &Path, to: PathBuf) -> Result<PathBuf, String> {
    let bytes = std::fs::read(from).map_err(|error| format!("{}: {error}", shown(from)))?;
    write_atomic(&to, |out| out.write_all(&bytes)).map_err(|error| error.to_string())?;
    Ok(to)
}

/// Writes a picture beside a session; where.
pub(super) fn written(
    place: &SessionPlace,
    ending: &str,
    picture: &Frame,
) -> Result<PathBuf, String> {
    let file = place.beside(ending);
    save_png(&file, picture).map_err(|error| error.to_string())?;
    Ok(file)
}
