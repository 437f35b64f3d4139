//! Edits to files and back.

use std::path::{Path, PathBuf};

use crate::engine::session::OpenModel;
use crate::engine::worker::Worker;
use crate::protocol::{EditExport, EditScript};

impl Worker {
    pub(in crate::engine) fn save_edit_script(&mut self, _path: &Path, _script: &EditScript) {}

    pub(in crate::engine) fn open_edit_script(&mut self, _path: PathBuf) {}

    pub(in crate::engine) fn export_edit(
        &mut self,
        _open: &OpenModel,
        _export: &EditExport,
    ) -> Result<PathBuf, String> {
        Err("not built yet".to_owned())
    }
}
