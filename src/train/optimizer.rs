//! Adam, ours because burn's optimizer records materialise on the default device, which prefers a
//! GPU, and because their state here is saved by parameter name.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use crate::models::ModulePath;
use crate::models::conv::{AdamState, AdamUpdate};

/// Adam's constants (Kingma and Ba 2014).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamConfig {
    /// Decay of the first moment: 0.5 for adversarial training, 0.9 otherwise.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to √v̂; PyTorch's default is 1e-8, burn's own 1e-5.
    pub epsilon: f64,
}

impl AdamConfig {
    /// With PyTorch's epsilon.
    pub fn new(beta1: f64, beta2: f64) -> Self {
        Self { beta1, beta2, epsilon: 1e-8 }
    }
}

/// First and second moment of one parameter, flattened.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    pub(super) first: Tensor<1>,
    pub(super) second: Tensor<1>,
}

/// Adam with bias correction, equal to `torch.optim.Adam` (weight decay 0, amsgrad off).
#[derive(Debug, Clone)]
pub struct Adam {
    config: AdamConfig,
    /// Updates done.
    pub(super) updates: u64,
    /// By parameter name.
    pub(super) moments: BTreeMap<String, Moments>,
}

impl Adam {
    /// An optimizer that has seen nothing.
    pub fn new(config: AdamConfig) -> Self {
        Self { config, updates: 0, moments: BTreeMap::new() }
    }

    /// One with the same constants that has seen nothing.
    pub(super) fn fresh(&self) -> Self {
        Self::new(self.config)
    }

    /// Moves every parameter that has a gradient; the others (running statistics) stay.
    #[must_use]
    pub fn step<M: Module>(&mut self, module: M, grads: GradientsParams, lr: f64) -> M {
        self.updates += 1;
        module.map(&mut Stepper { adam: self, grads, lr, path: ModulePath::default() })
    }

    fn update<const D: usize>(
        &mut self,
        name: String,
        weight: Tensor<D>,
        grad: Tensor<D>,
        lr: f64,
    ) -> Tensor<D> {
        let AdamConfig { beta1, beta2, epsilon } = self.config;
        let (beta_1, beta_2) = (beta1, beta2);
        let shape = weight.dims();
        let count = shape.iter().product::<usize>();
        let parameter = weight.reshape([count]);
        let (moment_1, moment_2) = match self.moments.remove(&name) {
            Some(old) => (old.first, old.second),
            None => (parameter.zeros_like(), parameter.zeros_like()),
        };
        let update = AdamUpdate { learning_rate: lr, beta_1, beta_2, epsilon, step: self.updates };
        let state = AdamState { parameter, moment_1, moment_2 };
        let state = update.apply(state, grad.reshape([count]));
        self.moments.insert(name, Moments { first: state.moment_1, second: state.moment_2 });
        state.parameter.reshape(shape)
    }
}

struct Stepper<'a> {
    adam: &'a mut Adam,
    grads: GradientsParams,
    lr: f64,
    path: ModulePath,
}

impl ModuleMapper for Stepper<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(grad) = self.grads.remove::<D>(param.id) else { return param };
        let name = self.path.name();
        let lr = self.lr;
        param.map(|weight| self.adam.update(name, weight, grad, lr))
    }
}
