//! Events on their way out: all facts arrive in order, and nothing ever waits for the reader.

use std::collections::VecDeque;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::{Duration, Instant};

use super::{Waker, facts};
use crate::protocol::{Event, LossPoint, Notice, NoticeLevel, Phase, TrainProgress};

/// Holds back what a full queue does not take; waiting progress reports are merged into one.
#[derive(Debug)]
pub(super) struct Outbox {
    sender: SyncSender<Event>,
    waiting: VecDeque<Event>,
    waker: Waker,
    /// The last fact about training was a pause: what runs next goes on.
    paused: bool,
}

impl Outbox {
    pub(super) fn new(sender: SyncSender<Event>, waker: Waker) -> Self {
        Self { sender, waiting: VecDeque::new(), waker, paused: false }
    }

    /// Tells a fact, now or as soon as there is room, and notes it in the log.
    pub(super) fn tell(&mut self, event: Event) {
        facts::log(&event, self.paused);
        if let Event::Training(phase) = &event {
            self.paused = *phase == Phase::Paused;
        }
        match (self.waiting.back_mut(), event) {
            (Some(Event::Progress(older)), Event::Progress(newer)) => merge(older, *newer),
            (_, event) => self.waiting.push_back(event),
        }
        self.flush();
    }

    /// Tells a message for the person.
    pub(super) fn notice(&mut self, level: NoticeLevel, text: impl Into<String>) {
        let text = text.into();
        match level {
            NoticeLevel::Info | NoticeLevel::Adjusted | NoticeLevel::Stopped => {
                tracing::info!(target: "latent_atelier::engine", "{text}");
            }
            NoticeLevel::Warning => tracing::warn!(target: "latent_atelier::engine", "{text}"),
            NoticeLevel::Error => tracing::error!(target: "latent_atelier::engine", "{text}"),
        }
        self.tell(Event::Notice(Notice { level, text }));
    }

    /// Hands over what the queue takes.
    pub(super) fn flush(&mut self) {
        let mut sent = false;
        while let Some(event) = self.waiting.pop_front() {
            match self.sender.try_send(event) {
                Ok(()) => sent = true,
                Err(TrySendError::Full(event)) => {
                    self.waiting.push_front(event);
                    break;
                }
                // Nobody listens any more; the commands' end says the same and ends the engine.
                Err(TrySendError::Disconnected(_)) => {}
            }
        }
        if sent || !self.waiting.is_empty() {
            self.waker.wake();
        }
    }

    /// Something new lies in a slot.
    pub(super) fn wake(&self) {
        self.waker.wake();
    }

    /// Whether facts still wait.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The last flush before the end: waits a little for a reader that still reads.
    pub(super) fn finish(&mut self, patience: Duration) {
        let deadline = Instant::now() + patience;
        self.flush();
        while self.is_waiting() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
            self.flush();
        }
    }
}

/// Adds a newer report to an older one that was not read yet: means weighted by steps, so the curves
/// lose nothing but resolution.
fn merge(older: &mut TrainProgress, newer: TrainProgress) {
    let steps = |report: &TrainProgress| (report.step + 1 - report.step_from) as f64;
    let (a, b) = (steps(older), steps(&newer));
    let losses = newer
        .losses
        .iter()
        .map(|point| {
            let before = older.losses.iter().find(|old| old.name == point.name);
            let value =
                before.map_or(point.value, |old| (old.value * a + point.value * b) / (a + b));
            LossPoint { name: point.name.clone(), value }
        })
        .collect();
    *older = TrainProgress { step_from: older.step_from, losses, ..newer };
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::Outbox;
    use crate::engine::Waker;
    use crate::protocol::{Event, LiveSettings, LossPoint, NoticeLevel, TrainProgress};

    fn progress(step: u64, value: f64) -> Event {
        Event::Progress(Box::new(TrainProgress {
            step_from: step,
            step,
            steps_total: 0,
            losses: vec![LossPoint { name: "loss".to_owned(), value }],
            images_per_sec: 1.0,
            elapsed_secs: 0.0,
            live: LiveSettings::default(),
        }))
    }

    #[test]
    fn every_fact_is_a_line_of_the_log_and_a_notice_is_not_noted_twice() {
        use crate::app::logging::{LogRing, RingLayer};
        use crate::protocol::Phase;
        use tracing_subscriber::layer::SubscriberExt as _;

        let ring = LogRing::default();
        let subscriber = tracing_subscriber::registry().with(RingLayer(ring.clone()));
        let (sender, _receiver) = sync_channel(9);
        let mut outbox = Outbox::new(sender, Waker::none());
        tracing::subscriber::with_default(subscriber, || {
            let settings = Box::default();
            let running = Event::Training(Phase::Running { folder: "/runs/1".into(), settings });
            outbox.tell(Event::FileWritten("/m.safetensors".into()));
            outbox.tell(running.clone());
            outbox.tell(Event::Training(Phase::Paused));
            outbox.tell(running);
            outbox.notice(NoticeLevel::Warning, "the disk is nearly full");
            outbox.tell(progress(1, 1.0));
        });
        let lines: Vec<String> = ring.take().into_iter().map(|line| line.text).collect();
        let wanted = [
            "written: /m.safetensors",
            "training started, in /runs/1",
            "training is paused",
            "training goes on",
            "the disk is nearly full",
        ];
        assert_eq!(lines, wanted);
    }

    #[test]
    fn a_full_queue_merges_progress_and_loses_no_fact() {
        let (sender, receiver) = sync_channel(1);
        let mut outbox = Outbox::new(sender, Waker::none());
        outbox.notice(NoticeLevel::Info, "first");
        for step in 1..=3 {
            outbox.tell(progress(step, step as f64));
        }
        outbox.notice(NoticeLevel::Info, "last");
        let mut seen = Vec::new();
        while let Ok(event) = receiver.try_recv() {
            seen.push(event);
            outbox.flush();
        }
        assert_eq!(seen.len(), 3, "{seen:?}");
        let Event::Progress(report) = &seen[1] else { panic!("{seen:?}") };
        assert_eq!((report.step_from, report.step), (1, 3));
        assert!((report.losses[0].value - 2.0).abs() < 1e-9);
    }
}
