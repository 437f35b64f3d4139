//! Above the plots: a switch per curve with its newest value, smoothing, scale, fit.

use std::sync::Arc;

use eframe::egui::{
    Align, Color32, FontId, Galley, Layout, Rect, Response, Role, ScrollArea, Sense, Slider,
    Stroke, StrokeKind, TextStyle, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::Curve;
use super::overlay::paint_mark;
use crate::app::{Action, Actions, AppState};
use crate::ui::parts::{caption, toggle};
use crate::ui::theme::palette;
use crate::ui::widgets::log_slider::slim_slider;
use crate::ui::widgets::number;

/// Width of what [`view_ui`] draws.
const VIEW_WIDTH: f32 = 248.0;
/// Space between two chips.
const CHIP_GAP: f32 = 4.0;

/// Draws the bar; `curves` are all there are, hidden or not, `log` whether they are drawn so.
pub fn bar_ui(
    ui: &mut Ui,
    state: &AppState,
    log: bool,
    curves: &[Curve<'_>],
    actions: &mut Actions,
) {
    let width_of = |with_value: bool| {
        let width = |curve: &Curve<'_>| Chip::new(ui, curve, true, with_value).size().x + CHIP_GAP;
        curves.iter().map(width).sum::<f32>()
    };
    let beside = ui.available_width() - VIEW_WIDTH;
    let (with_value, without) = (width_of(true), width_of(false));
    let view = |ui: &mut Ui, actions: &mut Actions| {
        let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
        let layout = Layout::right_to_left(Align::Center);
        ui.allocate_ui_with_layout(size, layout, |ui| view_ui(ui, state, log, actions));
    };
    if without <= beside {
        // Where they do not fit the values go first: they are under the pointer, too.
        ui.horizontal(|ui| {
            chips_ui(ui, state, curves, with_value <= beside, actions);
            view(ui, actions);
        });
    } else {
        view(ui, actions);
        // The bar floats over the chips: thin, it leaves their names in sight.
        ui.spacing_mut().scroll.bar_width = 4.0;
        ScrollArea::horizontal().id_salt("legend").auto_shrink([false, true]).show(ui, |ui| {
            ui.horizontal(|ui| chips_ui(ui, state, curves, false, actions));
        });
    }
}

fn chips_ui(
    ui: &mut Ui,
    state: &AppState,
    curves: &[Curve<'_>],
    with_value: bool,
    actions: &mut Actions,
) {
    for curve in curves {
        let shown = !state.plot.hidden.contains(curve.name);
        let clicked = Chip::new(ui, curve, shown, with_value).ui(ui).clicked();
        ui.add_space(CHIP_GAP - ui.spacing().item_spacing.x);
        if clicked {
            actions.push(Action::ToggleSeries(curve.name.to_owned()));
        }
    }
}

/// Draws how the curves are shown, from right to left.
fn view_ui(ui: &mut Ui, state: &AppState, mut log: bool, actions: &mut Actions) {
    let plot = &state.plot;
    let hint = "All steps, following the newest (or double-click the plot, or press Home). The wheel \
                zooms the steps; with Ctrl or Shift, the values.";
    let mut follow = plot.follow;
    if toggle(ui, &mut follow, "Fit").on_hover_text(hint).changed() {
        actions.push(Action::SetFollow(follow));
    }
    let hint = "Logarithmic values; what is not above zero is left out. Chosen by itself for losses far apart.";
    if toggle(ui, &mut log, "Log scale").on_hover_text(hint).changed() {
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

/// A switch with the curve's mark, its name and, where there is room, its newest value.
struct Chip<'a> {
    curve: &'a Curve<'a>,
    shown: bool,
    text_color: Color32,
    name: Arc<Galley>,
    value: Option<Arc<Galley>>,
}

/// Left of a chip's name: the piece of line with its mark.
const SWATCH_WIDTH: f32 = 34.0;

impl<'a> Chip<'a> {
    fn new(ui: &Ui, curve: &'a Curve<'a>, shown: bool, with_value: bool) -> Self {
        let palette = palette(ui);
        let text_color = if shown { palette.text } else { palette.text_weak };
        let small = TextStyle::Small.resolve(ui.style());
        let mono = FontId::new(small.size, TextStyle::Monospace.resolve(ui.style()).family);
        let lay = |text: String, font| ui.painter().layout_no_wrap(text, font, text_color);
        let last = curve.smooth.last().filter(|_| with_value);
        let value = last.map(|point| lay(number::value(point[1]), mono));
        Self { curve, shown, text_color, name: lay(curve.title.clone(), small), value }
    }

    fn size(&self) -> Vec2 {
        // A value keeps its width while its digits change.
        let value = self.value.as_ref().map_or(0.0, |value| value.size().x.max(40.0) + 8.0);
        vec2(SWATCH_WIDTH + self.name.size().x + 8.0 + value, 22.0)
    }

    fn ui(self, ui: &mut Ui) -> Response {
        let (rect, response) = ui.allocate_exact_size(self.size(), Sense::click());
        let (shown, curve) = (self.shown, self.curve);
        let title = &curve.title;
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, shown, title));
        if ui.is_rect_visible(rect) {
            self.paint(ui, rect, &response);
        }
        let meaning = &curve.meaning;
        response.on_hover_ui(|ui| {
            ui.set_max_width(ui.spacing().tooltip_width);
            if !meaning.is_empty() {
                ui.label(meaning);
            }
            caption(
                ui,
                if shown { "Click to hide this curve" } else { "Click to show this curve" },
            );
        })
    }

    fn paint(self, ui: &Ui, rect: Rect, response: &Response) {
        let palette = palette(ui);
        let fill = match (response.hovered(), self.shown) {
            (true, _) => palette.hovered,
            (false, true) => palette.raised,
            (false, false) => palette.panel,
        };
        let edge = match (response.has_focus(), self.shown) {
            (true, _) => ui.visuals().selection.stroke,
            (false, true) => Stroke::new(1.0, palette.line_strong),
            (false, false) => Stroke::new(1.0, palette.line),
        };
        ui.painter().rect(rect, 5.0, fill, edge, StrokeKind::Inside);
        paint_swatch(ui, self.curve, rect, self.shown);
        let top = |galley: &Galley| rect.center().y - galley.size().y / 2.0;
        let name = pos2(rect.left() + SWATCH_WIDTH, top(&self.name));
        ui.painter().galley(name, self.name, self.text_color);
        if let Some(value) = self.value {
            let place = pos2(rect.right() - 8.0 - value.size().x, top(&value));
            ui.painter().galley(place, value, self.text_color);
        }
    }
}

fn paint_swatch(ui: &Ui, curve: &Curve<'_>, rect: Rect, shown: bool) {
    let color = if shown { curve.style.color } else { palette(ui).text_weak };
    let center = pos2(rect.left() + 18.0, rect.center().y);
    if shown {
        let ends = [center - vec2(11.0, 0.0), center + vec2(11.0, 0.0)];
        super::dashed(ui.painter(), &ends, curve.style.dash, Stroke::new(1.5, color));
    }
    paint_mark(ui.painter(), center, curve.style.mark, color, 4.0);
}
