//! Constraints against NumPy and finite differences, and edits whose answer is known.

use burn::tensor::{Device, Tensor, TensorData};

use super::constraint::{Constraint, Planes, Source};
use super::drag::Drag;
use super::hog::{Hog, Vote, luminance};
use super::realism::{Realism, of_critic, of_latent, of_logit};
use super::*;
use crate::invert::Networks;
use crate::models::{Model, flat, read_values};
use crate::protocol::{
    Brush, EditPlan, EditSettings, Family, ModelSpec, Prior, Stroke, StrokePoint, StrokeTool,
};
use crate::random::{Random, Stream};

mod solving;

const SIZE: usize = 16;

/// As in `scripts/reference_edit.py`: `3·16·16` values.
fn picture(shift: f64) -> Vec<f32> {
    let value = |index: usize| {
        let [c, y, x] = [index / 256, index / 16 % 16, index % 16].map(|place| place as f64);
        let wave = 0.6
            * (0.31 * x * (c + 1.0) + 0.17 * y + shift).sin()
            * (0.43 * y - 0.11 * x * c + shift).cos();
        (wave + 0.3 * (0.05 * x * y + c + 2.0 * shift).sin()) as f32
    };
    (0..3 * SIZE * SIZE).map(value).collect()
}

fn planes(shift: f64) -> Planes {
    Planes { values: picture(shift), channels: 3, size: SIZE }
}

fn upload(values: &[f32]) -> Tensor<4> {
    let data = TensorData::new(values.to_vec(), [1, values.len() / 256, SIZE, SIZE]);
    Tensor::from_data(data, &Device::flex())
}

fn reference_stroke(tool: StrokeTool) -> Stroke {
    let mut stroke = Stroke::through(tool, &[[0.2, 0.3], [0.7, 0.6]]);
    stroke.points[1].pressure = 0.5;
    Stroke { brush: Brush { size: 0.5, strength: 1.0, softness: 0.6 }, ..stroke }
}

/// The one constraint of a stroke, beginning at `picture(0)`, the photo being `picture(1)`.
fn constraint(stroke: Stroke) -> Constraint {
    let (start, photo) = (planes(0.0), planes(1.0));
    let source = Source { start: &start, photo: &photo, device: &Device::flex() };
    let mut found = source.constraints(&[stroke]).unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn near(name: &str, found: &[f32], wanted: &[f64], tolerance: f64) {
    assert_eq!(found.len(), wanted.len(), "{name}");
    let size = wanted.iter().fold(0.0_f64, |size, value| size.max(value.abs()));
    assert!(size > 1e-5, "{name}: numbers that are hardly there prove nothing");
    for (index, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        let off = (f64::from(*found) - wanted).abs();
        assert!(off < tolerance * size, "{name} {index}: {found}, not {wanted}");
    }
}

#[test]
fn masks_are_those_of_numpy() {
    near("mask", &mask(&reference_stroke(StrokeTool::Keep), SIZE), &reference::MASK, 1e-5);
}

#[test]
fn oriented_gradients_are_those_of_numpy_and_with_hard_votes_those_of_scikit_image() {
    let soft = Hog::default().features(upload(&picture(2.0)));
    near("soft", &read_values(soft).unwrap(), &reference::FEATURES, 1e-5);
    let hard = Hog { vote: Vote::Nearest, gradient_epsilon: 1e-7, norm_epsilon: 1e-5 };
    let found = read_values(hard.features(upload(&picture(2.0)))).unwrap();
    near("hard", &found, &reference::SKIMAGE, 1e-4);
    // The two differ: the comparison can tell.
    let off = |(a, b): (&f64, &f64)| (a - b).abs();
    let most = reference::FEATURES.iter().zip(&reference::SKIMAGE).map(off).fold(0.0, f64::max);
    assert!(most > 0.05, "{most}");
}

#[test]
fn constraints_are_worth_what_numpy_says_and_have_its_gradients() {
    use reference as r;
    let colour = StrokeTool::Colour([200, 40, 90]);
    let cases = [
        (colour, r::COLOUR, r::COLOUR_GRADIENT),
        (StrokeTool::Lighten(0.2), r::LIGHTEN, r::LIGHTEN_GRADIENT),
        (StrokeTool::Darken(0.15), r::DARKEN, r::DARKEN_GRADIENT),
        (StrokeTool::Edge, r::EDGE, r::EDGE_GRADIENT),
        (StrokeTool::NoEdge, r::NO_EDGE, r::NO_EDGE_GRADIENT),
        (StrokeTool::Keep, r::KEEP, r::KEEP_GRADIENT),
        (StrokeTool::Warp([0.13, -0.08]), r::WARP, r::WARP_GRADIENT),
        (StrokeTool::Erase, r::ERASE, r::ERASE_GRADIENT),
        (StrokeTool::Smooth, r::SMOOTH, r::SMOOTH_GRADIENT),
    ];
    for (tool, value, gradient) in cases {
        let name = format!("{tool:?}");
        let constraint = constraint(reference_stroke(tool));
        let leaf = upload(&picture(2.0)).autodiff().require_grad();
        let found = constraint.value(&leaf, true);
        let grads = found.clone().sum().backward();
        near(&name, &read_values(found.inner()).unwrap(), &value, 1e-5);
        let all = read_values(leaf.grad(&grads).unwrap()).unwrap();
        let some: Vec<f32> = r::PLACES.iter().map(|&place| all[place]).collect();
        near(&name, &some, &gradient, 1e-3);
        // Without a gradient the same number.
        let plain = constraint.value(&upload(&picture(2.0)), false);
        near(&name, &read_values(plain).unwrap(), &value, 1e-5);
    }
}

#[test]
fn a_dragged_point_is_worth_what_numpy_says_and_has_its_gradient() {
    use reference as r;
    let mut drag = Drag::new(0, &reference_stroke(StrokeTool::Drag), &planes(0.0)).unwrap();
    assert!(drag.value(&upload(&picture(0.0)), false).unwrap_err().contains("track"));
    drag.track(&[planes(0.0)], &Device::flex());
    let place = drag.places(SIZE)[0];
    assert!((place[0] - 0.2).abs() < 1e-6 && (place[1] - 0.3).abs() < 1e-6, "{place:?}");
    let leaf = upload(&picture(2.0)).autodiff().require_grad();
    let found = drag.value(&leaf, true).unwrap();
    let grads = found.clone().sum().backward();
    near("drag", &read_values(found.inner()).unwrap(), &r::DRAG, 1e-5);
    let all = read_values(leaf.grad(&grads).unwrap()).unwrap();
    let some: Vec<f32> = r::DRAG_PLACES.iter().map(|&place| all[place]).collect();
    near("drag", &some, &r::DRAG_GRADIENT, 1e-3);
}

#[test]
fn a_dragged_point_is_found_where_its_features_went() {
    let mut drag = Drag::new(0, &reference_stroke(StrokeTool::Drag), &planes(0.0)).unwrap();
    let shifted =
        |by| Planes { values: raster::moved(&picture(0.0), SIZE, [by, 0.0]), ..planes(0.0) };
    drag.track(&[planes(0.0), shifted(0.0)], &Device::flex());
    // A pixel and a half: within reach.
    drag.track(&[planes(0.0), shifted(1.5 / 16.0)], &Device::flex());
    let [still, moved] = [drag.places(SIZE)[0], drag.places(SIZE)[1]];
    assert!((moved[0] - still[0] - 1.5 / 16.0).abs() < 1e-6, "{still:?} {moved:?}");
    assert!((moved[1] - still[1]).abs() < 1e-6);
    // Too far for one step, but another row is looked for along the whole way.
    drag.track(&[shifted(5.0 / 16.0)], &Device::flex());
    assert!((drag.places(SIZE)[0][0] - still[0] - 5.0 / 16.0).abs() < 1e-6);
}

#[test]
fn a_constraint_is_met_by_what_it_asks_for() {
    let kept = constraint(reference_stroke(StrokeTool::Keep));
    let value = |constraint: &Constraint, values: &[f32]| {
        read_values(constraint.value(&upload(values), false)).unwrap()[0]
    };
    assert!(value(&kept, &picture(1.0)) < 1e-12);
    let grey = constraint(reference_stroke(StrokeTool::Colour([255, 255, 255])));
    assert!(value(&grey, &[1.0; 768]) < 1e-12);
    let flat_ones = [StrokeTool::NoEdge, StrokeTool::Smooth];
    for tool in flat_ones {
        assert!(value(&constraint(reference_stroke(tool)), &[0.3; 768]) < 1e-10, "{tool:?}");
    }
    // A patch that is not moved is the picture that the edit began with.
    let stays = constraint(reference_stroke(StrokeTool::Warp([0.0, 0.0])));
    assert!(value(&stays, &picture(0.0)) < 1e-10);
    let edge = constraint(reference_stroke(StrokeTool::Edge));
    let line = raster::line_drawing(&reference_stroke(StrokeTool::Edge), SIZE).repeat(3);
    assert!(value(&edge, &line) < 1e-10);
    let upside: Vec<f32> = line.iter().map(|value| -value).collect();
    assert!(value(&edge, &upside) < 1e-10, "which side is the darker one does not matter");
}

/// No derivative is a division of nothing by nothing: neither on flat colours nor at the ends of the range.
#[test]
fn gradients_are_numbers_on_flat_pictures() {
    for tool in [StrokeTool::Edge, StrokeTool::NoEdge, StrokeTool::Warp([0.1, 0.1])] {
        for level in [-1.0, 0.0, 1.0] {
            let leaf = upload(&[level; 768]).autodiff().require_grad();
            let value = constraint(reference_stroke(tool)).value(&leaf, true);
            let grads = value.sum().backward();
            let gradient = read_values(leaf.grad(&grads).unwrap()).unwrap();
            assert!(gradient.iter().all(|value| value.is_finite()), "{tool:?} {level}");
        }
    }
}

#[test]
fn strokes_bind_by_their_own_masks_and_not_at_all_where_nothing_is_painted() {
    let (start, photo) = (planes(0.0), planes(1.0));
    let source = Source { start: &start, photo: &photo, device: &Device::flex() };
    let outside = Stroke::through(StrokeTool::Keep, &[[3.0, 3.0]]);
    let covered = Stroke::through(StrokeTool::Colour([0, 0, 0]), &[[0.5, 0.5]]);
    let brush = Brush { size: 1.0, softness: 0.0, strength: 0.5 };
    let covering = Stroke { brush: Brush { strength: 1.0, ..brush }, ..covered.clone() };
    let erase = |x| Stroke::through(StrokeTool::Erase, &[[x, 0.2]]);
    let strokes = [outside, covered.clone(), covering, erase(0.1), erase(0.9)];
    let found = source.constraints(&strokes).unwrap();
    let places: Vec<usize> = found.iter().map(|constraint| constraint.stroke).collect();
    assert_eq!(places, [2, 3]);
    let half = source.constraints(&[Stroke { brush, ..covered }]).unwrap();
    assert_eq!(half[0].strength, 0.5);
    let mirrored = Stroke { mirrored: true, ..reference_stroke(StrokeTool::Warp([0.1, 0.0])) };
    assert_eq!(source.constraints(&[mirrored]).unwrap().len(), 2);
}

#[test]
fn one_channel_and_four_are_painted_too() {
    for (channels, wanted) in [(1, vec![0.299 * 2.0 - 1.0]), (4, vec![1.0, -1.0, -1.0, 1.0])] {
        let values = vec![0.0; channels * SIZE * SIZE];
        let planes = Planes { values, channels, size: SIZE };
        let source = Source { start: &planes, photo: &planes, device: &Device::flex() };
        let red = reference_stroke(StrokeTool::Colour([255, 0, 0]));
        let constraint = source.constraints(&[red]).unwrap().remove(0);
        let values: Vec<f32> = wanted.iter().flat_map(|&value| [value; 256]).collect();
        assert!(read_values(constraint.value(&upload(&values), false)).unwrap()[0] < 1e-9);
        for tool in [StrokeTool::Edge, StrokeTool::Lighten(0.1), StrokeTool::Smooth] {
            assert_eq!(source.constraints(&[reference_stroke(tool)]).unwrap().len(), 1);
        }
    }
}

#[test]
fn realism_is_bounded_and_has_the_gradient_of_its_formula() {
    let row = |values: &[f32]| {
        let data = TensorData::new(values.to_vec(), [values.len(), 1]);
        Tensor::<2>::from_data(data, &Device::flex()).autodiff().require_grad()
    };
    type Formula = (fn(Tensor<2>) -> Tensor<2>, fn(f64) -> f64);
    let formulas: [Formula; 4] = [
        (of_logit, |x| -(-x).exp().ln_1p()),
        (|x| of_critic(x, 1.5, 2.0), |x| ((x - 1.5) / 2.0).clamp(-3.0, 3.0)),
        (|x| of_latent(x, Prior::Normal), |x| -0.5 * x * x),
        (|x| of_latent(x, Prior::Uniform), |x| -0.5 * (x.abs() - 1.0).max(0.0).powi(2)),
    ];
    let places = [-30.0, -5.2, -2.0, -0.3, 0.4, 1.7, 8.0, 40.0];
    for (index, (tensor, formula)) in formulas.into_iter().enumerate() {
        let leaf = row(&places);
        let value = tensor(leaf.clone());
        let grads = value.clone().sum().backward();
        let slopes = read_values(leaf.grad(&grads).unwrap()).unwrap();
        let values = read_values(value.inner()).unwrap();
        for ((place, value), slope) in places.iter().zip(values).zip(slopes) {
            let at = |by: f64| formula(f64::from(*place) + by);
            let numeric = (at(1e-5) - at(-1e-5)) / 2e-5;
            let scale = at(0.0).abs().max(1.0);
            assert!((f64::from(value) - at(0.0)).abs() < 1e-6 * scale, "{index} {place}: {value}");
            assert!((f64::from(slope) - numeric).abs() < 1e-4 * scale, "{index} {place}: {slope}");
        }
    }
}

fn tiny(family: Family) -> Model {
    let spec = ModelSpec { image_size: 16, latent: 6, width: 4, ..ModelSpec::for_family(family) };
    Model::new(&spec, 3, &Device::flex())
}

fn latents(count: usize, dims: usize, step: u64) -> Vec<f32> {
    Random::new(5, Stream::Test, step).normals(count * dims)
}

/// One stroke of every tool.
fn every_tool() -> Vec<Stroke> {
    let tools = [
        StrokeTool::Colour([200, 40, 90]),
        StrokeTool::Lighten(0.2),
        StrokeTool::Darken(0.15),
        StrokeTool::Edge,
        StrokeTool::NoEdge,
        StrokeTool::Keep,
        StrokeTool::Warp([0.13, -0.08]),
        StrokeTool::Erase,
        StrokeTool::Smooth,
        StrokeTool::Drag,
    ];
    let stroke = |(index, tool): (usize, StrokeTool)| {
        let y = 0.1 + 0.1 * index as f32;
        let points = vec![StrokePoint::at(0.1, y), StrokePoint::at(0.8, 1.0 - y)];
        let brush = Brush { size: 0.3, strength: 0.4 + 0.05 * index as f32, softness: 0.6 };
        let plain = Stroke::through(tool, &[]);
        Stroke { brush, points, mirrored: index % 2 == 1, ..plain }
    };
    tools.into_iter().enumerate().map(stroke).collect()
}

#[test]
fn the_gradient_in_z_agrees_with_finite_differences() {
    let model = tiny(Family::VaeGan);
    let discriminator = || model.discriminator.clone().unwrap();
    let critic = Realism::Critic { critic: discriminator(), mean: 0.1, deviation: 0.8 };
    let kinds = [
        Realism::Discriminator(discriminator()),
        critic,
        Realism::Prior(Prior::Normal),
        Realism::Prior(Prior::Uniform),
    ];
    for realism in kinds {
        let settings =
            EditSettings { distance_weight: 0.3, realism_weight: 0.7, ..EditSettings::default() };
        let photo = Some(picture(1.0));
        let start = latents(1, 6, 0);
        let mut energy =
            Energy::new(Networks::of(&model), realism, &start, photo, &settings).unwrap();
        energy.set_strokes(&every_tool()).unwrap();
        let z: Vec<f32> = latents(2, 6, 1).iter().map(|value| value * 1.5).collect();
        // The points are tracked a little beside, or their term would be at its kink.
        let beside: Vec<f32> = z.iter().map(|value| value + 0.3).collect();
        assert!(energy.evaluate(&z).unwrap_err().contains("track"));
        energy.track(&beside).unwrap();
        let evaluated = energy.evaluate(&z).unwrap();
        let size = evaluated.gradient.iter().fold(0.0_f64, |m, g| m.max(f64::from(g.abs())));
        assert!(size > 1e-3, "a gradient that is hardly there proves nothing: {size}");
        let step = 1e-2_f32;
        for index in 0..z.len() {
            let at = |by: f32| {
                let mut moved = z.clone();
                moved[index] += by;
                f64::from(energy.losses(&moved).unwrap()[index / 6].total)
            };
            let numeric = (at(step) - at(-step)) / (2.0 * f64::from(step));
            let off = (numeric - f64::from(evaluated.gradient[index])).abs();
            assert!(off < 0.02 * size, "{index}: off by {off} of {size}");
        }
    }
}

#[test]
fn rows_are_measured_by_themselves_and_the_terms_add_up() {
    let model = tiny(Family::Vae);
    let settings =
        EditSettings { distance_weight: 0.3, realism_weight: 0.7, ..EditSettings::default() };
    let prior = Realism::Prior(Prior::Normal);
    let mut energy =
        Energy::new(Networks::of(&model), prior, &latents(1, 6, 0), None, &settings).unwrap();
    let strokes = every_tool();
    energy.set_strokes(&strokes).unwrap();
    let z = latents(3, 6, 2);
    energy.track(&z).unwrap();
    let together = energy.evaluate(&z).unwrap();
    energy.forget_points();
    energy.track(&z[6..12]).unwrap();
    let alone = energy.evaluate(&z[6..12]).unwrap();
    assert!((together.losses[1].total - alone.losses[0].total).abs() < 1e-5);
    for (a, b) in together.gradient[6..12].iter().zip(&alone.gradient) {
        assert!((a - b).abs() < 1e-5, "{a} {b}");
    }
    let loss = &together.losses[1];
    let places = energy.strokes();
    assert_eq!(loss.each.len(), places.len());
    // Completion counts alike however its strokes are painted.
    let strength = |place: usize| match strokes[place].tool {
        StrokeTool::Erase => super::constraint::COMPLETION as f32,
        _ => strokes[place].brush.strength,
    };
    let sum: f32 = loss.each.iter().zip(&places).map(|(value, &at)| value * strength(at)).sum();
    assert!((loss.constraints - sum).abs() < 1e-5 * sum, "{} {sum}", loss.constraints);
    let total = loss.constraints + 0.3 * loss.distance - 0.7 * loss.realism;
    assert!((loss.total - total).abs() < 1e-5, "{loss:?}");
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let model = tiny(Family::Vae);
    let energy = |start: &[f32], photo| {
        let prior = Realism::Prior(Prior::Normal);
        Energy::new(Networks::of(&model), prior, start, photo, &EditSettings::default())
    };
    assert!(energy(&[0.0; 5], None).unwrap_err().contains("5 values"));
    assert!(energy(&[0.0; 6], Some(vec![0.0; 3])).unwrap_err().contains("3 values"));
    let mut good = energy(&[0.0; 6], None).unwrap();
    good.set_strokes(&[Stroke::through(StrokeTool::Keep, &[[0.5, 0.5]])]).unwrap();
    let mut bad = Stroke::through(StrokeTool::Keep, &[[0.5, 0.5]]);
    bad.brush.size = 0.0;
    assert!(good.set_strokes(&[bad]).unwrap_err().contains("stroke 1: a brush of size 0"));
    assert_eq!(good.strokes(), [0], "what was there still stands");
    assert!(good.set_plan(&EditPlan::default(), &[0.0; 2]).unwrap_err().contains("2 values"));
}

#[test]
fn a_broken_network_is_told() {
    let model = tiny(Family::Vae);
    let prior = Realism::Prior(Prior::Normal);
    let settings = EditSettings::default();
    let photo = Some(vec![f32::NAN; 768]);
    let mut energy = Energy::new(Networks::of(&model), prior, &[0.0; 6], photo, &settings).unwrap();
    energy.set_strokes(&[Stroke::through(StrokeTool::Keep, &[[0.5, 0.5]])]).unwrap();
    let mut solve = Solve::new(energy, settings, 0, 5);
    let error = (0..50).find_map(|_| solve.step().err()).expect("an error");
    assert!(error.contains("no number"), "{error}");
}

#[test]
fn luminance_is_that_of_the_pictures_codec() {
    let values = [0.5_f32, -0.25, 1.0].map(|value| [value; 256]).concat();
    let found = read_values(flat(luminance(upload(&values)))).unwrap();
    assert!((found[0] - (0.299 * 0.5 - 0.587 * 0.25 + 0.114)).abs() < 1e-6);
}
