//! Keeping identity by the real engine: tuning, the switch, deltas as files, photo + change.

use std::sync::Arc;
use std::time::{Duration, Instant};

use latent_atelier::protocol::*;

use crate::driver::{Driver, latent, latest, run, tiny};

pub fn model(seed: u64) -> Driver {
    let mut driver = Driver::cpu();
    driver.send(Command::NewModel(tiny(Family::VaeGan), seed));
    driver.model_ready();
    driver
}

/// A picture that no fresh model draws.
pub fn photo() -> Frame {
    let rgba = (0..256).flat_map(|i| [i as u8, 255 - (i * 3) as u8, (i / 16 * 15) as u8, 255]);
    Frame { width_px: 16, height_px: 16, rgba: Arc::new(rgba.collect()) }
}

pub fn pivot() -> Pivot {
    let path = "photos/me.png".into();
    let crop = Some(Crop::centred(30, 20));
    Pivot { latent: latent(6), picture: photo(), photo: Some(PhotoPlace { path, crop }) }
}

pub fn settings() -> PivotalSettings {
    PivotalSettings { steps: 60, learning_rate: 0.02, ..PivotalSettings::default() }
}

pub fn tune(driver: &Driver, id: u64, settings: PivotalSettings) {
    let request = TuneRequest { id, pivot: pivot(), settings };
    driver.send(Command::StartTuning(Box::new(request)));
}

pub fn told(driver: &mut Driver) -> Identity {
    driver.wait("identity", |event| match event {
        Event::IdentityChanged(kept) => Some(*kept),
        Event::Notice(Notice { level: NoticeLevel::Error, text }) => panic!("{text}"),
        _ => None,
    })
}

fn view(driver: &Driver, enough: impl Fn(&TuningView) -> bool) -> TuningView {
    latest(&driver.handle.tuning, enough)
}

fn switch(driver: &mut Driver, on: bool) -> Frame {
    driver.send(Command::ShowTuned(on));
    assert_eq!(told(driver).tuned_on, on);
    driver.preview(&latent(6)).frame
}

#[test]
fn a_copy_is_tuned_switched_off_and_on_saved_and_opened_elsewhere() {
    let mut driver = model(1);
    let before = driver.preview(&latent(6)).frame;
    driver.send(Command::SaveModel(driver.path("base.safetensors")));
    tune(&driver, 4, settings());
    let kept = told(&mut driver);
    let done = view(&driver, |view| !view.state.is_active());
    assert_eq!((done.id, &done.state), (4, &TuningState::Done));
    let tuned = kept.tuned.expect("a copy");
    assert!(kept.tuned_on && kept.has_photo && !kept.change_on);
    assert_eq!(tuned.pivot, pivot());
    let figures = tuned.figures;
    assert!(figures.after_db > figures.before_db + 3.0, "{figures:?}");
    assert!(figures.locality_db > 10.0 && figures.locality_mse > 0.0, "{figures:?}");
    assert!((1..=60).contains(&figures.steps) && figures.seconds > 0.0);

    let shown = driver.preview(&latent(6)).frame;
    assert_eq!(shown, tuned.picture, "pictures come from the copy");
    assert_ne!(shown, before);
    assert_eq!(switch(&mut driver, false), before, "off is as it was, bit by bit");
    assert_eq!(switch(&mut driver, true), shown);

    // A model that is saved is the base, whatever is shown.
    driver.send(Command::SaveModel(driver.path("again.safetensors")));
    let delta = driver.path("delta.safetensors");
    driver.send(Command::SaveDelta(delta.clone()));
    let same = |kept: Identity| kept.tuned.expect("a copy").file == Some(delta.clone());
    assert!(same(told(&mut driver)));
    let bytes = |name: &str| std::fs::read(driver.path(name)).expect("written");
    assert_eq!(bytes("base.safetensors"), bytes("again.safetensors"));

    // Elsewhere, by the way a dropped file goes.
    let mut other = Driver::cpu();
    other.open(&driver.path("base.safetensors"));
    assert_eq!(other.preview(&latent(6)).frame, before);
    other.send(Command::OpenLatentsOrModel(delta.clone()));
    let opened = told(&mut other).tuned.expect("a copy");
    assert_eq!(opened.pivot, pivot());
    // JSON may cost a float's last bit.
    assert!((opened.figures.after_db - figures.after_db).abs() < 1e-9);
    assert_eq!(opened.figures.delta_bytes, figures.delta_bytes);
    assert_eq!(other.preview(&latent(6)).frame, shown);
    let sheet = other.path("sheet.png");
    let source = SampleSource::File(delta.clone());
    other.send(Command::SampleToFile(SampleJob { source, out: sheet.clone() }));
    other.wait("a file", |event| matches!(event, Event::FileWritten(_)).then_some(()));
    let image = image::open(&sheet).expect("written").to_rgba8();
    assert_eq!(image.into_raw(), *shown.rgba, "jobs draw with the copy");

    // Another generator's is refused, and drops what was kept.
    other.send(Command::NewModel(tiny(Family::VaeGan), 2));
    let dropped = told(&mut other);
    assert!(dropped.tuned.is_none() && !dropped.tuned_on && !dropped.has_photo);
    other.send(Command::OpenDelta(delta));
    assert!(other.error().contains("another generator"));
}

#[test]
fn photo_and_change_is_the_photo_at_its_latent_and_is_exported_as_shown() {
    let mut driver = model(1);
    driver.send(Command::ShowChange(true));
    assert!(driver.error().contains("needs a photo"));
    driver.send(Command::KeepPhoto(Box::new(pivot())));
    assert_ne!(driver.preview(&latent(6)).frame, photo(), "kept, not shown");
    driver.send(Command::ShowChange(true));
    driver.wait("the switch", |event| match event {
        Event::IdentityChanged(kept) => kept.change_on.then_some(()),
        _ => None,
    });
    assert_eq!(driver.preview(&latent(6)).frame, photo(), "at z = z0 it is exactly the photo");
    let moved = Latent(latent(6).0.iter().map(|v| v * -3.0).collect());
    let shown = driver.preview(&moved).frame;
    assert_ne!(shown, photo());
    let out = driver.path("shown.png");
    driver.send(Command::SavePicture(out.clone(), moved.clone()));
    driver.wait("a file", |event| matches!(event, Event::FileWritten(_)).then_some(()));
    assert_eq!(image::open(&out).expect("written").to_rgba8().into_raw(), *shown.rgba);

    // With the tuned copy the residual is the copy's, so the photo is there again.
    tune(&driver, 1, settings());
    view(&driver, |view| view.state == TuningState::Done);
    assert_eq!(driver.preview(&latent(6)).frame, photo());
    assert_ne!(driver.preview(&moved).frame, shown);
    driver.send(Command::ShowTuned(false));
    assert_eq!(driver.preview(&moved).frame, shown);

    driver.send(Command::NewModel(tiny(Family::Gan), 3));
    let text = driver.wait("a notice", |event| match event {
        Event::Notice(Notice { level: NoticeLevel::Info, text }) => Some(text),
        _ => None,
    });
    assert!(text.contains("photo + change") && text.contains("is off"), "{text}");
}

#[test]
fn a_tuning_is_stopped_kept_or_discarded_while_pictures_are_drawn() {
    let mut driver = model(1);
    let before = driver.preview(&latent(6)).frame;
    let long = || PivotalSettings { steps: 100_000, patience: 0, goal_db: 200.0, ..settings() };
    tune(&driver, 1, long());
    view(&driver, |view| view.steps.0 > 2);
    assert_eq!(driver.preview(&latent(6)).frame, before, "the copy is not on yet");
    let begun = Instant::now();
    driver.send(Command::StopTuning { keep: false });
    view(&driver, |view| view.state == TuningState::Discarded);
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(driver.preview(&latent(6)).frame, before);
    tune(&driver, 2, long());
    view(&driver, |view| view.steps.0 > 20);
    let begun = Instant::now();
    driver.send(Command::StopTuning { keep: true });
    let kept = told(&mut driver);
    assert!(begun.elapsed() < Duration::from_secs(1) && kept.tuned_on);
    let figures = kept.tuned.expect("a copy").figures;
    assert!(figures.after_db > figures.before_db && figures.steps < 100_000, "{figures:?}");
}

#[test]
fn a_run_that_trains_the_generator_ends_it_and_says_so() {
    let mut driver = Driver::with_faces();
    driver.send(Command::NewModel(tiny(Family::Gan), 1));
    tune(&driver, 1, settings());
    assert!(told(&mut driver).tuned_on);
    driver.start(RunSettings { continue_model: true, ..run(Family::Gan, 0, driver.path("run")) });
    let kept = told(&mut driver);
    assert!(kept.tuned.is_none() && !kept.tuned_on);
    driver.progress();
    tune(&driver, 2, settings());
    assert!(driver.error().contains("training changes the generator"));
    driver.stop();
}

#[test]
fn what_does_not_fit_is_told() {
    let mut driver = model(1);
    let mut request = TuneRequest { id: 1, pivot: pivot(), settings: settings() };
    request.pivot.latent = latent(5);
    driver.send(Command::StartTuning(Box::new(request.clone())));
    assert!(driver.error().contains("5 dimensions"));
    request.pivot = Pivot { picture: Frame { width_px: 8, ..photo() }, ..pivot() };
    driver.send(Command::StartTuning(Box::new(request.clone())));
    assert!(driver.error().contains("16×16"));
    request.pivot = pivot();
    request.settings.goal_db = 1.0;
    driver.send(Command::StartTuning(Box::new(request.clone())));
    assert!(driver.error().contains("already as near as the goal"));
    request.settings.goal_db = 35.0;
    request.settings.rank = 1000;
    driver.send(Command::StartTuning(Box::new(request)));
    assert!(driver.error().contains("rank 1000"));
    driver.send(Command::SaveDelta(driver.path("d.safetensors")));
    assert!(driver.error().contains("no tuned copy"));
    driver.send(Command::ShowTuned(true));
    assert!(driver.error().contains("no tuned copy"));
}
