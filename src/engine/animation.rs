//! Animations: latents along a path, decoded part by part and written as they come.

use std::path::{Path, PathBuf};

use super::job::STOPPED;
use super::jobs::latents_of;
use super::parts::PART;
use super::pictures::decode_values;
use super::session::OpenModel;
use super::worker::Worker;
use crate::imaging::{enlarged, tiles_from_values};
use crate::latent::{Journey, Walk};
use crate::models::Model;
use crate::protocol::{AnimationJob, Frame, Latent, Prior, Route};
use crate::storage::{AnimationFile, AnimationShape};

const FRAMES_LIMIT: usize = 100_000;
const SCALE_LIMIT: usize = 16;
const SPEED_LIMIT: u16 = 100;

/// An animation under way, and how many times larger its frames are than the pictures they show.
pub(super) struct Film {
    file: AnimationFile,
    scale: usize,
}

impl Film {
    /// Begins an animation.
    ///
    /// # Errors
    /// As [`AnimationFile::create`].
    pub(super) fn new(out: &Path, shape: AnimationShape, scale: usize) -> Result<Self, String> {
        let file = AnimationFile::create(out, shape).map_err(|error| error.to_string())?;
        Ok(Self { file, scale })
    }
}

impl Worker {
    /// Writes an animation.
    ///
    /// # Errors
    /// What is wrong with the request, the keys' file or the output, or a stop: then nothing is left.
    pub(super) fn animate(
        &mut self,
        open: &OpenModel,
        job: &AnimationJob,
    ) -> Result<PathBuf, String> {
        check(job)?;
        let model = &open.model;
        let latents = self.route(model, job)?;
        let edge = model.spec.image_size as usize * job.scale;
        let (count, frames_per_sec) = (latents.len(), job.frames_per_sec);
        let shape = AnimationShape { size_px: (edge, edge), count, frames_per_sec };
        let mut film = Film::new(&job.out, shape, job.scale)?;
        let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
        for (part, chunk) in latents.chunks(PART).enumerate() {
            self.job_progress("drawing frames", part * PART, count);
            let values = decode_values(model, chunk)?;
            let tiles = tiles_from_values(&values, channels, size).map_err(|e| e.to_string())?;
            film = self.add_frames(film, tiles)?;
        }
        self.finish_film(film)?;
        Ok(job.out.clone())
    }

    /// Adds pictures, enlarged.
    ///
    /// # Errors
    /// An output that cannot be written, or a stop: then nothing is left of it.
    pub(super) fn add_frames(&mut self, film: Film, tiles: Vec<Frame>) -> Result<Film, String> {
        let Film { mut file, scale } = film;
        // Encoding a large picture takes as long as many phases: another thread's work.
        let written = self.aside_watched("frames", &[], move |progress| {
            let goes_on = progress.watch(0);
            for (done, tile) in tiles.iter().enumerate() {
                // What is there of the file goes with it.
                if !goes_on(done, tiles.len()) {
                    return Err(STOPPED.to_owned());
                }
                let frame = enlarged(tile, scale).map_err(|error| error.to_string())?;
                file.push(&frame).map_err(|error| error.to_string())?;
            }
            Ok::<_, String>(file)
        });
        Ok(Film { file: written??, scale })
    }

    /// Puts an animation in its place.
    ///
    /// # Errors
    /// As [`Self::add_frames`].
    pub(super) fn finish_film(&mut self, film: Film) -> Result<(), String> {
        let finished = self.aside_watched("frames", &[], move |progress| {
            let goes_on = progress.watch(0);
            film.file.finish(&|| goes_on(0, 1))
        })?;
        let in_place = finished.map_err(|error| error.to_string())?;
        if in_place { Ok(()) } else { Err(STOPPED.to_owned()) }
    }

    /// The latents of all frames.
    fn route(&mut self, model: &Model, job: &AnimationJob) -> Result<Vec<Latent>, String> {
        let journey = match &job.route {
            Route::Walk { seed, waves } => {
                if model.spec.prior != Prior::Normal {
                    return Err(
                        "a random walk needs a normal prior, and this model's is uniform: \
                                draw keys and let the path loop"
                            .to_owned(),
                    );
                }
                Journey::Walk(Walk::new(model.spec.latent as usize, *waves, *seed))
            }
            Route::Keys { source, curve, ending } => {
                let keys = latents_of(source, model)?.into_iter().map(|key| key.0).collect();
                Journey::through(keys, *curve, *ending).map_err(|error| error.to_string())?
            }
        };
        Ok(journey.frames(job.frames).into_iter().map(Latent).collect())
    }
}

fn check(job: &AnimationJob) -> Result<(), String> {
    if !(1..=FRAMES_LIMIT).contains(&job.frames) {
        return Err(format!("{} frames: use 1 to {FRAMES_LIMIT}", job.frames));
    }
    if !(1..=SCALE_LIMIT).contains(&job.scale) {
        return Err(format!("a scale of {}: use 1 to {SCALE_LIMIT}", job.scale));
    }
    if !(1..=SPEED_LIMIT).contains(&job.frames_per_sec) {
        return Err(format!("{} frames a second: use 1 to {SPEED_LIMIT}", job.frames_per_sec));
    }
    Ok(())
}
