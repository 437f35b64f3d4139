//! Bare tensors written part by part, for more values than memory should hold.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::StorageError;
use super::array::element_count;
use super::atomic::PendingFile;
use super::error::shown;
use super::manifest::MANIFEST_KEY;
use super::picture::about_tensors;
use super::writer::{self, WeightsType};

/// Values between two waits for the disk, so that the last of them is short as well.
const SYNC_VALUES: usize = 8 << 20;

/// A safetensors file of `f32` whose shapes are known and whose values are still to come. Dropped
/// before [`finish`](Self::finish), it leaves nothing behind.
#[derive(Debug)]
pub struct TensorsWriter {
    path: PathBuf,
    file: PendingFile,
    /// Values still to come.
    missing: usize,
    unsynced: usize,
}

impl TensorsWriter {
    /// Begins a file with these tensors, and a short text that says what they are.
    ///
    /// # Errors
    /// A refusal by the operating system, or shapes beyond all memory.
    pub fn create(
        path: &Path,
        shapes: &[(&str, Vec<usize>)],
        about: &str,
    ) -> Result<Self, StorageError> {
        let mut file = PendingFile::create(path)?;
        let entries = shapes.iter().map(|(name, shape)| (*name, shape.as_slice()));
        let about = about_tensors(about);
        writer::write_header(&mut file, entries, WeightsType::F32, (MANIFEST_KEY, &about))
            .map_err(StorageError::io("write", path))?;
        // The header has refused what overflows.
        let missing = shapes.iter().filter_map(|(_, shape)| element_count(shape)).sum();
        Ok(Self { path: path.to_owned(), file, missing, unsynced: 0 })
    }

    /// Writes the next values; the tensors follow each other in the order of their shapes.
    ///
    /// # Errors
    /// More values than the shapes hold, or a refusal by the operating system.
    pub fn append(&mut self, values: &[f32]) -> Result<(), StorageError> {
        let missing = self.missing.checked_sub(values.len());
        self.missing = missing.ok_or_else(|| {
            let extra = values.len() - self.missing;
            StorageError::invalid(&shown(&self.path), format!("{extra} values too many for it"))
        })?;
        self.file
            .write_all(&WeightsType::F32.bytes_of(values))
            .map_err(StorageError::io("write", &self.path))?;
        self.unsynced += values.len();
        if self.unsynced >= SYNC_VALUES {
            self.unsynced = 0;
            self.file.sync()?;
        }
        Ok(())
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// Values that are missing, or a refusal by the operating system; an older file then stands.
    pub fn finish(self) -> Result<(), StorageError> {
        if self.missing > 0 {
            let detail = format!("{} values are missing", self.missing);
            return Err(StorageError::invalid(&shown(&self.path), detail));
        }
        self.file.commit()
    }
}
