//! Deltas as files: what a copy of a generator tuned for one photo adds to its weights, with pivot and photo.
//!
//! Tensors: the pivot `z`, `[1, d]` as f32; the photo `target`, `[C, S, S]` in [-1, 1], as f16, which holds 8 bits
//! exactly; and per layer `change.NAME.a`, `[in, r]`, and `change.NAME.b`, `[r, out·k²]` (or b alone, `[in, out·k²]`,
//! for a full rank), and `change.NAME.bias`, `[1, out]`, as f16. Added are a·b and bias to the layer's weight
//! `[in, out, k, k]` and bias with batch normalisation's running statistics folded in: w·γ/√(σ² + ε), and
//! β − μ·γ/√(σ² + ε).

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::manifest::check_version;
use super::model_file::{checksum_text, expect};
use super::writer::{self, WeightsType};
use super::{
    Container, LatentSpace, Limits, MANIFEST_KEY, NamedArray, StorageError, Tensors, escaped,
    shown, write_atomic,
};
use crate::protocol::{PhotoPlace, PivotalSettings, TunedFigures};

/// The version written, and the newest read.
pub const DELTA_FORMAT: u64 = 1;
const KIND: &str = "delta";
const PIVOT: &str = "z";
const TARGET: &str = "target";
const CHANGE: &str = "change.";
/// Deltas of the largest models are far smaller: what claims more is none.
const LIMITS: Limits = Limits { header_bytes: 1 << 20, file_bytes: 1 << 30, rank: 4 };

/// What a delta says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeltaAbout {
    /// Where the photo came from, as far as it is known.
    #[serde(default)]
    pub photo: Option<PhotoPlace>,
    /// How it was tuned.
    pub settings: PivotalSettings,
    /// What came of it.
    pub figures: TunedFigures,
}

/// A change of a generator, its pivot and its photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Delta {
    /// What it says of itself.
    pub about: DeltaAbout,
    /// z, `d` values.
    pub latent: Vec<f32>,
    /// x, `[C, S, S]` in [-1, 1].
    pub target: NamedArray,
    /// The change's arrays by name (`up.0.a`).
    pub change: Tensors,
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: u64,
    kind: String,
    /// Of the generator it belongs to.
    generator: String,
    /// CRC-32 of all tensors' bytes.
    checksum: String,
    #[serde(flatten)]
    about: DeltaAbout,
}

impl Delta {
    /// Bytes of its tensors as they are written.
    pub fn bytes(&self) -> u64 {
        let half = self.change.count_values("") + self.target.values.len();
        (2 * half + 4 * self.latent.len()) as u64
    }

    /// Writes it for the generator of `space`, whole or not at all.
    ///
    /// # Errors
    /// A change that f16 cannot hold, or a refusal by the operating system.
    pub fn save(&self, path: &Path, space: &LatentSpace) -> Result<(), StorageError> {
        let place = shown(path);
        let pivot = NamedArray::new(PIVOT, vec![1, self.latent.len()], self.latent.clone())?;
        let pivot: Tensors = [pivot].into_iter().collect();
        let mut half = self.change.clone().prefixed(CHANGE);
        half.insert(NamedArray { name: TARGET.to_owned(), ..self.target.clone() });
        writer::check_range(&half, WeightsType::F16)?;
        // The wider numbers first, so that all lie aligned.
        let parts = [(&pivot, WeightsType::F32), (&half, WeightsType::F16)];
        let header = Header {
            format: DELTA_FORMAT,
            kind: KIND.to_owned(),
            generator: space.generator.clone(),
            checksum: checksum_text(writer::parts_checksum(&parts)),
            about: self.about.clone(),
        };
        let text = serde_json::to_string(&header)
            .map_err(|error| StorageError::invalid(&place, error.to_string()))?;
        write_atomic(path, |mut out| writer::write_parts(&mut out, &parts, (MANIFEST_KEY, &text)))
    }

    /// Reads one for the generator of `space`, whose pictures have this shape, `[C, S, S]`.
    ///
    /// # Errors
    /// A file that is damaged, newer, of another kind, or of another generator.
    pub fn open(
        path: &Path,
        space: &LatentSpace,
        picture: [usize; 3],
    ) -> Result<Self, StorageError> {
        let file = Container::open(path, LIMITS)?;
        let place = file.place().to_owned();
        let header = read_header(&place, file.metadata(MANIFEST_KEY))?;
        if header.generator != space.generator {
            let text = "it was tuned on another generator, whose weights mean something else: open \
                        the model it was made with, or tune this one for the photo";
            return Err(StorageError::invalid(&place, text));
        }
        header.about.settings.validate().map_err(|error| {
            let text = format!("its settings cannot be ({error}); copy or download the file again");
            StorageError::invalid(&place, text)
        })?;
        let (mut tensors, crc) = file.read_all()?;
        if header.checksum != checksum_text(crc) {
            return Err(StorageError::Damaged(place));
        }
        let latent = expect(&mut tensors, &place, PIVOT, &[1, space.dims])?;
        let target = expect(&mut tensors, &place, TARGET, &picture)?;
        let change = tensors.take_prefixed(CHANGE);
        if let Some(first) = tensors.names().next() {
            let first = escaped(first);
            return Err(StorageError::Leftover { place, count: tensors.len(), first });
        }
        let all = change.iter().flat_map(|(_, _, values)| values).chain(&latent).chain(&target);
        if !all.into_iter().all(|value| value.is_finite()) {
            return Err(StorageError::Damaged(place));
        }
        let target = NamedArray::new(TARGET, picture.to_vec(), target)?;
        Ok(Self { about: header.about, latent, target, change })
    }
}

fn read_header(place: &str, text: Option<&str>) -> Result<Header, StorageError> {
    let foreign = || {
        let text = "this file holds no delta: choose one that was saved in the pane Back to z, or by \
                    invert --pivotal";
        StorageError::invalid(place, text)
    };
    let value: Value = serde_json::from_str(text.ok_or_else(foreign)?).map_err(|_| foreign())?;
    // Of another kind first: its version is its own.
    if value.get("kind").and_then(Value::as_str) != Some(KIND) {
        return Err(foreign());
    }
    check_version(place, &value, DELTA_FORMAT)?;
    serde_json::from_value(value).map_err(|error| {
        let detail = escaped(&error.to_string());
        let text =
            format!("its manifest cannot be read ({detail}); copy or download the file again");
        StorageError::invalid(place, text)
    })
}

/// Whether a file says that it is a delta; what is wrong with it is told where it is opened.
pub fn holds_delta(path: &Path) -> bool {
    let kind = |file: Container<_>| {
        let value: Value = serde_json::from_str(file.metadata(MANIFEST_KEY)?).ok()?;
        Some(value.get("kind")?.as_str()? == KIND)
    };
    path.is_file() && Container::open(path, LIMITS).ok().and_then(kind).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::{Delta, DeltaAbout, holds_delta};
    use crate::protocol::{PhotoPlace, PivotalSettings, TunedFigures};
    use crate::storage::{LatentSpace, NamedArray, Tensors, save_tensors};

    fn space() -> LatentSpace {
        LatentSpace { dims: 3, generator: "crc32:00000001".to_owned() }
    }

    fn delta() -> Delta {
        let array = |name: &str, shape: Vec<usize>, values| {
            NamedArray::new(name, shape, values).expect("whole rows")
        };
        let photo = PhotoPlace { path: "ähm/photo.png".into(), crop: None };
        let figures = TunedFigures { steps: 7, after_db: 31.5, ..TunedFigures::default() };
        Delta {
            about: DeltaAbout { photo: Some(photo), settings: PivotalSettings::default(), figures },
            latent: vec![0.1, -1.0 / 3.0, 2.0],
            target: array("target", vec![1, 2, 2], vec![-1.0, 1.0, 0.5, 0.0]),
            change: [
                array("up.0.a", vec![2, 1], vec![0.5, -0.25]),
                array("up.0.b", vec![1, 3], vec![1.0, 2.0, 3.0]),
            ]
            .into_iter()
            .collect(),
        }
    }

    #[test]
    fn a_delta_comes_back_with_its_pivot_exact() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("d.safetensors");
        delta().save(&path, &space()).expect("written");
        assert!(holds_delta(&path));
        assert_eq!(Delta::open(&path, &space(), [1, 2, 2]).expect("read"), delta());
    }

    #[test]
    fn every_byte_of_the_photo_survives_half_precision() {
        for byte in 0..=255_u8 {
            let value = crate::imaging::value_from_byte(byte);
            let half = half::f16::from_f32(value).to_f32();
            assert_eq!(crate::imaging::byte_from_value(half), byte);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("d.safetensors");
        let open = |space: &LatentSpace, picture| {
            Delta::open(&path, space, picture).expect_err("refused").to_string()
        };
        delta().save(&path, &space()).expect("written");
        let other = LatentSpace { generator: "crc32:00000002".to_owned(), ..space() };
        let text = open(&other, [1, 2, 2]);
        assert!(text.contains("another generator") && text.contains("open the model"), "{text}");
        assert!(open(&space(), [3, 2, 2]).contains("target"));
        let wide = LatentSpace { dims: 4, ..space() };
        assert!(open(&wide, [1, 2, 2]).contains("'z'"));

        // One bit of a weight, then a newer version, then half a file.
        let bytes = std::fs::read(&path).expect("read");
        let mut damaged = bytes.clone();
        *damaged.last_mut().expect("bytes") ^= 1;
        std::fs::write(&path, &damaged).expect("written");
        assert!(open(&space(), [1, 2, 2]).contains("damaged"));
        let at = |text: &[u8]| bytes.windows(text.len()).position(|w| w == text).expect("there");
        let place = at(br#"\"format\":1"#);
        let mut newer = bytes.clone();
        newer[place + 11] = b'9';
        std::fs::write(&path, &newer).expect("written");
        assert!(open(&space(), [1, 2, 2]).contains("update the program"));
        std::fs::write(&path, &bytes[..bytes.len() - 8]).expect("written");
        assert!(open(&space(), [1, 2, 2]).contains("cut short"));

        save_tensors(&path, &Tensors::new(), "latents").expect("written");
        assert!(open(&space(), [1, 2, 2]).contains("holds no delta") && !holds_delta(&path));
    }

    #[test]
    fn numbers_that_are_none_are_not_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("d.safetensors");
        let mut broken = delta();
        let array = NamedArray::new("up.0.a", vec![2, 1], vec![f32::NAN, 0.0]).expect("rows");
        broken.change.insert(array);
        assert!(broken.save(&path, &space()).is_err() && !path.exists());
    }
}
