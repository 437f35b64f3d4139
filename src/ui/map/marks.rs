//! Marks of points as a small texture: a point is then one textured square, however it is shaped.

use eframe::egui::{Color32, ColorImage, Context, Rect, TextureHandle, TextureOptions, pos2};

use crate::ui::theme::{Mark, Palette};

/// All marks, in their order in the texture.
const MARKS: [Mark; 7] = [
    Mark::Circle,
    Mark::Square,
    Mark::Triangle,
    Mark::Diamond,
    Mark::Plus,
    Mark::Cross,
    Mark::Ring,
];
/// The colour and mark of the `index`-th group of points: neighbours differ in both, the first six in
/// each, the first thirty-six in one of them.
pub fn group_style(palette: &Palette, index: usize) -> (Color32, Mark) {
    // The ring is kept for the present latent.
    let (colors, marks) = (palette.curves.len(), MARKS.len() - 1);
    // Moved on by one with every round of the colours, which would else meet the same marks again.
    (palette.curves[index % colors], MARKS[(index + index / colors) % marks])
}

/// How far marks reach beyond their radius, with room for soft edges.
const REACH: f32 = 1.4;
/// Samples along a pixel's edge.
const SAMPLES: usize = 4;

/// The marks in one size.
#[derive(Clone)]
pub struct Marks {
    /// White on nothing, to be tinted.
    pub texture: TextureHandle,
    /// Half the edge of a point's square, in screen points.
    pub half: f32,
    /// Their radius in pixels.
    pub radius_px: f32,
}

impl std::fmt::Debug for Marks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Marks").field("radius_px", &self.radius_px).finish_non_exhaustive()
    }
}

impl Marks {
    /// Marks of this radius in pixels, `scale` pixels to a screen point.
    pub fn new(ctx: &Context, radius_px: f32, scale: f32) -> Self {
        let edge = edge_px(radius_px);
        let mut pixels = vec![Color32::TRANSPARENT; edge * edge * MARKS.len()];
        for (row, &mark) in MARKS.iter().enumerate() {
            for at in 0..edge * edge {
                let share = coverage(mark, [at % edge, at / edge], edge, radius_px);
                pixels[row * edge * edge + at] = Color32::WHITE.gamma_multiply(share);
            }
        }
        let image = ColorImage::new([edge, edge * MARKS.len()], pixels);
        let texture = ctx.load_texture("map marks", image, TextureOptions::LINEAR);
        Self { texture, half: edge as f32 / 2.0 / scale, radius_px }
    }

    /// Whether they have this size.
    pub fn have(&self, radius_px: f32, scale: f32) -> bool {
        self.radius_px == radius_px && self.half == edge_px(radius_px) as f32 / 2.0 / scale
    }

    /// A mark's part of the texture.
    pub fn uv(mark: Mark) -> Rect {
        let row = MARKS.iter().position(|&one| one == mark).unwrap_or(0) as f32;
        let rows = MARKS.len() as f32;
        Rect::from_min_max(pos2(0.0, row / rows), pos2(1.0, (row + 1.0) / rows))
    }
}

/// Edge of a mark's square in pixels; even, so that a point is in its middle.
fn edge_px(radius_px: f32) -> usize {
    2 * (radius_px * REACH).ceil() as usize + 2
}

/// How much of a pixel a mark covers.
fn coverage(mark: Mark, [x, y]: [usize; 2], edge: usize, radius_px: f32) -> f32 {
    let inside = (0..SAMPLES * SAMPLES).filter(|sample| {
        let offset = |index: usize| (index as f32 + 0.5) / SAMPLES as f32;
        let place = |pixel: usize, part: usize| {
            (pixel as f32 + offset(part) - edge as f32 / 2.0) / radius_px
        };
        covers(mark, place(x, sample % SAMPLES), place(y, sample / SAMPLES))
    });
    inside.count() as f32 / (SAMPLES * SAMPLES) as f32
}

/// Whether a mark of radius 1 around (0, 0) covers a place; y grows downwards.
fn covers(mark: Mark, x: f32, y: f32) -> bool {
    let bar = |x: f32, y: f32, long: f32| {
        x.abs() < 0.36 && y.abs() < long || y.abs() < 0.36 && x.abs() < long
    };
    match mark {
        Mark::Circle => x * x + y * y < 1.0,
        Mark::Square => x.abs() < 0.88 && y.abs() < 0.88,
        // From (0, -1.2) down to (±1.1, 0.8).
        Mark::Triangle => y < 0.8 && x.abs() < (y + 1.2) * 0.55,
        Mark::Diamond => x.abs() + y.abs() < 1.25,
        Mark::Plus => bar(x, y, 1.15),
        Mark::Cross => {
            let turn = std::f32::consts::FRAC_1_SQRT_2;
            bar((x + y) * turn, (x - y) * turn, 1.2)
        }
        Mark::Ring => (0.55..1.1).contains(&x.hypot(y)),
    }
}

#[cfg(test)]
mod tests {
    use super::{MARKS, covers, edge_px, group_style};
    use crate::ui::theme::DARK;

    #[test]
    fn groups_of_points_are_told_apart() {
        let styles: Vec<_> = (0..36).map(|index| group_style(&DARK, index)).collect();
        for (index, style) in styles.iter().enumerate() {
            assert!(!styles[..index].contains(style), "group {index} looks like an earlier one");
        }
        for pair in styles[..6].windows(2) {
            assert!(pair[0].0 != pair[1].0 && pair[0].1 != pair[1].1);
        }
    }

    #[test]
    fn no_mark_is_cut_off_and_each_covers_about_as_much_as_the_others() {
        for radius in [1.0_f32, 1.5, 3.0, 6.0] {
            assert!(edge_px(radius) as f32 / 2.0 >= 1.25 * radius + 0.5);
        }
        for mark in MARKS {
            let steps = || (-140..=140).map(|step| step as f32 / 100.0);
            let inside = steps().flat_map(|x| steps().map(move |y| (x, y)));
            let inside: Vec<_> = inside.filter(|&(x, y)| covers(mark, x, y)).collect();
            assert!(inside.iter().all(|(x, y)| x.abs() < 1.3 && y.abs() < 1.3), "{mark:?}");
            let area = inside.len() as f32 / 10_000.0;
            assert!((1.2..3.6).contains(&area), "{mark:?} covers {area}");
        }
    }
}
