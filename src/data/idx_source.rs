//! IDX files as a data set: finds the files that belong together and turns their pictures into tiles.
//!
//! `train-images-idx3-ubyte` is trained on, `t10k-…` (or `test-…`) is the held-out set; without one, a tenth is split
//! off. Small pictures are padded to the next power of two instead of being resampled (28 px to 32 px), because a
//! stretched digit is blurred for nothing; another size is then resampled from the padded picture.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use image::{DynamicImage, GrayImage};

use crate::protocol::{DatasetOptions, IMAGE_SIZES, Split};

use super::error::{DataError, bytes_text, pixels_text};
use super::folder::folder_name;
use super::idx::{IdxFile, Kind};
use super::source::{Catalogue, Decoded, Entry, Labels, PictureSource, Policy};
use super::split::{name_hash, split_of};
use super::square::Recipe;

/// The files of one data set.
#[derive(Debug)]
pub(super) struct IdxFiles {
    train: PathBuf,
    held_out: Option<PathBuf>,
}

/// Whether a file is named like IDX pictures (`…-idx3-ubyte`, `.gz` or not).
pub(super) fn is_image_file_name(path: &Path) -> bool {
    base_name(path).ends_with("idx3-ubyte")
}

/// Finds IDX pictures in a folder, or beside the file that was chosen. `None` if there are none.
pub(super) fn find(path: &Path, is_folder: bool) -> Result<Option<IdxFiles>, DataError> {
    if !is_folder {
        return Ok(is_image_file_name(path).then(|| IdxFiles {
            train: path.to_path_buf(),
            held_out: ["t10k", "test"].iter().find_map(|part| sibling(path, "train", part)),
        }));
    }
    let mut files = idx_files_in(path)?;
    let is_test =
        |file: &PathBuf| ["t10k", "test"].iter().any(|part| base_name(file).contains(part));
    let mut tests: Vec<PathBuf> = files.iter().filter(|file| is_test(file)).cloned().collect();
    if tests.len() < files.len() {
        files.retain(|file| !is_test(file));
    } else {
        tests.clear();
    }
    if files.len() > 1 || tests.len() > 1 {
        let names: Vec<String> = files
            .iter()
            .map(|file| file.file_name().unwrap_or_default().to_string_lossy().into_owned())
            .collect();
        return Err(DataError::IdxAmbiguous { path: path.to_path_buf(), names: names.join(", ") });
    }
    Ok(files.pop().map(|train| IdxFiles { train, held_out: tests.pop() }))
}

/// The files of IDX pictures in a folder; where a plain and a packed one have the same name, the plain one.
fn idx_files_in(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let listing = std::fs::read_dir(folder).map_err(|error| DataError::from_io(folder, &error))?;
    let mut files: Vec<PathBuf> = listing
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| is_image_file_name(path) && path.is_file())
        .collect();
    // A plain name sorts before the same name with .gz.
    files.sort();
    files.dedup_by_key(|path| base_name(path));
    Ok(files)
}

/// A file's name in lower case without `.gz`.
fn base_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.strip_suffix(".gz").unwrap_or(&name).to_owned()
}

/// The file beside `path` whose name has `from` replaced by `to`, packed or not.
fn sibling(path: &Path, from: &str, to: &str) -> Option<PathBuf> {
    let name = path.file_name()?.to_string_lossy();
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    let other = plain.replace(from, to);
    let candidates = [other.clone(), format!("{other}.gz")];
    let found =
        candidates.map(|name| path.with_file_name(name)).into_iter().find(|path| path.is_file())?;
    (other != plain).then_some(found)
}

fn labels_file(images: &Path) -> Option<PathBuf> {
    let name = images.file_name()?.to_string_lossy().replace("idx3", "idx1");
    sibling(&images.with_file_name(name), "images", "labels")
}

/// What nobody chose: the smallest size that holds the padded pictures, and gray.
pub(super) fn take_own_size(
    files: &IdxFiles,
    options: &mut DatasetOptions,
) -> Result<(), DataError> {
    if options.auto_channels {
        options.channels = 1;
    }
    if !options.auto_size {
        return Ok(());
    }
    let file = IdxFile::open(&files.train, Kind::Pictures)?;
    check_dimensions(&file, options.pixel_limit)?;
    let padded = padded_edge(file.dimensions[2], file.dimensions[1]);
    let [.., largest] = IMAGE_SIZES;
    options.image_size = IMAGE_SIZES.into_iter().find(|&size| size >= padded).unwrap_or(largest);
    Ok(())
}

/// Describes the pictures of these files. The pixels are read into memory, small as they are, unless they are over
/// the memory limit and the file is plain: then they are read on demand.
pub(super) fn open(
    files: &IdxFiles,
    options: &DatasetOptions,
    cancel: &AtomicBool,
) -> Result<Catalogue, DataError> {
    let mut remarks = Vec::new();
    let train = Part::open(&files.train, options, cancel)?;
    let held_out =
        files.held_out.as_ref().map(|path| Part::open(path, options, cancel)).transpose()?;
    let parts: Vec<Part> = [Some(train), held_out].into_iter().flatten().collect();
    if parts.len() == 1 {
        remarks
            .push("there is no t10k file: a tenth of the pictures is held out instead".to_owned());
    }
    describe_padding(&parts[0], options.image_size, &mut remarks);
    remarks.extend(own_choice(options));
    let (label_names, labels) = collect_labels(&parts, &mut remarks);
    let folder = files.train.parent().map_or_else(|| "IDX".to_owned(), folder_name);
    Ok(Catalogue {
        name: format!("{folder} (IDX)"),
        entries: entries(&parts),
        source: Arc::new(IdxSource { parts, recipe: Recipe::new(options) }),
        label_names,
        labels,
        labelling: None,
        file_names: Arc::default(),
        skipped: Vec::new(),
        remarks,
    })
}

/// What was chosen by the data themselves.
fn own_choice(options: &DatasetOptions) -> Option<String> {
    let size = options.image_size;
    let (read, other) = match (options.auto_size, options.auto_channels) {
        (true, true) => (format!("{size} px gray"), "size or colour"),
        (true, false) => (format!("{size} px"), "size"),
        (false, true) => ("gray".to_owned(), "colour"),
        (false, false) => return None,
    };
    Some(format!("read as {read}, which these pictures are: choose another {other} if you like"))
}

fn entries(parts: &[Part]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        for index in 0..part.file.count() {
            let key = name_hash(&index.to_string());
            let split = match (parts.len(), number) {
                (1, _) => split_of(key),
                (_, 0) => Split::Train,
                _ => Split::HeldOut,
            };
            entries.push(Entry { split, key });
        }
    }
    entries
}

fn describe_padding(part: &Part, size: u32, remarks: &mut Vec<String>) {
    let (height, width) = part.picture_size();
    let padded = padded_edge(width, height);
    if (width, height) != (padded, padded) {
        remarks.push(format!("{} px data is padded to {padded} px", edge_text(width, height)));
    }
    if padded != size {
        remarks.push(format!("{padded} px pictures are resampled to {size} px"));
    }
}

fn edge_text(width: u32, height: u32) -> String {
    if width == height { width.to_string() } else { format!("{width}×{height}") }
}

/// The edge of the square a picture is padded to: the next power of two if that is not far, else the longer edge.
fn padded_edge(width: u32, height: u32) -> u32 {
    let longer = width.max(height);
    let power = longer.next_power_of_two();
    if longer >= power / 4 * 3 { power } else { longer }
}

/// Class numbers become names; the classes that occur are numbered in order.
fn collect_labels(parts: &[Part], remarks: &mut Vec<String>) -> (Vec<String>, Labels) {
    let mut present = [false; 256];
    for &class in parts.iter().filter_map(|part| part.labels.as_ref()).flatten() {
        present[usize::from(class)] = true;
    }
    let classes: Vec<u8> = (0..=255).filter(|&class| present[usize::from(class)]).collect();
    let mut labels = Labels::default();
    for part in parts {
        if part.labels.is_none() {
            remarks.push(format!("there are no labels beside {}", part.file.path.display()));
        }
        for index in 0..part.file.count() {
            let Some(class) = part.labels.as_ref().map(|labels| labels[index]) else {
                labels.push_unlabelled();
                continue;
            };
            labels.push(classes.binary_search(&class).ok().map(|place| place as u32));
        }
    }
    (classes.iter().map(u8::to_string).collect(), labels)
}

/// One file of pictures with its labels.
struct Part {
    file: IdxFile,
    /// All pixels, or `None` if they are read from the file on demand.
    pixels: Option<Vec<u8>>,
    labels: Option<Vec<u8>>,
}

impl Part {
    fn open(path: &Path, options: &DatasetOptions, cancel: &AtomicBool) -> Result<Self, DataError> {
        let file = IdxFile::open(path, Kind::Pictures)?;
        check_dimensions(&file, options.pixel_limit)?;
        let labels = match labels_file(path) {
            Some(labels_path) => Some(read_labels(&labels_path, &file, cancel)?),
            None => None,
        };
        let body = file.body_bytes().unwrap_or(u64::MAX);
        let limit = options.memory_limit_bytes;
        let pixels = match (body <= limit, file.is_gzipped()) {
            (true, _) => Some(file.read_body(cancel)?),
            (false, false) => None,
            (false, true) => {
                let (size, limit) = (bytes_text(body), bytes_text(limit));
                return Err(DataError::IdxTooLarge { path: path.to_path_buf(), size, limit });
            }
        };
        Ok(Self { file, pixels, labels })
    }

    /// (height, width)
    fn picture_size(&self) -> (u32, u32) {
        (self.file.dimensions[1], self.file.dimensions[2])
    }

    fn picture(&self, index: usize) -> Result<GrayImage, String> {
        let (height, width) = self.picture_size();
        let bytes = width as usize * height as usize;
        let start = index * bytes;
        let pixels = match &self.pixels {
            Some(all) => all[start..start + bytes].to_vec(),
            None => {
                let mut pixels = vec![0; bytes];
                let read = self.file.read_at(start as u64, &mut pixels);
                read.map_err(|error| format!("picture {index} cannot be read: {error}"))?;
                pixels
            }
        };
        GrayImage::from_raw(width, height, pixels).ok_or_else(|| "its size is wrong".to_owned())
    }
}

fn check_dimensions(file: &IdxFile, pixel_limit: u64) -> Result<(), DataError> {
    let damaged = |reason| Err(DataError::IdxDamaged { path: file.path.clone(), reason });
    let (height, width) = (file.dimensions[1], file.dimensions[2]);
    if file.count() == 0 || height == 0 || width == 0 {
        return damaged("it holds no pictures".to_owned());
    }
    if file.count() > super::MAX_PICTURES {
        return Err(DataError::TooMany { path: file.path.clone(), limit: super::MAX_PICTURES });
    }
    // Padding makes them square, so the longer edge counts.
    let longer = u64::from(width.max(height));
    if longer * longer > pixel_limit {
        let limit = pixels_text(pixel_limit);
        return damaged(format!(
            "it claims pictures of {width}×{height} pixels, over the limit of {limit}"
        ));
    }
    Ok(())
}

fn read_labels(path: &Path, images: &IdxFile, cancel: &AtomicBool) -> Result<Vec<u8>, DataError> {
    let file = IdxFile::open(path, Kind::Labels)?;
    if file.count() != images.count() {
        return Err(DataError::IdxCounts {
            images_path: images.path.clone(),
            images: images.count(),
            labels_path: path.to_path_buf(),
            labels: file.count(),
        });
    }
    file.read_body(cancel)
}

struct IdxSource {
    parts: Vec<Part>,
    recipe: Recipe,
}

impl IdxSource {
    fn locate(&self, id: u32) -> (&Part, usize) {
        let first = &self.parts[0];
        match (id as usize).checked_sub(first.file.count()) {
            Some(index) if self.parts.len() > 1 => (&self.parts[1], index),
            _ => (first, id as usize),
        }
    }
}

impl PictureSource for IdxSource {
    fn decode(&self, id: u32, out: &mut [u8]) -> Result<Decoded, String> {
        let (part, index) = self.locate(id);
        let picture = part.picture(index)?;
        let edge = padded_edge(picture.width(), picture.height());
        // Black, as the ground of these data sets is.
        let mut padded = GrayImage::new(edge, edge);
        let left = i64::from((edge - picture.width()) / 2);
        let top = i64::from((edge - picture.height()) / 2);
        image::imageops::replace(&mut padded, &picture, left, top);
        self.recipe.apply(DynamicImage::ImageLuma8(padded), out);
        // Enlarging is already in the remarks, once for all.
        Ok(Decoded::default())
    }

    fn path(&self, id: u32) -> PathBuf {
        let (part, index) = self.locate(id);
        let name = part.file.path.file_name().unwrap_or_default().to_string_lossy();
        PathBuf::from(format!("{name} #{index}"))
    }

    fn policy(&self) -> Policy {
        let from_file = self.parts.iter().any(|part| part.pixels.is_none());
        if from_file { Policy::TryAll } else { Policy::FillMemory }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_are_padded_to_a_power_of_two_if_it_is_near() {
        assert_eq!(padded_edge(28, 28), 32);
        assert_eq!(padded_edge(32, 32), 32);
        assert_eq!(padded_edge(28, 20), 32);
        assert_eq!(padded_edge(20, 20), 20);
        assert_eq!(padded_edge(100, 100), 128);
    }

    #[test]
    fn the_files_of_a_set_find_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in [
            "train-images-idx3-ubyte.gz",
            "train-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte",
            "t10k-images-idx3-ubyte.gz",
        ] {
            std::fs::write(path(name), b"").unwrap();
        }
        let files = find(folder.path(), true).unwrap().unwrap();
        assert_eq!(files.train, path("train-images-idx3-ubyte.gz"));
        assert_eq!(files.held_out, Some(path("t10k-images-idx3-ubyte")), "plain before packed");
        assert_eq!(labels_file(&files.train), Some(path("train-labels-idx1-ubyte")));
        assert_eq!(labels_file(&path("t10k-images-idx3-ubyte")), None);
        let chosen = find(&files.train, false).unwrap().unwrap();
        assert_eq!(chosen.held_out, files.held_out);
    }

    #[test]
    fn several_sets_in_one_folder_are_named() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a-train-images-idx3-ubyte", "b-train-images-idx3-ubyte"] {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        let error = find(folder.path(), true).unwrap_err().to_string();
        assert!(error.contains("a-train") && error.contains("b-train"), "{error}");
    }
}
