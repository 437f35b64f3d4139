//! Levelling by a line: drawn along what should be level or upright, it turns the photo when it is let go.

use eframe::egui::{
    Align2, CursorIcon, Key, Modifiers, Pos2, Rect, Response, Shape, Stroke, TextStyle, Ui, pos2,
    vec2,
};

use super::view::{levelled, off_level};
use crate::app::{Action, Actions, AppState, PhotoAction};
use crate::ui::theme::palette;

/// Between the pointer and the angle beside it.
const BESIDE: f32 = 14.0;

/// A line under way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    from: Pos2,
    to: Pos2,
}

/// The line as it is drawn by a drag over the photo; when it is let go, the photo is turned. Escape leaves all as it
/// was, and `L` begins and ends it while the pane is in sight and nothing is typed.
pub fn line_ui(
    ui: &Ui,
    state: &AppState,
    response: &Response,
    actions: &mut Actions,
) -> Option<Line> {
    let slot = response.id.with("line");
    let levelling = state.photo.levelling;
    let mut push = |action| actions.push(Action::Photo(action));
    let pressed =
        |key| !state.windows.any() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let typing = ui.ctx().text_edit_focused();
    let toggled = !typing && pressed(Key::L);
    if toggled || levelling && pressed(Key::Escape) {
        ui.data_mut(|data| data.remove::<Line>(slot));
        push(PhotoAction::Level(!levelling));
        return None;
    }
    if !levelling {
        return None;
    }
    if response.hovered() {
        ui.set_cursor_icon(CursorIcon::Crosshair);
    }
    let mut line: Option<Line> = ui.data(|data| data.get_temp(slot));
    if response.drag_started() {
        let pressed = ui.input(|input| input.pointer.press_origin());
        let from = pressed.or_else(|| response.interact_pointer_pos())?;
        line = Some(Line { from, to: from });
        response.request_focus();
    }
    if let (Some(line), Some(to)) = (&mut line, response.interact_pointer_pos()) {
        line.to = to;
    }
    if let Some(line) = line.filter(|_| response.dragged()) {
        ui.data_mut(|data| data.insert_temp(slot, line));
        return Some(line);
    }
    ui.data_mut(|data| data.remove::<Line>(slot));
    if let Some(off) = line.and_then(|line| off_level(line.from, line.to)) {
        push(PhotoAction::Levelled(levelled(&state.photo.crop, off)));
    }
    None
}

/// Draws the line, the axis it is held against, and by how much it is off.
pub fn paint(ui: &Ui, space: Rect, line: Line) {
    let colors = palette(ui);
    let painter = ui.painter().with_clip_rect(space.intersect(ui.clip_rect()));
    let Line { from, to } = line;
    let by = to - from;
    let along = match by.x.abs() >= by.y.abs() {
        true => pos2(to.x, from.y),
        false => pos2(from.x, to.y),
    };
    let thin = Stroke::new(1.0, colors.on_accent);
    painter.extend(Shape::dashed_line(&[from, along], thin, 5.0, 4.0));
    // Two lines, so that it is seen on any picture.
    painter.line_segment([from, to], Stroke::new(4.0, colors.sunken));
    painter.line_segment([from, to], Stroke::new(2.0, colors.accent));
    for end in [from, to] {
        painter.circle(end, 4.0, colors.accent, Stroke::new(1.0, colors.sunken));
    }
    let Some(off) = off_level(from, to) else { return };
    let font = TextStyle::Body.resolve(ui.style());
    let text = painter.layout_no_wrap(format!("{off:.1}°"), font, colors.text_strong);
    let room = text.size() + vec2(10.0, 6.0);
    let wanted = to + vec2(BESIDE, -BESIDE - room.y);
    let left = wanted.x.min(space.right() - room.x).max(space.left());
    let top = if wanted.y < space.top() { to.y + BESIDE } else { wanted.y };
    let plate = Align2::LEFT_TOP.anchor_size(pos2(left, top), room);
    painter.rect_filled(plate, 4.0, colors.raised);
    painter.galley(plate.min + vec2(5.0, 3.0), text, colors.text_strong);
}
