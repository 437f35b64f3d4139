//! The gradient of a convolution (or transposed convolution) in its weights: small image × patches
//! of the large one.
//!
//! The depth of the product is every position of every image. Each task owns a share of the large
//! image's channels (and, if there are few of those, a share of the batch, whose partial sums are
//! then added in order), so the numbers do not depend on the number of threads.

use rayon::prelude::*;

use super::microkernel::{Microkernel, with_microkernel};
use super::pack::{
    Lanes, RowCopy, Scratch, Store, blocks, interleave_rows, sized, store_tile, sum_of,
    with_scratch,
};
use super::shape::ConvShape;

/// Positions multiplied at a time; see the same name in `gather`.
const DEPTH_BLOCK: usize = 320;
/// Rows of the packed small image used in turn with each panel.
const ROW_BLOCK: usize = 96;
/// Positions of the group of images that one task packs at a time.
const GROUP_POSITIONS: usize = 256;
/// Large channels per task.
const MIN_CHANNELS: usize = 8;
const MAX_CHANNELS: usize = 16;
/// Shares of the batch when there are too few channels to share out.
const BATCH_SHARES: usize = 8;

/// `[small, large, k, k]`: `Σ_{n, p} small[n, o, p] · large[n, c, p·stride + tap − padding]`.
pub(super) fn weight_grad(shape: &ConvShape, large: &[f32], small: &[f32]) -> Vec<f32> {
    with_microkernel!(microkernel => run(microkernel, shape, large, small))
}

/// `[channels]`: the sum of `image` (`[batch, channels, area]`) over batch and pixels: the gradient
/// in a bias.
pub(super) fn bias_grad(image: &[f32], channels: usize, area: usize) -> Vec<f32> {
    (0..channels)
        .into_par_iter()
        .map(|channel| {
            let planes = image.chunks_exact(area).skip(channel).step_by(channels);
            planes.map(|plane| f64::from(sum_of(plane, |x| x))).sum::<f64>() as f32
        })
        .collect()
}

pub(super) fn run<K, const MR: usize, const NR: usize>(
    microkernel: K,
    shape: &ConvShape,
    large: &[f32],
    small: &[f32],
) -> Vec<f32>
where
    K: Microkernel<MR, NR>,
{
    let mut grad = vec![0.0; shape.small.channels * shape.taps()];
    if shape.batch == 0 {
        return grad;
    }
    let work = Work::new::<MR, NR>(microkernel, shape, small);
    let (channel_shares, batch_shares) = work.shares();
    let parts: Vec<Vec<f32>> = (0..channel_shares * batch_shares)
        .into_par_iter()
        .map(|task| {
            with_scratch(|scratch| {
                work.part(large, task / batch_shares, task % batch_shares, scratch)
            })
        })
        .collect();

    let taps = shape.kernel * shape.kernel;
    grad.par_chunks_mut(shape.taps()).enumerate().for_each(|(row, grad)| {
        for (grad, parts) in grad.chunks_mut(work.channels * taps).zip(parts.chunks(batch_shares)) {
            let width = grad.len();
            for part in parts {
                for (grad, part) in grad.iter_mut().zip(&part[row * width..(row + 1) * width]) {
                    *grad += part;
                }
            }
        }
    });
    grad
}

/// What every task of one gradient shares.
struct Work<'a, K> {
    shape: &'a ConvShape,
    microkernel: K,
    /// Images of one group.
    images: usize,
    /// Large channels per task; the last one may have fewer.
    channels: usize,
    /// The small image as `[group][small channels / MR][position of the group][MR]`.
    packed: Vec<f32>,
    /// Padded large image: `plane.0 × plane.1` pixels per channel.
    plane: (usize, usize),
    /// Plane offset of each position of a group.
    positions: Vec<usize>,
}

impl<'a, K> Work<'a, K> {
    fn new<const MR: usize, const NR: usize>(
        microkernel: K,
        shape: &'a ConvShape,
        small: &[f32],
    ) -> Self {
        let (kernel, stride) = (shape.kernel, shape.geometry.stride);
        let images = (GROUP_POSITIONS / shape.small.area()).clamp(1, shape.batch);
        let channels =
            (shape.large.channels / 8).clamp(MIN_CHANNELS, MAX_CHANNELS).min(shape.large.channels);
        let plane =
            ((shape.small.height - 1) * stride + kernel, (shape.small.width - 1) * stride + kernel);
        let positions = (0..images)
            .flat_map(|image| (0..shape.small.area()).map(move |position| (image, position)))
            .map(|(image, position)| {
                let (row, col) = (position / shape.small.width, position % shape.small.width);
                image * channels * plane.0 * plane.1 + (row * plane.1 + col) * stride
            })
            .collect();
        let packed = pack_small::<MR>(shape, small, images);
        Self { shape, microkernel, images, channels, packed, plane, positions }
    }

    /// Tasks: shares of the large channels × shares of the batch.
    fn shares(&self) -> (usize, usize) {
        let channel_shares = self.shape.large.channels.div_ceil(self.channels);
        let groups = self.shape.batch.div_ceil(self.images);
        (channel_shares, BATCH_SHARES.div_ceil(channel_shares).min(groups))
    }

    /// `[small channels, the share's channels · taps]`: the gradient of one share's channels over
    /// one share of the batch.
    fn part<const MR: usize, const NR: usize>(
        &self,
        large: &[f32],
        channel_share: usize,
        batch_share: usize,
        scratch: &mut Scratch,
    ) -> Vec<f32>
    where
        K: Microkernel<MR, NR>,
    {
        let shape = self.shape;
        let first = channel_share * self.channels;
        let channels = self.channels.min(shape.large.channels - first);
        let lanes = Lanes::new::<NR>(&self.lane_offsets(channels));
        let mut grad = vec![0.0; shape.small.channels * lanes.len()];

        let groups = shape.batch.div_ceil(self.images);
        let per_share = groups.div_ceil(self.shares().1);
        let rows = shape.small.channels.div_ceil(MR) * MR;
        for group in batch_share * per_share..((batch_share + 1) * per_share).min(groups) {
            let images = self.images.min(shape.batch - group * self.images);
            let group_start = group * self.images;
            let plane_len = self.plane.0 * self.plane.1;
            let planes = sized(&mut scratch.planes, self.images * self.channels * plane_len);
            for (image, planes) in
                planes.chunks_exact_mut(self.channels * plane_len).take(images).enumerate()
            {
                let start =
                    ((group_start + image) * shape.large.channels + first) * shape.large.area();
                self.fill_planes(&large[start..start + channels * shape.large.area()], planes);
            }
            let positions = &self.positions[..images * shape.small.area()];
            let packed =
                &self.packed[group_start * shape.small.area() * rows..][..positions.len() * rows];
            self.accumulate::<MR, NR>(
                &lanes,
                positions,
                planes,
                packed,
                &mut grad,
                &mut scratch.panels,
            );
        }
        grad
    }

    /// Plane offset of every weight `(channel, row, col)` of a share.
    fn lane_offsets(&self, channels: usize) -> Vec<usize> {
        let kernel = self.shape.kernel;
        let taps = move |channel: usize| {
            (0..kernel * kernel).map(move |tap| (channel, tap / kernel, tap % kernel))
        };
        (0..channels)
            .flat_map(taps)
            .map(|(channel, row, col)| (channel * self.plane.0 + row) * self.plane.1 + col)
            .collect()
    }

    fn fill_planes(&self, channels: &[f32], planes: &mut [f32]) {
        let side = self.shape.large;
        let padding = self.shape.geometry.padding;
        let copy = RowCopy::new(side.width, self.plane.1, -(padding as isize), 1);
        let planes = planes.chunks_exact_mut(self.plane.0 * self.plane.1);
        for (channel, plane) in channels.chunks_exact(side.area()).zip(planes) {
            for (row, out) in plane.chunks_exact_mut(self.plane.1).enumerate() {
                match row.checked_sub(padding).filter(|row| *row < side.height) {
                    Some(row) => copy.copy(&channel[row * side.width..][..side.width], out),
                    None => out.fill(0.0),
                }
            }
        }
    }

    /// Adds one group's product to `grad`.
    fn accumulate<const MR: usize, const NR: usize>(
        &self,
        lanes: &Lanes,
        positions: &[usize],
        planes: &[f32],
        packed: &[f32],
        grad: &mut [f32],
        panels: &mut Vec<f32>,
    ) where
        K: Microkernel<MR, NR>,
    {
        let width = lanes.len();
        let rows = self.shape.small.channels;
        let columns: Vec<usize> = (0..width).collect();
        for (start, end) in blocks(positions.len(), DEPTH_BLOCK) {
            let panel_len = (end - start) * NR;
            let panels = sized(panels, width.div_ceil(NR) * panel_len);
            for (index, panel) in panels.chunks_exact_mut(panel_len).enumerate() {
                lanes.pack::<NR>(index, &positions[start..end], planes, panel);
            }
            for first_row in (0..rows).step_by(ROW_BLOCK / MR * MR) {
                let last_row = (first_row + ROW_BLOCK / MR * MR).min(rows);
                for (columns, panel) in columns.chunks(NR).zip(panels.chunks_exact(panel_len)) {
                    for row in (first_row..last_row).step_by(MR) {
                        let small = &packed[row * positions.len()..];
                        let mut tile = [[0.0; NR]; MR];
                        self.microkernel.multiply(&small[start * MR..end * MR], panel, &mut tile);
                        store_tile(
                            &tile,
                            &mut grad[row * width..],
                            width,
                            MR.min(rows - row),
                            columns,
                            Store::Add,
                        );
                    }
                }
            }
        }
    }
}

/// The small image as `[group of images][channels / MR][position][MR]`, zero beyond the last
/// channel.
fn pack_small<const MR: usize>(shape: &ConvShape, small: &[f32], images: usize) -> Vec<f32> {
    let area = shape.small.area();
    let panels = shape.small.channels.div_ceil(MR);
    let mut packed = vec![0.0; shape.batch * area * panels * MR];
    let groups = packed
        .par_chunks_mut(images * area * panels * MR)
        .zip(small.par_chunks(images * shape.small.len()));
    groups.for_each(|(packed, small)| {
        let positions = small.len() / shape.small.channels;
        for (panel, packed) in packed.chunks_exact_mut(positions * MR).enumerate() {
            let rows = MR.min(shape.small.channels - panel * MR);
            for (image, packed) in
                small.chunks_exact(shape.small.len()).zip(packed.chunks_exact_mut(area * MR))
            {
                let image = &image[panel * MR * area..(panel * MR + rows) * area];
                interleave_rows::<MR>(image, area, packed);
            }
        }
    });
    packed
}
