//! Strokes: what a person paints to say what a picture is to become.

use std::borrow::Borrow;

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// Points of one stroke, at most.
pub const STROKE_POINTS_LIMIT: usize = 10_000;
/// Strokes of one edit, at most.
pub const STROKES_LIMIT: usize = 500;
/// The largest brush: as wide as the picture's diagonal twice over.
const LARGEST_BRUSH: f32 = 3.0;

/// What a stroke asks of the pixels it covers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StrokeTool {
    /// This colour, red, green and blue.
    Colour([u8; 3]),
    /// To be lighter than the picture that the edit began with, by this share of the way from black to white.
    Lighten(f32),
    /// To be darker by this share.
    Darken(f32),
    /// An edge along the stroke.
    Edge,
    /// No edges.
    NoEdge,
    /// To stay as the photo is.
    Keep,
    /// The patch under the stroke, moved by this much: shares of the picture's width and height.
    Warp([f32; 2]),
    /// What is at the stroke's first point, moved to its last one (Pan et al. 2023).
    Drag,
    /// To be made anew: the photo binds everywhere else.
    Erase,
    /// To be smooth.
    Smooth,
    /// z₀ is moved along the two directions that change the pixels around the stroke's first point most: along the
    /// first by how far the stroke goes right, along the second by how far down; see [`LATENT_STROKE_REACH`].
    Latent,
}

/// A [`StrokeTool::Latent`] from one edge of the picture to the other moves z₀ by this length.
pub const LATENT_STROKE_REACH: f32 = 8.0;

/// The tip that a stroke is painted with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Brush {
    /// Diameter in widths of the picture, above 0.
    pub size: f32,
    /// How much the stroke counts, above 0 to 1.
    pub strength: f32,
    /// The share of the radius over which it fades out at the rim, 0 to 1.
    pub softness: f32,
}

impl Default for Brush {
    fn default() -> Self {
        Self { size: 0.12, strength: 1.0, softness: 0.5 }
    }
}

/// Where the brush was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrokePoint {
    /// From the picture's left edge, 0, to its right one, 1. What lies outside paints nothing.
    pub x: f32,
    /// From its upper edge, 0, to its lower one, 1.
    pub y: f32,
    /// How hard the brush was pressed, 0 to 1: the stroke's strength here.
    #[serde(default = "one")]
    pub pressure: f32,
}

impl StrokePoint {
    /// A place under full pressure.
    pub fn at(x: f32, y: f32) -> Self {
        Self { x, y, pressure: 1.0 }
    }
}

/// One stroke, independent of any resolution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stroke {
    /// What it asks.
    pub tool: StrokeTool,
    /// What it is painted with.
    pub brush: Brush,
    /// Where the brush went, joined by straight lines; one point is a dab.
    pub points: Vec<StrokePoint>,
    /// Whether it is painted on the other side too, left and right of the picture's middle.
    #[serde(default)]
    pub mirrored: bool,
    /// What it counts beside the other strokes, 0 to [`Self::WEIGHT_LIMIT`]: a factor of its cost in U.
    #[serde(default = "one")]
    pub weight: f32,
    /// Whether it counts at all.
    #[serde(default = "yes")]
    pub on: bool,
}

fn one() -> f32 {
    1.0
}

fn yes() -> bool {
    true
}

impl Stroke {
    /// The greatest weight.
    pub const WEIGHT_LIMIT: f32 = 100.0;

    /// A stroke with the default brush through these places, (x, y).
    pub fn through(tool: StrokeTool, places: &[[f32; 2]]) -> Self {
        let points = places.iter().map(|&[x, y]| StrokePoint::at(x, y)).collect();
        Self { tool, brush: Brush::default(), points, mirrored: false, weight: 1.0, on: true }
    }

    /// The stroke as a mirror in the picture's middle shows it.
    #[must_use]
    pub fn mirror_image(&self) -> Self {
        let points = self.points.iter().map(|point| StrokePoint { x: 1.0 - point.x, ..*point });
        let tool = match self.tool {
            StrokeTool::Warp([x, y]) => StrokeTool::Warp([-x, y]),
            tool => tool,
        };
        Self { tool, points: points.collect(), ..self.clone() }
    }

    /// Checks every value. A place outside of the picture is allowed: what lies outside is clipped when the
    /// stroke is painted.
    ///
    /// # Errors
    /// The first value that cannot be painted, with what to use.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let refuse = |text: String| Err(ConfigError(text));
        let Brush { size, strength, softness } = self.brush;
        if !(size > 0.0 && size <= LARGEST_BRUSH) {
            return refuse(format!(
                "a brush of size {size}: use a size above 0, in widths of the picture, up to {LARGEST_BRUSH}"
            ));
        }
        if !(strength > 0.0 && strength <= 1.0) {
            return refuse(format!("a stroke of strength {strength}: use above 0 to 1"));
        }
        if !(0.0..=1.0).contains(&softness) {
            return refuse(format!("a brush of softness {softness}: use 0 to 1"));
        }
        if !(0.0..=Self::WEIGHT_LIMIT).contains(&self.weight) {
            let (weight, most) = (self.weight, Self::WEIGHT_LIMIT);
            return refuse(format!("a stroke of weight {weight}: use 0 to {most}"));
        }
        let count = self.points.len();
        let least = if matches!(self.tool, StrokeTool::Drag | StrokeTool::Latent) { 2 } else { 1 };
        if !(least..=STROKE_POINTS_LIMIT).contains(&count) {
            return refuse(format!(
                "a stroke of {count} points: use {least} to {STROKE_POINTS_LIMIT}"
            ));
        }
        for (index, StrokePoint { x, y, pressure }) in self.points.iter().enumerate() {
            let number = index + 1;
            if !(x.is_finite() && y.is_finite()) {
                return refuse(format!("point {number} of a stroke is at ({x}, {y}): use numbers"));
            }
            if !(0.0..=1.0).contains(pressure) {
                return refuse(format!(
                    "point {number} of a stroke has pressure {pressure}: use 0 to 1"
                ));
            }
        }
        self.validate_tool()
    }

    fn validate_tool(&self) -> Result<(), ConfigError> {
        let text = match self.tool {
            StrokeTool::Lighten(amount) | StrokeTool::Darken(amount)
                if !(amount > 0.0 && amount <= 1.0) =>
            {
                format!("lighter or darker by {amount}: use above 0 to 1")
            }
            StrokeTool::Warp([x, y]) if !(x.abs() <= 1.0 && y.abs() <= 1.0) => {
                format!("a patch moved by ({x}, {y}): use -1 to 1, in widths and heights")
            }
            _ => return Ok(()),
        };
        Err(ConfigError(text))
    }
}

/// Checks all strokes of an edit.
///
/// # Errors
/// Too many, or the first that cannot be painted, by its number.
pub fn validate_strokes<S: Borrow<Stroke>>(strokes: &[S]) -> Result<(), ConfigError> {
    if strokes.len() > STROKES_LIMIT {
        let count = strokes.len();
        return Err(ConfigError(format!("{count} strokes: use at most {STROKES_LIMIT}")));
    }
    for (index, stroke) in strokes.iter().enumerate() {
        let numbered = |error: ConfigError| ConfigError(format!("stroke {}: {error}", index + 1));
        stroke.borrow().validate().map_err(numbered)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dab() -> Stroke {
        Stroke::through(StrokeTool::Keep, &[[0.5, 0.5]])
    }

    #[test]
    fn what_cannot_be_painted_is_refused_with_what_to_use() {
        let brush = |brush: Brush| Stroke { brush, ..dab() };
        let tool = |tool| Stroke { tool, ..dab() };
        let point = |point| Stroke { points: vec![point], ..dab() };
        let at = StrokePoint::at;
        let bad = [
            (brush(Brush { size: 0.0, ..Brush::default() }), "size 0"),
            (brush(Brush { size: -0.1, ..Brush::default() }), "size -0.1"),
            (brush(Brush { size: f32::NAN, ..Brush::default() }), "size NaN"),
            (brush(Brush { strength: 0.0, ..Brush::default() }), "strength 0"),
            (brush(Brush { softness: 1.5, ..Brush::default() }), "softness 1.5"),
            (point(at(f32::NAN, 0.5)), "point 1"),
            (point(at(0.5, f32::INFINITY)), "point 1"),
            (point(StrokePoint { pressure: f32::NAN, ..at(0.5, 0.5) }), "pressure NaN"),
            (Stroke { points: vec![], ..dab() }, "0 points"),
            (Stroke { points: vec![at(0.0, 0.0); STROKE_POINTS_LIMIT + 1], ..dab() }, "10001"),
            (tool(StrokeTool::Lighten(0.0)), "lighter"),
            (tool(StrokeTool::Darken(f32::NAN)), "NaN"),
            (tool(StrokeTool::Warp([2.0, 0.0])), "moved by (2, 0)"),
            (tool(StrokeTool::Drag), "1 points: use 2"),
            (tool(StrokeTool::Latent), "1 points: use 2"),
            (Stroke { weight: -1.0, ..dab() }, "weight -1"),
            (Stroke { weight: f32::NAN, ..dab() }, "weight NaN"),
        ];
        for (stroke, part) in bad {
            let text = stroke.validate().unwrap_err().to_string();
            assert!(text.contains(part) && text.contains("use "), "{text}");
            let text = validate_strokes(&[dab(), stroke]).unwrap_err().to_string();
            assert!(text.starts_with("stroke 2: "), "{text}");
        }
        assert!(validate_strokes(&vec![dab(); STROKES_LIMIT + 1]).is_err());
        // Outside of the picture is a place like any other.
        assert!(point(at(-3.0, 1e30)).validate().is_ok());
    }

    #[test]
    fn a_mirror_image_of_a_mirror_image_is_the_stroke() {
        let stroke = Stroke::through(StrokeTool::Warp([0.25, 0.5]), &[[0.25, 0.5], [1.0, 0.0]]);
        let mirrored = stroke.mirror_image();
        assert_eq!(mirrored.tool, StrokeTool::Warp([-0.25, 0.5]));
        assert_eq!(mirrored.points[0], StrokePoint::at(0.75, 0.5));
        assert_eq!(mirrored.mirror_image(), stroke);
    }

    #[test]
    fn strokes_come_back_from_their_text() {
        let stroke = Stroke::through(StrokeTool::Colour([1, 2, 255]), &[[0.1, 0.2]]);
        let text = serde_json::to_string(&stroke).unwrap();
        assert!(text.contains(r#""tool":{"colour":[1,2,255]}"#), "{text}");
        assert_eq!(serde_json::from_str::<Stroke>(&text).unwrap(), stroke);
        // What is left out has its default; what is not known is named.
        let short = r#"{"tool":"keep","brush":{"size":0.2},"points":[{"x":0.5,"y":0.5}]}"#;
        let read: Stroke = serde_json::from_str(short).unwrap();
        assert_eq!((read.weight, read.on, read.points[0].pressure), (1.0, true, 1.0));
        let wrong = short.replace("points", "places");
        assert!(serde_json::from_str::<Stroke>(&wrong).unwrap_err().to_string().contains("places"));
    }
}
