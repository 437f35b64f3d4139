//! Sessions as files: JSON that a person can read, referring to models and photos by relative path and hash.
//!
//! What has no file of its own lies beside the session under its name: `NAME.delta.safetensors` (the tuned copy),
//! `NAME.photo.png` (a photo from the clipboard or a data set), `NAME.kept.png` (the kept photo, in the model's size),
//! `NAME.model.safetensors` (a model that was never saved). Each is written whole or not at all, the session last.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{escaped, shown};
use super::manifest::check_version;
use super::model_file::checksum_text;
use super::{StorageError, write_atomic};
use crate::protocol::{FileRef, SESSION_ENDING, Session};

/// The version written, and the newest read.
pub const SESSION_FORMAT: u64 = 1;
const KIND: &str = "session";
/// Histories of the largest latents are far smaller.
const BYTES_LIMIT: u64 = 256 << 20;
const CHUNK_BYTES: usize = 1 << 20;

#[derive(Serialize, Deserialize)]
struct Kept {
    format: u64,
    kind: String,
    /// Version of the program that wrote it.
    program: String,
    #[serde(flatten)]
    session: Session,
}

/// Writes a session whole or not at all; what it refers to is there already.
///
/// # Errors
/// A refusal by the operating system.
pub fn save_session(path: &Path, session: &Session) -> Result<(), StorageError> {
    let kept = Kept {
        format: SESSION_FORMAT,
        kind: KIND.to_owned(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        session: session.clone(),
    };
    let text = serde_json::to_string_pretty(&kept)
        .map_err(|error| StorageError::invalid(&shown(path), error.to_string()))?;
    write_atomic(path, |out| out.write_all(text.as_bytes()))
}

/// Reads a session; what it refers to is looked for by [`SessionPlace::find`].
///
/// # Errors
/// A file that is missing, damaged, newer or no session, or settings that cannot be.
pub fn open_session(path: &Path) -> Result<Session, StorageError> {
    let place = shown(path);
    let foreign = || {
        let text = "this file holds no session: choose one that was saved by Save session (its name ends \
                    in .atelier.json)";
        StorageError::invalid(&place, text)
    };
    let file = File::open(path).map_err(StorageError::io("open", path))?;
    let bytes = file.metadata().map_err(StorageError::io("open", path))?.len();
    if bytes > BYTES_LIMIT {
        return Err(StorageError::TooLarge { place, bytes, limit: BYTES_LIMIT });
    }
    let mut text = Vec::new();
    file.take(BYTES_LIMIT).read_to_end(&mut text).map_err(StorageError::io("read", path))?;
    if text.is_empty() {
        return Err(StorageError::Empty(place));
    }
    let value: Value = serde_json::from_slice(&text).map_err(|error| {
        if error.is_eof() {
            return StorageError::invalid(&place, "it is cut short; copy or download it again");
        }
        foreign()
    })?;
    if value.get("kind").and_then(Value::as_str) != Some(KIND) {
        return Err(foreign());
    }
    check_version(&place, &value, SESSION_FORMAT)?;
    let unreadable = |detail: String| {
        let text = format!("the session cannot be read ({}): copy it again", escaped(&detail));
        StorageError::invalid(&place, text)
    };
    let kept: Kept = serde_json::from_value(value).map_err(|e| unreadable(e.to_string()))?;
    let work = &kept.session.work;
    work.inversion.validate().map_err(|e| unreadable(e.to_string()))?;
    work.pivotal.validate().map_err(|e| unreadable(e.to_string()))?;
    if !(0.0..=1.0).contains(&work.truncation) {
        return Err(unreadable(format!("truncation {}: use 0 to 1", work.truncation)));
    }
    Ok(kept.session)
}

/// Where a session lies, and what lies around it.
#[derive(Debug, Clone)]
pub struct SessionPlace {
    folder: PathBuf,
    stem: String,
}

/// A file that a session refers to, where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where.
    pub path: PathBuf,
    /// Its bytes are not those of then.
    pub changed: bool,
}

impl SessionPlace {
    /// Of a session's file.
    pub fn of(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let cut = name.len().saturating_sub(SESSION_ENDING.len());
        let stem = name.get(..cut).filter(|stem| !stem.is_empty()).unwrap_or(&name).to_owned();
        let folder = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Self { folder: folder.parent().map(Path::to_path_buf).unwrap_or_default(), stem }
    }

    /// The file of this ending (`photo.png`) that belongs to the session itself.
    pub fn beside(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.stem))
    }

    /// Whether a file of this ending is one that another session keeps beside itself, and may lose with it.
    pub fn is_anothers(&self, path: &Path, ending: &str) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let stem = name.strip_suffix(ending).and_then(|stem| stem.strip_suffix('.'));
        stem.is_some_and(|stem| path.with_file_name(format!("{stem}{SESSION_ENDING}")).is_file())
            && path != self.beside(ending)
    }

    /// What the session says of a file.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn refer(&self, path: &Path) -> Result<FileRef, StorageError> {
        let (bytes, hash) = hash_of(path)?;
        Ok(FileRef { path: way(&self.folder, path), bytes, hash })
    }

    /// Looks for a file where the session says, then beside the session.
    ///
    /// # Errors
    /// In one sentence, that it is missing or cannot be read.
    pub fn find(&self, wanted: &FileRef) -> Result<Found, String> {
        let said = plain(&self.folder.join(&wanted.path));
        let beside = said.file_name().map(|name| self.folder.join(name));
        let path = [Some(said.clone()), beside].into_iter().flatten().find(|path| path.is_file());
        let Some(path) = path else { return Err(format!("{} is missing", shown(&said))) };
        let (bytes, hash) = hash_of(&path).map_err(|error| error.to_string())?;
        Ok(Found { path, changed: (bytes, &hash) != (wanted.bytes, &wanted.hash) })
    }
}

fn hash_of(path: &Path) -> Result<(u64, String), StorageError> {
    let mut file = File::open(path).map_err(StorageError::io("open", path))?;
    let (mut crc, mut bytes) = (flate2::Crc::new(), 0);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = file.read(&mut chunk).map_err(StorageError::io("read", path))?;
        if read == 0 {
            return Ok((bytes, checksum_text(crc.sum())));
        }
        crc.update(&chunk[..read]);
        bytes += read as u64;
    }
}

/// The way from a folder to a file, with `/` between folders; absolute where they lie on different drives.
fn way(folder: &Path, file: &Path) -> String {
    let whole = |path: &Path| {
        let absolute = || std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        path.canonicalize().unwrap_or_else(|_| absolute())
    };
    // A linked file keeps its own name: only the folder it is in is followed.
    let name = file.file_name().unwrap_or_default();
    let (from, to) = (whole(folder), whole(file.parent().unwrap_or(file)).join(name));
    let same = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let rest = |path: &Path| path.components().skip(same).map(text_of).collect::<Vec<_>>();
    if same == 0 {
        return to.to_string_lossy().into_owned();
    }
    let up = rest(&from).into_iter().map(|_| "..".to_owned());
    up.chain(rest(&to)).collect::<Vec<_>>().join("/")
}

fn text_of(part: Component<'_>) -> String {
    part.as_os_str().to_string_lossy().into_owned()
}

/// A path without `a/..`, as people write it.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        let goes_back = part == Component::ParentDir
            && matches!(plain.components().next_back(), Some(Component::Normal(_)));
        if goes_back {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Latent, SessionFiles, SessionModel, SessionWork};

    fn session(place: &SessionPlace, model: &Path) -> Session {
        let values = [0.1, -1.0 / 3.0, f32::MIN_POSITIVE, 1.000_000_1, -2.718_281_7];
        let latent = Latent(values.to_vec());
        Session {
            files: SessionFiles {
                model: SessionModel::File(place.refer(model).expect("read")),
                ..SessionFiles::default()
            },
            work: SessionWork { base: latent.clone(), latent, ..SessionWork::default() },
        }
    }

    #[test]
    fn a_session_comes_back_and_finds_its_files_after_both_were_moved() {
        let home = tempfile::tempdir().expect("a folder");
        let path = |name: &str| home.path().join(name);
        std::fs::create_dir_all(path("a/models")).expect("made");
        std::fs::create_dir_all(path("a/work")).expect("made");
        std::fs::write(path("a/models/m.safetensors"), "weights").expect("written");
        let file = path("a/work/mine.atelier.json");
        let place = SessionPlace::of(&file);
        let kept = session(&place, &path("a/models/m.safetensors"));
        save_session(&file, &kept).expect("written");
        let SessionModel::File(model) = &kept.files.model else { panic!("a file") };
        assert_eq!(model.path, "../models/m.safetensors");

        std::fs::rename(path("a"), path("b")).expect("moved");
        let file = path("b/work/mine.atelier.json");
        assert_eq!(open_session(&file).expect("read"), kept);
        let place = SessionPlace::of(&file);
        let found = place.find(model).expect("found");
        assert_eq!(found, Found { path: path("b/models/m.safetensors"), changed: false });
        std::fs::write(path("b/models/m.safetensors"), "weighty").expect("written");
        assert!(place.find(model).expect("found").changed);
        std::fs::rename(path("b/models/m.safetensors"), path("b/work/m.safetensors")).expect("ok");
        assert_eq!(place.find(model).expect("found").path, path("b/work/m.safetensors"));
        std::fs::remove_file(path("b/work/m.safetensors")).expect("removed");
        assert!(place.find(model).expect_err("gone").contains("m.safetensors is missing"));
    }

    #[test]
    fn latents_come_back_bit_by_bit() {
        let mut bits = 0x9e37_79b9_u32;
        for _ in 0..100_000 {
            bits = bits.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Between 2^-13 and 4, where latents lie; any digits.
            let value = f32::from_bits(0x3900_0000 + (bits >> 5) % 0x0780_0000);
            let text = serde_json::to_string(&value).expect("text");
            let read: serde_json::Value = serde_json::from_str(&text).expect("read");
            assert_eq!(serde_json::from_value::<f32>(read).expect("a number"), value);
        }
    }

    #[test]
    fn newer_damaged_and_foreign_files_are_refused_with_what_to_do() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("s.atelier.json");
        let refused = |text: &str| {
            std::fs::write(&path, text).expect("written");
            open_session(&path).expect_err("refused").to_string()
        };
        let whole = {
            save_session(&path, &Session::default()).expect("written");
            std::fs::read_to_string(&path).expect("read")
        };
        assert!(refused(&whole.replace("\"format\": 1", "\"format\": 9")).contains("update the"));
        assert!(refused(&whole[..whole.len() / 2]).contains("cut short"));
        assert!(refused("").contains("empty"));
        assert!(refused("{\"zoom\": 1}").contains("holds no session"));
        assert!(refused("a text").contains("holds no session"));
        assert!(refused(&whole.replace("\"steps\": 300", "\"steps\": 0")).contains("0 steps"));
        let text = whole.replace("\"truncation\": 1.0", "\"truncation\": \"none\"");
        assert!(refused(&text).contains("cannot be read"));
        std::fs::remove_file(&path).expect("removed");
        assert!(open_session(&path).expect_err("gone").to_string().contains("no such file"));
    }

    #[test]
    fn a_file_of_another_session_is_known() {
        let home = tempfile::tempdir().expect("a folder");
        let path = |name: &str| home.path().join(name);
        std::fs::write(path("a.atelier.json"), "{}").expect("written");
        let other = SessionPlace::of(&path("b.atelier.json"));
        assert!(other.is_anothers(&path("a.photo.png"), "photo.png"));
        assert!(!other.is_anothers(&path("c.photo.png"), "photo.png"), "no session c");
        assert!(
            !SessionPlace::of(&path("a.atelier.json"))
                .is_anothers(&path("a.photo.png"), "photo.png")
        );
    }
}
