//! Directions without labels and grids along them, as jobs of the real engine.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use latent_atelier::latent::cosines;
use latent_atelier::protocol::*;
use latent_atelier::storage::{Container, Limits, open_directions, open_png};

use crate::driver::{Driver, faces, latent, run, space, tiny};

fn job(search: DirectionSearch) -> DirectionsJob {
    let base = SampleSource::Given(vec![latent(6)]);
    DirectionsJob { search, count: 6, base, seed: 3, picture: None, out: None }
}

fn found(driver: &mut Driver, job: DirectionsJob) -> FoundDirections {
    driver.send(Command::FindDirections(Box::new(job)));
    *driver.wait("directions", |event| match event {
        Event::DirectionsFound(found) => Some(found),
        Event::Notice(notice) => panic!("{notice:?}"),
        _ => None,
    })
}

fn written(driver: &mut Driver, command: Command) -> PathBuf {
    driver.send(command);
    driver.wait("a file", |event| match event {
        Event::FileWritten(path) => Some(path),
        Event::Notice(notice) => panic!("{notice:?}"),
        _ => None,
    })
}

fn trained(family: Family) -> Driver {
    let mut driver = Driver::with_faces();
    driver.train(run(family, 30, driver.path("run")));
    driver
}

fn pca() -> DirectionSearch {
    let (source, options) = (DatasetSource::Portraits, faces(16));
    DirectionSearch::Pca { source, options, limit: 60 }
}

/// Pictures of latents as values in [-1, 1], row by row.
fn images(driver: &mut Driver, latents: Vec<Latent>) -> Vec<Vec<f32>> {
    let (out, count) = (driver.path("images.safetensors"), latents.len());
    let source = SampleSource::Given(latents);
    written(driver, Command::SampleToFile(SampleJob { source, out: out.clone() }));
    let mut file = Container::open(&out, Limits::STATED).expect("written");
    let values = file.read("images").expect("read").expect("there").values;
    values.chunks_exact(values.len() / count).map(<[f32]>::to_vec).collect()
}

/// Each as long as the prior's unit, and all square to each other.
fn assert_orthonormal(found: &FoundDirections) {
    let steps: Vec<&[f32]> = found.directions.iter().map(|one| one.step.0.as_slice()).collect();
    for (row, cosines) in cosines(&steps).into_iter().enumerate() {
        assert!((found.directions[row].step.norm() - 1.0).abs() < 1e-4);
        let square = |(column, cosine): (usize, f64)| column == row || cosine.abs() < 1e-3;
        assert!(cosines.into_iter().enumerate().all(square));
    }
}

fn assert_falling(values: impl IntoIterator<Item = f64>) {
    let values: Vec<f64> = values.into_iter().collect();
    assert!(values.is_sorted_by(|a, b| a >= b), "{values:?}");
}

#[test]
fn components_of_codes_are_told_kept_and_drawn() {
    let mut driver = trained(Family::Vae);
    let (out, picture) = (driver.path("pca.safetensors"), driver.path("pca.png"));
    let asked =
        DirectionsJob { out: Some(out.clone()), picture: Some(picture.clone()), ..job(pca()) };
    let all = found(&mut driver, asked);
    let explained: Vec<f64> = all
        .directions
        .iter()
        .map(|one| match one.origin {
            Origin::Component { explained, .. } => explained,
            _ => panic!("{:?}", one.origin),
        })
        .collect();
    assert_falling(explained.iter().copied());
    assert!((explained.iter().sum::<f64>() - 1.0).abs() < 1e-6, "all six explain all");
    // A step is a standard deviation: its square is the variance.
    let squares: Vec<f64> =
        all.directions.iter().map(|one| f64::from(one.step.norm()).powi(2)).collect();
    for (square, explained) in squares.iter().zip(&explained) {
        assert!((square / squares.iter().sum::<f64>() - explained).abs() < 1e-4);
    }
    let read = open_directions(&out, &space(&driver)).expect("written");
    assert_eq!(read.len(), all.directions.len());
    for (read, one) in read.iter().zip(&all.directions) {
        assert_eq!((&read.name, &read.step), (&one.name, &one.step));
    }
    assert_eq!((all.places.len(), all.strips.len()), (7, 6));
    let middle = driver.preview(&all.base).frame;
    for strip in &all.strips {
        assert_eq!((strip.width_px, strip.height_px), (7 * 16, 16));
        for y in 0..16 {
            let row = &strip.rgba[(y * strip.width_px + 48) * 4..][..64];
            let alike = row.iter().zip(&middle.rgba[y * 64..]).all(|(a, b)| a.abs_diff(*b) <= 1);
            assert!(alike, "the middle of a strip is the base");
        }
    }
    // Six rows of tiles enlarged to 128 pixels, and words.
    let sheet = open_png(&picture).expect("drawn");
    assert!(sheet.width_px > 7 * 128 && sheet.height_px > 6 * 128, "{}", sheet.width_px);
}

#[test]
fn layers_weights_derivatives_and_dimensions_need_no_data() {
    let mut driver = trained(Family::Gan);
    let base = latent(6);
    let layers = found(&mut driver, job(DirectionSearch::LayerPca { layer: 1, samples: 64 }));
    assert_eq!((layers.directions.len(), layers.base), (6, base.clone()));
    for one in &layers.directions {
        let Origin::LayerComponent { layer: 1, fit, .. } = one.origin else {
            panic!("{:?}", one.origin)
        };
        assert!((one.step.norm() - 1.0).abs() < 1e-4 && (0.0..=1.0).contains(&fit));
    }
    let share = |one: &Direction| match one.origin {
        Origin::LayerComponent { explained, .. } => explained,
        _ => f64::NAN,
    };
    assert_falling(layers.directions.iter().map(share));
    let again = found(&mut driver, job(DirectionSearch::LayerPca { layer: 1, samples: 64 }));
    assert_eq!(again.directions, layers.directions, "the same seed, the same directions");

    let sefa = found(&mut driver, job(DirectionSearch::Sefa));
    assert_orthonormal(&sefa);
    assert!(sefa.directions.iter().all(|one| matches!(one.origin, Origin::Sefa { .. })));

    let tangents = found(&mut driver, job(DirectionSearch::Jacobian));
    assert_orthonormal(&tangents);
    let value = |one: &Direction| match one.origin {
        Origin::Tangent { value, .. } => value,
        _ => f64::NAN,
    };
    assert_falling(tangents.directions.iter().map(value));
    // The singular value is how fast the picture changes.
    let h = 1e-3;
    let ends = tangents.directions.iter().flat_map(|one| [h, -h].map(|h| base.plus(&one.step, h)));
    let pictures = images(&mut driver, ends.collect());
    for (both, one) in pictures.chunks_exact(2).zip(&tangents.directions) {
        let square: f32 = both[0].iter().zip(&both[1]).map(|(a, b)| (a - b).powi(2)).sum();
        let speed = f64::from(square.sqrt() / (2.0 * h));
        assert!((speed - value(one)).abs() < 0.02 * value(&tangents.directions[0]), "{speed}");
    }

    let dims = found(&mut driver, DirectionsJob { count: 4, ..job(DirectionSearch::Sensitivity) });
    assert_eq!(dims.directions.len(), 4);
    let sensitivity = |one: &Direction| match one.origin {
        Origin::Dimension { sensitivity, kl: None, .. } => sensitivity,
        _ => f64::NAN,
    };
    assert_falling(dims.directions.iter().map(sensitivity));
    let Origin::Dimension { dim, .. } = dims.directions[0].origin else { panic!("a dimension") };
    let ends = [1.0, -1.0].map(|value| {
        let mut end = base.clone();
        end.0[dim] = value;
        end
    });
    let pictures = images(&mut driver, ends.to_vec());
    let change: f32 = pictures[0].iter().zip(&pictures[1]).map(|(a, b)| (a - b).abs()).sum();
    let mean = f64::from(change) / pictures[0].len() as f64;
    assert!((mean - sensitivity(&dims.directions[0])).abs() < 1e-4, "{mean}");
}

#[test]
fn what_cannot_be_found_is_told() {
    let mut driver = Driver::cpu();
    driver.send(Command::NewModel(tiny(Family::Gan), 0));
    driver.model_ready();
    let mut refused = |job: DirectionsJob| {
        driver.send(Command::FindDirections(Box::new(job)));
        driver.error()
    };
    assert!(refused(job(pca())).contains("take layer-pca"));
    let deep = job(DirectionSearch::LayerPca { layer: 9, samples: 8 });
    assert!(refused(deep).contains("0 to 1"));
    let many = job(DirectionSearch::LayerPca { layer: 1, samples: 1_000_000 });
    assert!(refused(many).contains("earlier layer"));
    let wrong = SampleSource::Given(vec![latent(5)]);
    let wrong = DirectionsJob { base: wrong, ..job(DirectionSearch::Jacobian) };
    assert!(refused(wrong).contains("5 dimensions"));
    let none = SampleSource::Given(Vec::new());
    let none = DirectionsJob { base: none, ..job(DirectionSearch::Sefa) };
    assert!(refused(none).contains("no latent"));
}

#[test]
fn a_stop_leaves_nothing_behind() {
    let mut driver = Driver::cpu();
    driver.send(Command::NewModel(tiny(Family::Gan), 0));
    driver.model_ready();
    let (out, picture) = (driver.path("z.safetensors"), driver.path("z.png"));
    let long = job(DirectionSearch::LayerPca { layer: 0, samples: 200_000 });
    let long = DirectionsJob { out: Some(out.clone()), picture: Some(picture.clone()), ..long };
    driver.send(Command::FindDirections(Box::new(long)));
    driver.wait("progress", |event| matches!(event, Event::JobProgress { .. }).then_some(()));
    let asked = Instant::now();
    driver.send(Command::StopTraining);
    assert!(driver.stopped().contains("nothing was written"));
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    assert!(!out.exists() && !picture.exists());
}

fn dimension(dim: usize, steps: usize) -> GridAxis {
    GridAxis { along: GridDirection::Dimension(dim), steps, reach: 2.0 }
}

fn grid(x: GridAxis, y: Option<GridAxis>, out: PathBuf) -> GridJob {
    GridJob { base: SampleSource::Given(vec![latent(6)]), x, y, scale: 1, out }
}

/// Where a tile lies in a sheet: left and top.
fn place(sheet: &Frame, tile: &Frame) -> Option<(usize, usize)> {
    let is_at = |left: usize, top: usize| {
        (0..tile.height_px).all(|y| {
            let start = ((top + y) * sheet.width_px + left) * 4;
            let row = &tile.rgba[y * tile.width_px * 4..][..tile.width_px * 4];
            // Pictures decoded one by one and in parts may round differently.
            sheet.rgba[start..].iter().zip(row).all(|(a, b)| a.abs_diff(*b) <= 1)
        })
    };
    let lefts = 0..=sheet.width_px - tile.width_px;
    let tops = || 0..=sheet.height_px - tile.height_px;
    lefts.flat_map(|left| tops().map(move |top| (left, top))).find(|(x, y)| is_at(*x, *y))
}

#[test]
fn a_grid_goes_from_left_to_right_and_from_bottom_to_top() {
    let mut driver = trained(Family::Vae);
    let out = driver.path("grid.png");
    let asked = grid(dimension(1, 3), Some(dimension(4, 2)), out.clone());
    assert_eq!(written(&mut driver, Command::DrawGrid(Box::new(asked.clone()))), out);
    let sheet = open_png(&out).expect("drawn");
    let mut places = Vec::new();
    for (y, up) in [(0, -2.0), (1, 2.0)] {
        for (x, along) in [-2.0, 0.0, 2.0].into_iter().enumerate() {
            let mut z = latent(6);
            (z.0[1], z.0[4]) = (along, up);
            let tile = driver.preview(&z).frame;
            let found = place(&sheet, &tile).unwrap_or_else(|| panic!("no tile {x} {y}"));
            places.push(found);
        }
    }
    let (left, bottom) = places[0];
    let pitch = places[1].0 - left;
    assert!(pitch > 16, "tiles do not touch");
    let expected = |x: usize, y: usize| (left + x * pitch, bottom - y * pitch);
    let all: Vec<(usize, usize)> =
        (0..2).flat_map(|y| (0..3).map(move |x| (x, y))).map(|(x, y)| expected(x, y)).collect();
    assert_eq!(places, all);

    // Along a direction the base itself stands in the middle.
    let file = driver.path("sefa.safetensors");
    let asked_of = DirectionsJob { out: Some(file.clone()), ..job(DirectionSearch::Sefa) };
    let sefa = found(&mut driver, asked_of);
    let along = GridDirection::Named { file: file.clone(), name: "SeFa 2".to_owned() };
    let x = GridAxis { along, steps: 3, reach: 2.0 };
    let row = grid(x.clone(), None, driver.path("row.png"));
    written(&mut driver, Command::DrawGrid(Box::new(row)));
    let sheet = open_png(&driver.path("row.png")).expect("drawn");
    let lefts = [-2.0, 0.0, 2.0].map(|steps| {
        let z = latent(6).plus(&sefa.directions[1].step, steps);
        let tile = driver.preview(&z).frame;
        place(&sheet, &tile).expect("its tile").0
    });
    assert_eq!([lefts[1] - lefts[0], lefts[2] - lefts[1]], [pitch, pitch]);

    let refused = |driver: &mut Driver, job: GridJob, words: &str| {
        let path = driver.path("nothing.png");
        driver.send(Command::DrawGrid(Box::new(GridJob { out: path.clone(), ..job })));
        let text = driver.error();
        assert!(text.contains(words), "{text}");
        assert!(!Path::exists(&path));
    };
    refused(&mut driver, GridJob { x: dimension(6, 3), ..asked.clone() }, "0 to 5");
    refused(&mut driver, GridJob { y: Some(dimension(1, 3)), ..asked.clone() }, "both axes");
    refused(&mut driver, GridJob { x: dimension(0, 0), ..asked.clone() }, "1 to 1000");
    let large = GridJob { x: dimension(0, 1000), y: Some(dimension(1, 1000)), ..asked.clone() };
    refused(&mut driver, large, "100000000 pixels");
    let along = GridDirection::Named { file, name: "hat".to_owned() };
    let unknown = GridJob { x: GridAxis { along, ..x.clone() }, ..asked.clone() };
    refused(&mut driver, unknown, "SeFa 1, SeFa 2");
    // The same size, another generator.
    driver.send(Command::NewModel(tiny(Family::Vae), 99));
    driver.model_ready();
    refused(&mut driver, GridJob { x, ..asked }, "another generator");
}
