//! Measures the open model: reconstruction, distance of samples to data, variety of attributes.

use std::time::Instant;

use burn::tensor::{Tensor, TensorData};

use super::oracle;
use super::pictures::{Posteriors, decode_values, encode_values, sheet_latents};
use super::run::read;
use super::worker::Worker;
use crate::data::portraits::BINARY_LABELS;
use crate::imaging::values_from_tensor;
use crate::metrics::{mean_squared_error, psnr_db, sliced_wasserstein};
use crate::models::{CLASSIFIER_SIZE, Model};
use crate::protocol::{
    AttributeVariance, DatasetOptions, DatasetSource, EvaluateJob, Evaluation, Event, Latent,
    NoticeLevel, Split,
};
use crate::random::{Random, Stream};

impl Worker {
    pub(super) fn evaluate(&mut self, job: &EvaluateJob) {
        match self.try_evaluate(job) {
            Ok(evaluation) => self.outbox.tell(Event::Evaluated(Box::new(evaluation))),
            Err(text) => self.outbox.notice(NoticeLevel::Error, text),
        }
    }

    fn try_evaluate(&mut self, job: &EvaluateJob) -> Result<Evaluation, String> {
        let begun = Instant::now();
        let Some((model, _)) = self.current_model() else {
            return Err("no model is open".to_owned());
        };
        let model = model.clone();
        let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
        let options = DatasetOptions {
            image_size: model.spec.image_size,
            channels: model.spec.channels,
            ..job.options.clone()
        };
        let dataset = crate::data::open(&job.source, &options, &|_, _| {}, &self.interrupt)
            .map_err(|error| error.to_string())?;
        let n = job.limit.min(dataset.len(Split::HeldOut));
        if n < 2 {
            return Err("there are fewer than two held-out pictures to measure against".to_owned());
        }
        let indices: Vec<usize> = (0..n).collect();
        let images = read(&dataset, Split::HeldOut, &indices, &model.device())?;
        let data = values_from_tensor(images.clone())?;
        let values = channels * size * size;

        self.job_progress("reconstructing", 0);
        let psnrs = reconstruction_psnrs(&model, images, &data, values)?;
        self.check_interrupt()?;
        self.job_progress("drawing samples", 1);
        let samples = decode_values(&model, &sheet_latents(&model, job.seed, n, 1.0))?;
        self.check_interrupt()?;
        self.job_progress("measuring distances", 2);
        let swd = sliced_wasserstein(&samples, &data, channels, size, job.seed).mean;
        let baseline = independent_pixels(&data, values, job.seed);
        let swd_baseline = sliced_wasserstein(&baseline, &data, channels, size, job.seed).mean;
        self.check_interrupt()?;
        self.job_progress("judging attributes", 3);
        let attributes = if job.source == DatasetSource::Portraits {
            attribute_variances(&model, &data, &samples)?
        } else {
            Vec::new()
        };
        Ok(Evaluation {
            n,
            psnr_db: psnrs.as_ref().map(|all| all.iter().sum::<f64>() / all.len() as f64),
            psnr_worst_db: psnrs.map(|all| all.into_iter().fold(f64::INFINITY, f64::min)),
            swd,
            swd_baseline,
            swd_ratio: swd / swd_baseline,
            attributes,
            seconds: begun.elapsed().as_secs_f64(),
        })
    }

    fn job_progress(&mut self, what: &str, done: u64) {
        self.outbox.tell(Event::JobProgress { what: what.to_owned(), done, total: 4 });
    }
}

/// PSNR of each picture's reconstruction G(μ(x)); `None` without an encoder.
fn reconstruction_psnrs(
    model: &Model,
    images: Tensor<4>,
    data: &[f32],
    values: usize,
) -> Result<Option<Vec<f64>>, String> {
    let Some(Posteriors { means, .. }) = encode_values(model, images)? else {
        return Ok(None);
    };
    let codes: Vec<Latent> =
        means.chunks_exact(model.spec.latent as usize).map(|z| Latent(z.to_vec())).collect();
    let reconstructed = decode_values(model, &codes)?;
    let pairs = reconstructed.chunks_exact(values).zip(data.chunks_exact(values));
    Ok(Some(pairs.map(|(a, b)| psnr_db(mean_squared_error(a, b))).collect()))
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

fn attribute_variances(
    model: &Model,
    data: &[f32],
    samples: &[f32],
) -> Result<Vec<AttributeVariance>, String> {
    let (size, channels) = (model.spec.image_size as usize, model.spec.channels as usize);
    if (size, channels) != (CLASSIFIER_SIZE, 3) {
        return Ok(Vec::new());
    }
    let device = model.device();
    let judge = oracle::built_in(&device)?;
    let rates = |pictures: &[f32]| -> Result<Vec<f64>, String> {
        let n = pictures.len() / (channels * size * size);
        let shape = [n, channels, size, size];
        let images = Tensor::from_data(TensorData::new(pictures.to_vec(), shape), &device);
        let rows = oracle::judge(&judge, images)?;
        let columns = BINARY_LABELS.len();
        let yes = |column: usize| rows.chunks_exact(columns).filter(|r| r[column] >= 0.5).count();
        Ok((0..columns).map(|column| yes(column) as f64 / n as f64).collect())
    };
    let (of_data, of_samples) = (rates(data)?, rates(samples)?);
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
