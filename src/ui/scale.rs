//! How large everything may be drawn, so that the window has room for what is in it.

use eframe::egui::{Context, Vec2, vec2};

/// The points that the panels need: less, and the top bar runs over itself.
const NEEDED: Vec2 = vec2(900.0, 560.0);

/// The largest scale at which the window has room for its panels; never below the system's own size.
pub fn largest(ctx: &Context) -> f32 {
    room(ctx.content_rect().size() * ctx.zoom_factor())
}

fn room(size_at_one: Vec2) -> f32 {
    (size_at_one / NEEDED).min_elem().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::{room, vec2};

    #[test]
    fn the_panels_keep_their_room() {
        assert!((room(vec2(1280.0, 800.0)) - 1.42).abs() < 0.01);
        assert_eq!(room(vec2(3840.0, 2160.0)), 2160.0 / 560.0);
        assert_eq!(room(vec2(600.0, 400.0)), 1.0, "no smaller than the system asks for");
    }
}
