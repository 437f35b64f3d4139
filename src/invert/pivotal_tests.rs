//! Pivotal tuning: gradients against finite differences, a photo that is reached, and what stays as it was.

use burn::tensor::{Device, Tensor, TensorData};

use super::{FeatureNetwork, Networks, Pivotal};
use crate::models::{GeneratorChange, Mode, Model, Pass, arrays_from_module};
use crate::protocol::{Family, ModelSpec, Normalisation, PivotalSettings, Prior};
use crate::random::{Random, Stream};

fn tiny(norm: Normalisation) -> Model {
    let spec = ModelSpec {
        image_size: 16,
        latent: 6,
        width: 4,
        generator_norm: norm,
        ..ModelSpec::for_family(Family::VaeGan)
    };
    Model::new(&spec, 3, &Device::flex())
}

/// A picture that the model does not draw by itself.
fn photo(model: &Model) -> Tensor<4> {
    let values = (0..3 * 256).map(|i| (i as f32 * 0.05).sin() * 0.6).collect::<Vec<f32>>();
    Tensor::from_data(TensorData::new(values, [1, 3, 16, 16]), &model.device())
}

fn pivot() -> Vec<f32> {
    Random::new(5, Stream::Test, 1).normals(6)
}

fn pivotal(model: &Model, settings: PivotalSettings) -> Pivotal {
    let network = model.discriminator.clone().map(FeatureNetwork::Discriminator);
    Pivotal::new(&Networks::of(model), pivot(), photo(model), network, settings)
}

/// The change with every value moved at random, so that no gradient is zero for B being zero.
fn shaken(change: &GeneratorChange, size: f32) -> GeneratorChange {
    let shake = |(index, tensor): (usize, Tensor<2>)| {
        let values =
            Random::new(9, Stream::Test, index as u64).normals(tensor.dims().iter().product());
        let data = TensorData::new(values, tensor.dims());
        let noise = Tensor::<2>::from_data(data, &tensor.device());
        tensor + noise.mul_scalar(size)
    };
    change.with_parameters(change.parameters().into_iter().enumerate().map(shake).collect())
}

fn values(tensor: &Tensor<2>) -> Vec<f32> {
    tensor.clone().into_data().try_to_vec::<f32>().expect("floats")
}

/// The same change with one value of one parameter moved.
fn nudged(change: &GeneratorChange, which: usize, at: usize, by: f32) -> GeneratorChange {
    let mut all = change.parameters();
    let mut moved = values(&all[which]);
    moved[at] += by;
    let data = TensorData::new(moved, all[which].dims());
    all[which] = Tensor::from_data(data, &all[which].device());
    change.with_parameters(all)
}

#[test]
fn gradients_in_the_weights_agree_with_finite_differences() {
    for (norm, rank, prior) in [
        (Normalisation::Batch, 2, Prior::Normal),
        (Normalisation::Batch, 0, Prior::Uniform),
        (Normalisation::Instance, 2, Prior::Normal),
    ] {
        let mut model = tiny(norm);
        model.spec.prior = prior;
        let settings = PivotalSettings {
            rank,
            feature_weight: 0.5,
            locality_weight: 0.7,
            ..Default::default()
        };
        let pivotal = pivotal(&model, settings);
        let change = shaken(pivotal.change(), 0.1);
        let (loss, gradient) = pivotal.evaluate(&change, 4).expect("measured");
        assert!(loss.feature > 0.0 && loss.locality > 0.0, "{loss:?}");
        let sum = loss.mse + 0.5 * loss.feature + 0.7 * loss.locality;
        assert!((loss.total - sum).abs() < 1e-5, "{loss:?}");
        let total = |change: &GeneratorChange| {
            f64::from(pivotal.evaluate(change, 4).expect("measured").0.total)
        };
        for (which, gradient) in gradient.iter().enumerate() {
            let gradient = values(gradient);
            let largest = (0..gradient.len())
                .max_by(|a, b| gradient[*a].abs().total_cmp(&gradient[*b].abs()))
                .expect("values");
            let scale = f64::from(gradient[largest].abs());
            assert!(scale > 1e-5, "{norm:?} {rank}: a gradient that is hardly there: {scale}");
            for at in [largest, 0, gradient.len() / 2] {
                let step = 5e-3_f32;
                let ahead = total(&nudged(&change, which, at, step));
                let numeric =
                    (ahead - total(&nudged(&change, which, at, -step))) / (2.0 * f64::from(step));
                let off = (numeric - f64::from(gradient[at])).abs();
                assert!(
                    off < 0.05 * scale + 2e-5,
                    "{norm:?} {rank} {which} {at}: {off} of {scale}"
                );
            }
        }
    }
}

#[test]
fn a_photo_is_reached_alike_every_time_and_the_base_is_untouched() {
    let model = tiny(Normalisation::Batch);
    let before = arrays_from_module(&model.generator).expect("read");
    let run = |seed| {
        let settings =
            PivotalSettings { steps: 120, learning_rate: 0.02, seed, ..Default::default() };
        let mut pivotal = pivotal(&model, settings);
        pivotal.step().expect("a step");
        let first = pivotal.loss().mse;
        while !pivotal.is_done() {
            pivotal.step().expect("a step");
        }
        let arrays = pivotal.change().to_arrays().expect("read");
        (first, pivotal.loss().mse, arrays)
    };
    let (first, last, arrays) = run(1);
    assert!(last < 0.2 * first, "{last} of {first}");
    assert_eq!(run(1).2, arrays, "the same seed gives the same weights");
    assert_ne!(run(2).2, arrays);
    assert_eq!(arrays_from_module(&model.generator).expect("read"), before);
}

#[test]
fn locality_keeps_other_pictures_nearer() {
    let model = tiny(Normalisation::Batch);
    let base = model.generator.clone().folded();
    let others = Random::new(8, Stream::Test, 0).normals(32 * 6);
    let others = Tensor::<2>::from_data(TensorData::new(others, [32, 6]), &model.device());
    let moved = |weight: f64| {
        let settings = PivotalSettings {
            steps: 150,
            learning_rate: 0.02,
            locality_weight: weight,
            alpha: 1.0,
            ..Default::default()
        };
        let mut pivotal = pivotal(&model, settings);
        while !pivotal.is_done() {
            pivotal.step().expect("a step");
        }
        let tuned = base.changed_by(pivotal.change());
        let pass = &mut Pass::new(Mode::Eval);
        let difference = tuned.image(others.clone(), pass) - base.image(others.clone(), pass);
        difference.square().mean().into_scalar::<f32>()
    };
    let (free, held) = (moved(0.0), moved(3.0));
    assert!(held < 0.7 * free, "{held} of {free}");
}

#[test]
fn a_loss_that_is_no_number_is_told_and_a_wild_one_ends_no_worse_than_it_began() {
    let model = tiny(Normalisation::Batch);
    let settings = || PivotalSettings { steps: 40, patience: 0, ..Default::default() };
    let broken = photo(&model).mul_scalar(f32::NAN);
    let mut pivotal_ = Pivotal::new(&Networks::of(&model), pivot(), broken, None, settings());
    let error = (0..50).find_map(|_| pivotal_.step().err()).expect("an error");
    assert!(error.contains("no number"), "{error}");
    let mut wild = pivotal(&model, PivotalSettings { learning_rate: 1.0, ..settings() });
    wild.step().expect("a step");
    let first = wild.loss();
    while !wild.is_done() {
        wild.step().expect("a step");
    }
    assert!(wild.loss().total <= first.total && wild.loss().total.is_finite());
}

#[test]
fn a_change_comes_back_from_its_arrays_and_another_is_refused() {
    let model = tiny(Normalisation::Batch);
    let base = model.generator.clone().folded();
    let pivotal = pivotal(&model, PivotalSettings { rank: 3, ..Default::default() });
    let change = shaken(pivotal.change(), 0.2);
    let arrays = change.to_arrays().expect("read");
    let again = GeneratorChange::from_arrays(&base, 3, arrays.clone()).expect("built");
    assert_eq!(again.to_arrays().expect("read"), arrays);
    let error = GeneratorChange::from_arrays(&base, 2, arrays.clone()).expect_err("another rank");
    assert!(error.to_string().contains("shape"), "{error}");
    let mut fewer = arrays;
    fewer.remove("up.0.b");
    let error = GeneratorChange::from_arrays(&base, 3, fewer).expect_err("one is missing");
    assert!(error.to_string().contains("up.0.b"), "{error}");
}
