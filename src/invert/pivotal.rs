//! Pivotal tuning (Roich et al. 2021, PTI): the latent stays, and a copy of G moves until it draws the photo.

use burn::tensor::{Tensor, TensorData};

use super::energy::{FeatureNetwork, Networks};
use crate::models::conv::{AdamState, AdamUpdate};
use crate::models::{Generator, GeneratorChange, Initializer, Mode, Pass, flat, read_values};
use crate::protocol::{PivotalSettings, Prior};
use crate::random::{Random, Stream};

/// Shares of the steps over which the learning rate rises from 0, and over which it falls to 0.
const RAMPS: (f64, f64) = (0.05, 0.25);
/// Steps in a row without any finite loss after which it is given up.
const HOPELESS: u32 = 10;
/// Key of the factors' first values among initial weights.
const FACTORS: u64 = 7;

/// What a change costs; weights applied in `total` alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PivotalLoss {
    /// What is minimised.
    pub total: f32,
    /// MSE(G_θ(z), x), values in [-1, 1].
    pub mse: f32,
    /// Distance in features, relative to the photo's own mean square.
    pub feature: f32,
    /// MSE(G_θ(z_r), G(z_r)) over the step's latents z_r.
    pub locality: f32,
}

/// A photo's features, `[1, F]`, divided by the root of their mean square; and that root, `[1, 1]`.
#[derive(Debug)]
struct Features {
    network: FeatureNetwork,
    target: Tensor<2>,
    size: Tensor<2>,
}

/// First and second moment of each parameter, and the updates they saw.
#[derive(Debug)]
struct Moments {
    both: Vec<(Tensor<2>, Tensor<2>)>,
    updates: u64,
}

/// A tuning under way.
#[derive(Debug)]
pub struct Pivotal {
    /// G, folded and frozen.
    base: Generator,
    prior: Prior,
    z: Vec<f32>,
    /// `[1, V]`.
    target: Tensor<2>,
    features: Option<Features>,
    settings: PivotalSettings,
    change: GeneratorChange,
    moments: Moments,
    /// The change with the smallest loss so far, and that loss.
    best: (GeneratorChange, PivotalLoss),
    /// The smallest MSE that counted as a gain, and its step.
    gain: (f32, u32),
    step: u32,
    /// Halved whenever a loss was no number.
    caution: f64,
    restarts: u32,
    hopeless: u32,
    done: bool,
}

impl Pivotal {
    /// Begins with the pivot `z`, `d` values, and its photo, `[1, C, S, S]` in [-1, 1]. `features` count where their
    /// weight is above 0.
    ///
    /// # Panics
    /// If `z` is of another size than the generator's.
    pub fn new(
        networks: &Networks,
        z: Vec<f32>,
        picture: Tensor<4>,
        features: Option<FeatureNetwork>,
        settings: PivotalSettings,
    ) -> Self {
        assert_eq!(z.len(), networks.dims, "the pivot is of another model");
        let base = networks.generator.clone().folded();
        let device = picture.device();
        let mut init = Initializer::new(&device, settings.seed, FACTORS);
        let change = GeneratorChange::none(&base, settings.rank, &mut init);
        let features = features.filter(|_| settings.feature_weight > 0.0).map(|network| {
            let seen = network.features(picture.clone()); // [1, F]
            let size = seen.clone().square().mean_dim(1).clamp_min(1e-12).sqrt(); // [1, 1]
            Features { network, target: seen / size.clone(), size }
        });
        let infinite = f32::INFINITY;
        let nothing =
            PivotalLoss { total: infinite, mse: infinite, feature: infinite, locality: infinite };
        Self {
            moments: Moments::new(&change),
            best: (change.clone(), nothing),
            target: flat(picture),
            prior: networks.prior,
            gain: (infinite, 0),
            step: 0,
            caution: 1.0,
            restarts: 0,
            hopeless: 0,
            done: false,
            base,
            z,
            features,
            settings,
            change,
        }
    }

    /// Steps done.
    pub fn steps(&self) -> u32 {
        self.step
    }

    /// How often weights were put back because the loss was no number.
    pub fn restarts(&self) -> u32 {
        self.restarts
    }

    /// Whether there is nothing left to do.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// The best change so far; at first none.
    pub fn change(&self) -> &GeneratorChange {
        &self.best.0
    }

    /// What it costs; infinite before the first step.
    pub fn loss(&self) -> PivotalLoss {
        self.best.1
    }

    /// G with running statistics folded in, to which the change is added.
    pub fn base(&self) -> &Generator {
        &self.base
    }

    /// One evaluation, and a move downhill unless the goal is reached there.
    ///
    /// # Errors
    /// When the device fails, or the loss is no number wherever it is tried.
    pub fn step(&mut self) -> Result<(), String> {
        if self.done {
            return Ok(());
        }
        let (loss, gradient) = self.evaluate(&self.change, self.step)?;
        self.step += 1;
        if !loss.total.is_finite() {
            return self.put_back();
        }
        self.hopeless = 0;
        let reached = f64::from(loss.mse) <= self.goal();
        // Totals vary with the latents drawn: what reaches the goal is taken, whatever they were.
        if reached || loss.total < self.best.1.total {
            self.best = (self.change.clone(), loss);
        }
        self.done = reached || self.is_over(loss.mse);
        if !self.done {
            let rate = self.settings.learning_rate * self.caution * self.schedule();
            self.change = self.moments.step(&self.change, gradient, rate);
        }
        Ok(())
    }

    /// Back to the best weights, and on with half the step.
    fn put_back(&mut self) -> Result<(), String> {
        self.restarts += 1;
        self.hopeless += 1;
        if self.hopeless >= HOPELESS {
            return Err("the loss is no number wherever it is tried: lower the tuning's rate, or \
                        the model's weights or the photo may be damaged"
                .to_owned());
        }
        self.caution *= 0.5;
        self.change = self.best.0.clone();
        self.moments = Moments::new(&self.change);
        self.done = self.step >= self.settings.steps;
        Ok(())
    }

    /// The MSE that is near enough.
    fn goal(&self) -> f64 {
        4.0 * 10_f64.powf(-self.settings.goal_db / 10.0)
    }

    /// Whether the last step or a plateau is reached.
    fn is_over(&mut self, mse: f32) -> bool {
        let (before, since) = self.gain;
        if f64::from(mse) < f64::from(before) * (1.0 - PivotalSettings::PLATEAU_GAIN) {
            self.gain = (mse, self.step);
        }
        let patience = self.settings.patience;
        let stalled = patience > 0 && self.step - since >= patience && self.gain.1 == since;
        stalled || self.step > self.settings.steps
    }

    /// The factor of the learning rate at the step under way: up along a line, down along a half cosine.
    fn schedule(&self) -> f64 {
        let all = f64::from(self.settings.steps);
        let (rising, falling) = RAMPS;
        let gone = f64::from(self.step) / all;
        let up = (gone / rising).min(1.0);
        let down = ((gone - (1.0 - falling)) / falling).clamp(0.0, 1.0);
        up * 0.5 * (1.0 + (std::f64::consts::PI * down).cos())
    }

    /// The pivot and below it the step's locality latents, `(1 + n)·d` values.
    fn latents(&self, step: u32) -> Vec<f32> {
        let mut all = self.z.clone();
        if self.settings.locality_weight == 0.0 {
            return all;
        }
        let (dims, count) = (self.z.len(), self.settings.locality_samples as usize);
        let shell = match self.prior {
            Prior::Normal => (dims as f64).sqrt(),
            Prior::Uniform => (dims as f64 / 3.0).sqrt(),
        };
        let mut random = Random::new(self.settings.seed, Stream::Locality, u64::from(step));
        let drawn = match self.prior {
            Prior::Normal => random.normals(count * dims),
            Prior::Uniform => random.symmetric_uniforms(count * dims),
        };
        for other in drawn.chunks_exact(dims) {
            let way: Vec<f64> = other.iter().zip(&self.z).map(|(w, z)| f64::from(w - z)).collect();
            let length = way.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-12);
            let by = self.settings.alpha * shell / length;
            all.extend(self.z.iter().zip(&way).map(|(z, v)| (f64::from(*z) + by * v) as f32));
        }
        all
    }

    /// Loss and gradient at a change, with the locality latents of a step.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn evaluate(
        &self,
        change: &GeneratorChange,
        step: u32,
    ) -> Result<(PivotalLoss, Vec<Tensor<2>>), String> {
        let leaves: Vec<Tensor<2>> =
            change.parameters().into_iter().map(|t| t.autodiff().require_grad()).collect();
        let tuned = self.base.changed_by(&change.with_parameters(leaves.clone()));
        let all = self.latents(step);
        let shape = [all.len() / self.z.len(), self.z.len()];
        let latents = Tensor::<2>::from_data(TensorData::new(all, shape), &self.target.device());
        let pass = &mut Pass::new(Mode::Eval);
        let image = tuned.image(latents.clone().autodiff(), pass); // [1 + n, C, S, S]
        let first = image.clone().narrow(0, 0, 1);
        let mse = (flat(first.clone()) - self.target.clone().autodiff()).square().mean();
        let nothing = || mse.clone().mul_scalar(0.0);
        let feature = match &self.features {
            Some(Features { network, target, size }) => {
                let seen = network.features(first) / size.clone().autodiff();
                (seen - target.clone().autodiff()).square().mean()
            }
            None => nothing(),
        };
        let others = shape[0] - 1;
        let locality = if others > 0 {
            let frozen = self.base.image(latents.narrow(0, 1, others), pass);
            (image.narrow(0, 1, others) - frozen.autodiff()).square().mean()
        } else {
            nothing()
        };
        let total = mse.clone()
            + feature.clone().mul_scalar(self.settings.feature_weight)
            + locality.clone().mul_scalar(self.settings.locality_weight);
        let grads = total.clone().backward();
        let row = Tensor::cat(
            vec![total, mse, feature, locality].into_iter().map(Tensor::inner).collect(),
            0,
        );
        let row = read_values(row.reshape([1, 4]))?;
        let loss = PivotalLoss { total: row[0], mse: row[1], feature: row[2], locality: row[3] };
        let of_leaf = |leaf: &Tensor<2>| {
            leaf.grad(&grads).unwrap_or_else(|| leaf.clone().inner().zeros_like())
        };
        Ok((loss, leaves.iter().map(of_leaf).collect()))
    }
}

impl Moments {
    fn new(change: &GeneratorChange) -> Self {
        let zeros = |tensor: Tensor<2>| (tensor.zeros_like(), tensor.zeros_like());
        Self { both: change.parameters().into_iter().map(zeros).collect(), updates: 0 }
    }

    /// The change moved by Adam (Kingma and Ba 2014).
    fn step(
        &mut self,
        change: &GeneratorChange,
        gradient: Vec<Tensor<2>>,
        rate: f64,
    ) -> GeneratorChange {
        self.updates += 1;
        let update = AdamUpdate {
            learning_rate: rate,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            step: self.updates,
        };
        let both = std::mem::take(&mut self.both);
        let mut moved = Vec::with_capacity(both.len());
        for ((parameter, (moment_1, moment_2)), gradient) in
            change.parameters().into_iter().zip(both).zip(gradient)
        {
            let state = update.apply(AdamState { parameter, moment_1, moment_2 }, gradient);
            self.both.push((state.moment_1, state.moment_2));
            moved.push(state.parameter);
        }
        change.with_parameters(moved)
    }
}
