//! `map`: files of points and pictures of them.

use std::fs;

use serde_json::Value;

use super::{assert_fails, lines, program, scratch, text, training};

#[test]
fn a_map_is_written_as_numbers_and_as_a_picture() {
    let (root, run) = scratch();
    lines(&training("vae", "2", &run));
    let map = |name: &str, more: &[&str]| {
        let out = root.path().join(name);
        let base = ["map", "--model", text(&run), "--points", "60", "--out", text(&out)];
        (lines(&[&base, more].concat())[0].clone(), fs::read(&out).expect("written"))
    };
    let both = ["--samples", "20", "--clusters", "3", "--seed", "4"];
    let (line, bytes) = map("map.json", &both);
    assert_eq!(
        (&line["points"], &line["data"], &line["samples"]),
        (&80.into(), &60.into(), &20.into())
    );
    assert_eq!(line["clusters"].as_array().map(Vec::len), Some(3));
    let found: Value = serde_json::from_slice(&bytes).expect("JSON");
    let points = found["points"].as_array().expect("points");
    assert_eq!(
        (points.len(), &points[79]["what"], &points[79]["number"]),
        (80, &"sample".into(), &19.into())
    );
    assert!(points[0]["labels"].as_array().is_some_and(|labels| !labels.is_empty()));
    assert_eq!(found["plane"]["axes"][1].as_array().map(Vec::len), Some(8));
    assert_eq!(map("again.json", &both).1, bytes, "the same seed gives the same map");

    let tsne = ["--method", "tsne", "--perplexity", "8", "--epochs", "50"];
    let (line, bytes) = map("map.csv", &tsne);
    assert!(line["explained"] == serde_json::json!([]) && line["legend"].is_null());
    assert_eq!(String::from_utf8(bytes).expect("text").lines().count(), 61);
    let gaussians = ["--clusters", "2", "--mixture", "--colour", "clusters"];
    let (line, bytes) = map("map.png", &gaussians);
    assert!(bytes.starts_with(b"\x89PNG"));
    assert_eq!(line["legend"][1]["name"], "Cluster 2");
    let (line, _) = map("kinds.png", &["--samples", "5", "--colour", "Data and samples"]);
    assert_eq!(line["legend"][1]["name"], "Samples");

    let out = root.path().join("no.png");
    let base = ["map", "--model", text(&run), "--points", "10", "--out", text(&out)];
    assert_fails(&[&base[..], &["--colour", "purple"]].concat(), "purple");
    let usage = program(&[&base[..], &["--perplexity", "5"]].concat());
    assert_eq!(usage.status.code(), Some(2));
    let usage = program(&[&base[..], &["--method", "latent"]].concat());
    assert_eq!(usage.status.code(), Some(2));
    assert!(!out.exists());
}
