//! A square matrix with named rows and columns: it shrinks to its room, and its names stay when it scrolls.

use eframe::egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, Response, Role, ScrollArea, Sense, Stroke,
    StrokeKind, TextStyle, TextWrapMode, Ui, UiBuilder, Vec2, WidgetInfo, WidgetText, lerp, pos2,
    vec2,
};

use crate::ui::theme::{Palette, palette};

/// Edges of a cell in points: no larger than it needs, no smaller than can be told apart.
const CELL_MAX: f32 = 38.0;
const CELL_MIN: f32 = 18.0;
/// A cell of this edge has room for what a value was before.
const ROOM_FOR_BEFORE: f32 = 27.0;
/// A smaller change is none.
const LEAST_CHANGE: f64 = 0.005;
/// The rows' names, in points: between these, and at most their share of the width.
const NAMES_WIDTHS: [f32; 2] = [70.0, 220.0];
const NAMES_SHARE: f32 = 0.28;
/// The height of the columns' slanted names, and so how far the last one reaches to the right.
const NAMES_HEIGHT: f32 = 78.0;
/// The scroll bar floats over the edge.
const BAR: f32 = 10.0;

/// What a matrix shows.
#[derive(Debug)]
pub struct Cells<'a> {
    /// Of rows and columns.
    pub names: &'a [String],
    /// Row by row.
    pub values: &'a [Vec<f64>],
    /// The row that each one was made from, if it was.
    pub before: &'a [Option<usize>],
    /// The row that stands out.
    pub chosen: Option<usize>,
}

/// Sizes, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sizes {
    names: f32,
    cell: f32,
    /// What of the cells is seen at once.
    view: Vec2,
}

impl Sizes {
    /// For `n` rows whose longest name is this wide, in this room.
    fn fitting(n: usize, longest: f32, room: Vec2) -> Self {
        let n = n.max(1) as f32;
        let [least, most] = NAMES_WIDTHS;
        let names = (longest + 12.0).min(room.x * NAMES_SHARE).clamp(least, most).floor();
        let wide = (room.x - names - NAMES_HEIGHT).max(CELL_MIN * 2.0);
        let cell = (wide / n).clamp(CELL_MIN, CELL_MAX).floor();
        let whole = cell * n;
        let high = (room.y - NAMES_HEIGHT).max(CELL_MIN * 4.0);
        // The slanted names may reach beyond the last column, the cells need not end there.
        let wide = if whole > wide { (wide + NAMES_HEIGHT).min(whole) } else { whole };
        Self { names, cell, view: vec2(wide, whole.min(high)) }
    }
}

/// Draws the matrix; the row that was clicked.
pub fn draw_cells(ui: &mut Ui, cells: &Cells<'_>) -> Option<usize> {
    let font = TextStyle::Small.resolve(ui.style());
    let longest = cells.names.iter().map(|name| galley_width(ui, name, &font)).fold(0.0, f32::max);
    let room = vec2(ui.available_width(), ui.clip_rect().height());
    let sizes = Sizes::fitting(cells.names.len(), longest, room);
    let bars = Vec2::splat(BAR);
    let size = vec2(sizes.names, NAMES_HEIGHT) + sizes.view + bars;
    let size = vec2(size.x.max(room.x), size.y);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let origin = rect.min + vec2(sizes.names, NAMES_HEIGHT);
    let inner = Rect::from_min_size(origin, sizes.view + bars);
    let mut child = ui.new_child(UiBuilder::new().max_rect(inner).id_salt("matrix cells"));
    let scrolled = ScrollArea::both()
        .id_salt("matrix")
        .auto_shrink(false)
        .show(&mut child, |ui| body_ui(ui, cells, sizes.cell));
    let (first, clicked) = scrolled.inner;
    let names = Names { rect, origin, offset: origin - first, sizes };
    names.paint(ui, cells, &font);
    clicked
}

fn galley_width(ui: &Ui, text: &str, font: &FontId) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), font.clone(), Color32::PLACEHOLDER).size().x
}

/// The cells alone: where the first one lies, and the row that was clicked.
fn body_ui(ui: &mut Ui, cells: &Cells<'_>, cell: f32) -> (Pos2, Option<usize>) {
    let n = cells.names.len();
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(cell * n as f32), Sense::click());
    let name = format!("Matrix of {n} attributes");
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let place = |row: usize, column: usize| {
        let min = rect.min + vec2(column as f32, row as f32) * cell;
        Rect::from_min_size(min, Vec2::splat(cell)).shrink(1.0)
    };
    let palette = palette(ui);
    for row in 0..n {
        for column in 0..n {
            let at = place(row, column);
            if ui.is_rect_visible(at) {
                let before = before(cells, row, column);
                paint_cell(ui.painter(), at, (cells.values[row][column], before), palette);
            }
        }
    }
    let Some((row, column)) = pointed_at(&response, rect.min, (cell, n)) else {
        return (rect.min, None);
    };
    let stroke = Stroke::new(1.5, palette.text_strong);
    ui.painter().rect_stroke(place(row, column), 2.0, stroke, StrokeKind::Inside);
    let clicked = response.on_hover_text_at_pointer(told(cells, row, column)).clicked();
    (rect.min, clicked.then_some(row))
}

fn pointed_at(response: &Response, min: Pos2, (cell, n): (f32, usize)) -> Option<(usize, usize)> {
    let place = (response.hover_pos()? - min) / cell;
    let inside = |value: f32| (value >= 0.0 && value < n as f32).then_some(value as usize);
    Some((inside(place.y)?, inside(place.x)?))
}

/// The value that the direction had before it was made orthogonal, where it had another one.
fn before(cells: &Cells<'_>, row: usize, column: usize) -> Option<f64> {
    let old = cells.values[cells.before[row]?][column];
    ((old - cells.values[row][column]).abs() >= LEAST_CHANGE).then_some(old)
}

fn told(cells: &Cells<'_>, row: usize, column: usize) -> String {
    let (from, to) = (&cells.names[row], &cells.names[column]);
    let text = format!("“{from}” and “{to}”: {:+.3}", cells.values[row][column]);
    let text = text.replace(": -", ": −");
    match before(cells, row, column) {
        None => text,
        Some(old) => {
            let old = format!("{old:+.3}").replace('-', "−");
            format!("{text}\n{old} before it was made orthogonal")
        }
    }
}

fn paint_cell(
    painter: &Painter,
    cell: Rect,
    (value, before): (f64, Option<f64>),
    palette: &Palette,
) {
    let strength = (value.abs() as f32).clamp(0.0, 1.0);
    let hue = if value >= 0.0 { palette.curves[0] } else { palette.curves[5] };
    painter.rect_filled(cell, 2.0, mixed(palette.sunken, hue, strength * 0.75));
    let color = if strength > 0.55 { palette.sunken } else { palette.text };
    let small = cell.width() < ROOM_FOR_BEFORE - 3.0;
    let font = |size: f32| FontId::proportional(size);
    let edge = cell.width();
    let text = number(value, if small { 1 } else { 2 });
    let size = (edge * 0.4).clamp(8.0, 11.5);
    let Some(old) = before else {
        painter.text(cell.center(), Align2::CENTER_CENTER, text, font(size), color);
        return;
    };
    if edge + 2.0 < ROOM_FOR_BEFORE {
        // Too small for both: a notch says that there is more under the pointer.
        painter.text(cell.center(), Align2::CENTER_CENTER, text, font(size), color);
        let corner = Rect::from_min_size(cell.min, Vec2::splat(4.0));
        painter.rect_filled(corner, 1.0, palette.text_strong);
        return;
    }
    // The old value small and struck out, over the new one.
    let middle = cell.center() - vec2(0.0, 1.0);
    let old_size = (edge * 0.26).clamp(7.5, 9.5);
    let old = number(old, 2);
    let struck = painter.text(middle, Align2::CENTER_BOTTOM, old, font(old_size), color);
    painter.hline(struck.x_range(), struck.center().y, Stroke::new(1.0, color));
    painter.text(middle, Align2::CENTER_TOP, text, font(size), color);
}

/// A value in few characters: `.25`, `−.5`, `10.25`, `0`.
fn number(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let (sign, size) = text.strip_prefix('-').map_or(("", text.as_str()), |size| ("−", size));
    if size.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
        return "0".to_owned();
    }
    format!("{sign}{}", size.strip_prefix('0').unwrap_or(size))
}

fn mixed(from: Color32, to: Color32, share: f32) -> Color32 {
    let part = |a: u8, b: u8| lerp(f32::from(a)..=f32::from(b), share) as u8;
    let [r, g, b, _] = from.to_array();
    let [to_r, to_g, to_b, _] = to.to_array();
    // Both are opaque colours of the palette.
    palette_rgb(part(r, to_r), part(g, to_g), part(b, to_b))
}

#[expect(clippy::disallowed_methods, reason = "between two colours of the palette")]
fn palette_rgb(r: u8, g: u8, b: u8) -> Color32 {
    Color32::from_rgb(r, g, b)
}

/// The names beside the cells: they move along with them, and never out of sight.
struct Names {
    rect: Rect,
    /// Where the cells begin.
    origin: Pos2,
    /// How far they are scrolled.
    offset: Vec2,
    sizes: Sizes,
}

impl Names {
    fn paint(&self, ui: &Ui, cells: &Cells<'_>, font: &FontId) {
        let Sizes { cell, view, .. } = self.sizes;
        let palette = palette(ui);
        let rows = Rect::from_min_max(
            pos2(self.rect.left(), self.origin.y),
            pos2(self.origin.x, self.origin.y + view.y),
        );
        let columns = Rect::from_min_max(
            pos2(self.origin.x - cell, self.rect.top()),
            pos2(self.rect.right(), self.origin.y),
        );
        let beside = ui.painter().with_clip_rect(rows.intersect(ui.clip_rect()));
        let above = ui.painter().with_clip_rect(columns.intersect(ui.clip_rect()));
        for (index, name) in cells.names.iter().enumerate() {
            let color = if cells.chosen == Some(index) { palette.accent } else { palette.text };
            let middle = (index as f32 + 0.5) * cell;
            let (x, y) = (middle - self.offset.x, middle - self.offset.y);
            if (0.0..=view.y).contains(&y) {
                let galley = elided(ui, name, self.sizes.names - 8.0, font);
                let at =
                    pos2(self.origin.x - 6.0, self.origin.y + y) - galley.size() * vec2(1.0, 0.5);
                beside.galley_with_override_text_color(at, galley, color);
            }
            if (0.0..=view.x).contains(&x) {
                let foot = pos2(self.origin.x + x, self.origin.y - 3.0);
                slanted(&above, elided(ui, name, NAMES_HEIGHT * 1.25, font), foot, color);
            }
        }
    }
}

fn elided(ui: &Ui, name: &str, width: f32, font: &FontId) -> std::sync::Arc<eframe::egui::Galley> {
    WidgetText::from(name).into_galley(ui, Some(TextWrapMode::Truncate), width, font.clone())
}

/// Text that climbs to the right from `foot`, so that columns can be narrow.
fn slanted(
    painter: &Painter,
    galley: std::sync::Arc<eframe::egui::Galley>,
    foot: Pos2,
    color: Color32,
) {
    let at = foot - vec2(galley.size().y * 0.35, galley.size().y * 0.7);
    let mut shape = eframe::egui::epaint::TextShape::new(at, galley, color);
    shape.override_text_color = Some(color);
    shape.angle = -std::f32::consts::FRAC_PI_4;
    painter.add(shape);
}

#[cfg(test)]
mod tests {
    use super::{CELL_MAX, CELL_MIN, Cells, NAMES_HEIGHT, Sizes, before, number, told, vec2};

    #[test]
    fn numbers_are_short_and_keep_their_size() {
        let shown = [0.25, -0.25, 10.25, -10.05, 1.0, 0.001, -0.001, 100.04].map(|v| number(v, 2));
        assert_eq!(shown, [".25", "−.25", "10.25", "−10.05", "1.00", "0", "0", "100.04"]);
        assert_eq!([0.96, -0.04, 20.06].map(|v| number(v, 1)), ["1.0", "0", "20.1"]);
    }

    #[test]
    fn nineteen_columns_fit_where_five_did() {
        let sizes = Sizes::fitting(19, 110.0, vec2(580.0, 500.0));
        assert!(sizes.cell >= CELL_MIN, "{sizes:?}");
        let whole = sizes.cell * 19.0;
        assert_eq!(sizes.view.x, whole);
        assert!(
            sizes.names + whole + NAMES_HEIGHT <= 580.0,
            "the last name is whole, too: {sizes:?}"
        );
        assert_eq!(Sizes::fitting(3, 60.0, vec2(640.0, 500.0)).cell, CELL_MAX);
        // What cannot fit scrolls, its names in sight.
        let many = Sizes::fitting(60, 110.0, vec2(580.0, 400.0));
        assert!(many.cell == CELL_MIN && many.view.x < CELL_MIN * 60.0, "{many:?}");
        assert!(many.view.y + NAMES_HEIGHT <= 400.0, "{many:?}");
    }

    #[test]
    fn a_freed_row_knows_what_it_was() {
        let names = ["hat", "beard", "hat, free of beard"].map(str::to_owned);
        let values = [vec![1.0, -0.4, 0.9], vec![-0.4, 1.0, 0.0], vec![0.9, 0.0, 1.0]];
        let before_of = [None, None, Some(0)];
        let cells = Cells { names: &names, values: &values, before: &before_of, chosen: None };
        assert_eq!(before(&cells, 2, 1), Some(-0.4));
        assert_eq!(before(&cells, 0, 1), None);
        let wanted =
            "“hat, free of beard” and “beard”: +0.000\n−0.400 before it was made orthogonal";
        assert_eq!(told(&cells, 2, 1), wanted);
    }
}
