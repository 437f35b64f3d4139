//! One DCGAN training step on the CPU with burn's operations and with ours, alternating; the same
//! step as `scripts/bench_torch.py` times in PyTorch.
//!
//! `cargo bench --bench step -- [--size N]… [--width N]… [--batch N]… [--repeats N]` prints one
//! JSON line per setting: the best of the repetitions in milliseconds of wall clock (`value`,
//! `peer`) and of processor time (`cpu`, `peer_cpu`, on Linux). On a shared machine only ratios,
//! and those of processor time rather than of wall clock, mean anything.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod shared;

use std::time::Instant;

use burn::tensor::activation::leaky_relu as burn_leaky_relu;
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Device, Tensor, TensorData, activation, module};
use latent_atelier::models::conv::{
    AdamState, AdamUpdate, ConvGeometry, batch_norm_train, conv_transpose2d, conv2d, leaky_relu,
    tanh,
};
use shared::cpu_seconds;

/// Which operations are ours rather than burn's.
#[derive(Clone, Copy, PartialEq)]
struct Ours {
    conv: bool,
    activation: bool,
    norm: bool,
    adam: bool,
}

const NONE: Ours = Ours { conv: false, activation: false, norm: false, adam: false };
const ALL: Ours = Ours { conv: true, activation: true, norm: true, adam: true };

/// A convolution with an optional batch norm (gamma, beta).
struct Layer {
    weight: AdamState<4>,
    norm: Option<[AdamState<1>; 2]>,
    geometry: ConvGeometry,
}

/// The layer's parameters on an autodiff device.
struct Live {
    weight: Tensor<4>,
    norm: Option<[Tensor<1>; 2]>,
    geometry: ConvGeometry,
}

struct Step {
    ours: Ours,
    generator: Vec<Layer>,
    discriminator: Vec<Layer>,
    real: Tensor<4>,
    z: Tensor<4>,
    count: u64,
}

fn random(dims: [usize; 4], scale: f32, seed: u64) -> Tensor<4> {
    let values: Vec<f32> = (0..dims.iter().product::<usize>() as u64)
        .map(|i| {
            let z = (i + seed * 0x1_0000_0001).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            ((z >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * scale
        })
        .collect();
    Tensor::from_data(TensorData::new(values, dims), &Device::flex())
}

fn state<const D: usize>(parameter: Tensor<D>) -> AdamState<D> {
    AdamState { moment_1: parameter.zeros_like(), moment_2: parameter.zeros_like(), parameter }
}

fn layer(
    dims: [usize; 4],
    channels: usize,
    normed: bool,
    geometry: ConvGeometry,
    seed: u64,
) -> Layer {
    let device = Device::flex();
    let norm = normed.then(|| {
        [state(Tensor::ones([channels], &device)), state(Tensor::zeros([channels], &device))]
    });
    Layer { weight: state(random(dims, 0.04, seed)), norm, geometry }
}

impl Step {
    fn new(size: usize, width: usize, batch: usize, ours: Ours) -> Self {
        let doublings = size.ilog2() as usize - 3;
        let (project, scale) = (ConvGeometry::new(1, 0), ConvGeometry::new(2, 1));
        let widest = width << doublings;
        let mut generator = vec![layer([100, widest, 4, 4], widest, true, project, 1)];
        let mut discriminator = vec![layer([width, 3, 4, 4], width, false, scale, 2)];
        for i in 0..doublings {
            let (wide, narrow) = (widest >> i, widest >> (i + 1));
            generator.push(layer([wide, narrow, 4, 4], narrow, true, scale, 3 + i as u64));
            let (narrow, wide) = (width << i, width << (i + 1));
            discriminator.push(layer([wide, narrow, 4, 4], wide, true, scale, 13 + i as u64));
        }
        generator.push(layer([width, 3, 4, 4], 3, false, scale, 23));
        discriminator.push(layer([1, widest, 4, 4], 1, false, project, 24));
        let (real, z) =
            (random([batch, 3, size, size], 1.0, 25), random([batch, 100, 1, 1], 1.7, 26));
        Self { ours, generator, discriminator, real, z, count: 0 }
    }

    fn run(&mut self) {
        self.count += 1;
        let (generator, discriminator) =
            (live(&self.generator, true), live(&self.discriminator, true));
        let fake = self.generate(&generator, self.z.clone().autodiff());
        let real_logit = self.discriminate(&discriminator, self.real.clone().autodiff());
        let fake_logit = self.discriminate(&discriminator, fake.clone().inner().autodiff());
        let loss = softplus(real_logit.neg()).mean() + softplus(fake_logit).mean();
        let grads = loss.backward();
        let layers = std::mem::take(&mut self.discriminator);
        self.discriminator = self.update(layers, discriminator, &grads);

        let frozen = live(&self.discriminator, false);
        let grads = softplus(self.discriminate(&frozen, fake).neg()).mean().backward();
        let layers = std::mem::take(&mut self.generator);
        self.generator = self.update(layers, generator, &grads);
    }

    fn generate(&self, layers: &[Live], z: Tensor<4>) -> Tensor<4> {
        layers.iter().fold(z, |x, layer| {
            let ConvGeometry { stride, padding } = layer.geometry;
            let y = if self.ours.conv {
                conv_transpose2d(x, layer.weight.clone(), None, layer.geometry)
            } else {
                let options =
                    ConvTransposeOptions::new([stride; 2], [padding; 2], [0, 0], [1, 1], 1);
                module::conv_transpose2d(x, layer.weight.clone(), None, options)
            };
            match (layer.norm.is_some(), self.ours.activation) {
                (true, true) => leaky_relu(self.normalise(layer, y), 0.0),
                (true, false) => activation::relu(self.normalise(layer, y)),
                (false, true) => tanh(y),
                (false, false) => y.tanh(),
            }
        })
    }

    fn discriminate(&self, layers: &[Live], x: Tensor<4>) -> Tensor<4> {
        layers.iter().enumerate().fold(x, |x, (index, layer)| {
            let ConvGeometry { stride, padding } = layer.geometry;
            let y = if self.ours.conv {
                conv2d(x, layer.weight.clone(), None, layer.geometry)
            } else {
                module::conv2d(
                    x,
                    layer.weight.clone(),
                    None,
                    ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1),
                )
            };
            match (index + 1 == layers.len(), self.ours.activation) {
                (true, _) => y,
                (false, true) => leaky_relu(self.normalise(layer, y), 0.2),
                (false, false) => burn_leaky_relu(self.normalise(layer, y), 0.2),
            }
        })
    }

    fn normalise(&self, layer: &Live, x: Tensor<4>) -> Tensor<4> {
        let Some([gamma, beta]) = layer.norm.clone() else { return x };
        if self.ours.norm {
            batch_norm_train(x, gamma, beta, 1e-5).output
        } else {
            module::batch_norm_train(x, gamma, beta, 1e-5).output
        }
    }

    fn update(
        &self,
        layers: Vec<Layer>,
        live: Vec<Live>,
        grads: &burn::tensor::Gradients,
    ) -> Vec<Layer> {
        let layers = layers.into_iter().zip(live);
        layers
            .map(|(layer, live)| Layer {
                weight: self.adam(layer.weight, live.weight, grads),
                norm: layer.norm.zip(live.norm).map(|([gamma, beta], [live_gamma, live_beta])| {
                    [self.adam(gamma, live_gamma, grads), self.adam(beta, live_beta, grads)]
                }),
                geometry: layer.geometry,
            })
            .collect()
    }

    fn adam<const D: usize>(
        &self,
        state: AdamState<D>,
        live: Tensor<D>,
        grads: &burn::tensor::Gradients,
    ) -> AdamState<D> {
        let grad = live.grad(grads).expect("every parameter took part");
        drop(live); // Now only `state` holds the parameter, which can be changed in place.
        if self.ours.adam {
            let update = AdamUpdate {
                learning_rate: 2e-4,
                beta_1: 0.5,
                beta_2: 0.999,
                epsilon: 1e-8,
                step: self.count,
            };
            return update.apply(state, grad);
        }
        let (correction_1, correction_2) =
            (1.0 - 0.5f64.powf(self.count as f64), 1.0 - 0.999f64.powf(self.count as f64));
        let moment_1 = state.moment_1.mul_scalar(0.5) + grad.clone().mul_scalar(0.5);
        let moment_2 = state.moment_2.mul_scalar(0.999) + grad.clone().mul(grad).mul_scalar(0.001);
        let root = moment_2.clone().div_scalar(correction_2).sqrt().add_scalar(1e-8);
        let parameter =
            state.parameter - moment_1.clone().div(root).mul_scalar(2e-4 / correction_1);
        AdamState { parameter, moment_1, moment_2 }
    }
}

fn live(layers: &[Layer], tracked: bool) -> Vec<Live> {
    let layers = layers.iter();
    layers
        .map(|layer| Live {
            weight: leaf(&layer.weight, tracked),
            norm: layer
                .norm
                .as_ref()
                .map(|[gamma, beta]| [leaf(gamma, tracked), leaf(beta, tracked)]),
            geometry: layer.geometry,
        })
        .collect()
}

fn leaf<const D: usize>(state: &AdamState<D>, tracked: bool) -> Tensor<D> {
    let tensor = state.parameter.clone().autodiff();
    if tracked { tensor.require_grad() } else { tensor }
}

fn softplus(x: Tensor<4>) -> Tensor<4> {
    activation::softplus(x, 1.0)
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut sizes, mut widths, mut batches, mut repeats, mut ablate) =
        (vec![], vec![], vec![], 3, false);
    while let Some(name) = arguments.next() {
        let mut number = || {
            arguments
                .next()
                .and_then(|text| text.parse().ok())
                .expect("a number follows the option")
        };
        match name.as_str() {
            "--size" => sizes.push(number()),
            "--width" => widths.push(number()),
            "--batch" => batches.push(number()),
            "--repeats" => repeats = number(),
            "--ablate" => ablate = true,
            _ => {} // cargo passes --bench
        }
    }
    let or =
        |chosen: Vec<usize>, all: [usize; 2]| if chosen.is_empty() { all.to_vec() } else { chosen };
    let mut variants = vec![("burn", NONE), ("ours", ALL)];
    if ablate {
        variants.extend([
            ("conv only", Ours { conv: true, ..NONE }),
            ("all but activation", Ours { activation: false, ..ALL }),
            ("all but norm", Ours { norm: false, ..ALL }),
            ("all but adam", Ours { adam: false, ..ALL }),
        ]);
    }
    for size in or(sizes, [32, 64]) {
        for width in or(widths.clone(), [32, 64]) {
            for batch in or(batches.clone(), [32, 64]) {
                bench(size, width, batch, repeats, &variants);
            }
        }
    }
}

fn bench(size: usize, width: usize, batch: usize, repeats: usize, variants: &[(&str, Ours)]) {
    let mut steps: Vec<Step> =
        variants.iter().map(|(_, ours)| Step::new(size, width, batch, *ours)).collect();
    let mut best = vec![[f64::INFINITY; 2]; steps.len()];
    for _ in 0..=repeats {
        for (step, best) in steps.iter_mut().zip(&mut best) {
            let (wall, cpu) = (Instant::now(), cpu_seconds());
            step.run();
            *best = [best[0].min(wall.elapsed().as_secs_f64()), best[1].min(cpu_seconds() - cpu)];
        }
    }
    let peer = best[0];
    for ((name, _), own) in variants.iter().zip(&best).skip(1) {
        println!(
            "{{\"name\": \"dcgan_step\", \"variant\": \"{name}\", \"size\": {size}, \"width\": {width}, \"batch\": {batch}, \
             \"unit\": \"ms\", \"value\": {:.1}, \"peer\": {:.1}, \"ratio\": {:.2}, \"cpu\": {:.1}, \"peer_cpu\": {:.1}, \
             \"cpu_ratio\": {:.2}}}",
            own[0] * 1e3,
            peer[0] * 1e3,
            peer[0] / own[0],
            own[1] * 1e3,
            peer[1] * 1e3,
            peer[1] / own[1]
        );
    }
}
