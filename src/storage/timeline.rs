//! `timeline/`: small pictures of what a run's model drew at some of its steps.
//!
//! Which steps is the engine's choice. A picture replaces an older one of the same step; what lies past the
//! step that a run goes on from belongs to a course that was given up, and is removed.

use std::path::{Path, PathBuf};

use super::{StorageError, open_png, plain_io, save_png, shown};
use crate::protocol::Frame;

/// The folder of the pictures, inside a run folder.
pub const TIMELINE_FOLDER: &str = "timeline";

fn path_of(run_folder: &Path, step: u64) -> PathBuf {
    run_folder.join(TIMELINE_FOLDER).join(format!("step-{step:010}.png"))
}

fn step_of(name: &str) -> Option<u64> {
    name.strip_prefix("step-")?.strip_suffix(".png")?.parse().ok()
}

/// Keeps the picture of a step, whole or not at all.
///
/// # Errors
/// A refusal by the operating system, or a frame whose bytes do not fit its size.
pub fn save_snapshot(run_folder: &Path, step: u64, picture: &Frame) -> Result<(), StorageError> {
    let folder = run_folder.join(TIMELINE_FOLDER);
    std::fs::create_dir_all(&folder).map_err(StorageError::io("make", &folder))?;
    save_png(&path_of(run_folder, step), picture)
}

/// The picture of a step.
///
/// # Errors
/// A missing or damaged file.
pub fn open_snapshot(run_folder: &Path, step: u64) -> Result<Frame, StorageError> {
    open_png(&path_of(run_folder, step))
}

/// The steps that have a picture, in rising order; none where nothing can be read.
pub fn snapshots(run_folder: &Path) -> Vec<u64> {
    let entries = std::fs::read_dir(run_folder.join(TIMELINE_FOLDER)).into_iter().flatten();
    let mut steps: Vec<u64> =
        entries.flatten().filter_map(|entry| step_of(entry.file_name().to_str()?)).collect();
    steps.sort_unstable();
    steps
}

/// Removes what lies past `last_step`. A picture that stays is no reason to refuse a run.
pub(super) fn cut(run_folder: &Path, last_step: u64) {
    for step in snapshots(run_folder).into_iter().filter(|step| *step > last_step) {
        let path = path_of(run_folder, step);
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!("{}: {}", shown(&path), plain_io(&error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TIMELINE_FOLDER, cut, open_snapshot, save_snapshot, snapshots};
    use crate::protocol::Frame;
    use std::sync::Arc;

    #[test]
    fn pictures_are_listed_by_step_and_cut_back_to_one() {
        let run = tempfile::tempdir().unwrap();
        assert!(snapshots(run.path()).is_empty());
        let picture = |shade| Frame { width_px: 2, height_px: 1, rgba: Arc::new(vec![shade; 8]) };
        for step in [12, 3, 1_000_000_000_000] {
            save_snapshot(run.path(), step, &picture(step as u8)).unwrap();
        }
        save_snapshot(run.path(), 3, &picture(255)).unwrap();
        let notes = run.path().join(TIMELINE_FOLDER).join("step-notes.png");
        std::fs::write(&notes, b"mine").unwrap();
        assert_eq!(snapshots(run.path()), [3, 12, 1_000_000_000_000]);
        assert_eq!(open_snapshot(run.path(), 3).unwrap(), picture(255));
        cut(run.path(), 12);
        assert_eq!(snapshots(run.path()), [3, 12]);
        assert!(notes.exists(), "what is not ours stays");
        assert!(open_snapshot(run.path(), 4).is_err());
    }
}
