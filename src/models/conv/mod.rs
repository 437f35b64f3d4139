//! Convolutions that run at matrix-product speed on the CPU.
//!
//! burn's Flex backend spends most of a training step in convolutions that reach a fraction of what
//! its matrix product does. [`conv2d`] and [`conv_transpose2d`] compute the same numbers (to
//! rounding) as blocked matrix products with patches packed on the fly, each as one differentiable
//! operation with its own backward pass; on every other device they call burn's kernels. Square
//! kernels, no groups, no dilation: what DCGAN-type networks use.
//!
//! Results do not depend on the number of threads: work is cut by shape alone and partial sums are
//! added in a fixed order. Only first-order gradients exist, as everywhere in burn; the input
//! gradient of a convolution written out as [`conv_transpose2d`] with the same weight tensor is
//! itself differentiable in that weight.

mod activation;
mod adam;
mod backend;
mod gather;
#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "calling a kernel compiled for instructions just detected")
)]
mod microkernel;
mod norm;
mod pack;
mod scatter;
mod shape;
#[cfg(test)]
mod tests;
mod values;
mod weight_grad;

use burn::backend::{Dispatch, DispatchDevice};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{DType, Device, Tensor, module};

use activation::{Activation, ActivationBackend};
pub use adam::{AdamState, AdamUpdate};
use backend::ConvBackend;
use norm::NormBackend;
pub use shape::ConvGeometry;

/// Up to this many input pixels in a whole batch, packing the weights costs a transposed
/// convolution more than it gains.
const FEW_POSITIONS: usize = 16;

/// Convolution (cross-correlation, as in every deep-learning library) of images with square
/// kernels.
///
/// # Shapes
/// - `x`: `[batch, in, h, w]`
/// - `weight`: `[out, in, k, k]`
/// - `bias`: `[out]`
/// - result: `[batch, out, (h + 2·padding − k) / stride + 1, (w + 2·padding − k) / stride + 1]`
///
/// # Panics
/// If the shapes do not fit together.
pub fn conv2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    geometry: ConvGeometry,
) -> Tensor<4> {
    if !(is_fast(&x) && is_fast(&weight)) {
        let ConvGeometry { stride, padding } = geometry;
        return module::conv2d(
            x,
            weight,
            bias,
            ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1),
        );
    }
    check_bias(bias.as_ref(), weight.dims()[0]);
    let bias = bias.unwrap_or_else(|| no_bias(&x));
    Tensor::from_dispatch(Dispatch::fast_conv2d(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        geometry,
    ))
}

/// Transposed convolution: the gradient of [`conv2d`] in its input, used to enlarge images.
///
/// # Shapes
/// - `x`: `[batch, in, h, w]`
/// - `weight`: `[in, out, k, k]`
/// - `bias`: `[out]`
/// - result: `[batch, out, (h − 1)·stride + k − 2·padding, (w − 1)·stride + k − 2·padding]`
///
/// # Panics
/// If the shapes do not fit together.
pub fn conv_transpose2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    geometry: ConvGeometry,
) -> Tensor<4> {
    let [batch, _, height, width] = x.dims();
    if batch * height * width <= FEW_POSITIONS || !(is_fast(&x) && is_fast(&weight)) {
        let ConvGeometry { stride, padding } = geometry;
        let options = ConvTransposeOptions::new([stride; 2], [padding; 2], [0, 0], [1, 1], 1);
        return module::conv_transpose2d(x, weight, bias, options);
    }
    check_bias(bias.as_ref(), weight.dims()[1]);
    let bias = bias.unwrap_or_else(|| no_bias(&x));
    Tensor::from_dispatch(Dispatch::fast_conv_transpose2d(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        geometry,
    ))
}

/// Leaky ReLU, `max(x, slope·x)`, in one pass; a slope of 0 is ReLU.
///
/// # Panics
/// If the slope is not in [0, 1).
pub fn leaky_relu<const D: usize>(x: Tensor<D>, slope: f64) -> Tensor<D> {
    assert!((0.0..1.0).contains(&slope), "a leaky ReLU's slope must be in [0, 1), got {slope}");
    if !is_fast(&x) {
        return x.clone().max_pair(x.mul_scalar(slope));
    }
    Tensor::from_dispatch(Dispatch::fast_activation(
        x.into_dispatch(),
        Activation::LeakyRelu(slope as f32),
    ))
}

/// Hyperbolic tangent in one pass, to 4e-7.
pub fn tanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if !is_fast(&x) {
        return x.tanh();
    }
    Tensor::from_dispatch(Dispatch::fast_activation(x.into_dispatch(), Activation::Tanh))
}

/// A batch normalised with its own statistics, and those statistics for the running averages.
#[derive(Debug, Clone)]
pub struct BatchNormOutput<const D: usize> {
    /// `[batch, channels, ...]`
    pub output: Tensor<D>,
    /// `[channels]`, without a gradient.
    pub mean: Tensor<1>,
    /// `[channels]`, divided by the number of values (biased), without a gradient.
    pub variance: Tensor<1>,
}

/// Batch normalisation with the statistics of the batch itself, `γ·(x − mean)/√(variance + ε) + β`
/// per channel.
///
/// # Shapes
/// - `x`: `[batch, channels, ...]`
/// - `gamma`, `beta`: `[channels]`
pub fn batch_norm_train<const D: usize>(
    x: Tensor<D>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
) -> BatchNormOutput<D> {
    if !(is_fast(&x) && is_fast(&gamma) && is_fast(&beta)) {
        let result = module::batch_norm_train(x, gamma, beta, epsilon);
        return BatchNormOutput {
            output: result.output,
            mean: result.mean.detach(),
            variance: result.variance.detach(),
        };
    }
    let result = Dispatch::fast_batch_norm(
        x.into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
        epsilon,
    );
    BatchNormOutput {
        output: Tensor::from_dispatch(result.output),
        mean: Tensor::from_dispatch(result.mean),
        variance: Tensor::from_dispatch(result.variance),
    }
}

/// Whether a tensor lives on a Flex device, with or without autodiff, in the one number type the
/// kernels know.
fn is_fast<const D: usize>(x: &Tensor<D>) -> bool {
    let device = x.device().without_autodiff();
    matches!(device.as_dispatch(), DispatchDevice::Flex(_)) && x.dtype() == DType::F32
}

/// The empty tensor that stands for "no bias" at the dispatcher, whose operations know no optional
/// tensors.
fn no_bias(x: &Tensor<4>) -> Tensor<1> {
    let device: Device = x.device().inner();
    Tensor::zeros([0], &device)
}

fn check_bias(bias: Option<&Tensor<1>>, channels: usize) {
    if let Some(bias) = bias {
        let [len] = bias.dims();
        assert_eq!(len, channels, "the bias has {len} values for {channels} channels");
    }
}
