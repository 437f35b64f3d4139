//! The command palette: every command by its name, with its keys.

use eframe::egui::{Button, Key, RichText, ScrollArea, TextEdit, TextStyle, Ui};

use super::parts::caption;
use super::shortcuts::{SHORTCUTS, Shortcut};
use super::theme::palette;
use super::window;
use crate::app::{Action, Actions, AppState};

const WIDTH: f32 = 460.0;
const HEIGHT: f32 = 380.0;

/// Shows the palette while it is open.
pub fn palette_window_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let Some(search) = &state.windows.palette else { return };
    let close = window::show(ui, "Commands", WIDTH, |ui| contents_ui(ui, state, search, actions));
    if close {
        actions.push(Action::ShowPalette(None));
    }
}

fn contents_ui(ui: &mut Ui, state: &AppState, search: &str, actions: &mut Actions) {
    let mut text = search.to_owned();
    let field = TextEdit::singleline(&mut text)
        .hint_text("Type a part of a command's name")
        .desired_width(ui.available_width());
    let field = ui.add(field).accessible_name("Search commands");
    if field.changed() {
        actions.push(Action::ShowPalette(Some(text.clone())));
    }
    let found = matching(&text);
    if found.is_empty() {
        caption(ui, "No command has these words in its name.");
        return;
    }
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if entered && let Some(action) = found.iter().find_map(|command| command.action(state)) {
        run(action, actions);
        return;
    }
    let scroll = ScrollArea::vertical().max_height(HEIGHT).min_scrolled_height(HEIGHT);
    scroll.auto_shrink(false).show(ui, |ui| {
        for command in found {
            let action = command.action(state);
            let keys = command.keys_text(ui.ctx());
            let keys = RichText::new(keys).text_style(TextStyle::Monospace);
            let color = palette(ui).text_weak;
            let button = Button::new(command.text)
                .right_text(keys.color(color))
                .frame_when_inactive(false)
                .min_size([ui.available_width() - 12.0, 0.0].into());
            if let (true, Some(action)) =
                (ui.add_enabled(action.is_some(), button).clicked(), action)
            {
                run(action, actions);
            }
        }
    });
}

/// Closes the palette first: the command may open a window of its own.
fn run(action: Action, actions: &mut Actions) {
    actions.push(Action::ShowPalette(None));
    actions.push(action);
}

/// The commands that have all these words in their names, in their own order.
fn matching(search: &str) -> Vec<&'static Shortcut> {
    let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    let fits = |command: &&Shortcut| {
        let name = command.text.to_lowercase();
        words.iter().all(|word| name.contains(word))
    };
    SHORTCUTS.iter().filter(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::matching;

    #[test]
    fn commands_are_found_by_parts_of_their_names_in_any_order() {
        assert_eq!(matching("").len(), super::SHORTCUTS.len());
        let found = matching("model SAVE");
        assert_eq!(found.len(), 1);
        assert!(found[0].text.starts_with("Save the model"));
        assert!(matching("no such command").is_empty());
    }
}
