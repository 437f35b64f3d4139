//! Small pictures of what was painted: of each stroke for the list, of all of them for the overlay, and of the area.
//!
//! They are drawn when the list changes, never once per frame.

use std::collections::HashMap;
use std::sync::Arc;

use crate::protocol::{Brush, ChangeArea, EditPlan, Frame, Stroke, StrokePoint, StrokeTool};

/// Edge of a stroke's picture, and of the overlay, in pixels.
pub const PICTURE_EDGE: usize = 96;
/// Edge of the area's picture in pixels.
const AREA_EDGE: usize = 64;
/// How much of the picture below shows through the overlay, and through the area's tint.
const OVERLAY: f32 = 0.55;
const AREA_TINT: f32 = 0.45;
/// Points of a stroke that lie nearer than this, in sizes of the brush, add nothing to its picture.
const NEAR: f32 = 0.1;
/// The size with which drags and latent strokes are drawn: a line.
const LINE: f32 = 0.03;
/// The area's colour over the picture, whatever the theme: what may not change is veiled with it.
const VEIL: [u8; 3] = [40, 44, 92];

/// The colour that a stroke is shown in over the picture, whatever the theme: its own, or its kind's.
pub fn mark_of(tool: StrokeTool) -> [u8; 3] {
    match tool {
        StrokeTool::Colour(colour) => colour,
        StrokeTool::Lighten(_) => [255, 250, 205],
        StrokeTool::Darken(_) => [48, 48, 72],
        StrokeTool::Edge => [250, 250, 250],
        StrokeTool::NoEdge => [150, 150, 160],
        StrokeTool::Keep => [80, 200, 120],
        StrokeTool::Warp(_) => [236, 167, 44],
        StrokeTool::Drag => [240, 118, 60],
        StrokeTool::Erase => [224, 90, 160],
        StrokeTool::Smooth => [86, 180, 233],
        StrokeTool::Latent => [163, 163, 255],
    }
}

/// Values in [0, 1] in a square.
#[derive(Debug, Clone)]
pub(super) struct Mask {
    edge: usize,
    values: Vec<f32>,
}

impl Mask {
    fn empty(edge: usize) -> Self {
        Self { edge, values: vec![0.0; edge * edge] }
    }

    /// A stroke, with its mirror image where it is mirrored; a warp where it grabs and where it moves to.
    pub(super) fn of(stroke: &Stroke, edge: usize) -> Self {
        let mut mask = Self::empty(edge);
        let line = matches!(stroke.tool, StrokeTool::Drag | StrokeTool::Latent);
        let brush = if line { Brush { size: LINE, ..stroke.brush } } else { stroke.brush };
        mask.path(&stroke.points, brush, stroke.mirrored);
        if let StrokeTool::Warp([x, y]) = stroke.tool {
            let moved = |at: &StrokePoint| StrokePoint { x: at.x + x, y: at.y + y, ..*at };
            let target: Vec<StrokePoint> = stroke.points.iter().map(moved).collect();
            mask.path(&target, brush, stroke.mirrored);
        }
        mask
    }

    fn path(&mut self, points: &[StrokePoint], brush: Brush, mirrored: bool) {
        let Some(mut last) = points.first().copied() else { return };
        self.drag(last, last, brush, mirrored);
        for point in &points[1..] {
            if (point.x - last.x).hypot(point.y - last.y) >= brush.size * NEAR {
                self.drag(last, *point, brush, mirrored);
                last = *point;
            }
        }
    }

    /// Paints along a straight line, as the solver has it: strength · pressure · a falloff by Hermite's cubic.
    pub(super) fn drag(
        &mut self,
        from: StrokePoint,
        to: StrokePoint,
        brush: Brush,
        mirrored: bool,
    ) {
        self.line(from, to, brush);
        if mirrored {
            let flip = |at: StrokePoint| StrokePoint { x: 1.0 - at.x, ..at };
            self.line(flip(from), flip(to), brush);
        }
    }

    fn line(&mut self, from: StrokePoint, to: StrokePoint, brush: Brush) {
        let scale = self.edge as f32;
        // Far outside nothing is painted, wherever exactly.
        let place = |at: StrokePoint| [at.x, at.y].map(|value| value.clamp(-3.0, 4.0) * scale);
        let (start, end) = (place(from), place(to));
        let way = [end[0] - start[0], end[1] - start[1]];
        let length = way[0] * way[0] + way[1] * way[1];
        let radius = (0.5 * brush.size * scale).max(0.8);
        let rim = (radius * brush.softness).max(1.0);
        let span = |axis: usize| {
            let low = start[axis].min(end[axis]) - radius;
            let high = start[axis].max(end[axis]) + radius;
            (low.floor() as usize).min(self.edge)..(high.ceil() as usize).min(self.edge)
        };
        for row in span(1) {
            for column in span(0) {
                let at = [column as f32 + 0.5 - start[0], row as f32 + 0.5 - start[1]];
                let along = match length > 0.0 {
                    true => ((at[0] * way[0] + at[1] * way[1]) / length).clamp(0.0, 1.0),
                    false => 0.0,
                };
                let off = (at[0] - along * way[0]).hypot(at[1] - along * way[1]);
                let share = ((radius - off) / rim).clamp(0.0, 1.0);
                let pressure = from.pressure + along * (to.pressure - from.pressure);
                let value = brush.strength * pressure * share * share * (3.0 - 2.0 * share);
                let slot = &mut self.values[row * self.edge + column];
                *slot = slot.max(value);
            }
        }
    }

    /// As a picture of one colour, as opaque as it is painted, at most by this much.
    pub(super) fn frame(&self, [red, green, blue]: [u8; 3], most: f32) -> Frame {
        let alpha = |value: &f32| (value.clamp(0.0, 1.0) * most * 255.0).round() as u8;
        let rgba = self.values.iter().flat_map(|value| [red, green, blue, alpha(value)]);
        square(self.edge, rgba.collect())
    }
}

fn square(edge: usize, rgba: Vec<u8>) -> Frame {
    Frame { width_px: edge, height_px: edge, rgba: Arc::new(rgba) }
}

/// Pictures of a plan.
#[derive(Debug, Clone, Default)]
pub struct StrokePictures {
    /// By the stroke's address, with the stroke so that the address stays taken.
    known: HashMap<usize, (Arc<Stroke>, Mask, Frame)>,
    /// All strokes that are on, over each other.
    pub overlay: Option<Frame>,
    /// A veil over what may not change; none where all may.
    pub area: Option<Frame>,
    area_of: ChangeArea,
}

impl StrokePictures {
    /// A stroke's picture, its colour on nothing.
    pub fn of(&self, stroke: &Arc<Stroke>) -> Option<&Frame> {
        self.known.get(&address(stroke)).map(|(_, _, frame)| frame)
    }

    /// Draws what is new in a plan, and forgets what is gone from it.
    pub(super) fn refresh(&mut self, plan: &EditPlan) {
        let mut known = std::mem::take(&mut self.known);
        for stroke in &plan.strokes {
            let key = address(stroke);
            let drawn = known.remove(&key).unwrap_or_else(|| {
                let mask = Mask::of(stroke, PICTURE_EDGE);
                let frame = mask.frame(mark_of(stroke.tool), 1.0);
                (Arc::clone(stroke), mask, frame)
            });
            self.known.insert(key, drawn);
        }
        self.overlay = self.over_each_other(plan);
        if self.area_of != plan.area {
            self.area = (!plan.area.is_empty()).then(|| area_frame(&plan.area));
            self.area_of = plan.area.clone();
        }
    }

    fn over_each_other(&self, plan: &EditPlan) -> Option<Frame> {
        let mut shown = plan.strokes.iter().filter(|stroke| stroke.on).peekable();
        shown.peek()?;
        // Red, green, blue and alpha, not premultiplied.
        let mut pixels = vec![[0.0_f32; 4]; PICTURE_EDGE * PICTURE_EDGE];
        for stroke in shown {
            let Some((_, mask, _)) = self.known.get(&address(stroke)) else { continue };
            let mark = mark_of(stroke.tool).map(f32::from);
            for (pixel, value) in pixels.iter_mut().zip(&mask.values).filter(|(_, v)| **v > 0.0) {
                let above = value * OVERLAY;
                let alpha = above + pixel[3] * (1.0 - above);
                for (below, mark) in pixel[..3].iter_mut().zip(mark) {
                    *below += (mark - *below) * above / alpha;
                }
                pixel[3] = alpha;
            }
        }
        let bytes = pixels.iter().flat_map(|[red, green, blue, alpha]| {
            [*red, *green, *blue, alpha * 255.0].map(|value| value.round() as u8)
        });
        Some(square(PICTURE_EDGE, bytes.collect()))
    }
}

fn address(stroke: &Arc<Stroke>) -> usize {
    Arc::as_ptr(stroke) as usize
}

/// A veil over what may not change: painted in order, inverted, grown by a disc, feathered.
fn area_frame(area: &ChangeArea) -> Frame {
    let mut mask = Mask::empty(AREA_EDGE);
    for stroke in &area.strokes {
        let own = Mask::of(&stroke.as_stroke(), AREA_EDGE);
        for (value, own) in mask.values.iter_mut().zip(own.values) {
            *value = if stroke.removes { *value * (1.0 - own) } else { value.max(own) };
        }
    }
    if area.inverted {
        mask.values.iter_mut().for_each(|value| *value = 1.0 - *value);
    }
    grow(&mut mask, area.grow);
    blur(&mut mask, area.feather);
    mask.values.iter_mut().for_each(|value| *value = 1.0 - *value);
    mask.frame(VEIL, AREA_TINT)
}

/// The largest value within a disc of this radius, or (negative) the smallest.
fn grow(mask: &mut Mask, by: f32) {
    let edge = mask.edge as isize;
    let radius = by.abs() * mask.edge as f32;
    if radius < 0.5 {
        return;
    }
    let reach = radius.floor() as isize;
    let inside = |(x, y): &(isize, isize)| ((x * x + y * y) as f32) <= radius * radius;
    let disc: Vec<(isize, isize)> = (-reach..=reach)
        .flat_map(|y| (-reach..=reach).map(move |x| (x, y)))
        .filter(inside)
        .collect();
    let before = mask.values.clone();
    for row in 0..edge {
        for column in 0..edge {
            let around = disc.iter().filter_map(|(x, y)| {
                let (x, y) = (column + x, row + y);
                let is_in = (0..edge).contains(&x) && (0..edge).contains(&y);
                is_in.then(|| before[(y * edge + x) as usize])
            });
            let slot = &mut mask.values[(row * edge + column) as usize];
            *slot = around.fold(*slot, if by > 0.0 { f32::max } else { f32::min });
        }
    }
}

/// A Gaussian blur, rows and then columns; beyond the edge the nearest pixel goes on.
fn blur(mask: &mut Mask, deviation: f32) {
    let sigma = deviation * mask.edge as f32;
    if sigma < 0.3 {
        return;
    }
    let reach = (3.0 * sigma).ceil() as isize;
    let weight = |at: isize| (-0.5 * (at as f32 / sigma).powi(2)).exp();
    let kernel: Vec<f32> = (-reach..=reach).map(weight).collect();
    let sum: f32 = kernel.iter().sum();
    let edge = mask.edge as isize;
    for across in [1, edge] {
        let along = if across == 1 { edge } else { 1 };
        let before = mask.values.clone();
        for line in 0..edge {
            for place in 0..edge {
                let at = |offset: isize| {
                    let place = (place + offset).clamp(0, edge - 1);
                    before[(line * along + place * across) as usize]
                };
                let total: f32 =
                    kernel.iter().zip(-reach..).map(|(weight, offset)| weight * at(offset)).sum();
                mask.values[(line * along + place * across) as usize] = total / sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::AreaStroke;

    fn alpha(frame: &Frame, x: f32, y: f32) -> u8 {
        let place = |at: f32| (at * frame.width_px as f32) as usize;
        frame.rgba[(place(y) * frame.width_px + place(x)) * 4 + 3]
    }

    #[test]
    fn a_mirrored_stroke_is_seen_on_both_sides_and_one_outside_nowhere() {
        let stroke = Stroke::through(StrokeTool::Keep, &[[0.25, 0.5], [0.25, 0.6]]);
        let frame = |stroke: &Stroke| Mask::of(stroke, PICTURE_EDGE).frame([1, 2, 3], 1.0);
        let one = frame(&stroke);
        assert_eq!((alpha(&one, 0.25, 0.55), alpha(&one, 0.75, 0.55)), (255, 0));
        let both = frame(&Stroke { mirrored: true, ..stroke });
        assert_eq!((alpha(&both, 0.25, 0.55), alpha(&both, 0.75, 0.55)), (255, 255));
        let far = frame(&Stroke::through(StrokeTool::Keep, &[[-1e30, 1e30], [5.0, 1e30]]));
        assert!(far.rgba.chunks_exact(4).all(|pixel| pixel[3] == 0));
    }

    #[test]
    fn strokes_that_did_not_change_keep_their_pictures() {
        let stroke = |x: f32| Arc::new(Stroke::through(StrokeTool::Keep, &[[x, 0.5]]));
        let mut plan = EditPlan { strokes: vec![stroke(0.2), stroke(0.8)], ..EditPlan::default() };
        let mut pictures = StrokePictures::default();
        pictures.refresh(&plan);
        let second = pictures.of(&plan.strokes[1]).expect("drawn").clone();
        plan.strokes.remove(0);
        pictures.refresh(&plan);
        let again = pictures.of(&plan.strokes[0]).expect("drawn");
        assert!(Arc::ptr_eq(&second.rgba, &again.rgba));
        assert_eq!(pictures.known.len(), 1);
        let overlay = pictures.overlay.clone().expect("one is on");
        assert!(alpha(&overlay, 0.8, 0.5) > 100 && alpha(&overlay, 0.2, 0.5) == 0);
        plan.strokes[0] = Arc::new(Stroke { on: false, ..(*plan.strokes[0]).clone() });
        pictures.refresh(&plan);
        assert!(pictures.overlay.is_none());
    }

    #[test]
    fn the_veil_lies_where_nothing_may_change() {
        let stroke = AreaStroke {
            brush: Brush { size: 0.3, softness: 0.0, strength: 1.0 },
            points: vec![StrokePoint::at(0.5, 0.5)],
            mirrored: false,
            removes: false,
        };
        let area = ChangeArea { strokes: vec![Arc::new(stroke)], ..ChangeArea::default() };
        let veil = area_frame(&area);
        assert!(alpha(&veil, 0.5, 0.5) == 0 && alpha(&veil, 0.1, 0.1) > 90);
        assert!(alpha(&veil, 0.72, 0.5) > 90);
        let grown = area_frame(&ChangeArea { grow: 0.1, ..area.clone() });
        assert_eq!(alpha(&grown, 0.72, 0.5), 0);
        let inverted = area_frame(&ChangeArea { inverted: true, ..area.clone() });
        assert!(alpha(&inverted, 0.5, 0.5) > 90 && alpha(&inverted, 0.1, 0.1) == 0);
        let soft = area_frame(&ChangeArea { feather: 0.05, ..area });
        let rim = alpha(&soft, 0.65, 0.5);
        assert!((20..95).contains(&rim), "{rim}");
    }
}
