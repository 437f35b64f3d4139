//! A run folder: what training leaves behind, whole at every instant.
//!
//! | file | what | written |
//! | --- | --- | --- |
//! | `training.safetensors` | the model **and** all that is needed to go on with it, of one step | first, by one rename: the commit |
//! | `model.safetensors` | the model alone, for everyone who only wants to open it | second |
//! | `config.json` | what the run was started with, for people and the command line | third |
//! | `history.jsonl` | every logged scalar | as it comes |
//! | `timeline/` | small pictures of the samples at some steps | as they come |
//!
//! A crash before the first rename leaves the previous state. A crash between the first and the second
//! leaves a complete new training state beside a valid older model; [`RunFolder::resume`] then writes
//! the model again from the training state. No order of crashes mixes weights and optimizer states.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::error::{escaped, shown};
use super::history::{HistoryRecord, HistoryWriter, read_history};
use super::model_file::ModelFile;
use super::training_state::{self, RunConfig, TrainingState};
use super::{StorageError, timeline, write_atomic};

/// The model of a run.
pub const MODEL_FILE: &str = "model.safetensors";
/// The state to go on from.
pub const TRAINING_FILE: &str = "training.safetensors";
/// Every logged scalar.
pub const HISTORY_FILE: &str = "history.jsonl";
const CONFIG_FILE: &str = "config.json";
const LOCK_FILE: &str = ".lock";
/// A longer `config.json` was not written by this program, in bytes.
const CONFIG_BYTES_LIMIT: u64 = 1 << 20;

/// A folder that this process trains into. While it lives, no other process can take the folder.
#[derive(Debug)]
pub struct RunFolder {
    folder: PathBuf,
    history: HistoryWriter,
    _lock: Option<File>,
}

impl RunFolder {
    /// Begins a run in a folder, which is made with its parents where it is missing.
    ///
    /// # Errors
    /// [`StorageError::HoldsRun`] when a run was saved there, [`StorageError::InUse`], or a refusal by
    /// the operating system.
    pub fn create(folder: &Path, config: &RunConfig) -> Result<Self, StorageError> {
        std::fs::create_dir_all(folder).map_err(StorageError::io("make", folder))?;
        if Self::holds_run(folder) {
            return Err(StorageError::HoldsRun(shown(folder)));
        }
        let lock = lock(folder)?;
        write_config(folder, config)?;
        // What is here without a saved state belongs to a run that ended before its first save.
        let history = HistoryWriter::open(&folder.join(HISTORY_FILE), 0)?;
        timeline::cut(folder, 0);
        Ok(Self { folder: folder.to_owned(), history, _lock: lock })
    }

    /// Whether a run was saved in this folder.
    pub fn holds_run(folder: &Path) -> bool {
        [TRAINING_FILE, MODEL_FILE].iter().any(|file| folder.join(file).exists())
    }

    /// Whether what was saved is still here.
    pub fn is_whole(&self) -> bool {
        [TRAINING_FILE, MODEL_FILE, CONFIG_FILE].iter().all(|file| self.folder.join(file).exists())
    }

    /// Goes on with a run: reads its last state, and brings what a crash left behind in line with it.
    ///
    /// # Errors
    /// [`StorageError::NoRun`], [`StorageError::InUse`], or whatever is wrong with its files.
    pub fn resume(folder: &Path) -> Result<(Self, ModelFile, TrainingState), StorageError> {
        if !folder.join(TRAINING_FILE).exists() {
            return Err(StorageError::NoRun(shown(folder)));
        }
        let lock = lock(folder)?;
        let (model, state) = Self::load_state(folder)?;
        let model_path = folder.join(MODEL_FILE);
        let is_current =
            ModelFile::open(&model_path).is_ok_and(|on_disk| on_disk.manifest.step == state.step);
        if !is_current {
            model.save(&model_path)?;
        }
        let history = HistoryWriter::open(&folder.join(HISTORY_FILE), state.step)?;
        timeline::cut(folder, state.step);
        Ok((Self { folder: folder.to_owned(), history, _lock: lock }, model, state))
    }

    /// Reads the last saved state without taking the folder.
    ///
    /// # Errors
    /// [`StorageError::NoRun`], or whatever is wrong with the file.
    pub fn load_state(folder: &Path) -> Result<(ModelFile, TrainingState), StorageError> {
        let path = folder.join(TRAINING_FILE);
        if !path.exists() {
            return Err(StorageError::NoRun(shown(folder)));
        }
        training_state::open(&path)
    }

    /// Reads what a run was started with, without its weights.
    ///
    /// # Errors
    /// [`StorageError::NoRun`], or settings that cannot be read.
    pub fn read_config(folder: &Path) -> Result<RunConfig, StorageError> {
        let path = folder.join(CONFIG_FILE);
        if !path.exists() {
            return Err(StorageError::NoRun(shown(folder)));
        }
        let place = shown(&path);
        let about = std::fs::metadata(&path).map_err(StorageError::io("open", &path))?;
        if about.len() > CONFIG_BYTES_LIMIT {
            return Err(StorageError::TooLarge {
                place,
                bytes: about.len(),
                limit: CONFIG_BYTES_LIMIT,
            });
        }
        let text = std::fs::read(&path).map_err(StorageError::io("read", &path))?;
        let value = serde_json::from_slice(&text).map_err(|error| {
            StorageError::invalid(&place, format!("is not JSON: {}", escaped(&error.to_string())))
        })?;
        RunConfig::from_value(&place, value)
    }

    /// Saves model and training state as one: after a crash either both are there or neither.
    ///
    /// # Errors
    /// A refusal by the operating system; the previous state then still stands.
    pub fn save_state(
        &mut self,
        model: &ModelFile,
        state: &TrainingState,
    ) -> Result<(), StorageError> {
        let history_path = self.folder.join(HISTORY_FILE);
        self.history.sync().map_err(StorageError::io("write", &history_path))?;
        training_state::save(&self.folder.join(TRAINING_FILE), model, state)?;
        model.save(&self.model_path())?;
        write_config(&self.folder, &state.config)
    }

    /// Appends logged scalars.
    ///
    /// # Errors
    /// A refusal by the operating system.
    pub fn append_history(&mut self, records: &[HistoryRecord]) -> Result<(), StorageError> {
        let path = self.folder.join(HISTORY_FILE);
        self.history.append(records).map_err(StorageError::io("write", &path))
    }

    /// All logged scalars so far.
    ///
    /// # Errors
    /// A refusal by the operating system.
    pub fn read_history(&self) -> Result<Vec<HistoryRecord>, StorageError> {
        read_history(&self.folder.join(HISTORY_FILE))
    }

    /// The run folder that a path names: itself, or the one whose model it is.
    pub fn of_model(path: &Path) -> Option<&Path> {
        if path.is_dir() {
            return Some(path);
        }
        path.parent().filter(|_| path.file_name().is_some_and(|name| name == MODEL_FILE))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// The run's model file.
    pub fn model_path(&self) -> PathBuf {
        self.folder.join(MODEL_FILE)
    }
}

/// Takes the folder for this process; the system lets go of it when the process ends, however it ends.
fn lock(folder: &Path) -> Result<Option<File>, StorageError> {
    let path = folder.join(LOCK_FILE);
    let file = File::create(&path).map_err(StorageError::io("write", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Err(StorageError::InUse(shown(folder))),
        // A disk without locks: training must still be possible there.
        Err(std::fs::TryLockError::Error(_)) => Ok(None),
    }
}

fn write_config(folder: &Path, config: &RunConfig) -> Result<(), StorageError> {
    let path = folder.join(CONFIG_FILE);
    let text = config
        .to_value()
        .and_then(|value| serde_json::to_string_pretty(&value))
        .map_err(|error| StorageError::invalid(&shown(&path), error.to_string()))?;
    write_atomic(&path, |out| out.write_all(text.as_bytes()))
}
