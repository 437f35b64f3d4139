//! Labels of the open data set: read anew from elsewhere, and patterns tried on its file names.
//!
//! Both are the work of other threads, as a hundred thousand names take longer than a drag may wait. Of patterns that
//! are typed quickly only the newest is tried.

use std::sync::Arc;
use std::thread::JoinHandle;

use super::worker::Worker;
use crate::data::spawn_relabel;
use crate::protocol::{Event, LabelSource, NoticeLevel, PatternPreview};

/// A pattern that is being tried, and the one after it.
#[derive(Debug, Default)]
pub(super) struct PatternTrial {
    next: Option<String>,
    thread: Option<JoinHandle<PatternPreview>>,
}

impl PatternTrial {
    /// Whether it will have something to tell by itself.
    pub(super) fn is_waiting(&self) -> bool {
        self.next.is_some() || self.thread.is_some()
    }
}

impl Worker {
    /// Labels the open data set anew; answered as the reading of a data set is.
    pub(super) fn label_dataset(&mut self, labels: LabelSource) {
        let Some(open) = &self.session.dataset else {
            let text = "no data set is open: open a folder of pictures first".to_owned();
            return self.outbox.tell(Event::DatasetFailed(text));
        };
        match spawn_relabel(Arc::clone(open), labels, || {}) {
            Ok(loading) => self.loading = Some(loading),
            Err(error) => self.outbox.tell(Event::DatasetFailed(error.to_string())),
        }
    }

    /// Takes a pattern to try; an older one that waits is dropped.
    pub(super) fn want_pattern(&mut self, pattern: String) {
        self.pattern.next = Some(pattern);
    }

    /// Tells what the last pattern read, and begins with the next.
    pub(super) fn serve_pattern(&mut self) {
        if self.pattern.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        if let Some(thread) = self.pattern.thread.take() {
            match thread.join() {
                Ok(preview) => self.outbox.tell(Event::PatternPreviewed(Box::new(preview))),
                Err(_) => self.outbox.notice(NoticeLevel::Error, "trying the pattern failed"),
            }
        }
        let Some(pattern) = self.pattern.next.take() else { return };
        let Some(dataset) = self.session.dataset.clone() else { return };
        let work = move || dataset.preview_pattern(&pattern);
        match std::thread::Builder::new().name("pattern".to_owned()).spawn(work) {
            Ok(thread) => self.pattern.thread = Some(thread),
            Err(error) => {
                let text =
                    format!("the pattern was not tried: the system gives no thread: {error}");
                self.outbox.notice(NoticeLevel::Error, text);
            }
        }
    }
}
