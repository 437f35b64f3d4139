//! The program's mark: a latent walking from shade to light, three discs on a line. Drawn in the top
//! bar, and as the window's icon; by formula, so that it needs no file and is crisp at every size.

use eframe::egui::{Color32, IconData, Painter, Rect, Vec2, lerp, vec2};

use super::theme::DARK;

/// Centre (right and down) and radius of each disc in a square of edge 1, and how light it is.
const DISCS: [(Vec2, f32, f32); 3] = [
    (vec2(0.18, 0.77), 0.114, 0.45),
    (vec2(0.43, 0.57), 0.182, 0.725),
    (vec2(0.68, 0.36), 0.25, 1.0),
];
/// Edge of the window's icon in pixels: twice what taskbars show.
const ICON_PX: usize = 128;
/// The icon's plate: its margin and the radius of its corners, as parts of the edge.
const PLATE: (f32, f32) = (0.03, 0.22);

/// Paints the mark into a square.
pub fn paint(painter: &Painter, square: Rect, color: Color32) {
    for (centre, radius, light) in DISCS {
        let centre = square.min + centre * square.width();
        painter.circle_filled(centre, radius * square.width(), color.gamma_multiply(light));
    }
}

/// The window's icon: the mark on a dark plate, so that it shows on light and dark taskbars.
pub fn icon() -> IconData {
    let mut rgba = Vec::with_capacity(ICON_PX * ICON_PX * 4);
    for index in 0..ICON_PX * ICON_PX {
        let (x, y) = ((index % ICON_PX) as f32 + 0.5, (index / ICON_PX) as f32 + 0.5);
        rgba.extend(icon_pixel(vec2(x, y) / ICON_PX as f32));
    }
    IconData { rgba, width: ICON_PX as u32, height: ICON_PX as u32 }
}

/// The colour at a place in the icon, with straight alpha; edges are softened over a pixel.
fn icon_pixel(at: Vec2) -> [u8; 4] {
    // How much of a pixel lies inside an edge that is `inside` away.
    let cover = |inside: f32| (inside * ICON_PX as f32 + 0.5).clamp(0.0, 1.0);
    let (margin, corner) = PLATE;
    let from_core = (at - Vec2::splat(0.5)).abs() - Vec2::splat(0.5 - margin - corner);
    let plate = cover(corner - from_core.max(Vec2::ZERO).length());
    let mut color = DARK.raised.to_array().map(f32::from);
    for (centre, radius, light) in DISCS {
        // A little smaller than in the bar, for the plate's margin.
        let centre = Vec2::splat(0.5) + (centre - vec2(0.45, 0.52)) * 0.8;
        let share = cover(0.8 * radius - (at - centre).length()) * light;
        let disc = DARK.accent.to_array().map(f32::from);
        color = std::array::from_fn(|i| lerp(color[i]..=disc[i], share));
    }
    let [r, g, b, _] = color.map(|value| value.round() as u8);
    [r, g, b, (255.0 * plate).round() as u8]
}

#[cfg(test)]
mod tests {
    use eframe::egui::vec2;

    use super::{ICON_PX, icon, icon_pixel};

    #[test]
    fn the_icon_is_a_plate_with_clear_corners_and_light_discs() {
        let icon = icon();
        assert_eq!(icon.rgba.len(), ICON_PX * ICON_PX * 4);
        assert_eq!(icon.rgba[3], 0, "a corner");
        let luminance = |x: f32, y: f32| {
            let [r, g, b, a] = icon_pixel(vec2(x, y));
            assert_eq!(a, 255);
            u32::from(r) + u32::from(g) + u32::from(b)
        };
        assert!(
            luminance(0.68, 0.37) > luminance(0.3, 0.7)
                && luminance(0.3, 0.7) > luminance(0.2, 0.2)
        );
    }
}
