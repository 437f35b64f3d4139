//! Gradients of several backward passes: added, or handed on from one graph to the next.
//!
//! A way back through several networks at once would take longer than a drag should wait. So the graph
//! is cut where one network ends and the next begins: each part goes back by itself, and hands on its
//! gradient g of a tensor t as the next part's loss Σ g·t, whose gradient in t is g.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Gradients, Tensor};

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

/// A leaf of a new graph with this tensor's values.
pub(super) fn leaf<const D: usize>(tensor: &Tensor<D>) -> Tensor<D> {
    tensor.clone().inner().autodiff().require_grad()
}

/// Σ gradient·tensor, whose gradient in `tensor` is `gradient`.
pub(super) fn handed_on<const D: usize>(tensor: Tensor<D>, gradient: Tensor<D>) -> Tensor<1> {
    (tensor * gradient.autodiff()).sum()
}

/// The gradient of a leaf that the loss depends on.
pub(super) fn gradient_of<const D: usize>(leaf: &Tensor<D>, grads: &Gradients) -> Tensor<D> {
    // A term of weight zero may have been left out of the graph.
    leaf.grad(grads).unwrap_or_else(|| leaf.clone().inner().zeros_like())
}
