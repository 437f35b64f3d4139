//! Where the program keeps things: each platform's proper folders, or all under `ATELIER_HOME`.

use std::path::PathBuf;

use directories::ProjectDirs;

/// Settings and layout.
pub fn settings_folder() -> Option<PathBuf> {
    folder("settings", |dirs| dirs.config_dir().to_path_buf())
}

/// Runs that have no folder of their own.
pub fn runs_folder() -> Option<PathBuf> {
    folder("runs", |dirs| dirs.data_dir().join("runs"))
}

/// What can be computed again: the kernels a GPU turned out to like best.
pub fn cache_folder() -> Option<PathBuf> {
    folder("cache", |dirs| dirs.cache_dir().to_path_buf())
}

fn folder(name: &str, proper: impl FnOnce(&ProjectDirs) -> PathBuf) -> Option<PathBuf> {
    match std::env::var_os("ATELIER_HOME").filter(|home| !home.is_empty()) {
        Some(home) => Some(PathBuf::from(home).join(name)),
        None => ProjectDirs::from("", "", "latent-atelier").map(|dirs| proper(&dirs)),
    }
}
