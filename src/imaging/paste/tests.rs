//! Changes pasted back: no seam, in the right place, nothing else touched.

use std::sync::Arc;
use std::time::Instant;

use super::{SquareChange, paste};
use crate::imaging::Halvings;
use crate::protocol::{Crop, Frame};

const SIZE: usize = 64;

fn frame(width_px: usize, height_px: usize, pixel: impl Fn(usize, usize) -> [u8; 4]) -> Frame {
    let places = (0..height_px).flat_map(|y| (0..width_px).map(move |x| (x, y)));
    Frame { width_px, height_px, rgba: Arc::new(places.flat_map(|(x, y)| pixel(x, y)).collect()) }
}

fn gray(width_px: usize, height_px: usize) -> Frame {
    frame(width_px, height_px, |_, _| [100, 100, 100, 255])
}

fn pasted(photo: &Frame, crop: &Crop, values: &[f32]) -> Frame {
    let size = (values.len() / 3).isqrt();
    let change = SquareChange { values, channels: 3, size, anew: None };
    paste(photo, crop, change, &|| true).expect("it fits").expect("not stopped")
}

/// The same value in all channels at each place of the square, 0 to 1.
fn change(value: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let share = |place: usize| (place as f32 + 0.5) / SIZE as f32;
    let plane: Vec<f32> =
        (0..SIZE * SIZE).map(|i| value(share(i % SIZE), share(i / SIZE))).collect();
    plane.repeat(3)
}

fn at(frame: &Frame, x: usize, y: usize) -> [u8; 4] {
    let place = (y * frame.width_px + x) * 4;
    frame.rgba[place..place + 4].try_into().expect("four bytes")
}

/// The largest difference of neighbouring pixels.
fn steepest(frame: &Frame) -> u8 {
    let (width, height) = (frame.width_px, frame.height_px);
    let mut most = 0;
    for y in 0..height {
        for x in 0..width {
            let here = at(frame, x, y)[0];
            let right = at(frame, (x + 1).min(width - 1), y)[0];
            let below = at(frame, x, (y + 1).min(height - 1))[0];
            most = most.max(here.abs_diff(right)).max(here.abs_diff(below));
        }
    }
    most
}

/// The naive way: the nearest pixel of the square, nothing fades.
fn naive(photo: &Frame, crop: &Crop, values: &[f32]) -> Frame {
    frame(photo.width_px, photo.height_px, |x, y| {
        let [u, v] = crop.of_original([x as f64 + 0.5, y as f64 + 0.5]);
        let pixel = at(photo, x, y);
        if !(0.0..1.0).contains(&u) || !(0.0..1.0).contains(&v) {
            return pixel;
        }
        let index = (v * SIZE as f64) as usize * SIZE + (u * SIZE as f64) as usize;
        pixel.map(|byte| (f32::from(byte) + values[index] * 127.5).round() as u8)
    })
}

#[test]
fn no_seam_shows_on_a_flat_photo_wherever_the_change_ends() {
    let photo = gray(1200, 900);
    let crop = Crop { centre: [600.0, 450.0], side: 700.0, degrees: 20.0, mirrored: true };
    // All of the square by 40 steps of a byte: the square's border is what would show.
    let whole = change(|_, _| 40.0 / 127.5);
    // A soft disc as masks make it: its rim would show pixel by pixel.
    let disc = change(|u, v| {
        let t = ((0.36 - (u - 0.5).hypot(v - 0.5)) / 0.06).clamp(0.0, 1.0);
        40.0 / 127.5 * t * t * (3.0 - 2.0 * t)
    });
    for values in [&whole, &disc] {
        let good = pasted(&photo, &crop, values);
        assert_eq!(at(&good, 600, 450), [140, 140, 140, 255], "it is there");
        assert_eq!(at(&good, 10, 10), [100, 100, 100, 255]);
        assert!(steepest(&good) <= 2, "a step of {}", steepest(&good));
        let bad = steepest(&naive(&photo, &crop, values));
        assert!(bad > 4, "the naive way shows no seam either: {bad}");
    }
}

#[test]
fn at_the_photos_own_border_nothing_fades() {
    let photo = gray(640, 900);
    let values = change(|_, _| 0.2);
    let made = pasted(
        &photo,
        &Crop { centre: [320.0, 450.0], side: 640.0, degrees: 0.0, mirrored: false },
        &values,
    );
    for (x, y) in [(0, 450), (639, 450), (3, 300)] {
        assert_eq!(at(&made, x, y)[0], 126, "({x}, {y})");
    }
    // Above and below the photo goes on.
    assert!(at(&made, 320, 131)[0] < 102 && at(&made, 320, 768)[0] < 102);
    assert!(steepest(&made) <= 2);
    let square = gray(500, 500);
    let made = pasted(&square, &Crop::centred(500, 500), &values);
    assert!(made.rgba.as_chunks::<4>().0.iter().all(|pixel| pixel[0] == 126), "all of it");
}

#[test]
fn turned_and_mirrored_squares_put_a_change_where_it_was_seen() {
    let photo = frame(900, 700, |x, y| [(x / 8) as u8 + 40, (y / 8) as u8 + 40, 90, 255]);
    let values = change(|u, v| 0.4 * (-((u - 0.3).powi(2) + (v - 0.6).powi(2)) / 0.01).exp());
    let base = Crop { centre: [430.0, 360.0], side: 420.0, degrees: 0.0, mirrored: false };
    let cut = |frame: &Frame, crop: &Crop| {
        let halvings = Halvings::new(frame, &|| false).expect("a picture").expect("not stopped");
        halvings.crop(crop, SIZE as u32, 3).expect("a square of it")
    };
    for (degrees, mirrored) in [(0.0, false), (37.0, false), (-120.0, true), (90.0, true)] {
        let crop = Crop { degrees, mirrored, ..base };
        let (before, after) = (cut(&photo, &crop), cut(&pasted(&photo, &crop, &values), &crop));
        let mut most = 0.0_f32;
        for (index, value) in values[..SIZE * SIZE].iter().enumerate() {
            let found = f32::from(after.rgba[index * 4]) - f32::from(before.rgba[index * 4]);
            most = most.max((found - value * 127.5).abs());
        }
        assert!(most <= 3.0, "{degrees}°, {mirrored}: off by {most}");
    }
}

#[test]
fn what_does_not_change_keeps_its_bytes_and_alpha_always() {
    let photo =
        frame(300, 200, |x, y| [(x * 7) as u8, (y * 5) as u8, (x * y) as u8, (x + y) as u8]);
    let crop = Crop { centre: [150.0, 100.0], side: 150.0, degrees: 10.0, mirrored: false };
    let values = change(|u, v| if (u - 0.5).hypot(v - 0.5) < 0.2 { 0.5 } else { 0.0 });
    let made = pasted(&photo, &crop, &values);
    let (mut kept, mut changed) = (0, 0);
    for y in 0..200 {
        for x in 0..300 {
            let [u, v] = crop.of_original([x as f64 + 0.5, y as f64 + 0.5]);
            let (before, after) = (at(&photo, x, y), at(&made, x, y));
            assert_eq!(before[3], after[3]);
            // A cubic reaches two pixels further.
            if (u - 0.5).hypot(v - 0.5) > 0.2 + 3.0 / SIZE as f64 {
                assert_eq!(before, after);
                kept += 1;
            } else if before != after {
                changed += 1;
            }
        }
    }
    assert!(kept > 50_000 && changed > 2000, "{kept} kept, {changed} changed");
    let nothing = pasted(&photo, &crop, &change(|_, _| 0.0));
    assert_eq!(nothing, photo);
}

#[test]
fn small_photos_gray_models_and_stops() {
    let dot = frame(1, 1, |_, _| [10, 20, 30, 255]);
    let made = pasted(&dot, &Crop::centred(1, 1), &change(|_, _| 0.2));
    assert_eq!(at(&made, 0, 0), [36, 46, 56, 255], "the mean of the change");
    let line = gray(3, 200);
    assert!(
        steepest(&pasted(
            &line,
            &Crop { side: 200.0, ..Crop::centred(3, 200) },
            &change(|_, _| 0.5)
        )) == 0
    );
    let one = vec![0.2; 16];
    let change = SquareChange { values: &one, channels: 1, size: 4, anew: None };
    let photo = gray(40, 40);
    let made = paste(&photo, &Crop::centred(40, 40), change, &|| true).expect("it fits");
    assert_eq!(at(&made.expect("not stopped"), 20, 20), [126, 126, 126, 255]);
    assert!(paste(&photo, &Crop::centred(40, 40), change, &|| false).expect("it fits").is_none());
    let few = SquareChange { values: &one[..15], ..change };
    assert!(paste(&photo, &Crop::centred(40, 40), few, &|| true).is_err());
    let elsewhere = Crop { centre: [90.0, 10.0], ..Crop::centred(40, 40) };
    assert!(paste(&photo, &elsewhere, change, &|| true).is_err());
}

#[test]
fn a_large_photo_takes_no_more_than_seconds() {
    let photo = gray(4000, 3000);
    let crop = Crop { degrees: 5.0, side: 2900.0, ..Crop::centred(4000, 3000) };
    let begun = Instant::now();
    let made = pasted(&photo, &crop, &change(|_, _| 0.3));
    let took = begun.elapsed();
    assert_eq!(at(&made, 2000, 1500)[0], 138);
    // About 1 s on two free cores; the limit is for a busy machine.
    assert!(took.as_secs() < 20, "{took:?}");
    println!("12 megapixels in {took:?}");
}
