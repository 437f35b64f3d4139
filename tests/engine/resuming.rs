//! Going on with a run: on which data, with which past, and what is written when nothing is new.

use std::path::Path;

use latent_atelier::protocol::*;
use latent_atelier::storage::RunFolder;

use crate::driver::{Driver, faces, run};

/// A folder of a few small pictures.
fn pictures(driver: &Driver) -> DatasetSource {
    let folder = driver.path("photos");
    std::fs::create_dir_all(&folder).expect("made");
    for number in 0..6_u8 {
        let pixel = |x: u32, y: u32| image::Rgb([x as u8 * 9, y as u8 * 9, number * 40]);
        let path = folder.join(format!("{number}.png"));
        image::RgbImage::from_fn(20, 20, pixel).save(path).expect("written");
    }
    DatasetSource::Path(folder)
}

fn open(driver: &mut Driver, source: DatasetSource) {
    driver.send(Command::OpenDataset(source, faces(16)));
    opened(driver);
}

fn opened(driver: &mut Driver) -> DatasetSummary {
    driver.wait("a data set", |event| match event {
        Event::DatasetOpened(summary) => Some(*summary),
        _ => None,
    })
}

fn resumed(steps: u64, out: &Path) -> RunSettings {
    RunSettings { resume: true, ..run(Family::Vae, steps, out.to_owned()) }
}

fn recorded(out: &Path) -> DatasetSource {
    RunFolder::read_config(out).expect("read").dataset.expect("recorded").source
}

fn look(driver: &mut Driver, folder: &Path) -> RunData {
    driver.send(Command::LookAtRun(folder.to_owned()));
    driver.wait("what the run says", |event| match event {
        Event::RunLookedAt { data, .. } => Some(data),
        _ => None,
    })
}

#[test]
fn a_run_goes_on_with_the_data_it_was_trained_on() {
    let mut driver = Driver::cpu();
    let (source, out) = (pictures(&driver), driver.path("run"));
    open(&mut driver, source.clone());
    driver.train(run(Family::Vae, 2, out.clone()));

    driver.open_faces(16);
    driver.start(resumed(4, &out));
    assert_eq!(opened(&mut driver).source, source, "it is shown as the open one");
    assert_eq!(driver.ended(), (StopReason::Finished, 4, Some(out.clone())));
    assert_eq!(recorded(&out), source);
    // It is open already: nothing is read again.
    let seen = driver.seen.len();
    assert_eq!(driver.train(resumed(5, &out)), 5);
    let again = driver.seen[seen..].iter().any(|event| matches!(event, Event::DatasetOpened(_)));
    assert!(!again);

    // Nothing is open at all in a fresh engine.
    let mut fresh = Driver::cpu();
    assert_eq!(look(&mut fresh, &out), RunData::Recorded { source, missing: None });
    assert_eq!(fresh.train(resumed(6, &out)), 6);
}

#[test]
fn the_open_data_set_is_taken_where_it_was_chosen_and_recorded_from_then_on() {
    let mut driver = Driver::cpu();
    let (source, out) = (pictures(&driver), driver.path("run"));
    open(&mut driver, source);
    driver.train(run(Family::Vae, 2, out.clone()));
    driver.open_faces(16);
    let settings = RunSettings { use_open_data: true, ..resumed(3, &out) };
    assert_eq!(driver.train(settings), 3);
    assert_eq!(recorded(&out), DatasetSource::Portraits);
}

#[test]
fn a_run_whose_data_are_gone_says_so_and_goes_on_with_others_when_asked() {
    let mut driver = Driver::cpu();
    let (source, out) = (pictures(&driver), driver.path("run"));
    open(&mut driver, source.clone());
    driver.train(run(Family::Vae, 2, out.clone()));
    let DatasetSource::Path(photos) = &source else { panic!("{source:?}") };
    std::fs::remove_dir_all(photos).expect("removed");
    driver.open_faces(16);
    let RunData::Recorded { missing: Some(why), .. } = look(&mut driver, &out) else {
        panic!("the data are gone")
    };
    assert!(!why.is_empty());

    driver.start(resumed(3, &out));
    let (reason, _, folder) = driver.ended();
    let StopReason::Failed(text) = reason else { panic!("{reason:?}") };
    assert!(text.contains("photos") && text.contains("run"), "what and where: {text}");
    assert!(text.contains("Use the open data set instead"), "what to do: {text}");
    assert_eq!(folder, None);
    assert_eq!(recorded(&out), source, "nothing was changed");
    // The data set that was open still is.
    assert_eq!(driver.train(RunSettings { use_open_data: true, ..resumed(3, &out) }), 3);
    let nowhere = driver.path("nowhere");
    assert!(matches!(look(&mut driver, &nowhere), RunData::NoRun(_)));
}
