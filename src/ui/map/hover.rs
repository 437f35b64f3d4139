//! What the point under the pointer is: its picture, its labels, its cluster.

use eframe::egui::{
    Color32, Galley, Id, LayerId, Order, Rect, Stroke, StrokeKind, TextStyle, Ui, Vec2, pos2, vec2,
};
use std::sync::Arc;

use super::view::View;
use crate::app::AppState;
use crate::app::escape;
use crate::app::textures::{Enlarge, texture};
use crate::protocol::Map;
use crate::ui::format::grouped;
use crate::ui::theme::palette;

/// Edge of the picture in screen points.
const PICTURE: f32 = 96.0;
/// Space around it.
const MARGIN: f32 = 6.0;
/// Labels that are named before the rest is only counted.
const LABELS_NAMED: usize = 6;

/// Draws a plate beside the point.
pub fn hover_ui(ui: &Ui, state: &AppState, map: &Map, (view, plot): (View, Rect)) {
    let Some(hovered) = &state.map.hovered else { return };
    let Some(&place) = map.points.get(hovered.point) else { return };
    let palette = palette(ui);
    let at = view.to_screen(plot, place);
    let font = TextStyle::Small.resolve(ui.style());
    let lay = |text: String, color: Color32, width: f32| -> Arc<Galley> {
        ui.painter().layout(text, font.clone(), color, width)
    };
    let (title, more) = told(map, hovered.point);
    let width = PICTURE + 70.0;
    let title = lay(title, palette.text_strong, width);
    let more = lay(more, palette.text, width);
    let text = vec2(title.size().x.max(more.size().x), title.size().y + more.size().y);
    let size = vec2(text.x.max(PICTURE), PICTURE + 4.0 + text.y) + Vec2::splat(2.0 * MARGIN);
    let plate = beside(at, size, ui.clip_rect());
    ui.painter().circle_stroke(at, 6.0, Stroke::new(2.0, palette.text_strong));
    // Over what comes after the map in its pane, as any hint.
    let layer = LayerId::new(Order::Tooltip, Id::unique("map hover"));
    let painter = &ui.ctx().layer_painter(layer);
    let edge = Stroke::new(1.0, palette.line_strong);
    painter.rect(plate, 5.0, palette.panel, edge, StrokeKind::Inside);
    let middle = plate.center().x;
    let picture = Rect::from_min_size(
        pos2(middle - PICTURE / 2.0, plate.top() + MARGIN),
        Vec2::splat(PICTURE),
    );
    painter.rect_filled(picture, 0.0, palette.picture_back);
    if let Some(pictures) = &hovered.picture {
        let handle = texture(ui.ctx(), "map hover", &pictures.frame, Enlarge::Smooth);
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        painter.image(handle.id(), picture, whole, Color32::WHITE);
    }
    let left = plate.left() + MARGIN;
    let below = picture.bottom() + 4.0;
    let title_height = title.size().y;
    painter.galley(pos2(left, below), title, palette.text_strong);
    painter.galley(pos2(left, below + title_height), more, palette.text);
}

/// Right of the point and a little below it, or on the other side where there is no room.
fn beside(at: eframe::egui::Pos2, size: Vec2, space: Rect) -> Rect {
    let gap = 14.0;
    let x = if at.x + gap + size.x <= space.right() { at.x + gap } else { at.x - gap - size.x };
    let y = (at.y + gap).min(space.bottom() - size.y);
    Rect::from_min_size(pos2(x.max(space.left()), y.max(space.top())), size)
}

/// What it is, and what is known of it.
fn told(map: &Map, point: usize) -> (String, String) {
    let title = match map.picture(point) {
        Some(number) => format!("Picture {}", grouped(u64::from(number) + 1)),
        None => format!("Sample {}", grouped((point - map.pictures.len()) as u64 + 1)),
    };
    let mut lines = Vec::new();
    let labels = map.labels.names_of(point);
    if !labels.is_empty() {
        let named: Vec<String> =
            labels.iter().take(LABELS_NAMED).map(|label| escape(label)).collect();
        let rest = labels.len().saturating_sub(LABELS_NAMED);
        let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        lines.push(named.join(", ") + &rest);
    }
    if let Some(cluster) = map.members.get(point) {
        lines.push(format!("Cluster {}", cluster + 1));
    }
    (title, lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Rect, pos2, vec2};

    use super::beside;

    #[test]
    fn the_plate_stays_in_its_space_and_off_its_point() {
        let space = Rect::from_min_size(pos2(0.0, 0.0), vec2(400.0, 300.0));
        for at in [pos2(5.0, 5.0), pos2(395.0, 5.0), pos2(200.0, 295.0), pos2(399.0, 299.0)] {
            let plate = beside(at, vec2(120.0, 140.0), space);
            assert!(space.contains_rect(plate), "{plate:?}");
            assert!(!plate.contains(at), "{at:?}");
        }
    }
}
