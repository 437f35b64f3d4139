//! The three kernels with every microkernel, whatever this machine's processor would choose,
//! against plain loops.

use super::microkernel::{Microkernel, Portable, Wide, with_microkernel};
use super::shape::{ConvGeometry, ConvShape};
use super::{gather, scatter, weight_grad};

fn values(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        })
        .collect()
}

/// Inputs of one case and what the three kernels should make of them.
struct Case {
    shape: ConvShape,
    large: Vec<f32>,
    small: Vec<f32>,
    weight: Vec<f32>,
    small_expected: Vec<f64>,
    large_expected: Vec<f64>,
    weight_expected: Vec<f64>,
}

impl Case {
    fn new(x: [usize; 4], out: usize, kernel: usize, geometry: ConvGeometry) -> Self {
        let shape = ConvShape::of_conv(x, [out, x[1], kernel, kernel], geometry);
        let (large_len, small_len) =
            (shape.batch * shape.large.len(), shape.batch * shape.small.len());
        let weight_len = out * shape.taps();
        let mut case = Self {
            shape,
            large: values(large_len, 1),
            small: values(small_len, 2),
            weight: values(weight_len, 3),
            small_expected: vec![0.0; small_len],
            large_expected: vec![0.0; large_len],
            weight_expected: vec![0.0; weight_len],
        };
        case.expect();
        case
    }

    fn expect(&mut self) {
        let ConvShape { large, small, kernel, geometry, .. } = self.shape;
        for small_index in 0..self.small.len() {
            let (plane, position) = (small_index / small.area(), small_index % small.area());
            let (image, out) = (plane / small.channels, plane % small.channels);
            let (row, col) = (position / small.width, position % small.width);
            for tap in 0..self.shape.taps() {
                let (channel, row_tap, col_tap) =
                    (tap / (kernel * kernel), tap / kernel % kernel, tap % kernel);
                let row = (row * geometry.stride + row_tap)
                    .checked_sub(geometry.padding)
                    .filter(|r| *r < large.height);
                let col = (col * geometry.stride + col_tap)
                    .checked_sub(geometry.padding)
                    .filter(|c| *c < large.width);
                let Some((row, col)) = row.zip(col) else { continue };
                let large_index =
                    ((image * large.channels + channel) * large.height + row) * large.width + col;
                let weight_index = out * self.shape.taps() + tap;
                let [x, y, w] =
                    [self.large[large_index], self.small[small_index], self.weight[weight_index]]
                        .map(f64::from);
                self.small_expected[small_index] += x * w;
                self.large_expected[large_index] += y * w;
                self.weight_expected[weight_index] += x * y;
            }
        }
    }

    fn check<K: Microkernel<MR, NR>, const MR: usize, const NR: usize>(&self, kernel: K) {
        let shape = &self.shape;
        let small = gather::run(kernel, shape, &self.large, &self.weight, None);
        self.compare("forward", &small, &self.small_expected);
        let large = scatter::run(kernel, shape, &self.small, &self.weight, None);
        self.compare("transposed", &large, &self.large_expected);
        let weight = weight_grad::run(kernel, shape, &self.large, &self.small);
        self.compare("weight gradient", &weight, &self.weight_expected);
    }

    fn compare(&self, name: &str, actual: &[f32], expected: &[f64]) {
        let scale = expected.iter().fold(1.0f64, |scale, value| scale.max(value.abs()));
        for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
            let error = (f64::from(*actual) - expected).abs();
            assert!(
                error < 1e-5 * scale,
                "{name} of {:?} at {index}: {actual}, not {expected}",
                self.shape
            );
        }
    }
}

#[test]
fn every_microkernel_serves_every_geometry() {
    for (kernel, stride, padding) in
        [(4, 2, 1), (4, 1, 0), (3, 1, 1), (1, 1, 0), (3, 2, 1), (2, 3, 0), (5, 2, 2)]
    {
        for [batch, channels, out, height, width] in [
            [1, 3, 7, 8, 8],
            [2, 9, 16, 5, 7],
            [17, 8, 1, 6, 6],
            [18, 5, 13, 16, 16],
            [33, 20, 14, 4, 4],
        ] {
            let case = Case::new(
                [batch, channels, height, width],
                out,
                kernel,
                ConvGeometry::new(stride, padding),
            );
            case.check(Portable);
            case.check(Wide);
            with_microkernel!(best => case.check(best));
        }
    }
}

#[test]
fn depth_in_several_blocks_is_summed() {
    let case = Case::new([2, 70, 6, 6], 600, 4, ConvGeometry::new(2, 1));
    case.check(Portable);
    case.check(Wide);
    with_microkernel!(best => case.check(best));
}
