//! The picture that is painted on, with what was painted over it.

use eframe::egui::{
    Align2, CursorIcon, Id, Image, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind,
    TextStyle, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::{ask, pointer};
use crate::app::textures::{Enlarge, texture};
use crate::app::{Actions, AppState, EditAction, EditShow, EditTool};
use crate::protocol::{Frame, StrokeTool};
use crate::ui::explorer::fitted;
use crate::ui::parts::caption;
use crate::ui::theme::{of_picture, palette};

/// Half the width of the grip on the divider, in points.
const GRIP: f32 = 9.0;

/// Where the strip of candidates leaves which one is under the pointer.
pub(super) fn hovered_slot() -> Id {
    Id::unique("candidate under the pointer")
}

/// The picture that it began with.
pub(super) fn before(state: &AppState) -> Option<&Frame> {
    let edit = &state.edit;
    let photo = edit.start.as_ref().and_then(|start| start.photo.as_ref());
    let drawn = edit.view.as_ref().map(|view| &view.before);
    photo.or(drawn).or(edit.opening.as_ref())
}

/// The picture that is large.
pub(super) fn shown(state: &AppState) -> Option<&Frame> {
    let edit = &state.edit;
    let view = edit.view.as_ref();
    let model = || view.map(|view| &view.picture).or(edit.opening.as_ref());
    match edit.show {
        EditShow::Before => before(state),
        EditShow::Photo => match view {
            Some(view) => view.composite.as_ref().or(Some(&view.picture)),
            None => before(state),
        },
        EditShow::Model => model(),
    }
}

/// Draws the picture in a space of this size.
pub(super) fn canvas_ui(ui: &mut Ui, state: &AppState, size: Vec2, actions: &mut Actions) {
    let (space, _) = ui.allocate_exact_size(size, Sense::hover());
    let Some(frame) = shown(state) else {
        let mut inside = ui.new_child(eframe::egui::UiBuilder::new().max_rect(space));
        caption(&mut inside, "The first picture is on its way.");
        return;
    };
    let sharp = state.explore.sharp_pixels;
    let picture = fitted(space, frame, ui.pixels_per_point(), sharp);
    let id = ui.scope_id().with("edit canvas");
    let response = ui.interact(picture, id, Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Edit canvas"));
    ui.painter().rect_filled(picture, 0.0, palette(ui).picture_back);
    let enlarge = if sharp { Enlarge::Sharp } else { Enlarge::Smooth };
    let hovered: Option<u32> = ui.data(|data| data.get_temp(hovered_slot())).flatten();
    let candidate = hovered.and_then(|start| {
        let view = state.edit.view.as_ref()?;
        view.offered.iter().find(|offered| offered.start == start)
    });
    let large = candidate.map_or(frame, |candidate| &candidate.picture);
    image(ui, "edit picture", large, picture, enlarge);
    if state.edit.comparing {
        wipe_ui(ui, state, picture, actions);
    } else if candidate.is_none() {
        overlay_ui(ui, state, picture);
    }
    if !state.edit.comparing {
        marks_ui(ui, state, picture);
        pointer::paint_ui(ui, state, (frame, picture), &response, actions);
    }
    outline_ui(ui, &response, picture);
}

fn image(ui: &Ui, key: &str, frame: &Frame, rect: Rect, enlarge: Enlarge) {
    let handle = texture(ui.ctx(), key, frame, enlarge);
    Image::new((handle.id(), rect.size())).paint_at(ui, rect);
}

fn outline_ui(ui: &Ui, response: &Response, picture: Rect) {
    if response.has_focus() {
        let stroke = ui.visuals().selection.stroke;
        ui.painter().rect_stroke(picture, 0.0, stroke, StrokeKind::Outside);
    }
}

/// What was painted: the area's veil, the strokes, and the one under way.
fn overlay_ui(ui: &Ui, state: &AppState, picture: Rect) {
    let edit = &state.edit;
    if let Some(area) = edit.pictures.area.as_ref().filter(|_| edit.overlay) {
        image(ui, "edit area", area, picture, Enlarge::Smooth);
    }
    if let Some(overlay) = edit.pictures.overlay.as_ref().filter(|_| edit.overlay) {
        image(ui, "edit overlay", overlay, picture, Enlarge::Smooth);
    }
    if let Some(painting) = &edit.painting {
        image(ui, "edit stroke", &painting.picture, picture, Enlarge::Smooth);
    }
}

/// Arrows of what is moved, points that follow, and the mirror's axis.
fn marks_ui(ui: &Ui, state: &AppState, picture: Rect) {
    let edit = &state.edit;
    let palette = palette(ui);
    let painter = ui.painter().with_clip_rect(picture.intersect(ui.clip_rect()));
    if edit.mirrored && edit.tool != EditTool::Move {
        let ends = [picture.center_top(), picture.center_bottom()];
        let line = Stroke::new(1.5, palette.accent);
        painter.extend(Shape::dashed_line(&ends, line, 6.0, 5.0));
    }
    if !edit.overlay {
        return;
    }
    let at = |x: f32, y: f32| picture.min + vec2(x, y) * picture.size();
    let painted = edit.painting.as_ref().map(|painting| &painting.stroke);
    let all = edit.plan.strokes.iter().map(AsRef::as_ref).filter(|stroke| stroke.on);
    for stroke in all.chain(painted) {
        let (Some(first), Some(last)) = (stroke.points.first(), stroke.points.last()) else {
            continue;
        };
        let (from, to) = (at(first.x, first.y), at(last.x, last.y));
        match stroke.tool {
            StrokeTool::Drag | StrokeTool::Latent => arrow(&painter, from, to, palette.accent),
            StrokeTool::Warp([x, y]) => {
                arrow(&painter, from, from + vec2(x, y) * picture.size(), palette.accent);
            }
            _ => {}
        }
    }
    for [x, y] in edit.view.iter().flat_map(|view| &view.handles) {
        painter.circle(at(*x, *y), 4.5, palette.accent_fill, Stroke::new(1.5, palette.on_accent));
    }
}

/// An arrow that is seen on any picture.
fn arrow(painter: &eframe::egui::Painter, from: Pos2, to: Pos2, color: eframe::egui::Color32) {
    let way = to - from;
    if way.length() < 2.0 {
        return;
    }
    let back = way.normalized() * -8.0;
    let side = vec2(-back.y, back.x) * 0.6;
    for (width, color) in [(4.0, of_picture([10, 10, 14])), (2.0, color)] {
        let line = Stroke::new(width, color);
        painter.line_segment([from, to], line);
        painter.line_segment([to, to + back + side], line);
        painter.line_segment([to, to + back - side], line);
    }
    painter.circle_stroke(from, 4.0, Stroke::new(2.0, color));
}

/// The picture before over the left part; the line between them is dragged.
fn wipe_ui(ui: &Ui, state: &AppState, picture: Rect, actions: &mut Actions) {
    let Some(frame) = before(state) else { return };
    let wipe = state.edit.wipe;
    let x = picture.left() + picture.width() * wipe;
    let left = Rect::from_min_max(picture.min, pos2(x, picture.bottom()));
    let handle = texture(ui.ctx(), "edit before", frame, Enlarge::Smooth);
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(wipe, 1.0));
    Image::new((handle.id(), left.size())).uv(uv).paint_at(ui, left);
    let colors = palette(ui);
    ui.painter().vline(x, picture.y_range(), Stroke::new(2.0, colors.accent));
    ui.painter().circle_filled(pos2(x, picture.center().y), 6.0, colors.accent);
    for (text, corner, anchor) in [
        ("before", picture.left_top() + vec2(6.0, 6.0), Align2::LEFT_TOP),
        ("after", picture.right_top() + vec2(-6.0, 6.0), Align2::RIGHT_TOP),
    ] {
        let font = TextStyle::Small.resolve(ui.style());
        let galley = ui.painter().layout_no_wrap(text.to_owned(), font, colors.text_strong);
        let plate = anchor.anchor_size(corner, galley.size() + vec2(12.0, 6.0));
        ui.painter().rect_filled(plate, 4.0, colors.panel);
        ui.painter().galley(plate.min + vec2(6.0, 3.0), galley, colors.text_strong);
    }
    let grip =
        Rect::from_center_size(pos2(x, picture.center().y), vec2(2.0 * GRIP, picture.height()));
    let response = ui.interact(grip, ui.scope_id().with("edit wipe"), Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, "Divider of before and after"));
    if response.hovered() || response.dragged() {
        ui.set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        let wipe = (pointer.x - picture.left()) / picture.width().max(1.0);
        ask(actions, EditAction::SetWipe(wipe));
    }
}
