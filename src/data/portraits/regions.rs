//! Where the parts of a drawn face are: the truth that edits of it are measured by.
//!
//! Hair and background are found by drawing the face again in other colours: what changes is the part. The
//! curve of a smile is computed from the same measurements that draw the mouth.

use super::attributes::{HairColor, PortraitAttributes};
use super::face::Head;
use super::sampling::Nuisance;
use super::{HEAD_CENTER, ROLL_PIVOT, ZOOM, palette, render};

/// A byte of a channel that changes by this much or more belongs to the part that changed colour.
const CHANGED: u8 = 24;
/// Points of the smile's curve.
const CURVE_POINTS: usize = 9;

/// The parts of one face, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Regions {
    /// The hair on the head; neither brows nor beard.
    pub hair: Vec<bool>,
    /// What is behind the figure.
    pub background: Vec<bool>,
    /// The lower lip of a broad smile on this face, from its left corner to its right one: shares of the picture's
    /// width and height.
    pub smile: Vec<[f32; 2]>,
}

/// The parts of the face that [`render`] draws with these, `size` × `size` pixels.
pub fn regions(attributes: &PortraitAttributes, nuisance: &Nuisance, size: u32) -> Regions {
    let drawn = |attributes: &PortraitAttributes| render(attributes, nuisance, size);
    let bare = PortraitAttributes { beard: false, ..attributes.clone() };
    let bearded = PortraitAttributes { beard: true, ..attributes.clone() };
    let dyed = |color| drawn(&PortraitAttributes { hair_color: color, ..bare.clone() });
    let hair = differs(&dyed(HairColor::Black), &dyed(HairColor::Blond));
    // Brows are drawn in the hair's colour, as high as these bytes.
    let brows = brow_rows(attributes, nuisance, size);
    let beard = differs(&drawn(&bare), &drawn(&bearded));
    let hair = hair.iter().zip(&beard).zip(&brows);
    let lit = |lightness| {
        drawn(&PortraitAttributes { background_lightness: lightness, ..attributes.clone() })
    };
    Regions {
        hair: hair.map(|((hair, beard), brow)| *hair && !beard && !brow).collect(),
        background: differs(&lit(0.0), &lit(1.0)),
        smile: smile(attributes, nuisance),
    }
}

/// The colour that hair of this name is drawn with, before light and shade fall on it.
pub fn hair_rgb(color: HairColor) -> [u8; 3] {
    palette::hair(color).0.map(|value| (value * 255.0).round() as u8)
}

fn differs(a: &[u8], b: &[u8]) -> Vec<bool> {
    let pairs = a.chunks_exact(3).zip(b.chunks_exact(3));
    pairs.map(|(a, b)| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) >= CHANGED)).collect()
}

/// The box around both brows.
fn brow_rows(attributes: &PortraitAttributes, nuisance: &Nuisance, size: u32) -> Vec<bool> {
    let head = Head::new(attributes, nuisance);
    let frame = Frame::new(attributes, nuisance);
    let inside = |index: u32| {
        let place = [index % size, index / size].map(|at| (at as f32 + 0.5) / size as f32);
        let [x, y] = frame.of_picture(place);
        let (x, y) = ((x - head.turn).abs(), y - head.eye_y);
        x < head.eye_x + 6.5 && (-14.0..-7.0).contains(&y)
    };
    (0..size * size).map(inside).collect()
}

fn smile(attributes: &PortraitAttributes, nuisance: &Nuisance) -> Vec<[f32; 2]> {
    let smiling = PortraitAttributes { smile: 0.9, ..attributes.clone() };
    let head = Head::new(&smiling, nuisance);
    let frame = Frame::new(attributes, nuisance);
    let curve = head.lower_lip();
    let point = |index: usize| {
        let t = index as f32 / (CURVE_POINTS - 1) as f32;
        let weights = [(1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t];
        let along = |axis: usize| (0..3).map(|i| weights[i] * curve[i][axis]).sum::<f32>();
        frame.to_picture([along(0), along(1)])
    };
    (0..CURVE_POINTS).map(point).collect()
}

/// The rolled head's coordinates.
struct Frame {
    origin: [f32; 2],
    sin: f32,
    cos: f32,
}

impl Frame {
    fn new(attributes: &PortraitAttributes, nuisance: &Nuisance) -> Self {
        let (sin, cos) = attributes.head_angle.to_radians().sin_cos();
        let origin = [HEAD_CENTER[0] + nuisance.offset_x, HEAD_CENTER[1] + nuisance.offset_y];
        Self { origin, sin, cos }
    }

    /// To shares of the picture.
    fn to_picture(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let (x, y) = (x - ROLL_PIVOT[0], y - ROLL_PIVOT[1]);
        let turned = [self.cos * x - self.sin * y, self.sin * x + self.cos * y];
        std::array::from_fn(|axis| {
            (self.origin[axis] + ZOOM * (ROLL_PIVOT[axis] + turned[axis])) / 100.0
        })
    }

    fn of_picture(&self, place: [f32; 2]) -> [f32; 2] {
        let [x, y]: [f32; 2] = std::array::from_fn(|axis| {
            (100.0 * place[axis] - self.origin[axis]) / ZOOM - ROLL_PIVOT[axis]
        });
        let turned = [self.cos * x + self.sin * y, self.cos * y - self.sin * x];
        [turned[0] + ROLL_PIVOT[0], turned[1] + ROLL_PIVOT[1]]
    }
}

#[cfg(test)]
mod tests {
    use super::super::{attributes, nuisance};
    use super::*;
    use crate::protocol::Split;

    const SIZE: u32 = 64;

    #[test]
    fn parts_lie_where_they_are_drawn() {
        let (mut hair, mut background) = (0, 0);
        for index in 0..40 {
            let face = attributes(3, Split::HeldOut, index);
            let nuisance = nuisance(3, Split::HeldOut, index);
            let found = regions(&face, &nuisance, SIZE);
            let count = |part: &[bool]| part.iter().filter(|inside| **inside).count();
            assert!(found.background[0] && found.background[63], "the upper corners");
            let middle = 32 * SIZE as usize + 32;
            assert!(!found.background[middle] && !found.hair[middle], "the face's middle");
            let both = found.hair.iter().zip(&found.background).filter(|(a, b)| **a && **b).count();
            assert!(both < 120, "soft borders alone are in both: {both}");
            hair += count(&found.hair);
            background += count(&found.background);
            // On a face that does smile so broadly, teeth are above the lip and skin below it.
            let smiling = PortraitAttributes { smile: 0.9, beard: false, ..face };
            let picture = render(&smiling, &nuisance, 128);
            let [x, y] = found.smile[CURVE_POINTS / 2].map(|share| (share * 128.0) as usize);
            let darkness = |y: usize| picture[(y * 128 + x) * 3 + 1];
            let lip = (y - 2..=y + 2).map(darkness).min();
            assert!(lip < Some(darkness(y + 7)), "{index}: the lip is darker than what is below");
        }
        assert!(hair / 40 > 150 && background / 40 > 900, "{hair} and {background} pixels");
    }

    #[test]
    fn the_heads_frame_goes_there_and_back() {
        let face = PortraitAttributes { head_angle: 12.0, ..PortraitAttributes::default() };
        let frame = Frame::new(&face, &Nuisance::default());
        for place in [[0.0, 0.0], [8.0, 18.0], [-20.0, -25.0]] {
            let back = frame.of_picture(frame.to_picture(place));
            assert!(
                (0..2).all(|axis| (back[axis] - place[axis]).abs() < 1e-3),
                "{place:?} {back:?}"
            );
        }
    }
}
