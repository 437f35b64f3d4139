//! Sliders for settings that matter by their order of magnitude.

use eframe::egui::{DragValue, Slider, SliderClamping, Ui, vec2};

use super::form::row_ui;
use super::number::{parse, parse_or_keep, setting, trim_zeros};
use crate::ui::format::grouped;

/// The exponent a decay of this many nines reaches at the slider's end.
const NINES: f64 = 4.0;

/// A labelled logarithmic slider from 0 over `smallest` to `largest`; the changed value, if any.
pub fn log_slider_ui(
    ui: &mut Ui,
    label: &str,
    hint: &str,
    value: f64,
    (smallest, largest): (f64, f64),
) -> Option<f64> {
    let mut edited = value;
    let changed = row_ui(ui, label, hint, |ui| {
        fit_slider(ui);
        let slider = Slider::new(&mut edited, 0.0..=largest)
            .logarithmic(true)
            .smallest_positive(smallest)
            .clamping(SliderClamping::Edits)
            .custom_formatter(|value, _| setting(value))
            .custom_parser(|text| parse_or_keep(text, value, setting));
        ui.add(slider).changed()
    });
    (changed && edited != value).then_some(edited)
}

/// A labelled slider for the decay of a moving average, spread by the number of nines: 0, 0.9, 0.99,
/// 0.999, 0.9999. The changed decay, if any.
pub fn decay_slider_ui(ui: &mut Ui, label: &str, hint: &str, decay: f64) -> Option<f64> {
    let mut edited = decay;
    let changed = row_ui(ui, label, hint, |ui| {
        fit_slider(ui);
        let slider = Slider::from_get_set(0.0..=NINES, |set| {
            if let Some(nines) = set {
                edited = decay_from_nines(nines);
            }
            nines_from_decay(edited)
        })
        .clamping(SliderClamping::Edits)
        .smart_aim(false)
        .custom_formatter(|nines, _| decay_text(decay_from_nines(nines)))
        .custom_parser(|text| parse_or_keep(text, decay, decay_text).map(nines_from_decay));
        let response = ui.add(slider);
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(decay_text(decay)));
        response.changed()
    });
    (changed && edited != decay).then_some(edited)
}

/// A labelled whole number that is dragged or typed; the changed number, if any.
pub fn whole_number_ui(
    ui: &mut Ui,
    label: &str,
    hint: &str,
    value: u64,
    (speed, zero): (f64, &str),
) -> Option<u64> {
    let mut edited = value;
    let zero = zero.to_owned();
    let changed = row_ui(ui, label, hint, |ui| {
        let number = DragValue::new(&mut edited)
            .speed(speed)
            .range(0..=u64::from(u32::MAX))
            .clamp_existing_to_range(false)
            .custom_formatter(move |value, _| {
                if value == 0.0 && !zero.is_empty() { zero.clone() } else { grouped(value as u64) }
            })
            .custom_parser(|text| parse(&text.replace([',', ' ', '_'], "")));
        let size = [ui.available_width(), ui.spacing().interact_size.y];
        ui.add_sized(size, number).changed()
    });
    (changed && edited != value).then_some(edited)
}

/// The slider takes the row's width, less its number.
fn fit_slider(ui: &mut Ui) {
    let number = 52.0 + ui.spacing().item_spacing.x;
    ui.spacing_mut().slider_width = (ui.available_width() - number).max(40.0);
    slim_slider(ui, 52.0);
}

/// A small handle, and a number of this width beside it.
pub fn slim_slider(ui: &mut Ui, number_width: f32) {
    ui.spacing_mut().interact_size = vec2(number_width, 22.0);
    ui.spacing_mut().button_padding = vec2(4.0, 2.0);
}

fn decay_from_nines(nines: f64) -> f64 {
    // Rounded to what is shown, so that 0.999 is 0.999 and not 0.99900000002.
    let decay = 1.0 - 10_f64.powf(-nines.max(0.0));
    (decay * 1e6).round() / 1e6
}

fn nines_from_decay(decay: f64) -> f64 {
    -(1.0 - decay).max(1e-6).log10()
}

fn decay_text(decay: f64) -> String {
    if decay == 0.0 {
        return "off".to_owned();
    }
    trim_zeros(&format!("{decay:.5}")).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{decay_from_nines, decay_text, nines_from_decay};

    #[test]
    fn decays_come_back_from_their_nines() {
        for decay in [0.0, 0.5, 0.9, 0.999, 0.9999] {
            assert!((decay_from_nines(nines_from_decay(decay)) - decay).abs() < 1e-9, "{decay}");
        }
        assert_eq!(decay_text(0.999), "0.999");
        assert_eq!(decay_text(0.0), "off");
    }
}
