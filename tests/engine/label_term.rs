//! The label term of a run: it needs labels, it may begin and end while the run goes on, and the run that
//! is resumed is the one that never stopped.

use latent_atelier::protocol::*;
use latent_atelier::storage::RunFolder;

use crate::driver::{Driver, faces, run};

fn labelled(family: Family, steps: u64, out: std::path::PathBuf) -> RunSettings {
    let mut settings = run(family, steps, out);
    settings.train.live.label_weight = 0.5;
    settings
}

fn names(progress: &TrainProgress) -> Vec<&str> {
    progress.losses.iter().map(|loss| loss.name.as_str()).collect()
}

#[test]
fn a_resumed_run_with_labels_is_the_run_that_never_stopped() {
    for family in [Family::Vae, Family::VaeGan] {
        let mut driver = Driver::with_faces();
        let (straight, out) = (driver.path("straight"), driver.path("run"));
        driver.train(labelled(family, 4, straight.clone()));
        driver.train(labelled(family, 2, out.clone()));
        let resumed = RunSettings { resume: true, ..labelled(family, 4, out.clone()) };
        driver.train(resumed);
        let states = [&straight, &out].map(|folder| RunFolder::load_state(folder).expect("whole"));
        assert_eq!(states[0].0.tensors, states[1].0.tensors, "{family}: weights");
        assert_eq!(states[0].1.tensors, states[1].1.tensors, "{family}: classifier and optimizers");
        assert_eq!(states[0].1.counters, states[1].1.counters, "{family}");
        let classifier = |name: &str| name.starts_with("probe.");
        assert!(states[0].1.tensors.iter().any(|(name, ..)| classifier(name)), "{family}");
        assert!(!states[0].0.tensors.iter().any(|(name, ..)| name.contains("probe")), "{family}");
    }
}

#[test]
fn the_label_term_may_begin_and_end_while_a_run_goes_on() {
    let mut driver = Driver::with_faces();
    driver.start_paused(run(Family::Vae, 0, driver.path("run")));
    assert_eq!(names(&driver.single_step()), ["loss", "recon", "kl"]);
    let mut tune = |label_weight| {
        let live = run(Family::Vae, 0, "run".into()).train.live;
        driver.send(Command::Tune(LiveSettings { label_weight, ..live }));
        driver.single_step()
    };
    let begun = tune(0.5);
    assert_eq!(names(&begun), ["loss", "recon", "kl", LABEL_LOSS]);
    assert!((begun.losses[3].value - std::f64::consts::LN_2).abs() < 1e-6, "it knows nothing yet");
    assert!(tune(0.5).losses[3].value < std::f64::consts::LN_2);
    assert_eq!(names(&tune(0.0)), ["loss", "recon", "kl"]);
    // Running freely, no report mixes steps with the term and steps without.
    driver.send(Command::Resume);
    let live = run(Family::Vae, 0, "run".into()).train.live;
    let mut before = false;
    for label_weight in [0.5, 0.0, 0.5] {
        driver.send(Command::Tune(LiveSettings { label_weight, ..live.clone() }));
        let mut has = before;
        while has == before {
            has = names(&driver.progress()).contains(&LABEL_LOSS);
        }
        before = has;
    }
    driver.stop();
}

#[test]
fn labels_are_asked_for_only_where_there_are_some() {
    let mut driver = Driver::cpu();
    let folder = driver.path("photos");
    std::fs::create_dir_all(&folder).expect("made");
    for number in 0..6_u8 {
        let picture = image::RgbImage::from_pixel(20, 20, image::Rgb([number * 40; 3]));
        picture.save(folder.join(format!("{number}.png"))).expect("written");
    }
    driver.send(Command::OpenDataset(DatasetSource::Path(folder), faces(16)));
    driver.wait("a data set", |event| matches!(event, Event::DatasetOpened(_)).then_some(()));

    let out = driver.path("run");
    driver.start(labelled(Family::Vae, 2, out.clone()));
    let (reason, ..) = driver.ended();
    let StopReason::Failed(text) = reason else { panic!("{reason:?}") };
    assert!(text.contains("label_weight") && text.contains("folders named"), "{text}");
    assert!(!out.exists(), "nothing was begun");
    // A GAN has no encoder to teach: the weight is without meaning there.
    driver.train(labelled(Family::Gan, 1, driver.path("gan")));

    driver.start(run(Family::Vae, 0, out));
    let before = driver.progress().live;
    driver.send(Command::Tune(LiveSettings { label_weight: 1.0, ..before.clone() }));
    assert!(driver.error().contains("label_weight"));
    assert_eq!(driver.progress().live, before, "a refused change changes nothing");
    driver.stop();
}
