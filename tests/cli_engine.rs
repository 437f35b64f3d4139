//! The program from outside, with its engine: tiny models on the CPU, from the first step to Ctrl-C.

#[path = "cli_engine/animation.rs"]
mod animation;
#[path = "cli_engine/directions.rs"]
mod directions;
#[path = "cli_engine/edit.rs"]
mod edit;
#[path = "cli_engine/encoder.rs"]
mod encoder;
#[path = "cli_engine/invert.rs"]
mod invert;
#[path = "cli_engine/labels.rs"]
mod labels;
#[path = "cli_engine/map.rs"]
mod map;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use latent_atelier::storage::{Container, HISTORY_FILE, Limits, ModelFile, Tensors, read_history};
use serde_json::Value;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latent-atelier"));
    command.args(arguments).args(["--device", "cpu"]).env_remove("RUST_LOG");
    command
}

fn program(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the program starts")
}

/// The JSON lines of a command that must succeed.
fn lines(arguments: &[&str]) -> Vec<Value> {
    let output = program(&[arguments, &["--json"]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {errors}");
    parse(&output.stdout)
}

fn parse(stdout: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(stdout).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("only JSON lines")).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary path is text")
}

/// `train` on few small faces.
fn training<'a>(family: &'a str, steps: &'a str, out: &'a Path) -> Vec<&'a str> {
    seeded(family, steps, out, "1")
}

fn seeded<'a>(family: &'a str, steps: &'a str, out: &'a Path, seed: &'a str) -> Vec<&'a str> {
    let small = "--data portraits --portraits 64 --size 16 --width 8 --latent 8 --batch 4 --seed";
    let mut arguments = vec!["train", "--family", family, "--steps", steps, "--out", text(out)];
    arguments.extend(small.split(' '));
    arguments.push(seed);
    arguments
}

fn weights(folder: &Path) -> Tensors {
    ModelFile::open(folder).expect("the model opens").tensors
}

fn tensor(path: &Path, name: &str) -> (Vec<usize>, Vec<f32>) {
    let mut file = Container::open(path, Limits::STATED).expect("it opens");
    let array = file.read(name).expect("it is read").expect("it is there");
    (array.shape, array.values)
}

fn scratch() -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().expect("a folder");
    let run = root.path().join("new/run");
    (root, run)
}

#[test]
fn training_ends_with_a_model_and_goes_on_exactly_where_it_stopped() {
    for (family, loss) in [("gan", "d_loss"), ("vae", "kl"), ("vae-gan", "recon")] {
        let (root, run) = scratch();
        let report = lines(&training(family, "4", &run));
        assert_eq!(report[0]["step"], 1);
        assert!(report[0][loss].is_f64() && report[0]["images_per_sec"].is_f64(), "{report:?}");
        assert!(report.iter().any(|line| line["step"] == 4 && line[loss].is_f64()));
        let result = &report[report.len() - 1]["result"];
        assert_eq!(result, text(&run.join("model.safetensors")));
        assert_eq!(ModelFile::open(&run).expect("it opens").manifest.step, 4);

        let resumed = lines(&[training(family, "8", &run), vec!["--resume"]].concat());
        assert!(resumed.iter().any(|line| line["step"] == 8));
        let history = read_history(&run.join(HISTORY_FILE)).expect("it is read");
        assert_eq!((history[0].step_from, history[history.len() - 1].step), (1, 8));

        let straight = root.path().join("straight");
        lines(&training(family, "8", &straight));
        assert_eq!(weights(&straight), weights(&run), "{family}: resuming changed the numbers");
    }
}

#[test]
fn the_same_seed_gives_the_same_numbers_and_another_does_not() {
    let (root, first) = scratch();
    let (second, other) = (root.path().join("second"), root.path().join("other"));
    let report = lines(&training("gan", "3", &first));
    assert_eq!(lines(&training("gan", "3", &second))[0]["d_loss"], report[0]["d_loss"]);
    lines(&seeded("gan", "3", &other, "2"));
    assert_eq!(weights(&first), weights(&second));
    assert_ne!(weights(&first), weights(&other));
}

#[test]
fn samples_are_written_as_picture_and_as_tensor() {
    let (root, run) = scratch();
    lines(&training("gan", "2", &run));
    let (sheet, images) = (root.path().join("s.png"), root.path().join("s.safetensors"));
    let sample = |out: &Path, more: &[&str]| {
        lines(&[&["sample", "--model", text(&run), "--out", text(out)], more].concat())
    };
    let line = sample(&sheet, &["--count", "5", "--seed", "3"]);
    assert_eq!(line[0]["written"], text(&sheet));
    assert!(fs::read(&sheet).expect("it is there").starts_with(b"\x89PNG"));
    sample(&images, &["--count", "5", "--seed", "3"]);
    let (shape, values) = tensor(&images, "images");
    assert_eq!(shape, [5, 3, 16, 16]);
    assert!(values.iter().all(|v| (-1.0..=1.0).contains(v)));
    sample(&root.path().join("again.safetensors"), &["--count", "5", "--seed", "3"]);
    assert_eq!(tensor(&root.path().join("again.safetensors"), "images").1, values);
    sample(&root.path().join("other.safetensors"), &["--count", "5", "--seed", "4"]);
    assert_ne!(tensor(&root.path().join("other.safetensors"), "images").1, values);
}

#[test]
fn sheets_are_drawn_into_a_new_folder() {
    let (root, run) = scratch();
    for (family, reconstructs) in [("vae", true), ("gan", false)] {
        let (run, out) = (run.join(family), root.path().join(family).join("sheets"));
        lines(&training(family, "2", &run));
        let line = lines(&["sheets", "--model", text(&run), "--seed", "2", "--out", text(&out)]);
        for (key, written) in
            [("samples", true), ("reconstructions", reconstructs), ("sliders", true)]
        {
            let path = out.join(format!("{key}.png"));
            assert_eq!(path.is_file(), written, "{family}: {key}");
            assert_eq!(line[0][key].as_str(), written.then(|| text(&path)), "{family}");
        }
        assert_eq!(line[0]["dimensions"].as_array().map(Vec::len), Some(8));
        let ranking = if reconstructs { "latent-kl" } else { "sensitivity" };
        assert_eq!(line[0]["ranking"], ranking);
        let output = program(&["sheets", "--model", text(&run), "--out", text(&out)]);
        let told = String::from_utf8(output.stdout).expect("text");
        assert_eq!(told.contains("reconstructions.png skipped"), !reconstructs, "{told}");
        assert_eq!(told.lines().count(), 3, "{told}");
    }
    let out = root.path().join("nothing");
    assert_fails(
        &["sheets", "--model", "built-in", "--data", "no/such", "--out", text(&out)],
        "no/such",
    );
}

#[test]
fn pictures_are_encoded_and_their_latents_decoded() {
    let (root, run) = scratch();
    lines(&training("vae", "2", &run));
    let (sheet, latents) = (root.path().join("s.png"), root.path().join("z.safetensors"));
    let model = text(&run);
    lines(&["sample", "--model", model, "--count", "1", "--out", text(&sheet)]);
    let encoded = lines(&[
        "encode",
        "--model",
        model,
        "--image",
        text(&sheet),
        text(&sheet),
        "--out",
        text(&latents),
    ]);
    assert_eq!(encoded[0]["images"], 2);
    let (shape, z) = tensor(&latents, "z");
    assert_eq!(shape, [2, 8]);
    assert_eq!(z[..8], z[8..], "the same picture twice");
    assert_eq!(tensor(&latents, "mu").0, [2, 8]);
    assert_eq!(tensor(&latents, "logvar").0, [2, 8]);
    let decoded = root.path().join("d.safetensors");
    lines(&["sample", "--model", model, "--latents", text(&latents), "--out", text(&decoded)]);
    assert_eq!(tensor(&decoded, "images").0, [2, 3, 16, 16]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_job_and_leaves_no_file() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let root = tempfile::tempdir().expect("a folder");
    for name in ["s.safetensors", "s.png"] {
        let out = root.path().join(name);
        let arguments =
            ["sample", "--verbose", "--model", "built-in", "--count", "65536", "--out", text(&out)];
        let mut child = command(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut errors = BufReader::new(child.stderr.take().expect("piped")).lines();
        let line = errors.find(|line| line.as_ref().is_ok_and(|l| l.contains("drawing samples")));
        assert!(line.is_some(), "it says how far it is");
        let asked = std::time::Instant::now();
        let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(killed.expect("kill runs").success());
        let last = errors.map_while(Result::ok).last();
        assert_eq!(child.wait().expect("it ends").code(), Some(130), "{last:?}");
        assert!(last.is_some_and(|line| line.contains("nothing was written")));
        assert!(asked.elapsed().as_secs() < 3, "{:?}", asked.elapsed());
        assert_eq!(fs::read_dir(root.path()).expect("a folder").count(), 0, "{name}");
    }
}

/// Exit code 1, one line on standard error that holds `expected`, nothing on standard output.
fn assert_fails(arguments: &[&str], expected: &str) {
    let output = program(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {errors}");
    assert!(output.stdout.is_empty());
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.contains(expected), "{errors}");
}

#[test]
fn what_cannot_be_done_is_told_in_one_line() {
    let (root, run) = scratch();
    lines(&training("gan", "1", &run));
    assert_fails(&training("gan", "1", &run), "--resume");
    let nowhere = root.path().join("nowhere");
    assert_fails(&[training("gan", "1", &nowhere), vec!["--resume"]].concat(), "no saved run");
    let empty = root.path().join("empty");
    fs::create_dir(&empty).expect("made");
    let out = root.path().join("out");
    let family = ["--family", "gan", "--steps", "1", "--out", text(&out)];
    assert_fails(&[&["train", "--data", text(&empty)], family.as_slice()].concat(), "");
    let sheet = root.path().join("s.png");
    let sheet = text(&sheet);
    let model = run.join("model.safetensors");
    assert_fails(
        &["encode", "--model", text(&model), "--image", text(&model), "--out", "z.safetensors"],
        "encoder",
    );
    let bytes = fs::read(&model).expect("read");
    fs::write(&model, &bytes[..bytes.len() / 2]).expect("written");
    assert_fails(&["sample", "--model", text(&model), "--out", sheet], "cut short");
}

#[test]
fn files_that_are_skipped_are_all_named_when_asked_for() {
    let (root, run) = scratch();
    let data = root.path().join("pictures");
    fs::create_dir(&data).expect("made");
    let picture = data.join("good.png");
    lines(&["sample", "--model", "built-in", "--count", "1", "--out", text(&picture)]);
    for name in ["a.png", "b.png"] {
        fs::write(data.join(name), "no picture").expect("written");
    }
    let steps = ["--family", "gan", "--steps", "1", "--size", "16", "--width", "4", "--batch", "1"];
    let train =
        [&["train", "--data", text(&data), "--out", text(&run)], &steps[..], &["--verbose"]]
            .concat();
    let output = program(&train);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    for name in ["skipped a.png", "skipped b.png"] {
        assert_eq!(errors.matches(name).count(), 1, "{errors}");
    }
    let told = parse(&output.stdout);
    let last = told.last().expect("a last line");
    assert_eq!(last["skipped"], 2);
    assert_eq!(last["skipped_files"][1]["path"], "b.png");
    assert!(last["skipped_files"][1]["reason"].is_string());
}

#[test]
fn devices_lists_the_cpu_and_chooses_one() {
    let devices = lines(&["devices"]);
    assert!(devices.iter().any(|device| device["choice"] == "cpu"));
    assert_eq!(devices.iter().filter(|device| device["chosen"] == true).count(), 1);
    assert!(devices.iter().all(|device| device["reason"].is_string()));
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_the_run_can_be_gone_on_with() {
    stopped_by("-INT");
}

#[cfg(unix)]
#[test]
fn sigterm_saves_as_well() {
    stopped_by("-TERM");
}

/// Trains until it is sent `signal`, and goes on with what was saved.
#[cfg(unix)]
fn stopped_by(signal: &str) {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let (_root, run) = scratch();
    let mut arguments = training("gan", "0", &run);
    arguments.push("--json");
    let mut child = command(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    let mut first = String::new();
    stdout.read_line(&mut first).expect("a first line");
    assert_eq!(parse(first.as_bytes())[0]["step"], 1);
    let asked = std::time::Instant::now();
    let killed = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(killed.expect("kill runs").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        asked.elapsed().as_secs() < 10,
        "stopping takes less than a second and saving little more"
    );
    let step = ModelFile::open(&run).expect("it was saved").manifest.step;
    assert!(step >= 1);
    let goal = (step + 2).to_string();
    let resumed = lines(&[training("gan", &goal, &run), vec!["--resume"]].concat());
    assert!(resumed.iter().any(|line| line["step"] == step + 2));
}

#[test]
fn animations_have_their_frames_and_leave_nothing_when_refused() {
    let root = tempfile::tempdir().expect("a folder");
    let out = |name: &str| root.path().join(name);
    let animate = |name: &str, more: &[&str]| {
        let path = out(name);
        let base = ["interpolate", "--model", "built-in", "--frames", "6", "--out", text(&path)];
        lines(&[&base, more].concat())[0].clone()
    };
    let line = animate("walk.gif", &["--walk", "--scale", "1"]);
    assert_eq!((&line["frames"], &line["written"]), (&6.into(), &text(&out("walk.gif")).into()));
    let file = std::io::BufReader::new(fs::File::open(out("walk.gif")).expect("there"));
    let gif = image::codecs::gif::GifDecoder::new(file).expect("a GIF");
    let frames = image::AnimationDecoder::into_frames(gif).collect_frames().expect("whole");
    assert_eq!(frames.len(), 6);
    assert_eq!(frames[0].buffer().dimensions(), (64, 64));
    assert_ne!(frames[0].buffer(), frames[3].buffer(), "it moves");

    animate("loop.apng", &["--loop", "--count", "3", "--scale", "2"]);
    let file = std::io::BufReader::new(fs::File::open(out("loop.apng")).expect("there"));
    let png = image::codecs::png::PngDecoder::new(file).expect("a PNG").apng().expect("animated");
    let frames = image::AnimationDecoder::into_frames(png).collect_frames().expect("whole");
    assert_eq!((frames.len(), frames[0].buffer().dimensions()), (6, (128, 128)));

    animate("walk.webp", &["--walk", "--scale", "1"]);
    let file = std::io::BufReader::new(fs::File::open(out("walk.webp")).expect("there"));
    let webp = image::codecs::webp::WebPDecoder::new(file).expect("a WebP");
    let frames = image::AnimationDecoder::into_frames(webp).collect_frames().expect("whole");
    assert_eq!((frames.len(), frames[0].buffer().dimensions()), (6, (64, 64)));
    assert_ne!(frames[0].buffer(), frames[3].buffer(), "it moves");

    animate("pictures", &["--ping-pong", "--scale", "1", "--curve", "shell"]);
    let read = |name: &str| fs::read(out("pictures").join(name)).expect("there");
    assert_eq!(read("00002.png"), read("00006.png"), "the same way back");
    assert_ne!(read("00002.png"), read("00003.png"));
    let again = out("pictures");
    assert_fails(&["interpolate", "--model", "built-in", "--out", text(&again)], "not empty");
    assert_eq!(fs::read_dir(&again).expect("kept").count(), 6);
    let film = out("film.avi");
    assert_fails(&["interpolate", "--model", "built-in", "--out", text(&film)], ".gif");
    assert_eq!(fs::read_dir(root.path()).expect("there").count(), 4, "nothing else is left");
}
