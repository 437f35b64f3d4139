//! What is written of an edit, and strokes from files.

use eframe::egui::{Button, DragValue, TextEdit, Ui};

use super::ask;
use crate::app::{Actions, AppState, EditAction, EditFile, typed_path};
use crate::ui::icons::{self, Icon};
use crate::ui::parts::caption;
use crate::ui::widgets::segmented::segmented_ui;

fn explained(file: EditFile) -> &'static str {
    match file {
        EditFile::Model => "The model's picture in its own size, as PNG.",
        EditFile::Photo => "The photo in full resolution with what changed, as PNG.",
        EditFile::Mask => "Where the picture changed, as PNG.",
        EditFile::Morph => "From before to after and back, as GIF, WebP or animated PNG.",
        EditFile::Script => "The strokes and settings, as JSON; the command edit takes them, too.",
    }
}

/// Draws what is written, where, and how strokes are opened.
pub(super) fn export_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let edit = &state.edit;
    let place = edit.start.as_ref().is_some_and(|start| start.place.is_some());
    let offered: Vec<(EditFile, &'static str)> =
        EditFile::ALL.into_iter().filter(|(file, _)| place || *file != EditFile::Photo).collect();
    if let Some(file) = segmented_ui(ui, "Export", edit.file, offered.into_iter()) {
        ask(actions, EditAction::SetFile(file));
    }
    caption(ui, explained(edit.file));
    let ready = state.engine_is_up() && (edit.view.is_some() || edit.file == EditFile::Script);
    ui.horizontal_wrapped(|ui| {
        let export = Button::new((icons::atom(Icon::Save), "Export…"));
        let export = ui.add_enabled(ready && !state.dialog_open, export);
        if export.accessible_name("Export the edit").clicked() {
            ask(actions, EditAction::ExportAs);
        }
        if edit.file == EditFile::Morph {
            let mut frames = edit.frames;
            let number = DragValue::new(&mut frames).range(2..=200).suffix(" frames");
            let number = ui.add(number).on_hover_text("One way");
            if number.accessible_name("Frames of the morph").changed() {
                ask(actions, EditAction::SetFrames(frames));
            }
        }
        let open = Button::new((icons::atom(Icon::Folder), "Open strokes…"));
        let open = ui.add_enabled(state.engine_is_up() && !state.dialog_open, open);
        if open.on_hover_text("In place of those that are here; undo brings them back").clicked() {
            ask(actions, EditAction::PickScript);
        }
    });
    path_ui(ui, state, ready, actions);
}

fn path_ui(ui: &mut Ui, state: &AppState, ready: bool, actions: &mut Actions) {
    let mut text = state.edit.path_text.clone();
    ui.horizontal_wrapped(|ui| {
        let width = (ui.available_width() - 110.0).max(90.0);
        let field = TextEdit::singleline(&mut text).hint_text("or type a file's path");
        if ui.add(field.desired_width(width)).accessible_name("Path of the edit's file").changed() {
            ask(actions, EditAction::SetPath(text.clone()));
        }
        let path = Some(text.trim()).filter(|text| !text.is_empty()).map(typed_path);
        let write = ui.add_enabled(ready && path.is_some(), Button::new("Write"));
        let write = write.accessible_name("Export the edit to this path").clicked();
        let is_script =
            path.as_ref().is_some_and(|path| path.extension().is_some_and(|e| e == "json"));
        let read = ui.add_enabled(state.engine_is_up() && is_script, Button::new("Read"));
        let read = read.on_disabled_hover_text("The path of a file of strokes, .json");
        let read = read.accessible_name("Open strokes from this path").clicked();
        let Some(path) = path else { return };
        if write {
            ask(actions, EditAction::Export(state.edit.file, path));
        } else if read {
            ask(actions, EditAction::OpenScript(path));
        }
    });
}
