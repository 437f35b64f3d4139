//! The command palette: every command by its name, with its keys; chosen by arrow keys and Enter.

use eframe::egui::{
    Align, Button, Id, Key, Modifiers, Response, RichText, ScrollArea, TextEdit, TextStyle, Ui,
    vec2,
};

use super::commands::COMMANDS;
use super::layout::Pane;
use super::parts::caption;
use super::shortcuts::{SHORTCUTS, Shortcut};
use super::theme::palette;
use super::window;
use crate::app::{Action, Actions, AppState};

const WIDTH: f32 = 500.0;
/// Height of the list, whatever it holds: the box must not jump while one types.
const HEIGHT: f32 = 380.0;
/// What the title, the field and the margins take, and what stays free around them.
const BESIDE_LIST: f32 = 160.0;

/// Where the selection is: the text it was made for, and its place among the commands that can be run.
type Chosen = (String, usize);

/// A command that was found, and what it does now.
type Found = (&'static Shortcut, Option<Action>);

/// Shows the palette while it is open.
pub fn palette_window_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let Some(search) = &state.windows.palette else {
        ui.data_mut(|data| data.remove::<Chosen>(slot()));
        return;
    };
    let close = window::show(ui, "Commands", WIDTH, |ui| contents_ui(ui, state, search, actions));
    if close {
        actions.push(Action::ShowPalette(None));
    }
}

fn slot() -> Id {
    Id::unique("chosen command")
}

fn contents_ui(ui: &mut Ui, state: &AppState, search: &str, actions: &mut Actions) {
    // Taken before the field, which would move its cursor with them.
    let moved = moved_by_keys(ui);
    let mut text = search.to_owned();
    let field = search_ui(ui, &mut text);
    if field.changed() {
        actions.push(Action::ShowPalette(Some(text.clone())));
    }
    let found: Vec<Found> =
        matching(&text).into_iter().map(|command| (command, command.action(state))).collect();
    let can_run: Vec<usize> = (0..found.len()).filter(|at| found[*at].1.is_some()).collect();
    let chosen = chosen(ui, &text, moved, can_run.len());
    let chosen = can_run.get(chosen).copied();
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if entered {
        match chosen.and_then(|at| found[at].1.clone()) {
            Some(action) => return run(action, actions),
            None => field.request_focus(),
        }
    }
    let height = HEIGHT.min(ui.ctx().content_rect().height() - BESIDE_LIST).max(60.0);
    ui.allocate_ui(vec2(ui.available_width(), height), |ui| {
        ui.set_min_height(height);
        if found.is_empty() {
            caption(ui, "No command has these words in its name.");
        }
        let scroll = ScrollArea::vertical().max_height(height).auto_shrink(false);
        scroll.show(ui, |ui| {
            for (at, (command, action)) in found.iter().enumerate() {
                let is_chosen = chosen == Some(at);
                let row = row_ui(ui, command, action.is_some(), is_chosen);
                if is_chosen && (moved != 0 || field.changed()) {
                    row.scroll_to_me(None::<Align>);
                }
                if let (true, Some(action)) = (row.clicked(), action) {
                    run(action.clone(), actions);
                }
            }
        });
    });
}

fn search_ui(ui: &mut Ui, text: &mut String) -> Response {
    let field = TextEdit::singleline(text)
        .hint_text("Type a part of a name; arrow keys choose, Enter runs it")
        .desired_width(ui.available_width());
    ui.add(field).accessible_name("Search commands")
}

fn row_ui(ui: &mut Ui, command: &Shortcut, can_run: bool, chosen: bool) -> Response {
    let keys = RichText::new(command.keys_text(ui.ctx())).text_style(TextStyle::Monospace);
    let color = if chosen { palette(ui).on_selection } else { palette(ui).text_weak };
    let button = Button::selectable(chosen, command.text)
        .right_text(keys.color(color))
        .min_size([ui.available_width() - 12.0, 0.0].into());
    ui.add_enabled(can_run, button).accessible_name(command.text)
}

/// How far arrow keys moved the selection in this frame, downwards.
fn moved_by_keys(ui: &Ui) -> i32 {
    ui.input_mut(|input| {
        let mut presses = |key| input.count_and_consume_key(Modifiers::NONE, key) as i32;
        presses(Key::ArrowDown) - presses(Key::ArrowUp)
    })
}

/// The place of the selection among `count` commands: the first one of every new search, and round from the
/// last to the first.
fn chosen(ui: &Ui, text: &str, moved: i32, count: usize) -> usize {
    let known = ui.data(|data| data.get_temp::<Chosen>(slot()));
    let from = known.filter(|(known, _)| known == text).map_or(0, |(_, at)| at);
    let at = (from as i32 + moved).rem_euclid(count.max(1) as i32) as usize;
    ui.data_mut(|data| data.insert_temp(slot(), (text.to_owned(), at)));
    at
}

/// Closes the palette first: the command may open a window of its own. What it changes is brought to the
/// front.
fn run(action: Action, actions: &mut Actions) {
    actions.push(Action::ShowPalette(None));
    actions.extend(pane_of(&action).map(Action::ShowPane));
    actions.push(action);
}

/// The pane in which one sees what a command did.
fn pane_of(action: &Action) -> Option<Pane> {
    match action {
        Action::MakeMap
        | Action::IndexPictures
        | Action::SetMapStrip(_)
        | Action::ShowMapBackground(_)
        | Action::SetLasso(_) => Some(Pane::Map),
        Action::Photo(_) => Some(Pane::Photo),
        Action::EditStateName(..) => Some(Pane::History),
        Action::Compare(_) | Action::SetSharpPixels(_) => Some(Pane::Explore),
        Action::MeasureEntanglement => Some(Pane::Attributes),
        _ => None,
    }
}

/// The commands that have all these words in their names, in their own order.
fn matching(search: &str) -> Vec<&'static Shortcut> {
    let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    let fits = |command: &&Shortcut| {
        let name = command.text.to_lowercase();
        words.iter().all(|word| name.contains(word))
    };
    SHORTCUTS.iter().chain(&COMMANDS).filter(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::{COMMANDS, SHORTCUTS, matching};

    #[test]
    fn commands_are_found_by_parts_of_their_names_in_any_order() {
        assert_eq!(matching("").len(), SHORTCUTS.len() + COMMANDS.len());
        let found = matching("model SAVE");
        assert_eq!(found.len(), 1);
        assert!(found[0].text.starts_with("Save the model"));
        assert!(matching("no such command").is_empty());
    }

    #[test]
    fn no_two_commands_have_one_name_and_the_expected_ones_are_there() {
        let mut names: Vec<&str> = matching("").iter().map(|command| command.text).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        for wanted in [
            "show attributes",
            "show compose",
            "show map",
            "show history",
            "show log",
            "show curves",
            "show samples",
            "show data",
            "show model",
            "show training",
            "settings",
            "theme light",
            "theme dark",
            "theme system",
            "export picture",
            "save latent",
            "star",
            "compare",
            "make map",
            "show photo",
            "open photo",
            "paste photo",
            "directions without labels",
            "clear formula",
            "attributes labels",
        ] {
            assert!(!matching(wanted).is_empty(), "{wanted}");
        }
    }
}
