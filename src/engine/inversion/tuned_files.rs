//! `invert --pivotal`: after the latents, a copy of the generator for each picture, each as a delta.

use std::path::{Path, PathBuf};

use super::files::Report;
use crate::engine::identity::{Made, Tuner};
use crate::engine::saving::latent_space;
use crate::engine::session::OpenModel;
use crate::engine::worker::Worker;
use crate::imaging::{encode_png, frame_from_values, values_from_tensor};
use crate::models::Model;
use crate::protocol::{
    Event, Inverted, PhotoPlace, PhotoTuned, Pivot, PivotalSettings, TunedFigures,
};
use crate::storage::{Delta, LatentSpace, write_atomic};

impl Worker {
    /// Tunes for each picture of the report, from its best latent; what an earlier run wrote alike stays.
    ///
    /// # Errors
    /// What is wrong with the settings, a picture that can be read no more, a folder that cannot be written, a device
    /// that fails, or a stop: what was done until then stays in the folder.
    pub(super) fn tune_files(
        &mut self,
        open: &OpenModel,
        (images, resume): (&[PathBuf], bool),
        settings: &PivotalSettings,
        report: &Report,
    ) -> Result<(), String> {
        let model = &open.model;
        let space = latent_space(model)?;
        let total = images.len();
        for (index, image) in images.iter().enumerate() {
            self.job_progress("tuning", index, total);
            // Left out before: it could not be read.
            let Some(inverted) = report.best(image) else { continue };
            let place = report.place(index, image);
            let delta = PathBuf::from(format!("{}-delta.safetensors", place.display()));
            if resume && is_done(&delta, model, &space, &inverted, settings) {
                continue;
            }
            let photos = self.read_photos(model, &[(index, image)])?;
            let Some(picture) = photos.pictures else {
                return Err(photos.left_out.into_iter().next().unwrap_or_default());
            };
            let values = values_from_tensor(picture)?;
            let pivot = pivot(model, image, &inverted, &values)?;
            let tuner = Tuner::new(model, pivot, settings.clone())?;
            if tuner.before_db() >= settings.goal_db {
                let before_db = tuner.before_db();
                let figures = TunedFigures { before_db, after_db: before_db, ..Default::default() };
                self.outbox.tell(Event::PhotoTuned(Box::new(PhotoTuned {
                    image: inverted.image.clone(),
                    method: inverted.method,
                    figures,
                    at_goal: true,
                    file_bytes: 0,
                    delta: None,
                })));
                continue;
            }
            let made = self.tune_one(tuner)?;
            let tuned = PathBuf::from(format!("{}-tuned.png", place.display()));
            write_picture(model, &tuned, &made.picture)?;
            made.delta.save(&delta, &space).map_err(|error| error.to_string())?;
            let written = std::fs::metadata(&delta).map(|about| about.len());
            self.outbox.tell(Event::PhotoTuned(Box::new(PhotoTuned {
                image: inverted.image.clone(),
                method: inverted.method,
                figures: made.delta.about.figures,
                at_goal: false,
                file_bytes: written.map_err(|error| error.to_string())?,
                delta: Some(delta),
            })));
        }
        Ok(())
    }

    /// One tuning, to its end.
    fn tune_one(&mut self, mut tuner: Tuner) -> Result<Made, String> {
        loop {
            if let Some(made) = tuner.advance()? {
                return Ok(made);
            }
            self.breathe()?;
        }
    }
}

fn pivot(
    model: &Model,
    image: &Path,
    inverted: &Inverted,
    values: &[f32],
) -> Result<Pivot, String> {
    let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
    let picture = frame_from_values(values, channels, size, size);
    Ok(Pivot {
        latent: inverted.latent.clone(),
        picture: picture.map_err(|error| error.to_string())?,
        photo: Some(PhotoPlace { path: image.to_owned(), crop: None }),
    })
}

/// Whether this very tuning is in the folder.
fn is_done(
    delta: &Path,
    model: &Model,
    space: &LatentSpace,
    inverted: &Inverted,
    settings: &PivotalSettings,
) -> bool {
    let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
    Delta::open(delta, space, [channels, size, size])
        .is_ok_and(|found| found.about.settings == *settings && found.latent == inverted.latent.0)
}

fn write_picture(model: &Model, path: &Path, values: &[f32]) -> Result<(), String> {
    let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
    let frame = frame_from_values(values, channels, size, size).map_err(|e| e.to_string())?;
    let png = encode_png(&frame).map_err(|error| error.to_string())?;
    write_atomic(path, |out| out.write_all(&png)).map_err(|error| error.to_string())
}
