//! Maps, their small pictures and the nearest training pictures, as the real engine makes them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use latent_atelier::protocol::*;

use crate::driver::{Driver, PATIENCE, faces, latent, run, tiny};

fn chosen(count: usize) -> ChosenPictures {
    ChosenPictures { source: DatasetSource::Portraits, options: faces(16), count }
}

fn job(count: usize, samples: usize) -> MapJob {
    MapJob {
        pictures: (count > 0).then(|| chosen(count)),
        samples,
        method: MapMethod::Pca,
        clusters: Clustering::KMeans(3),
        seed: 5,
        out: None,
        colour: None,
    }
}

fn made(driver: &mut Driver, job: &MapJob) -> Arc<Map> {
    driver.send(Command::MakeMap(Box::new(job.clone())));
    driver.wait("a map", |event| match event {
        Event::MapMade(map) => Some(map),
        Event::Notice(notice) => panic!("{notice:?}"),
        _ => None,
    })
}

fn refused(driver: &mut Driver, job: &MapJob) -> String {
    driver.send(Command::MakeMap(Box::new(job.clone())));
    driver.wait("the end of the job", |event| matches!(event, Event::MapFailed).then_some(()));
    driver.error()
}

fn with_model(family: Family) -> Driver {
    let mut driver = Driver::with_faces();
    driver.send(Command::NewModel(tiny(family), 5));
    driver.model_ready();
    driver
}

/// Asks for small pictures and waits until all of them are there.
fn pictures(driver: &Driver, request: &MapPicturesRequest) -> MapPictures {
    driver.send(Command::DrawMapPictures(request.clone()));
    let deadline = Instant::now() + PATIENCE;
    let mut done = 0;
    loop {
        for found in driver.handle.map.take() {
            if (found.place, found.id) == (request.place, request.id) {
                assert!(found.done > done, "each answer has more");
                done = found.done;
                if done == found.count {
                    return found;
                }
            }
        }
        assert!(Instant::now() < deadline, "no pictures");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn tile(pictures: &MapPictures, index: usize) -> Vec<u8> {
    let px = pictures.tile_px;
    let (row, column) = (index / pictures.columns, index % pictures.columns);
    let rows = (0..px).map(|y| {
        let start = ((row * px + y) * pictures.frame.width_px + column * px) * 4;
        pictures.frame.rgba[start..start + px * 4].to_vec()
    });
    rows.flatten().collect()
}

#[test]
fn a_map_holds_pictures_and_samples_with_labels_clusters_and_a_plane() {
    let mut driver = with_model(Family::Vae);
    let map = made(&mut driver, &job(50, 30));
    assert_eq!((map.points.len(), map.pictures.len(), map.samples(), map.dims), (80, 50, 30, 6));
    assert_eq!(map.latents.len(), 80 * 6);
    // Spread over the 64 faces there are.
    assert_eq!((map.pictures[0], map.pictures[49]), (0, 62));
    assert!(!map.labels.names.is_empty() && !map.labels.of(0).is_empty());
    let plane = map.plane.as_ref().expect("a plane");
    for point in [0, 49, 50, 79] {
        let place = plane.place(&map.latent(point).expect("a latent"));
        let apart =
            (place[0] - map.points[point][0]).abs() + (place[1] - map.points[point][1]).abs();
        assert!(apart < 1e-4, "point {point}");
    }
    assert_eq!(map.clusters.len(), 3);
    assert_eq!(map.clusters.iter().map(|cluster| cluster.size).sum::<usize>(), 80);
    assert!(map.clusters.windows(2).all(|pair| pair[0].size >= pair[1].size));
    let shares: f64 = map.explained.iter().sum();
    assert!((shares - 1.0).abs() < 1e-6, "{shares}");
    // The same seed gives the same map.
    let again = made(&mut driver, &job(50, 30));
    assert_eq!((&again.points, &again.members), (&map.points, &map.members));
    // The samples are those of the sheet with this seed.
    driver.send(Command::DrawSamples { seed: 5, count: 4, truncation: 1.0 });
    assert_eq!(driver.sheet(0).latents[3], map.latent(53).expect("a sample"));
}

#[test]
fn every_method_and_kind_of_cluster_places_all_points() {
    let mut driver = with_model(Family::Vae);
    let tsne = MapMethod::Tsne { perplexity: 5.0, epochs: 60 };
    let map = made(&mut driver, &MapJob { method: tsne, clusters: Clustering::None, ..job(40, 0) });
    assert_eq!((map.points.len(), &map.plane), (40, &None));
    assert!(map.members.is_empty() && map.explained.is_empty());
    assert!(map.points.iter().flatten().all(|value| value.is_finite()));
    let clusters = Clustering::Mixture(2);
    let map = made(&mut driver, &MapJob { clusters, ..job(60, 0) });
    assert_eq!((map.clusters.len(), map.members.len()), (2, 60));

    driver.send(Command::NewModel(ModelSpec { latent: 2, ..tiny(Family::Gan) }, 1));
    driver.model_ready();
    let own = MapJob { method: MapMethod::Latents, ..job(0, 20) };
    let map = made(&mut driver, &own);
    assert_eq!(map.points.concat(), map.latents);
    assert_eq!(map.plane.as_ref().map(|plane| plane.origin.clone()), Some(Latent::zeros(2)));
}

#[test]
fn points_are_told_before_their_clusters_and_can_be_looked_at() {
    let mut driver = with_model(Family::Vae);
    driver.send(Command::MakeMap(Box::new(job(40, 10))));
    let placed = driver.wait("points", |event| match event {
        Event::MapPlaced(map) => Some(map),
        Event::MapMade(_) => panic!("the clusters came first"),
        _ => None,
    });
    assert_eq!((placed.points.len(), placed.clusters.len()), (50, 0));
    let pictures_of = vec![MapPicture::Data(placed.pictures[3])];
    let place = MapPlace::Hover;
    let request = MapPicturesRequest { place, id: 1, pictures: pictures_of, columns: 1 };
    assert_eq!(pictures(&driver, &request).frame.width_px, 16);
    let made = driver.wait("a map", |event| match event {
        Event::MapMade(map) => Some(map),
        _ => None,
    });
    assert!(made.has_points_of(&placed) && made.clusters.len() == 3);
}

#[test]
fn what_cannot_be_mapped_is_told() {
    let mut driver = with_model(Family::Gan);
    assert!(refused(&mut driver, &job(20, 0)).contains("no encoder"));
    let own = MapJob { method: MapMethod::Latents, ..job(0, 20) };
    assert!(refused(&mut driver, &own).contains("6 latent dimensions"));
    driver.send(Command::NewModel(tiny(Family::Vae), 5));
    driver.model_ready();
    // More pictures are asked for than there are: what is left is too few for this perplexity.
    let wide = MapMethod::Tsne { perplexity: 30.0, epochs: 50 };
    let text = refused(&mut driver, &MapJob { method: wide, ..job(500, 0) });
    assert!(text.contains("21 at most"), "{text}");
    let out = Some(driver.path("map.txt"));
    assert!(refused(&mut driver, &MapJob { out, ..job(10, 0) }).contains(".csv"));
    let out = Some(driver.path("map.png"));
    let colour = Some("no such label".to_owned());
    assert!(refused(&mut driver, &MapJob { out, colour, ..job(10, 0) }).contains("no such label"));
    assert!(!driver.path("map.png").exists());
}

#[test]
fn a_map_is_cancelled_within_a_second_at_every_stage_while_training_goes_on() {
    let mut driver = Driver::with_faces();
    driver.start(run(Family::Vae, 0, driver.path("run")));
    driver.progress();
    let large =
        ChosenPictures { options: DatasetOptions { portraits: 4000, ..faces(16) }, ..chosen(4000) };
    let long = MapJob {
        pictures: Some(large),
        samples: 6000,
        method: MapMethod::Tsne { perplexity: 30.0, epochs: 10_000 },
        clusters: Clustering::Mixture(40),
        ..job(0, 0)
    };
    let clusters = MapJob { method: MapMethod::Pca, ..long.clone() };
    let stages = [
        ("reading", &long),
        ("encoding", &long),
        ("neighbours", &long),
        ("t-SNE", &long),
        ("clusters", &clusters),
    ];
    for (stage, job) in stages {
        driver.send(Command::MakeMap(Box::new(job.clone())));
        driver.wait(stage, |event| match event {
            Event::JobProgress { what, .. } => what.contains(stage).then_some(()),
            Event::MapMade(_) => panic!("no {stage}"),
            _ => None,
        });
        driver.preview(&latent(6));
        let asked = Instant::now();
        driver.send(Command::StopJobs);
        driver.wait("the end", |event| matches!(event, Event::MapFailed).then_some(()));
        // That it stopped as the person wished is no error.
        let level = driver.wait("the notice", |event| match event {
            Event::Notice(notice) if notice.text.contains("nothing was written") => {
                Some(notice.level)
            }
            _ => None,
        });
        assert_eq!(level, NoticeLevel::Stopped);
        assert!(asked.elapsed() < Duration::from_secs(1), "{stage}: {:?}", asked.elapsed());
        let step = driver.progress().step;
        assert!(driver.progress().step > step, "training went on");
    }
    assert_eq!(driver.stop().0, StopReason::Stopped);
}

#[test]
fn small_pictures_are_of_the_maps_own_model_and_data() {
    let mut driver = with_model(Family::Vae);
    let map = made(&mut driver, &job(40, 10));
    let sample = map.latent(45).expect("a sample");
    let drawn = driver.preview(&sample).frame;
    let both = MapPicturesRequest {
        place: MapPlace::Hover,
        id: 1,
        pictures: vec![MapPicture::Data(map.pictures[3]), MapPicture::Decoded(sample.clone())],
        columns: 2,
    };
    let found = pictures(&driver, &both);
    assert_eq!((found.tile_px, found.frame.width_px, found.frame.height_px), (16, 32, 16));
    let close = |a: &[u8], b: &[u8]| a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 1);
    assert!(close(&tile(&found, 1), &drawn.rgba));
    assert_ne!(tile(&found, 0), tile(&found, 1));

    // Many at once come in parts, in rows; a newer request takes the place of an older one.
    let plane = map.plane.as_ref().expect("a plane");
    let many: Vec<MapPicture> = (0..96)
        .map(|at| plane.latent([at as f32 * 0.01, 0.0], None))
        .map(MapPicture::Decoded)
        .collect();
    let place = MapPlace::Background;
    let older = MapPicturesRequest { place, id: 1, pictures: many.clone(), columns: 12 };
    driver.send(Command::DrawMapPictures(older));
    let newer = MapPicturesRequest { place, id: 2, pictures: many, columns: 12 };
    let found = pictures(&driver, &newer);
    assert_eq!((found.frame.width_px, found.frame.height_px), (12 * 16, 8 * 16));
    let first = driver.preview(&plane.latent([0.0, 0.0], None)).frame;
    assert!(close(&tile(&found, 0), &first.rgba));

    // Another model is open: the map's pictures are still those of its own.
    driver.send(Command::NewModel(tiny(Family::Vae), 6));
    driver.model_ready();
    let again = pictures(&driver, &MapPicturesRequest { id: 2, ..both });
    assert!(close(&tile(&again, 1), &drawn.rgba));
    // A latent of another size is told, and the engine goes on.
    let wrong = vec![MapPicture::Decoded(Latent::zeros(3))];
    let place = MapPlace::Hover;
    driver.send(Command::DrawMapPictures(MapPicturesRequest {
        place,
        id: 3,
        pictures: wrong,
        columns: 1,
    }));
    assert!(driver.error().contains("another model"));
}

fn nearest(driver: &Driver, id: u64, latent: &Latent, count: usize) -> Nearest {
    driver.send(Command::FindNearest(NearestRequest { id, latent: latent.clone(), count }));
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = driver.handle.map.nearest.take().filter(|found| found.id == id) {
            return found;
        }
        assert!(Instant::now() < deadline, "no answer");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn nearest_pictures_are_those_of_brute_force_in_pixels_and_in_features() {
    let mut driver = with_model(Family::Vae);
    let map = made(&mut driver, &job(64, 0));
    let asked = latent(6);
    let found = nearest(&driver, 7, &asked, 5);
    assert_eq!((found.by_pixels.len(), found.by_features.len(), found.tile_px), (5, 5, 16));
    assert_eq!((found.frame.width_px, found.frame.height_px), (10 * 16, 16));

    // Every picture's pixels, as the data set gives them.
    let drawn = driver.preview(&asked).frame;
    let all = MapPicturesRequest {
        place: MapPlace::Hover,
        id: 1,
        pictures: map.pictures.iter().map(|&number| MapPicture::Data(number)).collect(),
        columns: 1,
    };
    let all = pictures(&driver, &all);
    let distance = |index: usize| -> f64 {
        let terms = tile(&all, index).into_iter().zip(drawn.rgba.iter());
        let square = |(a, b): (u8, &u8)| ((f64::from(a) - f64::from(*b)) / 127.5).powi(2);
        terms.map(square).sum::<f64>().sqrt()
    };
    let mut expected: Vec<(f64, u32)> =
        (0..64).map(|index| (distance(index), map.pictures[index])).collect();
    expected.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (found, (distance, _)) in found.by_pixels.iter().zip(&expected) {
        // The picture on the screen is rounded to bytes, the one compared is not.
        assert!((f64::from(found.distance) - distance).abs() < 0.05, "{found:?} {distance}");
    }
    // Features: the nearest codes to that of the picture; their codes come with them.
    assert!(found.by_features.windows(2).all(|pair| pair[0].distance <= pair[1].distance));
    let code = |number: u32| {
        let point = map.pictures.iter().position(|&one| one == number).expect("indexed");
        map.latent(point).expect("a code")
    };
    for near in found.by_features.iter().chain(&found.by_pixels) {
        assert_eq!(near.latent.as_ref(), Some(&code(near.picture)));
    }
    // Another size is another model's: dropped, and the next one is answered.
    let latent = Latent::zeros(3);
    driver.send(Command::FindNearest(NearestRequest { id: 8, latent, count: 5 }));
    assert_eq!(nearest(&driver, 9, &asked, 2).by_pixels, found.by_pixels[..2]);
}

#[test]
fn pictures_are_indexed_without_a_map_and_without_an_encoder() {
    let mut driver = with_model(Family::Gan);
    driver.send(Command::IndexPictures(Box::new(IndexJob { pictures: chosen(30) })));
    let (count, with_features) = driver.wait("an index", |event| match event {
        Event::PicturesIndexed { count, with_features } => Some((count, with_features)),
        Event::Notice(notice) => panic!("{notice:?}"),
        _ => None,
    });
    assert_eq!((count, with_features), (30, false));
    let found = nearest(&driver, 1, &latent(6), 4);
    assert_eq!((found.by_pixels.len(), found.by_features.len()), (4, 0));
    assert!(found.by_pixels.iter().all(|near| near.latent.is_none()));
}
