//! Directions of attributes, as jobs of the real engine.

use latent_atelier::latent::cosine;
use latent_atelier::protocol::*;
use latent_atelier::storage::open_directions;

use crate::driver::{Driver, faces, latent, run, space, tiny};

fn job(driver: &Driver, method: DirectionMethod) -> AttributesJob {
    AttributesJob {
        source: DatasetSource::Portraits,
        options: faces(16),
        limit: 300,
        method,
        ridge: 1.0,
        tries: 0,
        seed: 0,
        out: Some(driver.path("directions.safetensors")),
    }
}

fn found(driver: &mut Driver, job: AttributesJob) -> Attributes {
    driver.send(Command::FindAttributes(Box::new(job)));
    *driver.wait("directions", |event| match event {
        Event::AttributesFound(found) => Some(found),
        Event::Notice(notice) => panic!("{notice:?}"),
        _ => None,
    })
}

/// Pictures with and without, accuracy, AUC.
fn labels(direction: &Direction) -> (usize, usize, f64, f64) {
    match direction.origin {
        Origin::Labels { with, without, accuracy, auc } => (with, without, accuracy, auc),
        _ => panic!("{:?}", direction.origin),
    }
}

#[test]
fn directions_of_a_trained_model_tell_held_out_faces_apart() {
    let mut driver = Driver::with_faces();
    driver.train(run(Family::Vae, 60, driver.path("run")));
    let asked = job(&driver, DirectionMethod::Means);
    let means = found(&mut driver, asked);
    assert!(means.directions.len() >= 10, "{}", means.directions.len());
    let read = open_directions(&driver.path("directions.safetensors"), &space(&driver));
    let read = read.expect("written");
    assert_eq!(read.len(), means.directions.len());
    for (read, direction) in read.iter().zip(&means.directions) {
        assert_eq!((&read.name, &read.step), (&direction.name, &direction.step));
        // JSON's decimal digits may cost the last bit.
        assert!((labels(read).3 - labels(direction).3).abs() < 1e-12);
    }
    for (index, direction) in means.directions.iter().enumerate() {
        assert!((means.cosines[index][index] - 1.0).abs() < 1e-9);
        let (with, without, ..) = labels(direction);
        assert!(with > 0 && without > 0, "{}", direction.name);
    }
    // The background fills most of a picture: even six dimensions and sixty steps know it.
    let background = |all: &Attributes| {
        let dark = all.directions.iter().find(|one| one.name == "dark background");
        dark.expect("faces have backgrounds").clone()
    };
    let dark = background(&means);
    let (_, _, accuracy, auc) = labels(&dark);
    assert!(auc > 0.8 && accuracy > 0.7, "{dark:?}");

    let asked = job(&driver, DirectionMethod::Logistic);
    let boundary = background(&found(&mut driver, asked));
    assert!(labels(&boundary).3 > 0.8, "{boundary:?}");
    // Another normal, in the same unit: as far along itself as the means lie apart.
    assert_ne!(boundary.step, dark.step);
    let along = cosine(&boundary.step.0, &dark.step.0) * f64::from(dark.step.norm());
    assert!((along - f64::from(boundary.step.norm())).abs() < 1e-4, "{along}");
}

/// What the engine measured of these.
fn judged(driver: &mut Driver, directions: Vec<ToJudge>) -> Vec<Judgement> {
    let (source, options) = (DatasetSource::Portraits, faces(16));
    let job = JudgeJob { source, options, limit: 300, directions };
    driver.send(Command::JudgeDirections(Box::new(job)));
    driver.wait("judgements", |event| match event {
        Event::DirectionsJudged(judgements) => Some(judgements),
        Event::Notice(notice) => panic!("{notice:?}"),
        _ => None,
    })
}

#[test]
fn any_direction_is_judged_by_a_label_or_at_least_shown_on_the_data() {
    let mut driver = Driver::with_faces();
    driver.train(run(Family::Vae, 60, driver.path("run")));
    let asked = job(&driver, DirectionMethod::Means);
    let means = found(&mut driver, asked);
    let dark = means.directions.iter().find(|one| one.name == "dark background").expect("found");
    let known = dark.judged.clone().expect("judged");
    assert_eq!(known.label, "dark background");
    assert!(known.with > 0 && known.without > 0 && known.larger_share() >= 0.5, "{known:?}");
    let ask = |id, labels: &[&str]| ToJudge {
        id,
        step: dark.step.clone(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    };
    let asked = vec![ask(1, &["no such label", "dark background"]), ask(2, &["no such label"])];
    // Twice: from the codes at hand, and from those of a model that was opened again.
    for _ in 0..2 {
        let [by_label, bare] = judged(&mut driver, asked.clone()).try_into().expect("both");
        assert_eq!((by_label.id, by_label.judged), (1, Some(known.clone())));
        assert_eq!(by_label.histogram, dark.histogram);
        assert_eq!((bare.id, bare.judged), (2, None));
        let histogram = bare.histogram.expect("the data lie somewhere along it");
        assert_eq!(histogram.threshold, None);
        let all: u32 = histogram.with.iter().sum();
        assert_eq!(all as usize, known.with + known.without);
        driver.send(Command::OpenModel(driver.path("run")));
        driver.model_ready();
    }
    let short = ToJudge { id: 3, step: Latent::zeros(2), labels: Vec::new() };
    let (source, options) = (DatasetSource::Portraits, faces(16));
    let job = JudgeJob { source, options, limit: 300, directions: vec![short] };
    driver.send(Command::JudgeDirections(Box::new(job)));
    assert!(driver.error().contains("another latent space"));
}

#[test]
fn sensitivities_are_one_number_a_dimension() {
    let mut driver = Driver::cpu();
    driver.send(Command::NewModel(tiny(Family::Gan), 0));
    driver.model_ready();
    driver.send(Command::MeasureSensitivities(SensitivityJob { bases: vec![latent(6)] }));
    let of_each = driver.wait("sensitivities", |event| match event {
        Event::SensitivitiesMeasured(of_each) => Some(of_each),
        Event::Notice(notice) => panic!("{notice:?}"),
        _ => None,
    });
    assert!(of_each.len() == 6 && of_each.iter().all(|one| *one > 0.0), "{of_each:?}");
    driver.send(Command::MeasureSensitivities(SensitivityJob { bases: Vec::new() }));
    assert!(driver.error().contains("latents of the open model"));
}

#[test]
fn what_has_no_codes_or_no_labels_is_told_and_nothing_is_written() {
    let mut driver = Driver::cpu();
    driver.send(Command::NewModel(tiny(Family::Gan), 0));
    driver.model_ready();
    let asked = job(&driver, DirectionMethod::Means);
    driver.send(Command::FindAttributes(Box::new(asked.clone())));
    assert!(driver.error().contains("no encoder"));

    driver.send(Command::NewModel(tiny(Family::Vae), 0));
    driver.model_ready();
    let pictures = driver.path("plain");
    std::fs::create_dir_all(&pictures).expect("made");
    for shade in 0..4_u8 {
        let pixel = image::Rgb([shade * 60; 3]);
        let path = pictures.join(format!("{shade}.png"));
        image::RgbImage::from_pixel(16, 16, pixel).save(path).expect("written");
    }
    let plain = AttributesJob { source: DatasetSource::Path(pictures), ..asked.clone() };
    driver.send(Command::FindAttributes(Box::new(plain)));
    assert!(driver.error().contains("no labels"));

    // The oracle judges 64 px pictures; this model makes smaller ones.
    driver.send(Command::FindAttributes(Box::new(AttributesJob { tries: 3, ..asked })));
    assert!(driver.error().contains("64 px"));
    assert!(!driver.path("directions.safetensors").exists());
}
