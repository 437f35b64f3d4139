//! Whether an edit has left the manifold: by the known pictures that inversion starts from, gathered when nothing else
//! is to be done.

use std::time::{Duration, Instant};

use burn::tensor::Tensor;

use crate::engine::inversion::{Bank, BankBuilder, BankKey};
use crate::engine::worker::Worker;
use crate::models::Model;
use crate::protocol::{EditStage, Latent, Manifold};

/// While the picture moves, it is looked where it lies this often: D costs as much as the picture.
const LIT_INTERVAL: Duration = Duration::from_millis(250);
/// Known pictures gathered at once: what is painted meanwhile waits for them.
const PART: usize = 4;

/// What there is to compare with.
pub(super) enum Light {
    /// Nothing yet.
    Missing(BankKey),
    /// It is being gathered.
    Gathering(Box<BankBuilder>, BankKey),
    /// Known pictures.
    Known(Bank),
    /// It cannot be gathered.
    Failed,
}

impl Light {
    /// Whether there is a part of it to be done.
    pub(super) fn is_active(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Gathering(..))
    }

    /// Where a latent lies; `None` where that is not known.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn manifold(
        &self,
        model: &Model,
        z: &[f32],
        picture: Tensor<4>,
    ) -> Result<Option<Manifold>, String> {
        match self {
            Self::Known(bank) => bank.manifold(model, &Latent(z.to_vec()), picture).map(Some),
            _ => Ok(None),
        }
    }
}

/// Where the picture lay when it was looked at last.
#[derive(Debug, Default)]
pub(super) struct Lit {
    manifold: Option<Manifold>,
    at: Option<Instant>,
}

impl Lit {
    /// Looks again where that is due: at rest always.
    ///
    /// # Errors
    /// Those of `look`.
    pub(super) fn at(
        &mut self,
        stage: EditStage,
        look: impl FnOnce() -> Result<Option<Manifold>, String>,
    ) -> Result<Option<Manifold>, String> {
        let due = self.at.is_none_or(|at| at.elapsed() >= LIT_INTERVAL);
        if due || stage == EditStage::Settled {
            self.manifold = look()?;
            self.at = Some(Instant::now());
        }
        Ok(self.manifold.clone())
    }
}

impl Worker {
    /// For the open model and data.
    pub(super) fn light(&mut self) -> Light {
        let Some((model, _)) = self.base_model() else { return Light::Failed };
        match BankKey::of(model, self.session.dataset.as_deref()) {
            Ok(key) => match self.race_desk.known(&key) {
                Some(bank) => Light::Known(bank),
                None => Light::Missing(key),
            },
            Err(text) => {
                tracing::warn!("no light for the edit: {text}");
                Light::Failed
            }
        }
    }

    /// One part more of what there is to compare with; whether it is known now.
    pub(super) fn advance_light(&mut self, light: &mut Light) -> bool {
        *light = match std::mem::replace(light, Light::Failed) {
            Light::Missing(key) => {
                // A race may have gathered it meanwhile.
                if let Some(bank) = self.race_desk.known(&key) {
                    *light = Light::Known(bank);
                    return true;
                }
                let dataset = self.session.dataset.clone();
                match self.base_model() {
                    Some((model, _)) => Light::Gathering(
                        Box::new(BankBuilder::new(model, dataset).in_parts_of(PART)),
                        key,
                    ),
                    None => Light::Failed,
                }
            }
            Light::Gathering(mut builder, key) => match builder.advance() {
                Ok(true) => Light::Gathering(builder, key),
                Ok(false) => {
                    let bank = builder.finish();
                    self.race_desk.keep(key, bank.clone());
                    *light = Light::Known(bank);
                    return true;
                }
                Err(text) => {
                    tracing::warn!("no light for the edit: {text}");
                    Light::Failed
                }
            },
            other => other,
        };
        false
    }
}
