//! Directions of attributes as files: one tensor `directions`, `[K, d]`, and what is known of each row.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::manifest::check_format;
use super::writer::{self, WeightsType};
use super::{
    Container, FORMAT, Limits, MANIFEST_KEY, NamedArray, StorageError, Tensors, escaped,
    write_atomic,
};
use crate::protocol::{Direction, Histogram, Latent};

const TENSOR: &str = "directions";

/// Which file it is, and what it says of each row.
#[derive(Serialize, Deserialize)]
struct About {
    format: u64,
    kind: String,
    rows: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    name: String,
    with: usize,
    without: usize,
    accuracy: f64,
    auc: f64,
    #[serde(default)]
    histogram: Option<Histogram>,
}

/// Writes directions, which all belong to one latent space.
///
/// # Errors
/// Directions of different sizes, none at all, or a refusal by the operating system.
pub fn save_directions(path: &Path, directions: &[Direction]) -> Result<(), StorageError> {
    let place = super::shown(path);
    let dims = directions.first().map_or(0, |first| first.step.dims());
    if dims == 0 || directions.iter().any(|direction| direction.step.dims() != dims) {
        let text = "directions of one file must be of one latent space, and there must be one";
        return Err(StorageError::invalid(&place, text));
    }
    let values = directions.iter().flat_map(|direction| direction.step.0.iter().copied());
    let shape = vec![directions.len(), dims];
    let mut tensors = Tensors::new();
    tensors.insert(NamedArray::new(TENSOR, shape, values.collect())?);
    let row = |direction: &Direction| Row {
        name: direction.name.clone(),
        with: direction.with,
        without: direction.without,
        accuracy: direction.accuracy,
        auc: direction.auc,
        histogram: direction.histogram.clone(),
    };
    let rows = directions.iter().map(row).collect();
    let about = About { format: FORMAT, kind: TENSOR.to_owned(), rows };
    let about = serde_json::to_string(&about)
        .map_err(|error| StorageError::invalid(&place, error.to_string()))?;
    write_atomic(path, |mut out| {
        writer::write(&mut out, &tensors, WeightsType::F32, (MANIFEST_KEY, &about))
    })
}

/// Reads directions for a latent space of `dims` dimensions.
///
/// # Errors
/// A file that is damaged, newer, of another kind, or of another latent space.
pub fn open_directions(path: &Path, dims: usize) -> Result<Vec<Direction>, StorageError> {
    let mut file = Container::open(path, Limits::STATED)?;
    let place = file.place().to_owned();
    let refuse = |text: String| StorageError::invalid(&place, text);
    let foreign =
        || refuse("this file holds no directions: choose one that was saved as such".to_owned());
    let text = file.metadata(MANIFEST_KEY).ok_or_else(foreign)?.to_owned();
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|_| foreign())?;
    check_format(&place, &value)?;
    let about: About = serde_json::from_value(value).map_err(|_| foreign())?;
    let array = file.read(TENSOR)?.ok_or_else(foreign)?;
    let &[rows, found] = array.shape.as_slice() else { return Err(foreign()) };
    if about.kind != TENSOR || rows != about.rows.len() {
        return Err(foreign());
    }
    if found != dims {
        let text = format!(
            "its directions have {found} dimensions, but the open model's latents have {dims}: \
             open the model they were made with"
        );
        return Err(refuse(text));
    }
    let pairs = about.rows.into_iter().zip(array.values.chunks_exact(dims.max(1)));
    Ok(pairs
        .map(|(row, step)| Direction {
            name: escaped(&row.name),
            step: Latent(step.to_vec()),
            with: row.with,
            without: row.without,
            accuracy: row.accuracy,
            auc: row.auc,
            histogram: row.histogram,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{open_directions, save_directions};
    use crate::protocol::{Direction, Histogram, Latent};
    use crate::storage::{Tensors, save_tensors};

    fn direction(name: &str, step: Vec<f32>) -> Direction {
        let (with, without) = (vec![0, 1, 2], vec![3, 2, 0]);
        let histogram = Histogram { low: -1.5, high: 2.0, with, without, threshold: 0.25 };
        Direction {
            name: name.to_owned(),
            step: Latent(step),
            with: 3,
            without: 5,
            accuracy: 0.75,
            auc: 0.875,
            histogram: Some(histogram),
        }
    }

    #[test]
    fn directions_come_back_with_all_that_is_known_of_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("faces.safetensors");
        let all = [direction("hat", vec![1.0, -2.0]), direction("lächelnd", vec![0.5, 0.25])];
        save_directions(&path, &all).expect("written");
        assert_eq!(open_directions(&path, 2).expect("read"), all);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("faces.safetensors");
        save_directions(&path, &[direction("hat", vec![1.0, -2.0])]).expect("written");
        let text = open_directions(&path, 64).expect_err("another space").to_string();
        assert!(text.contains("2 dimensions") && text.contains("64"), "{text}");
        save_tensors(&path, &Tensors::new(), "latents").expect("written");
        let text = open_directions(&path, 2).expect_err("no directions").to_string();
        assert!(text.contains("no directions"), "{text}");
        let unequal = [direction("a", vec![1.0]), direction("b", vec![1.0, 2.0])];
        assert!(save_directions(&path, &unequal).is_err());
        assert!(save_directions(&path, &[]).is_err());
    }
}
