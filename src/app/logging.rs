//! What is logged with `tracing`, kept for the log panel and, with `--verbose`, shown on stderr.
//!
//! A bounded ring between whichever thread logs and the window: when nobody reads, the oldest lines go.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use super::messages::{LOG_CAPACITY, LogLevel, LogLine};

/// Lines on their way to the log panel. Cloning shares the ring.
#[derive(Debug, Clone)]
pub struct LogRing {
    lines: Arc<Mutex<VecDeque<LogLine>>>,
    start: Instant,
}

impl Default for LogRing {
    fn default() -> Self {
        Self { lines: Arc::default(), start: Instant::now() }
    }
}

impl LogRing {
    /// The lines since the last call, oldest first.
    pub fn take(&self) -> VecDeque<LogLine> {
        std::mem::take(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn push(&self, level: LogLevel, target: &str, text: String) {
        let at_secs = self.start.elapsed().as_secs_f64();
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LOG_CAPACITY {
            lines.pop_front();
        }
        lines.push_back(LogLine { at_secs, level, target: target.to_owned(), text });
    }
}

/// The part of a subscriber that fills a [`LogRing`].
#[derive(Debug, Clone)]
pub struct RingLayer(pub LogRing);

impl<S: Subscriber> Layer<S> for RingLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        let metadata = event.metadata();
        let target = metadata.target();
        let target = target.strip_prefix("latent_atelier::").unwrap_or(target);
        self.0.push(level(*metadata.level()), target, text.0);
    }
}

/// Starts logging for the whole program; call once, before anything else.
///
/// With `verbose`, finer lines are kept too, and all go to stderr as well.
pub fn init(verbose: bool) -> LogRing {
    let ring = LogRing::default();
    let wanted = || wanted(verbose);
    let stderr = verbose.then(|| {
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(wanted())
    });
    let installed = tracing_subscriber::registry()
        .with(RingLayer(ring.clone()).with_filter(wanted()))
        .with(stderr)
        .try_init();
    if installed.is_err() {
        ring.push(LogLevel::Warn, "logging", "logging was started before".to_owned());
    }
    ring
}

/// Our own lines, and of other crates what a person can do something about: their warnings are about
/// drivers and displays, and are there for those who look for a fault.
fn wanted(verbose: bool) -> Targets {
    let (own, others) = if verbose {
        (LevelFilter::DEBUG, LevelFilter::WARN)
    } else {
        (LevelFilter::INFO, LevelFilter::ERROR)
    };
    Targets::new()
        .with_default(others)
        .with_target("latent_atelier", own)
        // A fallback font without the character asked for is no fault: the next one is asked.
        .with_target("epaint::text::font_provider", LevelFilter::ERROR)
}

/// The message first, then ` name=value` for each field.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // Writing to a string does not fail.
        let _ = if field.name() == "message" {
            let fields = std::mem::take(&mut self.0);
            write!(self.0, "{value:?}{fields}")
        } else {
            write!(self.0, " {}={value:?}", field.name())
        };
    }
}

fn level(level: Level) -> LogLevel {
    match level {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warn,
        Level::INFO => LogLevel::Info,
        Level::DEBUG => LogLevel::Debug,
        Level::TRACE => LogLevel::Trace,
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::Layer as _;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::{LogLevel, LogRing, RingLayer};
    use crate::app::messages::LOG_CAPACITY;

    #[test]
    fn warnings_of_other_crates_are_for_those_who_ask_for_them() {
        let lines = |verbose: bool| {
            let ring = LogRing::default();
            let layer = RingLayer(ring.clone()).with_filter(super::wanted(verbose));
            let subscriber = tracing_subscriber::registry().with(layer);
            tracing::subscriber::with_default(subscriber, || {
                tracing::warn!(target: "winit::platform", "a scale nobody has");
                tracing::error!(target: "winit::platform", "the display is gone");
                tracing::info!(target: "latent_atelier::window", "ready");
            });
            ring.take().into_iter().map(|line| line.text).collect::<Vec<_>>()
        };
        assert_eq!(lines(false), ["the display is gone", "ready"]);
        assert_eq!(lines(true).len(), 3);
    }

    #[test]
    fn lines_arrive_with_their_fields_and_the_oldest_go_first() {
        let ring = LogRing::default();
        let subscriber = tracing_subscriber::registry().with(RingLayer(ring.clone()));
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(step = 3, "loss is {}", "high");
            for _ in 0..LOG_CAPACITY {
                tracing::info!("more");
            }
            tracing::warn!(step = 3, "loss is {}", "high");
        });
        let lines = ring.take();
        assert_eq!(lines.len(), LOG_CAPACITY);
        let last = lines.back().expect("a line");
        assert_eq!((last.level, last.text.as_str()), (LogLevel::Warn, "loss is high step=3"));
        assert_eq!(lines[0].text, "more");
        assert!(ring.take().is_empty());
    }
}
