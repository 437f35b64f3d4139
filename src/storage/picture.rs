//! Pictures and bare tensors as files, written as carefully as models are.

use std::path::Path;

use super::error::{escaped, shown};
use super::writer::{self, WeightsType};
use super::{MANIFEST_KEY, StorageError, Tensors, write_atomic};
use crate::imaging::{decode_png, encode_png};
use crate::protocol::Frame;

/// A PNG larger than this is not read, in bytes.
const PNG_BYTES_LIMIT: u64 = 256 << 20;

/// Writes a picture as PNG, whole or not at all.
///
/// # Errors
/// A refusal by the operating system, or a frame whose bytes do not fit its size.
pub fn save_png(path: &Path, frame: &Frame) -> Result<(), StorageError> {
    let bytes = encode_png(frame)
        .map_err(|error| StorageError::invalid(&shown(path), error.to_string()))?;
    write_atomic(path, |out| out.write_all(&bytes))
}

/// Reads a PNG.
///
/// # Errors
/// A missing or damaged file, or one that claims too much.
pub fn open_png(path: &Path) -> Result<Frame, StorageError> {
    let place = shown(path);
    let about = std::fs::metadata(path).map_err(StorageError::io("open", path))?;
    if about.len() > PNG_BYTES_LIMIT {
        return Err(StorageError::TooLarge { place, bytes: about.len(), limit: PNG_BYTES_LIMIT });
    }
    let bytes = std::fs::read(path).map_err(StorageError::io("read", path))?;
    decode_png(&bytes).map_err(|error| StorageError::invalid(&place, escaped(&error.to_string())))
}

/// The metadata of tensors that are no model.
pub(super) fn about_tensors(about: &str) -> String {
    serde_json::json!({ "format": super::FORMAT, "kind": "tensors", "about": about }).to_string()
}

/// Writes tensors that are no model (`images`, `z`) as `f32`, with a short text that says what they are.
///
/// # Errors
/// A refusal by the operating system.
pub fn save_tensors(path: &Path, tensors: &Tensors, about: &str) -> Result<(), StorageError> {
    let about = about_tensors(about);
    write_atomic(path, |mut out| {
        writer::write(&mut out, tensors, WeightsType::F32, (MANIFEST_KEY, &about))
    })
}
