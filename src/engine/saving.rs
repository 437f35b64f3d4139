//! Networks to files and back: the engine's side of `storage`.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::Device;

use super::pictures::{Posteriors, encode_values};
use super::run::{self, Run, Saved};
use super::run_data;
use super::session::OpenModel;
use crate::models::{Arrays, Generator, Model, arrays_from_module};
use crate::protocol::{DatasetSummary, ModelSpec, RunSettings, Split, TrainSettings};
use crate::storage::{
    DatasetConfig, DatasetStatistics, LatentSpace, Manifest, ModelFile, NamedArray, RunConfig,
    RunFolder, StorageError, Tensors, TrainingState, WeightsType, fingerprint,
};
use crate::train::{TrainState, load_model, model_arrays};

/// The model that is built into the program.
const BUILT_IN: &[u8] = include_bytes!("../../checkpoints/portraits-64.safetensors");
/// Its name in the window.
const BUILT_IN_NAME: &str = "Portraits 64 (built in)";
/// Held-out pictures whose codes give the latent statistics of a saved model.
const STATISTICS_COUNT: usize = 256;

pub(super) fn tensors_from_arrays(arrays: Arrays) -> Tensors {
    let mut tensors = Tensors::new();
    for (name, (shape, values)) in arrays {
        tensors.insert(NamedArray { name, shape, values });
    }
    tensors
}

pub(super) fn arrays_from_tensors(tensors: &Tensors) -> Arrays {
    tensors
        .iter()
        .map(|(name, shape, values)| (name.to_owned(), (shape.to_vec(), values.to_vec())))
        .collect()
}

fn build(file: &ModelFile, device: &Device) -> Result<Model, String> {
    let spec = &file.manifest.architecture;
    spec.validate().map_err(|error| format!("{}: {error}", file.place()))?;
    load_model(spec, arrays_from_tensors(&file.tensors), device)
        .map_err(|error| format!("{}: {error}; the file was not opened", file.place()))
}

fn open_file(file: ModelFile, name: String, device: &Device) -> Result<OpenModel, String> {
    let model = build(&file, device)?;
    let step = file.manifest.step;
    Ok(OpenModel { model, name, path: None, step, manifest: file.manifest })
}

/// Opens a model file, or the model of a run folder.
pub(super) fn open(path: &Path, device: &Device) -> Result<OpenModel, String> {
    let file = ModelFile::open(path).map_err(|error| error.to_string())?;
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let open = open_file(file, name, device)?;
    Ok(OpenModel { path: Some(path.to_owned()), ..open })
}

/// The model that is built into the program, as a file in memory.
///
/// # Errors
/// When it is damaged: the program was built from an incomplete copy.
pub fn built_in_model() -> Result<ModelFile, StorageError> {
    ModelFile::from_bytes(BUILT_IN_NAME, BUILT_IN)
}

/// Opens the model that is built into the program.
pub(super) fn open_built_in(device: &Device) -> Result<OpenModel, String> {
    let file = built_in_model().map_err(|error| error.to_string())?;
    open_file(file, BUILT_IN_NAME.to_owned(), device)
}

/// The same model on another backend, by way of plain arrays.
pub(super) fn to_device(model: &Model, device: &Device) -> Result<Model, String> {
    let arrays = model_arrays(model).map_err(|error| error.to_string())?;
    load_model(&model.spec, arrays, device).map_err(|error| error.to_string())
}

fn model_file(model: &Model, manifest: Manifest) -> Result<ModelFile, String> {
    let arrays = model_arrays(model).map_err(|error| error.to_string())?;
    Ok(ModelFile::new(manifest, tensors_from_arrays(arrays)))
}

/// What a model's latents are latents of, as files of directions name it.
pub(super) fn latent_space(model: &Model) -> Result<LatentSpace, String> {
    let generator = generator_fingerprint(&model.generator)?;
    Ok(LatentSpace { dims: model.spec.latent as usize, generator })
}

/// A generator's fingerprint.
pub(super) fn generator_fingerprint(generator: &Generator) -> Result<String, String> {
    let arrays = arrays_from_module(generator).map_err(|error| error.to_string())?;
    Ok(fingerprint(&tensors_from_arrays(arrays)))
}

/// The encoder's fingerprint; empty without one.
pub(super) fn encoder_fingerprint(model: &Model) -> Result<String, String> {
    let Some(encoder) = &model.encoder else { return Ok(String::new()) };
    let arrays = arrays_from_module(encoder).map_err(|error| error.to_string())?;
    Ok(fingerprint(&tensors_from_arrays(arrays)))
}

/// Writes the open model.
pub(super) fn save_model(open: &OpenModel, path: &Path) -> Result<(), String> {
    let file = model_file(&open.model, open.manifest.clone())?;
    file.save(path).map_err(|error| error.to_string())
}

/// Writes the averages of a run that goes on.
pub(super) fn save_average(run: &Run, path: &Path) -> Result<(), String> {
    let file = model_file(&run.state().average, manifest(run)?)?;
    file.save(path).map_err(|error| error.to_string())
}

/// Why a run was not saved; what was saved before still stands.
#[derive(Debug)]
pub(super) enum SaveError {
    /// It holds numbers that are none: saved over the last checkpoint, it would be worth nothing.
    Broken(String),
    /// It could not be read from the device or written to the disk.
    NotWritten(String),
}

/// Saves a run into its folder: the model and all that is needed to go on. Writes nothing where the
/// folder holds just that.
pub(super) fn save_run(run: &mut Run) -> Result<Manifest, SaveError> {
    let failed = SaveError::NotWritten;
    let config = config(run);
    if let Some(saved) = &run.saved
        && (saved.step, &saved.config) == (run.state().step, &config)
        && run.folder.is_whole()
    {
        return Ok(saved.manifest.clone());
    }
    let state = run.state();
    let step = state.step;
    let tensors = tensors_from_arrays(state.arrays().map_err(|error| failed(error.to_string()))?);
    if let Some(name) = first_broken(&tensors) {
        return Err(SaveError::Broken(run.broken_text(&name, step)));
    }
    let manifest = manifest(run).map_err(failed)?;
    let file = model_file(&state.average, manifest.clone()).map_err(failed)?;
    let counters: BTreeMap<_, _> =
        state.updates().into_iter().map(|(name, count)| (name, count.into())).collect();
    let training =
        TrainingState { step, seed: state.seed, tensors, counters, config: config.clone() };
    run.folder.save_state(&file, &training).map_err(|error| failed(error.to_string()))?;
    run.saved = Some(Saved { step, config, manifest: manifest.clone() });
    Ok(manifest)
}

/// The first array that holds an infinity or a NaN.
fn first_broken(tensors: &Tensors) -> Option<String> {
    let mut all = tensors.iter();
    let broken = all.find(|(_, _, values)| !values.iter().all(|value| value.is_finite()));
    broken.map(|(name, ..)| name.to_owned())
}

fn config(run: &Run) -> RunConfig {
    RunConfig {
        spec: run.state().model.spec.clone(),
        train: run.settings.clone(),
        dataset: Some(run_data::recorded(run.dataset.summary())),
    }
}

/// What the model file of a run says about itself.
fn manifest(run: &Run) -> Result<Manifest, String> {
    let state = run.state();
    let summary = run.dataset.summary();
    let (latent_std, latent_kl) = latent_statistics(run)?;
    if let Some(base) = &run.base {
        let mut manifest = Manifest { step: state.step, ..base.clone() };
        // The posterior is a point: its divergence from the prior tells nothing of a dimension.
        (manifest.dataset.latent_std, manifest.dataset.latent_kl) = (latent_std, Vec::new());
        return Ok(manifest);
    }
    let mut manifest = Manifest::new(state.model.spec.clone());
    manifest.step = state.step;
    manifest.labels = run.dataset.label_names().to_vec();
    manifest.description = format!("trained on {} by Latent Atelier", summary.name);
    manifest.dataset = DatasetStatistics {
        name: summary.name.clone(),
        count: summary.train_count as u64,
        latent_std,
        latent_kl,
        ..DatasetStatistics::default()
    };
    Ok(manifest)
}

/// Per dimension, over held-out pictures: the standard deviation of the aggregate posterior
/// (√(Var μ + E σ²)) and the mean KL divergence. Empty without an encoder.
fn latent_statistics(run: &Run) -> Result<(Vec<f32>, Vec<f32>), String> {
    let model = &run.state().average;
    let split = if run.dataset.len(Split::HeldOut) > 1 { Split::HeldOut } else { Split::Train };
    let count = STATISTICS_COUNT.min(run.dataset.len(split));
    let indices: Vec<usize> = (0..count).collect();
    if model.encoder.is_none() || count == 0 {
        return Ok((Vec::new(), Vec::new()));
    }
    let images = run::read(&run.dataset, split, &indices, &model.device())?;
    let Some(Posteriors { means, log_variances }) = encode_values(model, images)? else {
        return Ok((Vec::new(), Vec::new()));
    };
    let dims = model.spec.latent as usize;
    let n = count as f32;
    let mut statistics = (Vec::with_capacity(dims), Vec::with_capacity(dims));
    for dim in 0..dims {
        let codes =
            || (0..count).map(|row| (means[row * dims + dim], log_variances[row * dims + dim]));
        let mean = codes().map(|(mu, _)| mu).sum::<f32>() / n;
        let spread = codes().map(|(mu, _)| (mu - mean).powi(2)).sum::<f32>() / n;
        let noise = codes().map(|(_, log)| log.exp()).sum::<f32>() / n;
        let kl = codes().map(|(mu, log)| 0.5 * (mu * mu + log.exp() - 1.0 - log)).sum::<f32>() / n;
        statistics.0.push((spread + noise).sqrt());
        statistics.1.push(kl);
    }
    Ok(statistics)
}

/// Begins a run folder.
pub(super) fn create(
    folder: &Path,
    settings: &RunSettings,
    dataset: DatasetConfig,
) -> Result<RunFolder, String> {
    let config = RunConfig {
        spec: settings.spec.clone(),
        train: settings.train.clone(),
        dataset: Some(dataset),
    };
    RunFolder::create(folder, &config).map_err(|error| error.to_string())
}

/// Fresh networks replaced by those of a model file that fit them.
pub(super) fn warm_start(mut model: Model, path: &Path) -> Result<Model, String> {
    let from = open(path, &model.device())?.model;
    let (new, old) = (&model.spec, &from.spec);
    let shape = |spec: &ModelSpec| {
        (spec.image_size, spec.channels, spec.latent, spec.width, spec.generator_norm)
    };
    if shape(new) != shape(old) {
        return Err(format!(
            "{}: its networks do not fit: size, channels, latent, width and normalisation must be \
             {}, {}, {}, {} and {}",
            path.display(),
            new.image_size,
            new.channels,
            new.latent,
            new.width,
            new.generator_norm.name()
        ));
    }
    model.generator = from.generator;
    model.encoder = model.encoder.map(|fresh| from.encoder.unwrap_or(fresh));
    if new.discriminator_norm == old.discriminator_norm {
        model.discriminator = model.discriminator.map(|fresh| from.discriminator.unwrap_or(fresh));
    }
    Ok(model)
}

/// What a file is to say of the open model with an encoder that is trained on `data`: all that it said
/// before, and whose work the encoder is.
pub(super) fn with_encoder_described(open: &OpenModel, data: &DatasetSummary) -> Manifest {
    let before = open.manifest.description.trim();
    let text = format!(
        "encoder trained on {} by Latent Atelier for the generator as it was at step {}",
        data.name, open.step
    );
    let description = if before.is_empty() { text } else { format!("{before}; {text}") };
    Manifest {
        architecture: open.model.spec.clone().with_encoder(),
        description,
        // An encoder is more than f16 weights were made for.
        weights: WeightsType::F32,
        checksum: None,
        ..open.manifest.clone()
    }
}

/// A resumed run keeps its architecture, task, seed and objective; everything else is as asked now.
/// Returns what the folder records.
pub(super) fn adopt_saved_settings(settings: &mut RunSettings) -> Result<RunConfig, String> {
    let Some(folder) = &settings.out else {
        return Err("to resume a run, name its folder".to_owned());
    };
    let saved = RunFolder::read_config(folder).map_err(|error| error.to_string())?;
    settings.spec = saved.spec.clone();
    // The random numbers and the game are the run's own; the rest may be changed for what follows.
    settings.train.task = saved.train.task;
    settings.train.seed = saved.train.seed;
    settings.train.objective = saved.train.objective;
    Ok(saved)
}

/// Goes on with a run.
pub(super) fn resume(
    folder: &Path,
    settings: &TrainSettings,
    device: &Device,
) -> Result<(RunFolder, TrainState, Option<Saved>), String> {
    let (folder, file, saved) = RunFolder::resume(folder).map_err(|error| error.to_string())?;
    let average = build(&file, device)?;
    let updates = saved
        .counters
        .iter()
        .filter_map(|(name, count)| Some((name.clone(), count.as_u64()?)))
        .collect();
    let arrays = arrays_from_tensors(&saved.tensors);
    let state = TrainState::restore(average, settings, arrays, &updates, saved.step)
        .map_err(|error| format!("the run in {} cannot go on: {error}", folder.path().display()))?;
    let saved = Saved { step: saved.step, config: saved.config, manifest: file.manifest };
    Ok((folder, state, Some(saved)))
}

/// A float tensor's data from a latent file, checked: `[N, d]` values.
pub(super) fn matrix(array: &NamedArray, dims: usize) -> Result<Vec<f32>, String> {
    match array.shape.as_slice() {
        [_, d] if *d == dims => Ok(array.values.clone()),
        shape => Err(format!(
            "the tensor '{}' has shape {shape:?}, but this model needs (N, {dims})",
            array.name
        )),
    }
}
