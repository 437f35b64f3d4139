//! Colours as the eye tells them apart: CIELAB, and ΔE of 1976.

/// The white of D65, which sRGB means by white (X, Y, Z with Y = 1).
const WHITE: [f64; 3] = [0.950_47, 1.0, 1.088_83];

/// L*, a*, b* (CIE 1976) of an sRGB colour with components from 0 to 1, under D65.
pub fn lab(rgb: [f64; 3]) -> [f64; 3] {
    let [r, g, b] = rgb.map(|value| {
        // The curve of IEC 61966-2-1, undone.
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    let xyz = [
        0.412_456_4 * r + 0.357_576_1 * g + 0.180_437_5 * b,
        0.212_672_9 * r + 0.715_152_2 * g + 0.072_175_0 * b,
        0.019_333_9 * r + 0.119_192_0 * g + 0.950_304_1 * b,
    ];
    let edge = 6.0_f64 / 29.0;
    let f = |t: f64| {
        if t > edge.powi(3) { t.cbrt() } else { t / (3.0 * edge * edge) + 4.0 / 29.0 }
    };
    let [x, y, z]: [f64; 3] = std::array::from_fn(|i| f(xyz[i] / WHITE[i]));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// ΔE*ab, the distance in CIELAB (CIE76), of two sRGB colours with components from 0 to 1: 2.3 is just noticeable. For
/// strong colours it says more than later formulas do (CIEDE2000): a bound on it is the stricter one there.
pub fn delta_e(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (lab(a), lab(b));
    (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::{delta_e, lab};

    #[test]
    fn known_colours_have_their_known_coordinates() {
        // Of sRGB's corners, as colour tables give them (D65, 2 degrees).
        let known = [
            ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
            ([1.0, 1.0, 1.0], [100.0, 0.0, 0.0]),
            ([1.0, 0.0, 0.0], [53.24, 80.09, 67.20]),
            ([0.0, 1.0, 0.0], [87.73, -86.18, 83.18]),
            ([0.0, 0.0, 1.0], [32.30, 79.19, -107.86]),
            ([0.5, 0.5, 0.5], [53.39, 0.0, 0.0]),
        ];
        for (rgb, wanted) in known {
            let found = lab(rgb);
            let off = (0..3).map(|i| (found[i] - wanted[i]).abs()).fold(0.0, f64::max);
            assert!(off < 0.03, "{rgb:?}: {found:?}, not {wanted:?}");
        }
        assert_eq!(delta_e([0.2, 0.4, 0.6], [0.2, 0.4, 0.6]), 0.0);
        assert!((delta_e([1.0; 3], [0.0; 3]) - 100.0).abs() < 0.01);
    }
}
