//! A few named files, read at once: photos to encode, not a data set.

use std::path::PathBuf;

use super::DataError;
use super::decode::FileDecoder;
use super::square::Recipe;
use crate::protocol::DatasetOptions;

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
