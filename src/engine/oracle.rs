//! The oracle as a job: trained on rendered ground truth, judged on held-out renders, kept as a file.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};

use super::run::read;
use super::worker::Worker;
use crate::data::Dataset;
use crate::data::portraits::{self, BINARY_LABELS, PortraitAttributes};
use crate::imaging::values_from_tensor;
use crate::metrics::{Oracle, OracleTrainer};
use crate::models::{Arrays, CLASSIFIER_SIZE};
use crate::protocol::{
    DatasetOptions, DatasetSource, Event, NoticeLevel, OracleAccuracy, OracleJob, Split,
};
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

/// Probabilities of [`BINARY_LABELS`], row by row.
///
/// # Errors
/// When the device fails.
pub(super) fn judge(oracle: &Oracle, images: Tensor<4>) -> Result<Vec<f32>, String> {
    let mut rows = Vec::new();
    for part in images.split(CHUNK, 0) {
        rows.extend(values_from_tensor(oracle.probabilities(&part))?);
    }
    Ok(rows)
}

/// Portraits as the oracle sees them.
fn faces(count: usize) -> Result<Dataset, String> {
    let options = DatasetOptions {
        image_size: CLASSIFIER_SIZE as u32,
        portraits: count,
        ..DatasetOptions::default()
    };
    let never = std::sync::atomic::AtomicBool::new(false);
    crate::data::open(&DatasetSource::Portraits, &options, &|_, _| {}, &never)
        .map_err(|error| error.to_string())
}

fn truth(seed: u64, split: Split, indices: &[usize]) -> Vec<PortraitAttributes> {
    indices.iter().map(|&index| portraits::attributes(seed, split, index as u64)).collect()
}

impl Worker {
    pub(super) fn train_oracle(&mut self, job: &OracleJob) {
        match self.try_train_oracle(job) {
            Ok(accuracies) => {
                self.outbox.tell(Event::FileWritten(job.out.clone()));
                self.outbox.tell(Event::OracleTrained(accuracies));
            }
            Err(text) => self.outbox.notice(NoticeLevel::Error, text),
        }
    }

    fn try_train_oracle(&mut self, job: &OracleJob) -> Result<Vec<OracleAccuracy>, String> {
        let dataset = faces(job.faces)?;
        let seed = dataset.summary().options.seed;
        let device = self.device.device.clone();
        let mut trainer = OracleTrainer::new(job.seed, &device);
        let mut sampler = crate::data::Sampler::new(job.seed, dataset.len(Split::Train));
        for step in 0..job.steps {
            self.check_interrupt()?;
            let indices = sampler.indices(step, job.batch);
            let images = read(&dataset, Split::Train, &indices, &device)?;
            let images = images + noise(job.seed, step, indices.len(), &device);
            let progress = step as f64 / job.steps.max(1) as f64;
            let lr = LEARNING_RATE * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
            let loss = trainer.step(&images, &truth(seed, Split::Train, &indices), lr);
            if step % 50 == 0 {
                let loss = values_from_tensor(loss)?[0];
                let what = format!("training the oracle, loss {loss:.4}");
                self.outbox.tell(Event::JobProgress { what, done: step, total: job.steps });
            }
        }
        save(trainer.oracle(), &job.out)?;
        accuracies(trainer.oracle(), &dataset, &device)
    }

    /// Ends a job when the person asked for something else.
    pub(super) fn check_interrupt(&self) -> Result<(), String> {
        if self.interrupt.load(std::sync::atomic::Ordering::Acquire) {
            return Err("stopped before it was done; nothing was written".to_owned());
        }
        Ok(())
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

/// On all held-out faces, where the answer is clear.
fn accuracies(
    oracle: &Oracle,
    dataset: &Dataset,
    device: &Device,
) -> Result<Vec<OracleAccuracy>, String> {
    let indices: Vec<usize> = (0..dataset.len(Split::HeldOut)).collect();
    let images = read(dataset, Split::HeldOut, &indices, device)?;
    let rows = judge(oracle, images)?;
    let truth = truth(dataset.summary().options.seed, Split::HeldOut, &indices);
    let columns = BINARY_LABELS.len();
    Ok(BINARY_LABELS
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
        .collect())
}
