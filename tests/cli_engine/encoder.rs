//! `train --encoder-for`: an encoder for a model that has none.

use super::{lines, program, scratch, tensor, text, training, weights};

#[test]
fn an_encoder_is_trained_goes_on_exactly_and_encodes() {
    let (root, gan) = scratch();
    lines(&training("gan", "2", &gan));
    let train = |name: &str, steps: &'static str, more: &[&str]| {
        let out = root.path().join(name);
        let base = ["train", "--encoder-for", text(&gan), "--steps", steps, "--out", text(&out)];
        let small = ["--data", "portraits", "--portraits", "64", "--batch", "4", "--seed", "2"];
        (lines(&[&base[..], &small, more].concat()), out)
    };
    let (report, out) = train("encoder", "2", &[]);
    for name in ["loss", "recon", "generated", "code", "adversarial"] {
        assert!(report[0][name].is_f64(), "{name}: {report:?}");
    }
    train("encoder", "5", &["--resume"]);
    let (_, straight) = train("straight", "5", &["--size", "16"]);
    assert!(weights(&out) == weights(&straight), "resuming changed the numbers");
    let (mut of_gan, mut with) = (weights(&gan), weights(&out));
    assert!(with.take_prefixed("encoder.").len() > 4);
    assert!(with == of_gan, "the rest of the model is as it was");
    assert!(of_gan.take_prefixed("encoder.").is_empty());

    let photo = root.path().join("photo.png");
    lines(&["sample", "--model", text(&gan), "--count", "1", "--out", text(&photo)]);
    let codes = root.path().join("codes.safetensors");
    let encode = |model| {
        let base = ["encode", "--model", model, "--image", text(&photo), "--out", text(&codes)];
        program(&base)
    };
    let output = encode(text(&gan));
    let told = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.code() == Some(1) && told.contains("--encoder-for"), "{told}");
    assert_eq!(encode(text(&out)).status.code(), Some(0));
    assert_eq!(tensor(&codes, "z").0, [1, 8]);

    // A run that goes on belongs to its generator.
    let other = root.path().join("other");
    lines(&training("vae", "1", &other));
    let resumed = ["train", "--steps", "9", "--resume", "--encoder-for", text(&other)];
    let output = program(&[&resumed[..], &["--out", text(&out)]].concat());
    let told = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.code() == Some(2) && told.contains("another model's"), "{told}");
    let output = program(&[&resumed[..], &["--out", text(&other)]].concat());
    let told = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.code() == Some(2) && told.contains("trains a model"), "{told}");
}
