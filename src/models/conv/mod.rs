//! Temporary routing until the fast CPU path lands.
use burn::tensor::Tensor;
use burn::tensor::module::{conv_transpose2d as burn_conv_transpose2d, conv2d as burn_conv2d};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};

/// Stride and padding of a square convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvGeometry {
    /// Step between outputs.
    pub stride: usize,
    /// Zeros around the input.
    pub padding: usize,
}

/// Convolution.
pub fn conv2d(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, g: ConvGeometry) -> Tensor<4> {
    burn_conv2d(x, weight, bias, ConvOptions::new([g.stride; 2], [g.padding; 2], [1; 2], 1))
}

/// Transposed convolution.
pub fn conv_transpose2d(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, g: ConvGeometry) -> Tensor<4> {
    burn_conv_transpose2d(x, weight, bias, ConvTransposeOptions::new([g.stride; 2], [g.padding; 2], [0; 2], [1; 2], 1))
}
