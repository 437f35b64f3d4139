//! What a run that trains an encoder for the open model's generator begins with.

use super::run::Saved;
use super::saving;
use super::session::OpenModel;
use super::worker::Worker;
use crate::data::Dataset;
use crate::models::Model;
use crate::protocol::{NoticeLevel, RunSettings, TrainTask};
use crate::storage::Manifest;

impl Worker {
    /// The architecture of a new run: as asked, or the open model's where the run goes on from it.
    ///
    /// # Errors
    /// An encoder is to be trained and no model is open.
    pub(super) fn choose_architecture(&mut self, settings: &mut RunSettings) -> Result<(), String> {
        let open = self.session.model.as_ref();
        if settings.train.task.is_encoder() {
            let open = open.ok_or("no model is open: open the one that an encoder is for")?;
            settings.spec = open.model.spec.clone().with_encoder();
            return Ok(());
        }
        if let Some(open) = open.filter(|_| settings.continue_model) {
            let spec = open.model.spec.clone();
            let loses_encoder = spec.added_encoder;
            settings.spec = spec;
            if loses_encoder {
                let text = "the model's encoder was trained for its generator as it is: this run \
                            changes the generator, so it leaves the encoder out";
                self.outbox.notice(NoticeLevel::Warning, text);
            }
        }
        settings.spec = settings.spec.clone().of_family_alone();
        Ok(())
    }

    /// The open model with the encoder that a new run begins with, if it is to train one.
    ///
    /// # Errors
    /// No model is open.
    pub(super) fn model_to_encode(&mut self, settings: &RunSettings) -> Result<Model, String> {
        let fresh = matches!(settings.train.task, TrainTask::Encoder { fresh: true });
        let open = self.session.model.as_ref().ok_or("no model is open")?;
        let goes_on = open.model.encoder.is_some() && !fresh;
        let model = open.model.clone().with_encoder_for_training(fresh, settings.train.seed);
        if goes_on {
            let text = "the model has an encoder already: it is trained further, for the generator as it is";
            self.outbox.notice(NoticeLevel::Info, text);
        }
        Ok(model)
    }

    /// What the file of such a run says besides the encoder's own figures; `None` for any other run.
    pub(super) fn encoder_base(
        &self,
        settings: &RunSettings,
        dataset: &Dataset,
        saved: Option<&Saved>,
    ) -> Option<Manifest> {
        let open = self.session.model.as_ref();
        settings.train.task.is_encoder().then_some(())?;
        match saved {
            Some(saved) => Some(saved.manifest.clone()),
            None => open.map(|open| saving::with_encoder_described(open, dataset.summary())),
        }
    }
}

impl OpenModel {
    /// The same with what its file will say of it, where that is known.
    pub(super) fn described(self, manifest: Option<&Manifest>) -> Self {
        let step = self.step;
        let known = manifest.map(|manifest| Manifest { step, ..manifest.clone() });
        Self { manifest: known.unwrap_or(self.manifest), ..self }
    }
}
