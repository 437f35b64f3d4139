//! A small classifier of pictures: one per attribute makes up the oracle.

use burn::module::Module;
use burn::tensor::Tensor;

use super::init::Initializer;
use super::layers::{Down, absorb_all, descend, halvings, read_out};
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
        let down = halvings(&CHANNELS, |_| Normalisation::Batch, init);
        let head = Down::new(CHANNELS[CHANNELS.len() - 1], outputs, Normalisation::None, init);
        Self { down, head }
    }

    /// `[N, 3, 64, 64]` in [-1, 1] to `[N, K]` logits.
    pub fn forward(&self, images: Tensor<4>, pass: &mut Pass) -> Tensor<2> {
        let x = descend(&self.down, images, pass, |_, _| ());
        read_out(&self.head, x, pass)
    }

    /// The same network with its running statistics moved towards what a training pass measured.
    #[must_use]
    pub fn absorb(self, measured: Vec<BatchStatistics>) -> Self {
        let (down, head) = absorb_all(self.down, self.head, measured);
        Self { down, head }
    }
}
