//! What is open: a model, a data set.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::saving::latent_space;
use crate::data::Dataset;
use crate::models::Model;
use crate::protocol::ModelSummary;
use crate::storage::Manifest;
use crate::train::TrainState;

/// A model that is open, and where it came from.
#[derive(Debug, Clone)]
pub(super) struct OpenModel {
    /// The networks pictures are drawn from.
    pub(super) model: Model,
    /// Shown in the window.
    pub(super) name: String,
    /// The file or run folder.
    pub(super) path: Option<PathBuf>,
    /// Training steps so far.
    pub(super) step: u64,
    /// What the file says of itself.
    pub(super) manifest: Manifest,
}

impl OpenModel {
    /// Fresh networks, not trained yet.
    pub(super) fn untrained(model: Model) -> Self {
        let manifest = Manifest::new(model.spec.clone());
        Self { model, name: "new model".to_owned(), path: None, step: 0, manifest }
    }

    /// The averages of a run.
    pub(super) fn training(state: &TrainState, folder: &Path) -> Self {
        let mut manifest = Manifest::new(state.model.spec.clone());
        manifest.step = state.step;
        Self {
            model: state.average.clone(),
            name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            path: Some(folder.to_owned()),
            step: state.step,
            manifest,
        }
    }

    /// What the window shows.
    pub(super) fn summary(&self) -> ModelSummary {
        ModelSummary {
            name: self.name.clone(),
            path: self.path.clone(),
            generator: latent_space(&self.model).map_or_else(|_| String::new(), |s| s.generator),
            spec: self.model.spec.clone(),
            parameters: self.model.networks(),
            step: self.step,
            latent_std: self.manifest.dataset.latent_std.clone(),
            latent_kl: self.manifest.dataset.latent_kl.clone(),
            description: self.manifest.description.clone(),
        }
    }
}

/// What is open.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) model: Option<OpenModel>,
    pub(super) dataset: Option<Arc<Dataset>>,
    pub(super) loading_progress: (usize, usize),
}
