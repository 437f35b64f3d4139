//! The colours of the portraits: skin, hair, eyes, frames, and the flat families that hats and clothes pick from.
//!
//! Colours are mixed in sRGB, as a painter's program does; everything returns values in [0, 1].

use tiny_skia::Color;

use super::attributes::{EyeColor, HairColor};

/// An opaque sRGB colour with components in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rgb(pub [f32; 3]);

/// The near-black plum that outlines and shadows lean to; pure black would look harsh beside the soft shading.
const INK: Rgb = Rgb::hex(0x2b1d2e);
const WHITE: Rgb = Rgb::hex(0xffffff);

impl Rgb {
    /// A colour from 0xRRGGBB.
    pub const fn hex(code: u32) -> Self {
        Self([
            ((code >> 16) & 255) as f32 / 255.0,
            ((code >> 8) & 255) as f32 / 255.0,
            (code & 255) as f32 / 255.0,
        ])
    }

    /// A colour from hue in turns, saturation and lightness in [0, 1].
    pub fn hsl(hue_turns: f32, saturation: f32, lightness: f32) -> Self {
        let channel = |shift: f32| {
            let k = (shift + hue_turns * 12.0).rem_euclid(12.0);
            let amplitude = saturation * lightness.min(1.0 - lightness);
            lightness - amplitude * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0)
        };
        Self([channel(0.0), channel(8.0), channel(4.0)])
    }

    /// This colour moved towards another; 0 keeps it, 1 is the other.
    pub fn mix(self, other: Self, amount: f32) -> Self {
        let at = |i: usize| self.0[i] + (other.0[i] - self.0[i]) * amount;
        Self([at(0), at(1), at(2)])
    }

    /// Towards white.
    pub fn lighter(self, amount: f32) -> Self {
        self.mix(WHITE, amount)
    }

    /// Towards ink, keeping much of the hue: first multiplied, then tinted.
    pub fn darker(self, amount: f32) -> Self {
        let scaled = Self(self.0.map(|channel| channel * (1.0 - 0.55 * amount)));
        scaled.mix(INK, 0.45 * amount)
    }

    /// In shadow, as skin is: warm, because light also comes through it.
    pub fn shaded(self, amount: f32) -> Self {
        let [red, green, blue] = self.0;
        Self([
            red * (1.0 - 0.42 * amount),
            green * (1.0 - 0.62 * amount),
            blue * (1.0 - 0.66 * amount),
        ])
    }

    /// The colour of an outline around a shape of this colour.
    pub fn outline(self) -> Self {
        self.darker(0.72)
    }

    /// As the rasteriser wants it, with an opacity in [0, 1].
    pub fn with_alpha(self, alpha: f32) -> Color {
        let [red, green, blue] = self.0;
        let byte = |value: f32| (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
        Color::from_rgba8(byte(red), byte(green), byte(blue), byte(alpha))
    }
}

/// A colour between the stops of an evenly spaced palette, position in [0, 1].
fn along(stops: &[Rgb], position: f32) -> Rgb {
    let scaled = position.clamp(0.0, 1.0) * (stops.len() - 1) as f32;
    let first = (scaled as usize).min(stops.len() - 2);
    stops[first].mix(stops[first + 1], scaled - first as f32)
}

/// Skin from light (0) to dark (1).
pub(super) fn skin(tone: f32) -> Rgb {
    const STOPS: [Rgb; 5] = [
        Rgb::hex(0xffe3d0),
        Rgb::hex(0xf6c8a0),
        Rgb::hex(0xd99c68),
        Rgb::hex(0xa66b42),
        Rgb::hex(0x6f4530),
    ];
    along(&STOPS, tone)
}

/// Hair, brows and beard.
pub(super) fn hair(color: HairColor) -> Rgb {
    match color {
        HairColor::Black => Rgb::hex(0x2a2735),
        HairColor::Brown => Rgb::hex(0x754422),
        HairColor::Blond => Rgb::hex(0xf0c75a),
        HairColor::Red => Rgb::hex(0xd2511f),
        HairColor::Grey => Rgb::hex(0xbcc1cb),
    }
}

/// The irises. Stronger than in life: at 64 pixels an iris is five pixels wide.
pub(super) fn iris(color: EyeColor) -> Rgb {
    match color {
        EyeColor::Brown => Rgb::hex(0x6e3c17),
        EyeColor::Blue => Rgb::hex(0x2b7bf6),
        EyeColor::Green => Rgb::hex(0x66c832),
    }
}

/// Frames of glasses: black, tortoise, crimson, navy.
pub(super) fn frame(position: f32) -> Rgb {
    const FRAMES: [Rgb; 4] =
        [Rgb::hex(0x26222c), Rgb::hex(0x6b3a1e), Rgb::hex(0xa3243b), Rgb::hex(0x24407e)];
    FRAMES[((position * FRAMES.len() as f32) as usize).min(FRAMES.len() - 1)]
}

/// A hat's felt or knit.
pub(super) fn hat(hue_turns: f32) -> Rgb {
    Rgb::hsl(hue_turns, 0.46, 0.47)
}

/// A garment.
pub(super) fn clothing(hue_turns: f32, lightness: f32) -> Rgb {
    Rgb::hsl(hue_turns, 0.44, 0.38 + 0.26 * lightness)
}

/// The wall behind the sitter: hue in degrees, lightness from deep (0) to pale (1).
pub(super) fn background(hue_degrees: f32, lightness: f32) -> Rgb {
    Rgb::hsl(hue_degrees / 360.0, 0.42 + 0.14 * lightness, 0.2 + 0.62 * lightness)
}
