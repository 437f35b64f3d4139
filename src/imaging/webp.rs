//! Animated WebP: every colour and alpha, without loss, in about the half of an APNG's bytes.
//!
//! Each picture is encoded by `image`, which writes still pictures only; the container around them is
//! written here, after the "WebP Container Specification" (RFC 9649, section 2.7.1).

use std::io::{Seek, SeekFrom, Write};

use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder as _};

use super::ImagingError;
use super::animation::{Animation, refused};
use super::convert::check_bytes;
use crate::protocol::Frame;

/// `RIFF`, a length and `WEBP` open every file; a still picture's chunk follows them.
const HEADER_BYTES: usize = 12;
/// Flags of the `VP8X` chunk.
const HAS_ANIMATION: u8 = 0x02;
const HAS_ALPHA: u8 = 0x10;
/// Flag of an `ANMF` chunk: the picture replaces what was there.
const REPLACES: u8 = 0x02;
/// The widest and highest picture a WebP encoder takes.
const LONGEST_EDGE_PX: usize = 1 << 14;
/// A file's length is written in 32 bits.
const MOST_BYTES: u64 = u32::MAX as u64 - 1;

/// An animated WebP of pictures of this size, which repeats for ever.
///
/// # Errors
/// A size beyond the format, or whatever the writer refuses.
pub fn webp_animation<W: Write + Seek + Send + 'static>(
    mut out: W,
    (width_px, height_px): (usize, usize),
    frames_per_sec: u16,
) -> Result<Box<dyn Animation>, ImagingError> {
    if width_px.max(height_px) > LONGEST_EDGE_PX || width_px.min(height_px) == 0 {
        let text = format!("WebP holds edges of 1 to {LONGEST_EDGE_PX} pixels");
        return Err(ImagingError(format!("{width_px}×{height_px} cannot be written: {text}")));
    }
    let mut head = Vec::new();
    head.extend_from_slice(b"RIFF\0\0\0\0WEBP");
    let canvas = [edge_bytes(width_px), edge_bytes(height_px)].concat();
    chunk(&mut head, b"VP8X", &[&[HAS_ANIMATION | HAS_ALPHA, 0, 0, 0], canvas.as_slice()].concat());
    // A transparent background; a loop count of 0 is for ever.
    chunk(&mut head, b"ANIM", &[0; 6]);
    out.write_all(&head).map_err(refused)?;
    let written = head.len() as u64;
    Ok(Box::new(WebP { out, size: (width_px, height_px), frames_per_sec, frames: 0, written }))
}

struct WebP<W> {
    out: W,
    size: (usize, usize),
    frames_per_sec: u16,
    frames: u64,
    written: u64,
}

/// Length minus one, in 24 bits.
fn edge_bytes(px: usize) -> [u8; 3] {
    three_bytes(px as u32 - 1)
}

fn three_bytes(value: u32) -> [u8; 3] {
    let [a, b, c, _] = value.to_le_bytes();
    [a, b, c]
}

/// A name, a length and the bytes, made even.
fn chunk(out: &mut Vec<u8>, name: &[u8; 4], bytes: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    out.extend_from_slice(bytes);
    if bytes.len() % 2 == 1 {
        out.push(0);
    }
}

impl<W> WebP<W> {
    /// When the picture of this number begins, in milliseconds: rounded each by itself, so that a long
    /// animation keeps its time.
    fn begins_ms(&self, frame: u64) -> u64 {
        let rate = u64::from(self.frames_per_sec.max(1));
        (frame * 1000 + rate / 2) / rate
    }
}

impl<W: Write + Seek + Send> Animation for WebP<W> {
    fn push(&mut self, frame: &Frame) -> Result<(), ImagingError> {
        check_bytes(frame)?;
        if (frame.width_px, frame.height_px) != self.size {
            return Err(ImagingError("the pictures of an animation differ in size".to_owned()));
        }
        let (width, height) = (frame.width_px as u32, frame.height_px as u32);
        let mut still = Vec::new();
        let encoder = WebPEncoder::new_lossless(&mut still);
        let colours = ExtendedColorType::Rgba8;
        encoder.write_image(&frame.rgba, width, height, colours).map_err(refused)?;
        let lasts_ms = self.begins_ms(self.frames + 1) - self.begins_ms(self.frames);
        let mut body = vec![0; 6]; // left and top
        body.extend(edge_bytes(frame.width_px));
        body.extend(edge_bytes(frame.height_px));
        body.extend(three_bytes(lasts_ms as u32));
        body.push(REPLACES);
        body.extend_from_slice(&still[HEADER_BYTES..]);
        let mut whole = Vec::with_capacity(body.len() + 9);
        chunk(&mut whole, b"ANMF", &body);
        self.written += whole.len() as u64;
        if self.written > MOST_BYTES {
            return Err(ImagingError("a WebP cannot be longer than 4 GiB".to_owned()));
        }
        self.frames += 1;
        self.out.write_all(&whole).map_err(refused)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ImagingError> {
        // The length counts what follows it.
        let length = (self.written - 8) as u32;
        self.out.seek(SeekFrom::Start(4)).map_err(refused)?;
        self.out.write_all(&length.to_le_bytes()).map_err(refused)?;
        self.out.flush().map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::{Arc, Mutex};

    use image::AnimationDecoder as _;
    use image::codecs::webp::WebPDecoder;

    use super::*;

    /// A writer that is still there when the animation is finished.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Cursor<Vec<u8>>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("one thread").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Kept {
        fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
            self.0.lock().expect("one thread").seek(to)
        }
    }

    fn frame(seed: u8, width_px: usize, height_px: usize) -> Frame {
        let value = |at: usize| (at as u8).wrapping_mul(seed).wrapping_add(at as u8 / 5);
        let rgba = (0..width_px * height_px * 4).map(value).collect::<Vec<_>>();
        Frame { width_px, height_px, rgba: Arc::new(rgba) }
    }

    #[test]
    fn what_is_written_is_read_back_to_the_byte_and_keeps_its_time() {
        let kept = Kept::default();
        let mut webp = webp_animation(kept.clone(), (13, 7), 30).expect("begun");
        let frames: Vec<Frame> = (1..=7).map(|seed| frame(seed, 13, 7)).collect();
        for frame in &frames {
            webp.push(frame).expect("taken");
        }
        webp.finish().expect("finished");
        let bytes = kept.0.lock().expect("one thread").get_ref().clone();
        let told = u32::from_le_bytes(bytes[4..8].try_into().expect("four bytes"));
        assert_eq!(told as usize + 8, bytes.len());
        let decoder = WebPDecoder::new(Cursor::new(bytes)).expect("a WebP");
        assert!(decoder.has_animation());
        let read = decoder.into_frames().collect_frames().expect("pictures");
        assert_eq!(read.len(), frames.len());
        let mut times = Vec::new();
        for (read, frame) in read.iter().zip(&frames) {
            assert!(read.buffer().as_raw() == frame.rgba.as_ref(), "another picture");
            times.push(read.delay().numer_denom_ms().0 / read.delay().numer_denom_ms().1);
        }
        assert_eq!(times, [33, 34, 33, 33, 34, 33, 33]);
    }

    #[test]
    fn pictures_of_another_size_and_sizes_beyond_the_format_are_refused() {
        let mut webp = webp_animation(Kept::default(), (13, 7), 30).expect("begun");
        let error = webp.push(&frame(1, 7, 13)).expect_err("turned");
        assert!(error.to_string().contains("differ in size"), "{error}");
        let error = webp_animation(Kept::default(), (20_000, 7), 30).err().expect("too wide");
        assert!(error.to_string().contains("20000×7"), "{error}");
    }
}
