//! The engine: one named thread that owns the device and every tensor.
//!
//! Between the short phases of a training step it drains all commands and serves the newest preview,
//! so a drag is answered within a phase, nothing starves, nothing locks, nothing races.

mod handle;
mod waker;

pub use handle::{COMMAND_CAPACITY, EVENT_CAPACITY, EngineEnds, EngineHandle, SendError};
pub use waker::Waker;
