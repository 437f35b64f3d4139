//! Batch normalisation with the batch's own statistics, as one differentiable operation in few
//! passes over memory.
//!
//! Ioffe and Szegedy, *Batch Normalization* (2015). Each `(image, channel)` plane is read once for
//! its mean and squared deviations, while in cache, and the planes' statistics are merged in order
//! (Chan et al. 1979), so nothing is lost to cancellation and nothing depends on the number of
//! threads.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{
    Autodiff, AutodiffBackend, Backend, ExtensionType, Flex, TensorMetadata, backend_extension,
};
use burn::tensor::TensorData;
use rayon::prelude::*;

use super::pack::sum_of;
use super::values::{Values, tensor};

/// Normalised values and the statistics they were normalised with.
#[derive(ExtensionType)]
pub(super) struct Normalised<B: Backend> {
    pub output: FloatTensor<B>,
    /// `[channels]`, not differentiable.
    pub mean: FloatTensor<B>,
    /// `[channels]`, biased, not differentiable.
    pub variance: FloatTensor<B>,
}

#[backend_extension(Autodiff, Flex)]
pub(super) trait NormBackend: Backend {
    fn fast_batch_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
    ) -> Normalised<Self>;
}

impl NormBackend for Flex {
    fn fast_batch_norm(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        epsilon: f64,
    ) -> Normalised<Self> {
        let (output, statistics) = forward(&x, &gamma, &beta, epsilon);
        let channels = statistics.mean.len();
        Normalised {
            output,
            mean: tensor(statistics.mean, [channels]),
            variance: tensor(statistics.variance, [channels]),
        }
    }
}

impl<C: CheckpointStrategy> NormBackend for Autodiff<Flex, C> {
    fn fast_batch_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
    ) -> Normalised<Self> {
        let (output, statistics) =
            forward(x.primitive(), gamma.primitive(), beta.primitive(), epsilon);
        let channels = statistics.mean.len();
        let constant = |values: &[f32]| Self::from_inner(tensor(values.to_vec(), [channels]));
        let (mean, variance) = (constant(&statistics.mean), constant(&statistics.variance));
        let prepared =
            NormStep.prepare::<C>([x.node(), gamma.node(), beta.node()]).compute_bound().stateful();
        let output = match prepared {
            OpsKind::Tracked(mut prepared) => {
                let state = NormState {
                    x: prepared.checkpoint(&x),
                    gamma: prepared.checkpoint(&gamma),
                    inverse_deviation: statistics.inverse_deviation(epsilon),
                    mean: statistics.mean,
                };
                prepared.finish(state, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        };
        Normalised { output, mean, variance }
    }
}

#[derive(Debug)]
struct NormStep;

#[derive(Debug, Clone)]
struct NormState {
    x: NodeId,
    gamma: NodeId,
    mean: Vec<f32>,
    inverse_deviation: Vec<f32>,
}

impl Backward<Flex, 3> for NormStep {
    type State = NormState;

    fn backward(
        self,
        ops: Ops<NormState, 3>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let NormState { x, gamma, mean, inverse_deviation } = ops.state;
        let x = checkpointer.retrieve_node_output::<FlexTensor>(x);
        let gamma = checkpointer.retrieve_node_output::<FlexTensor>(gamma);
        let grad = grads.consume::<Flex>(&ops.node);
        let planes = Planes::of(&x);
        let (x, gamma, mut grad) = (Values::of(&x), Values::of(&gamma), Values::owned(grad));
        let sums = planes.grad_sums(x.get(), grad.get(), &mean, &inverse_deviation);

        let [x_node, gamma_node, beta_node] = ops.parents;
        if let Some(node) = gamma_node {
            grads.register::<Flex>(
                node.id,
                tensor(sums.iter().map(|sums| sums.1).collect(), [planes.channels]),
            );
        }
        if let Some(node) = beta_node {
            grads.register::<Flex>(
                node.id,
                tensor(sums.iter().map(|sums| sums.0).collect(), [planes.channels]),
            );
        }
        if let Some(node) = x_node {
            // dx = γ·σ⁻¹·(dy − mean(dy) − x̂·mean(dy·x̂)), written as a·dy + b·(x − mean) + c.
            let count = planes.samples() as f32;
            let factors: Vec<[f32; 4]> = (0..planes.channels)
                .map(|channel| {
                    let scale = gamma.get()[channel] * inverse_deviation[channel];
                    let (grad_mean, projection) =
                        (sums[channel].0 / count, sums[channel].1 / count);
                    let slope = -scale * projection * inverse_deviation[channel];
                    [scale, slope, mean[channel], -scale * grad_mean]
                })
                .collect();
            let area = planes.area;
            let planes_of = |index: usize| factors[index % factors.len()];
            grad.get_mut().par_chunks_mut(area).zip(x.get().par_chunks(area)).enumerate().for_each(
                |(index, (grad, x))| {
                    let [scale, slope, mean, shift] = planes_of(index);
                    grad.iter_mut()
                        .zip(x)
                        .for_each(|(grad, x)| *grad = scale * *grad + slope * (x - mean) + shift);
                },
            );
            grads.register::<Flex>(node.id, grad.into_tensor());
        }
    }
}

/// Mean and biased variance of every channel.
struct Statistics {
    mean: Vec<f32>,
    variance: Vec<f32>,
}

impl Statistics {
    fn inverse_deviation(&self, epsilon: f64) -> Vec<f32> {
        self.variance
            .iter()
            .map(|variance| (1.0 / (f64::from(*variance) + epsilon).sqrt()) as f32)
            .collect()
    }
}

/// A tensor `[batch, channels, ...]` as `batch · channels` planes.
#[derive(Clone, Copy)]
struct Planes {
    batch: usize,
    channels: usize,
    area: usize,
}

impl Planes {
    fn of(x: &FlexTensor) -> Self {
        let shape = x.shape();
        let (batch, channels) = (shape[0], shape[1]);
        Self { batch, channels, area: (shape.num_elements() / (batch * channels).max(1)).max(1) }
    }

    fn samples(&self) -> usize {
        self.batch * self.area
    }

    /// Mean and biased variance of every channel of `x`.
    fn statistics(&self, x: &[f32]) -> Statistics {
        let area = self.area as f64;
        let (mean, variance) = (0..self.channels)
            .into_par_iter()
            .map(|channel| {
                let (mut mean, mut squares, mut seen) = (0.0f64, 0.0f64, 0.0f64);
                for plane in x.chunks_exact(self.area).skip(channel).step_by(self.channels) {
                    let plane_mean = sum_of(plane, |x| x) / self.area as f32;
                    let plane_squares = sum_of(plane, |x| (x - plane_mean) * (x - plane_mean));
                    let difference = f64::from(plane_mean) - mean;
                    let total = seen + area;
                    mean += difference * area / total;
                    squares +=
                        f64::from(plane_squares) + difference * difference * seen * area / total;
                    seen = total;
                }
                (mean as f32, (squares / seen.max(1.0)) as f32)
            })
            .unzip();
        Statistics { mean, variance }
    }

    /// `(Σ dy, Σ dy·x̂)` of every channel: the gradients in beta and gamma.
    fn grad_sums(
        &self,
        x: &[f32],
        grad: &[f32],
        mean: &[f32],
        inverse_deviation: &[f32],
    ) -> Vec<(f32, f32)> {
        (0..self.channels)
            .into_par_iter()
            .map(|channel| {
                let planes = x.chunks_exact(self.area).zip(grad.chunks_exact(self.area));
                let (mut grads, mut products) = (0.0f64, 0.0f64);
                for (x, grad) in planes.skip(channel).step_by(self.channels) {
                    grads += f64::from(sum_of(grad, |grad| grad));
                    products += f64::from(sum_of_products(x, grad, mean[channel]));
                }
                (grads as f32, (products * f64::from(inverse_deviation[channel])) as f32)
            })
            .collect()
    }
}

fn forward(
    x: &FlexTensor,
    gamma: &FlexTensor,
    beta: &FlexTensor,
    epsilon: f64,
) -> (FlexTensor, Statistics) {
    let planes = Planes::of(x);
    let shape = x.shape();
    let (x, gamma, beta) = (Values::of(x), Values::of(gamma), Values::of(beta));
    assert_eq!(gamma.get().len(), planes.channels, "gamma needs one value per channel");
    assert_eq!(beta.get().len(), planes.channels, "beta needs one value per channel");
    let statistics = planes.statistics(x.get());
    let inverse_deviation = statistics.inverse_deviation(epsilon);
    let mut output = vec![0.0; x.get().len()];
    output.par_chunks_mut(planes.area).zip(x.get().par_chunks(planes.area)).enumerate().for_each(
        |(index, (output, x))| {
            let channel = index % planes.channels;
            let scale = gamma.get()[channel] * inverse_deviation[channel];
            let (mean, shift) = (statistics.mean[channel], beta.get()[channel]);
            // Centred first: folding the mean into the shift would cancel where it is large.
            output.iter_mut().zip(x).for_each(|(output, x)| *output = (x - mean) * scale + shift);
        },
    );
    let output = FlexTensor::from_data(TensorData::new(output, shape));
    (output, statistics)
}

/// `Σ (x − mean)·y`, summed as in [`sum_of`].
fn sum_of_products(x: &[f32], y: &[f32], mean: f32) -> f32 {
    let ((x_chunks, x_rest), (y_chunks, y_rest)) = (x.as_chunks::<16>(), y.as_chunks::<16>());
    let mut sums = [0.0f32; 16];
    for (x, y) in x_chunks.iter().zip(y_chunks) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += (x - mean) * y;
        }
    }
    sums.iter().sum::<f32>() + x_rest.iter().zip(y_rest).map(|(x, y)| (x - mean) * y).sum::<f32>()
}
