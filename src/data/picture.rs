//! A few named files, read at once: photos to encode, not a data set.

use std::path::{Path, PathBuf};

use super::DataError;
use super::decode::FileDecoder;
use super::square::Recipe;
use crate::protocol::DatasetOptions;

/// Endings that are taken for pictures in a folder.
const ENDINGS: [&str; 11] =
    ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff", "pgm", "ppm", "pnm"];

/// Files as they are named, and for a folder its pictures in the order of their names; sub-folders are not
/// looked into. Whether a file holds a picture is found when it is read.
///
/// # Errors
/// [`DataError::Missing`] for a path that leads nowhere and is not named as a picture, [`DataError::NoPictures`] for a folder without any,
/// [`DataError::Unreadable`] for one that cannot be listed.
pub fn list_pictures(named: &[PathBuf]) -> Result<Vec<PathBuf>, DataError> {
    let mut all = Vec::new();
    for path in named {
        if !path.exists() && !has_ending(path) {
            return Err(DataError::Missing { path: path.clone() });
        }
        if path.is_dir() {
            all.extend(pictures_in(path)?);
        } else {
            all.push(path.clone());
        }
    }
    Ok(all)
}

fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let path = folder.to_path_buf();
    let refuse = |error: std::io::Error| DataError::Unreadable {
        path: folder.to_path_buf(),
        reason: error.to_string(),
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(refuse)? {
        let file = entry.map_err(refuse)?.path();
        if is_picture(&file) {
            found.push(file);
        }
    }
    if found.is_empty() {
        return Err(DataError::NoPictures { path });
    }
    found.sort();
    Ok(found)
}

fn is_picture(path: &Path) -> bool {
    has_ending(path) && path.is_file()
}

fn has_ending(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending))
}

/// Width and height of a picture's file as it says of itself, without decoding it; `None` for what is no picture.
pub fn picture_size(path: &Path) -> Option<(u32, u32)> {
    let reader = image::ImageReader::open(path).ok()?;
    reader.with_guessed_format().ok()?.into_dimensions().ok()
}

/// The pixels of these files, `files · size · size · channels` bytes, made square as a data set's are.
///
/// # Errors
/// [`DataError::Picture`] for the first file that cannot be read.
pub fn read_pictures(files: &[PathBuf], options: &DatasetOptions) -> Result<Vec<u8>, DataError> {
    let (decoder, square) = (FileDecoder::new(options.pixel_limit), Recipe::new(options));
    let bytes = (options.image_size * options.image_size * options.channels) as usize;
    let mut pixels = vec![0; files.len() * bytes];
    for (path, out) in files.iter().zip(pixels.chunks_exact_mut(bytes)) {
        let image = decoder
            .decode(path)
            .map_err(|reason| DataError::Picture { path: path.clone(), reason })?;
        square.apply(image, out);
    }
    Ok(pixels)
}

#[cfg(test)]
mod tests {
    use super::{DataError, list_pictures};

    #[test]
    fn folders_give_their_pictures_by_name_and_files_stay_as_they_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for name in ["b.JPG", "a.png", "notes.txt", "letter"] {
            std::fs::write(at(name), b"x").expect("written");
        }
        std::fs::create_dir_all(at("album.png/deep")).expect("a folder");
        let named = [at("letter"), folder.path().to_path_buf()];
        assert_eq!(list_pictures(&named).expect("some"), [at("letter"), at("a.png"), at("b.JPG")]);
        let none = list_pictures(&[at("album.png")]).expect_err("it is empty");
        assert!(matches!(&none, DataError::NoPictures { path } if *path == at("album.png")));
        assert!(none.to_string().contains("there are no pictures in this folder"), "{none}");
        let file = [at("gone.png")];
        assert_eq!(list_pictures(&file).expect("left out when it is read"), file);
        let gone = list_pictures(&[at("gone")]).expect_err("it is not there");
        assert!(matches!(gone, DataError::Missing { .. }), "{gone}");
    }
}
