//! Pictures in coarse squares, to find the nearest ones by pixels without looking at all their pixels.
//!
//! The squared distance of two squares' means, times the pixels of a square, is never more than the
//! squared distance of their pixels (Jensen's inequality). So pictures are looked at in the order of that
//! bound, and the search ends where no bound is below what was found: the answer is that of looking at
//! every pixel of every picture.

use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSlice as _;

use crate::latent::{Best, Neighbour};

/// Squares along an edge; every image size is a multiple of it.
const COARSE: usize = 8;
/// Pictures whose pixels are looked at in one step.
const STEP: usize = 64;
/// The bound is lowered by this much for what rounding may have added.
const SLACK: f32 = 1.0 - 1e-4;

/// Coarse pictures, in the order they were added.
#[derive(Debug, Clone, Default)]
pub(super) struct PixelIndex {
    channels: usize,
    size: usize,
    /// Sums of bytes, `[N, 8·8·C]`; the largest square has 16×16 pixels, whose sum just fits.
    sums: Vec<u16>,
}

impl PixelIndex {
    /// No pictures yet, of `size`×`size` pixels.
    pub(super) fn new(channels: usize, size: usize) -> Self {
        Self { channels, size, sums: Vec::new() }
    }

    /// Adds pictures as a data set gives them: bytes, H×W×C.
    pub(super) fn push(&mut self, pixels: &[u8]) {
        for picture in pixels.chunks_exact(self.size * self.size * self.channels) {
            let at = self.sums.len();
            self.sums.resize(at + self.coarse_len(), 0);
            let sums = &mut self.sums[at..];
            for (place, &byte) in picture.iter().enumerate() {
                sums[coarse_place(place, self.size, self.channels)] += u16::from(byte);
            }
        }
    }

    /// Begins to look for the `count` pictures nearest to one of C×H×W values in [-1, 1].
    pub(super) fn search(&self, values: &[f32], count: usize) -> PixelSearch {
        let picture = interleaved_bytes(values, self.channels);
        let mut coarse = vec![0.0_f32; self.coarse_len()];
        for (place, value) in picture.iter().enumerate() {
            coarse[coarse_place(place, self.size, self.channels)] += value;
        }
        let square_px = (self.size / COARSE).pow(2) as f32;
        let bound = |sums: &[u16]| -> f32 {
            let differences = sums.iter().zip(&coarse).map(|(a, b)| f32::from(*a) - b);
            differences.map(|difference| difference * difference).sum::<f32>() / square_px * SLACK
        };
        let rows = self.sums.par_chunks_exact(self.coarse_len().max(1)).with_min_len(1024);
        let mut order: Vec<(f32, usize)> =
            rows.enumerate().map(|(place, sums)| (bound(sums), place)).collect();
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        PixelSearch { picture, order, looked_at: 0, best: Best::new(count) }
    }

    /// How many pictures there are.
    pub(super) fn len(&self) -> usize {
        self.sums.len() / self.coarse_len().max(1)
    }

    fn coarse_len(&self) -> usize {
        COARSE * COARSE * self.channels
    }
}

/// The coarse place of a byte's place in H×W×C.
fn coarse_place(place: usize, size: usize, channels: usize) -> usize {
    let (pixel, channel) = (place / channels, place % channels);
    let (y, x) = (pixel / size * COARSE / size, pixel % size * COARSE / size);
    (y * COARSE + x) * channels + channel
}

/// C×H×W values in [-1, 1] as H×W×C numbers from 0 to 255, not rounded.
fn interleaved_bytes(values: &[f32], channels: usize) -> Vec<f32> {
    let pixels = values.len() / channels.max(1);
    let byte = |place: usize| (values[place % channels * pixels + place / channels] + 1.0) * 127.5;
    (0..pixels * channels).map(byte).collect()
}

/// A search under way.
#[derive(Debug, Clone)]
pub(super) struct PixelSearch {
    picture: Vec<f32>,
    /// Bound and place of each picture, the lowest bound first.
    order: Vec<(f32, usize)>,
    looked_at: usize,
    best: Best,
}

impl PixelSearch {
    /// The pictures whose pixels must be looked at next, by their places; none when the search is done.
    pub(super) fn next(&self) -> Vec<usize> {
        let rest = self.order[self.looked_at..].iter().take(STEP);
        rest.take_while(|(bound, _)| *bound <= self.best.limit()).map(|(_, place)| *place).collect()
    }

    /// Looks at the pixels of [`next`](Self::next)'s pictures: bytes, H×W×C.
    pub(super) fn look(&mut self, places: &[usize], pixels: &[u8]) {
        let pictures = pixels.par_chunks_exact(self.picture.len().max(1));
        let squares: Vec<f32> = pictures
            .map(|pixels| {
                let differences = pixels.iter().zip(&self.picture).map(|(a, b)| f32::from(*a) - b);
                differences.map(|difference| difference * difference).sum()
            })
            .collect();
        for (&place, square) in places.iter().zip(squares) {
            self.best.offer(square, place);
        }
        self.looked_at += places.len();
    }

    /// The nearest pictures by their places, with distances of values in [-1, 1].
    pub(super) fn into_neighbours(self) -> Vec<Neighbour> {
        let scaled = |found: Neighbour| Neighbour { distance: found.distance / 127.5, ..found };
        self.best.into_neighbours().into_iter().map(scaled).collect()
    }

    /// Pictures looked at so far.
    #[cfg(test)]
    fn looked_at(&self) -> usize {
        self.looked_at
    }
}

#[cfg(test)]
mod tests {
    use super::PixelIndex;
    use crate::imaging::value_from_byte;
    use crate::random::{Random, Stream};

    /// Smooth pictures with some noise, H×W×C.
    fn pictures(count: usize, size: usize, channels: usize) -> Vec<Vec<u8>> {
        let mut random = Random::new(3, Stream::Test, size as u64);
        let one = |random: &mut Random| {
            let (a, b, c) = (random.uniform(), random.uniform(), random.uniform());
            let noise = random.normals(size * size * channels);
            let value = |place: usize| {
                let (pixel, channel) = (place / channels, place % channels);
                let (x, y) = ((pixel % size) as f32, (pixel / size) as f32);
                let wave = (a * 9.0 + (x * b + y * c) * 6.0 / size as f32 + channel as f32).sin();
                (127.0 + 100.0 * wave + 4.0 * noise[place]).clamp(0.0, 255.0) as u8
            };
            (0..size * size * channels).map(value).collect()
        };
        (0..count).map(|_| one(&mut random)).collect()
    }

    /// The values of a picture as networks speak them, C×H×W, a little off.
    fn values(picture: &[u8], channels: usize) -> Vec<f32> {
        let pixels = picture.len() / channels;
        let value = |place: usize| {
            let (channel, pixel) = (place / pixels, place % pixels);
            value_from_byte(picture[pixel * channels + channel]) + 0.01 * (place as f32).sin()
        };
        (0..picture.len()).map(value).collect()
    }

    fn brute_force(all: &[Vec<u8>], values: &[f32], channels: usize) -> Vec<(usize, f64)> {
        let pixels = values.len() / channels;
        let distance = |picture: &Vec<u8>| {
            let terms = (0..values.len()).map(|place| {
                let (channel, pixel) = (place / pixels, place % pixels);
                let own = f64::from(value_from_byte(picture[pixel * channels + channel]));
                (own - f64::from(values[place])).powi(2)
            });
            terms.sum::<f64>().sqrt()
        };
        let mut found: Vec<(usize, f64)> = all.iter().map(distance).enumerate().collect();
        found.sort_by(|a, b| a.1.total_cmp(&b.1));
        found
    }

    #[test]
    fn the_nearest_are_those_of_every_pixel_of_every_picture() {
        for (size, channels) in [(16, 3), (32, 1), (64, 4)] {
            let all = pictures(700, size, channels);
            let mut index = PixelIndex::new(channels, size);
            all.chunks(50).for_each(|part| index.push(&part.concat()));
            for asked in [0, 333, 699] {
                let query = values(&all[asked], channels);
                let mut search = index.search(&query, 5);
                loop {
                    let next = search.next();
                    if next.is_empty() {
                        break;
                    }
                    let pixels: Vec<u8> =
                        next.iter().flat_map(|&place| all[place].iter().copied()).collect();
                    search.look(&next, &pixels);
                }
                let most = search.looked_at();
                let found = search.into_neighbours();
                let expected = brute_force(&all, &query, channels);
                assert_eq!(found.len(), 5);
                for (found, expected) in found.iter().zip(&expected) {
                    assert_eq!(found.index, expected.0, "{size} px, picture {asked}");
                    assert!((f64::from(found.distance) - expected.1).abs() < 1e-3 * expected.1);
                }
                assert!(most < 500, "looked at {most} of 700 pictures");
            }
        }
    }

    #[test]
    fn a_square_of_the_largest_size_does_not_overflow() {
        let mut index = PixelIndex::new(1, 128);
        index.push(&vec![255; 128 * 128]);
        let search = index.search(&vec![1.0; 128 * 128], 1);
        assert_eq!(search.next(), [0]);
        let none = PixelIndex::new(3, 16).search(&[0.0; 768], 4);
        assert!(none.next().is_empty() && none.into_neighbours().is_empty());
    }
}
