//! A thin layer over the rasteriser: a canvas in percent of the picture, paths and the three ways portraits are
//! painted (flat, soft gradient, outlined).
//!
//! The portrait files speak only of shapes and colours; sizes in pixels, transforms of gradients and paint options
//! stay here.

use tiny_skia::{
    FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Paint, Path, PathBuilder, Pixmap,
    Point, RadialGradient, Shader, SpreadMode, Stroke, Transform,
};

use super::palette::Rgb;

/// Width of every outline, in percent of the picture.
pub(super) const OUTLINE: f32 = 1.1;

/// How a shape is coloured.
#[derive(Clone, Copy)]
pub(super) enum Ink {
    /// One colour with an opacity.
    Flat(Rgb, f32),
    /// From the first colour at y = `from` to the second at y = `to`.
    Vertical { top: Rgb, bottom: Rgb, from: f32, to: f32 },
    /// From the first colour in the centre to the second at the radius; opacities beside them.
    Radial { inner: (Rgb, f32), outer: (Rgb, f32), center: [f32; 2], radius: f32 },
}

impl From<Rgb> for Ink {
    fn from(color: Rgb) -> Self {
        Self::Flat(color, 1.0)
    }
}

/// A square picture whose coordinates run from 0 to 100 whatever its size in pixels.
pub(super) struct Canvas {
    pixmap: Pixmap,
    scale: f32,
    transform: Transform,
}

impl Canvas {
    /// An empty canvas, or `None` for a size that no pixmap can have.
    pub fn new(size_px: u32) -> Option<Self> {
        let scale = size_px as f32 / 100.0;
        Some(Self {
            pixmap: Pixmap::new(size_px, size_px)?,
            scale,
            transform: Transform::from_scale(scale, scale),
        })
    }

    /// From now on, coordinates are relative to `origin` and `zoom` times as large, rolled clockwise by `degrees`
    /// about `pivot` (in the new coordinates).
    pub fn set_frame(&mut self, origin: [f32; 2], zoom: f32, degrees: f32, pivot: [f32; 2]) {
        self.transform = Transform::from_scale(self.scale, self.scale)
            .pre_translate(origin[0], origin[1])
            .pre_scale(zoom, zoom)
            .pre_translate(pivot[0], pivot[1])
            .pre_concat(Transform::from_rotate(degrees))
            .pre_translate(-pivot[0], -pivot[1]);
    }

    /// Fills a shape.
    pub fn fill(&mut self, shape: &Shape, ink: impl Into<Ink>) {
        if let Some((path, paint)) = shape.0.as_ref().zip(paint(ink.into())) {
            self.pixmap.fill_path(path, &paint, FillRule::Winding, self.transform, None);
        }
    }

    /// Draws along a path with a round pen.
    pub fn stroke(&mut self, shape: &Shape, ink: impl Into<Ink>, width: f32) {
        if let Some((path, paint)) = shape.0.as_ref().zip(paint(ink.into())) {
            let stroke = Stroke {
                width,
                line_cap: LineCap::Round,
                line_join: LineJoin::Round,
                ..Stroke::default()
            };
            self.pixmap.stroke_path(path, &paint, &stroke, self.transform, None);
        }
    }

    /// Fills a shape and draws its outline.
    pub fn outlined(&mut self, shape: &Shape, ink: impl Into<Ink>, outline: Rgb) {
        self.fill(shape, ink);
        self.stroke(shape, outline, OUTLINE);
    }

    /// The picture as RGB bytes, each the mean of `factor` × `factor` pixels of the canvas.
    pub fn into_rgb(self, factor: u32) -> Vec<u8> {
        let side = (self.pixmap.width() / factor) as usize;
        let factor = factor as usize;
        let (data, stride) = (self.pixmap.data(), side * factor * 4);
        let area = (factor * factor) as u32;
        let mut rgb = Vec::with_capacity(side * side * 3);
        for y in 0..side {
            for x in 0..side {
                let mut sum = [0_u32; 3];
                for row in 0..factor {
                    let start = (y * factor + row) * stride + x * factor * 4;
                    for pixel in data[start..start + factor * 4].chunks_exact(4) {
                        for (total, &byte) in sum.iter_mut().zip(pixel) {
                            *total += u32::from(byte);
                        }
                    }
                }
                rgb.extend(sum.map(|total| ((total + area / 2) / area) as u8));
            }
        }
        rgb
    }
}

fn paint(ink: Ink) -> Option<Paint<'static>> {
    let shader = match ink {
        Ink::Flat(color, alpha) => Shader::SolidColor(color.with_alpha(alpha)),
        Ink::Vertical { top, bottom, from, to } => LinearGradient::new(
            Point::from_xy(0.0, from),
            Point::from_xy(0.0, to),
            stops((top, 1.0), (bottom, 1.0)),
            SpreadMode::Pad,
            Transform::identity(),
        )?,
        Ink::Radial { inner, outer, center: [x, y], radius } => RadialGradient::new(
            Point::from_xy(x, y),
            0.0,
            Point::from_xy(x, y),
            radius,
            stops(inner, outer),
            SpreadMode::Pad,
            Transform::identity(),
        )?,
    };
    Some(Paint { shader, ..Paint::default() })
}

fn stops(first: (Rgb, f32), last: (Rgb, f32)) -> Vec<GradientStop> {
    vec![
        GradientStop::new(0.0, first.0.with_alpha(first.1)),
        GradientStop::new(1.0, last.0.with_alpha(last.1)),
    ]
}

/// What is painted at once; empty when nothing was drawn.
pub(super) struct Shape(Option<Path>);

/// A shape from a closure that draws it.
pub(super) fn path(build: impl FnOnce(&mut PathBuilder)) -> Shape {
    let mut builder = PathBuilder::new();
    build(&mut builder);
    Shape(builder.finish())
}

/// Adds an axis-parallel ellipse.
pub(super) fn ellipse(builder: &mut PathBuilder, center: [f32; 2], radii: [f32; 2]) {
    rounded_box(builder, center, radii, 1.0);
}

/// Adds a box whose corners go from square (`roundness` 0) to those of an ellipse (1).
pub(super) fn rounded_box(
    builder: &mut PathBuilder,
    [cx, cy]: [f32; 2],
    [rx, ry]: [f32; 2],
    roundness: f32,
) {
    // A cubic with its handles at 0.5523 of the radius is a quarter of an ellipse to 0.03 %; longer handles push
    // the corner out towards the square.
    let handle = 0.5523 + 0.42 * (1.0 - roundness);
    let (hx, hy) = (rx * handle, ry * handle);
    builder.move_to(cx, cy - ry);
    builder.cubic_to(cx + hx, cy - ry, cx + rx, cy - hy, cx + rx, cy);
    builder.cubic_to(cx + rx, cy + hy, cx + hx, cy + ry, cx, cy + ry);
    builder.cubic_to(cx - hx, cy + ry, cx - rx, cy + hy, cx - rx, cy);
    builder.cubic_to(cx - rx, cy - hy, cx - hx, cy - ry, cx, cy - ry);
    builder.close();
}

/// Adds a smooth closed curve through all points (Catmull–Rom, as cubics).
pub(super) fn smooth_closed(builder: &mut PathBuilder, points: &[[f32; 2]]) {
    let count = points.len();
    if count < 3 {
        return;
    }
    let at = |index: usize| points[index % count];
    builder.move_to(points[0][0], points[0][1]);
    for i in 0..count {
        let [before, start, end, after] = [at(i + count - 1), at(i), at(i + 1), at(i + 2)];
        builder.cubic_to(
            start[0] + (end[0] - before[0]) / 6.0,
            start[1] + (end[1] - before[1]) / 6.0,
            end[0] - (after[0] - start[0]) / 6.0,
            end[1] - (after[1] - start[1]) / 6.0,
            end[0],
            end[1],
        );
    }
    builder.close();
}

/// Linear interpolation.
pub(super) fn lerp(from: f32, to: f32, amount: f32) -> f32 {
    from + (to - from) * amount
}

/// 0 up to `from`, 1 from `to` on, smooth in between.
pub(super) fn smoothstep(from: f32, to: f32, value: f32) -> f32 {
    let t = ((value - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
