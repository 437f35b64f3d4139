//! Labels from tables and file names, on the command line.

use super::*;

/// Thirty pictures `bright_00.png`, `dark_01.png`, …
fn folder(root: &Path) -> PathBuf {
    let folder = root.join("photos");
    fs::create_dir(&folder).expect("made");
    for number in 0..30_u8 {
        let (name, shade) = if number % 2 == 0 { ("bright", 200) } else { ("dark", 20) };
        let pixel = |x: u32, y: u32| image::Rgb([shade + x as u8, shade + y as u8, shade + number]);
        let path = folder.join(format!("{name}_{number:02}.png"));
        image::RgbImage::from_fn(16, 16, pixel).save(path).expect("written");
    }
    folder
}

#[test]
fn a_run_is_labelled_by_a_table_and_goes_on_with_it() {
    let (root, run) = scratch();
    let data = folder(root.path());
    let table = root.path().join("labels.csv");
    fs::write(&table, "file,bright\nbright_00,1\ndark_01,0\nbright_02,1\nghost,0\n")
        .expect("written");
    let small = "--family vae --size 16 --width 4 --latent 4 --batch 2";
    let mut train = vec!["train", "--data", text(&data), "--out", text(&run)];
    train.extend(small.split(' '));
    let first = lines(&[&train[..], &["--steps", "1", "--labels", text(&table)]].concat());
    let labels = &first.last().expect("a last line")["labels"];
    assert_eq!((&labels["labelled"], &labels["unlabelled"]), (&3.into(), &27.into()));
    assert_eq!(labels["rows_without_picture"], 1);
    assert_eq!(ModelFile::open(&run).expect("it opens").manifest.labels, ["bright"]);
    let resume = ["train", "--resume", "--steps", "2", "--out", text(&run)];
    let resumed = lines(&resume);
    assert_eq!(resumed.last().expect("a last line")["labels"], *labels);
    let plain = ["--steps", "3", "--resume", "--label-pattern", "{light}_*"];
    let other = lines(&[&train[..], &plain].concat());
    assert_eq!(other.last().expect("a last line")["labels"]["labelled"], 30);

    fs::write(&table, "file,bright\nbright_00,1,2\n").expect("written");
    let out = root.path().join("out");
    let mut again = train.clone();
    again[4] = text(&out);
    assert_fails(
        &[&again[..], &["--steps", "1", "--labels", text(&table)]].concat(),
        "line 2 has 3",
    );
}

#[test]
fn attributes_of_a_run_are_found_from_its_own_data_and_labels() {
    let (root, run) = scratch();
    let data = folder(root.path());
    let mut train = vec!["train", "--data", text(&data), "--out", text(&run), "--steps", "1"];
    train.extend("--family vae --size 16 --width 4 --latent 4 --batch 2".split(' '));
    lines(&[&train[..], &["--label-pattern", "{light}_*"]].concat());
    for model in [run.clone(), run.join("model.safetensors")] {
        let found = lines(&["attributes", "--model", text(&model)]);
        let names: Vec<&str> = found.iter().filter_map(|line| line["name"].as_str()).collect();
        assert_eq!(names, ["light = bright", "light = dark"]);
        assert_eq!(found.last().expect("a summary")["data"], text(&data));
    }
    let told = program(&["attributes", "--model", text(&run), "--data", "portraits"]);
    let told = String::from_utf8(told.stdout).expect("text");
    assert!(told.lines().last().is_some_and(|line| line.contains("of Portraits")), "{told}");
    assert!(
        told.lines().any(|line| line.starts_with(" 1 ") && line.contains("held-out")),
        "{told}"
    );

    fs::remove_dir_all(&data).expect("gone");
    assert_fails(&["attributes", "--model", text(&run)], "name others with --data");
}

#[test]
fn file_names_label_what_attributes_and_evaluate_work_on() {
    let (root, run) = scratch();
    lines(&training("vae", "2", &run));
    let data = folder(root.path());
    let on = |command: &'static str| {
        let labels = ["--label-pattern", "{light}_{number}.png"];
        lines(&[&[command, "--model", text(&run), "--data", text(&data)], &labels[..]].concat())
    };
    let found = on("attributes");
    let names: Vec<&str> = found.iter().filter_map(|line| line["name"].as_str()).collect();
    assert_eq!(names[..2], ["light = bright", "light = dark"]);
    assert!(names[2].starts_with("number > "), "{names:?}");
    let measured = on("evaluate");
    let bright = &measured[0];
    assert_eq!(bright["name"], "light = bright");
    assert!(bright["n"].as_u64().is_some_and(|n| n > 0) && bright["psnr_db"].is_f64(), "{bright}");
    let output = program(&["attributes", "--model", text(&run), "--label-pattern", "{a}_*"]);
    assert_eq!(output.status.code(), Some(2), "Portraits bring their own labels");
}
