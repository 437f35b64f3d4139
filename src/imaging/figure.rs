//! Tiles in rows and columns with words and numbers beside them, as they stand in papers.
//!
//! Numbers stand below the columns and left of the rows, the axes' names outside of them. Words grow
//! with the tiles; where numbers would run into each other, every second, third, … is left out, the
//! middle one staying.

use super::ImagingError;
use super::animation::enlarged;
use super::canvas::{Anchor, Canvas, Words};
use super::convert::{check_bytes, composite};
use super::text::{BASELINE, INK, Typeface};
use crate::protocol::Frame;

/// Larger pictures than this are refused, in pixels: their bytes alone are 400 MB.
pub const PIXELS_LIMIT: usize = 100_000_000;

const PAPER: [u8; 3] = [255, 255, 255];
const FAINT_INK: [u8; 3] = [95, 95, 95];
/// Font size, as a share of a tile's edge, and its least in pixels.
const WORDS_SHARE: f32 = 0.12;
const WORDS_LEAST_PX: f32 = 11.0;
/// Details, as a share of the font size.
const DETAIL_SHARE: f32 = 0.8;
/// From one line to the next, of the font size.
const LINE: f32 = 1.3;
/// Space between tiles, as a share of their edge.
const GAP_SHARE: f32 = 0.03;

/// What is written left of a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowLabel {
    /// The row's number or name.
    pub text: String,
    /// A second, smaller line; may be empty.
    pub detail: String,
}

/// How a figure is laid out and labelled. Empty words take no space.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figure {
    /// One for each column, at least one.
    pub columns: Vec<String>,
    /// One for each row, at least one.
    pub rows: Vec<RowLabel>,
    /// Below the columns' numbers.
    pub x_name: String,
    /// Left of the rows' numbers, turned.
    pub y_name: String,
    /// How many times larger the tiles are drawn, at least 1.
    pub scale: usize,
}

impl Figure {
    /// Width and height in pixels with tiles of this edge, before they are enlarged.
    ///
    /// # Errors
    /// No tiles, or a figure beyond [`PIXELS_LIMIT`].
    pub fn size_px(&self, tile_px: usize) -> Result<(usize, usize), ImagingError> {
        Ok(Layout::new(self, tile_px, &Typeface::built_in()?)?.size_px)
    }

    /// Draws it; the square tiles come row by row, as many as rows times columns.
    ///
    /// # Errors
    /// Another number of tiles, tiles of different sizes, or a figure beyond [`PIXELS_LIMIT`].
    pub fn compose(&self, tiles: &[Frame]) -> Result<Frame, ImagingError> {
        let (columns, rows) = (self.columns.len(), self.rows.len());
        let tile_px = tiles.first().map_or(0, |tile| tile.width_px);
        let unlike = |tile: &Frame| (tile.width_px, tile.height_px) != (tile_px, tile_px);
        if Some(tiles.len()) != columns.checked_mul(rows) || tiles.iter().any(unlike) {
            let text = format!("{} tiles do not fill {rows} rows of {columns}", tiles.len());
            return Err(ImagingError(text));
        }
        let typeface = Typeface::built_in()?;
        let layout = Layout::new(self, tile_px, &typeface)?;
        let [red, green, blue] = PAPER;
        let mut canvas = Canvas::new(layout.size_px, [red, green, blue, u8::MAX])?;
        for (index, tile) in tiles.iter().enumerate() {
            check_bytes(tile)?;
            let tile = enlarged(&composite(tile, PAPER)?, self.scale)?;
            let (left, top) = layout.tile(index % columns, index / columns);
            canvas.paste(&tile, left, top);
        }
        self.letter(&mut canvas, &layout, &typeface);
        Ok(canvas.into_frame())
    }

    fn letter(&self, canvas: &mut Canvas, layout: &Layout, typeface: &Typeface) {
        let size_px = layout.words_px;
        let down = BASELINE * size_px;
        let words =
            |text, at, anchor| Words { text, size_px, at, anchor, is_turned: false, colour: INK };
        let line = layout.bottom + (layout.pad + LINE * size_px) / 2.0 + down;
        for column in layout.labelled_columns(self, typeface) {
            let at = (layout.column_middle(column), line);
            canvas.write(typeface, &words(&self.columns[column], at, Anchor::Middle));
        }
        for row in layout.labelled_rows(self) {
            let (label, x) = (&self.rows[row], layout.left - layout.pad);
            let middle = layout.row_middle(row);
            // With a detail below it the name moves up by half a line.
            let up =
                if label.detail.is_empty() { 0.0 } else { LINE * size_px * DETAIL_SHARE / 2.0 };
            canvas.write(typeface, &words(&label.text, (x, middle - up + down), Anchor::End));
            let detail_px = size_px * DETAIL_SHARE;
            let below = middle + LINE * size_px / 2.0 + BASELINE * detail_px;
            let detail = words(&label.detail, (x, below), Anchor::End);
            let detail = Words { size_px: detail_px, colour: FAINT_INK, ..detail };
            canvas.write(typeface, &detail);
        }
        let (middle_x, middle_y) = layout.middle();
        let below = layout.size_px.1 as f32 - layout.pad - LINE * size_px / 2.0 + down;
        canvas.write(typeface, &words(&self.x_name, (middle_x, below), Anchor::Middle));
        let beside = layout.pad + LINE * size_px / 2.0 + down;
        let name = words(&self.y_name, (beside, middle_y), Anchor::Middle);
        canvas.write(typeface, &Words { is_turned: true, ..name });
    }
}

/// Where everything lies, in pixels.
struct Layout {
    tile: usize,
    /// From one tile to the next.
    pitch: usize,
    words_px: f32,
    pad: f32,
    /// The tiles' box.
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
    size_px: (usize, usize),
}

impl Layout {
    fn new(figure: &Figure, tile_px: usize, typeface: &Typeface) -> Result<Self, ImagingError> {
        let (columns, rows) = (figure.columns.len(), figure.rows.len());
        let too_large = || {
            ImagingError(format!(
                "a figure of {rows} rows of {columns} pictures of {tile_px} pixels, each enlarged \
                 {} times, has more than {PIXELS_LIMIT} pixels: take fewer steps or a smaller scale",
                figure.scale
            ))
        };
        let tile = tile_px.checked_mul(figure.scale).filter(|tile| *tile <= PIXELS_LIMIT);
        let tile = tile.ok_or_else(too_large)?;
        if columns == 0 || rows == 0 || tile == 0 {
            return Err(ImagingError("a figure needs at least one picture".to_owned()));
        }
        let words_px = (tile as f32 * WORDS_SHARE).max(WORDS_LEAST_PX);
        let pad = words_px * 0.6;
        let pitch = tile + (tile as f32 * GAP_SHARE).round().max(1.0) as usize;
        let side = |count: usize| count.checked_mul(pitch).filter(|side| *side <= PIXELS_LIMIT);
        let (width, height) = side(columns).zip(side(rows)).ok_or_else(too_large)?;
        let (width, height) = ((width - (pitch - tile)) as f32, (height - (pitch - tile)) as f32);
        let line = |text: &str, more: f32| {
            if text.is_empty() { 0.0 } else { LINE * words_px + more }
        };
        let label = |row: &RowLabel| {
            let detail = typeface.width(&row.detail, words_px * DETAIL_SHARE);
            typeface.width(&row.text, words_px).max(detail)
        };
        let labels = figure.rows.iter().map(label).fold(0.0, f32::max);
        let numbers = figure.columns.iter().map(|text| line(text, pad)).fold(0.0, f32::max);
        let labels = if labels > 0.0 { labels + pad } else { 0.0 };
        // Names that are longer than their side make the figure larger instead of being cut.
        let over = |name: &str, side: f32| (typeface.width(name, words_px) - side).max(0.0) / 2.0;
        let (wide, high) = (over(&figure.x_name, width), over(&figure.y_name, height));
        let left = pad + (line(&figure.y_name, pad) + labels).max(wide);
        let top = pad + high;
        let below = (numbers + line(&figure.x_name, 0.0)).max(high);
        let (left, top) = (left.round(), top.round());
        let (right, bottom) = (left + width, top + height);
        let ends = [right + wide + pad, bottom + below + pad].map(|end| end.ceil() as usize);
        let [width_px, height_px] = ends;
        let pixels = width_px.checked_mul(height_px).filter(|pixels| *pixels <= PIXELS_LIMIT);
        pixels.ok_or_else(too_large)?;
        let size_px = (width_px, height_px);
        Ok(Self { tile, pitch, words_px, pad, left, top, right, bottom, size_px })
    }

    fn tile(&self, column: usize, row: usize) -> (usize, usize) {
        (self.left as usize + column * self.pitch, self.top as usize + row * self.pitch)
    }

    fn column_middle(&self, column: usize) -> f32 {
        self.left + (column * self.pitch) as f32 + self.tile as f32 / 2.0
    }

    fn row_middle(&self, row: usize) -> f32 {
        self.top + (row * self.pitch) as f32 + self.tile as f32 / 2.0
    }

    /// The middle of the tiles' box.
    fn middle(&self) -> (f32, f32) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    fn labelled_columns(&self, figure: &Figure, typeface: &Typeface) -> Vec<usize> {
        let widths = figure.columns.iter().map(|text| typeface.width(text, self.words_px));
        let needed = widths.fold(0.0, f32::max) + self.words_px / 2.0;
        thinned(figure.columns.len(), self.pitch as f32, needed)
    }

    fn labelled_rows(&self, figure: &Figure) -> Vec<usize> {
        let has_details = figure.rows.iter().any(|row| !row.detail.is_empty());
        let lines = if has_details { 1.0 + DETAIL_SHARE } else { 1.0 };
        thinned(figure.rows.len(), self.pitch as f32, lines * LINE * self.words_px)
    }
}

/// Which of `count` labels, `pitch` apart, are written where each needs `needed`: every n-th from the
/// middle one on.
fn thinned(count: usize, pitch: f32, needed: f32) -> Vec<usize> {
    let every = (needed / pitch).ceil().max(1.0) as usize;
    let first = (count.saturating_sub(1) / 2) % every;
    (first..count).step_by(every).collect()
}

#[cfg(test)]
mod tests {
    use super::{Figure, INK, RowLabel, thinned};
    use crate::protocol::Frame;
    use std::sync::Arc;

    fn tile(edge: usize, rgba: [u8; 4]) -> Frame {
        Frame { width_px: edge, height_px: edge, rgba: Arc::new(rgba.repeat(edge * edge)) }
    }

    fn row(text: &str, detail: &str) -> RowLabel {
        RowLabel { text: text.to_owned(), detail: detail.to_owned() }
    }

    fn figure(columns: &[&str], rows: &[RowLabel]) -> Figure {
        let columns = columns.iter().map(|&text| text.to_owned()).collect();
        Figure { columns, rows: rows.to_vec(), scale: 2, ..Figure::default() }
    }

    fn pixel(frame: &Frame, x: usize, y: usize) -> [u8; 4] {
        let at = (y * frame.width_px + x) * 4;
        [frame.rgba[at], frame.rgba[at + 1], frame.rgba[at + 2], frame.rgba[at + 3]]
    }

    /// Columns and rows of pixels that hold something in this colour.
    fn places(frame: &Frame, colour: [u8; 4]) -> (Vec<usize>, Vec<usize>) {
        let has_x = |x: &usize| (0..frame.height_px).any(|y| pixel(frame, *x, y) == colour);
        let has_y = |y: &usize| (0..frame.width_px).any(|x| pixel(frame, x, *y) == colour);
        ((0..frame.width_px).filter(has_x).collect(), (0..frame.height_px).filter(has_y).collect())
    }

    #[test]
    fn tiles_are_enlarged_and_lie_where_rows_and_columns_say() {
        let plain = figure(&["", ""], &[row("", ""), row("", "")]);
        let colours = [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [9, 9, 9, 255]];
        let sheet = plain.compose(&colours.map(|colour| tile(40, colour))).expect("drawn");
        assert_eq!(plain.size_px(40), Ok((sheet.width_px, sheet.height_px)));
        // 80 pixels each, 2 between them, a pad around.
        let (red_x, red_y) = places(&sheet, colours[0]);
        let (gray_x, gray_y) = places(&sheet, colours[3]);
        assert_eq!((red_x.len(), red_y.len(), gray_x.len()), (80, 80, 80));
        assert_eq!((gray_x[0], gray_y[0]), (red_x[0] + 82, red_y[0] + 82));
        assert_eq!((red_x[0], red_y[0]), (7, 7));
        assert_eq!(pixel(&sheet, gray_x[0], red_y[0]), colours[1], "row by row");
        assert_eq!(pixel(&sheet, red_x[79] + 1, red_y[0]), [255; 4], "paper between them");
    }

    #[test]
    fn words_take_their_own_space_around_the_tiles() {
        let dark = [INK[0], INK[1], INK[2], 255];
        let blue = [0, 0, 200, 255];
        let named = Figure {
            x_name: "smile".to_owned(),
            y_name: "hat".to_owned(),
            ..figure(&["−1", "+1"], &[row("HHH", "0.5"), row("HHH", "")])
        };
        let sheet = named.compose(&vec![tile(100, blue); 4]).expect("drawn");
        let (tiles_x, tiles_y) = places(&sheet, blue);
        assert_eq!((tiles_x.len(), tiles_y.len()), (400, 400), "no tile is written on");
        let (ink_x, ink_y) = places(&sheet, dark);
        assert!(ink_x[0] < tiles_x[0] && *ink_y.last().expect("words") > tiles_y[399]);
        // Without words the figure is smaller by just their space.
        let bare = figure(&["", ""], &[row("", ""), row("", "")]).size_px(100).expect("small");
        assert!(bare.0 + 60 < sheet.width_px && bare.1 + 50 < sheet.height_px);
        // A name that is longer than the figure widens it.
        let long = Figure { x_name: "background ".repeat(20), ..named.clone() };
        assert!(long.size_px(100).expect("small").0 > sheet.width_px + 500);
    }

    #[test]
    fn crowded_numbers_are_thinned_around_the_middle() {
        assert_eq!(thinned(5, 30.0, 20.0), [0, 1, 2, 3, 4]);
        assert_eq!(thinned(7, 10.0, 25.0), [0, 3, 6]);
        assert_eq!(thinned(9, 10.0, 25.0), [1, 4, 7]);
        assert_eq!(thinned(1, 10.0, 99.0), [0]);
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let plain = figure(&["", ""], &[row("", "")]);
        assert!(plain.compose(&[tile(4, [0; 4])]).is_err());
        assert!(plain.compose(&[tile(4, [0; 4]), tile(5, [0; 4])]).is_err());
        let text = Figure { scale: 4000, ..plain.clone() }.size_px(64).expect_err("large").0;
        assert!(text.contains("fewer steps") && text.contains("100000000"), "{text}");
        assert!(Figure { scale: usize::MAX, ..plain.clone() }.size_px(64).is_err());
        assert!(Figure { columns: Vec::new(), ..plain }.size_px(64).is_err());
    }
}
