//! The picture in the clipboard, read by a thread of its own: on X11 the program that copied it is asked, and may
//! take its time.

use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::Waker;
use crate::protocol::{Frame, Latest};

/// What was in the clipboard.
#[derive(Debug, Clone, PartialEq)]
pub enum Clipping {
    /// A picture.
    Picture(Frame),
    /// A file, copied in a file manager or named by its path.
    File(PathBuf),
    /// Nothing of use, and why.
    Nothing(String),
}

/// At most one reading at a time.
#[derive(Debug, Default)]
pub(super) struct Clipboard {
    answer: Latest<Clipping>,
    reading: bool,
}

impl Clipboard {
    /// Begins to read unless that is under way.
    pub(super) fn read(&mut self, waker: Waker) {
        if self.reading {
            return;
        }
        self.reading = true;
        let answer = self.answer.clone();
        let work = move || {
            answer.put(read());
            waker.wake();
        };
        if let Err(error) = std::thread::Builder::new().name("clipboard".to_owned()).spawn(work) {
            let text = format!("The clipboard could not be read: no thread: {error}");
            self.answer.put(Clipping::Nothing(text));
        }
    }

    /// The answer, once there is one.
    pub(super) fn take(&mut self) -> Option<Clipping> {
        let answer = self.answer.take();
        self.reading &= answer.is_none();
        answer
    }
}

fn read() -> Clipping {
    let mut clipboard = match arboard::Clipboard::new() {
        Ok(clipboard) => clipboard,
        Err(error) => {
            return Clipping::Nothing(format!("The clipboard could not be read: {error}"));
        }
    };
    // A file first: its pixels in the clipboard would be no more than its icon.
    let named = clipboard.get().file_list().ok().and_then(|files| files.into_iter().next());
    let text = clipboard.get_text().ok();
    if let Some(path) = named.or_else(|| named_file(text.as_deref()?)) {
        return Clipping::File(path);
    }
    match clipboard.get_image() {
        Ok(image) => Clipping::Picture(Frame {
            width_px: image.width,
            height_px: image.height,
            rgba: Arc::new(image.bytes.into_owned()),
        }),
        // A program that has but text may answer with it whatever it is asked for: that is no failure.
        Err(error) if text.is_some() || matches!(error, arboard::Error::ContentNotAvailable) => {
            let text = "There is no picture in the clipboard: copy one, or a picture file, first.";
            Clipping::Nothing(text.to_owned())
        }
        Err(error) => Clipping::Nothing(format!("The clipboard could not be read: {error}")),
    }
}

/// A file that a copied text is the path of.
fn named_file(text: &str) -> Option<PathBuf> {
    let path = super::typed_path(text.trim());
    (!text.trim().contains('\n') && super::photo::is_picture(&path) && path.is_file())
        .then_some(path)
}

#[cfg(test)]
mod tests {
    use super::{Clipboard, Clipping, named_file};

    #[test]
    fn only_the_path_of_a_picture_file_is_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("me.png");
        std::fs::write(&file, "pixels").expect("written");
        let text = file.display().to_string();
        assert_eq!(named_file(&format!(" {text}\n")), Some(file));
        assert_eq!(named_file(&format!("{text}\n{text}")), None);
        assert_eq!(named_file("remember the milk"), None);
        assert_eq!(named_file(&folder.path().join("gone.png").display().to_string()), None);
    }

    #[test]
    fn an_answer_ends_the_reading() {
        let mut clipboard = Clipboard { reading: true, ..Clipboard::default() };
        assert_eq!(clipboard.take(), None);
        assert!(clipboard.reading);
        clipboard.answer.put(Clipping::Nothing("empty".to_owned()));
        assert!(clipboard.take().is_some() && !clipboard.reading);
    }
}
