//! How a command ends: its exit code, and the one line that says why.

use std::io;
use std::process::ExitCode;

/// Arguments or settings that make no sense: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Ctrl-C: exit code 130.
#[derive(Debug, thiserror::Error)]
#[error("{note}")]
pub struct Interrupted {
    /// What became of the work.
    pub note: String,
    /// The second Ctrl-C: nothing is waited for.
    pub at_once: bool,
}

/// Whoever read standard output reads no more, as `head` does: exit code 0.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OutputClosed(pub String);

/// Whether an error only says that nobody reads standard output any more.
fn is_closed_output(error: &anyhow::Error) -> bool {
    let is_closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.downcast_ref::<OutputClosed>().is_some()
        || error.chain().any(|cause| cause.downcast_ref().is_some_and(is_closed))
}

/// The exit code of an error.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    if is_closed_output(error) {
        0
    } else if error.downcast_ref::<Interrupted>().is_some() {
        130
    } else if error.downcast_ref::<Usage>().is_some() {
        2
    } else {
        1
    }
}

/// The error in one line, whatever its texts hold.
pub fn one_line(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain: String = words.chars().filter(|c| !c.is_control()).collect();
    let is_no_error = error.downcast_ref::<Interrupted>().is_some()
        || error.downcast_ref::<OutputClosed>().is_some();
    if is_no_error { plain } else { format!("error: {plain}") }
}

/// Says on standard error why a command failed, and gives its exit code.
pub fn conclude(result: &anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // As other programs in a pipe: what was wanted has been read.
        Err(error) if is_closed_output(error) && error.downcast_ref::<OutputClosed>().is_none() => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            super::say(&mut std::io::stderr(), &one_line(error));
            ExitCode::from(exit_code(error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Interrupted, OutputClosed, Usage, exit_code, one_line};
    use anyhow::Context;

    #[test]
    fn each_kind_of_end_has_its_code_and_one_line() {
        let plain = anyhow::anyhow!("first\n  second\u{1b}[2J").context("while\ntesting");
        assert_eq!(exit_code(&plain), 1);
        assert_eq!(one_line(&plain), "error: while testing: first second[2J");
        let usage = Err::<(), _>(Usage("no".to_owned())).context("train").unwrap_err();
        assert_eq!(exit_code(&usage), 2);
        let stop = Interrupted { note: "stopped".to_owned(), at_once: false };
        assert_eq!(exit_code(&stop.into()), 130);
    }

    #[test]
    fn a_reader_that_has_seen_enough_is_no_failure() {
        let closed = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        let error = Err::<(), _>(closed()).context("cannot write to standard output").unwrap_err();
        assert_eq!(exit_code(&error), 0);
        assert_eq!(exit_code(&OutputClosed("stopped".to_owned()).into()), 0);
        assert_eq!(one_line(&OutputClosed("stopped".to_owned()).into()), "stopped");
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert_eq!(exit_code(&full.into()), 1);
    }
}
