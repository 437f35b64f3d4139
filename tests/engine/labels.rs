//! Labels of a folder, read anew while its pictures stay, and kept with a run.

use latent_atelier::protocol::*;
use latent_atelier::storage::RunFolder;

use crate::driver::{Driver, run, tiny};

/// Forty pictures `bright_00.png`, `dark_01.png`, … in one folder.
fn folder(driver: &Driver) -> DatasetSource {
    let folder = driver.path("photos");
    std::fs::create_dir_all(&folder).expect("made");
    for number in 0..40_u8 {
        let (name, shade) = if number % 2 == 0 { ("bright", 200) } else { ("dark", 20) };
        let pixel = |x: u32, y: u32| image::Rgb([shade + x as u8, shade + y as u8, shade + number]);
        let path = folder.join(format!("{name}_{number:02}.png"));
        image::RgbImage::from_fn(16, 16, pixel).save(path).expect("written");
    }
    DatasetSource::Path(folder)
}

fn options(labels: LabelSource) -> DatasetOptions {
    DatasetOptions { image_size: 16, labels, ..DatasetOptions::default() }
}

fn pattern(text: &str) -> LabelSource {
    LabelSource::Pattern(text.to_owned())
}

/// A table that knows every other picture, with one row too many.
fn table(driver: &Driver) -> LabelSource {
    let path = driver.path("labels.csv");
    let rows = (0..40).filter(|n| n % 4 < 2).map(|n| {
        let (name, bright) = if n % 2 == 0 { ("bright", 1) } else { ("dark", 0) };
        format!("{name}_{n:02}.png,{bright}\n")
    });
    let text = format!("file,bright\n{}no.png,1\n", rows.collect::<String>());
    std::fs::write(&path, text).expect("written");
    LabelSource::Table(path)
}

fn opened(driver: &mut Driver) -> DatasetSummary {
    driver.wait("a data set", |event| match event {
        Event::DatasetOpened(summary) => Some(*summary),
        Event::DatasetFailed(text) => panic!("{text}"),
        _ => None,
    })
}

fn names(summary: &DatasetSummary) -> Vec<&str> {
    summary.labels.iter().map(|label| label.name.as_str()).collect()
}

#[test]
fn an_open_folder_is_labelled_anew_without_being_read_again() {
    let mut driver = Driver::cpu();
    let source = folder(&driver);
    driver.send(Command::OpenDataset(source.clone(), options(LabelSource::Own)));
    let plain = opened(&mut driver);
    assert!(plain.labels.is_empty() && plain.has_file_names);
    let DatasetSource::Path(photos) = &source else { panic!() };
    let aside = driver.path("aside");
    std::fs::rename(photos, &aside).expect("moved: nothing can be read again");

    driver.send(Command::LabelDataset(pattern("{light}_*")));
    let labelled = opened(&mut driver);
    assert_eq!(names(&labelled), ["light = bright", "light = dark"]);
    assert_eq!(labelled.options.labels, pattern("{light}_*"));
    assert_eq!(
        (labelled.train_count, &labelled.thumbnails),
        (plain.train_count, &plain.thumbnails)
    );

    let failed = |driver: &mut Driver, labels: LabelSource| {
        driver.send(Command::LabelDataset(labels));
        driver.wait("a refusal", |event| match event {
            Event::DatasetFailed(text) => Some(text),
            _ => None,
        })
    };
    assert!(failed(&mut driver, pattern("{light")).contains("at character 1"));
    let missing = LabelSource::Table(driver.path("no.csv"));
    assert!(failed(&mut driver, missing).contains("no such file"));

    let table = table(&driver);
    driver.send(Command::LabelDataset(table));
    let labelled = opened(&mut driver);
    let report = labelled.labelling.as_ref().expect("a report");
    assert_eq!((report.labelled, report.unlabelled, report.rows_without_picture), (20, 20, 1));
    let [bright] = labelled.labels.as_slice() else { panic!("{:?}", labelled.labels) };
    assert!(bright.unknown > 0 && bright.count + bright.unknown < labelled.train_count);
}

#[test]
fn a_pattern_is_tried_on_the_open_names_and_the_newest_wins() {
    let mut driver = Driver::cpu();
    let source = folder(&driver);
    driver.send(Command::OpenDataset(source, options(LabelSource::Own)));
    opened(&mut driver);
    for text in ["{l", "{light}_", "{light}_*"] {
        driver.send(Command::PreviewPattern(text.to_owned()));
    }
    let preview = driver.wait("a preview", |event| match event {
        Event::PatternPreviewed(preview) if preview.pattern == "{light}_*" => Some(preview),
        _ => None,
    });
    assert_eq!((preview.pictures, preview.matched), (40, 40));
    assert_eq!(preview.rows[0].name, "bright_00");
    assert_eq!(
        preview.labels[0],
        LabelCount { name: "light = bright".to_owned(), count: 20, unknown: 0 }
    );
}

#[test]
fn a_run_keeps_where_its_labels_came_from() {
    let mut driver = Driver::cpu();
    let (source, labels, out) = (folder(&driver), table(&driver), driver.path("run"));
    driver.send(Command::OpenDataset(source.clone(), options(labels.clone())));
    opened(&mut driver);
    driver.train(run(Family::Vae, 2, out.clone()));
    let config = RunFolder::read_config(&out).expect("read").dataset.expect("recorded");
    assert_eq!(config.options.labels, labels);

    // The same pictures are open with other labels: the run reads its own.
    driver.send(Command::LabelDataset(LabelSource::Own));
    opened(&mut driver);
    let resumed = RunSettings { resume: true, ..run(Family::Vae, 3, out.clone()) };
    driver.start(resumed.clone());
    let summary = opened(&mut driver);
    assert_eq!((names(&summary), &summary.options.labels), (vec!["bright"], &labels));
    assert_eq!(driver.ended().1, 3);

    let LabelSource::Table(path) = &labels else { panic!() };
    std::fs::remove_file(path).expect("removed");
    driver.send(Command::LookAtRun(out.clone()));
    let why = driver.wait("what the run says", |event| match event {
        Event::RunLookedAt { data: RunData::Recorded { missing, .. }, .. } => missing,
        _ => None,
    });
    assert!(why.contains("label table") && why.contains("labels.csv"), "{why}");
}

#[test]
fn pictures_that_are_not_labelled_count_on_neither_side() {
    let mut driver = Driver::cpu();
    driver.send(Command::NewModel(tiny(Family::Vae), 3));
    driver.model_ready();
    let job = AttributesJob {
        source: folder(&driver),
        options: options(table(&driver)),
        limit: 1000,
        method: DirectionMethod::Means,
        ridge: 1.0,
        tries: 0,
        seed: 0,
        out: None,
    };
    driver.send(Command::FindAttributes(Box::new(job)));
    let mut warned = String::new();
    let found = driver.wait("directions", |event| match event {
        Event::AttributesFound(found) => Some(found),
        Event::Notice(notice) => {
            warned = notice.text;
            None
        }
        _ => None,
    });
    assert!(warned.contains("no.png"), "what was not used is told: {warned}");
    let [bright] = found.directions.as_slice() else { panic!("{:?}", found.directions) };
    assert_eq!(bright.name, "bright");
    // Twenty are labelled, some of them held out.
    let Origin::Labels { with, without, .. } = bright.origin else { panic!("{bright:?}") };
    assert!(with <= 10 && without <= 10 && with + without >= 12, "{with} and {without}");
}
