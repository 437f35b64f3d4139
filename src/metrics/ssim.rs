//! Structural similarity.

/// The range of values in [-1, 1].
const RANGE: f64 = 2.0;
/// The window is a Gaussian of this standard deviation, in pixels, cut off at 11×11 (Wang et al. 2004).
const SIGMA: f64 = 1.5;
const RADIUS: usize = 5;

/// The mean structural similarity of two pictures of `channels`·`size`·`size` values in [-1, 1] (Wang et al.
/// 2004, eq. 13, K₁ = 0.01, K₂ = 0.03): each channel by itself, windows that lie whole inside the picture.
/// 1 for equal pictures.
///
/// # Panics
/// When the values are no such pictures, or smaller than the window.
pub fn ssim(a: &[f32], b: &[f32], channels: usize, size: usize) -> f64 {
    let area = size * size;
    assert!(a.len() == channels * area && b.len() == a.len() && size > 2 * RADIUS);
    let planes = a.chunks_exact(area).zip(b.chunks_exact(area));
    planes.map(|(a, b)| plane_ssim(a, b, size)).sum::<f64>() / channels as f64
}

fn plane_ssim(a: &[f32], b: &[f32], size: usize) -> f64 {
    let (c1, c2) = ((0.01 * RANGE).powi(2), (0.03 * RANGE).powi(2));
    let wide = |values: &[f32]| -> Vec<f64> { values.iter().map(|v| f64::from(*v)).collect() };
    let (a, b) = (wide(a), wide(b));
    let product =
        |x: &[f64], y: &[f64]| -> Vec<f64> { x.iter().zip(y).map(|(x, y)| x * y).collect() };
    let (mean_a, mean_b) = (window_means(&a, size), window_means(&b, size));
    let squares_a = window_means(&product(&a, &a), size);
    let squares_b = window_means(&product(&b, &b), size);
    let cross = window_means(&product(&a, &b), size);
    let count = mean_a.len();
    let at = |i: usize| {
        let (ma, mb) = (mean_a[i], mean_b[i]);
        let (va, vb) = (squares_a[i] - ma * ma, squares_b[i] - mb * mb);
        let covariance = cross[i] - ma * mb;
        let top = (2.0 * ma * mb + c1) * (2.0 * covariance + c2);
        top / ((ma * ma + mb * mb + c1) * (va + vb + c2))
    };
    (0..count).map(at).sum::<f64>() / count as f64
}

/// Gaussian-weighted means of all windows that lie inside, row by row.
fn window_means(plane: &[f64], size: usize) -> Vec<f64> {
    let weight = |i: usize| (-(i as f64 - RADIUS as f64).powi(2) / (2.0 * SIGMA * SIGMA)).exp();
    let kernel: Vec<f64> = (0..=2 * RADIUS).map(weight).collect();
    let total: f64 = kernel.iter().sum();
    let inner = size - 2 * RADIUS;
    let mut across = Vec::with_capacity(size * inner);
    for row in plane.chunks_exact(size) {
        let sum = |window: &[f64]| window.iter().zip(&kernel).map(|(v, w)| v * w).sum::<f64>();
        across.extend(row.windows(kernel.len()).map(|window| sum(window) / total));
    }
    let mut means = Vec::with_capacity(inner * inner);
    for y in 0..inner {
        for x in 0..inner {
            let column = kernel.iter().enumerate().map(|(k, w)| w * across[(y + k) * inner + x]);
            means.push(column.sum::<f64>() / total);
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::ssim;

    fn picture(shift: usize) -> Vec<f32> {
        let value = |i: usize| {
            let (x, y) = (i % 16, i / 16);
            ((x * 7 + y * 13 + shift * x * y) % 17) as f32 / 8.0 - 1.0
        };
        (0..256).map(value).collect()
    }

    #[test]
    fn equal_pictures_are_1_and_others_are_what_scikit_image_says() {
        let (a, b) = (picture(0), picture(1));
        assert!((ssim(&a, &a, 1, 16) - 1.0).abs() < 1e-12);
        // scripts/reference_inversion.py
        assert!((ssim(&a, &b, 1, 16) - SCIKIT).abs() < 1e-6, "{}", ssim(&a, &b, 1, 16));
    }

    /// skimage.metrics.structural_similarity(a, b, data_range=2, gaussian_weights=True, sigma=1.5,
    /// use_sample_covariance=False), which crops its mean to the windows that lie inside.
    const SCIKIT: f64 = 0.040_331_495;
}
