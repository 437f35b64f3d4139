//! Files at the person's request: samples and codes.

use std::path::{Path, PathBuf};

use super::parts::{PART, latents_from_rows};
use super::pictures::{PriorLatents, encode_values};
use super::saving::matrix;
use super::session::OpenModel;
use super::worker::Worker;
use crate::data::read_pictures;
use crate::imaging::{Grid, tensor_from_bytes};
use crate::models::Model;
use crate::protocol::{DatasetOptions, EncodeJob, Latent, SampleJob, SampleSource};
use crate::storage::{
    Container, Limits, NamedArray, Tensors, TensorsWriter, save_tensors, shown, write_atomic,
};

/// More samples than this at once are refused: a typing error, not a wish.
const COUNT_LIMIT: usize = 1_000_000;
/// Latents drawn in one part. Even, so that normal numbers, which come in pairs, are the same in parts.
const LATENTS_PART: usize = 4096;

impl Worker {
    /// Writes pictures of latents.
    ///
    /// # Errors
    /// What is wrong with the request, the latents' file or the output, in plain words, or a stop.
    pub(super) fn sample(&mut self, open: &OpenModel, job: &SampleJob) -> Result<PathBuf, String> {
        let model = &open.model;
        let is_sheet = has_extension(&job.out, "png");
        if !is_sheet && !has_extension(&job.out, "safetensors") {
            return Err(format!("{}: name the output .png or .safetensors", shown(&job.out)));
        }
        let latents = match &job.source {
            SampleSource::Prior { count, .. } if !(1..=COUNT_LIMIT).contains(count) => {
                return Err(format!("{count} samples: use 1 to {COUNT_LIMIT}"));
            }
            SampleSource::Prior { count, seed, truncation } => {
                self.draw_latents(PriorLatents::new(model, *seed, *truncation), *count)?
            }
            source => latents_of(source, model)?,
        };
        if is_sheet {
            self.sample_sheet(model, &latents, &job.out)?;
        } else {
            self.sample_tensors(model, &latents, &job.out)?;
        }
        Ok(job.out.clone())
    }

    fn draw_latents(
        &mut self,
        mut prior: PriorLatents,
        count: usize,
    ) -> Result<Vec<Latent>, String> {
        let mut latents = Vec::with_capacity(count);
        while latents.len() < count {
            latents.extend(prior.draw(LATENTS_PART.min(count - latents.len())));
            self.breathe()?;
        }
        Ok(latents)
    }

    fn sample_sheet(
        &mut self,
        model: &Model,
        latents: &[Latent],
        out: &Path,
    ) -> Result<(), String> {
        let size = model.spec.image_size as usize;
        let grid = Grid::square(latents.len());
        // Told before the work, not after it.
        grid.size_px(latents.len(), size, size).map_err(|error| {
            format!("{error}: draw fewer samples, or name the output .safetensors")
        })?;
        let tiles = self.decode_tiles("drawing samples", model, latents)?;
        let png = self.sheet_png(tiles, grid)?;
        write_atomic(out, |out| out.write_all(&png)).map_err(|error| error.to_string())
    }

    /// Straight to the disk: many pictures as numbers are more than memory holds.
    fn sample_tensors(
        &mut self,
        model: &Model,
        latents: &[Latent],
        out: &Path,
    ) -> Result<(), String> {
        let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
        let n = latents.len();
        let shapes =
            [("images", vec![n, channels, size, size]), ("z", vec![n, model.spec.latent as usize])];
        let about = "samples in [-1, 1] and their latents";
        let mut file =
            TensorsWriter::create(out, &shapes, about).map_err(|error| error.to_string())?;
        self.decode_parts("drawing samples", model, latents, |values| {
            file.append(&values).map_err(|error| error.to_string())
        })?;
        for part in latents.chunks(LATENTS_PART) {
            let values: Vec<f32> =
                part.iter().flat_map(|latent| latent.0.iter().copied()).collect();
            file.append(&values).map_err(|error| error.to_string())?;
            self.breathe()?;
        }
        file.finish().map_err(|error| error.to_string())
    }

    /// Writes pictures' codes.
    ///
    /// # Errors
    /// A model without an encoder, pictures that cannot be read, an output that cannot be written, or
    /// a stop.
    pub(super) fn encode(&mut self, open: &OpenModel, job: &EncodeJob) -> Result<PathBuf, String> {
        let model = &open.model;
        if model.encoder.is_none() {
            return Err(format!(
                "{} has no encoder: take a model with one (VAE, VAE-GAN), or train one for it",
                open.name
            ));
        }
        if !has_extension(&job.out, "safetensors") {
            return Err(format!("{}: name the output .safetensors", shown(&job.out)));
        }
        let options = DatasetOptions {
            image_size: model.spec.image_size,
            channels: model.spec.channels,
            ..DatasetOptions::default()
        };
        let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
        let (mut means, mut log_variances) = (Vec::new(), Vec::new());
        let mut done = 0;
        for part in job.images.chunks(PART) {
            self.job_progress("encoding pictures", done, job.images.len());
            // By another thread: one large photo takes longer to decode than a drag may wait.
            let (files, options) = (part.to_vec(), options.clone());
            let pixels = self.aside("pictures", move || read_pictures(&files, &options))?;
            let pixels = pixels.map_err(|error| error.to_string())?;
            let images = tensor_from_bytes(&pixels, part.len(), channels, size, &model.device());
            let codes = encode_values(model, images)?.ok_or("this model has no encoder")?;
            means.extend(codes.means);
            log_variances.extend(codes.log_variances);
            done += part.len();
            self.breathe()?;
        }
        let shape = vec![job.images.len(), model.spec.latent as usize];
        let mut tensors = Tensors::new();
        for (name, values) in [("z", means.clone()), ("mu", means), ("logvar", log_variances)] {
            tensors.insert(NamedArray { name: name.to_owned(), shape: shape.clone(), values });
        }
        save_tensors(&job.out, &tensors, "codes: z is the posterior's mean")
            .map_err(|error| error.to_string())?;
        Ok(job.out.clone())
    }
}

/// Whether a path has this ending, in small or large letters.
pub(super) fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// All the latents of a source, for those who need few of them.
pub(super) fn latents_of(source: &SampleSource, model: &Model) -> Result<Vec<Latent>, String> {
    match source {
        SampleSource::Prior { count, seed, truncation } => {
            Ok(PriorLatents::new(model, *seed, *truncation).draw(*count))
        }
        SampleSource::File(path) => latents_from_file(path, model),
        SampleSource::Given(latents) => {
            let dims = model.spec.latent as usize;
            match latents.iter().find(|latent| latent.dims() != dims) {
                Some(other) => Err(format!(
                    "a latent has {} dimensions, but this model's have {dims}: take one of this model",
                    other.dims()
                )),
                None => Ok(latents.clone()),
            }
        }
    }
}

/// The first latent of a source.
pub(super) fn first_latent_of(source: &SampleSource, model: &Model) -> Result<Latent, String> {
    let first = latents_of(source, model)?.into_iter().next();
    first.ok_or_else(|| "there is no latent to start from: name one".to_owned())
}

fn latents_from_file(path: &Path, model: &Model) -> Result<Vec<Latent>, String> {
    let mut file = Container::open(path, Limits::STATED).map_err(|error| error.to_string())?;
    let array = file.read("z").map_err(|error| error.to_string())?;
    let array = array.ok_or_else(|| format!("{}: there is no tensor 'z' in it", shown(path)))?;
    let dims = model.spec.latent as usize;
    let values = matrix(&array, dims).map_err(|error| format!("{}: {error}", shown(path)))?;
    if values.is_empty() {
        return Err(format!("{}: its tensor 'z' has no rows", shown(path)));
    }
    Ok(latents_from_rows(&values, dims))
}
