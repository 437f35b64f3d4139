//! Going on with a run: on which data, with which past, and what is written when nothing is new.

use std::path::Path;

use latent_atelier::protocol::*;
use latent_atelier::storage::{
    HISTORY_FILE, MODEL_FILE, RunFolder, TIMELINE_FOLDER, TRAINING_FILE, read_history, snapshots,
};

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
    let found = look(&mut fresh, &out);
    let RunData::Recorded { source: of_run, options, missing: None } = found else {
        panic!("{found:?}");
    };
    assert_eq!((of_run, options.image_size, options.channels), (source, 16, 3));
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

fn history(driver: &mut Driver) -> Vec<PastReport> {
    driver.wait("the history", |event| match event {
        Event::History(past) => Some(past),
        _ => None,
    })
}

#[test]
fn the_past_of_a_run_is_told_when_it_goes_on_and_when_its_model_is_opened() {
    let mut driver = Driver::with_faces();
    let out = driver.path("run");
    driver.train(run(Family::Vae, 30, out.clone()));
    let path = out.join(HISTORY_FILE);
    let before = read_history(&path).expect("read");
    // Torn by a crash.
    let mut text = std::fs::read(&path).expect("read");
    text.extend(b"{\"step_from\":31,\"st");
    std::fs::write(&path, text).expect("written");

    driver.start(resumed(31, &out));
    let past = history(&mut driver);
    let steps: Vec<_> = past.iter().map(|report| (report.step_from, report.step)).collect();
    let written: Vec<_> = before.iter().map(|record| (record.step_from, record.step)).collect();
    assert_eq!(steps, written);
    let losses = |report: &PastReport| {
        let named = report.losses.iter().map(|loss| (loss.name.clone(), Some(loss.value)));
        named.collect::<std::collections::BTreeMap<_, _>>()
    };
    assert_eq!(losses(&past[0]), before[0].scalars);
    let progress = driver.progress();
    assert_eq!((progress.step_from, progress.step), (31, 31));
    let trained = before.last().expect("records").elapsed_secs;
    assert!(progress.elapsed_secs > trained, "the time before counts");
    driver.ended();

    for path in [out.clone(), out.join(MODEL_FILE)] {
        driver.open(&path);
        assert_eq!(history(&mut driver).last().map(|report| report.step), Some(31));
    }
    let copy = driver.path("copy.safetensors");
    std::fs::copy(out.join(MODEL_FILE), &copy).expect("copied");
    driver.open(&copy);
    assert!(history(&mut driver).is_empty(), "a model alone has no past");
}

/// When the files of a run were last written.
fn written(out: &Path) -> Vec<std::time::SystemTime> {
    let files = [TRAINING_FILE, MODEL_FILE, "config.json"];
    let modified = |file| std::fs::metadata(out.join(file)).and_then(|about| about.modified());
    files.map(|file| modified(file).expect("there")).to_vec()
}

fn saved(driver: &mut Driver, command: Command) {
    driver.send(command);
    driver.wait("a save", |event| matches!(event, Event::RunSaved { .. }).then_some(()));
}

#[test]
fn what_is_saved_already_is_not_written_again() {
    let mut driver = Driver::with_faces();
    let out = driver.path("run");
    driver.train(run(Family::Vae, 2, out.clone()));
    let first = written(&out);
    let settings = RunSettings { resume: true, ..run(Family::Vae, 2, out.clone()) };
    driver.start_paused(RunSettings {
        train: TrainSettings { steps: 0, ..settings.train },
        ..settings
    });
    driver.wait("a save", |event| matches!(event, Event::RunSaved { .. }).then_some(()));
    let other_steps = written(&out);
    assert_ne!(first, other_steps, "other settings are worth a save");
    saved(&mut driver, Command::Pause);
    saved(&mut driver, Command::SaveRun);
    assert_eq!(written(&out), other_steps);

    let live = LiveSettings { beta: 3.0, ..TrainSettings::for_family(Family::Vae).live };
    driver.send(Command::Tune(live));
    saved(&mut driver, Command::SaveRun);
    let tuned = written(&out);
    assert_ne!(tuned, other_steps, "a change of settings is kept");
    driver.single_step();
    saved(&mut driver, Command::SaveRun);
    let stepped = written(&out);
    assert_ne!(stepped, tuned, "a step is kept");
    std::fs::remove_file(out.join(MODEL_FILE)).expect("removed");
    saved(&mut driver, Command::SaveRun);
    assert_ne!(written(&out), stepped, "what is gone is written again");
    let last = written(&out);
    assert_eq!(driver.stop(), (StopReason::Stopped, 3, Some(out.clone())));
    assert_eq!(written(&out), last);
}

fn timeline(driver: &mut Driver) -> Vec<u64> {
    driver.wait("the timeline", |event| match event {
        Event::Timeline { steps, .. } => Some(steps),
        _ => None,
    })
}

#[test]
fn a_run_keeps_pictures_of_its_samples_and_shows_them_again() {
    let mut driver = Driver::with_faces();
    let out = driver.path("run");
    driver.start_paused(run(Family::Gan, 0, out.clone()));
    for _ in 0..12 {
        driver.single_step();
    }
    driver.stop();
    let kept = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12];
    assert_eq!(snapshots(&out), kept);
    driver.open(&out);
    assert_eq!(timeline(&mut driver), kept);
    let shown = |driver: &Driver, step| {
        // The newest of many is what is shown in the end.
        for other in kept {
            driver.send(Command::ShowSnapshot(driver.path("run"), other));
        }
        driver.send(Command::ShowSnapshot(driver.path("run"), step));
        driver.snapshot(step).frame
    };
    let (first, last) = (shown(&driver, 1), shown(&driver, 12));
    assert_eq!((first.width_px, first.height_px), (32, 32), "four samples of 16 px");
    assert_ne!(first, last, "twelve steps show");
    driver.send(Command::ShowSnapshot(out.clone(), 11));
    assert!(driver.error().contains("step-0000000011.png"));

    // Crashed after step 14 with a save at 12: what was drawn later is not of this run any more.
    std::fs::copy(
        out.join("timeline/step-0000000012.png"),
        out.join("timeline/step-0000000014.png"),
    )
    .expect("copied");
    let settings = RunSettings { resume: true, ..run(Family::Gan, 13, out.clone()) };
    assert_eq!(driver.train(settings), 13);
    assert_eq!(snapshots(&out), kept);
}

#[test]
fn a_timeline_that_cannot_be_written_is_told_once_and_training_goes_on() {
    let mut driver = Driver::with_faces();
    let out = driver.path("run");
    std::fs::create_dir_all(&out).expect("made");
    std::fs::write(out.join(TIMELINE_FOLDER), b"in the way").expect("written");
    assert_eq!(driver.train(run(Family::Gan, 20, out.clone())), 20);
    let told = driver.seen.iter().filter(|event| {
        matches!(event, Event::Notice(Notice { level: NoticeLevel::Warning, text })
            if text.contains("timeline"))
    });
    assert_eq!(told.count(), 1, "{:?}", driver.seen);
}
