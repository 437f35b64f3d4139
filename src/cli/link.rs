//! Talking with the engine from the command line: send, wait, and notice Ctrl-C.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::TryRecvError;
use std::time::Duration;

use anyhow::bail;

use super::job_bar::JobBar;
use super::outcome::Interrupted;
use super::say;
use crate::engine::{EngineHandle, SendError};
use crate::protocol::{Command, Event, Notice, NoticeLevel};

/// How often Ctrl-C is looked for while the engine is silent.
const POLL: Duration = Duration::from_millis(50);

/// How often Ctrl-C was pressed. Clones share the count.
#[derive(Debug, Clone, Default)]
pub struct Interrupts(Arc<AtomicUsize>);

impl Interrupts {
    /// Counts one; called by the handler.
    pub fn press(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

/// What there was to hear.
#[derive(Debug)]
pub enum Heard {
    /// A fact from the engine.
    Event(Box<Event>),
    /// The first Ctrl-C.
    Interrupt,
}

/// The engine, Ctrl-C, and where warnings go.
pub struct Link<'a> {
    engine: &'a EngineHandle,
    interrupts: &'a Interrupts,
    seen: usize,
    bar: JobBar,
    /// Standard error, or its stand-in in tests.
    pub err: &'a mut dyn Write,
}

impl<'a> Link<'a> {
    /// A conversation with `engine`.
    pub fn new(
        engine: &'a EngineHandle,
        interrupts: &'a Interrupts,
        err: &'a mut dyn Write,
    ) -> Self {
        Self { engine, interrupts, seen: 0, bar: JobBar::default(), err }
    }

    /// Hands a command over, waiting while the queue is full.
    ///
    /// # Errors
    /// The engine has ended.
    pub fn send(&self, mut command: Command) -> anyhow::Result<()> {
        loop {
            match self.engine.try_send(command) {
                Ok(()) => return Ok(()),
                Err(SendError::Full(back)) => command = *back,
                Err(SendError::Dead) => bail!("the engine has ended: start the program again"),
            }
            std::thread::sleep(POLL);
        }
    }

    /// Waits for the next fact, or the first Ctrl-C.
    ///
    /// # Errors
    /// The second Ctrl-C ([`Interrupted`] at once), or the engine's death.
    pub fn hear(&mut self) -> anyhow::Result<Heard> {
        loop {
            let pressed = self.interrupts.count();
            if pressed > 1 {
                let note = "stopped at once; the last saved state is whole".to_owned();
                return Err(Interrupted { note, at_once: true }.into());
            }
            if pressed > self.seen {
                self.seen = pressed;
                return Ok(Heard::Interrupt);
            }
            let event = match self.engine.recv_timeout(POLL) {
                Some(event) => event,
                // Silence, or the end of the queue: only this tells them apart.
                None => match self.engine.try_recv() {
                    Ok(event) => event,
                    Err(TryRecvError::Empty) => continue,
                    Err(TryRecvError::Disconnected) => {
                        bail!("the engine ended unexpectedly; run again with --verbose to see more")
                    }
                },
            };
            return match event {
                Event::Failed(text) => bail!("the engine failed: {text}"),
                Event::ShutDown => bail!("the engine was shut down"),
                event => Ok(Heard::Event(Box::new(event))),
            };
        }
    }

    /// Waits for the answer to a question; `pick` takes it out of the events.
    ///
    /// # Errors
    /// An error notice, Ctrl-C, or the engine's death.
    pub fn wait_for<T>(&mut self, pick: impl FnMut(Event) -> Option<T>) -> anyhow::Result<T> {
        self.wait(pick, |_| {
            let note = "stopped; nothing was written".to_owned();
            Err(Interrupted { note, at_once: false }.into())
        })
    }

    /// Waits for the result of a job. Ctrl-C stops the job, and what becomes of it is the answer: it may
    /// have been done already.
    ///
    /// # Errors
    /// An error notice, a stop by Ctrl-C, or the engine's death.
    pub fn wait_for_job<T>(&mut self, pick: impl FnMut(Event) -> Option<T>) -> anyhow::Result<T> {
        self.wait(pick, |link| link.send(Command::StopTraining))
    }

    fn wait<T>(
        &mut self,
        mut pick: impl FnMut(Event) -> Option<T>,
        on_interrupt: impl Fn(&Self) -> anyhow::Result<()>,
    ) -> anyhow::Result<T> {
        let answer = self.heard_out(&mut pick, on_interrupt);
        self.bar.clear();
        answer
    }

    fn heard_out<T>(
        &mut self,
        pick: &mut impl FnMut(Event) -> Option<T>,
        on_interrupt: impl Fn(&Self) -> anyhow::Result<()>,
    ) -> anyhow::Result<T> {
        let before = self.seen;
        loop {
            match self.hear()? {
                Heard::Interrupt => on_interrupt(self)?,
                Heard::Event(event) => match *event {
                    Event::Notice(Notice { level: NoticeLevel::Stopped, text }) => {
                        return Err(Interrupted { note: text, at_once: false }.into());
                    }
                    Event::Notice(Notice { level: NoticeLevel::Error, text }) => {
                        if self.seen > before {
                            return Err(Interrupted { note: text, at_once: false }.into());
                        }
                        bail!("{text}");
                    }
                    Event::JobProgress { what, done, total } => {
                        tracing::info!("{what} ({done} of {total})");
                        self.bar.show(&what, done, total);
                    }
                    Event::Notice(notice) => self.tell(&notice),
                    Event::LeftOut(reason) => {
                        let text = format!("left out: {reason}");
                        self.tell(&Notice { level: NoticeLevel::Warning, text });
                    }
                    event => {
                        if let Some(answer) = pick(event) {
                            return Ok(answer);
                        }
                    }
                },
            }
        }
    }

    /// Shows a notice: warnings and errors to the person, information to the log.
    pub fn tell(&mut self, notice: &Notice) {
        self.bar.clear();
        match notice.level {
            NoticeLevel::Info | NoticeLevel::Adjusted | NoticeLevel::Stopped => {
                tracing::info!("{}", notice.text);
            }
            NoticeLevel::Warning => say(self.err, &format!("warning: {}", notice.text)),
            NoticeLevel::Error => say(self.err, &format!("problem: {}", notice.text)),
        }
    }
}
