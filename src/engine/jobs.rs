//! Files at the person's request: samples and codes.

use std::path::{Path, PathBuf};

use super::pictures::{Posteriors, decode_values, encode_values, sheet_latents};
use super::saving::matrix;
use super::session::OpenModel;
use crate::data::read_pictures;
use crate::imaging::{Grid, sheet_from_values, tensor_from_bytes};
use crate::models::Model;
use crate::protocol::{DatasetOptions, EncodeJob, Latent, SampleJob, SampleSource};
use crate::storage::{Container, Limits, NamedArray, Tensors, save_png, save_tensors, shown};

/// More samples than this at once are refused: a typing error, not a wish.
const COUNT_LIMIT: usize = 1_000_000;

/// Writes pictures of latents.
///
/// # Errors
/// What is wrong with the request, the latents' file or the output, in plain words.
pub(super) fn sample(open: &OpenModel, job: &SampleJob) -> Result<PathBuf, String> {
    let model = &open.model;
    let latents = match &job.source {
        SampleSource::Prior { count, .. } if !(1..=COUNT_LIMIT).contains(count) => {
            return Err(format!("{count} samples: use 1 to {COUNT_LIMIT}"));
        }
        SampleSource::Prior { count, seed, truncation } => {
            sheet_latents(model, *seed, *count, *truncation)
        }
        SampleSource::File(path) => latents_from_file(path, model)?,
    };
    let values = decode_values(model, &latents)?;
    let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
    if has_extension(&job.out, "png") {
        let columns = Grid::square(latents.len()).columns;
        let sheet = sheet_from_values(&values, channels, size, columns)
            .map_err(|error| error.to_string())?;
        save_png(&job.out, &sheet).map_err(|error| error.to_string())?;
    } else if has_extension(&job.out, "safetensors") {
        let shape = vec![latents.len(), channels, size, size];
        let mut tensors = Tensors::new();
        tensors.insert(NamedArray { name: "images".to_owned(), shape, values });
        tensors.insert(latents_array("z", &latents, model));
        save_tensors(&job.out, &tensors, "samples in [-1, 1] and their latents")
            .map_err(|error| error.to_string())?;
    } else {
        return Err(format!("{}: name the output .png or .safetensors", shown(&job.out)));
    }
    Ok(job.out.clone())
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

fn latents_array(name: &str, latents: &[Latent], model: &Model) -> NamedArray {
    NamedArray {
        name: name.to_owned(),
        shape: vec![latents.len(), model.spec.latent as usize],
        values: latents.iter().flat_map(|latent| latent.0.iter().copied()).collect(),
    }
}

fn latents_from_file(path: &Path, model: &Model) -> Result<Vec<Latent>, String> {
    let mut file = Container::open(path, Limits::STATED).map_err(|error| error.to_string())?;
    let array = file.read("z").map_err(|error| error.to_string())?;
    let array = array.ok_or_else(|| format!("{}: there is no tensor 'z' in it", shown(path)))?;
    let dims = model.spec.latent as usize;
    let values = matrix(&array, dims).map_err(|error| format!("{}: {error}", shown(path)))?;
    Ok(values.chunks_exact(dims).map(|z| Latent(z.to_vec())).collect())
}

/// Writes pictures' codes.
///
/// # Errors
/// A model without an encoder, pictures that cannot be read, or an output that cannot be written.
pub(super) fn encode(open: &OpenModel, job: &EncodeJob) -> Result<PathBuf, String> {
    let model = &open.model;
    if model.encoder.is_none() {
        return Err(format!("{} has no encoder: encode needs a VAE or VAE-GAN", open.name));
    }
    if !has_extension(&job.out, "safetensors") {
        return Err(format!("{}: name the output .safetensors", shown(&job.out)));
    }
    let options = DatasetOptions {
        image_size: model.spec.image_size,
        channels: model.spec.channels,
        ..DatasetOptions::default()
    };
    let pixels = read_pictures(&job.images, &options).map_err(|error| error.to_string())?;
    let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
    let images = tensor_from_bytes(&pixels, job.images.len(), channels, size, &model.device());
    let Some(Posteriors { means, log_variances }) = encode_values(model, images)? else {
        return Err("this model has no encoder".to_owned());
    };
    let shape = vec![job.images.len(), model.spec.latent as usize];
    let mut tensors = Tensors::new();
    let codes = [("z", means.clone()), ("mu", means), ("logvar", log_variances)];
    for (name, values) in codes {
        tensors.insert(NamedArray { name: name.to_owned(), shape: shape.clone(), values });
    }
    save_tensors(&job.out, &tensors, "codes: z is the posterior's mean")
        .map_err(|error| error.to_string())?;
    Ok(job.out.clone())
}
