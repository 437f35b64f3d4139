//! What the sitter wears: clothes, glasses, hats.
//!
//! Glasses are open frames with a breath of glass, so that the colour of the eyes stays visible; hats end above the
//! brows and the hair's sides stay visible below them.

use tiny_skia::PathBuilder;

use super::draw::{Canvas, Ink, Shape, ellipse, lerp, path, rounded_box};
use super::face::Head;
use super::palette::{self, Rgb};
use super::sampling::Nuisance;

/// y of the lower edge of every hat.
const HAT_BASE: f32 = -12.6;

/// Shoulders and collar, in the frame of the body.
pub(super) fn draw_clothes(canvas: &mut Canvas, nuisance: &Nuisance) {
    let cloth = palette::clothing(nuisance.clothing_hue, nuisance.clothing_lightness);
    let line = cloth.outline();
    let deep = collar_depth(nuisance);
    let body = path(|builder| {
        builder.move_to(-14.0, 36.5);
        builder.cubic_to(-30.0, 39.0, -38.0, 42.0, -41.0, 60.0);
        builder.line_to(41.0, 60.0);
        builder.cubic_to(38.0, 42.0, 30.0, 39.0, 14.0, 36.5);
        neckline(builder, deep);
        builder.close();
    });
    let ink =
        Ink::Vertical { top: cloth.lighter(0.08), bottom: cloth.darker(0.3), from: 37.0, to: 56.0 };
    canvas.outlined(&body, ink, line);
    if nuisance.collar_style < 2.0 / 3.0 {
        let trim = path(|builder| {
            builder.move_to(14.0, 36.5);
            neckline(builder, deep);
        });
        canvas.stroke(&trim, line, 3.8);
        canvas.stroke(&trim, cloth.lighter(0.28), 2.0);
    } else {
        draw_shirt_collar(canvas, cloth, line);
    }
}

/// How pointed the neckline is: 0 round, 1 a V.
fn collar_depth(nuisance: &Nuisance) -> f32 {
    if nuisance.collar_style < 1.0 / 3.0 { 0.0 } else { 1.0 }
}

/// The neckline from right to left.
fn neckline(builder: &mut PathBuilder, depth: f32) {
    if depth > 0.5 {
        builder.line_to(0.0, 50.0);
        builder.line_to(-14.0, 36.5);
    } else {
        builder.quad_to(0.0, 50.0, -14.0, 36.5);
    }
}

fn draw_shirt_collar(canvas: &mut Canvas, cloth: Rgb, line: Rgb) {
    let wings = path(|builder| {
        for side in [-1.0, 1.0] {
            builder.move_to(side * 12.5, 34.5);
            builder.line_to(side * 18.0, 40.0);
            builder.line_to(side * 9.5, 48.5);
            builder.line_to(side * 0.8, 49.0);
            builder.close();
        }
    });
    canvas.outlined(&wings, cloth.lighter(0.55), line);
}

/// Distance of the middle of a lens from the middle of the face.
fn lens_x(head: &Head<'_>) -> f32 {
    head.eye_x + 0.2
}

/// Half the width of a lens.
const LENS_HALF: f32 = 8.2;

/// Both lenses, of a shape from square to round.
fn lenses(head: &Head<'_>) -> Shape {
    let roundness = head.nuisance.glasses_roundness;
    let radii = [LENS_HALF, lerp(7.2, 8.0, roundness)];
    path(|builder| {
        for side in [-1.0, 1.0] {
            let center = [side * lens_x(head) + head.turn, head.eye_y + 0.4];
            rounded_box(builder, center, radii, roundness);
        }
    })
}

/// The light on the lenses, behind the eyes: over them it would bleach the colour of the irises.
pub(super) fn draw_lenses(canvas: &mut Canvas, head: &Head<'_>) {
    canvas.fill(&lenses(head), Ink::Flat(Rgb::hex(0xeaf6ff), 0.32));
}

/// The frames of the glasses, over the eyes and the hair.
pub(super) fn draw_frames(canvas: &mut Canvas, head: &Head<'_>) {
    let frame = palette::frame(head.nuisance.glasses_color);
    canvas.stroke(&lenses(head), frame, 1.8);
    let y = head.eye_y + 0.4;
    let inner = lens_x(head) - LENS_HALF;
    let outer = lens_x(head) + LENS_HALF;
    let bars = path(|builder| {
        builder.move_to(head.turn - inner, y - 1.4);
        builder.quad_to(head.turn, y - 3.4, head.turn + inner, y - 1.4);
        for side in [-1.0, 1.0] {
            builder.move_to(head.turn + side * outer, y - 1.8);
            builder.line_to(side * (head.half_width + 0.6), y - 2.6);
        }
    });
    canvas.stroke(&bars, frame, 1.6);
}

/// A beanie, a cap or a brimmed hat; `hair` is the thickness of the hair below it.
pub(super) fn draw_hat(canvas: &mut Canvas, head: &Head<'_>, hair: f32) {
    let cloth = palette::hat(head.nuisance.hat_hue);
    let half = head.half_width + hair;
    let style = head.nuisance.hat_style;
    if style < 1.0 / 3.0 {
        draw_beanie(canvas, cloth, half);
    } else if style < 2.0 / 3.0 {
        draw_cap(canvas, cloth, half, head.turn);
    } else {
        draw_brimmed(canvas, cloth, half);
    }
}

fn felt(cloth: Rgb, top: f32) -> Ink {
    Ink::Vertical { top: cloth.lighter(0.2), bottom: cloth.darker(0.2), from: top, to: HAT_BASE }
}

/// A dome from the base line up to `top`; `square` widens its shoulders.
fn dome(half: f32, top: f32, square: f32) -> Shape {
    let shoulder = lerp(HAT_BASE, top, 0.62);
    path(|builder| {
        builder.move_to(-half, HAT_BASE);
        builder.cubic_to(-half, shoulder, -half * square, top, 0.0, top);
        builder.cubic_to(half * square, top, half, shoulder, half, HAT_BASE);
        builder.quad_to(0.0, HAT_BASE - 4.5, -half, HAT_BASE);
        builder.close();
    })
}

fn draw_beanie(canvas: &mut Canvas, cloth: Rgb, half: f32) {
    let line = cloth.outline();
    let pompom = path(|builder| ellipse(builder, [0.0, -39.5], [4.6, 4.4]));
    canvas.outlined(&pompom, cloth.lighter(0.62), line);
    canvas.outlined(&dome(half, -38.0, 0.66), felt(cloth, -38.0), line);
    let (wide, top) = (half + 1.2, HAT_BASE - 7.2);
    let cuff = path(|builder| {
        builder.move_to(-wide, HAT_BASE);
        builder.quad_to(-wide - 1.0, top + 3.0, -wide + 1.2, top);
        builder.quad_to(0.0, top - 5.0, wide - 1.2, top);
        builder.quad_to(wide + 1.0, top + 3.0, wide, HAT_BASE);
        builder.quad_to(0.0, HAT_BASE - 4.5, -wide, HAT_BASE);
        builder.close();
    });
    canvas.outlined(&cuff, cloth.lighter(0.34), line);
}

fn draw_cap(canvas: &mut Canvas, cloth: Rgb, half: f32, turn: f32) {
    let line = cloth.outline();
    let wide = half + 0.6;
    canvas.outlined(&dome(wide, -36.0, 0.7), felt(cloth, -36.0), line);
    let seams = path(|builder| {
        for side in [-1.0, 1.0] {
            builder.move_to(0.0, -35.6);
            builder.quad_to(side * wide * 0.55 + turn, -33.0, side * wide * 0.6 + turn, -18.0);
        }
    });
    canvas.stroke(&seams, Ink::Flat(line, 0.4), 0.9);
    let button = path(|builder| ellipse(builder, [0.0, -36.2], [2.0, 1.2]));
    canvas.outlined(&button, cloth.darker(0.15), line);
    let visor = path(|builder| {
        builder.move_to(-wide * 0.86 + turn, HAT_BASE - 0.6);
        builder.cubic_to(
            -wide * 0.5 + turn,
            HAT_BASE - 9.4,
            wide * 0.5 + turn,
            HAT_BASE - 9.4,
            wide * 0.86 + turn,
            HAT_BASE - 0.6,
        );
        builder.quad_to(turn * 1.5, HAT_BASE + 0.6, -wide * 0.86 + turn, HAT_BASE - 0.6);
        builder.close();
    });
    canvas.outlined(&visor, cloth.darker(0.42), line);
}

fn draw_brimmed(canvas: &mut Canvas, cloth: Rgb, half: f32) {
    let line = cloth.outline();
    let (foot, top) = (half * 0.9, -38.0);
    let crown = path(|builder| {
        builder.move_to(-foot, HAT_BASE - 2.0);
        builder.cubic_to(-foot, -30.0, -foot * 0.92, top, -foot * 0.5, top);
        builder.quad_to(0.0, top + 3.4, foot * 0.5, top);
        builder.cubic_to(foot * 0.92, top, foot, -30.0, foot, HAT_BASE - 2.0);
        builder.close();
    });
    canvas.outlined(&crown, felt(cloth, top), line);
    let band = path(|builder| {
        builder.move_to(-foot, HAT_BASE - 3.0);
        builder.line_to(-foot * 0.99, HAT_BASE - 8.2);
        builder.quad_to(0.0, HAT_BASE - 11.4, foot * 0.99, HAT_BASE - 8.2);
        builder.line_to(foot, HAT_BASE - 3.0);
        builder.close();
    });
    canvas.fill(&band, cloth.darker(0.62));
    let wide = half + 8.0;
    let brim = path(|builder| {
        builder.move_to(-wide, HAT_BASE + 0.4);
        builder.cubic_to(
            -wide * 0.6,
            HAT_BASE - 7.6,
            wide * 0.6,
            HAT_BASE - 7.6,
            wide,
            HAT_BASE + 0.4,
        );
        builder.cubic_to(
            wide * 0.6,
            HAT_BASE - 0.6,
            -wide * 0.6,
            HAT_BASE - 0.6,
            -wide,
            HAT_BASE + 0.4,
        );
        builder.close();
    });
    canvas.outlined(&brim, cloth.lighter(0.1), line);
}
