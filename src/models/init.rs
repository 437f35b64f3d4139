//! Weights from the program's own random numbers, uploaded as data.

use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};

use crate::random::{Random, Stream};

/// Hands out initial weights: each parameter draws from its own stream, so adding a layer at the end
/// changes none before it.
#[derive(Debug)]
pub struct Initializer<'a> {
    device: &'a Device,
    seed: u64,
    next: u64,
}

impl<'a> Initializer<'a> {
    /// Weights for `device`, keyed by `seed`. Different networks take different `network` numbers.
    pub fn new(device: &'a Device, seed: u64, network: u64) -> Self {
        Self { device, seed, next: network << 32 }
    }

    /// N(0, std²), as DCGAN initialises (Radford et al. 2015: std 0.02).
    pub fn normal<const D: usize>(&mut self, shape: [usize; D], std: f32) -> Param<Tensor<D>> {
        let count = shape.iter().product();
        let mut random = Random::new(self.seed, Stream::Weights, self.next);
        self.next += 1;
        let values: Vec<f32> = random.normals(count).into_iter().map(|v| v * std).collect();
        Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), self.device))
    }

    /// A constant vector that is trained.
    pub fn constant(&self, len: usize, value: f32) -> Param<Tensor<1>> {
        Param::from_tensor(Tensor::full([len], value, self.device))
    }

    /// A constant vector that no optimizer moves: running statistics.
    pub fn fixed(&self, len: usize, value: f32) -> Param<Tensor<1>> {
        self.constant(len, value).set_require_grad(false)
    }
}
