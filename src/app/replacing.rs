//! Files that would be replaced: the person is asked first.
//!
//! One place for all that is saved under a typed path. What a file dialog answered was asked there already.

use std::path::{Path, PathBuf};

use super::action::{Action, ComposeAction};
use super::edit::EditAction;
use super::identity::IdentityAction;
use super::sessions::SessionAction;
use super::state::{AppState, OpenWindows};
use crate::protocol::{is_session, session_path};

/// What waits for the person's word, because a file is there already.
#[derive(Debug, Clone, PartialEq)]
pub struct Replacing {
    /// The file that would be replaced.
    pub path: PathBuf,
    /// What would replace it.
    action: Box<Action>,
}

impl AppState {
    /// Holds back what would replace a file, and asks; anything else goes on.
    pub(super) fn ask_before_replacing(&mut self, action: Action) -> Option<Action> {
        match action {
            Action::ReplaceFile(replace) => {
                let held = self.windows.replacing.take()?;
                replace.then_some(*held.action)
            }
            action => match written_by(&action).filter(|path| path.exists() && !path.is_dir()) {
                Some(path) => {
                    let replacing = Some(Replacing { path, action: Box::new(action) });
                    self.windows = OpenWindows { replacing, ..OpenWindows::default() };
                    None
                }
                None => Some(action),
            },
        }
    }
}

/// The file that an action writes under a typed path.
fn written_by(action: &Action) -> Option<PathBuf> {
    match action {
        Action::SaveModel(path) | Action::SaveDirections(path) => {
            Some(with_extension(path.clone()))
        }
        Action::Session(SessionAction::Save(path)) => Some(session_path(path.clone())),
        Action::Identity(IdentityAction::Save(path)) => Some(with_extension(path.clone())),
        Action::Edit(EditAction::Export(file, path)) => Some(file.path(path.clone())),
        Action::Compose(ComposeAction::SaveLatents(path, _)) => Some(latents_file(path.clone())),
        Action::Compose(ComposeAction::Export(path)) => Some(path.clone()),
        Action::Compose(ComposeAction::ExportGrid(path)) => Some(with_ending(path.clone(), "png")),
        _ => None,
    }
}

/// Whether a dialog that was answered with this path asked about the very file that is written.
pub(super) fn was_asked_about(path: &Path) -> bool {
    is_session(path) || with_extension(path.to_owned()) == path
}

/// The name under which a model, latents or directions are really written: with the format's ending.
pub fn with_extension(path: PathBuf) -> PathBuf {
    with_ending(path, "safetensors")
}

/// A path with this ending, added where it has another one or none.
pub(super) fn with_ending(path: PathBuf, ending: &str) -> PathBuf {
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending)) {
        return path;
    }
    let mut name = path.into_os_string();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Where latents of a typed name are written: a mere name is a file among the person's documents, whatever
/// folder the program was started in; where there are none, among the runs.
pub(super) fn latents_file(path: PathBuf) -> PathBuf {
    let path = with_extension(path);
    match crate::paths::documents_folder().or_else(crate::paths::runs_folder) {
        Some(folder) if path.components().count() == 1 => folder.join(path),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, AppState, ComposeAction};
    use crate::protocol::Command;

    #[test]
    fn a_file_is_replaced_only_with_the_persons_word() {
        let folder = tempfile::tempdir().expect("a folder");
        let typed = folder.path().join("mine");
        let file = folder.path().join("mine.safetensors");
        std::fs::write(&file, "old").expect("written");
        let mut state = AppState::default();
        state.apply_action(Action::SaveModel(typed.clone()));
        assert!(state.outbox.is_empty());
        assert_eq!(state.windows.replacing.as_ref().map(|held| &held.path), Some(&file));
        state.apply_action(Action::ReplaceFile(false));
        assert!(state.outbox.is_empty() && !state.windows.any());

        state.apply_action(Action::SaveModel(typed));
        state.apply_action(Action::ReplaceFile(true));
        assert!(matches!(state.outbox.back(), Some(Command::SaveModel(path)) if *path == file));
        assert!(!state.windows.any());
    }

    #[test]
    fn every_typed_path_is_asked_about_and_a_new_name_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let there = folder.path().join("a.safetensors");
        let film = folder.path().join("a.gif");
        std::fs::write(&there, "old").expect("written");
        std::fs::write(&film, "old").expect("written");
        let asks = |action| {
            let mut state = AppState::default();
            state.apply_action(action);
            state.windows.replacing.is_some()
        };
        assert!(asks(Action::SaveDirections(there.clone())));
        assert!(asks(Action::Compose(ComposeAction::SaveLatents(there, Vec::new()))));
        assert!(asks(Action::Compose(ComposeAction::Export(film))));
        assert!(!asks(Action::Compose(ComposeAction::Export(folder.path().into()))), "a folder");
        assert!(!asks(Action::SaveModel(folder.path().join("b"))));
    }
}
