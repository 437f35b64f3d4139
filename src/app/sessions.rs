//! Sessions in the window: what stands there is gathered to be kept, and put back from what was kept.

use std::path::PathBuf;

use super::action::Action;
use super::messages::Offer;
use super::state::AppState;
use super::states::Visited;
use super::typed_path;
use crate::protocol::{
    Command, Event, FeatureSource, NoticeLevel, OpenedSession, SaveSession, SessionAttribute,
    SessionWork, session_path,
};

/// Something asked of sessions.
#[derive(Debug, Clone, PartialEq)]
pub enum SessionAction {
    /// Write the present one there.
    Save(PathBuf),
    /// Open one.
    Open(PathBuf),
    /// Go on with the one that the program kept at its last end.
    GoOn,
    /// Type a session's path.
    SetPath(String),
}

/// What the window knows of sessions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SessionState {
    /// A session's path, as typed.
    pub path_text: String,
    /// The file that was opened or saved last.
    pub file: Option<PathBuf>,
    /// What the program kept at its last end, until something is opened in its place.
    pub last: Option<PathBuf>,
    /// Which of the files is the program's own, and is being opened.
    opening_own: Option<PathBuf>,
}

impl AppState {
    /// Sessions alone; anything else is given back.
    pub(super) fn apply_session(&mut self, action: Action) -> Option<Action> {
        let Action::Session(action) = action else { return Some(action) };
        match action {
            SessionAction::Save(path) => {
                let request = self.session_request(session_path(path), false);
                self.send(Command::SaveSession(Box::new(request)));
            }
            SessionAction::Open(path) => self.send(Command::OpenSession { path, own: false }),
            SessionAction::GoOn => {
                if let Some(path) = self.session.last.clone() {
                    self.session.opening_own = Some(path.clone());
                    self.send(Command::OpenSession { path, own: true });
                }
            }
            SessionAction::SetPath(text) => self.session.path_text = text,
        }
        None
    }

    /// At the start: offers to go on where the program ended last.
    pub(super) fn offer_session(&mut self, last: Option<PathBuf>) {
        let Some(path) = last else { return };
        self.session.last = Some(path);
        let text = "What was open when the program ended last is kept: model, photo, sliders and tuned copy.";
        self.notify(NoticeLevel::Info, text);
        let action = Box::new(Action::Session(SessionAction::GoOn));
        self.offer(Offer { label: "Go on with it", action });
    }

    /// What is asked of the engine to keep what stands in the window.
    pub(super) fn session_request(&self, path: PathBuf, own: bool) -> SaveSession {
        let features = match &self.race.settings.features {
            FeatureSource::Model(path) => Some(path.clone()),
            _ => None,
        };
        SaveSession { path, own, work: self.session_work(), features }
    }

    /// Whether there is something that the program would not have at its next start anyway: its own model's latent
    /// and history it has.
    pub(super) fn is_worth_a_session(&self) -> bool {
        let other = self.model.as_ref().is_some_and(|model| !model.is_built_in());
        let kept = &self.identity.kept;
        self.model.is_some()
            && (other || self.photo.photo.is_some() || kept.tuned.is_some() || kept.has_photo)
    }

    fn session_work(&self) -> SessionWork {
        let attribute = |one: &super::Attribute| SessionAttribute {
            direction: one.direction.clone(),
            steps: one.value,
        };
        let (history, here) =
            self.attributes.space().map_or_else(Default::default, |space| self.states.kept(space));
        SessionWork {
            latent: self.explore.moved(),
            base: self.explore.latent.clone(),
            truncation: self.explore.truncation,
            attributes: self.attributes.in_use().map(attribute).collect(),
            crop: self.photo.photo.as_ref().map(|_| self.photo.crop),
            methods: self.race.methods.clone(),
            inversion: self.race.settings.clone(),
            pivotal: self.identity.settings.clone(),
            history,
            here,
        }
    }

    /// Takes in what the engine tells of sessions; anything else is given back.
    pub(super) fn apply_session_event(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::SessionSaved(path, own) => {
                if !own {
                    let text = format!("The session is saved: {}", super::display_path(&path));
                    self.show_notice(NoticeLevel::Info, text);
                    self.session.file = Some(path);
                }
            }
            Event::SessionOpened(opened) => self.session_opened(*opened),
            other => return Some(other),
        }
        None
    }

    fn session_opened(&mut self, opened: OpenedSession) {
        let OpenedSession { path, work, fits, photo, features, remarks } = opened;
        let own = self.session.opening_own.take_if(|own| *own == path).is_some();
        self.session.last = None;
        self.session.file = Some(path.clone()).filter(|_| !own);
        self.race.methods.clone_from(&work.methods);
        self.race.settings = work.inversion.clone();
        self.race.features_open = false;
        self.identity.settings = work.pivotal.clone();
        match photo {
            Some(photo) => self.photo.begin_with_crop(photo, work.crop),
            None => self.photo.forget_crop(),
        }
        if fits {
            self.put_back(&work);
        }
        if let Some(features) = features {
            let path = features.display().to_string();
            self.apply_action(Action::Race(super::RaceAction::TryFeatures(typed_path(&path))));
        }
        let what = if own { "The last session".to_owned() } else { super::display_path(&path) };
        if remarks.is_empty() {
            return self.show_notice(NoticeLevel::Info, format!("{what} is open."));
        }
        let text = format!("{what} is open, but: {}", remarks.join(" "));
        self.notify(NoticeLevel::Warning, text);
    }

    /// History, attributes and sliders, in that order: what is drawn is kept as a child of where one was.
    fn put_back(&mut self, work: &SessionWork) {
        if let Some(space) = self.attributes.space().cloned() {
            self.states.take_kept(&space, &work.history, work.here);
        }
        let ids: Vec<Option<u64>> = work
            .attributes
            .iter()
            .map(|one| self.attributes.add(one.direction.clone(), None))
            .collect();
        let steps = ids.into_iter().zip(&work.attributes);
        let attributes = steps.filter_map(|(id, one)| Some((id?, one.steps))).collect();
        self.explore.truncation = work.truncation;
        let Some(space) = self.attributes.space().cloned() else { return };
        self.load_state(Some(Visited::passing(
            space,
            work.latent.clone(),
            work.base.clone(),
            attributes,
        )));
        self.draw_states();
    }
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
