//! Reading the command line: numbers below zero reach their option, and what is wrong is one line.

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Error, FromArgMatches};

use super::{Cli, say};

/// Reads the command line.
///
/// # Errors
/// The exit code, after help or what is wrong has been shown: 0 for help, 2 for wrong arguments.
pub fn parse() -> Result<Cli, ExitCode> {
    read(std::env::args_os()).map_err(|error| {
        if error.use_stderr() {
            say(&mut std::io::stderr(), &one_line(&error));
        } else {
            // Help goes to standard output; a closed pipe is no reason to fail.
            let _ = error.print();
        }
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
    })
}

fn read(
    words: impl IntoIterator<Item = impl Into<std::ffi::OsString> + Clone>,
) -> Result<Cli, Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(words)?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
    if cli.model.is_some() && cli.command.is_some() {
        let text = "a model to open in the window cannot be combined with a command";
        return Err(command.error(ErrorKind::ArgumentConflict, text));
    }
    Ok(cli)
}

/// Every option takes a number below zero as its value, so that the option itself says what is wrong with
/// it, and not the parser that there is no such option.
fn command() -> clap::Command {
    let numbers = |arg: clap::Arg| {
        let takes = arg.get_action().takes_values() && !arg.is_positional();
        if takes { arg.allow_negative_numbers(true) } else { arg }
    };
    Cli::command().mut_args(numbers).mut_subcommands(move |command| command.mut_args(numbers))
}

/// The parser's first paragraph, and its tip where it has one.
fn one_line(error: &Error) -> String {
    let text = error.render().to_string();
    let words = |lines: &mut dyn Iterator<Item = &str>| {
        lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    };
    let what = words(&mut text.lines().take_while(|line| !line.trim().is_empty()));
    let tip = text.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    let hint = tip.map_or_else(|| "try --help".to_owned(), |tip| words(&mut tip.lines()));
    format!("{}; {hint}", in_plain_words(&what))
}

/// The standard library's words for numbers that cannot be read.
fn in_plain_words(text: &str) -> String {
    text.replace("invalid digit found in string", "use a whole number, 0 or more")
        .replace("invalid float literal", "use a number")
        .replace("number too large to fit in target type", "the number is too large")
}

#[cfg(test)]
mod tests {
    use super::{one_line, read};

    fn wrong(words: &[&str]) -> String {
        let error = read(std::iter::once("latent-atelier").chain(words.iter().copied()));
        let error = error.err().unwrap_or_else(|| panic!("{words:?} was read"));
        assert_eq!(error.exit_code(), 2);
        one_line(&error)
    }

    #[test]
    fn what_is_wrong_is_one_line_with_a_hint() {
        let train = ["train", "--out", "x"];
        let with = |more: &[&'static str]| [train.as_slice(), more].concat();
        let text = wrong(&with(&["--wdith", "8"]));
        assert!(text.starts_with("error: unexpected argument '--wdith'"), "{text}");
        assert!(text.contains("--width") && !text.contains('\n'), "{text}");
        let text = wrong(&["train"]);
        assert!(text.contains("--out <DIR>") && text.ends_with("try --help"), "{text}");
        let text = wrong(&with(&["--steps", "-1"]));
        assert!(text.contains("'-1' for '--steps <N>': use a whole number"), "{text}");
        assert!(wrong(&["--renderer", "x"]).contains("auto, wgpu, glow"));
        assert!(wrong(&["m.safetensors", "devices"]).contains("cannot be combined"));
    }

    #[test]
    fn a_number_below_zero_is_a_value() {
        let read = |words: &[&str]| read(words.iter().copied());
        assert!(
            read(&["x", "train", "--out", "x", "--lr", "-1"]).is_ok(),
            "its range is told later"
        );
        let sample = ["x", "sample", "--model", "m", "--out", "a.png", "--truncation", "-1"];
        assert!(read(&sample).is_ok(), "likewise");
        assert!(read(&["x", "--seed", "-1", "devices"]).is_err());
        assert!(read(&["x", "devices", "--seed", "3"]).is_ok());
    }
}
