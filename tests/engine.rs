//! The real engine thread, driven as the window and the command line drive it: tiny models on the CPU.

#[path = "engine/attributes.rs"]
mod attributes;
#[path = "engine/directions.rs"]
mod directions;
#[path = "engine/driver.rs"]
mod driver;
#[path = "engine/edit_files.rs"]
mod edit_files;
#[path = "engine/editing.rs"]
mod editing;
#[path = "engine/encoder_runs.rs"]
mod encoder_runs;
#[path = "engine/files.rs"]
mod files;
#[path = "engine/identity.rs"]
mod identity;
#[path = "engine/inversion.rs"]
mod inversion;
#[path = "engine/jobs.rs"]
mod jobs;
#[path = "engine/label_term.rs"]
mod label_term;
#[path = "engine/labels.rs"]
mod labels;
#[path = "engine/lives.rs"]
mod lives;
#[path = "engine/map.rs"]
mod map;
#[path = "engine/photo.rs"]
mod photo;
#[path = "engine/resuming.rs"]
mod resuming;
#[path = "engine/runs.rs"]
mod runs;
#[path = "engine/sessions.rs"]
mod sessions;
#[path = "engine/sheets.rs"]
mod sheets;
#[path = "support/mod.rs"]
#[expect(dead_code, reason = "shared with the other tests, which use more of it")]
mod support;
