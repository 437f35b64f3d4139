//! A folder of pictures: every file below it, with sub-folders as labels.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::protocol::DatasetOptions;

use super::decode::FileDecoder;
use super::error::DataError;
use super::scan::{Scan, scan};
use super::source::{Catalogue, Decoded, Entry, Labels, PictureSource, Policy};
use super::split::{name_hash, split_of};
use super::square::Recipe;

/// What a folder turned out to be.
pub(super) enum Folder {
    Pictures(Catalogue),
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
    let (label_names, labels) = labels_from_folders(&scan.pictures);
    let entries = scan.pictures.iter().map(|(name, _)| name_hash(name));
    let entries = entries.map(|key| Entry { split: split_of(key), key }).collect();
    let mut remarks = Vec::new();
    if scan.others > 0 {
        remarks.push(format!("files that are not pictures were passed over: {}", scan.others));
    }
    let source = FolderSource {
        root: root.to_path_buf(),
        paths: scan.pictures.into_iter().map(|(_, path)| path).collect(),
        decoder: FileDecoder::new(options.pixel_limit),
        recipe: Recipe::new(options),
    };
    Ok(Folder::Pictures(Catalogue {
        name: folder_name(root),
        source: Arc::new(source),
        entries,
        label_names,
        labels,
        skipped: scan.skipped,
        remarks,
    }))
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

/// Each picture's first sub-folder is its label. Folders around *all* pictures (`celeba/img_align_celeba/…`) tell
/// nothing and are stepped into first; pictures that then lie in no sub-folder have no label.
fn labels_from_folders(pictures: &[(String, PathBuf)]) -> (Vec<String>, Labels) {
    let depth = common_folders(pictures);
    let label_of = |name: &str| -> Option<String> {
        let mut rest = name.split('/').skip(depth);
        let label = rest.next()?;
        rest.next().map(|_| label.to_owned())
    };
    let mut names: Vec<String> = pictures.iter().filter_map(|(name, _)| label_of(name)).collect();
    names.sort();
    names.dedup();
    let mut labels = Labels::default();
    for (name, _) in pictures {
        let label = label_of(name).and_then(|label| names.binary_search(&label).ok());
        labels.push(label.map(|index| index as u32));
    }
    (names, labels)
}

/// How many folders, from the root on, are the same for all pictures.
fn common_folders(pictures: &[(String, PathBuf)]) -> usize {
    let folders = |name: &str| -> Vec<String> {
        let mut parts: Vec<String> = name.split('/').map(str::to_owned).collect();
        parts.pop();
        parts
    };
    let Some((first, _)) = pictures.first() else { return 0 };
    let first = folders(first);
    pictures.iter().fold(first.len(), |depth, (name, _)| {
        let shared = first.iter().zip(folders(name)).take_while(|(a, b)| **a == *b).count();
        depth.min(shared)
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(names: &[&str]) -> (Vec<String>, Vec<Option<u32>>) {
        let pictures: Vec<_> =
            names.iter().map(|name| ((*name).to_owned(), PathBuf::from(name))).collect();
        let (label_names, labels) = labels_from_folders(&pictures);
        let ids = (0..names.len() as u32).map(|id| labels.get(id).first().copied()).collect();
        (label_names, ids)
    }

    #[test]
    fn the_first_sub_folder_is_the_label() {
        let (names, ids) = labels(&["cats/2020/a.png", "cats/b.png", "dogs/c.png", "d.png"]);
        assert_eq!(names, ["cats", "dogs"]);
        assert_eq!(ids, [Some(0), Some(0), Some(1), None]);
    }

    #[test]
    fn a_folder_around_everything_is_no_label() {
        let (names, ids) = labels(&["all/cats/a.png", "all/dogs/b.png"]);
        assert_eq!((names.len(), ids), (2, vec![Some(0), Some(1)]));
        let (names, ids) = labels(&["all/a.png", "all/b.png"]);
        assert_eq!((names.len(), ids), (0, vec![None, None]));
    }
}
