//! `invert` from outside: files, folders, the table, and refusals.

use std::fs;

use std::path::Path;

use serde_json::Value;

use super::{assert_fails, lines, program, scratch, text, training};

#[test]
fn files_and_the_table_are_told_line_by_line() {
    let root = tempfile::tempdir().expect("a folder");
    let run = root.path().join("run");
    lines(&training("vae", "20", &run));
    let photos = root.path().join("photos");
    fs::create_dir(&photos).expect("made");
    for (name, edge) in [("b.png", 1), ("a.png", 40)] {
        let picture =
            image::RgbImage::from_fn(edge, edge, |x, y| image::Rgb([x as u8, y as u8, 9]));
        picture.save(photos.join(name)).expect("written");
    }
    fs::write(photos.join("notes.txt"), "no picture").expect("written");
    let out = root.path().join("out");
    let base = ["invert", "--model", text(&run), "--image", text(&photos), "--out", text(&out)];
    let race = ["--method", "race", "--steps", "12", "--starts", "3"];
    let told = lines(&[&base[..], &race].concat());
    for option in ["--learning-rate", "--ramp-up", "--ramp-down", "--noise"] {
        let other = root.path().join("refused");
        let asked =
            ["invert", "--model", text(&run), "--image", text(&photos), "--out", text(&other)];
        let refused = program(&[&asked[..], &["--method", "hybrid", option, "0.2"]].concat());
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains(option) && said.contains("--hybrid-descent adam"), "{said}");
        assert!(!other.exists());
    }
    let steps = |method: &str| {
        told.iter().filter(|line| line["step"].is_u64() && line["method"] == method).count()
    };
    assert_eq!([steps("optimise"), steps("encode"), steps("hybrid")], [24, 2, 24]);
    let done: Vec<_> = told.iter().filter(|line| line["psnr_db"].is_f64()).collect();
    assert_eq!(done.len(), 6);
    assert!(
        done[0]["image"].as_str().is_some_and(|name| name.ends_with("a.png")),
        "in their order"
    );
    assert!(done.iter().all(|line| line["latent"].as_array().is_some_and(|z| z.len() == 8)));
    let last = told.last().expect("a line");
    assert_eq!((last["pictures"].as_u64(), last["written"].is_string()), (Some(2), true));
    assert!(out.join("0002-b-hybrid.png").is_file());
    assert_fails(&[&base[..], &race].concat(), "--resume");
    // With nothing left nothing is read or gathered: data without a picture are not missed.
    let nowhere = root.path().join("nowhere");
    fs::create_dir(&nowhere).expect("made");
    let resumed = ["--resume", "--data", text(&nowhere)];
    let again = lines(&[&base[..], &race, &resumed].concat());
    assert_eq!(again.len(), 1, "all was there");

    // A copy of the generator for each picture, from its best latent.
    let tuning = ["--pivotal", "--pivotal-steps", "6", "--pivotal-rank", "2"];
    let tuned = lines(&[&base[..], &race, &["--resume"], &tuning].concat());
    assert_eq!(tuned.len(), 3, "the latents were there");
    assert!(tuned[0]["image"].as_str().is_some_and(|name| name.ends_with("a.png")));
    assert!(tuned[..2].iter().all(|line| {
        let number = |name: &str| line[name].as_f64().expect("a number");
        number("after_db") > number("before_db") && number("steps") == 6.0
    }));
    let delta = out.join("0002-b-delta.safetensors");
    let bytes = fs::metadata(&delta).expect("written").len();
    assert_eq!(tuned[1]["file_bytes"].as_u64(), Some(bytes));
    assert!(out.join("0001-a-tuned.png").is_file());
    let again = lines(&[&base[..], &race, &["--resume"], &tuning].concat());
    assert_eq!(again.len(), 1, "and now the copies were");
    let sheet = root.path().join("sheet.png");
    let drawn = ["sample", "--model", text(&run), "--latents", text(&delta), "--out", text(&sheet)];
    lines(&[&drawn[..], &["--delta", text(&delta)]].concat());
    let drawn = image::open(&sheet).expect("written").to_rgb8();
    let expected = image::open(out.join("0002-b-tuned.png")).expect("written").to_rgb8();
    assert_eq!(drawn, expected, "the copy, at the pivot");
    assert_fails(
        &["sample", "--model", "built-in", "--delta", text(&delta), "--out", text(&sheet)],
        "another generator",
    );

    // A goal that is reached before leaves nothing to write.
    let near = ["--pivotal", "--pivotal-goal", "1", "--pivotal-rank", "2"];
    fs::remove_file(&delta).expect("removed");
    let kept = lines(&[&base[..], &race, &["--resume"], &near].concat());
    assert_eq!((kept[1]["at_goal"].as_bool(), &kept[1]["delta"]), (Some(true), &Value::Null));
    assert!(!delta.exists() && kept[1]["before_db"] == kept[1]["after_db"], "{}", kept[1]);

    let report = ["invert", "--model", text(&run), "--report", "--limit", "2", "--steps", "8"];
    let told = lines(&[&report[..], &["--portraits", "64"]].concat());
    let last = told.last().expect("a summary");
    assert_eq!(
        (told.len(), last["summary"].as_bool(), last["n"].as_u64()),
        (13, Some(true), Some(12))
    );
    assert_eq!(last["rows"].as_array().map(Vec::len), Some(6));
    let table = program(&[&report[..], &["--portraits", "64"]].concat());
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(
        table.contains("generated  optimise") && table.contains("held-out   hybrid"),
        "{table}"
    );
}

#[test]
fn a_tiny_photo_is_brought_back_with_a_warning() {
    let (root, run) = scratch();
    lines(&training("gan", "2", &run));
    let out = root.path().join("out");
    let photo = |edge: u32| {
        let path = root.path().join(format!("{edge}.png"));
        image::RgbImage::from_pixel(edge, edge, image::Rgb([9, 90, 200])).save(&path).expect("ok");
        path
    };
    let told = |path: &Path, out: &Path| {
        let steps = ["--steps", "2", "--starts", "1"];
        let base = ["invert", "--model", text(&run), "--image", text(path), "--out", text(out)];
        let done = program(&[&base[..], &steps].concat());
        let text = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(0), "{text}");
        text
    };
    let text = told(&photo(1), &out);
    assert!(text.contains("1.png has 1×1 px") && text.contains("it is enlarged"), "{text}");
    let text = told(&photo(12), &root.path().join("other"));
    assert!(!text.contains("enlarged"), "{text}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let root = tempfile::tempdir().expect("a folder");
    let run = root.path().join("run");
    lines(&training("gan", "2", &run));
    let photo = root.path().join("photo.png");
    image::RgbImage::new(20, 20).save(&photo).expect("written");
    let out = root.path().join("out");
    let base = ["invert", "--model", text(&run), "--image", text(&photo), "--out", text(&out)];
    assert_fails(&[&base[..], &["--method", "hybrid"]].concat(), "no encoder");
    let empty = root.path().join("empty");
    fs::create_dir(&empty).expect("made");
    let nothing = ["invert", "--model", text(&run), "--image", text(&empty), "--out", text(&out)];
    assert_fails(&nothing, "no pictures");
    for wrong in [
        &["--starts", "0"][..],
        &["--pivotal", "--pivotal-rank", "99"],
        &["--pivotal-steps", "3"],
        &["--learning-rate", "-1"],
        &["--limit", "3"],
        &["--method", "x"],
        &["--method", "optimise", "--descent", "l-bfgs", "--noise", "0.1"],
    ] {
        assert_eq!(program(&[&base[..], wrong].concat()).status.code(), Some(2), "{wrong:?}");
    }
    assert!(!out.exists());
    let letter = root.path().join("letter.png");
    fs::write(&letter, "no picture").expect("written");
    let letters = ["invert", "--model", text(&run), "--image", text(&letter), "--out", text(&out)];
    assert_fails(&[&letters[..], &["--steps", "2"]].concat(), "none of the pictures");
}
