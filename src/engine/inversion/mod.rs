//! Back to z: pictures brought into the latent space, as jobs and live.
//!
//! [`racer`] is one method at work on a batch of pictures, with its own clock; [`bank`] what is known of a
//! model before any photo comes: pictures with their latents, and how D judges data.

mod bank;
mod files;
mod racer;
mod report;
