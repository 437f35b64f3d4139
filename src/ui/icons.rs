//! Icons as shapes: crisp at every scale, in the colour of the text beside them, and needing no font
//! (the bundled ones have no such glyphs).
//!
//! `Button::new((icons::atom(Icon::Play), "Train"))`.

use std::f32::consts::TAU;

use eframe::egui::{
    Atom, Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, epaint::CubicBezierShape,
    vec2,
};

/// A picture in a square of 14 points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// ▶ start, resume.
    Play,
    /// ‖ pause.
    Pause,
    /// ■ stop.
    Stop,
    /// ▶| one step.
    Step,
    /// A closed padlock.
    Locked,
    /// An open padlock.
    Unlocked,
    /// ✕ close, dismiss.
    Close,
    /// A die: draw anew.
    Dice,
    /// A folder.
    Folder,
    /// An arrow into a tray.
    Save,
    /// A processor.
    Chip,
    /// ▾ more choices below.
    Down,
    /// ▴ further up.
    Up,
    /// ✓ done.
    Check,
    /// ! in a triangle.
    Warning,
}

/// Edge of an icon beside text.
pub const SIZE: f32 = 14.0;

/// The icon, in the colour of the text beside it.
pub fn atom<'a>(icon: Icon) -> Atom<'a> {
    Atom::paint(Vec2::splat(SIZE), move |ui, args| {
        paint(ui.painter(), icon, args.rect, args.fallback_text_color);
    })
}

/// Paints the icon into the largest square in the middle of `rect`.
pub fn paint(painter: &Painter, icon: Icon, rect: Rect, color: Color32) {
    let edge = rect.width().min(rect.height());
    let square = Rect::from_center_size(rect.center(), Vec2::splat(edge));
    // Positions below are in 0..=1 of the square.
    let at = |x: f32, y: f32| square.min + vec2(x, y) * edge;
    let line = Stroke::new((edge * 0.11).max(1.0), color);
    let filled = |points: &[(f32, f32)]| {
        let points: Vec<Pos2> = points.iter().map(|&(x, y)| at(x, y)).collect();
        painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
    };
    let stroked = |points: &[(f32, f32)]| {
        painter.add(Shape::line(points.iter().map(|&(x, y)| at(x, y)).collect(), line));
    };
    let block = |x0: f32, y0: f32, x1: f32, y1: f32| {
        painter.rect_filled(Rect::from_min_max(at(x0, y0), at(x1, y1)), edge * 0.06, color);
    };
    match icon {
        Icon::Play => filled(&[(0.22, 0.12), (0.88, 0.5), (0.22, 0.88)]),
        Icon::Pause => {
            block(0.2, 0.14, 0.42, 0.86);
            block(0.58, 0.14, 0.8, 0.86);
        }
        Icon::Stop => block(0.18, 0.18, 0.82, 0.82),
        Icon::Step => {
            filled(&[(0.14, 0.14), (0.64, 0.5), (0.14, 0.86)]);
            block(0.7, 0.14, 0.86, 0.86);
        }
        Icon::Locked | Icon::Unlocked => {
            padlock(painter, icon == Icon::Locked, &at, line);
            block(0.18, 0.46, 0.82, 0.92);
        }
        Icon::Close => {
            stroked(&[(0.22, 0.22), (0.78, 0.78)]);
            stroked(&[(0.78, 0.22), (0.22, 0.78)]);
        }
        Icon::Dice => dice(painter, edge, &at, line),
        Icon::Folder => stroked(&[
            (0.08, 0.82),
            (0.08, 0.2),
            (0.38, 0.2),
            (0.48, 0.34),
            (0.92, 0.34),
            (0.92, 0.82),
            (0.05, 0.82),
        ]),
        Icon::Save => {
            stroked(&[(0.5, 0.06), (0.5, 0.6)]);
            stroked(&[(0.28, 0.4), (0.5, 0.62), (0.72, 0.4)]);
            stroked(&[(0.1, 0.62), (0.1, 0.9), (0.9, 0.9), (0.9, 0.62)]);
        }
        Icon::Chip => chip(painter, &at, line),
        Icon::Down => stroked(&[(0.2, 0.36), (0.5, 0.66), (0.8, 0.36)]),
        Icon::Up => stroked(&[(0.2, 0.64), (0.5, 0.34), (0.8, 0.64)]),
        Icon::Check => stroked(&[(0.14, 0.54), (0.4, 0.8), (0.86, 0.22)]),
        Icon::Warning => {
            stroked(&[(0.5, 0.1), (0.94, 0.88), (0.06, 0.88), (0.5, 0.1), (0.6, 0.28)]);
            stroked(&[(0.5, 0.38), (0.5, 0.62)]);
            painter.circle_filled(at(0.5, 0.75), edge * 0.06, color);
        }
    }
}

/// The shackle: a half circle whose right foot hangs free when it is open.
fn padlock(painter: &Painter, closed: bool, at: &dyn Fn(f32, f32) -> Pos2, line: Stroke) {
    let right_foot = if closed { 0.46 } else { 0.34 };
    let top = if closed { 0.02 } else { -0.06 };
    let points = [at(0.3, 0.3), at(0.3, top), at(0.7, top), at(0.7, 0.3)];
    painter.add(CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, line));
    painter.line_segment([at(0.3, 0.28), at(0.3, 0.48)], line);
    painter.line_segment([at(0.7, 0.28), at(0.7, right_foot)], line);
}

/// A face of a die, three up.
fn dice(painter: &Painter, edge: f32, at: &dyn Fn(f32, f32) -> Pos2, line: Stroke) {
    let body = Rect::from_min_max(at(0.1, 0.1), at(0.9, 0.9));
    painter.rect_stroke(body, edge * 0.16, line, StrokeKind::Inside);
    for (x, y) in [(0.33, 0.33), (0.5, 0.5), (0.67, 0.67)] {
        painter.circle_filled(at(x, y), edge * 0.085, line.color);
    }
}

/// A square with legs on all sides.
fn chip(painter: &Painter, at: &dyn Fn(f32, f32) -> Pos2, line: Stroke) {
    let body = Rect::from_min_max(at(0.24, 0.24), at(0.76, 0.76));
    painter.rect_stroke(body, 1.0, line, StrokeKind::Inside);
    let leg = Stroke::new(line.width * 0.8, line.color);
    let centre = at(0.5, 0.5);
    for turn in 0..4 {
        let (sin, cos) = (turn as f32 * TAU / 4.0).sin_cos();
        let rotated = |x: f32, y: f32| {
            let offset = at(x, y) - centre;
            centre + vec2(offset.x * cos - offset.y * sin, offset.x * sin + offset.y * cos)
        };
        for y in [0.38, 0.62] {
            painter.line_segment([rotated(0.76, y), rotated(0.94, y)], leg);
        }
    }
}
