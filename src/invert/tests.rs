//! Gradients against finite differences, descents on known functions, and inversions whose answer is known.

use burn::tensor::{Device, Tensor, TensorData};

use super::*;
use crate::models::{Mode, Model, Pass};
use crate::protocol::{Descent, Family, InversionSettings, ModelSpec, PixelLoss, Prior};
use crate::random::{Random, Stream};

fn tiny(family: Family) -> Model {
    let spec = ModelSpec { image_size: 16, latent: 6, width: 4, ..ModelSpec::for_family(family) };
    Model::new(&spec, 3, &Device::flex())
}

fn picture(model: &Model, z: &[f32]) -> Tensor<4> {
    let dims = model.spec.latent as usize;
    let data = TensorData::new(z.to_vec(), [z.len() / dims, dims]);
    let z = Tensor::<2>::from_data(data, &model.device());
    model.generator.image(z, &mut Pass::new(Mode::Eval))
}

fn latents(count: usize, step: u64) -> Vec<f32> {
    Random::new(5, Stream::Test, step).normals(count * 6)
}

fn energy(model: &Model, target: &[f32], settings: &InversionSettings) -> Energy {
    let network = model.discriminator.clone().map(FeatureNetwork::Discriminator);
    Energy::new(Networks::of(model), picture(model, target), network, settings, true)
}

fn all_terms(pixel: PixelLoss) -> InversionSettings {
    InversionSettings {
        pixel,
        feature_weight: 0.7,
        prior_weight: 0.3,
        domain_weight: 0.4,
        ..InversionSettings::default()
    }
}

#[test]
fn gradients_agree_with_finite_differences() {
    for prior in [Prior::Normal, Prior::Uniform] {
        for pixel in PixelLoss::ALL {
            let mut model = tiny(Family::VaeGan);
            model.spec.prior = prior;
            let settings = all_terms(pixel);
            let mut energy = energy(&model, &latents(2, 0), &settings);
            energy.set_rows(&[0, 1]);
            let z: Vec<f32> = latents(2, 1).iter().map(|v| v * 1.5).collect();
            let evaluated = energy.evaluate(&z).unwrap();
            let step = 2e-2_f32;
            let mut worst = 0.0_f64;
            let scale = evaluated.gradient.iter().fold(0.0_f64, |m, g| m.max(f64::from(g.abs())));
            assert!(scale > 1e-4, "a gradient that is hardly there proves nothing: {scale}");
            for index in 0..z.len() {
                let at = |move_by: f32| {
                    let mut moved = z.clone();
                    moved[index] += move_by;
                    f64::from(energy.losses(&moved).unwrap()[index / 6].total)
                };
                let numeric = (at(step) - at(-step)) / (2.0 * f64::from(step));
                worst = worst.max((numeric - f64::from(evaluated.gradient[index])).abs());
            }
            assert!(worst < 0.03 * scale, "{prior:?} {pixel:?}: off by {worst} of {scale}");
        }
    }
}

#[test]
fn every_row_is_measured_by_itself_and_the_terms_add_up() {
    let model = tiny(Family::VaeGan);
    let settings = all_terms(PixelLoss::L2);
    let mut energy = energy(&model, &latents(2, 0), &settings);
    energy.set_rows(&[1, 0, 1]);
    let z = latents(3, 2);
    let together = energy.evaluate(&z).unwrap();
    energy.set_rows(&[0]);
    let alone = energy.evaluate(&z[6..12]).unwrap();
    let loss = together.losses[1];
    assert!((loss.total - alone.losses[0].total).abs() < 1e-6 * loss.total.max(1.0));
    for (a, b) in together.gradient[6..12].iter().zip(&alone.gradient) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
    let sum = loss.pixel + 0.7 * loss.feature + 0.3 * loss.prior + 0.4 * loss.domain;
    assert!((loss.total - sum).abs() < 1e-5, "{loss:?}");
    assert!(loss.feature > 0.0 && loss.prior > 0.0 && loss.domain > 0.0 && loss.mse == loss.pixel);
}

#[test]
fn folded_networks_draw_the_same() {
    let model = tiny(Family::VaeGan);
    let z = latents(3, 4);
    let plain = picture(&model, &z);
    let folded = Model { generator: model.generator.clone().folded(), ..model.clone() };
    let difference = (plain.clone() - picture(&folded, &z)).abs().max().into_scalar::<f32>();
    assert!(difference < 1e-5, "{difference}");
    let pass = || Pass::new(Mode::Eval);
    let code = |encoder: &crate::models::Encoder| encoder.forward(plain.clone(), &mut pass()).mean;
    let encoder = model.encoder.clone().unwrap();
    let difference = (code(&encoder) - code(&encoder.clone().folded())).abs().max();
    assert!(difference.into_scalar::<f32>() < 1e-5);
}

/// A generator's own picture, from starts that are not its latent.
fn invert(settings: InversionSettings) -> Inversion {
    let model = tiny(Family::Gan);
    let target = latents(2, 8);
    let energy = energy(&model, &target, &settings);
    let starts: Vec<Vec<f32>> = (0..2)
        .map(|picture| {
            let mut starts = mean_start(6);
            starts.extend(random_starts(
                Prior::Normal,
                settings.starts as usize - 1,
                6,
                1,
                picture,
            ));
            starts
        })
        .collect();
    let mut inversion = Inversion::new(energy, &starts, settings);
    while !inversion.is_done() {
        inversion.step().unwrap();
    }
    inversion
}

#[test]
fn both_descents_find_a_generated_picture() {
    for descent in Descent::ALL {
        let settings = InversionSettings { descent, steps: 200, starts: 4, ..Default::default() };
        let inversion = invert(settings);
        for found in inversion.found() {
            let start = inversion.energy().losses(&mean_start(6).repeat(2)).unwrap();
            assert!(found.loss.mse < 0.05 * start[0].mse, "{descent:?}: {found:?}, from {start:?}");
        }
        assert_eq!(inversion.candidates(), 2, "one latent a picture is left");
    }
}

#[test]
fn with_the_curvature_l_bfgs_needs_few_evaluations() {
    let model = tiny(Family::Gan);
    let target = latents(1, 8);
    let near: Vec<f32> = target.iter().zip(latents(1, 9)).map(|(z, e)| z + 0.3 * e).collect();
    let end = |starts: Vec<f32>| {
        let settings = InversionSettings {
            descent: Descent::Lbfgs,
            steps: 5,
            prune: false,
            ..Default::default()
        };
        let mut inversion = Inversion::new(energy(&model, &target, &settings), &[starts], settings);
        while !inversion.is_done() {
            inversion.step().unwrap();
        }
        inversion.found()[0].loss.mse
    };
    // Two starts at one place: nobody measures the curvature there.
    let without = end(near.repeat(2));
    let with = end(near);
    assert!(with < 0.1 * without, "{with:e} and {without:e}");
}

#[test]
fn the_curvature_is_the_second_derivative_where_the_picture_is_reached() {
    let model = tiny(Family::Gan);
    let settings = InversionSettings { prior_weight: 0.3, ..Default::default() };
    let z = latents(1, 8);
    let energy = energy(&model, &z, &settings);
    let mut curvatures = super::curvature::Curvatures::new(z.clone());
    let found = curvatures.advance(&energy).unwrap().expect("6 columns are one part");
    let curvature = found[0].as_ref().expect("positive definite");
    // H along a direction, by central differences of the gradient; then H⁻¹ of it is the direction.
    let along = latents(1, 10);
    let gradient = |sign: f32| {
        let moved: Vec<f32> = z.iter().zip(&along).map(|(z, a)| z + sign * 1e-2 * a).collect();
        energy.evaluate(&moved).unwrap().gradient
    };
    let (up, down) = (gradient(1.0), gradient(-1.0));
    let turned: Vec<f64> = up.iter().zip(&down).map(|(a, b)| f64::from(a - b) / 2e-2).collect();
    for (back, along) in curvature.solve(&turned).iter().zip(&along) {
        assert!((back - f64::from(*along)).abs() < 0.02, "{back} {along}");
    }
}

#[test]
fn the_same_seed_finds_the_same_numbers() {
    let settings = InversionSettings { steps: 30, starts: 3, noise: 0.1, ..Default::default() };
    let (a, b) = (invert(settings.clone()), invert(settings.clone()));
    assert_eq!(a.found(), b.found());
    let other = invert(InversionSettings { seed: 9, ..settings });
    assert_ne!(a.found(), other.found(), "the seed keys the noise");
}

#[test]
fn a_loss_that_is_no_number_is_recovered_from() {
    let model = tiny(Family::Gan);
    let settings = InversionSettings { steps: 20, starts: 2, prune: false, ..Default::default() };
    let energy = energy(&model, &latents(1, 8), &settings);
    let mut start = mean_start(6);
    start.extend([f32::NAN; 6]);
    let mut inversion = Inversion::new(energy, &[start], settings);
    while !inversion.is_done() {
        inversion.step().unwrap();
    }
    assert_eq!(inversion.restarts(), 1);
    assert!(inversion.found()[0].loss.total.is_finite());
}

#[test]
fn damaged_weights_are_told() {
    let model = tiny(Family::Gan);
    let settings = InversionSettings::default();
    let pictures = picture(&model, &latents(1, 8)).mul_scalar(f32::NAN);
    let energy = Energy::new(Networks::of(&model), pictures, None, &settings, false);
    let mut inversion = Inversion::new(energy, &[mean_start(6)], settings);
    let error = (0..50).find_map(|_| inversion.step().err()).expect("an error");
    assert!(error.contains("no number"), "{error}");
}

#[test]
fn a_plateau_ends_it_early_and_more_steps_can_be_asked_for() {
    let settings = InversionSettings {
        steps: 5000,
        starts: 1,
        patience: 20,
        ramp_down: 0.01,
        ..Default::default()
    };
    let mut inversion = invert(settings);
    assert!(inversion.is_stalled() && inversion.steps() < 5000, "{}", inversion.steps());
    inversion.extend(10);
    assert!(!inversion.is_done() && !inversion.is_stalled());
}

#[test]
fn nearest_rows_come_first() {
    let pictures = [0.0, 0.0, 1.0, 1.0, 0.4, 0.6];
    assert_eq!(nearest_rows(&pictures, &[0.5, 0.5], 2), [2, 0]);
}
