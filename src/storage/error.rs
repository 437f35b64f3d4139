//! What can be wrong with a file: what, where, and what to do, each in one plain line.

use std::io;
use std::path::Path;

/// A file or folder that cannot be read or written.
///
/// Every text is one line, and whatever it quotes from a file is escaped.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The operating system refused.
    #[error("cannot {what} {place}: {}", plain_io(.source))]
    Io {
        /// `open`, `read`, `write`.
        what: &'static str,
        /// The file or folder.
        place: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file without a byte in it.
    #[error("{0} is empty: its download or copy did not finish; get it again")]
    Empty(String),
    /// A text file that stands in for a large file.
    #[error(
        "{0} is a Git LFS pointer, not the model itself: run `git lfs pull` in its repository, or download the file"
    )]
    LfsPointer(String),
    /// Not a safetensors file, or one that breaks the format's rules.
    #[error("{place} is not a safetensors file that can be read: {detail}")]
    Format {
        /// The file.
        place: String,
        /// What is wrong with it.
        detail: String,
    },
    /// Shorter than its header says.
    #[error(
        "{place} is cut short: it has {actual} bytes and its header speaks of {expected}; copy or download it again"
    )]
    Truncated {
        /// The file.
        place: String,
        /// Bytes the header speaks of.
        expected: u64,
        /// Bytes there are.
        actual: u64,
    },
    /// Larger than this program reads.
    #[error("{place} has {bytes} bytes, more than the {limit} bytes this program reads")]
    TooLarge {
        /// The file.
        place: String,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// An element type this program does not read.
    #[error(
        "{place}: tensor '{name}' has type {dtype}, which is not read here: convert it to F32, F16, BF16 or F64"
    )]
    UnsupportedType {
        /// The file.
        place: String,
        /// The tensor.
        name: String,
        /// Its type.
        dtype: String,
    },
    /// A safetensors file of another program.
    #[error(
        "{0} holds no Latent Atelier manifest: it is another program's file, and those cannot be opened yet: choose one that Latent Atelier wrote, such as a run's model.safetensors"
    )]
    NoManifest(String),
    /// A format version above what this program knows.
    #[error(
        "{place}: written by a newer Latent Atelier (format {found}; this program reads up to {known}): update the program"
    )]
    Newer {
        /// The file.
        place: String,
        /// The file's format version.
        found: u64,
        /// The newest this program reads.
        known: u64,
    },
    /// A manifest or other JSON text that says something impossible.
    #[error("{place}: {detail}")]
    Invalid {
        /// The file.
        place: String,
        /// What is wrong and what to do.
        detail: String,
    },
    /// The weights are not those that were written.
    #[error("{0} is damaged: its weights do not match its checksum; copy or download it again")]
    Damaged(String),
    /// A tensor of another shape than the architecture needs.
    #[error(
        "{place}: tensor '{name}' has shape {found:?} where its architecture needs {expected:?}: the manifest and the weights do not belong together; use the file its program wrote"
    )]
    WrongShape {
        /// The file.
        place: String,
        /// The tensor.
        name: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// The shape that was needed.
        expected: Vec<usize>,
    },
    /// A tensor that the architecture needs is not there.
    #[error(
        "{place}: tensor '{name}' is missing: the manifest and the weights do not belong together; use the file its program wrote"
    )]
    MissingTensor {
        /// The file.
        place: String,
        /// The tensor.
        name: String,
    },
    /// Tensors that the architecture does not have.
    #[error(
        "{place}: {count} tensors fit nothing in its architecture, first '{first}': the manifest and the weights do not belong together; use the file its program wrote"
    )]
    Leftover {
        /// The file.
        place: String,
        /// How many are left.
        count: usize,
        /// The first of them.
        first: String,
    },
    /// Shape and number of values disagree in memory.
    #[error("array '{name}' of shape {shape:?} was given {count} values")]
    CountMismatch {
        /// The array.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// The values given.
        count: usize,
    },
    /// A value that the chosen weights type cannot hold.
    #[error("array '{0}' holds values that f16 cannot (finite, at most 65504): save it as f32")]
    HalfRange(String),
    /// A folder with a run in it where a new one was to begin.
    #[error(
        "{0} already holds a run: go on with it (--resume), or choose another folder for the new one"
    )]
    HoldsRun(String),
    /// A folder without a saved run.
    #[error("{0} holds no saved run: start one there without --resume, or name the run's folder")]
    NoRun(String),
    /// A folder without a model.
    #[error(
        "{0} is a folder without a model: name a .safetensors file, or the folder of a run that was saved"
    )]
    NoModel(String),
    /// Another process trains in this folder.
    #[error(
        "{0} is in use by another Latent Atelier: stop that one first, or choose another folder"
    )]
    InUse(String),
}

impl StorageError {
    /// An operating-system error at a path.
    pub(super) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let place = shown(path);
        move |source| Self::Io { what, place, source }
    }

    pub(super) fn format(place: &str, detail: impl Into<String>) -> Self {
        Self::Format { place: place.to_owned(), detail: detail.into() }
    }

    pub(super) fn invalid(place: &str, detail: impl Into<String>) -> Self {
        Self::Invalid { place: place.to_owned(), detail: detail.into() }
    }
}

/// An operating-system error in plain words.
pub fn plain_io(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "permission denied; change its permissions or choose another place".to_owned()
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk is full; free some space and try again".to_owned()
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            "the disk is read-only; choose another place".to_owned()
        }
        io::ErrorKind::AlreadyExists => {
            "there is already a file of that name; choose another".to_owned()
        }
        io::ErrorKind::BrokenPipe => "nobody reads what is written".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder, not a file".to_owned(),
        io::ErrorKind::NotADirectory => "a part of its path is a file, not a folder".to_owned(),
        io::ErrorKind::UnexpectedEof => "it ends too early; copy or download it again".to_owned(),
        _ => {
            let text = error.to_string();
            // Its number says nothing to a person.
            escaped(text.split(" (os error").next().unwrap_or(&text))
        }
    }
}

/// The most characters of a foreign text that are shown at once.
const SHOWN_CHARS: usize = 200;

/// Text from a file, fit to be shown in one line: control and direction characters are escaped, and
/// past 200 characters it is cut with an ellipsis.
pub fn escaped(text: &str) -> String {
    let mut shown = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == SHOWN_CHARS {
            shown.push('…');
            break;
        }
        let turns_text = matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if character.is_control() || turns_text {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// A path as it is shown to a person.
pub fn shown(path: &Path) -> String {
    // A path may be long and is the person's own: only its control characters are escaped.
    let mut text = String::new();
    for character in path.to_string_lossy().chars() {
        if character.is_control() {
            text.extend(character.escape_unicode());
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{escaped, plain_io};

    #[test]
    fn text_from_files_cannot_move_the_cursor_or_fill_the_screen() {
        assert_eq!(escaped("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb\\u{a}c");
        assert_eq!(escaped("x\u{202e}y"), "x\\u{202e}y");
        assert_eq!(escaped("Größe 大きさ"), "Größe 大きさ");
        let long = escaped(&"é".repeat(1_000_000));
        assert_eq!(long.chars().count(), 201);
    }

    #[test]
    fn system_errors_are_plain() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert!(plain_io(&full).contains("disk is full"));
        let there = std::fs::create_dir(env!("CARGO_MANIFEST_DIR")).unwrap_err();
        assert_eq!(plain_io(&there), "there is already a file of that name; choose another");
        // An error without plain words of its own.
        let other = std::io::Error::from_raw_os_error(40);
        assert!(other.to_string().contains("os error"));
        assert!(!plain_io(&other).contains("os error"), "{}", plain_io(&other));
    }
}
