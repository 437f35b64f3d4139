//! Limited-memory BFGS on many latents at once, one evaluation of all of them a step.
//!
//! burn's own has one history and one line search for all parameters together; here every latent has its
//! own, and a latent whose trial was too long tries again while the others go on. What it knows of the
//! curvature before any move is a multiple of the identity or, where it is given, a matrix: a good one makes
//! of it nearly Newton's method.

use std::collections::VecDeque;

use crate::latent::Cholesky;

/// Pairs of moves and gradient changes kept (Nocedal and Wright 2006, section 7.2: 3 to 20).
const HISTORY: usize = 10;
/// Share of the predicted gain that a move must bring (Armijo).
const SUFFICIENT: f64 = 1e-4;
/// Trials along one direction before the history is thrown away.
const TRIALS: u32 = 12;

/// One move and how the gradient changed along it.
#[derive(Debug, Clone)]
struct Pair {
    moved: Vec<f64>,
    turned: Vec<f64>,
    /// 1 / (turned · moved).
    inverse: f64,
}

/// One latent.
#[derive(Debug, Clone, Default)]
struct Row {
    /// The place accepted last, with its loss and gradient; empty before the first evaluation.
    at: Vec<f64>,
    loss: f64,
    gradient: Vec<f64>,
    direction: Vec<f64>,
    length: f64,
    trials: u32,
    pairs: VecDeque<Pair>,
    /// The curvature before any pair.
    curvature: Option<Cholesky>,
    /// No trial goes further than this; 0 for any distance.
    longest: f64,
}

/// The state of all rows.
#[derive(Debug)]
pub(super) struct Lbfgs {
    dims: usize,
    rows: Vec<Row>,
}

impl Lbfgs {
    pub(super) fn new(rows: usize, dims: usize) -> Self {
        Self { dims, rows: vec![Row::default(); rows] }
    }

    pub(super) fn step(&mut self, z: &mut [f32], losses: &[f32], gradient: &[f32], rate: f64) {
        let measured = losses.iter().zip(gradient.chunks_exact(self.dims));
        let places = z.chunks_exact_mut(self.dims).zip(&mut self.rows);
        for ((z, row), (loss, gradient)) in places.zip(measured) {
            let wide = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect();
            let next = row.step(wide(z), f64::from(*loss), wide(gradient), rate);
            z.iter_mut().zip(next).for_each(|(z, value)| *z = value as f32);
        }
    }

    pub(super) fn begin_with(&mut self, curvatures: Vec<Option<Cholesky>>) {
        for (row, curvature) in self.rows.iter_mut().zip(curvatures) {
            row.curvature = curvature;
        }
    }

    /// No trial goes further than this root mean square of its move.
    pub(super) fn limit(&mut self, rms: f64) {
        let longest = rms * (self.dims as f64).sqrt();
        self.rows.iter_mut().for_each(|row| row.longest = longest);
    }

    pub(super) fn keep(&mut self, rows: &[usize]) {
        self.rows = rows.iter().map(|&row| std::mem::take(&mut self.rows[row])).collect();
    }

    pub(super) fn forget(&mut self, row: usize) {
        let curvature = self.rows[row].curvature.take();
        let longest = self.rows[row].longest;
        self.rows[row] = Row { curvature, longest, ..Row::default() };
    }
}

impl Row {
    /// Takes in what was measured at `tried`, and answers where to measure next.
    fn step(&mut self, tried: Vec<f64>, loss: f64, gradient: Vec<f64>, rate: f64) -> Vec<f64> {
        if self.at.is_empty() {
            return self.accept(tried, loss, gradient, rate);
        }
        let slope = dot(&self.gradient, &self.direction);
        if loss <= self.loss + SUFFICIENT * self.length * slope {
            self.remember(&tried, &gradient);
            return self.accept(tried, loss, gradient, rate);
        }
        self.trials += 1;
        if self.trials >= TRIALS {
            self.pairs.clear();
            return self.set_out(rate);
        }
        self.length *= 0.5;
        self.trial()
    }

    fn accept(&mut self, at: Vec<f64>, loss: f64, gradient: Vec<f64>, rate: f64) -> Vec<f64> {
        (self.at, self.loss, self.gradient) = (at, loss, gradient);
        self.set_out(rate)
    }

    /// Chooses a direction from the accepted place.
    fn set_out(&mut self, rate: f64) -> Vec<f64> {
        self.trials = 0;
        self.direction = self.quasi_newton();
        // Without a history the gradient's length says nothing: as far as Adam's first step goes.
        let norm = dot(&self.direction, &self.direction).sqrt();
        let reach = rate * (self.at.len() as f64).sqrt();
        let unscaled = self.pairs.is_empty() && self.curvature.is_none();
        self.length = if unscaled { reach / norm.max(f64::MIN_POSITIVE) } else { 1.0 };
        if self.longest > 0.0 && self.length * norm > self.longest {
            self.length = self.longest / norm;
        }
        self.trial()
    }

    fn trial(&self) -> Vec<f64> {
        self.at.iter().zip(&self.direction).map(|(at, along)| at + self.length * along).collect()
    }

    fn remember(&mut self, tried: &[f64], gradient: &[f64]) {
        let difference =
            |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
        let (moved, turned) = (difference(tried, &self.at), difference(gradient, &self.gradient));
        let curvature = dot(&moved, &turned);
        // Without positive curvature the pair would turn a descent into an ascent.
        if curvature > 1e-10 * dot(&turned, &turned) {
            self.pairs.push_back(Pair { moved, turned, inverse: 1.0 / curvature });
            if self.pairs.len() > HISTORY {
                self.pairs.pop_front();
            }
        }
    }

    /// −H·gradient by the two-loop recursion (Nocedal 1980).
    fn quasi_newton(&self) -> Vec<f64> {
        let mut q = self.gradient.clone();
        let mut shares = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let share = pair.inverse * dot(&pair.moved, &q);
            add(&mut q, &pair.turned, -share);
            shares.push(share);
        }
        let solve = |values: &[f64]| match &self.curvature {
            Some(curvature) => curvature.solve(values),
            None => values.to_vec(),
        };
        q = solve(&q);
        if let Some(last) = self.pairs.back() {
            let scale = 1.0 / (last.inverse * dot(&last.turned, &solve(&last.turned)));
            q.iter_mut().for_each(|value| *value *= scale);
        }
        for (pair, share) in self.pairs.iter().zip(shares.iter().rev()) {
            let back = pair.inverse * dot(&pair.turned, &q);
            add(&mut q, &pair.moved, share - back);
        }
        q.iter_mut().for_each(|value| *value = -*value);
        q
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], what: &[f64], times: f64) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += times * what);
}
