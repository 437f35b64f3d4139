//! What is asked of the tuned copy and the kept photo: live, between the phases of training.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::desk::{KeptPhoto, Tuned, frame_of};
use super::tuner::{Made, Tuner};
use crate::engine::pictures::{decode_values, preview, preview_of};
use crate::engine::saving::latent_space;
use crate::engine::session::OpenModel;
use crate::engine::worker::Worker;
use crate::models::Model;
use crate::protocol::{
    Event, Latent, NoticeLevel, Pivot, PreviewFrame, PreviewRequest, TuneRequest, TuningState,
    TuningView,
};
use crate::storage::{Delta, save_png};

/// A view is made at most this often: its picture costs as much as a part of a step.
const VIEW_INTERVAL: Duration = Duration::from_millis(100);
const NO_MODEL: &str = "no model is open: open one or train one first";

/// A tuning that was asked for, and when it was last shown.
pub(super) struct Live {
    id: u64,
    tuner: Tuner,
    base: Model,
    viewed: Option<Instant>,
}

/// A picture to be written as previews show it.
#[derive(Debug)]
pub(in crate::engine) struct PictureJob {
    latent: Latent,
    photo: Option<KeptPhoto>,
    tuned: bool,
    out: PathBuf,
}

impl Worker {
    /// Begins a tuning; the one under way is dropped.
    pub(in crate::engine) fn start_tuning(&mut self, request: TuneRequest) {
        match self.prepare_tuning(request) {
            Ok(live) => self.identity.live = Some(Box::new(live)),
            Err(text) => self.outbox.notice(NoticeLevel::Error, format!("not tuned: {text}")),
        }
    }

    fn prepare_tuning(&mut self, request: TuneRequest) -> Result<Live, String> {
        self.refuse_while_generator_trains()?;
        let base = self.base_model().ok_or(NO_MODEL)?.0.clone();
        let goal_db = request.settings.goal_db;
        let tuner = Tuner::new(&base, request.pivot, request.settings)?;
        if tuner.before_db() >= goal_db {
            return Err(format!(
                "the picture is already as near as the goal ({:.1} dB, and the goal is {goal_db:.1} dB): set a \
                 higher goal to go on",
                tuner.before_db()
            ));
        }
        Ok(Live { id: request.id, tuner, base, viewed: None })
    }

    fn refuse_while_generator_trains(&self) -> Result<(), String> {
        let trains = self.run.as_ref().is_some_and(|run| !run.settings.task.is_encoder());
        let text = "training changes the generator at every step: stop it first";
        if trains { Err(text.to_owned()) } else { Ok(()) }
    }

    /// Ends the tuning, with or without what it reached.
    pub(in crate::engine) fn stop_tuning(&mut self, keep: bool) {
        if keep {
            if let Some(live) = &mut self.identity.live {
                live.tuner.stop();
            }
        } else if let Some(live) = self.identity.live.take() {
            self.show_tuning(&live, TuningState::Discarded);
        }
    }

    /// One step of the tuning, and its view where one is due.
    pub(in crate::engine) fn serve_tuning(&mut self) {
        let Some(mut live) = self.identity.live.take() else { return };
        match live.tuner.advance() {
            Ok(None) => {
                if live.viewed.is_none_or(|at| at.elapsed() >= VIEW_INTERVAL) {
                    let measuring = live.tuner.is_measuring();
                    let state =
                        if measuring { TuningState::Measuring } else { TuningState::Running };
                    self.show_tuning(&live, state);
                    live.viewed = Some(Instant::now());
                }
                self.identity.live = Some(live);
            }
            Ok(Some(made)) => {
                let taken = self.take_made(&live.base, made, None);
                let state = taken.map_or_else(TuningState::Failed, |()| TuningState::Done);
                self.show_tuning(&live, state);
            }
            Err(text) => {
                self.outbox.notice(NoticeLevel::Error, format!("not tuned: {text}"));
                self.show_tuning(&live, TuningState::Failed(text));
            }
        }
    }

    fn show_tuning(&mut self, live: &Live, state: TuningState) {
        let Live { id, tuner, base, .. } = live;
        let shown = tuner.picture().and_then(|(values, db)| Ok((frame_of(base, &values)?, db)));
        match shown {
            Ok((picture, now_db)) => {
                self.tuning_slot.put(TuningView {
                    id: *id,
                    state,
                    steps: tuner.steps(),
                    seconds: tuner.seconds(),
                    before_db: tuner.before_db(),
                    now_db,
                    picture,
                    restarts: tuner.restarts(),
                });
                self.outbox.wake();
            }
            Err(text) => self.outbox.notice(NoticeLevel::Error, format!("no picture: {text}")),
        }
    }

    /// A copy is at hand, and on; its photo is kept.
    pub(super) fn take_made(
        &mut self,
        base: &Model,
        made: Made,
        file: Option<PathBuf>,
    ) -> Result<(), String> {
        self.keep_unsaved_copy();
        // The map's pictures are brought back first: they know the present copy alone.
        self.set_tuned(false);
        let tuned = Tuned::new(base, made, file)?;
        self.identity.photo = Some(KeptPhoto::new(base, &tuned.pivot())?);
        self.identity.tuned = Some(tuned);
        // While an encoder trains, pictures are those of its run.
        self.set_tuned(self.run.is_none());
        self.tell_identity();
        Ok(())
    }

    /// Draws with the tuned copy, or without it.
    pub(in crate::engine) fn show_tuned(&mut self, on: bool) {
        if on && self.identity.tuned.is_none() {
            let text = "there is no tuned copy: tune one for a photo, or open a delta";
            self.outbox.notice(NoticeLevel::Error, text);
        } else if on && self.run.is_some() {
            let text =
                "while a run is under way, pictures are drawn with its generator: stop it first";
            self.outbox.notice(NoticeLevel::Error, text);
        } else {
            self.set_tuned(on);
        }
        self.tell_identity();
    }

    /// As [`Self::show_tuned`], without a word.
    pub(in crate::engine) fn set_tuned(&mut self, on: bool) {
        let desk = &mut self.identity;
        let on = on && desk.tuned.is_some();
        if desk.tuned_on != on {
            desk.tuned_on = on;
            self.redraw_map();
        }
    }

    /// The map's pictures come from the generator in use.
    pub(in crate::engine) fn redraw_map(&mut self) {
        let Self { identity, session, map_desk, outbox, .. } = self;
        let (Some(open), Some(tuned)) = (&session.model, &identity.tuned) else { return };
        let known = [tuned.base.generator.as_str(), tuned.fingerprint.as_str()];
        let drawn = &identity.drawn_with(&open.model).generator;
        if let Err(text) = map_desk.draw_with(drawn, known) {
            outbox.notice(NoticeLevel::Error, format!("the map keeps its pictures: {text}"));
        }
    }

    /// Keeps a photo with its latent.
    pub(in crate::engine) fn keep_photo(&mut self, pivot: &Pivot) {
        let kept = self.base_model().ok_or_else(|| NO_MODEL.to_owned());
        match kept.and_then(|(model, _)| KeptPhoto::new(model, pivot)) {
            Ok(photo) => self.identity.photo = Some(photo),
            Err(text) => {
                self.outbox.notice(NoticeLevel::Error, format!("photo + change: {text}"));
            }
        }
        self.tell_identity();
    }

    /// Previews are the photo plus what changed, or plain.
    pub(in crate::engine) fn show_change(&mut self, on: bool) {
        if on && self.identity.photo.is_none() {
            let text = "photo + change needs a photo: invert one and take its latent to Explore";
            self.outbox.notice(NoticeLevel::Error, text);
        }
        self.identity.change_on = on && self.identity.photo.is_some();
        self.tell_identity();
    }

    pub(in crate::engine) fn tell_identity(&mut self) {
        match self.identity.told() {
            Ok(told) => self.outbox.tell(Event::IdentityChanged(Box::new(told))),
            Err(text) => self.outbox.notice(NoticeLevel::Error, text),
        }
    }

    /// A preview, with the photo added where that is on.
    ///
    /// # Errors
    /// When the device fails, or no model is open.
    pub(in crate::engine) fn preview_with_identity(
        &mut self,
        request: &PreviewRequest,
    ) -> Result<PreviewFrame, String> {
        let (model, step) = self.current_model().ok_or(NO_MODEL)?;
        if !self.identity.change_on {
            return preview(model, step, request);
        }
        let model = model.clone();
        let tuned = self.identity.tuned_on;
        let Some(photo) = &mut self.identity.photo else { return preview(&model, step, request) };
        preview_of(&model, step, request, |values| photo.changed(&model, tuned, &values))
    }

    /// Queues a picture as previews show it now.
    pub(in crate::engine) fn save_shown(&mut self, out: PathBuf, latent: Latent) {
        let photo = self.identity.photo.clone().filter(|_| self.identity.change_on);
        let job = PictureJob { latent, photo, tuned: self.identity.tuned_on, out };
        self.queue_job(crate::engine::job::Task::Picture(Box::new(job)));
    }

    /// Writes it.
    ///
    /// # Errors
    /// A latent of another model, a device that fails, or an output that cannot be written.
    pub(in crate::engine) fn write_shown(
        &mut self,
        open: &OpenModel,
        job: &PictureJob,
    ) -> Result<PathBuf, String> {
        let model = &open.model;
        if job.latent.dims() != model.spec.latent as usize {
            return Err("the picture's latent belongs to another model".to_owned());
        }
        let mut values = decode_values(model, std::slice::from_ref(&job.latent))?;
        if let Some(mut photo) = job.photo.clone() {
            values = photo.changed(model, job.tuned, &values)?;
        }
        save_png(&job.out, &frame_of(model, &values)?).map_err(|error| error.to_string())?;
        Ok(job.out.clone())
    }

    pub(in crate::engine) fn save_delta(&mut self, path: &Path) {
        let saved = match self.identity.delta() {
            Some((delta, space)) => delta.save(path, space).map_err(|error| error.to_string()),
            None => Err("there is no tuned copy to save: tune one for a photo first".to_owned()),
        };
        match saved {
            Ok(()) => {
                if let Some(tuned) = &mut self.identity.tuned {
                    tuned.file = Some(path.to_owned());
                }
                self.outbox.tell(Event::FileWritten(path.to_owned()));
                self.tell_identity();
            }
            Err(text) => self.outbox.notice(NoticeLevel::Error, text),
        }
    }

    pub(in crate::engine) fn open_delta(&mut self, path: PathBuf) {
        match self.try_open_delta(&path) {
            Ok(()) => self.outbox.tell(Event::DeltaOpened(path)),
            Err(text) => self.outbox.notice(NoticeLevel::Error, text),
        }
    }

    fn try_open_delta(&mut self, path: &Path) -> Result<(), String> {
        self.refuse_while_generator_trains()?;
        let base = self.base_model().ok_or(NO_MODEL)?.0.clone();
        let (channels, size) = (base.spec.channels as usize, base.spec.image_size as usize);
        let space = latent_space(&base)?;
        let delta = Delta::open(path, &space, [channels, size, size]);
        let delta = delta.map_err(|error| error.to_string())?;
        let made = Made::of(&base, delta).map_err(|error| {
            format!("{}: {error}; the file was not opened", crate::storage::shown(path))
        })?;
        // What is under way would take its place.
        self.stop_tuning(false);
        self.take_made(&base, made, Some(path.to_owned()))
    }

    /// Whether what is at hand or under way belongs to this generator.
    pub(in crate::engine) fn identity_fits(&self, generator: &str) -> bool {
        let open = self.session.model.as_ref().map(OpenModel::summary);
        self.identity.is_empty() || open.is_some_and(|open| open.generator == generator)
    }

    /// All that was kept is gone, which is told.
    pub(in crate::engine) fn drop_identity(&mut self, why: &str) {
        if self.identity.is_empty() {
            return;
        }
        if let Some(live) = self.identity.live.take() {
            self.show_tuning(&live, TuningState::Discarded);
            self.outbox.notice(NoticeLevel::Warning, format!("the tuning has ended: {why}"));
        }
        self.keep_unsaved_copy();
        let desk = &mut self.identity;
        let shown =
            [(desk.tuned_on, "\"Tuned for this photo\""), (desk.change_on, "\"photo + change\"")];
        let named: Vec<&str> =
            shown.into_iter().filter(|(on, _)| *on).map(|(_, name)| name).collect();
        *desk = super::IdentityDesk::default();
        if !named.is_empty() {
            let text = format!("{} is off: {why}", named.join(" and "));
            self.outbox.notice(NoticeLevel::Info, text);
        }
        self.tell_identity();
    }

    /// A run begins: one that trains the generator ends all; while an encoder trains, the copy rests.
    pub(in crate::engine) fn rest_identity(&mut self, encodes: bool) {
        if !encodes {
            return self.drop_identity("training changes the generator");
        }
        if self.identity.tuned_on {
            self.set_tuned(false);
            let text = "\"Tuned for this photo\" is off: pictures are those of the run under way";
            self.outbox.notice(NoticeLevel::Info, text);
            self.tell_identity();
        }
    }

    /// The device is another one.
    pub(in crate::engine) fn move_identity(&mut self) {
        if self.identity.is_empty() {
            return;
        }
        let Some(open) = &self.session.model else { return };
        let base = open.model.clone();
        if let Err(text) = self.identity.move_to(&base) {
            self.keep_unsaved_copy();
            (self.identity.tuned, self.identity.tuned_on) = (None, false);
            let text = format!("the tuned copy is gone: {text}");
            self.outbox.notice(NoticeLevel::Error, text);
        }
        self.tell_identity();
    }
}
