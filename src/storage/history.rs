//! `history.jsonl`: every logged scalar of a run, one JSON object a line.
//!
//! Lines are appended while training runs, so the file may be ahead of the saved state, and a crash
//! may tear its last line. Reading passes over what cannot be read; going on with a run cuts the file
//! back to the saved step. A long history is thinned for those who draw it: neighbouring records become
//! their mean over the steps they cover, as a report is the mean over its steps.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{StorageError, write_atomic};
use crate::protocol::TrainProgress;

/// A longer line is no record; it is passed over without being kept in memory.
const LINE_BYTES_LIMIT: u64 = 64 << 10;

/// One report of training.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HistoryRecord {
    /// First step the means cover.
    pub step_from: u64,
    /// Last step the means cover.
    pub step: u64,
    /// Seconds the run has trained.
    pub elapsed_secs: f64,
    /// Pictures trained on per second.
    pub images_per_sec: f64,
    /// `d_loss`, `g_loss`, …: means over the steps; `None` where a value was not finite.
    #[serde(flatten)]
    pub scalars: BTreeMap<String, Option<f64>>,
}

impl From<&TrainProgress> for HistoryRecord {
    fn from(progress: &TrainProgress) -> Self {
        let finite = |value: f64| value.is_finite().then_some(value);
        Self {
            step_from: progress.step_from,
            step: progress.step,
            elapsed_secs: finite(progress.elapsed_secs).unwrap_or(0.0),
            images_per_sec: finite(progress.images_per_sec).unwrap_or(0.0),
            scalars: progress.losses.iter().map(|l| (l.name.clone(), finite(l.value))).collect(),
        }
    }
}

impl HistoryRecord {
    /// Steps the means cover.
    fn steps(&self) -> f64 {
        (self.step.saturating_sub(self.step_from) + 1) as f64
    }

    /// Becomes the mean over both records' steps; the speed is that over both records' time.
    fn merge(&mut self, newer: Self) {
        let (a, b) = (self.steps(), newer.steps());
        let time = a / self.images_per_sec + b / newer.images_per_sec;
        self.images_per_sec = if time.is_finite() && time > 0.0 { (a + b) / time } else { 0.0 };
        for (name, value) in newer.scalars {
            let mean = match self.scalars.get(&name) {
                Some(older) => {
                    older.zip(value).map(|(older, value)| (older * a + value * b) / (a + b))
                }
                None => value,
            };
            self.scalars.insert(name, mean);
        }
        (self.step, self.elapsed_secs) = (newer.step, newer.elapsed_secs);
    }
}

/// Reads all records of a history file; a file that is not there has none.
///
/// # Errors
/// A refusal by the operating system.
pub fn read_history(path: &Path) -> Result<Vec<HistoryRecord>, StorageError> {
    let mut records = Vec::new();
    each_record(path, |record| records.push(record))?;
    Ok(records)
}

/// Reads a history file of any length into fewer than `limit` records, each the mean over the steps it
/// covers; together they cover the same steps with the same mean. Memory stays bounded too.
///
/// # Errors
/// A refusal by the operating system.
pub fn read_thinned_history(path: &Path, limit: usize) -> Result<Vec<HistoryRecord>, StorageError> {
    let limit = limit.max(2);
    let mut bins: Vec<HistoryRecord> = Vec::new();
    // Records that make a bin; the last bin may have fewer.
    let (mut per_bin, mut in_last) = (1_usize, 0_usize);
    each_record(path, |record| {
        match bins.last_mut().filter(|_| in_last < per_bin) {
            Some(last) => last.merge(record),
            None => {
                bins.push(record);
                in_last = 0;
            }
        }
        in_last += 1;
        if bins.len() == limit && in_last == per_bin {
            bins = merged_pairs(std::mem::take(&mut bins));
            per_bin *= 2;
            in_last = if limit.is_multiple_of(2) { per_bin } else { per_bin / 2 };
        }
    })?;
    Ok(bins)
}

fn merged_pairs(records: Vec<HistoryRecord>) -> Vec<HistoryRecord> {
    let mut records = records.into_iter();
    let mut pairs = Vec::new();
    while let Some(mut first) = records.next() {
        if let Some(second) = records.next() {
            first.merge(second);
        }
        pairs.push(first);
    }
    pairs
}

fn each_record(path: &Path, mut take: impl FnMut(HistoryRecord)) -> Result<(), StorageError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StorageError::io("open", path)(error)),
    };
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    let mut unreadable = 0_usize;
    loop {
        line.clear();
        let read = reader.by_ref().take(LINE_BYTES_LIMIT).read_until(b'\n', &mut line);
        if read.map_err(StorageError::io("read", path))? == 0 {
            break;
        }
        match serde_json::from_slice(&line) {
            Ok(record) => take(record),
            Err(_) => unreadable += 1,
        }
    }
    if unreadable > 0 {
        tracing::warn!("{}: {unreadable} lines could not be read", super::shown(path));
    }
    Ok(())
}

/// The open end of a history file.
#[derive(Debug)]
pub(super) struct HistoryWriter(File);

impl HistoryWriter {
    /// Keeps the records up to `last_step`, drops what came after and what is torn, and opens the end.
    pub(super) fn open(path: &Path, last_step: u64) -> Result<Self, StorageError> {
        let mut records = read_history(path)?;
        records.retain(|record| record.step <= last_step);
        write_atomic(path, |out| out.write_all(&lines(&records)?))?;
        OpenOptions::new().append(true).open(path).map(Self).map_err(StorageError::io("open", path))
    }

    /// Appends records in one write.
    pub(super) fn append(&mut self, records: &[HistoryRecord]) -> std::io::Result<()> {
        self.0.write_all(&lines(records)?)?;
        self.0.flush()
    }

    /// Puts everything appended so far on the disk.
    pub(super) fn sync(&self) -> std::io::Result<()> {
        self.0.sync_data()
    }
}

fn lines(records: &[HistoryRecord]) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    for record in records {
        serde_json::to_writer(&mut text, record)?;
        text.push(b'\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{HistoryRecord, HistoryWriter, lines, read_history, read_thinned_history};
    use std::io::Write;

    fn record(step: u64) -> HistoryRecord {
        let scalars = [("d_loss".to_owned(), Some(0.5)), ("g_loss".to_owned(), None)].into();
        HistoryRecord { step_from: step, step, elapsed_secs: 1.5, images_per_sec: 9.0, scalars }
    }

    #[test]
    fn a_torn_line_is_passed_over_and_resuming_cuts_back_to_the_saved_step() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.jsonl");
        assert!(read_history(&path).unwrap().is_empty());
        let mut writer = HistoryWriter::open(&path, 0).unwrap();
        writer.append(&[record(1), record(2)]).unwrap();
        writer.append(&[record(3)]).unwrap();
        writer.sync().unwrap();
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"step_from\":4,\"st").unwrap();
        assert_eq!(read_history(&path).unwrap(), [record(1), record(2), record(3)]);
        let mut writer = HistoryWriter::open(&path, 2).unwrap();
        writer.append(&[record(3)]).unwrap();
        assert_eq!(read_history(&path).unwrap(), [record(1), record(2), record(3)]);
    }

    /// Steps covered, and Σ value·steps.
    fn sums(records: &[HistoryRecord]) -> (u64, f64) {
        let steps = |record: &HistoryRecord| record.step + 1 - record.step_from;
        let value = |record: &HistoryRecord| record.scalars["loss"].unwrap() * steps(record) as f64;
        (records.iter().map(steps).sum(), records.iter().map(value).sum())
    }

    #[test]
    fn a_long_history_is_thinned_to_means_that_lose_no_step() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.jsonl");
        for (count, limit) in [(150_001, 1000), (1000, 1000), (5000, 7), (3, 1000)] {
            let mut step = 0;
            let records: Vec<HistoryRecord> = (0..count)
                .map(|number: u64| {
                    let step_from = step + 1;
                    step += 1 + number % 4;
                    let value = (number as f64 * 0.37).sin() + 1.0 / (1.0 + number as f64);
                    let scalars = [("loss".to_owned(), Some(value))].into();
                    let images_per_sec = if number.is_multiple_of(2) { 50.0 } else { 200.0 };
                    HistoryRecord { step_from, step, scalars, images_per_sec, elapsed_secs: 0.0 }
                })
                .collect();
            let mut text = lines(&records).unwrap();
            text.extend(b"{\"step_from\":9");
            std::fs::write(&path, text).unwrap();
            let thin = read_thinned_history(&path, limit).unwrap();
            assert!(thin.len() <= limit && thin.len() * 2 >= limit.min(records.len()));
            assert_eq!((thin[0].step_from, thin[thin.len() - 1].step), (1, step));
            assert!(thin.windows(2).all(|pair| pair[0].step + 1 == pair[1].step_from));
            let ((steps, total), (all_steps, all)) = (sums(&thin), sums(&records));
            assert_eq!(steps, all_steps);
            assert!((total - all).abs() < 1e-6 * steps as f64, "{total} against {all}");
        }
        assert!(read_thinned_history(&folder.path().join("none"), 9).unwrap().is_empty());
    }

    #[test]
    fn merged_speeds_are_pictures_over_time_and_a_broken_loss_stays_visible() {
        let mut both = HistoryRecord { images_per_sec: 50.0, ..record(1) };
        both.merge(HistoryRecord { images_per_sec: 200.0, step: 4, ..record(2) });
        // One step in 1/50 and three in 3/200 of the time a picture takes.
        assert!((both.images_per_sec - 4.0 / (1.0 / 50.0 + 3.0 / 200.0)).abs() < 1e-9);
        assert_eq!((both.scalars["d_loss"], both.scalars["g_loss"]), (Some(0.5), None));
    }

    #[test]
    fn a_line_without_end_is_not_kept_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.jsonl");
        std::fs::write(&path, vec![b'x'; 1 << 20]).unwrap();
        assert!(read_history(&path).unwrap().is_empty());
    }
}
