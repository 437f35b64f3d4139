//! The program's own sessions: one is written at each end, in a folder of its own, so that none replaces another
//! before it is whole.

use std::path::{Path, PathBuf};

/// The name of a session in its folder.
const NAME: &str = "last.atelier.json";
/// Its tuned copy, beside it.
const DELTA: &str = "last.delta.safetensors";
/// Sessions kept; older ones go, unless a tuned copy is in them alone.
const KEPT: usize = 5;

/// The numbered folders, oldest first.
fn folders(of: &Path) -> Vec<(u64, PathBuf)> {
    let entries = std::fs::read_dir(of).into_iter().flatten().flatten();
    let numbered = |entry: std::fs::DirEntry| {
        let number = entry.file_name().to_string_lossy().parse().ok()?;
        Some((number, entry.path()))
    };
    let mut folders: Vec<(u64, PathBuf)> = entries.filter_map(numbered).collect();
    folders.sort();
    folders
}

/// The newest session that is whole.
pub(super) fn newest(of: &Path) -> Option<PathBuf> {
    folders(of).into_iter().rev().map(|(_, folder)| folder.join(NAME)).find(|file| file.is_file())
}

/// Where the next one is written.
pub(super) fn next(of: &Path) -> PathBuf {
    let number = folders(of).last().map_or(1, |(number, _)| number + 1);
    of.join(number.to_string()).join(NAME)
}

/// Removes what is not needed any more: old sessions, and folders in which none was finished.
pub(super) fn clear_old(of: &Path) {
    let mut deltas: Vec<Vec<u8>> = Vec::new();
    let mut whole = 0;
    for (_, folder) in folders(of).into_iter().rev() {
        let finished = folder.join(NAME).is_file();
        whole += usize::from(finished);
        let delta = std::fs::read(folder.join(DELTA)).ok();
        let known = delta.as_ref().is_none_or(|delta| deltas.contains(delta));
        if known
            && (!finished || whole > KEPT)
            && let Err(error) = std::fs::remove_dir_all(&folder)
        {
            tracing::warn!("an old session could not be removed: {error}");
        }
        deltas.extend(delta.filter(|_| !known));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_whole_session_is_found_and_old_ones_go_but_for_tuned_copies() {
        let home = tempfile::tempdir().expect("a folder");
        let of = home.path().join("sessions");
        assert_eq!(newest(&of), None);
        let write = |number: u64, session: bool, delta: Option<&str>| {
            let file = of.join(number.to_string()).join(NAME);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            if session {
                std::fs::write(&file, "{}").expect("written");
            }
            if let Some(delta) = delta {
                std::fs::write(file.with_file_name(DELTA), delta).expect("written");
            }
        };
        write(1, true, Some("alone"));
        write(2, true, Some("twice"));
        write(3, true, None);
        for number in 9..12 {
            write(number, true, Some("twice"));
        }
        write(12, true, None);
        write(13, true, None);
        write(14, false, None);
        assert_eq!(newest(&of), Some(of.join("13").join(NAME)), "14 was cut off");
        assert_eq!(next(&of), of.join("15").join(NAME));
        clear_old(&of);
        let left: Vec<u64> = folders(&of).into_iter().map(|(number, _)| number).collect();
        assert_eq!(left, [1, 9, 10, 11, 12, 13], "the copy in 1 is in no other");
    }
}
