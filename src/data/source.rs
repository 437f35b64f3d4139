//! What every kind of data set looks like to the cache: numbered pictures that can be decoded from any thread.
//!
//! A folder, a pair of IDX files and Portraits each describe themselves with a [`Catalogue`]; everything after that
//! (parallel decoding, memory limit, splits, summary) is written once, in `cache` and `dataset`.

use std::path::PathBuf;
use std::sync::Arc;

use crate::protocol::{SkippedFile, Split};

/// Size of a decoded picture: `size × size × channels` bytes, rows from the top, channels last (HWC).
///
/// Channels last because that is how pictures arrive and leave; the trainer's conversion to f32 touches every
/// byte anyway and can write the planes it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub size: u32,
    pub channels: u32,
}

impl Layout {
    /// Bytes of one picture.
    pub fn bytes(self) -> usize {
        self.size as usize * self.size as usize * self.channels as usize
    }
}

/// What is worth knowing about a picture that was decoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The picture was smaller than the data set's size and had to be enlarged.
    pub enlarged: bool,
}

/// When a source's pictures are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// Every one when the set is opened, even those that do not fit into memory: files can be bad.
    TryAll,
    /// When the set is opened, as many as fit into memory: they cannot be bad and cost next to nothing.
    FillMemory,
    /// When it is first read, and then kept as far as memory allows: they cannot be bad but take their time, and a
    /// short run never needs most of them.
    FirstRead,
}

/// Pictures by number, decoded when asked for.
pub(super) trait PictureSource: Send + Sync {
    /// Writes picture `id` in the data set's layout into `out`, which has exactly that many bytes and any content.
    /// The error is the reason in plain words, without the path.
    fn decode(&self, id: u32, out: &mut [u8]) -> Result<Decoded, String>;

    /// Where picture `id` comes from, relative to the data set's root.
    fn path(&self, id: u32) -> PathBuf;

    /// When the pictures are decoded.
    fn policy(&self) -> Policy;
}

/// Labels of all pictures in two flat vectors: millions of small ones would cost more than the labels.
#[derive(Debug, Clone, Default)]
pub(super) struct Labels {
    ends: Vec<u32>,
    ids: Vec<u32>,
}

impl Labels {
    /// Adds the labels of the next picture.
    pub fn push(&mut self, labels: impl IntoIterator<Item = u32>) {
        self.ids.extend(labels);
        self.ends.push(self.ids.len() as u32);
    }

    /// The labels of picture `id`; none where nothing is known.
    pub fn get(&self, id: u32) -> &[u32] {
        let id = id as usize;
        let Some(&end) = self.ends.get(id) else { return &[] };
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.ids[start as usize..end as usize]
    }
}

/// Which part of the data set a picture belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub split: Split,
    /// A hash of the picture's name; decides who moves when a split would stay empty.
    pub key: u64,
}

/// A source's description of itself.
pub(super) struct Catalogue {
    /// Short name for people.
    pub name: String,
    pub source: Arc<dyn PictureSource>,
    /// One per picture, in the order of their ids. Those of `Split::Test` come last and are never cached.
    pub entries: Vec<Entry>,
    pub label_names: Vec<String>,
    pub labels: Labels,
    /// Files that were given up before decoding.
    pub skipped: Vec<SkippedFile>,
    pub remarks: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_come_back_as_they_were_pushed() {
        let mut labels = Labels::default();
        labels.push([3, 5]);
        labels.push([]);
        labels.push([1]);
        assert_eq!(labels.get(0), [3, 5]);
        assert_eq!(labels.get(1), [0_u32; 0]);
        assert_eq!(labels.get(2), [1]);
        assert_eq!(labels.get(3), [0_u32; 0]);
    }
}
