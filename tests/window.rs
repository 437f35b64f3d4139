//! The whole window without a display, on the real engine: from Train to a saved model and back.

#[path = "window/edit.rs"]
mod edit;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use latent_atelier::app::preferences::PreferenceStore;
use latent_atelier::app::state::RunEnd;
use latent_atelier::app::{App, AppOptions, AppState, EngineFactory, EngineStatus, RunPhase};
use latent_atelier::engine::{self, EngineOptions};
use latent_atelier::protocol::{DeviceChoice, SampleRate, StopReason};
use latent_atelier::storage::ModelFile;

/// Long enough for a machine that is busy with other builds.
const PATIENCE: Duration = Duration::from_secs(90);

fn window(runs_dir: PathBuf) -> Harness<'static, App> {
    let factory: EngineFactory = Box::new(move |waker| {
        let device = DeviceChoice::Cpu;
        engine::spawn(EngineOptions { device, runs_dir: runs_dir.clone(), waker })
    });
    let options = AppOptions { store: PreferenceStore::nowhere(), ..AppOptions::default() };
    Harness::builder()
        .with_size([1280.0, 1000.0])
        .with_max_steps(50)
        .build_eframe(move |cc| App::new(&cc.egui_ctx, options, factory))
}

/// Draws frames, as the window does when the engine wakes it, until the state is as wanted.
fn until(harness: &mut Harness<'static, App>, what: &str, done: impl Fn(&AppState) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done(harness.state().state()) {
        if let EngineStatus::Dead(why) = &harness.state().state().engine {
            panic!("the engine died before {what}: {why}");
        }
        assert!(Instant::now() < deadline, "no {what}: {:?}", harness.state().state().notices);
        harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn click(harness: &mut Harness<'static, App>, label: &str) {
    // A long panel scrolls: what is to be clicked is brought into view first, as by a person.
    harness.get_by_label(label).scroll_to_me();
    harness.run_steps(3);
    harness.get_by_label(label).click();
    harness.run_steps(3);
}

fn set_number(harness: &mut Harness<'static, App>, label: &str, value: f64) {
    harness.get_by_role_and_label(Role::SpinButton, label).set_value_accesskit(value);
    harness.run_steps(3);
}

/// Portraits at 16 px, chosen by hand, and a small quick run.
fn choose_portraits_and_settings(harness: &mut Harness<'static, App>, steps: f64) {
    until(harness, "the engine", |state| state.engine == EngineStatus::Ready);
    click(harness, "Panel: Data");
    click(harness, "Options: 64 × 64 px, RGB");
    harness.run_steps(20); // The section opens in a few frames.
    click(harness, "Image size: 16");
    set_number(harness, "Portraits", 256.0);
    click(harness, "Use Portraits");
    until(harness, "the data set", |state| state.dataset.summary.is_some());
    let summary = harness.state().state().dataset.summary.clone().expect("open");
    assert_eq!((summary.options.image_size, summary.train_count), (16, 256));

    click(harness, "Panel: Training");
    let draft = &harness.state().state().training.draft_spec;
    assert_eq!(draft.image_size, 16, "the data's size is the next model's");
    set_number(harness, "Steps", steps);
    set_number(harness, "Base width", 8.0);
    set_number(harness, "Latent size", 8.0);
    set_number(harness, "Batch", 8.0);
    let training = &harness.state().state().training;
    assert_eq!((training.draft_train.steps as f64, training.draft_spec.width), (steps, 8));
}

fn train(harness: &mut Harness<'static, App>) {
    click(harness, "Train");
    until(harness, "a running run", |state| state.training.phase == RunPhase::Running);
}

fn run_end(harness: &mut Harness<'static, App>) -> RunEnd {
    until(harness, "the end of the run", |state| {
        state.training.last_end.is_some() && state.training.phase == RunPhase::Idle
    });
    harness.state().state().training.last_end.clone().expect("it ended")
}

/// Pulls a slider and waits for the picture of where it was let go.
fn drag_a_slider(harness: &mut Harness<'static, App>, label: &str) {
    let before = harness.state().state().explore.preview.as_ref().map(|shown| shown.id);
    let rail = harness.get_by_role_and_label(Role::Slider, label).rect();
    harness.drag_at(rail.center());
    harness.step();
    for offset in [12.0, 24.0, 36.0] {
        harness.hover_at(rail.center() + vec2(offset, 0.0));
        harness.step();
    }
    harness.drop_at(rail.center() + vec2(36.0, 0.0));
    harness.step();
    until(harness, "the dragged picture", |state| {
        let shown = state.explore.preview.as_ref();
        state.explore.waiting_since.is_none()
            && shown.is_some_and(|shown| {
                Some(shown.id) > before && shown.latent == state.explore.latent
            })
    });
}

fn open_by_path(harness: &mut Harness<'static, App>, path: &Path) {
    click(harness, "Panel: Model");
    harness.get_by_label("Model path").focus();
    harness.run_steps(2);
    harness.get_by_label("Model path").type_text(path.to_str().expect("text"));
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    until(harness, "the opened model", |state| {
        state.model.as_ref().is_some_and(|model| model.path.as_deref() == Some(path))
    });
}

#[test]
fn from_train_to_a_saved_model_and_back() {
    let root = tempfile::tempdir().expect("a folder");
    let mut harness = window(root.path().join("runs"));
    choose_portraits_and_settings(&mut harness, 60.0);
    train(&mut harness);
    let end = run_end(&mut harness);
    assert_eq!((&end.reason, end.step), (&StopReason::Finished, 60));
    let folder = end.folder.expect("it was saved");
    assert_eq!(ModelFile::open(&folder).expect("it opens").manifest.step, 60);

    let state = harness.state().state();
    let series: Vec<_> =
        state.training.history.iter().map(|(_, one)| one.points().to_vec()).collect();
    assert!(series.len() >= 5, "{} curves", series.len());
    let ends =
        |points: &Vec<[f64; 2]>| points.first().zip(points.last()).map(|(a, b)| (a[0], b[0]));
    assert!(series.iter().all(|points| ends(points) == Some((1.0, 60.0))), "{series:?}");
    let sheet = state.samples.sheet.as_ref().expect("samples have arrived");
    assert_eq!((sheet.tile_px, sheet.latents[0].dims()), (16, 8));
    let model = state.model.as_ref().expect("the trained model is open");
    assert_eq!((model.step, model.spec.width), (60, 8));

    drag_a_slider(&mut harness, "Latent 2");
    let shown = harness.state().state().explore.preview.clone().expect("a picture");
    assert_eq!((shown.step, shown.frame.width_px), (60, 16));

    // Another day: the window opens it by its path.
    drop(harness);
    let mut harness = window(root.path().join("runs"));
    until(&mut harness, "the engine", |state| state.engine == EngineStatus::Ready);
    open_by_path(&mut harness, &folder);
    let latent = shown.latent.clone();
    until(&mut harness, "its picture", |state| {
        state.explore.preview.as_ref().is_some_and(|shown| shown.frame.width_px == 16)
    });
    let model = harness.state().state().model.clone().expect("open");
    assert_eq!((model.step, model.spec.latent as usize), (60, latent.dims()));
}

#[test]
fn sliders_and_buttons_while_it_trains_and_closing_saves() {
    let root = tempfile::tempdir().expect("a folder");
    let mut harness = window(root.path().join("runs"));
    choose_portraits_and_settings(&mut harness, 0.0);
    click(&mut harness, "Sample refresh: 5/s");
    train(&mut harness);
    drag_a_slider(&mut harness, "Latent 1");
    let early = harness.state().state().explore.preview.clone().expect("a picture").step;
    until(&mut harness, "a few steps", |state| {
        state.training.progress.as_ref().is_some_and(|progress| progress.step > early + 2)
    });
    drag_a_slider(&mut harness, "Latent 3");
    let late = harness.state().state().explore.preview.clone().expect("a picture").step;
    assert!(late > early, "it trains on under the sliders: {early}, {late}");
    until(&mut harness, "samples", |state| {
        state.samples.sheet.as_ref().is_some_and(|sheet| sheet.step > late)
    });
    assert_eq!(harness.state().state().training.live().sample_rate, SampleRate::FivePerSecond);

    click(&mut harness, "Pause");
    until(&mut harness, "the pause", |state| state.training.phase == RunPhase::Paused);
    let at = |state: &AppState| state.training.progress.as_ref().map_or(0, |p| p.step);
    until(&mut harness, "the save", |state| {
        state.training.last_saved.as_ref().is_some_and(|(step, _)| *step == at(state))
    });
    let paused = at(harness.state().state());
    drag_a_slider(&mut harness, "Latent 0");
    click(&mut harness, "Single step");
    until(&mut harness, "one step", |state| {
        at(state) == paused + 1 && state.training.phase == RunPhase::Paused
    });
    click(&mut harness, "Resume");
    until(&mut harness, "more steps", |state| at(state) > paused + 2);

    close(&mut harness);
    let folder = harness.state().state().training.folder.clone().expect("a folder");
    let saved = ModelFile::open(&folder).expect("closing saved it").manifest.step;
    assert!(saved > paused + 2, "{saved}");
}

/// A file in the hand of somebody who lets it go over the window.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn drop_file(harness: &mut Harness<'static, App>, path: PathBuf) {
    harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(path)));
    harness.step();
    harness.input_mut().dropped_files.clear();
}

#[test]
fn a_dropped_photo_is_turned_and_cut_out_and_a_bad_one_leaves_it() {
    let root = tempfile::tempdir().expect("a folder");
    let mut harness = window(root.path().join("runs"));
    until(&mut harness, "the built-in model", |state| state.model.is_some());
    let photo = root.path().join("me.png");
    let pixel = |x: u32, y: u32| image::Rgb([x as u8, y as u8, 90]);
    image::RgbImage::from_fn(250, 200, pixel).save(&photo).expect("written");
    drop_file(&mut harness, photo);
    until(&mut harness, "the square", |state| state.photo.cropped.is_some());
    until(&mut harness, "the mean of samples", |state| state.photo.mean.is_some());
    let state = harness.state().state();
    let size = state.model.as_ref().expect("open").spec.image_size as usize;
    let cropped = state.photo.cropped.as_ref().expect("cut out");
    assert_eq!((cropped.frame.width_px, cropped.crop.side), (size, 200.0));
    harness.run_steps(3);
    // The pane came to the front by itself.
    click(&mut harness, "90° right");
    until(&mut harness, "the turned square", |state| {
        state.photo.cropped.as_ref().is_some_and(|cropped| cropped.crop.degrees == 90.0)
    });
    let turned = harness.state().state().photo.cropped.clone().expect("cut out").frame;
    let red = |x: usize, y: usize| turned.rgba[(y * size + x) * 4];
    // What ran from left to right runs downwards now.
    assert!(red(3, size - 1) > red(3, 0) + 100 && red(size - 1, 3).abs_diff(red(0, 3)) < 5);

    let letter = root.path().join("letter.png");
    std::fs::write(&letter, "Dear diary").expect("written");
    drop_file(&mut harness, letter);
    until(&mut harness, "the refusal", |state| {
        let told = |text: &str| text.contains("letter.png") && text.contains("not a picture");
        state.notices.iter().any(|entry| told(&entry.notice.text))
    });
    until(&mut harness, "the end of it", |state| state.photo.opening.is_none());
    let photo = &harness.state().state().photo;
    assert_eq!(photo.photo.as_ref().map(|photo| photo.name.as_str()), Some("me.png"));
    assert!(photo.cropped.as_ref().is_some_and(|cropped| cropped.frame == turned));
}

/// Asks the window to close and draws on until it does.
fn close(harness: &mut Harness<'static, App>) {
    let root = harness.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default();
    root.events.push(egui::ViewportEvent::Close);
    harness.step();
    harness.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default().events.clear();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let closes = harness
            .output()
            .viewport_output
            .values()
            .any(|viewport| viewport.commands.contains(&egui::ViewportCommand::Close));
        if closes {
            return;
        }
        assert!(Instant::now() < deadline, "it does not close");
        harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
}
