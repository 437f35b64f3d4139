//! How a person moves the view. The wheel and the keys + and − zoom the steps, and the values refit, so
//! that a curve is always in sight; with Ctrl or Shift the wheel zooms the values alone. Dragging and
//! the arrow keys pan.

use std::ops::RangeInclusive;

use eframe::egui::{EventFilter, Key, Response, Ui, Vec2, vec2};
use egui_plot::{PlotPoint, PlotUi};

/// The fewest steps a zoom leaves.
const LEAST_STEPS: f64 = 4.0;
/// Scrolled points that zoom by a factor of e.
const POINTS_PER_E: f32 = 240.0;

/// A zoom that was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Zoom {
    /// Above 1 to see less, larger.
    pub factor: f64,
    /// What stays where it is.
    pub around: PlotPoint,
    /// The values instead of the steps.
    pub values: bool,
}

/// The zoom that wheel, pinch or keys ask for in this frame.
pub fn zoom(plot: &PlotUi<'_>) -> Option<Zoom> {
    let (response, ctx) = (plot.response(), plot.ctx());
    if let Some(around) = plot.pointer_coordinate().filter(|_| response.hovered()) {
        // With Ctrl the window turns the wheel into a zoom, with Shift it scrolls sideways.
        let (scroll, pinch, held) =
            ctx.input(|i| (i.smooth_scroll_delta, i.zoom_delta(), i.modifiers));
        let factor = f64::from(pinch * ((scroll.x + scroll.y) / POINTS_PER_E).exp());
        if factor != 1.0 {
            return Some(Zoom { factor, around, values: held.command || held.ctrl || held.shift });
        }
    }
    if response.has_focus() {
        let pressed = |key| i32::from(ctx.input(|input| input.key_pressed(key)));
        let times = pressed(Key::Plus).max(pressed(Key::Equals)) - pressed(Key::Minus);
        let around = plot.plot_bounds().center();
        let zoom = Zoom { factor: 1.25_f64.powi(times), around, values: false };
        return (times != 0).then_some(zoom);
    }
    None
}

/// `range` zoomed by `factor` around `at`.
pub fn zoomed(range: &RangeInclusive<f64>, at: f64, factor: f64) -> RangeInclusive<f64> {
    at + (range.start() - at) / factor..=at + (range.end() - at) / factor
}

/// Steps of `range` that are among `all`, no fewer than can be looked at; `all` where none are.
pub fn within(range: &RangeInclusive<f64>, all: &RangeInclusive<f64>) -> RangeInclusive<f64> {
    let (from, to) = (range.start().max(*all.start()), range.end().min(*all.end()));
    let least = LEAST_STEPS.min(all.end() - all.start());
    if from > to {
        return all.clone();
    }
    if to - from >= least {
        return from..=to;
    }
    let first = ((from + to - least) / 2.0).max(*all.start()).min(all.end() - least);
    first..=first + least
}

/// The arrow keys pan the focused plot.
pub fn pan(plot: &mut PlotUi<'_>) {
    let response = plot.response();
    if !response.has_focus() {
        return;
    }
    let id = response.id;
    let arrows =
        EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    plot.ctx().memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
    let bounds = plot.plot_bounds();
    let (dx, dy) = (bounds.width() as f32 * 0.1, bounds.height() as f32 * 0.1);
    let pressed = |key| plot.ctx().input(|input| input.key_pressed(key)) as i32 as f32;
    let pan = vec2(
        dx * (pressed(Key::ArrowRight) - pressed(Key::ArrowLeft)),
        dy * (pressed(Key::ArrowUp) - pressed(Key::ArrowDown)),
    );
    if pan != Vec2::ZERO {
        plot.translate_bounds(pan);
    }
}

/// Whether the person panned or zoomed in this frame.
pub fn moved(ui: &Ui, response: &Response) -> bool {
    let keys = [
        Key::ArrowLeft,
        Key::ArrowRight,
        Key::ArrowUp,
        Key::ArrowDown,
        Key::Plus,
        Key::Equals,
        Key::Minus,
    ];
    let dragged = response.dragged() && response.drag_delta() != Vec2::ZERO;
    let wheel = response.hovered()
        && ui.input(|i| i.zoom_delta() != 1.0 || i.smooth_scroll_delta != Vec2::ZERO);
    let keyed = response.has_focus()
        && ui.input(|input| keys.into_iter().any(|key| input.key_pressed(key)));
    dragged || wheel || keyed || response.drag_stopped()
}

#[cfg(test)]
mod tests {
    use super::{within, zoomed};

    #[test]
    fn what_is_under_the_pointer_stays_and_the_steps_end_with_the_curves() {
        assert_eq!(zoomed(&(0.0..=100.0), 20.0, 2.0), 10.0..=60.0);
        let all = 1.0..=1000.0;
        assert_eq!(within(&(-500.0..=1500.0), &all), all);
        assert_eq!(within(&(2000.0..=3000.0), &all), all, "panned away from every curve");
        assert_eq!(within(&(990.0..=1200.0), &all), 990.0..=1000.0);
        assert_eq!(within(&(50.0..=50.1), &all), 48.05..=52.05);
        assert_eq!(within(&(999.9..=1200.0), &all), 996.0..=1000.0);
        assert_eq!(within(&(0.0..=0.5), &(0.0..=1.0)), 0.0..=1.0, "a run of few steps");
    }
}
