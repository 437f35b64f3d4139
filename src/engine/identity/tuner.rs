//! One tuning: steps, then the comparison of other pictures before and after.

use std::time::Instant;

use burn::tensor::{Tensor, TensorData};

use crate::engine::parts::PART;
use crate::engine::pictures::{PriorLatents, decode_values, frame_values};
use crate::engine::saving::{arrays_from_tensors, tensors_from_arrays};
use crate::invert::{FeatureNetwork, Networks, Pivotal};
use crate::metrics::{mean_squared_error, psnr_db};
use crate::models::{Discriminator, GeneratorChange, Model};
use crate::protocol::{LOCALITY_PICTURES, Latent, Pivot, PivotalSettings, TunedFigures};
use crate::storage::{Delta, DeltaAbout, NamedArray, Tensors};

/// Key of the fresh samples: none that anything else is drawn with.
const FRESH: u64 = 0x0001_10ca;
/// Below this error pictures are as good as equal; their PSNR stays a number.
const LEAST_ERROR: f64 = 1e-20;

/// PSNR of a picture against another, in decibels; at most 206.
fn decibels(mse: f64) -> f64 {
    psnr_db(mse.max(LEAST_ERROR))
}

/// What a tuning made.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Made {
    /// The model with the tuned copy in place of G.
    pub(in crate::engine) model: Model,
    /// G_θ(z), values in [-1, 1].
    pub(in crate::engine) picture: Vec<f32>,
    /// As it is saved.
    pub(in crate::engine) delta: Delta,
}

/// The tuned copy as it will be saved, and how far other pictures are compared.
struct Measuring {
    made: Made,
    fresh: PriorLatents,
    done: usize,
    /// Sum of the mean squared differences.
    sum: f64,
}

enum Stage {
    Steps,
    Measuring(Box<Measuring>),
}

/// A tuning under way.
pub(in crate::engine) struct Tuner {
    model: Model,
    pivot: Pivot,
    target: Vec<f32>,
    pivotal: Pivotal,
    settings: PivotalSettings,
    before_db: f64,
    seconds: f64,
    stopped: bool,
    stage: Stage,
}

impl Tuner {
    /// Begins.
    ///
    /// # Errors
    /// Settings out of range, a pivot or photo of another model's size, a loss that needs a network that is not there,
    /// or a device that fails.
    pub(in crate::engine) fn new(
        model: &Model,
        pivot: Pivot,
        settings: PivotalSettings,
    ) -> Result<Self, String> {
        settings.validate().map_err(|error| error.to_string())?;
        let target = picture_values(model, &pivot)?;
        let features = model.discriminator.clone().map(Discriminator::folded);
        if settings.feature_weight > 0.0 && features.is_none() {
            let text =
                "this model has no discriminator to compare features in: use feature weight 0";
            return Err(text.to_owned());
        }
        let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
        let data = TensorData::new(target.clone(), [1, channels, size, size]);
        let picture = Tensor::<4>::from_data(data, &model.device());
        let features = features.map(FeatureNetwork::Discriminator);
        let drawn = decode_values(model, std::slice::from_ref(&pivot.latent))?;
        let pivotal = Pivotal::new(
            &Networks::of(model),
            pivot.latent.0.clone(),
            picture,
            features,
            settings.clone(),
        );
        Ok(Self {
            model: model.clone(),
            before_db: decibels(mean_squared_error(&target, &drawn)),
            pivot,
            target,
            pivotal,
            settings,
            seconds: 0.0,
            stopped: false,
            stage: Stage::Steps,
        })
    }

    /// No more steps: what is reached is measured and kept.
    pub(in crate::engine) fn stop(&mut self) {
        self.stopped = true;
    }

    /// One step, or a part of the comparison; what was made when all is done.
    ///
    /// # Errors
    /// When the device fails, or the loss is no number wherever it is tried.
    pub(in crate::engine) fn advance(&mut self) -> Result<Option<Made>, String> {
        let begun = Instant::now();
        let result = match &mut self.stage {
            Stage::Steps if self.stopped || self.pivotal.is_done() => self.round().map(|()| None),
            Stage::Steps => self.pivotal.step().map(|()| None),
            Stage::Measuring(measuring) => measuring.advance(&self.model),
        };
        self.seconds += begun.elapsed().as_secs_f64();
        result
    }

    /// Steps done, and steps at most.
    pub(in crate::engine) fn steps(&self) -> (u32, u32) {
        (self.pivotal.steps().min(self.settings.steps), self.settings.steps)
    }

    pub(super) fn seconds(&self) -> f64 {
        self.seconds
    }

    pub(super) fn restarts(&self) -> u32 {
        self.pivotal.restarts()
    }

    pub(super) fn is_measuring(&self) -> bool {
        matches!(self.stage, Stage::Measuring(_))
    }

    pub(in crate::engine) fn before_db(&self) -> f64 {
        self.before_db
    }

    /// G_θ(z) as it stands, values in [-1, 1], and its PSNR.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn picture(&self) -> Result<(Vec<f32>, f64), String> {
        let generator = self.pivotal.base().changed_by(self.pivotal.change());
        let model = Model { generator, ..self.model.clone() };
        let values = decode_values(&model, std::slice::from_ref(&self.pivot.latent))?;
        let error = mean_squared_error(&self.target, &values);
        Ok((values, decibels(error)))
    }

    /// The change as it is saved, in half precision: what is shown from now on is what a file gives back.
    fn round(&mut self) -> Result<(), String> {
        let arrays = self.pivotal.change().to_arrays().map_err(|error| error.to_string())?;
        let change = rounded(tensors_from_arrays(arrays));
        let spec = &self.model.spec;
        let (channels, size) = (spec.channels as usize, spec.image_size as usize);
        let target = NamedArray::new("target", vec![channels, size, size], self.target.clone());
        let photo = self.pivot.photo.clone();
        let figures = TunedFigures::default();
        let delta = Delta {
            about: DeltaAbout { photo, settings: self.settings.clone(), figures },
            latent: self.pivot.latent.0.clone(),
            target: target.map_err(|error| error.to_string())?,
            change,
        };
        let mut made = Made::of(&self.model, delta)?;
        let error = mean_squared_error(&self.target, &made.picture);
        made.delta.about.figures = TunedFigures {
            steps: self.steps().0,
            before_db: self.before_db,
            after_db: decibels(error),
            delta_bytes: made.delta.bytes(),
            generator_bytes: self.model.generator.folded_bytes(),
            ..TunedFigures::default()
        };
        made.delta.about.figures.seconds = self.seconds;
        let fresh = PriorLatents::new(&self.model, FRESH, 1.0);
        self.stage = Stage::Measuring(Box::new(Measuring { made, fresh, done: 0, sum: 0.0 }));
        Ok(())
    }
}

impl Measuring {
    fn advance(&mut self, base: &Model) -> Result<Option<Made>, String> {
        let count = PART.min(LOCALITY_PICTURES - self.done);
        let latents = self.fresh.draw(count);
        let (before, after) =
            (decode_values(base, &latents)?, decode_values(&self.made.model, &latents)?);
        self.sum += mean_squared_error(&before, &after) * count as f64;
        self.done += count;
        if self.done < LOCALITY_PICTURES {
            return Ok(None);
        }
        let mse = self.sum / LOCALITY_PICTURES as f64;
        let figures = &mut self.made.delta.about.figures;
        (figures.locality_mse, figures.locality_db) = (mse, decibels(mse));
        Ok(Some(self.made.clone()))
    }
}

impl Made {
    /// The model with a delta applied.
    ///
    /// # Errors
    /// A change that does not fit the generator, or a device that fails.
    pub(in crate::engine) fn of(model: &Model, delta: Delta) -> Result<Self, String> {
        let rank = delta.about.settings.rank;
        let folded = model.generator.clone().folded();
        let change =
            GeneratorChange::from_arrays(&folded, rank, arrays_from_tensors(&delta.change))
                .map_err(|error| error.to_string())?;
        let model = Model { generator: folded.changed_by(&change), ..model.clone() };
        let picture = decode_values(&model, &[Latent(delta.latent.clone())])?;
        Ok(Self { model, picture, delta })
    }
}

/// Every value as half precision holds it.
fn rounded(tensors: Tensors) -> Tensors {
    let half = |value: f32| half::f16::from_f32(value).to_f32();
    let array = |array: NamedArray| NamedArray {
        values: array.values.into_iter().map(half).collect(),
        ..array
    };
    tensors.into_iter().map(array).collect()
}

/// A pivot's picture as the model's values in [-1, 1].
///
/// # Errors
/// A picture or latent of another size than the model's.
pub(super) fn picture_values(model: &Model, pivot: &Pivot) -> Result<Vec<f32>, String> {
    let dims = model.spec.latent as usize;
    if pivot.latent.dims() != dims {
        return Err(format!(
            "the latent has {} dimensions, and this model's have {dims}: invert the photo with the open model",
            pivot.latent.dims()
        ));
    }
    frame_values(model, &pivot.picture)
}
