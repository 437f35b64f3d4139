//! Histograms of oriented gradients with a derivative everywhere (after Dalal and Triggs 2005; iGAN, Zhu et al.
//! 2016, compares sketches in such features).
//!
//! Three places of the usual histogram have no derivative, and are smooth here. The magnitude |g| becomes
//! |g|²/√(|g|² + ε²), level where there is no gradient. The vote for the nearest orientation becomes a linear
//! vote: twice the angle is a direction without a sign, and its vector is the sum of those of the two
//! orientations beside it, in the one way without negative shares; for unit vectors Δ apart the share of a
//! vector at φ from one of them is sin(Δ − φ)/sin Δ. The norm becomes √(|v|² + ε²).

use burn::tensor::{Device, Tensor, TensorData};

/// Orientations over half a turn.
pub const ORIENTATIONS: usize = 8;
/// Edge of a cell in pixels.
pub const CELL: usize = 8;
/// ε of the magnitude: differences of neighbours' values, in [-1, 1], that are hardly an edge.
pub const GRADIENT_EPSILON: f64 = 0.05;
/// ε of a cell's norm, a mean magnitude: cells much below are taken for flat.
pub const NORM_EPSILON: f64 = 0.05;

/// How a pixel's gradient is shared out among the orientations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Vote {
    /// Among the two beside it.
    Linear,
    /// All to one, as scikit-image does it; without a useful derivative.
    #[cfg(test)]
    Nearest,
}

/// What makes the features; the constants above but in tests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hog {
    pub(super) vote: Vote,
    pub(super) gradient_epsilon: f64,
    pub(super) norm_epsilon: f64,
}

impl Default for Hog {
    fn default() -> Self {
        let (gradient_epsilon, norm_epsilon) = (GRADIENT_EPSILON, NORM_EPSILON);
        Self { vote: Vote::Linear, gradient_epsilon, norm_epsilon }
    }
}

impl Hog {
    /// Features of pictures: `[N, C, S, S]` to `[N, 8, S/8, S/8]`, each cell's of a length below 1.
    pub(super) fn features(self, image: Tensor<4>) -> Tensor<4> {
        let cells = self.cells(image);
        let square = cells.clone().square().sum_dim(1); // [N, 1, S/8, S/8]
        cells / (square + self.norm_epsilon * self.norm_epsilon).sqrt()
    }

    /// Before they are normalised: the mean magnitude of each orientation in each cell.
    pub(super) fn cells(self, image: Tensor<4>) -> Tensor<4> {
        let [n, _, height, width] = image.dims();
        let (down, right) = gradient(luminance(image)); // [N, 1, S, S]
        let (right_2, down_2) = (right.clone().square(), down.clone().square());
        let size = self.size(right_2.clone() + down_2.clone());
        // Twice the angle: cos 2θ = (x² − y²)/|g|², sin 2θ = 2xy/|g|²; times the smooth magnitude.
        let cosine = (right_2 - down_2) / size.clone();
        let sine = (right * down).mul_scalar(2.0) / size;
        let votes = self.votes(cosine, sine); // [N, 8, S, S]
        let (rows, columns) = (height / CELL, width / CELL);
        let split = votes.reshape([n, ORIENTATIONS, rows, CELL, columns, CELL]);
        split.mean_dim(5).mean_dim(3).reshape([n, ORIENTATIONS, rows, columns])
    }

    /// √(|g|² + ε²).
    fn size(self, square: Tensor<4>) -> Tensor<4> {
        (square + self.gradient_epsilon * self.gradient_epsilon).sqrt()
    }

    fn votes(self, cosine: Tensor<4>, sine: Tensor<4>) -> Tensor<4> {
        let device = cosine.device();
        match self.vote {
            Vote::Linear => {
                let along = turned(&cosine, &sine, 0.5, &device);
                let across = turned(&cosine, &sine, 0.5 + QUARTER, &device);
                // sin(Δ − |φ|)/sin Δ = cos φ − |sin φ|/tan Δ, where it is positive.
                (along - across.abs().mul_scalar(1.0 / STEP.tan())).clamp_min(0.0)
            }
            #[cfg(test)]
            Vote::Nearest => {
                let size = (cosine.clone().square() + sine.clone().square()).sqrt();
                let above = turned(&cosine, &sine, QUARTER, &device).greater_equal_elem(0.0);
                let below = turned(&cosine, &sine, 1.0 + QUARTER, &device).lower_elem(0.0);
                let ahead = turned(&cosine, &sine, 0.5, &device).greater_elem(0.0);
                size * above.float() * below.float() * ahead.float()
            }
        }
    }
}

/// Between two orientations, in twice the angle: Δ.
const STEP: f64 = std::f64::consts::TAU / ORIENTATIONS as f64;
/// A quarter turn, in steps.
const QUARTER: f64 = ORIENTATIONS as f64 / 4.0;

/// The component of (cosine, sine) along the direction `offset` steps beyond the start of each of the orientations:
/// `[N, 1, S, S]` to `[N, 8, S, S]`.
fn turned(cosine: &Tensor<4>, sine: &Tensor<4>, offset: f64, device: &Device) -> Tensor<4> {
    let angles = (0..ORIENTATIONS).map(|index| (index as f64 + offset) * STEP);
    let (sines, cosines): (Vec<f32>, Vec<f32>) =
        angles.map(f64::sin_cos).map(|(sine, cosine)| (exact(sine), exact(cosine))).unzip();
    let upload = |values: Vec<f32>| {
        Tensor::<4>::from_data(TensorData::new(values, [1, ORIENTATIONS, 1, 1]), device)
    };
    cosine.clone() * upload(cosines) + sine.clone() * upload(sines)
}

/// The zeros of a quarter turn are zeros: borders between orientations are met exactly.
fn exact(value: f64) -> f32 {
    if value.abs() < 1e-12 { 0.0 } else { value as f32 }
}

/// Rec. 601 luma of values: `[N, C, S, S]` to `[N, 1, S, S]`. Alpha is passed over.
pub(super) fn luminance(image: Tensor<4>) -> Tensor<4> {
    if image.dims()[1] < 3 {
        return image.narrow(1, 0, 1);
    }
    let weights = TensorData::new(vec![0.299_f32, 0.587, 0.114], [1, 3, 1, 1]);
    let weights = Tensor::from_data(weights, &image.device());
    (image.narrow(1, 0, 3) * weights).sum_dim(1)
}

/// Differences of the pixels on either side, downwards and to the right; 0 at the border.
fn gradient(x: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
    (difference(x.clone(), 2), difference(x, 3))
}

fn difference(x: Tensor<4>, dim: usize) -> Tensor<4> {
    let length = x.dims()[dim];
    let inner = x.clone().narrow(dim, 2, length - 2) - x.narrow(dim, 0, length - 2);
    let mut border = inner.dims();
    border[dim] = 1;
    let border = Tensor::zeros(border, &inner.device());
    Tensor::cat(vec![border.clone(), inner, border], dim)
}

/// The smooth magnitude of each pixel's gradient, `[N, C, S, S]` to `[N, 1, S, S]`.
pub(super) fn magnitude(image: Tensor<4>) -> Tensor<4> {
    let (down, right) = gradient(luminance(image));
    let square = down.square() + right.square();
    square.clone() / Hog::default().size(square)
}
