//! Data sets: from a folder of pictures, IDX files or the built-in Portraits to pixels a trainer can read.
//!
//! [`open`] reads a source on the calling thread, decoding in parallel on a small pool of its own, and
//! [`spawn_open`] does the same in the background. The result, a [`Dataset`], keeps square 8-bit pictures in a
//! compact cache and answers [`Dataset::read`] by copying; what does not fit the memory limit is decoded on demand.
//! Nothing here knows tensors: the engine turns the bytes into batches. [`Sampler`] says which pictures a step sees.

mod cache;
mod dataset;
mod decode;
mod error;
mod folder;
mod idx;
mod idx_source;
mod labels;
mod loader;
mod photo;
mod picture;
mod portrait_source;
pub mod portraits;
mod sampler;
mod scan;
mod source;
mod split;
mod square;
mod store;

pub use dataset::Dataset;
pub use error::DataError;
pub use labels::check_label_pattern;
pub use loader::{Loading, LoadingState, open, spawn_open, spawn_relabel};
pub use photo::{check_photo_size, read_photo};
pub use picture::{list_pictures, picture_size, read_pictures};
pub use portrait_source::{HELD_OUT_PORTRAITS, MAX_PORTRAITS, TEST_PORTRAITS};
pub use sampler::Sampler;

/// Pictures a data set can hold, so that their bookkeeping stays small beside them.
pub const MAX_PICTURES: usize = 50_000_000;
