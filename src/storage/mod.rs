//! What is kept on disk: model files, run folders, pictures; plain data, no tensor library.
//!
//! The engine turns networks into [`NamedArray`]s and back. Everything read is checked before it is
//! believed, everything written replaces its predecessor whole or not at all, and every error is one
//! plain line: what, where, and what to do.

mod animation;
mod array;
mod atomic;
mod container;
mod delta;
mod directions;
mod edit_script;
mod error;
mod history;
mod json;
mod manifest;
mod map_file;
mod model_file;
mod picture;
mod run_folder;
mod session_file;
mod tensors_writer;
mod timeline;
mod training_state;
mod writer;

#[cfg(test)]
mod tests;

pub use animation::{AnimationFile, AnimationShape};
pub use array::{NamedArray, Tensors};
pub use atomic::write_atomic;
pub use container::{Container, Entry, Limits};
pub use delta::{DELTA_FORMAT, Delta, DeltaAbout, holds_delta};
pub use directions::{LatentSpace, fingerprint, open_directions, save_directions};
pub use edit_script::{open_edit_script, save_edit_script};
pub use error::{StorageError, escaped, plain_io, shown};
pub use history::{HistoryRecord, read_history, read_thinned_history};
pub use manifest::{DatasetStatistics, FORMAT, MANIFEST_KEY, Manifest};
pub use map_file::{MapFile, map_legend};
pub use model_file::{DISCRIMINATOR, ENCODER, GENERATOR, ModelFile, expect};
pub use picture::{open_png, save_png, save_tensors};
pub use run_folder::{HISTORY_FILE, MODEL_FILE, RunFolder, TRAINING_FILE};
pub use session_file::{SESSION_FORMAT, SessionPlace, open_session, save_session};
pub use tensors_writer::TensorsWriter;
pub use timeline::{TIMELINE_FOLDER, open_snapshot, save_snapshot, snapshots};
pub use training_state::{DatasetConfig, RunConfig, TrainingState};
pub use writer::WeightsType;
