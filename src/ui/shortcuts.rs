//! Keys, in one table: what is pressed, what it does, how the help window names it. What has no key is in
//! [`super::commands`].

use eframe::egui::{Context, Event, Id, Key, KeyboardShortcut, Modifiers};

use super::layout::Pane;
use super::train_panel::obstacle;
use crate::app::dialogs::DialogKind;
use crate::app::state::SideTab;
use crate::app::{Action, Actions, AppState, EditAction, EditFrom, RunPhase};
use crate::protocol::SESSION_ENDING;

/// A command: its key, if it has one, and what it does.
pub struct Shortcut {
    /// What is pressed.
    pub keys: Option<KeyboardShortcut>,
    /// What it does, for the help window and the palette.
    pub text: &'static str,
    /// Whether it waits while a text field has the keyboard.
    plain: bool,
    action: fn(&AppState) -> Option<Action>,
}

impl Shortcut {
    /// What it does now; `None` where it cannot be done.
    pub fn action(&self, state: &AppState) -> Option<Action> {
        (self.action)(state)
    }

    /// Its key as it is written; empty where it has none.
    pub fn keys_text(&self, ctx: &Context) -> String {
        // egui writes these two out, as words that stand on no key.
        let as_on_the_key = |text: String| text.replace("Comma", ",").replace("Questionmark", "?");
        self.keys.map_or_else(String::new, |keys| as_on_the_key(ctx.format_shortcut(&keys)))
    }
}

const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

const fn with(
    modifiers: Modifiers,
    key: Key,
    text: &'static str,
    action: fn(&AppState) -> Option<Action>,
) -> Shortcut {
    Shortcut { keys: Some(KeyboardShortcut::new(modifiers, key)), text, plain: false, action }
}

const fn plain(key: Key, text: &'static str, action: fn(&AppState) -> Option<Action>) -> Shortcut {
    Shortcut { keys: Some(KeyboardShortcut::new(Modifiers::NONE, key)), text, plain: true, action }
}

/// A command of the palette alone.
pub const fn named(text: &'static str, action: fn(&AppState) -> Option<Action>) -> Shortcut {
    Shortcut { keys: None, text, plain: false, action }
}

/// Whether something else may be opened now.
pub fn can_open(state: &AppState) -> bool {
    state.engine_is_up() && !state.training.phase.is_active() && !state.dialog_open
}

/// Whether there is a session to save, and a dialog for it.
pub fn can_save_session(state: &AppState) -> bool {
    state.model.is_some() && state.engine_is_up() && !state.dialog_open
}

/// The dialog for where to save the session, by the name it has or the photo's.
pub fn session_dialog(state: &AppState) -> DialogKind {
    let named = state.session.file.as_ref().and_then(|file| file.file_name());
    let named = named.map(|name| name.to_string_lossy().into_owned());
    let photo = state.photo.photo.as_ref().map(|photo| photo.name.clone());
    let stem = photo.and_then(|name| {
        Some(std::path::Path::new(&name).file_stem()?.to_string_lossy().into_owned())
    });
    let fresh = || format!("{}{SESSION_ENDING}", stem.as_deref().unwrap_or("session"));
    DialogKind::SaveSession(named.unwrap_or_else(fresh))
}

/// Whether latents can be moved.
pub fn explores(state: &AppState) -> bool {
    state.explore.latent.dims() > 0
}

/// The commands with a key, in the order of the help window.
pub static SHORTCUTS: [Shortcut; 25] = [
    with(Modifiers::COMMAND, Key::O, "Open a model…", |state| {
        can_open(state).then_some(Action::PickModel)
    }),
    with(CTRL_SHIFT, Key::O, "Open a folder of images…", |state| {
        (can_open(state) && state.dataset.loading.is_none()).then_some(Action::PickDatasetFolder)
    }),
    with(Modifiers::COMMAND, Key::S, "Save the model as…", |state| {
        let can_save = state.model.is_some() && state.engine_is_up() && !state.dialog_open;
        can_save.then_some(Action::SaveModelAs)
    }),
    with(CTRL_SHIFT, Key::S, "Save the session as…", |state| {
        can_save_session(state).then(|| Action::Pick(session_dialog(state)))
    }),
    plain(Key::F5, "Start training, pause, resume", |state| match state.training.phase {
        RunPhase::Idle => obstacle(state).is_none().then_some(Action::StartTraining),
        RunPhase::Running => Some(Action::Pause),
        RunPhase::Paused => Some(Action::Resume),
        _ => None,
    }),
    plain(Key::F6, "One training step, while paused", |state| {
        (state.training.phase == RunPhase::Paused).then_some(Action::SingleStep)
    }),
    plain(Key::F8, "Stop training and save", |state| {
        state.training.phase.is_active().then_some(Action::Stop)
    }),
    with(Modifiers::COMMAND, Key::Z, "Back to the picture this one was made from", |state| {
        state.history_leads().0.then_some(Action::Undo)
    }),
    with(CTRL_SHIFT, Key::Z, "Forward again", |state| {
        state.history_leads().1.then_some(Action::Redo)
    }),
    with(Modifiers::COMMAND, Key::Y, "Forward again, too", |state| {
        state.history_leads().1.then_some(Action::Redo)
    }),
    with(Modifiers::COMMAND, Key::E, "Edit the picture, or show what is edited", |state| {
        let begin = Action::Edit(EditAction::Start(EditFrom::Explore));
        let obstacle = state.edit_obstacle();
        let next = if state.edit.is_on() { Action::ShowPane(Pane::Edit) } else { begin };
        obstacle.is_none().then_some(next)
    }),
    plain(Key::R, "Another random latent", |state| {
        (state.explore.latent.dims() > 0).then_some(Action::Randomise)
    }),
    plain(Key::Z, "All unlocked dimensions to zero", |state| {
        (state.explore.latent.dims() > 0).then_some(Action::ZeroAll)
    }),
    plain(Key::N, "Another sheet of samples", |state| {
        state.model.is_some().then_some(Action::DrawSamples)
    }),
    with(Modifiers::COMMAND, Key::Num1, "Show the Data panel", |_| {
        Some(Action::ShowSideTab(SideTab::Data))
    }),
    with(Modifiers::COMMAND, Key::Num2, "Show the Training panel", |_| {
        Some(Action::ShowSideTab(SideTab::Training))
    }),
    with(Modifiers::COMMAND, Key::Num3, "Show the Model panel", |_| {
        Some(Action::ShowSideTab(SideTab::Model))
    }),
    with(Modifiers::COMMAND, Key::B, "Show or hide the left panel", |_| {
        Some(Action::ToggleLeftPanel)
    }),
    with(CTRL_SHIFT, Key::B, "Show or hide the sliders", |_| Some(Action::ToggleRightPanel)),
    with(Modifiers::COMMAND, Key::D, "Devices…", |_| Some(Action::ShowDevices(true))),
    with(Modifiers::COMMAND, Key::Comma, "Settings…", |_| Some(Action::ShowSettings(true))),
    with(Modifiers::COMMAND, Key::P, "Commands…", |_| {
        Some(Action::ShowPalette(Some(String::new())))
    }),
    plain(Key::Questionmark, "This sheet of keys", |state| {
        Some(Action::ShowHelp(!state.windows.help))
    }),
    plain(Key::F1, "Help", |state| Some(Action::ShowHelp(!state.windows.help))),
    with(Modifiers::COMMAND, Key::Q, "Quit, saving a run under way", |_| Some(Action::Quit)),
];

/// Keys that egui itself listens to.
pub static BUILT_IN: [(&str, &str); 5] = [
    ("Tab, Shift+Tab", "Next and previous control"),
    ("Arrow keys", "Move a focused slider"),
    ("Ctrl +, Ctrl −, Ctrl 0", "Larger, smaller, original size"),
    ("Ctrl+V", "A picture in the clipboard becomes the photo"),
    ("Esc", "Close a menu or window"),
];

/// Turns keys that were pressed into actions.
pub fn shortcuts_ui(ctx: &Context, state: &AppState, actions: &mut Actions) {
    let typing = letters_are_taken(ctx) || state.windows.any();
    // More modifiers first, so that Ctrl+Shift+O is not taken for Ctrl+O.
    let longest_first = [true, false];
    for with_shift in longest_first {
        for shortcut in &SHORTCUTS {
            let Some(keys) = shortcut.keys.filter(|keys| keys.modifiers.shift == with_shift) else {
                continue;
            };
            let typed = typing && shortcut.plain && is_typed(keys.logical_key);
            if !typed
                && ctx.input_mut(|input| input.consume_shortcut(&keys))
                && let Some(action) = (shortcut.action)(state)
            {
                actions.push(action);
            }
        }
    }
}

/// Whether letters of this frame may have been meant for a text field: one has the keyboard, had it
/// when the frame began, or may get it by a click or a Tab among the same events. On a slow machine a
/// click and the first letters arrive in one frame, before the field it opened was ever drawn.
fn letters_are_taken(ctx: &Context) -> bool {
    let focused = ctx.text_edit_focused();
    let slot = Id::unique("a text field had the keyboard");
    let before = ctx.data_mut(|data| {
        let known = data.get_temp_mut_or_default::<bool>(slot);
        std::mem::replace(known, focused)
    });
    let moved = ctx.input(|input| {
        let is_move = |event: &Event| {
            matches!(
                event,
                Event::PointerButton { .. } | Event::Key { key: Key::Tab, pressed: true, .. }
            )
        };
        input.raw.events.iter().any(is_move)
    });
    focused || before || moved
}

/// Whether a key alone writes something into a text field.
fn is_typed(key: Key) -> bool {
    key.name().len() == 1 || key == Key::Questionmark
}

#[cfg(test)]
mod tests {
    use eframe::egui::Context;

    use super::SHORTCUTS;

    #[test]
    fn keys_are_written_as_they_stand_on_the_keyboard() {
        let ctx = Context::default();
        for shortcut in &SHORTCUTS {
            let keys = shortcut.keys_text(&ctx);
            let key = keys.rsplit('+').next().unwrap_or_default();
            let is_plain =
                key.len() == 1 || key.strip_prefix('F').is_some_and(|n| n.parse::<u8>().is_ok());
            assert!(is_plain, "{keys}");
        }
    }
}
