//! Labelled codes, and how well a direction tells them apart, whoever found it.
//!
//! The codes that directions were found from last stay at hand: encoding thousands of pictures takes many seconds,
//! projecting their codes on one more direction none.

use super::saving::{encoder_fingerprint, latent_space};
use super::worker::Worker;
use crate::data::Dataset;
use crate::latent::{Codes, Counts, histogram, separation};
use crate::models::Model;
use crate::protocol::{
    DatasetOptions, DatasetSource, Histogram, JudgeJob, Judged, Judgement, Split, ToJudge,
};

/// Bins a direction's histogram has.
const HISTOGRAM_BINS: usize = 32;
/// Codes with more values than this are not kept at hand: 256 MiB.
const VALUES_KEPT: usize = 1 << 26;

/// Labelled codes of one part of the data.
#[derive(Debug)]
pub(super) struct Labelled {
    codes: Codes,
    /// Per picture and label whether it has it, where that is known.
    answers: Vec<Vec<Option<bool>>>,
}

impl Labelled {
    /// The codes of the pictures of which a label is known, and whether they have it.
    pub(super) fn of(&self, label: usize) -> (Codes, Vec<bool>) {
        let answers = self.answers.iter().enumerate();
        let known = answers.filter_map(|(index, answers)| Some((index, answers[label]?)));
        let (indices, has): (Vec<usize>, Vec<bool>) = known.unzip();
        (self.codes.select(&indices), has)
    }
}

/// The codes of both parts of some data, and what they are the codes of.
#[derive(Debug)]
pub(super) struct CodesAtHand {
    source: DatasetSource,
    options: DatasetOptions,
    generator: String,
    /// Encoders come and go with the same generator.
    encoder: String,
    pub(super) names: Vec<String>,
    pub(super) fit: Labelled,
    pub(super) held_out: Labelled,
}

impl CodesAtHand {
    fn values(&self) -> usize {
        self.fit.codes.values().len() + self.held_out.codes.values().len()
    }

    /// How well a direction tells a label apart, and where held-out codes lie along it.
    pub(super) fn judge(
        &self,
        step: &[f32],
        label: Option<usize>,
    ) -> (Option<Judged>, Option<Histogram>) {
        let judged = label.and_then(|label| self.judge_by(step, label));
        match judged {
            Some((judged, histogram)) => (Some(judged), histogram),
            None => (None, self.projected(step)),
        }
    }

    /// `None` where the label does not occur on both sides of both parts.
    fn judge_by(&self, step: &[f32], label: usize) -> Option<(Judged, Option<Histogram>)> {
        let (fit, fit_has) = self.fit.of(label);
        let (unseen, has) = self.held_out.of(label);
        let found = separation(step, (&fit, &fit_has), (&unseen, &has))?;
        let with = has.iter().filter(|has| **has).count();
        let judged = Judged {
            label: self.names[label].clone(),
            with,
            without: has.len() - with,
            accuracy: found.accuracy,
            auc: found.auc,
        };
        Some((judged, counted(step, Some(found.threshold), &unseen, &has)))
    }

    /// Where codes lie along a direction, whatever they are labelled.
    fn projected(&self, step: &[f32]) -> Option<Histogram> {
        let held_out = &self.held_out.codes;
        let codes = if held_out.is_empty() { &self.fit.codes } else { held_out };
        counted(step, None, codes, &vec![true; codes.len()])
    }
}

/// Codes counted by their place along a direction, in its steps.
fn counted(step: &[f32], threshold: Option<f64>, codes: &Codes, has: &[bool]) -> Option<Histogram> {
    let square: f64 = step.iter().map(|value| f64::from(*value).powi(2)).sum();
    let in_steps = |score: f64| score / square.max(f64::MIN_POSITIVE);
    let scores: Vec<f64> = codes.project(step).into_iter().map(in_steps).collect();
    let Counts { low, high, with, without } = histogram(&scores, has, HISTOGRAM_BINS)?;
    Some(Histogram { low, high, with, without, threshold: threshold.map(in_steps) })
}

impl Worker {
    /// Judges directions by labels of the data, from the codes at hand where they are those of the data.
    ///
    /// # Errors
    /// A model without an encoder, directions of another latent space, what cannot be read, or a stop.
    pub(super) fn judge_directions(
        &mut self,
        model: &Model,
        job: &JudgeJob,
    ) -> Result<Vec<Judgement>, String> {
        let dims = model.spec.latent as usize;
        if job.directions.iter().any(|direction| direction.step.dims() != dims) {
            return Err("these directions belong to another latent space".to_owned());
        }
        let kept = self.codes_at_hand.take();
        let codes = match kept.filter(|kept| fits(kept, model, job)) {
            Some(kept) => kept,
            None => self.encode_labelled(model, (&job.source, &job.options, job.limit))?,
        };
        let judge = |asked: &ToJudge| {
            let place = |name: &String| codes.names.iter().position(|known| known == name);
            let label = asked.labels.iter().find_map(place);
            let (judged, histogram) = codes.judge(&asked.step.0, label);
            Judgement { id: asked.id, step: asked.step.clone(), judged, histogram }
        };
        let judgements = job.directions.iter().map(judge).collect();
        self.keep_at_hand(codes);
        Ok(judgements)
    }

    /// Encodes the pictures of both parts of the data, the labelled ones where there are labels.
    ///
    /// # Errors
    /// A model without an encoder, what cannot be read, or a stop.
    pub(super) fn encode_labelled(
        &mut self,
        model: &Model,
        (source, options, limit): (&DatasetSource, &DatasetOptions, usize),
    ) -> Result<CodesAtHand, String> {
        if model.encoder.is_none() {
            return Err("this model has no encoder: directions are judged by the codes of \
                        pictures, which a VAE or VAE-GAN gives, or an encoder trained for this model"
                .to_owned());
        }
        let dataset = self.job_data(source, options, &model.spec)?;
        let fit = self.labelled_codes(model, &dataset, Split::Train, limit)?;
        let held_out = self.labelled_codes(model, &dataset, Split::HeldOut, limit)?;
        Ok(CodesAtHand {
            source: source.absolute(),
            options: options.clone(),
            generator: latent_space(model)?.generator,
            encoder: encoder_fingerprint(model)?,
            names: dataset.label_names().to_vec(),
            fit,
            held_out,
        })
    }

    /// Keeps codes for the directions that are judged next.
    pub(super) fn keep_at_hand(&mut self, codes: CodesAtHand) {
        self.codes_at_hand = (codes.values() <= VALUES_KEPT).then_some(codes);
    }

    fn labelled_codes(
        &mut self,
        model: &Model,
        dataset: &Dataset,
        split: Split,
        limit: usize,
    ) -> Result<Labelled, String> {
        let labels = 0..dataset.label_names().len() as u32;
        let answers = |index: usize| -> Vec<Option<bool>> {
            labels.clone().map(|label| dataset.answer(split, index, label)).collect()
        };
        // What nobody labelled is not worth encoding, unless nothing is labelled.
        let is_known = |(_, answers): &(usize, Vec<Option<bool>>)| {
            answers.is_empty() || answers.iter().any(Option::is_some)
        };
        let labelled = (0..dataset.len(split)).map(|index| (index, answers(index)));
        let (indices, answers): (Vec<usize>, Vec<_>) =
            labelled.filter(is_known).take(limit).unzip();
        Ok(Labelled { codes: self.codes(model, (dataset, split, &indices))?, answers })
    }
}

/// Whether these are the codes of the job's data by this very model.
fn fits(kept: &CodesAtHand, model: &Model, job: &JudgeJob) -> bool {
    kept.source == job.source.absolute()
        && kept.options == job.options
        && latent_space(model).is_ok_and(|space| space.generator == kept.generator)
        && encoder_fingerprint(model).is_ok_and(|encoder| encoder == kept.encoder)
}
