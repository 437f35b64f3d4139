//! Everything a run is after a whole step, and its form as plain arrays.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

use super::ema;
use super::optimizer::{Adam, AdamConfig, Moments};
use super::probe::Probe;
use crate::models::{
    Arrays, Discriminator, Encoder, LabelProbe, Model, WeightsError, arrays_from_module,
    module_from_arrays,
};
use crate::protocol::{ModelSpec, TrainSettings};

/// The name of the label term's classifier among the arrays.
const PROBE: &str = "probe";

/// Why saved arrays do not make a training state.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Weights do not fit the architecture.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// An optimizer's moment is not there, or has another size.
    #[error("the optimizer state '{0}' is damaged or missing")]
    Optimizer(String),
}

/// Weights, averages, optimizers and counters after the last whole step.
#[derive(Debug, Clone)]
pub struct TrainState {
    /// The networks as trained.
    pub model: Model,
    /// Moving averages of generator and encoder: what samples are drawn from and what is saved.
    pub average: Model,
    /// Moves the generator.
    pub adam_generator: Adam,
    /// Moves the encoder.
    pub adam_encoder: Adam,
    /// Moves the discriminator.
    pub adam_discriminator: Adam,
    /// The classifier of the label term, once a step has had one.
    pub probe: Option<Probe>,
    /// Whole steps done.
    pub step: u64,
    /// Key of every random number of the run.
    pub seed: u64,
}

impl TrainState {
    /// A run that begins from these networks.
    pub fn new(model: Model, settings: &TrainSettings) -> Self {
        let adam = Adam::new(AdamConfig::new(settings.adam_beta1, settings.adam_beta2));
        Self {
            average: model.clone(),
            model,
            adam_generator: adam.clone(),
            adam_encoder: adam.clone(),
            adam_discriminator: adam,
            probe: None,
            step: 0,
            seed: settings.seed,
        }
    }

    /// D of a family that has one.
    ///
    /// # Panics
    /// When the family has none: trainers ask only where [`crate::protocol::Family`] says so, and
    /// [`Model::new`] builds accordingly.
    pub(super) fn discriminator(&self) -> &Discriminator {
        self.model.discriminator.as_ref().expect("this family has a discriminator")
    }

    /// En of a family that has one.
    ///
    /// # Panics
    /// As [`Self::discriminator`].
    pub(super) fn encoder(&self) -> &Encoder {
        self.model.encoder.as_ref().expect("this family has an encoder")
    }

    /// Ends a step: counts it and moves the averages.
    pub(super) fn finish_step(&mut self, ema_decay: f64) {
        self.finish_encoder_step(ema_decay);
        let average = self.average.generator.clone();
        self.average.generator = ema::blend(average, &self.model.generator, ema_decay, self.step);
        self.average.discriminator.clone_from(&self.model.discriminator);
    }

    /// Ends a step of the encoder alone. The other averages are left untouched: even of two equal
    /// weights a blend differs in its last bit.
    pub(super) fn finish_encoder_step(&mut self, ema_decay: f64) {
        self.step += 1;
        self.average.encoder = self.average.encoder.take().zip(self.model.encoder.as_ref()).map(
            |(average, current): (Encoder, &Encoder)| {
                ema::blend(average, current, ema_decay, self.step)
            },
        );
    }

    /// The networks as trained, the label term's classifier and the optimizers' moments, by name;
    /// counters apart.
    ///
    /// # Errors
    /// When the device cannot be read.
    pub fn arrays(&self) -> Result<Arrays, WeightsError> {
        let mut all = Arrays::new();
        for (part, arrays) in model_arrays(&self.model)? {
            all.insert(format!("raw.{part}"), arrays);
        }
        if let Some(probe) = &self.probe {
            insert_prefixed(&mut all, PROBE, &probe.classifier)?;
        }
        for (network, adam) in self.optimizers() {
            for (name, moments) in &adam.moments {
                let key = format!("adam.{network}.{name}");
                all.insert(format!("{key}.first"), read(&moments.first)?);
                all.insert(format!("{key}.second"), read(&moments.second)?);
            }
        }
        Ok(all)
    }

    /// Updates each optimizer has done, by network.
    pub fn updates(&self) -> BTreeMap<String, u64> {
        self.optimizers().map(|(name, adam)| (name.to_owned(), adam.updates)).collect()
    }

    fn optimizers(&self) -> impl Iterator<Item = (&'static str, &Adam)> {
        let networks = [
            ("generator", &self.adam_generator),
            ("encoder", &self.adam_encoder),
            ("discriminator", &self.adam_discriminator),
        ];
        networks.into_iter().chain(self.probe.as_ref().map(|probe| (PROBE, &probe.adam)))
    }

    /// The state that [`Self::arrays`] and [`Self::updates`] described, with `average` from the
    /// model file. A run saved without a label term's classifier goes on without one.
    ///
    /// # Errors
    /// When an array is missing, left over, or of another shape.
    pub fn restore(
        average: Model,
        settings: &TrainSettings,
        mut arrays: Arrays,
        updates: &BTreeMap<String, u64>,
        step: u64,
    ) -> Result<Self, StateError> {
        let moments = split_off(&mut arrays, "adam.");
        let device = average.device();
        let raw = load_model(&average.spec, split_off(&mut arrays, "raw."), &device);
        let model = raw.map_err(|error| error.within("raw."))?;
        let classifier = restore_probe(&model, split_off(&mut arrays, &format!("{PROBE}.")))?;
        let mut state = Self { average, step, ..Self::new(model, settings) };
        let adam = state.adam_encoder.fresh();
        state.probe = classifier.map(|classifier| Probe { classifier, adam });
        let networks = [
            ("generator", &mut state.adam_generator),
            ("encoder", &mut state.adam_encoder),
            ("discriminator", &mut state.adam_discriminator),
        ];
        let probe = state.probe.as_mut().map(|probe| (PROBE, &mut probe.adam));
        for (network, adam) in networks.into_iter().chain(probe) {
            adam.updates = updates.get(network).copied().unwrap_or(0);
            adam.moments = restore_moments(network, &moments, &device)?;
        }
        Ok(state)
    }
}

fn restore_probe(model: &Model, arrays: Arrays) -> Result<Option<LabelProbe>, WeightsError> {
    if arrays.is_empty() {
        return Ok(None);
    }
    // How many labels there were, the weight alone says; what does not fit it is refused below.
    let labels = arrays.get("weight").and_then(|(shape, _)| shape.first()).copied();
    let dims = model.spec.latent as usize;
    let fresh = LabelProbe::new(dims, labels.unwrap_or(1).max(1), &model.device());
    module_from_arrays(fresh, arrays).map(Some)
}

fn restore_moments(
    network: &str,
    arrays: &Arrays,
    device: &Device,
) -> Result<BTreeMap<String, Moments>, StateError> {
    let prefix = format!("{network}.");
    let upload = |key: &str| -> Result<Tensor<1>, StateError> {
        let (_, values) = arrays.get(key).ok_or_else(|| StateError::Optimizer(key.to_owned()))?;
        Ok(Tensor::from_data(TensorData::new(values.clone(), [values.len()]), device))
    };
    let names = arrays.keys().filter_map(|key| key.strip_prefix(&prefix)?.strip_suffix(".first"));
    names
        .map(|name| {
            let first = upload(&format!("{prefix}{name}.first"))?;
            let second = upload(&format!("{prefix}{name}.second"))?;
            if first.dims() != second.dims() {
                return Err(StateError::Optimizer(format!("{prefix}{name}")));
            }
            Ok((name.to_owned(), Moments { first, second }))
        })
        .collect()
}

/// The arrays under a prefix, with the prefix cut off.
pub fn split_off(arrays: &mut Arrays, prefix: &str) -> Arrays {
    let mut part = Arrays::new();
    arrays.retain(|name, value| match name.strip_prefix(prefix) {
        Some(rest) => {
            part.insert(rest.to_owned(), std::mem::take(value));
            false
        }
        None => true,
    });
    part
}

fn read(tensor: &Tensor<1>) -> Result<(Vec<usize>, Vec<f32>), WeightsError> {
    let data = tensor.clone().try_into_data().map_err(|e| WeightsError::Device(e.to_string()))?;
    let values = data.try_to_vec().map_err(|e| WeightsError::Device(format!("{e:?}")))?;
    Ok((vec![values.len()], values))
}

/// All weights of a model under `generator.`, `encoder.`, `discriminator.`.
///
/// # Errors
/// When the device cannot be read.
pub fn model_arrays(model: &Model) -> Result<Arrays, WeightsError> {
    let mut all = Arrays::new();
    insert_prefixed(&mut all, "generator", &model.generator)?;
    if let Some(encoder) = &model.encoder {
        insert_prefixed(&mut all, "encoder", encoder)?;
    }
    if let Some(discriminator) = &model.discriminator {
        insert_prefixed(&mut all, "discriminator", discriminator)?;
    }
    Ok(all)
}

fn insert_prefixed(
    all: &mut Arrays,
    prefix: &str,
    module: &impl Module,
) -> Result<(), WeightsError> {
    for (name, array) in arrays_from_module(module)? {
        all.insert(format!("{prefix}.{name}"), array);
    }
    Ok(())
}

/// A network with its weights, which are in `arrays` under `prefix`; errors name them so, too.
fn load_part<M: Module>(network: M, arrays: &mut Arrays, prefix: &str) -> Result<M, WeightsError> {
    module_from_arrays(network, split_off(arrays, prefix)).map_err(|error| error.within(prefix))
}

/// The model of an architecture with these weights.
///
/// # Errors
/// When an array is missing, left over, or of another shape.
pub fn load_model(
    spec: &ModelSpec,
    mut arrays: Arrays,
    device: &Device,
) -> Result<Model, WeightsError> {
    let mut model = Model::new(spec, 0, device);
    model.generator = load_part(model.generator, &mut arrays, "generator.")?;
    if let Some(encoder) = model.encoder.take() {
        model.encoder = Some(load_part(encoder, &mut arrays, "encoder.")?);
    }
    if let Some(discriminator) = model.discriminator.take() {
        model.discriminator = Some(load_part(discriminator, &mut arrays, "discriminator.")?);
    }
    match arrays.into_keys().next() {
        Some(name) => Err(WeightsError::Unused(name)),
        None => Ok(model),
    }
}
