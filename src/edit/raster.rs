//! Strokes as soft masks at the model's resolution.

use crate::protocol::{Brush, Stroke, StrokePoint, StrokeTool};

/// What a stroke's mask binds: of strokes that bind the same, a later one covers an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    Values,
    Edges,
    Other,
}

fn layer(tool: StrokeTool) -> Layer {
    match tool {
        StrokeTool::Colour(_)
        | StrokeTool::Lighten(_)
        | StrokeTool::Darken(_)
        | StrokeTool::Keep
        | StrokeTool::Warp(_) => Layer::Values,
        StrokeTool::Edge | StrokeTool::NoEdge => Layer::Edges,
        StrokeTool::Drag | StrokeTool::Erase | StrokeTool::Smooth | StrokeTool::Latent => {
            Layer::Other
        }
    }
}

/// Width of the line that an edge's stroke draws, in pixels: its two sides fall into one cell.
const LINE_PX: f32 = 2.0;

/// Whether a stroke says what values its pixels have.
pub(super) fn covers_values(tool: StrokeTool) -> bool {
    layer(tool) == Layer::Values
}

/// The masks of strokes, `size`×`size` values in [0, 1] each, row by row; a later stroke covers an earlier one
/// that binds the same (the pixels' values or their edges), so that what was painted last is what holds.
pub fn masks(strokes: &[Stroke], size: usize) -> Vec<Vec<f32>> {
    let mut painted: Vec<Vec<f32>> = Vec::with_capacity(strokes.len());
    for (index, stroke) in strokes.iter().enumerate() {
        let own = mask(stroke, size);
        let kind = layer(stroke.tool);
        let below = strokes[..index].iter().zip(&mut painted);
        for (_, mask) in
            below.filter(|(other, _)| kind != Layer::Other && layer(other.tool) == kind)
        {
            mask.iter_mut().zip(&own).for_each(|(below, above)| *below *= 1.0 - above);
        }
        painted.push(own);
    }
    painted
}

/// One stroke's mask, `size`×`size` values in [0, 1]: strength · pressure · falloff of the distance to its path,
/// the largest over the path; with its mirror image where it is mirrored. A warp's mask is where it moves its
/// patch to.
pub fn mask(stroke: &Stroke, size: usize) -> Vec<f32> {
    let mut values = single(stroke, size);
    if stroke.mirrored {
        let other = single(&stroke.mirror_image(), size);
        values.iter_mut().zip(other).for_each(|(value, other)| *value = value.max(other));
    }
    values
}

fn single(stroke: &Stroke, size: usize) -> Vec<f32> {
    let mut values = vec![0.0; size * size];
    paint(stroke, size, &mut values);
    match stroke.tool {
        StrokeTool::Warp(by) => moved(&values, size, by),
        _ => values,
    }
}

/// A thin white line on black along a stroke's path, `size`×`size` values in [-1, 1]: what an edge there looks like.
pub(super) fn line_drawing(stroke: &Stroke, size: usize) -> Vec<f32> {
    let brush = Brush { size: LINE_PX / size as f32, strength: 1.0, softness: 0.0 };
    let points = stroke.points.iter().map(|point| StrokePoint { pressure: 1.0, ..*point });
    let line = Stroke { brush, points: points.collect(), ..stroke.clone() };
    mask(&line, size).into_iter().map(|value| 2.0 * value - 1.0).collect()
}

fn paint(stroke: &Stroke, size: usize, values: &mut [f32]) {
    let tip = Tip::new(stroke.brush, size);
    let points = &stroke.points;
    // A dab is a path from its point to the same point.
    let ends = points.iter().zip(points.iter().skip(1).chain(points.last()));
    let count = points.len().max(2) - 1;
    for (from, to) in ends.take(count) {
        if let Some((from, to)) = clipped(*from, *to) {
            tip.drag(from, to, size, values);
        }
    }
}

/// A brush in pixels.
struct Tip {
    strength: f32,
    /// Full up to this distance, nothing from the other one on.
    inner: f32,
    outer: f32,
}

impl Tip {
    fn new(brush: Brush, size: usize) -> Self {
        let radius = 0.5 * brush.size * size as f32;
        let (inner, outer) = (radius * (1.0 - brush.softness), radius);
        // A rim narrower than a pixel would fall between the pixels' middles.
        let (inner, outer) =
            if outer - inner < 1.0 { (radius - 0.5, radius + 0.5) } else { (inner, outer) };
        Self { strength: brush.strength, inner, outer }
    }

    /// Half-way between the two distances it is a half, and level at both (Hermite's cubic).
    fn falloff(&self, distance: f32) -> f32 {
        let t = ((self.outer - distance) / (self.outer - self.inner)).clamp(0.0, 1.0);
        t * t * (3.0 - 2.0 * t)
    }

    /// Paints along one straight line.
    fn drag(&self, from: StrokePoint, to: StrokePoint, size: usize, values: &mut [f32]) {
        let scale = size as f32;
        let (start, end) = ([from.x * scale, from.y * scale], [to.x * scale, to.y * scale]);
        let way = [end[0] - start[0], end[1] - start[1]];
        let length = way[0] * way[0] + way[1] * way[1];
        let reach = |axis: usize| {
            let low = start[axis].min(end[axis]) - self.outer;
            let high = start[axis].max(end[axis]) + self.outer;
            // The cast saturates at 0.
            (low.floor() as usize).min(size)..(high.ceil() as usize).min(size)
        };
        for row in reach(1) {
            for column in reach(0) {
                // Pixels are compared at their middles.
                let at = [column as f32 + 0.5 - start[0], row as f32 + 0.5 - start[1]];
                let along = match length > 0.0 {
                    true => ((at[0] * way[0] + at[1] * way[1]) / length).clamp(0.0, 1.0),
                    false => 0.0,
                };
                let off = [at[0] - along * way[0], at[1] - along * way[1]];
                let pressure = from.pressure + along * (to.pressure - from.pressure);
                let fall = self.falloff((off[0] * off[0] + off[1] * off[1]).sqrt());
                let value = &mut values[row * size + column];
                *value = value.max(self.strength * pressure * fall);
            }
        }
    }
}

/// The part of a line within the picture, `[0, 1]²` (Liang and Barsky 1984), pressures in proportion.
fn clipped(from: StrokePoint, to: StrokePoint) -> Option<(StrokePoint, StrokePoint)> {
    // Wide numbers: places may lie very far outside.
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (start, end) in [(from.x, to.x), (from.y, to.y)] {
        let (start, way) = (f64::from(start), f64::from(end) - f64::from(start));
        if way == 0.0 {
            if !(0.0..=1.0).contains(&start) {
                return None;
            }
            continue;
        }
        let (first, second) = (-start / way, (1.0 - start) / way);
        enter = enter.max(first.min(second));
        leave = leave.min(first.max(second));
    }
    let between = |share: f64| {
        let mix = |a: f32, b: f32| (f64::from(a) + share * (f64::from(b) - f64::from(a))) as f32;
        let pressure = mix(from.pressure, to.pressure);
        StrokePoint { x: mix(from.x, to.x), y: mix(from.y, to.y), pressure }
    };
    (enter <= leave).then(|| (between(enter), between(leave)))
}

/// Planes of `size`×`size` values moved by shares of their width and height, between pixels by bilinear
/// interpolation; what comes from outside is 0.
pub fn moved(planes: &[f32], size: usize, by: [f32; 2]) -> Vec<f32> {
    let [right, down] = by.map(|share| share * size as f32);
    let at = |plane: &[f32], row: isize, column: isize| {
        let inside = |place: isize| usize::try_from(place).ok().filter(|&place| place < size);
        let (row, column) = (inside(row), inside(column));
        row.zip(column).map_or(0.0, |(row, column)| plane[row * size + column])
    };
    let mut out = Vec::with_capacity(planes.len());
    for plane in planes.chunks_exact(size * size) {
        for index in 0..size * size {
            let (y, x) = ((index / size) as f32 - down, (index % size) as f32 - right);
            let (row, column) = (y.floor(), x.floor());
            let (below, beside) = (y - row, x - column);
            let (row, column) = (row as isize, column as isize);
            let line =
                |row| (1.0 - beside) * at(plane, row, column) + beside * at(plane, row, column + 1);
            out.push((1.0 - below) * line(row) + below * line(row + 1));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(brush: Brush, places: &[[f32; 2]]) -> Stroke {
        Stroke { brush, ..Stroke::through(StrokeTool::Keep, places) }
    }

    fn hard(size: f32) -> Brush {
        Brush { size, strength: 1.0, softness: 0.0 }
    }

    /// Share of the picture that a mask covers.
    fn area(mask: &[f32]) -> f64 {
        mask.iter().map(|value| f64::from(*value)).sum::<f64>() / mask.len() as f64
    }

    fn at(mask: &[f32], size: usize, x: f32, y: f32) -> f32 {
        let place = |share: f32| (share * size as f32) as usize;
        mask[place(y) * size + place(x)]
    }

    #[test]
    fn a_hard_brush_covers_a_disc_and_a_line_its_capsule_at_every_resolution() {
        let radius = 0.15_f64;
        let disc = std::f64::consts::PI * radius * radius;
        for size in [32, 64, 128] {
            let dab = mask(&painted(hard(0.3), &[[0.5, 0.5]]), size);
            assert!((area(&dab) / disc - 1.0).abs() < 0.02, "{size}: {}", area(&dab));
            let line = mask(&painted(hard(0.3), &[[0.3, 0.5], [0.7, 0.5]]), size);
            let capsule = disc + 0.4 * 2.0 * radius;
            assert!((area(&line) / capsule - 1.0).abs() < 0.02, "{size}: {}", area(&line));
        }
    }

    #[test]
    fn softness_fades_the_rim_and_nothing_else() {
        let soft = |softness| {
            let brush = Brush { softness, ..hard(0.5) };
            mask(&painted(brush, &[[0.5, 0.5]]), 128)
        };
        // Of a cubic that falls from `inner` to the radius the disc holds, integrated here in small steps.
        for softness in [0.2_f64, 0.5, 1.0] {
            let (radius, steps) = (0.25, 10_000);
            let inner = radius * (1.0 - softness);
            let wanted: f64 = (0..steps)
                .map(|step| {
                    let d = radius * (f64::from(step) + 0.5) / f64::from(steps);
                    let t = ((radius - d) / (radius - inner)).clamp(0.0, 1.0);
                    std::f64::consts::TAU * d * t * t * (3.0 - 2.0 * t)
                })
                .sum::<f64>()
                * (radius / f64::from(steps));
            let found = area(&soft(softness as f32));
            assert!((found / wanted - 1.0).abs() < 0.01, "{softness}: {found}, not {wanted}");
        }
        let half = soft(0.5);
        assert_eq!(at(&half, 128, 0.5, 0.5), 1.0);
        assert!((at(&half, 128, 0.5 + 0.1875, 0.5) - 0.5).abs() < 0.1, "half-way down the rim");
        assert_eq!(at(&half, 128, 0.78, 0.5), 0.0);
    }

    #[test]
    fn strength_and_pressure_are_the_masks_height() {
        let brush = Brush { strength: 0.6, ..hard(0.2) };
        let mut stroke = painted(brush, &[[0.2, 0.5], [0.8, 0.5]]);
        stroke.points[1].pressure = 0.5;
        let mask = mask(&stroke, 64);
        for (x, wanted) in [(0.2, 0.6), (0.5, 0.45), (0.8, 0.3)] {
            let found = at(&mask, 64, x, 0.5);
            assert!((found - wanted).abs() < 0.01, "{x}: {found}, not {wanted}");
        }
    }

    #[test]
    fn what_lies_outside_is_clipped() {
        let outside = mask(&painted(hard(0.1), &[[1.5, 0.5], [1e30, -1e30]]), 32);
        assert_eq!(area(&outside), 0.0);
        // A path that leaves and comes back does not run along the edge in between.
        let around = painted(hard(0.1), &[[0.5, 0.1], [1.5, 0.1], [1.5, 0.9], [0.5, 0.9]]);
        let mask = mask(&around, 64);
        assert_eq!(at(&mask, 64, 0.99, 0.1), 1.0);
        assert_eq!(at(&mask, 64, 0.99, 0.5), 0.0);
        assert_eq!(at(&mask, 64, 0.99, 0.9), 1.0);
        assert!(mask.iter().all(|value| (0.0..=1.0).contains(value)));
    }

    #[test]
    fn a_mirrored_stroke_is_its_own_mirror_image() {
        let stroke = painted(hard(0.2), &[[0.1, 0.2], [0.3, 0.8]]);
        let both = mask(&Stroke { mirrored: true, ..stroke.clone() }, 32);
        for row in both.chunks_exact(32) {
            let mirrored: Vec<f32> = row.iter().rev().copied().collect();
            row.iter().zip(mirrored).for_each(|(a, b)| assert!((a - b).abs() < 1e-5, "{a} {b}"));
        }
        assert!((area(&both) / area(&mask(&stroke, 32)) - 2.0).abs() < 1e-4);
    }

    #[test]
    fn a_later_stroke_covers_an_earlier_one_that_binds_the_same() {
        let with = |tool, strength| Stroke {
            tool,
            ..painted(Brush { strength, ..hard(0.4) }, &[[0.5, 0.5]])
        };
        let colour = StrokeTool::Colour([255, 0, 0]);
        let strokes = [
            with(colour, 1.0),
            with(StrokeTool::Edge, 1.0),
            with(StrokeTool::Keep, 0.75),
            with(StrokeTool::Smooth, 1.0),
        ];
        let middle: Vec<f32> =
            masks(&strokes, 32).iter().map(|mask| at(mask, 32, 0.5, 0.5)).collect();
        assert_eq!(middle, [0.25, 1.0, 0.75, 1.0], "only values cover values");
        // A moved patch covers where it goes.
        let strokes = [with(colour, 1.0), with(StrokeTool::Warp([0.5, 0.0]), 1.0)];
        assert_eq!(at(&masks(&strokes, 32)[0], 32, 0.5, 0.5), 1.0);
    }

    #[test]
    fn planes_are_moved_between_pixels() {
        let plane: Vec<f32> = (0..16).map(|value| value as f32).collect();
        let whole = moved(&plane, 4, [0.25, 0.5]);
        assert_eq!(whole[..8], [0.0; 8]);
        assert_eq!(whole[8..], [0.0, 0.0, 1.0, 2.0, 0.0, 4.0, 5.0, 6.0]);
        let half = moved(&plane, 4, [-0.125, 0.0]);
        assert_eq!(half[..4], [0.5, 1.5, 2.5, 1.5]);
    }
}
