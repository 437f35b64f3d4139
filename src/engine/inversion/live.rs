//! A race under way: one step of one method at each turn of the loop, before a phase of training.

use std::time::{Duration, Instant};

use burn::tensor::Tensor;

use super::bank::{Bank, BankBuilder, BankKey};
use super::racer::{Ground, Racer};
use super::view::{Lane, lane_view};
use crate::engine::pictures::{decode, frame_values, sheet_latents};
use crate::engine::worker::Worker;
use crate::imaging::{frame_from_values, heat_gain, values_from_tensor};
use crate::models::Model;
use crate::protocol::{
    Frame, InversionTarget, Latent, NoticeLevel, RaceRequest, RaceSource, RaceView, RacerState,
};

/// A view is made at most this often: its measures cost as much as a step.
const VIEW_INTERVAL: Duration = Duration::from_millis(100);
/// Key of the latents of self-tests: none that starts are drawn with.
const SELF_TEST: u64 = 0x5e1f_0000;

/// What is to be reached.
#[derive(Debug, Clone)]
pub(super) struct Goal {
    pub(super) frame: Frame,
    pub(super) values: Vec<f32>,
    /// `[1, C, S, S]`.
    pub(super) picture: Tensor<4>,
    pub(super) kind: InversionTarget,
    pub(super) truth: Option<Latent>,
}

enum Stage {
    Preparing(Box<BankBuilder>, BankKey),
    Racing,
}

struct Race {
    request: RaceRequest,
    model: Model,
    goal: Goal,
    stage: Stage,
    lanes: Vec<Lane>,
    viewed: Option<Instant>,
    /// Something happened since the last view.
    news: bool,
}

/// The race under way, and the bank of the model it was run with.
#[derive(Default)]
pub(in crate::engine) struct RaceDesk {
    race: Option<Box<Race>>,
    bank: Option<(BankKey, Bank)>,
    /// The bank of the last job, whose data may be others.
    of_job: Option<(BankKey, Bank)>,
}

impl RaceDesk {
    /// The known pictures, where they are of this model and data.
    pub(in crate::engine) fn known(&self, key: &BankKey) -> Option<Bank> {
        self.bank.as_ref().filter(|(known, _)| known == key).map(|(_, bank)| bank.clone())
    }

    /// Known pictures that were gathered elsewhere.
    pub(in crate::engine) fn keep(&mut self, key: BankKey, bank: Bank) {
        self.bank = Some((key, bank));
    }

    /// Whether a step can be done at once.
    pub(in crate::engine) fn is_active(&self) -> bool {
        self.race.as_ref().is_some_and(|race| race.is_active())
    }

    /// The bank at hand, if it is this one.
    pub(super) fn known_bank(&self, key: &BankKey) -> Option<Bank> {
        let at_hand = [&self.bank, &self.of_job].into_iter().flatten();
        at_hand.filter(|(known, _)| known == key).map(|(_, bank)| bank.clone()).next()
    }

    /// Keeps a job's bank for the next one; the race's stays what it is.
    pub(super) fn keep_bank(&mut self, key: BankKey, bank: Bank) {
        self.of_job = Some((key, bank));
    }
}

impl Race {
    fn is_active(&self) -> bool {
        self.news || self.is_running()
    }

    /// Whether any method has something to do; preparing is a part of it.
    fn is_running(&self) -> bool {
        self.lanes.iter().any(|lane| lane.state == RacerState::Running)
    }

    /// What runs ends here, as `state` says; the next view tells.
    fn end_running(&mut self, state: &RacerState) {
        for lane in self.lanes.iter_mut().filter(|lane| lane.state == RacerState::Running) {
            lane.state = state.clone();
        }
        (self.news, self.viewed) = (true, None);
    }

    /// The lane whose clock is furthest behind, so that all race on equal terms.
    fn next_lane(&mut self) -> Option<&mut Lane> {
        let running = self.lanes.iter_mut().filter(|lane| lane.state == RacerState::Running);
        running.min_by(|a, b| a.seconds().total_cmp(&b.seconds()))
    }
}

impl Worker {
    /// Begins a race; the one under way is dropped.
    pub(in crate::engine) fn start_race(&mut self, request: RaceRequest) {
        match self.prepare_race(request) {
            Ok(race) => self.race_desk.race = Some(Box::new(race)),
            Err(text) => self.outbox.notice(NoticeLevel::Error, format!("not inverted: {text}")),
        }
    }

    fn prepare_race(&mut self, request: RaceRequest) -> Result<Race, String> {
        let (model, _) =
            self.base_model().ok_or("no model is open: open one or train one first")?;
        let model = model.clone();
        request.settings.validate().map_err(|error| error.to_string())?;
        let goal = goal(&model, &request.source)?;
        let dataset = self.session.dataset.clone();
        let key = BankKey::of(&model, dataset.as_deref())?;
        if let Some(bank) = self.race_desk.known_bank(&key) {
            self.race_desk.bank = Some((key.clone(), bank));
        }
        let stage = match &self.race_desk.bank {
            Some((known, _)) if *known == key => Stage::Racing,
            _ => Stage::Preparing(Box::new(BankBuilder::new(&model, dataset)), key),
        };
        let lanes = request.methods.iter().map(|method| Lane::waiting(*method)).collect();
        Ok(Race { request, model, goal, stage, lanes, viewed: None, news: true })
    }

    /// Stops all methods where they stand, or before they began; what they found stays.
    pub(in crate::engine) fn stop_race(&mut self) {
        if let Some(race) = &mut self.race_desk.race {
            race.end_running(&RacerState::Stopped);
        }
    }

    /// Goes on: stopped methods to their end, those at their end for `more` steps.
    pub(in crate::engine) fn continue_race(&mut self, more: u32) {
        let Some(race) = &mut self.race_desk.race else { return };
        for lane in &mut race.lanes {
            lane.go_on(more);
        }
        race.news = true;
    }

    /// One step of the race, and its view where one is due.
    pub(in crate::engine) fn serve_race(&mut self) {
        let Some(mut race) = self.race_desk.race.take() else { return };
        if race.is_running()
            && let Err(text) = self.advance_race(&mut race)
        {
            race.end_running(&RacerState::Failed(text));
        }
        self.show_race(&mut race);
        self.race_desk.race = Some(race);
    }

    fn advance_race(&mut self, race: &mut Race) -> Result<(), String> {
        if let Stage::Preparing(builder, _) = &mut race.stage {
            race.news = true;
            if builder.advance()? {
                return Ok(());
            }
            let prepared = std::mem::replace(&mut race.stage, Stage::Racing);
            if let Stage::Preparing(builder, key) = prepared {
                self.race_desk.bank = Some((key, builder.finish()));
            }
            return Ok(());
        }
        if race.lanes.iter().any(Lane::is_waiting) {
            race.news = true;
            return self.line_up(race);
        }
        if let Some(lane) = race.next_lane() {
            lane.advance();
            race.news = true;
        }
        Ok(())
    }

    /// Brings the next method that waits to its start.
    fn line_up(&mut self, race: &mut Race) -> Result<(), String> {
        let bank = self.race_desk.bank.as_ref().map(|(_, bank)| bank.clone()).unwrap_or_default();
        let ground = Ground::new(&race.model, &race.request.settings, bank.candidates)?;
        let Some(lane) = race.lanes.iter_mut().find(|lane| lane.is_waiting()) else {
            return Ok(());
        };
        // Keyed by the settings' seed alone: the same photo starts alike whenever it is asked for.
        match Racer::new(lane.method, &ground, &race.goal.picture, &[0]) {
            Ok(racer) => lane.begin(racer),
            Err(text) => lane.state = RacerState::Failed(text),
        }
        Ok(())
    }

    fn show_race(&mut self, race: &mut Race) {
        let due = race.viewed.is_none_or(|at| at.elapsed() >= VIEW_INTERVAL);
        if !race.news || (race.is_running() && !due) {
            return;
        }
        let bank = self.race_desk.bank.as_ref().map(|(_, bank)| bank.clone()).unwrap_or_default();
        let prepared = match &race.stage {
            Stage::Preparing(builder, _) => builder.progress(),
            Stage::Racing => (1, 1),
        };
        // One gain for all, so that they compare: what suits the nearest, unless all of the farthest would glow.
        let errors = || race.lanes.iter().filter_map(Lane::error);
        let (nearest, farthest) =
            (errors().min_by(f64::total_cmp), errors().max_by(f64::total_cmp));
        let gain = nearest.map_or(1, heat_gain).min(farthest.map_or(1, heat_gain) * 2);
        let racers =
            race.lanes.iter_mut().map(|lane| lane_view(lane, &race.model, &race.goal, &bank, gain));
        match racers.collect::<Result<_, _>>() {
            Ok(racers) => {
                self.race_slot.put(RaceView {
                    id: race.request.id,
                    target: race.goal.frame.clone(),
                    kind: race.goal.kind,
                    prepared,
                    residual_gain: gain,
                    racers,
                });
                self.outbox.wake();
            }
            Err(text) => self.outbox.notice(NoticeLevel::Error, format!("no picture: {text}")),
        }
        (race.viewed, race.news) = (Some(Instant::now()), false);
    }
}

/// The picture to be reached, as numbers.
fn goal(model: &Model, source: &RaceSource) -> Result<Goal, String> {
    let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
    let frame_of = |values: &[f32]| {
        frame_from_values(values, channels, size, size).map_err(|error| error.to_string())
    };
    match source {
        RaceSource::Picture(frame) => {
            let values = frame_values(model, frame)?;
            let picture = picture_tensor(&values, channels, size, model);
            let kind = InversionTarget::File;
            Ok(Goal { frame: frame_of(&values)?, values, picture, kind, truth: None })
        }
        RaceSource::Sample { seed } => {
            let latents = sheet_latents(model, SELF_TEST ^ *seed, 1, 1.0);
            let picture = decode(model, &latents);
            let values = values_from_tensor(picture.clone())?;
            let kind = InversionTarget::Generated;
            let truth = latents.into_iter().next();
            Ok(Goal { frame: frame_of(&values)?, values, picture, kind, truth })
        }
    }
}

/// `[1, C, S, S]`.
fn picture_tensor(values: &[f32], channels: usize, size: usize, model: &Model) -> Tensor<4> {
    let data = burn::tensor::TensorData::new(values.to_vec(), [1, channels, size, size]);
    Tensor::from_data(data, &model.device())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Family, ModelSpec};
    use burn::tensor::Device;

    #[test]
    fn a_picture_of_another_size_is_refused_and_a_sample_knows_its_latent() {
        let spec =
            ModelSpec { image_size: 16, latent: 6, width: 4, ..ModelSpec::for_family(Family::Gan) };
        let model = Model::new(&spec, 1, &Device::flex());
        let frame = Frame { width_px: 8, height_px: 8, rgba: vec![0; 256].into() };
        let error = goal(&model, &RaceSource::Picture(frame)).unwrap_err();
        assert!(error.contains("8×8") && error.contains("16×16"), "{error}");
        let own = goal(&model, &RaceSource::Sample { seed: 3 }).unwrap();
        let latent = own.truth.unwrap();
        let again = values_from_tensor(decode(&model, &[latent])).unwrap();
        assert_eq!(own.values, again);
        assert_ne!(own.values, goal(&model, &RaceSource::Sample { seed: 4 }).unwrap().values);
    }
}
