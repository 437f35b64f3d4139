//! Transposed convolution as one product followed by a sum of overlapping windows.
//!
//! Every small pixel times every weight gives the window it paints on the large image, `[large
//! channel, tap][position]`; each large pixel then is the sum of the up to `(k / stride)²` window
//! values that cover it. The windows of a few channels are summed while they are still in cache.

use rayon::prelude::*;

use super::microkernel::{Microkernel, with_microkernel};
use super::pack::{Lanes, Scratch, blocks, sized, store_whole_tile, with_scratch};
use super::shape::ConvShape;

/// Depth of one product; one panel of 16 lanes then takes 32 KB.
const DEPTH_BLOCK: usize = 512;
/// Positions of a group of images.
const GROUP_POSITIONS: usize = 256;
/// Window values kept at a time: 256 KB, half a second-level cache.
const WINDOW_VALUES: usize = 65_536;
/// Tasks to cut the work into at least: fixed, so that the numbers do not depend on the number of
/// threads.
const TASKS: usize = 16;
/// The same for the channels of a few images, where every task packs the image again.
const FEW_IMAGES_TASKS: usize = 4;

/// The transposed convolution of the small image: also the gradient of `conv2d` in its input.
/// `bias` is per large channel.
pub(super) fn small_to_large(
    shape: &ConvShape,
    small: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
) -> Vec<f32> {
    with_microkernel!(microkernel => run(microkernel, shape, small, weight, bias))
}

pub(super) fn run<K, const MR: usize, const NR: usize>(
    microkernel: K,
    shape: &ConvShape,
    small: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
) -> Vec<f32>
where
    K: Microkernel<MR, NR>,
{
    let mut large = vec![0.0; shape.batch * shape.large.len()];
    if large.is_empty() {
        return large;
    }
    let area = shape.small.area();
    let images = (GROUP_POSITIONS / area).min(shape.batch.div_ceil(TASKS)).max(NR / area).max(1);
    let work = Work {
        shape,
        microkernel,
        weights: pack_weights::<MR>(shape, weight),
        steps: (0..shape.small.channels).map(|channel| channel * area).collect(),
        overlaps: (0..shape.geometry.stride)
            .map(|origin| Overlap::reaching(shape, origin))
            .collect(),
        bias,
    };
    if shape.batch < FEW_IMAGES_TASKS {
        // Share each image's channels out instead.
        let unit = channel_unit::<MR>(shape);
        let share = shape
            .large
            .channels
            .div_ceil(FEW_IMAGES_TASKS.div_ceil(shape.batch))
            .next_multiple_of(unit);
        large.par_chunks_mut(shape.large.len()).zip(small.par_chunks(shape.small.len())).for_each(
            |(large, small)| {
                large.par_chunks_mut(share * shape.large.area()).enumerate().for_each(
                    |(block, large)| {
                        with_scratch(|scratch| work.group(small, large, block * share, scratch));
                    },
                );
            },
        );
    } else {
        let smalls = small.par_chunks(images * shape.small.len());
        large.par_chunks_mut(images * shape.large.len()).zip(smalls).for_each(|(large, small)| {
            with_scratch(|scratch| work.group(small, large, 0, scratch));
        });
    }
    large
}

/// Channels whose taps fill whole panels of `MR` rows.
fn channel_unit<const MR: usize>(shape: &ConvShape) -> usize {
    let taps = shape.kernel * shape.kernel;
    (1..=MR).find(|channels| (*channels * taps).is_multiple_of(MR)).unwrap_or(MR)
}

/// Weights as `[large channel and tap / MR][small channel][MR]`, zero beyond the last tap.
fn pack_weights<const MR: usize>(shape: &ConvShape, weight: &[f32]) -> Vec<f32> {
    let (rows, depth) = (shape.taps(), shape.small.channels);
    let mut packed = vec![0.0; rows.div_ceil(MR) * MR * depth];
    packed.par_chunks_mut(MR * depth).enumerate().for_each(|(panel, packed)| {
        let first = panel * MR;
        let last = (first + MR).min(rows);
        for (step, weight) in packed.chunks_exact_mut(MR).zip(weight.chunks_exact(rows)) {
            step[..last - first].copy_from_slice(&weight[first..last]);
        }
    });
    packed
}

/// The kernel indices that reach the large pixels `origin + stride · i` in one direction.
struct Overlap {
    /// `(small − i, kernel index)`: large pixel `origin + stride·i` receives small pixel `i +
    /// offset`.
    taps: Vec<(isize, usize)>,
}

impl Overlap {
    fn reaching(shape: &ConvShape, origin: usize) -> Self {
        let stride = shape.geometry.stride as isize;
        let taps = (0..shape.kernel).filter_map(|k| {
            let distance = (origin + shape.geometry.padding) as isize - k as isize;
            (distance.rem_euclid(stride) == 0).then(|| (distance.div_euclid(stride), k))
        });
        Self { taps: taps.collect() }
    }
}

/// What every task of one run shares.
struct Work<'a, K> {
    shape: &'a ConvShape,
    microkernel: K,
    weights: Vec<f32>,
    /// Offset of each small channel within an image.
    steps: Vec<usize>,
    /// By large row or column modulo the stride.
    overlaps: Vec<Overlap>,
    bias: Option<&'a [f32]>,
}

impl<K> Work<'_, K> {
    /// Computes the large channels from `first_channel` on that `large` has room for, of the images
    /// of `small`.
    fn group<const MR: usize, const NR: usize>(
        &self,
        small: &[f32],
        large: &mut [f32],
        first_channel: usize,
        scratch: &mut Scratch,
    ) where
        K: Microkernel<MR, NR>,
    {
        let shape = self.shape;
        let images = small.len() / shape.small.len();
        let channels = large.len() / (images * shape.large.area());
        let positions = images * shape.small.area();
        let width = positions.next_multiple_of(NR);
        let taps = shape.kernel * shape.kernel;
        let unit = channel_unit::<MR>(shape);
        let block = (WINDOW_VALUES / (width * taps * unit)).max(1) * unit;
        let Scratch { planes: windows, panels, sums } = scratch;
        let panels = sized(panels, width * shape.small.channels);
        self.pack_small::<NR>(small, images, panels);
        let windows = sized(windows, (block * taps).next_multiple_of(MR) * width);
        let aligned = self.is_aligned();
        let room = if aligned {
            shape.large.area()
        } else {
            shape.large.width.next_multiple_of(shape.geometry.stride)
        };
        let sums = sized(sums, room);
        for first in (0..channels).step_by(block) {
            let count = block.min(channels - first);
            self.windows::<MR, NR>(
                (first_channel + first) * taps / MR,
                count * taps,
                panels,
                width,
                windows,
            );
            for image in 0..images {
                for channel in 0..count {
                    let windows =
                        &mut windows[channel * taps * width + image * shape.small.area()..];
                    let start = (image * channels + first + channel) * shape.large.area();
                    let bias = self.bias.map_or(0.0, |bias| bias[first_channel + first + channel]);
                    let large = &mut large[start..start + shape.large.area()];
                    if aligned {
                        self.sum_aligned(windows, width, bias, sums, large);
                    } else {
                        self.sum_rows(windows, width, bias, sums, large);
                    }
                }
            }
        }
    }

    /// The small images as `[position / NR][small channel][NR]`.
    fn pack_small<const NR: usize>(&self, small: &[f32], images: usize, panels: &mut [f32]) {
        let side = self.shape.small;
        let offsets: Vec<usize> = (0..images)
            .flat_map(|image| (0..side.area()).map(move |position| image * side.len() + position))
            .collect();
        let lanes = Lanes::new::<NR>(&offsets);
        for (index, panel) in panels.chunks_exact_mut(side.channels * NR).enumerate() {
            lanes.pack::<NR>(index, &self.steps, small, panel);
        }
    }

    /// The window values of `rows` taps, from panel `first_panel` of the weights on:
    /// `[tap][position]`.
    fn windows<const MR: usize, const NR: usize>(
        &self,
        first_panel: usize,
        rows: usize,
        panels: &[f32],
        width: usize,
        windows: &mut [f32],
    ) where
        K: Microkernel<MR, NR>,
    {
        let depth = self.shape.small.channels;
        for (start, end) in blocks(depth, DEPTH_BLOCK) {
            for (column, panel) in panels.chunks_exact(depth * NR).enumerate() {
                for row in (0..rows).step_by(MR) {
                    let weights = (first_panel + row / MR) * depth * MR;
                    let weights = &self.weights[weights + start * MR..weights + end * MR];
                    let mut tile = [[0.0; NR]; MR];
                    self.microkernel.multiply(weights, &panel[start * NR..end * NR], &mut tile);
                    store_whole_tile(
                        &tile,
                        &mut windows[row * width + column * NR..],
                        width,
                        start > 0,
                    );
                }
            }
        }
    }

    /// Whether the large image is exactly `stride` times the small one: a phase then has the small
    /// image's own pixels.
    fn is_aligned(&self) -> bool {
        let ConvShape { large, small, geometry, .. } = *self.shape;
        large.height == small.height * geometry.stride
            && large.width == small.width * geometry.stride
    }

    /// One channel of one large image from its windows, all rows of a phase at once. `sums` has
    /// room for the image.
    ///
    /// A tap displaced by `(row, col)` then is a shift of the whole plane by `row · width + col`.
    /// What that moves across the left or right edge must not be added: it comes from columns that
    /// this tap never uses, so they are cleared first.
    fn sum_aligned(
        &self,
        windows: &mut [f32],
        width: usize,
        bias: f32,
        sums: &mut [f32],
        large: &mut [f32],
    ) {
        let shape = self.shape;
        let (stride, side) = (shape.geometry.stride, shape.small);
        sums.fill(bias);
        for (phase, sums) in sums.chunks_exact_mut(side.area()).enumerate() {
            for &(row, kernel_row) in &self.overlaps[phase / stride].taps {
                for &(col, kernel_col) in &self.overlaps[phase % stride].taps {
                    let tap = kernel_row * shape.kernel + kernel_col;
                    let window = &mut windows[tap * width..][..side.area()];
                    clear_columns(window, side.width, col);
                    add_shifted(sums, window, row * side.width as isize + col);
                }
            }
        }
        for (large_row, out) in large.chunks_exact_mut(shape.large.width).enumerate() {
            let start = large_row % stride * stride * side.area() + large_row / stride * side.width;
            interleave(&sums[start..], side.area(), stride, out);
        }
    }

    /// One channel of one large image from its windows, row by row, for any geometry. `sums` has
    /// room for one large row.
    fn sum_rows(
        &self,
        windows: &[f32],
        width: usize,
        bias: f32,
        sums: &mut [f32],
        large: &mut [f32],
    ) {
        let shape = self.shape;
        let stride = shape.geometry.stride;
        let room = sums.len() / stride;
        for (large_row, out) in large.chunks_exact_mut(shape.large.width).enumerate() {
            for (origin, columns) in self.overlaps.iter().enumerate() {
                let sums = &mut sums[origin * room..][..(out.len() + stride - 1 - origin) / stride];
                sums.fill(bias);
                for &(offset, kernel_row) in &self.overlaps[large_row % stride].taps {
                    let small_row = (large_row / stride).checked_add_signed(offset);
                    let Some(small_row) = small_row.filter(|row| *row < shape.small.height) else {
                        continue;
                    };
                    for &(offset, kernel_col) in &columns.taps {
                        let tap = kernel_row * shape.kernel + kernel_col;
                        let window = &windows[tap * width + small_row * shape.small.width..]
                            [..shape.small.width];
                        add_shifted(sums, window, offset);
                    }
                }
            }
            interleave(sums, room, stride, out);
        }
    }
}

/// Clears the columns of a plane that a shift by `offset` columns moves out of it.
fn clear_columns(plane: &mut [f32], width: usize, offset: isize) {
    let count = offset.unsigned_abs().min(width);
    let first = if offset < 0 { width - count } else { 0 };
    if count > 0 {
        for row in plane.chunks_exact_mut(width) {
            for value in &mut row[first..first + count] {
                *value = 0.0;
            }
        }
    }
}

/// `sums[i] += values[i + offset]` wherever both exist.
fn add_shifted(sums: &mut [f32], values: &[f32], offset: isize) {
    let skipped = offset.min(0).unsigned_abs();
    if let (Some(sums), Some(values)) =
        (sums.get_mut(skipped..), values.get(offset.max(0) as usize..))
    {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += value;
        }
    }
}

/// `out[i · stride + origin] = rows[origin · room + i]`.
fn interleave(rows: &[f32], room: usize, stride: usize, out: &mut [f32]) {
    if stride == 2 {
        // The common case, in a form that becomes vector shuffles.
        let (even, odd) = rows.split_at(room);
        let (pairs, rest) = out.as_chunks_mut::<2>();
        let count = pairs.len();
        for (pair, (even, odd)) in pairs.iter_mut().zip(even.iter().zip(odd)) {
            *pair = [*even, *odd];
        }
        for (out, even) in rest.iter_mut().zip(&even[count..]) {
            *out = *even;
        }
    } else {
        for (origin, row) in rows.chunks(room).take(stride).enumerate() {
            for (out, value) in out.iter_mut().skip(origin).step_by(stride).zip(row) {
                *out = *value;
            }
        }
    }
}
