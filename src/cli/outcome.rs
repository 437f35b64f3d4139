//! How a command ends: its exit code, and the one line that says why.

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

/// The exit code of an error.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    if error.downcast_ref::<Interrupted>().is_some() {
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
    if error.downcast_ref::<Interrupted>().is_some() { plain } else { format!("error: {plain}") }
}

/// Says on standard error why a command failed, and gives its exit code.
pub fn conclude(result: &anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            super::say(&mut std::io::stderr(), &one_line(error));
            ExitCode::from(exit_code(error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Interrupted, Usage, exit_code, one_line};
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
}
