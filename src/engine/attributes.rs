//! Directions of attributes: found from labelled codes, and tried on random samples.

use std::time::Instant;

use super::judge::CodesAtHand;
use super::oracle;
use super::pictures::{decode, encode_values, sheet_latents};
use super::saving::latent_space;
use super::worker::Worker;
use crate::data::Dataset;
use crate::data::portraits::BINARY_LABELS;
use crate::latent::{
    Codes, calibrated, cosines, difference_of_means, logistic_regression, orthogonalised,
};
use crate::metrics::Oracle;
use crate::models::Model;
use crate::protocol::{
    AttributeEdit, Attributes, AttributesJob, DatasetSource, Direction, DirectionMethod,
    EditOutcome, Judged, Latent, Origin, Split,
};
use crate::storage::save_directions;

impl Worker {
    /// Finds a direction for each label of the data, and tries them if asked to.
    ///
    /// # Errors
    /// A model without an encoder, data without labels, what cannot be read or written, or a stop.
    pub(super) fn attributes(
        &mut self,
        model: &Model,
        job: &AttributesJob,
    ) -> Result<Attributes, String> {
        let begun = Instant::now();
        if model.encoder.is_none() {
            return Err("this model has no encoder: directions come from codes of labelled \
                        pictures, which a VAE or VAE-GAN gives, or an encoder trained for this model"
                .to_owned());
        }
        if job.tries > 0 && (job.source != DatasetSource::Portraits || !oracle::fits(&model.spec)) {
            return Err(
                "directions are judged by the oracle of Portraits, which needs a model of \
                        Portraits with 64 px and 3 channels"
                    .to_owned(),
            );
        }
        let codes = self.encode_labelled(model, (&job.source, &job.options, job.limit))?;
        if codes.names.is_empty() {
            return Err("these pictures have no labels: put them into folders named by what they \
                        show, give a label table or a pattern for their names, or take Portraits"
                .to_owned());
        }
        let labels = 0..codes.names.len();
        let directions: Vec<Direction> =
            labels.filter_map(|label| direction(label, &codes, job)).collect();
        self.keep_at_hand(codes);
        if directions.is_empty() {
            return Err("no label occurs both with and without among the pictures".to_owned());
        }
        let edits = match job.tries {
            0 => Vec::new(),
            _ => self.try_directions(model, &directions, job)?,
        };
        if let Some(out) = &job.out {
            let space = latent_space(model)?;
            save_directions(out, &directions, &space).map_err(|error| error.to_string())?;
        }
        let steps: Vec<&[f32]> = directions.iter().map(|d| d.step.0.as_slice()).collect();
        let cosines = cosines(&steps);
        let seconds = begun.elapsed().as_secs_f64();
        Ok(Attributes { cosines, edits, written: job.out.clone(), seconds, directions })
    }

    /// Codes of these pictures, posterior means.
    ///
    /// # Errors
    /// A model without an encoder, a picture that cannot be read any more, or a stop.
    pub(super) fn codes(
        &mut self,
        model: &Model,
        (dataset, split, indices): (&Dataset, Split, &[usize]),
    ) -> Result<Codes, String> {
        let mut means = Vec::with_capacity(indices.len() * model.spec.latent as usize);
        let device = model.device();
        self.read_these("encoding pictures", (dataset, split, indices), &device, |images| {
            means.extend(encode_values(model, images)?.ok_or("this model has no encoder")?.means);
            Ok(())
        })?;
        Ok(Codes::new(model.spec.latent as usize, means))
    }

    /// Moves random samples one step along each direction, away from what the oracle sees in them.
    fn try_directions(
        &mut self,
        model: &Model,
        directions: &[Direction],
        job: &AttributesJob,
    ) -> Result<Vec<AttributeEdit>, String> {
        let judge = oracle::built_in(&model.device())?;
        let latents = sheet_latents(model, job.seed, job.tries, 1.0);
        let before = self.judge_latents(&judge, model, &latents)?;
        let mut edits = Vec::with_capacity(directions.len());
        for (index, direction) in directions.iter().enumerate() {
            let Some(label) = BINARY_LABELS.iter().position(|l| l.name == direction.name) else {
                continue;
            };
            let others = others(directions, label);
            let freed = orthogonalised(&direction.step.0, &others);
            // Freed of the others it is shorter; it goes as far along the attribute as before.
            let freed = calibrated(&freed, &direction.step.0);
            let told = format!("trying directions ({} of {})", index + 1, directions.len());
            self.job_progress(&told, index, directions.len());
            let mut outcome = |step: &[f32]| {
                let moved = moved(&latents, step, &before, label);
                let after = self.judge_latents(&judge, model, &moved)?;
                let changes = mean_changes(&before, &after, label);
                Ok::<_, String>((compare(&before, &after, label), changes))
            };
            let (plain, changes) = outcome(&direction.step.0)?;
            let (orthogonal, _) = outcome(&freed)?;
            let (name, n) = (direction.name.clone(), latents.len());
            edits.push(AttributeEdit { name, n, plain, orthogonal, changes });
        }
        Ok(edits)
    }

    /// The oracle's probabilities for latents' pictures, a row of [`BINARY_LABELS`] each.
    fn judge_latents(
        &mut self,
        judge: &Oracle,
        model: &Model,
        latents: &[Latent],
    ) -> Result<Vec<Vec<f32>>, String> {
        let rows = self.judge(judge, latents.len(), |part| Ok(decode(model, &latents[part])))?;
        Ok(rows.chunks_exact(BINARY_LABELS.len()).map(<[f32]>::to_vec).collect())
    }
}

/// The direction of one label; `None` where it does not occur on both sides.
fn direction(label: usize, all: &CodesAtHand, job: &AttributesJob) -> Option<Direction> {
    let (codes, has) = all.fit.of(label);
    let (with, without): (Vec<usize>, Vec<usize>) = (0..has.len()).partition(|&i| has[i]);
    let difference = difference_of_means(&codes.select(&with), &codes.select(&without))?;
    let step = match job.method {
        DirectionMethod::Means => difference,
        DirectionMethod::Logistic => {
            let boundary = logistic_regression(&codes, &has, job.ridge)?;
            calibrated(&boundary.weights, &difference)
        }
    };
    let (judged, histogram) = all.judge(&step, Some(label));
    let Judged { accuracy, auc, .. } = judged.clone()?;
    Some(Direction {
        name: all.names[label].clone(),
        histogram,
        step: Latent(step),
        origin: Origin::Labels { with: with.len(), without: without.len(), accuracy, auc },
        judged,
    })
}

/// The directions of attributes other than that of `label`.
fn others(directions: &[Direction], label: usize) -> Vec<&[f32]> {
    let attribute = BINARY_LABELS[label].attribute;
    let other = |direction: &&Direction| {
        let found = BINARY_LABELS.iter().find(|one| one.name == direction.name);
        found.is_some_and(|one| one.attribute != attribute)
    };
    directions.iter().filter(other).map(|direction| direction.step.0.as_slice()).collect()
}

/// The way that leads to the other decision: -1 from a picture that is seen to have the attribute.
fn away(probability: f32) -> f32 {
    if probability >= 0.5 { -1.0 } else { 1.0 }
}

/// Latents without the attribute one step on, those with it one step back.
fn moved(latents: &[Latent], step: &[f32], before: &[Vec<f32>], label: usize) -> Vec<Latent> {
    let direction = Latent(step.to_vec());
    let pairs = latents.iter().zip(before);
    pairs.map(|(z, seen)| z.plus(&direction, away(seen[label]))).collect()
}

fn compare(before: &[Vec<f32>], after: &[Vec<f32>], label: usize) -> EditOutcome {
    let attribute = BINARY_LABELS[label].attribute;
    let others: Vec<usize> = (0..BINARY_LABELS.len())
        .filter(|&other| BINARY_LABELS[other].attribute != attribute)
        .collect();
    let same = |pair: &(&Vec<f32>, &Vec<f32>), column: usize| {
        (pair.0[column] >= 0.5) == (pair.1[column] >= 0.5)
    };
    let pairs = || before.iter().zip(after);
    let reached = pairs().filter(|pair| !same(pair, label)).count() as f64;
    let kept: usize =
        pairs().map(|pair| others.iter().filter(|&&other| same(&pair, other)).count()).sum();
    let n = before.len() as f64;
    EditOutcome { reached: reached / n, kept: kept as f64 / (n * others.len() as f64) }
}

/// Per label, the mean change of its probability in the direction in which the attribute was moved.
fn mean_changes(before: &[Vec<f32>], after: &[Vec<f32>], label: usize) -> Vec<f64> {
    let column = |column: usize| {
        let changes = before.iter().zip(after).map(|(before, after)| {
            f64::from(away(before[label]) * (after[column] - before[column]))
        });
        changes.sum::<f64>() / before.len() as f64
    };
    (0..BINARY_LABELS.len()).map(column).collect()
}
