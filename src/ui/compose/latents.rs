//! Latents to a file and back: through a dialog, or by a typed path.

use eframe::egui::{Button, TextEdit, Ui};

use super::typed;
use crate::app::{Action, Actions, AppState, ComposeAction};
use crate::ui::icons::{self, Icon};

/// Draws the buttons with dialogs, and the row of a path with its own.
pub fn latents_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let up = state.engine_is_up();
    let dialog = up && !state.dialog_open;
    let result = state.compose.formula.result();
    ui.horizontal_wrapped(|ui| {
        let open = Button::new((icons::atom(Icon::Folder), "Open latents…"));
        let hint =
            "A .safetensors file with a tensor z (N×d): its rows become states of the history";
        if ui.add_enabled(dialog, open).on_hover_text(hint).clicked() {
            actions.push(Action::PickLatents);
        }
        let save = Button::new((icons::atom(Icon::Save), "Save the result…"));
        let hint = "The formula's result as a latent: to be opened here again, and for sample and \
                    interpolate on the command line";
        let save = ui.add_enabled(dialog && result.is_some(), save).on_hover_text(hint);
        if save.on_disabled_hover_text("Fill a term of the formula first").clicked() {
            actions.push(Action::SaveResultAs);
        }
    });
    let mut text = state.compose.latents_text.clone();
    ui.horizontal_wrapped(|ui| {
        let width = (ui.available_width() - 160.0).clamp(100.0, 420.0);
        let field = TextEdit::singleline(&mut text).hint_text("or type a file's path");
        if ui.add(field.desired_width(width)).accessible_name("Latents' path").changed() {
            actions.push(Action::Compose(ComposeAction::SetLatentsPath(text.clone())));
        }
        let path = typed(&text);
        let open = ui.add_enabled(up && path.is_some(), Button::new("Open"));
        let open = open.accessible_name("Open latents from this path").clicked();
        let save =
            ui.add_enabled(up && path.is_some() && result.is_some(), Button::new("Save here"));
        let save = save.accessible_name("Save the result to this path").clicked();
        let Some(path) = path else { return };
        if open {
            actions.push(Action::Compose(ComposeAction::OpenLatents(path)));
        } else if let (true, Some(result)) = (save, result) {
            actions.push(Action::Compose(ComposeAction::SaveLatents(path, vec![result])));
        }
    });
}
