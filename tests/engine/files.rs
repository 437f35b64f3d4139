//! Files that are not what they should be, and runs that are not worth saving.

use std::path::{Path, PathBuf};

use latent_atelier::protocol::*;
use latent_atelier::storage::{
    ModelFile, NamedArray, RunFolder, Tensors, TrainingState, save_tensors,
};

use crate::driver::{Driver, latent, run};

/// A model file's bytes with a piece of its header replaced by one of the same length.
fn edited(bytes: &[u8], old: &str, new: &str) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let mut at = bytes.windows(old.len());
    let at = at.position(|window| window == old.as_bytes()).expect("the header says so");
    let mut bytes = bytes.to_vec();
    bytes[at..at + new.len()].copy_from_slice(new.as_bytes());
    bytes
}

fn foreign(path: &Path) {
    let mut tensors = Tensors::new();
    tensors.insert(NamedArray {
        name: "weight".to_owned(),
        shape: vec![2],
        values: vec![1.0, 2.0],
    });
    save_tensors(path, &tensors, "of another program").expect("written");
}

#[test]
fn files_that_are_no_models_are_refused_and_the_open_one_stays() {
    let mut driver = Driver::with_faces();
    let out = driver.path("run");
    driver.train(run(Family::Vae, 2, out.clone()));
    let z = latent(6);
    let shown = driver.preview(&z).frame;
    let good = std::fs::read(out.join("model.safetensors")).expect("read");
    let mut damaged = good.clone();
    let last = damaged.len() - 5;
    damaged[last] ^= 0x40;
    let files: [(&str, Vec<u8>, &str); 6] = [
        ("truncated", good[..good.len() * 2 / 3].to_vec(), "cut short"),
        ("newer", edited(&good, r#"\"format\":1"#, r#"\"format\":9"#), "newer"),
        ("wrong-shape", edited(&good, r#"\"width\":4"#, r#"\"width\":8"#), "shape"),
        ("damaged", damaged, "damaged"),
        ("text", b"Dear diary, this is no model.".to_vec(), "safetensors"),
        ("empty", Vec::new(), ""),
    ];
    let mut paths: Vec<(PathBuf, &str)> = Vec::new();
    for (name, bytes, expected) in files {
        let path = driver.path(&format!("{name}.safetensors"));
        std::fs::write(&path, bytes).expect("written");
        paths.push((path, expected));
    }
    foreign(&driver.path("foreign.safetensors"));
    paths.push((driver.path("foreign.safetensors"), ""));
    paths.push((driver.path("missing.safetensors"), "missing.safetensors"));
    for (path, expected) in paths {
        driver.send(Command::OpenModel(path.clone()));
        let text = driver.error();
        let name = path.file_name().expect("named").to_string_lossy().into_owned();
        assert!(text.contains(&name), "which file: {text}");
        assert!(text.contains(expected), "{name}: {text}");
        assert!(!text.contains('\n') && text.len() < 400, "one plain line: {text}");
        assert_eq!(driver.preview(&z).frame, shown, "{name} changed what is open");
    }
    assert_eq!(driver.open(&out).step, 2, "the good one still opens");
}

#[test]
fn latents_are_written_and_opened_again() {
    let mut driver = Driver::with_faces();
    let out = driver.path("run");
    driver.train(run(Family::Vae, 1, out.clone()));
    let dims = driver.open(&out).spec.latent as usize;
    let path = driver.path("two.safetensors");
    let latents = vec![latent(dims), latent(dims).plus(&latent(dims), 1.0)];
    driver.send(Command::SaveLatents(path.clone(), latents.clone()));
    let opened = |driver: &mut Driver| {
        driver.wait("latents", |event| match event {
            Event::LatentsOpened { path, latents, count } => Some((path, latents, count)),
            _ => None,
        })
    };
    for command in [Command::OpenLatents, Command::OpenLatentsOrModel] {
        driver.send(command(path.clone()));
        assert_eq!(opened(&mut driver), (path.clone(), latents.clone(), 2));
    }
    driver.send(Command::OpenLatentsOrModel(out.join("model.safetensors")));
    driver.model_ready();
    let other = driver.path("other.safetensors");
    driver.send(Command::SaveLatents(other.clone(), vec![Latent::zeros(dims + 1)]));
    driver.send(Command::OpenLatentsOrModel(other));
    assert!(driver.error().contains("this model needs"));
    driver.send(Command::OpenLatents(out.join("model.safetensors")));
    assert!(driver.error().contains("no tensor 'z'"));
}

/// Gives arrays of a saved run one wild value: what a run with a wild learning rate comes to.
fn make_wild(folder: &Path, is_wild: impl Fn(&str) -> bool, value: f32) {
    let (model, state) = RunFolder::load_state(folder).expect("whole");
    let config = state.config.clone();
    let mut tensors = Tensors::new();
    let mut changed = 0;
    for (name, shape, values) in state.tensors.iter() {
        let wild = is_wild(name);
        changed += usize::from(wild);
        let values = values.iter().map(|v| if wild { v.signum() * value } else { *v }).collect();
        tensors.insert(NamedArray { name: name.to_owned(), shape: shape.to_vec(), values });
    }
    assert!(changed > 0, "{:?}", state.tensors.names().collect::<Vec<_>>());
    std::fs::remove_dir_all(folder).expect("removed");
    let mut new = RunFolder::create(folder, &config).expect("made");
    new.save_state(&model, &TrainingState { tensors, ..state }).expect("saved");
}

/// Weights that overflow in the first loss.
fn wild_weights(folder: &Path) {
    make_wild(folder, |name| name.starts_with("raw.encoder.head"), 1e25);
}

/// A moment that leaves the first loss alone and spoils the weights after it.
fn wild_moments(folder: &Path) {
    make_wild(folder, |name| name.starts_with("adam.gen") && name.ends_with("first"), 3e38);
}

/// A saved run of three steps in the folder, made wild.
fn wild_run(driver: &mut Driver, make_wild: impl Fn(&Path)) -> RunSettings {
    let out = driver.path("run");
    driver.train(run(Family::Vae, 3, out.clone()));
    make_wild(&out);
    RunSettings { resume: true, ..run(Family::Vae, 0, out) }
}

/// Waits for the end: its reason is a broken run, and the checkpoint still is as it was.
fn assert_broken(driver: &mut Driver) {
    let (reason, step, folder) = driver.ended();
    let StopReason::Failed(text) = reason else { panic!("{reason:?} at {step}") };
    assert!(text.contains("no longer a number at step 4"), "{text}");
    assert!(text.contains("resume from step 3"), "{text}");
    assert_eq!((step, folder), (4, Some(driver.path("run"))));
    let (model, state) = RunFolder::load_state(&driver.path("run")).expect("whole");
    assert_eq!((model.manifest.step, state.step), (3, 3));
    assert!(state.tensors.iter().all(|(_, _, values)| values.iter().all(|v| v.is_finite())));
    assert_eq!(ModelFile::open(&driver.path("run")).expect("it opens").manifest.step, 3);
    // What is open again is that checkpoint, and it can be looked at; and the engine works on.
    assert_eq!(driver.preview(&latent(6)).step, 3);
    driver.train(run(Family::Gan, 1, driver.path("next")));
}

#[test]
fn a_run_whose_loss_breaks_says_so_and_keeps_its_last_checkpoint() {
    let mut driver = Driver::with_faces();
    let settings = wild_run(&mut driver, wild_weights);
    driver.start(settings);
    assert_broken(&mut driver);
}

#[test]
fn a_checkpoint_is_not_written_over_by_a_broken_one() {
    let mut driver = Driver::with_faces();
    let mut settings = wild_run(&mut driver, wild_moments);
    settings.train.live.lr_generator = 1.0;
    settings.train.checkpoint_every = 1;
    driver.start(settings);
    assert_broken(&mut driver);
}

#[test]
fn stopping_a_broken_run_does_not_save_it() {
    let mut driver = Driver::with_faces();
    let mut settings = wild_run(&mut driver, wild_moments);
    settings.train.live.lr_generator = 1.0;
    driver.start_paused(settings);
    let progress = driver.single_step();
    assert!(progress.losses.iter().all(|loss| loss.value.is_finite()), "{progress:?}");
    driver.send(Command::StopTraining);
    assert_broken(&mut driver);
}
