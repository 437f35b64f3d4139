//! A map as a figure: the points in a box, the axes' names beside it, and below it what each colour and mark
//! stands for.

use tiny_skia::{Path, PathBuilder, Rect, Transform};

use super::ImagingError;
use super::canvas::{Anchor, Canvas, Words};
use super::scatter::{group_style, mark, scatter};
use super::text::{BASELINE, INK, Typeface};
use crate::protocol::{Frame, Grouping};

const PAPER: [u8; 4] = [255; 4];
const LINE_INK: [u8; 3] = [150, 150, 150];
/// Font size, as a share of the figure's width, and its least in pixels.
const WORDS_SHARE: f32 = 1.0 / 64.0;
const WORDS_LEAST_PX: f32 = 11.0;
/// From one line to the next, of the font size.
const LINE: f32 = 1.5;
/// Groups that are named; more are only counted.
const NAMED: usize = 80;

/// What is written beside the points.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MapWords {
    /// Above the box.
    pub title: String,
    /// Below it.
    pub x_name: String,
    /// Left of it, turned.
    pub y_name: String,
}

/// An entry of the legend: what it says, and its group, unless it only counts the rest.
type Entry = (String, Option<usize>);

/// Draws a figure `width_px` wide; it is as high as its legend takes.
///
/// # Errors
/// A width that no picture can have, or a grouping of other points.
pub fn map_figure(
    points: &[[f32; 2]],
    groups: &Grouping,
    words: &MapWords,
    width_px: u32,
) -> Result<Frame, ImagingError> {
    let typeface = Typeface::built_in()?;
    let size_px = (width_px as f32 * WORDS_SHARE).max(WORDS_LEAST_PX);
    let line = size_px * LINE;
    let side = (line * 1.4).ceil();
    let edge = (width_px as f32 - 2.0 * side).max(1.0) as u32;
    let plot = scatter(points, groups, edge)?;
    let entries = entries(groups);
    let columns = Columns::new(&entries, &typeface, size_px, edge as f32);
    let rows = entries.len().div_ceil(columns.count);
    let below = side + edge as f32 + line * 1.6;
    let height = below + line * (rows as f32 + 0.5);
    let mut canvas = Canvas::new((width_px as usize, height.ceil() as usize), PAPER)?;
    canvas.paste(&plot, side as usize, side as usize);
    let page = Page { typeface, size_px, side, edge: edge as f32 };
    page.axes(&mut canvas, words);
    for (index, entry) in entries.iter().enumerate() {
        // Down each column, as one reads a list.
        let (column, row) = (index / rows.max(1), index % rows.max(1));
        let left = side + column as f32 * columns.width;
        page.entry(&mut canvas, entry, (left, below + line * (row as f32 + 0.5)));
    }
    Ok(canvas.into_frame())
}

fn entries(groups: &Grouping) -> Vec<Entry> {
    let named = groups.names.iter().zip(&groups.counts).enumerate().take(NAMED);
    let mut entries: Vec<Entry> =
        named.map(|(group, (name, count))| (format!("{name} ({count})"), Some(group))).collect();
    let more = groups.names.len().saturating_sub(NAMED);
    if more > 0 {
        entries.push((format!("and {more} more"), None));
    }
    entries
}

/// How the legend is set.
struct Columns {
    count: usize,
    width: f32,
}

impl Columns {
    /// As many columns as the longest name leaves room for.
    fn new(entries: &[Entry], typeface: &Typeface, size_px: f32, room: f32) -> Self {
        let widths = entries.iter().map(|(text, _)| typeface.width(text, size_px));
        let width = widths.fold(0.0, f32::max) + 3.0 * size_px;
        let count = (room / width).floor().clamp(1.0, entries.len().max(1) as f32);
        Self { count: count as usize, width }
    }
}

/// Where the box lies, and how words are written.
struct Page {
    typeface: Typeface,
    size_px: f32,
    side: f32,
    edge: f32,
}

impl Page {
    fn axes(&self, canvas: &mut Canvas, words: &MapWords) {
        let (side, far) = (self.side, self.side + self.edge);
        let thin = (self.size_px / 14.0).max(1.0);
        for (left, top, right, bottom) in [
            (side - thin, side - thin, far + thin, side),
            (side - thin, far, far + thin, far + thin),
            (side - thin, side, side, far),
            (far, side, far + thin, far),
        ] {
            if let Some(line) = Rect::from_ltrb(left, top, right, bottom) {
                canvas.fill(&PathBuilder::from_rect(line), LINE_INK);
            }
        }
        let middle = side + self.edge / 2.0;
        let base = BASELINE * self.size_px;
        self.write(canvas, &words.title, (middle, side / 2.0 + base), Anchor::Middle, false);
        let under = far + self.size_px * LINE * 0.7 + base;
        self.write(canvas, &words.x_name, (middle, under), Anchor::Middle, false);
        self.write(canvas, &words.y_name, (side / 2.0 + base, middle), Anchor::Middle, true);
    }

    /// A mark and what it stands for, around this height.
    fn entry(&self, canvas: &mut Canvas, (text, group): &Entry, (left, middle): (f32, f32)) {
        let radius = self.size_px * 0.4;
        let at = Transform::from_translate(left + self.size_px * 0.6, middle);
        if let Some(group) = group
            && let Some(shape) = mark(*group, radius).and_then(|path: Path| path.transform(at))
        {
            canvas.fill(&shape, group_style(*group).0);
        }
        let at = (left + self.size_px * 1.5, middle + BASELINE * self.size_px);
        self.write(canvas, text, at, Anchor::Start, false);
    }

    fn write(
        &self,
        canvas: &mut Canvas,
        text: &str,
        at: (f32, f32),
        anchor: Anchor,
        is_turned: bool,
    ) {
        let words = Words { text, size_px: self.size_px, at, anchor, is_turned, colour: INK };
        canvas.write(&self.typeface, &words);
    }
}

#[cfg(test)]
mod tests {
    use super::{MapWords, NAMED, entries, map_figure};
    use crate::imaging::group_style;
    use crate::protocol::{Frame, Grouping};

    fn groups(count: usize) -> Grouping {
        let names = (0..count).map(|group| format!("Group {group}")).collect();
        Grouping { names, of: vec![0; 3], counts: vec![1; count] }
    }

    fn figure(count: usize, words: &MapWords) -> Frame {
        let points = [[0.0, 0.0], [1.0, 2.0], [2.0, 1.0]];
        map_figure(&points, &groups(count), words, 400).expect("drawn")
    }

    /// Rows of pixels that hold this colour.
    fn rows(frame: &Frame, colour: [u8; 3]) -> Vec<usize> {
        let row = |y: &usize| {
            let row = &frame.rgba[y * frame.width_px * 4..(y + 1) * frame.width_px * 4];
            row.chunks_exact(4).any(|pixel| pixel[..3] == colour)
        };
        (0..frame.height_px).filter(row).collect()
    }

    #[test]
    fn every_group_has_its_mark_and_name_below_the_points() {
        let frame = figure(5, &MapWords::default());
        assert_eq!(frame.width_px, 400);
        // No point is in the fourth group: its colour is the legend's alone.
        let marks = rows(&frame, group_style(3).0);
        assert!(marks.first().is_some_and(|y| *y > 370), "{marks:?}");
        assert!(marks.len() >= 5, "large enough to be told: {marks:?}");
        let more = figure(40, &MapWords::default());
        assert!(more.height_px > frame.height_px, "a long legend makes it higher");
    }

    #[test]
    fn the_axes_are_named() {
        let bare = figure(1, &MapWords::default());
        let words = MapWords {
            title: "Faces".to_owned(),
            x_name: "component 1".to_owned(),
            y_name: "component 2".to_owned(),
        };
        let named = figure(1, &words);
        assert_eq!((bare.width_px, bare.height_px), (named.width_px, named.height_px));
        let inked = |frame: &Frame| {
            frame.rgba.as_chunks::<4>().0.iter().filter(|pixel| pixel[0] < 200).count()
        };
        assert!(inked(&named) > inked(&bare) + 100);
    }

    #[test]
    fn what_is_too_much_to_name_is_counted() {
        let all = entries(&groups(NAMED + 3));
        assert_eq!(all.len(), NAMED + 1);
        assert_eq!(all[NAMED], ("and 3 more".to_owned(), None));
    }
}
