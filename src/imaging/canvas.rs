//! A picture under construction: tiles are pasted on it, words are written on it.

use std::sync::Arc;

use tiny_skia::{FillRule, Mask, Path, Transform};

use super::ImagingError;
use super::text::Typeface;
use crate::protocol::Frame;

/// The widest and highest that is drawn, in pixels: what the rasteriser can address.
const EDGE_LIMIT_PX: usize = 1 << 24;

/// Which point of a line of words is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Where it begins.
    Start,
    /// Its middle.
    Middle,
    /// Where it ends.
    End,
}

/// A line of words and its place.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The words, in one line.
    pub text: &'a str,
    /// Font size in pixels.
    pub size_px: f32,
    /// The point on the baseline, in pixels from the top left.
    pub at: (f32, f32),
    /// Which point of the line lies there.
    pub anchor: Anchor,
    /// Read from bottom to top.
    pub is_turned: bool,
    /// Red, green, blue.
    pub colour: [u8; 3],
}

/// An RGBA picture that is being drawn.
#[derive(Debug)]
pub struct Canvas {
    width_px: usize,
    height_px: usize,
    rgba: Vec<u8>,
}

impl Canvas {
    /// A canvas in one colour, straight RGBA.
    ///
    /// # Errors
    /// A size beyond what can be drawn.
    pub fn new(
        (width_px, height_px): (usize, usize),
        colour: [u8; 4],
    ) -> Result<Self, ImagingError> {
        let edges_fit = width_px.max(height_px) <= EDGE_LIMIT_PX;
        let pixels = width_px.checked_mul(height_px).filter(|_| edges_fit);
        let pixels = pixels.ok_or_else(|| {
            ImagingError(format!("a picture of {width_px}×{height_px} is too large"))
        })?;
        Ok(Self { width_px, height_px, rgba: colour.repeat(pixels) })
    }

    /// Copies a picture to a place, its alpha as well; what lies outside is cut off.
    pub fn paste(&mut self, tile: &Frame, left: usize, top: usize) {
        let shown = tile.width_px.min(self.width_px.saturating_sub(left)) * 4;
        let rows = tile.rgba.chunks_exact((tile.width_px * 4).max(1));
        for (y, row) in rows.enumerate().take(self.height_px.saturating_sub(top)) {
            let start = ((top + y) * self.width_px + left) * 4;
            self.rgba[start..start + shown].copy_from_slice(&row[..shown]);
        }
    }

    /// Writes a line of words, anti-aliased, on opaque ground; what lies outside is cut off.
    pub fn write(&mut self, typeface: &Typeface, words: &Words<'_>) {
        let Some(path) = typeface.outline(words.text, words.size_px) else { return };
        let width = typeface.width(words.text, words.size_px);
        let before = match words.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => width / 2.0,
            Anchor::End => width,
        };
        let (x, y) = words.at;
        let place = if words.is_turned {
            // A quarter turn against the clock: along is up.
            Transform::from_row(0.0, -1.0, 1.0, 0.0, x, y + before)
        } else {
            Transform::from_translate(x - before, y)
        };
        if let Some(path) = path.transform(place) {
            self.fill(&path, words.colour);
        }
    }

    /// Fills a shape through a mask of its own size.
    pub fn fill(&mut self, path: &Path, [red, green, blue]: [u8; 3]) {
        let bounds = path.bounds();
        // The casts saturate: what lies left of or above the canvas begins at its edge.
        let (left, top) = (bounds.left().floor() as usize, bounds.top().floor() as usize);
        let right = (bounds.right().ceil() as usize).min(self.width_px);
        let bottom = (bounds.bottom().ceil() as usize).min(self.height_px);
        if left >= right || top >= bottom {
            return;
        }
        let (width, height) = (right - left, bottom - top);
        let Some(mut mask) = Mask::new(width as u32, height as u32) else { return };
        let place = Transform::from_translate(-(left as f32), -(top as f32));
        mask.fill_path(path, FillRule::Winding, true, place);
        for (y, coverage) in mask.data().chunks_exact(width).enumerate() {
            let start = ((top + y) * self.width_px + left) * 4;
            let row = self.rgba[start..start + width * 4].as_chunks_mut::<4>().0;
            for (pixel, &coverage) in row.iter_mut().zip(coverage) {
                for (below, above) in pixel.iter_mut().zip([red, green, blue]) {
                    *below = mixed(*below, above, coverage);
                }
            }
        }
    }

    /// The finished picture.
    pub fn into_frame(self) -> Frame {
        Frame { width_px: self.width_px, height_px: self.height_px, rgba: Arc::new(self.rgba) }
    }
}

/// `coverage`/255 of the one over the other, rounded.
fn mixed(below: u8, above: u8, coverage: u8) -> u8 {
    let coverage = u32::from(coverage);
    let sum = u32::from(above) * coverage + u32::from(below) * (255 - coverage);
    ((sum + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::{Anchor, Canvas, Words};
    use crate::imaging::text::Typeface;
    use crate::protocol::Frame;
    use std::sync::Arc;

    const WHITE: [u8; 4] = [255; 4];

    fn words(text: &str, at: (f32, f32), anchor: Anchor, is_turned: bool) -> Words<'_> {
        Words { text, size_px: 20.0, at, anchor, is_turned, colour: [0, 0, 128] }
    }

    /// The smallest box that holds everything drawn on white: left, top, right, bottom.
    fn drawn(frame: &Frame) -> Option<[usize; 4]> {
        let pixels = frame.rgba.as_chunks::<4>().0.iter().enumerate();
        let places = pixels.filter(|(_, pixel)| **pixel != WHITE);
        places.map(|(i, _)| (i % frame.width_px, i / frame.width_px)).fold(None, |found, (x, y)| {
            let [left, top, right, bottom] = found.unwrap_or([x, y, x, y]);
            Some([left.min(x), top.min(y), right.max(x), bottom.max(y)])
        })
    }

    fn written(words: &Words<'_>) -> Frame {
        let mut canvas = Canvas::new((120, 120), WHITE).expect("small");
        canvas.write(&Typeface::built_in().expect("whole"), words);
        canvas.into_frame()
    }

    #[test]
    fn words_stand_where_their_anchor_says() {
        let width = Typeface::built_in().expect("whole").width("HHH", 20.0);
        for (anchor, left) in [
            (Anchor::Start, 60.0),
            (Anchor::Middle, 60.0 - width / 2.0),
            (Anchor::End, 60.0 - width),
        ] {
            let found = drawn(&written(&words("HHH", (60.0, 50.0), anchor, false)));
            let [found_left, top, right, bottom] = found.expect("words");
            // Letters keep a little distance from the ends of their line.
            assert!((found_left as f32 - left).abs() < 4.0, "{anchor:?}: {found_left} {left}");
            assert!((right as f32 - left - width).abs() < 4.0);
            assert!(bottom == 49 && (33..40).contains(&top), "{top} to {bottom}");
            // Turned, what was right is up and what was up is left.
            let turned = drawn(&written(&words("HHH", (60.0, 50.0), anchor, true)));
            let [turned_left, turned_top, turned_right, turned_bottom] = turned.expect("words");
            assert!(turned_right == 59 && turned_left.abs_diff(60 - (50 - top)) <= 1);
            let below = (turned_bottom as f32 - 50.0) - (60.0 - found_left as f32);
            let above = (50.0 - turned_top as f32) - (right as f32 - 60.0);
            assert!(below.abs() <= 2.0 && above.abs() <= 2.0, "{below} {above}");
        }
    }

    #[test]
    fn edges_are_mixed_and_insides_are_full() {
        let large = Words { size_px: 90.0, ..words("O", (10.0, 100.0), Anchor::Start, false) };
        let frame = written(&large);
        let shades: Vec<u8> = frame.rgba.iter().step_by(4).copied().collect();
        assert!(shades.contains(&0), "full ink");
        assert!(shades.iter().any(|shade| (60..200).contains(shade)), "soft edges");
        assert!(frame.rgba.iter().skip(3).step_by(4).all(|alpha| *alpha == 255));
        let blue: Vec<u8> = frame.rgba.iter().skip(2).step_by(4).copied().collect();
        assert_eq!(blue.iter().min(), Some(&128), "in the colour asked for");
    }

    #[test]
    fn what_lies_outside_is_cut_off() {
        for at in [(-30.0, 5.0), (115.0, 125.0), (500.0, 60.0), (60.0, -500.0)] {
            for is_turned in [false, true] {
                written(&words("outside", at, Anchor::Middle, is_turned));
            }
        }
        let mut canvas = Canvas::new((3, 2), [9; 4]).expect("small");
        let tile = Frame { width_px: 2, height_px: 2, rgba: Arc::new(vec![1; 16]) };
        canvas.paste(&tile, 2, 1);
        canvas.paste(&tile, 7, 7);
        let shades: Vec<u8> = canvas.into_frame().rgba.iter().step_by(4).copied().collect();
        assert_eq!(shades, [9, 9, 9, 9, 9, 1]);
        assert!(Canvas::new((usize::MAX, 2), WHITE).is_err());
    }
}
