//! One Adam update of one parameter in a single pass over its four tensors.

use burn::backend::Flex;
use burn::tensor::Tensor;
use rayon::prelude::*;

use super::is_fast;
use super::values::Values;

/// Values per task.
const CHUNK: usize = 32_768;

/// The constants of one Adam update (Kingma and Ba 2015) at one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamUpdate {
    /// Step size, before bias correction.
    pub learning_rate: f64,
    /// Decay of the first moment, 0.5 for GANs.
    pub beta_1: f64,
    /// Decay of the second moment.
    pub beta_2: f64,
    /// Added to the root of the corrected second moment.
    pub epsilon: f64,
    /// Number of this update, counted from 1.
    pub step: u64,
}

/// A parameter and its moments, all of one shape and off the autodiff graph.
#[derive(Debug, Clone)]
pub struct AdamState<const D: usize> {
    pub parameter: Tensor<D>,
    /// Running mean of the gradient.
    pub moment_1: Tensor<D>,
    /// Running mean of the squared gradient.
    pub moment_2: Tensor<D>,
}

/// `AdamUpdate` in the form its inner loop needs.
#[derive(Clone, Copy)]
struct Factors {
    beta_1: f32,
    beta_2: f32,
    /// Step size over the first moment's bias correction.
    rate: f32,
    /// One over the root of the second moment's bias correction.
    inverse_correction: f32,
    epsilon: f32,
}

impl AdamUpdate {
    /// Applies the update as `torch.optim.Adam` does. On a Flex device tensors that nobody else
    /// holds are changed in place.
    ///
    /// # Panics
    /// If the shapes differ or a tensor is on an autodiff device.
    pub fn apply<const D: usize>(&self, state: AdamState<D>, grad: Tensor<D>) -> AdamState<D> {
        assert!(self.step > 0, "Adam counts its updates from 1");
        let step = self.step as f64;
        let correction_1 = 1.0 - self.beta_1.powf(step);
        let correction_2 = (1.0 - self.beta_2.powf(step)).sqrt();
        let AdamState { parameter, moment_1, moment_2 } = state;
        if [&parameter, &moment_1, &moment_2, &grad].into_iter().all(is_fast) {
            let factors = Factors {
                beta_1: self.beta_1 as f32,
                beta_2: self.beta_2 as f32,
                rate: (self.learning_rate / correction_1) as f32,
                inverse_correction: (1.0 / correction_2) as f32,
                epsilon: self.epsilon as f32,
            };
            return factors.apply(AdamState { parameter, moment_1, moment_2 }, grad);
        }
        let moment_1 =
            moment_1.mul_scalar(self.beta_1) + grad.clone().mul_scalar(1.0 - self.beta_1);
        let moment_2 =
            moment_2.mul_scalar(self.beta_2) + grad.clone().mul(grad).mul_scalar(1.0 - self.beta_2);
        let root = moment_2.clone().sqrt().div_scalar(correction_2).add_scalar(self.epsilon);
        let parameter =
            parameter - moment_1.clone().div(root).mul_scalar(self.learning_rate / correction_1);
        AdamState { parameter, moment_1, moment_2 }
    }
}

impl Factors {
    fn apply<const D: usize>(self, state: AdamState<D>, grad: Tensor<D>) -> AdamState<D> {
        let [mut parameter, mut moment_1, mut moment_2, grad] =
            [state.parameter, state.moment_1, state.moment_2, grad].map(values);
        let len = grad.get().len();
        let tensors = [&parameter, &moment_1, &moment_2];
        assert!(
            tensors.iter().all(|values| values.get().len() == len),
            "Adam's tensors must have one shape"
        );
        parameter
            .get_mut()
            .par_chunks_mut(CHUNK)
            .zip(moment_1.get_mut().par_chunks_mut(CHUNK))
            .zip(moment_2.get_mut().par_chunks_mut(CHUNK))
            .zip(grad.get().par_chunks(CHUNK))
            .for_each(|(((parameter, moment_1), moment_2), grad)| {
                self.chunk(parameter, moment_1, moment_2, grad);
            });
        let [parameter, moment_1, moment_2] = [parameter, moment_1, moment_2]
            .map(|values| Tensor::from_primitive::<Flex>(values.into_tensor()));
        AdamState { parameter, moment_1, moment_2 }
    }

    fn chunk(
        self,
        parameter: &mut [f32],
        moment_1: &mut [f32],
        moment_2: &mut [f32],
        grad: &[f32],
    ) {
        let moments = moment_1.iter_mut().zip(moment_2);
        for ((parameter, (moment_1, moment_2)), grad) in parameter.iter_mut().zip(moments).zip(grad)
        {
            *moment_1 = self.beta_1 * *moment_1 + (1.0 - self.beta_1) * grad;
            *moment_2 = self.beta_2 * *moment_2 + (1.0 - self.beta_2) * grad * grad;
            *parameter -=
                self.rate * *moment_1 / (moment_2.sqrt() * self.inverse_correction + self.epsilon);
        }
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Values {
    match tensor.try_into_primitive::<Flex>() {
        Ok(primitive) => Values::owned(primitive),
        Err(error) => panic!("Adam needs plain tensors: {error:?}"),
    }
}
