//! The same engine without a window: commands in, events out, files and lines as the result.
//!
//! Nothing here computes. Each command is a function over a [`Link`] to the engine and a writer, so
//! that a stand-in engine can drive it in tests.

mod args;
mod attributes;
mod bench;
mod collapse;
mod devices;
mod directions;
mod edit;
mod encode;
mod encoder_for;
mod evaluate;
mod export;
mod inspect;
mod interpolate;
mod invert;
mod job_bar;
mod link;
mod map;
mod needs;
mod outcome;
mod parse;
mod refusals;
mod report;
mod sample;
mod settings;
mod sheets;
mod train;

#[cfg(test)]
mod tests;

use std::io::{IsTerminal, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;

pub use args::{Cli, Command, Global, Renderer};
pub use link::{Interrupts, Link};
pub use outcome::{Interrupted, Usage, conclude, exit_code};
pub use parse::parse;

use crate::engine::{self, EngineHandle, EngineOptions, Waker};
use crate::protocol::{DatasetSource, DeviceChoice};
use crate::storage::{ModelFile, StorageError, plain_io, shown};
use report::Report;
use settings::TrainPlan;

/// How long the engine may take to end after its work is done.
const FAREWELL: Duration = Duration::from_secs(20);
const FAREWELL_SLICE: Duration = Duration::from_millis(200);

/// Runs a command to its end.
pub fn run(command: Command, global: &Global) -> ExitCode {
    conclude(&dispatch(command, global))
}

fn dispatch(command: Command, global: &Global) -> anyhow::Result<()> {
    let out = &mut std::io::stdout().lock();
    match command {
        Command::Inspect(args) => inspect::inspect(&args, global.json, out),
        Command::Export(args) => export::export(&args, global.json, out),
        Command::Bench(args) => bench::bench(args, global, out, &mut std::io::stderr()),
        Command::Devices => {
            with_engine(global.device, |link| devices::drive(link, global.json, out))
        }
        Command::Sample(args) => {
            with_engine(global.device, |link| sample::drive(link, args, global, out))
        }
        Command::Sheets(args) => {
            with_engine(global.device, |link| sheets::drive(link, args, global, out))
        }
        Command::Encode(args) => {
            with_engine(global.device, |link| encode::drive(link, args, global, out))
        }
        Command::Interpolate(args) => {
            with_engine(global.device, |link| interpolate::drive(link, args, global, out))
        }
        Command::Attributes(args) => {
            with_engine(global.device, |link| attributes::drive(link, args, global, out))
        }
        Command::Directions(args) => {
            with_engine(global.device, |link| directions::drive(link, args, global, out))
        }
        Command::Grid(args) => {
            with_engine(global.device, |link| directions::grid(link, args, global, out))
        }
        Command::Map(args) => {
            with_engine(global.device, |link| map::drive(link, args, global, out))
        }
        Command::Invert(args) => {
            with_engine(global.device, |link| invert::drive(link, *args, global, out))
        }
        Command::Edit(args) => {
            with_engine(global.device, |link| edit::drive(link, *args, global, out))
        }
        Command::Evaluate(args) => {
            with_engine(global.device, |link| evaluate::evaluate(link, &args, global, out))
        }
        Command::Oracle(args) => {
            with_engine(global.device, |link| evaluate::oracle(link, args, global, out))
        }
        Command::Train(args) => {
            let plan = TrainPlan::gather(*args, global.seed)?;
            let shows_bar = !global.json && std::io::stdout().is_terminal();
            let mut report = if shows_bar { Report::bar(out) } else { Report::json(out) };
            with_engine(global.device, |link| train::drive(link, plan, &mut report))
        }
    }
}

/// Starts the engine, lets `drive` talk with it, and ends it: patiently, unless Ctrl-C was pressed twice.
///
/// SIGTERM, and a terminal that hangs up, count as Ctrl-C: `ctrlc` is built with `termination`.
fn with_engine(
    device: DeviceChoice,
    drive: impl FnOnce(&mut Link<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let interrupts = Interrupts::default();
    let pressed = interrupts.clone();
    ctrlc::set_handler(move || pressed.press()).context("cannot watch for Ctrl-C")?;
    // Not dropped: dropping waits for the thread, and after a second Ctrl-C nothing is waited for.
    let mut engine = ManuallyDrop::new(start_engine(device)?);
    let result = drive(&mut Link::new(&engine, &interrupts, &mut std::io::stderr()));
    let farewell = Instant::now() + FAREWELL;
    while !engine.is_finished() && interrupts.count() < 2 && Instant::now() < farewell {
        engine.shut_down(FAREWELL_SLICE);
    }
    result
}

/// The one place where the command line starts the engine.
fn start_engine(device: DeviceChoice) -> anyhow::Result<EngineHandle> {
    // Every run of the command line names its folder, so the program's own is not used.
    let options = EngineOptions { device, runs_dir: PathBuf::from("runs"), waker: Waker::none() };
    engine::spawn(options).context("cannot start the engine")
}

/// Writes one line to standard error; a closed one is no reason to fail.
fn say(err: &mut dyn Write, text: &str) {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let _ = writeln!(err, "{line}");
}

/// The answer of a command: a JSON line, or plain text.
fn answer(
    out: &mut dyn Write,
    as_json: bool,
    line: &serde_json::Value,
    text: &str,
) -> anyhow::Result<()> {
    let written = if as_json { writeln!(out, "{line}") } else { writeln!(out, "{text}") };
    written.and_then(|()| out.flush()).context("cannot write to standard output")
}

/// Keeps the first thing that went wrong.
fn keep_first(broken: &mut Option<anyhow::Error>, result: anyhow::Result<()>) {
    if let Err(error) = result {
        broken.get_or_insert(error);
    }
}

/// Refuses a path that is not there before the engine is asked to open it.
fn require_file(path: &Path) -> anyhow::Result<()> {
    std::fs::metadata(path)
        .map(drop)
        .map_err(|error| anyhow::anyhow!("cannot open {}: {}", shown(path), plain_io(&error)))
}

/// The data that `--data` names; a path that is not there is refused before anything is opened.
fn data_source(data: &str) -> anyhow::Result<DatasetSource> {
    let source = DatasetSource::from_argument(data);
    if let DatasetSource::Path(path) = &source {
        require_file(path)?;
    }
    Ok(source)
}

/// `--model built-in` names the model inside the program.
const BUILT_IN: &str = "built-in";

/// Reads the model that `--model` names, without building its networks.
fn read_model(model: &Path) -> Result<ModelFile, StorageError> {
    if model.as_os_str() == BUILT_IN { engine::built_in_model() } else { ModelFile::open(model) }
}

/// Checks the model that the window is to open, so that a mistyped command is told at once.
///
/// # Errors
/// There is no such file; [`Usage`] where the word looks like a command.
pub fn check_model(model: Option<&Path>) -> anyhow::Result<()> {
    let Some(path) = model else { return Ok(()) };
    let Err(error) = require_file(path) else { return Ok(()) };
    let neither = "neither a command (see --help) nor a model file";
    // A file has an extension, and a path its separators.
    let is_word = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    if path.to_str().is_some_and(is_word) {
        return Err(Usage(format!("'{}' is {neither}", shown(path))).into());
    }
    Err(error.context(neither))
}
