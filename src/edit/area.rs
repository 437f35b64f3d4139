//! "Only here may change" as a soft mask at any resolution.

use super::blur::blurred;
use super::raster::mask;
use crate::protocol::ChangeArea;

/// Beyond its radius a disc falls to nothing over this many pixels.
const RIM: f32 = 0.75;

/// The area in which a picture may change: `size`×`size` values in [0, 1], row by row. `None` where nothing is
/// painted: everything may change.
///
/// Strokes in their order, each laid over or taken away, then inverted, grown by a disc (or shrunk, which is the rest
/// grown), and blurred by a Gaussian. Beyond the picture's border an area goes on as it is there: neither
/// shrinking nor feathering opens a rim along it.
pub fn area_mask(area: &ChangeArea, size: usize) -> Option<Vec<f32>> {
    if area.is_empty() {
        return None;
    }
    let mut values = vec![0.0_f32; size * size];
    for stroke in &area.strokes {
        let own = mask(&stroke.as_stroke(), size);
        for (value, own) in values.iter_mut().zip(own) {
            *value = if stroke.removes { *value * (1.0 - own) } else { value.max(own) };
        }
    }
    if area.inverted {
        values = rest(&values);
    }
    let radius = area.grow.abs() * size as f32;
    if area.grow > 0.0 {
        values = grown(&values, size, radius);
    } else if area.grow < 0.0 {
        values = rest(&grown(&rest(&values), size, radius));
    }
    Some(blurred(&values, size, area.feather * size as f32))
}

fn rest(values: &[f32]) -> Vec<f32> {
    values.iter().map(|value| 1.0 - value).collect()
}

/// The largest value within `radius` pixels, a grey dilation by a disc. Its rim falls over a pixel, around a place a
/// quarter of a pixel farther out: soft rims of both the disc and the values lose as much between the pixels' middles.
fn grown(values: &[f32], size: usize, radius: f32) -> Vec<f32> {
    let reach = (radius + RIM).ceil() as isize;
    let counts = |right: isize, down: isize| match (right, down) {
        (0, 0) => 1.0,
        _ => (radius + RIM - ((right * right + down * down) as f32).sqrt()).clamp(0.0, 1.0),
    };
    let around = (-reach..=reach).flat_map(|down| (-reach..=reach).map(move |right| (right, down)));
    let disc = around.map(|(right, down)| (right, down, counts(right, down)));
    let disc: Vec<(isize, isize, f32)> = disc.filter(|(.., counts)| *counts > 0.0).collect();
    let mut out = vec![0.0_f32; values.len()];
    for (index, value) in values.iter().enumerate().filter(|(_, value)| **value > 0.0) {
        let (row, column) = ((index / size) as isize, (index % size) as isize);
        for (right, down, counts) in &disc {
            let (row, column) = (row + down, column + right);
            if (0..size as isize).contains(&row) && (0..size as isize).contains(&column) {
                let place = &mut out[row as usize * size + column as usize];
                *place = place.max(value.min(*counts));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;
    use std::sync::Arc;

    use super::area_mask;
    use crate::protocol::{AreaStroke, Brush, ChangeArea, StrokePoint};

    fn dab(x: f32, y: f32, size: f32, removes: bool) -> Arc<AreaStroke> {
        let brush = Brush { size, strength: 1.0, softness: 0.0 };
        let points = vec![StrokePoint::at(x, y)];
        Arc::new(AreaStroke { brush, points, mirrored: false, removes })
    }

    /// A disc of 0.3 widths in the middle.
    fn disc() -> ChangeArea {
        ChangeArea { strokes: vec![dab(0.5, 0.5, 0.3, false)], ..ChangeArea::default() }
    }

    /// The share of the picture that a mask covers.
    fn share(area: &ChangeArea, size: usize) -> f64 {
        let mask = area_mask(area, size).expect("painted");
        assert!(mask.iter().all(|value| (0.0..=1.0 + 1e-5).contains(value)));
        mask.iter().map(|value| f64::from(*value)).sum::<f64>() / mask.len() as f64
    }

    #[test]
    fn nothing_painted_leaves_all_free() {
        let area = ChangeArea { inverted: true, grow: 0.1, ..ChangeArea::default() };
        assert_eq!(area_mask(&area, 32), None);
    }

    #[test]
    fn an_area_is_as_large_as_it_says_at_every_resolution() {
        let radius = |covered: f64| (covered / PI).sqrt();
        let cases = [
            (disc(), false, 0.15),
            (ChangeArea { inverted: true, ..disc() }, true, 0.15),
            (ChangeArea { grow: 0.05, ..disc() }, false, 0.2),
            (ChangeArea { grow: -0.05, ..disc() }, false, 0.1),
            (ChangeArea { grow: 0.05, inverted: true, ..disc() }, true, 0.1),
            (ChangeArea { feather: 0.04, ..disc() }, false, 0.15),
        ];
        for (area, is_hole, wanted) in cases {
            for size in [32, 64, 128] {
                let covered = share(&area, size);
                let found = radius(if is_hole { 1.0 - covered } else { covered });
                let off_px = (found - wanted) * size as f64;
                assert!(off_px.abs() < 0.3, "{area:?} at {size}: off by {off_px} px");
            }
        }
    }

    #[test]
    fn what_is_rubbed_out_is_gone_and_what_is_painted_after_it_is_there() {
        let hole = dab(0.5, 0.5, 0.1, true);
        let with = |strokes| area_mask(&ChangeArea { strokes, ..disc() }, 64).expect("painted");
        let mask = with(vec![dab(0.5, 0.5, 0.3, false), hole.clone()]);
        let at = |mask: &[f32], x: usize| mask[32 * 64 + x];
        assert_eq!((at(&mask, 32), at(&mask, 38), at(&mask, 50)), (0.0, 1.0, 0.0));
        let again = with(vec![dab(0.5, 0.5, 0.3, false), hole, dab(0.5, 0.5, 0.05, false)]);
        assert_eq!(at(&again, 32), 1.0);
    }

    #[test]
    fn a_feather_is_as_wide_as_it_says_and_opens_no_rim_at_the_border() {
        let area = ChangeArea { feather: 0.05, ..disc() };
        for size in [64, 128] {
            let mask = area_mask(&area, size).expect("painted");
            let place = |x: f32| mask[size / 2 * size + (x * size as f32) as usize];
            assert!((place(0.65) - 0.5).abs() < 0.12, "at the rim: {}", place(0.65));
            assert!((place(0.70) - 0.14).abs() < 0.07, "a deviation out: {}", place(0.70));
        }
        let corner = ChangeArea {
            strokes: vec![dab(0.0, 0.0, 1.0, false)],
            grow: -0.1,
            feather: 0.05,
            ..ChangeArea::default()
        };
        let mask = area_mask(&corner, 64).expect("painted");
        assert!((mask[0] - 1.0).abs() < 1e-4, "the corner stays: {}", mask[0]);
    }
}
