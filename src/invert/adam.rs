//! Adam on the rows of a matrix, on plain numbers: a few thousand values, which are read back anyway.

use super::descent::select_rows;

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Adam with bias correction (Kingma and Ba 2014), each row with its own count of steps.
#[derive(Debug)]
pub(super) struct Adam {
    dims: usize,
    first: Vec<f32>,
    second: Vec<f32>,
    /// Steps of each row.
    steps: Vec<i32>,
}

impl Adam {
    pub(super) fn new(rows: usize, dims: usize) -> Self {
        let zeros = vec![0.0; rows * dims];
        Self { dims, first: zeros.clone(), second: zeros, steps: vec![0; rows] }
    }

    pub(super) fn step(&mut self, z: &mut [f32], gradient: &[f32], rate: f64) {
        let moments =
            self.first.chunks_exact_mut(self.dims).zip(self.second.chunks_exact_mut(self.dims));
        let rows = z.chunks_exact_mut(self.dims).zip(gradient.chunks_exact(self.dims));
        for (((z, gradient), (first, second)), steps) in rows.zip(moments).zip(&mut self.steps) {
            *steps += 1;
            let (unbias_1, unbias_2) = (1.0 - BETA_1.powi(*steps), 1.0 - BETA_2.powi(*steps));
            for (((z, g), m), v) in z.iter_mut().zip(gradient).zip(first).zip(second) {
                let g = f64::from(*g);
                let mean = BETA_1 * f64::from(*m) + (1.0 - BETA_1) * g;
                let square = BETA_2 * f64::from(*v) + (1.0 - BETA_2) * g * g;
                (*m, *v) = (mean as f32, square as f32);
                let step = rate * (mean / unbias_1) / ((square / unbias_2).sqrt() + EPSILON);
                *z = (f64::from(*z) - step) as f32;
            }
        }
    }

    pub(super) fn keep(&mut self, rows: &[usize]) {
        self.first = select_rows(&self.first, self.dims, rows);
        self.second = select_rows(&self.second, self.dims, rows);
        self.steps = rows.iter().map(|&row| self.steps[row]).collect();
    }

    pub(super) fn forget(&mut self, row: usize) {
        let values = row * self.dims..(row + 1) * self.dims;
        self.first[values.clone()].fill(0.0);
        self.second[values].fill(0.0);
        self.steps[row] = 0;
    }
}
