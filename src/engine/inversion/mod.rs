//! Back to z: pictures brought into the latent space, as jobs and live.
//!
//! [`racer`] is one method at work on a batch of pictures, with its own clock; [`bank`] what is known of a
//! model before any photo comes; [`live`] lets several methods race on one picture, a step a turn of the loop,
//! and [`view`] is what the window sees of them; [`files`] and [`report`] are jobs; [`tuned_files`] tunes the
//! generator for pictures.

mod bank;
mod files;
mod live;
mod racer;
mod report;
mod single;
mod tuned_files;
mod view;

pub(super) use bank::{Bank, BankBuilder, BankKey};
pub(super) use live::RaceDesk;
