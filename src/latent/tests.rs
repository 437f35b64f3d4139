use super::cluster::lloyd;
use super::mixture::from_clusters;
use super::*;
use crate::models::{Generator, Model, arrays_from_module, module_from_arrays};
use crate::protocol::{Curve, ModelSpec, Normalisation};
use burn::tensor::{Device, Tensor, TensorData};

const N: usize = 60;
const D: usize = 3;

/// The codes of `scripts/reference_latent.py`.
fn codes() -> Codes {
    let value = |i: f64, j: f64| {
        (1.3 * i + 0.7 * j).sin() * (1.0 + j)
            + 2.0 * (0.37 * i * (j + 1.0)).cos()
            + (i % 3.0) * (2.0 - j)
    };
    let at = |index: usize| value((index / D) as f64, (index % D) as f64) as f32;
    Codes::new(D, (0..N * D).map(at).collect())
}

fn labels() -> Vec<bool> {
    let codes = codes();
    let rows = codes.rows().enumerate();
    rows.map(|(i, z)| f64::from(z[0]) + 0.5 * f64::from(z[1]) + (5.0 * i as f64).sin() > 1.0)
        .collect()
}

fn halves(labels: &[bool]) -> (Codes, Codes) {
    let (with, without): (Vec<usize>, Vec<usize>) = (0..N).partition(|index| labels[*index]);
    (codes().select(&with), codes().select(&without))
}

#[track_caller]
fn close(found: impl IntoIterator<Item = f64>, expected: &[f64], tolerance: f64) {
    let found: Vec<f64> = found.into_iter().collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
    }
}

fn wide(values: &[f32]) -> impl Iterator<Item = f64> {
    values.iter().map(|value| f64::from(*value))
}

#[test]
fn principal_components_are_those_of_scikit_learn() {
    let found = principal_components(&codes()).expect("enough codes");
    close(found.components.iter().flat_map(|row| wide(row)), &reference::PCA_COMPONENTS, 1e-6);
    close(found.variance, &reference::PCA_VARIANCE, 1e-9);
    close(found.explained, &reference::PCA_EXPLAINED, 1e-9);
    assert_eq!(principal_components(&codes().select(&[4])), None);
}

#[test]
fn singular_directions_are_those_of_numpy() {
    let rows = codes().select(&(0..10).collect::<Vec<_>>());
    let mut gram = vec![0.0; D * D];
    for row in rows.rows() {
        linear::add_outer(&mut gram, &wide(row).collect::<Vec<_>>(), 1.0);
    }
    let (directions, values) = singular_directions(&gram, D);
    close(values, &reference::SVD_VALUES, 1e-9);
    close(directions.iter().flat_map(|row| wide(row)), &reference::SVD_RIGHT, 1e-6);
}

/// The activations of `scripts/reference_latent.py`.
fn activations() -> Codes {
    const WIDTH: usize = 40;
    let weight = |i: f64, j: f64| 0.4 * (1.1 * i + 0.5 * j + i * j).sin();
    let unit = |z: &[f32], j: usize| {
        let j = j as f64;
        let sum: f64 = wide(z).enumerate().map(|(i, z)| z * weight(i as f64, j)).sum();
        (sum + 0.3 * j.cos()).tanh() as f32
    };
    let codes = codes();
    let values = codes.rows().flat_map(|z| (0..WIDTH).map(move |j| unit(z, j)));
    Codes::new(WIDTH, values.collect())
}

#[test]
fn leading_components_and_what_moves_them_are_those_of_scikit_learn() {
    let mut leading = Leading::new(&activations(), 3, 0).expect("they vary");
    while leading.step().expect("a device") {}
    let (steps, limit) = leading.progress();
    assert!(steps < limit, "it arrives");
    let (principal, coordinates) = leading.finish().expect("a device");
    close(principal.explained.iter().copied(), &reference::LAYER_EXPLAINED, 1e-6);
    close(wide(&principal.components[0]), &reference::LAYER_COMPONENT, 1e-4);
    let found = regressed_directions(&codes(), &coordinates);
    close(found.iter().flat_map(|one| wide(&one.direction)), &reference::LAYER_DIRECTIONS, 1e-3);
    close(found.iter().map(|one| one.fit), &reference::LAYER_FIT, 1e-4);
    // All of them: what principal_components says of the same numbers.
    let small = codes();
    let mut all = Leading::new(&small, 9, 1).expect("they vary");
    while all.step().expect("a device") {}
    let (all, _) = all.finish().expect("a device");
    close(all.variance, &reference::PCA_VARIANCE, 1e-5);
    close(all.components.iter().flat_map(|row| wide(row)), &reference::PCA_COMPONENTS, 1e-5);
    assert!(Leading::new(&Codes::new(2, vec![1.0; 6]), 1, 0).is_none(), "nothing varies");
    assert!(Leading::new(&Codes::new(1, vec![1.0, f32::NAN]), 1, 0).is_none());
}

/// The generator of `scripts/reference_latent.py`: 3 dimensions to 8×8 gray pixels.
fn small_generator() -> Generator {
    let spec = ModelSpec {
        image_size: 8,
        channels: 1,
        width: 2,
        latent: 3,
        generator_norm: Normalisation::Batch,
        ..ModelSpec::default()
    };
    let fresh = Model::new(&spec, 0, &Device::flex()).generator;
    let mut arrays = arrays_from_module(&fresh).expect("readable");
    for (number, (name, (_, values))) in arrays.iter_mut().enumerate() {
        let shift = if name.ends_with("running_var") { 1.5 } else { 0.0 };
        for (k, value) in values.iter_mut().enumerate() {
            let k = k as f64;
            *value = (0.5 * (0.9 * k + 0.05 * k * k + number as f64).sin() + shift) as f32;
        }
    }
    module_from_arrays(fresh, arrays).expect("the same names")
}

/// Singular directions of the map whose columns these are.
fn directions_of(columns: Vec<f32>) -> (Vec<Vec<f32>>, Vec<f64>) {
    let columns = Codes::new(columns.len() / 3, columns);
    singular_directions(&columns.gram(), columns.len())
}

#[test]
fn directions_of_a_generators_first_weight_and_jacobian_are_those_of_numpy() {
    let generator = small_generator();
    let values = |tensor: TensorData| tensor.try_to_vec::<f32>().expect("f32");
    let weight = values(generator.first_weight().into_data());
    let (directions, found) = directions_of(weight);
    close(found, &reference::SEFA_VALUES, 1e-5);
    close(directions.iter().flat_map(|row| wide(row)), &reference::SEFA_RIGHT, 1e-4);

    let z = Tensor::<2>::from_data([[0.3_f32, -0.7, 0.5]], &Device::flex());
    let columns = generator.derivatives(z, Tensor::eye(3, &Device::flex())); // [3, 1, 8, 8]
    let (directions, found) = directions_of(values(columns.into_data()));
    close(found, &reference::JACOBIAN_VALUES, 1e-4);
    close(directions.iter().flat_map(|row| wide(row)), &reference::JACOBIAN_RIGHT, 1e-3);
}

#[test]
fn directions_and_their_judgement_are_those_of_scikit_learn() {
    let labels = labels();
    let (with, without) = halves(&labels);
    let difference = difference_of_means(&with, &without).expect("both sides");
    close(wide(&difference), &reference::DIFFERENCE_OF_MEANS, 1e-6);
    close(auc(&codes().project(&difference), &labels), &reference::AUC, 1e-12);
    let fit = logistic_regression(&codes(), &labels, 0.5).expect("both sides");
    close(wide(&fit.weights), &reference::LOGISTIC_WEIGHTS, 1e-5);
    close([fit.bias], &reference::LOGISTIC_BIAS, 1e-5);
}

#[test]
fn cosines_and_orthogonal_parts_are_those_of_numpy() {
    let codes = codes();
    let rows: Vec<&[f32]> = codes.rows().take(5).collect();
    close(cosines(&rows).into_iter().flatten(), &reference::COSINES, 1e-9);
    let rest = orthogonalised(rows[0], &rows[1..3]);
    close(wide(&rest), &reference::ORTHOGONALISED, 1e-6);
    // A direction named twice is as good as once, and the whole span leaves nothing.
    assert_eq!(orthogonalised(rows[0], &[rows[1], rows[2], rows[1]]), rest);
    close(wide(&orthogonalised(rows[0], &rows[..4])), &[0.0; D], 1e-6);
}

#[test]
fn one_step_of_a_calibrated_boundary_is_the_difference_of_means() {
    let unit = calibrated(&[0.0, 3.0, 0.0], &[1.0, -2.0, 5.0]);
    close(wide(&unit), &[0.0, -2.0, 0.0], 1e-7);
    close(wide(&calibrated(&[0.0; 3], &[1.0; 3])), &[0.0; 3], 0.0);
}

#[test]
fn a_threshold_is_chosen_on_one_set_and_judged_on_another() {
    let line = |values: &[f32]| Codes::new(1, values.to_vec());
    let (fit, held_out) = (line(&[0.0, 1.0, 2.0, 3.0]), line(&[0.0, 1.4, 1.6, 9.0]));
    let judged = separation(
        &[1.0],
        (&fit, &[false, false, true, true]),
        (&held_out, &[false, true, true, true]),
    );
    let judged = judged.expect("both sides in both");
    close([judged.threshold, judged.accuracy, judged.auc], &[1.5, 0.75, 1.0], 1e-12);
    assert!(separation(&[1.0], (&fit, &[true; 4]), (&held_out, &[true; 4])).is_none());
    // Ties count half.
    close(auc(&[1.0, 1.0], &[true, false]), &[0.5], 0.0);
}

#[test]
fn a_boundary_needs_both_sides_and_a_ridge() {
    assert!(logistic_regression(&codes(), &[true; N], 1.0).is_none());
    assert!(logistic_regression(&codes(), &labels(), 0.0).is_none());
    // Codes that can be told apart have a finite boundary all the same.
    let apart: Vec<bool> = codes().rows().map(|z| z[0] > 0.0).collect();
    let fit = logistic_regression(&codes(), &apart, 1e-3).expect("a ridge");
    let side = |z: &[f32]| direction::dot(z, &fit.weights) + fit.bias > 0.0;
    assert!(codes().rows().zip(&apart).all(|(z, label)| side(z) == *label));
}

#[test]
fn clusters_are_those_of_scikit_learn() {
    let codes = codes();
    let begin = codes.rows().take(3).map(|row| wide(row).collect()).collect();
    let clusters = lloyd(&codes, begin, &unwatched).expect("nobody stops it");
    close(clusters.centres.iter().flatten().copied(), &reference::KMEANS_CENTRES, 1e-6);
    close([clusters.inertia], &reference::KMEANS_INERTIA, 1e-6);
    assert_eq!(clusters.members, reference::KMEANS_MEMBERS);
    let mixture = from_clusters(&codes, &clusters, &unwatched).expect("nobody stops it");
    let mixture = mixture.expect("no collapse");
    // scikit-learn ends one half-round later, and the slowest parameter still moves by this much.
    close(mixture.weights, &reference::MIXTURE_WEIGHTS, 5e-4);
    close(mixture.means.into_iter().flatten(), &reference::MIXTURE_MEANS, 5e-3);
    close(mixture.covariances.into_iter().flatten(), &reference::MIXTURE_COVARIANCES, 2e-2);
    close([mixture.log_likelihood], &reference::MIXTURE_LOG_LIKELIHOOD, 1e-5);
}

#[test]
fn heaps_that_lie_apart_are_found_from_any_seed() {
    let heap = |index: usize| (index * 7 % 20) as f32 * 0.01 + (index % 4) as f32 * 5.0;
    let codes = Codes::new(1, (0..80).map(heap).collect());
    for seed in 0..5 {
        let clusters = k_means(&codes, 4, seed).expect("enough codes");
        for (index, member) in clusters.members.iter().enumerate() {
            assert_eq!(*member, clusters.members[index % 4], "seed {seed}, code {index}");
        }
        assert!(clusters.inertia < 1.0, "{}", clusters.inertia);
    }
    assert_eq!(k_means(&codes, 81, 0), None);
}

#[test]
fn spherical_interpolation_is_numpys_and_keeps_the_norm() {
    let codes = codes();
    let (a, b) = (codes.row(0), codes.row(1));
    close(wide(&slerp(a, b, 0.3)), &reference::SLERP, 1e-6);
    let norm = |z: &[f32]| direction::dot(z, z).sqrt();
    close([norm(&slerp(&[3.0, 0.0], &[0.0, 3.0], 0.4))], &[3.0], 1e-6);
    // No plane is singled out here: straight, and never NaN.
    close(wide(&slerp(&[1.0, 0.0], &[-1.0, 0.0], 0.25)), &[0.5, 0.0], 1e-7);
    close(wide(&slerp(&[0.0, 0.0], &[2.0, 0.0], 0.25)), &[0.5, 0.0], 1e-7);
}

#[test]
fn a_path_meets_its_keys_and_a_closed_one_loops() {
    let keys = vec![vec![2.0, 0.0], vec![0.0, 4.0], vec![-2.0, 0.0]];
    for curve in [Curve::Linear, Curve::Spherical, Curve::Shell] {
        let path = Path::new(keys.clone(), curve, false).expect("three keys");
        for (index, key) in keys.iter().enumerate() {
            let found = path.at(index as f64 / 2.0);
            close(wide(&found), &wide(key).collect::<Vec<_>>(), 1e-6);
        }
        let closed = Path::new(keys.clone(), curve, true).expect("three keys");
        assert_eq!(closed.at(1.0), closed.at(0.0));
    }
    let shell = Path::new(keys[..2].to_vec(), Curve::Shell, false).expect("two keys");
    let middle = shell.at(0.5);
    close([direction::dot(&middle, &middle).sqrt()], &[3.0], 1e-6);
    assert_eq!(Path::new(vec![vec![0.0]], Curve::Linear, false), Err(PathError::TooFew(1)));
    let unequal = vec![vec![0.0], vec![0.0, 1.0]];
    assert_eq!(Path::new(unequal, Curve::Linear, true), Err(PathError::Sizes(1, 2)));
}

#[test]
fn a_walk_stays_in_the_prior_and_has_no_seam() {
    let frames = Journey::Walk(Walk::new(512, 3, 7)).frames(240);
    for z in &frames {
        // χ² with 512 degrees of freedom: within five standard deviations.
        let square = direction::dot(z, z);
        assert!((square - 512.0).abs() < 5.0 * 32.0, "‖z‖² = {square}");
    }
    let distance = |a: &[f32], b: &[f32]| {
        a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
    };
    let steps: Vec<f64> = (0..240).map(|i| distance(&frames[i], &frames[(i + 1) % 240])).collect();
    let longest = steps.iter().copied().fold(0.0, f64::max);
    let shortest = steps.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(longest < 3.0 * shortest, "steps of {shortest} to {longest}");
}
