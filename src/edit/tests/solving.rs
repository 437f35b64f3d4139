//! Edits of the built-in model's samples, whose answer is known.

use std::path::Path;
use std::sync::Arc;

use burn::tensor::Device;

use super::latents;
use crate::edit::{Energy, Realism, Solve, mask};
use crate::invert::Networks;
use crate::models::{
    Arrays, Discriminator, Generator, Initializer, module_from_arrays, read_values,
};
use crate::protocol::{
    AreaStroke, Brush, ChangeArea, EditPlan, EditSettings, EditStage, LATENT_STROKE_REACH, Stroke,
    StrokePoint, StrokeTool,
};
use crate::storage::ModelFile;

/// The built-in model's generator and discriminator.
fn portraits() -> (Networks, Discriminator) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("checkpoints/portraits-64.safetensors");
    let mut file = ModelFile::open(&path).unwrap();
    let spec = file.manifest.architecture.clone();
    let mut arrays = |prefix| -> Arrays {
        let weights = file.tensors.take_prefixed(prefix);
        weights
            .iter()
            .map(|(name, shape, v)| (name.to_owned(), (shape.to_vec(), v.to_vec())))
            .collect()
    };
    let device = Device::flex();
    let mut init = Initializer::new(&device, 0, 0);
    let generator = Generator::new(&spec, &mut init);
    let generator = module_from_arrays(generator, arrays("generator.")).unwrap().folded();
    let discriminator = Discriminator::new(&spec, &mut init);
    let discriminator = module_from_arrays(discriminator, arrays("discriminator.")).unwrap();
    let networks =
        Networks { generator, encoder: None, prior: spec.prior, dims: spec.latent as usize };
    (networks, discriminator)
}

/// Goes on until it has settled.
fn at_rest(mut solve: Solve) -> Solve {
    while solve.stage() != EditStage::Settled {
        solve.step().unwrap();
    }
    solve
}

fn solved(strokes: &[Stroke], settings: &EditSettings) -> Solve {
    let (networks, discriminator) = portraits();
    let start: Vec<f32> = latents(1, networks.dims, 7).iter().map(|value| 0.7 * value).collect();
    let realism = Realism::Discriminator(discriminator);
    let mut energy = Energy::new(networks, realism, &start, None, settings).unwrap();
    energy.set_plan(&plan(strokes, settings), &start).unwrap();
    at_rest(Solve::new(energy, settings.clone(), 0, 5))
}

/// Over the upper corners, where portraits have their background.
fn background(tool: StrokeTool) -> Stroke {
    let brush = Brush { size: 0.25, strength: 1.0, softness: 0.3 };
    let stroke = Stroke::through(tool, &[[0.08, 0.08], [0.08, 0.5]]);
    Stroke { brush, mirrored: true, ..stroke }
}

#[test]
fn a_heavier_distance_stays_nearer_and_a_heavier_realism_looks_more_real() {
    let strokes = [background(StrokeTool::Colour([20, 20, 40]))];
    let base = EditSettings {
        candidates: 1,
        steps: 60,
        distance_weight: 0.0,
        realism_weight: 0.0,
        ..EditSettings::default()
    };
    let loss = |distance_weight, realism_weight| {
        let settings = EditSettings { distance_weight, realism_weight, ..base.clone() };
        solved(&strokes, &settings).candidates()[0].loss.clone()
    };
    let by_distance: Vec<_> = [0.0, 0.1, 1.0].map(|weight| loss(weight, 0.0)).to_vec();
    for pair in by_distance.windows(2) {
        assert!(pair[1].distance < 0.8 * pair[0].distance, "{by_distance:?}");
        assert!(
            pair[1].constraints > pair[0].constraints,
            "what holds back costs: {by_distance:?}"
        );
    }
    let by_realism: Vec<_> = [0.0, 0.03, 0.3].map(|weight| loss(0.0, weight)).to_vec();
    for pair in by_realism.windows(2) {
        assert!(pair[1].realism > pair[0].realism + 0.05, "{by_realism:?}");
    }
}

#[test]
fn painting_the_background_darker_darkens_it_and_comes_to_rest() {
    let colour = [20_u8, 20, 40];
    let stroke = background(StrokeTool::Colour(colour));
    let solve = solved(std::slice::from_ref(&stroke), &EditSettings::default());
    let mask = mask(&stroke, 64);
    let mean = |z: &[f32]| -> Vec<f32> {
        let values = read_values(solve.energy().pictures(z)).unwrap();
        let sum: f32 = mask.iter().sum();
        let plane = |plane: &[f32]| plane.iter().zip(&mask).map(|(v, m)| v * m).sum::<f32>() / sum;
        values.chunks_exact(64 * 64).map(plane).collect()
    };
    let (before, after) = (mean(solve.energy().start()), mean(&solve.candidates()[0].z));
    for ((byte, before), after) in colour.into_iter().zip(&before).zip(&after) {
        let wanted = f32::from(byte) / 127.5 - 1.0;
        let (far, near) = ((before - wanted).abs(), (after - wanted).abs());
        assert!(far > 0.3 && near < 0.4 * far, "{before} became {after}");
    }
    assert_eq!(solve.candidates().len(), 16);
    let best = solve.candidates().iter().all(|candidate| candidate.loss.total.is_finite());
    assert!(best, "every candidate was measured");
}

/// What lies under a point goes where it is dragged, and its energy says how far it is still.
#[test]
fn a_dragged_point_goes_towards_its_target() {
    let stroke = Stroke::through(StrokeTool::Drag, &[[0.5, 0.35], [0.5, 0.43]]);
    let settings = EditSettings { candidates: 1, steps: 80, ..EditSettings::default() };
    let solve = solved(&[stroke], &settings);
    let (networks, discriminator) = portraits();
    let start = solve.energy().start().to_vec();
    let realism = Realism::Discriminator(discriminator);
    let mut energy = Energy::new(networks, realism, &start, None, &settings).unwrap();
    energy.set_strokes(&[Stroke::through(StrokeTool::Drag, &[[0.5, 0.35], [0.5, 0.43]])]).unwrap();
    energy.track(&start).unwrap();
    let before = energy.losses(&start).unwrap()[0].each[0];
    let after = solve.candidates()[0].loss.each[0];
    assert!(after < 0.6 * before, "{before} px to go became {after}");
}

#[test]
fn candidates_are_distinct_and_keep_their_order() {
    let settings = EditSettings { steps: 20, ..EditSettings::default() };
    let mut solve = solved(&[background(StrokeTool::Colour([20, 20, 40]))], &settings);
    let offered = solve.offer(None).unwrap().to_vec();
    assert!(offered[0] == 0 && offered.len() > 3 && offered.len() <= 16, "{offered:?}");
    assert_eq!(solve.offer(None).unwrap(), offered);
    let again = solved(&[background(StrokeTool::Colour([20, 20, 40]))], &settings);
    assert_eq!(again.candidates(), solve.candidates(), "the same seed, the same numbers");
    // Another one is adopted: it stands first, and comes to rest where it came to rest among the others.
    let chosen = solve.candidates()[offered[1]].clone();
    let plan = plan(&[background(StrokeTool::Colour([20, 20, 40]))], &settings);
    let start = solve.energy().start().to_vec();
    solve.restart(&EditPlan { adopted: chosen.start, ..plan.clone() }, &start).unwrap();
    assert_eq!((solve.stage(), solve.candidates().len()), (EditStage::Adopted, 1));
    let solve = at_rest(solve);
    let adopted = &solve.candidates()[0];
    assert_eq!(adopted.start, chosen.start);
    // Alone it comes to rest by itself, among others with all of them.
    let (found, wanted) = (adopted.loss.total, chosen.loss.total);
    assert!((found - wanted).abs() < 0.1 * wanted, "{found}, {wanted}");
    let mut starts: Vec<u32> = solve.candidates().iter().map(|it| it.start).collect();
    starts.sort_unstable();
    assert_eq!(starts, (0..16).collect::<Vec<u32>>(), "nobody is lost");
}

fn plan(strokes: &[Stroke], settings: &EditSettings) -> EditPlan {
    let strokes = strokes.iter().cloned().map(Arc::new).collect();
    EditPlan { strokes, settings: settings.clone(), ..EditPlan::default() }
}

/// However a stroke came about, the same strokes come to rest at the same picture.
#[test]
fn what_was_painted_live_ends_where_the_whole_stroke_does() {
    let settings = EditSettings { candidates: 2, ..EditSettings::default() };
    let whole = background(StrokeTool::Colour([20, 20, 40]));
    let wanted = solved(std::slice::from_ref(&whole), &settings);
    let start = wanted.energy().start().to_vec();
    let dab = Stroke { points: whole.points[..1].to_vec(), ..whole.clone() };
    let mut live = solved(&[], &settings);
    assert_eq!((live.steps(), live.current()), (0, &start[..]), "nothing is asked for");
    for stroke in [&dab, &whole] {
        live.paint(&plan(std::slice::from_ref(stroke), &settings), &start).unwrap();
        assert_eq!(live.stage(), EditStage::Adopted);
        for _ in 0..4 {
            let before = live.current().to_vec();
            live.step().unwrap();
            assert_ne!(before, live.current(), "it moves while it is painted");
        }
    }
    live.restart(&plan(&[whole], &settings), &start).unwrap();
    let live = at_rest(live);
    assert_eq!(live.candidates(), wanted.candidates());
}

#[test]
fn a_latent_stroke_moves_the_centre_along_what_changes_its_region_most() {
    let mut stroke = background(StrokeTool::Latent);
    stroke.points[1] = StrokePoint { x: 0.13, y: 0.08, ..stroke.points[0] };
    let settings = EditSettings { candidates: 1, ..EditSettings::default() };
    let mut solve = solved(&[], &settings);
    let start = solve.energy().start().to_vec();
    solve.restart(&plan(std::slice::from_ref(&stroke), &settings), &start).unwrap();
    let centre = solve.energy().centre().to_vec();
    let length: f32 = centre.iter().zip(&start).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt();
    assert!((length - 0.05 * LATENT_STROKE_REACH).abs() < 1e-2, "{length}");
    assert_eq!(solve.current(), centre, "without other strokes there is nothing to solve");
    // The region becomes brighter, and changes more than a random direction of this length changes it.
    let region = mask(&Stroke { points: stroke.points[..1].to_vec(), ..stroke }, 64);
    let inside = |z: &[f32]| -> Vec<f32> {
        let values = read_values(solve.energy().pictures(z)).unwrap();
        values.iter().zip(region.iter().cycle()).map(|(value, mask)| value * mask).collect()
    };
    let before = inside(&start);
    let change = |z: &[f32]| {
        let pairs = inside(z).into_iter().zip(before.clone());
        pairs.fold((0.0, 0.0), |(sum, square), (a, b)| (sum + (a - b), square + (a - b) * (a - b)))
    };
    let (sum, square) = change(&centre);
    assert!(sum > 0.0, "{sum}");
    for seed in 0..8 {
        let random = latents(1, start.len(), 100 + seed);
        let norm = random.iter().map(|value| value * value).sum::<f32>().sqrt();
        let moved: Vec<f32> =
            start.iter().zip(&random).map(|(z, by)| z + length / norm * by).collect();
        assert!(square > 3.0 * change(&moved).1, "{square} {}", change(&moved).1);
    }
}

#[test]
fn outside_of_the_area_the_picture_stays() {
    let settings = EditSettings { candidates: 1, distance_weight: 0.0, ..EditSettings::default() };
    let stroke = background(StrokeTool::Colour([20, 20, 40]));
    let upper = AreaStroke {
        brush: Brush { size: 0.5, strength: 1.0, softness: 0.1 },
        points: vec![StrokePoint::at(0.0, 0.0), StrokePoint::at(1.0, 0.0)],
        mirrored: false,
        removes: false,
    };
    let area = ChangeArea { strokes: vec![Arc::new(upper)], ..ChangeArea::default() };
    let free = solved(std::slice::from_ref(&stroke), &settings);
    let start = free.energy().start().to_vec();
    let mut bound = solved(&[], &settings);
    bound.restart(&EditPlan { area, ..plan(&[stroke], &settings) }, &start).unwrap();
    let bound = at_rest(bound);
    let below = |solve: &Solve| -> f32 {
        let after = read_values(solve.energy().pictures(&solve.candidates()[0].z)).unwrap();
        let rows = after.iter().zip(solve.energy().before()).enumerate();
        rows.filter(|(at, _)| at % 4096 / 64 > 24).map(|(_, (a, b))| (a - b) * (a - b)).sum()
    };
    // The model knows backgrounds of one colour alone, so the area cannot have all its way.
    assert!(below(&bound) < 0.6 * below(&free), "{} {}", below(&bound), below(&free));
}

#[test]
fn an_edit_rests_when_its_energy_does_and_wakes_with_the_next_stroke() {
    let settings = EditSettings { candidates: 1, steps: 400, ..EditSettings::default() };
    let mut solve = solved(&[background(StrokeTool::Colour([20, 20, 40]))], &settings);
    assert!(solve.steps() < 400, "it settled after {} steps", solve.steps());
    let (steps, z) = (solve.steps(), solve.candidates()[0].z.clone());
    solve.step().unwrap();
    assert_eq!((solve.steps(), &solve.candidates()[0].z), (steps, &z), "rest is rest");
    let light = plan(&[background(StrokeTool::Colour([230, 230, 230]))], &settings);
    let start = solve.energy().start().to_vec();
    solve.paint(&light, &start).unwrap();
    assert_eq!((solve.stage(), solve.current()), (EditStage::Adopted, &z[..]), "from where it is");
    solve.step().unwrap();
    let before = solve.candidates()[0].loss.total;
    let solve = at_rest(solve);
    assert!(solve.candidates()[0].loss.total < 0.5 * before);
}
