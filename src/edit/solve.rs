//! Solving an edit step by step: the adopted candidate alone, then batches of others around it, then rest.
//!
//! What it comes to rest at is a function of the energy, the settings and the adopted start: whatever was shown while a
//! stroke was painted, the same strokes give the same picture.

use std::collections::VecDeque;

use burn::tensor::Tensor;

use super::distinct::distinct;
use super::energy::{Energy, Evaluated};
use crate::invert::{FeatureNetwork, UnderWay, rate_factor};
use crate::latent::Cholesky;
use crate::models::{flat, read_values};
use crate::protocol::{Descent, EditCandidate, EditLoss, EditPlan, EditSettings, EditStage, Prior};
use crate::random::{Random, Stream};

/// Steps over which the learning rate rises: Adam's first moments say little.
const RISING_STEPS: u32 = 5;
/// No move of L-BFGS goes further, root mean square: where a picture saturates, its curvature says nothing of what
/// comes beyond.
const LONGEST_MOVE: f64 = 0.5;
/// Trials of L-BFGS that bring nothing, in a row, after which nothing is to be gained.
const HOPELESS_TRIALS: u32 = 12;
/// Share of the steps over which it falls to 0, so that what has not settled by then comes to rest.
const FALLING_SHARE: f64 = 0.25;
/// Edge of the cells whose means stand for a picture where no network has features.
const PIXEL_CELL: usize = 4;

/// An edit being solved.
#[derive(Debug)]
pub struct Solve {
    energy: Energy,
    settings: EditSettings,
    /// Candidates that are moved at once.
    at_once: usize,
    stage: EditStage,
    /// What moves in this stage.
    batches: Vec<Batch>,
    /// The batch whose turn it is.
    turn: usize,
    /// The best found from each start: the adopted one's first, then the others in their order.
    best: Vec<EditCandidate>,
    /// Evaluations in all.
    evaluations: u64,
    /// Of this plan, once it was measured.
    curvature: Option<Option<Cholesky>>,
    /// What was offered last.
    offered: Vec<usize>,
    /// What the candidates look like, by their places.
    looks: Vec<Option<Look>>,
}

/// What a candidate looks like.
#[derive(Debug)]
struct Look {
    /// The latent that was looked at.
    z: Vec<f32>,
    features: Vec<f32>,
    picture: Vec<f32>,
}

/// Candidates that move together.
#[derive(Debug)]
struct Batch {
    /// The place of its first one in [`Solve::best`].
    first: usize,
    latents: UnderWay,
    /// Whether it moves by L-BFGS.
    lbfgs: bool,
    /// Steps done.
    step: u32,
    /// Sums of the energies of the last steps, the newest last.
    recent: VecDeque<f64>,
    /// Trials in a row that brought nothing.
    fruitless: u32,
    done: bool,
}

impl Batch {
    fn new(first: usize, z: Vec<f32>, dims: usize, descent: Descent) -> Self {
        let mut latents = UnderWay::new(descent, z, dims);
        latents.limit(LONGEST_MOVE);
        let lbfgs = descent == Descent::Lbfgs;
        Self { first, latents, lbfgs, step: 0, recent: VecDeque::new(), fruitless: 0, done: false }
    }

    /// Whether the sum of the energies changed by less than 1 % over the last 5 steps; a trial of L-BFGS that was too
    /// long is no step.
    fn is_settled(&mut self, energy: f64) -> bool {
        if self.lbfgs && self.recent.back().is_some_and(|last| energy >= *last) {
            self.fruitless += 1;
            return self.fruitless >= HOPELESS_TRIALS;
        }
        self.fruitless = 0;
        self.recent.push_back(energy);
        if self.recent.len() <= EditSettings::SETTLED_STEPS {
            return false;
        }
        let before = self.recent.pop_front().unwrap_or(f64::INFINITY);
        let now = self.recent.back().copied().unwrap_or(f64::INFINITY);
        (before - now).abs() < EditSettings::SETTLED_CHANGE * before.abs().max(f64::MIN_POSITIVE)
    }
}

impl Solve {
    /// Begins at a start: 0 is the energy's centre, 1 and on are random ones around it. `at_once` candidates are moved
    /// together: what is asked meanwhile waits for that many.
    pub fn new(energy: Energy, settings: EditSettings, adopted: u32, at_once: usize) -> Self {
        let mut solve = Self {
            energy,
            settings,
            at_once: at_once.max(1),
            stage: EditStage::Settled,
            batches: Vec::new(),
            turn: 0,
            best: Vec::new(),
            evaluations: 0,
            curvature: None,
            offered: vec![0],
            looks: Vec::new(),
        };
        solve.begin(adopted);
        solve
    }

    /// What is under way.
    pub fn stage(&self) -> EditStage {
        self.stage
    }

    /// Steps of the stage under way, or of the last one.
    pub fn steps(&self) -> u32 {
        self.batches.iter().map(|batch| batch.step).max().unwrap_or(0)
    }

    /// Evaluations of batches in all, over all stages.
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// What is minimised.
    pub fn energy(&self) -> &Energy {
        &self.energy
    }

    /// How.
    pub fn settings(&self) -> &EditSettings {
        &self.settings
    }

    /// The best found of every candidate, the adopted one first.
    pub fn candidates(&self) -> &[EditCandidate] {
        &self.best
    }

    /// Where the adopted candidate is at this moment, `d` values: while it moves, a step ahead of the best that was
    /// measured.
    pub fn current(&self) -> &[f32] {
        match (self.stage, self.batches.first()) {
            (EditStage::Adopted, Some(batch)) => batch.latents.z(),
            _ => &self.best[0].z,
        }
    }

    /// Measures a part of what L-BFGS begins with, while nothing else is to be done; whether it is all there.
    pub fn prepare(&mut self) -> bool {
        self.energy.advance_jacobian()
    }

    /// What a latent of `d` values costs; only before the first step of a stage, as dragged points are looked for anew.
    ///
    /// # Errors
    /// When the device fails.
    pub fn measure(&mut self, z: &[f32]) -> Result<EditLoss, String> {
        self.energy.forget_points();
        self.energy.track(z)?;
        let measured = self.energy.losses(z)?.into_iter().next();
        self.energy.forget_points();
        measured.ok_or_else(|| "the device measured nothing".to_owned())
    }

    /// Solves another plan from its start.
    ///
    /// # Errors
    /// What [`Energy::set_plan`] refuses; the edit then stands as it is.
    pub fn restart(&mut self, plan: &EditPlan, moved: &[f32]) -> Result<(), String> {
        self.energy.set_plan(plan, moved)?;
        self.settings = plan.settings.clone();
        self.begin(plan.adopted);
        Ok(())
    }

    /// Goes on with another plan from where the adopted candidate is: its last stroke is being painted.
    ///
    /// # Errors
    /// As [`Self::restart`].
    pub fn paint(&mut self, plan: &EditPlan, moved: &[f32]) -> Result<(), String> {
        let z = self.current().to_vec();
        self.energy.set_plan(plan, moved)?;
        self.settings = plan.settings.clone();
        let start = self.best[0].start;
        self.best = vec![unknown(start, z.clone())];
        self.offered = vec![0];
        match (self.stage, self.batches.first_mut()) {
            // It keeps its momentum: the energy changes a little at a time.
            (EditStage::Adopted, Some(batch)) if !batch.lbfgs => {
                batch.recent.clear();
                batch.step = batch.step.min(RISING_STEPS);
            }
            _ => {
                let batch = Batch::new(0, z, self.energy.dims(), Descent::Adam);
                self.enter(EditStage::Adopted, vec![batch]);
            }
        }
        Ok(())
    }

    /// One evaluation of what is under way, and its move; nothing where that is nothing. Before the first one at a z₀ a
    /// part of measuring its curvature, which counts as no step.
    ///
    /// # Errors
    /// When the device fails, or the energy is no number wherever it is tried.
    pub fn step(&mut self) -> Result<(), String> {
        if self.stage != EditStage::Settled && !self.knows_curvature()? {
            return Ok(());
        }
        let Some(index) = self.next_batch() else { return Ok(()) };
        let rate = self.rate(self.batches[index].step + 1);
        let batch = &mut self.batches[index];
        let tried = batch.latents.z().to_vec();
        self.energy.track(&tried)?;
        let Evaluated { losses, mut gradient } = self.energy.evaluate(&tried)?;
        let mut totals: Vec<f32> = losses.iter().map(|loss| loss.total).collect();
        batch.step += 1;
        self.evaluations += 1;
        batch.latents.step(&tried, &mut totals, &mut gradient, rate)?;
        let best = &mut self.best[batch.first..];
        take_best(best, &tried, &losses, &totals);
        let sum = |values: &mut dyn Iterator<Item = f32>| values.map(f64::from).sum();
        // A trial that was too long is none of L-BFGS's places; of dragged points each step's energy is another one.
        let energy = match batch.lbfgs {
            true => sum(&mut best[..totals.len()].iter().map(|candidate| candidate.loss.total)),
            false => sum(&mut totals.iter().copied()),
        };
        let settled = batch.is_settled(energy) && !self.energy.is_dragging();
        batch.done = settled || batch.step >= self.settings.steps;
        if self.batches.iter().all(|batch| batch.done) {
            self.advance();
        }
        Ok(())
    }

    /// Looks at the pictures of a few candidates that have moved since; whether all are seen now.
    ///
    /// # Errors
    /// When the device fails.
    pub fn look(&mut self, network: Option<&FeatureNetwork>) -> Result<bool, String> {
        self.looks.resize_with(self.best.len(), || None);
        let stale = |place: &usize| {
            self.looks[*place].as_ref().is_none_or(|look| look.z != self.best[*place].z)
        };
        let mut places: Vec<usize> = (0..self.best.len()).filter(stale).collect();
        let rest = places.len() > self.at_once;
        places.truncate(self.at_once);
        if places.is_empty() {
            return Ok(true);
        }
        let z: Vec<f32> = places.iter().flat_map(|&place| self.best[place].z.clone()).collect();
        let pictures = self.energy.pictures(&z);
        let features = read_values(features(pictures.clone(), network))?;
        let pictures = read_values(pictures)?;
        let width = |values: &[f32]| values.len() / places.len();
        let rows =
            features.chunks_exact(width(&features)).zip(pictures.chunks_exact(width(&pictures)));
        for (&place, (features, picture)) in places.iter().zip(rows) {
            self.looks[place] = Some(Look {
                z: self.best[place].z.clone(),
                features: features.to_vec(),
                picture: picture.to_vec(),
            });
        }
        Ok(!rest)
    }

    /// The candidates to offer, as places in [`Self::candidates`], at most [`EditSettings::CANDIDATES_LIMIT`]: the
    /// adopted one first, what was offered before in its order, then others from the least energy up, all
    /// distinct in the features of `network`, or else in the means of 4×4 pixels. Those that were not looked at yet
    /// are looked at now.
    ///
    /// # Errors
    /// When the device fails.
    pub fn offer(&mut self, network: Option<&FeatureNetwork>) -> Result<&[usize], String> {
        while !self.look(network)? {}
        let features: Vec<f32> =
            self.looks.iter().flatten().flat_map(|look| look.features.iter().copied()).collect();
        let energies: Vec<f32> = self.best.iter().map(|candidate| candidate.loss.total).collect();
        let limit = EditSettings::CANDIDATES_LIMIT as usize;
        let least = self.settings.least_difference;
        self.offered = distinct(&features, &energies, &self.offered, limit, least);
        Ok(&self.offered)
    }

    /// The picture of a candidate as it was looked at, `C·S·S` values in [-1, 1].
    pub fn picture(&self, place: usize) -> Option<&[f32]> {
        self.looks.get(place)?.as_ref().map(|look| look.picture.as_slice())
    }

    /// The next batch that is not done, in turn.
    fn next_batch(&mut self) -> Option<usize> {
        if self.stage == EditStage::Settled {
            return None;
        }
        let count = self.batches.len();
        let found =
            (0..count).map(|by| (self.turn + by) % count).find(|&at| !self.batches[at].done)?;
        self.turn = found + 1;
        Some(found)
    }

    fn rate(&self, step: u32) -> f64 {
        let steps = self.settings.steps;
        let falling = (FALLING_SHARE * f64::from(steps)).round() as u32;
        self.settings.learning_rate
            * rate_factor(step, f64::from(RISING_STEPS), (steps - falling, steps + 1))
    }

    /// From a start; where nothing is asked for, there is nothing to solve.
    fn begin(&mut self, adopted: u32) {
        let z = self.starts().swap_remove(adopted as usize);
        self.best = vec![unknown(adopted, z.clone())];
        self.offered = vec![0];
        self.curvature = None;
        let batch = Batch::new(0, z, self.energy.dims(), self.descent());
        self.enter(EditStage::Adopted, vec![batch]);
        if self.energy.asks_nothing() {
            self.best[0].loss = EditLoss::default();
            self.stage = EditStage::Settled;
        }
    }

    /// L-BFGS that begins with the Gauss-Newton curvature comes to rest in a third of Adam's steps. What a dragged point
    /// asks for changes at each step, which it cannot follow; and edges wanted where there are none are far from
    /// any square: there it takes twice Adam's steps.
    fn descent(&self) -> Descent {
        match self.energy.drags() || self.energy.sketches() {
            true => Descent::Adam,
            false => Descent::Lbfgs,
        }
    }

    /// Measures the curvature a part at a time, where it is wanted; whether there is nothing left of it to do.
    fn knows_curvature(&mut self) -> Result<bool, String> {
        let Some(batch) = self.batches.first_mut().filter(|batch| batch.lbfgs) else {
            return Ok(true);
        };
        if self.curvature.is_none() {
            if !self.energy.advance_jacobian() {
                return Ok(false);
            }
            let curvature = self.energy.curvature()?;
            batch.latents.begin_with(vec![curvature.clone()]);
            self.curvature = Some(curvature);
        }
        Ok(true)
    }

    fn enter(&mut self, stage: EditStage, batches: Vec<Batch>) {
        self.energy.forget_points();
        (self.stage, self.batches, self.turn) = (stage, batches, 0);
    }

    fn advance(&mut self) {
        let adopted = self.best[0].start;
        if self.stage == EditStage::Candidates || self.settings.candidates < 2 {
            self.stage = EditStage::Settled;
            return;
        }
        self.best.truncate(1);
        let starts = (0_u32..).zip(self.starts()).filter(|(start, _)| *start != adopted);
        self.best.extend(starts.map(|(start, z)| unknown(start, z)));
        // Dragged points are followed in one batch at a time.
        let at_once = if self.energy.drags() { self.best.len() } else { self.at_once };
        let (dims, descent) = (self.energy.dims(), self.descent());
        let curvature = self.curvature.clone().flatten();
        let batch = |(index, part): (usize, &[EditCandidate])| {
            let z = part.iter().flat_map(|candidate| candidate.z.clone()).collect();
            let mut batch = Batch::new(1 + index * at_once, z, dims, descent);
            batch.latents.begin_with(vec![curvature.clone(); part.len()]);
            batch
        };
        let batches = self.best[1..].chunks(at_once).enumerate().map(batch).collect();
        self.enter(EditStage::Candidates, batches);
    }

    /// The centre, and latents around it, within a uniform prior's bounds.
    fn starts(&self) -> Vec<Vec<f32>> {
        let centre = self.energy.centre();
        let count = self.settings.candidates as usize;
        let noise = Random::new(self.settings.seed, Stream::Edit, 0).normals(count * centre.len());
        let bound = match self.energy.networks().prior {
            Prior::Normal => f32::INFINITY,
            Prior::Uniform => 1.0,
        };
        let spread = self.settings.spread as f32;
        let around = noise.chunks_exact(centre.len()).skip(1).map(|noise| {
            let moved = centre.iter().zip(noise).map(|(z, noise)| z + spread * noise);
            moved.map(|z| z.clamp(-bound, bound)).collect()
        });
        std::iter::once(centre.to_vec()).chain(around).collect()
    }
}

/// `[N, C, S, S]` to `[N, F]`: the network's, or the means of 4×4 pixels.
fn features(pictures: Tensor<4>, network: Option<&FeatureNetwork>) -> Tensor<2> {
    if let Some(network) = network {
        return network.features(pictures);
    }
    let [n, c, h, w] = pictures.dims();
    let (rows, columns) = (h / PIXEL_CELL, w / PIXEL_CELL);
    let split = pictures.reshape([n, c, rows, PIXEL_CELL, columns, PIXEL_CELL]);
    flat(split.mean_dim(5).mean_dim(3).reshape([n, c, rows, columns]))
}

fn unknown(start: u32, z: Vec<f32>) -> EditCandidate {
    let loss = EditLoss { total: f32::INFINITY, ..EditLoss::default() };
    EditCandidate { start, z, loss }
}

/// Keeps the best place of each row.
fn take_best(best: &mut [EditCandidate], tried: &[f32], losses: &[EditLoss], totals: &[f32]) {
    let dims = tried.len() / losses.len().max(1);
    let rows = tried.chunks_exact(dims).zip(losses).zip(totals);
    for (best, ((z, loss), total)) in best.iter_mut().zip(rows) {
        // `<`, so that what is no number is never taken.
        if *total < best.loss.total {
            *best = EditCandidate { start: best.start, z: z.to_vec(), loss: loss.clone() };
        }
    }
}
