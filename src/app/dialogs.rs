//! File dialogs off the UI thread.
//!
//! The dialog is made on the UI thread, as macOS wants it, and awaited on a thread of its own; its
//! answer comes back through a slot. Where no dialog can be shown (no desktop portal, no zenity), the
//! answer says so: every path can be typed or dropped instead.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::Thread;
use std::time::{Duration, Instant};

use super::edit::EditFile;
use crate::engine::Waker;
use crate::protocol::Latest;

/// Endings of the pictures that can be read.
const PICTURES: [&str; 11] =
    ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff", "pgm", "ppm", "pnm"];

/// What is to be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialogKind {
    /// A folder of images.
    DatasetFolder,
    /// A photo to open.
    Photo,
    /// A table that labels the open folder of images.
    LabelTable,
    /// A model file to open.
    ModelFile,
    /// Where to write the model; the suggested name.
    SaveModel(String),
    /// A run folder.
    RunFolder,
    /// A directions' file to open.
    Directions,
    /// Where to write directions; the suggested name.
    SaveDirections(String),
    /// Where to write an animation.
    Animation,
    /// Where to write a grid.
    Grid,
    /// Where to write the large picture; the suggested name.
    SavePicture(String),
    /// Where to write the present latent; the suggested name.
    SaveLatent(String),
    /// Where to write the formula's result; the suggested name.
    SaveResult(String),
    /// A file of latents to open.
    Latents,
    /// A delta to open.
    Delta,
    /// Where to write the delta; the suggested name.
    SaveDelta(String),
    /// A session to open.
    Session,
    /// Where to write the session; the suggested name.
    SaveSession(String),
    /// Where to write something of an edit: what, and the suggested name.
    SaveEdit(EditFile, String),
    /// A script of an edit to open.
    EditScript,
    /// A folder of pictures to bring back to z.
    InvertFolder,
    /// Pictures to bring back to z.
    InvertFiles,
    /// The folder that what comes of them goes to.
    InvertOut,
    /// A model file whose network's features are compared.
    FeatureModel,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialogAnswer {
    /// This was chosen.
    Chosen(DialogKind, PathBuf),
    /// These were chosen, where several may be.
    Several(DialogKind, Vec<PathBuf>),
    /// The person thought better of it.
    Cancelled,
    /// No dialog could be shown on this machine.
    Unavailable(DialogKind),
}

impl DialogKind {
    /// Where the dialog begins: data where the last were, latents among the person's documents, models and
    /// runs among the program's runs. The
    /// nearest folder that is there; `None` leaves it to the system.
    pub fn start(&self, recent_data: &[PathBuf], runs: Option<PathBuf>) -> Option<PathBuf> {
        let wanted = match self {
            Self::DatasetFolder
            | Self::Photo
            | Self::LabelTable
            | Self::InvertFolder
            | Self::InvertFiles
            | Self::InvertOut => recent_data.first().cloned(),
            Self::ModelFile
            | Self::SaveModel(_)
            | Self::RunFolder
            | Self::Directions
            | Self::SaveDirections(_)
            | Self::Animation
            | Self::Grid
            | Self::FeatureModel
            | Self::SavePicture(_) => runs,
            Self::Session
            | Self::SaveSession(_)
            | Self::SaveEdit(..)
            | Self::EditScript
            | Self::SaveLatent(_)
            | Self::SaveResult(_)
            | Self::Latents
            | Self::Delta
            | Self::SaveDelta(_) => crate::paths::documents_folder().or(runs),
        };
        wanted?.ancestors().find(|folder| folder.is_dir()).map(Path::to_path_buf)
    }
}

/// At most one dialog at a time.
#[derive(Debug, Default)]
pub struct Dialogs {
    answer: Latest<DialogAnswer>,
    open: bool,
}

impl Dialogs {
    /// Opens a dialog unless one is open; it begins in `start`, or where the system has it.
    pub fn open(
        &mut self,
        kind: DialogKind,
        start: Option<PathBuf>,
        parent: &eframe::Frame,
        waker: Waker,
    ) {
        if self.open {
            return;
        }
        let asked = ask(&kind, start, parent);
        let answer = self.answer.clone();
        let unavailable = kind.clone();
        let thread = std::thread::Builder::new().name("file dialog".to_owned()).spawn(move || {
            let start = Instant::now();
            let chosen = block_on(asked);
            answer.put(match chosen {
                Some(files) => answer_of(kind, files),
                None if no_dialog_was_shown(start.elapsed()) => DialogAnswer::Unavailable(kind),
                None => DialogAnswer::Cancelled,
            });
            waker.wake();
        });
        match thread {
            Ok(_) => self.open = true,
            Err(error) => {
                tracing::error!("the file dialog's thread did not start: {error}");
                self.answer.put(DialogAnswer::Unavailable(unavailable));
            }
        }
    }

    /// Whether one is open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// The answer, once there is one.
    pub fn take(&mut self) -> Option<DialogAnswer> {
        let answer = self.answer.take();
        if answer.is_some() {
            self.open = false;
        }
        answer
    }
}

fn answer_of(kind: DialogKind, files: Vec<rfd::FileHandle>) -> DialogAnswer {
    let mut paths: Vec<PathBuf> = files.iter().map(|file| file.path().to_path_buf()).collect();
    if kind == DialogKind::InvertFiles {
        return DialogAnswer::Several(kind, paths);
    }
    paths.pop().map_or(DialogAnswer::Cancelled, |path| DialogAnswer::Chosen(kind, path))
}

type Asked = std::pin::Pin<Box<dyn Future<Output = Option<Vec<rfd::FileHandle>>> + Send>>;
type AskedOne = std::pin::Pin<Box<dyn Future<Output = Option<rfd::FileHandle>> + Send>>;

fn ask(kind: &DialogKind, start: Option<PathBuf>, parent: &eframe::Frame) -> Asked {
    let mut dialog = rfd::AsyncFileDialog::new().set_parent(parent);
    if let Some(start) = start {
        dialog = dialog.set_directory(start);
    }
    if *kind == DialogKind::InvertFiles {
        let dialog = dialog.set_title("Choose photos").add_filter("Pictures", &PICTURES);
        return Box::pin(dialog.add_filter("All files", &["*"]).pick_files());
    }
    let asked = ask_one(kind, dialog);
    Box::pin(async move { asked.await.map(|file| vec![file]) })
}

fn ask_one(kind: &DialogKind, dialog: rfd::AsyncFileDialog) -> AskedOne {
    match kind {
        DialogKind::InvertFolder | DialogKind::InvertFiles => {
            Box::pin(dialog.set_title("Choose a folder of photos").pick_folder())
        }
        DialogKind::InvertOut => {
            Box::pin(dialog.set_title("Choose a folder for the results").pick_folder())
        }
        DialogKind::DatasetFolder => {
            Box::pin(dialog.set_title("Choose a folder of images").pick_folder())
        }
        DialogKind::RunFolder => Box::pin(dialog.set_title("Choose a run folder").pick_folder()),
        DialogKind::Photo => open(dialog, "Open a photo", "Pictures", &PICTURES),
        DialogKind::LabelTable => {
            open(dialog, "Choose a table of labels", "Tables", &["csv", "tsv", "tab", "txt"])
        }
        DialogKind::ModelFile | DialogKind::FeatureModel => {
            open(dialog, "Choose a model", "Models", &["safetensors"])
        }
        DialogKind::Directions => open(dialog, "Open attributes", "Attributes", &["safetensors"]),
        DialogKind::SaveDirections(name) => {
            save(dialog, "Save the attributes", "Attributes", &["safetensors"], name)
        }
        DialogKind::Animation => save(
            dialog,
            "Export the animation",
            "Animations",
            &["gif", "apng", "webp", "mp4", "webm"],
            "path.gif",
        ),
        DialogKind::Grid => save(dialog, "Export the grid", "Pictures", &["png"], "grid.png"),
        DialogKind::SavePicture(name) => {
            save(dialog, "Export the picture", "Pictures", &["png"], name)
        }
        DialogKind::Latents => open(dialog, "Open latents", "Latents", &["safetensors"]),
        DialogKind::SaveLatent(name) | DialogKind::SaveResult(name) => {
            save(dialog, "Save the latent", "Latents", &["safetensors"], name)
        }
        DialogKind::Session => open(dialog, "Open a session", "Sessions", &["json"]),
        DialogKind::SaveSession(name) => {
            save(dialog, "Save the session", "Sessions", &["json"], name)
        }
        DialogKind::Delta => open(dialog, "Open a delta", "Deltas", &["safetensors"]),
        DialogKind::SaveDelta(name) => {
            save(dialog, "Save the delta", "Deltas", &["safetensors"], name)
        }
        DialogKind::SaveEdit(_, name) => {
            Box::pin(dialog.set_title("Export the edit").set_file_name(name).save_file())
        }
        DialogKind::EditScript => open(dialog, "Open strokes", "Strokes", &["json"]),
        DialogKind::SaveModel(name) => {
            save(dialog, "Save the model", "Models", &["safetensors"], name)
        }
    }
}

/// A file to open, of these endings unless all files are asked for.
fn open(dialog: rfd::AsyncFileDialog, title: &str, what: &str, endings: &[&str]) -> AskedOne {
    let dialog = dialog.set_title(title).add_filter(what, endings);
    Box::pin(dialog.add_filter("All files", &["*"]).pick_file())
}

/// A place to write to, with a suggested name.
fn save(
    dialog: rfd::AsyncFileDialog,
    title: &str,
    what: &str,
    endings: &[&str],
    name: &str,
) -> AskedOne {
    Box::pin(dialog.set_title(title).add_filter(what, endings).set_file_name(name).save_file())
}

/// A cancelled dialog and one that never appeared both answer `None`. Nobody cancels within a blink,
/// and without a session bus and zenity there was nothing that could have shown one.
fn no_dialog_was_shown(waited: Duration) -> bool {
    if waited < Duration::from_millis(350) {
        return true;
    }
    cfg!(all(unix, not(target_os = "macos"))) && !zenity_is_installed() && !session_bus_is_there()
}

fn zenity_is_installed() -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join("zenity").is_file())
    })
}

fn session_bus_is_there() -> bool {
    std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some()
        || std::env::var_os("XDG_RUNTIME_DIR")
            .is_some_and(|folder| PathBuf::from(folder).join("bus").exists())
}

/// Waits for a future on this thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DialogAnswer, DialogKind, Dialogs, block_on};

    #[test]
    fn dialogs_begin_where_such_files_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().to_path_buf();
        let start = |kind: DialogKind, data: &[_], runs| kind.start(data, runs);
        let data = [place.join("cats"), "/elsewhere".into()];
        let gone = start(DialogKind::DatasetFolder, &data, None);
        assert_eq!(gone, Some(place.clone()), "the folder was removed since");
        std::fs::create_dir(place.join("cats")).expect("a folder");
        assert_eq!(start(DialogKind::DatasetFolder, &data, None), Some(place.join("cats")));
        assert_eq!(start(DialogKind::DatasetFolder, &[], Some(place.clone())), None);
        assert_eq!(start(DialogKind::ModelFile, &data, Some(place.join("runs"))), Some(place));
    }

    #[test]
    fn an_answer_closes_the_dialog() {
        let mut dialogs = Dialogs { open: true, ..Dialogs::default() };
        assert_eq!(dialogs.take(), None);
        assert!(dialogs.is_open());
        dialogs.answer.put(DialogAnswer::Chosen(DialogKind::DatasetFolder, "/faces".into()));
        assert!(matches!(dialogs.take(), Some(DialogAnswer::Chosen(_, path)) if path == *"/faces"));
        assert!(!dialogs.is_open());
    }

    #[test]
    fn waiting_for_a_future_that_wakes_from_another_thread() {
        let slot = crate::protocol::Latest::new();
        let writer = slot.clone();
        let mut thread = None;
        let answer = block_on(std::future::poll_fn(|context| {
            if thread.is_none() {
                let (waker, writer) = (context.waker().clone(), writer.clone());
                thread = Some(std::thread::Builder::new().spawn(move || {
                    writer.put(5);
                    waker.wake();
                }));
            }
            slot.take().map_or(std::task::Poll::Pending, std::task::Poll::Ready)
        }));
        assert_eq!(answer, 5);
    }
}
