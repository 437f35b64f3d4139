//! Portraits: the built-in data set of procedurally drawn cartoon faces.
//!
//! Endless, deterministic from a seed, at any size, and with the truth about every picture beside it, so the program
//! has something to train on before a person brings their own pictures, and its tests can measure what an edit
//! changed. [`portrait`] draws the face of one (seed, split, index); [`render`] draws any attributes one asks for.
//! The picture is a stack of vector shapes: back hair, neck and clothes, skull, features, beard, hair, glasses, hat.

mod attributes;
mod draw;
mod face;
mod hair;
mod palette;
mod regions;
mod sampling;
mod wear;

pub use attributes::{
    AttributeKind, AttributeSpec, BINARY_LABELS, Binarisation, BinaryLabel, EyeColor, HairColor,
    LabelTest, MAX_HEAD_ANGLE_DEG, PortraitAttributes, schema,
};
pub use regions::{Regions, hair_rgb, regions};
pub use sampling::{Nuisance, attributes, nuisance};

use crate::protocol::Split;
use draw::{Canvas, Ink, path};
use face::Head;
use hair::Hair;

/// One picture of the data set and the truth about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Portrait {
    /// What the picture shows.
    pub attributes: PortraitAttributes,
    /// size × size pixels of RGB, rows from the top.
    pub rgb: Vec<u8>,
}

/// Draws portrait number `index` of a split, `size` × `size` pixels. The same face at every size, and on every
/// machine up to the last bit of a few pixels.
pub fn portrait(seed: u64, split: Split, index: u64, size: u32) -> Portrait {
    let attributes = attributes(seed, split, index);
    let rgb = render(&attributes, &nuisance(seed, split, index), size);
    Portrait { attributes, rgb }
}

/// Draws a face with these attributes: size × size × 3 bytes of RGB, rows from the top. A size that no picture can
/// have (0, or beyond the memory that can be addressed) gives no bytes.
pub fn render(attributes: &PortraitAttributes, nuisance: &Nuisance, size: u32) -> Vec<u8> {
    let factor = oversampling(size);
    let Some(mut canvas) = size.checked_mul(factor).and_then(Canvas::new) else {
        return Vec::new();
    };
    draw(&mut canvas, attributes, nuisance);
    canvas.into_rgb(factor)
}

/// How many canvas pixels make up a pixel's side. Small pictures are drawn at 64 pixels and averaged down, so that
/// thin outlines fade instead of dissolving; from 64 on the rasteriser's own anti-aliasing suffices.
fn oversampling(size: u32) -> u32 {
    match size {
        0 => 1,
        1..64 => 64_u32.div_ceil(size),
        _ => 1,
    }
}

/// Where the middle of the head lies, and the point about which it rolls, below the chin.
const HEAD_CENTER: [f32; 2] = [50.0, 49.5];
const ROLL_PIVOT: [f32; 2] = [0.0, 26.0];
/// How much larger than drawn the figure stands in the picture: as large as the tallest hat allows.
const ZOOM: f32 = 1.07;

fn draw(canvas: &mut Canvas, attributes: &PortraitAttributes, nuisance: &Nuisance) {
    let head = Head::new(attributes, nuisance);
    let hair = Hair::new(&head);
    let center = [HEAD_CENTER[0] + nuisance.offset_x, HEAD_CENTER[1] + nuisance.offset_y];
    draw_background(canvas, attributes);
    canvas.set_frame(center, ZOOM, attributes.head_angle, ROLL_PIVOT);
    hair.draw_back(canvas);
    canvas.set_frame(center, ZOOM, 0.0, ROLL_PIVOT);
    head.draw_neck(canvas);
    wear::draw_clothes(canvas, nuisance);
    canvas.set_frame(center, ZOOM, attributes.head_angle, ROLL_PIVOT);
    head.draw_skull(canvas);
    if attributes.glasses {
        wear::draw_lenses(canvas, &head);
    }
    head.draw_eyes(canvas);
    if attributes.beard {
        hair.draw_beard(canvas);
    }
    head.draw_mouth(canvas, attributes.beard);
    hair.draw_front(canvas);
    if attributes.glasses {
        wear::draw_frames(canvas, &head);
    }
    if attributes.hat {
        wear::draw_hat(canvas, &head, hair.volume);
    }
}

fn draw_background(canvas: &mut Canvas, attributes: &PortraitAttributes) {
    let color = palette::background(attributes.background_hue, attributes.background_lightness);
    let everything = path(|builder| {
        if let Some(rect) = tiny_skia::Rect::from_ltrb(-1.0, -1.0, 101.0, 101.0) {
            builder.push_rect(rect);
        }
    });
    let ink = Ink::Radial {
        inner: (color.lighter(0.16), 1.0),
        outer: (color.darker(0.18), 1.0),
        center: [50.0, 42.0],
        radius: 74.0,
    };
    canvas.fill(&everything, ink);
}

#[cfg(test)]
mod tests;
