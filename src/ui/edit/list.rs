//! The strokes: what each is, what it counts and costs, and its place in the order.

use std::sync::Arc;

use eframe::egui::{
    Button, Image, Response, RichText, ScrollArea, Sense, Slider, SliderClamping, StrokeKind, Ui,
    Vec2, vec2,
};

use super::ask;
use crate::app::textures::{Enlarge, texture};
use crate::app::{Actions, AppState, EditAction, EditTool};
use crate::protocol::{STROKES_LIMIT, Stroke};
use crate::ui::format::counted;
use crate::ui::icons::{self, Icon};
use crate::ui::parts::{caption, quiet_button};
use crate::ui::theme::{of_picture, palette};
use crate::ui::widgets::log_slider::slim_slider;
use crate::ui::widgets::number::value;

/// Edge of a stroke's picture, in points.
const EDGE: f32 = 40.0;
/// Height of a row.
const ROW: f32 = 50.0;
/// Rows in sight, at most; the others are scrolled to.
const ROWS: usize = 6;
/// The weights that the slider reaches: beyond, a number is typed.
const WEIGHTS: std::ops::RangeInclusive<f32> = 0.0..=10.0;
/// Room for a slider's number.
const NUMBER: f32 = 44.0;

/// Draws the list.
pub(super) fn list_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let strokes = &state.edit.plan.strokes;
    if strokes.is_empty() {
        caption(ui, "Nothing is painted yet.");
    }
    let shown = strokes.len().min(ROWS) as f32;
    let area = ScrollArea::vertical().id_salt("strokes").auto_shrink([false, true]);
    area.max_height(shown * (ROW + ui.spacing().item_spacing.y)).show_rows(
        ui,
        ROW,
        strokes.len(),
        |ui, rows| {
            for index in rows {
                row_ui(ui, state, (index, &strokes[index]), actions);
            }
        },
    );
    let area = &state.edit.plan.area;
    if strokes.is_empty() && area.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        let clear =
            ui.button("Clear").on_hover_text("All strokes and the area; undo brings them back");
        if clear.accessible_name("Clear all strokes").clicked() {
            ask(actions, EditAction::Clear);
        }
        let count = counted(strokes.len(), "stroke", "strokes");
        let most = if strokes.len() + 50 > STROKES_LIMIT {
            format!(" of {STROKES_LIMIT}")
        } else {
            String::new()
        };
        caption(ui, format!("{count}{most}"));
    });
}

fn row_ui(
    ui: &mut Ui,
    state: &AppState,
    (index, stroke): (usize, &Arc<Stroke>),
    actions: &mut Actions,
) {
    ui.push_id(("stroke", index), |ui| {
        ui.horizontal(|ui| {
            ui.set_height(ROW);
            ui.spacing_mut().item_spacing.x = 4.0;
            thumbnail_ui(ui, state, (index, stroke));
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.horizontal(|ui| name_ui(ui, state, (index, stroke), actions));
                ui.horizontal(|ui| order_ui(ui, state, (index, stroke), actions));
            });
        });
    });
}

fn thumbnail_ui(ui: &mut Ui, state: &AppState, (index, stroke): (usize, &Arc<Stroke>)) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(EDGE), Sense::hover());
    let palette = palette(ui);
    // Dark in either theme: the marks are made for pictures, and some are nearly white.
    ui.painter().rect_filled(rect, 3.0, of_picture([30, 30, 34]));
    if let Some(frame) = state.edit.pictures.of(stroke) {
        let handle = texture(ui.ctx(), ("stroke", index), frame, Enlarge::Smooth);
        let faded = if stroke.on { 1.0 } else { 0.3 };
        let tint = palette.on_accent.gamma_multiply(faded);
        Image::new((handle.id(), rect.size())).tint(tint).paint_at(ui, rect);
    }
    let chosen = state.edit.selected == Some(index);
    let line = if chosen {
        ui.visuals().selection.stroke
    } else {
        eframe::egui::Stroke::new(1.0, palette.line)
    };
    ui.painter().rect_stroke(rect, 3.0, line, StrokeKind::Inside);
}

/// Its kind and what it costs; a click chooses it.
fn name_ui(
    ui: &mut Ui,
    state: &AppState,
    (index, stroke): (usize, &Arc<Stroke>),
    actions: &mut Actions,
) {
    let number = index + 1;
    let chosen = state.edit.selected == Some(index);
    let kind = EditTool::of(stroke.tool).label();
    let button = ui.add(Button::selectable(chosen, format!("{number} {kind}")));
    let button = button.on_hover_text(
        "Choose it: brush, colour and amount above change it then, and Move moves it",
    );
    if button.accessible_name(format!("Choose stroke {number}: {kind}")).clicked() {
        ask(actions, EditAction::Select((!chosen).then_some(index)));
    }
    let cost = state.edit.cost_of(index).filter(|_| stroke.on);
    let text = cost.map_or_else(String::new, |cost| value(f64::from(cost)));
    let color = palette(ui).text_weak;
    ui.label(RichText::new(text).small().color(color))
        .on_hover_text("What it costs before weight and strength");
    let mut on = stroke.on;
    let size = vec2(0.0, ui.spacing().interact_size.y);
    ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
        ui.set_min_size(size);
        let check = ui.checkbox(&mut on, "").on_hover_text("Whether it counts");
        if check.accessible_name(format!("Stroke {number} counts")).changed() {
            let changed = Stroke { on, ..(**stroke).clone() };
            ask(actions, EditAction::SetStroke(index, Box::new(changed)));
        }
    });
}

/// Its weight, and its place in the order.
fn order_ui(
    ui: &mut Ui,
    state: &AppState,
    (index, stroke): (usize, &Arc<Stroke>),
    actions: &mut Actions,
) {
    let number = index + 1;
    let count = state.edit.plan.strokes.len();
    let icon = |ui: &mut Ui, icon: Icon, enabled: bool, name: String| -> Response {
        let button = ui.add_enabled(enabled, quiet_button(icons::atom(icon)));
        button.on_hover_text(&name).accessible_name(name)
    };
    let buttons = 3.0 * (icons::SIZE + 2.0 * 4.0 + 4.0);
    ui.scope(|ui| {
        let mut weight = stroke.weight;
        let slider = Slider::new(&mut weight, WEIGHTS)
            .clamping(SliderClamping::Edits)
            .logarithmic(true)
            .smallest_positive(0.05)
            .max_decimals(2);
        let room = ui.available_width() - buttons - NUMBER - 12.0;
        ui.spacing_mut().slider_width = room.max(30.0);
        slim_slider(ui, NUMBER);
        let slider = ui.add(slider).on_hover_text("Weight beside the other strokes");
        let slider = slider.accessible_name(format!("Weight of stroke {number}"));
        if slider.changed() && weight != stroke.weight {
            let weight = weight.clamp(0.0, Stroke::WEIGHT_LIMIT);
            let changed = Stroke { weight, ..(**stroke).clone() };
            ask(actions, EditAction::SetStroke(index, Box::new(changed)));
        }
    });
    ui.spacing_mut().button_padding.x = 4.0;
    if icon(ui, Icon::Up, index > 0, format!("Move stroke {number} up")).clicked() {
        ask(actions, EditAction::MoveStroke { from: index, to: index - 1 });
    }
    let below = index + 1 < count;
    if icon(ui, Icon::Down, below, format!("Move stroke {number} down")).clicked() {
        ask(actions, EditAction::MoveStroke { from: index, to: index + 1 });
    }
    if icon(ui, Icon::Close, true, format!("Delete stroke {number}")).clicked() {
        ask(actions, EditAction::RemoveStroke(index));
    }
}
