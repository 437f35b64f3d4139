//! Between plain values and tensors, for those who move latents on plain numbers.

use burn::tensor::{Device, Tensor, TensorData};

/// Rows of `dims` values as a matrix, `[N, d]`.
pub fn rows_from_values(values: &[f32], dims: usize, device: &Device) -> Tensor<2> {
    let shape = [values.len() / dims, dims];
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

/// The values of a tensor, row by row, read back from the device.
///
/// # Errors
/// When the device cannot be read, in its own words.
pub fn read_values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, String> {
    let data = tensor.try_into_data().map_err(|error| error.to_string())?;
    data.try_to_vec::<f32>().map_err(|error| format!("{error:?}"))
}

/// `[N, C, H, W]` to `[N, C·H·W]`.
pub fn flat(x: Tensor<4>) -> Tensor<2> {
    let [n, c, h, w] = x.dims();
    x.reshape([n, c * h * w])
}

/// A constant where `tracked` values with a gradient are, so that the same lines serve with and without one.
pub fn lifted<const D: usize>(constant: &Tensor<D>, tracked: bool) -> Tensor<D> {
    if tracked { constant.clone().autodiff() } else { constant.clone() }
}
