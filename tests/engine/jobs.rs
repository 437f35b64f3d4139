//! Jobs: long work in parts, beside everything else, stopped at once without a trace.

use std::path::Path;
use std::time::{Duration, Instant};

use latent_atelier::protocol::*;
use latent_atelier::storage::{Container, Limits, open_png};

use crate::driver::{Driver, PATIENCE, faces, latent, run, tiny};

/// More than any machine draws while a test waits.
const ENDLESS: usize = 1_000_000;

fn prior(count: usize, out: &Path) -> Command {
    let source = SampleSource::Prior { count, seed: 3, truncation: 1.0 };
    Command::SampleToFile(SampleJob { source, out: out.to_owned() })
}

fn written(driver: &mut Driver, command: Command) {
    driver.send(command);
    driver.wait("the file", |event| match event {
        Event::FileWritten(_) => Some(()),
        Event::Notice(notice) => panic!("{notice:?}"),
        _ => None,
    });
}

fn tensor(path: &Path, name: &str) -> (Vec<usize>, Vec<f32>) {
    let mut file = Container::open(path, Limits::STATED).expect("it opens");
    let array = file.read(name).expect("it is read").expect("it is there");
    (array.shape, array.values)
}

/// Waits until the job has done a part of this kind.
fn under_way(driver: &mut Driver, kind: &str) {
    driver.wait(kind, |event| match event {
        Event::JobProgress { what, done, .. } => (what.contains(kind) && done > 0).then_some(()),
        Event::Notice(notice) => panic!("{notice:?}"),
        _ => None,
    });
}

/// Stops whatever is under way: within a second, and with a word.
fn stop(driver: &mut Driver) {
    let asked = Instant::now();
    driver.send(Command::StopTraining);
    assert!(driver.stopped().contains("nothing was written"));
    assert!(asked.elapsed() < Duration::from_secs(1), "stopping took {:?}", asked.elapsed());
}

fn with_model(family: Family) -> Driver {
    let mut driver = Driver::cpu();
    driver.send(Command::NewModel(tiny(family), 5));
    driver.model_ready();
    driver
}

/// A folder for results, to be looked into.
fn results(driver: &Driver) -> std::path::PathBuf {
    let folder = driver.path("results");
    std::fs::create_dir_all(&folder).expect("made");
    folder
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).expect("it is there").next().is_none()
}

#[test]
fn samples_in_parts_are_the_samples_at_once() {
    let mut driver = with_model(Family::Gan);
    let folder = results(&driver);
    let [few, many, decoded] =
        ["few", "many", "decoded"].map(|name| folder.join(format!("{name}.safetensors")));
    written(&mut driver, prior(5, &few));
    // Over several parts of pictures and one of latents, the last ones not full.
    written(&mut driver, prior(4099, &many));
    let (shape, images) = tensor(&many, "images");
    assert_eq!(shape, [4099, 3, 16, 16]);
    let (shape, z) = tensor(&many, "z");
    assert_eq!(shape, [4099, 6]);
    assert_eq!(tensor(&few, "z").1, z[..5 * 6], "the number of samples changes none of them");
    let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(close(&tensor(&few, "images").1, &images));
    let source = SampleSource::File(many);
    written(&mut driver, Command::SampleToFile(SampleJob { source, out: decoded.clone() }));
    assert_eq!(tensor(&decoded, "images").1, images);

    let png = folder.join("sheet.png");
    written(&mut driver, prior(40, &png));
    driver.send(Command::DrawSamples { seed: 3, count: 40, truncation: 1.0 });
    let sheet = driver.sheet(0);
    let frame = open_png(&png).expect("a picture");
    assert_eq!((frame.width_px, frame.height_px), (7 * 16, 6 * 16));
    assert_eq!((sheet.frame.width_px, sheet.frame.height_px), (frame.width_px, frame.height_px));
    let apart = |(a, b): (&u8, &u8)| a.abs_diff(*b) > 1;
    assert_eq!(
        frame.rgba.iter().zip(sheet.frame.rgba.iter()).filter(|pair| apart(*pair)).count(),
        0
    );
}

#[test]
fn a_stopped_job_leaves_nothing_and_the_next_one_is_done() {
    let mut driver = with_model(Family::Gan);
    let folder = results(&driver);
    for name in ["s.safetensors", "s.png"] {
        driver.send(prior(ENDLESS, &folder.join(name)));
        under_way(&mut driver, "drawing samples");
        stop(&mut driver);
        assert!(is_empty(&folder), "{name}");
    }
    // What was there before still is.
    let out = folder.join("s.safetensors");
    written(&mut driver, prior(3, &out));
    driver.send(prior(ENDLESS, &out));
    under_way(&mut driver, "drawing samples");
    stop(&mut driver);
    assert_eq!(tensor(&out, "images").0[0], 3);
    assert_eq!(std::fs::read_dir(&folder).expect("it is there").count(), 1);
}

#[test]
fn encoding_many_photos_is_stopped_at_once_and_gives_every_code() {
    let mut driver = with_model(Family::Vae);
    let DatasetSource::Path(photos) = driver.large_folder() else { panic!("a folder") };
    let images: Vec<_> = (0..400).map(|number| photos.join(format!("{number}.png"))).collect();
    let folder = results(&driver);
    let out = folder.join("z.safetensors");
    let job = |images: &[_]| EncodeJob { images: images.to_vec(), out: out.clone() };
    driver.send(Command::EncodeToFile(job(&images)));
    driver.wait("the job", |e| matches!(e, Event::JobProgress { .. }).then_some(()));
    stop(&mut driver);
    assert!(is_empty(&folder));
    written(&mut driver, Command::EncodeToFile(job(&images[..18])));
    let (shape, z) = tensor(&out, "z");
    assert_eq!(shape, [18, 6]);
    let same = |row: &[f32]| row.iter().zip(&z).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(z.chunks_exact(6).all(same), "the same photo has the same code in every part");
    assert_eq!(tensor(&out, "logvar").0, [18, 6]);
}

#[test]
fn a_job_alternates_with_training_and_previews() {
    let mut driver = Driver::with_faces();
    let folder = results(&driver);
    driver.start(run(Family::Gan, 0, driver.path("run")));
    driver.progress();
    driver.send(prior(ENDLESS, &folder.join("s.safetensors")));
    for _ in 0..3 {
        under_way(&mut driver, "drawing samples");
        let step = driver.progress().step;
        assert!(driver.preview(&latent(6)).step >= step, "training went on");
    }
    driver.send(Command::Pause);
    driver.paused();
    under_way(&mut driver, "drawing samples");
    let step = driver.single_step().step;
    under_way(&mut driver, "drawing samples");
    assert_eq!(driver.preview(&latent(6)).step, step, "the job went on, the run did not");
    let (reason, at, _) = driver.stop();
    assert_eq!((reason, at), (StopReason::Stopped, step));
    assert!(driver.stopped().contains("nothing was written"), "stop ends both");
    assert!(is_empty(&folder));
}

#[test]
fn jobs_wait_in_order_each_with_its_model_and_no_more_than_there_is_room_for() {
    let mut driver = with_model(Family::Gan);
    let folder = results(&driver);
    driver.send(prior(ENDLESS, &folder.join("first.safetensors")));
    under_way(&mut driver, "drawing samples");
    for number in 0..17 {
        driver.send(prior(2, &folder.join(format!("{number}.safetensors"))));
    }
    assert!(driver.error().contains("16 jobs are waiting"));
    driver.send(Command::StopTraining);
    for _ in 0..17 {
        assert!(driver.stopped().contains("nothing was written"));
    }
    assert!(is_empty(&folder));

    let [old, new, again] =
        ["old", "new", "again"].map(|name| folder.join(format!("{name}.safetensors")));
    driver.send(prior(2, &old));
    driver.send(Command::NewModel(tiny(Family::Gan), 6));
    driver.send(prior(2, &new));
    let mut files = Vec::new();
    while files.len() < 2 {
        files.push(driver.wait("a file", |event| match event {
            Event::FileWritten(path) => Some(path),
            _ => None,
        }));
    }
    assert_eq!(files, [old.clone(), new.clone()]);
    assert_ne!(tensor(&old, "images"), tensor(&new, "images"));
    driver.send(Command::NewModel(tiny(Family::Gan), 5));
    written(&mut driver, prior(2, &again));
    assert_eq!(tensor(&old, "images"), tensor(&again, "images"), "the model of its time");
}

#[test]
fn measuring_is_stopped_at_every_stage_and_goes_on_beside_previews() {
    let mut driver = with_model(Family::Vae);
    let job =
        EvaluateJob { source: DatasetSource::Portraits, options: faces(16), limit: 1000, seed: 1 };
    for stage in ["reading", "encoding", "reconstructing", "drawing"] {
        driver.send(Command::Evaluate(Box::new(job.clone())));
        driver.wait(stage, |event| match event {
            Event::JobProgress { what, .. } => what.contains(stage).then_some(()),
            _ => None,
        });
        driver.preview(&latent(6));
        stop(&mut driver);
    }
    driver.send(Command::Evaluate(Box::new(EvaluateJob { limit: 20, ..job })));
    let evaluation = driver.wait("figures", |event| match event {
        Event::Evaluated(evaluation) => Some(evaluation),
        _ => None,
    });
    assert_eq!(evaluation.n, 20);
    assert!(evaluation.psnr_db.is_some_and(f64::is_finite) && evaluation.swd > 0.0);
    assert!(!driver.seen.iter().any(|event| matches!(event, Event::Evaluated(e) if e.n != 20)));
}

#[test]
fn shutting_down_does_not_wait_for_a_job() {
    let mut driver = with_model(Family::Gan);
    let folder = results(&driver);
    driver.send(prior(ENDLESS, &folder.join("s.safetensors")));
    under_way(&mut driver, "drawing samples");
    let asked = Instant::now();
    let events = driver.handle.shut_down(PATIENCE);
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    assert!(matches!(events.last(), Some(Event::ShutDown)), "{events:?}");
    assert!(is_empty(&folder));
}
