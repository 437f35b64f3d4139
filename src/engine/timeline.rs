//! Pictures of a run's samples at some of its steps, kept in its folder while it trains.
//!
//! The steps are a geometric series, each about a fifth past the last, so that a run of a million steps
//! keeps fewer than eighty pictures, and a run that goes on continues the same series. A thread of its own
//! encodes and writes: a slow disk must not hold up training or a drag. What the disk does not take is left
//! out, and said once; it is no reason to end a run.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::outbox::Outbox;
use crate::protocol::{Event, Frame, NoticeLevel};
use crate::storage::{save_snapshot, snapshots};

/// Latents of the live sheet that a picture shows, at most.
pub(super) const TILES: usize = 16;
/// Pictures that may wait for the disk, 256 KiB each at 64 px; past it they are left out.
const WAITING: usize = 16;
/// News of the writer that may wait: it writes no more than are waiting between two looks.
const NEWS: usize = 2 * WAITING;

/// The first step after `step` whose picture is kept: 1 to 10 each, then 12, 14, 16, 19, 22, …
fn next_due(step: u64) -> u64 {
    let mut due = 1_u64;
    while due <= step && due < u64::MAX {
        due = due.saturating_add((due / 5).max(1));
    }
    due
}

/// The pictures of a run that trains.
#[derive(Debug)]
pub(super) struct Timeline {
    folder: PathBuf,
    steps: Vec<u64>,
    due: u64,
    writer: Option<Writer>,
    trouble_is_told: bool,
}

#[derive(Debug)]
struct Writer {
    pictures: SyncSender<(u64, Frame)>,
    news: Receiver<Result<u64, String>>,
    thread: JoinHandle<()>,
}

impl Writer {
    fn spawn(folder: PathBuf) -> std::io::Result<Self> {
        let (pictures, waiting) = sync_channel::<(u64, Frame)>(WAITING);
        let (tell, news) = sync_channel(NEWS);
        let write = move || {
            for (step, picture) in waiting {
                let result = save_snapshot(&folder, step, &picture);
                // Nobody who listens is a run that has ended: what waits is written all the same.
                let _ = tell.try_send(result.map(|()| step).map_err(|error| error.to_string()));
            }
        };
        let thread = std::thread::Builder::new().name("timeline".to_owned()).spawn(write)?;
        Ok(Self { pictures, news, thread })
    }
}

impl Timeline {
    /// Goes on after `step` in a run folder.
    pub(super) fn after(step: u64, folder: &Path) -> Self {
        let writer = Writer::spawn(folder.to_owned());
        if let Err(error) = &writer {
            tracing::warn!("no pictures for the timeline: their thread did not start: {error}");
        }
        Self {
            folder: folder.to_owned(),
            steps: snapshots(folder),
            due: next_due(step),
            writer: writer.ok(),
            trouble_is_told: false,
        }
    }

    /// Whether the picture of this step is kept.
    pub(super) fn is_due(&self, step: u64) -> bool {
        self.writer.is_some() && step >= self.due
    }

    /// Hands a picture over to be written.
    pub(super) fn keep(&mut self, step: u64, picture: Frame) {
        self.due = next_due(step);
        let Some(writer) = &self.writer else { return };
        if writer.pictures.try_send((step, picture)).is_err() {
            tracing::debug!("the disk is slow: step {step} is left out of the timeline");
        }
    }

    /// Tells which pictures there are, and once when there is trouble.
    pub(super) fn tell_news(&mut self, outbox: &mut Outbox) {
        let Some(writer) = &self.writer else { return };
        let news: Vec<_> = writer.news.try_iter().collect();
        self.take_news(news, outbox);
    }

    fn take_news(&mut self, news: Vec<Result<u64, String>>, outbox: &mut Outbox) {
        let before = self.steps.len();
        for result in news {
            match result {
                Ok(step) if self.steps.last().is_none_or(|last| *last < step) => {
                    self.steps.push(step);
                }
                Ok(_) => {}
                Err(error) if !self.trouble_is_told => {
                    self.trouble_is_told = true;
                    let text = format!(
                        "a picture of the timeline was not written: {error}; training goes on"
                    );
                    outbox.notice(NoticeLevel::Warning, text);
                }
                Err(error) => tracing::debug!("the timeline: {error}"),
            }
        }
        if self.steps.len() > before {
            self.tell(outbox);
        }
    }

    /// Tells which pictures there are.
    pub(super) fn tell(&self, outbox: &mut Outbox) {
        let (folder, steps) = (self.folder.clone(), self.steps.clone());
        outbox.tell(Event::Timeline { folder, steps });
    }

    /// Waits until all is written.
    pub(super) fn finish(&mut self, outbox: &mut Outbox) {
        let Some(Writer { pictures, news, thread }) = self.writer.take() else { return };
        drop(pictures);
        if thread.join().is_err() {
            tracing::error!("the timeline's thread ended with a panic");
        }
        self.take_news(news.try_iter().collect(), outbox);
    }
}

#[cfg(test)]
mod tests {
    use super::next_due;

    #[test]
    fn a_long_run_keeps_few_pictures_and_a_resumed_one_the_same() {
        let mut due = vec![next_due(0)];
        while due[due.len() - 1] < 10_000_000 {
            due.push(next_due(due[due.len() - 1]));
        }
        assert_eq!(due[..14], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 19]);
        assert!(due.iter().filter(|step| **step <= 1_000_000).count() < 80);
        assert!(due.len() < 100, "{}", due.len());
        for step in [5, 11, 1000, 123_456] {
            assert!(due.contains(&next_due(step)), "going on after {step}");
        }
        assert_eq!(next_due(u64::MAX), u64::MAX);
    }
}
