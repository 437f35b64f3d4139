//! Directions with and without labels, and grids along them.

use std::fs;

use serde_json::Value;

use crate::{assert_fails, lines, tensor, text};

#[test]
fn directions_of_the_built_in_model_are_told_line_by_line() {
    let root = tempfile::tempdir().expect("a folder");
    let out = root.path().join("faces.safetensors");
    let report = ["--report", "--limit", "4", "--pictures", "200", "--out", text(&out)];
    let told = lines(&[&["attributes", "--model", "built-in"], &report[..]].concat());
    let (directions, rest) = told.split_at(18);
    assert!(directions.iter().all(|line| line["cosines"].as_array().map(Vec::len) == Some(18)));
    assert_eq!(rest.len(), 18 + 1);
    for (direction, edit) in directions.iter().zip(rest) {
        assert_eq!(direction["name"], edit["name"]);
        assert_eq!(edit["changes"].as_array().map(Vec::len), Some(18));
        let share = edit["orthogonal"]["kept"].as_f64().expect("a share");
        assert!((0.0..=1.0).contains(&share));
    }
    assert_eq!(rest[18]["summary"], true);
    assert_eq!(tensor(&out, "directions").0, [18, 64]);
}

#[test]
fn directions_without_labels_are_told_kept_and_laid_out_in_a_grid() {
    let root = tempfile::tempdir().expect("a folder");
    let path = |name: &str| root.path().join(name);
    let (out, picture) = (path("found.safetensors"), path("found.png"));
    let methods: [(&str, &str, &[&str]); 5] = [
        ("pca", "component", &["--pictures", "40"]),
        ("layer-pca", "layer-component", &["--layer", "1", "--samples", "40"]),
        ("jacobian", "tangent", &[]),
        ("sensitivity", "dimension", &[]),
        ("sefa", "sefa", &["--picture", text(&picture), "--out", text(&out)]),
    ];
    for (method, origin, more) in methods {
        let base = ["directions", "--model", "built-in", "--method", method, "--count", "3"];
        let told = lines(&[&base, more].concat());
        assert_eq!(told.len(), 4, "{method}");
        for line in &told[..3] {
            assert_eq!(line["origin"], origin, "{line}");
            assert_eq!(line["step"].as_array().map(Vec::len), Some(64));
        }
        assert_eq!((&told[3]["summary"], &told[3]["method"]), (&true.into(), &method.into()));
        assert_eq!(told[3]["written"].is_string(), method == "sefa");
    }
    assert_eq!(tensor(&out, "directions").0, [3, 64]);
    assert!(fs::read(&picture).expect("drawn").starts_with(b"\x89PNG"));

    let grid = |name: &str, more: &[&str]| {
        let out = path(name);
        let line = lines(&[&["grid", "--model", "built-in", "--out", text(&out)], more].concat());
        let sheet = image::open(&out).expect("a picture");
        (line[0].clone(), (sheet.width(), sheet.height()))
    };
    let named = ["--directions", text(&out), "--x", "SeFa 1", "--y", "SeFa 3"];
    let (line, (width, height)) = grid("two.png", &[&named[..], &["--steps", "3,2"]].concat());
    assert_eq!((&line["x"], &line["y"]), (&"SeFa 1".into(), &"SeFa 3".into()));
    assert_eq!(
        (&line["columns"], &line["rows"], &line["reach"]),
        (&3.into(), &2.into(), &3.0.into())
    );
    assert!(width > 3 * 128 && height > 2 * 128, "{width}×{height}");
    let scaled = ["--x-dim", "5", "--steps", "3", "--scale", "1", "--reach", "1.5"];
    let (line, (width, height)) = grid("one.png", &scaled);
    assert_eq!((&line["y"], &line["rows"], &line["reach"]), (&Value::Null, &1.into(), &1.5.into()));
    assert!(width > 3 * 64 && (64..128).contains(&height), "{width}×{height}");
    let again = grid("again.png", &scaled);
    assert_eq!(again.1, (width, height));
    let bytes = |name| fs::read(path(name)).expect("drawn");
    assert_eq!(bytes("again.png"), bytes("one.png"), "the same seed, the same picture");

    let nowhere = path("nothing.png");
    let base = ["grid", "--model", "built-in", "--out", text(&nowhere)];
    let unknown = ["--directions", text(&out), "--x", "hat"];
    assert_fails(&[&base[..], &unknown].concat(), "SeFa 1, SeFa 2, SeFa 3");
    let large = ["--x-dim", "0", "--y-dim", "1", "--steps", "900", "--scale", "64"];
    assert_fails(&[&base[..], &large].concat(), "100000000 pixels");
    assert!(!nowhere.exists());
}
