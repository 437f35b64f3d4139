//! A small classifier of pictures: one per attribute makes up the oracle.

use burn::module::Module;
use burn::tensor::Tensor;

use super::init::Initializer;
use super::layers::{Down, HALVE, VECTOR, leaky_relu};
use super::norm::{BatchStatistics, Pass};
use crate::protocol::Normalisation;

/// Edge of the pictures a classifier judges, in pixels.
pub const CLASSIFIER_SIZE: usize = 64;
/// Channels of its layers: 64 px down to 4×4.
const CHANNELS: [usize; 5] = [3, 12, 16, 32, 48];

/// `[N, 3, 64, 64]` in [-1, 1] to `[N, K]` logits.
#[derive(Module, Debug)]
pub struct Classifier {
    down: Vec<Down>,
    head: Down,
}

impl Classifier {
    /// Fresh weights for `outputs` logits.
    pub fn new(outputs: usize, init: &mut Initializer<'_>) -> Self {
        let pairs = CHANNELS.windows(2);
        let down =
            pairs.map(|pair| Down::new(pair[0], pair[1], Normalisation::Batch, init)).collect();
        let head = Down::new(CHANNELS[CHANNELS.len() - 1], outputs, Normalisation::None, init);
        Self { down, head }
    }

    /// `[N, 3, 64, 64]` in [-1, 1] to `[N, K]` logits.
    pub fn forward(&self, images: Tensor<4>, pass: &mut Pass) -> Tensor<2> {
        let mut x = images;
        for layer in &self.down {
            x = leaky_relu(layer.forward(x, HALVE, pass)); // [N, C, H/2, W/2]
        }
        let head = self.head.forward(x, VECTOR, pass); // [N, K, 1, 1]
        let [n, k, _, _] = head.dims();
        head.reshape([n, k])
    }

    /// The same network with its running statistics moved towards what a training pass measured.
    #[must_use]
    pub fn absorb(mut self, measured: Vec<BatchStatistics>) -> Self {
        let mut measured = measured.into_iter();
        self.down = self.down.into_iter().map(|layer| layer.absorb(&mut measured)).collect();
        self.head = self.head.absorb(&mut measured);
        self
    }
}
