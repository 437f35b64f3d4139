//! A picture that is a button: a tile of a sheet, a recent latent.

use eframe::egui::{
    Color32, Image, LayerId, Order, Rect, Response, Role, Sense, StrokeKind, TextureId, Ui, Vec2,
    Widget, WidgetInfo, pos2, vec2,
};

use crate::protocol::Frame;

/// Edge of a dragged picture, at most, in points.
const DRAGGED_MAX: f32 = 56.0;

/// The part of a sheet's texture that one of its tiles takes, from 0 to 1; half a pixel inside, so that
/// no neighbour shines through.
pub fn tile_uv(sheet: &Frame, columns: usize, tile_px: usize, index: usize) -> Rect {
    let columns = columns.max(1);
    let (row, column) = ((index / columns) as f32, (index % columns) as f32);
    let size = vec2(sheet.width_px.max(1) as f32, sheet.height_px.max(1) as f32);
    let at = |x: f32, y: f32| pos2(x * tile_px as f32 / size.x, y * tile_px as f32 / size.y);
    let whole = Rect::from_min_max(at(column, row), at(column + 1.0, row + 1.0));
    whole.shrink2(vec2(0.5 / size.x, 0.5 / size.y))
}

/// A picture that can be clicked, focused and named.
#[derive(Debug, Clone)]
#[must_use = "add it to a Ui"]
pub struct ImageTile<'a> {
    texture: TextureId,
    uv: Rect,
    size: Vec2,
    name: &'a str,
    selected: bool,
    sense: Sense,
}

impl<'a> ImageTile<'a> {
    /// The whole of `texture` in a square or oblong of `size` points, known as `name`.
    pub fn new(texture: TextureId, size: impl Into<Vec2>, name: &'a str) -> Self {
        let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        Self { texture, uv, size: size.into(), name, selected: false, sense: Sense::click() }
    }

    /// Only this part of the texture, from 0 to 1 in both directions.
    pub fn uv(mut self, uv: Rect) -> Self {
        self.uv = uv;
        self
    }

    /// Framed as the chosen one.
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// A picture only: nothing happens on a click.
    pub fn inert(mut self) -> Self {
        self.sense = Sense::hover();
        self
    }

    /// It can be dragged to where pictures are taken.
    pub fn draggable(mut self) -> Self {
        self.sense = Sense::click_and_drag();
        self
    }

    /// Draws the tile at `rect` instead of where the layout would put it.
    pub fn put_ui(self, ui: &mut Ui, rect: Rect) -> Response {
        let response = ui.allocate_rect(rect, self.sense);
        self.show(ui, response)
    }

    fn show(self, ui: &Ui, response: Response) -> Response {
        let role = if self.sense.senses_click() { Role::Button } else { Role::Image };
        let enabled = ui.is_enabled();
        response.widget_info(|| WidgetInfo::labeled(role, enabled, self.name));
        let rect = response.rect;
        if !ui.is_rect_visible(rect) {
            return response;
        }
        Image::new((self.texture, self.size)).uv(self.uv).paint_at(ui, rect);
        if let (true, Some(pointer)) = (response.dragged(), ui.ctx().pointer_latest_pos()) {
            // It follows the pointer, above everything.
            let layer = LayerId::new(Order::Tooltip, response.id);
            let painter = ui.ctx().layer_painter(layer);
            let size = rect.size().min(Vec2::splat(DRAGGED_MAX));
            let ghost = Rect::from_min_size(pointer + vec2(10.0, 10.0), size);
            painter.image(self.texture, ghost, self.uv, Color32::WHITE);
        }
        let visuals = ui.visuals();
        let stroke = if response.has_focus() || self.selected {
            Some(visuals.selection.stroke)
        } else if response.is_pointer_button_down_on() && self.sense.senses_click() {
            Some(visuals.widgets.active.fg_stroke)
        } else if response.hovered() && self.sense.senses_click() {
            Some(visuals.widgets.hovered.fg_stroke)
        } else {
            None
        };
        if let Some(mut stroke) = stroke {
            stroke.width = 2.0;
            ui.painter().rect(rect, 1.0, Color32::TRANSPARENT, stroke, StrokeKind::Outside);
        }
        response
    }
}

impl Widget for ImageTile<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (_, response) = ui.allocate_exact_size(self.size, self.sense);
        self.show(ui, response)
    }
}
