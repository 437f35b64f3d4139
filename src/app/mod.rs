//! The window's side of the program: its state, and the glue to eframe and to the engine.

pub mod action;
mod apply_action;
mod apply_event;
#[cfg(test)]
mod apply_tests;
mod apply_training;
pub mod dialogs;
pub mod explore;
mod fonts;
pub mod history;
pub mod logging;
pub mod open_run;
mod pace;
pub mod preferences;
pub mod random;
mod shell;
pub mod state;
pub mod textures;
mod window;

pub use action::{Action, Actions, Effect};
pub use explore::{ExploreState, RecentLatent};
pub use history::{LossHistory, Series};
pub use open_run::OpenRun;
pub use preferences::{Preferences, ThemeChoice};
pub use shell::{App, AppOptions, EngineFactory};
pub use state::{AppState, EngineStatus, RunPhase};
pub use window::{Renderer, WindowError, WindowOptions, run};

/// A path as shown to the person: the home folder as `~`, control characters escaped.
pub fn display_path(path: &std::path::Path) -> String {
    let home = directories::UserDirs::new().map(|dirs| dirs.home_dir().to_path_buf());
    let shown = home.and_then(|home| {
        path.strip_prefix(&home).ok().map(|rest| std::path::Path::new("~").join(rest))
    });
    escape(&shown.as_deref().unwrap_or(path).display().to_string())
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
