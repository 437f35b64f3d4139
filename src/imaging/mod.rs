//! From numbers to pictures and back, sheets of tiles, maps, PNG: plain data in, plain data out.
//!
//! [`convert`] is the one place that says what number is what shade; `tensor` brings tensors there and
//! back.

mod animation;
mod canvas;
pub mod convert;
mod crop;
mod figure;
mod grid;
mod heat;
mod map_figure;
mod paste;
mod png;
mod scatter;
mod sheet;
mod tensor;
mod text;
mod webp;

pub use animation::{Animation, apng_animation, enlarged, gif_animation};
pub use canvas::{Anchor, Canvas, Words};
pub use convert::{
    byte_from_value, frame_from_values, rgba_from_bytes, value_from_byte, values_from_frame,
};
pub use crop::Halvings;
pub use figure::{Figure, RowLabel};
pub use grid::{Grid, compose_grid};
pub use heat::{difference_heat, heat_gain};
pub use map_figure::{MapWords, map_figure};
pub use paste::{SquareChange, paste};
pub use png::{decode_png, encode_png};
pub use scatter::{group_style, scatter};
pub use sheet::{sheet_from_values, tiles_from_bytes, tiles_from_values};
pub use tensor::{tensor_from_bytes, values_from_tensor};
pub use text::Typeface;
pub use webp::webp_animation;

/// A picture that does not fit what is said about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ImagingError(pub String);
