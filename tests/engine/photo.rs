//! Photos: opened off the engine's thread, cut out in the model's size, and refused in plain words.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};
use latent_atelier::protocol::*;

use crate::driver::{Driver, PATIENCE, run, tiny};

fn picture(driver: &Driver, name: &str, width: u32, height: u32) -> PathBuf {
    let path = driver.path(name);
    let pixel = |x: u32, y: u32| Rgb([(x * 7) as u8, (y * 5) as u8, (x ^ y) as u8]);
    RgbImage::from_fn(width, height, pixel).save(&path).expect("written");
    path
}

fn opened(driver: &mut Driver) -> Photo {
    driver.wait("the photo", |event| match event {
        Event::PhotoOpened(photo) => Some(*photo),
        _ => None,
    })
}

fn failed(driver: &mut Driver) {
    driver.wait("the refusal", |event| matches!(event, Event::PhotoFailed).then_some(()));
}

fn mean(driver: &mut Driver) -> MeanPicture {
    driver.wait("the mean", |event| match event {
        Event::MeanPicture(mean) => Some(*mean),
        _ => None,
    })
}

fn cropped(driver: &Driver, id: u64) -> CroppedPhoto {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(cropped) = driver.handle.cropped.take().filter(|cropped| cropped.id >= id) {
            assert_eq!(cropped.id, id, "an answer to a request that was never made");
            return cropped;
        }
        assert!(Instant::now() < deadline, "no crop");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn crop(driver: &mut Driver, request: CropRequest) -> CroppedPhoto {
    let id = request.id;
    driver.send(Command::CropPhoto(request));
    cropped(driver, id)
}

#[test]
fn a_photo_is_opened_and_cut_out_in_the_size_that_is_asked_for() {
    let mut driver = Driver::cpu();
    let path = picture(&driver, "wide.png", 3000, 40);
    driver.send(Command::OpenPhoto(path.clone()));
    let photo = opened(&mut driver);
    assert_eq!((photo.name.as_str(), &photo.origin), ("wide.png", &PhotoOrigin::File(path)));
    assert_eq!((photo.width_px, photo.height_px), (3000, 40), "the original's size");
    assert!(photo.preview.width_px <= 1024 && photo.remarks.is_empty());
    let whole = Crop { centre: [100.0, 20.0], ..Crop::centred(3000, 40) };
    let ask = CropRequest { id: 1, photo: photo.id, crop: whole, size: 40, channels: 3 };
    let cut = crop(&mut driver, ask.clone());
    assert_eq!((cut.frame.width_px, cut.frame.height_px, cut.crop), (40, 40, whole));
    assert_eq!(cut.frame.rgba[..4], [(80 * 7_u32) as u8, 0, 80, 255], "the very pixels");

    // Of many only the newest matters; one for another photo, or beyond this one, is dropped.
    for id in 2..60 {
        driver.send(Command::CropPhoto(CropRequest { id, size: 16, ..ask.clone() }));
    }
    driver.send(Command::CropPhoto(CropRequest { id: 60, channels: 1, ..ask.clone() }));
    let mut newest = driver.handle.cropped.take();
    let deadline = Instant::now() + PATIENCE;
    while newest.as_ref().is_none_or(|cut| cut.id < 60) {
        assert!(Instant::now() < deadline, "no crop");
        newest = driver.handle.cropped.take().or(newest);
        std::thread::sleep(Duration::from_millis(1));
    }
    let gray = newest.expect("there").frame;
    assert!(gray.rgba.chunks(4).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]));
    driver.send(Command::CropPhoto(CropRequest { id: 61, photo: 99, ..ask.clone() }));
    let beyond = Crop { centre: [9e9, 0.0], ..whole };
    driver.send(Command::CropPhoto(CropRequest { id: 62, crop: beyond, ..ask.clone() }));
    assert_eq!(crop(&mut driver, CropRequest { id: 63, ..ask }).id, 63);
}

#[test]
fn bad_files_are_refused_in_a_sentence_and_the_photo_stays() {
    let mut driver = Driver::cpu();
    driver.send(Command::OpenPhoto(picture(&driver, "good.png", 64, 48)));
    let photo = opened(&mut driver);
    let letter = driver.path("letter.png");
    std::fs::write(&letter, "Dear diary, this is no picture.").expect("written");
    let huge = driver.path("huge.png");
    std::fs::write(&huge, crate::support::png_header(20_000, 20_000)).expect("written");
    for (path, says) in [
        (letter, "not a picture"),
        (huge, "20000×20000 pixels, over the limit of 120 million"),
        (driver.path("gone.png"), "the file is gone"),
        (driver.path(""), "cannot be read"),
    ] {
        driver.send(Command::OpenPhoto(path));
        let text = driver.error();
        assert!(text.contains(says), "{text}");
        failed(&mut driver);
    }
    driver.send(Command::OpenPhotoFromData(Split::Train, 0));
    assert!(driver.error().contains("no data set is open"));
    failed(&mut driver);
    let short = Frame { width_px: 3, height_px: 3, rgba: Default::default() };
    driver.send(Command::OpenPhotoFrame("clipboard picture".to_owned(), short));
    assert!(driver.error().contains("clipboard picture"));
    let crop = Crop::centred(64, 48);
    let ask = CropRequest { id: 1, photo: photo.id, crop, size: 16, channels: 3 };
    assert_eq!(self::crop(&mut driver, ask).photo, photo.id);
}

#[test]
fn a_single_pixel_and_a_transparent_picture_open_with_a_remark() {
    let mut driver = Driver::cpu();
    driver.send(Command::OpenPhoto(picture(&driver, "dot.png", 1, 1)));
    let dot = opened(&mut driver);
    assert!(dot.remarks[0].contains("single pixel"), "{:?}", dot.remarks);
    let ask =
        CropRequest { id: 1, photo: dot.id, crop: Crop::centred(1, 1), size: 16, channels: 3 };
    assert!(crop(&mut driver, ask).frame.rgba.chunks(4).all(|pixel| pixel == [0, 0, 0, 255]));
    let rgba = std::sync::Arc::new([[9, 9, 9, 0], [200, 0, 0, 255]].concat().repeat(16 * 16));
    let frame = Frame { width_px: 32, height_px: 16, rgba };
    driver.send(Command::OpenPhotoFrame("clipboard picture".to_owned(), frame));
    let pasted = opened(&mut driver);
    assert_eq!(pasted.origin, PhotoOrigin::Clipboard);
    assert_eq!(pasted.preview.rgba[..4], [255; 4]);
    assert!(pasted.remarks[0].contains("laid on white"), "{:?}", pasted.remarks);
}

#[test]
fn another_photo_or_a_cancel_lets_the_one_under_way_go() {
    let mut driver = Driver::cpu();
    let large = picture(&driver, "large.png", 5000, 4000);
    let small = picture(&driver, "small.png", 30, 20);
    driver.send(Command::OpenPhoto(large.clone()));
    driver.send(Command::OpenPhoto(small));
    assert_eq!(opened(&mut driver).name, "small.png");
    driver.send(Command::OpenPhoto(large.clone()));
    driver.send(Command::CancelPhoto);
    assert!(driver.stopped().contains("cancelled"));
    failed(&mut driver);
    // What was let go never comes: the next one does, alone.
    driver.send(Command::OpenPhoto(large));
    assert_eq!(opened(&mut driver).name, "large.png");
    let all = driver.seen.iter().filter(|event| matches!(event, Event::PhotoOpened(_)));
    assert_eq!(all.count(), 2);
    driver.send(Command::CancelPhoto);
    driver.send(Command::OpenPhotoFromData(Split::Train, 0));
    assert!(driver.error().contains("no data set"), "a cancel without a photo is no news");
}

#[test]
fn pictures_of_a_data_set_come_as_large_as_they_are() {
    let mut driver = Driver::with_faces();
    driver.send(Command::OpenPhotoFromData(Split::HeldOut, 3));
    let face = opened(&mut driver);
    assert_eq!((face.width_px, face.height_px), (512, 512), "drawn large");
    assert_eq!(face.name, "Portraits, held-out picture 4");
    driver.send(Command::OpenPhotoFromData(Split::HeldOut, 1_000_000));
    driver.error();
    failed(&mut driver);

    let folder = driver.path("pictures");
    std::fs::create_dir_all(folder.join("album")).expect("made");
    for number in 0..4 {
        picture(&driver, &format!("pictures/album/{number}.png"), 300 + number, 200);
    }
    let options = DatasetOptions { image_size: 16, ..DatasetOptions::default() };
    driver.send(Command::OpenDataset(DatasetSource::Path(folder), options));
    let summary = driver.wait("the data set", |event| match event {
        Event::DatasetOpened(summary) => Some(summary),
        _ => None,
    });
    for index in 0..summary.train_count {
        driver.send(Command::OpenPhotoFromData(Split::Train, index));
        let photo = opened(&mut driver);
        let name = format!("album/{}.png", photo.width_px - 300);
        assert_eq!((photo.name, photo.height_px), (name, 200));
    }
}

#[test]
fn the_mean_is_of_the_data_or_else_of_samples_in_the_models_format() {
    let mut driver = Driver::cpu();
    driver.send(Command::NewModel(ModelSpec { channels: 1, ..tiny(Family::Vae) }, 1));
    driver.model_ready();
    driver.send(Command::OpenPhoto(picture(&driver, "a.png", 64, 48)));
    opened(&mut driver);
    let samples = mean(&mut driver);
    assert_eq!((samples.frame.width_px, samples.of.as_str()), (16, "64 samples of the model"));
    assert!(samples.frame.rgba.chunks(4).all(|pixel| pixel[0] == pixel[1]), "gray, as the model");

    driver.open_faces(32);
    let faces = mean(&mut driver);
    assert_eq!(
        (faces.frame.width_px, faces.of.as_str()),
        (16, "64 training pictures of Portraits")
    );
    driver.send(Command::NewModel(tiny(Family::Vae), 1));
    let colour = mean(&mut driver);
    let pixels = || colour.frame.rgba.chunks(4);
    assert!(pixels().any(|pixel| pixel[0].abs_diff(pixel[2]) > 10), "another model, another mean");
    // A mean of faces has its skin in the middle, not a flat gray.
    let at = |x: usize, y: usize| i32::from(colour.frame.rgba[(y * 16 + x) * 4]);
    assert!((at(8, 9) - at(0, 0)).abs() > 5, "{} {}", at(8, 9), at(0, 0));
}

#[test]
fn photos_are_cropped_while_a_run_trains() {
    let mut driver = Driver::with_faces();
    driver.start(run(Family::Gan, 0, driver.path("run")));
    driver.send(Command::OpenPhoto(picture(&driver, "a.png", 640, 480)));
    let photo = opened(&mut driver);
    let crop = Crop { degrees: 12.0, ..Crop::centred(640, 480) };
    let ask = CropRequest { id: 1, photo: photo.id, crop, size: 16, channels: 3 };
    assert_eq!(self::crop(&mut driver, ask).frame.width_px, 16);
    mean(&mut driver);
    let step = driver.progress().step;
    assert!(driver.progress().step > step);
    driver.stop();
}
