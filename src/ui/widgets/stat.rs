//! A number with a small label above it: steps, speed, time left.

use eframe::egui::{RichText, TextStyle, Ui};

/// Shows `value` under its small, faint `label`.
pub fn stat_ui(ui: &mut Ui, label: &str, value: &str) {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.label(RichText::new(label).weak().small());
        ui.label(RichText::new(value).text_style(TextStyle::Monospace));
    });
}
