//! Rows of a form: a label on the left, its control on the right, tied together for screen readers.

use eframe::egui::{Align, Label, Layout, Ui, vec2};

/// The part of the row the label takes.
const LABEL_SHARE: f32 = 0.45;

/// A labelled row. Whatever inputs `control` adds take the label as their accessible name, and the
/// label explains itself with `hint` under the pointer.
pub fn row_ui<R>(ui: &mut Ui, label: &str, hint: &str, control: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        let size = vec2(ui.available_width() * LABEL_SHARE, ui.spacing().interact_size.y);
        let layout = Layout::left_to_right(Align::Center).with_main_align(Align::Min);
        let named = ui
            .allocate_ui_with_layout(size, layout, |ui| {
                ui.set_width(size.x);
                let text = ui.add(Label::new(label).truncate());
                if hint.is_empty() { text } else { text.on_hover_text(hint) }
            })
            .inner;
        ui.label_inputs_by(named.id, control)
    })
    .inner
}
