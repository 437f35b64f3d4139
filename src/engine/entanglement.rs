//! Entanglement: samples are moved along a direction, decoded and encoded again.

use super::parts::PART;
use super::pictures::{decode, encode_values, sheet_latents};
use super::worker::Worker;
use crate::latent::Codes;
use crate::models::Model;
use crate::protocol::{Entanglement, EntanglementJob, Latent};

/// More samples than this at once are refused: the mean would not change any more.
const SAMPLES_LIMIT: usize = 10_000;

impl Worker {
    /// Measures how far a step along each direction moves the pictures' codes along the others:
    /// Δ(a, b) = E[En(G(z + a)) − En(G(z))] · b / b·b.
    ///
    /// # Errors
    /// A model without an encoder, directions of another latent space, a device that fails, or a stop.
    pub(super) fn entanglement(
        &mut self,
        model: &Model,
        job: &EntanglementJob,
    ) -> Result<Entanglement, String> {
        let dims = model.spec.latent as usize;
        if model.encoder.is_none() {
            return Err(
                "this model has no encoder to look at pictures with: entanglement needs a \
                        VAE or VAE-GAN, or an encoder trained for this model"
                    .to_owned(),
            );
        }
        if job.steps.iter().any(|step| step.dims() != dims) {
            return Err("these directions belong to another latent space".to_owned());
        }
        if !(1..=SAMPLES_LIMIT).contains(&job.samples) {
            return Err(format!("{} samples: use 1 to {SAMPLES_LIMIT}", job.samples));
        }
        let latents = sheet_latents(model, job.seed, job.samples, 1.0);
        let before = self.seen_codes(model, &latents)?;
        let mut changes = Vec::with_capacity(job.steps.len());
        for (index, step) in job.steps.iter().enumerate() {
            self.job_progress("measuring entanglement", index, job.steps.len());
            let moved: Vec<Latent> = latents.iter().map(|z| z.plus(step, 1.0)).collect();
            let after = self.seen_codes(model, &moved)?;
            let change: Vec<f64> = after.iter().zip(&before).map(|(a, b)| a - b).collect();
            changes.push(job.steps.iter().map(|other| steps_along(&change, other)).collect());
        }
        Ok(Entanglement { id: job.id, changes, n: job.samples })
    }

    /// The mean code of these latents' pictures, `[d]`.
    fn seen_codes(&mut self, model: &Model, latents: &[Latent]) -> Result<Vec<f64>, String> {
        let mut codes = Vec::with_capacity(latents.len() * model.spec.latent as usize);
        for part in latents.chunks(PART) {
            let seen = encode_values(model, decode(model, part))?;
            codes.extend(seen.ok_or("this model has no encoder")?.means);
            self.breathe()?;
        }
        Ok(Codes::new(model.spec.latent as usize, codes).mean())
    }
}

/// change · step / step · step: how many steps the change goes along a direction; 0 for a zero step.
fn steps_along(change: &[f64], step: &Latent) -> f64 {
    let dot: f64 = change.iter().zip(&step.0).map(|(a, b)| a * f64::from(*b)).sum();
    let square: f64 = step.0.iter().map(|b| f64::from(*b).powi(2)).sum();
    if square > 0.0 { dot / square } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::steps_along;
    use crate::protocol::Latent;

    #[test]
    fn a_change_is_told_in_steps_of_the_other_direction() {
        let step = Latent(vec![0.0, 2.0]);
        assert_eq!(steps_along(&[5.0, 1.0], &step), 0.5);
        assert_eq!(steps_along(&[5.0, 1.0], &Latent::zeros(2)), 0.0);
    }
}
