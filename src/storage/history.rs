//! `history.jsonl`: every logged scalar of a run, one JSON object a line.
//!
//! Lines are appended while training runs, so the file may be ahead of the saved state, and a crash
//! may tear its last line. Reading passes over what cannot be read; going on with a run cuts the file
//! back to the saved step.

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

/// Reads all records of a history file; a file that is not there has none.
///
/// # Errors
/// A refusal by the operating system.
pub fn read_history(path: &Path) -> Result<Vec<HistoryRecord>, StorageError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StorageError::io("open", path)(error)),
    };
    let mut reader = BufReader::new(file);
    let mut records = Vec::new();
    let mut line = Vec::new();
    let mut unreadable = 0_usize;
    loop {
        line.clear();
        let read = reader.by_ref().take(LINE_BYTES_LIMIT).read_until(b'\n', &mut line);
        if read.map_err(StorageError::io("read", path))? == 0 {
            break;
        }
        match serde_json::from_slice(&line) {
            Ok(record) => records.push(record),
            Err(_) => unreadable += 1,
        }
    }
    if unreadable > 0 {
        tracing::warn!("{}: {unreadable} lines could not be read", super::shown(path));
    }
    Ok(records)
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
    use super::{HistoryRecord, HistoryWriter, read_history};
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

    #[test]
    fn a_line_without_end_is_not_kept_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.jsonl");
        std::fs::write(&path, vec![b'x'; 1 << 20]).unwrap();
        assert!(read_history(&path).unwrap().is_empty());
    }
}
