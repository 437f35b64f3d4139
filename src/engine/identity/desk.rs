//! What is at hand: the tuned copy, the photo that changes are added to, and which of both is shown.

use std::path::PathBuf;

use super::live::Live;
use super::tuner::{Made, picture_values};
use crate::engine::pictures::decode_values;
use crate::engine::saving::{generator_fingerprint, latent_space};
use crate::engine::session::OpenModel;
use crate::imaging::frame_from_values;
use crate::models::Model;
use crate::protocol::{Frame, Identity, Latent, Pivot, TunedCopy};
use crate::storage::{Delta, LatentSpace};

/// A tuned copy at hand.
pub(super) struct Tuned {
    pub(super) made: Made,
    /// The latent space of the generator it was tuned from.
    pub(super) base: LatentSpace,
    /// The tuned generator's own fingerprint.
    pub(super) fingerprint: String,
    /// The file it was saved to or read from.
    pub(super) file: Option<PathBuf>,
    /// The pivot's photo.
    pub(super) target: Frame,
    /// A session holds it that was written since it is at hand.
    pub(super) in_session: bool,
}

impl Tuned {
    /// Of a tuning, or a file.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn new(base: &Model, made: Made, file: Option<PathBuf>) -> Result<Self, String> {
        let target = frame_of(base, &made.delta.target.values)?;
        let fingerprint = generator_fingerprint(&made.model.generator)?;
        Ok(Self { base: latent_space(base)?, fingerprint, file, target, made, in_session: false })
    }

    pub(super) fn pivot(&self) -> Pivot {
        let delta = &self.made.delta;
        Pivot {
            latent: Latent(delta.latent.clone()),
            picture: self.target.clone(),
            photo: delta.about.photo.clone(),
        }
    }

    fn shown(&self) -> Result<TunedCopy, String> {
        let about = &self.made.delta.about;
        Ok(TunedCopy {
            pivot: self.pivot(),
            settings: about.settings.clone(),
            figures: about.figures,
            picture: frame_of(&self.made.model, &self.made.picture)?,
            file: self.file.clone(),
        })
    }
}

/// Values in [-1, 1] as a picture of a model.
pub(super) fn frame_of(model: &Model, values: &[f32]) -> Result<Frame, String> {
    let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
    frame_from_values(values, channels, size, size).map_err(|error| error.to_string())
}

/// A photo x with its latent z₀.
#[derive(Debug, Clone)]
pub(in crate::engine) struct KeptPhoto {
    pub(super) latent: Latent,
    /// x, values in [-1, 1].
    pub(super) values: Vec<f32>,
    /// G(z₀) of the generator in use, and whether that is the tuned one.
    pub(super) drawn: Option<(bool, Vec<f32>)>,
}

impl KeptPhoto {
    /// A pivot's.
    ///
    /// # Errors
    /// A picture or latent of another size than the model's.
    pub(super) fn new(model: &Model, pivot: &Pivot) -> Result<Self, String> {
        let values = picture_values(model, pivot)?;
        Ok(Self { latent: pivot.latent.clone(), values, drawn: None })
    }

    /// clamp(x + G(z) − G(z₀)) for `values` of G(z). At z = z₀ the difference is 0, and the sum x itself.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn changed(
        &mut self,
        model: &Model,
        tuned: bool,
        values: &[f32],
    ) -> Result<Vec<f32>, String> {
        let drawn = match self.drawn.take() {
            Some((of, drawn)) if of == tuned => drawn,
            _ => decode_values(model, std::slice::from_ref(&self.latent))?,
        };
        let three = self.values.iter().zip(values.iter().zip(&drawn));
        let sum = three.map(|(x, (now, then))| (x + (now - then)).clamp(-1.0, 1.0)).collect();
        self.drawn = Some((tuned, drawn));
        Ok(sum)
    }
}

/// The tuning under way, the tuned copy, the photo, and what is shown of them.
#[derive(Default)]
pub(in crate::engine) struct IdentityDesk {
    pub(super) live: Option<Box<Live>>,
    pub(super) tuned: Option<Tuned>,
    pub(super) tuned_on: bool,
    pub(super) photo: Option<KeptPhoto>,
    pub(super) change_on: bool,
}

impl IdentityDesk {
    /// Whether a step can be done at once.
    pub(in crate::engine) fn is_active(&self) -> bool {
        self.live.is_some()
    }

    /// The model pictures are drawn with: `base`, or the same with the tuned copy of its generator.
    pub(in crate::engine) fn drawn_with<'a>(&'a self, base: &'a Model) -> &'a Model {
        match &self.tuned {
            Some(tuned) if self.tuned_on => &tuned.made.model,
            _ => base,
        }
    }

    /// The same for a model that a job takes along.
    pub(in crate::engine) fn drawn(&self, open: OpenModel) -> OpenModel {
        let model = self.drawn_with(&open.model).clone();
        OpenModel { model, ..open }
    }

    /// Whether anything is at hand or under way.
    pub(super) fn is_empty(&self) -> bool {
        self.live.is_none() && self.tuned.is_none() && self.photo.is_none()
    }

    /// The delta at hand, and the space it belongs to.
    pub(super) fn delta(&self) -> Option<(&Delta, &LatentSpace)> {
        self.tuned.as_ref().map(|tuned| (&tuned.made.delta, &tuned.base))
    }

    /// What there is to tell.
    ///
    /// # Errors
    /// Never in practice: pictures of the model's own size.
    pub(super) fn told(&self) -> Result<Identity, String> {
        let tuned = self.tuned.as_ref().map(Tuned::shown).transpose()?;
        Ok(Identity {
            tuned: tuned.map(Box::new),
            tuned_on: self.tuned_on,
            has_photo: self.photo.is_some(),
            change_on: self.change_on,
        })
    }

    /// Makes the tuned copy anew on the device that `base` is on now.
    ///
    /// # Errors
    /// When a device fails; then the copy cannot be drawn with any more.
    pub(in crate::engine) fn move_to(&mut self, base: &Model) -> Result<(), String> {
        self.live = None;
        if let Some(photo) = &mut self.photo {
            photo.drawn = None;
        }
        if let Some(tuned) = &mut self.tuned {
            tuned.made = Made::of(base, tuned.made.delta.clone())?;
        }
        Ok(())
    }
}
