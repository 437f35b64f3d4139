//! The program: reads its arguments, then opens the window or runs a command.

use std::path::PathBuf;
use std::process::ExitCode;

use latent_atelier::app::{self, WindowOptions};
use latent_atelier::engine::{self, EngineOptions};
use latent_atelier::{cli, logging, paths};

fn main() -> ExitCode {
    quiet_drivers();
    let arguments = match cli::parse() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    match arguments.command {
        Some(command) => {
            logging::start(arguments.global.verbose);
            cli::run(command, &arguments.global)
        }
        None => cli::conclude(&open_window(arguments)),
    }
}

/// Mesa's Vulkan layer that puts the session's own GPU first complains on standard error where there
/// is no session, as in a container. Standard error is ours, and without a session no GPU is its own.
#[expect(unsafe_code, reason = "the variable is read by C code inside this process")]
fn quiet_drivers() {
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: called first in `main`, when no other thread can read the environment.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
}

/// The one place where the window is opened.
fn open_window(arguments: cli::Cli) -> anyhow::Result<()> {
    cli::check_model(arguments.model.as_deref())?;
    let log = app::logging::init(arguments.global.verbose);
    let device = arguments.global.device;
    // Without a home folder runs stay beside where the program was started.
    let runs_dir = paths::runs_folder().unwrap_or_else(|| PathBuf::from("runs"));
    let factory = Box::new(move |waker| {
        engine::spawn(EngineOptions { device, runs_dir: runs_dir.clone(), waker })
    });
    let options = WindowOptions {
        renderer: renderer(arguments.renderer),
        initial: arguments.model,
        log,
        ..WindowOptions::default()
    };
    Ok(app::run(options, factory)?)
}

fn renderer(chosen: cli::Renderer) -> app::Renderer {
    match chosen {
        cli::Renderer::Auto => app::Renderer::Auto,
        cli::Renderer::Wgpu => app::Renderer::Wgpu,
        cli::Renderer::Glow => app::Renderer::Glow,
    }
}
