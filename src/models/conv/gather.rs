//! Convolution: the patches of a block of positions are packed, multiplied with all weights, and
//! written once.

use std::ops::Range;

use rayon::prelude::*;

use super::microkernel::{Microkernel, with_microkernel};
use super::pack::{
    Lanes, RowCopy, Scratch, Store, blocks, interleave_rows, sized, store_tile, with_scratch,
};
use super::shape::ConvShape;

/// Depth of one product: a panel of 16 lanes then takes 20 KB of a 32 KB first-level cache.
const DEPTH_BLOCK: usize = 320;
/// Positions packed at a time: with the depth above at most 320 KB, inside a second-level cache.
const POSITION_BLOCK: usize = 256;
/// Rows of packed weights used in turn with each panel: at most 120 KB.
const ROW_BLOCK: usize = 96;
/// Tasks to cut the work into at least: fixed, so that the numbers do not depend on the number of
/// threads.
const TASKS: usize = 16;
/// The same for the channels of a few images, where every task packs the image again.
const FEW_IMAGES_TASKS: usize = 4;

/// The small image that `conv2d` makes of the large one; `weight` is `[small, large, k, k]`, `bias`
/// per small channel.
pub(super) fn large_to_small(
    shape: &ConvShape,
    large: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
) -> Vec<f32> {
    with_microkernel!(microkernel => run(microkernel, shape, large, weight, bias))
}

pub(super) fn run<K, const MR: usize, const NR: usize>(
    microkernel: K,
    shape: &ConvShape,
    large: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
) -> Vec<f32>
where
    K: Microkernel<MR, NR>,
{
    let mut small = vec![0.0; shape.batch * shape.small.len()];
    if small.is_empty() {
        return small;
    }
    // As many images as fill a block of positions, unless that leaves too few tasks; at least one
    // whole panel.
    let area = shape.small.area();
    let images = (POSITION_BLOCK / area).min(shape.batch.div_ceil(TASKS)).max(NR / area).max(1);
    let work = Work::new::<MR, NR>(microkernel, shape, images, weight, bias);
    if shape.batch < FEW_IMAGES_TASKS {
        // Share each image's channels out instead.
        let share = shape
            .small
            .channels
            .div_ceil(FEW_IMAGES_TASKS.div_ceil(shape.batch))
            .next_multiple_of(MR);
        small.par_chunks_mut(shape.small.len()).zip(large.par_chunks(shape.large.len())).for_each(
            |(small, large)| {
                small.par_chunks_mut(share * area).enumerate().for_each(|(block, small)| {
                    with_scratch(|scratch| work.group(large, small, block * share, scratch));
                });
            },
        );
    } else {
        let larges = large.par_chunks(images * shape.large.len());
        small.par_chunks_mut(images * shape.small.len()).zip(larges).for_each(|(small, large)| {
            with_scratch(|scratch| work.group(large, small, 0, scratch));
        });
    }
    small
}

/// Padded images, split by the stride in both directions so that the pixels one tap reads for a row
/// of positions are contiguous: `[image][channel][row % stride][col % stride][row / stride][col /
/// stride]`.
struct Planes {
    height: usize,
    width: usize,
}

impl Planes {
    fn of(shape: &ConvShape) -> Self {
        let stride = shape.geometry.stride;
        let span = |small: usize| (small - 1) + shape.kernel.div_ceil(stride);
        Self { height: span(shape.small.height), width: span(shape.small.width) }
    }

    fn channel_len(&self, stride: usize) -> usize {
        stride * stride * self.height * self.width
    }

    /// Offset within a channel of the pixel that tap `(row, col)` reads for position 0.
    fn offset(&self, stride: usize, row: usize, col: usize) -> usize {
        let plane = (row % stride) * stride + col % stride;
        (plane * self.height + row / stride) * self.width + col / stride
    }

    /// Splits `images` into `planes`.
    fn fill(&self, shape: &ConvShape, images: &[f32], planes: &mut [f32]) {
        let side = shape.large;
        let (stride, padding) = (shape.geometry.stride, shape.geometry.padding);
        let copies: Vec<RowCopy> = (0..stride)
            .map(|col| {
                RowCopy::new(side.width, self.width, col as isize - padding as isize, stride)
            })
            .collect();
        let channels =
            images.chunks_exact(side.area()).zip(planes.chunks_exact_mut(self.channel_len(stride)));
        for (channel, planes) in channels {
            for (plane, out) in planes.chunks_exact_mut(self.height * self.width).enumerate() {
                for (row, out) in out.chunks_exact_mut(self.width).enumerate() {
                    let row = (row * stride + plane / stride)
                        .checked_sub(padding)
                        .filter(|row| *row < side.height);
                    match row {
                        Some(row) => copies[plane % stride]
                            .copy(&channel[row * side.width..][..side.width], out),
                        None => out.fill(0.0),
                    }
                }
            }
        }
    }
}

/// What every task of one run shares.
struct Work<'a, K> {
    shape: &'a ConvShape,
    microkernel: K,
    bias: Option<&'a [f32]>,
    /// `[small channels / MR][large channel, tap][MR]`, zero beyond the last small channel.
    weights: Vec<f32>,
    planes: Planes,
    /// Images of one group; the last group may have fewer.
    images: usize,
    /// Plane offset of each step of the depth (large channel, tap).
    steps: Vec<usize>,
    /// Plane offset of each position of a group, by blocks of positions.
    lanes: Vec<Lanes>,
    /// Output offset of each position of a group, for channel 0.
    columns: Vec<usize>,
}

impl<'a, K> Work<'a, K> {
    fn new<const MR: usize, const NR: usize>(
        microkernel: K,
        shape: &'a ConvShape,
        images: usize,
        weight: &[f32],
        bias: Option<&'a [f32]>,
    ) -> Self {
        let stride = shape.geometry.stride;
        let planes = Planes::of(shape);
        let channel_len = planes.channel_len(stride);
        let taps: Vec<usize> = (0..shape.kernel * shape.kernel)
            .map(|tap| planes.offset(stride, tap / shape.kernel, tap % shape.kernel))
            .collect();
        let positions = || {
            let area = shape.small.area();
            (0..images * area).map(move |index| (index / area, index % area))
        };
        let offsets: Vec<usize> = positions()
            .map(|(image, position)| {
                let (row, col) = (position / shape.small.width, position % shape.small.width);
                image * shape.large.channels * channel_len + row * planes.width + col
            })
            .collect();
        Self {
            shape,
            microkernel,
            bias,
            weights: pack_weights::<MR>(shape, weight),
            images,
            steps: (0..shape.large.channels)
                .flat_map(|channel| taps.iter().map(move |tap| channel * channel_len + tap))
                .collect(),
            lanes: offsets.chunks(POSITION_BLOCK).map(Lanes::new::<NR>).collect(),
            columns: positions()
                .map(|(image, position)| image * shape.small.len() + position)
                .collect(),
            planes,
        }
    }

    /// Computes the small channels from `first_channel` on that `small` has room for, of the images
    /// of `large`.
    fn group<const MR: usize, const NR: usize>(
        &self,
        large: &[f32],
        small: &mut [f32],
        first_channel: usize,
        scratch: &mut Scratch,
    ) where
        K: Microkernel<MR, NR>,
    {
        let shape = self.shape;
        let images = large.len() / shape.large.len();
        // Room for a whole group: the last panel of a smaller one reads, and ignores, the missing
        // images' lanes.
        let room =
            self.images * shape.large.channels * self.planes.channel_len(shape.geometry.stride);
        let planes = sized(&mut scratch.planes, room);
        self.planes.fill(shape, large, planes);
        let channels = first_channel..first_channel + small.len() / (images * shape.small.area());
        let columns = &self.columns[..images * shape.small.area()];
        for (columns, lanes) in columns.chunks(POSITION_BLOCK).zip(&self.lanes) {
            self.block(columns, lanes, planes, small, channels.clone(), &mut scratch.panels);
        }
    }

    /// One block of positions: packs a slice of the depth, multiplies it with all weights, goes on
    /// to the next slice.
    fn block<const MR: usize, const NR: usize>(
        &self,
        columns: &[usize],
        lanes: &Lanes,
        planes: &[f32],
        small: &mut [f32],
        channels: Range<usize>,
        panels: &mut Vec<f32>,
    ) where
        K: Microkernel<MR, NR>,
    {
        let area = self.shape.small.area();
        let (first_channel, channels) = (channels.start, channels.len());
        let depth = self.steps.len();
        for (start, end) in blocks(depth, DEPTH_BLOCK) {
            let panel_len = (end - start) * NR;
            let panels = sized(panels, columns.len().div_ceil(NR) * panel_len);
            for (index, panel) in panels.chunks_exact_mut(panel_len).enumerate() {
                lanes.pack::<NR>(index, &self.steps[start..end], planes, panel);
            }
            for first_row in (0..channels).step_by(ROW_BLOCK / MR * MR) {
                let last_row = (first_row + ROW_BLOCK / MR * MR).min(channels);
                for (columns, panel) in columns.chunks(NR).zip(panels.chunks_exact(panel_len)) {
                    for row in (first_row..last_row).step_by(MR) {
                        let weights = (first_channel + row) / MR * depth * MR;
                        let weights = &self.weights[weights + start * MR..weights + end * MR];
                        let mut tile = [[0.0; NR]; MR];
                        self.microkernel.multiply(weights, panel, &mut tile);
                        let bias = self.bias.map(|bias| &bias[first_channel + row..]);
                        let store = if start == 0 { Store::Assign(bias) } else { Store::Add };
                        store_tile(
                            &tile,
                            &mut small[row * area..],
                            area,
                            MR.min(channels - row),
                            columns,
                            store,
                        );
                    }
                }
            }
        }
    }
}

/// Weights as `[small channels / MR][large channel, tap][MR]`, zero beyond the last small channel.
fn pack_weights<const MR: usize>(shape: &ConvShape, weight: &[f32]) -> Vec<f32> {
    let depth = shape.taps();
    let mut packed = vec![0.0; shape.small.channels.div_ceil(MR) * depth * MR];
    packed.par_chunks_mut(depth * MR).zip(weight.par_chunks(depth * MR)).for_each(
        |(packed, weight)| {
            interleave_rows::<MR>(weight, depth, packed);
        },
    );
    packed
}
