//! The chosen attribute: how well it tells pictures apart, its strip, and what it is to be freed of.

use eframe::egui::{
    Align2, Color32, Painter, Rect, Role, Sense, Stroke, TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use super::list::name_ui;
use crate::app::attributes::{Attribute, STRIP_STEPS};
use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState, escape};
use crate::protocol::{Histogram, TileSheet};
use crate::ui::parts::{caption, primary_button, toggle};
use crate::ui::theme::{Palette, palette};
use crate::ui::widgets::tile::{ImageTile, tile_uv};

/// The strip's tiles are no larger than this, in points.
const TILE_MAX: f32 = 128.0;
const TILE_GAP: f32 = 4.0;
const HISTOGRAM_HEIGHT: f32 = 84.0;
const HISTOGRAM_WIDTH: f32 = 460.0;

/// Draws all that is known of the chosen attribute.
pub fn details_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let Some(attribute) = state.attributes.chosen() else {
        caption(ui, "Choose an attribute at the right to see its strip and accuracy.");
        return;
    };
    name_ui(ui, state, attribute, actions);
    caption(ui, escape(&attribute.direction.origin.to_string()));
    strip_ui(ui, state, attribute, actions);
    if let Some(histogram) = &attribute.direction.histogram {
        histogram_ui(ui, histogram);
    }
    free_ui(ui, state, attribute, actions);
}

/// The present picture from −3 to +3 steps; a click sets the slider there.
fn strip_ui(ui: &mut Ui, state: &AppState, attribute: &Attribute, actions: &mut Actions) {
    let count = STRIP_STEPS.len() as f32;
    let room = (ui.available_width() - TILE_GAP * (count - 1.0)) / count;
    let edge = room.clamp(16.0, TILE_MAX).floor();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = TILE_GAP;
        for (index, step) in STRIP_STEPS.iter().enumerate() {
            ui.vertical(|ui| {
                ui.set_width(edge);
                match &state.attributes.strip {
                    Some(sheet) => strip_tile_ui(ui, sheet, (index, edge), attribute, actions),
                    None => {
                        let (rect, _) = ui.allocate_exact_size(vec2(edge, edge), Sense::hover());
                        ui.painter().rect_filled(rect, 2.0, palette(ui).picture_back);
                    }
                }
                let text = if *step == 0.0 { "0".to_owned() } else { format!("{step:+}") };
                ui.vertical_centered(|ui| caption(ui, text.replace('-', "−")));
            });
        }
    });
}

fn strip_tile_ui(
    ui: &mut Ui,
    sheet: &TileSheet,
    (index, edge): (usize, f32),
    attribute: &Attribute,
    actions: &mut Actions,
) {
    let step = STRIP_STEPS[index];
    let handle = texture(ui.ctx(), "attribute strip", &sheet.frame, Enlarge::Smooth);
    let name = format!("{} {step:+}", escape(&attribute.direction.name));
    let nearest = (attribute.value - step).abs() <= 0.5;
    let tile = ImageTile::new(handle.id(), [edge, edge], &name)
        .uv(tile_uv(&sheet.frame, sheet.columns, sheet.tile_px, index))
        .selected(nearest);
    if ui.add(tile).on_hover_text(format!("Set {name}")).clicked() {
        actions.push(Action::SetAttribute(attribute.id, step));
        actions.push(Action::CommitLatent);
    }
}

/// Held-out codes along the direction: with the attribute above the line, without below it.
fn histogram_ui(ui: &mut Ui, histogram: &Histogram) {
    let size = vec2(ui.available_width().min(HISTOGRAM_WIDTH), HISTOGRAM_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let palette = palette(ui);
    let spoken = format!(
        "Held-out codes from {:.1} to {:.1} steps, threshold {:.2}",
        histogram.low, histogram.high, histogram.threshold
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &spoken));
    response.on_hover_text(
        "Held-out codes along this direction, in its steps: with the attribute above the line, \
         without it below. Beyond the dashed line a code counts as having it.",
    );
    let font = TextStyle::Small.resolve(ui.style());
    let plot = Rect::from_min_max(rect.min, rect.max - vec2(0.0, font.size + 4.0));
    paint_bars(ui.painter(), plot, histogram, palette);
    let x_of = |value: f64| {
        let span = (histogram.high - histogram.low).max(f64::MIN_POSITIVE);
        plot.left() + plot.width() * ((value - histogram.low) / span).clamp(0.0, 1.0) as f32
    };
    let threshold = x_of(histogram.threshold);
    let line = [pos2(threshold, plot.top()), pos2(threshold, plot.bottom())];
    let stroke = Stroke::new(1.0, palette.text_strong);
    ui.painter().extend(eframe::egui::Shape::dashed_line(&line, stroke, 4.0, 3.0));
    let places = [
        (plot.left(), Align2::LEFT_BOTTOM, histogram.low),
        (plot.right(), Align2::RIGHT_BOTTOM, histogram.high),
    ];
    for (x, anchor, value) in places {
        let text = format!("{value:+.1}").replace('-', "−");
        ui.painter().text(pos2(x, rect.bottom()), anchor, text, font.clone(), palette.text_weak);
    }
}

fn paint_bars(painter: &Painter, plot: Rect, histogram: &Histogram, palette: &Palette) {
    painter.rect_filled(plot, 2.0, palette.sunken);
    let most = histogram.with.iter().chain(&histogram.without).copied().max().unwrap_or(1).max(1);
    let width = plot.width() / histogram.with.len().max(1) as f32;
    let middle = plot.center().y;
    let bar = |index: usize, count: u32, up: bool, color: Color32| {
        let height = (plot.height() / 2.0 - 1.0) * count as f32 / most as f32;
        let left = plot.left() + index as f32 * width;
        let end = if up { middle - height } else { middle + height };
        let bar = Rect::from_two_pos(pos2(left + 0.5, middle), pos2(left + width - 0.5, end));
        painter.rect_filled(bar, 0.0, color);
    };
    for (index, (with, without)) in histogram.with.iter().zip(&histogram.without).enumerate() {
        bar(index, *with, true, palette.curves[0]);
        bar(index, *without, false, palette.curves[1]);
    }
    painter.hline(plot.x_range(), middle, Stroke::new(1.0, palette.line_strong));
}

/// What the direction is to be made orthogonal to.
fn free_ui(ui: &mut Ui, state: &AppState, attribute: &Attribute, actions: &mut Actions) {
    let others = || state.attributes.in_use().filter(|other| other.id != attribute.id);
    if others().next().is_none() {
        return;
    }
    let hint = "Conditional edit: the part that would move the others too is taken out";
    caption(ui, "Leave these alone").on_hover_text(hint);
    ui.horizontal_wrapped(|ui| {
        for other in others() {
            let mut on = state.attributes.free_of.contains(&other.id);
            let name = escape(&other.direction.name);
            let response = toggle(ui, &mut on, &name);
            if response.accessible_name(format!("Leave {name} alone")).changed() {
                actions.push(Action::ToggleFreeOf(other.id));
            }
        }
    });
    ui.horizontal(|ui| {
        let some = others().any(|other| state.attributes.free_of.contains(&other.id));
        ui.add_enabled_ui(some, |ui| {
            if primary_button(ui, "Make orthogonal").on_hover_text(hint).clicked() {
                actions.push(Action::FreeAttribute);
            }
        });
        if ui.button("All others").clicked() {
            let missing = others().filter(|other| !state.attributes.free_of.contains(&other.id));
            actions.extend(missing.map(|other| Action::ToggleFreeOf(other.id)));
        }
    });
}
