//! The scale of everything: what the person chose, in the settings or by Ctrl + and Ctrl −, as far as the
//! window has room for it. A window that is small for a while changes nothing of the choice.

use eframe::egui::Context;

use crate::ui::scale::largest;

/// Scales that differ by less are the same.
const ALIKE: f32 = 1e-3;

/// What was chosen, and what is drawn.
#[derive(Debug)]
pub(super) struct Scale {
    chosen: f32,
    set: f32,
}

impl Scale {
    /// Begins with the remembered choice.
    pub(super) fn new(ctx: &Context, chosen: f32) -> Self {
        ctx.set_zoom_factor(chosen);
        Self { chosen, set: chosen }
    }

    /// Once a frame: takes in what was chosen, by the preference or by keys, and draws by it. Whether the
    /// preference changed by that.
    pub(super) fn follow(&mut self, ctx: &Context, preferred: &mut f32) -> bool {
        let (most, shown) = (largest(ctx), ctx.zoom_factor());
        let before = *preferred;
        if (*preferred - self.chosen).abs() > ALIKE {
            self.chosen = preferred.min(most);
        } else if (shown - self.set).abs() > ALIKE {
            self.chosen = shown.min(most);
        }
        *preferred = self.chosen;
        self.set = self.chosen.min(most);
        if (self.set - shown).abs() > ALIKE {
            ctx.set_zoom_factor(self.set);
        }
        *preferred != before
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Context, Pos2, RawInput, Rect, Vec2, vec2};

    use super::Scale;

    /// A frame in a window of this size in points at scale 1.
    fn frame(ctx: &Context, size: Vec2) {
        let rect = Rect::from_min_size(Pos2::ZERO, size / ctx.zoom_factor());
        let input = RawInput { screen_rect: Some(rect), ..RawInput::default() };
        drop(ctx.run_ui(input, |_| {}));
    }

    #[test]
    fn a_choice_is_limited_by_the_window_and_kept_as_it_fits() {
        let (ctx, size) = (Context::default(), vec2(1280.0, 800.0));
        let mut preferred = 1.0;
        let mut scale = Scale::new(&ctx, preferred);
        frame(&ctx, size);
        assert!(!scale.follow(&ctx, &mut preferred));
        preferred = 3.0;
        assert!(scale.follow(&ctx, &mut preferred), "what does not fit is not kept");
        frame(&ctx, size);
        assert!((preferred - 1.42).abs() < 0.01 && (ctx.zoom_factor() - 1.42).abs() < 0.01);
        assert!(!scale.follow(&ctx, &mut preferred));

        // Ctrl 0.
        ctx.set_zoom_factor(1.0);
        frame(&ctx, size);
        assert!(scale.follow(&ctx, &mut preferred));
        assert_eq!((preferred, ctx.zoom_factor()), (1.0, 1.0));

        // A window that is small for a while.
        preferred = 1.3;
        scale.follow(&ctx, &mut preferred);
        frame(&ctx, size);
        frame(&ctx, vec2(900.0, 600.0));
        assert!(!scale.follow(&ctx, &mut preferred));
        frame(&ctx, vec2(900.0, 600.0));
        assert!(preferred == 1.3 && (ctx.zoom_factor() - 1.0).abs() < 1e-3);
        frame(&ctx, size);
        scale.follow(&ctx, &mut preferred);
        frame(&ctx, size);
        assert_eq!((preferred, ctx.zoom_factor()), (1.3, 1.3));
    }
}
