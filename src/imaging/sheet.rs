//! Many pictures as values to one frame.

use std::sync::Arc;

use super::convert::rgba_from_bytes;
use super::{Grid, ImagingError, compose_grid, frame_from_values};
use crate::protocol::Frame;

/// A sheet of equally large square pictures, `N·C·S·S` values in [-1, 1], row by row, without gaps.
///
/// # Errors
/// Values that do not fill whole pictures, or a sheet too large.
pub fn sheet_from_values(
    values: &[f32],
    channels: usize,
    size: usize,
    columns: usize,
) -> Result<Frame, ImagingError> {
    let tiles = tiles_from_values(values, channels, size)?;
    compose_grid(&tiles, Grid { columns, gap_px: 0, background: [0; 4] })
}

/// Equally large square pictures one by one, from `N·C·S·S` values in [-1, 1].
///
/// # Errors
/// Values that do not fill whole pictures.
pub fn tiles_from_values(
    values: &[f32],
    channels: usize,
    size: usize,
) -> Result<Vec<Frame>, ImagingError> {
    let pictures = values.chunks(channels * size * size);
    pictures.map(|tile| frame_from_values(tile, channels, size, size)).collect()
}

/// Equally large square pictures one by one, from the bytes a data set gives: `N·S·S·C`, channels last.
///
/// # Errors
/// Bytes that do not fill whole pictures, or another number of channels than 1, 3 or 4.
pub fn tiles_from_bytes(
    bytes: &[u8],
    channels: usize,
    size: usize,
) -> Result<Vec<Frame>, ImagingError> {
    let picture = size * size * channels;
    if ![1, 3, 4].contains(&channels) || picture == 0 || !bytes.len().is_multiple_of(picture) {
        let what = format!("{} bytes are no pictures of {size}×{size}×{channels}", bytes.len());
        return Err(ImagingError(what));
    }
    let frame = |picture: &[u8]| {
        let rgba = picture.chunks_exact(channels).flat_map(rgba_from_bytes).collect();
        Frame { width_px: size, height_px: size, rgba: Arc::new(rgba) }
    };
    Ok(bytes.chunks_exact(picture).map(frame).collect())
}

#[cfg(test)]
mod tests {
    use super::tiles_from_bytes;

    #[test]
    fn bytes_of_every_kind_become_pictures() {
        let gray = tiles_from_bytes(&[10, 20], 1, 1).unwrap();
        assert_eq!(gray.len(), 2);
        assert_eq!(**gray[1].rgba, [20, 20, 20, 255]);
        assert_eq!(**tiles_from_bytes(&[1, 2, 3], 3, 1).unwrap()[0].rgba, [1, 2, 3, 255]);
        assert_eq!(**tiles_from_bytes(&[1, 2, 3, 4], 4, 1).unwrap()[0].rgba, [1, 2, 3, 4]);
        assert!(tiles_from_bytes(&[], 3, 16).unwrap().is_empty());
        assert!(
            tiles_from_bytes(&[1, 2], 3, 1).is_err() && tiles_from_bytes(&[1, 2], 2, 1).is_err()
        );
    }
}
