//! What jobs do part by part: decoding latents, reading and encoding pictures, sheets as PNG.

use burn::tensor::{Device, Tensor};

use super::pictures::{Posteriors, decode_values, encode_values};
use super::run::read;
use super::worker::Worker;
use crate::data::Dataset;
use crate::imaging::{
    Figure, Grid, compose_grid, encode_png, tiles_from_values, values_from_tensor,
};
use crate::models::Model;
use crate::protocol::{Frame, Latent, Split};

/// Pictures of one part: a turn of the loop, and so a drag's answer, waits no longer than for these.
pub(super) const PART: usize = 16;

/// Values in one picture of a model.
pub(super) fn values_per_picture(model: &Model) -> usize {
    model.spec.channels as usize * (model.spec.image_size as usize).pow(2)
}

/// Rows of `dims` values as latents.
pub(super) fn latents_from_rows(values: &[f32], dims: usize) -> Vec<Latent> {
    values.chunks_exact(dims).map(|z| Latent(z.to_vec())).collect()
}

/// Pictures as values, with their posteriors where the model has an encoder.
pub(super) struct Encoded {
    /// `N·C·S·S` values in [-1, 1].
    pub(super) pictures: Vec<f32>,
    pub(super) posteriors: Option<Posteriors>,
}

impl Worker {
    /// Decodes latents part by part; `keep` gets each part's values in [-1, 1].
    ///
    /// # Errors
    /// When the job was stopped, the device fails or `keep` refuses.
    pub(super) fn decode_parts(
        &mut self,
        what: &str,
        model: &Model,
        latents: &[Latent],
        mut keep: impl FnMut(Vec<f32>) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut done = 0;
        for part in latents.chunks(PART) {
            self.job_progress(what, done, latents.len());
            keep(decode_values(model, part)?)?;
            done += part.len();
            self.breathe()?;
        }
        Ok(())
    }

    /// Decodes latents part by part into one array, `N·C·S·S` values in [-1, 1].
    ///
    /// # Errors
    /// When the job was stopped or the device fails.
    pub(super) fn decode_all(
        &mut self,
        what: &str,
        model: &Model,
        latents: &[Latent],
    ) -> Result<Vec<f32>, String> {
        let mut values = Vec::with_capacity(latents.len() * values_per_picture(model));
        self.decode_parts(what, model, latents, |part| {
            values.extend(part);
            Ok(())
        })?;
        Ok(values)
    }

    /// Decodes latents part by part into pictures of their own.
    ///
    /// # Errors
    /// When the job was stopped or the device fails.
    pub(super) fn decode_tiles(
        &mut self,
        what: &str,
        model: &Model,
        latents: &[Latent],
    ) -> Result<Vec<Frame>, String> {
        let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
        let mut tiles = Vec::with_capacity(latents.len());
        self.decode_parts(what, model, latents, |values| {
            let part = tiles_from_values(&values, channels, size);
            tiles.extend(part.map_err(|error| error.to_string())?);
            Ok(())
        })?;
        Ok(tiles)
    }

    /// Reads the first `count` pictures part by part; `keep` gets each part as `[n, C, S, S]`.
    ///
    /// # Errors
    /// When the job was stopped, a picture cannot be read any more, the device fails or `keep` refuses.
    pub(super) fn read_parts(
        &mut self,
        what: &str,
        (dataset, split, count): (&Dataset, Split, usize),
        device: &Device,
        keep: impl FnMut(Tensor<4>) -> Result<(), String>,
    ) -> Result<(), String> {
        let indices: Vec<usize> = (0..count).collect();
        self.read_these(what, (dataset, split, &indices), device, keep)
    }

    /// Reads these pictures part by part; `keep` gets each part as `[n, C, S, S]`.
    ///
    /// # Errors
    /// As [`Self::read_parts`].
    pub(super) fn read_these(
        &mut self,
        what: &str,
        (dataset, split, indices): (&Dataset, Split, &[usize]),
        device: &Device,
        mut keep: impl FnMut(Tensor<4>) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut done = 0;
        for part in indices.chunks(PART) {
            self.job_progress(what, done, indices.len());
            keep(read(dataset, split, part, device)?)?;
            done += part.len();
            self.breathe()?;
        }
        Ok(())
    }

    /// Reads the first `count` held-out pictures part by part, and encodes them.
    ///
    /// # Errors
    /// When the job was stopped, a picture cannot be read any more or the device fails.
    pub(super) fn encode_held_out(
        &mut self,
        model: &Model,
        dataset: &Dataset,
        count: usize,
    ) -> Result<Encoded, String> {
        let device = model.device();
        let mut pictures = Vec::with_capacity(count * values_per_picture(model));
        let mut posteriors = model.encoder.as_ref().map(|_| Posteriors::default());
        let pile = (dataset, Split::HeldOut, count);
        self.read_parts("encoding held-out pictures", pile, &device, |images| {
            pictures.extend(values_from_tensor(images.clone())?);
            if let (Some(all), Some(part)) = (&mut posteriors, encode_values(model, images)?) {
                all.extend(part);
            }
            Ok(())
        })?;
        Ok(Encoded { pictures, posteriors })
    }

    /// The PNG of a sheet, made by another thread: compressing a large one takes seconds.
    ///
    /// # Errors
    /// When the job was stopped, or the sheet is too large.
    pub(super) fn sheet_png(&mut self, tiles: Vec<Frame>, grid: Grid) -> Result<Vec<u8>, String> {
        self.job_progress("compressing a sheet", 0, 1);
        let work = move || compose_grid(&tiles, grid).and_then(|sheet| encode_png(&sheet));
        self.aside("png", work)?.map_err(|error| error.to_string())
    }

    /// The PNG of a labelled figure, likewise.
    ///
    /// # Errors
    /// When the job was stopped, or the tiles do not fill the figure.
    pub(super) fn figure_png(
        &mut self,
        tiles: Vec<Frame>,
        figure: Figure,
    ) -> Result<Vec<u8>, String> {
        self.job_progress("compressing a figure", 0, 1);
        let work = move || figure.compose(&tiles).and_then(|sheet| encode_png(&sheet));
        self.aside("png", work)?.map_err(|error| error.to_string())
    }
}
