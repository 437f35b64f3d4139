//! Animations as files: GIF, APNG, WebP, a folder of PNG files, or a video where `ffmpeg` is installed.
//!
//! Frames are written as they come, so that length costs no memory; an animation that is not finished
//! leaves nothing behind.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::atomic::PendingFile;
use super::error::{plain_io, shown};
use super::{StorageError, save_png};
use crate::imaging::{Animation, ImagingError, apng_animation, gif_animation, webp_animation};
use crate::protocol::Frame;

/// How often it is looked whether the encoder of a video has ended.
const ENCODER_POLL: Duration = Duration::from_millis(10);

/// What an animation will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnimationShape {
    /// Width and height of every picture, pixels.
    pub size_px: (usize, usize),
    /// How many pictures.
    pub count: usize,
    pub frames_per_sec: u16,
}

/// An animation on its way to the disk.
pub struct AnimationFile {
    path: PathBuf,
    kind: Kind,
}

enum Kind {
    Encoded(Option<Box<dyn Animation>>, Shared),
    Folder(PictureFolder),
    Video(Video),
}

impl AnimationFile {
    /// Begins an animation; the name's ending says of which kind, and none means a folder.
    ///
    /// # Errors
    /// An ending that is not known, a folder that holds something, no `ffmpeg` for a video, or a
    /// refusal by the operating system.
    pub fn create(path: &Path, shape: AnimationShape) -> Result<Self, StorageError> {
        let ending = path.extension().map(|end| end.to_string_lossy().to_ascii_lowercase());
        let refuse = refusal(path);
        let encoded = |animation, shared| Kind::Encoded(Some(animation), shared);
        let kind = match ending.as_deref() {
            None => Kind::Folder(PictureFolder::create(path, shape.count)?),
            Some("gif") => {
                let shared = Shared::create(path)?;
                let gif = gif_animation(shared.clone(), shape.frames_per_sec).map_err(refuse)?;
                encoded(gif, shared)
            }
            Some("apng") => {
                let shared = Shared::create(path)?;
                let (out, size, fps) = (shared.clone(), shape.size_px, shape.frames_per_sec);
                encoded(apng_animation(out, size, shape.count, fps).map_err(refuse)?, shared)
            }
            Some("webp") => {
                let shared = Shared::create(path)?;
                let (out, size, fps) = (shared.clone(), shape.size_px, shape.frames_per_sec);
                encoded(webp_animation(out, size, fps).map_err(refuse)?, shared)
            }
            Some("mp4" | "webm") => Kind::Video(Video::create(path, shape)?),
            Some(_) => {
                let text =
                    "name it .gif, .apng, .webp, .mp4 or .webm, or name a folder without ending";
                return Err(StorageError::invalid(&shown(path), text));
            }
        };
        Ok(Self { path: path.to_owned(), kind })
    }

    /// Adds a picture.
    ///
    /// # Errors
    /// A refusal by the encoder or the operating system.
    pub fn push(&mut self, frame: &Frame) -> Result<(), StorageError> {
        let refuse = refusal(&self.path);
        match &mut self.kind {
            Kind::Encoded(animation, _) => {
                animation.as_mut().map_or(Ok(()), |animation| animation.push(frame)).map_err(refuse)
            }
            Kind::Folder(folder) => folder.push(frame),
            Kind::Video(video) => video.push(frame),
        }
    }

    /// Puts the animation in its place, as long as it `goes_on`: a video's encoder may take long to end.
    /// Whether it is in place.
    ///
    /// # Errors
    /// A refusal by the encoder or the operating system; then nothing is left.
    pub fn finish(mut self, goes_on: &dyn Fn() -> bool) -> Result<bool, StorageError> {
        let refuse = refusal(&self.path);
        match &mut self.kind {
            Kind::Encoded(animation, shared) => {
                if let Some(animation) = animation.take() {
                    animation.finish().map_err(refuse)?;
                }
                if goes_on() { shared.commit().map(|()| true) } else { Ok(false) }
            }
            Kind::Folder(folder) => {
                folder.finished = goes_on();
                Ok(folder.finished)
            }
            Kind::Video(video) => video.finish(goes_on),
        }
    }
}

/// What an encoder refuses, told with the file's name.
fn refusal(path: &Path) -> impl Fn(ImagingError) -> StorageError {
    let name = shown(path);
    move |error| StorageError::invalid(&name, error.to_string())
}

/// One pending file for the encoder, which swallows its writer, and for us, who commit it.
#[derive(Clone)]
struct Shared(Arc<Mutex<Option<PendingFile>>>);

impl Shared {
    fn create(path: &Path) -> Result<Self, StorageError> {
        Ok(Self(Arc::new(Mutex::new(Some(PendingFile::create(path)?)))))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Option<PendingFile>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn commit(&self) -> Result<(), StorageError> {
        self.with(Option::take).map_or(Ok(()), PendingFile::commit)
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.with(|file| file.as_mut().map_or(Ok(bytes.len()), |file| file.write(bytes)))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.with(|file| file.as_mut().map_or(Ok(()), PendingFile::flush))
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.with(|file| file.as_mut().map_or(Ok(0), |file| file.seek(to)))
    }
}

/// `00001.png`, `00002.png`, … in a folder of their own; with more digits where there are more of them.
struct PictureFolder {
    folder: PathBuf,
    /// The folder was made for them, and goes with them if the animation is not finished.
    made: bool,
    digits: usize,
    written: Vec<PathBuf>,
    finished: bool,
}

impl PictureFolder {
    fn create(folder: &Path, count: usize) -> Result<Self, StorageError> {
        let made = !folder.exists();
        if made {
            std::fs::create_dir_all(folder).map_err(StorageError::io("make", folder))?;
        }
        let mut inside = std::fs::read_dir(folder).map_err(StorageError::io("read", folder))?;
        if inside.next().is_some() {
            let text = "the folder is not empty: name a new one for the pictures";
            return Err(StorageError::invalid(&shown(folder), text));
        }
        let digits = count.to_string().len().max(5);
        Ok(Self { folder: folder.to_owned(), made, digits, written: Vec::new(), finished: false })
    }

    fn push(&mut self, frame: &Frame) -> Result<(), StorageError> {
        let (number, digits) = (self.written.len() + 1, self.digits);
        let path = self.folder.join(format!("{number:0digits$}.png"));
        save_png(&path, frame)?;
        self.written.push(path);
        Ok(())
    }
}

impl Drop for PictureFolder {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        for path in &self.written {
            let _ = std::fs::remove_file(path);
        }
        if self.made {
            let _ = std::fs::remove_dir(&self.folder);
        }
    }
}

/// A video that `ffmpeg` encodes from raw pictures on its standard input.
struct Video {
    path: PathBuf,
    temporary: PathBuf,
    child: Child,
}

impl Video {
    fn create(path: &Path, shape: AnimationShape) -> Result<Self, StorageError> {
        let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        // ffmpeg takes the format from the ending, so the temporary name keeps it.
        let temporary = path.with_extension(format!("unfinished.{ending}"));
        let codec = if ending.eq_ignore_ascii_case("webm") { "libvpx-vp9" } else { "libx264" };
        let child = Command::new("ffmpeg")
            .args(["-y", "-loglevel", "error", "-f", "rawvideo", "-pixel_format", "rgba"])
            .arg("-video_size")
            .arg(format!("{}x{}", shape.size_px.0, shape.size_px.1))
            .args(["-framerate", &shape.frames_per_sec.to_string(), "-i", "-"])
            .args(["-pix_fmt", "yuv420p", "-c:v", codec])
            .arg(&temporary)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let child = child.map_err(|error| {
            let text = match error.kind() {
                io::ErrorKind::NotFound => "a video needs ffmpeg on the PATH: install it, or name \
                                            the animation .gif, .apng or .webp"
                    .to_owned(),
                _ => format!("ffmpeg cannot be started: {}", plain_io(&error)),
            };
            StorageError::invalid(&shown(path), text)
        })?;
        Ok(Self { path: path.to_owned(), temporary, child })
    }

    fn push(&mut self, frame: &Frame) -> Result<(), StorageError> {
        let written = match &mut self.child.stdin {
            Some(stdin) => stdin.write_all(&frame.rgba),
            None => Ok(()),
        };
        written.map_err(|_| self.complaint())
    }

    /// What ffmpeg says when it has given up.
    fn complaint(&mut self) -> StorageError {
        drop(self.child.stdin.take());
        let mut said = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            let _ = io::Read::read_to_string(&mut stderr, &mut said);
        }
        let line = said.lines().last().unwrap_or("it gave no reason");
        let text = format!("ffmpeg could not write the video: {}", super::escaped(line));
        StorageError::invalid(&shown(&self.path), text)
    }

    fn finish(&mut self, goes_on: &dyn Fn() -> bool) -> Result<bool, StorageError> {
        drop(self.child.stdin.take());
        let refuse = || StorageError::io("write", &self.path);
        let status = loop {
            if !goes_on() {
                return Ok(false);
            }
            match self.child.try_wait().map_err(refuse())? {
                Some(status) => break status,
                None => std::thread::sleep(ENCODER_POLL),
            }
        };
        if !status.success() {
            return Err(self.complaint());
        }
        std::fs::rename(&self.temporary, &self.path).map_err(refuse())?;
        Ok(true)
    }
}

impl Drop for Video {
    fn drop(&mut self) {
        // Already ended after `finish`; then both do nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.temporary);
    }
}
