//! The program from outside: exit codes, what goes to which stream, what help says. No engine runs here.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use latent_atelier::protocol::ModelSpec;
use latent_atelier::storage::{Manifest, ModelFile, NamedArray};
use serde_json::Value;

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_latent-atelier"))
        .args(arguments)
        .env_remove("RUST_LOG")
        .output()
        .expect("the program starts")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("no signal")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// Exit code 1, nothing on standard output, and one line that holds `expected` on standard error.
fn assert_fails(arguments: &[&str], expected: &str) {
    let output = program(arguments);
    let text = stderr(&output);
    assert_eq!(code(&output), 1, "{arguments:?}: {text}");
    assert!(output.stdout.is_empty());
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("error: ") && text.contains(expected), "{text}");
}

fn assert_wrong_arguments(arguments: &[&str], expected: &str) {
    let output = program(arguments);
    let text = stderr(&output);
    assert_eq!(code(&output), 2, "{arguments:?}: {text}");
    assert_eq!(text.lines().count(), 1, "{arguments:?}: {text}");
    assert!(output.stdout.is_empty() && text.contains(expected), "{text}");
}

fn save_model(path: &Path) {
    let mut manifest = Manifest::new(ModelSpec { image_size: 16, ..ModelSpec::default() });
    manifest.description = "two\nlines \u{1b}[31m".to_owned();
    let weight = NamedArray::new("generator.w", vec![2, 3], vec![0.5; 6]).expect("fits");
    ModelFile::new(manifest, [weight].into_iter().collect()).save(path).expect("saved");
}

#[test]
fn options_of_another_method_or_an_axis_without_a_name_are_wrong() {
    let directions = |more: &[&'static str]| {
        let base = ["directions", "--model", "built-in", "--method"];
        [base.as_slice(), more].concat()
    };
    assert_wrong_arguments(&directions(&["ica"]), "layer-pca");
    let foreign = directions(&["sefa", "--data", "portraits"]);
    assert_wrong_arguments(&foreign, "--data is for --method pca");
    let foreign = directions(&["pca", "--layer", "1"]);
    assert_wrong_arguments(&foreign, "--layer is for --method layer-pca");
    let grid = |more: &[&'static str]| {
        let base = ["grid", "--model", "built-in", "--out", "x.png"];
        [base.as_slice(), more].concat()
    };
    assert_wrong_arguments(&grid(&[]), "--x-dim N, a latent dimension");
    let idle = grid(&["--directions", "no.safetensors", "--x-dim", "3"]);
    assert_wrong_arguments(&idle, "--directions does nothing without --x or --y");
    let colour = ["map", "--model", "built-in", "--out", "x.json", "--colour", "hat"];
    assert_wrong_arguments(&colour, "--colour is of a .png");
    assert_wrong_arguments(&grid(&["--x", "hat"]), "--directions");
    assert_wrong_arguments(&grid(&["--x-dim", "1", "--steps", "3,0"]), "from 1 to 1000");
}

#[test]
fn wrong_arguments_end_with_2() {
    let train = ["train", "--data", "portraits", "--family", "gan", "--steps", "1", "--out", "x"];
    let with = |more: &[&'static str]| [train.as_slice(), more].concat();
    assert_wrong_arguments(&with(&["--size", "48"]), "use 16, 32, 64 or 128");
    assert_wrong_arguments(&with(&["--size", "big"]), "use 16, 32, 64 or 128");
    assert_wrong_arguments(&with(&["--objective", "magic"]), "non-saturating");
    assert_wrong_arguments(&with(&["--latent", "0"]), "use 1 to 512");
    assert_wrong_arguments(&with(&["--norm", "weight"]), "`batch`");
    assert_wrong_arguments(&with(&["--device", "cuda"]), "use auto, cpu, gpu");
    assert_wrong_arguments(&with(&["--wdith", "8"]), "--width");
    assert_wrong_arguments(
        &["train", "--data", "portraits", "--family", "gan", "--out", "x"],
        "--steps",
    );
    assert_wrong_arguments(&["train", "--family", "gan", "--steps", "1", "--out", "x"], "--data");
    assert_wrong_arguments(
        &["train", "--data", "portraits", "--steps", "1", "--out", "x"],
        "--family",
    );
    assert_wrong_arguments(&train[..7], "--out");
    let family =
        ["train", "--data", "portraits", "--family", "dcgan", "--steps", "1", "--out", "x"];
    assert_wrong_arguments(&family, "vae-gan");
    assert_wrong_arguments(&["sample", "--model", "m", "--out", "x.gif"], ".png or .safetensors");
    assert_wrong_arguments(&["export", "--model", "m", "--out", "x.pt"], ".safetensors");
    assert_wrong_arguments(&["model.safetensors", "devices"], "cannot be combined");
    assert_wrong_arguments(&["trian"], "neither a command");
    assert_wrong_arguments(&with(&["--lr", "-1"]), "--lr -1 is out of range: use 0 to 1");
    assert_wrong_arguments(&with(&["--lr", "nan"]), "--lr NaN is out of range");
    assert_wrong_arguments(&with(&["--lr-d", "2"]), "--lr-d 2 is out of range");
    assert_wrong_arguments(&with(&["--batch", "0"]), "--batch 0 is out of range");
    assert_wrong_arguments(&["bench", "--only", "zzz"], "gradient_on_z_16");
    let mut foreign = with(&["--beta", "3"]);
    assert_wrong_arguments(&foreign, "family gan");
    foreign[4] = "vae";
    foreign[9] = "--lr-d";
    assert_wrong_arguments(&foreign, "--lr-d");
    assert_wrong_arguments(&with(&["--portraits", "100000000"]), "1 to 1000000");
}

#[test]
fn a_settings_file_is_checked_key_by_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("settings.toml");
    let path = file.to_str().expect("text");
    fs::write(&file, "[train]\nlearning_rate = 0.1\n").expect("written");
    let arguments = ["train", "--config", path, "--out", "x"];
    assert_wrong_arguments(&arguments, "unknown field `learning-rate`");
    assert_wrong_arguments(&arguments, "settings.toml");
    fs::remove_file(&file).expect("removed");
    assert_fails(&arguments, "there is no such file");
}

#[test]
fn missing_files_end_with_1_and_one_line() {
    let train = ["train", "--data", "no/such", "--family", "gan", "--steps", "1", "--out", "x"];
    assert_fails(&train, "no/such");
    assert_fails(&["inspect", "no/such.safetensors"], "there is no such file");
    assert_fails(&["trian.safetensors"], "neither a command");
    assert!(!Path::new("x").exists(), "nothing was made");
}

#[test]
fn damaged_models_are_told_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.safetensors");
    save_model(&path);
    let name = path.to_str().expect("text");
    let whole = fs::read(&path).expect("read");
    fs::write(&path, &whole[..whole.len() - 1]).expect("written");
    assert_fails(&["inspect", name], "is cut short");
    let mut flipped = whole;
    *flipped.last_mut().expect("bytes") ^= 64;
    fs::write(&path, &flipped).expect("written");
    assert_fails(&["inspect", name, "--json"], "is damaged");
    fs::write(&path, "version https://git-lfs.github.com/spec/v1\noid\n").expect("written");
    assert_fails(&["inspect", name], "git lfs pull");
}

#[test]
fn inspect_says_what_a_model_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.safetensors");
    save_model(&path);
    for name in [path.to_str(), folder.path().to_str()] {
        let output = program(&["inspect", name.expect("text"), "--json", "--tensors"]);
        assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
        let text = String::from_utf8(output.stdout).expect("text");
        let lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(lines[0]["architecture"]["image_size"], 16);
        assert_eq!(lines[0]["parameters"]["generator"], 6);
        assert_eq!(lines[1]["name"], "generator.w");
    }
    let output = program(&["inspect", path.to_str().expect("text")]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("two\\u{a}lines \\u{1b}[31m"), "{text}");
}

/// The JSON line of a command that must succeed.
fn json_line(arguments: &[&str]) -> Value {
    let output = program(&[arguments, &["--json"]].concat());
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""), "{arguments:?}");
    serde_json::from_slice(&output.stdout).expect("one JSON line")
}

#[test]
fn export_halves_a_model_and_keeps_what_it_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let (full, half, again) =
        (path("f32.safetensors"), path("f16.safetensors"), path("again.safetensors"));
    let whole = latent_atelier::engine::built_in_model().expect("it opens");
    assert_eq!(json_line(&["export", "--model", "built-in", "--out", &full])["weights"], "f32");
    // Weights between the numbers that f16 has, so that rounding shows.
    let mut model = ModelFile::open(Path::new(&full)).expect("it opens");
    assert_eq!(model.tensors, whole.tensors, "f32 loses nothing");
    model.tensors = model
        .tensors
        .into_iter()
        .map(|array| {
            let values = array.values.iter().map(|value| value * 1.000_3 + 1e-5).collect();
            NamedArray { values, ..array }
        })
        .collect();
    model.save(Path::new(&full)).expect("saved");

    let line = json_line(&["export", "--model", &full, "--half", "--out", &half]);
    assert_eq!((&line["written"], &line["weights"]), (&half.as_str().into(), &"f16".into()));
    let bytes = [&full, &half].map(|path| fs::metadata(path).expect("it is there").len() as f64);
    assert_eq!(line["bytes"].as_f64(), Some(bytes[1]));
    assert!((0.5..0.51).contains(&(bytes[1] / bytes[0])), "{bytes:?}");
    assert_eq!(json_line(&["inspect", &half])["weights"], "f16");
    let read = ModelFile::open(Path::new(&half)).expect("it opens");
    assert!(read.manifest.checksum.is_some(), "the sum of the new bytes, checked by opening");
    assert_ne!(
        read.manifest.checksum,
        ModelFile::open(Path::new(&full)).expect("opens").manifest.checksum
    );
    assert_eq!(read.manifest.dataset, whole.manifest.dataset);
    assert_eq!(read.manifest.architecture, whole.manifest.architecture);
    assert_eq!(read.manifest.labels, whole.manifest.labels);
    assert_close_to_half(&model, &read);

    // What was f16 comes back as it was.
    json_line(&["export", "--model", &half, "--out", &again]);
    assert_eq!(ModelFile::open(Path::new(&again)).expect("it opens").tensors, read.tensors);
}

/// Every value within half a unit in the last of f16's eleven places, or below its smallest number.
fn assert_close_to_half(exact: &ModelFile, rounded: &ModelFile) {
    let mut differ = 0;
    for (name, shape, values) in exact.tensors.iter() {
        let (found, halves) = rounded.tensors.get(name).expect(name);
        assert_eq!(found, shape, "{name}");
        for (value, half) in values.iter().zip(halves) {
            let most = (value.abs() / 2048.0).max(2.0_f32.powi(-25));
            assert!((value - half).abs() <= most, "{name}: {value} became {half}");
            differ += usize::from(value != half);
        }
    }
    assert!(differ > 1000, "the test's weights need rounding");
}

#[test]
fn weights_beyond_half_precision_are_not_exported() {
    let folder = tempfile::tempdir().expect("a folder");
    let (model, out) =
        (folder.path().join("model.safetensors"), folder.path().join("out.safetensors"));
    let manifest = Manifest::new(ModelSpec { image_size: 16, ..ModelSpec::default() });
    let array = |name: &str, value: f32| NamedArray::new(name, vec![1], vec![value]).expect("fits");
    for value in [70_000.0, f32::NEG_INFINITY, f32::NAN] {
        let tensors = [array("generator.good", 65_504.0), array("generator.wild", value)];
        ModelFile::new(manifest.clone(), tensors.into_iter().collect())
            .save(&model)
            .expect("saved");
        let folder = folder.path().to_str().expect("text");
        let out = out.to_str().expect("text");
        assert_fails(&["export", "--model", folder, "--half", "--out", out], "'generator.wild'");
        assert!(!Path::new(out).exists(), "nothing was written");
        json_line(&["export", "--model", folder, "--out", out]);
        fs::remove_file(out).expect("written");
    }
}

#[test]
fn help_documents_the_keys_of_every_command() {
    let keys = [
        ("train", "images_per_sec"),
        ("train", "skipped_files"),
        ("sample", "written"),
        ("sheets", "reconstructions"),
        ("encode", "logvar"),
        ("directions", "explained"),
        ("grid", "columns"),
        ("devices", "chosen"),
        ("export", "weights"),
        ("inspect", "architecture"),
        ("bench", "ratio"),
    ];
    let overview = program(&["--help"]);
    assert_eq!(code(&overview), 0);
    let overview = String::from_utf8(overview.stdout).expect("text");
    for (command, key) in keys {
        assert!(overview.contains(command));
        let output = program(&[command, "--help"]);
        let text = String::from_utf8(output.stdout.clone()).expect("text");
        assert!(code(&output) == 0 && text.contains(key), "{command}: {text}");
    }
}
