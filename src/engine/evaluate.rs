//! Measures the open model: reconstruction, distance of samples to data, variety of attributes.

use std::time::Instant;

use burn::tensor::{Tensor, TensorData};

use super::oracle;
use super::parts::{Encoded, latents_from_rows, values_per_picture};
use super::pictures::{Posteriors, sheet_latents};
use super::worker::Worker;
use crate::data::Dataset;
use crate::data::portraits::BINARY_LABELS;
use crate::metrics::{Oracle, mean_squared_error, psnr_db, sliced_wasserstein};
use crate::models::Model;
use crate::protocol::{
    AttributeVariance, DatasetSource, EvaluateJob, Evaluation, LabelReconstruction, Split,
};
use crate::random::{Random, Stream};

impl Worker {
    /// Measures a model against held-out pictures.
    ///
    /// # Errors
    /// Data that cannot be read or is too little, a device that fails, or a stop.
    pub(super) fn evaluate(
        &mut self,
        model: &Model,
        job: &EvaluateJob,
    ) -> Result<Evaluation, String> {
        let begun = Instant::now();
        let dataset = self.job_data(&job.source, &job.options, &model.spec)?;
        let n = job.limit.min(dataset.len(Split::HeldOut));
        if n < 2 {
            return Err("there are fewer than two held-out pictures to measure against".to_owned());
        }
        let Encoded { pictures: data, posteriors } = self.encode_held_out(model, &dataset, n)?;
        let psnrs = match posteriors {
            Some(posteriors) => Some(self.reconstruction_psnrs(model, &posteriors, &data)?),
            None => None,
        };
        let latents = sheet_latents(model, job.seed, n, 1.0);
        let samples = self.decode_all("drawing samples", model, &latents)?;
        let distances = self.distances(model, data, samples, job.seed)?;
        let Distances { data, samples, swd, swd_baseline } = distances;
        let is_portraits = job.source == DatasetSource::Portraits;
        let attributes = if is_portraits {
            self.attribute_variances(model, &data, &samples)?
        } else {
            Vec::new()
        };
        let labels = psnrs.as_ref().filter(|_| !is_portraits);
        let labels = labels.map_or_else(Vec::new, |psnrs| psnrs_by_label(&dataset, psnrs));
        Ok(Evaluation {
            n,
            psnr_db: psnrs.as_ref().map(|all| all.iter().sum::<f64>() / all.len() as f64),
            psnr_worst_db: psnrs.map(|all| all.into_iter().fold(f64::INFINITY, f64::min)),
            swd,
            swd_baseline,
            swd_ratio: swd / swd_baseline,
            attributes,
            labels,
            seconds: begun.elapsed().as_secs_f64(),
        })
    }

    /// PSNR of each picture's reconstruction G(μ(x)).
    fn reconstruction_psnrs(
        &mut self,
        model: &Model,
        posteriors: &Posteriors,
        data: &[f32],
    ) -> Result<Vec<f64>, String> {
        let codes = latents_from_rows(&posteriors.means, model.spec.latent as usize);
        let reconstructed = self.decode_all("reconstructing", model, &codes)?;
        let values = values_per_picture(model);
        let pairs = reconstructed.chunks_exact(values).zip(data.chunks_exact(values));
        Ok(pairs.map(|(a, b)| psnr_db(mean_squared_error(a, b))).collect())
    }

    /// Plain numbers, and seconds of them: another thread's work.
    fn distances(
        &mut self,
        model: &Model,
        data: Vec<f32>,
        samples: Vec<f32>,
        seed: u64,
    ) -> Result<Distances, String> {
        let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
        let values = values_per_picture(model);
        self.job_progress("measuring distances", 0, 1);
        self.aside("distances", move || {
            let distance = |a: &[f32]| sliced_wasserstein(a, &data, channels, size, seed).mean;
            let swd = distance(&samples);
            let swd_baseline = distance(&independent_pixels(&data, values, seed));
            Distances { data, samples, swd, swd_baseline }
        })
    }

    fn attribute_variances(
        &mut self,
        model: &Model,
        data: &[f32],
        samples: &[f32],
    ) -> Result<Vec<AttributeVariance>, String> {
        if !oracle::fits(&model.spec) {
            return Ok(Vec::new());
        }
        let judge = oracle::built_in(&model.device())?;
        let of_data = self.attribute_rates(&judge, model, data)?;
        let of_samples = self.attribute_rates(&judge, model, samples)?;
        let variance = |rate: f64| rate * (1.0 - rate);
        Ok(BINARY_LABELS
            .iter()
            .zip(of_data.into_iter().zip(of_samples))
            .map(|(label, (data_rate, sample_rate))| AttributeVariance {
                name: label.name.to_owned(),
                data_rate,
                sample_rate,
                ratio: variance(sample_rate) / variance(data_rate).max(1e-9),
            })
            .collect())
    }

    /// The share of the pictures that has each of [`BINARY_LABELS`].
    fn attribute_rates(
        &mut self,
        judge: &Oracle,
        model: &Model,
        pictures: &[f32],
    ) -> Result<Vec<f64>, String> {
        let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
        let values = values_per_picture(model);
        let (n, device) = (pictures.len() / values, model.device());
        let rows = self.judge(judge, n, |part| {
            let values = pictures[part.start * values..part.end * values].to_vec();
            let shape = [part.len(), channels, size, size];
            Ok(Tensor::from_data(TensorData::new(values, shape), &device))
        })?;
        let columns = BINARY_LABELS.len();
        let yes = |column: usize| rows.chunks_exact(columns).filter(|r| r[column] >= 0.5).count();
        Ok((0..columns).map(|column| yes(column) as f64 / n as f64).collect())
    }
}

/// Distances to data, and the pictures they were measured on, handed back by the thread.
struct Distances {
    data: Vec<f32>,
    samples: Vec<f32>,
    swd: f64,
    swd_baseline: f64,
}

/// The mean PSNR of the held-out pictures with each label, for those that occur among the first ones measured.
fn psnrs_by_label(dataset: &Dataset, psnrs: &[f64]) -> Vec<LabelReconstruction> {
    let named = dataset.label_names().iter().zip(0..);
    let of_label = named.filter_map(|(name, label)| {
        let has = |index: &usize| dataset.answer(Split::HeldOut, *index, label) == Some(true);
        let with: Vec<f64> = (0..psnrs.len()).filter(has).map(|index| psnrs[index]).collect();
        let (n, name) = (with.len(), name.clone());
        let psnr_db = with.iter().sum::<f64>() / n as f64;
        (n > 0).then_some(LabelReconstruction { name, n, psnr_db })
    });
    of_label.collect()
}

/// As many pictures as `data` holds, each pixel drawn on its own from N(mean, variance) of its place.
fn independent_pixels(data: &[f32], values: usize, seed: u64) -> Vec<f32> {
    let n = data.len() / values;
    let (mut mean, mut square) = (vec![0.0_f64; values], vec![0.0_f64; values]);
    for picture in data.chunks_exact(values) {
        for ((mean, square), &value) in mean.iter_mut().zip(&mut square).zip(picture) {
            *mean += f64::from(value) / n as f64;
            *square += f64::from(value).powi(2) / n as f64;
        }
    }
    let mut random = Random::new(seed, Stream::Samples, 1);
    let mut pictures = random.normals(n * values);
    for picture in pictures.chunks_exact_mut(values) {
        for ((value, mean), square) in picture.iter_mut().zip(&mean).zip(&square) {
            let spread = (square - mean * mean).max(0.0).sqrt();
            *value = (*mean as f32 + spread as f32 * *value).clamp(-1.0, 1.0);
        }
    }
    pictures
}
