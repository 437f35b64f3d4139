//! Writing safetensors files, in `f32` or `f16`, without a second copy of the weights in memory.

use std::collections::HashMap;
use std::io::Write;

use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use super::array::element_count;
use super::error::escaped;
use super::{StorageError, Tensors};

/// How weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WeightsType {
    /// 32-bit floats: exact.
    #[default]
    F32,
    /// 16-bit floats: half the size, three decimal digits.
    F16,
}

impl WeightsType {
    fn dtype(self) -> Dtype {
        match self {
            Self::F32 => Dtype::F32,
            Self::F16 => Dtype::F16,
        }
    }

    pub(super) fn bytes_of(self, values: &[f32]) -> Vec<u8> {
        // Filled in place: an order of magnitude faster than collecting byte by byte.
        match self {
            Self::F32 => {
                let mut bytes = vec![0; values.len() * 4];
                for (four, value) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(values) {
                    *four = value.to_le_bytes();
                }
                bytes
            }
            Self::F16 => {
                let mut bytes = vec![0; values.len() * 2];
                for (two, &value) in bytes.as_chunks_mut::<2>().0.iter_mut().zip(values) {
                    *two = half::f16::from_f32(value).to_le_bytes();
                }
                bytes
            }
        }
    }
}

/// The CRC-32 that [`write`] will give the tensors' bytes.
pub fn checksum(tensors: &Tensors, weights: WeightsType) -> u32 {
    let mut crc = flate2::Crc::new();
    for (_, _, values) in tensors.iter() {
        crc.update(&weights.bytes_of(values));
    }
    crc.sum()
}

/// Checks that every value survives in `weights`.
///
/// # Errors
/// [`StorageError::HalfRange`] names the first array that does not.
pub fn check_range(tensors: &Tensors, weights: WeightsType) -> Result<(), StorageError> {
    let fits = |&value: &f32| value.is_finite() && half::f16::from_f32(value).is_finite();
    let misfit = tensors.iter().find(|(_, _, values)| !values.iter().all(fits));
    match misfit {
        Some((name, ..)) if weights == WeightsType::F16 => {
            Err(StorageError::HalfRange(escaped(name)))
        }
        _ => Ok(()),
    }
}

/// Writes a safetensors file: the tensors in the names' order, and one text under one metadata key.
///
/// # Errors
/// Whatever `out` refuses.
pub fn write(
    out: &mut impl Write,
    tensors: &Tensors,
    weights: WeightsType,
    metadata: (&str, &str),
) -> std::io::Result<()> {
    let shapes = tensors.iter().map(|(name, shape, _)| (name, shape));
    write_header(out, shapes, weights, metadata)?;
    tensors.iter().try_for_each(|(_, _, values)| out.write_all(&weights.bytes_of(values)))
}

/// Writes several sets of tensors, each with values of its own type, one after the other.
///
/// # Errors
/// Whatever `out` refuses.
pub fn write_parts(
    out: &mut impl Write,
    parts: &[(&Tensors, WeightsType)],
    metadata: (&str, &str),
) -> std::io::Result<()> {
    let shapes = parts.iter().flat_map(|(tensors, weights)| {
        tensors.iter().map(|(name, shape, _)| (name, shape, *weights))
    });
    write_typed_header(out, shapes, metadata)?;
    parts.iter().try_for_each(|(tensors, weights)| {
        tensors.iter().try_for_each(|(_, _, values)| out.write_all(&weights.bytes_of(values)))
    })
}

/// The CRC-32 that [`write_parts`] will give the tensors' bytes.
pub fn parts_checksum(parts: &[(&Tensors, WeightsType)]) -> u32 {
    let mut crc = flate2::Crc::new();
    for (tensors, weights) in parts {
        tensors.iter().for_each(|(_, _, values)| crc.update(&weights.bytes_of(values)));
    }
    crc.sum()
}

/// Writes what stands before the values; those of the tensors must follow in this order.
///
/// # Errors
/// Whatever `out` refuses, or shapes beyond all memory.
pub fn write_header<'a>(
    out: &mut impl Write,
    shapes: impl Iterator<Item = (&'a str, &'a [usize])>,
    weights: WeightsType,
    metadata: (&str, &str),
) -> std::io::Result<()> {
    write_typed_header(out, shapes.map(|(name, shape)| (name, shape, weights)), metadata)
}

fn write_typed_header<'a>(
    out: &mut impl Write,
    shapes: impl Iterator<Item = (&'a str, &'a [usize], WeightsType)>,
    metadata: (&str, &str),
) -> std::io::Result<()> {
    let mut offset = 0_usize;
    let mut infos = Vec::new();
    for (name, shape, weights) in shapes {
        let bytes_per_value = weights.dtype().bitsize() / 8;
        let end = element_count(shape)
            .and_then(|count| count.checked_mul(bytes_per_value))
            .and_then(|bytes| offset.checked_add(bytes))
            .ok_or(std::io::ErrorKind::FileTooLarge)?;
        let info = TensorInfo {
            dtype: weights.dtype(),
            shape: shape.to_vec(),
            data_offsets: (offset, end),
        };
        infos.push((name.to_owned(), info));
        offset = end;
    }
    let texts = HashMap::from([(metadata.0.to_owned(), metadata.1.to_owned())]);
    let header = Metadata::new(Some(texts), infos).map_err(std::io::Error::other)?;
    let mut header = serde_json::to_vec(&header).map_err(std::io::Error::other)?;
    // The format wants the data aligned; spaces after the JSON do that.
    header.resize(header.len().next_multiple_of(8), b' ');
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)
}
