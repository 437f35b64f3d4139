//! What the window and the command line hold of the engine: two bounded queues, and slots for pictures.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::protocol::{
    Command, CroppedPhoto, EditView, Event, Latest, MapPictures, MapPlace, Nearest, PreviewFrame,
    RaceView, SampleSheet, Slots, Snapshot, TileSlots, TuningView,
};

/// Commands that may wait; the sender keeps the rest and tries again next frame.
pub const COMMAND_CAPACITY: usize = 256;
/// Events that may wait; past it, progress reports are merged.
pub const EVENT_CAPACITY: usize = 1024;

/// Why a command was not taken.
#[derive(Debug)]
pub enum SendError {
    /// The queue is full: try again later with this command.
    Full(Box<Command>),
    /// The engine's thread has ended.
    Dead,
}

/// Slots for the map's small pictures.
#[derive(Debug, Clone, Default)]
pub struct MapSlots {
    /// The newest pictures for each place.
    pub pictures: Slots<MapPlace, MapPictures>,
    /// The training pictures nearest to the newest picture asked about.
    pub nearest: Latest<Nearest>,
}

impl MapSlots {
    /// What came since the last call.
    pub fn take(&self) -> Vec<MapPictures> {
        self.pictures.take().into_values().collect()
    }
}

/// The far end of the engine's queues and slots, for the engine itself or a stand-in in tests.
#[derive(Debug)]
pub struct EngineEnds {
    /// Orders come in here.
    pub commands: Receiver<Command>,
    /// Facts go out here.
    pub events: SyncSender<Event>,
    /// The newest preview.
    pub preview: Latest<PreviewFrame>,
    /// The newest sheet of samples.
    pub samples: Latest<SampleSheet>,
    /// The newest picture asked for from a timeline.
    pub snapshot: Latest<Snapshot>,
    /// The newest small pictures of each place.
    pub tiles: TileSlots,
    /// The newest small pictures of the map.
    pub map: MapSlots,
    /// How the race under way stands.
    pub race: Latest<RaceView>,
    /// How the tuning under way stands.
    pub tuning: Latest<TuningView>,
    /// How the edit under way stands.
    pub edit: Latest<EditView>,
    /// The newest square cut out of the photo.
    pub cropped: Latest<CroppedPhoto>,
    /// Set from outside to cut long work short before its command is read.
    pub interrupt: Arc<AtomicBool>,
}

/// The near end: whoever holds it drives the engine. Dropping it shuts the engine down.
#[derive(Debug)]
pub struct EngineHandle {
    commands: SyncSender<Command>,
    events: Receiver<Event>,
    /// The newest preview.
    pub preview: Latest<PreviewFrame>,
    /// The newest sheet of samples.
    pub samples: Latest<SampleSheet>,
    /// The newest picture asked for from a timeline.
    pub snapshot: Latest<Snapshot>,
    /// The newest small pictures of each place.
    pub tiles: TileSlots,
    /// The newest small pictures of the map.
    pub map: MapSlots,
    /// How the race under way stands.
    pub race: Latest<RaceView>,
    /// How the tuning under way stands.
    pub tuning: Latest<TuningView>,
    /// How the edit under way stands.
    pub edit: Latest<EditView>,
    /// The newest square cut out of the photo.
    pub cropped: Latest<CroppedPhoto>,
    interrupt: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl EngineHandle {
    /// Both ends, not yet connected to a thread.
    pub fn pair() -> (Self, EngineEnds) {
        let (command_sender, commands) = std::sync::mpsc::sync_channel(COMMAND_CAPACITY);
        let (events, event_receiver) = std::sync::mpsc::sync_channel(EVENT_CAPACITY);
        let ends = EngineEnds {
            commands,
            events,
            preview: Latest::new(),
            samples: Latest::new(),
            snapshot: Latest::new(),
            tiles: TileSlots::default(),
            map: MapSlots::default(),
            race: Latest::new(),
            tuning: Latest::new(),
            edit: Latest::new(),
            cropped: Latest::new(),
            interrupt: Arc::default(),
        };
        let handle = Self {
            commands: command_sender,
            events: event_receiver,
            preview: ends.preview.clone(),
            samples: ends.samples.clone(),
            snapshot: ends.snapshot.clone(),
            tiles: ends.tiles.clone(),
            map: ends.map.clone(),
            race: ends.race.clone(),
            tuning: ends.tuning.clone(),
            edit: ends.edit.clone(),
            cropped: ends.cropped.clone(),
            interrupt: Arc::clone(&ends.interrupt),
            thread: None,
        };
        (handle, ends)
    }

    /// Gives the handle the thread it waits for at the end.
    pub(super) fn attach(&mut self, thread: JoinHandle<()>) {
        self.thread = Some(thread);
    }

    /// Hands over a command without ever waiting.
    ///
    /// # Errors
    /// [`SendError::Full`] gives the command back; [`SendError::Dead`] says that the engine ended.
    pub fn try_send(&self, command: Command) -> Result<(), SendError> {
        if matches!(command, Command::StopTraining | Command::Shutdown) {
            // Long work looks at this flag, so it ends before the command is read.
            self.interrupt.store(true, Ordering::Release);
        }
        self.commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(command) => SendError::Full(Box::new(command)),
            TrySendError::Disconnected(_) => SendError::Dead,
        })
    }

    /// The next event, if one waits.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`] when none waits, [`TryRecvError::Disconnected`] when the engine died.
    pub fn try_recv(&self) -> Result<Event, TryRecvError> {
        self.events.try_recv()
    }

    /// Waits for the next event (command line and tests; the window never waits).
    pub fn recv_timeout(&self, timeout: Duration) -> Option<Event> {
        self.events.recv_timeout(timeout).ok()
    }

    /// Whether the thread has ended, by itself or by a panic.
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Asks the engine to save and end, and waits up to `patience` for it, draining events.
    ///
    /// Returns the events that came meanwhile.
    pub fn shut_down(&mut self, patience: Duration) -> Vec<Event> {
        let deadline = Instant::now() + patience;
        let mut seen = Vec::new();
        let mut asked = false;
        while !self.is_finished() && Instant::now() < deadline {
            if !asked {
                asked = !matches!(self.try_send(Command::Shutdown), Err(SendError::Full(_)));
            }
            seen.extend(self.recv_timeout(Duration::from_millis(20)));
        }
        seen.extend(self.events.try_iter());
        if self.is_finished()
            && let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the engine's thread ended with a panic");
        }
        seen
    }

    /// Goes on without an engine that does not answer: dropping the handle would wait once more.
    pub fn abandon(mut self) {
        self.thread = None;
    }
}

impl Drop for EngineHandle {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.shut_down(Duration::from_secs(10));
        }
    }
}
