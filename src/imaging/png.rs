//! PNG, to and from memory. Files are written by `storage/`, which replaces them whole or not at all.

use std::io::Cursor;
use std::sync::Arc;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageFormat, ImageReader, Limits};

use super::ImagingError;
use super::convert::check_bytes;
use crate::protocol::Frame;

/// The largest edge that is read, in pixels.
const EDGE_LIMIT_PX: u32 = 16_384;
/// The most memory a picture may take, in bytes.
const ALLOCATION_LIMIT: u64 = 1 << 30;

/// The PNG of a picture: RGB when it is opaque everywhere, else RGBA.
///
/// # Errors
/// A frame whose bytes do not fill it, or one without pixels.
pub fn encode_png(frame: &Frame) -> Result<Vec<u8>, ImagingError> {
    check_bytes(frame)?;
    let refuse = |_| ImagingError("the picture is too large for PNG".to_owned());
    let width = u32::try_from(frame.width_px).map_err(refuse)?;
    let height = u32::try_from(frame.height_px).map_err(refuse)?;
    let (pixels, _) = frame.rgba.as_chunks::<4>();
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new(&mut bytes);
    let written = if pixels.iter().all(|pixel| pixel[3] == u8::MAX) {
        let rgb: Vec<u8> = pixels.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
        encoder.write_image(&rgb, width, height, ExtendedColorType::Rgb8)
    } else {
        encoder.write_image(&frame.rgba, width, height, ExtendedColorType::Rgba8)
    };
    written.map_err(|error| ImagingError(format!("the picture cannot be encoded: {error}")))?;
    Ok(bytes)
}

/// The picture of a PNG.
///
/// # Errors
/// Bytes that are no PNG, or one that claims more than 16,384 pixels along an edge.
pub fn decode_png(bytes: &[u8]) -> Result<Frame, ImagingError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(EDGE_LIMIT_PX);
    limits.max_image_height = Some(EDGE_LIMIT_PX);
    limits.max_alloc = Some(ALLOCATION_LIMIT);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png);
    reader.limits(limits);
    let picture = reader
        .decode()
        .map_err(|error| ImagingError(format!("it is not a PNG that can be read: {error}")))?
        .into_rgba8();
    Ok(Frame {
        width_px: picture.width() as usize,
        height_px: picture.height() as usize,
        rgba: Arc::new(picture.into_raw()),
    })
}

#[cfg(test)]
mod tests {
    use super::{decode_png, encode_png};
    use crate::protocol::Frame;
    use std::sync::Arc;

    #[test]
    fn pictures_come_back_as_they_were() {
        for alpha in [255, 100] {
            let rgba: Vec<u8> = (0..24).flat_map(|i| [i * 10, 255 - i, i, alpha]).collect();
            let frame = Frame { width_px: 6, height_px: 4, rgba: Arc::new(rgba) };
            assert_eq!(decode_png(&encode_png(&frame).unwrap()).unwrap(), frame);
        }
    }

    #[test]
    fn damaged_pictures_are_refused() {
        let frame = Frame { width_px: 2, height_px: 2, rgba: Arc::new(vec![7; 16]) };
        let bytes = encode_png(&frame).unwrap();
        for length in 0..bytes.len() - 12 {
            assert!(decode_png(&bytes[..length]).is_err(), "{length} bytes");
        }
        let wrong = Frame { width_px: 3, ..frame };
        assert!(encode_png(&wrong).is_err());
    }
}
