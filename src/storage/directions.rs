//! Directions as files: one tensor `directions`, `[K, d]`, and what is known of each row.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::manifest::check_version;
use super::model_file::checksum_text;
use super::writer::{self, WeightsType};
use super::{
    Container, Limits, MANIFEST_KEY, NamedArray, StorageError, Tensors, escaped, write_atomic,
};
use crate::protocol::{Direction, Histogram, Judged, Latent, Origin};

const TENSOR: &str = "directions";
/// The version written, and the newest read. Version 1 had labelled directions alone, and did not say
/// which generator they were made for; version 2 knew neither orthogonal directions nor what judged one.
const DIRECTIONS_FORMAT: u64 = 3;

/// The latent space that directions belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatentSpace {
    /// Its dimensions.
    pub dims: usize,
    /// [`fingerprint`] of the generator that gives its points their meaning.
    pub generator: String,
}

/// A short text that two sets of weights share only if they are the same, whether kept as f32 or as f16.
pub fn fingerprint(weights: &Tensors) -> String {
    checksum_text(writer::checksum(weights, WeightsType::F16))
}

/// Which file it is, and what it says of each row.
#[derive(Serialize, Deserialize)]
struct About {
    format: u64,
    kind: String,
    /// Absent in version 1.
    generator: Option<String>,
    rows: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    name: String,
    #[serde(flatten)]
    origin: Origin,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    judged: Option<Judged>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    histogram: Option<Histogram>,
}

/// Writes directions of a latent space.
///
/// # Errors
/// Directions of another size, none at all, or a refusal by the operating system.
pub fn save_directions(
    path: &Path,
    directions: &[Direction],
    space: &LatentSpace,
) -> Result<(), StorageError> {
    let place = super::shown(path);
    let is_foreign = |direction: &Direction| direction.step.dims() != space.dims;
    if directions.is_empty() || directions.iter().any(is_foreign) {
        let text = "directions of one file must be of one latent space, and there must be one";
        return Err(StorageError::invalid(&place, text));
    }
    let values = directions.iter().flat_map(|direction| direction.step.0.iter().copied());
    let shape = vec![directions.len(), space.dims];
    let mut tensors = Tensors::new();
    tensors.insert(NamedArray::new(TENSOR, shape, values.collect())?);
    let row = |direction: &Direction| Row {
        name: direction.name.clone(),
        origin: direction.origin.clone(),
        judged: direction.judged.clone(),
        histogram: direction.histogram.clone(),
    };
    let about = About {
        format: DIRECTIONS_FORMAT,
        kind: TENSOR.to_owned(),
        generator: Some(space.generator.clone()),
        rows: directions.iter().map(row).collect(),
    };
    let about = serde_json::to_string(&about)
        .map_err(|error| StorageError::invalid(&place, error.to_string()))?;
    write_atomic(path, |mut out| {
        writer::write(&mut out, &tensors, WeightsType::F32, (MANIFEST_KEY, &about))
    })
}

/// Reads directions for a latent space.
///
/// # Errors
/// A file that is damaged, newer, of another kind, or of another latent space.
pub fn open_directions(path: &Path, space: &LatentSpace) -> Result<Vec<Direction>, StorageError> {
    let mut file = Container::open(path, Limits::STATED)?;
    let place = file.place().to_owned();
    let refuse = |text: String| StorageError::invalid(&place, text);
    let foreign =
        || refuse("this file holds no directions: choose one that was saved as such".to_owned());
    let text = file.metadata(MANIFEST_KEY).ok_or_else(foreign)?.to_owned();
    let mut value: Value = serde_json::from_str(&text).map_err(|_| foreign())?;
    // Of another kind first: its version is its own.
    if value.get("kind").and_then(Value::as_str) != Some(TENSOR) {
        return Err(foreign());
    }
    if check_version(&place, &value, DIRECTIONS_FORMAT)? == 1 {
        name_origins(&mut value);
    }
    let about: About = serde_json::from_value(value).map_err(|_| foreign())?;
    let array = file.read(TENSOR)?.ok_or_else(foreign)?;
    let &[rows, found] = array.shape.as_slice() else { return Err(foreign()) };
    if rows != about.rows.len() {
        return Err(foreign());
    }
    let LatentSpace { dims, generator } = space;
    if found != *dims {
        return Err(refuse(format!(
            "its directions have {found} dimensions, but the open model's latents have {dims}: \
             open the model they were made with"
        )));
    }
    if about.generator.is_some_and(|of| of != *generator) {
        let text = "its directions were made for another generator, whose latents mean something \
                    else: open the model they were made with, or find directions of this one";
        return Err(refuse(text.to_owned()));
    }
    let pairs = about.rows.into_iter().zip(array.values.chunks_exact((*dims).max(1)));
    Ok(pairs
        .map(|(row, step)| Direction {
            name: escaped(&row.name),
            step: Latent(step.to_vec()),
            origin: shown_origin(row.origin),
            judged: row.judged.map(|judged| Judged { label: escaped(&judged.label), ..judged }),
            histogram: row.histogram,
        })
        .collect())
}

/// Version 1 knew labelled directions alone, and did not say so.
fn name_origins(value: &mut Value) {
    let rows = value.get_mut("rows").and_then(Value::as_array_mut);
    for row in rows.into_iter().flatten().filter_map(Value::as_object_mut) {
        row.insert("origin".to_owned(), "labels".into());
    }
}

/// Text from a file is shown escaped.
fn shown_origin(origin: Origin) -> Origin {
    match origin {
        Origin::Formula { text } => Origin::Formula { text: escaped(&text) },
        Origin::Orthogonal { from, of } => {
            let of = of.iter().map(|name| escaped(name)).collect();
            Origin::Orthogonal { from: escaped(&from), of }
        }
        origin => origin,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        DIRECTIONS_FORMAT, LatentSpace, MANIFEST_KEY, WeightsType, fingerprint, open_directions,
        save_directions, writer,
    };
    use crate::protocol::{Direction, Histogram, Judged, Latent, Origin};
    use crate::storage::{NamedArray, Tensors, save_tensors};
    use std::path::Path;

    const LABELS: Origin = Origin::Labels { with: 3, without: 5, accuracy: 0.75, auc: 0.875 };

    fn direction(name: &str, step: Vec<f32>, origin: Origin) -> Direction {
        let (with, without) = (vec![0, 1, 2], vec![3, 2, 0]);
        let histogram = Histogram { low: -1.5, high: 2.0, with, without, threshold: Some(0.25) };
        let label = "hat".to_owned();
        let judged = Judged { label, with: 3, without: 5, accuracy: 0.75, auc: 0.875 };
        let known = Direction::new(name, Latent(step), origin);
        Direction { judged: Some(judged), histogram: Some(histogram), ..known }
    }

    fn space(dims: usize) -> LatentSpace {
        LatentSpace { dims, generator: "crc32:00000001".to_owned() }
    }

    fn rows(values: &[f32]) -> Tensors {
        let array = NamedArray::new("directions", vec![values.len() / 2, 2], values.to_vec());
        [array.expect("whole rows")].into_iter().collect()
    }

    /// A file with this text about itself.
    fn write(path: &Path, about: &str) {
        let mut out = std::fs::File::create(path).expect("a file");
        let about = (MANIFEST_KEY, about);
        writer::write(&mut out, &rows(&[1.0, -2.0]), WeightsType::F32, about).expect("written");
    }

    #[test]
    fn directions_come_back_with_all_that_is_known_of_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("faces.safetensors");
        let origins = [
            LABELS,
            Origin::Examples { with: 4, without: 0, accuracy: None, auc: None },
            Origin::Component { index: 1, explained: 0.5 },
            Origin::LayerComponent { layer: 2, index: 3, explained: 0.25, fit: 1.0 },
            Origin::Sefa { index: 2, value: 3.5 },
            Origin::Tangent { index: 1, value: 1e-3 },
            Origin::Dimension { dim: 0, sensitivity: 0.125, kl: None },
            Origin::Dimension { dim: 1, sensitivity: 0.0, kl: Some(2.0) },
            Origin::Formula { text: "A − B".to_owned() },
            Origin::Orthogonal { from: "hat".to_owned(), of: vec!["beard".to_owned()] },
        ];
        let all: Vec<Direction> = origins
            .into_iter()
            .enumerate()
            .map(|(i, origin)| direction(&format!("lächelnd {i}"), vec![i as f32, 0.25], origin))
            .collect();
        save_directions(&path, &all, &space(2)).expect("written");
        assert_eq!(open_directions(&path, &space(2)).expect("read"), all);
    }

    #[test]
    fn files_of_the_first_version_hold_labelled_directions_of_any_generator() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("old.safetensors");
        let about = r#"{"format":1,"kind":"directions","rows":[{"name":"hat","with":3,"without":5,"accuracy":0.75,"auc":0.875}]}"#;
        write(&path, about);
        let expected = [Direction::new("hat", Latent(vec![1.0, -2.0]), LABELS)];
        assert_eq!(open_directions(&path, &space(2)).expect("read"), expected);
        write(
            &path,
            &about.replace("\"format\":1", &format!("\"format\":{}", DIRECTIONS_FORMAT + 1)),
        );
        let text = open_directions(&path, &space(2)).expect_err("newer").to_string();
        assert!(text.contains("update the program"), "{text}");
        // Version 2 must say where each direction comes from.
        write(&path, &about.replace("\"format\":1", "\"format\":2"));
        assert!(open_directions(&path, &space(2)).is_err());
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("faces.safetensors");
        let hat = [direction("hat", vec![1.0, -2.0], LABELS)];
        save_directions(&path, &hat, &space(2)).expect("written");
        let text = open_directions(&path, &space(64)).expect_err("another size").to_string();
        assert!(text.contains("2 dimensions") && text.contains("64"), "{text}");
        let other = LatentSpace { generator: "crc32:00000002".to_owned(), ..space(2) };
        let text = open_directions(&path, &other).expect_err("another generator").to_string();
        assert!(text.contains("another generator") && text.contains("open the model"), "{text}");
        save_tensors(&path, &Tensors::new(), "latents").expect("written");
        let text = open_directions(&path, &space(2)).expect_err("no directions").to_string();
        assert!(text.contains("no directions"), "{text}");
        let unequal = [direction("a", vec![1.0], LABELS), direction("b", vec![1.0, 2.0], LABELS)];
        assert!(save_directions(&path, &unequal, &space(2)).is_err());
        assert!(save_directions(&path, &[], &space(2)).is_err());
    }

    #[test]
    fn a_fingerprint_survives_f16_and_tells_weights_apart() {
        let values = [0.1, -1.0 / 3.0, 7.0, 1e-3];
        let rounded = values.map(|value| half::f16::from_f32(value).to_f32());
        assert_eq!(fingerprint(&rows(&values)), fingerprint(&rows(&rounded)));
        assert_ne!(fingerprint(&rows(&values)), fingerprint(&rows(&[0.1, 0.0, 7.0, 1e-3])));
    }
}
