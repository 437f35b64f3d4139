//! The sheets that show a model, tile by tile against what the engine shows otherwise.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use latent_atelier::protocol::*;
use latent_atelier::storage::{Container, Limits, NamedArray, open_png, save_png, save_tensors};

use crate::driver::{Driver, faces, run, tiny};

const TILE_PX: usize = 16;

fn job(out: PathBuf) -> Command {
    let (source, options) = (DatasetSource::Portraits, faces(16));
    Command::DrawSheets(Box::new(SheetsJob { source, options, seed: 9, out }))
}

fn drawn(driver: &mut Driver, out: PathBuf) -> Sheets {
    driver.send(job(out));
    *driver.wait("sheets", |event| match event {
        Event::SheetsWritten(sheets) => Some(sheets),
        Event::Notice(notice) => panic!("{notice:?}"),
        _ => None,
    })
}

/// A tile of a sheet of 16 columns.
fn tile(sheet: &Frame, row: usize, column: usize) -> Frame {
    let mut rgba = Vec::new();
    for y in row * TILE_PX..(row + 1) * TILE_PX {
        let start = (y * sheet.width_px + column * TILE_PX) * 4;
        rgba.extend_from_slice(&sheet.rgba[start..start + TILE_PX * 4]);
    }
    Frame { width_px: TILE_PX, height_px: TILE_PX, rgba: Arc::new(rgba) }
}

/// Pictures decoded one by one and in parts may round differently.
fn alike(a: &Frame, b: &Frame) -> bool {
    (a.width_px, a.height_px) == (b.width_px, b.height_px)
        && a.rgba.iter().zip(b.rgba.iter()).all(|(a, b)| a.abs_diff(*b) <= 1)
}

fn opened(path: &Path) -> Frame {
    open_png(path).expect("a picture")
}

/// The picture of `base` with one dimension at `value`.
fn moved(driver: &mut Driver, base: &Latent, dim: usize, value: f32) -> Frame {
    let mut latent = base.clone();
    latent.0[dim] = value;
    driver.preview(&latent).frame
}

/// The samples that the sheets of seed 9 begin with.
fn samples_of(driver: &mut Driver) -> SampleSheet {
    driver.send(Command::DrawSamples { seed: 9, count: 256, truncation: 1.0 });
    driver.sheet(0)
}

#[test]
fn every_tile_is_the_picture_it_stands_for() {
    let mut driver = Driver::cpu();
    // Trained a little: then the model file states the divergence of each dimension.
    driver.open_faces(16);
    driver.train(run(Family::Vae, 30, driver.path("run")));
    let summary = driver.open(&driver.path("run"));
    let out = driver.path("new/sheets");
    let sheets = drawn(&mut driver, out);
    assert_eq!(sheets.samples, driver.path("new/sheets").join("samples.png"));

    let samples = opened(&sheets.samples);
    let expected = samples_of(&mut driver);
    assert!(alike(&samples, &expected.frame));

    let kl = &summary.latent_kl;
    assert_eq!((sheets.ranking, sheets.dimensions.len()), (Ranking::LatentKl, 6));
    assert!(
        sheets.dimensions.windows(2).all(|pair| kl[pair[0]] >= kl[pair[1]]),
        "{sheets:?} {kl:?}"
    );
    let sliders = opened(&sheets.sliders);
    assert_eq!((sliders.width_px, sliders.height_px), (16 * TILE_PX, 6 * TILE_PX));
    for (row, &dim) in sheets.dimensions.iter().enumerate() {
        for (column, value) in [(0, -3.0), (5, -1.0), (10, 1.0), (15, 3.0)] {
            let shown = moved(&mut driver, &expected.latents[0], dim, value);
            assert!(alike(&tile(&sliders, row, column), &shown), "{dim} at {value}");
        }
    }

    let pairs = opened(sheets.reconstructions.as_deref().expect("it has an encoder"));
    assert_eq!((pairs.width_px, pairs.height_px), (16 * TILE_PX, 16 * TILE_PX));
    let (photo, code) = (driver.path("photo.png"), driver.path("code.safetensors"));
    for (row, column) in [(0, 0), (2, 7), (14, 15)] {
        save_png(&photo, &tile(&pairs, row, column)).expect("written");
        let images = vec![photo.clone()];
        driver.send(Command::EncodeToFile(EncodeJob { images, out: code.clone() }));
        driver.wait("the code", |e| matches!(e, Event::FileWritten(_)).then_some(()));
        let mut file = Container::open(&code, Limits::STATED).expect("it opens");
        let z = file.read("z").expect("it is read").expect("it is there").values;
        let shown = driver.preview(&Latent(z)).frame;
        assert!(alike(&tile(&pairs, row + 1, column), &shown), "below {row}, {column}");
    }
    assert_ne!(tile(&pairs, 0, 0), tile(&pairs, 2, 7), "different pictures");
}

/// How much the picture of `base` changes between `value` and `-value` in each dimension.
fn changes(driver: &mut Driver, base: &Latent, value: f32) -> Vec<f32> {
    let (latents, out) = (driver.path("z.safetensors"), driver.path("images.safetensors"));
    let dims = base.dims();
    let mut values = base.0.repeat(2 * dims);
    for dim in 0..dims {
        values[2 * dim * dims + dim] = value;
        values[(2 * dim + 1) * dims + dim] = -value;
    }
    let z = NamedArray::new("z", vec![2 * dims, dims], values).expect("fits");
    save_tensors(&latents, &[z].into_iter().collect(), "ends of sliders").expect("written");
    let source = SampleSource::File(latents);
    driver.send(Command::SampleToFile(SampleJob { source, out: out.clone() }));
    driver.wait("pictures", |e| matches!(e, Event::FileWritten(_)).then_some(()));
    let mut file = Container::open(&out, Limits::STATED).expect("it opens");
    let images = file.read("images").expect("it is read").expect("it is there").values;
    let pairs = images.chunks_exact(images.len() / dims);
    let change = |pair: &[f32]| {
        let (high, low) = pair.split_at(pair.len() / 2);
        high.iter().zip(low).map(|(a, b)| (a - b).abs()).sum::<f32>()
    };
    pairs.map(change).collect()
}

#[test]
fn without_an_encoder_two_sheets_are_drawn_and_sensitivity_ranks() {
    let mut driver = Driver::cpu();
    let spec = ModelSpec { latent: 12, prior: Prior::Uniform, ..tiny(Family::Gan) };
    driver.send(Command::NewModel(spec, 4));
    driver.model_ready();
    let out = driver.path("sheets");
    let sheets = drawn(&mut driver, out);
    assert_eq!((&sheets.reconstructions, sheets.ranking), (&None, Ranking::Sensitivity));
    let names = std::fs::read_dir(driver.path("sheets")).expect("made").count();
    assert_eq!(names, 2);
    assert_eq!(sheets.dimensions.len(), 10);
    let base = samples_of(&mut driver).latents[0].clone();
    let changes = changes(&mut driver, &base, 1.0 / 3.0);
    let mut ranked: Vec<usize> = (0..12).collect();
    ranked.sort_by(|a, b| changes[*b].total_cmp(&changes[*a]));
    assert_eq!(sheets.dimensions, ranked[..10], "{changes:?}");
    let sliders = opened(&sheets.sliders);
    let end = moved(&mut driver, &base, sheets.dimensions[3], 1.0);
    assert!(alike(&tile(&sliders, 3, 15), &end), "the prior's end");
}

#[test]
fn a_stop_and_a_file_in_the_way_leave_no_sheet() {
    let mut driver = Driver::cpu();
    // Slow enough to be stopped in the middle.
    let spec = ModelSpec { width: 48, image_size: 64, ..tiny(Family::Vae) };
    driver.send(Command::NewModel(spec, 4));
    driver.model_ready();
    let out = driver.path("sheets");
    driver.send(job(out.clone()));
    driver.wait("samples", |event| match event {
        Event::JobProgress { what, done, .. } => {
            (what == "drawing samples" && done > 0).then_some(())
        }
        _ => None,
    });
    let asked = Instant::now();
    driver.send(Command::StopTraining);
    assert!(driver.stopped().contains("nothing was written"));
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    assert!(!out.exists());
    std::fs::write(&out, "a file").expect("written");
    driver.send(job(out));
    assert!(driver.error().contains("name a folder"));
}
