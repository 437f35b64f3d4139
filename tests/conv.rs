//! The fast convolutions against burn's own, against finite differences, and against themselves on
//! other thread counts.

use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Device, Tensor, TensorData, module};
use latent_atelier::models::conv::{ConvGeometry, conv_transpose2d, conv2d};

/// Which convolution a case runs.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Conv,
    Transposed,
}

/// One geometry: batch, input channels, output channels, height, width, kernel, stride, padding.
type Case = (usize, usize, usize, usize, usize, usize, usize, usize);

const CASES: &[Case] = &[
    // The layers of a DCGAN.
    (2, 3, 16, 32, 32, 4, 2, 1),
    (3, 16, 32, 16, 16, 4, 2, 1),
    (33, 32, 48, 8, 8, 4, 2, 1),
    (17, 24, 40, 4, 4, 4, 2, 1),
    (5, 48, 1, 4, 4, 4, 1, 0),
    (64, 16, 1, 4, 4, 4, 1, 0),
    (4, 8, 8, 8, 8, 3, 1, 1),
    (3, 20, 7, 9, 9, 1, 1, 0),
    // A latent's projection: transposed only.
    (33, 20, 6, 1, 1, 4, 1, 0),
    // One image, odd sizes, more channels than a tile has rows.
    (1, 3, 5, 7, 9, 4, 2, 1),
    (1, 64, 128, 8, 8, 4, 2, 1),
    (1, 7, 13, 11, 5, 3, 1, 1),
    (19, 5, 3, 13, 10, 4, 2, 1),
    // Windows that leave a border of the input unread, that overlap a lot, and that skip pixels.
    (2, 4, 6, 10, 11, 3, 2, 1),
    (2, 3, 4, 12, 9, 5, 3, 2),
    (2, 3, 4, 9, 9, 2, 3, 0),
    (3, 6, 9, 6, 6, 6, 1, 3),
    (1, 1, 1, 1, 1, 1, 1, 0),
];

/// Values in [-1, 1) from a small counter-based generator.
fn values(count: usize, seed: u64) -> Vec<f32> {
    (0..count as u64)
        .map(|i| {
            let mut z = (i + seed * 0x1_0000_0001).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        })
        .collect()
}

fn tensor<const D: usize>(dims: [usize; D], seed: u64, device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values(dims.iter().product(), seed), dims), device)
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("f32 values")
}

/// Largest difference over largest magnitude.
fn relative_error(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let scale = b.iter().fold(1e-6f32, |scale, v| scale.max(v.abs()));
    a.iter().zip(b).fold(0.0f32, |error, (a, b)| error.max((a - b).abs())) / scale
}

fn apply(
    kind: Kind,
    ours: bool,
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    geometry: ConvGeometry,
) -> Tensor<4> {
    let ConvGeometry { stride, padding } = geometry;
    match (kind, ours) {
        (Kind::Conv, true) => conv2d(x, weight, bias, geometry),
        (Kind::Transposed, true) => conv_transpose2d(x, weight, bias, geometry),
        (Kind::Conv, false) => {
            module::conv2d(x, weight, bias, ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1))
        }
        (Kind::Transposed, false) => {
            let options = ConvTransposeOptions::new([stride; 2], [padding; 2], [0, 0], [1, 1], 1);
            module::conv_transpose2d(x, weight, bias, options)
        }
    }
}

/// Output, gradients in input, weight and bias of a weighted sum of the output.
fn all_of(kind: Kind, ours: bool, case: Case, with_bias: bool) -> Vec<Vec<f32>> {
    let (batch, channels_in, channels_out, height, width, kernel, stride, padding) = case;
    let device = Device::flex().autodiff();
    let weight_dims = match kind {
        Kind::Conv => [channels_out, channels_in, kernel, kernel],
        Kind::Transposed => [channels_in, channels_out, kernel, kernel],
    };
    let x = tensor([batch, channels_in, height, width], 1, &device).require_grad();
    let weight = tensor(weight_dims, 2, &device).require_grad();
    let bias = with_bias.then(|| tensor([channels_out], 3, &device).require_grad());
    let y = apply(
        kind,
        ours,
        x.clone(),
        weight.clone(),
        bias.clone(),
        ConvGeometry::new(stride, padding),
    );
    let scale = tensor(y.dims(), 4, &device);
    let grads = (y.clone() * scale).sum().backward();
    let mut all = vec![
        numbers(y),
        numbers(x.grad(&grads).expect("x requires one")),
        numbers(weight.grad(&grads).expect("the weight does")),
    ];
    all.extend(bias.map(|bias| numbers(bias.grad(&grads).expect("the bias does"))));
    all
}

fn check_against_burn(kind: Kind) {
    for &case in CASES {
        for with_bias in [false, true] {
            let (_, _, _, height, width, kernel, stride, padding) = case;
            let leaves_nothing = (height - 1) * stride + kernel <= 2 * padding
                || (width - 1) * stride + kernel <= 2 * padding;
            let does_not_fit = height.min(width) + 2 * padding < kernel;
            if match kind {
                Kind::Conv => does_not_fit,
                Kind::Transposed => leaves_nothing,
            } {
                continue;
            }
            let (ours, theirs) =
                (all_of(kind, true, case, with_bias), all_of(kind, false, case, with_bias));
            for (name, (ours, theirs)) in
                ["output", "x", "weight", "bias"].iter().zip(ours.iter().zip(&theirs))
            {
                let error = relative_error(ours, theirs);
                assert!(error < 1e-4, "{kind:?} {case:?}: {name} differs by {error}");
            }
        }
    }
}

#[test]
fn conv2d_equals_burns_values_and_gradients() {
    check_against_burn(Kind::Conv);
}

#[test]
fn conv_transpose2d_equals_burns_values_and_gradients() {
    check_against_burn(Kind::Transposed);
}

#[test]
fn gradients_equal_finite_differences() {
    for kind in [Kind::Conv, Kind::Transposed] {
        let case = (2, 2, 3, 6, 5, 4, 2, 1);
        let (batch, channels_in, channels_out, height, width, kernel, stride, padding) = case;
        let device = Device::flex();
        let geometry = ConvGeometry::new(stride, padding);
        let x_dims = [batch, channels_in, height, width];
        let weight_dims = match kind {
            Kind::Conv => [channels_out, channels_in, kernel, kernel],
            Kind::Transposed => [channels_in, channels_out, kernel, kernel],
        };
        let (x, weight, bias) = (
            values(x_dims.iter().product(), 1),
            values(weight_dims.iter().product(), 2),
            values(channels_out, 3),
        );
        let loss = |x: &[f32], weight: &[f32], bias: &[f32]| -> f64 {
            let y = apply(
                kind,
                true,
                Tensor::from_data(TensorData::new(x.to_vec(), x_dims), &device),
                Tensor::from_data(TensorData::new(weight.to_vec(), weight_dims), &device),
                Some(Tensor::from_data(TensorData::new(bias.to_vec(), [channels_out]), &device)),
                geometry,
            );
            let scale = values(y.dims().iter().product(), 4);
            numbers(y).iter().zip(scale).map(|(y, s)| f64::from(*y) * f64::from(s)).sum()
        };
        let grads = all_of(kind, true, case, true);
        let step = 0.25f32; // The loss is linear in each value, so a large step has no truncation error.
        for (which, len) in [x.len(), weight.len(), bias.len()].into_iter().enumerate() {
            for index in (0..len).step_by(7) {
                let shifted = |by: f32| {
                    let mut all = [x.clone(), weight.clone(), bias.clone()];
                    all[which][index] += by;
                    loss(&all[0], &all[1], &all[2])
                };
                let expected = (shifted(step) - shifted(-step)) / f64::from(2.0 * step);
                let actual = f64::from(grads[1 + which][index]);
                assert!(
                    (expected - actual).abs() < 1e-3,
                    "{kind:?} parent {which} at {index}: {expected} {actual}"
                );
            }
        }
    }
}

#[test]
fn numbers_do_not_depend_on_the_thread_count() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            [
                (33, 3, 32, 32, 32, 4, 2, 1),
                (64, 16, 32, 16, 16, 4, 2, 1),
                (1, 64, 96, 8, 8, 4, 2, 1),
                (64, 64, 1, 4, 4, 4, 1, 0),
            ]
            .map(|case| {
                [all_of(Kind::Conv, true, case, true), all_of(Kind::Transposed, true, case, true)]
            })
        })
    };
    let one = run(1);
    for threads in [2, 3, 7] {
        assert!(one == run(threads), "{threads} threads gave other numbers than one");
    }
}

#[test]
fn frozen_weights_pass_the_gradient_on() {
    // Editing: weights are constants on the plain device, z is differentiated through them.
    let plain = Device::flex();
    let weight = tensor([4, 6, 4, 4], 2, &plain);
    let z = tensor([2, 4, 5, 5], 1, &plain.clone().autodiff()).require_grad();
    let geometry = ConvGeometry::new(2, 1);
    let grads =
        conv_transpose2d(z.clone(), weight.clone(), None, geometry).powi_scalar(2).sum().backward();
    let expected = {
        let z = tensor([2, 4, 5, 5], 1, &plain.autodiff()).require_grad();
        let y = apply(Kind::Transposed, false, z.clone(), weight.autodiff(), None, geometry);
        let grads = y.powi_scalar(2).sum().backward();
        numbers(z.grad(&grads).unwrap())
    };
    assert!(relative_error(&numbers(z.grad(&grads).unwrap()), &expected) < 1e-4);
}

#[test]
fn only_the_weights_of_data_have_gradients() {
    let device = Device::flex().autodiff();
    let weight = tensor([6, 3, 4, 4], 2, &device).require_grad();
    let data = tensor([2, 3, 8, 8], 1, &device);
    let grads =
        conv2d(data.clone(), weight.clone(), None, ConvGeometry::new(2, 1)).sum().backward();
    assert!(weight.grad(&grads).is_some());
    assert!(data.grad(&grads).is_none());
}

#[test]
fn one_weight_in_both_directions_sums_its_gradients() {
    // A gradient penalty: the critic's input gradient written out with the critic's own weight.
    let geometry = ConvGeometry::new(2, 1);
    let grad_of = |ours: bool| {
        let device = Device::flex().autodiff();
        let weight = tensor([8, 3, 4, 4], 2, &device).require_grad();
        let x = tensor([3, 3, 8, 8], 1, &device);
        let hidden = apply(Kind::Conv, ours, x, weight.clone(), None, geometry).tanh();
        let slope = hidden.clone().powi_scalar(2).neg().add_scalar(1.0);
        let input_grad = apply(Kind::Transposed, ours, slope, weight.clone(), None, geometry);
        let grads = (input_grad.powi_scalar(2).sum() + hidden.sum()).backward();
        numbers(weight.grad(&grads).expect("the weight does"))
    };
    assert!(relative_error(&grad_of(true), &grad_of(false)) < 1e-4);
}

#[test]
fn views_are_read_in_their_own_order() {
    let device = Device::flex();
    let geometry = ConvGeometry::new(2, 1);
    let x = tensor([2, 6, 8, 3], 1, &device).swap_dims(1, 3); // [2, 3, 8, 6], not contiguous
    let weight = tensor([3, 5, 4, 4], 2, &device).swap_dims(0, 1);
    let ours = apply(Kind::Conv, true, x.clone(), weight.clone(), None, geometry);
    let theirs = apply(Kind::Conv, false, x, weight, None, geometry);
    assert!(relative_error(&numbers(ours), &numbers(theirs)) < 1e-4);
}
