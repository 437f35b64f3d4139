//! Gaussian blur of square planes.

/// How far the Gaussian reaches, in standard deviations.
const REACH: f32 = 3.0;

/// A plane of `size`×`size` values blurred by a Gaussian of this standard deviation in pixels, cut off at three of
/// them; beyond the border the plane goes on as it is there. 0 gives the plane itself.
pub(super) fn blurred(plane: &[f32], size: usize, sigma_px: f32) -> Vec<f32> {
    if sigma_px <= 0.0 {
        return plane.to_vec();
    }
    let kernel = kernel(sigma_px);
    let across: Vec<f32> =
        plane.chunks_exact(size).flat_map(|row| convolved(row.iter().copied(), &kernel)).collect();
    let mut out = vec![0.0; plane.len()];
    for x in 0..size {
        let column = across.iter().skip(x).step_by(size).copied();
        for (y, value) in convolved(column, &kernel).into_iter().enumerate() {
            out[y * size + x] = value;
        }
    }
    out
}

/// Weights from the middle outwards; with both sides they sum up to 1.
fn kernel(sigma_px: f32) -> Vec<f32> {
    let radius = (REACH * sigma_px).ceil() as usize;
    let weight = |i: usize| (-0.5 * (i as f32 / sigma_px).powi(2)).exp();
    let half: Vec<f32> = (0..=radius).map(weight).collect();
    let total = 2.0 * half.iter().sum::<f32>() - half[0];
    half.into_iter().map(|weight| weight / total).collect()
}

fn convolved(line: impl Iterator<Item = f32>, kernel: &[f32]) -> Vec<f32> {
    let line: Vec<f32> = line.collect();
    let last = line.len().saturating_sub(1);
    let at = |place: usize| {
        let sides = kernel.iter().enumerate().skip(1).map(|(off, weight)| {
            weight * (line[place.saturating_sub(off)] + line[(place + off).min(last)])
        });
        kernel[0] * line[place] + sides.sum::<f32>()
    };
    (0..line.len()).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::blurred;

    #[test]
    fn a_dot_becomes_a_gaussian_and_a_flat_plane_stays_flat() {
        let (size, sigma) = (32, 2.0_f32);
        let mut dot = vec![0.0; size * size];
        dot[16 * size + 16] = 1.0;
        let soft = blurred(&dot, size, sigma);
        let peak = 1.0 / (2.0 * std::f32::consts::PI * sigma * sigma);
        assert!((soft[16 * size + 16] / peak - 1.0).abs() < 0.02, "{}", soft[16 * size + 16]);
        let beside = soft[16 * size + 18] / soft[16 * size + 16];
        assert!((beside - (-0.5_f32).exp()).abs() < 0.01, "one deviation away: {beside}");
        assert!((soft.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        let flat = blurred(&[0.7; 9], 3, 5.0);
        assert!(flat.iter().all(|value| (value - 0.7).abs() < 1e-5), "{flat:?}");
        assert!((blurred(&[0.25], 1, 0.5)[0] - 0.25).abs() < 1e-6);
        assert_eq!(blurred(&dot, size, 0.0), dot);
    }
}
