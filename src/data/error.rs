//! What can go wrong while a data set is opened or read, in words for the person who chose it.
//!
//! Every text says what is wrong, where, and what to do. The errors carry no sources, only text, so that they can be
//! cloned into an event. A single bad picture is never an error: it is skipped and listed in the summary.

use std::path::{Path, PathBuf};

/// Why a data set could not be opened or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// The path leads nowhere.
    #[error("{}: there is no such file or folder. Check the spelling, or choose the folder again.", path.display())]
    Missing {
        /// The path that was chosen.
        path: PathBuf,
    },
    /// A link whose target is gone.
    #[error("{}: a link that leads nowhere. Put back what it names, or choose another folder.", path.display())]
    DanglingLink {
        /// The link.
        path: PathBuf,
    },
    /// The system refuses to let this user read it.
    #[error("{}: no permission to read it. Ask its owner for read access, or choose another folder.", path.display())]
    NoPermission {
        /// The file or folder.
        path: PathBuf,
    },
    /// Any other trouble of the file system.
    #[error("{}: cannot be read: {reason}. Check the disk or the connection and open it again.", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A folder without any file.
    #[error("{}: the folder is empty. Put pictures into it, or choose another folder.", path.display())]
    EmptyFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A folder whose files are all something else.
    #[error(
        "{}: not an image folder: {}. \
         Choose a folder with PNG, JPEG, WebP, BMP, GIF, TIFF, PGM or PPM files, or with IDX files.",
        path.display(), no_picture(*files)
    )]
    NoImages {
        /// The folder.
        path: PathBuf,
        /// Files that were looked at.
        files: usize,
    },
    /// A folder that was named for its pictures, without any.
    #[error("{}: there are no pictures in this folder (sub-folders are not looked into). Choose another one.", path.display())]
    NoPictures {
        /// The folder.
        path: PathBuf,
    },
    /// A single file that is not an IDX file.
    #[error(
        "{}: this is a file, not a folder of pictures. Choose the folder it lies in.", path.display()
    )]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// There were pictures, but none could be used.
    #[error(
        "{}: {} had to be skipped; the first, {}: {reason}. \
         Mend the files or choose another folder.", path.display(), all_pictures(*count), example.display()
    )]
    AllSkipped {
        /// The folder.
        path: PathBuf,
        /// Pictures skipped.
        count: usize,
        /// One of them.
        example: PathBuf,
        /// Why that one was skipped.
        reason: String,
    },
    /// More pictures than the program keeps books on.
    #[error("{}: more than {limit} pictures. Split the set into smaller folders.", path.display())]
    TooMany {
        /// The folder or file.
        path: PathBuf,
        /// The most that is supported.
        limit: usize,
    },
    /// The file does not start as an IDX file of this kind does.
    #[error("{}: not an IDX file of {expected}: {found}. Choose an original, undamaged file.", path.display())]
    IdxMagic {
        /// The file.
        path: PathBuf,
        /// `pictures` or `labels`.
        expected: &'static str,
        /// What the first bytes say instead.
        found: String,
    },
    /// The IDX file ends early, goes on too long, cannot be unpacked, or claims the impossible.
    #[error("{}: the IDX file is damaged: {reason}. Copy or download it again.", path.display())]
    IdxDamaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// Pictures and labels do not belong together.
    #[error(
        "{} holds {images} pictures but {} holds {labels} labels. Use the two files of one set, \
         or move the labels away to open the pictures without them.",
        images_path.display(), labels_path.display()
    )]
    IdxCounts {
        /// The file of pictures.
        images_path: PathBuf,
        /// Pictures in it.
        images: usize,
        /// The file of labels.
        labels_path: PathBuf,
        /// Labels in it.
        labels: usize,
    },
    /// Several IDX sets lie in one folder.
    #[error("{}: holds several IDX sets ({names}). Choose one of these files instead of the folder.", path.display())]
    IdxAmbiguous {
        /// The folder.
        path: PathBuf,
        /// The files of pictures.
        names: String,
    },
    /// A packed IDX file that does not fit into memory cannot be read from the middle.
    #[error(
        "{}: unpacks to {size}, over the memory limit of {limit}. Raise the limit, or unpack the file \
         with gunzip: plain IDX files are read on demand.", path.display()
    )]
    IdxTooLarge {
        /// The file.
        path: PathBuf,
        /// Size when unpacked, as text.
        size: String,
        /// The limit, as text.
        limit: String,
    },
    /// An edge no network of this program is built for.
    #[error("an image size of {0} px is not supported: use 16, 32, 64 or 128")]
    ImageSize(u32),
    /// A channel count no network of this program is built for.
    #[error("{0} colour channels are not supported: use 1 (gray), 3 (RGB) or 4 (RGBA)")]
    Channels(u32),
    /// Too few or too many portraits.
    #[error("{count} portraits are not possible: ask for 1 to {limit}")]
    PortraitCount {
        /// What was asked for.
        count: usize,
        /// The most that is supported.
        limit: usize,
    },
    /// The cache could not be allocated.
    #[error(
        "not enough memory to keep {size} of pictures. Lower the data set's memory limit, or close other programs."
    )]
    OutOfMemory {
        /// What was asked of the system, as text.
        size: String,
    },
    /// A picture that was fine when the set was opened is not any more.
    #[error(
        "{}: can no longer be read: {reason}. Put the file back, or open the data set again.", path.display()
    )]
    PictureLost {
        /// The file, relative to the data set's root.
        path: PathBuf,
        /// What is wrong now.
        reason: String,
    },
    /// A label table that cannot be read, or does not fit the pictures.
    #[error("the label table {} cannot be used: {reason}.", path.display())]
    LabelTable {
        /// The table.
        path: PathBuf,
        /// What is wrong with it and where, and what to do.
        reason: String,
    },
    /// A pattern for labels that is none, or fits no file's name.
    #[error("the label pattern '{pattern}' cannot be used: {reason}.")]
    LabelPattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it and where, and what to do.
        reason: String,
    },
    /// Pictures without file names can neither be named by a table nor read by a pattern.
    #[error(
        "the pictures of {name} have no file names: a table or a pattern labels a folder of picture files. Leave it out."
    )]
    NoFileNames {
        /// The data set.
        name: String,
    },
    /// A caller asked for a picture that is not there.
    #[error(
        "picture {index} was asked for, but this part of the data set holds {len}. Open the data set again."
    )]
    OutOfRange {
        /// The index asked for.
        index: usize,
        /// Pictures there are.
        len: usize,
    },
    /// The loader's threads could not be started, or one of them failed.
    #[error(
        "the loader failed: {reason}. Open the data set again; if that fails too, restart the program."
    )]
    Loader {
        /// What happened.
        reason: String,
    },
    /// A single file that was named as a picture.
    #[error("{}: {reason}. Name another picture.", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// Why it is none.
        reason: String,
    },
    /// The person changed their mind.
    #[error("opening the data set was cancelled")]
    Cancelled,
}

impl DataError {
    /// Sorts trouble of the file system into what a person can act on.
    pub(super) fn from_io(path: &Path, error: &std::io::Error) -> Self {
        let path = path.to_path_buf();
        match error.kind() {
            std::io::ErrorKind::NotFound if path.is_symlink() => Self::DanglingLink { path },
            std::io::ErrorKind::NotFound => Self::Missing { path },
            std::io::ErrorKind::PermissionDenied => Self::NoPermission { path },
            _ => Self::Unreadable { path, reason: error.to_string() },
        }
    }
}

fn all_pictures(count: usize) -> String {
    if count == 1 { "its only picture".to_owned() } else { format!("all {count} pictures") }
}

fn no_picture(files: usize) -> String {
    match files {
        1 => "its only file is no picture".to_owned(),
        _ => format!("none of its {files} files is a picture"),
    }
}

/// A size in bytes for people: `980 bytes`, `46.9 MiB`, `3.1 GiB`.
pub(super) fn bytes_text(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// A number of pixels for people: `900`, `1.5 million`, `100 million`.
pub(super) fn pixels_text(pixels: u64) -> String {
    if pixels < 1_000_000 {
        return pixels.to_string();
    }
    let text = format!("{:.1}", pixels as f64 / 1e6);
    format!("{} million", text.trim_end_matches(".0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_say_them() {
        assert_eq!(bytes_text(980), "980 bytes");
        assert_eq!(bytes_text(2 << 30), "2.0 GiB");
        assert_eq!(pixels_text(100_000_000), "100 million");
        assert_eq!(pixels_text(1_500_000), "1.5 million");
        assert_eq!(pixels_text(4096), "4096");
    }

    #[test]
    fn an_error_says_what_where_and_what_to_do() {
        let error = DataError::EmptyFolder { path: PathBuf::from("holiday") };
        let text = error.to_string();
        assert!(text.contains("holiday") && text.contains("empty") && text.contains("choose"));
    }
}
