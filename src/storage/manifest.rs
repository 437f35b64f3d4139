//! The manifest: what a model file says about itself, as JSON under one key of its header.
//!
//! In Python: `json.loads(safetensors.safe_open(path, "numpy").metadata()["latent_atelier"])`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::escaped;
use super::json::tolerant;
use super::{StorageError, WeightsType};
use crate::protocol::ModelSpec;

/// The one key under `__metadata__`.
pub const MANIFEST_KEY: &str = "latent_atelier";
/// The format version this program writes, and the newest it reads.
pub const FORMAT: u64 = 1;

/// What a model file says about itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Manifest {
    /// Format version.
    pub format: u64,
    /// Version of the program that wrote the file.
    pub program: String,
    /// Family, image size, channels, latent size and prior, width, normalisation, likelihood.
    pub architecture: ModelSpec,
    /// The pictures' range, low and high.
    pub value_range: [f32; 2],
    /// Names of the data set's labels.
    pub labels: Vec<String>,
    /// The data the model was trained on.
    pub dataset: DatasetStatistics,
    /// Training steps so far.
    pub step: u64,
    /// How the weights are stored.
    pub weights: WeightsType,
    /// CRC-32 of the weights' bytes, as `crc32:` and eight hexadecimal digits; set when saving.
    pub checksum: Option<String>,
    /// Free text: data set, date, licence.
    pub description: String,
}

/// What was measured on the data.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DatasetStatistics {
    /// The data set's name.
    pub name: String,
    /// Pictures trained on.
    pub count: u64,
    /// Standard deviation of the aggregate posterior, per latent dimension; may be empty.
    pub latent_std: Vec<f32>,
    /// Mean KL divergence per latent dimension; may be empty.
    pub latent_kl: Vec<f32>,
    /// Further figures by name, such as quantiles of the discriminator's output; kept as they are.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

impl DatasetStatistics {
    /// A further figure as a list of numbers; empty where there is none of that name and kind.
    pub fn numbers(&self, name: &str) -> Vec<f32> {
        let list = self.more.get(name).and_then(Value::as_array);
        let numbers = list.into_iter().flatten().map(|v| v.as_f64().map(|v| v as f32));
        numbers.collect::<Option<_>>().unwrap_or_default()
    }

    /// JSON has no NaN: a list with one could not be read back, so it is left out.
    fn without_non_finite(&self) -> Self {
        let finite = |values: &[f32]| {
            if values.iter().all(|v| v.is_finite()) { values.to_vec() } else { Vec::new() }
        };
        Self {
            latent_std: finite(&self.latent_std),
            latent_kl: finite(&self.latent_kl),
            ..self.clone()
        }
    }
}

/// The fields as they are read: all but the version may be absent, unknown ones are passed over.
#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    program: String,
    architecture: Value,
    #[serde(default = "unit_range")]
    value_range: [f32; 2],
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    dataset: DatasetStatistics,
    #[serde(default)]
    step: u64,
    #[serde(default)]
    weights: WeightsType,
    #[serde(default)]
    checksum: Option<String>,
    #[serde(default)]
    description: String,
}

fn unit_range() -> [f32; 2] {
    [-1.0, 1.0]
}

impl Manifest {
    /// The manifest of a model of this architecture, untrained and undescribed.
    pub fn new(architecture: ModelSpec) -> Self {
        Self {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            architecture,
            value_range: unit_range(),
            labels: Vec::new(),
            dataset: DatasetStatistics::default(),
            step: 0,
            weights: WeightsType::F32,
            checksum: None,
            description: String::new(),
        }
    }

    /// The JSON text that is written.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] for a figure that JSON cannot hold.
    pub fn to_json(&self, place: &str) -> Result<String, StorageError> {
        let clean = Self { dataset: self.dataset.without_non_finite(), ..self.clone() };
        serde_json::to_string(&clean)
            .map_err(|error| StorageError::invalid(place, format!("cannot be described: {error}")))
    }

    /// Reads and checks the JSON text of the file `place`.
    ///
    /// # Errors
    /// A newer format, text that is no manifest, or an architecture that cannot be built.
    pub fn from_json(place: &str, text: &str) -> Result<Self, StorageError> {
        let damaged = |error: serde_json::Error| {
            let detail = escaped(&error.to_string());
            StorageError::invalid(
                place,
                format!("its manifest cannot be read ({detail}); copy or download the file again"),
            )
        };
        let value: Value = serde_json::from_str(text).map_err(damaged)?;
        let format = check_format(place, &value)?;
        refuse_other_kinds(place, &value)?;
        let raw: Raw = serde_json::from_value(value).map_err(damaged)?;
        let architecture: ModelSpec = tolerant(raw.architecture).map_err(|error| {
            let detail = escaped(&error.to_string());
            StorageError::invalid(
                place,
                format!("its architecture is not known here ({detail}); update the program"),
            )
        })?;
        architecture.validate().map_err(|error| {
            StorageError::invalid(place, format!("its architecture cannot be built: {error}"))
        })?;
        Ok(Self {
            format,
            program: raw.program,
            architecture,
            value_range: raw.value_range,
            labels: raw.labels,
            dataset: raw.dataset,
            step: raw.step,
            weights: raw.weights,
            checksum: raw.checksum,
            description: raw.description,
        })
    }
}

/// The `format` of a JSON object, refused when it is absent or above [`FORMAT`].
pub(super) fn check_format(place: &str, value: &Value) -> Result<u64, StorageError> {
    check_version(place, value, FORMAT)
}

/// The `format` of a JSON object, refused when it is absent or above the newest that is `known`.
pub(super) fn check_version(place: &str, value: &Value, known: u64) -> Result<u64, StorageError> {
    match value.get("format").and_then(Value::as_u64) {
        None | Some(0) => Err(StorageError::invalid(
            place,
            "it does not say its format version; use the file its program wrote",
        )),
        Some(found) if found > known => {
            Err(StorageError::Newer { place: place.to_owned(), found, known })
        }
        Some(format) => Ok(format),
    }
}

/// Training states and bare tensors carry a `kind`; models do not.
fn refuse_other_kinds(place: &str, value: &Value) -> Result<(), StorageError> {
    let detail = match value.get("kind").and_then(Value::as_str) {
        None => return Ok(()),
        Some("training") => "it is a training state; open model.safetensors beside it",
        Some("delta") => {
            "it is the change of a generator tuned for one photo: open the model it belongs to, then \
             this file in the pane Back to z (or name it with --delta)"
        }
        Some(_) => "it holds tensors but no model; choose a model file",
    };
    Err(StorageError::invalid(place, detail))
}

#[cfg(test)]
mod tests {
    use super::{DatasetStatistics, Manifest};
    use crate::protocol::{Family, ModelSpec};
    use serde_json::json;

    fn manifest() -> Manifest {
        let mut manifest = Manifest::new(ModelSpec::for_family(Family::Vae));
        manifest.labels = vec!["smile".to_owned()];
        manifest.step = 12;
        manifest.dataset = DatasetStatistics {
            name: "Portraits".to_owned(),
            count: 20_000,
            latent_std: vec![0.1, 1.0 / 3.0],
            latent_kl: vec![],
            more: [("d_quantiles".to_owned(), json!([0.5, 1]))].into(),
        };
        manifest
    }

    #[test]
    fn a_manifest_comes_back_as_it_was() {
        let written = manifest();
        let read = Manifest::from_json("m", &written.to_json("m").unwrap()).unwrap();
        assert_eq!(read, written);
        assert_eq!(read.dataset.numbers("d_quantiles"), [0.5, 1.0]);
        assert!(read.dataset.numbers("nothing").is_empty());
    }

    #[test]
    fn a_figure_that_is_not_a_number_does_not_spoil_the_file() {
        let mut written = manifest();
        written.dataset.latent_std = vec![1.0, f32::NAN];
        let read = Manifest::from_json("m", &written.to_json("m").unwrap()).unwrap();
        assert!(read.dataset.latent_std.is_empty());
    }

    #[test]
    fn unknown_fields_are_tolerated_within_a_version() {
        let text = json!({
            "format": 1, "later": {}, "dataset": {"name": "x", "later": 3},
            "architecture": {"family": "gan", "image_size": 16, "later": true}
        });
        let read = Manifest::from_json("m", &text.to_string()).unwrap();
        assert_eq!(read.architecture.image_size, 16);
    }

    #[test]
    fn an_added_encoder_is_said_and_older_files_have_none() {
        let spec = ModelSpec::for_family(Family::Gan).with_encoder();
        let text = Manifest::new(spec.clone()).to_json("m").unwrap();
        assert_eq!(Manifest::from_json("m", &text).unwrap().architecture, spec);
        let mut older: serde_json::Value = serde_json::from_str(&text).unwrap();
        let said = older["architecture"].as_object_mut().unwrap().remove("added_encoder");
        assert_eq!(said, Some(json!(true)));
        let read = Manifest::from_json("m", &older.to_string()).unwrap();
        assert_eq!(read.architecture, ModelSpec::for_family(Family::Gan));
        let twice = text.replace("\"gan\"", "\"vae\"");
        assert!(Manifest::from_json("m", &twice).is_err(), "a VAE brings its own");
    }

    #[test]
    fn newer_damaged_and_impossible_manifests_are_refused_plainly() {
        let refused = |text: &str| Manifest::from_json("m", text).unwrap_err().to_string();
        let newer = refused(&json!({"format": 2, "anything": "else"}).to_string());
        assert!(
            newer.contains("written by a newer Latent Atelier (format 2; this program reads up to 1): update the program"),
            "{newer}"
        );
        assert!(refused("{").contains("cannot be read"));
        assert!(refused("[]").contains("format version"));
        let huge = json!({"format": 1, "architecture": {"latent": 4_000_000_000_u32}});
        assert!(refused(&huge.to_string()).contains("latent size"));
        let strange = json!({"format": 1, "architecture": {"family": "\u{1b}[2J"}});
        let text = refused(&strange.to_string());
        assert!(text.contains("update the program") && !text.contains('\u{1b}'), "{text}");
    }
}
