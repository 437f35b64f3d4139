//! Opens a data set, on this thread or in the background.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, TryRecvError};

use crate::protocol::{DatasetOptions, DatasetSource, IMAGE_SIZES, LabelSource};

use super::cache::loader_pool;
use super::dataset::Dataset;
use super::error::DataError;
use super::folder::{self, Folder};
use super::source::Catalogue;
use super::{idx_source, portrait_source};

/// Reads `source` and decodes it in parallel. Blocks; `progress` is called on this thread with (done, total), with a
/// total of 0 while files are still being found. Setting `cancel` ends it within a tenth of a second.
///
/// # Errors
/// Whatever [`DataError`] describes, except for single bad pictures: those are in the summary.
pub fn open(
    source: &DatasetSource,
    options: &DatasetOptions,
    progress: &dyn Fn(usize, usize),
    cancel: &AtomicBool,
) -> Result<Dataset, DataError> {
    check(options)?;
    let mut options = options.clone();
    let defaults = DatasetOptions::default();
    if options.auto_size {
        options.image_size = defaults.image_size;
    }
    if options.auto_channels {
        options.channels = defaults.channels;
    }
    let catalogue = match source {
        DatasetSource::Portraits => portrait_source::open(&options)?,
        DatasetSource::Path(path) => open_path(path, &mut options, progress, cancel)?,
    };
    (options.auto_size, options.auto_channels) = (false, false);
    if options.labels != LabelSource::Own && catalogue.file_names.is_empty() {
        return Err(DataError::NoFileNames { name: catalogue.name });
    }
    if catalogue.entries.len() > super::MAX_PICTURES {
        let path = Path::new(&catalogue.name).to_path_buf();
        return Err(DataError::TooMany { path, limit: super::MAX_PICTURES });
    }
    Dataset::build(catalogue, source, &options, &loader_pool()?, progress, cancel)
}

fn check(options: &DatasetOptions) -> Result<(), DataError> {
    if !IMAGE_SIZES.contains(&options.image_size) {
        return Err(DataError::ImageSize(options.image_size));
    }
    if ![1, 3, 4].contains(&options.channels) {
        return Err(DataError::Channels(options.channels));
    }
    Ok(())
}

/// Takes size and colour into `options` where the data bring their own and nobody chose.
fn open_path(
    path: &Path,
    options: &mut DatasetOptions,
    progress: &dyn Fn(usize, usize),
    cancel: &AtomicBool,
) -> Result<Catalogue, DataError> {
    let metadata = std::fs::metadata(path).map_err(|error| DataError::from_io(path, &error))?;
    if let Some(files) = idx_source::find(path, metadata.is_dir())? {
        idx_source::take_own_size(&files, options)?;
        return idx_source::open(&files, options, cancel);
    }
    if !metadata.is_dir() {
        return Err(DataError::NotAFolder { path: path.to_path_buf() });
    }
    match folder::open(path, options, &|found| progress(found, 0), cancel)? {
        Folder::Pictures(catalogue) => Ok(*catalogue),
        Folder::Idx(file) => match idx_source::find(file.parent().unwrap_or(path), true)? {
            Some(files) => {
                idx_source::take_own_size(&files, options)?;
                idx_source::open(&files, options, cancel)
            }
            None => Err(DataError::NoImages { path: path.to_path_buf(), files: 1 }),
        },
    }
}

/// How far a background load is.
#[derive(Debug)]
pub enum LoadingState {
    /// Under way.
    Running {
        /// Pictures dealt with; files found so far while `total` is 0.
        done: usize,
        /// Pictures in all, or 0 while they are being counted.
        total: usize,
    },
    /// Finished; this is handed out once.
    Done(Result<Box<Dataset>, DataError>),
}

/// A data set that is being opened on a thread of its own. Dropping it cancels.
#[derive(Debug)]
pub struct Loading {
    shared: Arc<Shared>,
    receiver: Receiver<Result<Dataset, DataError>>,
}

#[derive(Debug, Default)]
struct Shared {
    done: AtomicUsize,
    total: AtomicUsize,
    cancel: AtomicBool,
}

/// Opens a data set in the background. `wake` is called on the loader's thread after each step forward and at the
/// end, so that a sleeping engine comes to [`Loading::poll`]; it should be quick and may be called often.
///
/// # Errors
/// [`DataError::Loader`] if the system gives no thread. Everything else comes through [`Loading::poll`].
pub fn spawn_open(
    source: DatasetSource,
    options: DatasetOptions,
    wake: impl Fn() + Send + 'static,
) -> Result<Loading, DataError> {
    spawn(wake, move |progress, cancel| open(&source, &options, progress, cancel))
}

/// Labels an open data set anew in the background, as [`spawn_open`] opens one. Its pictures are shared, not read
/// again.
///
/// # Errors
/// As [`spawn_open`].
pub fn spawn_relabel(
    dataset: Arc<Dataset>,
    labels: LabelSource,
    wake: impl Fn() + Send + 'static,
) -> Result<Loading, DataError> {
    spawn(wake, move |_, cancel| dataset.relabelled(&labels, cancel))
}

fn spawn(
    wake: impl Fn() + Send + 'static,
    work: impl FnOnce(&dyn Fn(usize, usize), &AtomicBool) -> Result<Dataset, DataError> + Send + 'static,
) -> Result<Loading, DataError> {
    let shared = Arc::new(Shared::default());
    let (sender, receiver) = mpsc::sync_channel(1);
    let theirs = Arc::clone(&shared);
    let run = move || {
        let progress = |done, total| {
            theirs.done.store(done, Ordering::Relaxed);
            theirs.total.store(total, Ordering::Relaxed);
            wake();
        };
        // A panic must wake whoever waits, too.
        let result = catch_unwind(AssertUnwindSafe(|| work(&progress, &theirs.cancel)));
        // Nobody receives the result of a cancelled load.
        let _ = sender.send(result.unwrap_or_else(|_| Err(ended())));
        wake();
    };
    std::thread::Builder::new()
        .name("data-loader".to_owned())
        .spawn(run)
        .map_err(|error| DataError::Loader { reason: error.to_string() })?;
    Ok(Loading { shared, receiver })
}

impl Loading {
    /// How far it is. Never blocks. After a cancel the answer is [`DataError::Cancelled`] at once, whatever the
    /// loader's thread is still busy with.
    pub fn poll(&mut self) -> LoadingState {
        if self.shared.cancel.load(Ordering::Relaxed) {
            return LoadingState::Done(Err(DataError::Cancelled));
        }
        match self.receiver.try_recv() {
            Ok(result) => LoadingState::Done(result.map(Box::new)),
            Err(TryRecvError::Empty) => LoadingState::Running {
                done: self.shared.done.load(Ordering::Relaxed),
                total: self.shared.total.load(Ordering::Relaxed),
            },
            Err(TryRecvError::Disconnected) => LoadingState::Done(Err(ended())),
        }
    }

    /// Asks it to stop.
    pub fn cancel(&self) {
        self.shared.cancel.store(true, Ordering::Relaxed);
    }

    /// Waits for the result.
    ///
    /// # Errors
    /// Those of [`open`].
    pub fn wait(self) -> Result<Dataset, DataError> {
        self.receiver.recv().unwrap_or_else(|_| Err(ended()))
    }
}

impl Drop for Loading {
    fn drop(&mut self) {
        self.cancel();
    }
}

fn ended() -> DataError {
    DataError::Loader { reason: "its thread ended without a result".to_owned() }
}
