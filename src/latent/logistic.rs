//! Logistic regression with a ridge, by Newton's method.

use super::codes::Codes;
use super::linear::{Cholesky, add_outer};

const MAX_STEPS: usize = 100;

/// A linear boundary in latent space: σ(weights · z + bias) is the chance of the attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    /// The boundary's normal, `[d]`.
    pub weights: Vec<f32>,
    pub bias: f64,
}

/// Minimises Σ log(1 + exp(−y f(z))) + ½ ridge ‖weights‖², y = ±1, the bias free of the ridge
/// (scikit-learn's C is 1/ridge). `None` unless both labels occur and the ridge is positive, without
/// which codes that can be told apart have no finite solution.
pub fn logistic_regression(codes: &Codes, labels: &[bool], ridge: f64) -> Option<Logistic> {
    let valid = ridge > 0.0 && labels.contains(&true) && labels.contains(&false);
    if !valid {
        return None;
    }
    let mut problem = Problem { codes, labels, ridge };
    let mut theta = vec![0.0; codes.dims() + 1];
    let mut loss = problem.loss(&theta);
    for _ in 0..MAX_STEPS {
        let (gradient, hessian) = problem.derivatives(&theta);
        let step = Cholesky::new(&hessian, theta.len())?.solve(&gradient);
        let slope: f64 = gradient.iter().zip(&step).map(|(g, s)| g * s).sum();
        if slope < 1e-12 * (1.0 + loss) {
            break;
        }
        let Some((next, lower)) = problem.descend(&theta, &step, loss, slope) else { break };
        (theta, loss) = (next, lower);
    }
    let bias = theta.pop()?;
    Some(Logistic { weights: theta.into_iter().map(|value| value as f32).collect(), bias })
}

struct Problem<'a> {
    codes: &'a Codes,
    labels: &'a [bool],
    ridge: f64,
}

impl Problem<'_> {
    fn loss(&self, theta: &[f64]) -> f64 {
        let d = self.codes.dims();
        let penalty: f64 = theta[..d].iter().map(|w| w * w).sum();
        let rows = self.codes.rows().zip(self.labels);
        let data: f64 = rows
            .map(|(row, label)| {
                let margin = if *label { value(theta, row) } else { -value(theta, row) };
                // log(1 + exp(−margin)) without overflow.
                (-margin).max(0.0) + (-margin.abs()).exp().ln_1p()
            })
            .sum();
        data + 0.5 * self.ridge * penalty
    }

    fn derivatives(&self, theta: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let d = self.codes.dims();
        let mut gradient = vec![0.0; d + 1];
        let mut hessian = vec![0.0; (d + 1) * (d + 1)];
        let mut extended = vec![1.0; d + 1];
        for (row, label) in self.codes.rows().zip(self.labels) {
            extended.iter_mut().zip(row).for_each(|(e, z)| *e = f64::from(*z));
            let chance = 1.0 / (1.0 + (-value(theta, row)).exp());
            let error = chance - f64::from(u8::from(*label));
            gradient.iter_mut().zip(&extended).for_each(|(g, e)| *g += error * e);
            add_outer(&mut hessian, &extended, chance * (1.0 - chance));
        }
        for index in 0..d {
            gradient[index] += self.ridge * theta[index];
            hessian[index * (d + 1) + index] += self.ridge;
        }
        // Where every chance is 0 or 1 the bias has no curvature left.
        hessian[d * (d + 1) + d] += 1e-9;
        (gradient, hessian)
    }

    /// Half steps until the loss falls enough (Armijo). `None` when rounding leaves nothing to gain.
    fn descend(
        &mut self,
        theta: &[f64],
        step: &[f64],
        loss: f64,
        slope: f64,
    ) -> Option<(Vec<f64>, f64)> {
        let mut size = 1.0;
        while size > 1e-10 {
            let next: Vec<f64> = theta.iter().zip(step).map(|(t, s)| t - size * s).collect();
            let lower = self.loss(&next);
            if lower <= loss - 1e-4 * size * slope {
                return Some((next, lower));
            }
            size *= 0.5;
        }
        None
    }
}

fn value(theta: &[f64], row: &[f32]) -> f64 {
    let weights = theta.iter().zip(row).map(|(w, z)| w * f64::from(*z)).sum::<f64>();
    weights + theta[row.len()]
}
