//! Moving pictures into any writer: GIF and APNG; animated WebP is in `webp`. Files and folders are `storage/`'s.

use std::io::Write;

use image::codecs::gif::{GifEncoder, Repeat};
use image::imageops::{FilterType, resize};
use image::{Delay, RgbaImage};

use super::ImagingError;
use super::convert::check_bytes;
use crate::protocol::Frame;
use std::sync::Arc;

/// GIF's quantiser: 1 is the best, 30 the fastest.
const GIF_SPEED: i32 = 10;

/// An animation that grows frame by frame and repeats for ever.
pub trait Animation: Send {
    /// Adds a picture; all have the size of the first.
    ///
    /// # Errors
    /// A picture of another size, or whatever the writer refuses.
    fn push(&mut self, frame: &Frame) -> Result<(), ImagingError>;

    /// Writes what comes after the last picture.
    ///
    /// # Errors
    /// Fewer pictures than were announced, or whatever the writer refuses.
    fn finish(self: Box<Self>) -> Result<(), ImagingError>;
}

pub(super) fn refused(error: impl std::fmt::Display) -> ImagingError {
    ImagingError(format!("the animation cannot be encoded: {error}"))
}

/// A GIF: 256 colours a picture, delays in hundredths of a second.
///
/// # Errors
/// Whatever the writer refuses.
pub fn gif_animation<W: Write + Send + 'static>(
    out: W,
    frames_per_sec: u16,
) -> Result<Box<dyn Animation>, ImagingError> {
    let mut encoder = GifEncoder::new_with_speed(out, GIF_SPEED);
    encoder.set_repeat(Repeat::Infinite).map_err(refused)?;
    let delay = Delay::from_numer_denom_ms(1000, u32::from(frames_per_sec.max(1)));
    Ok(Box::new(Gif { encoder, delay, size: None }))
}

struct Gif<W: Write> {
    encoder: GifEncoder<W>,
    delay: Delay,
    size: Option<(usize, usize)>,
}

impl<W: Write + Send> Animation for Gif<W> {
    fn push(&mut self, frame: &Frame) -> Result<(), ImagingError> {
        check_bytes(frame)?;
        let size = (frame.width_px, frame.height_px);
        if *self.size.get_or_insert(size) != size {
            return Err(ImagingError("the pictures of an animation differ in size".to_owned()));
        }
        let picture = picture(frame)?;
        let frame = image::Frame::from_parts(picture, 0, 0, self.delay);
        self.encoder.encode_frame(frame).map_err(refused)
    }

    fn finish(self: Box<Self>) -> Result<(), ImagingError> {
        // The trailer is written when the encoder is dropped.
        Ok(())
    }
}

/// An APNG of `count` pictures of this size: every colour, and alpha.
///
/// # Errors
/// A size or count beyond the format, or whatever the writer refuses.
pub fn apng_animation<W: Write + Send + 'static>(
    out: W,
    (width_px, height_px): (usize, usize),
    count: usize,
    frames_per_sec: u16,
) -> Result<Box<dyn Animation>, ImagingError> {
    let number = |value: usize| u32::try_from(value).map_err(refused);
    let mut encoder = png::Encoder::new(out, number(width_px)?, number(height_px)?);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_animated(number(count)?, 0).map_err(refused)?;
    encoder.set_frame_delay(1, frames_per_sec.max(1)).map_err(refused)?;
    encoder.validate_sequence(true);
    Ok(Box::new(Apng(encoder.write_header().map_err(refused)?)))
}

struct Apng<W: Write>(png::Writer<W>);

impl<W: Write + Send> Animation for Apng<W> {
    fn push(&mut self, frame: &Frame) -> Result<(), ImagingError> {
        check_bytes(frame)?;
        self.0.write_image_data(&frame.rgba).map_err(refused)
    }

    fn finish(self: Box<Self>) -> Result<(), ImagingError> {
        self.0.finish().map_err(refused)
    }
}

fn picture(frame: &Frame) -> Result<RgbaImage, ImagingError> {
    let edge = |value: usize| u32::try_from(value).map_err(refused);
    RgbaImage::from_raw(edge(frame.width_px)?, edge(frame.height_px)?, frame.rgba.to_vec())
        .ok_or_else(|| refused("its bytes do not fill it"))
}

/// A picture `factor` times as large, smoothly.
///
/// # Errors
/// A frame whose bytes do not fill it, or one beyond all sizes.
pub fn enlarged(frame: &Frame, factor: usize) -> Result<Frame, ImagingError> {
    check_bytes(frame)?;
    if factor <= 1 {
        return Ok(frame.clone());
    }
    let (width_px, height_px) = (frame.width_px * factor, frame.height_px * factor);
    let edge = |value: usize| u32::try_from(value).map_err(refused);
    let large = resize(&picture(frame)?, edge(width_px)?, edge(height_px)?, FilterType::CatmullRom);
    Ok(Frame { width_px, height_px, rgba: Arc::new(large.into_raw()) })
}
