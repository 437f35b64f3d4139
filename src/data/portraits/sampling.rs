//! Who appears in the data set: attributes and nuisance factors drawn from (seed, split, index).
//!
//! Every portrait has its own ChaCha8 stream keyed on those three numbers, so any portrait can be drawn alone, in any
//! order, on any thread, and the three splits never share one. Only additions, multiplications and comparisons turn
//! random bits into attributes, so they are the same on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use super::attributes::{AttributeKind, EyeColor, HairColor, PortraitAttributes, schema};
use crate::protocol::Split;

/// What varies between portraits without being an attribute. All in [0, 1] except where stated; few and smooth, so
/// that a generative model can learn them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Nuisance {
    /// Horizontal shift of the head in per cent of the picture, [-1, 1].
    pub offset_x: f32,
    /// Vertical shift of the head in per cent of the picture, [-1, 1].
    pub offset_y: f32,
    /// Side of the parting, [-1, 1].
    pub parting: f32,
    /// From swept back to a fringe over the forehead.
    pub fringe: f32,
    /// From straight to curly.
    pub curl: f32,
    /// From flat to voluminous hair.
    pub volume: f32,
    /// From a chin beard to a full one.
    pub beard_fullness: f32,
    /// Thickness of the brows.
    pub brow: f32,
    /// Size of the nose.
    pub nose: f32,
    /// From square to round glasses.
    pub glasses_roundness: f32,
    /// Colour of the glasses, by position in a palette of frames.
    pub glasses_color: f32,
    /// Which hat: beanie, cap or brimmed hat, a third each.
    pub hat_style: f32,
    /// Hue of the hat, once around the circle.
    pub hat_hue: f32,
    /// Which collar: round, V-neck or shirt, a third each.
    pub collar_style: f32,
    /// Hue of the clothing, once around the circle.
    pub clothing_hue: f32,
    /// From dark to light clothing.
    pub clothing_lightness: f32,
}

impl Default for Nuisance {
    /// The middle of every factor.
    fn default() -> Self {
        Self {
            offset_x: 0.0,
            offset_y: 0.0,
            parting: 0.3,
            fringe: 0.5,
            curl: 0.2,
            volume: 0.5,
            beard_fullness: 0.6,
            brow: 0.5,
            nose: 0.5,
            glasses_roundness: 0.7,
            glasses_color: 0.0,
            hat_style: 0.1,
            hat_hue: 0.0,
            collar_style: 0.1,
            clothing_hue: 0.6,
            clothing_lightness: 0.5,
        }
    }
}

/// The attributes of one portrait, without drawing it.
pub fn attributes(seed: u64, split: Split, index: u64) -> PortraitAttributes {
    sample_attributes(&mut Stream::new(seed, split, index, Purpose::Attributes))
}

/// The nuisance factors of one portrait, without drawing it.
pub fn nuisance(seed: u64, split: Split, index: u64) -> Nuisance {
    sample_nuisance(&mut Stream::new(seed, split, index, Purpose::Nuisance))
}

/// What a stream is for. Attributes and nuisance have separate streams, so that a new nuisance factor never changes
/// anybody's attributes.
#[derive(Clone, Copy)]
enum Purpose {
    Attributes,
    Nuisance,
}

struct Stream(ChaCha8Rng);

impl Stream {
    fn new(seed: u64, split: Split, index: u64, purpose: Purpose) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&index.to_le_bytes());
        key[16] = match split {
            Split::Train => 0,
            Split::HeldOut => 1,
            Split::Test => 2,
        };
        key[17] = match purpose {
            Purpose::Attributes => 0,
            Purpose::Nuisance => 1,
        };
        key[24..].copy_from_slice(b"portrait");
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Uniform in [0, 1), with the 24 bits that f32 holds exactly.
    fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / (1 << 24) as f32
    }

    /// Uniform in [-1, 1).
    fn signed(&mut self) -> f32 {
        2.0 * self.unit() - 1.0
    }

    fn chance(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        let index = (self.0.next_u32() as u64 * choices.len() as u64) >> 32;
        choices[index as usize]
    }
}

/// Maps a uniform u in [-1, 1] to [-1, 1], thinning out the middle: people are recognised by what is marked about
/// them, and a label is learnable where few portraits sit on its threshold.
fn spread(u: f32) -> f32 {
    u * (1.7 - 0.7 * u.abs())
}

fn sample_attributes(stream: &mut Stream) -> PortraitAttributes {
    let mut continuous = |name: &str| {
        let position = 0.5 + 0.5 * spread(stream.signed());
        let (min, max) = continuous_range(name);
        min + (max - min) * position
    };
    let hair_length = continuous("hair_length");
    let smile = continuous("smile");
    let skin_tone = continuous("skin_tone");
    let face_shape = continuous("face_shape");
    let head_angle = continuous("head_angle");
    let background_hue = continuous("background_hue");
    let background_lightness = continuous("background_lightness");
    PortraitAttributes {
        hair_length,
        hair_color: stream.pick(&HairColor::ALL),
        eye_color: stream.pick(&EyeColor::ALL),
        smile,
        glasses: stream.chance(WORN_RATE),
        hat: stream.chance(WORN_RATE),
        beard: stream.chance(WORN_RATE),
        skin_tone,
        face_shape,
        head_angle,
        background_hue,
        background_lightness,
    }
}

/// Share of portraits with glasses, with a hat and with a beard: near enough to one half that every such attribute
/// has variance to learn from, low enough that a bare face stays the commonest.
const WORN_RATE: f32 = 0.4;

/// Range of a continuous attribute in the schema.
fn continuous_range(name: &str) -> (f32, f32) {
    let spec = schema().iter().find(|spec| spec.name == name);
    match spec.map(|spec| spec.kind) {
        Some(AttributeKind::Continuous { min, max, .. }) => (min, max),
        _ => (0.0, 1.0),
    }
}

fn sample_nuisance(stream: &mut Stream) -> Nuisance {
    Nuisance {
        offset_x: stream.signed(),
        offset_y: stream.signed(),
        parting: spread(stream.signed()),
        fringe: stream.unit(),
        curl: stream.unit(),
        volume: stream.unit(),
        beard_fullness: stream.unit(),
        brow: stream.unit(),
        nose: stream.unit(),
        glasses_roundness: stream.unit(),
        glasses_color: stream.unit(),
        hat_style: stream.unit(),
        hat_hue: stream.unit(),
        collar_style: stream.unit(),
        clothing_hue: stream.unit(),
        clothing_lightness: stream.unit(),
    }
}
