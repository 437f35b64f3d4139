//! The one place where ranges are defined: networks speak C×H×W values in [-1, 1], pictures are RGBA8.
//!
//! -1 is black (or transparent), 1 is white (or opaque); a byte is `round((v + 1) · 127.5)`. Every byte
//! comes back from its value unchanged.

use std::sync::Arc;

use super::ImagingError;
use crate::protocol::Frame;

/// The byte of a value in [-1, 1]; values outside are clamped, a NaN is black.
pub fn byte_from_value(value: f32) -> u8 {
    // The cast saturates, and takes a NaN to 0.
    ((value + 1.0) * 127.5).round() as u8
}

/// The value in [-1, 1] of a byte.
pub fn value_from_byte(byte: u8) -> f32 {
    f32::from(byte) / 127.5 - 1.0
}

/// A picture from `channels`×`height_px`×`width_px` values in [-1, 1].
///
/// One channel is gray, three are RGB, four are RGB and straight alpha.
///
/// # Errors
/// Another number of channels, or values that do not fill the picture.
pub fn frame_from_values(
    values: &[f32],
    channels: usize,
    width_px: usize,
    height_px: usize,
) -> Result<Frame, ImagingError> {
    let pixels = check(channels, width_px, height_px)?;
    if pixels.checked_mul(channels) != Some(values.len()) {
        return Err(ImagingError(format!(
            "{} values are no picture of {channels}×{height_px}×{width_px}",
            values.len()
        )));
    }
    let mut rgba = vec![u8::MAX; pixels * 4];
    for (channel, plane) in values.chunks_exact(pixels.max(1)).enumerate() {
        for (pixel, &value) in rgba.as_chunks_mut::<4>().0.iter_mut().zip(plane) {
            let byte = byte_from_value(value);
            if channels == 1 {
                pixel[..3].fill(byte);
            } else {
                pixel[channel] = byte;
            }
        }
    }
    Ok(Frame { width_px, height_px, rgba: Arc::new(rgba) })
}

/// The `channels`×H×W values in [-1, 1] of a picture.
///
/// Gray is the luma of Rec. 601. For one and three channels alpha is passed over: lay transparent
/// pictures on a colour first, with [`composite`].
///
/// # Errors
/// Another number of channels, or a frame whose bytes do not fill it.
pub fn values_from_frame(frame: &Frame, channels: usize) -> Result<Vec<f32>, ImagingError> {
    let pixels = check(channels, frame.width_px, frame.height_px)?;
    check_bytes(frame)?;
    let mut values = vec![0.0; pixels * channels];
    for (index, pixel) in frame.rgba.as_chunks::<4>().0.iter().enumerate() {
        if channels == 1 {
            values[index] = luma(pixel) / 127.5 - 1.0;
        } else {
            for (channel, &byte) in pixel[..channels].iter().enumerate() {
                values[channel * pixels + index] = value_from_byte(byte);
            }
        }
    }
    Ok(values)
}

/// Rec. 601 luma, 0 to 255. Gray pixels keep their byte exactly.
fn luma(pixel: &[u8; 4]) -> f32 {
    let [red, green, blue, _] = *pixel;
    if red == green && green == blue {
        return f32::from(red);
    }
    0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)
}

/// The picture laid on a colour: opaque everywhere.
///
/// # Errors
/// A frame whose bytes do not fill it.
pub fn composite(frame: &Frame, background: [u8; 3]) -> Result<Frame, ImagingError> {
    check_bytes(frame)?;
    let mut rgba = frame.rgba.as_ref().clone();
    for pixel in rgba.as_chunks_mut::<4>().0 {
        let alpha = u32::from(pixel[3]);
        for (byte, below) in pixel.iter_mut().zip(background) {
            let mixed = u32::from(*byte) * alpha + u32::from(below) * (255 - alpha);
            *byte = ((mixed + 127) / 255) as u8;
        }
        pixel[3] = u8::MAX;
    }
    Ok(Frame { rgba: Arc::new(rgba), ..*frame })
}

fn check(channels: usize, width_px: usize, height_px: usize) -> Result<usize, ImagingError> {
    if ![1, 3, 4].contains(&channels) {
        return Err(ImagingError(format!("{channels} channels are no picture: use 1, 3 or 4")));
    }
    let pixels = width_px.checked_mul(height_px);
    pixels
        .filter(|pixels| pixels.checked_mul(16).is_some())
        .ok_or_else(|| ImagingError(format!("{width_px}×{height_px} pixels are too many")))
}

/// The RGBA of a pixel of one (gray), three (RGB) or four (RGB and straight alpha) bytes.
pub fn rgba_from_bytes(pixel: &[u8]) -> [u8; 4] {
    match *pixel {
        [r, g, b, a] => [r, g, b, a],
        [r, g, b] => [r, g, b, u8::MAX],
        _ => {
            let gray = pixel.first().copied().unwrap_or_default();
            [gray, gray, gray, u8::MAX]
        }
    }
}

/// Refuses a frame whose bytes do not fill it.
pub(super) fn check_bytes(frame: &Frame) -> Result<(), ImagingError> {
    let pixels = frame.width_px.checked_mul(frame.height_px);
    if pixels.and_then(|pixels| pixels.checked_mul(4)) == Some(frame.rgba.len()) {
        Ok(())
    } else {
        Err(ImagingError(format!(
            "{} bytes are no picture of {}×{} pixels",
            frame.rgba.len(),
            frame.width_px,
            frame.height_px
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        byte_from_value, composite, frame_from_values, value_from_byte, values_from_frame,
    };

    #[test]
    fn every_byte_comes_back_and_the_ends_are_exact() {
        for byte in 0..=u8::MAX {
            assert_eq!(byte_from_value(value_from_byte(byte)), byte);
        }
        assert_eq!((value_from_byte(0), value_from_byte(255)), (-1.0, 1.0));
        assert_eq!(byte_from_value(0.0), 128);
        assert_eq!((byte_from_value(-7.0), byte_from_value(7.0)), (0, 255));
        assert_eq!(byte_from_value(f32::NAN), 0);
        assert_eq!((byte_from_value(f32::INFINITY), byte_from_value(f32::NEG_INFINITY)), (255, 0));
    }

    #[test]
    fn channels_go_where_they_belong() {
        let gray = frame_from_values(&[-1.0, 1.0], 1, 2, 1).unwrap();
        assert_eq!(**gray.rgba, [0, 0, 0, 255, 255, 255, 255, 255]);
        // Two pixels, planes R, G, B, A.
        let values = [-1.0, 1.0, 1.0, -1.0, -1.0, -1.0, 1.0, -1.0];
        let rgba = frame_from_values(&values, 4, 1, 2).unwrap();
        assert_eq!(**rgba.rgba, [0, 255, 0, 255, 255, 0, 0, 0]);
        assert_eq!(values_from_frame(&rgba, 4).unwrap(), values);
        assert_eq!(values_from_frame(&rgba, 3).unwrap(), values[..6]);
        assert_eq!(values_from_frame(&gray, 1).unwrap(), [-1.0, 1.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(frame_from_values(&[0.0; 3], 1, 2, 2).is_err());
        assert!(frame_from_values(&[0.0; 8], 2, 2, 2).is_err());
        assert!(frame_from_values(&[], 1, usize::MAX, 2).is_err());
        assert!(frame_from_values(&[], 3, 0, 0).is_ok_and(|frame| frame.rgba.is_empty()));
        let mut frame = frame_from_values(&[0.0; 4], 1, 2, 2).unwrap();
        frame.width_px = 3;
        assert!(values_from_frame(&frame, 1).is_err() && composite(&frame, [0; 3]).is_err());
    }

    #[test]
    fn transparent_pixels_take_the_background() {
        let values = [1.0, 1.0, -1.0, -1.0, -1.0, -1.0, -1.0, 1.0];
        let frame = frame_from_values(&values, 4, 2, 1).unwrap();
        let laid = composite(&frame, [10, 20, 30]).unwrap();
        assert_eq!(**laid.rgba, [10, 20, 30, 255, 255, 0, 0, 255]);
    }
}
