//! A square of a photo as a model takes it: turned, mirrored, and shrunk without aliasing.
//!
//! Shrinking means averaging all the pixels a new one covers. A large photo is therefore halved again and again once,
//! when it is opened ([`Halvings`]); a square is then averaged from the level that is a little finer than it, in a few
//! milliseconds however large the photo is, so that a drag is answered at once. Beyond the photo its edge colours go on.

use std::sync::Arc;

use super::ImagingError;
use super::convert::check_bytes;
use crate::protocol::{Crop, Frame};

/// A photo, its half, its quarter, …, down to one pixel: premultiplied RGBA.
#[derive(Debug, Clone)]
pub struct Halvings {
    original: Frame,
    levels: Vec<Frame>,
    opaque: bool,
}

impl Halvings {
    /// Halves a photo. `None` when `cancelled` says so meanwhile.
    ///
    /// # Errors
    /// A frame without pixels, or whose bytes do not fill it.
    pub fn new(photo: &Frame, cancelled: &dyn Fn() -> bool) -> Result<Option<Self>, ImagingError> {
        check_bytes(photo)?;
        if photo.rgba.is_empty() {
            return Err(ImagingError("a picture without pixels".to_owned()));
        }
        let opaque = photo.rgba.as_chunks::<4>().0.iter().all(|pixel| pixel[3] == u8::MAX);
        let mut levels = vec![if opaque { photo.clone() } else { premultiplied(photo) }];
        while let Some(last) = levels.last().filter(|last| last.width_px.max(last.height_px) > 1) {
            if cancelled() {
                return Ok(None);
            }
            let half = halved(last);
            levels.push(half);
        }
        Ok(Some(Self { original: photo.clone(), levels, opaque }))
    }

    /// The photo itself, with straight alpha: what edits are pasted back into.
    pub fn original(&self) -> &Frame {
        &self.original
    }

    /// Whether no place is transparent.
    pub fn is_opaque(&self) -> bool {
        self.opaque
    }

    /// The whole photo, its longer edge at most this many pixels.
    pub fn preview(&self, longest_px: u32) -> Frame {
        let fits = |level: &&Frame| level.width_px.max(level.height_px) <= longest_px as usize;
        // The last level is one pixel.
        let level = self.levels.iter().find(fits).unwrap_or(&self.levels[0]);
        if self.opaque {
            return level.clone();
        }
        let pixels = level.rgba.as_chunks::<4>().0.iter();
        let rgba = pixels.flat_map(|pixel| on_white(pixel.map(f32::from)));
        Frame { rgba: Arc::new(rgba.collect()), ..*level }
    }

    /// Cuts a square out, `size` pixels wide: gray for one channel, RGB on white for three, RGBA for four.
    ///
    /// # Errors
    /// No size, another number of channels, or a square that is not of this photo.
    pub fn crop(&self, crop: &Crop, size: u32, channels: u32) -> Result<Frame, ImagingError> {
        let [width, height] = [self.levels[0].width_px, self.levels[0].height_px];
        let of_photo = crop.validate(width as u32, height as u32);
        of_photo.map_err(|error| ImagingError(error.to_string()))?;
        if size == 0 || ![1, 3, 4].contains(&channels) {
            return Err(ImagingError(format!("{size} px with {channels} channels is no picture")));
        }
        // Pixels of the original across one of the square's.
        let ratio = crop.side / f64::from(size);
        let deepest = self.levels.len() - 1;
        let level = (ratio.log2().floor() as i32 - 1).clamp(0, deepest as i32);
        let sampler =
            Sampler { frame: &self.levels[level as usize], per_pixel: 0.5_f64.powi(level) };
        let times = (ratio * sampler.per_pixel).ceil().max(1.0) as u32;
        let finish = match channels {
            1 => gray_on_white,
            3 => on_white,
            _ => straight,
        };
        let mut rgba = Vec::with_capacity((size * size * 4) as usize);
        for y in 0..size {
            for x in 0..size {
                rgba.extend(finish(sampler.mean(crop, (x, y), size, times)));
            }
        }
        let size = size as usize;
        Ok(Frame { width_px: size, height_px: size, rgba: Arc::new(rgba) })
    }
}

/// One level of a photo, looked at in the original's coordinates.
struct Sampler<'a> {
    frame: &'a Frame,
    /// Pixels of this level per pixel of the original.
    per_pixel: f64,
}

impl Sampler<'_> {
    /// The mean colour of `times · times` places in a pixel of the square, premultiplied.
    fn mean(&self, crop: &Crop, (x, y): (u32, u32), size: u32, times: u32) -> [f32; 4] {
        let place = |pixel: u32, part: u32| {
            (f64::from(pixel) + (f64::from(part) + 0.5) / f64::from(times)) / f64::from(size)
        };
        let mut sum = [0.0; 4];
        for v in 0..times {
            for u in 0..times {
                let colour = self.between(crop.to_original([place(x, u), place(y, v)]));
                sum.iter_mut().zip(colour).for_each(|(sum, value)| *sum += value);
            }
        }
        sum.map(|sum| sum / (times * times) as f32)
    }

    /// The colour between the four nearest pixels.
    fn between(&self, [x, y]: [f64; 2]) -> [f32; 4] {
        let (x, y) = (x * self.per_pixel - 0.5, y * self.per_pixel - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (right_share, lower_share) = ((x - left) as f32, (y - top) as f32);
        let [a, b] = [0.0, 1.0].map(|dx| self.pixel(left + dx, top));
        let [c, d] = [0.0, 1.0].map(|dx| self.pixel(left + dx, top + 1.0));
        std::array::from_fn(|channel| {
            let mix = |from: f32, to: f32, share: f32| from + (to - from) * share;
            let upper = mix(a[channel], b[channel], right_share);
            mix(upper, mix(c[channel], d[channel], right_share), lower_share)
        })
    }

    /// A pixel; beyond the edges, the nearest one.
    fn pixel(&self, x: f64, y: f64) -> [f32; 4] {
        let Frame { width_px, height_px, rgba } = self.frame;
        // The cast takes what is below 0 to 0.
        let (x, y) = ((x as usize).min(width_px - 1), (y as usize).min(height_px - 1));
        let at = (y * width_px + x) * 4;
        [rgba[at], rgba[at + 1], rgba[at + 2], rgba[at + 3]].map(f32::from)
    }
}

fn byte(value: f32) -> u8 {
    value.round() as u8
}

/// A premultiplied colour laid on white.
fn on_white([red, green, blue, alpha]: [f32; 4]) -> [u8; 4] {
    let white = 255.0 - alpha;
    [byte(red + white), byte(green + white), byte(blue + white), u8::MAX]
}

/// Its brightness, with the weights of Rec. 709, which data sets are made gray with.
fn gray_on_white(colour: [f32; 4]) -> [u8; 4] {
    let white = 255.0 - colour[3];
    let [red, green, blue, _] = colour.map(|value| value + white);
    let gray = byte(0.2126 * red + 0.7152 * green + 0.0722 * blue);
    [gray, gray, gray, u8::MAX]
}

/// With straight alpha; an invisible pixel is white, as in data sets.
fn straight([red, green, blue, alpha]: [f32; 4]) -> [u8; 4] {
    if alpha < 0.5 {
        return [u8::MAX, u8::MAX, u8::MAX, 0];
    }
    let scale = 255.0 / alpha;
    [byte(red * scale), byte(green * scale), byte(blue * scale), byte(alpha)]
}

fn premultiplied(photo: &Frame) -> Frame {
    let mut rgba = photo.rgba.as_ref().clone();
    for pixel in rgba.as_chunks_mut::<4>().0 {
        let alpha = u32::from(pixel[3]);
        for byte in &mut pixel[..3] {
            *byte = ((u32::from(*byte) * alpha + 127) / 255) as u8;
        }
    }
    Frame { rgba: Arc::new(rgba), ..*photo }
}

/// Half as wide and high: means of four pixels, of fewer at an odd edge.
fn halved(frame: &Frame) -> Frame {
    let Frame { width_px, height_px, rgba } = frame;
    let (width, height) = (width_px.div_ceil(2), height_px.div_ceil(2));
    let mut half = Vec::with_capacity(width * height * 4);
    for y in 0..height {
        let rows = [2 * y, (2 * y + 1).min(height_px - 1)];
        let [upper, lower] = rows.map(|row| &rgba[row * width_px * 4..(row + 1) * width_px * 4]);
        for x in 0..width {
            // The last one of an odd edge stands for its missing neighbour.
            let columns = [2 * x * 4, (2 * x + 1).min(width_px - 1) * 4];
            for channel in 0..4 {
                let at = columns.map(|column| column + channel);
                let sum: u32 =
                    at.iter().map(|&at| u32::from(upper[at]) + u32::from(lower[at])).sum();
                half.push(((sum + 2) / 4) as u8);
            }
        }
    }
    Frame { width_px: width, height_px: height, rgba: Arc::new(half) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Halvings;
    use crate::protocol::{Crop, Frame};

    fn frame(width_px: usize, height_px: usize, pixel: impl Fn(usize, usize) -> [u8; 4]) -> Frame {
        let places = (0..height_px).flat_map(|y| (0..width_px).map(move |x| (x, y)));
        let rgba = Arc::new(places.flat_map(|(x, y)| pixel(x, y)).collect());
        Frame { width_px, height_px, rgba }
    }

    fn noise(width_px: usize, height_px: usize) -> Frame {
        let byte = |x: usize, y: usize, salt: usize| ((x * 73 + y * 151 + salt * 29) % 251) as u8;
        frame(width_px, height_px, |x, y| [byte(x, y, 1), byte(x, y, 2), byte(y, x, 3), 255])
    }

    fn halvings(frame: &Frame) -> Halvings {
        Halvings::new(frame, &|| false).expect("a picture").expect("not cancelled")
    }

    fn cut(frame: &Frame, crop: Crop, size: u32) -> Frame {
        halvings(frame).crop(&crop, size, 3).expect("a square of it")
    }

    fn pixel(frame: &Frame, x: usize, y: usize) -> [u8; 4] {
        let at = (y * frame.width_px + x) * 4;
        frame.rgba[at..at + 4].try_into().expect("four bytes")
    }

    #[test]
    fn the_whole_of_a_square_is_its_very_pixels() {
        let photo = noise(17, 17);
        assert_eq!(cut(&photo, Crop::centred(17, 17), 17), photo);
        // A square of whole pixels out of an oblong, too.
        let wide = noise(30, 10);
        let part = cut(&wide, Crop { centre: [8.0, 5.0], ..Crop::centred(30, 10) }, 10);
        assert_eq!(part, frame(10, 10, |x, y| pixel(&wide, x + 3, y)));
    }

    #[test]
    fn quarter_turns_and_mirroring_move_pixels_without_mixing_them() {
        let photo = noise(12, 12);
        let turned = |degrees, mirrored| {
            cut(&photo, Crop { degrees, mirrored, ..Crop::centred(12, 12) }, 12)
        };
        assert_eq!(turned(90.0, false), frame(12, 12, |x, y| pixel(&photo, y, 11 - x)));
        assert_eq!(turned(-90.0, false), frame(12, 12, |x, y| pixel(&photo, 11 - y, x)));
        assert_eq!(turned(180.0, false), frame(12, 12, |x, y| pixel(&photo, 11 - x, 11 - y)));
        assert_eq!(turned(0.0, true), frame(12, 12, |x, y| pixel(&photo, 11 - x, y)));
        assert_eq!(turned(90.0, true), frame(12, 12, |x, y| pixel(&photo, y, x)));
    }

    #[test]
    fn shrinking_a_checkerboard_gives_its_mean_at_every_scale_and_angle() {
        let board = |edge| {
            frame(edge, edge, |x, y| if (x + y) % 2 == 0 { [255; 4] } else { [0, 0, 0, 255] })
        };
        for (edge, size, degrees) in [(64, 32, 0.0), (64, 16, 0.0), (512, 16, 31.0), (300, 16, 7.0)]
        {
            let crop = Crop { degrees, side: edge as f64 / 2.0, ..Crop::centred(edge, edge) };
            let small = cut(&board(edge as usize), crop, size / 2);
            let grays = small.rgba.as_chunks::<4>().0.iter().map(|pixel| pixel[0]);
            let (low, high) = (grays.clone().min().expect("some"), grays.max().expect("some"));
            assert!(low >= 120 && high <= 136, "{edge} to {size} at {degrees}°: {low} to {high}");
        }
    }

    #[test]
    fn shrinking_keeps_the_mean_of_a_photo_of_odd_size() {
        let photo = noise(301, 301);
        let mean = |frame: &Frame, channel: usize| {
            let pixels = frame.rgba.as_chunks::<4>().0;
            pixels.iter().map(|p| f64::from(p[channel])).sum::<f64>() / pixels.len() as f64
        };
        let small = cut(&photo, Crop::centred(301, 301), 16);
        for channel in 0..3 {
            let (before, after) = (mean(&photo, channel), mean(&small, channel));
            assert!((before - after).abs() < 1.0, "channel {channel}: {before} became {after}");
        }
    }

    #[test]
    fn beyond_the_photo_its_edge_goes_on_and_enlarging_stays_between_neighbours() {
        let photo = frame(4, 2, |x, _| [x as u8 * 60 + 10, 0, 0, 255]);
        let crop = Crop { side: 4.0, ..Crop::centred(4, 2) };
        let square = cut(&photo, crop, 4);
        assert_eq!(square, frame(4, 4, |x, _| [x as u8 * 60 + 10, 0, 0, 255]), "no black bars");
        let large = cut(&photo, crop, 32);
        let reds: Vec<u8> = (0..32).map(|x| pixel(&large, x, 9)[0]).collect();
        assert!(reds.is_sorted() && (reds[0], reds[31]) == (10, 190), "{reds:?}");
        assert!(reds.windows(2).all(|pair| pair[1] - pair[0] <= 8), "no steps: {reds:?}");
    }

    #[test]
    fn gray_and_transparent_pictures_fit_every_model() {
        let photo = frame(8, 8, |x, _| if x < 4 { [9, 200, 9, 0] } else { [200, 0, 0, 255] });
        let halvings = halvings(&photo);
        assert!(!halvings.is_opaque());
        let cut = |channels| halvings.crop(&Crop::centred(8, 8), 8, channels).expect("a square");
        assert_eq!(pixel(&cut(3), 0, 0), [255; 4], "hidden colours stay hidden");
        assert_eq!(pixel(&cut(3), 7, 0), [200, 0, 0, 255]);
        assert_eq!(pixel(&cut(1), 7, 0), [43, 43, 43, 255]);
        assert_eq!((pixel(&cut(4), 0, 0)[3], pixel(&cut(4), 7, 0)), (0, [200, 0, 0, 255]));
        assert_eq!(pixel(&halvings.preview(8), 0, 0), [255; 4]);
        assert!(halvings.crop(&Crop::centred(8, 8), 8, 2).is_err());
    }

    #[test]
    fn previews_fit_and_one_pixel_is_a_photo() {
        let large = halvings(&noise(300, 40));
        let preview = large.preview(128);
        assert_eq!((preview.width_px, preview.height_px), (75, 10));
        assert_eq!(large.preview(300).width_px, 300);
        let dot = frame(1, 1, |_, _| [7, 8, 9, 255]);
        assert_eq!(cut(&dot, Crop::centred(1, 1), 4), frame(4, 4, |_, _| [7, 8, 9, 255]));
        let none = Frame { width_px: 0, height_px: 0, rgba: Arc::default() };
        assert!(Halvings::new(&none, &|| false).is_err());
        assert!(Halvings::new(&noise(9, 9), &|| true).expect("a picture").is_none());
    }
}
