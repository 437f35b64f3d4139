//! An opened data set: which pictures there are, their pixels and labels, and a summary for the window.
//!
//! Pictures in memory are copied out without any I/O, so the engine thread may read between two training phases.
//! Pictures beyond the memory limit are decoded on demand, a batch in parallel; the summary says so.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rayon::ThreadPool;

use crate::imaging::rgba_from_bytes;
use crate::protocol::{
    DatasetOptions, DatasetSource, DatasetSummary, Frame, LabelCount, LabelSource, PatternPreview,
    Split,
};

use super::cache::{Filled, fill};
use super::error::{DataError, bytes_text};
use super::labels;
use super::source::{Catalogue, Entry, Labels, Layout};
use super::split::fill_empty_split;
use super::store::Store;

/// Tiles on the sheet of thumbnails, at most.
const THUMBNAILS: usize = 64;
/// Thumbnails in a row, at most.
const THUMBNAIL_COLUMNS: usize = 8;

/// Square 8-bit pictures in three splits, with labels.
///
/// Pixels are `size × size × channels` bytes a picture, rows from the top, channels last (HWC), sRGB, straight alpha.
pub struct Dataset {
    layout: Layout,
    /// For each split, positions in the store.
    splits: [Vec<u32>; 3],
    store: Arc<Store>,
    /// Relative paths by id; empty where pictures are no files of their own.
    file_names: Arc<[String]>,
    label_names: Vec<String>,
    labels: Labels,
    summary: DatasetSummary,
}

impl std::fmt::Debug for Dataset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dataset")
            .field("name", &self.summary.name)
            .field("train", &self.len(Split::Train))
            .field("held_out", &self.len(Split::HeldOut))
            .field("layout", &self.layout)
            .finish_non_exhaustive()
    }
}

impl Dataset {
    /// Decodes what a catalogue lists. `source` and `options` are only noted in the summary.
    pub(super) fn build(
        catalogue: Catalogue,
        source: &DatasetSource,
        options: &DatasetOptions,
        pool: &ThreadPool,
        progress: &dyn Fn(usize, usize),
        cancel: &AtomicBool,
    ) -> Result<Self, DataError> {
        let layout = Layout { size: options.image_size, channels: options.channels };
        // Test pictures come last and stay undecoded: nobody looks at them before the last measurement.
        let cached = catalogue.entries.partition_point(|entry| entry.split != Split::Test);
        let limit = options.memory_limit_bytes;
        let filled = fill(pool, &catalogue.source, cached, layout, limit, progress, cancel)?;
        if filled.accepted.is_empty() {
            return Err(nothing_usable(source, filled));
        }
        let mut summary = empty_summary(&catalogue, source, options);
        describe(&filled, layout, options, &mut summary);
        let more = cached as u32..catalogue.entries.len() as u32;
        let store = Store::new(layout, filled, more, catalogue.source, limit)?;
        let splits = split_up(store.ids(), &catalogue.entries, &mut summary);
        let mut dataset = Self {
            layout,
            splits,
            store: Arc::new(store),
            file_names: catalogue.file_names,
            label_names: catalogue.label_names,
            labels: catalogue.labels,
            summary,
        };
        dataset.finish_summary()?;
        Ok(dataset)
    }

    /// Pictures in a split. Folders and IDX files have no test split; Portraits have all three.
    pub fn len(&self, split: Split) -> usize {
        self.splits[place(split)].len()
    }

    /// Whether a split has no pictures.
    pub fn is_empty(&self, split: Split) -> bool {
        self.len(split) == 0
    }

    /// 1 (gray), 3 (RGB) or 4 (RGBA).
    pub fn channels(&self) -> usize {
        self.layout.channels as usize
    }

    /// Edge of every picture in pixels.
    pub fn size(&self) -> usize {
        self.layout.size as usize
    }

    /// Fills `out` with these pictures one after the other, HWC: `indices.len() * size * size * channels` bytes.
    /// Copies if all of them are in memory, else decodes in parallel.
    ///
    /// # Errors
    /// [`DataError::OutOfRange`] for an index that is not below [`len`](Self::len), [`DataError::PictureLost`] if a
    /// picture had to be decoded and its file has changed or vanished since. `out` is then of no use.
    pub fn read(
        &self,
        split: Split,
        indices: &[usize],
        out: &mut Vec<u8>,
    ) -> Result<(), DataError> {
        self.store.read(&self.positions(split, indices)?, out)
    }

    /// The labels a picture carries, as indices into [`label_names`](Self::label_names). Empty without labels.
    pub fn labels(&self, split: Split, index: usize) -> &[u32] {
        match self.splits[place(split)].get(index) {
            Some(&position) => self.labels.get(self.store.id(position)),
            None => &[],
        }
    }

    /// Whether a picture carries a label; `None` where that is not known: it then counts neither as with the label nor
    /// as without it.
    pub fn answer(&self, split: Split, index: usize, label: u32) -> Option<bool> {
        let &position = self.splits[place(split)].get(index)?;
        self.labels.answer(self.store.id(position), label)
    }

    /// Names of the labels: sub-folders, columns of a table, fields of a pattern, IDX classes, or Portraits' yes/no
    /// attributes. Empty without labels.
    pub fn label_names(&self) -> &[String] {
        &self.label_names
    }

    /// The path of a picture's file below the data set's root; `None` where it is no file of its own.
    pub fn file_name(&self, split: Split, index: usize) -> Option<&str> {
        let &position = self.splits[place(split)].get(index)?;
        self.file_names.get(self.store.id(position) as usize).map(String::as_str)
    }

    /// What the data-set panel shows.
    pub fn summary(&self) -> &DatasetSummary {
        &self.summary
    }

    /// The same pictures with other labels.
    ///
    /// # Errors
    /// [`DataError::NoFileNames`] where the pictures are no files of their own, what is wrong with the labels, or a cancel.
    pub(super) fn relabelled(
        &self,
        source: &LabelSource,
        cancel: &AtomicBool,
    ) -> Result<Self, DataError> {
        if self.file_names.is_empty() {
            return Err(DataError::NoFileNames { name: self.summary.name.clone() });
        }
        let labelling = labels::read(source, &self.file_names, cancel)?;
        let mut summary = self.summary.clone();
        summary.options.labels = source.clone();
        summary.labelling = labelling.report;
        let mut dataset = Self {
            layout: self.layout,
            splits: self.splits.clone(),
            store: Arc::clone(&self.store),
            file_names: Arc::clone(&self.file_names),
            label_names: labelling.names,
            labels: labelling.labels,
            summary,
        };
        dataset.count_labels();
        Ok(dataset)
    }

    /// What a pattern would read out of the files' names. Takes a tenth of a second for a hundred thousand of them.
    pub fn preview_pattern(&self, pattern: &str) -> PatternPreview {
        labels::preview(pattern, &self.file_names)
    }

    fn positions(&self, split: Split, indices: &[usize]) -> Result<Vec<usize>, DataError> {
        let all = &self.splits[place(split)];
        let position = |&index: &usize| match all.get(index) {
            Some(&position) => Ok(position as usize),
            None => Err(DataError::OutOfRange { index, len: all.len() }),
        };
        indices.iter().map(position).collect()
    }

    fn finish_summary(&mut self) -> Result<(), DataError> {
        self.summary.train_count = self.len(Split::Train);
        self.summary.held_out_count = self.len(Split::HeldOut);
        self.count_labels();
        self.add_thumbnails()
    }

    fn count_labels(&mut self) {
        let ids = self.splits[place(Split::Train)].iter().map(|&position| self.store.id(position));
        let counts = self.labels.counts(ids, self.label_names.len());
        let named = self.label_names.iter().cloned().zip(counts);
        self.summary.labels =
            named.map(|(name, (count, unknown))| LabelCount { name, count, unknown }).collect();
    }

    /// A sheet of training pictures spread evenly over the set.
    fn add_thumbnails(&mut self) -> Result<(), DataError> {
        let len = self.len(Split::Train);
        let count = len.min(THUMBNAILS);
        self.summary.thumbnail_count = count;
        let picture = |tile| self.summary.thumbnail_picture(tile);
        let indices: Vec<usize> = (0..count).map(picture).collect();
        let mut pixels = Vec::new();
        self.read(Split::Train, &indices, &mut pixels)?;
        let columns = count.clamp(1, THUMBNAIL_COLUMNS);
        self.summary.thumbnails = sheet(&pixels, self.layout, count, columns);
        self.summary.thumbnail_columns = columns;
        Ok(())
    }
}

fn place(split: Split) -> usize {
    match split {
        Split::Train => 0,
        Split::HeldOut => 1,
        Split::Test => 2,
    }
}

fn nothing_usable(source: &DatasetSource, filled: Filled) -> DataError {
    let path = match source {
        DatasetSource::Path(path) => path.clone(),
        DatasetSource::Portraits => PathBuf::from("Portraits"),
    };
    let count = filled.skipped.len();
    match filled.skipped.into_iter().next() {
        Some(first) => {
            DataError::AllSkipped { path, count, example: first.path, reason: first.reason }
        }
        None => DataError::EmptyFolder { path },
    }
}

fn empty_summary(
    catalogue: &Catalogue,
    source: &DatasetSource,
    options: &DatasetOptions,
) -> DatasetSummary {
    DatasetSummary {
        name: catalogue.name.clone(),
        source: source.clone(),
        options: options.clone(),
        train_count: 0,
        held_out_count: 0,
        labels: Vec::new(),
        labelling: catalogue.labelling.clone(),
        has_file_names: !catalogue.file_names.is_empty(),
        skipped: catalogue.skipped.clone(),
        remarks: catalogue.remarks.clone(),
        in_memory: true,
        thumbnails: Frame { width_px: 0, height_px: 0, rgba: Arc::default() },
        thumbnail_columns: 0,
        thumbnail_count: 0,
    }
}

fn describe(
    filled: &Filled,
    layout: Layout,
    options: &DatasetOptions,
    summary: &mut DatasetSummary,
) {
    summary.skipped.extend(filled.skipped.iter().cloned());
    if filled.enlarged > 0 {
        summary.remarks.push(format!(
            "pictures smaller than {} px that were enlarged: {} of {}",
            layout.size,
            filled.enlarged,
            filled.accepted.len()
        ));
    }
    let all = filled.accepted.len();
    let fitting = (options.memory_limit_bytes / layout.bytes() as u64).min(all as u64);
    summary.in_memory = fitting == all as u64;
    if !summary.in_memory {
        summary.remarks.push(format!(
            "decoded on demand, which slows training: {} of decoded pictures are over the memory limit of {}; \
             {fitting} of {all} pictures are kept in memory",
            bytes_text(all as u64 * layout.bytes() as u64),
            bytes_text(options.memory_limit_bytes),
        ));
    }
}

fn split_up(accepted: &[u32], entries: &[Entry], summary: &mut DatasetSummary) -> [Vec<u32>; 3] {
    let mut splits: [Vec<u32>; 3] = Default::default();
    for (position, &id) in accepted.iter().enumerate() {
        splits[place(entries[id as usize].split)].push(position as u32);
    }
    let [train, held_out, _] = &mut splits;
    let key_of = |position: u32| entries[accepted[position as usize] as usize].key;
    if fill_empty_split(train, held_out, key_of) {
        let remark = "there is only one picture: it is trained on and measured on";
        summary.remarks.push(remark.to_owned());
    }
    splits
}

/// Puts tiles in rows of `columns`, without gaps; places without a tile stay transparent.
fn sheet(pixels: &[u8], layout: Layout, count: usize, columns: usize) -> Frame {
    let (size, channels) = (layout.size as usize, layout.channels as usize);
    let width_px = columns * size;
    let height_px = count.div_ceil(columns) * size;
    let mut rgba = vec![0; width_px * height_px * 4];
    let rows = pixels.chunks_exact(size * channels).enumerate();
    for (row, from) in rows.take(count * size) {
        let (tile, y) = (row / size, row % size);
        let start = ((tile / columns * size + y) * width_px + tile % columns * size) * 4;
        let targets = rgba[start..start + size * 4].chunks_exact_mut(4);
        for (target, pixel) in targets.zip(from.chunks_exact(channels)) {
            target.copy_from_slice(&rgba_from_bytes(pixel));
        }
    }
    Frame { width_px, height_px, rgba: Arc::new(rgba) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_has_its_tiles_in_rows() {
        let layout = Layout { size: 1, channels: 1 };
        let frame = sheet(&[10, 20, 30], layout, 3, 2);
        assert_eq!((frame.width_px, frame.height_px), (2, 2));
        let reds: Vec<u8> = frame.rgba.chunks(4).map(|pixel| pixel[0]).collect();
        assert_eq!(reds, [10, 20, 30, 0]);
        assert_eq!(frame.rgba[15], 0, "no tile, no colour");
    }
}
