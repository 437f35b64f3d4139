//! The best picture of each method against its computing time.

use eframe::egui::{Align2, FontId, Role, TextStyle, Ui, WidgetInfo, vec2};
use egui_plot::{AxisHints, Line, LineStyle, Plot, PlotPoint, PlotPoints, Text};

use super::title;
use crate::app::{Action, Actions, AppState, RaceAction};
use crate::protocol::{RaceMeasure, RacePoint, RaceView, RacerView};
use crate::ui::parts::segmented;
use crate::ui::plots::axes;
use crate::ui::theme::{Dash, curve_style, palette};

/// Draws the measure that is asked for against seconds, and the choice of it.
pub fn curves_ui(
    ui: &mut Ui,
    state: &AppState,
    view: &RaceView,
    height: f32,
    actions: &mut Actions,
) {
    ui.add_space(6.0);
    let choices =
        [(RaceMeasure::Psnr, "PSNR"), (RaceMeasure::Ssim, "SSIM"), (RaceMeasure::Loss, "Loss")];
    if let Some(measure) = segmented(ui, state.race.measure, choices) {
        actions.push(Action::Race(RaceAction::Plot(measure)));
    }
    draw_curves(ui, view, state.race.measure, height);
}

/// As on the axis.
fn axis_title(measure: RaceMeasure) -> &'static str {
    match measure {
        RaceMeasure::Psnr => "PSNR, dB",
        RaceMeasure::Ssim => "SSIM",
        RaceMeasure::Loss => "log10 of the loss",
    }
}

fn draw_curves(ui: &mut Ui, view: &RaceView, measure: RaceMeasure, height: f32) {
    let colors = palette(ui);
    let font = FontId::new(10.5, TextStyle::Small.resolve(ui.style()).family);
    let axis = |hints: AxisHints<'static>, label: &'static str| {
        hints.label(label).tick_label_color(colors.text_weak).tick_label_font(font.clone())
    };
    let plot = Plot::new("race curves")
        .height(height)
        .width(ui.available_width())
        .show_x(false)
        .show_y(false)
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_boxed_zoom(false)
        .grid_color(colors.line)
        .x_grid_spacer(axes::value_marks)
        .y_grid_spacer(axes::value_marks)
        .custom_x_axes(vec![axis(AxisHints::new_x(), "computing time, s")])
        .custom_y_axes(vec![axis(AxisHints::new_y(), axis_title(measure))])
        // Room for the names above the ends.
        .set_margin_fraction(vec2(0.02, 0.2));
    let longest = view.racers.iter().map(|racer| racer.seconds).fold(0.0, f64::max);
    let shown = plot.show(ui, |plot| {
        for (index, racer) in view.racers.iter().enumerate() {
            let style = curve_style(colors, index);
            let points = points_of(racer, measure);
            let Some(&[x, y]) = points.last() else { continue };
            let dash = match style.dash {
                Dash::Solid => LineStyle::Solid,
                Dash::Dashed => LineStyle::Dashed { length: 10.0 },
                Dash::Dotted => LineStyle::Dotted { spacing: 6.0 },
            };
            let name = title(racer.method);
            let line = Line::new(name, PlotPoints::from(points)).color(style.color).width(1.8);
            plot.line(line.style(dash));
            let text = eframe::egui::RichText::new(name).font(font.clone()).color(style.color);
            // Inwards from the end, or it would be cut off.
            let anchor = if x < 0.3 * longest { Align2::LEFT_BOTTOM } else { Align2::RIGHT_BOTTOM };
            plot.text(Text::new(name, PlotPoint::new(x, y), text).anchor(anchor));
        }
    });
    let spoken: Vec<String> =
        view.racers.iter().filter_map(|racer| spoken(racer, measure)).collect();
    let text = format!("{} against seconds: {}", axis_title(measure), spoken.join("; "));
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &text));
}

/// A single look is drawn as a short level line, so that it can be seen.
fn points_of(racer: &RacerView, measure: RaceMeasure) -> Vec<[f64; 2]> {
    let place = |point: &RacePoint| Some([point.seconds, point.value(measure)?]);
    let mut points: Vec<[f64; 2]> = racer.curve.iter().filter_map(place).collect();
    if let [only] = points[..] {
        points = vec![[0.0, only[1]], only];
    }
    points
}

fn spoken(racer: &RacerView, measure: RaceMeasure) -> Option<String> {
    let &[seconds, value] = points_of(racer, measure).last()?;
    Some(format!("{} {value:.2} after {seconds:.1} s", title(racer.method)))
}
