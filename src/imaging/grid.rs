//! Sheets: many equally large tiles in one picture.

use std::sync::Arc;

use super::ImagingError;
use super::canvas::Canvas;
use super::convert::check_bytes;
use crate::protocol::Frame;

/// How tiles are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Tiles in a row, at least 1.
    pub columns: usize,
    /// Pixels between tiles; none at the border.
    pub gap_px: usize,
    /// RGBA of gaps and of places without a tile.
    pub background: [u8; 4],
}

impl Grid {
    /// A sheet as square as `count` tiles allow, without gaps.
    pub fn square(count: usize) -> Self {
        let columns = (1..).find(|c| c * c >= count).unwrap_or(1);
        Self { columns, gap_px: 0, background: [0, 0, 0, 0] }
    }

    /// The same sheet with gaps between its tiles.
    #[must_use]
    pub fn with_gap(self, gap_px: usize) -> Self {
        Self { gap_px, ..self }
    }

    /// Width and height in pixels of a sheet of `count` tiles of this size.
    ///
    /// # Errors
    /// No columns, or a sheet too large.
    pub fn size_px(
        &self,
        count: usize,
        tile_width: usize,
        tile_height: usize,
    ) -> Result<(usize, usize), ImagingError> {
        if self.columns == 0 {
            return Err(ImagingError("a sheet needs at least one column".to_owned()));
        }
        let width = sheet_edge(tile_width, self.columns, self.gap_px)?;
        let height = sheet_edge(tile_height, count.div_ceil(self.columns), self.gap_px)?;
        let pixels = width.checked_mul(height).filter(|pixels| *pixels <= 1 << 28);
        let too_large = || ImagingError(format!("a sheet of {width}×{height} is too large"));
        pixels.map(|_| (width, height)).ok_or_else(too_large)
    }
}

/// Lays tiles out row by row from the top left; all must be as large as the first.
///
/// # Errors
/// Tiles of different sizes, a frame whose bytes do not fill it, no columns, or a sheet too large.
pub fn compose_grid(tiles: &[Frame], grid: Grid) -> Result<Frame, ImagingError> {
    let Some(first) = tiles.first() else {
        return Ok(Frame { width_px: 0, height_px: 0, rgba: Arc::default() });
    };
    let (tile_width, tile_height) = (first.width_px, first.height_px);
    for tile in tiles {
        check_bytes(tile)?;
        if (tile.width_px, tile.height_px) != (tile_width, tile_height) {
            return Err(ImagingError(format!(
                "a tile has {}×{} pixels where the first has {tile_width}×{tile_height}",
                tile.width_px, tile.height_px
            )));
        }
    }
    let size_px = grid.size_px(tiles.len(), tile_width, tile_height)?;
    let mut canvas = Canvas::new(size_px, grid.background)?;
    for (index, tile) in tiles.iter().enumerate() {
        let left = (index % grid.columns) * (tile_width + grid.gap_px);
        let top = (index / grid.columns) * (tile_height + grid.gap_px);
        canvas.paste(tile, left, top);
    }
    Ok(canvas.into_frame())
}

fn sheet_edge(tile: usize, count: usize, gap: usize) -> Result<usize, ImagingError> {
    let tiles = tile.checked_mul(count);
    let gaps = gap.checked_mul(count.saturating_sub(1));
    tiles
        .zip(gaps)
        .and_then(|(tiles, gaps)| tiles.checked_add(gaps))
        .ok_or_else(|| ImagingError(format!("{count} tiles in a line are too many")))
}

#[cfg(test)]
mod tests {
    use super::{Grid, compose_grid};
    use crate::protocol::Frame;
    use std::sync::Arc;

    fn tile(shade: u8) -> Frame {
        Frame { width_px: 2, height_px: 1, rgba: Arc::new(vec![shade; 8]) }
    }

    #[test]
    fn tiles_lie_row_by_row_with_gaps_between() {
        let grid = Grid { columns: 2, gap_px: 1, background: [9; 4] };
        let sheet = compose_grid(&[tile(1), tile(2), tile(3)], grid).unwrap();
        assert_eq!((sheet.width_px, sheet.height_px), (5, 3));
        let shades: Vec<u8> = sheet.rgba.iter().step_by(4).copied().collect();
        assert_eq!(shades, [1, 1, 9, 2, 2, 9, 9, 9, 9, 9, 3, 3, 9, 9, 9]);
    }

    #[test]
    fn a_square_sheet_holds_all_tiles() {
        assert_eq!([0, 1, 2, 4, 5, 36, 37].map(|n| Grid::square(n).columns), [1, 1, 2, 2, 3, 6, 7]);
        assert_eq!(Grid::square(4).with_gap(3).gap_px, 3);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let grid = Grid::square(2);
        let tall = Frame { width_px: 1, height_px: 2, rgba: Arc::new(vec![0; 8]) };
        assert!(compose_grid(&[tile(1), tall], grid).is_err());
        assert!(compose_grid(&[tile(1)], Grid { columns: 0, ..grid }).is_err());
        assert!(compose_grid(&[tile(1)], Grid { columns: usize::MAX, ..grid }).is_err());
        assert!(compose_grid(&[], grid).is_ok_and(|sheet| sheet.rgba.is_empty()));
    }
}
