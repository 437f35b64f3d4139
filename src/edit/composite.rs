//! photo + M·(G(z*) − G(z₀)): an edit on the photo itself, so that what was not edited keeps its pixels.

use std::sync::Arc;

use super::blur::blurred;
use super::raster::mask;
use crate::protocol::{Stroke, StrokeTool};

/// Standard deviation of the blur that joins a change's places, in widths of the picture: a pixel of 64.
const BLUR: f32 = 1.0 / 64.0;
/// Changes up to this, the mean over channels of values in [-1, 1], are none: five steps of a byte. A network moves
/// every pixel a little with every move of z.
const LOW: f32 = 0.04;
/// Changes from this on count whole.
const HIGH: f32 = 0.12;

/// M, `size`×`size` values in [0, 1]: where `after` differs from `before` (`channels·size·size` values in [-1, 1]
/// each), within the area that may change. The mean difference over channels, blurred, and a smooth step between two
/// thresholds.
pub fn change_mask(
    before: &[f32],
    after: &[f32],
    channels: usize,
    size: usize,
    area: Option<&[f32]>,
) -> Vec<f32> {
    let plane = size * size;
    let mut change = vec![0.0_f32; plane];
    for channel in 0..channels {
        let part = channel * plane..(channel + 1) * plane;
        for ((sum, before), after) in change.iter_mut().zip(&before[part.clone()]).zip(&after[part])
        {
            *sum += (after - before).abs() / channels as f32;
        }
    }
    let mut mask = blurred(&change, size, BLUR * size as f32);
    for value in &mut mask {
        let t = ((*value - LOW) / (HIGH - LOW)).clamp(0.0, 1.0);
        *value = t * t * (3.0 - 2.0 * t);
    }
    if let Some(area) = area {
        mask.iter_mut().zip(area).for_each(|(value, area)| *value *= area);
    }
    mask
}

/// What is to be made anew: the mask of all erasing strokes that count, `size`×`size` values; `None` without any.
pub fn erased_mask(strokes: &[Arc<Stroke>], size: usize) -> Option<Vec<f32>> {
    let counting = |stroke: &&Arc<Stroke>| {
        stroke.tool == StrokeTool::Erase && stroke.on && stroke.weight > 0.0
    };
    let masks = strokes.iter().filter(counting).map(|stroke| mask(stroke, size));
    masks.reduce(|a, b| a.iter().zip(b).map(|(a, b)| a.max(b)).collect())
}

/// `shown` with what was made anew laid over it: of the photo nothing is to be seen through.
pub fn lay_over(shown: &mut [f32], after: &[f32], cover: &[f32]) {
    for ((shown, after), cover) in shown.iter_mut().zip(after).zip(cover.iter().cycle()) {
        *shown += cover * (after - *shown);
    }
}

/// photo + M·(after − before) within [-1, 1], `channels·size·size` values; where M is 0, the photo's very values.
pub fn composite(
    photo: &[f32],
    before: &[f32],
    after: &[f32],
    mask: &[f32],
    channels: usize,
    size: usize,
) -> Vec<f32> {
    let changes = after.iter().zip(before).zip(mask.iter().cycle());
    let mixed = photo.iter().zip(changes).map(|(photo, ((after, before), mask))| {
        if *mask == 0.0 { *photo } else { (photo + mask * (after - before)).clamp(-1.0, 1.0) }
    });
    mixed.take(channels * size * size).collect()
}

#[cfg(test)]
mod tests {
    use super::{change_mask, composite};

    const SIZE: usize = 64;

    fn plain(value: f32) -> Vec<f32> {
        vec![value; 3 * SIZE * SIZE]
    }

    /// `value` in a square of the middle, in all channels.
    fn patch(value: f32) -> Vec<f32> {
        let inside = |place: usize| {
            (24..40).contains(&(place % SIZE)) && (24..40).contains(&(place / SIZE % SIZE))
        };
        plain(0.0)
            .iter()
            .enumerate()
            .map(|(place, _)| if inside(place) { value } else { 0.0 })
            .collect()
    }

    #[test]
    fn the_mask_is_where_something_changed_and_nowhere_else() {
        let mask = change_mask(&plain(0.0), &patch(0.5), 3, SIZE, None);
        let at = |x: usize, y: usize| mask[y * SIZE + x];
        assert!((at(32, 32) - 1.0).abs() < 1e-6, "{}", at(32, 32));
        assert_eq!((at(32, 10), at(5, 32), at(44, 32)), (0.0, 0.0, 0.0));
        assert!(at(40, 32) > 0.0 && at(40, 32) <= 1.0, "soft at the rim: {}", at(40, 32));
        // What a network moves everywhere is no change.
        let noise = change_mask(&plain(0.0), &plain(0.03), 3, SIZE, None);
        assert!(noise.iter().all(|value| *value == 0.0));
        let nowhere = change_mask(&plain(0.0), &patch(0.5), 3, SIZE, Some(&vec![0.0; SIZE * SIZE]));
        assert!(nowhere.iter().all(|value| *value == 0.0));
    }

    #[test]
    fn outside_of_the_mask_the_photo_is_itself_and_inside_it_changes_as_the_picture_did() {
        let photo: Vec<f32> =
            (0..3 * SIZE * SIZE).map(|i| ((i * 37) % 101) as f32 / 60.0 - 0.83).collect();
        let (before, after) = (plain(0.0), patch(0.5));
        let mask = change_mask(&before, &after, 3, SIZE, None);
        let mixed = composite(&photo, &before, &after, &mask, 3, SIZE);
        let (mut kept, mut moved) = (0, 0);
        for (place, (mixed, photo)) in mixed.iter().zip(&photo).enumerate() {
            match mask[place % (SIZE * SIZE)] {
                0.0 => {
                    assert_eq!(mixed.to_bits(), photo.to_bits());
                    kept += 1;
                }
                1.0 if after[place] > 0.0 => {
                    assert!((mixed - (photo + 0.5).min(1.0)).abs() < 1e-6);
                    moved += 1;
                }
                _ => assert!((-1.0..=1.0).contains(mixed)),
            }
        }
        assert!(moved > 300 && kept > 6000, "{moved} moved, {kept} kept");
        let same = composite(
            &photo,
            &before,
            &before,
            &change_mask(&before, &before, 3, SIZE, None),
            3,
            SIZE,
        );
        assert_eq!(same, photo, "nothing changed");
    }
}
