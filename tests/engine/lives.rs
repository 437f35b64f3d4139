//! The thread itself: how it ends, what survives it, and how it bears a crowd.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use latent_atelier::engine::{EVENT_CAPACITY, SendError, Waker};
use latent_atelier::protocol::*;
use latent_atelier::storage::RunFolder;

use crate::driver::{Driver, PATIENCE, latent, run};

#[test]
fn shutting_down_while_training_saves_first() {
    let mut driver = Driver::with_faces();
    let out = driver.path("run");
    driver.start(run(Family::VaeGan, 0, out.clone()));
    while driver.progress().step < 3 {}
    let events = driver.handle.shut_down(PATIENCE);
    let [.., Event::TrainingEnded { reason, step, folder }, Event::ShutDown] = events.as_slice()
    else {
        panic!("{events:?}")
    };
    assert_eq!((reason, folder.as_ref()), (&StopReason::Stopped, Some(&out)));
    assert_eq!(RunFolder::load_state(&out).expect("whole").1.step, *step);
    assert!(driver.handle.is_finished());
    assert!(matches!(driver.handle.try_send(Command::Pause), Err(SendError::Dead)));
}

#[test]
fn a_dropped_handle_ends_the_thread() {
    let witness = Arc::new(());
    let theirs = Arc::clone(&witness);
    let waker = Waker::new(move || {
        let _ = &theirs;
    });
    let mut driver = Driver::new(DeviceChoice::Cpu, waker);
    driver.open_faces(16);
    driver.start(run(Family::Gan, 0, driver.path("run")));
    driver.progress();
    assert_eq!(Arc::strong_count(&witness), 2);
    let asked = Instant::now();
    drop(driver);
    assert_eq!(Arc::strong_count(&witness), 1, "the thread has let go of its waker");
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
}

#[test]
fn a_panic_in_the_engine_is_told_and_leaves_the_last_checkpoint() {
    // The one thing of ours that the engine's thread calls.
    let armed = Arc::new(AtomicBool::new(false));
    let theirs = Arc::clone(&armed);
    let waker = Waker::new(move || {
        assert!(!theirs.swap(false, Ordering::AcqRel), "a tensor had the wrong shape");
    });
    let mut driver = Driver::new(DeviceChoice::Cpu, waker);
    driver.open_faces(16);
    let out = driver.path("run");
    driver.start_paused(run(Family::Gan, 0, out.clone()));
    driver.single_step();
    driver.send(Command::SaveRun);
    let saved = driver.wait("a checkpoint", |event| match event {
        Event::RunSaved { step, .. } => (step > 0).then_some(step),
        _ => None,
    });
    armed.store(true, Ordering::Release);
    driver.send(Command::SingleStep);
    let why = driver.wait("the failure", |event| match event {
        Event::Failed(why) => Some(why),
        _ => None,
    });
    assert!(why.contains("a tensor had the wrong shape"), "{why}");
    let deadline = Instant::now() + PATIENCE;
    while !driver.handle.is_finished() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(driver.handle.is_finished(), "its thread has ended");
    assert!(matches!(driver.handle.try_send(Command::Resume), Err(SendError::Dead)));

    // The folder is free, and another engine goes on where the checkpoint stands.
    let mut next = Driver::with_faces();
    let settings = RunSettings { resume: true, ..run(Family::Gan, saved + 1, out) };
    assert_eq!(next.train(settings), saved + 1);
}

#[test]
fn a_crowd_of_requests_is_answered_by_the_newest_and_no_fact_is_lost() {
    const REQUESTS: u64 = 5_000;
    let mut driver = Driver::with_faces();
    driver.start(run(Family::Gan, 0, driver.path("run")));
    driver.progress();
    // More facts than the queue holds, while nobody reads.
    let facts = EVENT_CAPACITY + 300;
    for number in 0..facts {
        driver.send(Command::OpenModel(format!("nowhere/{number}").into()));
    }
    let z = latent(6);
    let mut newest = 0;
    for number in 0..REQUESTS {
        let mut latent = z.clone();
        latent.0[0] = number as f32 / REQUESTS as f32;
        newest = driver.request(&latent);
    }
    let answer = driver.picture(newest);
    assert!((answer.latent.0[0] - 1.0).abs() < 1e-3, "the newest was answered");
    let before = driver.preview(&z).step;
    while driver.preview(&z).step == before {}

    let (reason, last, _) = driver.stop();
    assert_eq!(reason, StopReason::Stopped);
    let refused = |event: &&Event| matches!(event, Event::Notice(_));
    assert_eq!(driver.seen.iter().filter(refused).count(), facts);
    let reports = driver.seen.iter().filter_map(|event| match event {
        Event::Progress(progress) => Some((progress.step_from, progress.step)),
        _ => None,
    });
    let reports: Vec<(u64, u64)> = reports.collect();
    assert!(reports.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0), "{reports:?}");
    assert_eq!(reports[reports.len() - 1].1, last, "every step was told");
}

#[test]
fn a_request_for_another_model_is_dropped_without_a_word() {
    let mut driver = Driver::with_faces();
    driver.send(Command::NewModel(crate::driver::tiny(Family::Gan), 1));
    driver.model_ready();
    driver.request(&latent(5));
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(driver.preview(&latent(6)).latent, latent(6));
    driver.collect();
    assert!(!driver.seen.iter().any(|event| matches!(event, Event::Notice(_))));
}
