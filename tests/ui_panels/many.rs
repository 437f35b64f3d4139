//! Many photos: what is asked of the job, how far it is, what it found, and what becomes of an earlier report.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use latent_atelier::app::dialogs::DialogKind;
use latent_atelier::app::many_job::ManyEnd;
use latent_atelier::app::{Action, AppState, ManyAction};
use latent_atelier::protocol::*;
use latent_atelier::ui::race;

use super::{Panel, fixture, panel};

fn many_panel(mut state: AppState, size: [f32; 2]) -> Harness<'static, Panel> {
    state.many.shown = true;
    let mut harness = panel(race::race_ui, state, size);
    harness.run_steps(3);
    harness
}

fn encoding(encodes: bool) -> AppState {
    let mut state = fixture::exploring();
    let mut model = (**state.model.as_ref().expect("a model")).clone();
    model.parameters.encoder = if encodes { 1000 } else { 0 };
    model.generator = "a fingerprint".to_owned();
    state.model = Some(Arc::new(model));
    state
}

fn found(image: &str, method: InversionMethod, psnr_db: f64, value: f32) -> Event {
    Event::Inverted(Box::new(inverted(image, method, psnr_db, value)))
}

fn inverted(image: &str, method: InversionMethod, psnr_db: f64, value: f32) -> Inverted {
    Inverted {
        image: image.to_owned(),
        target: InversionTarget::File,
        method,
        steps: 200,
        seconds: 1.25,
        loss: InversionLoss::default(),
        psnr_db,
        ssim: 0.9,
        norm: 7.0,
        truth_distance: None,
        caught_up_secs: None,
        restarts: 0,
        stalled: false,
        latent: Latent(vec![value; fixture::exploring().explore.latent.dims()]),
    }
}

fn tell(harness: &mut Harness<'static, Panel>, events: impl IntoIterator<Item = Event>) {
    for event in events {
        harness.state_mut().state.apply_event(event);
    }
    harness.run_steps(3);
}

fn click(harness: &mut Harness<'static, Panel>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(3);
}

fn asked_job(harness: &Harness<'_, Panel>) -> InvertJob {
    match harness.state().state.outbox.back() {
        Some(Command::InvertFiles(job)) => (**job).clone(),
        other => panic!("{other:?}"),
    }
}

/// A job with two methods over three photos in a folder.
fn begun(folder: &Path) -> Harness<'static, Panel> {
    let mut state = encoding(true);
    state.many.methods = vec![InversionMethod::Encode, InversionMethod::Hybrid];
    state.many.pictures_text = folder.join("cats").display().to_string();
    let mut harness = many_panel(state, [460.0, 900.0]);
    click(&mut harness, "Invert photos");
    tell(&mut harness, [Event::InversionBegun { images: 3, earlier: Vec::new() }]);
    harness
}

#[test]
fn a_folder_is_named_and_the_job_is_that_of_the_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let cats = folder.path().join("cats");
    let mut harness = many_panel(encoding(true), [460.0, 900.0]);
    assert!(harness.get_by_label("Invert photos").accesskit_node().is_disabled());
    harness.get_by_label("Name a folder of pictures first, or choose some");
    for name in
        ["Choose a folder of photos", "Choose photos one by one", "Choose a folder for the results"]
    {
        click(&mut harness, name);
    }
    let dialogs = [DialogKind::InvertFolder, DialogKind::InvertFiles, DialogKind::InvertOut];
    assert_eq!(harness.state().asked, dialogs.map(Action::Pick));
    harness.get_by_label("Photos to bring back").focus();
    harness.run_steps(2);
    harness.get_by_label("Photos to bring back").type_text(&cats.display().to_string());
    harness.run_steps(3);
    click(&mut harness, "Optimise");
    click(&mut harness, "Invert photos");
    let job = asked_job(&harness);
    assert_eq!(job.images, [cats]);
    assert_eq!(job.out, folder.path().join("cats-back-to-z"), "never among the photos");
    assert_eq!(job.methods, [InversionMethod::Optimise, InversionMethod::Hybrid]);
    assert_eq!((job.settings, job.resume), (InversionSettings::default(), false));
    let job = &harness.state().state.job;
    assert!(job.is_some(), "no other job begins meanwhile");
}

#[test]
fn what_the_model_cannot_is_greyed_and_the_reason_is_said() {
    let mut harness = many_panel(encoding(false), [460.0, 700.0]);
    for name in ["Encode", "Hybrid"] {
        assert!(harness.get_by_label(name).accesskit_node().is_disabled(), "{name}");
    }
    harness.get_by_label("This model has no encoder. Train one for it in the Training panel.");
    let files: Vec<PathBuf> = vec!["/photos/a.png".into(), "/photos/b.png".into()];
    harness.state_mut().state.apply_action(Action::Many(ManyAction::SetFiles(files.clone())));
    harness.run_steps(3);
    click(&mut harness, "Invert photos");
    let job = asked_job(&harness);
    assert_eq!((job.images, job.methods), (files, vec![InversionMethod::Optimise]));
    assert_eq!(job.out, Path::new("/photos-back-to-z"));
}

#[test]
fn progress_names_the_photos_and_a_cancel_keeps_what_was_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut harness = begun(folder.path());
    harness.get_by_label("0 of 3 photos done");
    let step = |image: &str| InversionStep {
        image: image.to_owned(),
        method: InversionMethod::Hybrid,
        step: 15,
        seconds: 1.0,
        loss: InversionLoss::default(),
    };
    tell(
        &mut harness,
        [
            found("/c/a.png", InversionMethod::Encode, 21.0, 0.1),
            Event::InversionSteps(vec![step("/c/a.png")]),
        ],
    );
    harness.get_by_label("Hybrid, step 15 of 60: a.png");
    let share = harness.state().state.many.job.as_ref().expect("it runs").share();
    assert!((share - (1.0 + 0.25) / 6.0).abs() < 1e-6, "{share}");
    click(&mut harness, "Cancel the photos");
    assert!(matches!(harness.state().state.outbox.back(), Some(Command::StopJobs)));
    assert!(harness.get_by_label("Cancel the photos").accesskit_node().is_disabled());
    let stopped = Notice { level: NoticeLevel::Stopped, text: "stopped".to_owned() };
    tell(&mut harness, [Event::Notice(stopped), Event::JobEnded]);
    let job = harness.state().state.many.job.as_ref().expect("it ran");
    assert_eq!((job.end.clone(), job.found.len()), (Some(ManyEnd::Stopped), 1));
    harness.get_by_label_contains("Stopped: 0 of 3 photos done");
    assert!(!harness.get_by_label("Invert photos").accesskit_node().is_disabled());
}

#[test]
fn at_the_end_there_is_a_summary_and_the_worst_photo_stands_first() {
    use InversionMethod::{Encode, Hybrid};
    let folder = tempfile::tempdir().expect("a folder");
    let mut harness = begun(folder.path());
    let results = folder.path().join("cats-back-to-z");
    tell(
        &mut harness,
        [
            found("/c/a.png", Encode, 20.0, 0.1),
            found("/c/a.png", Hybrid, 30.0, 0.2),
            found("/c/b.png", Encode, 22.0, 0.3),
            found("/c/b.png", Hybrid, 25.5, 0.4),
            Event::LeftOut("/c/letter.png: it is no picture".to_owned()),
            Event::FileWritten(results.join("latents.safetensors")),
            Event::JobEnded,
        ],
    );
    let state = &harness.state().state;
    let job = state.many.job.as_ref().expect("it ran");
    assert_eq!((job.end.clone(), job.share()), (Some(ManyEnd::Done), 1.0));
    assert!(state.job.is_none());
    let models = &state.preferences.recent_models;
    assert!(!models.iter().any(|path| path.starts_with(&results)), "latents are no model");
    harness.get_by_label("2 of 3 photos done, 1 left out");
    harness.get_by_label("Left out: 1");
    harness.get_by_label("/c/letter.png: it is no picture");
    // The hybrid's line: mean, median and worst.
    harness.get_by_label("27.8");
    assert_eq!(harness.query_all_by_label("25.5").count(), 1, "the worst");
    let [worst, best] = ["Take b.png to Explore", "Take a.png to Explore"]
        .map(|label| harness.get_by_label(label).rect().top());
    assert!(worst < best, "{worst} {best}");
    click(&mut harness, "Take b.png to Explore");
    assert_eq!(harness.state().state.explore.moved().0[0], 0.4);
    // The other method's list.
    let segments = harness.query_all_by_label("Encode");
    segments.last().expect("a segment").click();
    harness.run_steps(3);
    click(&mut harness, "Take b.png to Explore");
    assert_eq!(harness.state().state.explore.moved().0[0], 0.3);
    click(&mut harness, "Copy the path of the results");
    let copied = Action::CopyText(results.display().to_string());
    assert_eq!(harness.state().asked.last(), Some(&copied));
    // Of another model they are looked at no more.
    let mut other = (**harness.state().state.model.as_ref().expect("a model")).clone();
    other.generator = "another".to_owned();
    harness.state_mut().state.model = Some(Arc::new(other));
    harness.run_steps(3);
    assert!(harness.get_by_label("Take b.png to Explore").accesskit_node().is_disabled());
}

#[test]
fn a_job_that_cannot_go_on_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut harness = begun(folder.path());
    let text = "none of the pictures could be read; the first: a.png".to_owned();
    let refused = Notice { level: NoticeLevel::Error, text };
    tell(&mut harness, [Event::Notice(refused), Event::JobEnded]);
    harness.get_by_label("None of the pictures could be read; the first: a.png");
    assert!(!harness.get_by_label("Invert photos").accesskit_node().is_disabled());
}

#[test]
fn an_earlier_report_is_gone_on_with_or_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = folder.path().join("cats-back-to-z");
    std::fs::create_dir_all(&results).expect("a folder");
    std::fs::write(results.join(InvertJob::REPORT), "").expect("written");
    let mut state = encoding(true);
    state.many.pictures_text = folder.path().join("cats").display().to_string();
    let mut harness = many_panel(state, [460.0, 900.0]);
    click(&mut harness, "Invert photos");
    assert!(harness.state().state.outbox.is_empty(), "it is asked first");
    harness.get_by_label_contains("holds the report of an earlier inversion");
    click(&mut harness, "Do not begin");
    assert!(harness.query_by_label("Go on with it").is_none());
    click(&mut harness, "Invert photos");
    click(&mut harness, "Go on with it");
    assert!(asked_job(&harness).resume);
    let earlier = vec![inverted("/c/a.png", InversionMethod::Hybrid, 30.0, 0.2)];
    tell(&mut harness, [Event::InversionBegun { images: 4, earlier }]);
    harness.get_by_label("1 of 4 photos done, 1 of them earlier");
    harness.get_by_label("Take a.png to Explore");
    tell(&mut harness, [Event::FileWritten(results.join("latents.safetensors")), Event::JobEnded]);
    click(&mut harness, "Invert photos");
    click(&mut harness, "Begin in a new folder beside it");
    let job = asked_job(&harness);
    assert_eq!((job.out, job.resume), (folder.path().join("cats-back-to-z-2"), false));
}

#[test]
fn all_of_it_fits_a_narrow_pane() {
    let folder = tempfile::tempdir().expect("a folder");
    for width in [300.0, 380.0] {
        let mut state = encoding(true);
        state.race.settings_open = true;
        state.many.pictures_text = folder.path().join("cats").display().to_string();
        let mut harness = many_panel(state, [width, 1600.0]);
        click(&mut harness, "Invert photos");
        let name = "/c/a photo with a very long name that no line has room for.png";
        tell(
            &mut harness,
            [
                Event::InversionBegun { images: 2, earlier: Vec::new() },
                found(name, InversionMethod::Hybrid, 30.0, 0.2),
                Event::LeftOut(format!("{name}: it is no picture")),
            ],
        );
        for label in [
            "Choose photos one by one",
            "Choose a folder for the results",
            "Settings",
            "Cancel the photos",
            "Another model…",
            "Take a photo with a very long name that no line has room for.png to Explore",
        ] {
            let rect = harness.get_by_label(label).rect();
            assert!(rect.left() >= 0.0 && rect.right() <= width, "{label} at {width}: {rect:?}");
        }
    }
}
