//! Keeping identity: a copy of G tuned for one photo, and the photo plus what an edit changed.
//!
//! [`tuner`] tunes and measures, a step at a turn of the loop; [`desk`] knows which copy is at hand, whether pictures
//! are drawn with it, and the photo that changes are added to; [`live`] is what the window asks of both.

mod desk;
mod live;
mod sessions;
mod tuner;

pub(super) use desk::IdentityDesk;
pub(super) use live::PictureJob;
pub(super) use tuner::{Made, Tuner};
