//! Drives a real engine thread from a test: sends, waits for facts, asks for pictures.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use latent_atelier::engine::{self, EngineHandle, EngineOptions, SendError, Waker};
use latent_atelier::protocol::*;
use latent_atelier::storage::{LatentSpace, ModelFile, fingerprint};

/// Long enough for a machine that is busy with other builds.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// An engine with a folder of its own, and everything it has told so far.
pub struct Driver {
    pub handle: EngineHandle,
    /// All events, in order, whether a test waited for them or not.
    pub seen: Vec<Event>,
    heard: usize,
    last_id: u64,
    // Last: the folder goes after the engine that writes into it.
    root: tempfile::TempDir,
}

impl Driver {
    /// An engine on the CPU.
    pub fn cpu() -> Self {
        Self::new(DeviceChoice::Cpu, Waker::none())
    }

    pub fn new(device: DeviceChoice, waker: Waker) -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        let options = EngineOptions { device, runs_dir: root.path().join("runs"), waker };
        let handle = engine::spawn(options).expect("a thread");
        Self { handle, seen: Vec::new(), heard: 0, last_id: 0, root }
    }

    /// An engine on the CPU with few small faces.
    pub fn with_faces() -> Self {
        let mut driver = Self::cpu();
        driver.open_faces(16);
        driver
    }

    pub fn open_faces(&mut self, image_size: u32) {
        self.send(Command::OpenDataset(DatasetSource::Portraits, faces(image_size)));
        self.wait("the data set", |event| matches!(event, Event::DatasetOpened(_)).then_some(()));
    }

    /// A folder that takes a while to read: many copies of one large picture.
    pub fn large_folder(&self) -> DatasetSource {
        let folder = self.path("pictures");
        std::fs::create_dir_all(&folder).expect("made");
        let first = folder.join("0.png");
        let pixel = |x: u32, y: u32| image::Rgb([(x * y) as u8, (x + 3 * y) as u8, (x ^ y) as u8]);
        image::RgbImage::from_fn(1600, 1200, pixel).save(&first).expect("written");
        for number in 1..400 {
            std::fs::hard_link(&first, folder.join(format!("{number}.png"))).expect("linked");
        }
        DatasetSource::Path(folder)
    }

    /// A path in the engine's own folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Hands a command over, however full the queue is.
    pub fn send(&self, command: Command) {
        let mut command = command;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.handle.try_send(command) {
                Ok(()) => return,
                Err(SendError::Full(back)) => command = *back,
                Err(SendError::Dead) => panic!("the engine has ended"),
            }
            assert!(Instant::now() < deadline, "the queue stays full");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The next event nobody has waited for yet.
    pub fn next(&mut self, what: &str) -> Event {
        if self.heard == self.seen.len() {
            let event = self.handle.recv_timeout(PATIENCE);
            self.seen.push(event.unwrap_or_else(|| panic!("no {what} after {:?}", self.tail())));
        }
        self.heard += 1;
        self.seen[self.heard - 1].clone()
    }

    /// Waits for a fact; what comes before it is passed over.
    pub fn wait<T>(&mut self, what: &str, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let event = self.next(what);
            if let Event::Failed(text) = &event {
                let mut picked = pick(event.clone());
                return picked.take().unwrap_or_else(|| panic!("the engine failed: {text}"));
            }
            if let Some(found) = pick(event) {
                return found;
            }
            assert!(Instant::now() < deadline, "no {what} after {:?}", self.tail());
        }
    }

    /// The last few events, for messages.
    fn tail(&self) -> &[Event] {
        &self.seen[self.seen.len().saturating_sub(6)..]
    }

    /// Takes in what has come, without waiting.
    pub fn collect(&mut self) {
        while let Ok(event) = self.handle.try_recv() {
            self.seen.push(event);
        }
    }

    pub fn start(&mut self, settings: RunSettings) {
        self.send(Command::StartTraining(settings));
    }

    /// Starts a run that waits before its first step.
    pub fn start_paused(&mut self, settings: RunSettings) {
        // While these networks are built, both commands come to wait behind each other.
        let large = ModelSpec { width: 48, ..ModelSpec::default() };
        self.send(Command::NewModel(large, 0));
        self.send(Command::StartTraining(settings));
        self.send(Command::Pause);
        self.paused();
    }

    pub fn paused(&mut self) {
        self.wait("pause", |event| matches!(event, Event::Training(Phase::Paused)).then_some(()));
    }

    /// One step of a paused run, and its losses.
    pub fn single_step(&mut self) -> TrainProgress {
        self.send(Command::SingleStep);
        let progress = self.progress();
        self.paused();
        progress
    }

    pub fn progress(&mut self) -> TrainProgress {
        self.wait("progress", |event| match event {
            Event::Progress(progress) => Some(*progress),
            _ => None,
        })
    }

    /// Waits for the end of the run: why, at which step, where it was saved.
    pub fn ended(&mut self) -> (StopReason, u64, Option<PathBuf>) {
        self.wait("the end of the run", |event| match event {
            Event::TrainingEnded { reason, step, folder } => Some((reason, step, folder)),
            _ => None,
        })
    }

    pub fn stop(&mut self) -> (StopReason, u64, Option<PathBuf>) {
        self.send(Command::StopTraining);
        self.ended()
    }

    /// Runs to the end of its steps.
    pub fn train(&mut self, settings: RunSettings) -> u64 {
        self.start(settings);
        let (reason, step, _) = self.ended();
        assert_eq!(reason, StopReason::Finished, "{:?}", self.tail());
        step
    }

    /// The next error notice.
    pub fn error(&mut self) -> String {
        self.wait("an error", |event| match event {
            Event::Notice(Notice { level: NoticeLevel::Error, text }) => Some(text),
            _ => None,
        })
    }

    /// What the next notice of something stopped says.
    pub fn stopped(&mut self) -> String {
        self.wait("a stop", |event| match event {
            Event::Notice(Notice { level: NoticeLevel::Stopped, text }) => Some(text),
            _ => None,
        })
    }

    pub fn model_ready(&mut self) -> ModelSummary {
        self.wait("a model", |event| match event {
            Event::ModelReady(summary) => Some(*summary),
            _ => None,
        })
    }

    pub fn open(&mut self, path: &Path) -> ModelSummary {
        self.send(Command::OpenModel(path.to_owned()));
        self.model_ready()
    }

    /// Asks for a picture without waiting for it; its number is returned.
    pub fn request(&mut self, latent: &Latent) -> u64 {
        self.last_id += 1;
        let request = PreviewRequest { id: self.last_id, latent: latent.clone(), truncation: 1.0 };
        self.send(Command::Preview(request));
        self.last_id
    }

    /// Waits until the slot holds the picture of this request.
    pub fn picture(&self, id: u64) -> PreviewFrame {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(frame) = self.handle.preview.take().filter(|frame| frame.id >= id) {
                assert_eq!(frame.id, id, "an answer to a request that was never made");
                return frame;
            }
            assert!(Instant::now() < deadline, "no picture");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub fn preview(&mut self, latent: &Latent) -> PreviewFrame {
        let id = self.request(latent);
        self.picture(id)
    }

    /// Waits for the picture of this step from a timeline.
    pub fn snapshot(&self, step: u64) -> Snapshot {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = self.handle.snapshot.take().filter(|found| found.step == step) {
                return found;
            }
            assert!(Instant::now() < deadline, "no picture of step {step}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits for a sheet that was drawn at this step or later.
    pub fn sheet(&self, step: u64) -> SampleSheet {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(sheet) = self.handle.samples.take().filter(|sheet| sheet.step >= step) {
                return sheet;
            }
            assert!(Instant::now() < deadline, "no sheet of samples");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Waits until what stands in a slot is as wanted.
pub fn latest<T>(slot: &Latest<T>, enough: impl Fn(&T) -> bool) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(view) = slot.take().filter(&enough) {
            return view;
        }
        assert!(Instant::now() < deadline, "no such view");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Few small faces.
pub fn faces(image_size: u32) -> DatasetOptions {
    DatasetOptions { image_size, portraits: 64, ..DatasetOptions::default() }
}

pub fn tiny(family: Family) -> ModelSpec {
    ModelSpec { image_size: 16, width: 4, latent: 6, ..ModelSpec::for_family(family) }
}

/// A small, quick run on 16 px pictures.
pub fn run(family: Family, steps: u64, out: PathBuf) -> RunSettings {
    let live =
        LiveSettings { sample_rate: SampleRate::Off, ..TrainSettings::for_family(family).live };
    let train = TrainSettings {
        batch: 4,
        steps,
        seed: 7,
        samples: 4,
        checkpoint_every: 0,
        live,
        ..TrainSettings::for_family(family)
    };
    RunSettings {
        spec: tiny(family),
        train,
        out: Some(out),
        resume: false,
        use_open_data: false,
        continue_model: false,
        init: None,
    }
}

/// A latent that is no special one.
pub fn latent(dims: usize) -> Latent {
    Latent((0..dims).map(|dim| (dim as f32 * 1.3).sin()).collect())
}

/// The latent space of the model in `run`, as its file tells it.
pub fn space(driver: &Driver) -> LatentSpace {
    let mut file = ModelFile::open(&driver.path("run")).expect("saved");
    let generator = fingerprint(&file.tensors.take_prefixed("generator."));
    LatentSpace { dims: file.manifest.architecture.latent as usize, generator }
}
