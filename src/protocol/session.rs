//! A session: what a person did, as plain data. `storage` writes it, the engine opens what it refers to.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Crop, Direction, InversionMethod, InversionSettings, Latent, PivotalSettings};

/// How the names of session files end.
pub const SESSION_ENDING: &str = ".atelier.json";

/// Whether a file is a session, by its name.
pub fn is_session(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase());
    name.is_some_and(|name| name.ends_with(SESSION_ENDING))
}

/// The name under which a session of a typed name is written: with [`SESSION_ENDING`].
pub fn session_path(path: PathBuf) -> PathBuf {
    if is_session(&path) {
        return path;
    }
    let text = path.to_string_lossy();
    let stem = text.strip_suffix(".atelier").or_else(|| text.strip_suffix(".json"));
    PathBuf::from(format!("{}{SESSION_ENDING}", stem.unwrap_or(&text)))
}

/// How a latent in the history was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Made {
    /// Its sliders were moved, or a path was walked.
    #[default]
    Moved,
    /// Drawn from the prior with this seed.
    Random(u64),
    /// All at zero.
    Zeros,
    /// A picture was clicked: a sample, a point of the map, the result of a formula.
    Loaded,
    /// A photo was brought back to z, by this method.
    Inverted(InversionMethod),
}

/// A file that a session refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// From the session's folder, with `/` between folders; absolute where no such way leads there.
    pub path: String,
    /// Its size when the session was saved.
    pub bytes: u64,
    /// CRC-32 of its bytes, as `crc32:` and eight hexadecimal digits.
    pub hash: String,
}

/// The model that was open.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionModel {
    /// The one that is built into the program.
    #[default]
    BuiltIn,
    /// A file.
    File(FileRef),
}

/// The photo kept with its latent, so that the photo plus what changes can be shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionPivot {
    /// x, a PNG in the model's size.
    pub picture: FileRef,
    /// z₀, as it is decoded.
    pub latent: Latent,
}

/// What the engine keeps of a session: the files, and which of the tuned copy and the kept photo is shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionFiles {
    /// The model.
    pub model: SessionModel,
    /// The fingerprint of its generator, to which all latents belong.
    pub generator: String,
    /// The open photo.
    pub photo: Option<FileRef>,
    /// The kept photo.
    pub kept: Option<SessionPivot>,
    /// The tuned copy, as a delta.
    pub delta: Option<FileRef>,
    /// The model whose network inversions compare features in.
    pub features: Option<FileRef>,
    /// Pictures are drawn with the tuned copy.
    pub tuned_on: bool,
    /// The explorer shows the photo plus what changed.
    pub change_on: bool,
}

/// An attribute with its slider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionAttribute {
    /// Its name and step.
    pub direction: Direction,
    /// Where the slider stands, in steps.
    pub steps: f32,
}

/// A latent of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionState {
    /// The place of the one it was made from, among those before it.
    pub parent: Option<usize>,
    /// What the person called it.
    #[serde(default)]
    pub name: Option<String>,
    /// Marked as dear.
    #[serde(default)]
    pub starred: bool,
    /// How it was made.
    #[serde(default)]
    pub made: Made,
    /// When, in seconds since 1970.
    #[serde(default)]
    pub at_unix_secs: u64,
    /// As it was drawn, with all attributes, before truncation.
    pub latent: Latent,
    /// The dimensions' sliders alone.
    pub base: Latent,
}

/// What the window keeps of a session: sliders, settings, history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionWork {
    /// The latent as it was drawn, with all attributes, before truncation.
    pub latent: Latent,
    /// The latent on the dimensions' sliders.
    pub base: Latent,
    /// Scale applied before decoding, 0 to 1.
    pub truncation: f32,
    /// The attributes of the open model, in their order.
    pub attributes: Vec<SessionAttribute>,
    /// The square cut out of the photo.
    pub crop: Option<Crop>,
    /// Who runs in a race.
    pub methods: Vec<InversionMethod>,
    /// How latents are optimised; another model's features are named in [`SessionFiles::features`].
    pub inversion: InversionSettings,
    /// How the generator is tuned.
    pub pivotal: PivotalSettings,
    /// The history of the open model's latents, oldest first.
    pub history: Vec<SessionState>,
    /// The place in it where one was.
    pub here: Option<usize>,
}

impl Default for SessionWork {
    fn default() -> Self {
        Self {
            latent: Latent::default(),
            base: Latent::default(),
            truncation: 1.0,
            attributes: Vec::new(),
            crop: None,
            methods: InversionMethod::ALL.to_vec(),
            inversion: InversionSettings::default(),
            pivotal: PivotalSettings::default(),
            history: Vec::new(),
            here: None,
        }
    }
}

impl SessionWork {
    /// Whether every latent has this many dimensions and no number is missing.
    pub fn fits(&self, dims: usize) -> bool {
        let sound = |latent: &Latent| {
            latent.dims() == dims && latent.0.iter().all(|value| value.is_finite())
        };
        let steps = |one: &SessionAttribute| sound(&one.direction.step) && one.steps.is_finite();
        let state = |one: &SessionState| sound(&one.latent) && sound(&one.base);
        sound(&self.latent)
            && sound(&self.base)
            && self.attributes.iter().all(steps)
            && self.history.iter().all(state)
    }
}

/// A session as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// What it refers to.
    pub files: SessionFiles,
    /// What stood in the window.
    pub work: SessionWork,
}

/// Write the present session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SaveSession {
    /// The session's file; what has no file of its own is written beside it.
    pub path: PathBuf,
    /// It is the program's own, written at its end: what is kept there alone is not saved yet.
    pub own: bool,
    /// What stands in the window.
    pub work: SessionWork,
    /// The model whose network inversions compare features in.
    pub features: Option<PathBuf>,
}

/// A session that was opened, for the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenedSession {
    /// Its file.
    pub path: PathBuf,
    /// What stood in the window.
    pub work: SessionWork,
    /// Its latents belong to the model that is open now.
    pub fits: bool,
    /// The photo, which is being opened.
    pub photo: Option<PathBuf>,
    /// The model whose network inversions compare features in.
    pub features: Option<PathBuf>,
    /// What was missing or has changed, a sentence each.
    pub remarks: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_known_by_their_names() {
        for (typed, written) in [
            ("a", "a.atelier.json"),
            ("a.json", "a.atelier.json"),
            ("a.atelier", "a.atelier.json"),
            ("d/A.Atelier.JSON", "d/A.Atelier.JSON"),
        ] {
            assert_eq!(session_path(typed.into()), PathBuf::from(written));
            assert!(is_session(Path::new(written)));
        }
        assert!(!is_session(Path::new("labels.json")));
    }

    #[test]
    fn latents_of_another_size_do_not_fit() {
        let work =
            SessionWork { latent: Latent::zeros(3), base: Latent::zeros(3), ..Default::default() };
        assert!(work.fits(3) && !work.fits(4));
        let broken = SessionWork { base: Latent(vec![0.0, f32::NAN, 0.0]), ..work };
        assert!(!broken.fits(3));
    }
}
