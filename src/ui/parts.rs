//! Small parts that every panel uses, so that headings, captions and empty states look alike.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    Align, Button, Color32, FontId, Frame, IntoAtoms, Layout, Margin, Response, RichText, Role,
    ScrollArea, Sense, Stroke, TextStyle, Ui, UiBuilder, WidgetInfo, WidgetText, vec2,
};

use super::theme::{self, GAP, GAP_LARGE, palette};

/// A heading inside a panel, with the space it wants above.
pub fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(GAP);
    let color = palette(ui).text_strong;
    ui.label(RichText::new(text).text_style(TextStyle::Heading).color(color));
}

/// A caption: small and quiet.
pub fn caption(ui: &mut Ui, text: impl Into<String>) -> Response {
    let color = palette(ui).text_weak;
    ui.label(RichText::new(text).text_style(TextStyle::Small).color(color))
}

/// Text in which the command line's options stand in the monospace font: in the other one their two
/// hyphens become one dash.
pub fn with_options(ui: &Ui, text: &str, style: TextStyle, color: Color32) -> LayoutJob {
    let plain = style.resolve(ui.style());
    let mono = FontId::new(plain.size, TextStyle::Monospace.resolve(ui.style()).family);
    let mut job = LayoutJob::default();
    for word in text.split_inclusive(' ') {
        let is_option = word.trim_start_matches(['(', '\'', '`']).starts_with("--");
        let font = if is_option { &mono } else { &plain };
        job.append(word, 0.0, TextFormat::simple(font.clone(), color));
    }
    job
}

/// The one button that leads on.
pub fn primary_button<'a>(ui: &mut Ui, atoms: impl IntoAtoms<'a>) -> Response {
    if !ui.is_enabled() {
        // Its own colours faded would look pressed, and in the light theme be white on nearly white.
        return ui.add(Button::new(atoms));
    }
    let palette = palette(ui);
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        for state in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active] {
            state.weak_bg_fill = palette.accent_fill;
            state.bg_stroke = Stroke::new(1.0, palette.accent_fill);
            state.fg_stroke.color = palette.on_accent;
        }
        widgets.hovered.weak_bg_fill = palette.accent_fill_hovered;
        widgets.active.weak_bg_fill = palette.accent_fill_hovered;
        widgets.active.bg_stroke = Stroke::new(1.0, palette.text_strong);
        ui.add(Button::new(atoms))
    })
    .inner
}

/// A button that stays in the background until the pointer is on it.
pub fn quiet_button<'a>(atoms: impl IntoAtoms<'a>) -> Button<'a> {
    Button::new(atoms).frame_when_inactive(false)
}

/// Contents that scroll down, with room for the scroll bar, which floats over the right edge.
pub fn scrolled(ui: &mut Ui, salt: &str, contents: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().id_salt(salt).auto_shrink(false).show(ui, |ui| {
        let margin = Margin { right: 10, ..Margin::ZERO };
        Frame::new().inner_margin(margin).show(ui, contents);
    });
}

/// A button that stays down: framed when it is up, too, so that it is not taken for a label.
pub fn toggle(ui: &mut Ui, on: &mut bool, text: &str) -> Response {
    let mut response = ui.add(Button::selectable(*on, text).frame_when_inactive(true));
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    response
}

/// A card on a panel.
pub fn card(ui: &Ui) -> Frame {
    let palette = palette(ui);
    Frame::new()
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::same(10))
}

/// Something to look into: plots, logs, pictures.
pub fn well(ui: &Ui) -> Frame {
    let palette = palette(ui);
    Frame::new()
        .fill(palette.sunken)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::same(8))
}

/// A row of a table of facts: a quiet name left, the value right of a fixed column.
pub fn fact(ui: &mut Ui, name: &str, value: impl Into<WidgetText>) {
    ui.horizontal_top(|ui| {
        let color = palette(ui).text_weak;
        let name_width = 96.0;
        let (rect, _) = ui.allocate_exact_size(vec2(name_width, 18.0), Sense::hover());
        let mut column = ui.new_child(
            UiBuilder::new().max_rect(rect).layout(Layout::left_to_right(Align::Center)),
        );
        column.label(RichText::new(name).color(color));
        let value: WidgetText = value.into();
        let spoken = format!("{name}: {}", value.text());
        let shown = ui.vertical(|ui| ui.label(value)).inner;
        shown.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    });
}

/// What a panel shows while there is nothing: what it is for, and what to do next.
pub fn empty_state(ui: &mut Ui, title: &str, text: &str, next: impl FnOnce(&mut Ui)) {
    let palette = palette(ui);
    ui.vertical_centered(|ui| {
        // In a low pane what comes next must be in sight.
        ui.add_space(((ui.available_height() - 130.0) * 0.4).clamp(GAP, 160.0));
        ui.label(RichText::new(title).text_style(theme::title()).color(palette.text_strong));
        ui.set_max_width(420.0_f32.min(ui.available_width()));
        ui.label(RichText::new(text).color(palette.text_weak));
        ui.add_space(GAP_LARGE);
        next(ui);
    });
}

/// One of a few, all visible, as wide as their labels. Returns what was clicked.
pub fn segmented<T: Copy + PartialEq>(
    ui: &mut Ui,
    chosen: T,
    options: impl IntoIterator<Item = (T, &'static str)>,
) -> Option<T> {
    let mut clicked = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (option, label) in options {
            if ui.selectable_label(option == chosen, label).clicked() && option != chosen {
                clicked = Some(option);
            }
        }
    });
    clicked
}
