//! The head and its features: skull, ears, neck, eyes, brows, nose, mouth.
//!
//! Coordinates are relative to the middle of the head, x to the right and y down, in percent of the picture; the
//! canvas rolls them with the head. Eyes are large and nothing is ever drawn over an iris or the mouth, so that
//! every attribute can be read off a picture of 64 pixels.

use tiny_skia::PathBuilder;

use super::attributes::{MAX_HEAD_ANGLE_DEG, PortraitAttributes};
use super::draw::{Canvas, Ink, Shape, ellipse, lerp, path, smoothstep};
use super::palette::{self, Rgb};
use super::sampling::Nuisance;

/// y of the top of the skull.
pub(super) const CROWN: f32 = -25.0;
/// y where the head is widest.
pub(super) const WIDEST: f32 = -1.0;

/// The measurements and colours that all parts of one head share.
pub(super) struct Head<'a> {
    pub attributes: &'a PortraitAttributes,
    pub nuisance: &'a Nuisance,
    pub skin: Rgb,
    pub hair: Rgb,
    /// Half the width of the face.
    pub half_width: f32,
    /// y of the chin.
    pub chin: f32,
    /// How far the features move sideways when the head turns with its roll.
    pub turn: f32,
    /// Distance of the eyes from the middle of the face.
    pub eye_x: f32,
    pub eye_y: f32,
    pub mouth_y: f32,
    /// How far the corners of the mouth go up, or down below 0. A `smile` of 0 is drawn as a faint smile already:
    /// a face at rest should look kind.
    pub mirth: f32,
}

impl<'a> Head<'a> {
    pub fn new(attributes: &'a PortraitAttributes, nuisance: &'a Nuisance) -> Self {
        let shape = attributes.face_shape;
        Self {
            attributes,
            nuisance,
            skin: palette::skin(attributes.skin_tone),
            hair: palette::hair(attributes.hair_color),
            half_width: lerp(27.2, 20.8, shape),
            chin: lerp(23.0, 31.6, shape),
            turn: attributes.head_angle / MAX_HEAD_ANGLE_DEG * 2.4,
            eye_x: lerp(10.8, 9.6, shape),
            eye_y: lerp(1.0, 2.0, shape),
            mouth_y: lerp(14.6, 18.4, shape),
            mirth: 0.13 + 0.87 * attributes.smile,
        }
    }

    /// Adds the right half of the jaw line, from the widest point to the chin, `grow` outside of the face.
    pub fn jaw_right(&self, builder: &mut PathBuilder, grow: f32) {
        let (edge, chin) = (self.half_width + grow, self.chin + grow);
        let jaw = edge * lerp(0.66, 0.52, self.attributes.face_shape);
        let cheek = lerp(WIDEST, chin, 0.56);
        builder.cubic_to(edge, cheek, jaw, chin, 0.0, chin);
    }

    /// Adds the left half of the jaw line, from the chin up to the widest point.
    pub fn jaw_left(&self, builder: &mut PathBuilder, grow: f32) {
        let (edge, chin) = (self.half_width + grow, self.chin + grow);
        let jaw = edge * lerp(0.66, 0.52, self.attributes.face_shape);
        let cheek = lerp(WIDEST, chin, 0.56);
        builder.cubic_to(-jaw, chin, -edge, cheek, -edge, WIDEST);
    }

    fn outline(&self) -> Shape {
        let edge = self.half_width;
        let side = lerp(WIDEST, CROWN, 0.58);
        path(|builder| {
            builder.move_to(0.0, CROWN);
            builder.cubic_to(edge * 0.62, CROWN, edge, side, edge, WIDEST);
            self.jaw_right(builder, 0.0);
            self.jaw_left(builder, 0.0);
            builder.cubic_to(-edge, side, -edge * 0.62, CROWN, 0.0, CROWN);
            builder.close();
        })
    }

    /// The neck, in the frame of the body: it does not roll.
    pub fn draw_neck(&self, canvas: &mut Canvas) {
        let half = self.half_width * 0.38;
        let neck = path(|builder| {
            builder.move_to(-half, 14.0);
            builder.line_to(half, 14.0);
            builder.quad_to(half, 33.0, half + 7.0, 38.0);
            builder.quad_to(0.0, 60.0, -half - 7.0, 38.0);
            builder.quad_to(-half, 33.0, -half, 14.0);
            builder.close();
        });
        let ink = Ink::Vertical {
            top: self.skin.shaded(0.5),
            bottom: self.skin.shaded(0.08),
            from: self.chin + 1.0,
            to: self.chin + 10.0,
        };
        canvas.outlined(&neck, ink, self.skin.outline());
    }

    /// Ears, then the skull with its soft light from the upper left, blush and nose.
    pub fn draw_skull(&self, canvas: &mut Canvas) {
        let line = self.skin.outline();
        let both = |radii: [f32; 2], inwards: f32| {
            path(|builder| {
                for side in [-1.0, 1.0] {
                    let x = side * (self.half_width + 0.8 - inwards) - self.turn * 0.4;
                    ellipse(builder, [x, self.eye_y + 2.5], radii);
                }
            })
        };
        canvas.outlined(&both([4.2, 5.8], 0.0), self.skin.shaded(0.08), line);
        canvas.fill(&both([2.2, 3.4], -0.6), self.skin.shaded(0.28));
        let ink = Ink::Radial {
            inner: (self.skin.lighter(0.16), 1.0),
            outer: (self.skin.shaded(0.2), 1.0),
            center: [self.turn - 5.0, -5.0],
            radius: 40.0,
        };
        canvas.outlined(&self.outline(), ink, line);
        self.draw_blush(canvas);
        self.draw_nose(canvas);
    }

    fn draw_blush(&self, canvas: &mut Canvas) {
        let rosy = self.skin.mix(Rgb::hex(0xe8455a), 0.55);
        let strength = 0.34 + 0.2 * self.mirth.max(0.0);
        for side in [-1.0, 1.0] {
            let center = [side * (self.eye_x + 4.6) + self.turn, self.eye_y + 9.6];
            let cheek = path(|builder| ellipse(builder, center, [5.6, 4.6]));
            let ink =
                Ink::Radial { inner: (rosy, strength), outer: (rosy, 0.0), center, radius: 5.6 };
            canvas.fill(&cheek, ink);
        }
    }

    fn draw_nose(&self, canvas: &mut Canvas) {
        let x = self.turn * 1.35;
        let y = lerp(self.eye_y, self.mouth_y, 0.52);
        let half = lerp(2.0, 3.3, self.nuisance.nose);
        let tip = path(|builder| {
            builder.move_to(x - half, y);
            builder.quad_to(x, y + half * 1.1, x + half, y);
        });
        canvas.stroke(&tip, self.skin.shaded(0.55), 1.3);
        let light = path(|builder| ellipse(builder, [x - 0.4, y - 1.6], [1.2, 1.5]));
        canvas.fill(&light, Ink::Flat(self.skin.lighter(0.6), 0.35));
    }

    /// Eyes and brows. Both eyes go into one path each time: half as many fills.
    pub fn draw_eyes(&self, canvas: &mut Canvas) {
        let pair = |radii: [f32; 2], shift: [f32; 2]| {
            path(|builder| {
                for side in [-1.0, 1.0] {
                    let x = side * self.eye_x + self.turn + shift[0];
                    ellipse(builder, [x, self.eye_y + shift[1]], radii);
                }
            })
        };
        let lash = Rgb::hex(0x33222b);
        let iris = palette::iris(self.attributes.eye_color);
        let white = pair([6.5, 6.0], [0.0, 0.0]);
        canvas.fill(&white, Rgb::hex(0xfdfcfa));
        canvas.fill(&pair([5.4, 5.5], [0.0, 0.1]), iris.darker(0.45));
        canvas.fill(&pair([4.8, 4.9], [0.0, 0.2]), iris);
        canvas.fill(&pair([3.4, 2.3], [0.0, 2.3]), iris.lighter(0.32));
        canvas.fill(&pair([2.1, 2.2], [0.0, 0.1]), Rgb::hex(0x17121b));
        canvas.fill(&pair([1.45, 1.45], [-1.6, -2.0]), Rgb::hex(0xffffff));
        canvas.stroke(&white, Ink::Flat(self.skin.outline(), 0.6), 0.7);
        let lids = path(|builder| {
            for side in [-1.0, 1.0] {
                let x = side * self.eye_x + self.turn;
                builder.move_to(x - 6.7, self.eye_y - 1.5);
                builder.cubic_to(
                    x - 4.8,
                    self.eye_y - 7.6,
                    x + 4.8,
                    self.eye_y - 7.6,
                    x + 6.7,
                    self.eye_y - 1.5,
                );
            }
        });
        canvas.stroke(&lids, lash, 1.5);
        self.draw_brows(canvas);
    }

    fn draw_brows(&self, canvas: &mut Canvas) {
        let smile = self.mirth;
        // A frown lifts the inner ends and drops the outer ones, which looks sad rather than angry: three hundred
        // angry faces on a sheet are no pleasure. A smile lifts the whole brow.
        let inner = self.eye_y - 9.9 - 0.5 * smile.max(0.0) + 1.5 * smile.min(0.0);
        let outer = self.eye_y - 9.1 - 0.9 * smile.max(0.0) - 0.9 * smile.min(0.0);
        let brows = path(|builder| {
            for side in [-1.0, 1.0] {
                let x = side * self.eye_x + self.turn;
                builder.move_to(x - side * 4.6, inner);
                builder.quad_to(
                    x + side * 0.8,
                    self.eye_y - 12.4 - smile.max(0.0),
                    x + side * 5.6,
                    outer,
                );
            }
        });
        canvas.stroke(&brows, self.hair.darker(0.22), lerp(1.7, 2.7, self.nuisance.brow));
    }

    /// Corners, middle and opening of the mouth: x of its middle, half its width, y of the corners, y of the curve's
    /// handle, and how far it opens.
    fn mouth(&self) -> [f32; 5] {
        let smile = self.mirth;
        let open = 8.0 * smoothstep(0.0, 1.0, smile);
        let half = 8.6 + 4.0 * smile.max(0.0);
        let y = self.mouth_y - 0.12 * open;
        [self.turn * 1.1, half, y - 3.8 * smile, y + 6.0 * smile, open]
    }

    /// The lower lip: its left corner, the handle of the quadratic curve, its right corner.
    pub fn lower_lip(&self) -> [[f32; 2]; 3] {
        let [x, half, corner, middle, open] = self.mouth();
        [[x - half, corner], [x, middle + open], [x + half, corner]]
    }

    /// The mouth: one curve from frown to smile that opens over the teeth as the smile broadens. `lips` surround
    /// it with skin first, the gap that keeps a mouth readable inside a beard.
    pub fn draw_mouth(&self, canvas: &mut Canvas, lips: bool) {
        let [x, half, corner, middle, open] = self.mouth();
        let shape = |upper: f32, lower: f32| {
            path(|builder| {
                builder.move_to(x - half, corner);
                builder.quad_to(x, upper, x + half, corner);
                builder.quad_to(x, lower, x - half, corner);
                builder.close();
            })
        };
        let mouth = shape(middle - 0.55 * open, middle + open);
        let line = self.skin.mix(Rgb::hex(0x8a1f33), 0.55).darker(0.55);
        if lips {
            canvas.stroke(&mouth, self.skin.mix(Rgb::hex(0xd9566a), 0.25), 4.0);
        }
        canvas.fill(&mouth, Rgb::hex(0x8e2233));
        let teeth = shape(middle - 0.55 * open, middle + 0.55 * open);
        canvas.fill(&teeth, Rgb::hex(0xfffaf5));
        canvas.stroke(&mouth, line, 1.9);
    }
}
