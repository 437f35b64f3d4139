//! The comparison on the large picture: another state over its left part, and which half is which.

use eframe::egui::{
    Align, Align2, Button, Image, Label, Layout, Pos2, Rect, Response, RichText, Stroke, TextStyle,
    Ui, pos2, vec2,
};

use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState, Visited};
use crate::protocol::Frame;
use crate::ui::states::state_name;
use crate::ui::theme::palette;

/// What the picture on the sliders is called in a comparison.
const PRESENT: &str = "present picture";
/// Between a name and the edges of its half.
const MARGIN: f32 = 6.0;

/// The state that the present picture is compared with, and its picture.
fn compared(state: &AppState) -> Option<(&Visited, &Frame)> {
    let node = state.states.get(state.states_view.compared?)?;
    Some((node, node.frame.as_ref()?))
}

/// Lays the compared picture over the left part; the line between them follows the pointer.
pub fn compare_ui(
    ui: &Ui,
    state: &AppState,
    picture: Rect,
    response: &Response,
    actions: &mut Actions,
) {
    let Some((node, frame)) = compared(state) else { return };
    let x = picture.left() + picture.width() * state.states_view.wipe;
    let left = Rect::from_min_max(picture.min, pos2(x, picture.bottom()));
    let handle = texture(ui.ctx(), ("compared", node.id), frame, Enlarge::Smooth);
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(state.states_view.wipe, 1.0));
    Image::new((handle.id(), left.size())).uv(uv).paint_at(ui, left);
    let palette = palette(ui);
    ui.painter().vline(x, picture.y_range(), Stroke::new(2.0, palette.accent));
    ui.painter().circle_filled(pos2(x, picture.center().y), 6.0, palette.accent);
    let right = Rect::from_min_max(pos2(x, picture.top()), picture.max);
    let name = state_name(state, node);
    name_ui(ui, &name, left, left.left_top() + vec2(MARGIN, MARGIN), Align2::LEFT_TOP);
    let corner = right.right_top() + vec2(-MARGIN, MARGIN);
    name_ui(ui, PRESENT, right, corner, Align2::RIGHT_TOP);
    let pressed = response.dragged() || response.clicked();
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| pressed) {
        let wipe = (pointer.x - picture.left()) / picture.width().max(1.0);
        actions.push(Action::SetWipe(wipe));
    }
}

/// A name on a plate in a corner of its half; cut off where the half ends.
fn name_ui(ui: &Ui, name: &str, half: Rect, corner: Pos2, anchor: Align2) {
    let palette = palette(ui);
    let font = TextStyle::Small.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(name.to_owned(), font, palette.text_strong);
    let plate = anchor.anchor_size(corner, galley.size() + vec2(12.0, 6.0));
    let painter = ui.painter().with_clip_rect(half.intersect(ui.clip_rect()));
    painter.rect_filled(plate, 4.0, palette.panel);
    painter.galley(plate.min + vec2(6.0, 3.0), galley, palette.text_strong);
}

/// Says below the picture what is compared, and offers to end it; whether there is a comparison.
pub fn compared_caption_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) -> bool {
    let Some((node, _)) = compared(state) else { return false };
    if ui.add(Button::new("End comparison")).clicked() {
        actions.push(Action::Compare(None));
    }
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let text = format!("Left: {}, right: {PRESENT}", state_name(state, node));
        ui.add(Label::new(RichText::new(&text).small().weak()).truncate()).on_hover_text(text);
    });
    true
}
