//! Losses against finite differences, Adam against PyTorch, determinism, and what a step may touch.

use burn::module::{Module, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

use super::loss::{
    bernoulli_nll, cross_entropy, gaussian_nll, kl_divergence, label_cross_entropy, mean_squared,
    softplus,
};
use super::{Adam, AdamConfig, Batch, TrainState, Trainer, model_arrays, trainer};
use crate::models::{Arrays, Model, Posterior};
use crate::protocol::{Family, LABEL_LOSS, Likelihood, LiveSettings, ModelSpec, TrainSettings};
use crate::random::{Random, Stream};

pub(super) fn tiny(family: Family) -> ModelSpec {
    ModelSpec { image_size: 16, width: 4, latent: 4, ..ModelSpec::for_family(family) }
}

/// Pictures of noise with three labels, which only a label term looks at.
pub(super) fn images(count: usize) -> Batch {
    let device = Device::flex();
    let values = Random::new(5, Stream::Test, 1).symmetric_uniforms(count * 3 * 16 * 16);
    let data = TensorData::new(values, [count, 3, 16, 16]);
    let labels = (0..count * 3).map(|i| f32::from(u8::from(i % 4 == 0 || i % 7 == 2)));
    let labels = TensorData::new(labels.collect::<Vec<f32>>(), [count, 3]);
    Batch {
        images: Tensor::from_data(data, &device),
        labels: Some(Tensor::from_data(labels, &device)),
    }
}

fn new_trainer(family: Family, seed: u64) -> Box<dyn Trainer> {
    let settings = TrainSettings { seed, batch: 6, ..TrainSettings::for_family(family) };
    let model = Model::new(&tiny(family), seed, &Device::flex());
    trainer(TrainState::new(model, &settings), &settings)
}

fn weights(trainer: &dyn Trainer) -> Arrays {
    model_arrays(&trainer.state().model).expect("readable")
}

/// Without a label term and with one.
fn both_ways() -> [LiveSettings; 2] {
    [0.0, 2.0].map(|label_weight| LiveSettings { label_weight, ..LiveSettings::default() })
}

pub(super) fn scalar(tensor: Tensor<1>) -> f32 {
    tensor.inner().into_data().try_to_vec::<f32>().expect("f32")[0]
}

/// Checks a loss of a `[2, 3]` leaf against central differences.
fn check_gradient(name: &str, loss: impl Fn(Tensor<2>) -> Tensor<1>) {
    let at = [0.7_f32, -1.3, 0.2, 2.1, -0.4, 0.9];
    let tensor = |values: &[f32]| {
        Tensor::<2>::from_data(TensorData::new(values.to_vec(), [2, 3]), &Device::flex())
    };
    let leaf = tensor(&at).autodiff().require_grad();
    let grads = loss(leaf.clone()).backward();
    let exact = leaf.grad(&grads).expect("a leaf").into_data().try_to_vec::<f32>().expect("f32");
    for index in 0..at.len() {
        let step = 1e-2;
        let (mut up, mut down) = (at, at);
        up[index] += step;
        down[index] -= step;
        let numeric = (scalar(loss(tensor(&up))) - scalar(loss(tensor(&down)))) / (2.0 * step);
        let tolerance = 2e-3 * (1.0 + exact[index].abs());
        let difference = (numeric - exact[index]).abs();
        assert!(difference < tolerance, "{name}[{index}]: {numeric} against {}", exact[index]);
    }
}

#[test]
fn every_loss_agrees_with_finite_differences() {
    let flat = |x: Tensor<2>| x.reshape([6]);
    let picture = |x: Tensor<2>| x.reshape([1, 1, 2, 3]);
    let target =
        || Tensor::<4>::from_data([[[[0.9_f32, -0.8, 0.1], [0.4, -0.2, 1.0]]]], &Device::flex());
    check_gradient("softplus", |x| softplus(flat(x)).sum());
    for label in [0.0, 0.9, 1.0] {
        check_gradient("cross entropy", |x| cross_entropy(flat(x), label));
    }
    let labels = || Tensor::<2>::from_data([[1.0_f32, 0.0, 1.0], [0.0, 0.0, 1.0]], &Device::flex());
    check_gradient("labels", |x| label_cross_entropy(x, labels()));
    check_gradient("squared", |x| mean_squared(picture(x), target()));
    check_gradient("gaussian", |x| {
        gaussian_nll(mean_squared(picture(x).tanh(), target())).mul_scalar(0.01)
    });
    check_gradient("bernoulli", |x| bernoulli_nll(picture(x), target()));
    check_gradient("kl mean", |x| {
        kl_divergence(&Posterior { log_variance: x.zeros_like(), mean: x })
    });
    check_gradient("kl variance", |x| {
        kl_divergence(&Posterior { mean: x.zeros_like(), log_variance: x })
    });
}

#[test]
fn losses_have_their_known_values() {
    let device = Device::flex();
    let zero = Tensor::<1>::zeros([4], &device);
    let ln2 = std::f32::consts::LN_2;
    assert!((scalar(cross_entropy(zero.clone(), 1.0)) - ln2).abs() < 1e-6);
    assert!((scalar(cross_entropy(zero, 0.0)) - ln2).abs() < 1e-6);
    // −log σ(2) where the label is there, −log(1 − σ(2)) where not.
    let logits = Tensor::<2>::full([1, 2], 2.0, &device);
    let labels = Tensor::<2>::from_data([[1.0_f32, 0.0]], &device);
    let expected = (0.126_928 + 2.126_928) / 2.0;
    assert!((scalar(label_cross_entropy(logits, labels)) - expected).abs() < 1e-5);
    // No overflow far from zero.
    let far = Tensor::<1>::from_data([200.0_f32, -200.0], &device);
    let values = softplus(far).into_data().try_to_vec::<f32>().expect("f32");
    assert_eq!(values, [200.0, 0.0]);
    // KL(N(1, 1) ‖ N(0, 1)) = 1/2 a dimension.
    let mean = Tensor::<2>::ones([5, 3], &device);
    let kl = kl_divergence(&Posterior { log_variance: mean.zeros_like(), mean });
    assert!((scalar(kl) - 1.5).abs() < 1e-6);
}

#[derive(Module, Debug)]
struct Three {
    weight: Param<Tensor<1>>,
}

#[test]
fn adam_equals_pytorch() {
    // Printed by scripts/reference_adam.py.
    let expected: [[f64; 3]; 4] = [
        [0.490_000_01, -0.990_000_01, 1.990_000_01],
        [0.479_470_43, -0.979_462_27, 1.979_461_31],
        [0.468_295_19, -0.968_213_68, 1.968_236_80],
        [0.456_497_88, -0.956_283_81, 1.956_343_17],
    ];
    let start = Tensor::from_data([0.5_f32, -1.0, 2.0], &Device::flex());
    let mut module = Three { weight: Param::from_tensor(start) };
    let mut adam = Adam::new(AdamConfig::new(0.5, 0.999));
    for (step, expected) in expected.into_iter().enumerate() {
        let mut grads = GradientsParams::new();
        let grad = module.weight.val().mul_scalar(step as f64 + 1.0).add_scalar(0.1);
        grads.register(module.weight.id, grad);
        module = adam.step(module, grads, 0.01);
        let found = module.weight.val().into_data().try_to_vec::<f32>().expect("f32");
        for (found, expected) in found.into_iter().zip(expected) {
            assert!(
                (f64::from(found) - expected).abs() < 1e-6,
                "step {step}: {found} against {expected}"
            );
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_numbers() {
    for (family, live) in Family::ALL.into_iter().flat_map(|f| both_ways().map(|live| (f, live))) {
        let run = |seed| {
            let mut trainer = new_trainer(family, seed);
            let mut losses = Vec::new();
            for _ in 0..3 {
                let stats = trainer.step(&images(6), &live);
                losses.extend(stats.losses.into_iter().map(|(_, loss)| scalar(loss)));
            }
            assert!(losses.iter().all(|loss| loss.is_finite()), "{family}: {losses:?}");
            (losses, trainer.state().arrays().expect("readable"))
        };
        assert_eq!(run(1), run(1), "{family}");
        assert_ne!(run(1).0, run(2).0, "{family}");
    }
}

#[test]
fn an_abandoned_step_leaves_no_trace() {
    for (family, live) in Family::ALL.into_iter().flat_map(|f| both_ways().map(|live| (f, live))) {
        let mut straight = new_trainer(family, 1);
        let mut broken = new_trainer(family, 1);
        straight.step(&images(6), &live);
        broken.step(&images(6), &live);
        let all = |trainer: &dyn Trainer| trainer.state().arrays().expect("readable");
        let before = all(broken.as_ref());
        // Into the middle of the next step, then away.
        assert!(broken.phase(&images(6), &live).is_none());
        assert!(broken.phase(&images(6), &live).is_none());
        assert_eq!(all(broken.as_ref()), before, "{family}: nothing shows before the end");
        broken.abandon();
        straight.step(&images(6), &live);
        broken.step(&images(6), &live);
        assert_eq!(all(broken.as_ref()), all(straight.as_ref()), "{family}");
    }
}

#[test]
fn a_restored_run_goes_on_as_if_it_had_not_stopped() {
    for (family, live) in Family::ALL.into_iter().flat_map(|f| both_ways().map(|live| (f, live))) {
        let settings = TrainSettings { seed: 1, batch: 6, ..TrainSettings::for_family(family) };
        let mut straight = new_trainer(family, 1);
        straight.step(&images(6), &live);
        let state = straight.state();
        let arrays = state.arrays().expect("readable");
        let (average, updates, step) = (state.average.clone(), state.updates(), state.step);
        let restored = TrainState::restore(average, &settings, arrays, &updates, step);
        let mut resumed = trainer(restored.expect("whole"), &settings);
        straight.step(&images(6), &live);
        resumed.step(&images(6), &live);
        let all = |trainer: &dyn Trainer| trainer.state().arrays().expect("readable");
        assert_eq!(all(resumed.as_ref()), all(straight.as_ref()), "{family}");
        assert_eq!(resumed.state().updates(), straight.state().updates(), "{family}");
        let average = |t: &dyn Trainer| model_arrays(&t.state().average).expect("readable");
        assert_eq!(average(resumed.as_ref()), average(straight.as_ref()), "{family}");
    }
}

#[test]
fn a_label_term_is_learned_saved_and_begun_anew_where_a_run_has_none() {
    let live = LiveSettings { label_weight: 1.0, lr_encoder: 1e-3, ..LiveSettings::default() };
    for family in [Family::Vae, Family::VaeGan] {
        let mut trained = new_trainer(family, 1);
        let batch = images(6);
        let mut labels = || {
            let stats = trained.step(&batch, &live);
            let (name, loss) = stats.losses.last().cloned().expect("losses");
            assert_eq!(name, LABEL_LOSS);
            scalar(loss)
        };
        let first = labels();
        assert!((first - std::f32::consts::LN_2).abs() < 1e-6, "{family}: weights of zero");
        let last = (0..80).map(|_| labels()).last().expect("steps");
        assert!(last < 0.6 * first, "{family}: {first} to {last}");

        let state = trained.state();
        let mut arrays = state.arrays().expect("readable");
        assert_eq!(arrays["probe.weight"].0, [3, 4], "{family}");
        assert!(!weights(trained.as_ref()).keys().any(|name| name.contains("probe")));
        // A run saved before there was a label term.
        arrays.retain(|name, _| !name.contains("probe"));
        let settings = TrainSettings { seed: 1, batch: 6, ..TrainSettings::for_family(family) };
        let (average, updates) = (state.average.clone(), state.updates());
        let older = TrainState::restore(average.clone(), &settings, arrays.clone(), &updates, 81);
        let mut older = trainer(older.expect("whole"), &settings);
        let stats = older.step(&batch, &live);
        let begun = scalar(stats.losses.last().cloned().expect("losses").1);
        assert!((begun - std::f32::consts::LN_2).abs() < 1e-6, "{family}: fresh again");
        assert_eq!(older.state().updates()["probe"], 1, "{family}");
        // One that does not fit is refused.
        arrays.insert("probe.weight".to_owned(), (vec![3, 5], vec![0.0; 15]));
        arrays.insert("probe.bias".to_owned(), (vec![3], vec![0.0; 3]));
        assert!(TrainState::restore(average, &settings, arrays, &updates, 81).is_err());
    }
}

#[test]
fn labels_that_weigh_nothing_change_nothing() {
    for family in Family::ALL {
        let run = |batch: Batch| {
            let mut trainer = new_trainer(family, 1);
            trainer.step(&batch, &LiveSettings::default());
            trainer.state().arrays().expect("readable")
        };
        assert_eq!(run(images(6)), run(Batch { labels: None, ..images(6) }), "{family}");
    }
}

#[test]
fn training_lowers_the_loss_it_minimises() {
    for likelihood in [Likelihood::Gaussian, Likelihood::Bernoulli] {
        let spec = ModelSpec { likelihood, ..tiny(Family::Vae) };
        let settings = TrainSettings::for_family(Family::Vae);
        let state = TrainState::new(Model::new(&spec, 1, &Device::flex()), &settings);
        let mut trainer = trainer(state, &settings);
        let batch = images(6);
        let mut loss = || scalar(trainer.step(&batch, &settings.live).losses[0].1.clone());
        let first = loss();
        let last = (0..60).map(|_| loss()).last().expect("sixty steps");
        // Random pixels are not binary, so the cross-entropy cannot fall below their entropy, 1/2.
        let floor = if likelihood == Likelihood::Bernoulli { 0.5 } else { 0.0 };
        assert!(last - floor < 0.7 * (first - floor), "{likelihood:?}: {first} to {last}");
    }
}

#[test]
fn the_average_follows_at_its_decay() {
    let mut trainer = new_trainer(Family::Gan, 1);
    let off = LiveSettings { ema_decay: 0.0, ..LiveSettings::default() };
    trainer.step(&images(6), &off);
    let state = trainer.state();
    let model = |m: &Model| model_arrays(m).expect("readable");
    assert_eq!(model(&state.average), model(&state.model), "no decay copies");
    let slow = LiveSettings { ema_decay: 0.999, ..LiveSettings::default() };
    trainer.step(&images(6), &slow);
    let state = trainer.state();
    let name = "generator.project.weight";
    assert_ne!(model(&state.average)[name], model(&state.model)[name]);
}

#[test]
fn every_trainer_tells_the_losses_its_family_declares() {
    for family in Family::ALL {
        let stats = new_trainer(family, 1).step(&images(6), &LiveSettings::default());
        let names: Vec<&str> = stats.losses.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, family.loss_names(), "{family}");
    }
}

#[test]
fn weights_that_do_not_fit_are_named_as_in_the_file() {
    let spec = tiny(Family::Vae);
    let model = Model::new(&spec, 0, &Device::flex());
    let arrays = || model_arrays(&model).expect("readable");
    let told = |arrays: Arrays| {
        let error = super::load_model(&spec, arrays, &Device::flex()).expect_err("refused");
        error.to_string()
    };
    let name = "encoder.down.0.weight";
    let mut wrong = arrays();
    wrong.insert(name.to_owned(), (vec![2, 2], vec![0.0; 4]));
    let text = told(wrong);
    assert!(text.contains("'encoder.down.0.weight' have shape [2, 2]"), "{text}");
    assert!(text.contains("use the file as its program wrote it"), "{text}");
    let mut missing = arrays();
    missing.remove(name);
    assert!(told(missing).contains("'encoder.down.0.weight' are missing"));
    let mut unused = arrays();
    unused.insert("generator.more".to_owned(), (vec![1], vec![0.0]));
    assert!(told(unused).contains("'generator.more' belong to no part"));
}
