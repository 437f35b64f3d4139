//! Runs that train an encoder for a generator that stays as it is.

use std::path::{Path, PathBuf};

use latent_atelier::protocol::*;
use latent_atelier::storage::{Container, Limits, ModelFile, RunFolder, Tensors};

use crate::driver::{Driver, latent, run, tiny};

/// For the open model.
fn encoder(steps: u64, out: PathBuf) -> RunSettings {
    let like = run(Family::Gan, steps, out);
    let mut train = TrainSettings::for_encoder().sized_as(&like.train);
    train.live.sample_rate = SampleRate::Off;
    RunSettings { train, continue_model: true, ..like }
}

fn resumed(steps: u64, out: &Path) -> RunSettings {
    RunSettings { resume: true, continue_model: false, ..encoder(steps, out.to_owned()) }
}

/// An engine with faces and a model of this family, open and in the folder `model`.
fn with_model(family: Family) -> Driver {
    let mut driver = Driver::with_faces();
    driver.train(run(family, 3, driver.path("model")));
    driver
}

fn part(folder: &Path, prefix: &str) -> Tensors {
    ModelFile::open(folder).expect("it opens").tensors.take_prefixed(prefix)
}

fn open_spec(driver: &mut Driver) -> ModelSpec {
    driver.model_ready().spec
}

#[test]
fn an_encoder_is_trained_paused_stopped_opened_and_encodes() {
    let mut driver = with_model(Family::Gan);
    let (model, out) = (driver.path("model"), driver.path("encoder"));
    let shown = driver.preview(&latent(6)).frame;
    driver.start(encoder(0, out.clone()));
    assert!(open_spec(&mut driver).added_encoder, "told from the start");
    driver.send(Command::Pause);
    driver.paused();
    let names = ["loss", "recon", "generated", "code", "adversarial"];
    for _ in 0..3 {
        let progress = driver.single_step();
        let told: Vec<&str> = progress.losses.iter().map(|loss| loss.name.as_str()).collect();
        assert_eq!(told, names);
        assert!(progress.losses.iter().all(|loss| loss.value.is_finite()), "{progress:?}");
    }
    assert_eq!(driver.preview(&latent(6)).frame, shown, "the generator stays as it is");
    driver.send(Command::Resume);
    driver.progress();
    let (reason, step, folder) = driver.stop();
    assert_eq!((reason, folder), (StopReason::Stopped, Some(out.clone())));
    assert!(step > 3);

    driver.send(Command::NewModel(tiny(Family::Vae), 5));
    driver.model_ready();
    let summary = driver.open(&out);
    assert_eq!(summary.spec, tiny(Family::Gan).with_encoder());
    assert!(summary.parameters.encoder > 0 && summary.step == step);
    assert!(summary.description.contains("encoder trained on"), "{}", summary.description);
    assert!(summary.description.starts_with("trained on"), "and what it said before");
    for frozen in ["generator.", "discriminator."] {
        assert!(part(&out, frozen) == part(&model, frozen), "{frozen} moved");
    }
    assert_eq!(driver.preview(&latent(6)).frame, shown);
    let (photo, codes) = (driver.path("photo.png"), driver.path("codes.safetensors"));
    image::RgbImage::from_fn(20, 20, |x, y| image::Rgb([x as u8 * 9, y as u8 * 9, 60]))
        .save(&photo)
        .expect("written");
    driver.send(Command::EncodeToFile(EncodeJob { images: vec![photo], out: codes.clone() }));
    driver.wait("the codes", |event| matches!(event, Event::FileWritten(_)).then_some(()));
    let mut file = Container::open(&codes, Limits::STATED).expect("it opens");
    let z = file.read("z").expect("it is read").expect("it is there");
    assert_eq!(z.shape, [1, 6]);
    assert!(z.values.iter().any(|value| value.abs() > 1e-4), "{:?}", z.values);
}

#[test]
fn a_resumed_encoder_run_is_the_run_that_never_stopped() {
    for family in Family::ALL {
        let mut driver = with_model(family);
        let (model, out) = (driver.path("model"), driver.path("encoder"));
        driver.train(encoder(2, out.clone()));
        // In the middle of a step, and in another engine.
        driver.start(resumed(0, &out));
        driver.progress();
        let (_, reached, _) = driver.stop();
        let total = reached + 2;
        let mut again = Driver::cpu();
        assert_eq!(again.train(resumed(total, &out)), total);
        driver.open(&model);
        let straight = driver.path("straight");
        assert_eq!(driver.train(encoder(total, straight.clone())), total);

        let states = [&straight, &out].map(|folder| RunFolder::load_state(folder).expect("whole"));
        assert!(states[0].0.tensors == states[1].0.tensors, "{family}: weights");
        assert!(states[0].1.tensors == states[1].1.tensors, "{family}: optimizers");
        assert_eq!(states[0].0.manifest.description, states[1].0.manifest.description, "{family}");
        let config = RunFolder::read_config(&out).expect("read");
        assert_eq!(config.train.task, TrainTask::Encoder { fresh: false }, "{family}");
        assert!(part(&out, "generator.") == part(&model, "generator."), "{family}");
        assert!(part(&out, "encoder.") != part(&model, "encoder."), "{family}");
    }
}

#[test]
fn an_encoder_that_is_there_is_trained_further_unless_a_fresh_one_is_asked_for() {
    let mut driver = with_model(Family::Vae);
    let mut trained = |name: &str, fresh| {
        let model = driver.path("model");
        driver.open(&model);
        let mut settings = encoder(1, driver.path(name));
        settings.train.task = TrainTask::Encoder { fresh };
        let seen = driver.seen.len();
        driver.train(settings);
        let told = driver.seen[seen..].iter().any(|event| {
            matches!(event, Event::Notice(Notice { level: NoticeLevel::Info, text })
                if text.contains("trained further"))
        });
        assert_eq!(told, !fresh, "{:?}", &driver.seen[seen..]);
        part(&driver.path(name), "encoder.")
    };
    assert!(trained("further", false) != trained("fresh", true));
}

#[test]
fn an_encoder_needs_a_model_and_goes_when_its_generator_is_trained_on() {
    let mut driver = Driver::with_faces();
    driver.start(encoder(1, driver.path("encoder")));
    assert!(driver.error().contains("no model is open"));
    assert!(matches!(driver.ended().0, StopReason::Failed(_)));

    driver.train(run(Family::Gan, 1, driver.path("model")));
    driver.train(encoder(1, driver.path("encoder")));
    let on = run(Family::Gan, 1, driver.path("on"));
    driver.train(RunSettings { continue_model: true, ..on });
    let told = driver.seen.iter().any(|event| {
        matches!(event, Event::Notice(Notice { level: NoticeLevel::Warning, text })
            if text.contains("leaves the encoder out"))
    });
    assert!(told, "{:?}", driver.seen);
    let file = ModelFile::open(&driver.path("on")).expect("it opens");
    assert!(!file.manifest.architecture.has_encoder());
    assert!(part(&driver.path("on"), "encoder.").is_empty());
}
