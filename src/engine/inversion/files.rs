//! Photos from files, brought back to z in batches, into a folder that can be gone on with.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::racer::{Ground, Racer};
use super::report::outcome;
use crate::data::{list_pictures, picture_size, read_pictures};
use crate::engine::pictures::decode;
use crate::engine::session::OpenModel;
use crate::engine::worker::Worker;
use crate::imaging::{encode_png, frame_from_values, tensor_from_bytes, values_from_tensor};
use crate::models::Model;
use crate::protocol::{
    DatasetOptions, Event, InversionMethod, InversionSettings, InversionStep, InvertJob, Inverted,
    NoticeLevel, PHOTO_PIXEL_LIMIT,
};
use crate::storage::{NamedArray, Tensors, save_tensors, shown, write_atomic};

/// Pictures of one batch: with eight starts each, 64 latents at once.
const BATCH: usize = 8;
/// A photo whose shorter edge is less than this part of the model's is far too small.
const TINY: u32 = 4;
/// One line a picture and method.
const REPORT: &str = InvertJob::REPORT;
/// All latents.
const LATENTS: &str = InvertJob::LATENTS;

/// A line of the report.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Line {
    /// What it was made with, so that it is not taken for something else on going on.
    model: String,
    settings: InversionSettings,
    #[serde(flatten)]
    inverted: Inverted,
}

/// Photos of one batch.
pub(super) struct Photos {
    /// Their places among all that were named, and their paths.
    files: Vec<(usize, PathBuf)>,
    /// `[P, C, S, S]`, where any could be read.
    pub(super) pictures: Option<Tensor<4>>,
    /// Why others could not.
    pub(super) left_out: Vec<String>,
}

impl Worker {
    /// Inverts files.
    ///
    /// # Errors
    /// What is wrong with the settings, a folder that cannot be written, a device that fails, or a stop:
    /// what was done until then stays in the folder. A picture that cannot be read is told and left out.
    pub(in crate::engine) fn invert_files(
        &mut self,
        open: &OpenModel,
        job: &InvertJob,
    ) -> Result<PathBuf, String> {
        let model = &open.model;
        check(open, job)?;
        let named = job.images.clone();
        let images = self.aside("pictures", move || list_pictures(&named))?;
        let images = images.map_err(|error| error.to_string())?;
        let mut report = Report::open(open, job)?;
        let earlier = report.of_job(&images, &job.methods);
        self.outbox.tell(Event::InversionBegun { images: images.len(), earlier });
        let numbered: Vec<(usize, &PathBuf)> = images.iter().enumerate().collect();
        let missing: Vec<(usize, &PathBuf)> = numbered
            .into_iter()
            .filter(|(_, image)| job.methods.iter().any(|method| report.lacks(image, *method)))
            .collect();
        // With nothing left to do nothing is gathered for it.
        let ground = match missing.is_empty() {
            true => None,
            false => Some(self.ground(model, job)?),
        };
        let mut left_out = Vec::new();
        for (part, batch) in missing.chunks(BATCH).enumerate() {
            self.job_progress("inverting", part * BATCH, missing.len());
            let photos = self.read_photos(model, batch)?;
            left_out.extend(photos.left_out);
            let Some(pictures) = photos.pictures else { continue };
            self.tell_left_out(&mut left_out);
            let Some(ground) = &ground else { break };
            for &method in &job.methods {
                let (files, pictures) = still_missing(&photos.files, &pictures, method, &report);
                if !files.is_empty() {
                    self.invert_batch(model, ground, method, (&files, &pictures), &mut report)?;
                }
            }
        }
        if let (true, Some(first)) = (report.lines.is_empty(), left_out.first()) {
            return Err(format!("none of the pictures could be read; the first: {first}"));
        }
        self.tell_left_out(&mut left_out);
        report.write_latents(&images, &job.methods, model.spec.latent as usize)?;
        if let Some(settings) = &job.pivotal {
            self.tune_files(open, (&images, job.resume), settings, &report)?;
        }
        Ok(job.out.join(LATENTS))
    }

    /// What all pictures of a job are looked for from.
    fn ground(&mut self, model: &Model, job: &InvertJob) -> Result<Ground, String> {
        let dataset = match &job.data {
            Some((source, options)) => {
                let options =
                    DatasetOptions { portraits: options.portraits.min(1000), ..options.clone() };
                Some(Arc::new(self.job_data(source, &options, &model.spec)?))
            }
            None => None,
        };
        let bank = self.bank_for_job(model, dataset)?;
        Ground::new(model, &job.settings, bank.candidates)
    }

    /// Once there is anything else to tell: where nothing can be read, one line says so.
    fn tell_left_out(&mut self, left_out: &mut Vec<String>) {
        for reason in left_out.drain(..) {
            self.outbox.tell(Event::LeftOut(reason));
        }
    }

    /// Reads photos.
    pub(super) fn read_photos(
        &mut self,
        model: &Model,
        batch: &[(usize, &PathBuf)],
    ) -> Result<Photos, String> {
        let spec = &model.spec;
        let options = DatasetOptions {
            image_size: spec.image_size,
            channels: spec.channels,
            // One limit for all photos, opened in the window or named on the command line.
            pixel_limit: PHOTO_PIXEL_LIMIT,
            ..DatasetOptions::default()
        };
        self.tell_tiny(batch, spec.image_size);
        let (mut files, mut pixels, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for (index, path) in batch {
            let (file, options) = (vec![(*path).clone()], options.clone());
            // By another thread: one large photo takes longer to decode than a drag may wait.
            match self.aside("pictures", move || read_pictures(&file, &options))? {
                Ok(bytes) => {
                    files.push((*index, (*path).clone()));
                    pixels.extend(bytes);
                }
                Err(error) => left_out.push(error.to_string()),
            }
        }
        let (channels, size) = (spec.channels as usize, spec.image_size as usize);
        let pictures = (!files.is_empty())
            .then(|| tensor_from_bytes(&pixels, files.len(), channels, size, &model.device()));
        Ok(Photos { files, pictures, left_out })
    }

    /// Warns of photos with far fewer pixels than the model's pictures have.
    fn tell_tiny(&mut self, batch: &[(usize, &PathBuf)], size: u32) {
        let tiny = |path: &&PathBuf| {
            let (width, height) = picture_size(path)?;
            (width.min(height) * TINY < size).then_some((shown(path), width, height))
        };
        let tiny: Vec<_> = batch.iter().map(|(_, path)| *path).filter_map(|p| tiny(&p)).collect();
        let Some((first, width, height)) = tiny.first() else { return };
        let more = match tiny.len() {
            1 => String::new(),
            many => format!(" (and {} more of this batch)", many - 1),
        };
        let text = format!(
            "{first} has {width}×{height} px{more}, and the model's pictures {size}×{size}: it is enlarged, so expect \
             a smooth picture whose details the model made up"
        );
        self.outbox.notice(NoticeLevel::Warning, text);
    }

    fn invert_batch(
        &mut self,
        model: &Model,
        ground: &Ground,
        method: InversionMethod,
        (files, pictures): (&[(usize, PathBuf)], &Tensor<4>),
        report: &mut Report,
    ) -> Result<(), String> {
        let numbers: Vec<usize> = files.iter().map(|(number, _)| *number).collect();
        let mut racer = Racer::new(method, ground, pictures, &numbers)?;
        loop {
            self.tell_steps(&racer, files);
            if racer.is_done() {
                break;
            }
            racer.advance()?;
            self.breathe()?;
        }
        for (index, (number, path)) in files.iter().enumerate() {
            let mut inverted = outcome(model, &racer, pictures, index)?;
            inverted.image = path.to_string_lossy().into_owned();
            let target = pictures.clone().narrow(0, index, 1);
            let place = report.place(*number, path);
            write_pictures(model, &place, &inverted, target)?;
            report.add(inverted.clone())?;
            self.outbox.tell(Event::Inverted(Box::new(inverted)));
        }
        Ok(())
    }

    fn tell_steps(&mut self, racer: &Racer, files: &[(usize, PathBuf)]) {
        if racer.steps() == 0 {
            return;
        }
        let step = |((_, path), found): (&(usize, PathBuf), &crate::invert::Found)| InversionStep {
            image: path.to_string_lossy().into_owned(),
            method: racer.method,
            step: racer.steps(),
            seconds: racer.seconds(),
            loss: found.loss,
        };
        let steps = files.iter().zip(racer.found()).map(step).collect();
        self.outbox.tell(Event::InversionSteps(steps));
    }
}

/// Of a batch's photos those that a method has not done, `[P, C, S, S]`.
fn still_missing(
    files: &[(usize, PathBuf)],
    pictures: &Tensor<4>,
    method: InversionMethod,
    report: &Report,
) -> (Vec<(usize, PathBuf)>, Tensor<4>) {
    let missing = |index: &usize| report.lacks(&files[*index].1, method);
    let kept: Vec<usize> = (0..files.len()).filter(missing).collect();
    if kept.len() == files.len() || kept.is_empty() {
        return (kept.iter().map(|&index| files[index].clone()).collect(), pictures.clone());
    }
    let rows = kept.iter().map(|&index| pictures.clone().narrow(0, index, 1)).collect();
    (kept.iter().map(|&index| files[index].clone()).collect(), Tensor::cat(rows, 0))
}

fn check(open: &OpenModel, job: &InvertJob) -> Result<(), String> {
    job.settings.validate().map_err(|error| error.to_string())?;
    if let Some(pivotal) = &job.pivotal {
        pivotal.validate().map_err(|error| error.to_string())?;
    }
    if job.images.is_empty() || job.methods.is_empty() {
        return Err("there is nothing to invert: name pictures and a method".to_owned());
    }
    let needs = job.methods.iter().find(|method| method.needs_encoder());
    match needs.filter(|_| open.model.encoder.is_none()) {
        Some(method) => Err(format!(
            "{} has no encoder, which {method} needs: use optimise, or train an encoder for it",
            open.name
        )),
        None => Ok(()),
    }
}

/// The folder's report.
#[derive(Debug)]
pub(super) struct Report {
    folder: PathBuf,
    model: String,
    settings: InversionSettings,
    lines: BTreeMap<Key, Inverted>,
}

/// A picture's whole path, so that it is the same however it is named, and a method.
type Key = (PathBuf, &'static str);

fn key(image: &Path, method: InversionMethod) -> Key {
    // One that is gone is known by the name it was given.
    (fs::canonicalize(image).unwrap_or_else(|_| image.to_path_buf()), method.name())
}

impl Report {
    /// Begins a folder, or goes on with one.
    fn open(open: &OpenModel, job: &InvertJob) -> Result<Self, String> {
        let folder = job.out.clone();
        let refuse = |error: std::io::Error| format!("cannot write {}: {error}", shown(&folder));
        fs::create_dir_all(&folder).map_err(refuse)?;
        let model = crate::engine::saving::latent_space(&open.model)?.generator;
        let path = folder.join(REPORT);
        let mut lines = BTreeMap::new();
        if path.exists() {
            if !job.resume {
                return Err(format!(
                    "{} holds the report of an earlier inversion: go on with it (--resume), or name \
                     another folder",
                    shown(&folder)
                ));
            }
            let text = fs::read_to_string(&path).map_err(refuse)?;
            // A line that was cut off by a crash is done again.
            let read = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
            for line in read.filter(|line| line.model == model && line.settings == job.settings) {
                lines.insert(
                    key(Path::new(&line.inverted.image), line.inverted.method),
                    line.inverted,
                );
            }
        }
        let report = Self { folder: job.out.clone(), model, settings: job.settings.clone(), lines };
        report.rewrite()?;
        Ok(report)
    }

    /// What is kept of an earlier report, whole lines only.
    fn rewrite(&self) -> Result<(), String> {
        let text: String = self.lines.values().map(|inverted| self.line(inverted)).collect();
        write_atomic(&self.folder.join(REPORT), |out| out.write_all(text.as_bytes()))
            .map_err(|error| error.to_string())
    }

    fn line(&self, inverted: &Inverted) -> String {
        let (model, settings) = (self.model.clone(), self.settings.clone());
        let line = Line { model, settings, inverted: inverted.clone() };
        let text = serde_json::to_string(&line).unwrap_or_default();
        format!("{text}\n")
    }

    /// Where a picture's files begin. Numbered: two folders may hold files of one name.
    pub(super) fn place(&self, number: usize, path: &Path) -> PathBuf {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        self.folder.join(format!("{:04}-{stem}", number + 1))
    }

    /// The nearest that any method came to a picture.
    pub(super) fn best(&self, image: &Path) -> Option<Inverted> {
        let found =
            InversionMethod::ALL.iter().filter_map(|method| self.lines.get(&key(image, *method)));
        found.min_by(|a, b| a.loss.mse.total_cmp(&b.loss.mse)).cloned()
    }

    fn lacks(&self, image: &Path, method: InversionMethod) -> bool {
        !self.lines.contains_key(&key(image, method))
    }

    /// What it holds of these pictures by these methods.
    fn of_job(&self, images: &[PathBuf], methods: &[InversionMethod]) -> Vec<Inverted> {
        let pairs = images.iter().flat_map(|image| methods.iter().map(move |m| key(image, *m)));
        pairs.filter_map(|key| self.lines.get(&key).cloned()).collect()
    }

    fn add(&mut self, inverted: Inverted) -> Result<(), String> {
        let path = self.folder.join(REPORT);
        let file = fs::OpenOptions::new().append(true).create(true).open(&path);
        file.and_then(|mut file| file.write_all(self.line(&inverted).as_bytes()))
            .map_err(|error| format!("cannot write {}: {error}", shown(&path)))?;
        self.lines.insert(key(Path::new(&inverted.image), inverted.method), inverted);
        Ok(())
    }

    /// The latents as `z`, N×d, and for each method a tensor of its own where there are several.
    fn write_latents(
        &self,
        images: &[PathBuf],
        methods: &[InversionMethod],
        dims: usize,
    ) -> Result<(), String> {
        let mut tensors = Tensors::new();
        for method in methods {
            let latent = |image: &PathBuf| {
                self.lines.get(&key(image, *method)).map(|inverted| inverted.latent.0.clone())
            };
            let values: Vec<f32> = images.iter().filter_map(latent).flatten().collect();
            let name = if methods.len() == 1 { "z".to_owned() } else { format!("z.{method}") };
            let shape = vec![values.len() / dims, dims];
            tensors.insert(NamedArray { name, shape, values });
        }
        let about = "inverted pictures, in the order in which they were named; those that could not be \
                     read are left out";
        save_tensors(&self.folder.join(LATENTS), &tensors, about).map_err(|error| error.to_string())
    }
}

/// The picture, the result and the residual, under names that begin with `place`.
fn write_pictures(
    model: &Model,
    place: &Path,
    inverted: &Inverted,
    target: Tensor<4>,
) -> Result<(), String> {
    let shown = decode(model, std::slice::from_ref(&inverted.latent));
    let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
    // Gray is no difference; black and white are the largest there can be.
    let residual = (shown.clone() - target.clone()).mul_scalar(0.5);
    let named = |what: &str| PathBuf::from(format!("{}-{what}.png", place.display()));
    let method = inverted.method.name();
    for (path, picture) in [
        (named("target"), target),
        (named(method), shown),
        (named(&format!("{method}-residual")), residual),
    ] {
        let values = values_from_tensor(picture)?;
        let frame = frame_from_values(&values, channels, size, size).map_err(|e| e.to_string())?;
        let png = encode_png(&frame).map_err(|error| error.to_string())?;
        write_atomic(&path, |out| out.write_all(&png)).map_err(|error| error.to_string())?;
    }
    Ok(())
}
