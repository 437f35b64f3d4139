//! The oracle as a job: trained on rendered ground truth, judged on held-out renders, kept as a file.

use std::ops::Range;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};

use super::run::read;
use super::worker::Worker;
use crate::data::Dataset;
use crate::data::portraits::{self, BINARY_LABELS, PortraitAttributes};
use crate::imaging::values_from_tensor;
use crate::metrics::{Oracle, OracleTrainer};
use crate::models::{Arrays, CLASSIFIER_SIZE};
use crate::protocol::{DatasetOptions, DatasetSource, ModelSpec, OracleAccuracy, OracleJob, Split};
use crate::random::{Random, Stream};
use crate::storage::{Container, Limits, NamedArray, Tensors, save_tensors};

/// The oracle that is built into the program.
const BUILT_IN: &[u8] = include_bytes!("../../assets/oracle.safetensors");
/// Adam's first step size; it falls to zero along a half cosine.
const LEARNING_RATE: f64 = 2e-3;
/// Noise laid over half of the training pictures, so that generated pictures are judged fairly.
const NOISE: f32 = 0.06;
/// Pictures judged at once.
const CHUNK: usize = 64;

/// Opens the oracle that is built into the program.
///
/// # Errors
/// When it is damaged: the program was built from an incomplete copy.
pub(super) fn built_in(device: &Device) -> Result<Oracle, String> {
    let container = Container::from_bytes("the built-in oracle", BUILT_IN, Limits::STATED);
    let (tensors, _) = container.and_then(Container::read_all).map_err(|e| e.to_string())?;
    let arrays: Arrays = tensors
        .iter()
        .map(|(name, shape, values)| (name.to_owned(), (shape.to_vec(), values.to_vec())))
        .collect();
    Oracle::from_arrays(arrays, device).map_err(|error| format!("the built-in oracle: {error}"))
}

/// Whether the oracle can look at a model's pictures.
pub(super) fn fits(spec: &ModelSpec) -> bool {
    (spec.image_size as usize, spec.channels) == (CLASSIFIER_SIZE, 3)
}

fn truth(seed: u64, split: Split, indices: &[usize]) -> Vec<PortraitAttributes> {
    indices.iter().map(|&index| portraits::attributes(seed, split, index as u64)).collect()
}

impl Worker {
    /// Trains the oracle, judges it, and writes it.
    ///
    /// # Errors
    /// An output that cannot be written, a device that fails, or a stop: then nothing is written.
    pub(super) fn train_oracle(&mut self, job: &OracleJob) -> Result<Vec<OracleAccuracy>, String> {
        let options = DatasetOptions { portraits: job.faces, ..DatasetOptions::default() };
        let spec = ModelSpec { image_size: CLASSIFIER_SIZE as u32, ..ModelSpec::default() };
        let dataset = self.job_data(&DatasetSource::Portraits, &options, &spec)?;
        let seed = dataset.summary().options.seed;
        let device = self.device.device.clone();
        let mut trainer = OracleTrainer::new(job.seed, &device);
        let mut sampler = crate::data::Sampler::new(job.seed, dataset.len(Split::Train));
        let (mut shown_loss, total) = (f32::NAN, usize::try_from(job.steps).unwrap_or(usize::MAX));
        for step in 0..job.steps {
            let indices = sampler.indices(step, job.batch);
            let images = read(&dataset, Split::Train, &indices, &device)?;
            let images = images + noise(job.seed, step, indices.len(), &device);
            let progress = step as f64 / job.steps.max(1) as f64;
            let lr = LEARNING_RATE * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
            let loss = trainer.step(&images, &truth(seed, Split::Train, &indices), lr);
            if step % 50 == 0 {
                shown_loss = values_from_tensor(loss)?[0];
            }
            let what = format!("training the oracle, loss {shown_loss:.4}");
            self.job_progress(&what, step as usize, total);
            self.breathe()?;
        }
        let accuracies = self.accuracies(trainer.oracle(), &dataset, &device)?;
        save(trainer.oracle(), &job.out)?;
        Ok(accuracies)
    }

    /// Probabilities of [`BINARY_LABELS`], row by row, of `count` pictures that `pictures` gives part by
    /// part as `[N, 3, S, S]` in [-1, 1].
    ///
    /// # Errors
    /// When the job was stopped, the device fails or `pictures` does.
    pub(super) fn judge(
        &mut self,
        oracle: &Oracle,
        count: usize,
        pictures: impl Fn(Range<usize>) -> Result<Tensor<4>, String>,
    ) -> Result<Vec<f32>, String> {
        let mut rows = Vec::with_capacity(count * BINARY_LABELS.len());
        for start in (0..count).step_by(CHUNK) {
            self.job_progress("judging attributes", start, count);
            let images = pictures(start..count.min(start + CHUNK))?;
            rows.extend(values_from_tensor(oracle.probabilities(&images))?);
            self.breathe()?;
        }
        Ok(rows)
    }

    /// On all held-out faces, where the answer is clear.
    fn accuracies(
        &mut self,
        oracle: &Oracle,
        dataset: &Dataset,
        device: &Device,
    ) -> Result<Vec<OracleAccuracy>, String> {
        let indices: Vec<usize> = (0..dataset.len(Split::HeldOut)).collect();
        let rows = self.judge(oracle, indices.len(), |part| {
            read(dataset, Split::HeldOut, &indices[part], device)
        })?;
        let truth = truth(dataset.summary().options.seed, Split::HeldOut, &indices);
        Ok(accuracies(&rows, &truth))
    }
}

/// Noise over the second half of a batch.
fn noise(seed: u64, step: u64, count: usize, device: &Device) -> Tensor<4> {
    let picture = 3 * CLASSIFIER_SIZE * CLASSIFIER_SIZE;
    let half = count / 2;
    let mut values = vec![0.0; half * picture];
    let mut random = Random::new(seed, Stream::Augmentation, step);
    values.extend(random.normals((count - half) * picture).into_iter().map(|v| v * NOISE));
    let shape = [count, 3, CLASSIFIER_SIZE, CLASSIFIER_SIZE];
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn save(oracle: &Oracle, path: &Path) -> Result<(), String> {
    let mut tensors = Tensors::new();
    for (name, (shape, values)) in oracle.arrays().map_err(|error| error.to_string())? {
        tensors.insert(NamedArray { name, shape, values });
    }
    save_tensors(path, &tensors, "the oracle of Portraits: one classifier per attribute")
        .map_err(|error| error.to_string())
}

/// Of each question, where its answer is clear.
fn accuracies(rows: &[f32], truth: &[PortraitAttributes]) -> Vec<OracleAccuracy> {
    let columns = BINARY_LABELS.len();
    BINARY_LABELS
        .iter()
        .enumerate()
        .map(|(column, label)| {
            let answers: Vec<bool> = truth
                .iter()
                .zip(rows.chunks_exact(columns))
                .filter_map(|(face, row)| Some((row[column] >= 0.5) == label.clear_answer(face)?))
                .collect();
            let right = answers.iter().filter(|right| **right).count();
            OracleAccuracy {
                name: label.name.to_owned(),
                accuracy: right as f64 / answers.len().max(1) as f64,
                n: answers.len(),
            }
        })
        .collect()
}
