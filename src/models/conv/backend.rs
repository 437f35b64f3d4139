//! The two convolutions as differentiable operations of burn's Flex backend.
//!
//! burn's dispatcher calls the `Flex` implementation on plain tensors and the `Autodiff` one on
//! tensors of an autodiff device. The backward passes compute only the gradients whose parents are
//! tracked: a frozen generator costs no weight gradients, the first layer of a discriminator no
//! image gradient.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata, backend_extension};

use super::gather::large_to_small;
use super::scatter::small_to_large;
use super::shape::{ConvGeometry, ConvShape};
use super::values::{Values, tensor};
use super::weight_grad::{bias_grad, weight_grad};

/// The operations the dispatcher routes; `bias` may be empty.
#[backend_extension(Autodiff, Flex)]
pub(super) trait ConvBackend: Backend {
    fn fast_conv2d(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: ConvGeometry,
    ) -> FloatTensor<Self>;

    fn fast_conv_transpose2d(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: ConvGeometry,
    ) -> FloatTensor<Self>;
}

impl ConvBackend for Flex {
    fn fast_conv2d(
        x: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        geometry: ConvGeometry,
    ) -> FlexTensor {
        Direction::Conv.forward(&x, &weight, &bias, geometry)
    }

    fn fast_conv_transpose2d(
        x: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        geometry: ConvGeometry,
    ) -> FlexTensor {
        Direction::Transposed.forward(&x, &weight, &bias, geometry)
    }
}

impl<C: CheckpointStrategy> ConvBackend for Autodiff<Flex, C> {
    fn fast_conv2d(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: ConvGeometry,
    ) -> FloatTensor<Self> {
        record::<C>(Direction::Conv, x, weight, bias, geometry)
    }

    fn fast_conv_transpose2d(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: ConvGeometry,
    ) -> FloatTensor<Self> {
        record::<C>(Direction::Transposed, x, weight, bias, geometry)
    }
}

/// Which of the two convolutions: it decides which side of the [`ConvShape`] is the input.
#[derive(Debug, Clone, Copy)]
enum Direction {
    Conv,
    Transposed,
}

impl Direction {
    fn shape(self, x: [usize; 4], weight: [usize; 4], geometry: ConvGeometry) -> ConvShape {
        match self {
            Self::Conv => ConvShape::of_conv(x, weight, geometry),
            Self::Transposed => ConvShape::of_conv_transpose(x, weight, geometry),
        }
    }

    fn forward(
        self,
        x: &FlexTensor,
        weight: &FlexTensor,
        bias: &FlexTensor,
        geometry: ConvGeometry,
    ) -> FlexTensor {
        let shape = self.shape(x.shape().dims(), weight.shape().dims(), geometry);
        let (x, weight, bias) = (Values::of(x), Values::of(weight), Values::of(bias));
        let bias = (!bias.get().is_empty()).then(|| bias.get());
        let (output, dims) = match self {
            Self::Conv => (
                large_to_small(&shape.flattened(), x.get(), weight.get(), bias),
                shape.small_dims(),
            ),
            Self::Transposed => {
                // Flattened, every pixel is a channel of its own.
                let flat = shape.flattened();
                let pixels = flat.large.channels / shape.large.channels;
                let bias: Option<Vec<f32>> = bias.map(|bias| {
                    bias.iter().flat_map(|&value| std::iter::repeat_n(value, pixels)).collect()
                });
                (small_to_large(&flat, x.get(), weight.get(), bias.as_deref()), shape.large_dims())
            }
        };
        tensor(output, dims)
    }

    /// The gradient in the input: the other convolution of `grad`.
    fn input_grad(self, shape: &ConvShape, grad: &[f32], weight: &[f32]) -> FlexTensor {
        let flat = shape.flattened();
        match self {
            Self::Conv => tensor(small_to_large(&flat, grad, weight, None), shape.large_dims()),
            Self::Transposed => {
                tensor(large_to_small(&flat, grad, weight, None), shape.small_dims())
            }
        }
    }

    fn weight_grad(self, shape: &ConvShape, grad: &[f32], x: &[f32]) -> FlexTensor {
        let flat = shape.flattened();
        let grad = match self {
            Self::Conv => weight_grad(&flat, x, grad),
            Self::Transposed => weight_grad(&flat, grad, x),
        };
        tensor(grad, shape.weight_dims())
    }

    fn bias_grad(self, shape: &ConvShape, grad: &[f32]) -> FlexTensor {
        let output = match self {
            Self::Conv => shape.small,
            Self::Transposed => shape.large,
        };
        tensor(bias_grad(grad, output.channels, output.area()), [output.channels])
    }
}

/// Runs the forward pass and records the step that differentiates it.
fn record<C: CheckpointStrategy>(
    direction: Direction,
    x: FloatTensor<Autodiff<Flex, C>>,
    weight: FloatTensor<Autodiff<Flex, C>>,
    bias: FloatTensor<Autodiff<Flex, C>>,
    geometry: ConvGeometry,
) -> FloatTensor<Autodiff<Flex, C>> {
    let output = direction.forward(x.primitive(), weight.primitive(), bias.primitive(), geometry);
    let prepared = ConvStep(direction)
        .prepare::<C>([x.node(), weight.node(), bias.node()])
        .compute_bound()
        .stateful();
    match prepared {
        OpsKind::Tracked(mut prepared) => {
            let shape = direction.shape(x.shape().dims(), weight.shape().dims(), geometry);
            // The input serves only the gradient in the weights, and the other way round.
            let state = ConvState {
                shape,
                x: weight.is_tracked().then(|| prepared.checkpoint(&x)),
                weight: x.is_tracked().then(|| prepared.checkpoint(&weight)),
            };
            prepared.finish(state, output)
        }
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    }
}

#[derive(Debug)]
struct ConvStep(Direction);

#[derive(Debug, Clone)]
struct ConvState {
    shape: ConvShape,
    x: Option<NodeId>,
    weight: Option<NodeId>,
}

impl Backward<Flex, 3> for ConvStep {
    type State = ConvState;

    fn backward(
        self,
        ops: Ops<ConvState, 3>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let Self(direction) = self;
        let ConvState { shape, x, weight } = ops.state;
        // Both are taken out even if unused: the checkpointer counts how often each is retrieved.
        let x = x.map(|id| checkpointer.retrieve_node_output::<FlexTensor>(id));
        let weight = weight.map(|id| checkpointer.retrieve_node_output::<FlexTensor>(id));
        let grad = grads.consume::<Flex>(&ops.node);
        let grad = Values::of(&grad);
        let [x_node, weight_node, bias_node] = ops.parents;

        if let Some((node, weight)) = x_node.zip(weight) {
            grads.register::<Flex>(
                node.id,
                direction.input_grad(&shape, grad.get(), Values::of(&weight).get()),
            );
        }
        if let Some((node, x)) = weight_node.zip(x) {
            grads.register::<Flex>(
                node.id,
                direction.weight_grad(&shape, grad.get(), Values::of(&x).get()),
            );
        }
        if let Some(node) = bias_node {
            grads.register::<Flex>(node.id, direction.bias_grad(&shape, grad.get()));
        }
    }
}
