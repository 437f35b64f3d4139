//! What every kind of data set looks like to the cache: numbered pictures that can be decoded from any thread.
//!
//! A folder, a pair of IDX files and Portraits each describe themselves with a [`Catalogue`]; everything after that
//! (parallel decoding, memory limit, splits, summary) is written once, in `cache` and `dataset`.

use std::path::PathBuf;
use std::sync::Arc;

use crate::protocol::{LabelReport, SkippedFile, Split};

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

/// A short list of numbers per picture, all in two flat vectors: millions of small ones would cost more than the
/// numbers.
#[derive(Debug, Clone, Default)]
struct Lists {
    ends: Vec<u32>,
    numbers: Vec<u32>,
}

impl Lists {
    fn push(&mut self, numbers: impl IntoIterator<Item = u32>) {
        self.numbers.extend(numbers);
        self.ends.push(self.numbers.len() as u32);
    }

    fn get(&self, id: u32) -> &[u32] {
        let id = id as usize;
        let Some(&end) = self.ends.get(id) else { return &[] };
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.numbers[start as usize..end as usize]
    }
}

/// Stands for all questions of a picture of which nothing is known.
const EVERY_QUESTION: u32 = u32::MAX;

/// The labels of all pictures: which each carries, and which are not known.
///
/// Labels that answer one question (the values of one column) are known or unknown together.
#[derive(Debug, Clone, Default)]
pub(super) struct Labels {
    /// The question of each label; where it is missing, each label is a question of its own.
    questions: Vec<u32>,
    with: Lists,
    unknown: Lists,
}

impl Labels {
    /// For labels that answer these questions.
    pub fn answering(questions: Vec<u32>) -> Self {
        Self { questions, ..Self::default() }
    }

    /// Adds the labels of the next picture; it is without all others.
    pub fn push(&mut self, labels: impl IntoIterator<Item = u32>) {
        self.push_partly(labels, []);
    }

    /// The same, where some questions have no answer.
    pub fn push_partly(
        &mut self,
        labels: impl IntoIterator<Item = u32>,
        unknown_questions: impl IntoIterator<Item = u32>,
    ) {
        self.with.push(labels);
        self.unknown.push(unknown_questions);
    }

    /// Adds a picture of which nothing is known.
    pub fn push_unlabelled(&mut self) {
        self.push_partly([], [EVERY_QUESTION]);
    }

    /// The labels of picture `id`; none where nothing is known.
    pub fn get(&self, id: u32) -> &[u32] {
        self.with.get(id)
    }

    /// Whether picture `id` carries a label; `None` where that is not known.
    pub fn answer(&self, id: u32, label: u32) -> Option<bool> {
        if self.get(id).contains(&label) {
            return Some(true);
        }
        let question = self.questions.get(label as usize).copied().unwrap_or(label);
        let unknown = self.unknown.get(id);
        let is_known = !unknown.contains(&question) && !unknown.contains(&EVERY_QUESTION);
        is_known.then_some(false)
    }

    /// How many of these pictures carry each of `count` labels, and of how many it is not known.
    pub fn counts(&self, ids: impl Iterator<Item = u32>, count: usize) -> Vec<(usize, usize)> {
        let questions = self.questions.iter().max().map_or(count, |&last| last as usize + 1);
        let (mut with, mut unknown, mut unlabelled) = (vec![0; count], vec![0; questions], 0);
        for id in ids {
            self.with.get(id).iter().for_each(|&label| with[label as usize] += 1);
            for &question in self.unknown.get(id) {
                match question {
                    EVERY_QUESTION => unlabelled += 1,
                    question => unknown[question as usize] += 1,
                }
            }
        }
        let question = |label: usize| self.questions.get(label).map_or(label, |&q| q as usize);
        let counts = with.into_iter().enumerate();
        counts.map(|(label, with)| (with, unknown[question(label)] + unlabelled)).collect()
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
    /// How labels that the data do not bring along met the pictures.
    pub labelling: Option<LabelReport>,
    /// The pictures' relative paths with `/` between their parts, in the order of their ids; empty where they are
    /// no files of their own.
    pub file_names: Arc<[String]>,
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
        assert_eq!([labels.answer(0, 5), labels.answer(1, 5)], [Some(true), Some(false)]);
    }

    #[test]
    fn labels_of_one_question_are_unknown_together() {
        // Labels 0 and 1 are the values of one column, 2 is a column of its own.
        let mut labels = Labels::answering(vec![0, 0, 1]);
        labels.push_partly([1], [1]);
        labels.push_partly([2], [0]);
        labels.push_unlabelled();
        let answers = |id| [0, 1, 2].map(|label| labels.answer(id, label));
        assert_eq!(answers(0), [Some(false), Some(true), None]);
        assert_eq!(answers(1), [None, None, Some(true)]);
        assert_eq!(answers(2), [None; 3]);
        assert_eq!(labels.counts(0..3, 3), [(0, 2), (1, 2), (1, 2)]);
    }
}
