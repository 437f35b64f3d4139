//! burn modules only: `spec → new → forward`. No optimizer, no file, no thread.
//!
//! Weights live on the plain device; training takes differentiable copies with
//! [`burn::module::Module::train`] phase by phase, so a model can never be changed by looking at it.

mod classifier;
pub mod conv;
mod discriminator;
mod encoder;
mod generator;
mod host;
mod init;
mod layers;
mod low_rank;
mod norm;
mod probe;
mod weights;

use burn::module::Module;
use burn::tensor::Device;

pub use classifier::{CLASSIFIER_SIZE, Classifier};
pub use discriminator::{Discriminator, Judgement};
pub use encoder::{Encoder, Posterior};
pub use generator::Generator;
pub use host::{flat, lifted, read_values, rows_from_values};
pub use init::Initializer;
pub use layers::leaky_relu;
pub use low_rank::GeneratorChange;
pub use norm::{BatchStatistics, Mode, Pass};
pub use probe::LabelProbe;
pub use weights::{Arrays, ModulePath, WeightsError, arrays_from_module, module_from_arrays};

use crate::protocol::{ModelSpec, Networks};

/// The networks of a family, on a plain device.
#[derive(Debug, Clone)]
pub struct Model {
    /// The architecture.
    pub spec: ModelSpec,
    /// G, the decoder.
    pub generator: Generator,
    /// En, where the family has one or one was trained for the generator.
    pub encoder: Option<Encoder>,
    /// D, where the family has one.
    pub discriminator: Option<Discriminator>,
}

impl Model {
    /// Fresh networks. Each draws from its own random stream, so a family's extra networks leave the
    /// others' weights unchanged.
    pub fn new(spec: &ModelSpec, seed: u64, device: &Device) -> Self {
        let init = |network| Initializer::new(device, seed, network);
        Self {
            spec: spec.clone(),
            generator: Generator::new(spec, &mut init(0)),
            encoder: spec.has_encoder().then(|| Encoder::new(spec, &mut init(1))),
            discriminator: spec
                .family
                .has_discriminator()
                .then(|| Discriminator::new(spec, &mut init(2))),
        }
    }

    /// The same networks with an encoder to be trained for the generator as it is: the present one, or
    /// random weights where there is none or `fresh` asks for them. Its posterior is a point, as in
    /// [`Encoder::with_point_posterior`].
    #[must_use]
    pub fn with_encoder_for_training(self, fresh: bool, seed: u64) -> Self {
        let spec = self.spec.with_encoder();
        let device = self.generator.devices().into_iter().next().unwrap_or_else(Device::flex);
        let new = || Encoder::new(&spec, &mut Initializer::new(&device, seed, 1));
        let encoder = self.encoder.filter(|_| !fresh).unwrap_or_else(new);
        Self { encoder: Some(encoder.with_point_posterior()), spec, ..self }
    }

    /// The networks that the family itself trains.
    #[must_use]
    pub fn of_family_alone(self) -> Self {
        let spec = self.spec.of_family_alone();
        Self { encoder: self.encoder.filter(|_| spec.has_encoder()), spec, ..self }
    }

    /// Parameter counts, running statistics included.
    pub fn networks(&self) -> Networks {
        Networks {
            generator: self.generator.num_params(),
            encoder: self.encoder.as_ref().map_or(0, Module::num_params),
            discriminator: self.discriminator.as_ref().map_or(0, Module::num_params),
        }
    }

    /// The device the weights are on.
    pub fn device(&self) -> Device {
        self.generator.devices().into_iter().next().unwrap_or_else(Device::flex)
    }
}

#[cfg(test)]
mod tests;
