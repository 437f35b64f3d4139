//! Normalisation whose running statistics are explicit.
//!
//! burn's own BatchNorm updates its statistics whenever its input is on an autodiff device; here a
//! forward pass says through [`Pass`] which statistics it uses, and returns those it measured, so
//! that an abandoned step, a preview or an edit can never change a model.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::module::batch_norm;

use super::conv::batch_norm_train;
use super::init::Initializer;
use crate::protocol::Normalisation;

/// Added to the variance (PyTorch's default).
const EPSILON: f64 = 1e-5;
/// Share of the new batch in the running statistics (PyTorch's `momentum` default).
const MOMENTUM: f64 = 0.1;

/// Which statistics a forward pass normalises with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The batch's own, and they are collected for the running statistics.
    Train,
    /// The batch's own, collected nowhere (D inside the generator's step, as PyTorch does).
    Batch,
    /// The running statistics: previews, samples, edits.
    Eval,
}

/// The statistics one BatchNorm layer measured in one pass.
#[derive(Debug, Clone)]
pub struct BatchStatistics {
    mean: Tensor<1>,
    /// Unbiased, as PyTorch keeps it.
    variance: Tensor<1>,
}

/// A forward pass: its mode, and what it measured, layer by layer.
#[derive(Debug)]
pub struct Pass {
    mode: Mode,
    measured: Vec<BatchStatistics>,
}

impl Pass {
    /// A pass in this mode.
    pub fn new(mode: Mode) -> Self {
        Self { mode, measured: Vec::new() }
    }

    /// What the pass measured, in the order of the layers; empty unless it was [`Mode::Train`].
    pub fn into_measured(self) -> Vec<BatchStatistics> {
        self.measured
    }
}

/// Batch normalisation (Ioffe and Szegedy 2015) over N, H and W.
#[derive(Module, Debug)]
pub struct BatchNorm {
    /// Scale γ, `[channels]`.
    pub weight: Param<Tensor<1>>,
    /// Shift β, `[channels]`.
    pub bias: Param<Tensor<1>>,
    /// Running mean, `[channels]`.
    pub running_mean: Param<Tensor<1>>,
    /// Running unbiased variance, `[channels]`.
    pub running_var: Param<Tensor<1>>,
}

impl BatchNorm {
    fn new(channels: usize, init: &Initializer<'_>) -> Self {
        Self {
            weight: init.constant(channels, 1.0),
            bias: init.constant(channels, 0.0),
            running_mean: init.fixed(channels, 0.0),
            running_var: init.fixed(channels, 1.0),
        }
    }

    fn forward(&self, x: Tensor<4>, pass: &mut Pass) -> Tensor<4> {
        let (gamma, beta) = (self.weight.val(), self.bias.val());
        if pass.mode == Mode::Eval {
            let (mean, var) = (self.running_mean.val(), self.running_var.val());
            return batch_norm(x, gamma, beta, mean, var, EPSILON);
        }
        let [n, _, h, w] = x.dims();
        let out = batch_norm_train(x, gamma, beta, EPSILON);
        if pass.mode == Mode::Train {
            let count = (n * h * w) as f64;
            let unbiased = count / (count - 1.0).max(1.0);
            pass.measured.push(BatchStatistics {
                mean: out.mean.inner(),
                variance: out.variance.inner().mul_scalar(unbiased),
            });
        }
        out.output
    }

    /// γ / √(running variance + ε), `[1, C, 1, 1]`.
    fn scale(&self) -> Tensor<4> {
        let scale = self.weight.val() / (self.running_var.val() + EPSILON).sqrt();
        let [c] = scale.dims();
        scale.reshape([1, c, 1, 1])
    }

    /// β − mean · scale, `[C]`: what the running statistics add to an input without bias.
    fn shift(&self) -> Tensor<1> {
        let [_, c, _, _] = self.scale().dims();
        self.bias.val() - self.running_mean.val() * self.scale().reshape([c])
    }

    /// Moves the running statistics towards what a pass measured.
    fn absorb(mut self, measured: &BatchStatistics) -> Self {
        let blend = |old: Tensor<1>, new: &Tensor<1>| {
            old.mul_scalar(1.0 - MOMENTUM) + new.clone().mul_scalar(MOMENTUM)
        };
        self.running_mean = self.running_mean.map(|old| blend(old, &measured.mean));
        self.running_var = self.running_var.map(|old| blend(old, &measured.variance));
        self
    }
}

/// Instance normalisation (Ulyanov et al. 2016) over H and W, with scale and shift.
#[derive(Module, Debug)]
pub struct InstanceNorm {
    /// Scale γ, `[channels]`.
    pub weight: Param<Tensor<1>>,
    /// Shift β, `[channels]`.
    pub bias: Param<Tensor<1>>,
}

impl InstanceNorm {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [n, c, h, w] = x.dims();
        let (normal, _) = normalised(x); // [N, C, H·W]
        let gamma = self.weight.val().reshape([1, c, 1]);
        let beta = self.bias.val().reshape([1, c, 1]);
        (normal * gamma + beta).reshape([n, c, h, w])
    }

    /// With n = (x − μ)/σ: dy = γ/σ · (dx − mean dx − n · mean(n · dx)), means over H and W.
    fn derivative(&self, x: &Tensor<4>, slope: Tensor<4>) -> Tensor<4> {
        let [k, c, h, w] = slope.dims();
        let (normal, deviation) = normalised(x.clone()); // [1, C, H·W], [1, C, 1]
        let slope = slope.reshape([k, c, h * w]); // [K, C, H·W]
        let along = (slope.clone() * normal.clone()).mean_dim(2); // [K, C, 1]
        let rest = slope.clone() - slope.mean_dim(2) - normal * along;
        let gamma = self.weight.val().reshape([1, c, 1]);
        (rest * gamma / deviation).reshape([k, c, h, w])
    }
}

/// Each channel of each picture with mean 0 and variance 1, `[N, C, H·W]`, and its deviation before,
/// `[N, C, 1]`.
fn normalised(x: Tensor<4>) -> (Tensor<3>, Tensor<3>) {
    let [n, c, h, w] = x.dims();
    let flat = x.reshape([n, c, h * w]);
    let centred = flat.clone() - flat.mean_dim(2);
    let deviation = (centred.clone().square().mean_dim(2) + EPSILON).sqrt();
    (centred / deviation.clone(), deviation)
}

/// The normalisation after a layer: at most one kind is present.
#[derive(Module, Debug)]
pub struct Norm {
    batch: Option<BatchNorm>,
    instance: Option<InstanceNorm>,
}

impl Norm {
    /// A normalisation of the chosen kind over `channels`.
    pub fn new(kind: Normalisation, channels: usize, init: &Initializer<'_>) -> Self {
        let batch = (kind == Normalisation::Batch).then(|| BatchNorm::new(channels, init));
        let instance = (kind == Normalisation::Instance).then(|| InstanceNorm {
            weight: init.constant(channels, 1.0),
            bias: init.constant(channels, 0.0),
        });
        Self { batch, instance }
    }

    /// `[N, C, H, W]` to the same shape.
    pub fn forward(&self, x: Tensor<4>, pass: &mut Pass) -> Tensor<4> {
        match (&self.batch, &self.instance) {
            (Some(batch), _) => batch.forward(x, pass),
            (None, Some(instance)) => instance.forward(x),
            (None, None) => x,
        }
    }

    /// What a slope, `[K, C, H, W]`, at the value `x`, `[1, C, H, W]`, becomes, with running statistics.
    pub fn derivative(&self, x: &Tensor<4>, slope: Tensor<4>) -> Tensor<4> {
        match (&self.batch, &self.instance) {
            (Some(batch), _) => slope * batch.scale(),
            (None, Some(instance)) => instance.derivative(x, slope),
            (None, None) => slope,
        }
    }

    /// The factor of each channel, `[1, C, 1, 1]`, where it depends on no input: a BatchNorm's running one.
    pub fn scale(&self) -> Option<Tensor<4>> {
        self.batch.as_ref().map(BatchNorm::scale)
    }

    /// Takes a BatchNorm out, its running statistics being one linear map: each channel's factor,
    /// `[1, C, 1, 1]`, and what is added to it then, `[C]`.
    pub fn take_linear(&mut self) -> Option<(Tensor<4>, Tensor<1>)> {
        self.batch.take().map(|batch| (batch.scale(), batch.shift()))
    }

    /// Absorbs the next measured statistics, if this is a BatchNorm.
    pub fn absorb(mut self, measured: &mut impl Iterator<Item = BatchStatistics>) -> Self {
        if let Some(batch) = self.batch.take() {
            self.batch = Some(match measured.next() {
                Some(statistics) => batch.absorb(&statistics),
                None => batch,
            });
        }
        self
    }
}
