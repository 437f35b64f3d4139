//! Solving an edit step by step: the adopted candidate alone, then a batch around it, then rest.

use std::collections::VecDeque;

use super::distinct::distinct;
use super::energy::{Energy, Evaluated};
use crate::invert::{FeatureNetwork, UnderWay, rate_factor};
use crate::models::{flat, read_values};
use crate::protocol::{Descent, EditCandidate, EditLoss, EditSettings, Prior};
use crate::random::{Random, Stream};

/// Steps over which the learning rate rises: Adam's first moments say little.
const RISING_STEPS: f64 = 5.0;
/// Share of the steps over which it falls to 0, so that what has not settled by then comes to rest.
const FALLING_SHARE: f64 = 0.25;
/// Edge of the cells whose means stand for a picture where no network has features.
const PIXEL_CELL: usize = 4;

/// What is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The adopted candidate, alone: each step is shown.
    Adopted,
    /// The others, all at once.
    Candidates,
    /// Nothing: there is no step to do until something changes.
    Idle,
}

/// An edit being solved.
#[derive(Debug)]
pub struct Solve {
    energy: Energy,
    settings: EditSettings,
    stage: Stage,
    latents: UnderWay,
    /// Steps of this stage.
    step: u32,
    /// Sums of the energies of the last steps, the newest last.
    recent: VecDeque<f64>,
    /// The best of each row; the adopted one first.
    best: Vec<EditCandidate>,
    /// What was offered last.
    offered: Vec<usize>,
}

impl Solve {
    /// Begins at `z`, `d` values: z₀, or where an edit stands.
    ///
    /// # Errors
    /// When `z` is not of the model's size, or the device fails.
    pub fn new(mut energy: Energy, z: &[f32], settings: EditSettings) -> Result<Self, String> {
        let (found, dims) = (z.len(), energy.dims());
        if found != dims {
            return Err(format!(
                "the candidate has {found} values, the model's latents {dims}: open its model"
            ));
        }
        let best = vec![first(&mut energy, z)?];
        Ok(Self {
            latents: UnderWay::new(Descent::Adam, z.to_vec(), dims),
            stage: Stage::Adopted,
            step: 0,
            recent: VecDeque::new(),
            offered: vec![0],
            best,
            energy,
            settings,
        })
    }

    /// What is under way.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Steps of the stage under way, or of the last one.
    pub fn steps(&self) -> u32 {
        self.step
    }

    /// What is minimised.
    pub fn energy(&self) -> &Energy {
        &self.energy
    }

    /// The best found of every candidate, the adopted one first.
    pub fn candidates(&self) -> &[EditCandidate] {
        &self.best
    }

    /// Changes the energy (strokes or weights) and goes on from the adopted candidate.
    ///
    /// # Errors
    /// What the change refuses, or when the device fails; the edit then stands as it is.
    pub fn change(
        &mut self,
        change: impl FnOnce(&mut Energy) -> Result<(), String>,
    ) -> Result<(), String> {
        change(&mut self.energy)?;
        self.adopt(0)
    }

    /// Makes a candidate the adopted one, by its place in [`Self::candidates`], and goes on from there.
    ///
    /// # Errors
    /// A place where none is, or when the device fails.
    pub fn adopt(&mut self, place: usize) -> Result<(), String> {
        let count = self.best.len();
        let adopted = self.best.get(place).ok_or_else(|| {
            format!("candidate {} of {count}: choose one of those that are offered", place + 1)
        })?;
        // Measured anew: the energy may be another one.
        self.best = vec![first(&mut self.energy, &adopted.z)?];
        self.offered = vec![0];
        let z = self.best[0].z.clone();
        self.begin(Stage::Adopted, z);
        Ok(())
    }

    /// One evaluation of what is under way, and its move; nothing where that is nothing.
    ///
    /// # Errors
    /// When the device fails, or the energy is no number wherever it is tried.
    pub fn step(&mut self) -> Result<(), String> {
        if self.stage == Stage::Idle {
            return Ok(());
        }
        let tried = self.latents.z().to_vec();
        self.energy.track(&tried)?;
        let Evaluated { losses, mut gradient } = self.energy.evaluate(&tried)?;
        let mut totals: Vec<f32> = losses.iter().map(|loss| loss.total).collect();
        self.step += 1;
        self.latents.step(&tried, &mut totals, &mut gradient, self.rate())?;
        self.take_best(&tried, &losses, &totals);
        if self.is_settled(&totals) || self.step >= self.settings.steps {
            self.advance();
        }
        Ok(())
    }

    /// The candidates to offer, as places in [`Self::candidates`], at most [`EditSettings::CANDIDATES_LIMIT`]: the
    /// adopted one first, what was offered before in its order, then others from the least energy up, all
    /// distinct in the features of `network`, or else in the means of 4×4 pixels.
    ///
    /// # Errors
    /// When the device fails.
    pub fn offer(&mut self, network: Option<&FeatureNetwork>) -> Result<&[usize], String> {
        let z: Vec<f32> = self.best.iter().flat_map(|candidate| candidate.z.clone()).collect();
        let pictures = self.energy.pictures(&z);
        let features = match network {
            Some(network) => network.features(pictures),
            None => {
                let [n, c, h, w] = pictures.dims();
                let (rows, columns) = (h / PIXEL_CELL, w / PIXEL_CELL);
                let split = pictures.reshape([n, c, rows, PIXEL_CELL, columns, PIXEL_CELL]);
                flat(split.mean_dim(5).mean_dim(3).reshape([n, c, rows, columns]))
            }
        };
        let energies: Vec<f32> = self.best.iter().map(|candidate| candidate.loss.total).collect();
        let limit = EditSettings::CANDIDATES_LIMIT as usize;
        let least = self.settings.least_difference;
        self.offered = distinct(&read_values(features)?, &energies, &self.offered, limit, least);
        Ok(&self.offered)
    }

    fn rate(&self) -> f64 {
        let steps = self.settings.steps;
        let falling = (FALLING_SHARE * f64::from(steps)).round() as u32;
        self.settings.learning_rate
            * rate_factor(self.step, RISING_STEPS, (steps - falling, steps + 1))
    }

    /// Keeps the best place of each row that is under way.
    fn take_best(&mut self, tried: &[f32], losses: &[EditLoss], totals: &[f32]) {
        // The adopted candidate is not among the others.
        let first = usize::from(self.stage == Stage::Candidates);
        let rows = tried.chunks_exact(self.energy.dims()).zip(losses).zip(totals);
        for (best, ((z, loss), total)) in self.best[first..].iter_mut().zip(rows) {
            // `<`, so that what is no number is never taken.
            if *total < best.loss.total {
                *best = EditCandidate { z: z.to_vec(), loss: loss.clone() };
            }
        }
    }

    /// Whether the sum of the energies changed by less than 1 % over the last 5 steps, and no point is still being
    /// dragged.
    fn is_settled(&mut self, totals: &[f32]) -> bool {
        self.recent.push_back(totals.iter().map(|total| f64::from(*total)).sum());
        if self.recent.len() <= EditSettings::SETTLED_STEPS {
            return false;
        }
        let before = self.recent.pop_front().unwrap_or(f64::INFINITY);
        let now = self.recent.back().copied().unwrap_or(f64::INFINITY);
        !self.energy.is_dragging()
            && (before - now).abs()
                < EditSettings::SETTLED_CHANGE * before.abs().max(f64::MIN_POSITIVE)
    }

    fn advance(&mut self) {
        let others = self.settings.candidates as usize - 1;
        if self.stage == Stage::Candidates || others == 0 {
            self.stage = Stage::Idle;
            return;
        }
        let starts = self.starts(others);
        let unknown = EditLoss { total: f32::INFINITY, ..EditLoss::default() };
        let candidate = |z: &[f32]| EditCandidate { z: z.to_vec(), loss: unknown.clone() };
        self.best.truncate(1);
        self.best.extend(starts.chunks_exact(self.energy.dims()).map(candidate));
        self.begin(Stage::Candidates, starts);
    }

    fn begin(&mut self, stage: Stage, z: Vec<f32>) {
        self.latents = UnderWay::new(Descent::Adam, z, self.energy.dims());
        self.energy.forget_points();
        self.stage = stage;
        self.step = 0;
        self.recent.clear();
    }

    /// Latents around z₀, `count·d` values; within a uniform prior's bounds.
    fn starts(&self, count: usize) -> Vec<f32> {
        let start = self.energy.start();
        let noise = Random::new(self.settings.seed, Stream::Edit, 0).normals(count * start.len());
        let bound = match self.energy.networks().prior {
            Prior::Normal => f32::INFINITY,
            Prior::Uniform => 1.0,
        };
        let spread = self.settings.spread as f32;
        let around = start.iter().cycle().zip(noise).map(|(z, noise)| z + spread * noise);
        around.map(|z| z.clamp(-bound, bound)).collect()
    }
}

fn first(energy: &mut Energy, z: &[f32]) -> Result<EditCandidate, String> {
    energy.forget_points();
    energy.track(z)?;
    let loss = energy.losses(z)?.into_iter().next().ok_or("the device measured nothing")?;
    Ok(EditCandidate { z: z.to_vec(), loss })
}
