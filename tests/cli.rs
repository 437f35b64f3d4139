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
    assert!(output.stdout.is_empty() && text.contains(expected), "{text}");
}

fn save_model(path: &Path) {
    let mut manifest = Manifest::new(ModelSpec { image_size: 16, ..ModelSpec::default() });
    manifest.description = "two\nlines \u{1b}[31m".to_owned();
    let weight = NamedArray::new("generator.w", vec![2, 3], vec![0.5; 6]).expect("fits");
    ModelFile::new(manifest, [weight].into_iter().collect()).save(path).expect("saved");
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
    assert_wrong_arguments(&["model.safetensors", "devices"], "cannot be combined");
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
    assert_fails(&["trian"], "neither a command");
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

#[test]
fn help_documents_the_keys_of_every_command() {
    let keys = [
        ("train", "images_per_sec"),
        ("sample", "written"),
        ("encode", "logvar"),
        ("devices", "chosen"),
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
