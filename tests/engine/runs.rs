//! Runs: from the first step to the last, with everything that can be asked meanwhile.

use std::time::{Duration, Instant};

use latent_atelier::protocol::*;
use latent_atelier::storage::{HISTORY_FILE, MODEL_FILE, ModelFile, RunFolder, read_history};

use crate::driver::{Driver, faces, latent, run, tiny};

#[test]
fn the_engine_tells_of_its_devices_first() {
    let mut driver = Driver::cpu();
    let Event::DevicesListed(listed) = driver.next("devices") else { panic!("{:?}", driver.seen) };
    assert_eq!(listed.iter().filter(|device| device.chosen).count(), 1);
    let Event::DeviceReady(device) = driver.next("a device") else { panic!("{:?}", driver.seen) };
    assert_eq!((device.kind, device.backend.as_str()), (DeviceKind::Cpu, "flex"));
}

#[test]
fn a_run_is_paused_stepped_watched_stopped_and_opened_again() {
    for family in Family::ALL {
        let mut driver = Driver::with_faces();
        let out = driver.path("run");
        driver.start_paused(run(family, 0, out.clone()));
        let z = latent(6);
        let fresh = driver.preview(&z);
        assert_eq!((fresh.step, fresh.frame.width_px, fresh.frame.height_px), (0, 16, 16));
        for step in 1..=3 {
            let progress = driver.single_step();
            assert_eq!((progress.step_from, progress.step), (step, step));
        }
        let paused = driver.preview(&z);
        assert_eq!(paused.step, 3);
        assert_ne!(paused.frame, fresh.frame, "{family}: three steps show");
        assert_eq!(driver.preview(&z).frame, paused.frame, "looking changes nothing");

        driver.send(Command::Resume);
        driver.wait("running", |event| match event {
            Event::Training(Phase::Running { folder, .. }) => Some(folder),
            _ => None,
        });
        let early = driver.preview(&z);
        while driver.progress().step < early.step + 3 {}
        assert!(driver.preview(&z).step > early.step, "previews follow the run");

        let asked = Instant::now();
        let (reason, step, folder) = driver.stop();
        assert!(asked.elapsed() < Duration::from_secs(1), "stopping took {:?}", asked.elapsed());
        assert_eq!((reason, folder.as_ref()), (StopReason::Stopped, Some(&out)));
        let shown = driver.preview(&z);
        assert_eq!(shown.step, step);

        let (model, state) = RunFolder::load_state(&out).expect("the folder is whole");
        assert_eq!((model.manifest.step, state.step), (step, step));
        assert_eq!(ModelFile::open(&out).expect("it opens").tensors, model.tensors);
        driver.send(Command::NewModel(tiny(Family::Gan), 99));
        driver.model_ready();
        assert_ne!(driver.preview(&z).frame, shown.frame);
        let summary = driver.open(&out);
        assert_eq!((summary.step, &summary.spec), (step, &tiny(family)));
        assert_eq!(driver.preview(&z).frame, shown.frame, "{family}: the saved model differs");
        let saved = driver.path("copy.safetensors");
        driver.send(Command::SaveModel(saved.clone()));
        driver.wait("the file", |e| matches!(e, Event::FileWritten(_)).then_some(()));
        driver.open(&saved);
        assert_eq!(driver.preview(&z).frame, shown.frame, "{family}: the copy differs");
    }
}

/// One record a step, so that two runs can be compared loss by loss.
fn step_by_step(driver: &mut Driver, settings: RunSettings, until: u64) -> Vec<TrainProgress> {
    driver.start_paused(settings);
    let mut steps = Vec::new();
    while steps.last().is_none_or(|last: &TrainProgress| last.step < until) {
        steps.push(driver.single_step());
    }
    steps
}

#[test]
fn a_resumed_run_is_the_run_that_never_stopped() {
    for family in Family::ALL {
        let mut driver = Driver::with_faces();
        let straight = driver.path("straight");
        step_by_step(&mut driver, run(family, 0, straight.clone()), 5);
        driver.stop();

        let out = driver.path("run");
        step_by_step(&mut driver, run(family, 0, out.clone()), 2);
        // In the middle of a step: what was done of it must leave no trace.
        driver.send(Command::Resume);
        let (_, reached, _) = driver.stop();
        let mut again = Driver::with_faces();
        let resumed = RunSettings { resume: true, ..run(family, 0, out.clone()) };
        let total = 5.max(reached + 1);
        let more = step_by_step(&mut again, resumed, total);
        assert_eq!(more[0].step_from, reached + 1);
        again.stop();
        if total > 5 {
            let longer = RunSettings { resume: true, ..run(family, 0, straight.clone()) };
            step_by_step(&mut driver, longer, total);
            driver.stop();
        }

        let states = [&straight, &out].map(|folder| RunFolder::load_state(folder).expect("whole"));
        assert_eq!(states[0].0.tensors, states[1].0.tensors, "{family}: weights");
        assert_eq!(states[0].1.tensors, states[1].1.tensors, "{family}: optimizers");
        let bytes = [&straight, &out].map(|folder| std::fs::read(folder.join(MODEL_FILE)).unwrap());
        assert!(bytes[0] == bytes[1], "{family}: the model files differ");
        let losses = |folder: &std::path::Path| {
            let history = read_history(&folder.join(HISTORY_FILE)).expect("read");
            let alone = history.into_iter().filter(|record| record.step_from == record.step);
            alone.map(|record| (record.step, record.scalars)).collect::<Vec<_>>()
        };
        let (a, b) = (losses(&straight), losses(&out));
        let both: Vec<_> = b.iter().filter(|(step, _)| a.iter().any(|(s, _)| s == step)).collect();
        assert!(both.len() >= 3, "{family}: {both:?}");
        assert!(both.iter().all(|record| a.contains(record)), "{family}: losses differ");
    }
}

#[test]
fn the_seed_decides_every_loss() {
    let mut driver = Driver::with_faces();
    let mut losses = |name: &str, seed: u64| {
        let mut settings = run(Family::VaeGan, 0, driver.path(name));
        settings.train.seed = seed;
        let steps = step_by_step(&mut driver, settings, 3);
        driver.stop();
        steps.into_iter().map(|step| step.losses).collect::<Vec<_>>()
    };
    let first = losses("first", 1);
    assert_eq!(first, losses("second", 1));
    assert_ne!(first, losses("third", 2));
    let names: Vec<&str> = first[0].iter().map(|loss| loss.name.as_str()).collect();
    assert_eq!(names, ["d_loss", "g_loss", "loss", "recon", "features", "kl"]);
}

#[test]
fn reports_cover_every_step_once_the_first_alone_and_the_last() {
    let mut driver = Driver::with_faces();
    let out = driver.path("run");
    assert_eq!(driver.train(run(Family::Gan, 60, out.clone())), 60);
    let reports = driver.seen.iter().filter_map(|event| match event {
        Event::Progress(progress) => Some((progress.step_from, progress.step)),
        _ => None,
    });
    let reports: Vec<(u64, u64)> = reports.collect();
    assert_eq!(reports[0], (1, 1), "the first step is told alone");
    assert_eq!(reports[reports.len() - 1].1, 60, "the last step is told");
    assert!(reports.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0), "{reports:?}");
    let history = read_history(&out.join(HISTORY_FILE)).expect("read");
    let written: Vec<_> = history.iter().map(|record| (record.step_from, record.step)).collect();
    assert_eq!(written, reports, "the history holds what was told");
}

#[test]
fn what_may_change_while_it_runs_does() {
    let mut driver = Driver::with_faces();
    driver.start(run(Family::VaeGan, 0, driver.path("run")));
    let before = driver.progress().live;
    let live = LiveSettings { lr_generator: 5e-5, beta: 2.0, ..before.clone() };
    driver.send(Command::Tune(live.clone()));
    while driver.progress().live != live {}
    driver.send(Command::Tune(LiveSettings { lr_generator: 2.0, ..live.clone() }));
    assert!(driver.error().contains("lr_generator"));
    assert_eq!(driver.progress().live, live, "a refused change changes nothing");
    assert!(driver.handle.samples.take().is_none(), "samples were off");
    driver.send(Command::Tune(LiveSettings { sample_rate: SampleRate::EachStep, ..live }));
    let sheet = driver.sheet(1);
    assert_eq!((sheet.count, sheet.tile_px, sheet.latents.len()), (4, 16, 4));
    let pairs = sheet.reconstructions.expect("an encoder reconstructs");
    assert_eq!(pairs.latents.len(), pairs.columns);
    // The whole of it is kept with the run.
    driver.stop();
    let (_, state) = RunFolder::load_state(&driver.path("run")).expect("whole");
    assert_eq!(state.config.train.live.sample_rate, SampleRate::EachStep);
}

#[test]
fn the_last_sheet_shows_the_step_at_which_a_run_was_paused_or_stopped() {
    let mut driver = Driver::with_faces();
    let mut settings = run(Family::Gan, 0, driver.path("run"));
    // Seldom enough that the sheet in between is an older one.
    settings.train.live.sample_rate = SampleRate::OncePerSecond;
    driver.start(settings);
    while driver.progress().step < 5 {}
    driver.send(Command::Pause);
    driver.paused();
    let paused = driver.sheet(0).step;
    driver.send(Command::Resume);
    let next = driver.progress();
    assert_eq!(paused + 1, next.step_from, "the last whole step before the pause");
    while driver.progress().step < next.step + 3 {}
    let (_, step, _) = driver.stop();
    assert_eq!(driver.sheet(0).step, step);
}

#[test]
fn a_run_of_another_size_reads_the_data_again() {
    let mut driver = Driver::cpu();
    driver.open_faces(32);
    driver.start(run(Family::Gan, 2, driver.path("run")));
    let summary = driver.wait("the data at 16 px", |event| match event {
        Event::DatasetOpened(summary) => Some(summary),
        _ => None,
    });
    assert_eq!((summary.options.image_size, summary.options.portraits), (16, 64));
    let (reason, step, _) = driver.ended();
    assert_eq!((reason, step), (StopReason::Finished, 2));
}

#[test]
fn without_data_nothing_starts_and_why_is_said() {
    let mut driver = Driver::cpu();
    driver.start(run(Family::Gan, 2, driver.path("run")));
    let (reason, step, folder) = driver.ended();
    let StopReason::Failed(text) = reason else { panic!("{reason:?}") };
    assert!(text.contains("choose Portraits or a folder"), "{text}");
    assert_eq!((step, folder), (0, None));
    assert!(!driver.path("run").exists());
}

#[test]
fn a_run_that_waits_for_its_data_can_be_stopped() {
    let mut driver = Driver::with_faces();
    driver.send(Command::OpenDataset(driver.large_folder(), faces(16)));
    driver.start(run(Family::Gan, 2, driver.path("run")));
    let asked = Instant::now();
    let (reason, step, folder) = driver.stop();
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    assert_eq!((reason, step, folder), (StopReason::Stopped, 0, None));
    let cancelled = |event: &Event| matches!(event, Event::DatasetFailed(why) if why.is_empty());
    assert!(driver.seen.iter().any(cancelled), "{:?}", driver.seen);
    // The data set that was open still is.
    driver.train(run(Family::Gan, 1, driver.path("run")));
}

#[test]
fn reading_is_cancelled_and_closing_does_not_wait_for_it() {
    let mut driver = Driver::with_faces();
    let source = driver.large_folder();
    driver.send(Command::OpenDataset(source.clone(), faces(16)));
    driver.wait("progress", |e| matches!(e, Event::DatasetProgress { .. }).then_some(()));
    driver.send(Command::CancelDataset);
    let why = driver.wait("the end of reading", |event| match event {
        Event::DatasetFailed(why) => Some(why),
        _ => None,
    });
    assert_eq!(why, "", "a cancel is no error");
    driver.send(Command::OpenDataset(source, faces(16)));
    let asked = Instant::now();
    let events = driver.handle.shut_down(Duration::from_secs(20));
    assert!(matches!(events.last(), Some(Event::ShutDown)), "{events:?}");
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
}

#[test]
fn what_would_disturb_a_run_is_refused() {
    let mut driver = Driver::with_faces();
    let out = driver.path("run");
    driver.start(run(Family::Gan, 0, out.clone()));
    driver.progress();
    let commands = [
        Command::OpenModel(out.clone()),
        Command::OpenBuiltIn,
        Command::NewModel(tiny(Family::Gan), 1),
        Command::SelectDevice(DeviceChoice::Cpu),
        Command::StartTraining(run(Family::Gan, 1, driver.path("second"))),
    ];
    for command in commands {
        driver.send(command);
        assert!(driver.error().contains("stop it first"));
    }
    let (reason, ..) = driver.stop();
    assert_eq!(reason, StopReason::Stopped, "the run was not disturbed");
    let z = latent(6);
    let shown = driver.preview(&z);
    driver.send(Command::SelectDevice(DeviceChoice::Cpu));
    driver.wait("the device", |e| matches!(e, Event::DeviceReady(_)).then_some(()));
    assert_eq!(driver.preview(&z).frame, shown.frame, "the model moved along");
    // A folder that holds a run is not written over.
    driver.start(run(Family::Gan, 1, out));
    let (reason, ..) = driver.ended();
    assert!(matches!(reason, StopReason::Failed(_)), "{reason:?}");
}
