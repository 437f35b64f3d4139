//! Colours, type and spacing, for dark and light. The only file that names colours.
//!
//! Surfaces are neutral gray, so that they tint no picture; one accent (iris) marks what is chosen or
//! leads on; amber, red and green are kept for warning, error and success. Every text colour keeps at
//! least 4.5:1 on every surface it is used on (tested below).

#![expect(clippy::disallowed_methods, reason = "the theme is where colours are named")]

use eframe::egui::style::{HandleShape, WidgetVisuals, Widgets};
use eframe::egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle,
    Theme, ThemePreference, Ui, Visuals, vec2,
};

use crate::app::ThemeChoice;

/// Space between related widgets.
pub const GAP: f32 = 8.0;
/// Space between groups.
pub const GAP_LARGE: f32 = 16.0;
/// Rounding of buttons, fields and cards.
pub const RADIUS: u8 = 5;
/// Margin inside side panels.
pub const PANEL_MARGIN: i8 = 12;

/// The colours of a theme, by their purpose.
#[derive(Debug, Clone, PartialEq)]
pub struct Palette {
    /// Behind the panels, and the centre.
    pub window: Color32,
    /// Side panels and the top bar.
    pub panel: Color32,
    /// Text fields, plots, log: something to look into.
    pub sunken: Color32,
    /// Cards and buttons.
    pub raised: Color32,
    /// A button under the pointer.
    pub hovered: Color32,
    /// A button held down, an open menu's button.
    pub pressed: Color32,
    /// Rails of sliders and bars, boxes and rings to tick.
    pub track: Color32,
    /// Hairlines between surfaces.
    pub line: Color32,
    /// Around buttons and fields.
    pub edge: Color32,
    /// Around what needs a stronger edge.
    pub line_strong: Color32,
    /// Text.
    pub text: Color32,
    /// Headings and values.
    pub text_strong: Color32,
    /// Captions and hints.
    pub text_weak: Color32,
    /// Chosen tabs, links, slider fill, focus.
    pub accent: Color32,
    /// Fill of the one button that leads on, and of selections.
    pub accent_fill: Color32,
    /// The same under the pointer.
    pub accent_fill_hovered: Color32,
    /// Text on `accent_fill`.
    pub on_accent: Color32,
    /// Selected rows and text, the filled part of a slider.
    pub selection: Color32,
    /// Text on `selection`.
    pub on_selection: Color32,
    /// Done, running.
    pub success: Color32,
    /// Done differently from what was asked.
    pub warning: Color32,
    /// Not done.
    pub error: Color32,
    /// Colours of curves, safe for the common kinds of colour blindness (after Okabe and Ito 2008);
    /// [`curve_style`] adds dashes and markers.
    pub curves: [Color32; 6],
    /// Behind transparent pixels and around letter-boxed pictures.
    pub picture_back: Color32,
    /// Veil over the window while it may not be used.
    pub veil: Color32,
    /// Under windows and menus.
    pub shadow: Color32,
}

/// A colour of a picture, or that is painted into one: no colour of the theme.
pub fn of_picture([red, green, blue]: [u8; 3]) -> Color32 {
    Color32::from_rgb(red, green, blue)
}

/// The dark theme.
pub static DARK: Palette = Palette {
    window: Color32::from_rgb(22, 22, 24),
    panel: Color32::from_rgb(29, 29, 32),
    sunken: Color32::from_rgb(16, 16, 18),
    raised: Color32::from_rgb(44, 44, 48),
    hovered: Color32::from_rgb(57, 57, 62),
    pressed: Color32::from_rgb(68, 68, 75),
    track: Color32::from_rgb(66, 66, 73),
    line: Color32::from_rgb(48, 48, 53),
    edge: Color32::from_rgb(62, 62, 68),
    line_strong: Color32::from_rgb(92, 92, 101),
    text: Color32::from_rgb(212, 212, 216),
    text_strong: Color32::from_rgb(244, 244, 246),
    text_weak: Color32::from_rgb(158, 158, 168),
    accent: Color32::from_rgb(163, 163, 255),
    accent_fill: Color32::from_rgb(91, 91, 214),
    accent_fill_hovered: Color32::from_rgb(103, 103, 226),
    on_accent: Color32::from_rgb(255, 255, 255),
    selection: Color32::from_rgb(66, 66, 138),
    on_selection: Color32::from_rgb(222, 222, 255),
    success: Color32::from_rgb(104, 211, 145),
    warning: Color32::from_rgb(245, 190, 90),
    error: Color32::from_rgb(255, 138, 128),
    curves: [
        Color32::from_rgb(86, 180, 233),
        Color32::from_rgb(236, 167, 44),
        Color32::from_rgb(52, 196, 148),
        Color32::from_rgb(224, 142, 186),
        Color32::from_rgb(240, 228, 96),
        Color32::from_rgb(240, 118, 60),
    ],
    picture_back: Color32::from_rgb(12, 12, 13),
    veil: Color32::from_black_alpha(150),
    shadow: Color32::from_black_alpha(110),
};

/// The light theme.
pub static LIGHT: Palette = Palette {
    window: Color32::from_rgb(233, 233, 236),
    panel: Color32::from_rgb(246, 246, 248),
    sunken: Color32::from_rgb(255, 255, 255),
    raised: Color32::from_rgb(229, 229, 233),
    hovered: Color32::from_rgb(217, 217, 223),
    pressed: Color32::from_rgb(204, 204, 212),
    track: Color32::from_rgb(198, 198, 206),
    line: Color32::from_rgb(212, 212, 218),
    edge: Color32::from_rgb(198, 198, 206),
    line_strong: Color32::from_rgb(150, 150, 160),
    text: Color32::from_rgb(52, 52, 58),
    text_strong: Color32::from_rgb(20, 20, 24),
    text_weak: Color32::from_rgb(86, 86, 96),
    accent: Color32::from_rgb(72, 72, 190),
    accent_fill: Color32::from_rgb(91, 91, 214),
    accent_fill_hovered: Color32::from_rgb(80, 80, 200),
    on_accent: Color32::from_rgb(255, 255, 255),
    selection: Color32::from_rgb(178, 178, 244),
    on_selection: Color32::from_rgb(34, 34, 120),
    success: Color32::from_rgb(20, 104, 58),
    warning: Color32::from_rgb(132, 78, 0),
    error: Color32::from_rgb(176, 32, 32),
    curves: [
        Color32::from_rgb(0, 105, 168),
        Color32::from_rgb(168, 98, 0),
        Color32::from_rgb(0, 118, 84),
        Color32::from_rgb(166, 66, 126),
        Color32::from_rgb(112, 104, 0),
        Color32::from_rgb(184, 68, 0),
    ],
    picture_back: Color32::from_rgb(222, 222, 226),
    veil: Color32::from_black_alpha(90),
    shadow: Color32::from_black_alpha(36),
};

/// The palette of the theme in force.
pub fn palette(ui: &Ui) -> &'static Palette {
    palette_of(ui.visuals().dark_mode)
}

/// The palette of dark or light.
pub fn palette_of(dark: bool) -> &'static Palette {
    if dark { &DARK } else { &LIGHT }
}

/// How a curve is broken, so that curves differ without colour too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dash {
    /// Unbroken.
    Solid,
    /// Long strokes.
    Dashed,
    /// Dots.
    Dotted,
}

/// The mark at a curve's end and in the legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// ●
    Circle,
    /// ■
    Square,
    /// ▲
    Triangle,
    /// ◆
    Diamond,
    /// ✚
    Plus,
    /// ✖
    Cross,
    /// ○
    Ring,
}

/// Colour, dash and mark of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurveStyle {
    /// Its colour.
    pub color: Color32,
    /// How it is broken.
    pub dash: Dash,
    /// Its mark.
    pub mark: Mark,
}

/// The style of the `index`-th curve: neighbours differ in colour, dash and mark, and the first
/// eighteen all in dash or mark.
pub fn curve_style(palette: &Palette, index: usize) -> CurveStyle {
    const DASHES: [Dash; 3] = [Dash::Solid, Dash::Dashed, Dash::Dotted];
    const MARKS: [Mark; 6] =
        [Mark::Circle, Mark::Square, Mark::Triangle, Mark::Diamond, Mark::Plus, Mark::Cross];
    CurveStyle {
        color: palette.curves[index % palette.curves.len()],
        // Moved on by one with every round of the marks, which would else meet the same dashes again.
        dash: DASHES[(index + index / MARKS.len()) % DASHES.len()],
        mark: MARKS[index % MARKS.len()],
    }
}

/// The style of the speed: like no loss.
pub fn speed_style(palette: &Palette) -> CurveStyle {
    CurveStyle { color: palette.text_weak, dash: Dash::Solid, mark: Mark::Ring }
}

/// Text style of window titles and empty states.
pub fn title() -> TextStyle {
    TextStyle::Name("title".into())
}

/// Installs both themes; call once.
pub fn install(ctx: &Context) {
    for theme in [Theme::Dark, Theme::Light] {
        let dark = theme == Theme::Dark;
        ctx.style_mut_of(theme, |style| set_style(style, palette_of(dark), dark));
    }
}

/// Takes over the person's choice of theme.
pub fn choose(ctx: &Context, choice: ThemeChoice) {
    ctx.set_theme(match choice {
        ThemeChoice::System => ThemePreference::System,
        ThemeChoice::Dark => ThemePreference::Dark,
        ThemeChoice::Light => ThemePreference::Light,
    });
}

fn set_style(style: &mut Style, palette: &Palette, dark: bool) {
    let sans = FontFamily::Proportional;
    style.text_styles = [
        (TextStyle::Small, FontId::new(11.5, sans.clone())),
        (TextStyle::Body, FontId::new(13.5, sans.clone())),
        (TextStyle::Button, FontId::new(13.5, sans.clone())),
        (TextStyle::Heading, FontId::new(15.0, sans.clone())),
        (title(), FontId::new(20.0, sans)),
        (TextStyle::Monospace, FontId::new(12.5, FontFamily::Monospace)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(GAP, 6.0);
    spacing.button_padding = vec2(10.0, 3.0);
    spacing.interact_size = vec2(40.0, 24.0);
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(16);
    spacing.indent = 16.0;
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 9.0;
    spacing.icon_spacing = 6.0;
    spacing.slider_rail_height = 4.0;
    spacing.slider_width = 100.0;
    spacing.combo_width = 120.0;
    spacing.tooltip_width = 360.0;
    spacing.scroll.bar_width = 8.0;
    style.animation_time = 0.12;
    style.visuals = visuals(palette, dark);
}

fn visuals(palette: &Palette, dark: bool) -> Visuals {
    let base = if dark { Visuals::dark() } else { Visuals::light() };
    let shadow = Shadow { offset: [0, 8], blur: 24, spread: 0, color: palette.shadow };
    let mut visuals = Visuals {
        dark_mode: dark,
        weak_text_color: Some(palette.text_weak),
        widgets: widgets(palette),
        hyperlink_color: palette.accent,
        faint_bg_color: palette.raised,
        extreme_bg_color: palette.sunken,
        text_edit_bg_color: Some(palette.sunken),
        code_bg_color: palette.raised,
        warn_fg_color: palette.warning,
        error_fg_color: palette.error,
        window_corner_radius: CornerRadius::same(8),
        window_shadow: shadow,
        window_fill: palette.panel,
        window_stroke: Stroke::new(1.0, palette.line_strong),
        window_highlight_topmost: false,
        menu_corner_radius: CornerRadius::same(6),
        panel_fill: palette.panel,
        popup_shadow: shadow,
        indent_has_left_vline: false,
        slider_trailing_fill: true,
        handle_shape: HandleShape::Rect { aspect_ratio: 0.5 },
        disabled_alpha: 0.5,
        ..base
    };
    visuals.selection.bg_fill = palette.selection;
    visuals.selection.stroke = Stroke::new(1.5, palette.on_selection);
    visuals.text_cursor.stroke = Stroke::new(2.0, palette.accent);
    visuals
}

fn widgets(palette: &Palette) -> Widgets {
    let widget = |fill: Color32, edge: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, edge),
        corner_radius: CornerRadius::same(RADIUS),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let button = |fill: Color32, edge: Color32, text: Color32| WidgetVisuals {
        bg_fill: palette.track,
        ..widget(fill, edge, text)
    };
    Widgets {
        noninteractive: widget(palette.panel, palette.line, palette.text),
        inactive: button(palette.raised, palette.edge, palette.text),
        hovered: button(palette.hovered, palette.line_strong, palette.text_strong),
        active: button(palette.pressed, palette.accent, palette.text_strong),
        open: button(palette.hovered, palette.line_strong, palette.text_strong),
    }
}

#[cfg(test)]
mod tests {
    use super::{Color32, DARK, LIGHT, Palette, curve_style};

    fn luminance(color: Color32) -> f64 {
        let [r, g, b, _] = color.to_array().map(|byte| {
            let value = f64::from(byte) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// WCAG 2 contrast ratio.
    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn check(name: &str, palette: &Palette) {
        let surfaces = [palette.window, palette.panel, palette.sunken, palette.raised];
        let texts = [
            palette.text,
            palette.text_strong,
            palette.text_weak,
            palette.accent,
            palette.success,
            palette.warning,
            palette.error,
        ];
        for (s, surface) in surfaces.into_iter().enumerate() {
            for (t, text) in texts.into_iter().enumerate() {
                let ratio = contrast(text, surface);
                assert!(ratio >= 4.5, "{name}: text {t} on surface {s} has only {ratio:.2}:1");
            }
        }
        for fill in [palette.accent_fill, palette.accent_fill_hovered] {
            assert!(contrast(palette.on_accent, fill) >= 4.5, "{name}: text on the accent");
        }
        for text in [palette.text_strong, palette.on_selection] {
            assert!(contrast(text, palette.selection) >= 4.5, "{name}: selection");
        }
        for (index, curve) in palette.curves.into_iter().enumerate() {
            assert!(contrast(curve, palette.sunken) >= 4.5, "{name}: curve {index}");
        }
    }

    #[test]
    fn every_text_keeps_its_contrast() {
        check("dark", &DARK);
        check("light", &LIGHT);
    }

    #[test]
    fn neighbouring_curves_differ_without_colour() {
        for index in 0..11 {
            let (a, b) = (curve_style(&DARK, index), curve_style(&DARK, index + 1));
            assert!(a.color != b.color && a.dash != b.dash && a.mark != b.mark);
        }
    }
}
