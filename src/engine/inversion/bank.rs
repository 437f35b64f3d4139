//! Pictures whose latents are known: where optimisation looks for a near start.

use std::sync::Arc;

use crate::data::Dataset;
use crate::engine::parts::{PART, values_per_picture};
use crate::engine::pictures::{PriorLatents, decode_values, encode_values};
use crate::engine::worker::Worker;
use crate::imaging::values_from_tensor;
use crate::invert::Candidates;
use crate::models::Model;
use crate::protocol::Split;

/// Pictures in it.
const PICTURES: usize = 512;
/// Key of the samples that stand in for data.
const SEED: u64 = 0x0001_4e76;

impl Worker {
    /// Encoded training pictures or, without data or encoder, samples.
    ///
    /// # Errors
    /// When the job was stopped, a picture cannot be read or the device fails.
    pub(super) fn start_candidates(
        &mut self,
        model: &Model,
        dataset: Option<&Dataset>,
    ) -> Result<Arc<Candidates>, String> {
        let found = match dataset.filter(|data| model.encoder.is_some() && fits(model, data)) {
            Some(dataset) => self.encoded_candidates(model, dataset)?,
            None => self.sampled_candidates(model)?,
        };
        Ok(Arc::new(found))
    }

    fn encoded_candidates(
        &mut self,
        model: &Model,
        dataset: &Dataset,
    ) -> Result<Candidates, String> {
        let count = dataset.len(Split::Train).min(PICTURES);
        let mut found = Candidates::default();
        let device = model.device();
        let pile = (dataset, Split::Train, count);
        self.read_parts("encoding training pictures", pile, &device, |images| {
            found.pictures.extend(values_from_tensor(images.clone())?);
            found.latents.extend(encode_values(model, images)?.ok_or("no encoder")?.means);
            Ok(())
        })?;
        Ok(found)
    }

    fn sampled_candidates(&mut self, model: &Model) -> Result<Candidates, String> {
        let mut prior = PriorLatents::new(model, SEED, 1.0);
        let mut found = Candidates::default();
        found.pictures.reserve(PICTURES * values_per_picture(model));
        for done in (0..PICTURES).step_by(PART) {
            self.job_progress("drawing pictures to start from", done, PICTURES);
            let latents = prior.draw(PART);
            found.pictures.extend(decode_values(model, &latents)?);
            found.latents.extend(latents.into_iter().flat_map(|latent| latent.0));
            self.breathe()?;
        }
        Ok(found)
    }
}

/// Whether a data set's pictures have the model's format.
fn fits(model: &Model, dataset: &Dataset) -> bool {
    let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
    (dataset.channels(), dataset.size()) == (channels, size) && !dataset.is_empty(Split::Train)
}
