//! Differences of pictures as heat maps.

use std::sync::Arc;

use super::ImagingError;
use crate::protocol::Frame;

/// A mean absolute difference of values in [-1, 1] that is shown as the hottest.
const HOTTEST: f32 = 1.0;
/// Black, violet, red, orange, white: lightness rises all the way, so it reads without colour too.
const COLOURS: [[f32; 3]; 5] = [
    [0.0, 0.0, 0.0],
    [75.0, 15.0, 110.0],
    [190.0, 50.0, 80.0],
    [250.0, 160.0, 40.0],
    [255.0, 255.0, 235.0],
];

/// The mean brightness of a picture's heat that [`heat_gain`] aims at, at least half of it.
const AIM: f64 = 0.25;
/// The largest gain: below 1/255 there is nothing but rounding.
const LARGEST_GAIN: u32 = 32;

/// By how much differences are multiplied so that those of mean square `mse`, values in [-1, 1], are seen: a power
/// of two from 1 to 32.
pub fn heat_gain(mse: f64) -> u32 {
    let wanted = AIM / mse.sqrt();
    let powers = std::iter::successors(Some(LARGEST_GAIN), |gain| (*gain > 1).then_some(gain / 2));
    powers.into_iter().find(|gain| f64::from(*gain) <= wanted).unwrap_or(1)
}

/// The mean absolute difference over channels, times `gain`, of two pictures of `channels`·`size`·`size` values in [-1, 1].
///
/// # Errors
/// Values that are no such pictures.
pub fn difference_heat(
    a: &[f32],
    b: &[f32],
    channels: usize,
    size: usize,
    gain: u32,
) -> Result<Frame, ImagingError> {
    let area = size * size;
    if a.len() != channels * area || b.len() != a.len() || channels == 0 {
        return Err(ImagingError(format!(
            "{} and {} values are no two pictures",
            a.len(),
            b.len()
        )));
    }
    let mut rgba = Vec::with_capacity(area * 4);
    for pixel in 0..area {
        let differences = (0..channels).map(|c| (a[c * area + pixel] - b[c * area + pixel]).abs());
        let heat = differences.sum::<f32>() / channels as f32 / HOTTEST * gain as f32;
        rgba.extend(colour(heat));
    }
    Ok(Frame { width_px: size, height_px: size, rgba: Arc::new(rgba) })
}

/// The colour of a heat in [0, 1].
fn colour(heat: f32) -> [u8; 4] {
    let last = COLOURS.len() - 1;
    let place = heat.clamp(0.0, 1.0) * last as f32;
    let below = (place as usize).min(last - 1);
    let share = place - below as f32;
    let channel = |c: usize| {
        (COLOURS[below][c] * (1.0 - share) + COLOURS[below + 1][c] * share).round() as u8
    };
    [channel(0), channel(1), channel(2), u8::MAX]
}

#[cfg(test)]
mod tests {
    use super::{colour, difference_heat, heat_gain};

    #[test]
    fn small_differences_are_enlarged_and_large_ones_are_not() {
        let gain = |psnr_db: f64| heat_gain(4.0 / 10.0_f64.powf(psnr_db / 10.0));
        assert_eq!([10.0, 20.0, 27.0, 35.0, 45.0, 90.0].map(gain), [1, 1, 2, 4, 16, 32]);
        assert_eq!((heat_gain(0.0), heat_gain(f64::NAN)), (32, 1));
    }

    #[test]
    fn no_difference_is_black_and_more_is_lighter() {
        let frame =
            difference_heat(&[0.0, 0.5, -1.0, 1.0], &[0.0, 0.0, 1.0, 1.0], 1, 2, 1).unwrap();
        assert_eq!(frame.rgba[..4], [0, 0, 0, 255]);
        assert_eq!(frame.rgba[8..12], [255, 255, 235, 255]);
        assert!(difference_heat(&[0.0; 3], &[0.0; 3], 1, 2, 1).is_err());
        let eighth = difference_heat(&[0.125; 4], &[0.0; 4], 1, 2, 8).unwrap();
        assert_eq!(eighth.rgba[..4], [255, 255, 235, 255], "times eight it is the hottest");
        let light = |heat: f32| -> f32 {
            let [r, g, b, _] = colour(heat);
            0.2126 * f32::from(r) + 0.7152 * f32::from(g) + 0.0722 * f32::from(b)
        };
        let rising: Vec<f32> = (0..=20).map(|i| light(i as f32 / 20.0)).collect();
        assert!(rising.windows(2).all(|pair| pair[0] < pair[1]), "{rising:?}");
    }
}
