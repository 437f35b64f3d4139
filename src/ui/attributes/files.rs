//! Attributes to a file and back.

use eframe::egui::{Button, TextEdit, Ui};

use crate::app::{Action, Actions, AppState, typed_path};
use crate::ui::icons::{self, Icon};
use crate::ui::parts::heading;

/// Draws the row of a path with its buttons, and the dialogs.
pub fn files_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    heading(ui, "Keep and open");
    let up = state.engine_is_up();
    let some = state.attributes.in_use().next().is_some();
    ui.horizontal(|ui| {
        let dialog = up && !state.dialog_open;
        let open = Button::new((icons::atom(Icon::Folder), "Open…"));
        let open = ui.add_enabled(dialog, open).accessible_name("Open attributes");
        if open.clicked() {
            actions.push(Action::PickDirections);
        }
        let save = Button::new((icons::atom(Icon::Save), "Save as…"));
        let save = ui.add_enabled(dialog && some, save).accessible_name("Save attributes as");
        if save.clicked() {
            actions.push(Action::SaveDirectionsAs);
        }
    });
    let mut text = state.attributes.path_text.clone();
    let field = TextEdit::singleline(&mut text)
        .hint_text("or type a file's path")
        .desired_width(ui.available_width());
    if ui.add(field).accessible_name("Attributes' path").changed() {
        actions.push(Action::SetDirectionsPath(text.clone()));
    }
    let typed = !text.trim().is_empty();
    ui.horizontal(|ui| {
        let open = ui.add_enabled(up && typed, Button::new("Open"));
        if open.accessible_name("Open attributes from this path").clicked() {
            actions.push(Action::OpenDirections(typed_path(&text)));
        }
        let save = ui.add_enabled(up && typed && some, Button::new("Save here"));
        if save.accessible_name("Save attributes to this path").clicked() {
            actions.push(Action::SaveDirections(typed_path(&text)));
        }
    });
}
