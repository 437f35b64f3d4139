//! Data sets from real files: every format, every kind of damage, and what the summary says about them.

#[path = "data_files/idx.rs"]
mod idx;
mod support;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use image::ImageFormat;
use latent_atelier::data::{DataError, Dataset, LoadingState, open, read_photo, spawn_open};
use latent_atelier::protocol::{DatasetOptions, DatasetSource, Fit, Split};
use support::{encoded, photo_folder, picture, skipped, write};
use tempfile::{TempDir, tempdir};

fn options(image_size: u32, channels: u32) -> DatasetOptions {
    DatasetOptions { image_size, channels, ..DatasetOptions::default() }
}

fn open_with(path: &Path, options: &DatasetOptions) -> Result<Dataset, DataError> {
    let source = DatasetSource::Path(path.to_path_buf());
    open(&source, options, &|_, _| {}, &AtomicBool::new(false))
}

fn all(dataset: &Dataset, split: Split) -> Vec<u8> {
    let indices: Vec<usize> = (0..dataset.len(split)).collect();
    let mut pixels = Vec::new();
    dataset.read(split, &indices, &mut pixels).expect("every picture is readable");
    pixels
}

/// A folder with one picture; it is both trained on and held out.
fn one_file(name: &str, bytes: &[u8]) -> TempDir {
    let folder = tempdir().expect("a test folder");
    write(folder.path().join(name), bytes);
    folder
}

fn tile_of(name: &str, bytes: &[u8], options: &DatasetOptions) -> Vec<u8> {
    let folder = one_file(name, bytes);
    all(&open_with(folder.path(), options).expect("a good picture"), Split::Train)
}

/// Why a single file was refused.
fn reason_of(name: &str, bytes: &[u8]) -> String {
    let folder = one_file(name, bytes);
    match open_with(folder.path(), &options(16, 3)) {
        Err(DataError::AllSkipped { reason, count: 1, .. }) => reason,
        other => panic!("{name} should have been skipped: {other:?}"),
    }
}

fn mean_distance(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let sum: u64 = a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.len() as f64
}

#[test]
fn every_format_gives_the_same_picture() {
    let original = picture(64, 64, 1);
    let expected = original.as_raw().clone();
    let cases = [
        ("a.png", encoded(original.clone(), ImageFormat::Png), 0.0),
        ("a.bmp", encoded(original.clone(), ImageFormat::Bmp), 0.0),
        ("a.tiff", encoded(original.clone(), ImageFormat::Tiff), 0.0),
        ("a.webp", encoded(original.clone(), ImageFormat::WebP), 0.0),
        ("a.ppm", encoded(original.clone(), ImageFormat::Pnm), 0.0),
        ("a.jpg", support::jpeg(&original, 95), 4.0),
        ("a.gif", encoded(original.clone(), ImageFormat::Gif), 6.0),
        ("16 bit.png", encoded(support::sixteen_bit(&original), ImageFormat::Png), 0.0),
        ("16 bit.tif", encoded(support::sixteen_bit(&original), ImageFormat::Tiff), 0.0),
        ("float.tif", encoded(support::float(&original), ImageFormat::Tiff), 0.0),
        ("wrong name.jpg", encoded(original.clone(), ImageFormat::Png), 0.0),
        ("no name at all", encoded(original, ImageFormat::Png), 0.0),
    ];
    for (name, bytes, tolerance) in cases {
        let distance = mean_distance(&tile_of(name, &bytes, &options(64, 3)), &expected);
        assert!(distance <= tolerance, "{name}: {distance}");
    }
}

#[test]
fn gray_palette_and_alpha_become_what_the_options_ask_for() {
    let original = picture(32, 32, 2);
    let gray = support::gray(&original);
    assert_eq!(
        tile_of("g.pgm", &encoded(gray.clone(), ImageFormat::Pnm), &options(32, 1)),
        *gray.as_raw()
    );
    let as_rgb = tile_of("g.png", &encoded(gray.clone(), ImageFormat::Png), &options(32, 3));
    assert!(as_rgb.chunks(3).zip(gray.as_raw()).all(|(pixel, &value)| pixel == [value; 3]));

    let palette = tile_of("p.png", &support::palette_png(), &options(16, 3));
    assert_eq!((&palette[..3], &palette[45..48]), (&[255, 0, 0][..], &[0, 0, 255][..]));

    let transparent = encoded(support::with_alpha(&original), ImageFormat::Png);
    let green = DatasetOptions { background: [0, 200, 0], ..options(32, 3) };
    assert_eq!(tile_of("t.png", &transparent, &green)[..3], [0, 200, 0]);
    let kept = tile_of("t.png", &transparent, &options(32, 4));
    assert_eq!((kept[3], kept[31 * 4 + 3]), (0, 255));
    assert_eq!(kept[31 * 4..][..3], original.get_pixel(31, 0).0);
    let gray_alpha = encoded(support::gray_alpha(&original), ImageFormat::Png);
    assert_eq!(tile_of("ga.png", &gray_alpha, &options(32, 4))[3], 200);
}

#[test]
fn a_photo_taken_sideways_stands_upright() {
    let original = picture(64, 64, 3);
    let jpeg = support::jpeg(&original, 95);
    let plain = tile_of("a.jpg", &jpeg, &options(64, 3));
    let turned = tile_of("a.jpg", &support::with_exif_orientation(&jpeg, 6), &options(64, 3));
    let upright = image::imageops::rotate90(&image::RgbImage::from_raw(64, 64, plain).unwrap());
    assert_eq!(turned, upright.into_raw());
}

#[test]
fn every_orientation_of_a_photo_is_undone() {
    use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};
    let jpeg = support::jpeg(&picture(48, 32, 7), 95);
    let plain = image::load_from_memory(&jpeg).unwrap().into_rgba8();
    let folder = tempdir().unwrap();
    let file = folder.path().join("a.jpg");
    // What EXIF 2.3 asks for, tag 0x0112, and 0 and 9 that it does not know.
    let upright = [
        plain.clone(),
        plain.clone(),
        flip_horizontal(&plain),
        rotate180(&plain),
        flip_vertical(&plain),
        flip_horizontal(&rotate90(&plain)),
        rotate90(&plain),
        flip_horizontal(&rotate270(&plain)),
        rotate270(&plain),
        plain.clone(),
    ];
    for (orientation, upright) in (0..).zip(upright) {
        write(&file, &support::with_exif_orientation(&jpeg, orientation));
        let photo = read_photo(&file, 10_000).expect("a photo");
        let size = (photo.width_px as u32, photo.height_px as u32);
        assert_eq!(size, upright.dimensions(), "orientation {orientation}");
        assert!(*photo.rgba == upright.into_raw(), "orientation {orientation}");
    }
    let error = read_photo(&file, 1_000).expect_err("over the limit").to_string();
    assert!(error.contains("48×32 pixels, over the limit of 1000"), "{error}");
}

#[test]
fn damaged_and_malicious_files_are_skipped_with_a_reason() {
    let original = picture(200, 150, 4);
    for (format, name) in [
        (ImageFormat::Png, "a.png"),
        (ImageFormat::Jpeg, "a.jpg"),
        (ImageFormat::WebP, "a.webp"),
        (ImageFormat::Bmp, "a.bmp"),
        (ImageFormat::Tiff, "a.tif"),
        (ImageFormat::Pnm, "a.ppm"),
        (ImageFormat::Gif, "a.gif"),
    ] {
        let bytes = encoded(original.clone(), format);
        for part in [bytes.len() / 2, bytes.len() / 4, 24] {
            let reason = reason_of(name, &bytes[..part]);
            assert!(
                reason.contains("cut off") || reason.contains("damaged"),
                "{name} {part}: {reason}"
            );
        }
    }
    assert!(reason_of("letter.png", b"Dear diary").contains("not a picture"));
    assert!(reason_of("empty.png", b"").contains("0 bytes"));
    assert!(reason_of("photo.heic", b"\0\0\0\x18ftypheic").contains("HEIC is not supported"));
    let started = Instant::now();
    assert_eq!(
        reason_of("bomb.png", &support::png_header(60_000, 60_000)),
        "claims 60000×60000 pixels, over the limit of 100 million"
    );
    assert!(reason_of("bomb.ppm", b"P6\n60000 60000\n255\n").contains("claims 60000×60000"));
    let mut bomb_gif = encoded(picture(8, 8, 0), ImageFormat::Gif);
    bomb_gif[6..10].copy_from_slice(&[0x60, 0xea, 0x60, 0xea]);
    assert!(reason_of("bomb.gif", &bomb_gif).contains("claims 60000×60000"));
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "nothing of that size was allocated or decoded"
    );
}

#[test]
fn a_folder_of_ordinary_photos_opens() {
    let folder = tempdir().unwrap();
    let made = photo_folder(folder.path());
    for (fit, channels) in
        [(Fit::CentreCrop, 3), (Fit::Fit, 3), (Fit::Fit, 1), (Fit::CentreCrop, 4)]
    {
        let dataset =
            open_with(folder.path(), &DatasetOptions { fit, ..options(32, channels) }).unwrap();
        let summary = dataset.summary();
        assert_eq!(summary.train_count + summary.held_out_count, made.good.len());
        assert!(summary.held_out_count >= 1);
        let mut skipped: Vec<_> = summary.skipped.iter().map(|file| file.path.clone()).collect();
        let mut bad = made.bad.clone();
        skipped.sort();
        bad.sort();
        assert_eq!(skipped, bad);
        assert_eq!(
            all(&dataset, Split::Train).len(),
            summary.train_count * 32 * 32 * channels as usize
        );
        assert!(summary.in_memory);
        assert!(
            summary.remarks.iter().any(|remark| remark.contains("not pictures")),
            "{:?}",
            summary.remarks
        );
        assert!(
            summary.remarks.iter().any(|remark| remark.contains("enlarged")),
            "{:?}",
            summary.remarks
        );
        assert_eq!(summary.thumbnail_count, summary.train_count.min(64));
        let sheet = &summary.thumbnails;
        assert_eq!(sheet.rgba.len(), sheet.width_px * sheet.height_px * 4);
        assert_eq!(sheet.width_px, summary.thumbnail_columns * 32);
    }
}

#[test]
fn sub_folders_are_labels() {
    let folder = tempdir().unwrap();
    for (index, label) in ["cats", "cats/2020", "dogs"].iter().cycle().take(30).enumerate() {
        let bytes = encoded(picture(20, 20, index as u32), ImageFormat::Png);
        write(folder.path().join(label).join(format!("{index}.png")), &bytes);
    }
    let dataset = open_with(folder.path(), &options(16, 3)).unwrap();
    assert_eq!(dataset.label_names(), ["cats", "dogs"]);
    let counted: usize = dataset.summary().labels.iter().map(|label| label.count).sum();
    assert_eq!(counted, dataset.len(Split::Train));
    let dogs = |split| {
        (0..dataset.len(split)).filter(|&index| dataset.labels(split, index) == [1]).count()
    };
    assert_eq!(dogs(Split::Train) + dogs(Split::HeldOut), 10);
    assert!(dataset.labels(Split::Train, 1000).is_empty());
}

#[test]
fn folders_without_pictures_say_what_is_wrong() {
    let folder = tempdir().unwrap();
    let error = open_with(folder.path(), &options(16, 3)).unwrap_err();
    assert!(matches!(error, DataError::EmptyFolder { .. }), "{error}");
    write(folder.path().join("notes.txt"), b"words");
    let error = open_with(folder.path(), &options(16, 3)).unwrap_err();
    assert!(matches!(error, DataError::NoImages { files: 1, .. }), "{error}");
    let error = open_with(&folder.path().join("notes.txt"), &options(16, 3)).unwrap_err();
    assert!(matches!(error, DataError::NotAFolder { .. }), "{error}");
    let error = open_with(&folder.path().join("nowhere"), &options(16, 3)).unwrap_err();
    assert!(matches!(error, DataError::Missing { .. }), "{error}");
    assert!(matches!(open_with(folder.path(), &options(48, 3)), Err(DataError::ImageSize(48))));
    assert!(matches!(open_with(folder.path(), &options(32, 2)), Err(DataError::Channels(2))));
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_says_so() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempdir().unwrap();
    write(folder.path().join("open/a.png"), &encoded(picture(20, 20, 0), ImageFormat::Png));
    write(folder.path().join("locked/b.png"), &encoded(picture(20, 20, 1), ImageFormat::Png));
    let locked = folder.path().join("locked");
    let lock = |mode| fs::set_permissions(&locked, fs::Permissions::from_mode(mode)).unwrap();
    lock(0);
    let may_read_anyway = fs::read_dir(&locked).is_ok();
    let whole = open_with(folder.path(), &options(16, 3));
    let alone = open_with(&locked, &options(16, 3));
    lock(0o755);
    if may_read_anyway {
        return skipped(
            "permissions do not bind this user (root?): unreadable folders are not tested",
        );
    }
    assert!(matches!(alone, Err(DataError::NoPermission { .. })), "{alone:?}");
    let skipped = &whole.unwrap().summary().skipped.clone();
    assert_eq!((skipped.len(), &*skipped[0].reason), (1, "no permission to read it"));
}

#[test]
fn over_the_memory_limit_the_same_pixels_are_decoded_on_demand() {
    let folder = tempdir().unwrap();
    photo_folder(folder.path());
    let whole = open_with(folder.path(), &options(32, 3)).unwrap();
    for kept in [0, 5] {
        let limit = kept * 32 * 32 * 3 + 100;
        let lean = DatasetOptions { memory_limit_bytes: limit, ..options(32, 3) };
        let lean = open_with(folder.path(), &lean).unwrap();
        assert!(!lean.summary().in_memory);
        let remark =
            lean.summary().remarks.iter().find(|remark| remark.contains("on demand")).unwrap();
        assert!(remark.contains(&format!("{kept} of 21")), "{remark}");
        for split in [Split::Train, Split::HeldOut] {
            assert_eq!(all(&lean, split), all(&whole, split));
        }
        assert_eq!(lean.summary().thumbnails, whole.summary().thumbnails);
    }
    let lean = DatasetOptions { memory_limit_bytes: 0, ..options(32, 3) };
    let lean = open_with(folder.path(), &lean).unwrap();
    fs::remove_dir_all(folder.path().join("garden")).unwrap();
    let everything: Vec<usize> = (0..lean.len(Split::Train)).collect();
    let lost = lean.read(Split::Train, &everything, &mut Vec::new());
    assert!(matches!(lost, Err(DataError::PictureLost { .. })), "{lost:?}");
    let beyond = lean.read(Split::Train, &[10_000], &mut Vec::new());
    assert!(matches!(beyond, Err(DataError::OutOfRange { index: 10_000, .. })));
}

#[test]
fn opening_twice_gives_the_same_and_added_files_move_nothing() {
    let folder = tempdir().unwrap();
    let name = |index: u32| folder.path().join(format!("{index}.png"));
    let shade = |index: u32| image::RgbImage::from_pixel(16, 16, image::Rgb([index as u8; 3]));
    for index in 0..60 {
        write(name(index), &encoded(shade(index), ImageFormat::Png));
    }
    let shades = |dataset: &Dataset, split| -> Vec<u8> {
        all(dataset, split).chunks(16 * 16 * 3).map(|pixels| pixels[0]).collect()
    };
    let first = open_with(folder.path(), &options(16, 3)).unwrap();
    let again = open_with(folder.path(), &options(16, 3)).unwrap();
    assert_eq!(shades(&first, Split::Train), shades(&again, Split::Train));
    for index in 60..120 {
        write(name(index), &encoded(shade(index), ImageFormat::Png));
    }
    let grown = open_with(folder.path(), &options(16, 3)).unwrap();
    let held_out = shades(&grown, Split::HeldOut);
    assert!(shades(&first, Split::HeldOut).iter().all(|shade| held_out.contains(shade)));
    assert!(held_out.len() < 30, "about a tenth");
    assert_eq!(grown.len(Split::Test), 0);
}

#[test]
fn a_cancel_is_answered_at_once() {
    let folder = tempdir().unwrap();
    let large = encoded(picture(3000, 2000, 1), ImageFormat::Jpeg);
    for index in 0..40 {
        write(folder.path().join(format!("{index}.jpg")), &large);
    }
    let source = DatasetSource::Path(folder.path().to_path_buf());
    let cancel = AtomicBool::new(false);
    let asked = std::cell::Cell::new(None);
    let progress = |_done, total| {
        if total > 0 && asked.get().is_none() {
            asked.set(Some(Instant::now()));
            cancel.store(true, Ordering::Relaxed);
        }
    };
    let result = open(&source, &options(16, 3), &progress, &cancel);
    assert!(matches!(result, Err(DataError::Cancelled)));
    assert!(asked.get().unwrap().elapsed() < Duration::from_millis(500));

    let mut loading = spawn_open(source, options(16, 3), || {}).unwrap();
    assert!(matches!(loading.poll(), LoadingState::Running { .. }));
    loading.cancel();
    assert!(matches!(loading.poll(), LoadingState::Done(Err(DataError::Cancelled))));
}

#[test]
fn a_background_load_reports_and_delivers() {
    let folder = tempdir().unwrap();
    photo_folder(folder.path());
    let source = DatasetSource::Path(folder.path().to_path_buf());
    let (wake, woken) = std::sync::mpsc::sync_channel(1);
    let mut loading =
        spawn_open(source, options(16, 3), move || wake.try_send(()).unwrap_or(())).unwrap();
    let mut seen = 0;
    let dataset = loop {
        woken.recv_timeout(Duration::from_secs(30)).expect("a wake-up before the end");
        match loading.poll() {
            LoadingState::Running { done, total } => seen = seen.max(done.min(total)),
            LoadingState::Done(result) => break result.unwrap(),
        }
    };
    assert!(seen <= 25 && dataset.len(Split::Train) > 0);
    let missing = DatasetSource::Path("no-such-folder".into());
    let failed = spawn_open(missing, options(16, 3), || {}).unwrap().wait();
    assert!(matches!(failed, Err(DataError::Missing { .. })));
}

#[test]
fn portraits_have_three_splits_and_labels() {
    let options = DatasetOptions { portraits: 40, seed: 5, ..options(16, 3) };
    let open = |options: &DatasetOptions| {
        open(&DatasetSource::Portraits, options, &|_, _| {}, &AtomicBool::new(false)).unwrap()
    };
    let faces = open(&options);
    assert_eq!(
        [Split::Train, Split::HeldOut, Split::Test].map(|split| faces.len(split)),
        [40, 1000, 1000]
    );
    assert!(faces.summary().in_memory && faces.summary().remarks.is_empty());
    let hat = faces.label_names().iter().position(|name| name == "hat").unwrap();
    assert!(faces.summary().labels[hat].count > 0);
    let read = |dataset: &Dataset, split, indices: &[usize]| {
        let mut pixels = Vec::new();
        dataset.read(split, indices, &mut pixels).unwrap();
        pixels
    };
    let lean = open(&DatasetOptions { memory_limit_bytes: 16 * 16 * 3 * 1010, ..options.clone() });
    assert!(!lean.summary().in_memory);
    for split in [Split::Train, Split::HeldOut, Split::Test] {
        assert_eq!(read(&faces, split, &[3, 39, 3]), read(&lean, split, &[3, 39, 3]));
    }
    let faces_of = |split| read(&faces, split, &[0]);
    assert_ne!(faces_of(Split::Train), faces_of(Split::HeldOut));
    assert_ne!(faces_of(Split::HeldOut), faces_of(Split::Test));
    let none = DatasetOptions { portraits: 0, ..options };
    let cancel = AtomicBool::new(false);
    let error = latent_atelier::data::open(&DatasetSource::Portraits, &none, &|_, _| {}, &cancel)
        .unwrap_err();
    assert!(matches!(error, DataError::PortraitCount { .. }));
}
