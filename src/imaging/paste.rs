//! What changed in a square, pasted back into the photo it was cut out of, at the photo's full resolution.
//!
//! The change is a small plane of differences that fades to nothing at its own rim. Enlarged between its pixels by
//! Catmull and Rom's cubic, held within its neighbours so that nothing rings, it is added to the photo's pixels; where
//! the square ends within the photo it fades out before the edge, so that no seam shows. Pixels that do not change
//! keep their bytes.

use std::sync::Arc;

use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

use super::ImagingError;
use super::convert::check_bytes;
use crate::protocol::{Crop, Frame};

/// The width of the rim over which a change fades out where the square ends within the photo, in widths of the square.
const RIM: f64 = 1.0 / 16.0;
/// Bytes of a difference in values, which run from -1 to 1.
const BYTES_PER_VALUE: f32 = 127.5;

/// What is added to a square of a photo.
#[derive(Debug, Clone, Copy)]
pub struct SquareChange<'a> {
    /// `channels·size·size` differences of values in [-1, 1].
    pub values: &'a [f32],
    /// What is laid over that, values in [-1, 1], and how much it covers, `size·size` shares.
    pub anew: Option<(&'a [f32], &'a [f32])>,
    /// 1 adds to all colours alike, 3 to each its own; of 4 the transparency stays as it is in the photo.
    pub channels: usize,
    /// Edge of the square in its own pixels.
    pub size: usize,
}

/// The photo, with straight alpha, with the change of a square of it. `None` when `goes_on` says no meanwhile; it is
/// asked once a row, by several threads.
///
/// # Errors
/// A frame whose bytes do not fill it, a square that is not of this photo, or values that are no such square.
pub fn paste(
    photo: &Frame,
    crop: &Crop,
    change: SquareChange<'_>,
    goes_on: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Frame>, ImagingError> {
    check_bytes(photo)?;
    let of_photo = crop.validate(photo.width_px as u32, photo.height_px as u32);
    of_photo.map_err(|error| ImagingError(error.to_string()))?;
    let SquareChange { values, anew, channels, size } = change;
    if size == 0 || ![1, 3, 4].contains(&channels) || values.len() != channels * size * size {
        let found = values.len();
        return Err(ImagingError(format!(
            "{found} values are no square of {size} px with {channels} channels"
        )));
    }
    let paster = Paster {
        crop: *crop,
        planes: Planes::new(change),
        anew: anew.map(|(values, cover)| {
            let plane =
                |values, channels| Planes::new(SquareChange { values, anew: None, channels, size });
            (plane(values, channels), plane(cover, 1))
        }),
        rim: Rim::new(crop, photo.width_px as f64, photo.height_px as f64),
        times: (size as f64 / crop.side).ceil().max(1.0) as usize,
    };
    let mut rgba = photo.rgba.as_ref().clone();
    let rows = paster.rows(photo.height_px);
    let width = photo.width_px;
    let whole = rgba[rows.start * width * 4..rows.end * width * 4]
        .par_chunks_exact_mut(width * 4)
        .enumerate()
        .all(|(row, bytes)| {
            let going = goes_on();
            if going {
                paster.row(rows.start + row, bytes);
            }
            going
        });
    Ok(whole.then(|| Frame { rgba: Arc::new(rgba), ..*photo }))
}

struct Paster<'a> {
    crop: Crop,
    planes: Planes<'a>,
    /// What is laid over, and how much it covers.
    anew: Option<(Planes<'a>, Planes<'a>)>,
    rim: Rim,
    /// Places across a pixel of the photo that are averaged: more than one where the square shrinks.
    times: usize,
}

impl Paster<'_> {
    /// The photo's rows that the square reaches.
    fn rows(&self, height_px: usize) -> std::ops::Range<usize> {
        let corners = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
        let ys = corners.map(|corner| self.crop.to_original(corner)[1]);
        let low = ys.iter().copied().fold(f64::INFINITY, f64::min);
        let high = ys.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // The casts take what is below 0 to 0.
        let first = (low.floor() as usize).min(height_px);
        first..(high.ceil() as usize).clamp(first, height_px)
    }

    fn row(&self, y: usize, bytes: &mut [u8]) {
        for (x, pixel) in bytes.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            // Of what is invisible the colour means nothing.
            if pixel[3] == 0 {
                continue;
            }
            let corner = [x as f64, y as f64];
            if let Some(change) = self.change(corner) {
                for (byte, change) in pixel[..3].iter_mut().zip(change) {
                    if change != 0.0 {
                        // The cast saturates.
                        *byte = (f32::from(*byte) + change * BYTES_PER_VALUE).round() as u8;
                    }
                }
            }
            if let Some((cover, values)) = self.laid_over(corner) {
                for (byte, value) in pixel[..3].iter_mut().zip(values) {
                    let anew = (value + 1.0) * BYTES_PER_VALUE;
                    *byte = (f32::from(*byte) + cover * (anew - f32::from(*byte))).round() as u8;
                }
            }
        }
    }

    /// What covers the pixel with this upper left corner, and how much.
    fn laid_over(&self, corner: [f64; 2]) -> Option<(f32, [f32; 3])> {
        let (values, cover) = self.anew.as_ref()?;
        let middle = corner.map(|place| place + 0.5);
        let [u, v] = self.crop.of_original(middle);
        if !((0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v)) {
            return None;
        }
        let share = cover.between(u, v)?[0] * self.rim.share(middle) as f32;
        (share > 0.0).then(|| (share, values.between(u, v).unwrap_or_default()))
    }

    /// What is added to the red, green and blue of the pixel with this upper left corner; `None` where nothing is.
    fn change(&self, corner: [f64; 2]) -> Option<[f32; 3]> {
        let mut sum = None;
        for part in 0..self.times * self.times {
            let step = |part: usize| (part as f64 + 0.5) / self.times as f64;
            let [right, down] = [part % self.times, part / self.times].map(step);
            let [u, v] = self.crop.of_original([corner[0] + right, corner[1] + down]);
            let inside = (0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v);
            if inside && let Some(found) = self.planes.between(u, v) {
                let sum: &mut [f32; 3] = sum.get_or_insert_default();
                sum.iter_mut().zip(found).for_each(|(sum, found)| *sum += found);
            }
        }
        let share = self.rim.share(corner.map(|place| place + 0.5)) as f32;
        let scale = share / (self.times * self.times) as f32;
        sum.map(|sum: [f32; 3]| sum.map(|sum| sum * scale))
    }
}

/// The change, between its pixels.
struct Planes<'a> {
    change: SquareChange<'a>,
    /// Whether anything changes in the 4×4 pixels around the place between this one and its neighbours right and below.
    /// One more than pixels each way: places begin before the first pixel's middle.
    live: Vec<bool>,
}

impl<'a> Planes<'a> {
    fn new(change: SquareChange<'a>) -> Self {
        let size = change.size;
        let colours = change.channels.min(3);
        let plane = size * size;
        let changes = |index: usize| (0..colours).any(|c| change.values[c * plane + index] != 0.0);
        let mut live = vec![false; (size + 1) * (size + 1)];
        for index in (0..plane).filter(|&index| changes(index)) {
            let (y, x) = (index / size, index % size);
            for row in y.saturating_sub(1)..(y + 3).min(size + 1) {
                for column in x.saturating_sub(1)..(x + 3).min(size + 1) {
                    live[row * (size + 1) + column] = true;
                }
            }
        }
        Self { change, live }
    }

    /// At a place of the square, 0 to 1.
    fn between(&self, u: f64, v: f64) -> Option<[f32; 3]> {
        let SquareChange { values, channels, size, .. } = self.change;
        let place = |share: f64| share * size as f64 - 0.5;
        let (x, y) = (place(u), place(v));
        let (left, upper) = (x.floor(), y.floor());
        if !self.live[(upper + 1.0) as usize * (size + 1) + (left + 1.0) as usize] {
            return None;
        }
        let (across, down) = ((x - left) as f32, (y - upper) as f32);
        let near = |first: f64| {
            // Beyond the border the plane goes on; the cast takes what is below 0 to 0.
            std::array::from_fn(|i| ((first + i as f64 - 1.0).max(0.0) as usize).min(size - 1))
        };
        let (columns, rows): ([usize; 4], [usize; 4]) = (near(left), near(upper));
        let one = |channel: usize| {
            let plane = &values[channel * size * size..(channel + 1) * size * size];
            let lines =
                rows.map(|row| cubic(columns.map(|column| plane[row * size + column]), across));
            cubic(lines, down)
        };
        if channels == 1 {
            let gray = one(0);
            return Some([gray; 3]);
        }
        Some([one(0), one(1), one(2)])
    }
}

/// Catmull and Rom's cubic between the middle two of four values, held between them.
fn cubic([a, b, c, d]: [f32; 4], t: f32) -> f32 {
    let slope = c - a;
    let bend = 2.0 * a - 5.0 * b + 4.0 * c - d;
    let twist = 3.0 * (b - c) + d - a;
    let value = b + 0.5 * t * (slope + t * (bend + t * twist));
    value.max(b.min(c)).min(b.max(c))
}

/// Where the square's border runs through the photo. Where it runs along the photo's own there is no seam to hide.
struct Rim {
    /// Pieces of the border, in the photo's pixels.
    pieces: Vec<[[f64; 2]; 2]>,
    /// Over this distance from them a change fades out, in the photo's pixels.
    width: f64,
}

impl Rim {
    fn new(crop: &Crop, width: f64, height: f64) -> Self {
        let corners = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
        let places = corners.map(|corner| crop.to_original(corner));
        let sides = (0..4).map(|index| [places[index], places[(index + 1) % 4]]);
        let pieces = sides.filter_map(|side| within(side, [width, height])).collect();
        Self { pieces, width: RIM * crop.side }
    }

    /// How much of a change counts at a place of the photo: 0 at the rim, 1 from its width on.
    fn share(&self, place: [f64; 2]) -> f64 {
        let distances = self.pieces.iter().map(|piece| distance(place, *piece));
        let t = (distances.fold(f64::INFINITY, f64::min) / self.width).min(1.0);
        t * t * (3.0 - 2.0 * t)
    }
}

/// The part of a line at least half a pixel within the photo (Liang and Barsky 1984).
fn within([from, to]: [[f64; 2]; 2], size: [f64; 2]) -> Option<[[f64; 2]; 2]> {
    const MARGIN: f64 = 0.5;
    let way = [to[0] - from[0], to[1] - from[1]];
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for axis in 0..2 {
        let (low, high) = (MARGIN, size[axis] - MARGIN);
        // A little more than rounding.
        if way[axis].abs() < 1e-9 {
            if !(from[axis] > low && from[axis] < high) {
                return None;
            }
            continue;
        }
        let [first, second] = [low, high].map(|bound| (bound - from[axis]) / way[axis]);
        enter = enter.max(first.min(second));
        leave = leave.min(first.max(second));
    }
    let at = |share: f64| [from[0] + share * way[0], from[1] + share * way[1]];
    (enter < leave).then(|| [at(enter), at(leave)])
}

fn distance(place: [f64; 2], [from, to]: [[f64; 2]; 2]) -> f64 {
    let way = [to[0] - from[0], to[1] - from[1]];
    let to_place = [place[0] - from[0], place[1] - from[1]];
    let length = way[0] * way[0] + way[1] * way[1];
    let along = ((to_place[0] * way[0] + to_place[1] * way[1]) / length.max(f64::MIN_POSITIVE))
        .clamp(0.0, 1.0);
    (to_place[0] - along * way[0]).hypot(to_place[1] - along * way[1])
}

#[cfg(test)]
mod tests;
