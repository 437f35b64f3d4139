//! How attributes hang together: cosines between directions, and what a step along each changes.

use eframe::egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, Role, Sense, Stroke, StrokeKind, TextStyle, Ui,
    Vec2, WidgetInfo, lerp, pos2, vec2,
};

use super::find::find_button_ui;
use crate::app::attributes::{Attribute, MatrixKind};
use crate::app::{Action, Actions, AppState, escape};
use crate::ui::parts::{caption, heading};
use crate::ui::theme::{Palette, palette};
use crate::ui::widgets::segmented::segmented_ui;

/// Edge of a cell in points.
const CELL: f32 = 34.0;
const NAMES_WIDTH: f32 = 120.0;
const NAMES_HEIGHT: f32 = 76.0;

/// Draws the matrix with the choice of what it shows.
pub fn matrix_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    heading(ui, "How they hang together");
    let kinds = [(MatrixKind::Cosines, "Cosines"), (MatrixKind::Entanglement, "Entanglement")];
    let picked = ui.allocate_ui(vec2(260.0, ui.spacing().interact_size.y), |ui| {
        segmented_ui(ui, "Matrix", state.attributes.matrix, kinds.into_iter())
    });
    actions.extend(picked.inner.map(Action::ShowMatrix));
    let attributes: Vec<&Attribute> = state.attributes.in_use().collect();
    match state.attributes.matrix {
        MatrixKind::Cosines => {
            caption(ui, "1: the same direction. 0: independent. −1: opposite.");
            cells_ui(ui, &attributes, &state.attributes.cosines(), state, actions);
        }
        MatrixKind::Entanglement => entanglement_ui(ui, &attributes, state, actions),
    }
}

fn entanglement_ui(
    ui: &mut Ui,
    attributes: &[&Attribute],
    state: &AppState,
    actions: &mut Actions,
) {
    let ids: Vec<u64> = attributes.iter().map(|attribute| attribute.id).collect();
    let measured = state.attributes.entanglement.as_ref().filter(|(known, _)| *known == ids);
    let Some((_, measured)) = measured else {
        if state.job.is_some() {
            find_button_ui(ui, state, actions);
        } else if ui.button("Measure").clicked() {
            actions.push(Action::MeasureEntanglement);
        }
        return;
    };
    let text = format!(
        "Steps along each column that a picture moves when its row's slider moves one step, seen by \
         the encoder: mean of {} samples.",
        measured.n
    );
    caption(ui, text);
    cells_ui(ui, attributes, &measured.changes, state, actions);
}

fn cells_ui(
    ui: &mut Ui,
    attributes: &[&Attribute],
    values: &[Vec<f64>],
    state: &AppState,
    actions: &mut Actions,
) {
    let n = attributes.len();
    let size = vec2(NAMES_WIDTH, NAMES_HEIGHT) + Vec2::splat(CELL) * n as f32;
    eframe::egui::ScrollArea::horizontal().show(ui, |ui| {
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        let name = format!("Matrix of {n} attributes");
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
        let origin = rect.min + vec2(NAMES_WIDTH, NAMES_HEIGHT);
        let palette = palette(ui);
        let small = TextStyle::Small.resolve(ui.style());
        let chosen = |attribute: &Attribute| state.attributes.chosen == Some(attribute.id);
        for (row, attribute) in attributes.iter().enumerate() {
            let color = if chosen(attribute) { palette.accent } else { palette.text };
            let y = origin.y + (row as f32 + 0.5) * CELL;
            let name = shortened(&escape(&attribute.direction.name), 18);
            let at = pos2(origin.x - 6.0, y);
            ui.painter().text(at, Align2::RIGHT_CENTER, &name, small.clone(), color);
            let foot = pos2(origin.x + (row as f32 + 0.5) * CELL, origin.y - 4.0);
            slanted(ui.painter(), foot, &shortened(&name, 14), small.clone(), color);
            for (column, value) in values[row].iter().enumerate() {
                let min = origin + vec2(column as f32, row as f32) * CELL;
                let cell = Rect::from_min_size(min, Vec2::splat(CELL)).shrink(1.0);
                paint_cell(ui.painter(), cell, *value, small.clone(), palette);
            }
        }
        let Some(pointer) = response.hover_pos() else { return };
        let place = (pointer - origin) / CELL;
        let (column, row) = (place.x.floor(), place.y.floor());
        let inside = |value: f32| value >= 0.0 && value < n as f32;
        if !(inside(row) && inside(column)) {
            return;
        }
        let (row, column) = (row as usize, column as usize);
        let cell =
            Rect::from_min_size(origin + vec2(column as f32, row as f32) * CELL, Vec2::splat(CELL));
        let stroke = Stroke::new(1.5, palette.text_strong);
        ui.painter().rect_stroke(cell.shrink(1.0), 2.0, stroke, StrokeKind::Inside);
        let of = |index: usize| escape(&attributes[index].direction.name);
        let text = format!("{} → {}: {:+.3}", of(row), of(column), values[row][column]);
        let text = text.replace('-', "−") + &gain(attributes[row], column, attributes, values);
        if response.on_hover_text_at_pointer(text).clicked() {
            actions.push(Action::ChooseAttribute(attributes[row].id));
        }
    });
}

/// What orthogonalising gained in this column: the value that the direction had before.
fn gain(
    attribute: &Attribute,
    column: usize,
    attributes: &[&Attribute],
    values: &[Vec<f64>],
) -> String {
    let Some(freed) = &attribute.freed else { return String::new() };
    let before = attributes.iter().position(|other| other.id == freed.from);
    before.map_or_else(String::new, |row| {
        format!("\n{:+.3} before it was made orthogonal", values[row][column]).replace('-', "−")
    })
}

fn paint_cell(painter: &Painter, cell: Rect, value: f64, font: FontId, palette: &Palette) {
    let strength = (value.abs() as f32).clamp(0.0, 1.0);
    let hue = if value >= 0.0 { palette.curves[0] } else { palette.curves[5] };
    painter.rect_filled(cell, 2.0, mixed(palette.sunken, hue, strength * 0.75));
    let text = format!("{value:.2}").replace("0.", ".").replace('-', "−");
    let text = if text == ".00" || text == "−.00" { "0".to_owned() } else { text };
    let color = if strength > 0.55 { palette.sunken } else { palette.text };
    painter.text(cell.center(), Align2::CENTER_CENTER, text, font, color);
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

/// Text that climbs to the right from `foot`, so that columns can be narrow.
fn slanted(painter: &Painter, foot: Pos2, text: &str, font: FontId, color: Color32) {
    let galley = painter.layout_no_wrap(text.to_owned(), font, color);
    let angle = -std::f32::consts::FRAC_PI_4;
    let at = foot - vec2(galley.size().y * 0.35, galley.size().y * 0.7);
    let mut shape = eframe::egui::epaint::TextShape::new(at, galley, color);
    shape.angle = angle;
    painter.add(shape);
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
