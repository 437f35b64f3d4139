//! Leaky ReLU and tanh as single passes over the values, forward and backward, in place where
//! nobody else holds them.
//!
//! burn composes leaky ReLU of a comparison, a product and a masked selection, and records all
//! three; on the CPU that is a tenth of a training step. Both derivatives here are functions of the
//! *output*, which the next layer keeps anyway.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, backend_extension};
use rayon::prelude::*;

use super::values::Values;

/// Values per task: large enough to outweigh starting it, small enough to share a batch of feature
/// maps out.
const CHUNK: usize = 32_768;

/// An activation whose derivative its output determines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Activation {
    /// `max(x, slope·x)` with a slope in [0, 1).
    LeakyRelu(f32),
    Tanh,
}

#[backend_extension(Autodiff, Flex)]
pub(super) trait ActivationBackend: Backend {
    fn fast_activation(x: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self>;
}

impl ActivationBackend for Flex {
    fn fast_activation(x: FlexTensor, activation: Activation) -> FlexTensor {
        match activation {
            Activation::LeakyRelu(slope) => map(x, move |x| x.max(slope * x)),
            Activation::Tanh => map(x, tanh),
        }
    }
}

impl<C: CheckpointStrategy> ActivationBackend for Autodiff<Flex, C> {
    fn fast_activation(x: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let output = Flex::fast_activation(x, activation);
        match ActivationStep(activation).prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(output.clone(), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}

#[derive(Debug)]
struct ActivationStep(Activation);

impl Backward<Flex, 1> for ActivationStep {
    /// The output.
    type State = FlexTensor;

    fn backward(
        self,
        ops: Ops<FlexTensor, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<Flex>(&ops.node);
        let [node] = ops.parents;
        let Some(node) = node else { return };
        let grad = match self.0 {
            // Selecting the factor, not the result, compiles to a vector selection; a branch would
            // be mispredicted.
            Activation::LeakyRelu(slope) => zip(grad, &ops.state, move |grad, output| {
                grad * if output > 0.0 { 1.0 } else { slope }
            }),
            Activation::Tanh => {
                zip(grad, &ops.state, |grad, output| grad * (1.0 - output * output))
            }
        };
        grads.register::<Flex>(node.id, grad);
    }
}

fn map(x: FlexTensor, value: impl Fn(f32) -> f32 + Sync) -> FlexTensor {
    let mut x = Values::owned(x);
    x.get_mut().par_chunks_mut(CHUNK).for_each(|x| x.iter_mut().for_each(|x| *x = value(*x)));
    x.into_tensor()
}

fn zip(x: FlexTensor, y: &FlexTensor, value: impl Fn(f32, f32) -> f32 + Sync) -> FlexTensor {
    let (mut x, y) = (Values::owned(x), Values::of(y));
    let pairs = x.get_mut().par_chunks_mut(CHUNK).zip(y.get().par_chunks(CHUNK));
    pairs.for_each(|(x, y)| x.iter_mut().zip(y).for_each(|(x, y)| *x = value(*x, *y)));
    x.into_tensor()
}

/// tanh as a quotient of polynomials, within 4e-7 everywhere (the coefficients of Eigen's `ptanh`):
/// unlike the library's function it runs in vector registers.
fn tanh(x: f32) -> f32 {
    const NUMERATOR: [f32; 7] = [
        4.893_524_6e-3,
        6.372_619_3e-4,
        1.485_722_4e-5,
        5.122_297e-8,
        -8.604_672e-11,
        2.000_188e-13,
        -2.760_768_5e-16,
    ];
    const DENOMINATOR: [f32; 4] = [4.893_525e-3, 2.268_434_6e-3, 1.185_347_1e-4, 1.198_258_4e-6];
    // Beyond this the quotient is 1 to the last bit. `clamp` keeps NaN.
    let x = x.clamp(-7.905_311, 7.905_311);
    let square = x * x;
    let horner =
        |coefficients: &[f32]| coefficients.iter().rev().fold(0.0, |sum, c| sum * square + c);
    x * horner(&NUMERATOR) / horner(&DENOMINATOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tanh_is_accurate_and_bounded() {
        for i in -200_000..=200_000 {
            let x = i as f32 * 1e-4;
            let error = (f64::from(tanh(x)) - f64::from(x).tanh()).abs();
            assert!(error < 4e-7, "tanh({x}) is off by {error}");
            assert!(tanh(x).abs() <= 1.0, "tanh({x}) = {} exceeds 1", tanh(x));
        }
        assert_eq!(tanh(f32::INFINITY), 1.0);
        assert!(tanh(f32::NAN).is_nan());
    }
}
