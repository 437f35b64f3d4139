//! Peak signal-to-noise ratio.

/// The peak of a signal in [-1, 1].
const PEAK: f64 = 2.0;

/// Mean squared difference of two pictures.
pub fn mean_squared_error(a: &[f32], b: &[f32]) -> f64 {
    let sum: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    sum / a.len().max(1) as f64
}

/// 10 log₁₀(peak² / MSE) in decibels, with peak 2; infinite for equal pictures.
pub fn psnr_db(mean_squared_error: f64) -> f64 {
    10.0 * (PEAK * PEAK / mean_squared_error).log10()
}

/// The mean over pictures of each one's PSNR in decibels; `values` holds values per picture.
pub fn mean_psnr_db(a: &[f32], b: &[f32], values: usize) -> f64 {
    let pairs = a.chunks_exact(values).zip(b.chunks_exact(values));
    let count = pairs.len().max(1) as f64;
    pairs.map(|(a, b)| psnr_db(mean_squared_error(a, b))).sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::{mean_psnr_db, mean_squared_error, psnr_db};

    #[test]
    fn a_difference_of_a_tenth_of_the_peak_is_20_db() {
        let (a, b) = ([0.0_f32; 8], [0.2_f32; 8]);
        assert!((psnr_db(mean_squared_error(&a, &b)) - 20.0).abs() < 1e-5);
        assert!((mean_psnr_db(&a, &b, 4) - 20.0).abs() < 1e-5);
    }
}
