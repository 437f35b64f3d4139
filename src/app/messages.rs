//! What the window tells: notices that come and go, and the log.

use std::collections::VecDeque;

use super::action::Action;
use super::state::AppState;
use crate::protocol::{Notice, NoticeLevel};

/// Log lines kept for the log panel.
pub const LOG_CAPACITY: usize = 2000;
/// A notice with an offer stays this long, in seconds.
const OFFER_SECS: f64 = 120.0;

/// A notice on the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct NoticeEntry {
    /// To dismiss it by.
    pub id: u64,
    /// What it says.
    pub notice: Notice,
    /// When it came, on [`AppState::now_secs`]'s clock.
    pub at_secs: f64,
    /// How often the same text came in a row.
    pub repeats: u32,
    /// What can be done about it at once.
    pub offer: Option<Offer>,
}

/// A button in a notice.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// What stands on it.
    pub label: &'static str,
    /// What it does.
    pub action: Box<Action>,
}

impl NoticeEntry {
    /// When it leaves by itself, unless the pointer rests on it; it stays in the log.
    pub fn expires_at_secs(&self) -> f64 {
        if self.offer.is_some() {
            return self.at_secs + OFFER_SECS;
        }
        self.at_secs
            + match self.notice.level {
                NoticeLevel::Info | NoticeLevel::Adjusted | NoticeLevel::Stopped => 6.0,
                NoticeLevel::Warning | NoticeLevel::Error => 15.0,
            }
    }
}

/// How grave a log line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum LogLevel {
    /// Very fine detail.
    Trace,
    /// For finding faults.
    Debug,
    /// What happened.
    #[default]
    Info,
    /// Done differently from what was asked.
    Warn,
    /// Not done.
    Error,
}

impl LogLevel {
    /// All levels, finest first.
    pub const ALL: [Self; 5] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// As shown in the log panel.
    pub fn label(self) -> &'static str {
        match self {
            Self::Trace => "Trace",
            Self::Debug => "Debug",
            Self::Info => "Info",
            Self::Warn => "Warning",
            Self::Error => "Error",
        }
    }
}

/// A line of the log panel.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// Seconds since the program started.
    pub at_secs: f64,
    /// How grave.
    pub level: LogLevel,
    /// The module it came from.
    pub target: String,
    /// The text with its fields.
    pub text: String,
}

/// What the log panel shows of the log.
#[derive(Debug, Clone, Default)]
pub struct LogState {
    /// The newest [`LOG_CAPACITY`] lines, oldest first.
    pub lines: VecDeque<LogLine>,
    /// Lines below this level are not shown.
    pub level: LogLevel,
    /// Only lines that contain this are shown.
    pub search: String,
}

impl AppState {
    /// Shows a notice of the window's own, and notes it in the log.
    pub fn notify(&mut self, level: NoticeLevel, text: impl Into<String>) {
        let text = text.into();
        match level {
            NoticeLevel::Info | NoticeLevel::Adjusted | NoticeLevel::Stopped => {
                tracing::info!(target: "latent_atelier::window", "{text}");
            }
            NoticeLevel::Warning => tracing::warn!(target: "latent_atelier::window", "{text}"),
            NoticeLevel::Error => tracing::error!(target: "latent_atelier::window", "{text}"),
        }
        self.show_notice(level, text);
    }

    /// Shows a notice of what the engine told, which noted it; the same text again only counts up.
    pub(super) fn show_notice(&mut self, level: NoticeLevel, text: impl Into<String>) {
        let notice = Notice { level, text: text.into() };
        if let Some(entry) = self.notices.iter_mut().find(|entry| entry.notice == notice) {
            entry.at_secs = self.now_secs;
            entry.repeats += 1;
            return;
        }
        self.last_notice_id += 1;
        self.notices.push(NoticeEntry {
            id: self.last_notice_id,
            notice,
            at_secs: self.now_secs,
            repeats: 1,
            offer: None,
        });
    }

    /// Puts a button into the newest notice.
    pub(super) fn offer(&mut self, offer: Offer) {
        if let Some(entry) = self.notices.last_mut() {
            entry.offer = Some(offer);
        }
    }

    /// Takes away notices whose time is over.
    pub fn expire_notices(&mut self) {
        let now = self.now_secs;
        self.notices.retain(|entry| now < entry.expires_at_secs());
    }

    /// Adds a log line, dropping the oldest past [`LOG_CAPACITY`].
    pub fn push_log(&mut self, line: LogLine) {
        if self.log.lines.len() == LOG_CAPACITY {
            self.log.lines.pop_front();
        }
        self.log.lines.push_back(line);
    }
}
