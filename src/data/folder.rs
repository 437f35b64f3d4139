//! A folder of pictures: every file below it, labelled as the person asks.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::protocol::DatasetOptions;

use super::decode::FileDecoder;
use super::error::DataError;
use super::labels;
use super::scan::{Scan, scan};
use super::source::{Catalogue, Decoded, Entry, PictureSource, Policy};
use super::split::{name_hash, split_of};
use super::square::Recipe;

/// What a folder turned out to be.
pub(super) enum Folder {
    Pictures(Box<Catalogue>),
    /// No pictures, but this file of IDX pictures.
    Idx(PathBuf),
}

/// Looks through the folder `root`. Nothing is decoded yet.
pub(super) fn open(
    root: &Path,
    options: &DatasetOptions,
    found: &dyn Fn(usize),
    cancel: &AtomicBool,
) -> Result<Folder, DataError> {
    let scan = scan(root, found, cancel)?;
    if scan.pictures.is_empty() {
        return nothing_found(root, scan);
    }
    let (names, paths): (Vec<String>, Vec<PathBuf>) = scan.pictures.into_iter().unzip();
    // Before anything is decoded: what is wrong with a table is told at once.
    let labelling = labels::read(&options.labels, &names, cancel)?;
    let entries = names.iter().map(|name| name_hash(name));
    let entries = entries.map(|key| Entry { split: split_of(key), key }).collect();
    let mut remarks = Vec::new();
    if scan.others > 0 {
        remarks.push(format!("files that are not pictures were passed over: {}", scan.others));
    }
    let source = FolderSource {
        root: root.to_path_buf(),
        paths,
        decoder: FileDecoder::new(options.pixel_limit),
        recipe: Recipe::new(options),
    };
    Ok(Folder::Pictures(Box::new(Catalogue {
        name: folder_name(root),
        source: Arc::new(source),
        entries,
        label_names: labelling.names,
        labels: labelling.labels,
        labelling: labelling.report,
        file_names: names.into(),
        skipped: scan.skipped,
        remarks,
    })))
}

fn nothing_found(root: &Path, scan: Scan) -> Result<Folder, DataError> {
    let path = root.to_path_buf();
    if let Some(idx) = scan.idx {
        return Ok(Folder::Idx(idx));
    }
    Err(match scan.skipped.first() {
        Some(first) => DataError::AllSkipped {
            path,
            count: scan.skipped.len(),
            example: first.path.clone(),
            reason: first.reason.clone(),
        },
        None if scan.others == 0 => DataError::EmptyFolder { path },
        None => DataError::NoImages { path, files: scan.others },
    })
}

/// The last part of a path, for people; `.` and `..` are looked up.
pub(super) fn folder_name(root: &Path) -> String {
    let full = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
    full.file_name()
        .map_or_else(|| full.display().to_string(), |name| name.to_string_lossy().into_owned())
}

struct FolderSource {
    root: PathBuf,
    paths: Vec<PathBuf>,
    decoder: FileDecoder,
    recipe: Recipe,
}

impl PictureSource for FolderSource {
    fn decode(&self, id: u32, out: &mut [u8]) -> Result<Decoded, String> {
        let image = self.decoder.decode(&self.paths[id as usize])?;
        Ok(self.recipe.apply(image, out))
    }

    fn path(&self, id: u32) -> PathBuf {
        let path = &self.paths[id as usize];
        path.strip_prefix(&self.root).unwrap_or(path).to_path_buf()
    }

    fn policy(&self) -> Policy {
        Policy::TryAll
    }
}
