//! The program: reads its arguments, starts logging, then opens the window or runs a command.

use std::process::ExitCode;

use latent_atelier::{cli, logging};

fn main() -> ExitCode {
    let arguments = match cli::parse() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    logging::start(arguments.global.verbose);
    match arguments.command {
        Some(command) => cli::run(command, &arguments.global),
        None => cli::conclude(&open_window(&arguments)),
    }
}

/// The one place where the window is opened.
fn open_window(arguments: &cli::Cli) -> anyhow::Result<()> {
    cli::check_model(arguments.model.as_deref())?;
    anyhow::bail!("this build has no window")
}
