//! What is known of a model before any photo comes: pictures with their latents, among which optimisation
//! looks for a near start, and how D judges data and the model's own pictures.

use std::sync::Arc;

use burn::tensor::Tensor;

use crate::data::Dataset;
use crate::engine::parts::{PART, latents_from_rows, values_per_picture};
use crate::engine::pictures::{PriorLatents, decode, encode_values};
use crate::engine::run::read;
use crate::engine::saving::{encoder_fingerprint, latent_space};
use crate::engine::worker::Worker;
use crate::imaging::values_from_tensor;
use crate::invert::Candidates;
use crate::models::{Mode, Model, Pass};
use crate::protocol::{Latent, Manifold, ManifoldLight, Prior, Split};

/// Pictures in it.
const PICTURES: usize = 512;
/// Key of the samples that stand in for data.
const SEED: u64 = 0x0001_4e76;
/// Share of the known latents, or pictures, beyond which one is at the edge.
const EDGE: f32 = 0.01;

/// What a bank is filled from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::engine) struct BankKey {
    /// Fingerprints of G and En.
    networks: (String, String),
    /// The data set's name and options.
    data: Option<String>,
}

impl BankKey {
    /// Of the bank of a model beside a data set.
    ///
    /// # Errors
    /// When the weights cannot be read.
    pub(in crate::engine) fn of(model: &Model, dataset: Option<&Dataset>) -> Result<Self, String> {
        let name = |dataset: &Dataset| {
            let summary = dataset.summary();
            format!("{} {:?}", summary.name, summary.options)
        };
        Ok(Self {
            networks: (latent_space(model)?.generator, encoder_fingerprint(model)?),
            data: dataset.map(name),
        })
    }
}

/// Known pictures.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Bank {
    pub(super) candidates: Arc<Candidates>,
    /// Rising: ‖z‖ of the known latents, D's logits of the data, and of the model's pictures of those latents.
    norms: Vec<f32>,
    of_data: Vec<f32>,
    of_own: Vec<f32>,
}

/// A bank being filled, a part at a time: encoded training pictures or, without data or encoder, samples.
pub(in crate::engine) struct BankBuilder {
    model: Model,
    dataset: Option<Arc<Dataset>>,
    prior: PriorLatents,
    wanted: usize,
    part: usize,
    done: usize,
    candidates: Candidates,
    bank: Bank,
}

impl BankBuilder {
    /// For a model; a data set of another picture format is passed over.
    pub(in crate::engine) fn new(model: &Model, dataset: Option<Arc<Dataset>>) -> Self {
        let dataset = dataset.filter(|data| model.encoder.is_some() && fits(model, data));
        let wanted = dataset.as_ref().map_or(PICTURES, |data| data.len(Split::Train).min(PICTURES));
        Self {
            prior: PriorLatents::new(model, SEED, 1.0),
            model: model.clone(),
            dataset,
            wanted,
            done: 0,
            part: PART,
            candidates: Candidates::default(),
            bank: Bank::default(),
        }
    }

    /// The same, this many pictures at a time.
    #[must_use]
    pub(in crate::engine) fn in_parts_of(self, part: usize) -> Self {
        Self { part, ..self }
    }

    /// Pictures done, and wanted.
    pub(super) fn progress(&self) -> (usize, usize) {
        (self.done, self.wanted)
    }

    /// One part more; false when all are there.
    ///
    /// # Errors
    /// When a picture cannot be read or the device fails.
    pub(in crate::engine) fn advance(&mut self) -> Result<bool, String> {
        let count = self.part.min(self.wanted - self.done);
        if count == 0 {
            return Ok(false);
        }
        let latents = match self.dataset.clone() {
            Some(dataset) => self.encode(&dataset, count)?,
            None => self.prior.draw(count),
        };
        let own = decode(&self.model, &latents);
        if self.dataset.is_none() {
            self.candidates.pictures.extend(values_from_tensor(own.clone())?);
        }
        self.bank.of_own.extend(logits(&self.model, own)?);
        self.bank.norms.extend(latents.iter().map(Latent::norm));
        self.candidates.latents.extend(latents.into_iter().flat_map(|latent| latent.0));
        self.done += count;
        Ok(self.done < self.wanted)
    }

    fn encode(&mut self, dataset: &Dataset, count: usize) -> Result<Vec<Latent>, String> {
        let indices: Vec<usize> = (self.done..self.done + count).collect();
        let images = read(dataset, Split::Train, &indices, &self.model.device())?;
        self.candidates.pictures.extend(values_from_tensor(images.clone())?);
        self.bank.of_data.extend(logits(&self.model, images.clone())?);
        let codes = encode_values(&self.model, images)?.ok_or("this model has no encoder")?;
        Ok(latents_from_rows(&codes.means, self.model.spec.latent as usize))
    }

    pub(in crate::engine) fn finish(self) -> Bank {
        debug_assert_eq!(
            self.candidates.pictures.len(),
            self.done * values_per_picture(&self.model)
        );
        let mut bank = Bank { candidates: Arc::new(self.candidates), ..self.bank };
        for values in [&mut bank.norms, &mut bank.of_data, &mut bank.of_own] {
            values.sort_by(f32::total_cmp);
        }
        bank
    }
}

impl Bank {
    /// Where a latent lies; `picture` is what it decodes to, `[1, C, S, S]`.
    ///
    /// # Errors
    /// When the device fails.
    pub(in crate::engine) fn manifold(
        &self,
        model: &Model,
        latent: &Latent,
        picture: Tensor<4>,
    ) -> Result<Manifold, String> {
        let dims = latent.dims() as f32;
        let shell = match model.spec.prior {
            Prior::Normal => dims.sqrt(),
            Prior::Uniform => (dims / 3.0).sqrt(),
        };
        let norm = latent.norm();
        let logit = logits(model, picture)?.first().copied();
        let share = |values: &[f32]| logit.and_then(|logit| share_below(values, logit));
        let (among_data, among_own) = (share(&self.of_data), share(&self.of_own));
        let norms = (quantile(&self.norms, EDGE), quantile(&self.norms, 1.0 - EDGE));
        let longest = self.norms.last().copied().unwrap_or(shell).max(shell);
        // Inside of what is known nothing is amiss: codes of a VAE lie inside the prior's shell.
        let by_norm = match norm {
            norm if norm > 1.25 * longest => ManifoldLight::Off,
            norm if norm > longest => ManifoldLight::Edge,
            _ => ManifoldLight::On,
        };
        // D tells most pictures of a model from data: only its own pictures are a fair measure.
        let lowest = self.of_own.first().zip(self.of_own.last());
        let by_judge = match (logit, lowest) {
            (Some(logit), Some((low, high))) if logit < low - (high - low) => ManifoldLight::Off,
            _ if among_own.is_some_and(|share| share < EDGE) => ManifoldLight::Edge,
            _ => ManifoldLight::On,
        };
        Ok(Manifold { norm, shell, norms, among_data, among_own, light: by_norm.max(by_judge) })
    }
}

/// D's logits, none without D.
fn logits(model: &Model, pictures: Tensor<4>) -> Result<Vec<f32>, String> {
    let Some(discriminator) = &model.discriminator else { return Ok(Vec::new()) };
    let logit = discriminator.forward(pictures, &mut Pass::new(Mode::Eval)).logit;
    let [n] = logit.dims();
    values_from_tensor(logit.reshape([n, 1, 1, 1]))
}

fn share_below(rising: &[f32], value: f32) -> Option<f32> {
    let below = rising.partition_point(|known| *known < value);
    (!rising.is_empty()).then(|| below as f32 / rising.len() as f32)
}

fn quantile(rising: &[f32], share: f32) -> f32 {
    let last = rising.len().saturating_sub(1);
    rising.get((share * last as f32).round() as usize).copied().unwrap_or_default()
}

impl Worker {
    /// The bank of a race or job before, where it is the same one, or one that is filled as part of the job and kept.
    ///
    /// # Errors
    /// When the job was stopped, a picture cannot be read or the device fails.
    pub(super) fn bank_for_job(
        &mut self,
        model: &Model,
        dataset: Option<Arc<Dataset>>,
    ) -> Result<Bank, String> {
        let key = BankKey::of(model, dataset.as_deref())?;
        if let Some(bank) = self.race_desk.known_bank(&key) {
            return Ok(bank);
        }
        let bank = self.fill_bank(model, dataset)?;
        self.race_desk.keep_bank(key, bank.clone());
        Ok(bank)
    }

    /// A bank, filled as part of a job.
    ///
    /// # Errors
    /// When the job was stopped, a picture cannot be read or the device fails.
    pub(super) fn fill_bank(
        &mut self,
        model: &Model,
        dataset: Option<Arc<Dataset>>,
    ) -> Result<Bank, String> {
        let mut builder = BankBuilder::new(model, dataset);
        while builder.advance()? {
            let (done, wanted) = builder.progress();
            self.job_progress("gathering pictures to start from", done, wanted);
            self.breathe()?;
        }
        Ok(builder.finish())
    }
}

/// Whether a data set's pictures have the model's format.
fn fits(model: &Model, dataset: &Dataset) -> bool {
    let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
    (dataset.channels(), dataset.size()) == (channels, size) && !dataset.is_empty(Split::Train)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::pictures::sheet_latents;
    use crate::protocol::{Family, ModelSpec};
    use burn::tensor::Device;

    #[test]
    fn latents_as_known_are_on_the_manifold_and_far_ones_off() {
        let spec =
            ModelSpec { image_size: 16, latent: 8, width: 4, ..ModelSpec::for_family(Family::Gan) };
        let model = Model::new(&spec, 1, &Device::flex());
        let mut builder = BankBuilder::new(&model, None);
        while builder.advance().unwrap() {}
        assert_eq!(builder.progress(), (PICTURES, PICTURES));
        let bank = builder.finish();
        assert_eq!(bank.candidates.latents.len(), PICTURES * 8);
        let light = |latent: &Latent| {
            bank.manifold(&model, latent, decode(&model, std::slice::from_ref(latent))).unwrap()
        };
        for latent in sheet_latents(&model, 4, 20, 1.0) {
            let found = light(&latent);
            assert!(found.light <= ManifoldLight::Edge, "{found:?}");
            assert!(found.among_own.is_some() && found.among_data.is_none());
        }
        assert_eq!(light(&Latent(vec![9.0; 8])).light, ManifoldLight::Off);
    }
}
