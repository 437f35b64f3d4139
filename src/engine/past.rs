//! What a run left behind before now, told to whoever draws its curves and shows its timeline.

use std::path::Path;

use super::worker::Worker;
use crate::protocol::{Event, LossPoint, NoticeLevel, PastReport};
use crate::storage::{HISTORY_FILE, HistoryRecord, RunFolder, read_thinned_history, snapshots};

/// Reports that are told of a history of any length: more than a screen has columns.
const REPORTS: usize = 4000;

fn past_report(record: HistoryRecord) -> PastReport {
    let losses = record
        .scalars
        .into_iter()
        .map(|(name, value)| LossPoint { name, value: value.unwrap_or(f64::NAN) })
        .collect();
    PastReport {
        step_from: record.step_from,
        step: record.step,
        losses,
        images_per_sec: record.images_per_sec,
    }
}

impl Worker {
    /// Tells the history of the run in a folder. Returns the seconds it has trained.
    pub(super) fn tell_history(&mut self, folder: &Path) -> f64 {
        let records = match read_thinned_history(&folder.join(HISTORY_FILE), REPORTS) {
            Ok(records) => records,
            Err(error) => {
                let text = format!("the curves of the earlier steps cannot be shown: {error}");
                self.outbox.notice(NoticeLevel::Warning, text);
                Vec::new()
            }
        };
        let trained_secs = records.last().map_or(0.0, |last| last.elapsed_secs);
        self.outbox.tell(Event::History(records.into_iter().map(past_report).collect()));
        trained_secs
    }

    /// Tells the past of a model: its run's history and timeline, or none.
    pub(super) fn tell_past_of_model(&mut self, path: Option<&Path>) {
        let folder = path.and_then(RunFolder::of_model);
        match folder {
            Some(folder) => {
                self.tell_history(folder);
            }
            None => self.outbox.tell(Event::History(Vec::new())),
        }
        let steps = folder.map(snapshots).unwrap_or_default();
        let folder = folder.map(Path::to_path_buf).unwrap_or_default();
        self.outbox.tell(Event::Timeline { folder, steps });
    }
}
