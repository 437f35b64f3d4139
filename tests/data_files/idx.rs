//! IDX files: as MNIST ships, packed or plain, damaged, or larger than memory.

use latent_atelier::data::DataError;
use latent_atelier::protocol::{DatasetOptions, Split};
use tempfile::{TempDir, tempdir};

use super::support::{self, gzipped, idx_images, idx_labels, write};
use super::{all, open_with, options};

/// A folder of IDX files, 100 + 20 pictures.
fn idx_folder(packed: bool) -> TempDir {
    let folder = tempdir().expect("a test folder");
    for (part, count) in [("train", 100), ("t10k", 20)] {
        for (kind, bytes) in
            [("images-idx3-ubyte", idx_images(count, 28)), ("labels-idx1-ubyte", idx_labels(count))]
        {
            let name = format!("{part}-{kind}{}", if packed { ".gz" } else { "" });
            write(folder.path().join(name), &if packed { gzipped(&bytes) } else { bytes });
        }
    }
    folder
}

#[test]
fn idx_files_open_padded_with_labels_and_their_own_held_out_set() {
    let folders = [idx_folder(false), idx_folder(true)];
    let [plain, packed] =
        folders.each_ref().map(|folder| open_with(folder.path(), &options(32, 1)).unwrap());
    assert_eq!((plain.len(Split::Train), plain.len(Split::HeldOut)), (100, 20));
    let pixels = all(&plain, Split::Train);
    assert_eq!(pixels, all(&packed, Split::Train));
    let tile = &pixels[77 * 32 * 32..][..32 * 32];
    assert_eq!((tile[0], tile[2 * 32 + 2], tile[29 * 32 + 29], tile[30 * 32 + 29]), (0, 77, 77, 0));
    assert_eq!(plain.label_names()[7], "7");
    assert_eq!(plain.labels(Split::Train, 77), [7]);
    assert_eq!(plain.labels(Split::HeldOut, 13), [3]);
    assert_eq!(plain.summary().labels[3].count, 10);
    assert_eq!(plain.summary().remarks, ["28 px data is padded to 32 px"]);
    let large = open_with(folders[0].path(), &options(64, 3)).unwrap();
    assert!(
        large
            .summary()
            .remarks
            .iter()
            .any(|remark| remark.contains("32 px pictures are resampled to 64 px"))
    );
    let file =
        open_with(&folders[1].path().join("train-images-idx3-ubyte.gz"), &options(32, 1)).unwrap();
    assert_eq!(file.len(Split::HeldOut), 20);
    let nested = tempdir().unwrap();
    write(nested.path().join("MNIST/raw/x-images-idx3-ubyte"), &idx_images(50, 28));
    let nested = open_with(nested.path(), &options(32, 1)).unwrap();
    assert!(
        nested.len(Split::HeldOut) >= 1
            && nested.len(Split::Train) + nested.len(Split::HeldOut) == 50
    );
    assert!(nested.summary().remarks.iter().any(|remark| remark.contains("no labels")));
}

#[test]
fn damaged_idx_files_are_refused() {
    let refused = |name: &str, bytes: &[u8]| {
        let folder = idx_folder(false);
        write(folder.path().join(name), bytes);
        open_with(folder.path(), &options(32, 1)).unwrap_err()
    };
    let images = idx_images(100, 28);
    let error = refused("train-images-idx3-ubyte", &images[..5000]);
    assert!(
        matches!(&error, DataError::IdxDamaged { reason, .. } if reason.contains("cut off")),
        "{error}"
    );
    let error = refused("train-images-idx3-ubyte", b"<html>404 not found</html>");
    assert!(matches!(error, DataError::IdxMagic { .. }), "{error}");
    let error = refused("train-labels-idx1-ubyte", &idx_labels(99));
    assert!(matches!(error, DataError::IdxCounts { images: 100, labels: 99, .. }), "{error}");
    let error = refused("t10k-images-idx3-ubyte", &idx_images(0, 28));
    assert!(matches!(error, DataError::IdxDamaged { .. }), "{error}");
}

#[test]
fn idx_over_the_memory_limit_is_read_on_demand_or_explained() {
    let folders = [idx_folder(false), idx_folder(true)];
    let whole = open_with(folders[0].path(), &options(32, 1)).unwrap();
    // Room for the raw bytes but not for the tiles; then for neither.
    for limit in [100 * 28 * 28, 10_000] {
        let lean = DatasetOptions { memory_limit_bytes: limit, ..options(32, 1) };
        let lean = open_with(folders[0].path(), &lean).unwrap();
        assert!(!lean.summary().in_memory);
        assert_eq!(all(&lean, Split::Train), all(&whole, Split::Train));
        assert_eq!(all(&lean, Split::HeldOut), all(&whole, Split::HeldOut));
    }
    let lean = DatasetOptions { memory_limit_bytes: 10_000, ..options(32, 1) };
    let error = open_with(folders[1].path(), &lean).unwrap_err();
    assert!(
        matches!(error, DataError::IdxTooLarge { .. }) && error.to_string().contains("gunzip"),
        "{error}"
    );
}

#[test]
fn mnist_opens_as_it_ships() {
    let Some(folder) = support::real_data("mnist") else { return };
    let dataset = open_with(&folder, &options(32, 1)).unwrap();
    assert_eq!((dataset.len(Split::Train), dataset.len(Split::HeldOut)), (60_000, 10_000));
    let counts: Vec<usize> = dataset.summary().labels.iter().map(|label| label.count).collect();
    assert_eq!(counts, [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    assert_eq!(
        (0..5).map(|index| dataset.labels(Split::Train, index)[0]).collect::<Vec<_>>(),
        [5, 0, 4, 1, 9]
    );
    let pixels = all(&dataset, Split::Train);
    let mean = pixels.iter().map(|&value| f64::from(value)).sum::<f64>()
        / (60_000.0 * 28.0 * 28.0)
        / 255.0;
    assert!((mean - 0.1307).abs() < 1e-4, "the well-known mean of MNIST, not {mean}");
    assert_eq!(dataset.summary().remarks, ["28 px data is padded to 32 px"]);
}

#[test]
fn without_a_choice_idx_data_are_read_as_they_are() {
    let folder = idx_folder(false);
    let auto = DatasetOptions { auto_size: true, auto_channels: true, ..options(64, 3) };
    let summary = open_with(folder.path(), &auto).unwrap().summary().clone();
    assert_eq!((summary.options.image_size, summary.options.channels), (32, 1));
    let read = &summary.options;
    assert!(!read.auto_size && !read.auto_channels, "what it was read with is no open question");
    assert!(summary.remarks.iter().any(|text| text.contains("32 px gray")), "{summary:?}");
    let chosen = open_with(folder.path(), &options(64, 3)).unwrap().summary().clone();
    assert_eq!((chosen.options.image_size, chosen.options.channels), (64, 3));
    // One of both.
    let gray = DatasetOptions { auto_channels: true, ..options(64, 3) };
    let summary = open_with(folder.path(), &gray).unwrap().summary().clone();
    assert_eq!((summary.options.image_size, summary.options.channels), (64, 1));
    assert!(summary.remarks.iter().any(|text| text.contains("read as gray")), "{summary:?}");
    // Pictures of other kinds take the defaults, whatever the data before them were.
    let photos = tempdir().unwrap();
    support::photo_folder(photos.path());
    let after_idx = DatasetOptions { auto_size: true, auto_channels: true, ..options(32, 1) };
    let summary = open_with(photos.path(), &after_idx).unwrap().summary().clone();
    assert_eq!((summary.options.image_size, summary.options.channels), (64, 3));
}
