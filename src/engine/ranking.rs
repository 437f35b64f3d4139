//! Which latent dimensions do something: the model file's figures, and what moving them does to pictures.

use super::parts::values_per_picture;
use super::session::OpenModel;
use super::worker::Worker;
use crate::models::Model;
use crate::protocol::{Latent, Ranking};

impl Worker {
    /// The most active dimensions, the first the most: by the encoder's divergence where the model file
    /// states it, else by sensitivity at `base`.
    ///
    /// # Errors
    /// When the job was stopped or the device fails.
    pub(super) fn rank_dimensions(
        &mut self,
        open: &OpenModel,
        base: &Latent,
        count: usize,
    ) -> Result<(Ranking, Vec<usize>), String> {
        if let Some(kl) = latent_kl(open) {
            return Ok((Ranking::LatentKl, highest(kl, count)));
        }
        let sensitivities = self.sensitivities(&open.model, std::slice::from_ref(base))?;
        Ok((Ranking::Sensitivity, highest(&sensitivities, count)))
    }

    /// [`Self::sensitivities`] for latents that somebody names.
    ///
    /// # Errors
    /// Latents of another model, none at all, a device that fails, or a stop.
    pub(super) fn sensitivities_at(
        &mut self,
        model: &Model,
        bases: &[Latent],
    ) -> Result<Vec<f32>, String> {
        let dims = model.spec.latent as usize;
        if bases.is_empty() || bases.iter().any(|base| base.dims() != dims) {
            return Err("sensitivities are measured at latents of the open model".to_owned());
        }
        self.sensitivities(model, bases)
    }

    /// Per dimension, the mean absolute difference of the pictures at +1 and -1 standard deviation of it,
    /// all else as in the base, as a mean over `bases`.
    ///
    /// # Errors
    /// When the job was stopped or the device fails.
    pub(super) fn sensitivities(
        &mut self,
        model: &Model,
        bases: &[Latent],
    ) -> Result<Vec<f32>, String> {
        let (dims, sigma) = (model.spec.latent as usize, model.spec.prior.reach() / 3.0);
        let ends = |base, dim| [sigma, -sigma].map(|value| Latent::with(base, dim, value));
        let of_base = |base| (0..dims).flat_map(move |dim| ends(base, dim));
        let latents: Vec<Latent> = bases.iter().flat_map(of_base).collect();
        let (mut sums, mut next) = (vec![0.0; dims], 0);
        let pair = 2 * values_per_picture(model);
        // A part holds whole pairs: its size is even.
        self.decode_parts("ranking dimensions", model, &latents, |values| {
            for both in values.chunks_exact(pair) {
                let (high, low) = both.split_at(pair / 2);
                let sum: f32 = high.iter().zip(low).map(|(a, b)| (a - b).abs()).sum();
                sums[next % dims] += sum / low.len() as f32;
                next += 1;
            }
            Ok(())
        })?;
        Ok(sums.into_iter().map(|sum| sum / bases.len().max(1) as f32).collect())
    }
}

/// The mean divergence per dimension, where the model file states it for all.
pub(super) fn latent_kl(open: &OpenModel) -> Option<&[f32]> {
    let kl = &open.manifest.dataset.latent_kl;
    (kl.len() == open.model.spec.latent as usize).then_some(kl)
}

/// The places of the `count` highest values, the highest first; of equal ones the first.
pub(super) fn highest(values: &[f32], count: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..values.len()).collect();
    places.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    places.truncate(count);
    places
}

#[cfg(test)]
mod tests {
    use super::highest;

    #[test]
    fn the_highest_come_first_and_equals_in_order() {
        assert_eq!(highest(&[0.5, 2.0, 0.0, 2.0, 1.0], 4), [1, 3, 4, 0]);
        assert_eq!(highest(&[0.5], 4), [0]);
    }
}
