//! The open photo: decoded by another thread, kept in full resolution, squares cut out of it as they are asked for.
//!
//! One photo is decoded at a time, so that memory holds one large picture in the making. Another one asked for
//! meanwhile, or a cancel, lets the one under way go when it is done; until a photo is ready, the present one stays.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::mean_picture::MeanDesk;
use super::worker::Worker;
use crate::data::{Dataset, check_photo_size, read_photo};
use crate::imaging::Halvings;
use crate::protocol::{
    CropRequest, CroppedPhoto, Event, Frame, NoticeLevel, PHOTO_PIXEL_LIMIT, PHOTO_PREVIEW_EDGE_PX,
    Photo, PhotoOrigin, Split,
};

/// What is to be opened.
#[derive(Debug)]
enum Source {
    File(PathBuf),
    Frame(String, Frame),
    Data(Arc<Dataset>, Split, usize),
}

/// A photo that is open.
#[derive(Debug, Clone)]
pub(super) struct OpenPhoto {
    id: u64,
    origin: PhotoOrigin,
    halvings: Halvings,
}

/// What the decoding thread made.
#[derive(Debug)]
struct Decoded {
    name: String,
    origin: PhotoOrigin,
    halvings: Halvings,
    preview: Frame,
}

#[derive(Debug)]
struct Opening {
    thread: JoinHandle<Result<Option<Decoded>, String>>,
    cancelled: Arc<AtomicBool>,
}

/// The photo, the one that is being opened, and what is asked of it.
#[derive(Debug, Default)]
pub(super) struct PhotoDesk {
    open: Option<OpenPhoto>,
    opening: Option<Opening>,
    next: Option<Source>,
    last_id: u64,
    wanted: Option<CropRequest>,
    pub(super) mean: MeanDesk,
}

impl PhotoDesk {
    /// Whether a square can be cut out, or a part of the mean be drawn, at once.
    pub(super) fn is_ready(&self) -> bool {
        self.wanted.is_some() || self.is_open() && self.mean.is_ready()
    }

    /// Whether it will have something to tell by itself.
    pub(super) fn is_waiting(&self) -> bool {
        self.opening.is_some() || self.next.is_some() || self.mean.is_waiting()
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Where the open photo came from, and the photo itself in full resolution.
    pub(super) fn original(&self) -> Option<(&PhotoOrigin, &Frame)> {
        self.open.as_ref().map(|open| (&open.origin, open.halvings.original()))
    }

    /// The open photo in full resolution, if it is this one.
    pub(super) fn original_of(&self, id: u64) -> Option<Frame> {
        let open = self.open.as_ref().filter(|open| open.id == id)?;
        Some(open.halvings.original().clone())
    }

    /// An older request is dropped.
    pub(super) fn crop(&mut self, request: CropRequest) {
        self.wanted = Some(request);
    }

    /// What is being opened is not wanted any more; whether there was something.
    fn let_go(&mut self) -> bool {
        let going = self.opening.as_ref().filter(|o| !o.cancelled.load(Ordering::Relaxed));
        let was = going.is_some() || self.next.is_some();
        if let Some(opening) = going {
            opening.cancelled.store(true, Ordering::Relaxed);
        }
        self.next = None;
        was
    }

    fn want(&mut self, source: Source) {
        self.let_go();
        self.next = Some(source);
    }

    /// The answer to the newest request; `None` for another photo, or a square that is not of it.
    fn cut(&mut self) -> Option<CroppedPhoto> {
        let CropRequest { id, photo, crop, size, channels } = self.wanted.take()?;
        let open = self.open.as_ref().filter(|open| open.id == photo)?;
        match open.halvings.crop(&crop, size, channels) {
            Ok(frame) => Some(CroppedPhoto { id, photo, crop, channels, frame }),
            Err(error) => {
                tracing::warn!("a crop was dropped: {error}");
                None
            }
        }
    }
}

/// Reads and halves a photo; `None` when it is not wanted any more. The error is one plain sentence.
fn decode(source: Source, cancelled: &AtomicBool) -> Result<Option<Decoded>, String> {
    let gone = || cancelled.load(Ordering::Relaxed);
    if gone() {
        return Ok(None);
    }
    let (name, origin, original) = match source {
        Source::File(path) => {
            let frame = read_photo(&path, PHOTO_PIXEL_LIMIT).map_err(|error| error.to_string())?;
            (file_name(&path), PhotoOrigin::File(path), frame)
        }
        Source::Frame(name, frame) => {
            check_photo_size(&frame, PHOTO_PIXEL_LIMIT)
                .map_err(|why| format!("{name}: {why}. Take a smaller picture."))?;
            (name, PhotoOrigin::Clipboard, frame)
        }
        Source::Data(dataset, split, index) => {
            let read = dataset.photo(split, index, PHOTO_PIXEL_LIMIT);
            let (name, frame) = read.map_err(|error| error.to_string())?;
            (name, PhotoOrigin::Data(split, index), frame)
        }
    };
    let halvings = Halvings::new(&original, &gone).map_err(|error| format!("{name}: {error}"))?;
    let Some(halvings) = halvings.filter(|_| !gone()) else { return Ok(None) };
    let preview = halvings.preview(PHOTO_PREVIEW_EDGE_PX);
    Ok(Some(Decoded { name, origin, halvings, preview }))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What a person should know of a photo before it is brought into a latent space.
fn remarks(decoded: &Decoded) -> Vec<String> {
    let &Frame { width_px, height_px, .. } = decoded.halvings.original();
    let mut remarks = Vec::new();
    if width_px.max(height_px) == 1 {
        remarks.push("a single pixel: there is no detail to find a latent for".to_owned());
    } else if width_px.min(height_px) < 16 {
        remarks.push(format!("only {width_px} × {height_px} pixels: there is little detail"));
    }
    if !decoded.halvings.is_opaque() {
        remarks.push("transparent places are laid on white".to_owned());
    }
    remarks
}

impl Worker {
    pub(super) fn open_photo(&mut self, path: PathBuf) {
        self.photo_desk.want(Source::File(path));
    }

    pub(super) fn open_photo_frame(&mut self, name: String, frame: Frame) {
        self.photo_desk.want(Source::Frame(name, frame));
    }

    pub(super) fn open_photo_from_data(&mut self, split: Split, index: usize) {
        match &self.session.dataset {
            Some(dataset) => self.photo_desk.want(Source::Data(Arc::clone(dataset), split, index)),
            None => self.photo_failed("no data set is open: open one to take a picture from it"),
        }
    }

    /// The photo that is open stays.
    pub(super) fn cancel_photo(&mut self) {
        if self.photo_desk.let_go() {
            self.outbox.notice(NoticeLevel::Stopped, "Opening the photo was cancelled.");
            self.outbox.tell(Event::PhotoFailed);
        }
    }

    fn photo_failed(&mut self, text: impl Into<String>) {
        self.outbox.notice(NoticeLevel::Error, text);
        self.outbox.tell(Event::PhotoFailed);
    }

    /// Takes in what was decoded, begins with the next, and cuts out the newest square.
    pub(super) fn serve_photo(&mut self) {
        self.finish_opening();
        self.begin_opening();
        if let Some(cropped) = self.photo_desk.cut() {
            self.cropped_slot.put(cropped);
            self.outbox.wake();
        }
        self.serve_mean();
    }

    fn finish_opening(&mut self) {
        let done = self.photo_desk.opening.take_if(|opening| opening.thread.is_finished());
        let Some(Opening { thread, cancelled }) = done else { return };
        let decoded = thread.join();
        if cancelled.load(Ordering::Relaxed) {
            return;
        }
        match decoded {
            Ok(Ok(Some(decoded))) => self.photo_opened(decoded),
            Ok(Ok(None)) => {}
            Ok(Err(text)) => self.photo_failed(text),
            Err(_) => self.photo_failed("the photo could not be read: its decoder failed"),
        }
    }

    fn photo_opened(&mut self, decoded: Decoded) {
        let desk = &mut self.photo_desk;
        desk.last_id += 1;
        let photo = Photo {
            id: desk.last_id,
            remarks: remarks(&decoded),
            width_px: decoded.halvings.original().width_px as u32,
            height_px: decoded.halvings.original().height_px as u32,
            name: decoded.name,
            origin: decoded.origin,
            preview: decoded.preview,
        };
        let origin = photo.origin.clone();
        desk.open = Some(OpenPhoto { id: photo.id, origin, halvings: decoded.halvings });
        self.outbox.tell(Event::PhotoOpened(Box::new(photo)));
    }

    fn begin_opening(&mut self) {
        if self.photo_desk.opening.is_some() {
            return;
        }
        let Some(source) = self.photo_desk.next.take() else { return };
        let cancelled = Arc::new(AtomicBool::new(false));
        let theirs = Arc::clone(&cancelled);
        let work = move || decode(source, &theirs);
        match std::thread::Builder::new().name("photo".to_owned()).spawn(work) {
            Ok(thread) => self.photo_desk.opening = Some(Opening { thread, cancelled }),
            Err(error) => {
                self.photo_failed(format!("the photo was not opened: no thread: {error}"));
            }
        }
    }
}
