//! A map as a picture: its points on white, a colour and a mark for each group.
//!
//! Words stand around it ([`super::map_figure`]); colours are those of the light theme's curves
//! (after Okabe and Ito 2008), and marks tell groups apart without them.

use std::sync::Arc;

use tiny_skia::{FillRule, Paint, Path, PathBuilder, Pixmap, Rect, Transform};

use super::ImagingError;
use crate::protocol::{Frame, Grouping};

const COLOURS: [[u8; 3]; 6] =
    [[0, 105, 168], [168, 98, 0], [0, 118, 84], [166, 66, 126], [112, 104, 0], [184, 68, 0]];
const MARKS: [&str; 4] = ["circle", "square", "triangle", "diamond"];
/// The largest edge of a picture in pixels.
const EDGE_LIMIT_PX: u32 = 8192;
/// Space around the points, as a share of the edge.
const MARGIN: f32 = 0.04;

/// The colour, RGB, and the mark of a group; the first twelve differ.
pub fn group_style(group: usize) -> ([u8; 3], &'static str) {
    let (colours, marks) = (COLOURS.len(), MARKS.len());
    // 6 and 4 share a factor: without the shift the same pairs would come again after twelve.
    (COLOURS[group % colours], MARKS[(group + group / (colours * marks / 2)) % marks])
}

/// Points in a square picture of `edge_px` pixels, y upwards, one scale for both axes.
///
/// # Errors
/// A size that no picture can have, or a grouping of other points.
pub fn scatter(
    points: &[[f32; 2]],
    groups: &Grouping,
    edge_px: u32,
) -> Result<Frame, ImagingError> {
    if points.len() != groups.of.len() {
        return Err(ImagingError("the groups are of other points".to_owned()));
    }
    let no_size = || ImagingError(format!("{edge_px} px: use 1 to {EDGE_LIMIT_PX}"));
    let fits = (1..=EDGE_LIMIT_PX).contains(&edge_px);
    let mut picture = fits.then(|| Pixmap::new(edge_px, edge_px)).flatten().ok_or_else(no_size)?;
    picture.fill(tiny_skia::Color::WHITE);
    let edge = edge_px as f32;
    let ([left, bottom], extent) = bounds(points);
    let scale = edge * (1.0 - 2.0 * MARGIN) / extent;
    let radius = (edge / 180.0 * (500.0 / points.len().max(1) as f32).powf(0.25)).max(0.8);
    let marks: Vec<Option<Path>> =
        (0..groups.names.len()).map(|group| mark(group, radius)).collect();
    for (point, &group) in points.iter().zip(&groups.of) {
        let x = edge * MARGIN + (point[0] - left) * scale;
        let y = edge - edge * MARGIN - (point[1] - bottom) * scale;
        if let Some(path) = marks.get(usize::from(group)).and_then(Option::as_ref) {
            let at = Transform::from_translate(x, y);
            picture.fill_path(path, &paint(usize::from(group)), FillRule::Winding, at, None);
        }
    }
    let (width_px, height_px) = (edge_px as usize, edge_px as usize);
    Ok(Frame { width_px, height_px, rgba: Arc::new(picture.take()) })
}

fn paint(group: usize) -> Paint<'static> {
    let ([red, green, blue], _) = group_style(group);
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(red, green, blue, 220);
    paint
}

/// A group's mark around (0, 0).
pub(super) fn mark(group: usize, r: f32) -> Option<Path> {
    let polygon = |corners: &[(f32, f32)]| {
        let mut path = PathBuilder::new();
        for (index, (x, y)) in corners.iter().enumerate() {
            if index == 0 { path.move_to(x * r, y * r) } else { path.line_to(x * r, y * r) }
        }
        path.close();
        path.finish()
    };
    match group_style(group).1 {
        "square" => {
            Rect::from_xywh(-0.88 * r, -0.88 * r, 1.76 * r, 1.76 * r).map(PathBuilder::from_rect)
        }
        "triangle" => polygon(&[(0.0, -1.15), (1.1, 0.85), (-1.1, 0.85)]),
        "diamond" => polygon(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]),
        _ => PathBuilder::from_circle(0.0, 0.0, r),
    }
}

/// The lower left corner of a square around the points, and its edge; never empty.
fn bounds(points: &[[f32; 2]]) -> ([f32; 2], f32) {
    let finite = || points.iter().filter(|point| point.iter().all(|value| value.is_finite()));
    let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
    for point in finite() {
        for axis in 0..2 {
            low[axis] = low[axis].min(point[axis]);
            high[axis] = high[axis].max(point[axis]);
        }
    }
    if low[0] > high[0] {
        return ([-0.5, -0.5], 1.0);
    }
    let extent = (high[0] - low[0]).max(high[1] - low[1]).max(f32::MIN_POSITIVE);
    let middle = [f32::midpoint(low[0], high[0]), f32::midpoint(low[1], high[1])];
    (middle.map(|value| value - extent / 2.0), extent)
}

#[cfg(test)]
mod tests {
    use super::{COLOURS, MARKS, group_style, scatter};
    use crate::protocol::Grouping;

    fn groups(of: &[u16], count: usize) -> Grouping {
        Grouping { names: vec![String::new(); count], of: of.to_vec(), counts: vec![1; count] }
    }

    #[test]
    fn points_lie_where_they_belong_in_their_groups_colour() {
        let points = [[-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]];
        let frame = scatter(&points, &groups(&[0, 1, 2], 3), 100).unwrap();
        let pixel = |x: usize, y: usize| frame.rgba[(y * 100 + x) * 4..][..3].to_vec();
        let like = |found: &[u8], wanted: [u8; 3]| {
            // Hardly transparent, so a little lighter.
            found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) < 40)
        };
        assert!(like(&pixel(4, 95), COLOURS[0]), "{:?}", pixel(4, 95));
        assert!(like(&pixel(95, 4), COLOURS[1]), "{:?}", pixel(95, 4));
        assert!(like(&pixel(4, 4), COLOURS[2]), "{:?}", pixel(4, 4));
        assert_eq!(pixel(50, 50), [255; 3]);
        assert!(frame.rgba.iter().skip(3).step_by(4).all(|&alpha| alpha == 255));
    }

    #[test]
    fn the_first_groups_differ_in_colour_or_mark_and_neighbours_in_both() {
        let styles: Vec<_> = (0..COLOURS.len() * MARKS.len()).map(group_style).collect();
        for (index, style) in styles.iter().enumerate() {
            assert!(!styles[..index].contains(style), "group {index} looks like an earlier one");
            let next = group_style(index + 1);
            assert!(style.0 != next.0 && style.1 != next.1, "groups {index} and the next");
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_and_a_single_point_can() {
        assert!(scatter(&[[0.0; 2]], &groups(&[], 1), 100).is_err());
        assert!(scatter(&[], &groups(&[], 0), 0).is_err());
        assert!(scatter(&[[3.0; 2]], &groups(&[0], 1), 64).is_ok());
        assert!(scatter(&[[f32::NAN, 0.0]], &groups(&[0], 1), 64).is_ok());
    }
}
