//! One picture file to pixels, distrusting everything the file says.
//!
//! The format is told by the content, never by the name. The dimensions in the header are checked against the pixel
//! limit before anything of that size is allocated, and the decoder works under the same limit. Every failure is a
//! reason in plain words; nothing here panics or stops a data set.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::error::{bytes_text, pixels_text};

/// Formats this program reads.
pub(super) const FORMATS: &str = "PNG, JPEG, WebP, BMP, GIF, TIFF, PGM or PPM";

/// The most bytes a pixel takes in any decoder: four channels of 32-bit floats.
const MAX_BYTES_PER_PIXEL: u64 = 16;
/// What a decoder may take beside the pixels.
const DECODER_OVERHEAD: u64 = 64 << 20;

/// Reads pictures within a limit of pixels, for one picture and for all that are being decoded at the same time: many
/// cores, each with a picture near the limit, would otherwise need many times the memory of one.
#[derive(Debug)]
pub(super) struct FileDecoder {
    pixel_limit: u64,
    in_flight: Mutex<u64>,
    released: Condvar,
}

impl FileDecoder {
    /// A decoder that refuses pictures of more than `pixel_limit` pixels.
    pub fn new(pixel_limit: u64) -> Self {
        Self { pixel_limit, in_flight: Mutex::new(0), released: Condvar::new() }
    }

    /// Reads the file at `path`, upright. The error is the reason in plain words.
    pub fn decode(&self, path: &Path) -> Result<DynamicImage, String> {
        let bytes = self.read_file(path)?;
        let format = recognise(&bytes)?;
        // The PNG decoder reads on to the first pixels before it tells the size; the size comes first in the file.
        if let Some((width, height)) = png_size(&bytes, format) {
            self.check_size(width, height)?;
        }
        if format == ImageFormat::Jpeg && !jpeg_is_whole(&bytes) {
            return Err("the file is cut off: the end of the JPEG picture is missing".to_owned());
        }
        let mut reader = ImageReader::with_format(Cursor::new(bytes.as_slice()), format);
        let mut limits = Limits::no_limits();
        let most = self.pixel_limit.saturating_mul(MAX_BYTES_PER_PIXEL);
        limits.max_alloc = Some(most.saturating_add(DECODER_OVERHEAD));
        reader.limits(limits);
        let mut decoder = reader.into_decoder().map_err(|error| reason(&error, format))?;
        let (width, height) = decoder.dimensions();
        self.check_size(width, height)?;
        let orientation =
            decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
        let _share = self.reserve(u64::from(width) * u64::from(height));
        let mut image =
            DynamicImage::from_decoder(decoder).map_err(|error| reason(&error, format))?;
        image.apply_orientation(orientation);
        Ok(image)
    }

    fn read_file(&self, path: &Path) -> Result<Vec<u8>, String> {
        let file = File::open(path).map_err(|error| open_reason(&error))?;
        let length = file.metadata().map_err(|error| open_reason(&error))?.len();
        let most = self.pixel_limit.saturating_mul(8).saturating_add(DECODER_OVERHEAD);
        if length == 0 {
            return Err("the file is empty (0 bytes)".to_owned());
        }
        if length > most {
            return Err(format!(
                "the file has {}, more than any picture within the pixel limit",
                bytes_text(length)
            ));
        }
        let mut bytes = Vec::with_capacity(length as usize);
        // A file that grows while it is read stays within the limit, too.
        file.take(most).read_to_end(&mut bytes).map_err(|error| open_reason(&error))?;
        Ok(bytes)
    }

    fn check_size(&self, width: u32, height: u32) -> Result<(), String> {
        if width == 0 || height == 0 {
            return Err(format!("claims a size of {width}×{height} pixels"));
        }
        if u64::from(width) * u64::from(height) > self.pixel_limit {
            return Err(format!(
                "claims {width}×{height} pixels, over the limit of {}",
                pixels_text(self.pixel_limit)
            ));
        }
        Ok(())
    }

    /// Waits until `pixels` more fit under the limit together with all others being decoded.
    fn reserve(&self, pixels: u64) -> Share<'_> {
        let mut in_flight = self.lock();
        while *in_flight > 0 && in_flight.saturating_add(pixels) > self.pixel_limit {
            in_flight = self.released.wait(in_flight).unwrap_or_else(PoisonError::into_inner);
        }
        *in_flight = in_flight.saturating_add(pixels);
        Share { decoder: self, pixels }
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Pixels reserved while one picture is decoded; given back on drop, even when a decoder panics.
struct Share<'a> {
    decoder: &'a FileDecoder,
    pixels: u64,
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut in_flight = self.decoder.lock();
        *in_flight = in_flight.saturating_sub(self.pixels);
        self.decoder.released.notify_all();
    }
}

/// The format of a file that starts with `head`, or why it is none of ours.
pub(super) fn recognise(head: &[u8]) -> Result<ImageFormat, String> {
    let foreign = |name: &str| format!("{name} is not supported: convert it to PNG or JPEG");
    match image::guess_format(head) {
        Ok(ImageFormat::Pnm) if !head.get(2).is_some_and(u8::is_ascii_whitespace) => {}
        Ok(format) if is_readable(format) => return Ok(format),
        Ok(format) => return Err(foreign(&format!("{format:?}").to_uppercase())),
        Err(_) => {}
    }
    let brand = head.get(4..12).unwrap_or_default();
    if [&b"ftypheic"[..], b"ftypheix", b"ftypmif1", b"ftyphevc"].contains(&brand) {
        return Err(foreign("HEIC"));
    }
    if head.starts_with(b"8BPS") {
        return Err(foreign("a Photoshop file"));
    }
    if head.starts_with(b"version https://git-lfs") {
        return Err("is a Git LFS pointer, not the picture itself: run `git lfs pull`".to_owned());
    }
    Err(format!("not a picture: the content is not {FORMATS}"))
}

/// Formats that are told by more than two bytes: enough to take a file for a picture whatever its name.
pub(super) fn is_unmistakable(format: ImageFormat) -> bool {
    is_readable(format) && !matches!(format, ImageFormat::Pnm | ImageFormat::Bmp)
}

fn is_readable(format: ImageFormat) -> bool {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Pnm, Tiff, WebP};
    matches!(format, Png | Jpeg | WebP | Bmp | Gif | Tiff | Pnm)
}

fn png_size(bytes: &[u8], format: ImageFormat) -> Option<(u32, u32)> {
    if format != ImageFormat::Png || bytes.get(12..16)? != b"IHDR" {
        return None;
    }
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    Some((number(16)?, number(20)?))
}

/// Whether the end marker follows the start of the picture data. The decoder fills what is missing with gray, which
/// looks like a picture to a network; a cut-off download has to be found here.
fn jpeg_is_whole(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xda;
    const END: [u8; 2] = [0xff, 0xd9];
    let mut at = 2;
    // Segments first: a thumbnail inside of them has an end marker of its own.
    while let Some(&[0xff, marker]) = bytes.get(at..at + 2) {
        match marker {
            START_OF_SCAN => return bytes[at..].windows(2).any(|pair| pair == END),
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            _ => match bytes.get(at + 2..at + 4) {
                Some(&[high, low]) => at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2),
                _ => return false,
            },
        }
    }
    // Not laid out as expected: let the decoder judge.
    at < bytes.len()
}

fn open_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => "no permission to read it".to_owned(),
        std::io::ErrorKind::NotFound => "the file is gone, or a link that leads nowhere".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

fn reason(error: &ImageError, format: ImageFormat) -> String {
    let name = format!("{format:?}").to_uppercase();
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            format!("the {name} file is cut off: it ends before the picture does")
        }
        ImageError::Limits(_) => format!("decoding the {name} file would take too much memory"),
        ImageError::Unsupported(error) => {
            format!("a kind of {name} that is not supported: {error}")
        }
        other => format!("the {name} file is damaged: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_what_a_file_is() {
        assert_eq!(recognise(b"\x89PNG\r\n\x1a\n...."), Ok(ImageFormat::Png));
        assert_eq!(recognise(b"P5\n4 4 255\n"), Ok(ImageFormat::Pnm));
        assert!(recognise(b"P50 is the median").is_err_and(|text| text.contains("not a picture")));
        assert!(recognise(b"\0\0\0\x18ftypheic....").is_err_and(|text| text.contains("HEIC")));
        assert!(recognise(b"\0\0\0\x18ftypavif....").is_err_and(|text| text.contains("AVIF")));
        assert!(recognise(b"version https://git-lfs.github.com").is_err_and(|t| t.contains("LFS")));
        assert!(recognise(b"").is_err());
    }

    #[test]
    fn a_jpeg_without_its_end_is_recognised_despite_a_thumbnail() {
        let with_thumbnail = [0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xd8, 0xff, 0xd9];
        let mut bytes = with_thumbnail.to_vec();
        bytes.extend([0xff, 0xda, 0, 2, 1, 2, 3]);
        assert!(!jpeg_is_whole(&bytes));
        bytes.extend([0xff, 0xd9, b'm', b'p', b'4']);
        assert!(jpeg_is_whole(&bytes));
        assert!(!jpeg_is_whole(&with_thumbnail));
    }

    #[test]
    fn the_limit_holds_for_all_pictures_together() {
        let decoder = FileDecoder::new(100);
        let first = decoder.reserve(60);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| drop(decoder.reserve(60)));
            std::thread::sleep(std::time::Duration::from_millis(20));
            assert!(!second.is_finished(), "120 pixels at once");
            drop(first);
        });
        assert_eq!(*decoder.lock(), 0);
    }
}
