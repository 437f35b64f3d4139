//! What is painted over a plot: marks along the curves, names at their ends, values under the pointer.

use eframe::egui::{
    Align2, Color32, FontId, Id, LayerId, Order, Painter, Pos2, Rect, Shape, Stroke, StrokeKind,
    TextStyle, Ui, pos2, vec2,
};
use egui_plot::{PlotPoint, PlotTransform};

use super::Curve;
use super::curves::{Point, nearest};
use crate::ui::format::grouped;
use crate::ui::theme::{Mark, palette};
use crate::ui::widgets::number;

/// Points between the marks along a curve.
const MARK_SPACING: f32 = 130.0;
/// Least distance between two names at the curves' ends.
const NAME_SPACING: f32 = 14.0;

/// Paints a curve's mark.
pub fn paint_mark(painter: &Painter, center: Pos2, mark: Mark, color: Color32, radius: f32) {
    let r = radius;
    let at = |x: f32, y: f32| center + vec2(x * r, y * r);
    let polygon = |points: Vec<Pos2>| {
        painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
    };
    let line = |a: Pos2, b: Pos2| {
        painter.line_segment([a, b], Stroke::new((r * 0.55).max(1.5), color));
    };
    match mark {
        Mark::Circle => {
            painter.circle_filled(center, r, color);
        }
        Mark::Square => {
            painter.rect_filled(Rect::from_center_size(center, vec2(r, r) * 1.75), 0.0, color);
        }
        Mark::Triangle => polygon(vec![at(0.0, -1.15), at(1.1, 0.85), at(-1.1, 0.85)]),
        Mark::Diamond => {
            polygon(vec![at(0.0, -1.25), at(1.25, 0.0), at(0.0, 1.25), at(-1.25, 0.0)]);
        }
        Mark::Plus => {
            line(at(-1.1, 0.0), at(1.1, 0.0));
            line(at(0.0, -1.1), at(0.0, 1.1));
        }
        Mark::Cross => {
            line(at(-0.85, -0.85), at(0.85, 0.85));
            line(at(-0.85, 0.85), at(0.85, -0.85));
        }
        Mark::Ring => {
            painter.circle_stroke(center, r, Stroke::new((r * 0.4).max(1.2), color));
        }
    }
}

/// Paints marks along the curve, so that it is followed without colour too.
pub fn paint_marks(
    painter: &Painter,
    transform: &PlotTransform,
    curve: &Curve<'_>,
    line: &[Point],
) {
    let frame = *transform.frame();
    // Every curve starts its marks at another place, so that they do not cover each other.
    let offset = MARK_SPACING * (curve.index as f32 * 0.38).fract();
    let cell = |point: &Point| {
        let x = transform.position_from_point_x(point[0]) - frame.left() - offset;
        (x / MARK_SPACING).floor() as i64
    };
    let mut last_cell = line.first().map(cell);
    for point in line.iter().filter(|point| point[1].is_finite()) {
        let now = cell(point);
        if last_cell.replace(now) == Some(now) {
            continue;
        }
        let at = transform.position_from_point(&PlotPoint::new(point[0], point[1]));
        if frame.contains(at) {
            paint_mark(painter, at, curve.style.mark, curve.style.color, 3.5);
        }
    }
}

/// Paints the curves' names right of the frame, at the height where each curve ends.
pub fn paint_names(ui: &Ui, transform: &PlotTransform, ends: &[(&Curve<'_>, f64)]) {
    let frame = *transform.frame();
    if frame.height() < 3.0 * NAME_SPACING {
        return;
    }
    let mut names: Vec<(f32, &Curve<'_>)> = ends
        .iter()
        .map(|(curve, value)| {
            let y = transform.position_from_point_y(*value);
            (y.min(frame.bottom() - 5.0).max(frame.top() + 5.0), *curve)
        })
        .collect();
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    spread(&mut names, frame.top() + 5.0, frame.bottom() - 5.0);
    let font = name_font(ui);
    for (y, curve) in names {
        let mark = pos2(frame.right() + 9.0, y);
        paint_mark(ui.painter(), mark, curve.style.mark, curve.style.color, 3.5);
        let text = pos2(frame.right() + 17.0, y);
        let color = curve.style.color;
        ui.painter().text(text, Align2::LEFT_CENTER, &curve.title, font.clone(), color);
    }
}

/// The width the names take right of the plot.
pub fn names_width(ui: &Ui, curves: &[Curve<'_>]) -> f32 {
    let font = name_font(ui);
    let width = |curve: &Curve<'_>| {
        ui.painter().layout_no_wrap(curve.title.clone(), font.clone(), curve.style.color).size().x
    };
    curves.iter().map(width).fold(0.0, f32::max) + 24.0
}

fn name_font(ui: &Ui) -> FontId {
    TextStyle::Small.resolve(ui.style())
}

/// Moves names apart: down where they collide, and up again where that leaves the frame.
fn spread<T>(names: &mut [(f32, T)], top: f32, bottom: f32) {
    let mut least = top;
    for (y, _) in names.iter_mut() {
        *y = y.max(least);
        least = *y + NAME_SPACING;
    }
    let mut greatest = bottom;
    for (y, _) in names.iter_mut().rev() {
        *y = y.min(greatest);
        greatest = *y - NAME_SPACING;
    }
}

/// Paints a line at the report nearest to the pointer and the values of all curves there.
pub fn paint_hover(
    ui: &Ui,
    transform: &PlotTransform,
    pointer: Pos2,
    curves: &[Curve<'_>],
    scale: impl Fn(f64) -> f64,
) {
    let wanted = transform.value_from_position(pointer).x;
    let distance = |point: &Point| (point[0] - wanted).abs();
    let nearest_of_all = curves
        .iter()
        .filter_map(|curve| nearest(&curve.smooth, wanted))
        .min_by(|a, b| distance(a).total_cmp(&distance(b)));
    let Some([step, _]) = nearest_of_all else { return };
    let palette = palette(ui);
    let frame = *transform.frame();
    let x = transform.position_from_point_x(step);
    let painter = ui.painter().with_clip_rect(frame);
    painter.vline(x, frame.y_range(), Stroke::new(1.0, palette.line_strong));
    let mut rows = Vec::new();
    for curve in curves {
        let Some(smooth) = nearest(&curve.smooth, step) else { continue };
        let raw = nearest(curve.raw, step).map_or(f64::NAN, |point| point[1]);
        let y = scale(smooth[1]);
        if y.is_finite() {
            let at = pos2(x, transform.position_from_point_y(y));
            painter.circle(at, 4.0, palette.sunken, Stroke::new(2.0, curve.style.color));
        }
        rows.push((curve, smooth[1], raw));
    }
    paint_values(ui, frame, x, step, &rows);
}

/// The box with the values: right of the line, or left of it where there is no room.
fn paint_values(ui: &Ui, frame: Rect, x: f32, step: f64, rows: &[(&Curve<'_>, f64, f64)]) {
    let palette = palette(ui);
    let small = TextStyle::Small.resolve(ui.style());
    let mono = FontId::new(small.size, TextStyle::Monospace.resolve(ui.style()).family);
    let painter = ui.painter();
    let lay = |text: String, font: &FontId, color: Color32| {
        painter.layout_no_wrap(text, font.clone(), color)
    };
    let columns = if rows.iter().any(|row| row.1 != row.2) { " · smooth, raw" } else { "" };
    let title = format!("Step {}{columns}", grouped(step as u64));
    let title = lay(title, &small, palette.text_strong);
    let cells: Vec<_> = rows
        .iter()
        .map(|(curve, smooth, raw)| {
            let name = lay(curve.title.clone(), &small, palette.text);
            let value = lay(number::value(*smooth), &mono, palette.text_strong);
            let raw = if smooth == raw { String::new() } else { number::value(*raw) };
            (curve, name, value, lay(raw, &mono, palette.text_weak))
        })
        .collect();
    let widest = |width: fn(&(_, _, _, _)) -> f32| cells.iter().map(width).fold(0.0, f32::max);
    let (name, value, raw) =
        (widest(|c| c.1.size().x), widest(|c| c.2.size().x), widest(|c| c.3.size().x));
    let row_height = 16.0;
    let raw_part = if raw > 0.0 { raw + 10.0 } else { 0.0 };
    let width = (16.0 + name + 12.0 + value + raw_part).max(title.size().x);
    let size = vec2(width + 16.0, row_height * (cells.len() as f32 + 1.0) + 12.0);
    let right = x + 12.0 + size.x <= frame.right();
    let left = if right { x + 12.0 } else { x - 12.0 - size.x };
    // A low plot has not the height: the box then reaches above it, as far up as the window does.
    let window = ui.ctx().content_rect().shrink(4.0);
    let top = (frame.top() + 8.0).min(window.bottom() - size.y).max(window.top());
    let plate = Rect::from_min_size(pos2(left.max(frame.left()), top), size);
    let layer = LayerId::new(Order::Tooltip, Id::unique("values under the pointer"));
    let painter = &ui.ctx().layer_painter(layer);
    let edge = Stroke::new(1.0, palette.line_strong);
    painter.rect(plate, 5.0, palette.panel, edge, StrokeKind::Inside);
    let mut y = plate.top() + 6.0;
    let x0 = plate.left() + 8.0;
    painter.galley(pos2(x0, y), title, palette.text_strong);
    for (curve, name_text, value_text, raw_text) in cells {
        y += row_height;
        let mark = pos2(x0 + 5.0, y + 7.0);
        paint_mark(painter, mark, curve.style.mark, curve.style.color, 3.5);
        painter.galley(pos2(x0 + 16.0, y), name_text, palette.text);
        let value_right = x0 + 16.0 + name + 12.0 + value;
        painter.galley(pos2(value_right - value_text.size().x, y), value_text, palette.text);
        let raw_right = value_right + raw_part;
        painter.galley(pos2(raw_right - raw_text.size().x, y), raw_text, palette.text_weak);
    }
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn names_move_apart_and_stay_inside() {
        let mut names = [(10.0, 'a'), (12.0, 'b'), (95.0, 'c'), (96.0, 'd')];
        spread(&mut names, 5.0, 100.0);
        assert!(names.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 14.0), "{names:?}");
        assert!(names.iter().all(|name| (5.0..=100.0).contains(&name.0)), "{names:?}");
    }
}
