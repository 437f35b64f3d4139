//! What a portrait shows: the ground truth behind every picture of the built-in data set.
//!
//! An attribute is either continuous, a category or yes/no. [`schema`] documents all of them in one table, in the
//! order of [`PortraitAttributes::values`], and says how each continuous one is split in two for a classifier.
//! [`BINARY_LABELS`] is that split written out as a flat list of yes/no questions: label histograms, attribute
//! vectors and the judging oracle all use it. Attributes are drawn independently of each other, so the direction of
//! one never carries another along by construction.

use serde::{Deserialize, Serialize};

/// Colour of hair, brows and beard; one fifth of the portraits each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HairColor {
    /// Nearly black, with a cold sheen.
    Black,
    /// Chestnut brown.
    Brown,
    /// Golden blond.
    Blond,
    /// Copper red.
    Red,
    /// Silver grey.
    Grey,
}

impl HairColor {
    /// Every colour, in the order of the schema's category names.
    pub const ALL: [Self; 5] = [Self::Black, Self::Brown, Self::Blond, Self::Red, Self::Grey];
}

/// Colour of the irises; one third of the portraits each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EyeColor {
    /// Dark brown.
    Brown,
    /// Clear blue.
    Blue,
    /// Bright green.
    Green,
}

impl EyeColor {
    /// Every colour, in the order of the schema's category names.
    pub const ALL: [Self; 3] = [Self::Brown, Self::Blue, Self::Green];
}

/// Everything that is known about a portrait; what is not listed here is [`Nuisance`](super::Nuisance).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PortraitAttributes {
    /// 0 is a shaven head with a shadow of hair, 1 is hair down to the shoulders.
    pub hair_length: f32,
    /// Colour of hair, brows and beard.
    pub hair_color: HairColor,
    /// Colour of the irises.
    pub eye_color: EyeColor,
    /// -1 is a deep frown, 1 a broad open smile.
    pub smile: f32,
    /// Whether the face wears glasses.
    pub glasses: bool,
    /// Whether the head wears a hat.
    pub hat: bool,
    /// Whether the face has a beard.
    pub beard: bool,
    /// Position in the skin palette: 0 is the lightest, 1 the darkest.
    pub skin_tone: f32,
    /// 0 is a round face, 1 a long one.
    pub face_shape: f32,
    /// Roll of the head in degrees, clockwise in the picture; the features turn a little with it.
    pub head_angle: f32,
    /// Hue of the background in degrees, from orange (20) over green and blue to violet (280). It does not go full
    /// circle, so its two ends look different.
    pub background_hue: f32,
    /// 0 is a deep dark background, 1 a pale one.
    pub background_lightness: f32,
}

/// How one attribute is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AttributeKind {
    /// Yes (1) or no (0).
    Binary,
    /// Any value of a range, more often towards its ends than in its middle.
    Continuous {
        /// Smallest value.
        min: f32,
        /// Largest value.
        max: f32,
        /// How to ask it as a yes/no question.
        split: Binarisation,
    },
    /// One of several names; the value is the index.
    Category {
        /// The names, by index.
        names: &'static [&'static str],
    },
}

/// The documented way to turn a continuous attribute into yes or no.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Binarisation {
    /// Yes is `value >= threshold`; the median of the data.
    pub threshold: f32,
    /// Name of the side below the threshold.
    pub low: &'static str,
    /// Name of the side at and above the threshold; also the name of the [`BinaryLabel`].
    pub high: &'static str,
    /// 40 % of the portraits lie at or below this value: together with `outer_high` the part in which "yes" and "no"
    /// are clear enough to judge a picture by.
    pub outer_low: f32,
    /// 40 % of the portraits lie at or above this value.
    pub outer_high: f32,
}

/// One row of the [`schema`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AttributeSpec {
    /// Name of the field of [`PortraitAttributes`].
    pub name: &'static str,
    /// How it is measured.
    pub kind: AttributeKind,
    /// One line for people.
    pub doc: &'static str,
}

/// Where the middle fifth of a continuous attribute ends, as a fraction of the half range (see `sampling::spread`).
pub(super) const MIDDLE_FIFTH: f32 = 0.312;

const fn continuous(
    name: &'static str,
    [min, max]: [f32; 2],
    [low, high]: [&'static str; 2],
    doc: &'static str,
) -> AttributeSpec {
    let middle = (min + max) / 2.0;
    let gap = (max - min) / 2.0 * MIDDLE_FIFTH;
    let split = Binarisation {
        threshold: middle,
        low,
        high,
        outer_low: middle - gap,
        outer_high: middle + gap,
    };
    let kind = AttributeKind::Continuous { min, max, split };
    AttributeSpec { name, kind, doc }
}

const fn category(
    name: &'static str,
    names: &'static [&'static str],
    doc: &'static str,
) -> AttributeSpec {
    let kind = AttributeKind::Category { names };
    AttributeSpec { name, kind, doc }
}

const fn binary(name: &'static str, doc: &'static str) -> AttributeSpec {
    let kind = AttributeKind::Binary;
    AttributeSpec { name, kind, doc }
}

/// Largest roll of the head to either side, in degrees.
pub const MAX_HEAD_ANGLE_DEG: f32 = 15.0;

#[rustfmt::skip]
static SCHEMA: [AttributeSpec; 12] = [
    continuous("hair_length", [0.0, 1.0], ["short hair", "long hair"], "From a shaven head to hair down to the shoulders"),
    category("hair_color", &["black", "brown", "blond", "red", "grey"], "Colour of hair, brows and beard"),
    category("eye_color", &["brown", "blue", "green"], "Colour of the irises"),
    continuous("smile", [-1.0, 1.0], ["frowning", "smiling"], "From a deep frown to a broad open smile"),
    binary("glasses", "Wears glasses, of any shape"),
    binary("hat", "Wears a hat, of any style; the hair stays visible below it"),
    binary("beard", "Has a beard, of any fullness, in the colour of the hair"),
    continuous("skin_tone", [0.0, 1.0], ["light skin", "dark skin"], "Position in a palette of skin tones, light to dark"),
    continuous("face_shape", [0.0, 1.0], ["round face", "long face"], "From a round to a long face"),
    continuous("head_angle", [-MAX_HEAD_ANGLE_DEG, MAX_HEAD_ANGLE_DEG], ["tilted left", "tilted right"], "Roll of the head in degrees, clockwise in the picture"),
    continuous("background_hue", [20.0, 280.0], ["warm background", "cool background"], "Hue of the background in degrees, orange to violet"),
    continuous("background_lightness", [0.0, 1.0], ["dark background", "light background"], "From a deep dark background to a pale one"),
];

/// All attributes, in the order of [`PortraitAttributes::values`].
pub fn schema() -> &'static [AttributeSpec] {
    &SCHEMA
}

/// One yes/no question about a portrait.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BinaryLabel {
    /// The question's name, such as "long hair".
    pub name: &'static str,
    /// Row of the [`schema`] it asks about.
    pub attribute: usize,
    /// When the answer is yes.
    pub test: LabelTest,
}

/// When a [`BinaryLabel`] answers yes, given the attribute's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LabelTest {
    /// A yes/no attribute that is yes.
    Yes,
    /// A continuous attribute at or above its threshold.
    High,
    /// A continuous attribute below its threshold.
    Low,
    /// A category of this index.
    Is(usize),
}

const fn label(name: &'static str, attribute: usize, test: LabelTest) -> BinaryLabel {
    BinaryLabel { name, attribute, test }
}

/// Every yes/no question, in the order of [`PortraitAttributes::binary_labels`]. Each continuous attribute appears
/// once, with the side people ask for ("dark background", not "light background").
pub static BINARY_LABELS: [BinaryLabel; 18] = [
    label("long hair", 0, LabelTest::High),
    label("black hair", 1, LabelTest::Is(0)),
    label("brown hair", 1, LabelTest::Is(1)),
    label("blond hair", 1, LabelTest::Is(2)),
    label("red hair", 1, LabelTest::Is(3)),
    label("grey hair", 1, LabelTest::Is(4)),
    label("brown eyes", 2, LabelTest::Is(0)),
    label("blue eyes", 2, LabelTest::Is(1)),
    label("green eyes", 2, LabelTest::Is(2)),
    label("smiling", 3, LabelTest::High),
    label("glasses", 4, LabelTest::Yes),
    label("hat", 5, LabelTest::Yes),
    label("beard", 6, LabelTest::Yes),
    label("dark skin", 7, LabelTest::High),
    label("long face", 8, LabelTest::High),
    label("tilted right", 9, LabelTest::High),
    label("cool background", 10, LabelTest::High),
    label("dark background", 11, LabelTest::Low),
];

impl BinaryLabel {
    /// The answer for a portrait with these attributes.
    pub fn holds(&self, attributes: &PortraitAttributes) -> bool {
        let value = attributes.values()[self.attribute];
        match (self.test, SCHEMA[self.attribute].kind) {
            (LabelTest::Low, AttributeKind::Continuous { split, .. }) => value < split.threshold,
            (LabelTest::High, AttributeKind::Continuous { split, .. }) => value >= split.threshold,
            (LabelTest::Is(index), _) => value == index as f32,
            (LabelTest::Yes | LabelTest::Low | LabelTest::High, _) => value >= 0.5,
        }
    }

    /// The answer where it is clear: `None` for a continuous attribute in the middle fifth of its data, where no
    /// classifier should be judged.
    pub fn clear_answer(&self, attributes: &PortraitAttributes) -> Option<bool> {
        if let AttributeKind::Continuous { split, .. } = SCHEMA[self.attribute].kind {
            let value = attributes.values()[self.attribute];
            if value > split.outer_low && value < split.outer_high {
                return None;
            }
        }
        Some(self.holds(attributes))
    }
}

impl PortraitAttributes {
    /// All values in the order of the [`schema`]: a yes is 1, a category its index, `head_angle` and
    /// `background_hue` degrees.
    pub fn values(&self) -> Vec<f32> {
        let yes = |flag: bool| if flag { 1.0 } else { 0.0 };
        vec![
            self.hair_length,
            self.hair_color as usize as f32,
            self.eye_color as usize as f32,
            self.smile,
            yes(self.glasses),
            yes(self.hat),
            yes(self.beard),
            self.skin_tone,
            self.face_shape,
            self.head_angle,
            self.background_hue,
            self.background_lightness,
        ]
    }

    /// The answers to all of [`BINARY_LABELS`], with their names.
    pub fn binary_labels(&self) -> Vec<(&'static str, bool)> {
        BINARY_LABELS.iter().map(|label| (label.name, label.holds(self))).collect()
    }
}

impl Default for PortraitAttributes {
    /// A plain face in the middle of every range: brown hair to the ears, blue eyes, a slight smile, nothing worn.
    fn default() -> Self {
        Self {
            hair_length: 0.5,
            hair_color: HairColor::Brown,
            eye_color: EyeColor::Blue,
            smile: 0.3,
            glasses: false,
            hat: false,
            beard: false,
            skin_tone: 0.2,
            face_shape: 0.5,
            head_angle: 0.0,
            background_hue: 200.0,
            background_lightness: 0.75,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_asks_what_its_schema_row_can_answer() {
        for label in &BINARY_LABELS {
            let kind = SCHEMA[label.attribute].kind;
            let fits = match label.test {
                LabelTest::Yes => kind == AttributeKind::Binary,
                LabelTest::High | LabelTest::Low => match kind {
                    AttributeKind::Continuous { split, .. } => {
                        let side =
                            if label.test == LabelTest::High { split.high } else { split.low };
                        side == label.name
                    }
                    _ => false,
                },
                LabelTest::Is(index) => match kind {
                    AttributeKind::Category { names } => label.name.starts_with(names[index]),
                    _ => false,
                },
            };
            assert!(fits, "{label:?} against {kind:?}");
        }
    }

    #[test]
    fn a_middling_smile_has_an_answer_but_no_clear_one() {
        let label = BINARY_LABELS[9];
        let with_smile = |smile| PortraitAttributes { smile, ..PortraitAttributes::default() };
        assert!(label.holds(&with_smile(0.1)));
        assert_eq!(label.clear_answer(&with_smile(0.1)), None);
        assert_eq!(label.clear_answer(&with_smile(0.9)), Some(true));
        assert_eq!(label.clear_answer(&with_smile(-0.9)), Some(false));
    }
}
