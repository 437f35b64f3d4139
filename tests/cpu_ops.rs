//! Batch norm, activations and Adam in single passes, against burn's own operations.

use burn::tensor::{Device, Tensor, TensorData, Tolerance, activation, module};
use latent_atelier::models::conv::{AdamState, AdamUpdate, batch_norm_train, leaky_relu, tanh};

/// Values in [-1, 1) from a small counter-based generator.
fn values(count: usize, seed: u64) -> Vec<f32> {
    (0..count as u64)
        .map(|i| {
            let z = (i + seed * 0x1_0000_0001).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        })
        .collect()
}

fn tensor<const D: usize>(dims: [usize; D], seed: u64, device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values(dims.iter().product(), seed), dims), device)
}

fn assert_close<const D: usize>(ours: Tensor<D>, theirs: Tensor<D>) {
    ours.into_data().assert_approx_eq::<f32>(&theirs.into_data(), Tolerance::rel_abs(1e-4, 1e-5));
}

#[test]
fn batch_norm_equals_burns_values_and_gradients() {
    for dims in [[4, 6, 8, 8], [33, 3, 5, 7], [2, 17, 1, 1], [1, 4, 4, 4]] {
        let run = |ours: bool| {
            let device = Device::flex().autodiff();
            // Far from zero mean: the variance must not be lost to cancellation.
            let x = tensor(dims, 1, &device).add_scalar(3.0).require_grad();
            let gamma = tensor([dims[1]], 2, &device).require_grad();
            let beta = tensor([dims[1]], 3, &device).require_grad();
            let (output, mean, variance) = if ours {
                let result = batch_norm_train(x.clone(), gamma.clone(), beta.clone(), 1e-5);
                (result.output, result.mean, result.variance)
            } else {
                let result = module::batch_norm_train(x.clone(), gamma.clone(), beta.clone(), 1e-5);
                (result.output, result.mean, result.variance)
            };
            let grads = (output.clone() * tensor(dims, 4, &device)).sum().backward();
            let grad = |tensor: Tensor<1>| tensor.grad(&grads).unwrap();
            (
                output.inner(),
                mean.inner(),
                variance.inner(),
                x.grad(&grads).unwrap(),
                grad(gamma),
                grad(beta),
            )
        };
        let (ours, theirs) = (run(true), run(false));
        assert_close(ours.0, theirs.0);
        assert_close(ours.1, theirs.1);
        assert_close(ours.2, theirs.2);
        assert_close(ours.3, theirs.3);
        assert_close(ours.4, theirs.4);
        assert_close(ours.5, theirs.5);
    }
}

#[test]
fn batch_norm_is_differentiable_in_its_input_alone() {
    let plain = Device::flex();
    let x = tensor([3, 4, 5, 5], 1, &plain.clone().autodiff()).require_grad();
    let result = batch_norm_train(x.clone(), tensor([4], 2, &plain), tensor([4], 3, &plain), 1e-5);
    let grads = result.output.powi_scalar(3).sum().backward();
    assert!(x.grad(&grads).is_some());
}

#[test]
fn activations_equal_burns_values_and_gradients() {
    for slope in [0.0, 0.2] {
        let run = |ours: bool| {
            let device = Device::flex().autodiff();
            let x = tensor([3, 5, 7, 9], 1, &device).require_grad();
            let y = if ours {
                leaky_relu(x.clone(), slope)
            } else {
                activation::leaky_relu(x.clone(), slope)
            };
            let grads = (y.clone() * tensor([3, 5, 7, 9], 2, &device)).sum().backward();
            (y.inner(), x.grad(&grads).unwrap())
        };
        let (ours, theirs) = (run(true), run(false));
        assert_close(ours.0, theirs.0);
        assert_close(ours.1, theirs.1);
    }
    let run = |ours: bool| {
        let device = Device::flex().autodiff();
        let x = tensor([40_000], 1, &device).mul_scalar(6.0).require_grad();
        let y = if ours { tanh(x.clone()) } else { x.clone().tanh() };
        let grads = (y.clone() * tensor([40_000], 2, &device)).sum().backward();
        (y.inner(), x.grad(&grads).unwrap())
    };
    let (ours, theirs) = (run(true), run(false));
    assert_close(ours.0, theirs.0);
    assert_close(ours.1, theirs.1);
}

#[test]
fn activations_leave_other_holders_of_their_input_alone() {
    let device = Device::flex();
    let x = tensor([100], 1, &device);
    let expected = x.clone().into_data();
    let _ = leaky_relu(x.clone(), 0.2);
    let _ = tanh(x.clone());
    x.clone().into_data().assert_eq(&expected, true);
    // A row of a larger tensor shares the larger tensor's values.
    let row = x.clone().reshape([10, 10]).slice([3..4, 0..10]);
    let _ = tanh(row);
    x.into_data().assert_eq(&expected, true);
}

#[test]
fn adam_follows_its_formula() {
    let device = Device::flex();
    let zeros = Tensor::<1>::zeros([70_000], &device);
    let mut state = AdamState {
        parameter: tensor([70_000], 1, &device),
        moment_1: zeros.clone(),
        moment_2: zeros,
    };
    let mut expected = values(70_000, 1).into_iter().map(f64::from).collect::<Vec<_>>();
    let (mut first, mut second) = (vec![0.0f64; 70_000], vec![0.0f64; 70_000]);
    let (rate, beta_1, beta_2, epsilon) = (2e-2, 0.5, 0.999, 1e-8);
    for step in 1..=3u64 {
        let grad = values(70_000, 10 + step);
        let update = AdamUpdate { learning_rate: rate, beta_1, beta_2, epsilon, step };
        state = update
            .apply(state, Tensor::from_data(TensorData::new(grad.clone(), [70_000]), &device));
        for (i, grad) in grad.into_iter().map(f64::from).enumerate() {
            first[i] = beta_1 * first[i] + (1.0 - beta_1) * grad;
            second[i] = beta_2 * second[i] + (1.0 - beta_2) * grad * grad;
            let corrected = second[i] / (1.0 - beta_2.powi(step as i32));
            expected[i] -=
                rate * first[i] / (1.0 - beta_1.powi(step as i32)) / (corrected.sqrt() + epsilon);
        }
    }
    let expected: Vec<f32> = expected.into_iter().map(|value| value as f32).collect();
    let expected = Tensor::from_data(TensorData::new(expected, [70_000]), &device);
    assert_close(state.parameter, expected);
}
