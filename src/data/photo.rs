//! Single photos in full resolution: a file, or a picture of an open data set where it came from.

use std::path::Path;
use std::sync::Arc;

use image::DynamicImage;

use super::dataset::Dataset;
use super::decode::FileDecoder;
use super::error::{DataError, pixels_text};
use super::portraits;
use crate::imaging::tiles_from_bytes;
use crate::protocol::{DatasetSource, Frame, Split};

/// Edge of a face of Portraits that is drawn to be looked at.
const PORTRAIT_EDGE_PX: u32 = 512;

/// Reads a picture file upright, with its transparency.
///
/// # Errors
/// [`DataError::Picture`] for a file that is none, or one of more than `pixel_limit` pixels.
pub fn read_photo(path: &Path, pixel_limit: u64) -> Result<Frame, DataError> {
    let decoded = FileDecoder::new(pixel_limit).decode(path);
    decoded.map(frame).map_err(|reason| DataError::Picture { path: path.to_path_buf(), reason })
}

/// Refuses a picture of more pixels than the limit, in the words that a file is refused with.
///
/// # Errors
/// What is wrong with it.
pub fn check_photo_size(frame: &Frame, pixel_limit: u64) -> Result<(), String> {
    let (width, height) = (frame.width_px, frame.height_px);
    if width as u64 * height as u64 > pixel_limit {
        let limit = pixels_text(pixel_limit);
        return Err(format!("it has {width}×{height} pixels, over the limit of {limit}"));
    }
    Ok(())
}

fn frame(image: DynamicImage) -> Frame {
    let (width_px, height_px) = (image.width() as usize, image.height() as usize);
    Frame { width_px, height_px, rgba: Arc::new(image.into_rgba8().into_raw()) }
}

impl Dataset {
    /// A picture as large as it can be had, and what it is called: its file, a face of Portraits drawn large, or
    /// else the picture as it is trained on.
    ///
    /// # Errors
    /// [`DataError::OutOfRange`] for an index that is not below [`len`](Self::len), or a file that cannot be read
    /// any more.
    pub fn photo(
        &self,
        split: Split,
        index: usize,
        pixel_limit: u64,
    ) -> Result<(String, Frame), DataError> {
        let mut pixels = Vec::new();
        if let Some(name) = self.file_name(split, index)
            && let DatasetSource::Path(root) = &self.summary().source
        {
            return Ok((name.to_owned(), read_photo(&root.join(name), pixel_limit)?));
        }
        let name = format!("{}, {} picture {}", self.summary().name, split_name(split), index + 1);
        if self.summary().source == DatasetSource::Portraits && index < self.len(split) {
            let (seed, edge) = (self.summary().options.seed, PORTRAIT_EDGE_PX);
            let rgb = portraits::portrait(seed, split, index as u64, edge).rgb;
            if let Ok(mut faces) = tiles_from_bytes(&rgb, 3, edge as usize)
                && let Some(face) = faces.pop()
            {
                return Ok((name, face));
            }
        }
        self.read(split, &[index], &mut pixels)?;
        let tiles = tiles_from_bytes(&pixels, self.channels(), self.size());
        let tile = tiles.ok().and_then(|mut tiles| tiles.pop());
        tile.map(|tile| (name, tile)).ok_or(DataError::OutOfRange { index, len: self.len(split) })
    }
}

fn split_name(split: Split) -> &'static str {
    match split {
        Split::Train => "training",
        Split::HeldOut => "held-out",
        Split::Test => "test",
    }
}
