//! Tensors to and from bytes: pictures on the device are `[N, C, S, S]` in [-1, 1].

use burn::tensor::{Device, Tensor, TensorData};

/// Interleaved 8-bit pixels (N pictures of H×W×C) as a tensor `[N, C, H, W]` in [-1, 1].
pub fn tensor_from_bytes(
    pixels: &[u8],
    count: usize,
    channels: usize,
    size: usize,
    device: &Device,
) -> Tensor<4> {
    let plane = size * size;
    let mut values = vec![0.0_f32; count * channels * plane];
    let pictures =
        pixels.chunks_exact(plane * channels).zip(values.chunks_exact_mut(plane * channels));
    for (bytes, planes) in pictures {
        for (at, pixel) in bytes.chunks_exact(channels).enumerate() {
            for (channel, &value) in pixel.iter().enumerate() {
                planes[channel * plane + at] = f32::from(value) / 127.5 - 1.0;
            }
        }
    }
    Tensor::from_data(TensorData::new(values, [count, channels, size, size]), device)
}

/// The values of a tensor, row by row, read back from the device.
///
/// # Errors
/// When the device cannot be read, in its own words.
pub fn values_from_tensor<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, String> {
    let data = tensor.inner().try_into_data().map_err(|error| error.to_string())?;
    data.try_to_vec::<f32>().map_err(|error| format!("{error:?}"))
}
