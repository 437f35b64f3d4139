//! Finds the pictures below a folder, in an order that is the same on every machine.
//!
//! Hidden files and the litter of operating systems are passed over. A file counts as a picture if its name or its
//! content says so; every other file is only counted. Links are followed, loops are not.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use walkdir::{DirEntry, WalkDir};

use crate::protocol::SkippedFile;

use super::decode::{is_unmistakable, recognise};
use super::error::DataError;
use super::{MAX_PICTURES, idx_source};

const PICTURE_EXTENSIONS: [&str; 14] = [
    "png", "jpg", "jpeg", "jpe", "jfif", "webp", "bmp", "dib", "gif", "tif", "tiff", "pgm", "ppm",
    "pnm",
];
/// Pictures of other programs. Camera raw files are TIFF inside, so their names have to decide.
const FOREIGN_EXTENSIONS: [&str; 20] = [
    "heic", "heif", "avif", "jxl", "jp2", "psd", "svg", "xcf", "exr", "hdr", "tga", "ico", "raw",
    "dng", "nef", "cr2", "cr3", "arw", "orf", "rw2",
];
const LITTER: [&str; 5] = ["__MACOSX", "Thumbs.db", "desktop.ini", "$RECYCLE.BIN", "@eaDir"];

/// What lies below a folder.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Relative path of each possible picture with `/` between its parts, sorted; and the path itself.
    pub pictures: Vec<(String, PathBuf)>,
    /// What looked like a picture but cannot be used.
    pub skipped: Vec<SkippedFile>,
    /// Files that are no pictures and do not pretend to be.
    pub others: usize,
    /// A file of IDX pictures, if there was one.
    pub idx: Option<PathBuf>,
}

/// Looks through `root`, calling `found` with the number of pictures so far.
pub(super) fn scan(
    root: &Path,
    found: &dyn Fn(usize),
    cancel: &AtomicBool,
) -> Result<Scan, DataError> {
    // Asked first, to tell "no permission" from "nothing there".
    std::fs::read_dir(root).map_err(|error| DataError::from_io(root, &error))?;
    let mut scan = Scan::default();
    let walk = WalkDir::new(root).follow_links(true).into_iter();
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_passed_over(entry)) {
        if cancel.load(Ordering::Relaxed) {
            return Err(DataError::Cancelled);
        }
        match entry {
            Ok(entry) if entry.file_type().is_file() => scan.add_file(root, entry.into_path()),
            Ok(_) => {}
            Err(error) => scan.add_error(root, &error),
        }
        if scan.pictures.len() > MAX_PICTURES {
            return Err(DataError::TooMany { path: root.to_path_buf(), limit: MAX_PICTURES });
        }
        if scan.pictures.len().is_multiple_of(256) {
            found(scan.pictures.len());
        }
    }
    scan.pictures.sort();
    scan.skipped.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(scan)
}

impl Scan {
    fn add_file(&mut self, root: &Path, path: PathBuf) {
        if idx_source::is_image_file_name(&path) {
            self.idx.get_or_insert(path);
            self.others += 1;
            return;
        }
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        if FOREIGN_EXTENSIONS.contains(&extension.as_str()) {
            let kind = extension.to_uppercase();
            let reason = format!("{kind} is not supported: convert it to PNG or JPEG");
            self.skipped.push(SkippedFile { path: relative(root, &path), reason });
        } else if is_picture_extension(&extension) || has_picture_content(&path) {
            self.pictures.push((portable(&relative(root, &path)), path));
        } else {
            self.others += 1;
        }
    }

    fn add_error(&mut self, root: &Path, error: &walkdir::Error) {
        use std::io::ErrorKind::{NotFound, PermissionDenied};
        let is = |kind| error.io_error().is_some_and(|error| error.kind() == kind);
        let reason = if error.loop_ancestor().is_some() {
            "a link back to a folder above it: not followed".to_owned()
        } else if is(PermissionDenied) {
            "no permission to read it".to_owned()
        } else if is(NotFound) {
            "a link that leads nowhere".to_owned()
        } else if let Some(error) = error.io_error() {
            format!("cannot be read: {error}")
        } else {
            error.to_string()
        };
        let path = relative(root, error.path().unwrap_or(root));
        self.skipped.push(SkippedFile { path, reason });
    }
}

/// Whether a file name's extension is one of pictures this program reads.
pub(super) fn is_picture_extension(extension: &str) -> bool {
    PICTURE_EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension))
}

fn is_passed_over(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    name.starts_with('.') || LITTER.iter().any(|litter| name.eq_ignore_ascii_case(litter))
}

fn has_picture_content(path: &Path) -> bool {
    let mut head = Vec::with_capacity(16);
    let read = File::open(path).and_then(|file| file.take(16).read_to_end(&mut head));
    read.is_ok() && recognise(&head).is_ok_and(is_unmistakable)
}

fn relative(root: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(root).unwrap_or(path).to_path_buf()
}

/// A relative path as text, the same on every system: the hash of it decides who is held out.
fn portable(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(scan: &Scan) -> Vec<&str> {
        scan.pictures.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn finds_pictures_by_name_or_content_in_a_fixed_order() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("b/.cache")).unwrap();
        std::fs::create_dir_all(root.join("__MACOSX")).unwrap();
        for name in ["z.PNG", "b/a.jpeg", ".hidden.png", "b/.cache/x.png", "__MACOSX/y.png"] {
            std::fs::write(root.join(name), b"?").unwrap();
        }
        std::fs::write(root.join("no-extension"), b"GIF89a, so to speak").unwrap();
        std::fs::write(root.join("notes.txt"), b"BMW is a car maker").unwrap();
        std::fs::write(root.join("shot.NEF"), b"II*\0raw").unwrap();
        let scan = scan(root, &|_| {}, &AtomicBool::new(false)).unwrap();
        assert_eq!(names(&scan), ["b/a.jpeg", "no-extension", "z.PNG"]);
        assert_eq!(scan.others, 1);
        assert_eq!(scan.skipped.len(), 1);
        assert!(scan.skipped[0].reason.contains("NEF"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_a_circle_is_listed_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        std::fs::write(folder.path().join("sub/a.png"), b"?").unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("sub/round")).unwrap();
        std::os::unix::fs::symlink("nowhere.png", folder.path().join("dangling.png")).unwrap();
        let scan = scan(folder.path(), &|_| {}, &AtomicBool::new(false)).unwrap();
        assert_eq!(names(&scan), ["sub/a.png"]);
        assert_eq!(scan.skipped.len(), 2, "{:?}", scan.skipped);
        assert_eq!(scan.skipped[0].reason, "a link that leads nowhere");
        let dangling =
            super::scan(&folder.path().join("dangling.png"), &|_| {}, &AtomicBool::new(false));
        assert!(matches!(dangling, Err(DataError::DanglingLink { .. })), "{dangling:?}");
    }

    #[test]
    fn a_folder_that_is_not_there_says_so() {
        let missing = scan(Path::new("no-such-folder"), &|_| {}, &AtomicBool::new(false));
        assert!(matches!(missing, Err(DataError::Missing { .. })));
    }
}
