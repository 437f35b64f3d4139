//! Rows of a form: a label on the left, its control on the right, tied together for screen readers.

use eframe::egui::{Align, Label, Layout, Response, Ui, vec2};

/// The part of the row the label takes.
const LABEL_SHARE: f32 = 0.45;
/// In a narrower panel the label stands above its control: beside it, both would be cut off.
const ROOM_BESIDE: f32 = 270.0;

/// A labelled row. Whatever inputs `control` adds take the label as their accessible name, and the
/// label explains itself with `hint` under the pointer.
pub fn row_ui<R>(ui: &mut Ui, label: &str, hint: &str, control: impl FnOnce(&mut Ui) -> R) -> R {
    if ui.available_width() < ROOM_BESIDE {
        return ui
            .vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                let text = named_ui(ui, label, hint);
                ui.horizontal(|ui| ui.label_inputs_by(text.id, control)).inner
            })
            .inner;
    }
    ui.horizontal(|ui| {
        let size = vec2(ui.available_width() * LABEL_SHARE, ui.spacing().interact_size.y);
        let layout = Layout::left_to_right(Align::Center).with_main_align(Align::Min);
        let named = ui
            .allocate_ui_with_layout(size, layout, |ui| {
                ui.set_width(size.x);
                named_ui(ui, label, hint)
            })
            .inner;
        ui.label_inputs_by(named.id, control)
    })
    .inner
}

fn named_ui(ui: &mut Ui, label: &str, hint: &str) -> Response {
    let text = ui.add(Label::new(label).truncate());
    if hint.is_empty() { text } else { text.on_hover_text(hint) }
}
