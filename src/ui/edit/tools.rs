//! Tools, brush and colour.

use eframe::egui::{
    Button, Response, Role, Sense, Slider, SliderClamping, StrokeKind, Ui, Vec2, WidgetInfo,
};

use super::ask;
use super::pointer::key_of;
use crate::app::edit::{LARGEST_BRUSH, SMALLEST_BRUSH};
use crate::app::{Actions, AppState, EditAction, EditTool};
use crate::protocol::Brush;
use crate::ui::parts::{caption, toggle};
use crate::ui::theme::{of_picture, palette};
use crate::ui::widgets::form::row_ui;
use crate::ui::widgets::log_slider::slim_slider;

/// Room for a slider's number.
const NUMBER: f32 = 54.0;
/// Edge of a colour to choose, in points.
const SWATCH: f32 = 20.0;

fn explained(tool: EditTool) -> &'static str {
    match tool {
        EditTool::Colour => {
            "What is painted takes this colour. With Alt held: the picture's own colour"
        }
        EditTool::Lighten => "Lighter than before",
        EditTool::Darken => "Darker than before",
        EditTool::Edge => "An edge along the stroke",
        EditTool::NoEdge => "No edges where it is painted",
        EditTool::Warp => {
            "Press grabs a patch as large as the brush; drag it to where it is wanted"
        }
        EditTool::Drag => "Press a point, and drag to where it is to be",
        EditTool::Keep => "What is painted stays as it is",
        EditTool::Erase => "What is painted is made anew from all the rest",
        EditTool::Smooth => "Smooth where it is painted",
        EditTool::Latent => {
            "Press where something is to change, drag right or down: z moves along the two directions that change \
             this place most"
        }
        EditTool::Area => "Paint where the picture may change",
        EditTool::AreaErase => "Rub out where it may change",
        EditTool::Move => "Drag the chosen stroke as a whole; choose one in the list",
    }
}

/// The tools, and how what was painted is shown.
pub(super) fn tools_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let edit = &state.edit;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(3.0);
        ui.spacing_mut().button_padding.x = 5.0;
        for tool in EditTool::ALL {
            let enabled = tool != EditTool::Move || edit.selected.is_some();
            let button = Button::selectable(edit.tool == tool, tool.label());
            let button = ui.add_enabled(enabled, button.frame_when_inactive(true));
            let hint = format!("{} ({})", explained(tool), key_of(tool));
            let button = button.on_hover_text(&hint).on_disabled_hover_text(hint);
            if button.accessible_name(format!("Tool: {}", tool.label())).clicked() {
                ask(actions, EditAction::SetTool(tool));
            }
        }
        let mut mirrored = edit.mirrored;
        let hint = "Paint on both sides of the middle (M)";
        if toggle(ui, &mut mirrored, "Mirror").on_hover_text(hint).changed() {
            ask(actions, EditAction::SetMirrored(mirrored));
        }
        let mut overlay = edit.overlay;
        let hint = "Show what was painted over the picture (O)";
        let shown = toggle(ui, &mut overlay, "Overlay").on_hover_text(hint);
        if shown.changed() {
            ask(actions, EditAction::ShowOverlay(overlay));
        }
    });
    ui.add_space(4.0);
}

/// What the tool paints with; of the chosen stroke, if one is chosen.
pub(super) fn brush_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let edit = &state.edit;
    if let Some(chosen) = edit.selected {
        caption(ui, format!("These change stroke {} as well.", chosen + 1));
    }
    if edit.tool == EditTool::Colour {
        colour_ui(ui, state, actions);
    }
    if matches!(edit.tool, EditTool::Lighten | EditTool::Darken) {
        let hint = "How far, of the way from black to white";
        if let Some(amount) = percent_ui(ui, ("Amount", hint), edit.amount, (0.01, 1.0)) {
            ask(actions, EditAction::SetAmount(amount));
        }
    }
    let brush = edit.brush;
    let mut changed = brush;
    let hint = "Diameter, of the picture's width ([ and ])";
    let sizes = (SMALLEST_BRUSH, LARGEST_BRUSH);
    changed.size = percent_ui(ui, ("Size", hint), brush.size, sizes).unwrap_or(brush.size);
    let hint = "How much it counts";
    changed.strength =
        percent_ui(ui, ("Strength", hint), brush.strength, (0.01, 1.0)).unwrap_or(brush.strength);
    let hint = "The share of its radius over which it fades out";
    changed.softness =
        percent_ui(ui, ("Softness", hint), brush.softness, (0.0, 1.0)).unwrap_or(brush.softness);
    if changed != brush {
        ask(actions, EditAction::SetBrush(Brush { ..changed }));
    }
}

/// A slider in percent; the changed share, if any.
pub(super) fn percent_ui(
    ui: &mut Ui,
    (label, hint): (&str, &str),
    value: f32,
    (low, high): (f32, f32),
) -> Option<f32> {
    let mut percent = value * 100.0;
    let slider = Slider::new(&mut percent, low * 100.0..=high * 100.0)
        .fixed_decimals(0)
        .suffix(" %")
        .clamping(SliderClamping::Always);
    let changed = row_ui(ui, label, hint, |ui| fitted(ui, slider)).changed();
    let edited = (percent / 100.0).clamp(low, high);
    (changed && edited != value).then_some(edited)
}

/// A slider over the width that is left.
pub(super) fn fitted(ui: &mut Ui, slider: Slider<'_>) -> Response {
    let room = ui.available_width() - NUMBER - ui.spacing().item_spacing.x;
    ui.spacing_mut().slider_width = room.max(40.0);
    slim_slider(ui, NUMBER);
    ui.add(slider)
}

/// The colour to paint with: a picker of hue, saturation and value, and colours that were used.
fn colour_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let edit = &state.edit;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(4.0);
        ui.spacing_mut().interact_size = eframe::egui::vec2(44.0, SWATCH + 4.0);
        let mut colour = edit.colour;
        let button = ui.color_edit_button_srgb(&mut colour);
        let hint =
            "The colour to paint with: hue, saturation and value. Alt on the picture takes its own";
        let button = button.on_hover_text(hint);
        ui.ctx().accesskit_node_builder(button.id, |node| node.set_label("Colour to paint with"));
        if colour != edit.colour {
            ask(actions, EditAction::SetColour(colour));
        }
        for (index, swatch) in edit.swatches.iter().enumerate() {
            if swatch_ui(ui, *swatch, *swatch == edit.colour, index).clicked() {
                ask(actions, EditAction::SetColour(*swatch));
            }
        }
    });
    ui.add_space(2.0);
}

fn swatch_ui(ui: &mut Ui, colour: [u8; 3], chosen: bool, index: usize) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(SWATCH), Sense::click());
    let [red, green, blue] = colour;
    let name = format!("Colour {}: {red}, {green}, {blue}", index + 1);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    ui.painter().rect_filled(rect, 3.0, of_picture(colour));
    let marked = chosen || response.hovered() || response.has_focus();
    let line = if marked {
        ui.visuals().selection.stroke
    } else {
        eframe::egui::Stroke::new(1.0, palette(ui).edge)
    };
    ui.painter().rect_stroke(rect, 3.0, line, StrokeKind::Outside);
    response.on_hover_text(name)
}
