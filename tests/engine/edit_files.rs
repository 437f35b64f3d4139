//! Edits to files and back: pictures of a live edit, scripts, and the same edit as a job.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use latent_atelier::protocol::*;
use latent_atelier::storage::open_png;

use crate::driver::{Driver, PATIENCE, latent, tiny};

fn driver() -> Driver {
    let mut driver = Driver::cpu();
    driver.send(Command::NewModel(tiny(Family::VaeGan), 3));
    driver.model_ready();
    driver
}

/// A photo of the model's size, so that its square is its very pixels.
fn photo(driver: &Driver) -> PathBuf {
    let path = driver.path("photo.png");
    let pixel = |x: u32, y: u32| image::Rgb([(x * 13) as u8, (y * 11) as u8, (x * y) as u8]);
    image::RgbImage::from_fn(16, 16, pixel).save(&path).expect("written");
    path
}

fn plan() -> EditPlan {
    let brush = Brush { size: 0.4, strength: 1.0, softness: 0.3 };
    let tool = StrokeTool::Colour([255, 0, 0]);
    let stroke = Stroke { brush, ..Stroke::through(tool, &[[0.3, 0.3], [0.6, 0.3]]) };
    let latent = Stroke::through(StrokeTool::Latent, &[[0.5, 0.6], [0.6, 0.65]]);
    let settings = EditSettings { candidates: 4, ..EditSettings::default() };
    let strokes = vec![Arc::new(stroke), Arc::new(latent)];
    EditPlan { strokes, settings, ..EditPlan::default() }
}

fn opened(driver: &mut Driver, path: &Path) -> Photo {
    driver.send(Command::OpenPhoto(path.to_owned()));
    driver.wait("the photo", |event| match event {
        Event::PhotoOpened(photo) => Some(*photo),
        _ => None,
    })
}

fn settled(driver: &Driver) -> EditView {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let view = driver.handle.edit.take();
        if let Some(view) = view.filter(|view| view.stage == EditStage::Settled) {
            return view;
        }
        assert!(Instant::now() < deadline, "it does not settle");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn written(driver: &mut Driver) -> PathBuf {
    driver.wait("the file", |event| match event {
        Event::FileWritten(path) => Some(path),
        _ => None,
    })
}

fn refusal(driver: &mut Driver) -> String {
    driver.wait("a refusal", |event| match event {
        Event::Notice(Notice { level: NoticeLevel::Error, text }) => Some(text),
        _ => None,
    })
}

/// The live edit of the photo, at rest.
fn live(driver: &mut Driver, photo: &Photo, path: &Path) -> (Arc<EditStart>, EditView) {
    let crop = Crop::centred(photo.width_px, photo.height_px);
    let square = open_png(path).expect("the photo");
    let place = Some((photo.id, crop));
    let start = Arc::new(EditStart { latent: latent(6), photo: Some(square), place });
    // As a slider would move it.
    let moved = Latent(start.latent.0.iter().map(|value| value + 0.1).collect());
    let request = EditRequest {
        id: 1,
        edit: 1,
        start: Arc::clone(&start),
        moved,
        plan: plan(),
        painting: false,
        morph: 1.0,
    };
    driver.send(Command::Edit(Box::new(request)));
    (start, settled(driver))
}

#[test]
fn the_same_edit_as_a_job_has_the_same_pixels() {
    let mut driver = driver();
    let path = photo(&driver);
    let photo = opened(&mut driver, &path);
    let (start, view) = live(&mut driver, &photo, &path);
    let out = driver.path("out");
    let shift = vec![0.1; start.latent.dims()];
    let script = EditScript { format: 1, start: Some(start.latent.clone()), shift, plan: plan() };
    let job = EditJob {
        source: EditSource::Photo(path, None),
        script,
        method: InversionMethod::Hybrid,
        inversion: InversionSettings::default(),
        morph: None,
        out: out.clone(),
    };
    driver.send(Command::EditFiles(Box::new(job)));
    let made = driver.wait("the edit", |event| match event {
        Event::EditMade(made) => Some(*made),
        _ => None,
    });
    assert_eq!((written(&mut driver), made.inversion_psnr_db), (out.clone(), None));
    assert_eq!((made.loss, made.candidates), (view.loss, view.offered.len()));
    let read = |name: &str| open_png(&out.join(name)).expect("written");
    assert_eq!(read("edited.png"), view.picture);
    assert_eq!(read("before.png"), view.before);
    assert_eq!(Some(read("composite.png")), view.composite);
    assert_eq!(read("mask.png"), view.mask);
    assert_ne!(read("edited.png"), read("before.png"), "something changed");
    let first = view.offered.iter().find(|candidate| candidate.start == 0).expect("offered");
    assert_eq!(read("candidates/01.png"), first.picture);
}

#[test]
fn a_live_edit_is_exported_as_it_is_shown() {
    let mut driver = driver();
    let path = photo(&driver);
    let photo = opened(&mut driver, &path);
    let (start, view) = live(&mut driver, &photo, &path);
    let export = |start: &Arc<EditStart>, picture: EditPicture, name: &str| {
        let (latent, out) = (view.latent.clone(), driver.path(name));
        let area = ChangeArea::default();
        Command::ExportEdit(Box::new(EditExport {
            start: Arc::clone(start),
            latent,
            area,
            strokes: Vec::new(),
            picture,
            out,
        }))
    };
    let orders = [
        export(&start, EditPicture::Model, "model.png"),
        export(&start, EditPicture::Mask, "mask.png"),
        export(&start, EditPicture::Photo, "pasted.png"),
        export(&start, EditPicture::Morph(5), "morph.gif"),
    ];
    let other =
        EditStart { place: start.place.map(|(id, crop)| (id + 1, crop)), ..(*start).clone() };
    let none = Arc::new(EditStart { place: None, ..(*start).clone() });
    let refused = [
        (export(&Arc::new(other), EditPicture::Photo, "x.png"), "not open any more"),
        (export(&none, EditPicture::Photo, "x.png"), "no photo is edited"),
        (export(&start, EditPicture::Morph(1), "x.gif"), "1 frames"),
        (export(&start, EditPicture::Morph(4), "x.doc"), "name it .gif"),
    ];
    for order in orders {
        driver.send(order);
        written(&mut driver);
    }
    let read = |name: &str| open_png(&driver.path(name)).expect("written");
    assert_eq!((read("model.png"), read("mask.png")), (view.picture, view.mask));
    // At the model's size the photo with what changed is what the window shows, to a byte's rounding.
    let (pasted, shown) = (read("pasted.png"), view.composite.expect("a photo"));
    let off = pasted.rgba.iter().zip(shown.rgba.iter()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(off <= Some(1), "{off:?}");
    let morph = std::fs::File::open(driver.path("morph.gif")).expect("written");
    let decoder =
        image::codecs::gif::GifDecoder::new(std::io::BufReader::new(morph)).expect("a GIF");
    assert_eq!(image::AnimationDecoder::into_frames(decoder).count(), 8, "there and back");
    for (order, why) in refused {
        driver.send(order);
        let text = refusal(&mut driver);
        assert!(text.contains(why), "{text}");
    }
    assert!(!driver.path("x.png").exists() && !driver.path("x.gif").exists());
}

#[test]
fn scripts_are_saved_and_opened_and_bad_ones_told() {
    let mut driver = driver();
    let (path, bad) = (driver.path("edit.json"), driver.path("bad.json"));
    let script = EditScript { format: 1, start: Some(latent(6)), shift: vec![], plan: plan() };
    driver.send(Command::SaveEditScript(path.clone(), Box::new(script.clone())));
    assert_eq!(written(&mut driver), path);
    driver.send(Command::OpenEditScript(path));
    let found = driver.wait("the script", |event| match event {
        Event::EditScriptOpened(_, found) => Some(*found),
        _ => None,
    });
    assert_eq!(found, script);
    std::fs::write(&bad, "{}").expect("written");
    driver.send(Command::OpenEditScript(bad));
    let text = refusal(&mut driver);
    assert!(text.contains("bad.json") && text.contains("\"format\": 1"), "{text}");
}
