//! Writing that leaves either the old file or the new one, whatever happens in between.
//!
//! The new content goes to a temporary name in the same folder, is flushed to the disk, and then takes
//! the place of the old file by renaming. A crash leaves at most a temporary file, which the next save
//! of the same file removes. Everything this program keeps is written through here.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::StorageError;

const TEMPORARY_END: &str = ".tmp";
const BUFFER_BYTES: usize = 1 << 20;

/// Writes a file whole or not at all; `fill` writes its content.
///
/// # Errors
/// Whatever the disk or `fill` refuses; the previous file then still stands.
pub fn write_atomic(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StorageError> {
    let mut file = PendingFile::create(path)?;
    fill(&mut file).map_err(StorageError::io("write", path))?;
    file.commit()
}

/// A file under its temporary name: it takes its place by [`commit`](Self::commit), or vanishes when it
/// is dropped.
#[derive(Debug)]
pub struct PendingFile {
    path: PathBuf,
    temporary: PathBuf,
    /// The open file holds the lock that tells others that its writer lives. `None` once it is in place.
    out: Option<BufWriter<File>>,
}

impl PendingFile {
    /// Begins a file beside `path`.
    ///
    /// # Errors
    /// A refusal by the operating system.
    pub fn create(path: &Path) -> Result<Self, StorageError> {
        let (temporary, file) = create_temporary(path).map_err(StorageError::io("write", path))?;
        let out = Some(BufWriter::with_capacity(BUFFER_BYTES, file));
        Ok(Self { path: path.to_owned(), temporary, out })
    }

    /// Puts what was written so far on the disk.
    ///
    /// # Errors
    /// A refusal by the operating system.
    pub fn sync(&mut self) -> Result<(), StorageError> {
        let Some(out) = &mut self.out else { return Ok(()) };
        out.flush()
            .and_then(|()| out.get_ref().sync_all())
            .map_err(StorageError::io("write", &self.path))
    }

    /// Puts the file on the disk and in its place.
    ///
    /// # Errors
    /// A refusal by the operating system; the previous file then still stands.
    pub fn commit(mut self) -> Result<(), StorageError> {
        self.sync()?;
        std::fs::rename(&self.temporary, &self.path)
            .map_err(StorageError::io("write", &self.path))?;
        self.out = None;
        sync_folder(folder_of(&self.path));
        remove_leftovers(&self.path);
        Ok(())
    }
}

impl Write for PendingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.as_mut().map_or(Ok(0), |out| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.as_mut().map_or(Ok(()), BufWriter::flush)
    }
}

impl Seek for PendingFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.out.as_mut().map_or(Ok(0), |out| out.seek(to))
    }
}

impl Drop for PendingFile {
    fn drop(&mut self) {
        if let Some(out) = self.out.take() {
            // What the buffer still holds is not worth writing; some systems remove closed files only.
            drop(out.into_parts());
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

fn create_temporary(path: &Path) -> io::Result<(PathBuf, File)> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let temporary = temporary_name(path)?;
    let file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
    // Where locks are not supported, the worst is that a leftover stays.
    let _ = file.try_lock();
    Ok((temporary, file))
}

/// Puts the rename itself on the disk. Systems that cannot open a folder do this by themselves.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        // Some network disks refuse; the file's content is already safe.
        let _ = folder.sync_all();
    }
}

/// The folder a path lies in; `.` for a bare name.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// `.NAME.PROCESS-COUNT.tmp`, in the same folder.
fn temporary_name(path: &Path) -> io::Result<PathBuf> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}-{count}{TEMPORARY_END}", std::process::id()));
    Ok(folder_of(path).join(temporary))
}

/// Removes what crashed writers of `path` left; a temporary file that is locked has a living writer.
fn remove_leftovers(path: &Path) {
    let Some(name) = path.file_name() else { return };
    let start = format!(".{}.", name.to_string_lossy());
    let Ok(entries) = std::fs::read_dir(folder_of(path)) else { return };
    for entry in entries.flatten() {
        let candidate = entry.file_name();
        let middle = candidate.to_str().and_then(|name| name.strip_prefix(&start));
        let is_ours = middle
            .and_then(|rest| rest.strip_suffix(TEMPORARY_END))
            .is_some_and(|key| key.chars().all(|c| c.is_ascii_digit() || c == '-'));
        if is_ours && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::write_atomic;
    use std::fs;
    use std::io;

    fn names(folder: &std::path::Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        write_atomic(&path, |out| out.write_all(b"old")).unwrap();
        let error = write_atomic(&path, |out| {
            out.write_all(b"half of the n")?;
            Err(io::ErrorKind::StorageFull.into())
        })
        .unwrap_err();
        assert!(error.to_string().contains("disk is full"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["model.safetensors"]);
    }

    #[test]
    fn leftovers_of_a_crash_are_removed_by_the_next_save_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        for name in [".a.bin.99-0.tmp", ".b.bin.99-0.tmp", ".a.bin.notes.tmp"] {
            fs::write(folder.path().join(name), b"half").unwrap();
        }
        let living = fs::File::create(folder.path().join(".a.bin.98-7.tmp")).unwrap();
        living.try_lock().unwrap();
        write_atomic(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(
            names(folder.path()),
            [".a.bin.98-7.tmp", ".a.bin.notes.tmp", ".b.bin.99-0.tmp", "a.bin"]
        );
    }

    #[test]
    fn a_missing_folder_or_a_folder_in_the_way_is_plain() {
        let folder = tempfile::tempdir().unwrap();
        let missing = write_atomic(&folder.path().join("no/such/a.bin"), |_| Ok(())).unwrap_err();
        assert!(missing.to_string().contains("no such file or folder"), "{missing}");
        assert!(write_atomic(folder.path(), |_| Ok(())).is_err());
        assert!(names(folder.path()).is_empty());
    }
}
