//! How an edit came out: what it reached, and what else it changed.

use burn::tensor::{Device, Tensor, TensorData};

use super::faces::{Face, shares};
use super::tasks::Asked;
use crate::data::portraits::BINARY_LABELS;
use crate::engine::edit::drawn::Drawn;
use crate::engine::oracle;
use crate::imaging::{byte_from_value, values_from_tensor};
use crate::metrics::{Oracle, delta_e, diffusion_fill, hole_mse, mean_fill, psnr_db};
use crate::models::Model;
use crate::protocol::{EditLoss, EditTask, EditTrial};

/// A region has its colour within this ΔE.
const NEAR_COLOUR: f64 = 10.0;

/// The oracle, and the format of its pictures.
pub(super) struct Judge {
    oracle: Oracle,
    device: Device,
    pub(super) size: usize,
}

impl Judge {
    /// # Errors
    /// When the built-in oracle is damaged.
    pub(super) fn new(model: &Model) -> Result<Self, String> {
        let device = model.device();
        let size = model.spec.image_size as usize;
        Ok(Self { oracle: oracle::built_in(&device)?, device, size })
    }

    /// Where the answer to a question stands.
    pub(super) fn column(&self, name: &str) -> usize {
        BINARY_LABELS.iter().position(|label| label.name == name).unwrap_or_default()
    }

    /// The oracle's answers about one picture, `3·S·S` values, as probabilities of [`BINARY_LABELS`].
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn probabilities(&self, picture: &[f32]) -> Result<Vec<f32>, String> {
        let data = TensorData::new(picture.to_vec(), [1, 3, self.size, self.size]);
        values_from_tensor(self.oracle.probabilities(&Tensor::from_data(data, &self.device)))
    }

    /// All that is measured of the pictures; the solve's own figures are the caller's.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn trial(
        &self,
        face: &Face,
        asked: &Asked,
        (drawn, shown): (&Drawn, &[f32]),
    ) -> Result<EditTrial, String> {
        let before = self.probabilities(&face.truth)?;
        let after = self.probabilities(shown)?;
        let label = &BINARY_LABELS[asked.label];
        let others: Vec<usize> = (0..BINARY_LABELS.len())
            .filter(|&other| BINARY_LABELS[other].attribute != label.attribute)
            .collect();
        let changed = |other: &&usize| (before[**other] >= 0.5) != (after[**other] >= 0.5);
        let lost: Vec<String> = others
            .iter()
            .filter(changed)
            .map(|&other| BINARY_LABELS[other].name.to_owned())
            .collect();
        let colours = asked.colour.map(|colour| {
            [&face.truth, shown]
                .map(|picture| delta_e(mean(picture, &asked.painted), shares(colour)))
        });
        let crossed = before[asked.label] < 0.5 && after[asked.label] >= 0.5;
        let holes = asked.hole.as_ref().map(|hole| self.holes(&face.truth, shown, hole));
        let reached = match (asked.task, holes) {
            (EditTask::Erase, Some([edit, mean, diffusion])) => edit > mean && edit > diffusion,
            _ => crossed || colours.is_some_and(|[_, after]| after <= NEAR_COLOUR),
        };
        Ok(EditTrial {
            task: asked.task,
            held_out: face.held_out,
            attribute: label.name.to_owned(),
            delta_e: colours,
            probability: [before[asked.label], after[asked.label]],
            reached,
            kept: 1.0 - lost.len() as f64 / others.len() as f64,
            lost,
            outside: outside(face, asked, drawn, shown)?,
            hole_psnr_db: holes,
            steps: 0,
            settled: false,
            loss: EditLoss::default(),
            inversion_psnr_db: None,
            seconds: 0.0,
        })
    }

    /// Inside the hole, in decibels: the edit, the mean, diffusion.
    fn holes(&self, truth: &[f32], shown: &[f32], hole: &[bool]) -> [f64; 3] {
        let (mean, diffused) = (mean_fill(truth, hole), diffusion_fill(truth, hole, self.size));
        [shown, &mean, &diffused].map(|filled| psnr_db(hole_mse(filled, truth, hole)))
    }
}

/// What is shown in the end: on a photo photo + M·Δ, else G(z); where something is filled in, G(z) there.
pub(super) fn shown(face: &Face, asked: &Asked, drawn: &Drawn) -> Vec<f32> {
    match (&asked.hole, face.photo.is_some() && face.held_out.is_some()) {
        (Some(hole), _) => {
            let pairs = face.truth.iter().zip(&drawn.after).zip(hole.iter().cycle());
            pairs.map(|((truth, made), hole)| if *hole { *made } else { *truth }).collect()
        }
        (None, true) => drawn.on(&face.truth),
        (None, false) => drawn.after.clone(),
    }
}

/// Where the mask, as a picture, is black: how far photo + M·Δ is from the photo there, in steps of a byte.
fn outside(face: &Face, asked: &Asked, drawn: &Drawn, shown: &[f32]) -> Result<f64, String> {
    let mixed = drawn.on(&face.truth);
    let mixed: &[f32] = if asked.hole.is_some() { shown } else { &mixed };
    let pairs = mixed.iter().zip(&face.truth).enumerate();
    let plane = drawn.mask.len();
    let black = pairs.filter(|(index, _)| {
        let masked = byte_from_value(2.0 * drawn.mask[index % plane] - 1.0) > 0;
        !masked && !asked.hole.as_ref().is_some_and(|hole| hole[index % plane])
    });
    let bytes = black.map(|(_, (a, b))| byte_from_value(*a).abs_diff(byte_from_value(*b)));
    Ok(f64::from(bytes.max().unwrap_or_default()))
}

/// The mean colour under a mask, components from 0 to 1.
fn mean(picture: &[f32], mask: &[f32]) -> [f64; 3] {
    let sum: f64 = mask.iter().map(|weight| f64::from(*weight)).sum();
    let plane = mask.len();
    std::array::from_fn(|channel| {
        let values = &picture[channel * plane..(channel + 1) * plane];
        let weighed = values
            .iter()
            .zip(mask)
            .map(|(v, w)| f64::from(*w) * (f64::from(v.clamp(-1.0, 1.0)) + 1.0) / 2.0);
        weighed.sum::<f64>() / sum.max(f64::MIN_POSITIVE)
    })
}
