//! The photo with its frame: dragged, resized at a corner, zoomed with the wheel, nudged with the arrow keys.

use eframe::egui::{
    Color32, CursorIcon, EventFilter, Key, Mesh, Painter, Rect, Response, Role, Sense, Shape,
    Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::level;
use super::view::{Drag, Grip, View, corners, grip_at, resized};
use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState, PhotoAction};
use crate::protocol::{Crop, Photo};
use crate::ui::theme::palette;

/// Points of the wheel that make the frame e times smaller.
const POINTS_PER_E: f32 = 400.0;
/// What a press of + or - makes of the frame's edge.
const KEY_ZOOM: f64 = 0.95;
/// How much further an arrow key nudges with Shift held.
const SHIFT_TIMES: f32 = 10.0;
/// Edge of the squares at the frame's corners, in points.
const HANDLE: f32 = 9.0;

/// Draws the photo in a space of this size.
pub fn frame_ui(ui: &mut Ui, state: &AppState, photo: &Photo, size: Vec2, actions: &mut Actions) {
    let (space, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let before = state.photo.crop;
    let slot = response.id.with("drag");
    let dragged: Option<Drag> = ui.data(|data| data.get_temp(slot));
    let view = dragged.map_or_else(|| View::fit(photo, &before, space), |drag| drag.view);
    let mut crop = before;
    let frame = view.frame(photo, &before);
    let line = level::line_ui(ui, state, &response, actions);
    if state.photo.levelling {
        // The drag is the line's.
    } else if let Some(after) = drag(ui, &response, photo, (view, frame, before), dragged) {
        crop = after;
    }
    if dragged.is_none() {
        crop = zoomed(ui, &response, photo, crop);
        crop = nudged(ui, &response, photo, (view, crop));
    }
    if crop != before {
        actions.push(Action::Photo(PhotoAction::SetCrop(crop)));
    }
    let side = before.side;
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Crop frame"));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        let [x, y] = before.centre;
        node.set_value(format!("middle at {x:.0}, {y:.0}; edge {side:.0} pixels"));
    });
    paint(ui, state, photo, (space, view, frame));
    if let Some(line) = line {
        level::paint(ui, space, line);
    }
    if response.has_focus() {
        let stroke = ui.visuals().selection.stroke;
        ui.painter().rect_stroke(space, 4.0, stroke, StrokeKind::Inside);
    }
}

/// The square that a drag makes; remembers the drag while it lasts.
fn drag(
    ui: &Ui,
    response: &Response,
    photo: &Photo,
    (view, frame, crop): (View, Rect, Crop),
    known: Option<Drag>,
) -> Option<Crop> {
    let slot = response.id.with("drag");
    if let Some(at) = response.hover_pos().filter(|_| known.is_none()) {
        let icon = match grip_at(frame, at) {
            Grip::Frame => CursorIcon::Grab,
            Grip::Corner(corner) if corner.x == corner.y => CursorIcon::ResizeNwSe,
            Grip::Corner(_) => CursorIcon::ResizeNeSw,
        };
        ui.set_cursor_icon(icon);
    }
    let mut drag = known;
    if response.drag_started() {
        let pressed = ui.input(|input| input.pointer.press_origin());
        let from = pressed.or_else(|| response.interact_pointer_pos())?;
        drag = Some(Drag { grip: grip_at(frame, from), from, crop, view });
        response.request_focus();
    }
    let under_way = drag.filter(|_| response.dragged());
    ui.data_mut(|data| match under_way {
        Some(drag) => {
            data.insert_temp(slot, drag);
        }
        None => data.remove::<Drag>(slot),
    });
    let pointer = response.interact_pointer_pos()?;
    Some(drag?.square(photo, pointer))
}

fn zoomed(ui: &Ui, response: &Response, photo: &Photo, crop: Crop) -> Crop {
    if !response.hovered() {
        return crop;
    }
    let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta, input.zoom_delta()));
    let closer = pinch * ((scroll.x + scroll.y) / POINTS_PER_E).exp();
    if closer == 1.0 {
        return crop;
    }
    resized(photo, &crop, 1.0 / f64::from(closer))
}

/// What the keys make of it while it has the keyboard.
fn nudged(ui: &Ui, response: &Response, photo: &Photo, (view, crop): (View, Crop)) -> Crop {
    if !response.has_focus() {
        return crop;
    }
    let arrows =
        EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    let pressed = |key| f32::from(u8::from(ui.input(|input| input.key_pressed(key))));
    let times = if ui.input(|input| input.modifiers.shift) { SHIFT_TIMES } else { 1.0 };
    let by = vec2(
        pressed(Key::ArrowRight) - pressed(Key::ArrowLeft),
        pressed(Key::ArrowDown) - pressed(Key::ArrowUp),
    );
    // A pixel of the photo at least, and of the screen.
    let step = view.scale.max(1.0 / ui.pixels_per_point()) * times;
    let mut crop = view.moved(&crop, by * step);
    let larger = pressed(Key::Minus) - pressed(Key::Plus).max(pressed(Key::Equals));
    if larger != 0.0 {
        crop = resized(photo, &crop, KEY_ZOOM.powf(f64::from(-larger)));
    }
    crop
}

fn paint(ui: &Ui, state: &AppState, photo: &Photo, (space, view, frame): (Rect, View, Rect)) {
    let palette = palette(ui);
    ui.painter().rect_filled(space, 4.0, palette.sunken);
    let painter = ui.painter().with_clip_rect(space.intersect(ui.clip_rect()));
    let picture = texture(ui.ctx(), "photo", &photo.preview, Enlarge::Smooth);
    let mut mesh = Mesh::with_texture(picture.id());
    for (at, uv) in corners(photo, &state.photo.crop, view) {
        mesh.vertices.push(eframe::egui::epaint::Vertex { pos: at, uv, color: Color32::WHITE });
    }
    mesh.indices.extend([0, 1, 2, 0, 2, 3]);
    painter.add(Shape::mesh(mesh));
    if let Some(mean) = state.photo.mean.as_ref().filter(|_| state.photo.ghost > 0.0) {
        let ghost = texture(ui.ctx(), "mean picture", &mean.frame, Enlarge::Smooth);
        let tint = Color32::WHITE.gamma_multiply(state.photo.ghost);
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        painter.image(ghost.id(), frame, whole, tint);
    }
    veil(&painter, space, frame, palette.veil);
    // Two lines, so that the frame is seen on any picture.
    painter.rect_stroke(frame, 0.0, Stroke::new(3.0, palette.sunken), StrokeKind::Outside);
    painter.rect_stroke(frame, 0.0, Stroke::new(1.5, palette.accent), StrokeKind::Outside);
    for corner in [frame.left_top(), frame.right_top(), frame.left_bottom(), frame.right_bottom()] {
        let handle = Rect::from_center_size(corner, Vec2::splat(HANDLE));
        painter.rect_filled(handle, 1.0, palette.accent);
        painter.rect_stroke(handle, 1.0, Stroke::new(1.0, palette.sunken), StrokeKind::Outside);
    }
}

/// Darkens what lies outside of the frame.
fn veil(painter: &Painter, space: Rect, frame: Rect, color: Color32) {
    let frame = frame.intersect(space);
    let rows = [
        Rect::from_min_max(space.min, pos2(space.right(), frame.top())),
        Rect::from_min_max(pos2(space.left(), frame.bottom()), space.max),
        Rect::from_min_max(pos2(space.left(), frame.top()), frame.left_bottom()),
        Rect::from_min_max(frame.right_top(), pos2(space.right(), frame.bottom())),
    ];
    rows.into_iter().filter(Rect::is_positive).for_each(|rect| {
        painter.rect_filled(rect, 0.0, color);
    });
}
