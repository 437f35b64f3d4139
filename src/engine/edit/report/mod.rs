//! `edit --report`: edits that a script makes up, solved one by one and measured with the truth of Portraits.
//!
//! [`faces`] are samples of the model and held-out pictures brought back to z; [`tasks`] what is asked of them, painted
//! as a hand would, by [`trace`]; [`measure`] how it came out.

mod faces;
mod measure;
mod sheet;
mod tasks;
mod trace;

use std::time::Instant;

use super::begin::begin;
use super::drawn::Drawn;
use crate::engine::oracle;
use crate::engine::worker::Worker;
use crate::models::Model;
use crate::protocol::{
    DatasetSource, EditPlan, EditReport, EditReportJob, EditRow, EditSettings, EditStart, EditTask,
    EditTrial, Event, Latent,
};
use faces::{Face, Faces};
use measure::Judge;
use tasks::Asked;

/// Faces of one kind that are tried for a task, at most.
const TRIES: usize = 200;

impl Worker {
    /// Makes up edits, solves and measures them.
    ///
    /// # Errors
    /// Another data set than Portraits, a model of another format, a folder that cannot be written, a device that
    /// fails, or a stop.
    pub(in crate::engine) fn report_edits(
        &mut self,
        model: &Model,
        job: &EditReportJob,
    ) -> Result<EditReport, String> {
        let begun = Instant::now();
        check(model, job)?;
        let judge = Judge::new(model)?;
        let mut faces = Faces::new(model, job);
        faces.prepare(self)?;
        let settings = EditSettings { candidates: 1, ..job.settings.clone() };
        let (mut trials, mut passed_over) = (Vec::new(), 0);
        for number in 0..job.limit {
            self.job_progress("editing", number, job.limit);
            // Tasks take turns on samples, then on held-out pictures.
            let task = EditTask::ALL[number % EditTask::ALL.len()];
            let held_out = number / EditTask::ALL.len() % 2 == 1;
            let (face, asked, passed) = self.next_task(&mut faces, &judge, (task, held_out))?;
            passed_over += passed;
            let plan = EditPlan {
                strokes: asked.strokes.clone(),
                settings: settings.clone(),
                ..EditPlan::default()
            };
            let trial = self.try_edit(model, (&face, &asked), &plan, &judge, job, number)?;
            self.outbox.tell(Event::EditTried(Box::new(trial.clone())));
            trials.push(trial);
        }
        let seconds = begun.elapsed().as_secs_f64();
        Ok(EditReport { rows: rows(&trials), passed_over, seconds })
    }

    /// The next face of a kind that a task can be made of, the task, and how many faces were passed over.
    fn next_task(
        &mut self,
        faces: &mut Faces,
        judge: &Judge,
        (task, held_out): (EditTask, bool),
    ) -> Result<(Face, Asked, usize), String> {
        for passed in 0..TRIES {
            let face = faces.next(held_out);
            self.breathe()?;
            if let Some(asked) = Asked::of(task, &face, judge)? {
                return Ok((faces.brought_in(self, face, &asked)?, asked, passed));
            }
        }
        let name = task.name();
        Err(format!(
            "none of {TRIES} faces is fit for the task '{name}': the model draws no such faces"
        ))
    }

    fn try_edit(
        &mut self,
        model: &Model,
        (face, asked): (&Face, &Asked),
        plan: &EditPlan,
        judge: &Judge,
        job: &EditReportJob,
        number: usize,
    ) -> Result<EditTrial, String> {
        let start =
            EditStart { latent: face.latent.clone(), photo: face.photo.clone(), place: None };
        let mut solve = begin(model, &start, &start.latent, plan, 1)?;
        let rest = self.solve_to_rest(&mut solve, |_, _| {})?;
        let best = solve.candidates()[0].clone();
        let drawn = Drawn::new(model, &start.latent, &Latent(best.z), (&plan.area, &[]))?;
        let shown = measure::shown(face, asked, &drawn);
        let trial = judge.trial(face, asked, (&drawn, &shown))?;
        if let Some(folder) = &job.out {
            let name = format!("{number:04}-{}.png", asked.task.name());
            let sheet = sheet::sheet(face, asked, &drawn, &shown)?;
            std::fs::create_dir_all(folder)
                .map_err(|e| format!("cannot write {}: {e}", crate::storage::shown(folder)))?;
            self.write_png(&folder.join(name), sheet)?;
        }
        let settled = rest.steps.0 < plan.settings.steps;
        Ok(EditTrial {
            steps: rest.steps.0,
            settled,
            loss: best.loss,
            inversion_psnr_db: face.inversion_psnr_db,
            seconds: rest.seconds,
            ..trial
        })
    }
}

fn check(model: &Model, job: &EditReportJob) -> Result<(), String> {
    job.settings.validate().map_err(|error| error.to_string())?;
    if job.source != DatasetSource::Portraits {
        return Err(
            "the table needs faces whose parts are known: leave out --data, or use --data \
                    portraits"
                .to_owned(),
        );
    }
    if !oracle::fits(&model.spec) {
        let (size, channels) = (model.spec.image_size, model.spec.channels);
        return Err(format!(
            "the oracle of Portraits looks at pictures of 64 px with 3 channels, and this model's are \
             {size} px with {channels}: take a model of such pictures, such as built-in"
        ));
    }
    if model.encoder.is_none() {
        return Err(
            "held-out pictures are brought back by hybrid inversion, and this model has no \
                    encoder: train one for it"
                .to_owned(),
        );
    }
    Ok(())
}

/// By task and kind of picture, then all samples, all held-out ones, and all.
fn rows(trials: &[EditTrial]) -> Vec<EditRow> {
    let kinds = [Some(false), Some(true)];
    let pairs = EditTask::ALL.into_iter().flat_map(|task| kinds.map(|kind| (Some(task), kind)));
    let sums = kinds.into_iter().map(|kind| (None, kind)).chain([(None, None)]);
    pairs.chain(sums).filter_map(|(task, kind)| EditRow::of(trials, task, kind)).collect()
}
