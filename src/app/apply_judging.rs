//! Statistics of directions that were not found from labels: what is asked of the engine, and what it answers.
//!
//! Where the engine has the codes of the open data at hand, a new direction is judged at once; else only when the
//! person asks, as thousands of pictures are encoded for it.

use super::attributes::JobOf;
use super::explore::DimOrder;
use super::random;
use super::state::AppState;
use crate::protocol::{Command, JudgeJob, Judgement, SensitivityJob, ToJudge};

/// Random latents that the dimensions' sensitivities are a mean over.
const SENSITIVITY_BASES: u64 = 4;

impl AppState {
    /// Judges new directions if that costs nothing.
    pub(super) fn judge_new(&mut self, ids: &[u64]) {
        if self.attributes.codes_of.as_ref() == Some(&self.labelled_data()) {
            self.judge(ids);
        }
    }

    /// Judges all attributes in use that were not measured.
    pub(super) fn judge_unmeasured(&mut self) {
        let unmeasured = self.attributes.in_use().filter(|one| !one.direction.is_measured());
        let ids: Vec<u64> = unmeasured.map(|attribute| attribute.id).collect();
        self.judge(&ids);
    }

    fn judge(&mut self, ids: &[u64]) {
        let encodes = self.model.as_ref().is_some_and(|model| model.spec.has_encoder());
        let attributes = &self.attributes;
        let asked = |id: &u64| {
            let step = attributes.get(*id)?.direction.step.clone();
            Some(ToJudge { id: *id, step, labels: attributes.labels_of(*id) })
        };
        let directions: Vec<ToJudge> = ids.iter().filter_map(asked).collect();
        if directions.is_empty() || !encodes {
            return;
        }
        let (source, options) = self.labelled_data();
        self.attributes.codes_asked = Some((source.clone(), options.clone()));
        let limit = self.attributes.pictures as usize;
        let job = JudgeJob { source, options, limit, directions };
        let command = Command::JudgeDirections(Box::new(job));
        self.begin_job(JobOf::Judging, "measuring directions", command);
    }

    /// The statistics of directions, unless those have changed meanwhile.
    pub(super) fn directions_judged(&mut self, judgements: Vec<Judgement>) {
        self.codes_encoded();
        for judgement in judgements {
            let same = self.attributes.get_mut(judgement.id);
            let same = same.filter(|known| known.direction.step == judgement.step);
            if let Some(known) = same {
                known.direction.judged = judgement.judged;
                known.direction.histogram = judgement.histogram;
                self.attributes.changed = true;
            }
        }
    }

    /// The engine has the codes at hand that it was asked for.
    pub(super) fn codes_encoded(&mut self) {
        if let Some(asked) = self.attributes.codes_asked.take() {
            self.attributes.codes_of = Some(asked);
        }
    }

    /// Orders the sliders; how sensitive pictures are to each is measured first, where it is not known.
    pub(super) fn set_dim_order(&mut self, order: DimOrder) {
        self.explore.order = order;
        let (dims, prior) = (self.explore.latent.dims(), self.explore.prior);
        let missing = self.explore.sensitivity.is_empty() && !self.explore.measuring_sensitivity;
        if order != DimOrder::Sensitivity || !missing || dims == 0 {
            return;
        }
        self.explore.measuring_sensitivity = true;
        let bases = (0..SENSITIVITY_BASES).map(|seed| random::latent(seed, dims, prior)).collect();
        let command = Command::MeasureSensitivities(SensitivityJob { bases });
        self.begin_job(JobOf::Dimensions, "measuring dimensions", command);
    }
}
