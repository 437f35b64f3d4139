//! Many pictures as values to one frame.

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
