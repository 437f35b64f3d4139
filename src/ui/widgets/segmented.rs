//! A row of mutually exclusive choices, all visible at once.

use eframe::egui::{Button, Ui, vec2};

/// Shows `choices` side by side in equal widths and returns the one that was picked, if any.
///
/// `name` is what is chosen ("Image size"); each choice is named `name: label` for screen readers.
pub fn segmented_ui<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    current: T,
    choices: impl ExactSizeIterator<Item = (T, &'static str)>,
) -> Option<T> {
    let gap = 2.0;
    let count = choices.len().max(1) as f32;
    let width = ((ui.available_width() - gap * (count - 1.0)) / count).floor().max(10.0);
    let size = vec2(width, ui.spacing().interact_size.y);
    let mut picked = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = gap;
        ui.spacing_mut().button_padding.x = 2.0;
        for (value, label) in choices {
            let button = Button::selectable(value == current, label)
                .frame_when_inactive(true)
                .min_size(size);
            let response = ui.add_sized(size, button).accessible_name(format!("{name}: {label}"));
            if response.clicked() && value != current {
                picked = Some(value);
            }
        }
    });
    picked
}
