//! A row of mutually exclusive choices, all visible at once.

use eframe::egui::{Button, RichText, TextStyle, Ui, vec2};

/// Space between two choices.
const GAP: f32 = 2.0;
/// Space left and right of a choice's text.
const PADDING: f32 = 3.0;

/// Shows `choices` side by side over the whole width and returns the one that was picked, if any.
///
/// `name` is what is chosen ("Image size"); each choice is named `name: label` for screen readers.
pub fn segmented_ui<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    current: T,
    choices: impl ExactSizeIterator<Item = (T, &'static str)>,
) -> Option<T> {
    let choices: Vec<(T, &'static str)> = choices.collect();
    let count = choices.len().max(1) as f32;
    let room = ui.available_width() - GAP * (count - 1.0) - 2.0 * PADDING * count;
    let mut style = TextStyle::Button;
    let mut widths = text_widths(ui, &choices, &style);
    if widths.iter().sum::<f32>() > room {
        style = TextStyle::Small;
        widths = text_widths(ui, &choices, &style);
    }
    let wanted = widths.iter().sum::<f32>();
    if wanted > room {
        // Narrower than its words: they are cut, each by its share, and stay whole under the pointer.
        widths.iter_mut().for_each(|width| *width *= (room / wanted).max(0.1));
    }
    // What is left over is shared, so that the row is filled and short words are not lost.
    let spare = ((room - widths.iter().sum::<f32>()) / count).max(0.0).floor();
    let height = ui.spacing().interact_size.y;
    let mut picked = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        ui.spacing_mut().button_padding.x = PADDING;
        for ((value, label), width) in choices.into_iter().zip(widths) {
            let text = RichText::new(label).text_style(style.clone());
            let size = vec2((width + spare) + 2.0 * PADDING, height);
            let button =
                Button::selectable(value == current, text).frame_when_inactive(true).truncate();
            let response = ui.add_sized(size, button).accessible_name(format!("{name}: {label}"));
            let response = if wanted > room { response.on_hover_text(label) } else { response };
            if response.clicked() && value != current {
                picked = Some(value);
            }
        }
    });
    picked
}

fn text_widths<T>(ui: &Ui, choices: &[(T, &'static str)], style: &TextStyle) -> Vec<f32> {
    let font = style.resolve(ui.style());
    let color = ui.visuals().text_color();
    let width = |text: &str| {
        ui.painter().layout_no_wrap(text.to_owned(), font.clone(), color).size().x.ceil()
    };
    choices.iter().map(|(_, label)| width(label)).collect()
}
