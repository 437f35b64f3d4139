//! The pointer on the picture, and the keys of the tools.

use eframe::egui::{
    CursorIcon, Event, Key, Modifiers, PointerButton, Pos2, Rect, Response, Stroke, Ui, vec2,
};

use super::ask;
use crate::app::edit::{LARGEST_BRUSH, SMALLEST_BRUSH};
use crate::app::{Actions, AppState, EditAction, EditTool};
use crate::protocol::{Brush, Frame, StrokePoint};
use crate::ui::theme::{of_picture, palette};

/// What a press of `[` or `]` makes of the brush's size.
const SIZE_STEP: f32 = 1.15;

/// The keys of the first ten tools.
const TOOL_KEYS: [Key; 10] = [
    Key::Num1,
    Key::Num2,
    Key::Num3,
    Key::Num4,
    Key::Num5,
    Key::Num6,
    Key::Num7,
    Key::Num8,
    Key::Num9,
    Key::Num0,
];

/// The keys of the others.
const LETTER_KEYS: [(Key, EditTool); 4] = [
    (Key::L, EditTool::Latent),
    (Key::A, EditTool::Area),
    (Key::X, EditTool::AreaErase),
    (Key::V, EditTool::Move),
];

/// A tool's key, as it is written.
pub(super) fn key_of(tool: EditTool) -> &'static str {
    let place = EditTool::ALL.iter().position(|other| *other == tool);
    let number = place.and_then(|place| TOOL_KEYS.get(place)).copied();
    let letter = || LETTER_KEYS.iter().find(|(_, other)| *other == tool).map(|(key, _)| *key);
    number.or_else(letter).map_or("", Key::name)
}

/// Keys of the tools, while no text field has the keyboard.
pub(super) fn keys_ui(ui: &Ui, state: &AppState, actions: &mut Actions) {
    if state.edit.painting.is_some() {
        let cancelled = ui.ctx().input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        if cancelled {
            ask(actions, EditAction::Cancel);
        }
    }
    if ui.ctx().text_edit_focused() || state.windows.any() {
        return;
    }
    let pressed = |key| ui.ctx().input_mut(|input| input.consume_key(Modifiers::NONE, key));
    for (key, tool) in TOOL_KEYS.into_iter().zip(EditTool::ALL).chain(LETTER_KEYS) {
        if pressed(key) {
            ask(actions, EditAction::SetTool(tool));
        }
    }
    let brush = state.edit.brush;
    for (key, by) in [(Key::OpenBracket, 1.0 / SIZE_STEP), (Key::CloseBracket, SIZE_STEP)] {
        if pressed(key) {
            let size = (brush.size * by).clamp(SMALLEST_BRUSH, LARGEST_BRUSH);
            ask(actions, EditAction::SetBrush(Brush { size, ..brush }));
        }
    }
    if pressed(Key::M) {
        ask(actions, EditAction::SetMirrored(!state.edit.mirrored));
    }
    if pressed(Key::O) {
        ask(actions, EditAction::ShowOverlay(!state.edit.overlay));
    }
}

/// What a press and a drag paint, the ring of the brush, and the eyedropper.
pub(super) fn paint_ui(
    ui: &Ui,
    state: &AppState,
    (frame, picture): (&Frame, Rect),
    response: &Response,
    actions: &mut Actions,
) {
    let picks = ui.input(|input| input.modifiers.alt) && state.edit.painting.is_none();
    if picks {
        return eyedropper_ui(ui, (frame, picture), response, actions);
    }
    let pressure = pressure(ui);
    let point = |at: Pos2| {
        let place = (at - picture.min) / picture.size();
        StrokePoint { x: place.x, y: place.y, pressure }
    };
    if response.drag_started_by(PointerButton::Primary) {
        let origin = ui.input(|input| input.pointer.press_origin());
        if let Some(at) = origin.or_else(|| response.interact_pointer_pos()) {
            ask(actions, EditAction::Press(point(at)));
        }
    }
    if response.dragged_by(PointerButton::Primary) {
        // All places of this frame: between two frames a quick hand goes far.
        let moves = ui.input(|input| {
            let place = |event: &Event| match event {
                Event::PointerMoved(at) => Some(*at),
                _ => None,
            };
            input.raw.events.iter().filter_map(place).collect::<Vec<Pos2>>()
        });
        let from_global = ui.ctx().layer_transform_from_global(ui.layer_id());
        for at in moves {
            let at = from_global.map_or(at, |transform| transform * at);
            ask(actions, EditAction::Drag(point(at)));
        }
    }
    if response.drag_stopped() {
        ask(actions, EditAction::Release);
    }
    ring_ui(ui, state, picture, response);
}

/// How hard it is pressed, where the device tells.
fn pressure(ui: &Ui) -> f32 {
    let force = ui.input(|input| {
        let force = |event: &Event| match event {
            Event::Touch { force, .. } => *force,
            _ => None,
        };
        input.raw.events.iter().rev().find_map(force)
    });
    force.filter(|force| force.is_finite()).map_or(1.0, |force| force.clamp(0.02, 1.0))
}

/// The brush where the pointer is, and its mirror image.
fn ring_ui(ui: &Ui, state: &AppState, picture: Rect, response: &Response) {
    let edit = &state.edit;
    let Some(at) = ui.ctx().pointer_latest_pos().filter(|at| picture.contains(*at)) else {
        return;
    };
    if !(response.hovered() || response.dragged()) {
        return;
    }
    if edit.tool == EditTool::Move {
        let held = response.dragged();
        ui.set_cursor_icon(if held { CursorIcon::Grabbing } else { CursorIcon::Grab });
        return;
    }
    ui.set_cursor_icon(CursorIcon::Crosshair);
    let radius = edit.brush.size * picture.width() * 0.5;
    let painter = ui.painter().with_clip_rect(picture.intersect(ui.clip_rect()));
    let ring = |at: Pos2| {
        painter.circle_stroke(at, radius, Stroke::new(2.5, of_picture([10, 10, 14])));
        painter.circle_stroke(at, radius, Stroke::new(1.0, of_picture([250, 250, 250])));
    };
    ring(at);
    if edit.mirrored {
        ring(Pos2::new(2.0 * picture.center().x - at.x, at.y));
    }
}

/// With Alt held the pointer takes the picture's colour.
fn eyedropper_ui(
    ui: &Ui,
    (frame, picture): (&Frame, Rect),
    response: &Response,
    actions: &mut Actions,
) {
    let Some(at) = ui.ctx().pointer_latest_pos().filter(|at| picture.contains(*at)) else {
        return;
    };
    let place = (at - picture.min) / picture.size();
    let Some(colour) = colour_at(frame, place.x, place.y) else { return };
    ui.set_cursor_icon(CursorIcon::Crosshair);
    let swatch = Rect::from_min_size(at + vec2(12.0, 12.0), vec2(26.0, 26.0));
    ui.painter().rect_filled(swatch.expand(2.0), 4.0, palette(ui).panel);
    ui.painter().rect_filled(swatch, 3.0, of_picture(colour));
    if response.is_pointer_button_down_on() {
        ask(actions, EditAction::SetColour(colour));
        if response.drag_started_by(PointerButton::Primary) {
            ask(actions, EditAction::SetTool(EditTool::Colour));
        }
    }
}

/// The picture's colour at a place, in shares of its width and height.
pub(super) fn colour_at(frame: &Frame, x: f32, y: f32) -> Option<[u8; 3]> {
    let place = |share: f32, edge: usize| {
        ((share * edge as f32).floor().max(0.0) as usize).min(edge.saturating_sub(1))
    };
    let (column, row) = (place(x, frame.width_px), place(y, frame.height_px));
    let pixel = frame.rgba.get((row * frame.width_px + column) * 4..)?;
    pixel.first_chunk::<3>().copied()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn the_eyedropper_takes_the_pixel_under_it() {
        let rgba = (0..2 * 2 * 4).collect::<Vec<u8>>();
        let frame = Frame { width_px: 2, height_px: 2, rgba: Arc::new(rgba) };
        assert_eq!(colour_at(&frame, 0.1, 0.1), Some([0, 1, 2]));
        assert_eq!(colour_at(&frame, 0.9, 0.1), Some([4, 5, 6]));
        assert_eq!(colour_at(&frame, 7.0, 1.0), Some([12, 13, 14]), "at the edge");
        let none = Frame { width_px: 0, height_px: 0, rgba: Arc::default() };
        assert_eq!(colour_at(&none, 0.5, 0.5), None);
    }

    #[test]
    fn every_tool_has_a_key_of_its_own() {
        let keys: std::collections::BTreeSet<&str> = EditTool::ALL.map(key_of).into();
        assert_eq!(keys.len(), EditTool::ALL.len(), "{keys:?}");
        assert!(!keys.contains(""));
    }
}
