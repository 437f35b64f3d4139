//! The photo on its way into the latent space: what is open, the square that is cut out of it, and what the person
//! does to both.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::action::{Action, Effect};
use super::clipboard::Clipping;
use super::random;
use super::state::AppState;
use crate::protocol::{
    Command, Crop, CropRequest, CroppedPhoto, Event, MeanPicture, NoticeLevel, Photo, PhotoOrigin,
    Split,
};

/// How strongly the mean picture lies over the photo at first.
const FIRST_GHOST: f32 = 0.35;

/// Something asked of the photo.
#[derive(Debug, Clone, PartialEq)]
pub enum PhotoAction {
    /// Choose a file in a dialog.
    Pick,
    /// Type a file's path.
    SetPath(String),
    /// Open this file.
    Open(PathBuf),
    /// Take the picture in the clipboard.
    Paste,
    /// What was in the clipboard.
    Pasted(Clipping),
    /// Take a picture of the open data set.
    FromData(Split, usize),
    /// Take a picture that was never trained on, another one each time.
    RandomHeldOut,
    /// Stop opening; the present photo stays.
    Cancel,
    /// Cut out another square.
    SetCrop(Crop),
    /// The largest upright square in the middle again.
    ResetCrop,
    /// Turn by a quarter: clockwise, or (`false`) the other way.
    TurnQuarter(bool),
    /// Left and right change places.
    Mirror,
    /// How strongly the mean picture lies over the photo, 0 to 1.
    SetGhost(f32),
    /// The next drag over the photo draws a line along what is to be level, or no longer.
    Level(bool),
    /// The line is drawn: take this square.
    Levelled(Crop),
}

/// The photo that is open, and what is made of it.
#[derive(Debug, Clone)]
pub struct PhotoState {
    /// The photo, small; the engine keeps the original.
    pub photo: Option<Arc<Photo>>,
    /// What is being opened.
    pub opening: Option<String>,
    /// The square.
    pub crop: Crop,
    /// The newest square as the open model takes it: what an inversion begins with. While a frame is dragged it is
    /// that of a moment ago; of another model's size it is not kept.
    pub cropped: Option<CroppedPhoto>,
    /// The mean of what the model learnt from.
    pub mean: Option<Arc<MeanPicture>>,
    /// How strongly it lies over the photo, 0 to 1.
    pub ghost: f32,
    /// The next drag over the photo draws a line along what is to be level.
    pub levelling: bool,
    /// A file's path, as typed.
    pub path_text: String,
    /// The newest request.
    asked: Option<CropRequest>,
    last_id: u64,
    /// What draws the random ones.
    seed: u64,
    /// The clipboard is being read, and what is in it is still wanted.
    pasting: bool,
    /// The photo's pane is to come to the front.
    wants_front: bool,
    /// The square of a photo that is being opened with its session.
    coming_crop: Option<(PathBuf, Crop)>,
}

impl Default for PhotoState {
    fn default() -> Self {
        Self {
            photo: None,
            opening: None,
            crop: Crop::centred(1, 1),
            cropped: None,
            mean: None,
            ghost: FIRST_GHOST,
            levelling: false,
            path_text: String::new(),
            asked: None,
            last_id: 0,
            seed: 0,
            pasting: false,
            wants_front: false,
            coming_crop: None,
        }
    }
}

impl PhotoState {
    /// Whether the pane is to come to the front; asked once.
    pub fn take_wants_front(&mut self) -> bool {
        std::mem::take(&mut self.wants_front)
    }

    /// A session's photo is being opened; it comes with its square.
    pub(super) fn begin_with_crop(&mut self, path: PathBuf, crop: Option<Crop>) {
        self.opening = Some(super::display_path(&path));
        self.pasting = false;
        self.coming_crop = crop.map(|crop| (path, crop));
    }

    /// No photo comes with a session.
    pub(super) fn forget_crop(&mut self) {
        self.coming_crop = None;
    }

    fn begin(&mut self, what: impl Into<String>) {
        self.opening = Some(what.into());
        self.pasting = false;
        self.wants_front = true;
    }
}

impl AppState {
    /// The photo alone; anything else is handed back.
    pub(super) fn apply_photo(&mut self, action: Action) -> Result<Action, Vec<Effect>> {
        let action = match action {
            Action::Photo(action) => action,
            other => return Ok(other),
        };
        match action {
            PhotoAction::Pick => return Err(vec![Effect::PickPhoto]),
            PhotoAction::Paste => {
                // The pane comes to the front when there is a picture: other things are pasted, too.
                self.photo.opening = Some("the picture in the clipboard".to_owned());
                self.photo.pasting = true;
                return Err(vec![Effect::ReadClipboard]);
            }
            PhotoAction::SetPath(text) => self.photo.path_text = text,
            PhotoAction::Open(path) => self.open_photo(path),
            PhotoAction::Pasted(clipping) => self.pasted(clipping),
            PhotoAction::FromData(split, index) => self.photo_from_data(split, index),
            PhotoAction::RandomHeldOut => self.random_held_out(),
            PhotoAction::Cancel => {
                (self.photo.opening, self.photo.pasting) = (None, false);
                self.send(Command::CancelPhoto);
            }
            PhotoAction::SetCrop(crop) => self.set_crop(|_| crop),
            PhotoAction::ResetCrop => {
                if let Some(photo) = self.photo.photo.clone() {
                    self.set_crop(|_| Crop::centred(photo.width_px, photo.height_px));
                }
            }
            PhotoAction::TurnQuarter(clockwise) => self.set_crop(|crop| {
                // As it is seen: a mirrored photo turns the other way.
                let by = if clockwise == crop.mirrored { -90.0 } else { 90.0 };
                Crop { degrees: crop.degrees + by, ..crop }
            }),
            PhotoAction::Mirror => {
                self.set_crop(|crop| Crop { mirrored: !crop.mirrored, ..crop });
            }
            PhotoAction::SetGhost(opacity) => self.photo.ghost = opacity.clamp(0.0, 1.0),
            PhotoAction::Level(on) => self.photo.levelling = on,
            PhotoAction::Levelled(crop) => {
                self.photo.levelling = false;
                self.set_crop(|_| crop);
            }
        }
        Err(Vec::new())
    }

    /// Takes in what the engine tells of photos; anything else is given back.
    pub(super) fn apply_photo_event(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::PhotoOpened(photo) => self.photo_opened(*photo),
            Event::PhotoFailed => self.photo.opening = None,
            Event::MeanPicture(mean) => self.photo.mean = Some(Arc::from(mean)),
            other => return Some(other),
        }
        None
    }

    /// Opens a picture file as photo, and shows its pane.
    pub(super) fn open_photo(&mut self, path: PathBuf) {
        self.photo.begin(super::display_path(&path));
        self.photo.path_text = path.display().to_string();
        self.send(Command::OpenPhoto(path));
    }

    fn photo_from_data(&mut self, split: Split, index: usize) {
        self.photo.begin("a picture of the data set");
        self.send(Command::OpenPhotoFromData(split, index));
    }

    fn random_held_out(&mut self) {
        let held_out = self.dataset.summary.as_ref().map_or(0, |summary| summary.held_out_count);
        if held_out == 0 {
            let text = "No data set with held-out pictures is open.";
            return self.notify(NoticeLevel::Warning, text);
        }
        let photo = &mut self.photo;
        photo.seed = random::next_seed(photo.seed);
        let mut index = photo.seed as usize % held_out;
        let present = photo.photo.as_ref().map(|photo| &photo.origin);
        if present == Some(&PhotoOrigin::Data(Split::HeldOut, index)) {
            index = (index + 1) % held_out;
        }
        self.photo_from_data(Split::HeldOut, index);
    }

    fn pasted(&mut self, clipping: Clipping) {
        if !std::mem::take(&mut self.photo.pasting) {
            return; // Cancelled, or another photo was asked for meanwhile.
        }
        match clipping {
            Clipping::Picture(frame) => {
                self.photo.begin("the picture in the clipboard");
                self.send(Command::OpenPhotoFrame("clipboard picture".to_owned(), frame));
            }
            Clipping::File(path) => self.open_photo(path),
            Clipping::Nothing(why) => {
                self.photo.opening = None;
                self.notify(NoticeLevel::Warning, why);
            }
        }
    }

    fn photo_opened(&mut self, photo: Photo) {
        let state = &mut self.photo;
        state.opening = None;
        // The same file again, after the engine was restarted, say, keeps its square.
        let same = state.photo.as_ref().is_some_and(|before| {
            (&before.origin, before.width_px, before.height_px)
                == (&photo.origin, photo.width_px, photo.height_px)
                && photo.origin != PhotoOrigin::Clipboard
        });
        if !same {
            state.crop = Crop::centred(photo.width_px, photo.height_px);
        }
        if let Some((path, crop)) = state.coming_crop.take()
            && photo.origin == PhotoOrigin::File(path)
        {
            state.crop = crop.within(photo.width_px, photo.height_px);
        }
        state.cropped = None;
        state.levelling = false;
        state.photo = Some(Arc::new(photo));
        self.ask_for_crop();
    }

    fn set_crop(&mut self, change: impl FnOnce(Crop) -> Crop) {
        let Some(photo) = &self.photo.photo else { return };
        self.photo.crop = change(self.photo.crop).within(photo.width_px, photo.height_px);
        self.ask_for_crop();
    }

    /// Asks for the present square in the open model's format, unless just that was asked for last.
    pub(super) fn ask_for_crop(&mut self) {
        let (Some(photo), Some(model)) = (&self.photo.photo, &self.model) else { return };
        let request = CropRequest {
            id: self.photo.last_id,
            photo: photo.id,
            crop: self.photo.crop,
            size: model.spec.image_size,
            channels: model.spec.channels,
        };
        if self.photo.asked.as_ref() == Some(&request) {
            return;
        }
        let request = CropRequest { id: self.photo.last_id + 1, ..request };
        let format = |frame: &CroppedPhoto| (frame.frame.width_px as u32, frame.channels);
        let of_another = |frame: &CroppedPhoto| format(frame) != (request.size, request.channels);
        if self.photo.cropped.as_ref().is_some_and(of_another) {
            self.photo.cropped = None;
        }
        self.photo.last_id = request.id;
        self.photo.asked = Some(request.clone());
        self.send(Command::CropPhoto(request));
    }

    /// Takes in a square, unless it is of another photo or of another model's format.
    pub fn take_cropped(&mut self, cropped: CroppedPhoto) {
        let fits = self.photo.asked.as_ref().is_some_and(|asked| {
            let format = (cropped.frame.width_px as u32, cropped.channels);
            asked.photo == cropped.photo && (asked.size, asked.channels) == format
        });
        let newer = self.photo.cropped.as_ref().is_none_or(|before| before.id <= cropped.id);
        if fits && newer {
            self.photo.cropped = Some(cropped);
        }
    }

    /// The engine that kept the photo is gone; nothing that was asked will be answered.
    pub(super) fn photo_lost(&mut self) {
        (self.photo.opening, self.photo.asked, self.photo.mean) = (None, None, None);
    }

    /// A fresh engine is given the photo again, where it came from a file.
    pub(super) fn reopen_photo(&mut self) {
        let Some(photo) = self.photo.photo.clone() else { return };
        match &photo.origin {
            PhotoOrigin::File(path) => {
                self.photo.opening = Some(super::display_path(path));
                self.send(Command::OpenPhoto(path.clone()));
            }
            PhotoOrigin::Clipboard | PhotoOrigin::Data(..) => {
                (self.photo.photo, self.photo.cropped) = (None, None);
            }
        }
    }
}

/// Whether a dropped file is a picture, by its name: those that can be read, and some that a word is said about.
pub(super) fn is_picture(path: &Path) -> bool {
    const ENDINGS: [&str; 15] = [
        "png", "jpg", "jpeg", "jpe", "jfif", "webp", "bmp", "gif", "tif", "tiff", "pgm", "ppm",
        "pnm", "heic", "avif",
    ];
    path.extension().is_some_and(|found| ENDINGS.iter().any(|e| found.eq_ignore_ascii_case(e)))
}
