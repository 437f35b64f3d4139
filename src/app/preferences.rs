//! What is remembered between starts, and where it is kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::state::SideTab;

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
    /// The arrangement of the centre, as its own serialisation; `None` for the default.
    pub centre: Option<serde_json::Value>,
}

impl Default for LayoutPreferences {
    fn default() -> Self {
        Self { left_panel: true, right_panel: true, side_tab: SideTab::Data, centre: None }
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
    /// Which panels show.
    pub layout: LayoutPreferences,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            version: 1,
            theme: ThemeChoice::default(),
            zoom: 1.0,
            recent_models: Vec::new(),
            recent_data: Vec::new(),
            layout: LayoutPreferences::default(),
        }
    }
}
