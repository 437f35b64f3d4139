//! The step's gradients, pieced together from many short graphs, against the loss in one graph, and
//! that loss against finite differences.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};

use super::super::tests::{images, scalar, tiny};
use super::*;
use crate::models::{LabelProbe, Model, module_from_arrays};
use crate::protocol::Family;
use crate::random::{Random, Stream};
use crate::train::Probe;
use crate::train::loss::label_cross_entropy;

const BATCH: usize = 6;

fn live() -> LiveSettings {
    // Every term large enough to be missed.
    LiveSettings {
        beta: 3.0,
        feature_weight: 0.5,
        adversarial_weight: 0.7,
        label_weight: 2.0,
        ..LiveSettings::default()
    }
}

fn settings() -> TrainSettings {
    TrainSettings { seed: 3, batch: 6, ..TrainSettings::for_family(Family::VaeGan) }
}

fn state() -> TrainState {
    let model = Model::new(&tiny(Family::VaeGan), 3, &Device::flex());
    let mut state = TrainState::new(model, &settings());
    // Weights of zero would keep the label term from the encoder.
    let values = Random::new(7, Stream::Test, 2).normals(3 * 4);
    let arrays = [("weight", vec![3, 4], values), ("bias", vec![3], vec![0.3, -0.2, 0.1])];
    let arrays = arrays.map(|(name, shape, values)| (name.to_owned(), (shape, values)));
    let classifier = LabelProbe::new(4, 3, &Device::flex());
    let classifier = module_from_arrays(classifier, arrays.into()).expect("it fits");
    let adam = state.adam_encoder.fresh();
    state.probe = Some(Probe { classifier, adam });
    state
}

/// A module's gradients in the order of its parameters, empty for one that has none.
struct Collector<'a> {
    grads: &'a GradientsParams,
    found: Vec<Vec<f32>>,
}

impl ModuleVisitor for Collector<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let values = self
            .grads
            .get::<D>(param.id)
            .map(|grad| grad.into_data().try_to_vec::<f32>().expect("f32"));
        self.found.push(values.unwrap_or_default());
    }
}

fn collect<M: Module>(module: &M, grads: &GradientsParams) -> Vec<Vec<f32>> {
    let mut collector = Collector { grads, found: Vec::new() };
    module.visit(&mut collector);
    collector.found
}

/// Moves one value of one parameter.
struct Nudge {
    parameter: usize,
    index: usize,
    by: f32,
    seen: usize,
}

impl ModuleMapper for Nudge {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.seen += 1;
        if self.seen - 1 != self.parameter {
            return param;
        }
        param.map(|weight| {
            let mut data = weight.to_data();
            let mut values = data.try_to_vec::<f32>().expect("f32");
            values[self.index] += self.by;
            data = burn::tensor::TensorData::new(values, weight.dims());
            Tensor::from_data(data, &weight.device())
        })
    }
}

fn nudged<M: Module>(module: &M, parameter: usize, index: usize, by: f32) -> M {
    module.clone().map(&mut Nudge { parameter, index, by, seen: 0 })
}

/// What a step minimises in En, G and the label term's classifier, in one graph. The game's codes are given, so that it does not
/// reach En.
fn whole_loss(
    state: &TrainState,
    encoder: &Encoder,
    generator: &Generator,
    classifier: &LabelProbe,
    game_codes: Tensor<2>,
) -> Tensor<1> {
    let (live, d) = (live(), state.discriminator());
    let objective = objective(&settings());
    let Batch { images: pictures, labels } = images(BATCH);
    let noise = step_noise(&state.model, state.seed, state.step, BATCH, &Device::flex());
    let posterior = encoder.forward(pictures.clone().autodiff(), &mut Pass::new(Mode::Batch));
    let code = posterior.sample(noise.autodiff());
    let reconstructed = generator.image(code.clone(), &mut Pass::new(Mode::Batch));
    let labels = labels.expect("labels").autodiff();
    let labels = label_cross_entropy(classifier.logits(code), labels);
    let seen = |x: Tensor<4>| d.forward(x, &mut Pass::new(Mode::Batch)).features;
    let features = mean_squared(seen(reconstructed.clone()), seen(pictures.clone()).autodiff());
    let [_, c, h, w] = pictures.dims();
    let recon = gaussian_nll(mean_squared(reconstructed, pictures.autodiff()));
    let kl = kl_divergence(&posterior).mul_scalar(live.beta / (c * h * w) as f64);
    let prior = step_latents(&state.model, state.seed, state.step, BATCH, &Device::flex());
    let both = Tensor::cat(vec![game_codes, prior], 0).autodiff();
    let game = generator.image(both, &mut Pass::new(Mode::Batch));
    let fooled = adversarial_loss(d, objective.as_ref(), game);
    recon
        + features.mul_scalar(live.feature_weight)
        + kl
        + labels.mul_scalar(live.label_weight)
        + fooled.mul_scalar(live.adversarial_weight)
}

#[track_caller]
fn alike(pieced: &[Vec<f32>], whole: &[Vec<f32>]) {
    assert_eq!(pieced.len(), whole.len());
    assert!(whole.iter().filter(|values| !values.is_empty()).count() >= 4);
    for (parameter, (pieced, whole)) in pieced.iter().zip(whole).enumerate() {
        assert_eq!(pieced.len(), whole.len(), "parameter {parameter}");
        let scale = whole.iter().fold(1e-6_f32, |most, value| most.max(value.abs()));
        for (a, b) in pieced.iter().zip(whole) {
            assert!((a - b).abs() < 1e-3 * scale, "parameter {parameter}: {a} is not {b}");
        }
    }
}

#[test]
fn the_pieced_gradients_are_those_of_the_whole_loss() {
    let state = state();
    let (objective, live) = (objective(&settings()), live());
    let batch = images(BATCH);
    let mut work = encode(&state, &batch.images);
    work.play();
    let compared = work.compare(&batch.images, &live);
    let half = work.reconstruction_to_decoder(compared);
    let recon = work.reconstruction_to_encoder(half, &batch, &live);
    let fooled = work.fool(objective.as_ref(), &live);
    let game = handed_on(work.game.clone(), fooled.gradient.clone());
    let game = GradientsParams::from_grads(game.backward(), &work.generator);
    let encoder_grads = collect(&work.encoder, &recon.encoder_grads);
    let decoder = gradients::add(&work.generator, game, recon.generator_grads);
    let decoder_grads = collect(&work.generator, &decoder);

    let codes = work.code.clone().inner();
    let classifier = state.probe.as_ref().expect("a probe").classifier.clone().train();
    let loss = whole_loss(&state, &work.encoder, &work.generator, &classifier, codes);
    let told =
        scalar(recon.loss.clone()) + live.adversarial_weight as f32 * scalar(fooled.g_loss.clone());
    let value = scalar(loss.clone());
    assert!((value - told).abs() < 1e-4 * value.abs(), "{value} is not {told}");
    let mut grads = loss.backward();
    let whole = GradientsParams::from_module(&mut grads, &work.encoder);
    alike(&encoder_grads, &collect(&work.encoder, &whole));
    let whole = GradientsParams::from_module(&mut grads, &work.generator);
    alike(&decoder_grads, &collect(&work.generator, &whole));
    let whole = collect(&classifier, &GradientsParams::from_module(&mut grads, &classifier));
    let pieced = recon.labels.expect("a label term").grads;
    let pieced = collect(&classifier, &pieced);
    assert_eq!(whole.iter().map(Vec::len).collect::<Vec<_>>(), [12, 3]);
    for (a, b) in pieced.iter().flatten().zip(whole.iter().flatten()) {
        assert!((a - b).abs() < 1e-6, "{a} is not {b}");
    }
}

/// The steepest value of every parameter: far above rounding.
fn steepest(grads: &[Vec<f32>]) -> impl Iterator<Item = (usize, usize, f32)> {
    grads.iter().enumerate().filter_map(|(parameter, values)| {
        let steep = values.iter().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
        steep.map(|(index, grad)| (parameter, index, *grad))
    })
}

#[test]
fn the_whole_loss_agrees_with_finite_differences() {
    let state = state();
    let (encoder, generator) = (state.encoder().clone(), state.model.generator.clone());
    let pictures = images(BATCH).images;
    let codes = encode(&state, &pictures).code.inner();
    let (live_encoder, live_generator) = (encoder.clone().train(), generator.clone().train());
    let classifier = state.probe.as_ref().expect("a probe").classifier.clone();
    let live_classifier = classifier.clone().train();
    let loss = whole_loss(&state, &live_encoder, &live_generator, &live_classifier, codes.clone());
    let mut grads = loss.backward();
    let of_encoder = GradientsParams::from_module(&mut grads, &live_encoder);
    let of_encoder = collect(&live_encoder, &of_encoder);
    let of_generator = GradientsParams::from_module(&mut grads, &live_generator);
    let of_generator = collect(&live_generator, &of_generator);
    let of_classifier = GradientsParams::from_module(&mut grads, &live_classifier);
    let of_classifier = collect(&live_classifier, &of_classifier);
    let whole = |e: &Encoder, g: &Generator, c: &LabelProbe| {
        scalar(whole_loss(&state, e, g, c, codes.clone()))
    };
    let value = |e: &Encoder, g: &Generator| whole(e, g, &classifier);
    let step = 2e-3;
    let check = |what: &str, exact: f32, up: f32, down: f32| {
        let numeric = (up - down) / (2.0 * step);
        let tolerance = 0.03 * exact.abs() + 2e-4;
        assert!((numeric - exact).abs() < tolerance, "{what}: {numeric} against {exact}");
    };
    for (parameter, index, exact) in steepest(&of_encoder) {
        let at = |by| value(&nudged(&encoder, parameter, index, by), &generator);
        check(&format!("encoder {parameter}[{index}]"), exact, at(step), at(-step));
    }
    for (parameter, index, exact) in steepest(&of_generator) {
        let at = |by| value(&encoder, &nudged(&generator, parameter, index, by));
        check(&format!("generator {parameter}[{index}]"), exact, at(step), at(-step));
    }
    for (parameter, index, exact) in steepest(&of_classifier) {
        let at = |by| whole(&encoder, &generator, &nudged(&classifier, parameter, index, by));
        check(&format!("classifier {parameter}[{index}]"), exact, at(step), at(-step));
    }
}

#[test]
fn the_decoders_update_leaves_d_alone_and_the_game_leaves_the_encoder_alone() {
    let state = state();
    let objective = objective(&settings());
    let batch = images(BATCH);
    let pictures = batch.images.clone();
    let arrays =
        |d: &crate::models::Discriminator| crate::models::arrays_from_module(d).expect("readable");
    let step = |adversarial_weight| {
        let live = LiveSettings { adversarial_weight, ..live() };
        let mut work = encode(&state, &pictures);
        work.play();
        let judged = judge_real(work.next.discriminator(), objective.as_ref(), pictures.clone());
        let judged = judge_fake(judged, objective.as_ref(), work.game.clone().inner());
        let lr = live.lr_discriminator;
        let critic = update_critic(judged, &mut work.next, objective.as_ref(), &pictures, lr);
        let judge = arrays(work.next.discriminator());
        let compared = work.compare(&pictures, &live);
        let half = work.reconstruction_to_decoder(compared);
        let recon = work.reconstruction_to_encoder(half, &batch, &live);
        let fooled = work.fool(objective.as_ref(), &live);
        let (next, _) = work.update(critic, recon, fooled, &live);
        assert!(arrays(next.discriminator()) == judge, "D moved after its own update");
        next
    };
    let (weak, strong) = (step(0.0), step(5.0));
    let encoder =
        |s: &TrainState| crate::models::arrays_from_module(s.encoder()).expect("readable");
    assert!(encoder(&weak) == encoder(&strong), "the game reached the encoder");
    let decoder =
        |s: &TrainState| crate::models::arrays_from_module(&s.model.generator).expect("readable");
    assert!(decoder(&weak) != decoder(&strong), "the game did not reach the decoder");
}
