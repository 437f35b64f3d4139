//! The best picture of each method against its computing time.

use eframe::egui::{Align2, FontId, Role, TextStyle, Ui, WidgetInfo};
use egui_plot::{AxisHints, Line, LineStyle, Plot, PlotPoint, PlotPoints, Text};

use super::title;
use crate::protocol::{RaceView, RacerView};
use crate::ui::theme::{Dash, curve_style, palette};

/// Draws PSNR against seconds.
pub fn draw_curves(ui: &mut Ui, view: &RaceView, height: f32) {
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
        .custom_x_axes(vec![axis(AxisHints::new_x(), "computing time, s")])
        .custom_y_axes(vec![axis(AxisHints::new_y(), "PSNR, dB")]);
    let shown = plot.show(ui, |plot| {
        for (index, racer) in view.racers.iter().enumerate() {
            let style = curve_style(colors, index);
            let points = points_of(racer);
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
            plot.text(Text::new(name, PlotPoint::new(x, y), text).anchor(Align2::RIGHT_BOTTOM));
        }
    });
    let spoken: Vec<String> = view.racers.iter().filter_map(spoken).collect();
    let text = format!("PSNR against seconds: {}", spoken.join("; "));
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &text));
}

/// A single look is drawn as a short level line, so that it can be seen.
fn points_of(racer: &RacerView) -> Vec<[f64; 2]> {
    // Equal pictures have no finite place on the axis.
    let finite = racer.curve.iter().filter(|point| point.psnr_db.is_finite());
    let mut points: Vec<[f64; 2]> = finite.map(|point| [point.seconds, point.psnr_db]).collect();
    if let [only] = points[..] {
        points = vec![[0.0, only[1]], only];
    }
    points
}

fn spoken(racer: &RacerView) -> Option<String> {
    let last = racer.curve.last()?;
    Some(format!("{} {:.1} dB after {:.1} s", title(racer.method), last.psnr_db, last.seconds))
}
