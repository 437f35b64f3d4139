//! Above the plots: a switch per curve with its newest value, smoothing, scale, fit.

use eframe::egui::{
    Align, Color32, FontId, Layout, Rect, Response, Role, Sense, Slider, Stroke, StrokeKind,
    TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use super::Curve;
use super::overlay::paint_mark;
use crate::app::{Action, Actions, AppState};
use crate::ui::parts::caption;
use crate::ui::theme::palette;
use crate::ui::widgets::log_slider::slim_slider;
use crate::ui::widgets::number;

/// Width of what [`view_ui`] draws.
const VIEW_WIDTH: f32 = 224.0;

/// Draws the bar; `curves` are all there are, hidden or not.
pub fn bar_ui(ui: &mut Ui, state: &AppState, curves: &[Curve], actions: &mut Actions) {
    ui.horizontal_top(|ui| {
        let chips = vec2((ui.available_width() - VIEW_WIDTH).max(100.0), 0.0);
        ui.allocate_ui(chips, |ui| chips_ui(ui, state, curves, actions));
        let view = vec2(ui.available_width(), ui.spacing().interact_size.y);
        let layout = Layout::right_to_left(Align::Center);
        ui.allocate_ui_with_layout(view, layout, |ui| view_ui(ui, state, actions));
    });
}

fn chips_ui(ui: &mut Ui, state: &AppState, curves: &[Curve], actions: &mut Actions) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        for curve in curves {
            let shown = !state.plot.hidden.contains(curve.name);
            if chip_ui(ui, curve, shown).clicked() {
                actions.push(Action::ToggleSeries(curve.name.to_owned()));
            }
        }
    });
}

/// Draws how the curves are shown, from right to left.
fn view_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let plot = &state.plot;
    let hint = "All steps, following the newest (double-click, or Home)";
    let mut follow = plot.follow;
    if ui.toggle_value(&mut follow, "Fit").on_hover_text(hint).changed() {
        actions.push(Action::SetFollow(follow));
    }
    let mut log = plot.log_y;
    let hint = "Logarithmic values; what is not above zero is left out";
    if ui.toggle_value(&mut log, "Log").on_hover_text(hint).changed() {
        actions.push(Action::SetLogY(log));
    }
    let mut smoothing = plot.smoothing;
    ui.spacing_mut().slider_width = 70.0;
    slim_slider(ui, 40.0);
    let slider = Slider::new(&mut smoothing, 0.0..=0.99).show_value(false).smart_aim(false);
    let slider = ui.add(slider).accessible_name("Smoothing");
    let hint = format!("Weight of the past: {smoothing:.2}. The raw values stay, faint.");
    if slider.on_hover_text(hint).changed() && smoothing != plot.smoothing {
        actions.push(Action::SetSmoothing(smoothing));
    }
    caption(ui, "Smooth");
}

/// A switch with the curve's mark, its name and its newest value.
fn chip_ui(ui: &mut Ui, curve: &Curve, shown: bool) -> Response {
    let palette = palette(ui);
    let small = TextStyle::Small.resolve(ui.style());
    let mono = FontId::new(small.size, TextStyle::Monospace.resolve(ui.style()).family);
    let text_color = if shown { palette.text } else { palette.text_weak };
    let last = curve.smooth.last().map_or_else(String::new, |point| number::value(point[1]));
    let name = ui.painter().layout_no_wrap(curve.title.clone(), small, text_color);
    let value = ui.painter().layout_no_wrap(last, mono, text_color);
    let size = vec2(34.0 + name.size().x + 8.0 + value.size().x.max(40.0) + 8.0, 22.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, shown, &curve.title));
    if ui.is_rect_visible(rect) {
        let fill = if response.hovered() { palette.hovered } else { palette.raised };
        let edge = match (response.has_focus(), shown) {
            (true, _) => ui.visuals().selection.stroke,
            (false, true) => Stroke::new(1.0, palette.line_strong),
            (false, false) => Stroke::new(1.0, palette.line),
        };
        let fill = if shown || response.hovered() { fill } else { Color32::TRANSPARENT };
        ui.painter().rect(rect, 5.0, fill, edge, StrokeKind::Inside);
        paint_swatch(ui, curve, rect, shown);
        let y = |height: f32| rect.center().y - height / 2.0;
        ui.painter().galley(pos2(rect.left() + 34.0, y(name.size().y)), name, text_color);
        let left = rect.right() - 8.0 - value.size().x;
        ui.painter().galley(pos2(left, y(value.size().y)), value, text_color);
    }
    response.on_hover_text(if shown { "Hide this curve" } else { "Show this curve" })
}

fn paint_swatch(ui: &Ui, curve: &Curve, rect: Rect, shown: bool) {
    let color = if shown { curve.style.color } else { palette(ui).text_weak };
    let center = pos2(rect.left() + 18.0, rect.center().y);
    if shown {
        let ends = [center - vec2(11.0, 0.0), center + vec2(11.0, 0.0)];
        super::dashed(ui.painter(), &ends, curve.style.dash, Stroke::new(1.5, color));
    }
    paint_mark(ui.painter(), center, curve.style.mark, color, 4.0);
}
