//! The run as curves: losses, and below them the speed. Values under the pointer, smoothing with the
//! raw curve faint behind, logarithms, pan and zoom; only what a screen can show is drawn.

pub(super) mod axes;
mod curves;
mod empty;
mod legend;
mod named;
mod overlay;
mod view;

use std::ops::RangeInclusive;

use eframe::egui::{
    FontId, Id, Key, Painter, Pos2, Rangef, Response, Role, Shape, Stroke, TextStyle, Ui, Vec2,
    WidgetInfo, vec2,
};
use egui_plot::{
    AxisHints, Line, LineStyle, Plot, PlotBounds, PlotMemory, PlotPoints, PlotTransform, PlotUi,
};

pub(super) use self::overlay::paint_mark;

use self::curves::{Point, far_apart, log10_or_gap, runs, thinned, value_bounds};
use self::named::{Curve, SPEED, loss_curves, speed_curve};
use self::view::Zoom;
use super::format::grouped;
use super::parts::caption;
use super::theme::{Dash, palette};
use super::widgets::number;
use crate::app::{Action, Actions, AppState};

/// Below this height of the panel the speed is left out.
const ROOM_FOR_SPEED: f32 = 240.0;

/// Draws all curves of the run.
pub fn plots_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.training.history.is_empty() {
        if !state.plot.follow {
            // A new run is not looked at through the window of the last one.
            actions.push(Action::SetFollow(true));
        }
        return empty::no_curves_ui(ui, state, actions);
    }
    let losses = loss_curves(ui, state);
    let speed = speed_curve(ui, state);
    let room = ui.available_height() > ROOM_FOR_SPEED;
    let chips: Vec<Curve<'_>> = losses.into_iter().chain(room.then_some(speed)).collect();
    let hidden = |curve: &Curve<'_>| state.plot.hidden.contains(curve.name);
    let compared = chips.iter().filter(|curve| curve.name != SPEED && !hidden(curve));
    let log = state.plot.log_y.unwrap_or_else(|| far_apart(compared.map(|curve| curve.raw)));
    legend::bar_ui(ui, state, log, &chips, actions);
    let shown = chips.into_iter().filter(|curve| !hidden(curve));
    let (speed, losses): (Vec<_>, Vec<_>) = shown.partition(|curve| curve.name == SPEED);
    let height = ui.available_height();
    let speed_height = if speed.is_empty() { 0.0 } else { (height * 0.28).clamp(70.0, 140.0) };
    let gutter = overlay::names_width(ui, &losses).max(overlay::names_width(ui, &speed));
    let mut group = Group { state, gutter, height: height - speed_height, log };
    group.ui(ui, "loss curves", &losses, actions);
    if !speed.is_empty() {
        group.height = ui.available_height();
        group.log = false;
        group.ui(ui, "speed curve", &speed, actions);
    }
}

/// A plot of curves that share a value axis.
struct Group<'a> {
    state: &'a AppState,
    /// Width right of the frame for the curves' names.
    gutter: f32,
    height: f32,
    log: bool,
}

/// The curves of a group as drawn: thinned, and with the logarithm taken.
struct Drawn {
    raw: Vec<Vec<Point>>,
    smooth: Vec<Vec<Point>>,
    /// Values a logarithm leaves out.
    omitted: usize,
}

impl Group<'_> {
    fn ui(&self, ui: &mut Ui, name: &str, curves: &[Curve<'_>], actions: &mut Actions) {
        let id = ui.scope_id().with(name);
        let columns = (ui.available_width() - self.gutter).max(50.0) as usize;
        let steps = self.steps(ui, id, curves);
        let drawn = self.draw(curves, &steps, columns);
        let bounds = self.state.plot.follow.then(|| self.bounds(&steps, &drawn)).flatten();
        let mut note_height = 0.0;
        if drawn.omitted > 0 {
            note_height = 18.0;
            caption(ui, format!("{} values at or below zero have no logarithm", drawn.omitted));
        }
        let size = vec2(ui.available_width() - self.gutter, self.height - note_height);
        let shown = self.plot(ui, id, size).show(ui, |plot| {
            if let Some(bounds) = bounds {
                plot.set_plot_bounds(bounds);
            }
            view::pan(plot);
            if let Some(zoom) = view::zoom(plot) {
                plot.set_plot_bounds(self.zoomed(plot.plot_bounds(), &zoom, curves, columns));
                // What is drawn in this frame was thinned for the view before.
                plot.ctx().request_repaint();
            }
            add_lines(plot, curves, &drawn);
        });
        self.finish(ui, name, (&shown.response, &shown.transform), curves, &drawn);
        self.follow(ui, &shown.response, actions);
    }

    /// The steps in view: all of them, or what panning and zooming left.
    fn steps(&self, ui: &Ui, id: Id, curves: &[Curve<'_>]) -> RangeInclusive<f64> {
        if !self.state.plot.follow
            && let Some(memory) = PlotMemory::load(ui.ctx(), id)
        {
            return memory.bounds().range_x();
        }
        all_steps(curves)
    }

    /// The view after a zoom: of the steps, with the values of what is then in sight, or of the values.
    fn zoomed(
        &self,
        now: PlotBounds,
        zoom: &Zoom,
        curves: &[Curve<'_>],
        columns: usize,
    ) -> PlotBounds {
        if zoom.values {
            let values = view::zoomed(&now.range_y(), zoom.around.y, zoom.factor);
            return PlotBounds::from_min_max(
                [now.min()[0], *values.start()],
                [now.max()[0], *values.end()],
            );
        }
        let steps = view::zoomed(&now.range_x(), zoom.around.x, zoom.factor);
        let steps = view::within(&steps, &all_steps(curves));
        self.bounds(&steps, &self.draw(curves, &steps, columns)).unwrap_or(now)
    }

    fn draw(&self, curves: &[Curve<'_>], steps: &RangeInclusive<f64>, columns: usize) -> Drawn {
        let thin = |points: &[Point]| thinned(points, steps, columns, |value| self.scale(value));
        let smooth = curves.iter().map(|curve| thin(&curve.smooth)).collect();
        let raw = if self.state.plot.smoothing > 0.0 {
            curves.iter().map(|curve| thin(curve.raw)).collect()
        } else {
            Vec::new()
        };
        let not_positive =
            |curve: &Curve<'_>| curve.raw.iter().filter(|point| point[1] <= 0.0).count();
        let omitted = if self.log { curves.iter().map(not_positive).sum() } else { 0 };
        Drawn { raw, smooth, omitted }
    }

    fn scale(&self, value: f64) -> f64 {
        if self.log { log10_or_gap(value) } else { value }
    }

    fn bounds(&self, steps: &RangeInclusive<f64>, drawn: &Drawn) -> Option<PlotBounds> {
        let smooth = drawn.smooth.iter().map(Vec::as_slice);
        let raw = drawn.raw.iter().map(Vec::as_slice);
        let (low, high) = value_bounds(smooth, raw)?;
        Some(PlotBounds::from_min_max([*steps.start(), low], [*steps.end(), high]))
    }

    fn plot<'p>(&self, ui: &Ui, id: Id, size: Vec2) -> Plot<'p> {
        let palette = palette(ui);
        let font = FontId::new(10.5, TextStyle::Small.resolve(ui.style()).family);
        let log = self.log;
        let steps = AxisHints::new_x()
            .formatter(|mark, _| axes::step_label(mark.value))
            .label_spacing(Rangef::new(20.0, 40.0))
            .tick_label_color(palette.text_weak)
            .tick_label_font(font.clone());
        let values = AxisHints::new_y()
            .formatter(move |mark, _| {
                let value = if log { 10_f64.powf(mark.value) } else { mark.value };
                number::setting((value * 1e12).round() / 1e12)
            })
            .label_spacing(Rangef::new(8.0, 12.0))
            .min_thickness(44.0)
            .tick_label_color(palette.text_weak)
            .tick_label_font(font);
        Plot::new(id)
            .id(id)
            .width(size.x)
            .height(size.y)
            .show_x(false)
            .show_y(false)
            .allow_scroll(false)
            .allow_zoom(false)
            .allow_double_click_reset(false)
            .grid_color(palette.line)
            .grid_fade(0.0)
            .custom_x_axes(vec![steps])
            .custom_y_axes(vec![values])
            .x_grid_spacer(axes::step_marks)
            .y_grid_spacer(if log { axes::log_marks } else { axes::value_marks })
    }

    /// Everything painted over the plot, and what a screen reader is told of it.
    fn finish(
        &self,
        ui: &Ui,
        name: &str,
        (response, transform): (&Response, &PlotTransform),
        curves: &[Curve<'_>],
        drawn: &Drawn,
    ) {
        let spoken = spoken(name, curves, &transform.bounds().range_x());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &spoken));
        if response.has_focus() {
            let stroke = ui.visuals().selection.stroke;
            let kind = eframe::egui::StrokeKind::Inside;
            ui.painter().rect_stroke(*transform.frame(), 2.0, stroke, kind);
        }
        for (curve, line) in curves.iter().zip(&drawn.smooth) {
            overlay::paint_marks(ui.painter(), transform, curve, line);
        }
        let ends: Vec<_> = curves
            .iter()
            .zip(&drawn.smooth)
            .filter_map(|(curve, line)| {
                let end = line.iter().rev().find(|point| point[1].is_finite())?;
                Some((curve, end[1]))
            })
            .collect();
        overlay::paint_names(ui, transform, &ends);
        if let Some(pointer) = response.hover_pos() {
            overlay::paint_hover(ui, transform, pointer, curves, |value| self.scale(value));
        }
    }

    /// Panning and zooming end following the newest step; a double click takes it up again.
    fn follow(&self, ui: &Ui, response: &Response, actions: &mut Actions) {
        let home = response.has_focus() && ui.input(|input| input.key_pressed(Key::Home));
        if response.double_clicked() || home {
            actions.push(Action::SetFollow(true));
        } else if self.state.plot.follow && view::moved(ui, response) {
            actions.push(Action::SetFollow(false));
        }
    }
}

/// From the first step any curve has to the last.
fn all_steps(curves: &[Curve<'_>]) -> RangeInclusive<f64> {
    let first = curves.iter().filter_map(|curve| curve.raw.first()).map(|point| point[0]);
    let last = curves.iter().filter_map(|curve| curve.raw.last()).map(|point| point[0]);
    let (first, last) = (first.fold(f64::INFINITY, f64::min), last.fold(0.0, f64::max));
    if first < last { first..=last } else { last - 1.0..=last + 1.0 }
}

fn spoken(name: &str, curves: &[Curve<'_>], steps: &RangeInclusive<f64>) -> String {
    let newest = curves.iter().filter_map(|curve| {
        let point = curve.smooth.last()?;
        Some(format!("{} {}", curve.title, number::value(point[1])))
    });
    let newest: Vec<String> = newest.collect();
    let mut chars = name.chars();
    let name: String = chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect();
    let (from, to) = (steps.start().max(0.0).round() as u64, steps.end().max(0.0).round() as u64);
    format!("{name}: {}; steps {} to {}", newest.join(", "), grouped(from), grouped(to))
}

fn add_lines(plot: &mut PlotUi<'_>, curves: &[Curve<'_>], drawn: &Drawn) {
    for (curve, line) in curves.iter().zip(&drawn.raw) {
        let faint = curve.style.color.gamma_multiply(0.28);
        for run in runs(line) {
            let points = PlotPoints::from(run.to_vec());
            plot.line(Line::new(curve.name, points).color(faint).width(1.0).allow_band(false));
        }
    }
    for (curve, line) in curves.iter().zip(&drawn.smooth) {
        let style = match curve.style.dash {
            Dash::Solid => LineStyle::Solid,
            Dash::Dashed => LineStyle::Dashed { length: 12.0 },
            Dash::Dotted => LineStyle::Dotted { spacing: 7.0 },
        };
        for run in runs(line) {
            let points = PlotPoints::from(run.to_vec());
            let line = Line::new(curve.name, points).color(curve.style.color).width(1.8);
            plot.line(line.style(style).allow_band(false));
        }
    }
}

/// A line broken as the curve is, for the legend.
fn dashed(painter: &Painter, points: &[Pos2], dash: Dash, stroke: Stroke) {
    match dash {
        Dash::Solid => painter.add(Shape::line(points.to_vec(), stroke)),
        Dash::Dashed => painter.add(Shape::Vec(Shape::dashed_line(points, stroke, 6.0, 3.0))),
        Dash::Dotted => {
            painter.add(Shape::Vec(Shape::dotted_line(points, stroke.color, 4.0, stroke.width)))
        }
    };
}

#[cfg(test)]
mod tests {
    use egui_plot::{PlotBounds, PlotPoint};

    use super::named::curve;
    use super::{Group, Zoom, all_steps};
    use crate::app::AppState;
    use crate::protocol::{Event, LiveSettings, LossPoint, TrainProgress};
    use crate::ui::theme::{DARK, curve_style};

    /// A loss that falls from 8 to nearly 0 within a thousand steps.
    fn falling() -> AppState {
        let mut state = AppState::default();
        for step in (5..=1000).step_by(5) {
            let value = 8.0 * (-(step as f64) / 80.0).exp() + 0.01;
            state.apply_event(Event::Progress(Box::new(TrainProgress {
                step_from: step - 4,
                step,
                steps_total: 0,
                losses: vec![LossPoint { name: "loss".to_owned(), value }],
                images_per_sec: 1.0,
                elapsed_secs: 1.0,
                live: LiveSettings::default(),
            })));
        }
        state
    }

    #[test]
    fn a_curve_is_in_sight_after_every_zoom_of_the_steps() {
        let state = falling();
        let series = state.training.history.series("loss").expect("the loss");
        let style = (0, curve_style(&DARK, 0));
        let curves = [curve(&state, "loss", "Loss".to_owned(), style, series)];
        for log in [false, true] {
            let group = Group { state: &state, gutter: 0.0, height: 300.0, log };
            let all = all_steps(&curves);
            let whole = group.bounds(&all, &group.draw(&curves, &all, 600)).expect("the whole");
            for place in 0..=10 {
                let mut now: PlotBounds = whole;
                for factor in [1.6; 14].into_iter().chain([0.5; 30]) {
                    // Far from the curve, too: at the upper edge.
                    let x = now.min()[0] + now.width() * f64::from(place) / 10.0;
                    let around = PlotPoint::new(x, now.max()[1]);
                    let zoom = Zoom { factor, around, values: false };
                    now = group.zoomed(now, &zoom, &curves, 600);
                    let middle = now.center().x;
                    let [_, value] = super::curves::nearest(&curves[0].smooth, middle)
                        .expect("a curve has points");
                    let value = group.scale(value);
                    assert!(now.range_y().contains(&value), "{value} not in {now:?}");
                }
                assert_eq!(now.range_x(), all, "zoomed out, all steps are in view");
            }
        }
    }
}
