//! One picture brought back to z as part of another job.

use std::sync::Arc;

use burn::tensor::{Tensor, TensorData};

use super::racer::{Ground, Racer};
use super::report::outcome;
use crate::engine::worker::Worker;
use crate::invert::Candidates;
use crate::models::Model;
use crate::protocol::{InversionMethod, InversionSettings, Inverted};

impl Worker {
    /// The latent of one picture, `C·S·S` values in [-1, 1], and how near it comes.
    ///
    /// # Errors
    /// A method that needs an encoder without one, when the device fails, or a stop.
    pub(in crate::engine) fn invert_one(
        &mut self,
        model: &Model,
        picture: &[f32],
        method: InversionMethod,
        settings: &InversionSettings,
    ) -> Result<Inverted, String> {
        let known = match method {
            InversionMethod::Optimise => self.fill_bank(model, None)?.candidates,
            InversionMethod::Encode | InversionMethod::Hybrid => Arc::new(Candidates::default()),
        };
        let ground = Ground::new(model, settings, known)?;
        let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
        let data = TensorData::new(picture.to_vec(), [1, channels, size, size]);
        let picture = Tensor::from_data(data, &model.device());
        let mut racer = Racer::new(method, &ground, &picture, &[0])?;
        let steps = match method {
            InversionMethod::Hybrid => settings.hybrid_steps,
            _ => settings.steps,
        };
        while !racer.is_done() {
            self.job_progress(
                "bringing the picture back to z",
                racer.steps() as usize,
                steps as usize,
            );
            racer.advance()?;
            self.breathe()?;
        }
        outcome(model, &racer, &picture, 0)
    }
}
