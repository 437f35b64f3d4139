//! Where the program keeps things: each platform's proper folders, or all under `ATELIER_HOME`.

use std::path::{Path, PathBuf};

use directories::{ProjectDirs, UserDirs};

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

/// The person's documents, or home where the system names none, if that is there.
pub fn documents_folder() -> Option<PathBuf> {
    let folders = UserDirs::new()?;
    let documents = folders.document_dir().filter(|folder| folder.is_dir());
    documents.or(Some(folders.home_dir())).filter(|folder| folder.is_dir()).map(Path::to_path_buf)
}

fn folder(name: &str, proper: impl FnOnce(&ProjectDirs) -> PathBuf) -> Option<PathBuf> {
    match std::env::var_os("ATELIER_HOME").filter(|home| !home.is_empty()) {
        Some(home) => Some(PathBuf::from(home).join(name)),
        None => ProjectDirs::from("", "", "latent-atelier").map(|dirs| proper(&dirs)),
    }
}
