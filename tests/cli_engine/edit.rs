//! `edit` from outside: samples, photos, scripts, the table, and refusals.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{assert_fails, lines, program, tensor, text, training};

/// Strokes as a person writes them.
fn script(path: &Path, strokes: &Value) {
    let whole = json!({ "format": 1, "plan": { "strokes": strokes, "settings": { "steps": 20 } } });
    fs::write(path, whole.to_string()).expect("written");
}

fn colour(rgb: [u8; 3], size: f32) -> Value {
    let points = json!([{ "x": 0.3, "y": 0.3 }, { "x": 0.6, "y": 0.3, "pressure": 0.8 }]);
    json!({ "tool": { "colour": rgb }, "brush": { "size": size, "softness": 0.2 }, "points": points })
}

/// All files of a folder and those within it, by their names.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            found.push((name, fs::read(&path).expect("read")));
        }
    }
    found.sort();
    found
}

#[test]
fn the_same_script_gives_the_same_files_and_its_own_script_repeats_it() {
    let root = tempfile::tempdir().expect("a folder");
    let run = root.path().join("run");
    lines(&training("vae-gan", "20", &run));
    let strokes = root.path().join("strokes.json");
    script(&strokes, &json!([colour([220, 40, 40], 0.5)]));
    let out = |name: &str| root.path().join(name);
    let (first, second) = (out("first"), out("second"));
    let edit = |script: &Path, out: &Path, more: &[&str]| {
        let base = ["edit", "--model", text(&run), "--script", text(script), "--out", text(out)];
        lines(&[&base[..], more].concat())
    };
    let told = edit(&strokes, &first, &["--sample-seed", "3", "--candidates", "4"]);
    edit(&strokes, &second, &["--sample-seed", "3", "--candidates", "4"]);
    assert_eq!(files(&first), files(&second));
    for name in ["before.png", "edited.png", "mask.png", "candidates/01.png", "script.json"] {
        assert!(first.join(name).is_file(), "{name}");
    }
    assert!(!first.join("photo.png").exists() && !first.join("composite.png").exists());
    let (steps, last) = (&told[..told.len() - 1], &told[told.len() - 1]);
    assert_eq!((steps[0]["stage"].as_str(), steps[0]["step"].as_u64()), (Some("adopted"), Some(1)));
    assert!(steps.iter().any(|line| line["stage"] == "candidates"));
    let total = |line: &Value| line["total"].as_f64().expect("a number");
    assert!(total(last) < total(&steps[0]), "it went down");
    assert_eq!(last["strokes"], json!([0]));
    assert_eq!(last["each"].as_array().map(Vec::len), Some(1));

    // Its own script holds z0 and the settings.
    let again = out("again");
    edit(&first.join("script.json"), &again, &[]);
    let (z, z_again) = (
        tensor(&first.join("latents.safetensors"), "z"),
        tensor(&again.join("latents.safetensors"), "z"),
    );
    assert_eq!(z, z_again);
    assert_eq!(z.0, [1, 8]);
    let candidates = tensor(&first.join("latents.safetensors"), "candidates");
    assert_eq!(Some(candidates.0[0] as u64), last["candidates"].as_u64());
    assert_eq!(fs::read(first.join("edited.png")).ok(), fs::read(again.join("edited.png")).ok());

    // Row of a file: the result of the first edit is edited again.
    let from_file = out("from-file");
    let latents = first.join("latents.safetensors");
    edit(&strokes, &from_file, &["--latents", text(&latents), "--candidates", "1"]);
    assert_eq!(tensor(&from_file.join("latents.safetensors"), "z0"), z);
    let base = ["edit", "--model", text(&run), "--script", text(&strokes), "--out"];
    assert_fails(
        &[&base[..], &[text(&out("none")), "--latents", text(&latents), "--row", "1"]].concat(),
        "row 1",
    );
    assert_fails(
        &[&base[..], &[text(&first), "--sample-seed", "3"]].concat(),
        "holds an earlier edit",
    );
    assert!(!out("none").exists(), "nothing is begun");
}

#[test]
fn a_photo_keeps_its_size_and_all_that_lies_outside_of_the_square() {
    let root = tempfile::tempdir().expect("a folder");
    // A model that was hardly trained would change too little to be seen.
    let run = std::path::PathBuf::from("built-in");
    let photo = root.path().join("photo.png");
    let picture = image::RgbaImage::from_fn(90, 70, |x, y| {
        image::Rgba([(x * 2) as u8, (y * 3) as u8, 90, if x < 10 { 128 } else { 255 }])
    });
    picture.save(&photo).expect("written");
    let strokes = root.path().join("strokes.json");
    // Two colours on one place: the later one holds, and it is said.
    script(&strokes, &json!([colour([250, 20, 20], 0.6), colour([20, 20, 250], 0.7)]));
    let out = root.path().join("out");
    let base = ["edit", "--model", text(&run), "--image", text(&photo), "--script", text(&strokes)];
    let more = [
        "--crop",
        "50,40,44,-7,mirrored",
        "--candidates",
        "2",
        "--morph",
        "4",
        "--out",
        text(&out),
    ];
    let told = lines(&[&base[..], &more].concat());
    let last = told.last().expect("a line");
    assert!(last["inversion_psnr_db"].as_f64().is_some_and(|db| db > 5.0), "{last}");
    let remarks = last["remarks"].to_string();
    assert!(
        remarks.contains("Strokes 1 and 2") && remarks.contains("the later one holds"),
        "{remarks}"
    );
    let made = image::open(out.join("photo.png")).expect("written").into_rgba8();
    assert_eq!(made.dimensions(), (90, 70));
    let (sin, cos) = 7.0_f64.to_radians().sin_cos();
    let (mut changed, mut inside) = (0, 0);
    for (x, y, pixel) in picture.enumerate_pixels() {
        let after = made.get_pixel(x, y);
        assert_eq!(pixel[3], after[3], "alpha stays");
        // The square's own axes, turned with it.
        let (right, down) = (f64::from(x) + 0.5 - 50.0, f64::from(y) + 0.5 - 40.0);
        let (u, v) = (cos * right + sin * down, cos * down - sin * right);
        if u.abs() > 23.0 || v.abs() > 23.0 {
            assert_eq!(pixel, after, "({x}, {y}) lies outside");
        } else {
            inside += 1;
            changed += u32::from(pixel != after);
        }
    }
    assert!(inside > 1800 && changed > 100, "{changed} of {inside}");
    let composite = image::open(out.join("composite.png")).expect("written");
    assert_eq!((composite.width(), composite.height()), (64, 64));
    let morph = fs::File::open(out.join("morph.gif")).expect("written");
    let decoder =
        image::codecs::gif::GifDecoder::new(std::io::BufReader::new(morph)).expect("a GIF");
    assert_eq!(image::AnimationDecoder::into_frames(decoder).count(), 6, "there and back");
    // The script has z0 now: nothing is brought back, and the rest is the same.
    let again = root.path().join("again");
    let own = out.join("script.json");
    let base = ["edit", "--model", text(&run), "--image", text(&photo), "--script", text(&own)];
    let told =
        lines(&[&base[..], &["--crop", "50,40,44,-7,mirrored", "--out", text(&again)]].concat());
    assert_eq!(told.last().map(|line| line["inversion_psnr_db"].is_null()), Some(true));
    for name in ["photo.png", "composite.png", "edited.png", "mask.png"] {
        assert_eq!(fs::read(out.join(name)).ok(), fs::read(again.join(name)).ok(), "{name}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let root = tempfile::tempdir().expect("a folder");
    let run = root.path().join("run");
    lines(&training("gan", "2", &run));
    let path = |name: &str| root.path().join(name);
    let (good, photo, letter, out) =
        (path("a.json"), path("p.png"), path("letter.png"), path("out"));
    script(&good, &json!([colour([9, 200, 9], 0.3)]));
    image::RgbImage::new(1, 1).save(&photo).expect("written");
    fs::write(&letter, "no picture").expect("written");
    let base = ["edit", "--model", text(&run), "--out", text(&out), "--script"];
    let with = |script: &Path, more: &[&str], why: &str| {
        assert_fails(&[&base[..], &[text(script)], more].concat(), why);
    };
    let photo_args = ["--image", text(&photo)];
    with(&good, &[&photo_args[..], &["--method", "hybrid"]].concat(), "--method optimise");
    with(&good, &["--image", text(&letter)], "letter.png");
    with(&good, &[&photo_args[..], &["--crop", "5,5,2"]].concat(), "lies outside of the photo");
    with(&good, &["--image", text(&path("none.png"))], "no such file");
    with(&letter, &photo_args, "no JSON text");
    let bad = path("bad.json");
    script(&bad, &json!([colour([9, 200, 9], 0.0)]));
    with(&bad, &photo_args, "stroke 1: a brush of size 0");
    script(&bad, &json!(vec![colour([9, 200, 9], 0.3); 10_000]));
    with(&bad, &photo_args, "10000 strokes: use at most 500");
    fs::write(&bad, r#"{"format": 7}"#).expect("written");
    with(&bad, &photo_args, "update the program");
    fs::write(&bad, r#"{"format": 1, "start": [1, 2]}"#).expect("written");
    with(&bad, &[], "2 values");
    fs::write(&bad, r#"{"format": 1, "shift": [1, 2]}"#).expect("written");
    with(&bad, &["--sample-seed", "1"], "shifts z by 2 values");
    with(&good, &["--sample-seed", "1", "--morph", "1"], "1 frames");
    for wrong in [
        &[][..],
        &["--sample-seed", "1", "--candidates", "17"],
        &["--sample-seed", "1", "--distance-weight", "-1"],
        &["--image", text(&photo), "--crop", "1,2"],
        &["--crop", "1,2,3"],
        &["--image", text(&photo), "--sample-seed", "1"],
        &["--limit", "3"],
    ] {
        let status = program(&[&base[..], &[text(&good)], wrong].concat()).status;
        assert_eq!(status.code(), Some(2), "{wrong:?}");
    }
    assert!(!out.exists());
    let report = ["edit", "--model", text(&run), "--report", "--limit", "1"];
    assert_fails(&report, "take a model of such pictures");

    // One pixel, strokes outside of it, and a model without an encoder: done, and said.
    let outside = path("outside.json");
    let points = json!([{ "x": 4.0, "y": 0.5 }]);
    let stroke = json!({ "tool": "keep", "brush": {}, "points": points });
    script(&outside, &json!([stroke, colour([9, 200, 9], 0.3)]));
    let few = ["--inversion-steps", "3", "--steps", "5", "--candidates", "1"];
    let told = lines(&[&base[..], &[text(&outside)], &photo_args, &few].concat());
    let remarks = told.last().map(|line| line["remarks"].to_string()).unwrap_or_default();
    assert!(remarks.contains("Stroke 1 lies outside"), "{remarks}");
    assert_eq!(image::open(out.join("photo.png")).expect("written").width(), 1);
}

#[test]
fn the_table_tells_every_task_and_sums_up() {
    let report = ["edit", "--model", "built-in", "--report", "--limit", "8", "--seed", "5"];
    let root = tempfile::tempdir().expect("a folder");
    let told = lines(&[&report[..], &["--out", text(root.path())]].concat());
    let (tasks, last) = (&told[..8], &told[8]);
    assert_eq!(
        (told.len(), last["summary"].as_bool(), last["n"].as_u64()),
        (9, Some(true), Some(8))
    );
    let names: Vec<_> = tasks.iter().filter_map(|line| line["task"].as_str()).collect();
    assert_eq!(names[..4], ["hair", "darken", "smile", "erase"]);
    assert!(tasks[..4].iter().all(|line| line["held_out"].is_null()));
    assert!(tasks[4..].iter().all(|line| line["held_out"].is_u64()));
    for line in tasks {
        let number = |name: &str| line[name].as_f64().expect("a number");
        assert!((0.0..=1.0).contains(&number("kept")) && number("outside") <= 1.0, "{line}");
        assert_eq!(line["delta_e"].is_array(), line["task"] == "hair");
        assert_eq!(line["hole_psnr_db"].is_array(), line["task"] == "erase");
    }
    // Half of all tasks ask for something that a working editor hardly ever misses.
    let rows = last["rows"].as_array().expect("rows");
    let all = rows.last().expect("a row");
    assert!(all["n"] == 8 && all["reached"].as_f64() >= Some(0.5), "{all}");
    assert_eq!(fs::read_dir(root.path()).expect("a folder").count(), 8);
}
