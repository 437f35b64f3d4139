//! burn's own Flex convolutions and ours on the layers of a 64-pixel DCGAN, alternating within one
//! run.
//!
//! `cargo bench --bench conv -- [--batch N]… [--width N]… [--repeats N]` prints one JSON line per
//! layer and pass: GFLOPS of the best of the repetitions by wall clock (`value`, `peer`) and by
//! processor time over all threads (`own_per_cpu_second`, `peer_per_cpu_second`, on Linux), and the
//! ratios. On a shared machine only ratios, rather of processor time, mean anything.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod shared;

use std::time::Instant;

use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Device, Tensor, TensorData, module};
use latent_atelier::models::conv::{ConvGeometry, conv_transpose2d, conv2d};
use shared::cpu_seconds;

const GEOMETRY: ConvGeometry = ConvGeometry::new(2, 1);

/// One layer with a 4 × 4 kernel, stride 2: `narrow` channels at `side` pixels, `wide` channels at
/// half of that.
#[derive(Clone, Copy)]
struct Layer {
    batch: usize,
    narrow: usize,
    wide: usize,
    side: usize,
    transposed: bool,
}

/// What is timed.
#[derive(Clone, Copy)]
enum Pass {
    Forward,
    /// Forward, and the gradients in input and weights.
    All,
    /// Forward, and the gradient in the input alone (frozen weights).
    InputGrad,
}

fn main() {
    let options = Options::parse();
    for &batch in &options.batches {
        for &width in &options.widths {
            for transposed in [false, true] {
                for (narrow, wide, side) in [
                    (3, width, 64),
                    (width, 2 * width, 32),
                    (2 * width, 4 * width, 16),
                    (4 * width, 8 * width, 8),
                ] {
                    let layer = Layer { batch, narrow, wide, side, transposed };
                    for pass in [Pass::Forward, Pass::All, Pass::InputGrad] {
                        compare(layer, pass, options.repeats);
                    }
                }
            }
        }
    }
}

struct Options {
    batches: Vec<usize>,
    widths: Vec<usize>,
    repeats: usize,
}

impl Options {
    fn parse() -> Self {
        let mut options = Self { batches: Vec::new(), widths: Vec::new(), repeats: 5 };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let mut number = || {
                arguments
                    .next()
                    .and_then(|text| text.parse().ok())
                    .expect("a number follows each option")
            };
            match name.as_str() {
                "--batch" => options.batches.push(number()),
                "--width" => options.widths.push(number()),
                "--repeats" => options.repeats = number(),
                _ => {} // cargo passes --bench
            }
        }
        if options.batches.is_empty() {
            options.batches = vec![32, 64];
        }
        if options.widths.is_empty() {
            options.widths = vec![32, 64];
        }
        options
    }
}

fn compare(layer: Layer, pass: Pass, repeats: usize) {
    let mut best = [[f64::INFINITY; 2]; 2];
    for _ in 0..=repeats {
        for (ours, best) in [false, true].into_iter().zip(&mut best) {
            let [wall, cpu] = seconds(layer, pass, ours);
            *best = [best[0].min(wall), best[1].min(cpu)];
        }
    }
    let Layer { batch, narrow, wide, side, transposed } = layer;
    let (name, passes) = match pass {
        Pass::Forward => ("forward", 1),
        Pass::All => ("forward_backward", 3),
        Pass::InputGrad => ("forward_input_grad", 2),
    };
    let gflop = (2 * passes * batch * narrow * wide * 16 * side * side / 4) as f64 / 1e9;
    let [[peer, peer_cpu], [own, own_cpu]] = best.map(|best| best.map(|seconds| gflop / seconds));
    let kind = if transposed { "conv_transpose" } else { "conv" };
    println!(
        "{{\"name\": \"{name}\", \"layer\": \"{kind} {narrow}-{wide}@{side}\", \"batch\": {batch}, \"unit\": \"GFLOPS\", \
         \"value\": {own:.1}, \"peer\": {peer:.1}, \"ratio\": {:.2}, \"own_per_cpu_second\": {own_cpu:.1}, \
         \"peer_per_cpu_second\": {peer_cpu:.1}, \"cpu_ratio\": {:.2}}}",
        own / peer,
        own_cpu / peer_cpu
    );
}

/// Wall-clock and processor seconds.
fn seconds(layer: Layer, pass: Pass, ours: bool) -> [f64; 2] {
    let Layer { batch, narrow, wide, side, transposed } = layer;
    let plain = Device::flex();
    let autodiff = Device::flex().autodiff();
    let ones = |dims: [usize; 4], device: &Device| {
        Tensor::<4>::from_data(TensorData::new(vec![0.5f32; dims.iter().product()], dims), device)
    };
    let x_dims =
        if transposed { [batch, wide, side / 2, side / 2] } else { [batch, narrow, side, side] };
    let weight_dims = [wide, narrow, 4, 4];
    let (x, weight) = match pass {
        Pass::Forward => (ones(x_dims, &plain), ones(weight_dims, &plain)),
        Pass::All => {
            (ones(x_dims, &autodiff).require_grad(), ones(weight_dims, &autodiff).require_grad())
        }
        Pass::InputGrad => (ones(x_dims, &autodiff).require_grad(), ones(weight_dims, &autodiff)),
    };
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let y = apply(x, weight, transposed, ours);
    if matches!(pass, Pass::Forward) {
        std::hint::black_box(y);
    } else {
        std::hint::black_box(y.sum().backward());
    }
    [start.elapsed().as_secs_f64(), cpu_seconds() - cpu]
}

fn apply(x: Tensor<4>, weight: Tensor<4>, transposed: bool, ours: bool) -> Tensor<4> {
    match (transposed, ours) {
        (false, true) => conv2d(x, weight, None, GEOMETRY),
        (true, true) => conv_transpose2d(x, weight, None, GEOMETRY),
        (false, false) => {
            module::conv2d(x, weight, None, ConvOptions::new([2, 2], [1, 1], [1, 1], 1))
        }
        (true, false) => module::conv_transpose2d(
            x,
            weight,
            None,
            ConvTransposeOptions::new([2, 2], [1, 1], [0, 0], [1, 1], 1),
        ),
    }
}
