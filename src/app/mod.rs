//! The window's side of the program: its state, and the glue to eframe and to the engine.

pub mod action;
mod apply_action;
mod apply_attributes;
mod apply_compose;
mod apply_edit;
mod apply_event;
mod apply_judging;
mod apply_latents;
mod apply_map;
mod apply_states;
#[cfg(test)]
mod apply_tests;
mod apply_training;
mod attribute_free;
mod attribute_names;
mod attribute_search;
mod attribute_strip;
pub mod attributes;
pub mod attributes_kept;
mod carried;
pub mod clipboard;
pub mod compose;
pub mod dialogs;
pub mod edit;
mod edit_history;
pub mod edit_kept;
mod edit_paint;
mod edit_picture;
#[cfg(test)]
mod edit_tests;
pub mod examples;
pub mod explore;
mod export;
mod fonts;
pub mod grid;
pub mod history;
pub mod identity;
mod interrupted;
mod kept_file;
pub mod labels;
pub mod logging;
pub mod many;
pub mod many_job;
pub mod map;
mod memory;
pub mod messages;
pub mod open_run;
mod pace;
pub mod photo;
#[cfg(test)]
mod photo_tests;
pub mod preferences;
pub mod race;
pub mod random;
mod replacing;
mod scale;
pub mod sessions;
mod sessions_kept;
mod shell;
pub mod state;
pub mod states;
pub mod textures;
mod window;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::protocol::DatasetSource;

pub use action::{Action, Actions, ComposeAction, Effect};
pub use attributes::{Attribute, AttributesState};
pub use edit::{EditAction, EditFile, EditFrom, EditShow, EditState, EditTool};
pub use examples::{Examples, Marking};
pub use explore::{DimOrder, ExploreState};
pub use history::{LossHistory, Series};
pub use identity::{IdentityAction, IdentityState, PivotSource};
pub use interrupted::UnderWay;
pub use labels::LabelKind;
pub use many::{ManyAction, ManyState};
pub use map::MapState;
pub use memory::Oversized;
pub use open_run::OpenRun;
pub use photo::{PhotoAction, PhotoState};
pub use preferences::{Preferences, ThemeChoice};
pub use race::{RaceAction, RaceState};
pub use replacing::{Replacing, with_extension};
pub use sessions::{SessionAction, SessionState};
pub use shell::{App, AppOptions, EngineFactory};
pub use state::{AppState, EngineStatus, RunPhase};
pub use states::{Made, StateTree, Visited};
pub use window::{Renderer, WindowError, WindowOptions, run};

/// The time, in seconds since 1970.
pub fn unix_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A path as shown to the person: the home folder as `~`, control characters escaped.
pub fn display_path(path: &Path) -> String {
    let home = directories::UserDirs::new().map(|dirs| dirs.home_dir().to_path_buf());
    let shown =
        home.and_then(|home| path.strip_prefix(&home).ok().map(|rest| Path::new("~").join(rest)));
    escape(&shown.as_deref().unwrap_or(path).display().to_string())
}

/// A path as a person types it, the inverse of [`display_path`]: `~` and `~/…` begin at the home folder,
/// as no shell is there to say so.
pub fn typed_path(text: &str) -> PathBuf {
    let text = text.trim();
    let rest = text
        .strip_prefix('~')
        .filter(|rest| rest.is_empty() || rest.starts_with(std::path::is_separator));
    match (rest, directories::UserDirs::new()) {
        (Some(rest), Some(dirs)) => {
            dirs.home_dir().join(rest.trim_start_matches(std::path::is_separator))
        }
        _ => PathBuf::from(text),
    }
}

/// A data set as a person types it: `portraits`, or a [`typed_path`].
pub fn typed_source(text: &str) -> DatasetSource {
    match DatasetSource::from_argument(text.trim()) {
        DatasetSource::Path(_) => DatasetSource::Path(typed_path(text)),
        DatasetSource::Portraits => DatasetSource::Portraits,
    }
}

/// Text from a file, made safe to show: control characters escaped, except line breaks.
pub fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if c.is_control() && c != '\n' || is_bidi_control(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
        out
    })
}

/// Characters that reorder the text around them.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_typed() {
        let home = directories::UserDirs::new().expect("a home").home_dir().to_path_buf();
        for path in [home.clone(), home.join("runs/a b"), "/elsewhere/~/x".into(), "~x".into()] {
            assert_eq!(typed_path(&display_path(&path)), path);
        }
        assert_eq!(typed_path(" ~ "), home);
        assert_eq!(typed_source("~/faces"), DatasetSource::Path(home.join("faces")));
        assert_eq!(typed_source(" portraits "), DatasetSource::Portraits);
    }
}
