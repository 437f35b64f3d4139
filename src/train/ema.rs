//! Exponential moving average of weights (as in Karras et al. 2017): what samples are drawn from.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;

use crate::models::ModulePath;

#[derive(Default)]
struct Collector {
    path: ModulePath,
    weights: BTreeMap<String, Tensor<1>>,
}

impl ModuleVisitor for Collector {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let weight = param.val();
        let count = weight.dims().iter().product::<usize>();
        self.weights.insert(self.path.name(), weight.reshape([count]));
    }
}

struct Blender {
    path: ModulePath,
    weights: BTreeMap<String, Tensor<1>>,
    decay: f64,
}

impl ModuleMapper for Blender {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, average: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.name();
        let Some(new) = self.weights.remove(&name) else { return average };
        // Running statistics already are averages: they are copied.
        let copied = name.ends_with("running_mean") || name.ends_with("running_var");
        let decay = if copied { 0.0 } else { self.decay };
        average.map(|old| {
            let new = new.reshape(old.dims());
            if decay == 0.0 { new } else { old.mul_scalar(decay) + new.mul_scalar(1.0 - decay) }
        })
    }
}

/// `decay · average + (1 − decay) · current`, where the decay grows from 0.1 to `decay` as
/// (1 + t)/(10 + t) over the first steps t, so that early averages forget the random start.
#[must_use]
pub fn blend<M: Module>(average: M, current: &M, decay: f64, step: u64) -> M {
    let warm = (1.0 + step as f64) / (10.0 + step as f64);
    let mut collector = Collector::default();
    current.visit(&mut collector);
    average.map(&mut Blender {
        path: ModulePath::default(),
        weights: collector.weights,
        decay: decay.min(warm),
    })
}
