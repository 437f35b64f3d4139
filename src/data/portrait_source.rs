//! Portraits as a data set: each face drawn when it is first read and then kept, with the yes/no attributes as labels.

use std::path::PathBuf;
use std::sync::Arc;

use image::RgbImage;

use crate::protocol::{DatasetOptions, Split};

use super::error::DataError;
use super::portraits;
use super::source::{Catalogue, Decoded, Entry, Labels, PictureSource, Policy};
use super::square::Recipe;

/// Faces that are never trained on.
pub const HELD_OUT_PORTRAITS: usize = 1000;
/// Faces nobody looks at before the last measurement.
pub const TEST_PORTRAITS: usize = 1000;
/// The most training faces a data set can be asked for.
pub const MAX_PORTRAITS: usize = 1_000_000;

/// Describes the faces these options ask for. Nothing is drawn yet.
pub(super) fn open(options: &DatasetOptions) -> Result<Catalogue, DataError> {
    if options.portraits == 0 || options.portraits > MAX_PORTRAITS {
        return Err(DataError::PortraitCount { count: options.portraits, limit: MAX_PORTRAITS });
    }
    let source = PortraitSource {
        seed: options.seed,
        train: options.portraits,
        recipe: Recipe::new(options),
    };
    let count = HELD_OUT_PORTRAITS + options.portraits + TEST_PORTRAITS;
    let mut entries = Vec::with_capacity(count);
    let mut labels = Labels::default();
    for id in 0..count as u32 {
        let (split, index) = source.locate(id);
        entries.push(Entry { split, key: u64::from(id) });
        let answers = portraits::attributes(options.seed, split, index).binary_labels();
        let yes = answers.iter().enumerate().filter(|(_, (_, holds))| *holds);
        labels.push(yes.map(|(label, _)| label as u32));
    }
    let label_names = portraits::BINARY_LABELS.iter().map(|label| label.name.to_owned()).collect();
    Ok(Catalogue {
        name: "Portraits".to_owned(),
        source: Arc::new(source),
        entries,
        label_names,
        labels,
        labelling: None,
        file_names: Arc::default(),
        skipped: Vec::new(),
        remarks: Vec::new(),
    })
}

/// Held-out faces come first, so that they are in memory however low its limit; test faces last.
struct PortraitSource {
    seed: u64,
    train: usize,
    recipe: Recipe,
}

impl PortraitSource {
    /// The split of a face and its number there.
    fn locate(&self, id: u32) -> (Split, u64) {
        let id = id as usize;
        if id < HELD_OUT_PORTRAITS {
            return (Split::HeldOut, id as u64);
        }
        let id = id - HELD_OUT_PORTRAITS;
        if id < self.train {
            (Split::Train, id as u64)
        } else {
            (Split::Test, (id - self.train) as u64)
        }
    }
}

impl PictureSource for PortraitSource {
    fn decode(&self, id: u32, out: &mut [u8]) -> Result<Decoded, String> {
        let (split, index) = self.locate(id);
        let size = self.recipe.layout.size;
        let face = portraits::portrait(self.seed, split, index, size);
        let rgb = RgbImage::from_raw(size, size, face.rgb)
            .ok_or_else(|| format!("the face could not be drawn at {size} px"))?;
        self.recipe.write_rgb(&rgb, out);
        Ok(Decoded::default())
    }

    fn path(&self, id: u32) -> PathBuf {
        let (split, index) = self.locate(id);
        PathBuf::from(format!("{split:?} face {index}"))
    }

    fn policy(&self) -> Policy {
        Policy::FirstRead
    }
}
