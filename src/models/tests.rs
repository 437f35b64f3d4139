//! Shapes, determinism, and what a forward pass may and may not change.

use burn::module::Module as _;
use burn::tensor::{Device, Tensor, TensorData};

use super::{Mode, Model, Pass, arrays_from_module, module_from_arrays};
use crate::protocol::{Family, IMAGE_SIZES, ModelSpec, Normalisation};
use crate::random::{Random, Stream};

fn latents(n: usize, d: usize) -> Tensor<2> {
    let values = Random::new(1, Stream::Test, 0).normals(n * d);
    Tensor::from_data(TensorData::new(values, [n, d]), &Device::flex())
}

fn small(image_size: u32, norm: Normalisation) -> ModelSpec {
    ModelSpec {
        image_size,
        width: 4,
        latent: 6,
        generator_norm: norm,
        discriminator_norm: norm,
        ..ModelSpec::for_family(Family::VaeGan)
    }
}

#[test]
fn every_size_channel_count_and_norm_keeps_its_shapes() {
    for size in IMAGE_SIZES {
        for norm in Normalisation::ALL {
            for channels in [1, 3, 4] {
                let spec = ModelSpec { channels, ..small(size, norm) };
                let model = Model::new(&spec, 0, &Device::flex());
                let image = model.generator.image(latents(2, 6), &mut Pass::new(Mode::Train));
                let (c, s) = (channels as usize, size as usize);
                assert_eq!(image.dims(), [2, c, s, s]);
                let encoder = model.encoder.as_ref().expect("a VAE-GAN has an encoder");
                let posterior = encoder.forward(image.clone(), &mut Pass::new(Mode::Eval));
                assert_eq!(posterior.mean.dims(), [2, 6]);
                assert_eq!(posterior.log_variance.dims(), [2, 6]);
                let d = model.discriminator.as_ref().expect("a VAE-GAN has a discriminator");
                assert_eq!(d.forward(image, &mut Pass::new(Mode::Batch)).logit.dims(), [2]);
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_weights() {
    let spec = small(16, Normalisation::Batch);
    let weights = |seed| {
        arrays_from_module(&Model::new(&spec, seed, &Device::flex()).generator).expect("readable")
    };
    assert_eq!(weights(3), weights(3));
    assert_ne!(weights(3), weights(4));
}

#[test]
fn arrays_round_trip_and_misfits_are_named() {
    let spec = small(16, Normalisation::Batch);
    let device = Device::flex();
    let from = Model::new(&spec, 1, &device).generator;
    let to = Model::new(&spec, 2, &device).generator;
    let arrays = arrays_from_module(&from).expect("readable");
    assert!(arrays.contains_key("up.0.norm.running_mean"), "{:?}", arrays.keys());
    let loaded = module_from_arrays(to.clone(), arrays.clone()).expect("they fit");
    assert_eq!(arrays_from_module(&loaded).expect("readable"), arrays);

    let mut missing = arrays.clone();
    missing.remove("project.weight");
    let error = module_from_arrays(to.clone(), missing).expect_err("one is missing");
    assert!(error.to_string().contains("project.weight"));

    let mut wrong = arrays.clone();
    wrong.insert("project.weight".to_owned(), (vec![1], vec![0.0]));
    let error = module_from_arrays(to.clone(), wrong).expect_err("one has another shape");
    assert!(error.to_string().contains("[1]"));

    let mut extra = arrays;
    extra.insert("other".to_owned(), (vec![1], vec![0.0]));
    assert!(module_from_arrays(to, extra).is_err());
}

#[test]
fn only_a_training_pass_measures_and_only_absorb_changes_a_model() {
    let spec = small(16, Normalisation::Batch);
    let generator = Model::new(&spec, 0, &Device::flex()).generator;
    let before = arrays_from_module(&generator).expect("readable");
    for mode in [Mode::Batch, Mode::Eval] {
        let mut pass = Pass::new(mode);
        // An autodiff copy must not corrupt the original either.
        generator.clone().train().image(latents(4, 6).autodiff(), &mut pass);
        assert!(pass.into_measured().is_empty());
    }
    let mut pass = Pass::new(Mode::Train);
    generator.image(latents(4, 6), &mut pass);
    assert_eq!(arrays_from_module(&generator).expect("readable"), before);
    let moved = arrays_from_module(&generator.absorb(pass.into_measured())).expect("readable");
    assert_ne!(moved["project.norm.running_var"], before["project.norm.running_var"]);
    assert_eq!(moved["project.weight"], before["project.weight"]);
}

#[test]
fn a_gradient_on_z_agrees_with_finite_differences() {
    let spec = ModelSpec { width: 4, latent: 3, ..small(16, Normalisation::Batch) };
    let generator = Model::new(&spec, 0, &Device::flex()).generator;
    let energy = |z: Tensor<2>| generator.image(z, &mut Pass::new(Mode::Eval)).square().sum();
    let z = Tensor::<2>::from_data([[0.3, -0.8, 1.1]], &Device::flex());
    let leaf = z.clone().autodiff().require_grad();
    let grads = energy(leaf.clone()).backward();
    let exact =
        leaf.grad(&grads).expect("z is a leaf").into_data().try_to_vec::<f32>().expect("f32");
    let step = 1e-2;
    for (dim, exact) in exact.into_iter().enumerate() {
        let mut direction = [[0.0; 3]];
        direction[0][dim] = step;
        let delta = Tensor::<2>::from_data(direction, &Device::flex());
        let up: f32 = energy(z.clone() + delta.clone()).into_scalar();
        let down: f32 = energy(z.clone() - delta).into_scalar();
        let numeric = (up - down) / (2.0 * step);
        let scale = exact.abs().max(1e-3);
        assert!((numeric - exact).abs() / scale < 2e-2, "dim {dim}: {numeric} against {exact}");
    }
}

#[test]
fn the_estimate_counts_exactly_what_is_built() {
    for family in Family::ALL {
        for size in IMAGE_SIZES {
            for norm in Normalisation::ALL {
                let spec = ModelSpec { family, ..small(size, norm) };
                let built = Model::new(&spec, 0, &Device::flex()).networks();
                assert_eq!(crate::protocol::estimate(&spec, 8).networks, built, "{spec:?}");
                let spec = spec.with_encoder();
                let built = Model::new(&spec, 0, &Device::flex()).networks();
                let estimate = crate::protocol::estimate_encoder(&spec, 8);
                assert_eq!(estimate.networks, built, "{spec:?}");
            }
        }
    }
}

/// A generator whose every number is off its beginning, running statistics too.
fn shaken(norm: Normalisation) -> Model {
    let model = Model::new(&small(16, norm), 2, &Device::flex());
    let mut arrays = arrays_from_module(&model.generator).expect("readable");
    for (number, (name, (_, values))) in arrays.iter_mut().enumerate() {
        let mut random = Random::new(5, Stream::Test, number as u64);
        for value in values {
            // A variance stays positive, and weights stay such that tanh is not saturated.
            *value = if name.ends_with("running_var") {
                0.3 + random.uniform()
            } else {
                *value + 0.2 * (random.uniform() - 0.5)
            };
        }
    }
    let generator = module_from_arrays(model.generator, arrays).expect("the same names");
    Model { generator, ..model }
}

fn image(model: &Model, z: Tensor<2>) -> Tensor<4> {
    model.generator.image(z, &mut Pass::new(Mode::Eval))
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("f32")
}

fn relative_error(found: &[f32], expected: &[f32]) -> f64 {
    let square = |v: f64| v * v;
    let pairs = found.iter().zip(expected);
    let error: f64 = pairs.map(|(a, b)| square(f64::from(*a) - f64::from(*b))).sum();
    (error / expected.iter().map(|v| square(f64::from(*v))).sum::<f64>()).sqrt()
}

#[test]
fn derivatives_agree_with_autodiff_and_with_differences() {
    for norm in Normalisation::ALL {
        let model = shaken(norm);
        let (z, along) = (latents(1, 6), latents(5, 6).slice([1..5, 0..6]));
        let found = model.generator.derivatives(z.clone(), along.clone()); // [4, 3, 16, 16]
        assert_eq!(found.dims(), [4, 3, 16, 16]);

        let step = 2e-3;
        let ahead = image(&model, z.clone() + along.clone().mul_scalar(step));
        let behind = image(&model, z.clone() - along.clone().mul_scalar(step));
        let differences = numbers((ahead - behind).div_scalar(2.0 * step));
        let error = relative_error(&numbers(found.clone()), &differences);
        assert!(error < 1e-2, "{norm:?}: {error} from differences");

        // ⟨u, J v⟩ = ⟨Jᵀ u, v⟩: what autodiff says of the same network, without a step.
        let values = Random::new(8, Stream::Test, 0).normals(3 * 16 * 16);
        let u = Tensor::<4>::from_data(TensorData::new(values, [1, 3, 16, 16]), &Device::flex());
        let leaf = z.autodiff().require_grad();
        let loss = (image(&model, leaf.clone()) * u.clone().autodiff()).sum();
        let grads = loss.backward();
        let pulled = leaf.grad(&grads).expect("z moves the picture"); // [1, 6]
        let expected = numbers((along * pulled).sum_dim(1));
        let error = relative_error(&numbers((found * u).sum_dims(&[1, 2, 3])), &expected);
        assert!(error < 1e-4, "{norm:?}: {error} from autodiff");
    }
}

#[test]
fn the_first_weight_is_the_slope_of_the_first_layer() {
    for norm in [Normalisation::Batch, Normalisation::None] {
        let model = shaken(norm);
        // Where all pre-activations are above 0 the ReLU is the identity: pushed there by the shift.
        let mut arrays = arrays_from_module(&model.generator).expect("readable");
        let shift = if norm == Normalisation::Batch { "project.norm.bias" } else { "project.bias" };
        arrays.get_mut(shift).expect("a shift").1.fill(100.0);
        let generator = module_from_arrays(model.generator, arrays).expect("the same names");
        let hidden = |z| generator.hidden(z, 0, &mut Pass::new(Mode::Eval));
        let moved = hidden(Tensor::eye(6, &Device::flex())); // [6, C₀, 4, 4]
        let slopes = moved - hidden(Tensor::zeros([1, 6], &Device::flex()));
        let found = numbers(generator.first_weight());
        assert!(relative_error(&found, &numbers(slopes)) < 1e-3, "{norm:?}");
    }
}

#[test]
fn hidden_layers_double_from_four_pixels() {
    let model = Model::new(&small(32, Normalisation::Batch), 0, &Device::flex());
    assert_eq!(model.generator.hidden_layers(), 3);
    let dims =
        |layer| model.generator.hidden(latents(2, 6), layer, &mut Pass::new(Mode::Eval)).dims();
    assert_eq!([dims(0), dims(1), dims(2)], [[2, 16, 4, 4], [2, 8, 8, 8], [2, 4, 16, 16]]);
}
