//! `training.safetensors`: everything needed to go on with a run, in one file.
//!
//! It holds the optimizers' states and counters **and** the model of the same step. One rename puts it
//! in place, so weights and optimizer states can never be of different steps, whenever a crash comes;
//! `model.safetensors` beside it is a convenience that is written again when it is found to be older.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::container::{Container, Limits};
use super::error::{escaped, shown};
use super::json::tolerant;
use super::manifest::{FORMAT, MANIFEST_KEY, Manifest, check_format};
use super::model_file::{ModelFile, checksum_text};
use super::writer::{self, WeightsType};
use super::{StorageError, Tensors, write_atomic};
use crate::protocol::{DatasetOptions, DatasetSource, LabelSource, ModelSpec, TrainSettings};

const STATE: &str = "state.";
const MODEL: &str = "model.";
const KIND: &str = "training";

/// What a run was started with; `config.json`, and a part of every training state.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunConfig {
    /// The architecture.
    pub spec: ModelSpec,
    /// How it is trained.
    pub train: TrainSettings,
    /// The data, where it is known.
    pub dataset: Option<DatasetConfig>,
}

/// The data set of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatasetConfig {
    /// Where it comes from.
    pub source: DatasetSource,
    /// How it is read.
    pub options: DatasetOptions,
}

impl RunConfig {
    pub(super) fn to_value(&self) -> serde_json::Result<Value> {
        let mut config = self.clone();
        // JSON is UTF-8; a path that is not is kept as well as it can be.
        let as_text = |path: &mut PathBuf| {
            *path = PathBuf::from(path.to_string_lossy().into_owned());
        };
        if let Some(DatasetConfig { source, options }) = &mut config.dataset {
            if let DatasetSource::Path(path) = source {
                as_text(path);
            }
            if let LabelSource::Table(path) = &mut options.labels {
                as_text(path);
            }
        }
        let mut value = serde_json::to_value(config)?;
        value["format"] = json!(FORMAT);
        Ok(value)
    }

    pub(super) fn from_value(place: &str, value: Value) -> Result<Self, StorageError> {
        check_format(place, &value)?;
        let config: Self = tolerant(value).map_err(|error| {
            let detail = escaped(&error.to_string());
            let advice = "update the program, or start a new run";
            StorageError::invalid(
                place,
                format!("its settings cannot be read ({detail}); {advice}"),
            )
        })?;
        let checked = config.spec.validate().and_then(|()| config.train.validate());
        checked.map_err(|error| {
            StorageError::invalid(place, format!("its settings cannot be used: {error}"))
        })?;
        Ok(config)
    }
}

/// Everything about a run besides the model itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrainingState {
    /// Whole steps done.
    pub step: u64,
    /// Key of the run's random numbers.
    pub seed: u64,
    /// Optimizer states, raw weights beside their averages, and the like; names as the engine likes.
    pub tensors: Tensors,
    /// Further counters; exact floats belong into `tensors` or are stored by their bits.
    pub counters: BTreeMap<String, Value>,
    /// What the run was started with, live changes included.
    pub config: RunConfig,
}

pub(super) fn save(
    path: &Path,
    model: &ModelFile,
    state: &TrainingState,
) -> Result<(), StorageError> {
    let mut tensors = state.tensors.clone().prefixed(STATE);
    tensors.extend(model.tensors.clone().prefixed(MODEL));
    let place = shown(path);
    let text = |error: serde_json::Error| StorageError::invalid(&place, error.to_string());
    let manifest: Value = serde_json::from_str(&model.manifest.to_json(&place)?).map_err(text)?;
    let about = json!({
        "format": FORMAT,
        "kind": KIND,
        "step": state.step,
        "seed": state.seed,
        "counters": state.counters,
        "config": state.config.to_value().map_err(text)?,
        "model": manifest.to_string(),
        "checksum": checksum_text(writer::checksum(&tensors, WeightsType::F32)),
    })
    .to_string();
    write_atomic(path, |mut out| {
        writer::write(&mut out, &tensors, WeightsType::F32, (MANIFEST_KEY, &about))
    })
}

#[derive(Deserialize)]
struct Raw {
    kind: String,
    step: u64,
    seed: u64,
    #[serde(default)]
    counters: BTreeMap<String, Value>,
    config: Value,
    model: String,
    checksum: String,
}

pub(super) fn open(path: &Path) -> Result<(ModelFile, TrainingState), StorageError> {
    let container = Container::open(path, Limits::STATED)?;
    let place = container.place().to_owned();
    let Some(text) = container.metadata(MANIFEST_KEY) else {
        return Err(StorageError::NoManifest(place));
    };
    let damaged = |error: serde_json::Error| {
        let detail = escaped(&error.to_string());
        let advice = "open the model beside it, or start a new run";
        StorageError::invalid(&place, format!("its counters cannot be read ({detail}); {advice}"))
    };
    let value: Value = serde_json::from_str(text).map_err(damaged)?;
    check_format(&place, &value)?;
    let raw: Raw = serde_json::from_value(value).map_err(damaged)?;
    if raw.kind != KIND {
        return Err(StorageError::invalid(&place, "it is not a training state"));
    }
    let config = RunConfig::from_value(&place, raw.config)?;
    let manifest = Manifest::from_json(&place, &raw.model)?;
    let (mut tensors, crc) = container.read_all()?;
    if raw.checksum != checksum_text(crc) {
        return Err(StorageError::Damaged(place));
    }
    let model = ModelFile::at(&place, manifest, tensors.take_prefixed(MODEL));
    let tensors = tensors.take_prefixed(STATE);
    let state =
        TrainingState { step: raw.step, seed: raw.seed, tensors, counters: raw.counters, config };
    Ok((model, state))
}
