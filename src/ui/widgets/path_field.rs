//! A field for a path with the button that uses it.

use eframe::egui::{Button, Key, Response, TextEdit, Ui};

/// Room for the button, with the space before it.
const BUTTON_WIDTH: f32 = 64.0;

/// What stands in and beside the field.
#[derive(Debug, Clone, Copy)]
pub struct PathField {
    /// For screen readers.
    pub name: &'static str,
    /// Shown while it is empty.
    pub hint: &'static str,
    /// On the button.
    pub button: &'static str,
}

impl PathField {
    /// Draws both; what was typed, and the path to use, once the button or Enter was pressed. `action`
    /// names the button for screen readers.
    pub fn ui(
        self,
        ui: &mut Ui,
        text: &str,
        action: &str,
        may_use: bool,
    ) -> (Option<String>, Option<String>) {
        let mut typed = text.to_owned();
        let used = ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut typed)
                .hint_text(self.hint)
                .return_key(None)
                .desired_width(ui.available_width() - BUTTON_WIDTH);
            let field = ui.add(field).accessible_name(self.name);
            let some = !typed.trim().is_empty();
            let button = ui.add_enabled(may_use && some, Button::new(self.button));
            button.accessible_name(action).clicked() || entered(ui, &field)
        });
        let path = typed.trim().to_owned();
        let used = (used.inner && may_use && !path.is_empty()).then_some(path);
        ((typed != text).then_some(typed), used)
    }
}

/// Whether Enter was pressed in a field without a return key, which keeps the keyboard then: were it to
/// lose it, the next letters would be taken for shortcuts.
pub fn entered(ui: &Ui, field: &Response) -> bool {
    field.has_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}
