//! Pictures brought back to z by the real engine: races, files, the table.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};
use latent_atelier::protocol::*;

use crate::driver::{Driver, PATIENCE, faces, latest, run};

fn trained(family: Family) -> Driver {
    let mut driver = Driver::with_faces();
    driver.train(run(family, 30, driver.path("run")));
    driver
}

fn settings() -> InversionSettings {
    InversionSettings { steps: 40, hybrid_steps: 20, starts: 4, ..InversionSettings::default() }
}

fn request(id: u64, source: RaceSource) -> RaceRequest {
    RaceRequest { id, source, methods: InversionMethod::ALL.to_vec(), settings: settings() }
}

fn view(driver: &Driver, enough: impl Fn(&RaceView) -> bool) -> RaceView {
    latest(&driver.handle.race, enough)
}

fn over(view: &RaceView) -> bool {
    !view.is_running()
}

#[test]
fn three_methods_race_and_the_hybrid_starts_where_the_encoder_ends() {
    let driver = trained(Family::VaeGan);
    driver.send(Command::StartRace(Box::new(request(7, RaceSource::Sample { seed: 1 }))));
    let done = view(&driver, over);
    assert_eq!((done.id, done.kind, done.racers.len()), (7, InversionTarget::Generated, 3));
    let best = |method| {
        let racer = done.racers.iter().find(|racer| racer.method == method).expect("it ran");
        assert!(matches!(racer.state, RacerState::Done | RacerState::Stalled), "{:?}", racer.state);
        assert!(racer.seconds > 0.0 && !racer.curve.is_empty());
        (racer.best.clone().expect("found"), racer.steps)
    };
    let (optimised, steps) = best(InversionMethod::Optimise);
    assert_eq!(steps.0, steps.1);
    let (encoded, _) = best(InversionMethod::Encode);
    let (hybrid, _) = best(InversionMethod::Hybrid);
    assert!(hybrid.loss.mse <= encoded.loss.mse, "{} {}", hybrid.loss.mse, encoded.loss.mse);
    for found in [&optimised, &encoded, &hybrid] {
        let psnr = 10.0 * (4.0 / f64::from(found.loss.mse)).log10();
        assert!((found.psnr_db - psnr).abs() < 1e-6 && found.truth_distance.is_some());
        assert!(found.ssim <= 1.0 && found.picture.width_px == 16 && found.residual.width_px == 16);
    }
    // The optimisation's curve never rises, and more steps can be asked for.
    let curve = &done.racers[0].curve;
    assert!(curve.windows(2).all(|pair| pair[1].total <= pair[0].total));
    driver.send(Command::ContinueRace(10));
    let more = view(&driver, |view| over(view) && view.racers[0].steps.0 > steps.0);
    assert_eq!(more.racers[0].steps.0, steps.0 + 10);
    assert_eq!(
        more.racers[1].steps, done.racers[1].steps,
        "a look through the encoder has no more steps"
    );
}

#[test]
fn the_same_race_finds_the_same_latents_and_a_photo_must_fit() {
    let mut driver = trained(Family::Vae);
    let pixels: Vec<u8> = (0..16 * 16).flat_map(|i| [i as u8, 90, 255 - i as u8, 255]).collect();
    let frame =
        |edge| Frame { width_px: edge, height_px: edge, rgba: std::sync::Arc::new(pixels.clone()) };
    let latents = |driver: &Driver, id| {
        driver.send(Command::StartRace(Box::new(request(id, RaceSource::Picture(frame(16))))));
        let done = view(driver, |view| over(view) && view.id == id);
        done.racers.into_iter().map(|racer| racer.best.expect("found").latent).collect::<Vec<_>>()
    };
    assert_eq!(latents(&driver, 1), latents(&driver, 2));
    driver.send(Command::StartRace(Box::new(request(3, RaceSource::Picture(frame(8))))));
    assert!(driver.error().contains("16×16"));
    let wrong = InversionSettings { starts: 0, ..settings() };
    let request = RaceRequest { settings: wrong, ..request(4, RaceSource::Sample { seed: 1 }) };
    driver.send(Command::StartRace(Box::new(request)));
    assert!(driver.error().contains("0 starts"));
}

#[test]
fn a_race_is_stopped_at_once_beside_a_run_and_previews_are_answered() {
    let mut driver = trained(Family::Gan);
    let long = InversionSettings { steps: 100_000, patience: 0, ..settings() };
    let request = RaceRequest { settings: long, ..request(1, RaceSource::Sample { seed: 1 }) };
    driver.start(run(Family::Gan, 0, driver.path("run2")));
    driver.progress();
    driver.send(Command::StartRace(Box::new(request)));
    let going = view(&driver, |view| view.racers[0].steps.0 > 2);
    for missing in &going.racers[1..] {
        let RacerState::Failed(text) = &missing.state else { panic!("{:?}", missing.state) };
        assert!(text.contains("no encoder"), "{text}");
    }
    driver.progress();
    let latent = Latent::zeros(going.racers[0].best.as_ref().expect("found").latent.dims());
    driver.send(Command::Preview(PreviewRequest { id: 5, latent, truncation: 1.0 }));
    let deadline = Instant::now() + PATIENCE;
    while driver.handle.preview.take().is_none_or(|preview| preview.id != 5) {
        assert!(Instant::now() < deadline, "no preview");
        std::thread::sleep(Duration::from_millis(1));
    }
    let begun = Instant::now();
    driver.send(Command::StopRace);
    let stopped = view(&driver, over);
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(stopped.racers[0].state, RacerState::Stopped);
    let at = stopped.racers[0].steps.0;
    driver.send(Command::ContinueRace(10));
    view(&driver, |view| view.racers[0].steps.0 > at);
    driver.stop();
}

#[test]
fn a_race_stopped_before_it_began_goes_on() {
    let driver = trained(Family::VaeGan);
    driver.send(Command::StartRace(Box::new(request(1, RaceSource::Sample { seed: 1 }))));
    driver.send(Command::StopRace);
    let stopped = view(&driver, over);
    assert!(stopped.prepared.0 < stopped.prepared.1, "{:?}", stopped.prepared);
    for racer in &stopped.racers {
        assert!(racer.state == RacerState::Stopped && racer.best.is_none(), "{:?}", racer.state);
    }
    driver.send(Command::ContinueRace(10));
    let done = view(&driver, |view| over(view) && view.prepared.0 == view.prepared.1);
    assert!(done.racers.iter().all(|racer| racer.best.is_some()));
}

#[test]
fn a_race_that_cannot_begin_says_so_in_every_lane() {
    let driver = trained(Family::VaeGan);
    let features = FeatureSource::Model(driver.path("gone.safetensors"));
    let settings = InversionSettings { feature_weight: 1.0, features, ..settings() };
    let request = RaceRequest { settings, ..request(1, RaceSource::Sample { seed: 1 }) };
    driver.send(Command::StartRace(Box::new(request)));
    let failed = view(&driver, over);
    for racer in &failed.racers {
        let RacerState::Failed(text) = &racer.state else { panic!("{:?}", racer.state) };
        assert!(text.contains("gone.safetensors"), "{text}");
    }
}

fn picture(driver: &Driver, name: &str, shift: u32) -> PathBuf {
    let path = driver.path(name);
    let pixel = |x: u32, y: u32| Rgb([(x * 7 + shift) as u8, (y * 5) as u8, (x ^ y) as u8]);
    RgbImage::from_fn(40, 32, pixel).save(&path).expect("written");
    path
}

fn inverted(driver: &mut Driver) -> (Vec<Inverted>, usize, PathBuf) {
    let (mut all, mut steps) = (Vec::new(), 0);
    let latents = driver.wait("the latents", |event| match event {
        Event::Inverted(one) => {
            all.push(*one);
            None
        }
        Event::InversionSteps(each) => {
            steps += each.len();
            None
        }
        Event::FileWritten(path) => Some(path),
        Event::Notice(Notice { level: NoticeLevel::Error, text }) => panic!("{text}"),
        _ => None,
    });
    (all, steps, latents)
}

#[test]
fn files_are_inverted_in_a_batch_and_gone_on_with() {
    let mut driver = trained(Family::VaeGan);
    let letter = driver.path("letter.png");
    std::fs::write(&letter, "no picture").expect("written");
    let images = vec![picture(&driver, "a.png", 0), letter, picture(&driver, "b.png", 90)];
    let job = InvertJob {
        images: images.clone(),
        methods: vec![InversionMethod::Optimise, InversionMethod::Hybrid],
        settings: settings(),
        data: Some((DatasetSource::Portraits, faces(16))),
        out: driver.path("out"),
        resume: false,
        pivotal: None,
    };
    driver.send(Command::InvertFiles(Box::new(job.clone())));
    let (all, steps, latents) = inverted(&mut driver);
    assert_eq!(all.len(), 4, "two pictures by two methods; the letter is left out");
    // Optimisation begins without a measure, the hybrid as well: 40 and 20 steps of two pictures.
    assert_eq!(steps, 2 * (40 + 20));
    let file =
        latent_atelier::storage::Container::open(&latents, latent_atelier::storage::Limits::STATED);
    let mut file = file.expect("written");
    let z = file.read("z.hybrid").expect("read").expect("there");
    assert_eq!(z.shape, [2, 6]);
    assert_eq!(z.values[..6], all[2].latent.0[..], "the first picture's");
    for name in ["0001-a-target.png", "0003-b-hybrid.png", "0003-b-optimise-residual.png"] {
        assert!(driver.path("out").join(name).is_file(), "{name}");
    }
    driver.send(Command::InvertFiles(Box::new(job.clone())));
    assert!(driver.error().contains("--resume"), "an earlier report is not written over");

    // Going on with one more picture inverts that one alone.
    let mut more = job.clone();
    more.images.push(picture(&driver, "c.png", 180));
    more.resume = true;
    driver.send(Command::InvertFiles(Box::new(more)));
    let (all, _, latents) = inverted(&mut driver);
    assert_eq!(all.len(), 2);
    let file =
        latent_atelier::storage::Container::open(&latents, latent_atelier::storage::Limits::STATED);
    assert_eq!(
        file.expect("written").read("z.hybrid").expect("read").expect("there").shape,
        [3, 6]
    );
    let report = std::fs::read_to_string(driver.path("out/report.jsonl")).expect("there");
    assert_eq!(report.lines().count(), 6);

    // A method more inverts by that one alone.
    let mut third = job.clone();
    third.methods.push(InversionMethod::Encode);
    // Files named otherwise are the same files.
    for image in &mut third.images {
        let (folder, name) = (image.parent().expect("one"), image.file_name().expect("one"));
        *image = folder.join(".").join(name);
    }
    third.resume = true;
    driver.send(Command::InvertFiles(Box::new(third)));
    let (all, _, _) = inverted(&mut driver);
    let by: Vec<InversionMethod> = all.iter().map(|one| one.method).collect();
    assert_eq!(by, [InversionMethod::Encode; 2]);
}

#[test]
fn a_folder_gives_what_its_files_give_and_tells_of_itself() {
    let mut driver = trained(Family::Vae);
    std::fs::create_dir_all(driver.path("photos/album")).expect("a folder");
    let named: Vec<PathBuf> =
        (0..3).map(|n| picture(&driver, &format!("photos/{n}.png"), n * 50)).collect();
    std::fs::write(driver.path("photos/letter.png"), "no picture").expect("written");
    picture(&driver, "photos/album/deep.png", 7);
    let job = |images: Vec<PathBuf>, out: &str, resume: bool| InvertJob {
        pivotal: None,
        images,
        methods: vec![InversionMethod::Optimise, InversionMethod::Hybrid],
        settings: settings(),
        data: None,
        out: PathBuf::from(out),
        resume,
    };
    let run = |driver: &mut Driver, job: InvertJob| {
        let job = InvertJob { out: driver.path(&job.out.display().to_string()), ..job };
        driver.send(Command::InvertFiles(Box::new(job)));
        let (mut begun, mut left_out, mut found) = (None, Vec::new(), Vec::new());
        driver.wait("the end of the job", |event| {
            match event {
                Event::InversionBegun { images, earlier } => begun = Some((images, earlier)),
                Event::LeftOut(why) => left_out.push(why),
                Event::Inverted(one) => found.push(*one),
                Event::Notice(Notice { level: NoticeLevel::Error, text }) => panic!("{text}"),
                Event::JobEnded => return Some(()),
                _ => {}
            }
            None
        });
        (begun.expect("it began"), left_out, found)
    };
    let folder = vec![driver.path("photos")];
    let ((images, earlier), left_out, of_folder) =
        run(&mut driver, job(folder.clone(), "a", false));
    assert_eq!(
        (images, earlier.len(), of_folder.len()),
        (4, 0, 6),
        "sub-folders are not looked into"
    );
    assert!(left_out.len() == 1 && left_out[0].contains("letter.png"), "{left_out:?}");
    let (_, _, of_files) = run(&mut driver, job(named, "b", false));
    let latents = |found: &[Inverted]| found.iter().map(|f| f.latent.clone()).collect::<Vec<_>>();
    assert_eq!(latents(&of_folder), latents(&of_files), "to the last digit");
    // Going on: all is there already, and is told.
    let ((images, earlier), _, again) = run(&mut driver, job(folder, "a", true));
    assert_eq!((images, earlier.len(), again.len()), (4, 6, 0));
    let of_first = |found: &[Inverted]| {
        let mut images: Vec<String> = found.iter().map(|f| f.image.clone()).collect();
        images.sort();
        images
    };
    assert_eq!(of_first(&earlier), of_first(&of_folder));
}

#[test]
fn a_dot_and_gray_and_coloured_photos_are_inverted_by_gray_and_coloured_models() {
    let mut driver = Driver::cpu();
    let dot = driver.path("dot.png");
    RgbImage::from_pixel(1, 1, Rgb([200, 30, 30])).save(&dot).expect("written");
    let gray = driver.path("gray.png");
    image::GrayImage::from_fn(30, 20, |x, y| image::Luma([(x * 5 + y) as u8]))
        .save(&gray)
        .expect("written");
    let images = vec![dot, gray, picture(&driver, "colours.png", 0)];
    for channels in [1, 3] {
        let spec = ModelSpec {
            image_size: 16,
            channels,
            latent: 6,
            width: 4,
            ..ModelSpec::for_family(Family::Vae)
        };
        driver.send(Command::NewModel(spec, 1));
        let job = InvertJob {
            pivotal: None,
            images: images.clone(),
            methods: vec![InversionMethod::Encode, InversionMethod::Hybrid],
            settings: settings(),
            data: None,
            out: driver.path(&format!("of {channels}")),
            resume: false,
        };
        driver.send(Command::InvertFiles(Box::new(job)));
        let (all, _, _) = inverted(&mut driver);
        assert_eq!(all.len(), 6, "{channels} channels");
        for found in all {
            assert!(found.psnr_db.is_finite() && found.loss.total.is_finite(), "{found:?}");
            assert!(found.latent.0.iter().all(|value| value.is_finite()), "{found:?}");
        }
    }
}

#[test]
fn a_folder_is_cancelled_within_a_second_and_keeps_what_was_done() {
    let mut driver = trained(Family::Gan);
    std::fs::create_dir_all(driver.path("photos")).expect("a folder");
    for number in 0..20 {
        picture(&driver, &format!("photos/{number:02}.png"), number * 9);
    }
    let job = InvertJob {
        pivotal: None,
        images: vec![driver.path("photos")],
        methods: vec![InversionMethod::Optimise],
        settings: InversionSettings { steps: 60, patience: 0, ..settings() },
        data: None,
        out: driver.path("out"),
        resume: false,
    };
    driver.send(Command::InvertFiles(Box::new(job)));
    driver.wait("a first picture", |event| matches!(event, Event::Inverted(_)).then_some(()));
    driver.wait("a step", |event| matches!(event, Event::InversionSteps(_)).then_some(()));
    let begun = Instant::now();
    driver.send(Command::StopJobs);
    assert!(
        driver.stopped().contains("results of finished batches stay in"),
        "what was done is kept"
    );
    driver.wait("the end", |event| matches!(event, Event::JobEnded).then_some(()));
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    let report = std::fs::read_to_string(driver.path("out/report.jsonl")).expect("there");
    assert!((8..20).contains(&report.lines().count()), "{}", report.lines().count());
    let folder = driver.path("out");
    assert!(!folder.join(InvertJob::LATENTS).exists(), "written at the end");
}

#[test]
fn another_models_network_is_tried_before_it_is_used() {
    let mut driver = trained(Family::Gan);
    let tried = |driver: &mut Driver, path: PathBuf| {
        driver.send(Command::TryFeatures(path));
        driver.wait("an answer", |event| match event {
            Event::FeaturesTried(_, found) => Some(found),
            _ => None,
        })
    };
    let fits = driver.path("run");
    assert_eq!(tried(&mut driver, fits.clone()), Ok("discriminator".to_owned()));
    let letter = driver.path("letter.safetensors");
    std::fs::write(&letter, "no model").expect("written");
    assert!(
        tried(&mut driver, letter.clone()).is_err_and(|why| why.contains("letter.safetensors"))
    );
    driver.open_faces(32);
    let spec = ModelSpec { image_size: 32, ..run(Family::Vae, 1, driver.path("x")).spec };
    driver.send(Command::NewModel(spec, 1));
    let why = tried(&mut driver, fits).expect_err("it draws smaller pictures");
    assert!(why.contains("16 px"), "{why}");
}

#[test]
fn what_cannot_be_inverted_is_told() {
    let mut driver = trained(Family::Gan);
    let image = picture(&driver, "a.png", 0);
    let job = InvertJob {
        images: vec![image],
        methods: vec![InversionMethod::Hybrid],
        settings: settings(),
        data: None,
        out: driver.path("out"),
        resume: false,
        pivotal: None,
    };
    driver.send(Command::InvertFiles(Box::new(job.clone())));
    assert!(driver.error().contains("no encoder"));
    assert!(!driver.path("out").exists(), "nothing is begun");
    let methods = vec![InversionMethod::Optimise];
    let features =
        InversionSettings { feature_weight: 1.0, features: FeatureSource::Encoder, ..settings() };
    let job = InvertJob { methods, settings: features, ..job };
    driver.send(Command::InvertFiles(Box::new(job.clone())));
    assert!(driver.error().contains("no encoder to compare features"));
    let gone = InvertJob {
        images: vec![driver.path("gone.png")],
        settings: settings(),
        out: driver.path("o2"),
        ..job
    };
    driver.send(Command::InvertFiles(Box::new(gone)));
    assert!(driver.error().contains("none of the pictures"));
}

#[test]
fn the_table_compares_methods_on_samples_and_on_held_out_pictures() {
    let mut driver = trained(Family::VaeGan);
    let job = InvertReportJob {
        source: DatasetSource::Portraits,
        options: faces(16),
        limit: 3,
        settings: settings(),
    };
    driver.send(Command::ReportInversion(Box::new(job)));
    let mut told = 0;
    let report = driver.wait("the table", |event| match event {
        Event::Inverted(_) => {
            told += 1;
            None
        }
        Event::InversionReported(report) => Some(*report),
        _ => None,
    });
    assert_eq!((told, report.rows.len(), report.catch_up.len()), (18, 6, 2));
    for row in &report.rows {
        assert_eq!(row.n, 3);
        assert!(row.psnr_worst_db <= row.psnr_median_db && row.mse > 0.0 && row.seconds > 0.0);
    }
    let mse = |target, method| {
        let row = report.rows.iter().find(|row| (row.target, row.method) == (target, method));
        row.expect("there").mse
    };
    for target in [InversionTarget::Generated, InversionTarget::HeldOut] {
        let (encoded, hybrid) =
            (mse(target, InversionMethod::Encode), mse(target, InversionMethod::Hybrid));
        assert!(hybrid < encoded, "{target:?}: {hybrid} {encoded}");
    }
}
