//! Faces to edit: samples of the model, and held-out pictures brought back to z.

use super::tasks::Asked;
use crate::data::portraits::{self, Regions, attributes, nuisance, portrait, regions};
use crate::engine::parts::PART;
use crate::engine::pictures::{PriorLatents, decode_values};
use crate::engine::worker::Worker;
use crate::imaging::{byte_from_value, frame_from_values, value_from_byte};
use crate::metrics::{delta_e, diffusion_fill};
use crate::models::Model;
use crate::protocol::{
    EditReportJob, EditTask, Frame, InversionMethod, InversionSettings, Latent, Split,
};

/// The key of the samples: none of those that starts or sheets are drawn with.
const UNSEEN: u64 = 0x5eed_ed17;
/// Drawn faces among which the nearest to a sample is looked for.
const KNOWN: usize = 1500;
/// Of a sample's part, pixels within this ΔE of its median colour are taken: the nearest drawn face is not the
/// same face.
const SAME_COLOUR: f64 = 25.0;
/// How often a picture with a hole is brought back to z.
const HOLE_ROUNDS: usize = 4;

/// A face, and what is known of it.
#[derive(Debug, Clone)]
pub(super) struct Face {
    /// Its number among the held-out pictures; none of a sample.
    pub(super) held_out: Option<usize>,
    /// `C·S·S` values in [-1, 1]: the held-out picture, or G(z₀).
    pub(super) truth: Vec<f32>,
    /// Its parts.
    pub(super) regions: Regions,
    /// z₀.
    pub(super) latent: Latent,
    /// What is edited, where that is a photo: the truth, or the truth with a hole.
    pub(super) photo: Option<Frame>,
    pub(super) inversion_psnr_db: Option<f64>,
}

/// Faces one after the other.
pub(super) struct Faces {
    model: Model,
    data_seed: u64,
    inversion: InversionSettings,
    latents: PriorLatents,
    next_held_out: usize,
    /// Pictures of drawn training faces, RGB bytes.
    known: Vec<Vec<u8>>,
}

impl Faces {
    pub(super) fn new(model: &Model, job: &EditReportJob) -> Self {
        Self {
            latents: PriorLatents::new(model, UNSEEN ^ job.seed, 1.0),
            model: model.clone(),
            data_seed: job.options.seed,
            inversion: job.inversion.clone(),
            // Another seed begins elsewhere.
            next_held_out: (job.seed as usize).wrapping_mul(97) % crate::data::HELD_OUT_PORTRAITS,
            known: Vec::with_capacity(KNOWN),
        }
    }

    /// Draws known faces.
    ///
    /// # Errors
    /// A stop.
    pub(super) fn prepare(&mut self, worker: &mut Worker) -> Result<(), String> {
        while self.known.len() < KNOWN {
            worker.job_progress("drawing faces to compare with", self.known.len(), KNOWN);
            let (first, size) = (self.known.len() as u64, self.model.spec.image_size);
            let draw = |index| portrait(self.data_seed, Split::Train, index, size).rgb;
            let drawn: Vec<Vec<u8>> = (first..first + PART as u64).map(draw).collect();
            self.known.extend(drawn);
            worker.breathe()?;
        }
        Ok(())
    }

    /// The next face of a kind; a held-out one is not brought back to z yet.
    pub(super) fn next(&mut self, held_out: bool) -> Face {
        if held_out { self.next_held_out() } else { self.next_sample() }
    }

    fn next_held_out(&mut self) -> Face {
        let index = self.next_held_out;
        self.next_held_out = (index + 1) % crate::data::HELD_OUT_PORTRAITS;
        let (seed, split, size) = (self.data_seed, Split::HeldOut, self.model.spec.image_size);
        let known = attributes(seed, split, index as u64);
        let nuisance = nuisance(seed, split, index as u64);
        Face {
            held_out: Some(index),
            truth: values_from_rgb(&portraits::render(&known, &nuisance, size)),
            regions: regions(&known, &nuisance, size),
            latent: Latent::zeros(0),
            photo: None,
            inversion_psnr_db: None,
        }
    }

    fn next_sample(&mut self) -> Face {
        let latent = self.latents.draw(1).swap_remove(0);
        // A device that fails shows in the solve.
        let truth = decode_values(&self.model, std::slice::from_ref(&latent)).unwrap_or_default();
        let rgb = rgb_from_values(&truth);
        let distance = |known: &Vec<u8>| -> u64 {
            known.iter().zip(&rgb).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum()
        };
        let nearest =
            (0..self.known.len()).min_by_key(|&at| distance(&self.known[at])).unwrap_or(0);
        let (seed, size) = (self.data_seed, self.model.spec.image_size);
        let known = attributes(seed, Split::Train, nearest as u64);
        let mut parts = regions(&known, &nuisance(seed, Split::Train, nearest as u64), size);
        for part in [&mut parts.hair, &mut parts.background] {
            keep_one_colour(part, &rgb);
        }
        Face { held_out: None, truth, regions: parts, latent, photo: None, inversion_psnr_db: None }
    }

    /// The face with its z₀. Of a picture with a hole nothing of the truth gets into z₀: the hole is filled by diffusion,
    /// the picture brought back to z, the hole filled with what the model draws there, and so again.
    ///
    /// # Errors
    /// When the device fails, or a stop.
    pub(super) fn brought_in(
        &self,
        worker: &mut Worker,
        face: Face,
        asked: &Asked,
    ) -> Result<Face, String> {
        if face.held_out.is_none() && asked.task != EditTask::Erase {
            return Ok(face);
        }
        let size = self.model.spec.image_size as usize;
        let mut picture = match &asked.hole {
            Some(hole) => diffusion_fill(&face.truth, hole, size),
            None => face.truth.clone(),
        };
        let method = InversionMethod::Hybrid;
        let mut found = worker.invert_one(&self.model, &picture, method, &self.inversion)?;
        if let Some(hole) = &asked.hole {
            for _ in 1..HOLE_ROUNDS {
                let drawn = decode_values(&self.model, std::slice::from_ref(&found.latent))?;
                for (index, value) in picture.iter_mut().enumerate() {
                    if hole[index % hole.len()] {
                        *value = drawn[index];
                    }
                }
                found = worker.invert_one(&self.model, &picture, method, &self.inversion)?;
            }
        }
        let photo =
            frame_from_values(&picture, 3, size, size).map_err(|error| error.to_string())?;
        Ok(Face {
            latent: found.latent,
            photo: Some(photo),
            inversion_psnr_db: Some(found.psnr_db),
            ..face
        })
    }
}

fn keep_one_colour(part: &mut [bool], rgb: &[u8]) {
    let colour = |index: usize| [rgb[3 * index], rgb[3 * index + 1], rgb[3 * index + 2]];
    let inside: Vec<usize> = (0..part.len()).filter(|&index| part[index]).collect();
    let median = std::array::from_fn(|channel| {
        let mut values: Vec<u8> = inside.iter().map(|&index| colour(index)[channel]).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or_default()
    });
    for index in inside {
        part[index] = delta_e(shares(colour(index)), shares(median)) <= SAME_COLOUR;
    }
}

/// Components from 0 to 1.
pub(super) fn shares(rgb: [u8; 3]) -> [f64; 3] {
    rgb.map(|byte| f64::from(byte) / 255.0)
}

/// `3·S·S` values from RGB bytes.
fn values_from_rgb(rgb: &[u8]) -> Vec<f32> {
    let plane = |channel| rgb.iter().skip(channel).step_by(3).map(|byte| value_from_byte(*byte));
    (0..3).flat_map(plane).collect()
}

fn rgb_from_values(values: &[f32]) -> Vec<u8> {
    let plane = values.len() / 3;
    (0..values.len()).map(|i| byte_from_value(values[i % 3 * plane + i / 3])).collect()
}
