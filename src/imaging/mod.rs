//! From numbers to pictures and back, sheets of tiles, PNG: plain data in, plain data out.
//!
//! [`convert`] is the one place that says what number is what shade; the engine brings tensors there
//! as slices of `f32`, and writes files through `storage/`.

pub mod convert;
mod grid;
mod png;

pub use convert::{byte_from_value, frame_from_values, value_from_byte, values_from_frame};
pub use grid::{Grid, compose_grid};
pub use png::{decode_png, encode_png};

/// A picture that does not fit what is said about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ImagingError(pub String);
