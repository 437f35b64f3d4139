//! One method at work on a batch of pictures, with a clock of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use burn::tensor::Tensor;

use crate::engine::saving;
use crate::engine::worker::Worker;
use crate::imaging::values_from_tensor;
use crate::invert::{
    Candidates, Energy, FeatureNetwork, Found, Inversion, Networks, mean_start, nearest_rows,
    random_starts,
};
use crate::models::{Discriminator, Encoder, Mode, Model, Pass};
use crate::protocol::{Event, FeatureSource, InversionMethod, InversionSettings};

/// What all methods share: the networks, the settings, known pictures.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    pub(super) networks: Networks,
    pub(super) features: Option<FeatureNetwork>,
    pub(super) settings: InversionSettings,
    pub(super) candidates: Arc<Candidates>,
}

impl Ground {
    /// For a model.
    ///
    /// # Errors
    /// A network for features that is not there or does not fit.
    pub(super) fn new(
        model: &Model,
        settings: &InversionSettings,
        candidates: Arc<Candidates>,
    ) -> Result<Self, String> {
        settings.validate().map_err(|error| error.to_string())?;
        let features = match settings.feature_weight > 0.0 {
            true => Some(feature_network(model, &settings.features)?),
            false => None,
        };
        Ok(Self { networks: Networks::of(model), features, settings: settings.clone(), candidates })
    }
}

/// The network whose features are compared.
fn feature_network(model: &Model, source: &FeatureSource) -> Result<FeatureNetwork, String> {
    let missing = |what: &str| {
        format!("this model has no {what} to compare features in: choose another, or weight 0")
    };
    match source {
        FeatureSource::Discriminator => {
            discriminator_of(model).ok_or_else(|| missing("discriminator"))
        }
        FeatureSource::Encoder => encoder_of(model).ok_or_else(|| missing("encoder")),
        FeatureSource::Model(path) => Ok(other_network(model, path)?.1),
    }
}

/// The network of another model file, and its name.
fn other_network(model: &Model, path: &Path) -> Result<(&'static str, FeatureNetwork), String> {
    let other = saving::open(path, &model.device())?.model;
    let format = |model: &Model| (model.spec.channels, model.spec.image_size);
    if format(&other) != format(model) {
        let (channels, size) = format(&other);
        return Err(format!(
            "{}: its pictures are {size} px with {channels} channels, and those that are to be compared {} px with \
             {}: name a model of the same format",
            crate::storage::shown(path),
            model.spec.image_size,
            model.spec.channels
        ));
    }
    if let Some(network) = discriminator_of(&other) {
        return Ok(("discriminator", network));
    }
    let network = encoder_of(&other).ok_or_else(|| {
        format!(
            "{}: this model has no discriminator or encoder to compare features in: name another",
            crate::storage::shown(path)
        )
    })?;
    Ok(("encoder", network))
}

fn discriminator_of(model: &Model) -> Option<FeatureNetwork> {
    model.discriminator.clone().map(Discriminator::folded).map(FeatureNetwork::Discriminator)
}

fn encoder_of(model: &Model) -> Option<FeatureNetwork> {
    model.encoder.clone().map(Encoder::folded).map(FeatureNetwork::Encoder)
}

impl Worker {
    /// Tells whether a network of this model file can compare features for the open model.
    pub(in crate::engine) fn try_features(&mut self, path: PathBuf) {
        let found = match self.current_model() {
            Some((model, _)) => other_network(model, &path).map(|(name, _)| name.to_owned()),
            None => Err("no model is open: open one or train one first".to_owned()),
        };
        self.outbox.tell(Event::FeaturesTried(path, found));
    }
}

/// A method under way.
#[derive(Debug)]
pub(super) struct Racer {
    pub(super) method: InversionMethod,
    work: Work,
    seconds: f64,
}

#[derive(Debug)]
enum Work {
    /// A single look through the encoder, done.
    Encoded(Vec<Found>),
    Descent(Box<Inversion>),
}

impl Racer {
    /// Begins with pictures, `[P, C, S, S]` in [-1, 1]; `numbers` are their places among all pictures, which
    /// key the random starts. What an encoder does, it does here.
    ///
    /// # Errors
    /// A method that needs an encoder without one, or a device that fails.
    pub(super) fn new(
        method: InversionMethod,
        ground: &Ground,
        pictures: &Tensor<4>,
        numbers: &[usize],
    ) -> Result<Self, String> {
        let begun = Instant::now();
        let settings = &ground.settings;
        let hybrid = method == InversionMethod::Hybrid;
        let energy = Energy::new(
            ground.networks.clone(),
            pictures.clone(),
            ground.features.clone(),
            settings,
            hybrid,
        );
        let work = match method {
            InversionMethod::Optimise => {
                let starts = starts(ground, pictures, numbers)?;
                Work::Descent(Box::new(Inversion::new(energy, &starts, settings.clone())))
            }
            InversionMethod::Encode => Work::Encoded(encoded(&energy, codes(ground, pictures)?)?),
            InversionMethod::Hybrid => {
                let starts = codes(ground, pictures)?;
                let settings = InversionSettings {
                    steps: settings.hybrid_steps,
                    descent: settings.hybrid_descent,
                    ..settings.clone()
                };
                Work::Descent(Box::new(Inversion::new(energy, &starts, settings)))
            }
        };
        Ok(Self { method, work, seconds: begun.elapsed().as_secs_f64() })
    }

    /// One step.
    ///
    /// # Errors
    /// As [`Inversion::step`].
    pub(super) fn advance(&mut self) -> Result<(), String> {
        let begun = Instant::now();
        let result = match &mut self.work {
            Work::Encoded(_) => Ok(()),
            Work::Descent(inversion) => inversion.step(),
        };
        self.seconds += begun.elapsed().as_secs_f64();
        result
    }

    pub(super) fn is_done(&self) -> bool {
        self.descent().is_none_or(Inversion::is_done)
    }

    /// Computing time so far.
    pub(super) fn seconds(&self) -> f64 {
        self.seconds
    }

    /// The best latent of each picture.
    pub(super) fn found(&self) -> &[Found] {
        match &self.work {
            Work::Encoded(found) => found,
            Work::Descent(inversion) => inversion.found(),
        }
    }

    /// What is optimised, where anything is.
    pub(super) fn descent(&self) -> Option<&Inversion> {
        match &self.work {
            Work::Encoded(_) => None,
            Work::Descent(inversion) => Some(inversion),
        }
    }

    /// Goes on for more steps, where there is anything to be gained by them.
    pub(super) fn extend(&mut self, more: u32) {
        if let Work::Descent(inversion) = &mut self.work {
            inversion.extend(more);
        }
    }

    /// Steps done; a look through the encoder counts as one.
    pub(super) fn steps(&self) -> u32 {
        self.descent().map_or(1, Inversion::steps)
    }
}

/// Each picture's code.
fn codes(ground: &Ground, pictures: &Tensor<4>) -> Result<Vec<Vec<f32>>, String> {
    let encoder = ground.networks.encoder.as_ref();
    let encoder = encoder
        .ok_or("this model has no encoder: invert with optimise, or train an encoder for it")?;
    let codes =
        values_from_tensor(encoder.forward(pictures.clone(), &mut Pass::new(Mode::Eval)).mean)?;
    Ok(codes.chunks_exact(ground.networks.dims).map(<[f32]>::to_vec).collect())
}

fn encoded(energy: &Energy, codes: Vec<Vec<f32>>) -> Result<Vec<Found>, String> {
    let losses = energy.losses(&codes.concat())?;
    Ok(codes.into_iter().zip(losses).map(|(z, loss)| Found { z, loss, step: 1 }).collect())
}

/// Each picture's starts: the mean latent, those of the nearest known pictures, and for the rest random ones.
fn starts(
    ground: &Ground,
    pictures: &Tensor<4>,
    numbers: &[usize],
) -> Result<Vec<Vec<f32>>, String> {
    let Ground { networks, settings, candidates, .. } = ground;
    let dims = networks.dims;
    let count = settings.starts as usize;
    let near = count.saturating_sub(1).div_ceil(2);
    let values = values_from_tensor(pictures.clone())?;
    let per_picture = values.len() / pictures.dims()[0].max(1);
    let of_one = |(picture, &number): (&[f32], &usize)| {
        let mut starts = mean_start(dims);
        for row in nearest_rows(&candidates.pictures, picture, near) {
            starts.extend_from_slice(&candidates.latents[row * dims..(row + 1) * dims]);
        }
        let missing = count - starts.len() / dims;
        starts.extend(random_starts(networks.prior, missing, dims, settings.seed, number));
        starts
    };
    Ok(values.chunks_exact(per_picture).zip(numbers).map(of_one).collect())
}
