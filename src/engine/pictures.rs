//! Latents to pictures: previews, sheets of samples, data above reconstructions.

use std::time::Instant;

use burn::tensor::{Tensor, TensorData};

use crate::imaging::{
    Grid, frame_from_values, sheet_from_values, values_from_frame, values_from_tensor,
};
use crate::models::{Mode, Model, Pass};
use crate::protocol::{
    Frame, Latent, PreviewFrame, PreviewRequest, Prior, ReconstructionSheet, SampleSheet,
};
use crate::random::{Random, Stream};
use crate::train::prior_latents;

/// Pictures decoded at once; more are decoded in parts, so that memory stays bounded.
const CHUNK: usize = 64;
/// Pairs of data and reconstruction in the live sheet.
pub(super) const RECONSTRUCTION_PAIRS: usize = 8;

/// Decodes one latent of the model's own size.
///
/// # Errors
/// When the device fails.
pub(super) fn preview(
    model: &Model,
    step: u64,
    request: &PreviewRequest,
) -> Result<PreviewFrame, String> {
    preview_of(model, step, request, Ok)
}

/// The same with what `change` makes of the decoded values.
///
/// # Errors
/// As [`preview`], and those of `change`.
pub(super) fn preview_of(
    model: &Model,
    step: u64,
    request: &PreviewRequest,
    change: impl FnOnce(Vec<f32>) -> Result<Vec<f32>, String>,
) -> Result<PreviewFrame, String> {
    let begun = Instant::now();
    let latent = Latent(request.latent.0.iter().map(|v| v * request.truncation).collect());
    let values = change(decode_values(model, std::slice::from_ref(&latent))?)?;
    let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
    Ok(PreviewFrame {
        id: request.id,
        latent,
        frame: frame_from_values(&values, channels, size, size).map_err(|e| e.to_string())?,
        step,
        decode_ms: begun.elapsed().as_secs_f32() * 1000.0,
    })
}

/// Pictures of latents, `N·C·S·S` values in [-1, 1].
///
/// # Errors
/// When the device fails.
pub(super) fn decode_values(model: &Model, latents: &[Latent]) -> Result<Vec<f32>, String> {
    let mut values = Vec::new();
    for chunk in latents.chunks(CHUNK) {
        values.extend(values_from_tensor(decode(model, chunk))?);
    }
    Ok(values)
}

/// A picture's values in [-1, 1], `C·S·S` of them.
///
/// # Errors
/// A picture of another size than the model's.
pub(super) fn frame_values(model: &Model, frame: &Frame) -> Result<Vec<f32>, String> {
    let size = model.spec.image_size as usize;
    if (frame.width_px, frame.height_px) != (size, size) {
        return Err(format!(
            "the picture is {}×{} px, and this model's are {size}×{size}: crop it for this model",
            frame.width_px, frame.height_px
        ));
    }
    values_from_frame(frame, model.spec.channels as usize).map_err(|error| error.to_string())
}

/// Pictures of latents as `[N, C, S, S]` in [-1, 1], all at once.
pub(super) fn decode(model: &Model, latents: &[Latent]) -> Tensor<4> {
    model.generator.image(latents_tensor(model, latents), &mut Pass::new(Mode::Eval))
}

/// Latents as `[N, d]` on the model's device.
pub(super) fn latents_tensor(model: &Model, latents: &[Latent]) -> Tensor<2> {
    let flat: Vec<f32> = latents.iter().flat_map(|latent| latent.0.iter().copied()).collect();
    let shape = [latents.len(), model.spec.latent as usize];
    Tensor::from_data(TensorData::new(flat, shape), &model.device())
}

/// Pictures' posteriors, `N·d` values each.
#[derive(Debug, Default)]
pub(super) struct Posteriors {
    pub(super) means: Vec<f32>,
    pub(super) log_variances: Vec<f32>,
}

impl Posteriors {
    /// Adds further pictures'.
    pub(super) fn extend(&mut self, more: Self) {
        self.means.extend(more.means);
        self.log_variances.extend(more.log_variances);
    }
}

/// Encodes pictures; `None` without an encoder.
///
/// # Errors
/// When the device fails.
pub(super) fn encode_values(
    model: &Model,
    images: Tensor<4>,
) -> Result<Option<Posteriors>, String> {
    let Some(encoder) = &model.encoder else { return Ok(None) };
    let mut all = Posteriors::default();
    for part in images.split(CHUNK, 0) {
        let posterior = encoder.forward(part, &mut Pass::new(Mode::Eval));
        all.extend(Posteriors {
            means: values_from_tensor(posterior.mean)?,
            log_variances: values_from_tensor(posterior.log_variance)?,
        });
    }
    Ok(Some(all))
}

/// The latents of a sheet: a pure function of the seed, the same at every step of training.
pub(super) fn sheet_latents(
    model: &Model,
    seed: u64,
    count: usize,
    truncation: f32,
) -> Vec<Latent> {
    PriorLatents::new(model, seed, truncation).draw(count)
}

/// The latents of a sheet, drawn a part at a time; parts of even size are alike whatever their size.
#[derive(Debug)]
pub(super) struct PriorLatents {
    random: Random,
    prior: Prior,
    dims: usize,
    truncation: f32,
}

impl PriorLatents {
    pub(super) fn new(model: &Model, seed: u64, truncation: f32) -> Self {
        let random = Random::new(seed, Stream::Samples, 0);
        let (prior, dims) = (model.spec.prior, model.spec.latent as usize);
        Self { random, prior, dims, truncation }
    }

    /// The next `count` of them.
    pub(super) fn draw(&mut self, count: usize) -> Vec<Latent> {
        prior_latents(self.prior, count, self.dims, &mut self.random)
            .chunks_exact(self.dims)
            .map(|z| Latent(z.iter().map(|v| v * self.truncation).collect()))
            .collect()
    }
}

/// A sheet of these latents' pictures, with reconstructions of `data` for a family that has an
/// encoder.
///
/// # Errors
/// When the device fails.
pub(super) fn sheet(
    model: &Model,
    step: u64,
    latents: &[Latent],
    data: Option<&Tensor<4>>,
) -> Result<SampleSheet, String> {
    let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
    let columns = Grid::square(latents.len()).columns;
    let values = decode_values(model, latents)?;
    Ok(SampleSheet {
        step,
        columns,
        tile_px: size,
        count: latents.len(),
        frame: sheet_from_values(&values, channels, size, columns).map_err(|e| e.to_string())?,
        latents: latents.to_vec(),
        reconstructions: match data {
            Some(data) => reconstructions(model, data)?,
            None => None,
        },
    })
}

fn reconstructions(model: &Model, data: &Tensor<4>) -> Result<Option<ReconstructionSheet>, String> {
    let Some(Posteriors { means, .. }) = encode_values(model, data.clone())? else {
        return Ok(None);
    };
    let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
    let latents: Vec<Latent> =
        means.chunks_exact(model.spec.latent as usize).map(|z| Latent(z.to_vec())).collect();
    let mut values = values_from_tensor(data.clone())?;
    values.extend(decode_values(model, &latents)?);
    Ok(Some(ReconstructionSheet {
        columns: latents.len(),
        pairs: 1,
        tile_px: size,
        frame: sheet_from_values(&values, channels, size, latents.len())
            .map_err(|error| error.to_string())?,
        latents,
    }))
}
