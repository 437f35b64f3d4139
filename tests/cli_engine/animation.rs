//! `interpolate` stopped in the middle of its work.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{command, text};

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("read").file_name().to_string_lossy().into_owned()).collect()
}

#[cfg(unix)]
#[test]
fn a_stopped_animation_leaves_nothing_of_any_kind() {
    let has_encoder = Command::new("ffmpeg").arg("-version").stdout(Stdio::null()).status().is_ok();
    let films = ["long.gif", "long.webp", "long.apng", "pictures", "long.mp4"];
    let films = films.into_iter().filter(|name| has_encoder || !name.ends_with("mp4"));
    for (film, signal) in films.zip(["-INT", "-TERM"].into_iter().cycle()) {
        let root = tempfile::tempdir().expect("a folder");
        let out = root.path().join(film);
        // Large pictures: a part of them takes longer to encode than the program to end.
        let long = ["--walk", "--frames", "4000", "--scale", "16", "--out", text(&out)];
        let arguments = [&["interpolate", "--model", "built-in"], &long[..]].concat();
        let child = command(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let begun = Instant::now();
        while names(root.path()).is_empty() && begun.elapsed().as_secs() < 60 {
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(700));
        assert!(!names(root.path()).is_empty(), "{film}: it writes");
        let killed = Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(killed.expect("kill runs").success());
        let output = child.wait_with_output().expect("it ends");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{film}: {told}");
        assert!(told.contains("nothing was written"), "{film}: {told}");
        assert_eq!(names(root.path()), [""; 0], "{film}: it is told that nothing was written");
    }
}
