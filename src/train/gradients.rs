//! Gradients of several backward passes, added.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

struct Adder {
    a: GradientsParams,
    b: GradientsParams,
    sum: GradientsParams,
}

impl ModuleVisitor for Adder {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let sum = match (self.a.remove::<D>(param.id), self.b.remove::<D>(param.id)) {
            (Some(a), Some(b)) => a + b,
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return,
        };
        self.sum.register(param.id, sum);
    }
}

/// a + b for every parameter of `module` that has a gradient in either.
pub fn add<M: Module>(module: &M, a: GradientsParams, b: GradientsParams) -> GradientsParams {
    let mut adder = Adder { a, b, sum: GradientsParams::new() };
    module.visit(&mut adder);
    adder.sum
}
