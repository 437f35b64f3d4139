//! Optimising latents for pictures, step by step.

use super::curvature::Curvatures;
use super::descent::rate_factor;
use super::energy::Energy;
use super::under_way::UnderWay;
use crate::protocol::{Descent, InversionLoss, InversionSettings};
use crate::random::{Random, Stream};

/// Shares of the steps after which the worse half of a picture's starts is dropped.
const PRUNINGS: [f64; 3] = [0.1, 0.25, 0.5];
/// Noise streams begin behind those of the starts.
const NOISE_STREAM: u64 = 1 << 32;

/// The best latent found for a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// `d` values.
    pub z: Vec<f32>,
    /// What it costs.
    pub loss: InversionLoss,
    /// The step at which it was measured, from 1; 0 before the first.
    pub step: u32,
}

/// Latents under way for P pictures at once, several for each.
#[derive(Debug)]
pub struct Inversion {
    energy: Energy,
    settings: InversionSettings,
    /// The picture of each latent.
    rows: Vec<usize>,
    latents: UnderWay,
    /// Being measured before the first step.
    curvatures: Option<Curvatures>,
    step: u32,
    /// The first step of the ramp down, and the step after the last.
    ramp: (u32, u32),
    found: Vec<Found>,
    /// The sum of the best losses at the last gain that counted, and its step.
    gain: (f64, u32),
    stalled: bool,
}

impl Inversion {
    /// Begins with `starts`: for each picture of `energy` some latents, `k·d` values.
    ///
    /// # Panics
    /// Where a picture has no start.
    pub fn new(mut energy: Energy, starts: &[Vec<f32>], settings: InversionSettings) -> Self {
        let dims = energy.dims();
        assert!(
            starts.len() == energy.pictures() && starts.iter().all(|start| start.len() >= dims)
        );
        let counts = starts.iter().map(|start| start.len() / dims);
        let rows: Vec<usize> =
            counts.enumerate().flat_map(|(picture, count)| vec![picture; count]).collect();
        energy.set_rows(&rows);
        let nothing =
            InversionLoss { total: f32::INFINITY, mse: f32::INFINITY, ..Default::default() };
        let found = |start: &Vec<f32>| Found { z: start[..dims].to_vec(), loss: nothing, step: 0 };
        let steps = settings.steps;
        Self {
            // With one start a picture its curvature is soon measured, and the steps it saves are many; far
            // from the end, where many starts begin, it says little.
            curvatures: (settings.descent == Descent::Lbfgs && rows.len() == starts.len())
                .then(|| Curvatures::new(starts.concat())),
            latents: UnderWay::new(settings.descent, starts.concat(), dims),
            found: starts.iter().map(found).collect(),
            ramp: (steps - ramp_steps(&settings), steps),
            gain: (f64::INFINITY, 0),
            stalled: false,
            step: 0,
            energy,
            settings,
            rows,
        }
    }

    /// Steps done.
    pub fn steps(&self) -> u32 {
        self.step
    }

    /// The step after which it is done, as things stand.
    pub fn end(&self) -> u32 {
        self.ramp.1
    }

    /// How often a latent was put back because its loss was no number.
    pub fn restarts(&self) -> u32 {
        self.latents.restarts()
    }

    /// Latents still under way, over all pictures.
    pub fn candidates(&self) -> usize {
        self.rows.len()
    }

    /// Whether the loss stopped falling before the steps were done.
    pub fn is_stalled(&self) -> bool {
        self.stalled
    }

    /// Whether there is nothing left to do.
    pub fn is_done(&self) -> bool {
        self.step >= self.ramp.1
    }

    /// The best latent of each picture so far.
    pub fn found(&self) -> &[Found] {
        &self.found
    }

    /// What is minimised.
    pub fn energy(&self) -> &Energy {
        &self.energy
    }

    /// One evaluation of all latents, and their move; before the first one, of L-BFGS from one start, a
    /// part of measuring the curvature, which counts as no step.
    ///
    /// # Errors
    /// When the device fails, or the loss is no number wherever it is tried.
    pub fn step(&mut self) -> Result<(), String> {
        if let Some(curvatures) = &mut self.curvatures {
            if let Some(found) = curvatures.advance(&self.energy)? {
                self.latents.begin_with(found);
                self.curvatures = None;
            }
            return Ok(());
        }
        let noisy = self.with_noise();
        let mut evaluated = self.energy.evaluate(&noisy)?;
        self.step += 1;
        let mut totals: Vec<f32> = evaluated.losses.iter().map(|loss| loss.total).collect();
        let rate = self.settings.learning_rate * self.schedule();
        self.latents.step(&noisy, &mut totals, &mut evaluated.gradient, rate)?;
        for (loss, total) in evaluated.losses.iter_mut().zip(&totals) {
            loss.total = *total;
        }
        self.take_best(&noisy, &evaluated.losses);
        self.drop_behind(&totals);
        self.look_for_plateau();
        Ok(())
    }

    /// Goes on for `more` steps after the end.
    pub fn extend(&mut self, more: u32) {
        let end = self.step + more;
        self.ramp = (end - ramp_steps(&self.settings).min(more), end);
        self.gain.1 = self.step;
        self.stalled = false;
    }

    /// The factor of the learning rate at the step under way: up along a line, down along a half cosine.
    fn schedule(&self) -> f64 {
        if self.settings.descent == Descent::Lbfgs {
            return 1.0;
        }
        let rising = self.settings.ramp_up * f64::from(self.settings.steps);
        rate_factor(self.step, rising, self.ramp)
    }

    fn with_noise(&self) -> Vec<f32> {
        let half = 0.5 * f64::from(self.settings.steps);
        let left = (1.0 - f64::from(self.step) / half).max(0.0);
        let scale = (self.settings.noise * left * left) as f32;
        if scale == 0.0 || self.settings.descent == Descent::Lbfgs {
            return self.latents.z().to_vec();
        }
        let step = NOISE_STREAM + u64::from(self.step);
        let noise = Random::new(self.settings.seed, Stream::Inversion, step)
            .normals(self.latents.z().len());
        self.latents.z().iter().zip(noise).map(|(z, noise)| z + scale * noise).collect()
    }

    fn take_best(&mut self, noisy: &[f32], losses: &[InversionLoss]) {
        let dims = self.energy.dims();
        for ((row, &picture), loss) in self.rows.iter().enumerate().zip(losses) {
            let found = &mut self.found[picture];
            if loss.total < found.loss.total {
                let z = noisy[row * dims..(row + 1) * dims].to_vec();
                *found = Found { z, loss: *loss, step: self.step };
            }
        }
    }

    /// Drops the worse half of each picture's latents where that is due.
    fn drop_behind(&mut self, totals: &[f32]) {
        let due =
            |share: &f64| (share * f64::from(self.settings.steps)).round() as u32 == self.step;
        if !self.settings.prune || self.step == 0 || !PRUNINGS.iter().any(due) {
            return;
        }
        let mut kept: Vec<usize> = Vec::with_capacity(self.rows.len());
        for picture in 0..self.found.len() {
            let mut mine: Vec<usize> =
                (0..self.rows.len()).filter(|&row| self.rows[row] == picture).collect();
            mine.sort_by(|&a, &b| totals[a].total_cmp(&totals[b]));
            mine.truncate(mine.len().div_ceil(2));
            kept.extend(mine);
        }
        kept.sort_unstable();
        if kept.len() == self.rows.len() {
            return;
        }
        self.rows = kept.iter().map(|&row| self.rows[row]).collect();
        self.latents.keep(&kept);
        self.energy.set_rows(&self.rows);
    }

    /// Begins the ramp down early where the best losses fall no more.
    fn look_for_plateau(&mut self) {
        let sum: f64 = self.found.iter().map(|found| f64::from(found.loss.total)).sum();
        let (before, since) = self.gain;
        if sum < before * (1.0 - InversionSettings::PLATEAU_GAIN) || !before.is_finite() {
            self.gain = (sum, self.step);
            return;
        }
        let patience = self.settings.patience;
        if patience > 0 && self.step < self.ramp.0 && self.step - since >= patience {
            let length = self.ramp.1 - self.ramp.0;
            self.ramp = (self.step, self.step + length);
            self.stalled = true;
        }
    }
}

/// Steps of the ramp down; L-BFGS has no rate that could fall.
fn ramp_steps(settings: &InversionSettings) -> u32 {
    if settings.descent == Descent::Lbfgs {
        return 0;
    }
    (settings.ramp_down * f64::from(settings.steps)).round() as u32
}
