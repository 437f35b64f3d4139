//! What is remembered between starts, and where it is kept.
//!
//! One small JSON file in the platform's settings folder, written whole: to a temporary name, synced,
//! renamed. A damaged or newer file is kept aside, and the program starts with the defaults.

pub use crate::paths::{cache_folder, runs_folder, settings_folder};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::attributes_kept::{self, KeptAttributes};
use super::edit_kept::{self, KeptEdit};
use super::interrupted::UnderWay;
use super::kept_file;
use super::state::{RightTab, SideTab};
use super::states::{self, StateTree};

/// The version of the file's format this program writes.
const VERSION: u32 = 1;
/// The name of the file in the settings folder.
const FILE_NAME: &str = "preferences.json";

/// The name of the history's file beside it.
const STATES_NAME: &str = "history.json";
/// And the name of the attributes' file.
const ATTRIBUTES_NAME: &str = "attributes.json";
/// And the name of the file of what was painted.
const EDIT_NAME: &str = "edit.json";

/// And the name of the folder of the program's own sessions.
const SESSIONS_NAME: &str = "sessions";

/// Dark, light, or as the system has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeChoice {
    /// As the system has it.
    System,
    /// Dark: pictures stand out.
    #[default]
    Dark,
    /// Light.
    Light,
}

impl ThemeChoice {
    /// All choices, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Dark, Self::Light];

    /// As shown in the menu.
    pub fn label(self) -> &'static str {
        match self {
            Self::System => "As the system",
            Self::Dark => "Dark",
            Self::Light => "Light",
        }
    }
}

/// Which panels show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LayoutPreferences {
    /// The left panel.
    pub left_panel: bool,
    /// The right panel.
    pub right_panel: bool,
    /// The left panel's tab in front.
    pub side_tab: SideTab,
    /// The right panel's tab in front.
    pub right_tab: RightTab,
    /// The arrangement of the centre, as its own serialisation; `None` for the default.
    pub centre: Option<serde_json::Value>,
}

impl LayoutPreferences {
    /// Whether a tab of the left panel is in sight.
    pub fn shows(&self, tab: SideTab) -> bool {
        self.left_panel && self.side_tab == tab
    }
}

impl Default for LayoutPreferences {
    fn default() -> Self {
        Self {
            left_panel: true,
            right_panel: true,
            side_tab: SideTab::Data,
            right_tab: RightTab::Dimensions,
            centre: None,
        }
    }
}

/// What is remembered between starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// The version of this file's format.
    pub version: u32,
    /// Dark, light, or as the system has it.
    pub theme: ThemeChoice,
    /// Scale of everything, 1 for the system's own.
    pub zoom: f32,
    /// Models opened or saved, newest first.
    pub recent_models: Vec<PathBuf>,
    /// Folders opened as data, newest first.
    pub recent_data: Vec<PathBuf>,
    /// The model whose network inversions compared features in last.
    pub feature_model: Option<PathBuf>,
    /// The run under way; what is here at a start was cut off.
    pub under_way: Option<UnderWay>,
    /// Which panels show.
    pub layout: LayoutPreferences,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            version: VERSION,
            theme: ThemeChoice::default(),
            zoom: 1.0,
            recent_models: Vec::new(),
            recent_data: Vec::new(),
            feature_model: None,
            under_way: None,
            layout: LayoutPreferences::default(),
        }
    }
}

/// Where preferences are read from and written to.
#[derive(Debug, Clone, Default)]
pub struct PreferenceStore {
    folder: Option<PathBuf>,
}

impl PreferenceStore {
    /// In the platform's folder for settings.
    pub fn in_settings_folder() -> Self {
        Self { folder: crate::paths::settings_folder() }
    }

    /// In this folder.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()) }
    }

    /// Nowhere: defaults at every start (tests).
    pub fn nowhere() -> Self {
        Self { folder: None }
    }

    /// The preferences, and a plain remark where they could not be read.
    pub fn load(&self) -> (Preferences, Option<String>) {
        let Some(folder) = &self.folder else { return Default::default() };
        match kept_file::read::<Preferences>(&folder.join(FILE_NAME), "preferences", VERSION) {
            Ok(preferences) => (preferences.unwrap_or_default().made_sane(), None),
            Err(remark) => (Preferences::default(), Some(remark)),
        }
    }

    /// The history of states, and a plain remark where it could not be read.
    pub fn load_states(&self) -> (StateTree, Option<String>) {
        let Some(folder) = &self.folder else { return Default::default() };
        match kept_file::read(&folder.join(STATES_NAME), "history", states::VERSION) {
            Ok(states) => (states.unwrap_or_default(), None),
            Err(remark) => (StateTree::default(), Some(remark)),
        }
    }

    /// Writes the history of states whole or not at all.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn save_states(&self, states: &StateTree) -> std::io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        kept_file::write(&folder.join(STATES_NAME), &states.versioned())
    }

    /// The attributes of all models, and a plain remark where they could not be read.
    pub fn load_attributes(&self) -> (KeptAttributes, Option<String>) {
        let Some(folder) = &self.folder else { return Default::default() };
        let path = folder.join(ATTRIBUTES_NAME);
        match kept_file::read(&path, "attributes", attributes_kept::VERSION) {
            Ok(kept) => (kept.unwrap_or_default(), None),
            Err(remark) => (KeptAttributes::default(), Some(remark)),
        }
    }

    /// Writes the attributes whole or not at all.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn save_attributes(&self, kept: &KeptAttributes) -> std::io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        kept_file::write(&folder.join(ATTRIBUTES_NAME), kept)
    }

    /// Where the program keeps its own sessions.
    pub(super) fn sessions_folder(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(SESSIONS_NAME))
    }

    /// What was painted last, and a plain remark where it could not be read.
    pub fn load_edit(&self) -> (KeptEdit, Option<String>) {
        let Some(folder) = &self.folder else { return Default::default() };
        match kept_file::read(&folder.join(EDIT_NAME), "strokes", edit_kept::VERSION) {
            Ok(kept) => (kept.unwrap_or_default(), None),
            Err(remark) => (KeptEdit::default(), Some(remark)),
        }
    }

    /// Writes what was painted whole or not at all.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn save_edit(&self, kept: &KeptEdit) -> std::io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        kept_file::write(&folder.join(EDIT_NAME), kept)
    }

    /// The remembered scale alone, before the window opens; [`Self::load`] says what is wrong with
    /// a file that cannot be read.
    pub fn peek_zoom(&self) -> f32 {
        let text =
            self.folder.as_ref().and_then(|f| std::fs::read_to_string(f.join(FILE_NAME)).ok());
        let found = text.and_then(|text| serde_json::from_str::<Preferences>(&text).ok());
        found.unwrap_or_default().made_sane().zoom
    }

    /// Writes the preferences whole or not at all.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn save(&self, preferences: &Preferences) -> std::io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        kept_file::write(&folder.join(FILE_NAME), preferences)
    }
}

impl Preferences {
    /// Values that a hand-edited file may hold, brought into range.
    fn made_sane(mut self) -> Self {
        self.zoom = if self.zoom.is_finite() { self.zoom.clamp(0.5, 3.0) } else { 1.0 };
        self.version = VERSION;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{FILE_NAME, PreferenceStore, Preferences, ThemeChoice};

    #[test]
    fn preferences_round_trip() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = PreferenceStore::in_folder(folder.path().join("new"));
        let preferences = Preferences {
            theme: ThemeChoice::Light,
            zoom: 1.5,
            recent_models: vec!["a.safetensors".into()],
            ..Preferences::default()
        };
        store.save(&preferences).expect("written");
        store.save(&preferences).expect("written over");
        assert_eq!(store.load(), (preferences, None));
        assert_eq!(store.peek_zoom(), 1.5);
        assert_eq!(std::fs::read_dir(folder.path().join("new")).expect("listed").count(), 1);
    }

    #[test]
    fn a_first_start_has_the_defaults_and_says_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = PreferenceStore::in_folder(folder.path());
        assert_eq!(store.load(), (Preferences::default(), None));
    }

    #[test]
    fn a_damaged_or_newer_file_is_kept_aside() {
        for text in ["{ \"zoom\": ", "{ \"version\": 99 }"] {
            let folder = tempfile::tempdir().expect("a folder");
            std::fs::write(folder.path().join(FILE_NAME), text).expect("written");
            let (preferences, remark) = PreferenceStore::in_folder(folder.path()).load();
            assert_eq!(preferences, Preferences::default());
            assert!(remark.expect("a remark").contains("kept as"));
            let aside = folder.path().join("preferences.json.unreadable");
            assert_eq!(std::fs::read_to_string(aside).expect("kept"), text);
        }
    }

    #[test]
    fn unknown_and_missing_fields_do_no_harm() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = r#"{ "zoom": 99.0, "colour_of_the_sky": "green" }"#;
        std::fs::write(folder.path().join(FILE_NAME), text).expect("written");
        let (preferences, remark) = PreferenceStore::in_folder(folder.path()).load();
        assert_eq!(remark, None);
        assert_eq!(preferences.zoom, 3.0);
    }
}
