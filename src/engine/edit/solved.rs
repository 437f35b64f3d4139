//! An edit from a script, solved to rest and written with all that belongs to it.

use std::fs;
use std::path::Path;
use std::time::Instant;

use serde_json::json;

use super::begin::{begin, telling_network};
use super::drawn::{Drawn, picture};
use super::files::check_frames;
use crate::data::read_photo;
use crate::edit::Solve;
use crate::engine::jobs::latents_of;
use crate::engine::pictures::frame_values;
use crate::engine::session::OpenModel;
use crate::engine::worker::Worker;
use crate::imaging::{Halvings, frame_from_values};
use crate::invert::Networks;
use crate::models::Model;
use crate::protocol::{
    Crop, EditJob, EditMade, EditScript, EditSource, EditStage, EditStart, EditStep, Event, Frame,
    Latent, PHOTO_PIXEL_LIMIT, SampleSource,
};
use crate::storage::{NamedArray, Tensors, save_edit_script, save_tensors, shown, write_atomic};

/// What is edited.
struct Subject {
    start: EditStart,
    /// The whole photo, and the square of it.
    photo: Option<(Frame, Crop)>,
    inversion_psnr_db: Option<f64>,
}

/// How a solve came to rest.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rest {
    /// Steps of the adopted candidate, and of the others.
    pub(super) steps: (u32, u32),
    /// Computing time.
    pub(super) seconds: f64,
}

/// A candidate that is offered.
struct Offered {
    z: Vec<f32>,
    picture: Frame,
}

impl Worker {
    /// Solves an edit and writes it.
    ///
    /// # Errors
    /// What is wrong with the photo, the latents, the script or the folder, a device that fails, or a stop: then
    /// nothing is written.
    pub(in crate::engine) fn edit_files(
        &mut self,
        open: &OpenModel,
        job: &EditJob,
    ) -> Result<EditMade, String> {
        let begun = Instant::now();
        let model = &open.model;
        let plan = &job.script.plan;
        plan.validate().map_err(|error| error.to_string())?;
        refuse_used(&job.out)?;
        job.morph.map_or(Ok(()), check_frames)?;
        let subject = self.subject(open, job)?;
        let moved = shifted(&subject.start.latent, &job.script.shift)?;
        let mut solve = begin(model, &subject.start, &moved, plan, self.candidates_at_once())?;
        let mut steps = Vec::new();
        let limit = plan.settings.steps as usize;
        let rest = self.solve_to_rest(&mut solve, |worker, step| {
            worker.job_progress("solving", step.step as usize, limit);
            worker.outbox.tell(Event::EditStepped(Box::new(step.clone())));
            steps.push(step);
        })?;
        let offered = offered(model, &mut solve)?;
        let latent = Latent(solve.candidates()[0].z.clone());
        let drawn = Drawn::new(model, &subject.start.latent, &latent, (&plan.area, &plan.strokes))?;
        let pasted = match &subject.photo {
            Some((photo, crop)) => Some(self.pasted(photo.clone(), *crop, &drawn)?),
            None => None,
        };
        let made = EditMade {
            steps: rest.steps,
            loss: solve.candidates()[0].loss.clone(),
            strokes: solve.energy().strokes(),
            candidates: offered.len(),
            inversion_psnr_db: subject.inversion_psnr_db,
            remarks: solve.energy().remarks().to_vec(),
            solve_seconds: rest.seconds,
            seconds: begun.elapsed().as_secs_f64(),
        };
        self.write_pictures(model, job, &subject, &drawn, pasted)?;
        if let Some(frames) = job.morph {
            let whole = (&subject.start, &latent, (&plan.area, &plan.strokes[..]));
            self.morph(open, whole, frames, &job.out.join("morph.gif"))?;
        }
        write_rest(job, &subject, &latent, &offered)?;
        write_report(&job.out, &steps, &made)?;
        Ok(made)
    }

    /// Steps until nothing moves any more; `each` hears of every step.
    ///
    /// # Errors
    /// A device that fails, or a stop.
    pub(super) fn solve_to_rest(
        &mut self,
        solve: &mut Solve,
        mut each: impl FnMut(&mut Self, EditStep),
    ) -> Result<Rest, String> {
        let mut rest = Rest::default();
        let begun = Instant::now();
        loop {
            let stage = solve.stage();
            let count = match stage {
                EditStage::Adopted => &mut rest.steps.0,
                EditStage::Candidates => &mut rest.steps.1,
                EditStage::Settled => break,
            };
            let (now, before) = (Instant::now(), solve.evaluations());
            solve.step()?;
            rest.seconds += now.elapsed().as_secs_f64();
            // Measuring the curvature is no step.
            if solve.evaluations() == before {
                self.breathe()?;
                continue;
            }
            *count += 1;
            let step = *count;
            let loss = solve.candidates()[0].loss.clone();
            each(self, EditStep { stage, step, seconds: begun.elapsed().as_secs_f64(), loss });
            self.breathe()?;
        }
        Ok(rest)
    }

    fn subject(&mut self, open: &OpenModel, job: &EditJob) -> Result<Subject, String> {
        let model = &open.model;
        let given = job.script.start.clone();
        let plain = |latent| {
            let start = EditStart { latent, photo: None, place: None };
            Subject { start, photo: None, inversion_psnr_db: None }
        };
        Ok(match &job.source {
            EditSource::Photo(path, crop) => self.photo_subject(open, job, path, *crop)?,
            EditSource::Latents(path, row) => {
                let latents = latents_of(&SampleSource::File(path.clone()), model)?;
                let count = latents.len();
                plain(latents.into_iter().nth(*row).ok_or_else(|| {
                    format!(
                        "{} has {count} latents: row {row} is not there, use 0 to {}",
                        shown(path),
                        count - 1
                    )
                })?)
            }
            EditSource::Sample(seed) => {
                let source = SampleSource::Prior { count: 1, seed: *seed, truncation: 1.0 };
                plain(latents_of(&source, model)?.swap_remove(0))
            }
            EditSource::Script => plain(given.ok_or(
                "the script has no start of its own: name a photo, latents or a sample to edit",
            )?),
        })
    }

    fn photo_subject(
        &mut self,
        open: &OpenModel,
        job: &EditJob,
        path: &Path,
        crop: Option<Crop>,
    ) -> Result<Subject, String> {
        let model = &open.model;
        let (size, channels) = (model.spec.image_size, model.spec.channels);
        let file = path.to_owned();
        // By another thread: a large photo takes longer to decode than a drag may wait.
        let cut = self.aside("photo", move || {
            let photo = read_photo(&file, PHOTO_PIXEL_LIMIT).map_err(|error| error.to_string())?;
            let crop = crop
                .unwrap_or_else(|| Crop::centred(photo.width_px as u32, photo.height_px as u32));
            let halvings = Halvings::new(&photo, &|| false).map_err(|error| error.to_string())?;
            let halvings = halvings.ok_or_else(|| crate::engine::job::STOPPED.to_owned())?;
            let square = halvings
                .crop(&crop, size, channels)
                .map_err(|error| format!("{}: {error}", shown(&file)))?;
            Ok::<_, String>((photo, crop, square))
        })?;
        let (photo, crop, square) = cut?;
        let values = frame_values(model, &square)?;
        let (latent, inversion_psnr_db) = match &job.script.start {
            Some(given) => (given.clone(), None),
            None => {
                if job.method.needs_encoder() && model.encoder.is_none() {
                    return Err(format!(
                        "{} has no encoder, which {} needs: use --method optimise, or train an encoder for it",
                        open.name, job.method
                    ));
                }
                let found = self.invert_one(model, &values, job.method, &job.inversion)?;
                (found.latent, Some(found.psnr_db))
            }
        };
        let start = EditStart { latent, photo: Some(square), place: None };
        Ok(Subject { start, photo: Some((photo, crop)), inversion_psnr_db })
    }

    fn write_pictures(
        &mut self,
        model: &Model,
        job: &EditJob,
        subject: &Subject,
        drawn: &Drawn,
        pasted: Option<Frame>,
    ) -> Result<(), String> {
        let out = &job.out;
        fs::create_dir_all(out).map_err(|e| format!("cannot write {}: {e}", shown(out)))?;
        self.write_png(&out.join("before.png"), drawn.frame(&drawn.before)?)?;
        self.write_png(&out.join("edited.png"), drawn.frame(&drawn.after)?)?;
        self.write_png(&out.join("mask.png"), drawn.mask_frame()?)?;
        if let Some(square) = &subject.start.photo {
            let values = drawn.on(&frame_values(model, square)?);
            self.write_png(&out.join("composite.png"), drawn.frame(&values)?)?;
        }
        if let Some(pasted) = pasted {
            self.write_png(&out.join("photo.png"), pasted)?;
        }
        Ok(())
    }
}

/// Distinct candidates, the adopted one first.
fn offered(model: &Model, solve: &mut Solve) -> Result<Vec<Offered>, String> {
    let network = telling_network(model);
    let places = solve.offer(network.as_ref())?.to_vec();
    let networks = Networks::of(model);
    let (channels, size) = solve.energy().format();
    let one = |place: usize| {
        let z = solve.candidates()[place].z.clone();
        let values = picture(&networks, &Latent(z.clone()))?;
        let picture = frame_from_values(&values, channels, size, size);
        Ok(Offered { z, picture: picture.map_err(|error| error.to_string())? })
    };
    places.into_iter().map(one).collect()
}

/// z₀ as attributes moved it.
fn shifted(start: &Latent, shift: &[f32]) -> Result<Latent, String> {
    if shift.is_empty() {
        return Ok(start.clone());
    }
    let (found, dims) = (shift.len(), start.dims());
    if found != dims {
        return Err(format!(
            "the script shifts z by {found} values, and this latent has {dims}: use as many, or none"
        ));
    }
    Ok(Latent(start.0.iter().zip(shift).map(|(z, by)| z + by).collect()))
}

/// Another edit's pictures are not mixed with this one's.
fn refuse_used(out: &Path) -> Result<(), String> {
    if out.join(EditJob::REPORT).exists() {
        return Err(format!("{} holds an earlier edit: name another folder", shown(out)));
    }
    Ok(())
}

fn write_rest(
    job: &EditJob,
    subject: &Subject,
    latent: &Latent,
    offered: &[Offered],
) -> Result<(), String> {
    let folder = job.out.join("candidates");
    fs::create_dir_all(&folder).map_err(|e| format!("cannot write {}: {e}", shown(&folder)))?;
    for (number, candidate) in offered.iter().enumerate() {
        let path = folder.join(format!("{:02}.png", number + 1));
        crate::storage::save_png(&path, &candidate.picture).map_err(|error| error.to_string())?;
    }
    let start = &subject.start.latent;
    let dims = start.dims();
    let mut tensors = Tensors::new();
    let all: Vec<f32> = offered.iter().flat_map(|candidate| candidate.z.clone()).collect();
    for (name, values) in [("z", latent.0.clone()), ("z0", start.0.clone()), ("candidates", all)] {
        let shape = vec![values.len() / dims, dims];
        tensors.insert(NamedArray { name: name.to_owned(), shape, values });
    }
    let about =
        "an edit: z is the result, z0 what it began with, candidates the distinct ones, z first";
    let path = job.out.join(EditJob::LATENTS);
    save_tensors(&path, &tensors, about).map_err(|error| error.to_string())?;
    let script = EditScript { start: Some(start.clone()), ..job.script.clone() };
    save_edit_script(&job.out.join(EditJob::SCRIPT), &script).map_err(|error| error.to_string())
}

/// Last, so that a folder with it is whole. Times are not in it: the same edit gives the same bytes.
fn write_report(out: &Path, steps: &[EditStep], made: &EditMade) -> Result<(), String> {
    let mut text = String::new();
    let timeless = |mut line: serde_json::Value| {
        if let Some(fields) = line.as_object_mut() {
            fields.retain(|name, _| !name.ends_with("seconds"));
        }
        format!("{line}\n")
    };
    steps.iter().for_each(|step| text += &timeless(json!(step)));
    text += &timeless(json!(made));
    write_atomic(&out.join(EditJob::REPORT), |file| file.write_all(text.as_bytes()))
        .map_err(|error| error.to_string())
}
