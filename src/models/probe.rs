//! A linear classifier of labels on codes: what is linear for it is a direction in latent space.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

/// `[N, d]` codes to `[N, L]` logits, one logistic regression for each label.
#[derive(Module, Debug)]
pub struct LabelProbe {
    /// `[L, d]`.
    weight: Param<Tensor<2>>,
    /// `[L]`.
    bias: Param<Tensor<1>>,
}

impl LabelProbe {
    /// Weights of zero: it begins by saying 1/2 to every label, as logistic regression does.
    pub fn new(dims: usize, labels: usize, device: &Device) -> Self {
        Self {
            weight: Param::from_tensor(Tensor::zeros([labels, dims], device)),
            bias: Param::from_tensor(Tensor::zeros([labels], device)),
        }
    }

    /// How many labels it knows, and the dimensions of the codes it reads.
    pub fn shape(&self) -> [usize; 2] {
        self.weight.dims()
    }

    /// W z + b: `[N, d]` codes to `[N, L]` logits.
    pub fn logits(&self, codes: Tensor<2>) -> Tensor<2> {
        let [labels, _] = self.shape();
        codes.matmul(self.weight.val().transpose()) + self.bias.val().reshape([1, labels])
    }
}
