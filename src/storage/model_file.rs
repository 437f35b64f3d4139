//! A model as a file: manifest and weights, which the engine turns into networks.

use std::io::{Read, Seek};
use std::path::Path;

use super::atomic::write_atomic;
use super::container::{Container, Limits};
use super::error::{escaped, shown};
use super::manifest::{FORMAT, MANIFEST_KEY, Manifest};
use super::run_folder::MODEL_FILE;
use super::writer;
use super::{NamedArray, StorageError, Tensors, WeightsType};

/// Prefix of the generator's (decoder's) tensors.
pub const GENERATOR: &str = "generator.";
/// Prefix of the encoder's tensors.
pub const ENCODER: &str = "encoder.";
/// Prefix of the discriminator's tensors.
pub const DISCRIMINATOR: &str = "discriminator.";

/// A model outside the networks: what the manifest says, and the weights under their prefixes.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFile {
    /// What the file says about itself.
    pub manifest: Manifest,
    /// The weights; [`ModelFile::expect`] takes them out one by one.
    pub tensors: Tensors,
    /// Where it came from, for errors.
    place: String,
}

impl ModelFile {
    /// A model to be saved.
    pub fn new(manifest: Manifest, tensors: Tensors) -> Self {
        Self { manifest, tensors, place: "new model".to_owned() }
    }

    pub(super) fn at(place: &str, manifest: Manifest, tensors: Tensors) -> Self {
        Self { manifest, tensors, place: place.to_owned() }
    }

    /// Where the model came from, as shown in errors.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Writes the file whole or not at all, with weights of the manifest's type.
    ///
    /// # Errors
    /// Weights that `f16` cannot hold, or a refusal by the operating system; an older file then stands.
    pub fn save(&self, path: &Path) -> Result<(), StorageError> {
        let weights = self.manifest.weights;
        writer::check_range(&self.tensors, weights)?;
        let manifest = Manifest {
            checksum: Some(checksum_text(writer::checksum(&self.tensors, weights))),
            ..self.manifest.clone()
        };
        let text = manifest.to_json(&shown(path))?;
        write_atomic(path, |mut out| {
            writer::write(&mut out, &self.tensors, weights, (MANIFEST_KEY, &text))
        })
    }

    /// The same model as this program writes it, with weights of this type; [`save`](Self::save) checks
    /// that they fit and sums them anew.
    #[must_use]
    pub fn rewritten(self, weights: WeightsType) -> Self {
        let (format, program) = (FORMAT, env!("CARGO_PKG_VERSION").to_owned());
        // The old sum is of other bytes: left in place it would condemn the file.
        let manifest = Manifest { format, program, weights, checksum: None, ..self.manifest };
        Self { manifest, ..self }
    }

    /// Opens a model file, or the model of a run folder.
    ///
    /// # Errors
    /// A missing, damaged, foreign or newer file: what, where and what to do.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        if !path.is_dir() {
            return Self::read(Container::open(path, Limits::STATED)?);
        }
        let model = path.join(MODEL_FILE);
        if model.exists() {
            Self::read(Container::open(&model, Limits::STATED)?)
        } else {
            Err(StorageError::NoModel(shown(path)))
        }
    }

    /// Opens a model in memory, such as the one built into the program; `place` names it in errors.
    ///
    /// # Errors
    /// Damaged, foreign or newer bytes.
    pub fn from_bytes(place: &str, bytes: &[u8]) -> Result<Self, StorageError> {
        Self::read(Container::from_bytes(place, bytes, Limits::STATED)?)
    }

    fn read<R: Read + Seek>(container: Container<R>) -> Result<Self, StorageError> {
        let place = container.place().to_owned();
        let Some(text) = container.metadata(MANIFEST_KEY) else {
            return Err(StorageError::NoManifest(place));
        };
        let manifest = Manifest::from_json(&place, text)?;
        let (tensors, crc) = container.read_all()?;
        if manifest.checksum.as_ref().is_some_and(|stated| *stated != checksum_text(crc)) {
            return Err(StorageError::Damaged(place));
        }
        Ok(Self { manifest, tensors, place })
    }

    /// Takes out the values of a tensor that must be there in this shape.
    ///
    /// # Errors
    /// [`StorageError::MissingTensor`] or [`StorageError::WrongShape`].
    pub fn expect(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, StorageError> {
        expect(&mut self.tensors, &self.place, name, shape)
    }

    /// After everything expected was taken out: refuses what is left under `prefix` (all for `""`).
    ///
    /// # Errors
    /// [`StorageError::Leftover`].
    pub fn expect_nothing_left(&self, prefix: &str) -> Result<(), StorageError> {
        let mut left = self.tensors.names().filter(|name| name.starts_with(prefix));
        let Some(first) = left.next() else { return Ok(()) };
        Err(StorageError::Leftover {
            place: self.place.clone(),
            count: 1 + left.count(),
            first: escaped(first),
        })
    }
}

/// Takes a tensor of this shape out of `tensors`; `place` names their file in errors.
///
/// # Errors
/// [`StorageError::MissingTensor`] or [`StorageError::WrongShape`].
pub fn expect(
    tensors: &mut Tensors,
    place: &str,
    name: &str,
    shape: &[usize],
) -> Result<Vec<f32>, StorageError> {
    match tensors.take(name) {
        None => Err(StorageError::MissingTensor { place: place.to_owned(), name: escaped(name) }),
        Some(array) if array.shape == shape => Ok(array.values),
        Some(NamedArray { shape: found, .. }) => Err(StorageError::WrongShape {
            place: place.to_owned(),
            name: escaped(name),
            found,
            expected: shape.to_vec(),
        }),
    }
}

pub(super) fn checksum_text(crc: u32) -> String {
    format!("crc32:{crc:08x}")
}

#[cfg(test)]
pub(super) fn small_model(weights: WeightsType) -> ModelFile {
    let spec = crate::protocol::ModelSpec { image_size: 16, ..Default::default() };
    let mut manifest = Manifest::new(spec);
    manifest.weights = weights;
    manifest.step = 3;
    let array = |name: &str, shape: &[usize], start: f32| NamedArray {
        name: name.to_owned(),
        shape: shape.to_vec(),
        values: (0..shape.iter().product::<usize>()).map(|i| start + i as f32 * 0.125).collect(),
    };
    let mut tensors = Tensors::new();
    tensors.insert_all(GENERATOR, [array("a.weight", &[2, 3], -1.0), array("a.bias", &[3], 4.0)]);
    tensors.insert_all(ENCODER, [array("b.weight", &[1, 2, 2, 1], 0.5)]);
    tensors.insert_all(DISCRIMINATOR, [array("scale", &[], 7.0), array("none", &[0, 4], 0.0)]);
    ModelFile::new(manifest, tensors)
}
