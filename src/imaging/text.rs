//! Words as outlines, in the window's own font, for exported pictures of any size.
//!
//! Each character stands for itself, from left to right: enough for names and numbers beside a picture,
//! not for scripts that join or turn. What the font lacks is drawn as a box.

use epaint_default_fonts::UBUNTU_LIGHT;
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};
use tiny_skia::{Path, PathBuilder, Rect, Transform};

use super::ImagingError;

/// The colour of words on white paper.
pub(super) const INK: [u8; 3] = [20, 20, 20];
/// The baseline lies this far below a line's middle, of the font size.
pub(super) const BASELINE: f32 = 0.35;

/// Of the font size: how wide a missing character's box is with the space around it, and its line.
const BOX_WIDTH: f32 = 0.6;
const BOX_LINE: f32 = 0.05;

/// A font that words are measured and drawn with.
#[derive(Clone)]
pub struct Typeface {
    font: FontRef<'static>,
}

impl Typeface {
    /// Ubuntu Light, which is built into the program.
    ///
    /// # Errors
    /// When it is damaged: the program was built from an incomplete copy.
    pub fn built_in() -> Result<Self, ImagingError> {
        let font = FontRef::new(UBUNTU_LIGHT);
        let font = font.map_err(|e| ImagingError(format!("the built-in font is damaged: {e}")))?;
        Ok(Self { font })
    }

    /// Width of a line in pixels.
    pub fn width(&self, text: &str, size_px: f32) -> f32 {
        text.chars().map(|character| self.advance(character, size_px)).sum()
    }

    /// Whether the font has a shape for every character of `text`.
    pub fn has_all(&self, text: &str) -> bool {
        text.chars().all(|character| self.glyph(character).is_some())
    }

    /// Outline of a line, beginning at the origin on the baseline, y downwards; `None` where there is
    /// nothing to see.
    pub fn outline(&self, text: &str, size_px: f32) -> Option<Path> {
        let mut outline = PathBuilder::new();
        let mut x = 0.0;
        for character in text.chars() {
            let shape = match self.glyph(character) {
                Some(glyph) => self.shape(glyph, size_px),
                None => missing(size_px),
            };
            if let Some(shape) = shape.and_then(|s| s.transform(Transform::from_translate(x, 0.0)))
            {
                outline.push_path(&shape);
            }
            x += self.advance(character, size_px);
        }
        outline.finish()
    }

    fn glyph(&self, character: char) -> Option<GlyphId> {
        self.font.charmap().map(character)
    }

    fn advance(&self, character: char, size_px: f32) -> f32 {
        let metrics = self.font.glyph_metrics(Size::new(size_px), LocationRef::default());
        let known = self.glyph(character).and_then(|glyph| metrics.advance_width(glyph));
        known.unwrap_or(size_px * BOX_WIDTH)
    }

    fn shape(&self, glyph: GlyphId, size_px: f32) -> Option<Path> {
        let settings = DrawSettings::unhinted(Size::new(size_px), LocationRef::default());
        let mut pen = Pen(PathBuilder::new());
        self.font.outline_glyphs().get(glyph)?.draw(settings, &mut pen).ok()?;
        pen.0.finish()
    }
}

impl std::fmt::Debug for Typeface {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Typeface")
    }
}

/// The box that stands for a character the font lacks.
fn missing(size_px: f32) -> Option<Path> {
    let (line, space) = (size_px * BOX_LINE, size_px * 0.06);
    let (right, top) = (size_px * BOX_WIDTH - space, -size_px * 0.7);
    let mut outline = PathBuilder::new();
    outline.push_rect(Rect::from_ltrb(space, top, right, 0.0)?);
    // Drawn the other way round, the inside is left free.
    outline.move_to(space + line, top + line);
    outline.line_to(space + line, -line);
    outline.line_to(right - line, -line);
    outline.line_to(right - line, top + line);
    outline.close();
    outline.finish()
}

/// Fonts measure y upwards, pictures downwards.
struct Pen(PathBuilder);

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, -y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, -y);
    }

    fn quad_to(&mut self, cx0: f32, cy0: f32, x: f32, y: f32) {
        self.0.quad_to(cx0, -cy0, x, -y);
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.0.cubic_to(cx0, -cy0, cx1, -cy1, x, -y);
    }

    fn close(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use super::Typeface;

    fn typeface() -> Typeface {
        Typeface::built_in().expect("the font is whole")
    }

    #[test]
    fn a_line_grows_with_its_characters_and_its_size() {
        let width = |text, size| typeface().width(text, size);
        assert_eq!(width("", 10.0), 0.0);
        assert!(width("il", 10.0) < width("WM", 10.0));
        assert!((width("grün", 40.0) - 4.0 * width("grün", 10.0)).abs() < 0.5);
        assert!((width("ab", 10.0) - width("a", 10.0) - width("b", 10.0)).abs() < 1e-4);
    }

    #[test]
    fn letters_stand_on_the_baseline_and_reach_below_it_where_they_should() {
        let bounds = |text| typeface().outline(text, 100.0).expect("a shape").bounds();
        assert!(bounds("H").bottom().abs() < 1.0 && bounds("H").top() < -60.0);
        assert!(bounds("g").bottom() > 10.0);
        let (one, two) = (bounds("H"), bounds("HH"));
        assert!((two.right() - one.right() - typeface().width("H", 100.0)).abs() < 0.1);
        assert!(typeface().outline("  ", 100.0).is_none());
    }

    #[test]
    fn numbers_have_their_signs_and_what_is_missing_is_a_box() {
        assert!(typeface().has_all("+1.5 −2 … × % σ äößçłЖ"));
        assert!(!typeface().has_all("a漢"));
        let shape = typeface().outline("漢", 100.0).expect("a box");
        let bounds = shape.bounds();
        assert!((bounds.left() - 6.0).abs() < 0.1 && (bounds.right() - 54.0).abs() < 0.1);
        assert!((typeface().width("漢", 100.0) - 60.0).abs() < 1e-3);
    }
}
