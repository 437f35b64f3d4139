//! Hair and beard: everything that shares the hair's colour.
//!
//! The hair in front is one closed curve: up one side, over the skull, down the other side and back along the
//! hairline. Its locks end lower the longer the hair is, from the temples to the shoulders, so that one number moves
//! every style smoothly and the length can be read at the sides even under a hat.

use std::f32::consts::{FRAC_PI_2, TAU};

use super::draw::{Canvas, Ink, Shape, lerp, path, smooth_closed, smoothstep};
use super::face::{CROWN, Head, WIDEST};
use super::palette::Rgb;

/// y at which the shortest and the longest locks end.
const LOCK_ENDS: [f32; 2] = [0.0, 41.0];

/// The measurements of one head of hair.
pub(super) struct Hair<'a> {
    head: &'a Head<'a>,
    color: Rgb,
    /// Thickness of the hair over the skull.
    pub volume: f32,
    /// y at which the locks end.
    end: f32,
    /// How wide a lock is.
    lock: f32,
    /// Depth of the waves along the outline.
    wave: f32,
    /// y of the hairline over the middle of the forehead.
    hairline: f32,
}

impl<'a> Hair<'a> {
    pub fn new(head: &'a Head<'a>) -> Self {
        let (attributes, nuisance) = (head.attributes, head.nuisance);
        let length = attributes.hair_length;
        let grown = smoothstep(0.0, 0.4, length);
        let under_hat = if attributes.hat { 0.55 } else { 1.0 };
        // Shaven hair lets the skin shine through.
        let color = head.skin.mix(head.hair, lerp(0.82, 1.0, grown));
        Self {
            head,
            color,
            volume: lerp(0.6, (3.6 + 2.2 * nuisance.volume) * under_hat, grown),
            end: lerp(LOCK_ENDS[0], LOCK_ENDS[1], length),
            lock: lerp(4.4, 10.0, smoothstep(0.1, 0.75, length)),
            wave: 1.3 * nuisance.curl * grown,
            hairline: lerp(-17.5, lerp(-17.5, -11.8, nuisance.fringe), grown),
        }
    }

    /// The hair that falls behind the neck.
    pub fn draw_back(&self, canvas: &mut Canvas) {
        let wide = self.head.half_width + self.volume + 0.6;
        let points = [
            [-wide + 4.0, -14.0],
            [wide - 4.0, -14.0],
            [wide, lerp(-8.0, self.end, 0.5)],
            [wide - 2.5, self.end - 2.0],
            [0.0, self.end],
            [-wide + 2.5, self.end - 2.0],
            [-wide, lerp(-8.0, self.end, 0.5)],
        ];
        let back = path(|builder| smooth_closed(builder, &points));
        canvas.fill(&back, self.color.darker(0.42));
    }

    /// The hair over the skull and the locks at its sides.
    pub fn draw_front(&self, canvas: &mut Canvas) {
        let front = self.front();
        let ink = Ink::Vertical {
            top: self.color.lighter(0.14),
            bottom: self.color.darker(0.16),
            from: CROWN - 6.0,
            to: self.end.max(4.0),
        };
        self.draw_shadow(canvas);
        canvas.outlined(&front, ink, self.color.outline());
        self.draw_strands(canvas);
        self.draw_sheen(canvas);
    }

    fn front(&self) -> Shape {
        let mut points = Vec::with_capacity(64);
        points.extend(self.outer_side());
        points.extend(self.outer_side().rev().skip(1).map(|[x, y]| [-x, y]));
        points.extend(self.inner_side().map(|[x, y]| [-x, y]));
        points.extend(self.hairline());
        points.extend(self.inner_side().rev());
        path(|builder| smooth_closed(builder, &points))
    }

    /// The right outline from the tip of the lock up to the crown.
    fn outer_side(&self) -> impl DoubleEndedIterator<Item = [f32; 2]> {
        const LOCK: usize = 6;
        const SKULL: usize = 9;
        let wide = self.head.half_width + self.volume;
        let tall = WIDEST - CROWN + self.volume;
        let flare = 1.8 * smoothstep(8.0, 36.0, self.end) * (0.4 + self.head.nuisance.volume);
        (0..LOCK + SKULL + 1).map(move |i| {
            // Waves die out towards the crown, so that both halves meet smoothly there.
            let phase = (i as f32 * TAU / 3.0).sin();
            if i < LOCK {
                let down = 1.0 - i as f32 / LOCK as f32;
                let drop = (self.end - WIDEST) * down;
                let x = wide + flare * down - 2.2 * down * down * down;
                [x + self.wave * phase, WIDEST + drop]
            } else {
                let angle = (i - LOCK) as f32 / SKULL as f32 * FRAC_PI_2;
                let bump = 1.0 + self.wave * phase / wide * angle.cos().max(0.35);
                // A power below one squares the curve a little: skulls are no ellipses.
                let cos = angle.cos().max(0.0).powf(0.86);
                let sin = angle.sin().max(0.0).powf(0.9);
                [wide * cos * bump, WIDEST - tall * sin * bump]
            }
        })
    }

    /// The right inner edge from the tip of the lock up to the temple.
    fn inner_side(&self) -> impl DoubleEndedIterator<Item = [f32; 2]> {
        let edge = self.head.half_width;
        let long = smoothstep(12.0, 36.0, self.end);
        let tip = edge + self.volume - self.lock * lerp(0.5, 0.35, long);
        let inner = edge + self.volume - self.lock;
        [
            [tip, self.end + 1.6],
            [inner + 0.8, self.end - lerp(1.0, 3.0, long)],
            [
                inner.max(edge - lerp(3.4, 4.6, long)),
                lerp(-7.0, self.end, 0.62).min(self.end - 2.0),
            ],
            [edge - 2.6, lerp(-8.0, self.end, 0.3).min(4.0)],
            [edge - 3.8, -9.0],
        ]
        .into_iter()
    }

    /// The hairline over the forehead, from left to right, with its parting.
    fn hairline(&self) -> [[f32; 2]; 5] {
        let edge = self.head.half_width;
        let turn = self.head.turn;
        let part = 6.5 * self.head.nuisance.parting + turn;
        let line = self.hairline;
        let lift = lerp(1.0, 3.6, smoothstep(0.1, 0.5, self.head.attributes.hair_length));
        [
            [-edge * 0.66, line + 0.6],
            [part - 5.5, line - 0.8],
            [part, line - lift],
            [part + 5.5, line - 0.8],
            [edge * 0.66, line + 0.6],
        ]
    }

    /// The shadow of the hair on the forehead.
    fn draw_shadow(&self, canvas: &mut Canvas) {
        let [left, .., right] = self.hairline();
        let drop = 1.4;
        let shadow = path(|builder| {
            builder.move_to(left[0] - 2.0, left[1] + drop + 3.0);
            for [x, y] in self.hairline() {
                builder.line_to(x, y + drop);
            }
            builder.line_to(right[0] + 2.0, right[1] + drop + 3.0);
        });
        canvas.stroke(&shadow, Ink::Flat(self.head.skin.shaded(0.7), 0.45), 3.0);
    }

    /// A few darker lines that show how the hair lies.
    fn draw_strands(&self, canvas: &mut Canvas) {
        let edge = self.head.half_width;
        let part = 6.5 * self.head.nuisance.parting + self.head.turn;
        let [near, far] = [self.volume - 0.32 * self.lock, self.volume - 0.62 * self.lock];
        let low = lerp(WIDEST, self.end, 0.8);
        let strands = path(|builder| {
            for side in [-1.0, 1.0] {
                builder.move_to(part + side * 3.0, self.hairline - 4.0);
                builder.quad_to(side * edge * 0.8, -21.0, side * (edge + far), -6.0);
                builder.move_to(side * (edge + near), -4.0);
                builder.quad_to(side * (edge + near + 1.0), low * 0.5, side * (edge + near), low);
            }
        });
        canvas.stroke(&strands, Ink::Flat(self.color.outline(), 0.32), 0.9);
    }

    fn draw_sheen(&self, canvas: &mut Canvas) {
        let wide = self.head.half_width * 0.62;
        let y = CROWN + 3.2 - self.volume * 0.35;
        let shift = self.head.turn - 3.0;
        let sheen = path(|builder| {
            builder.move_to(shift - wide, y + 6.4);
            builder.quad_to(shift, y - 4.6, shift + wide, y + 6.4);
        });
        canvas.stroke(&sheen, Ink::Flat(self.color.lighter(0.6), 0.3), 2.4);
    }

    /// Beard and moustache; the mouth is drawn over it afterwards.
    pub fn draw_beard(&self, canvas: &mut Canvas) {
        let head = self.head;
        let full = head.nuisance.beard_fullness;
        let edge = head.half_width;
        // The moustache makes room for the corners of a smile.
        let smile = head.mirth.max(0.0);
        let lip = head.mouth_y - 4.8 - 1.2 * smile;
        let cheek = head.mouth_y + lerp(0.5 - 2.5 * smile, -5.0 - smile, full);
        let temple = lerp(3.5, 0.5, full);
        let x = head.turn;
        let beard = path(|builder| {
            builder.move_to(edge + 0.4, WIDEST);
            head.jaw_right(builder, lerp(0.8, 2.2, full));
            head.jaw_left(builder, lerp(0.8, 2.2, full));
            builder.line_to(-edge + 2.4, temple);
            builder.quad_to(-edge + 3.4, cheek, x - 13.0, cheek + 0.6);
            builder.quad_to(x - 9.0, lip, x, lip + 0.8);
            builder.quad_to(x + 9.0, lip, x + 13.0, cheek + 0.6);
            builder.quad_to(edge - 3.4, cheek, edge - 2.4, temple);
            builder.close();
        });
        let ink = Ink::Vertical {
            top: head.hair.lighter(0.05),
            bottom: head.hair.darker(0.15),
            from: cheek,
            to: head.chin,
        };
        canvas.outlined(&beard, ink, head.hair.outline());
    }
}
