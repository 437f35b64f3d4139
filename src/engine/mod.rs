//! The engine: one named thread that owns the device and every tensor.
//!
//! Between the short phases of a training step it drains all commands and serves the newest preview,
//! so a drag is answered within a phase, nothing starves, nothing locks, nothing races.

mod animation;
mod attributes;
pub mod bench;
mod bench_stroke;
mod commands;
mod device;
mod device_choice;
mod direction_files;
mod directions;
mod edit;
mod encoder_run;
mod entanglement;
mod evaluate;
mod facts;
mod grid;
mod handle;
mod identity;
mod inversion;
mod job;
mod jobs;
mod judge;
mod labels;
mod map;
mod map_desk;
mod mean_picture;
mod oracle;
mod outbox;
mod parts;
mod past;
mod photo;
mod pictures;
mod pixel_index;
mod ranking;
mod reporter;
mod run;
mod run_data;
mod saving;
mod session;
mod session_files;
mod sheets;
mod tiles;
mod timeline;
mod waker;
mod worker;

use std::path::PathBuf;

pub use handle::{COMMAND_CAPACITY, EVENT_CAPACITY, EngineEnds, EngineHandle, MapSlots, SendError};
pub use saving::built_in_model;
pub use waker::Waker;

use crate::protocol::DeviceChoice;

/// How the engine starts.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// The device asked for.
    pub device: DeviceChoice,
    /// Where runs without a folder of their own are kept; tuned copies that nobody saved go into `tuned-copies`
    /// beside it.
    pub runs_dir: PathBuf,
    /// Called whenever an event or picture waits.
    pub waker: Waker,
}

/// Starts the engine's thread. It opens the device itself and tells of it by events, so this returns
/// at once.
///
/// # Errors
/// When the operating system gives no thread.
pub fn spawn(options: EngineOptions) -> std::io::Result<EngineHandle> {
    let (mut handle, ends) = EngineHandle::pair();
    let builder = std::thread::Builder::new().name("engine".to_owned());
    handle.attach(builder.spawn(move || worker::main(ends, options))?);
    Ok(handle)
}
