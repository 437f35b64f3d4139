//! What the window sees of a racer.

use super::bank::Bank;
use super::live::Goal;
use super::racer::Racer;
use crate::engine::pictures::decode;
use crate::imaging::{difference_heat, frame_from_values, values_from_tensor};
use crate::invert::{Found, Inversion};
use crate::metrics::{psnr_db, ssim};
use crate::models::Model;
use crate::protocol::{BestLatent, InversionMethod, Latent, RacePoint, RacerState, RacerView};

/// Points of a curve; past it every second one is dropped.
const CURVE_LIMIT: usize = 400;

/// A method's place in a race.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) method: InversionMethod,
    pub(super) state: RacerState,
    racer: Option<Racer>,
    curve: Vec<RacePoint>,
}

impl Lane {
    /// One that has not begun.
    pub(super) fn waiting(method: InversionMethod) -> Self {
        Self { method, state: RacerState::Running, racer: None, curve: Vec::new() }
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.racer.is_none() && self.state == RacerState::Running
    }

    pub(super) fn seconds(&self) -> f64 {
        self.racer.as_ref().map_or(0.0, Racer::seconds)
    }

    pub(super) fn begin(&mut self, racer: Racer) {
        self.racer = Some(racer);
        self.take_note();
    }

    /// The mean squared error of its best latent.
    pub(super) fn error(&self) -> Option<f64> {
        let found = &self.racer.as_ref()?.found()[0];
        (found.step > 0).then_some(f64::from(found.loss.mse))
    }

    /// One step.
    pub(super) fn advance(&mut self) {
        let Some(racer) = &mut self.racer else { return };
        match racer.advance() {
            Ok(()) => self.take_note(),
            Err(text) => self.state = RacerState::Failed(text),
        }
    }

    /// Goes on to the end or, from there, for more steps.
    pub(super) fn go_on(&mut self, more: u32) {
        match (&self.state, &mut self.racer) {
            // One stopped before it began has its start before it.
            (RacerState::Stopped, _) => self.state = RacerState::Running,
            (RacerState::Done | RacerState::Stalled, Some(racer)) if racer.descent().is_some() => {
                racer.extend(more);
                self.state = RacerState::Running;
            }
            _ => {}
        }
    }

    fn take_note(&mut self) {
        let Some(racer) = &self.racer else { return };
        let found = &racer.found()[0];
        if found.step > 0 {
            self.curve.push(RacePoint {
                seconds: racer.seconds(),
                step: racer.steps(),
                total: found.loss.total,
                psnr_db: psnr_db(f64::from(found.loss.mse)),
                ssim: None,
            });
        }
        if self.curve.len() > CURVE_LIMIT {
            let mut index = 0;
            self.curve.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
        if racer.is_done() {
            let stalled = racer.descent().is_some_and(Inversion::is_stalled);
            self.state = if stalled { RacerState::Stalled } else { RacerState::Done };
        }
    }
}

/// A lane as it stands, with the picture of its best latent.
///
/// # Errors
/// When the device fails.
pub(super) fn lane_view(
    lane: &mut Lane,
    model: &Model,
    goal: &Goal,
    bank: &Bank,
    gain: u32,
) -> Result<RacerView, String> {
    let racer = lane.racer.as_ref();
    let found = racer.map(|racer| &racer.found()[0]).filter(|found| found.step > 0);
    let descent = racer.and_then(Racer::descent);
    let steps = racer.map_or(0, Racer::steps);
    let best = found.map(|found| best(found, model, goal, bank, gain)).transpose()?;
    // Measured as often as there is a view: at every step it would cost as much as the step.
    if let (Some(best), Some(last)) = (&best, lane.curve.last_mut()) {
        last.ssim = Some(best.ssim);
    }
    Ok(RacerView {
        method: lane.method,
        state: lane.state.clone(),
        steps: (steps, descent.map_or(steps, Inversion::end)),
        seconds: lane.seconds(),
        best,
        candidates: descent.map_or(1, Inversion::candidates),
        restarts: descent.map_or(0, Inversion::restarts),
        curve: lane.curve.clone(),
    })
}

fn best(
    found: &Found,
    model: &Model,
    goal: &Goal,
    bank: &Bank,
    gain: u32,
) -> Result<BestLatent, String> {
    let latent = Latent(found.z.clone());
    let picture = decode(model, std::slice::from_ref(&latent));
    let values = values_from_tensor(picture.clone())?;
    let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
    let frame = frame_from_values(&values, channels, size, size);
    let heat = difference_heat(&values, &goal.values, channels, size, gain);
    Ok(BestLatent {
        loss: found.loss,
        psnr_db: psnr_db(f64::from(found.loss.mse)),
        ssim: ssim(&goal.values, &values, channels, size),
        picture: frame.map_err(|error| error.to_string())?,
        residual: heat.map_err(|error| error.to_string())?,
        manifold: bank.manifold(model, &latent, picture)?,
        truth_distance: goal.truth.as_ref().map(|truth| truth.rms_distance(&latent)),
        latent,
    })
}
