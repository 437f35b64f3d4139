//! A picture that is a button: a tile of a sheet, a recent latent.

use eframe::egui::{
    Color32, Image, Rect, Response, Role, Sense, StrokeKind, TextureId, Ui, Vec2, Widget,
    WidgetInfo, pos2,
};

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
