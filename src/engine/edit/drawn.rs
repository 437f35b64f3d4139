//! What became of a picture: before, after, and where they differ; for files as for the window.

use std::path::Path;
use std::sync::Arc;

use crate::edit::{area_mask, change_mask, composite, erased_mask, lay_over};
use crate::engine::worker::Worker;
use crate::imaging::{SquareChange, encode_png, frame_from_values, paste, values_from_tensor};
use crate::invert::Networks;
use crate::models::{Mode, Model, Pass, rows_from_values};
use crate::protocol::{ChangeArea, Crop, Frame, Latent, Stroke};
use crate::storage::write_atomic;

/// G(z₀), G(z), and M.
#[derive(Debug, Clone)]
pub(super) struct Drawn {
    pub(super) channels: usize,
    pub(super) size: usize,
    /// `C·S·S` values in [-1, 1].
    pub(super) before: Vec<f32>,
    /// The same.
    pub(super) after: Vec<f32>,
    /// `S·S` values in [0, 1].
    pub(super) mask: Vec<f32>,
    /// The same, where the picture was made anew.
    pub(super) cover: Option<Vec<f32>>,
}

impl Drawn {
    /// For latents of a model.
    ///
    /// # Errors
    /// A latent of another size than the model's, or when the device fails.
    pub(super) fn new(
        model: &Model,
        start: &Latent,
        latent: &Latent,
        (area, strokes): (&ChangeArea, &[Arc<Stroke>]),
    ) -> Result<Self, String> {
        let networks = Networks::of(model);
        let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
        let before = picture(&networks, start)?;
        let after = picture(&networks, latent)?;
        let area = area_mask(area, size);
        let mut mask = change_mask(&before, &after, channels, size, area.as_deref());
        let cover = erased_mask(strokes, size);
        if let Some(cover) = &cover {
            mask.iter_mut().zip(cover).for_each(|(mask, cover)| *mask = mask.max(*cover));
        }
        Ok(Self { channels, size, before, after, mask, cover })
    }

    /// photo + M·(G(z) − G(z₀)), and G(z) where it was made anew: `C·S·S` values.
    pub(super) fn on(&self, photo: &[f32]) -> Vec<f32> {
        let Self { channels, size, before, after, mask, cover } = self;
        let mut shown = composite(photo, before, after, mask, *channels, *size);
        if let Some(cover) = cover {
            lay_over(&mut shown, after, cover);
        }
        shown
    }

    /// M·(G(z) − G(z₀)), `C·S·S` values.
    pub(super) fn change(&self) -> Vec<f32> {
        let changes = self.after.iter().zip(&self.before).zip(self.mask.iter().cycle());
        changes.map(|((after, before), mask)| mask * (after - before)).collect()
    }

    /// `C·S·S` values as a picture.
    ///
    /// # Errors
    /// Values that are no such picture.
    pub(super) fn frame(&self, values: &[f32]) -> Result<Frame, String> {
        frame_from_values(values, self.channels, self.size, self.size).map_err(|e| e.to_string())
    }

    /// M in gray.
    ///
    /// # Errors
    /// As [`Self::frame`].
    pub(super) fn mask_frame(&self) -> Result<Frame, String> {
        let gray: Vec<f32> = self.mask.iter().map(|value| 2.0 * value - 1.0).collect();
        frame_from_values(&gray, 1, self.size, self.size).map_err(|error| error.to_string())
    }
}

/// G(z), one by one: alone a picture has the same numbers wherever it is drawn.
///
/// # Errors
/// A latent of another size than the model's, or when the device fails.
pub(super) fn picture(networks: &Networks, latent: &Latent) -> Result<Vec<f32>, String> {
    let (found, dims) = (latent.dims(), networks.dims);
    if found != dims {
        return Err(format!(
            "the latent has {found} values, the model's have {dims}: open the model that it is of"
        ));
    }
    let z = rows_from_values(&latent.0, dims, &networks.generator.device());
    values_from_tensor(networks.generator.image(z, &mut Pass::new(Mode::Eval)))
}

impl Worker {
    /// A photo with what changed in a square of it, at its full resolution.
    ///
    /// # Errors
    /// A square that is not of this photo, or a stop.
    pub(super) fn pasted(
        &mut self,
        photo: Frame,
        crop: Crop,
        drawn: &Drawn,
    ) -> Result<Frame, String> {
        let (values, channels, size) = (drawn.change(), drawn.channels, drawn.size);
        let anew = drawn.cover.clone().map(|cover| (drawn.after.clone(), cover));
        let made = self.aside_watched("photo", &[], move |progress| {
            let goes_on = progress.watch(0);
            let anew = anew.as_ref().map(|(after, cover)| (&after[..], &cover[..]));
            let change = SquareChange { values: &values, anew, channels, size };
            paste(&photo, &crop, change, &|| goes_on(0, 0))
        })?;
        let made = made.map_err(|error| error.to_string())?;
        made.ok_or_else(|| crate::engine::job::STOPPED.to_owned())
    }

    /// Writes a picture, however large, as PNG.
    ///
    /// # Errors
    /// An output that cannot be written, or a stop.
    pub(super) fn write_png(&mut self, path: &Path, frame: Frame) -> Result<(), String> {
        let png = self.aside("picture", move || encode_png(&frame))?;
        let png = png.map_err(|error| error.to_string())?;
        write_atomic(path, |out| out.write_all(&png)).map_err(|error| error.to_string())
    }
}
