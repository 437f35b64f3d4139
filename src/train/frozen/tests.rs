//! The step's gradient, pieced together from short graphs, against the loss in one graph and against
//! finite differences; what a step may touch; what a run reaches.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, TensorData};

use super::super::tests::{images, scalar, tiny};
use super::*;
use crate::models::{Arrays, Model, arrays_from_module};
use crate::protocol::{Family, ModelSpec, Prior, TrainSettings};
use crate::train::{model_arrays, trainer};

const BATCH: usize = 6;

/// Every term large enough to be missed.
fn live() -> LiveSettings {
    LiveSettings {
        code_weight: 0.7,
        adversarial_weight: 0.4,
        lr_encoder: 3e-3,
        ..LiveSettings::default()
    }
}

fn settings() -> TrainSettings {
    TrainSettings { seed: 3, batch: BATCH as u32, ..TrainSettings::for_encoder() }
}

/// A model whose pictures differ from each other: its batch norms' running statistics have come to be
/// those of its activations, which takes some steps of its family.
fn model(spec: &ModelSpec) -> Model {
    let settings = TrainSettings { seed: 3, ..TrainSettings::for_family(spec.family) };
    let state = TrainState::new(Model::new(spec, 3, &Device::flex()), &settings);
    let mut trained = trainer(state, &settings);
    for _ in 0..60 {
        trained.step(&images(BATCH), &settings.live);
    }
    trained.state().average.clone()
}

fn state(spec: &ModelSpec) -> TrainState {
    TrainState::new(model(spec).with_encoder_for_training(false, 3), &settings())
}

fn gan() -> ModelSpec {
    tiny(Family::Gan)
}

/// Everything a step minimises, in one graph, of the networks as they are and not as they are folded.
fn whole_loss(state: &TrainState, encoder: &Encoder) -> Tensor<1> {
    let (model, live) = (&state.model, live());
    let eval = || Pass::new(Mode::Eval);
    let z = step_latents(model, state.seed, state.step, BATCH, &Device::flex());
    let made = model.generator.image(z.clone(), &mut eval());
    let real = images(BATCH).images;
    let both = Tensor::cat(vec![real.clone(), made.clone()], 0).autodiff();
    let code = encoder.forward(both, &mut Pass::new(Mode::Batch)).mean;
    let decoded = model.generator.image(code.clone(), &mut eval());
    let [first, second] = [0, BATCH].map(|from| decoded.clone().narrow(0, from, BATCH));
    let mut loss = mean_squared(first.clone(), real.autodiff())
        + mean_squared(second, made.autodiff())
        + mean_squared(code.narrow(0, BATCH, BATCH), z.autodiff()).mul_scalar(live.code_weight);
    if let Some(d) = &model.discriminator {
        let logit = d.forward(first, &mut eval()).logit;
        loss = loss + softplus(-logit).mean().mul_scalar(live.adversarial_weight);
    }
    loss
}

/// The gradients of a step and the loss it tells, by way of its phases.
fn pieced(trainer: &EncoderTrainer) -> (BTreeMap<String, Vec<f32>>, f32) {
    let (real, live) = (images(BATCH).images, live());
    let encoded = trainer.encode(&real, trainer.generate(BATCH));
    let decoded = trainer.decode(&encoded);
    let compared = trainer.frozen.compare(decoded.clone(), &real, &encoded.generated, &live);
    let gradient = back_through_generator(&encoded, decoded, &compared);
    let work = back_through_encoder(encoded, compared, gradient, &live);
    let Backward { encoded, loss, grads, .. } = work;
    (named(&encoded.encoder, grads), scalar(loss))
}

/// A module's gradients by the names of its parameters.
fn named(encoder: &Encoder, grads: GradientsParams) -> BTreeMap<String, Vec<f32>> {
    struct Gatherer {
        path: crate::models::ModulePath,
        grads: GradientsParams,
        found: BTreeMap<String, Vec<f32>>,
    }
    impl burn::module::ModuleVisitor for Gatherer {
        fn enter_module(&mut self, name: &str, _container: &str) {
            self.path.enter(name);
        }
        fn exit_module(&mut self, _name: &str, _container: &str) {
            self.path.exit();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(grad) = self.grads.remove::<D>(param.id) {
                let values = grad.into_data().try_to_vec().expect("f32");
                self.found.insert(self.path.name(), values);
            }
        }
    }
    let mut gatherer = Gatherer { path: Default::default(), grads, found: BTreeMap::new() };
    encoder.visit(&mut gatherer);
    gatherer.found
}

/// Adds to the values of the parameter of this name.
struct Nudge<'a> {
    path: crate::models::ModulePath,
    name: &'a str,
    direction: &'a [f32],
    by: f32,
    /// The length of what the values were.
    norm: f32,
}

fn length(values: &[f32]) -> f32 {
    values.iter().map(|value| value * value).sum::<f32>().sqrt()
}

impl ModuleMapper for Nudge<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.enter(name);
    }
    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.exit();
    }
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if self.path.name() != self.name {
            return param;
        }
        param.map(|weight| {
            let mut values = weight.to_data().try_to_vec::<f32>().expect("f32");
            self.norm = length(&values);
            for (value, along) in values.iter_mut().zip(self.direction) {
                *value += self.by * along;
            }
            Tensor::from_data(TensorData::new(values, weight.dims()), &weight.device())
        })
    }
}

fn specs() -> [ModelSpec; 4] {
    let uniform = ModelSpec { prior: Prior::Uniform, ..gan() };
    [gan(), uniform, tiny(Family::Vae), tiny(Family::VaeGan)]
}

#[test]
fn the_pieced_gradients_are_those_of_the_whole_loss() {
    for spec in specs() {
        let trainer = EncoderTrainer::new(state(&spec));
        let (found, told) = pieced(&trainer);
        let live_encoder = trainer.state.encoder().clone().train();
        let loss = whole_loss(&trainer.state, &live_encoder);
        let value = scalar(loss.clone());
        assert!((value - told).abs() < 1e-4 * value, "{spec:?}: {value} is not {told}");
        let grads = GradientsParams::from_grads(loss.backward(), &live_encoder);
        let whole = named(&live_encoder, grads);
        assert_eq!(whole.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
        assert!(whole.len() >= 4, "{:?}", whole.keys());
        for (name, whole) in &whole {
            let scale = whole.iter().fold(1e-6_f32, |most, value| most.max(value.abs()));
            for (a, b) in found[name].iter().zip(whole) {
                assert!((a - b).abs() < 2e-3 * scale, "{spec:?} {name}: {a} is not {b}");
            }
        }
    }
}

#[test]
fn the_gradient_agrees_with_finite_differences() {
    for spec in [gan(), tiny(Family::Vae)] {
        let trainer = EncoderTrainer::new(state(&spec));
        let (found, _) = pieced(&trainer);
        let encoder = trainer.state.encoder();
        let nudged = |name: &str, direction: &[f32], by| {
            let mut nudge = Nudge { path: Default::default(), name, direction, by, norm: 0.0 };
            let encoder = encoder.clone().map(&mut nudge);
            (scalar(whole_loss(&trainer.state, &encoder)), nudge.norm)
        };
        let mut compared = 0;
        for (name, gradient) in &found {
            // Along the gradient itself the slope is its length, far above rounding.
            let exact = length(gradient);
            if exact < 2e-2 {
                continue;
            }
            let along: Vec<f32> = gradient.iter().map(|value| value / exact).collect();
            // Weights before a batch norm are small, and kinks are close: so must be the step.
            let (_, norm) = nudged(name, &along, 0.0);
            let step = (5e-4 * norm).clamp(2e-4, 5e-4);
            let (up, down) = (nudged(name, &along, step).0, nudged(name, &along, -step).0);
            let numeric = (up - down) / (2.0 * step);
            let tolerance = 0.05 * exact + 5e-4;
            assert!((numeric - exact).abs() < tolerance, "{name}: {numeric} against {exact}");
            compared += 1;
        }
        assert!(compared >= 4, "{compared} of {}", found.len());
    }
}

fn run(spec: &ModelSpec, steps: usize) -> (Vec<Vec<f32>>, EncoderTrainer) {
    let mut trainer = EncoderTrainer::new(state(spec));
    let told = (0..steps).map(|_| {
        let stats = trainer.step(&images(BATCH), &live());
        let names: Vec<&str> = stats.losses.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, settings().task.loss_names(spec.family));
        stats.losses.into_iter().map(|(_, loss)| scalar(loss)).collect()
    });
    let told = told.collect();
    (told, trainer)
}

fn part(model: &Model, name: &str) -> Arrays {
    let all = model_arrays(model).expect("readable").into_iter();
    all.filter(|(key, _)| key.starts_with(name)).collect()
}

#[test]
fn the_losses_fall_and_generator_and_discriminator_stay_as_they_are() {
    for spec in specs() {
        let before = state(&spec).model;
        let (told, trainer) = run(&spec, 120);
        // Each step draws other latents: single losses say little.
        let mean = |steps: &[Vec<f32>], index: usize| {
            steps.iter().map(|losses| losses[index]).sum::<f32>() / steps.len() as f32
        };
        for (index, name) in ["loss", "recon", "generated", "code"].into_iter().enumerate() {
            let [first, last] = [&told[..10], &told[100..]].map(|steps| mean(steps, index));
            // Pictures of noise are none that G could make, so of `recon` most remains.
            let share = if name == "recon" { 1.0 } else { 0.9 };
            assert!(last < share * first, "{spec:?} {name}: {first} to {last}");
        }
        for model in [&trainer.state.model, &trainer.state.average] {
            for frozen in ["generator.", "discriminator."] {
                assert!(part(model, frozen) == part(&before, frozen), "{spec:?}: {frozen} moved");
            }
            assert!(part(model, "encoder.") != part(&before, "encoder."), "{spec:?}");
        }
        let state = &trainer.state;
        assert!(part(&state.model, "encoder.") != part(&state.average, "encoder."), "an average");
        let idle = ["generator", "discriminator"].map(|network| state.updates()[network]);
        assert_eq!((idle, state.updates()["encoder"], state.step), ([0, 0], 120, 120));
    }
}

#[test]
fn the_posterior_is_a_point_from_the_first_step_to_the_last() {
    for spec in [gan(), tiny(Family::Vae)] {
        let (_, trainer) = run(&spec, 5);
        for model in [&trainer.state.model, &trainer.state.average] {
            let encoder = model.encoder.as_ref().expect("it was trained");
            let posterior = encoder.forward(images(2).images, &mut Pass::new(Mode::Eval));
            let log_variance = posterior.log_variance.into_data().try_to_vec::<f32>();
            let log_variance = log_variance.expect("f32");
            assert!(log_variance.iter().all(|v| (v + 10.0).abs() < 1e-4), "{log_variance:?}");
            let mean = posterior.mean.into_data().try_to_vec::<f32>().expect("f32");
            assert!(mean.iter().any(|v| v.abs() > 1e-3), "{mean:?}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_numbers_and_a_broken_step_leaves_no_trace() {
    let all = |trainer: &EncoderTrainer| trainer.state.arrays().expect("readable");
    let ((told, straight), (again, mut broken)) = (run(&gan(), 3), run(&gan(), 2));
    assert_eq!(told[..2], again[..]);
    let before = all(&broken);
    for phases in 1..=6 {
        for _ in 0..phases {
            assert!(broken.phase(&images(BATCH), &live()).is_none());
        }
        assert!(all(&broken) == before, "nothing shows before the end");
        broken.abandon();
    }
    broken.step(&images(BATCH), &live());
    assert!(all(&broken) == all(&straight));

    let state = &straight.state;
    let restored = TrainState::restore(
        state.average.clone(),
        &settings(),
        all(&straight),
        &state.updates(),
        state.step,
    );
    let mut resumed = trainer(restored.expect("whole"), &settings());
    resumed.step(&images(BATCH), &live());
    broken.step(&images(BATCH), &live());
    assert!(resumed.state().arrays().expect("readable") == all(&broken), "it goes on alike");
}

#[test]
fn an_encoder_is_kept_or_begun_anew_as_asked() {
    let vae = model(&tiny(Family::Vae));
    let weights = |model: &Model| {
        let encoder = model.encoder.as_ref().expect("an encoder");
        arrays_from_module(encoder).expect("readable").remove("down.0.weight")
    };
    let [kept, fresh] = [false, true].map(|fresh| vae.clone().with_encoder_for_training(fresh, 8));
    assert_eq!(weights(&kept), weights(&vae));
    assert_ne!(weights(&fresh), weights(&vae));
    let added = model(&gan()).with_encoder_for_training(false, 8);
    assert!(added.spec.added_encoder && added.encoder.is_some());
    let alone = added.of_family_alone();
    assert!(alone.encoder.is_none() && alone.spec == gan());
    assert!(vae.of_family_alone().encoder.is_some());
}
