//! Sessions by the real engine: what was open comes back bit by bit, and nothing that was tuned is lost.

use std::path::{Path, PathBuf};

use latent_atelier::protocol::*;

use crate::driver::{Driver, latent, latest, tiny};
use crate::identity::{model, photo, settings, told, tune};

fn work() -> SessionWork {
    let base = latent(6);
    let steps = 1.25;
    let direction =
        Direction::new("hat", Latent(vec![0.3; 6]), Origin::Sefa { index: 0, value: 1.0 });
    let moved = base.plus(&direction.step, steps);
    SessionWork {
        latent: moved,
        base,
        truncation: 0.7,
        attributes: vec![SessionAttribute { direction, steps }],
        crop: Some(Crop { degrees: 7.5, ..Crop::centred(16, 16) }),
        methods: vec![InversionMethod::Optimise],
        inversion: InversionSettings { steps: 77, ..InversionSettings::default() },
        pivotal: settings(),
        ..SessionWork::default()
    }
}

fn save(driver: &mut Driver, path: &Path, own: bool) {
    let request = SaveSession { path: path.to_owned(), own, work: work(), features: None };
    driver.send(Command::SaveSession(Box::new(request)));
    driver.wait("the session", |event| match event {
        Event::SessionSaved(written, of) => ((written, of) == (path.to_owned(), own)).then_some(()),
        Event::Notice(Notice { level: NoticeLevel::Error, text }) => panic!("{text}"),
        _ => None,
    });
}

fn open(driver: &mut Driver, path: &Path, own: bool) -> OpenedSession {
    driver.send(Command::OpenSession { path: path.to_owned(), own });
    driver.wait("the session", |event| match event {
        Event::SessionOpened(opened) => Some(*opened),
        Event::Notice(Notice { level: NoticeLevel::Error, text }) => panic!("{text}"),
        _ => None,
    })
}

/// What was last told of tuned copy and kept photo: before the session is said to be open.
fn identity(driver: &Driver) -> Identity {
    let told = driver.seen.iter().rev().find_map(|event| match event {
        Event::IdentityChanged(kept) => Some((**kept).clone()),
        _ => None,
    });
    told.expect("it is told")
}

fn photo_opened(driver: &mut Driver) -> Photo {
    driver.wait("the photo", |event| match event {
        Event::PhotoOpened(photo) => Some(*photo),
        _ => None,
    })
}

/// A pasted photo, a model of its own file, a tuned copy that is on.
fn at_work() -> Driver {
    let mut driver = model(1);
    driver.send(Command::SaveModel(driver.path("base.safetensors")));
    driver.open(&driver.path("base.safetensors"));
    driver.send(Command::OpenPhotoFrame("clipboard picture".to_owned(), photo()));
    photo_opened(&mut driver);
    tune(&driver, 1, settings());
    assert!(told(&mut driver).tuned_on);
    driver
}

fn unsaved(driver: &Driver) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(driver.path("tuned-copies"));
    folder.into_iter().flatten().map(|entry| entry.expect("an entry").path()).collect()
}

#[test]
fn a_session_brings_model_photo_and_tuned_pictures_back_bit_by_bit() {
    let mut driver = at_work();
    driver.send(Command::ShowChange(true));
    driver.wait("the switch", |event| match event {
        Event::IdentityChanged(kept) => kept.change_on.then_some(()),
        _ => None,
    });
    let moved = Latent(latent(6).0.iter().map(|v| v * -1.7).collect());
    let changed = driver.preview(&moved).frame;
    driver.send(Command::ShowChange(false));
    let plain = driver.preview(&moved).frame;
    assert_ne!(plain, changed);
    driver.send(Command::ShowChange(true));
    let file = driver.path("mine.atelier.json");
    save(&mut driver, &file, false);
    for beside in ["mine.delta.safetensors", "mine.photo.png", "mine.kept.png"] {
        assert!(driver.path(beside).is_file(), "{beside}");
    }
    let text = std::fs::read_to_string(&file).expect("written");
    assert!(text.contains("\"base.safetensors\"") && !text.contains("tuned-copies"), "{text}");

    let mut other = Driver::cpu();
    let opened = open(&mut other, &file, false);
    assert_eq!((&opened.remarks[..], opened.fits), (&[][..], true));
    assert_eq!(opened.work, work(), "sliders, attributes, crop and settings");
    assert_eq!(opened.photo, Some(driver.path("mine.photo.png")));
    assert_eq!(photo_opened(&mut other).preview, photo());
    assert_eq!(other.preview(&moved).frame, changed, "photo + change with the tuned copy");
    other.send(Command::ShowChange(false));
    assert_eq!(other.preview(&moved).frame, plain, "the tuned copy");
    drop(driver);
    drop(other);
}

#[test]
fn what_is_missing_or_has_changed_is_named_and_the_rest_is_opened() {
    let mut driver = at_work();
    let file = driver.path("mine.atelier.json");
    save(&mut driver, &file, false);
    std::fs::remove_file(driver.path("mine.photo.png")).expect("removed");
    std::fs::remove_file(driver.path("mine.delta.safetensors")).expect("removed");
    let mut other = Driver::cpu();
    let opened = open(&mut other, &file, false);
    let said = opened.remarks.join("\n");
    assert!(said.contains("mine.photo.png is missing (the photo)"), "{said}");
    assert!(said.contains("mine.delta.safetensors is missing (the tuned copy)"), "{said}");
    assert!(opened.fits && opened.photo.is_none());
    let kept = identity(&other);
    assert!(kept.tuned.is_none() && !kept.tuned_on && kept.has_photo, "the kept photo is there");

    // Without its model the latents mean nothing: another one stays open, the settings come.
    std::fs::remove_file(driver.path("base.safetensors")).expect("removed");
    let mut third = model(9);
    let opened = open(&mut third, &file, false);
    let said = opened.remarks.join("\n");
    assert!(said.contains("base.safetensors is missing (the model)"), "{said}");
    assert!(said.contains("latents belong to the model that is missing"), "{said}");
    assert!(!opened.fits);
    // Another model in its place is opened, and told.
    third.send(Command::SaveModel(driver.path("base.safetensors")));
    third.wait("a file", |event| matches!(event, Event::FileWritten(_)).then_some(()));
    let opened = open(&mut third, &file, false);
    assert!(opened.fits && opened.remarks[0].contains("has changed since"), "{:?}", opened.remarks);

    std::fs::write(&file, "{\"kind\": \"session\", \"format\": 99}").expect("written");
    third.send(Command::OpenSession { path: file, own: false });
    assert!(third.error().contains("update the program"));
}

#[test]
fn a_tuned_copy_that_nobody_saved_is_kept_when_another_takes_its_place() {
    let mut driver = at_work();
    let first = driver.preview(&latent(6)).frame;
    let again = PivotalSettings { steps: 3, seed: 5, ..settings() };
    tune(&driver, 2, again.clone());
    latest(&driver.handle.tuning, |view: &TuningView| view.id == 2 && !view.state.is_active());
    let [kept] = &unsaved(&driver)[..] else { panic!("one: {:?}", unsaved(&driver)) };
    driver.send(Command::OpenDelta(kept.clone()));
    driver.wait("the delta", |event| matches!(event, Event::DeltaOpened(_)).then_some(()));
    assert_eq!(driver.preview(&latent(6)).frame, first);
    assert_eq!(unsaved(&driver).len(), 2, "the second one was in no file");

    // One from a file goes without a word; another model keeps what is in none.
    tune(&driver, 3, again.clone());
    latest(&driver.handle.tuning, |view: &TuningView| view.id == 3 && !view.state.is_active());
    assert_eq!(unsaved(&driver).len(), 2);
    driver.send(Command::NewModel(tiny(Family::VaeGan), 2));
    driver.model_ready();
    driver.preview(&latent(6));
    assert_eq!(unsaved(&driver).len(), 3);
}

#[test]
fn the_programs_own_session_holds_an_unsaved_copy_and_a_run_is_saved_with_it() {
    let mut driver = at_work();
    let file = driver.path("sessions/1/last.atelier.json");
    let begun = std::time::Instant::now();
    save(&mut driver, &file, true);
    assert!(begun.elapsed() < std::time::Duration::from_secs(1), "{:?}", begun.elapsed());
    driver.handle.shut_down(std::time::Duration::from_secs(10));
    assert!(unsaved(&driver).is_empty(), "the session has it");

    let mut other = Driver::cpu();
    assert!(open(&mut other, &file, true).remarks.is_empty());
    assert!(identity(&other).tuned.expect("a copy").file.is_none(), "still unsaved");
    photo_opened(&mut other);
    // The next session does not lean on the one before, which will be removed.
    let next = driver.path("sessions/2/last.atelier.json");
    save(&mut other, &next, true);
    std::fs::remove_dir_all(file.parent().expect("a folder")).expect("removed");
    let mut third = Driver::cpu();
    assert!(open(&mut third, &next, true).remarks.is_empty());
    assert_eq!(photo_opened(&mut third).preview, photo());
    third.handle.shut_down(std::time::Duration::from_secs(10));
    assert_eq!(unsaved(&third).len(), 1, "at the end without a session it is kept as well");
}
