//! A map as a file: JSON or CSV with every point, or a picture of them.

use std::path::Path;

use serde_json::{Value, json};

use super::error::shown;
use super::{FORMAT, StorageError};
use crate::imaging::{MapWords, encode_png, group_style, map_figure};
use crate::protocol::{Map, MapColour, MapMethod};

/// Width of the picture in pixels.
const WIDTH_PX: u32 = 1600;

/// What a map is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapFile {
    /// Every point with all that is known of it.
    Json,
    /// The same as a table.
    Csv,
    /// A picture of the points.
    Png,
}

impl MapFile {
    /// By the ending of a name.
    ///
    /// # Errors
    /// Another ending than `.json`, `.csv` or `.png`.
    pub fn of(path: &Path) -> Result<Self, StorageError> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            Some("png") => Ok(Self::Png),
            _ => Err(StorageError::invalid(&shown(path), "name it .json, .csv or .png")),
        }
    }

    /// The file's bytes; a picture is coloured by `colour`.
    ///
    /// # Errors
    /// A map that does not fit itself, in plain words.
    pub fn encode(self, map: &Map, colour: MapColour) -> Result<Vec<u8>, String> {
        match self {
            Self::Json => Ok(map_json(map).to_string().into_bytes()),
            Self::Csv => map_csv(map).map_err(|error| error.to_string()),
            Self::Png => map_figure(&map.points, &map.grouping(colour), &map_words(map), WIDTH_PX)
                .and_then(|picture| encode_png(&picture))
                .map_err(|error| error.to_string()),
        }
    }
}

/// What is written beside the points: what they are of, and what the axes are.
fn map_words(map: &Map) -> MapWords {
    let title = format!("{}, step {}: {}", map.model, map.step, counts(map));
    let [x_name, y_name] = [0, 1].map(|axis: usize| {
        let number = axis + 1;
        match (map.method, &map.plane) {
            (MapMethod::Tsne { perplexity, .. }, _) => {
                format!("t-SNE {number} (perplexity {perplexity})")
            }
            (MapMethod::Latents, _) => format!("latent dimension {number}"),
            (MapMethod::Pca, Some(plane)) => {
                let share = plane.explained[axis] * 100.0;
                format!("principal component {number} ({share:.0} % of the variance)")
            }
            (MapMethod::Pca, None) => format!("principal component {number}"),
        }
    });
    MapWords { title, x_name, y_name }
}

fn counts(map: &Map) -> String {
    match (map.pictures.len(), map.samples()) {
        (pictures, 0) => format!("{pictures} pictures"),
        (0, samples) => format!("{samples} samples"),
        (pictures, samples) => format!("{pictures} pictures, {samples} samples"),
    }
}

/// What colour and mark each group has in the picture.
pub fn map_legend(map: &Map, colour: MapColour) -> Value {
    let groups = map.grouping(colour);
    let rows = groups.names.iter().zip(&groups.counts).enumerate();
    rows.map(|(group, (name, count))| {
        let ([red, green, blue], mark) = group_style(group);
        let colour = format!("#{red:02x}{green:02x}{blue:02x}");
        json!({ "name": name, "points": count, "colour": colour, "mark": mark })
    })
    .collect()
}

fn map_json(map: &Map) -> Value {
    let points: Vec<Value> = (0..map.points.len())
        .map(|point| {
            let [x, y] = map.points[point];
            let (what, number) = what(map, point);
            let labels = map.labels.names_of(point);
            let mut value =
                json!({ "x": x, "y": y, "what": what, "number": number, "labels": labels });
            if let Some(cluster) = map.members.get(point) {
                value["cluster"] = json!(cluster);
            }
            value
        })
        .collect();
    let clusters: Vec<Value> = map
        .clusters
        .iter()
        .map(|cluster| json!({ "points": cluster.size, "centre": cluster.centre }))
        .collect();
    json!({
        "format": FORMAT,
        "kind": "map",
        "model": map.model,
        "step": map.step,
        "method": map.method,
        "explained": map.explained,
        "plane": map.plane,
        "clusters": clusters,
        "points": points,
    })
}

fn map_csv(map: &Map) -> Result<Vec<u8>, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["x", "y", "what", "number", "labels", "cluster"])?;
    for (point, [x, y]) in map.points.iter().enumerate() {
        let (what, number) = what(map, point);
        let cluster = map.members.get(point).map_or_else(String::new, u32::to_string);
        // A label may hold any character, so several are told apart as JSON tells them.
        let labels = match map.labels.names_of(point).as_slice() {
            [] => String::new(),
            [one] => (*one).to_owned(),
            several => json!(several).to_string(),
        };
        let row =
            [x.to_string(), y.to_string(), what.to_owned(), number.to_string(), labels, cluster];
        table.write_record(&row)?;
    }
    table.into_inner().map_err(|error| error.into_error().into())
}

/// `data` with the picture's number in its data set, or `sample` with its own.
fn what(map: &Map, point: usize) -> (&'static str, usize) {
    match map.picture(point) {
        Some(number) => ("data", number as usize),
        None => ("sample", point - map.pictures.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::{MapFile, map_legend};
    use crate::imaging::decode_png;
    use crate::protocol::{Cluster, Latent, Map, MapColour, MapMethod, PointLabels};

    fn map() -> Map {
        let mut labels = PointLabels::new(vec!["a, \"b\"".into(), "smile".into()]);
        labels.push(&[0, 1]);
        labels.push(&[]);
        Map {
            model: "faces".to_owned(),
            step: 5,
            method: MapMethod::TSNE,
            points: vec![[0.5, -1.0], [2.0, 3.0], [1.0, 1.0]],
            dims: 1,
            latents: vec![0.0, 1.0, 2.0],
            pictures: vec![40, 80],
            labels,
            plane: None,
            explained: Vec::new(),
            clusters: vec![Cluster { centre: Latent(vec![1.0]), size: 3 }],
            members: vec![0, 0, 0],
            written: None,
            seconds: 1.0,
        }
    }

    fn bytes(file: MapFile) -> Vec<u8> {
        file.encode(&map(), MapColour::Kind).expect("encoded")
    }

    #[test]
    fn every_point_is_in_the_file_with_all_that_is_known_of_it() {
        let value: serde_json::Value = serde_json::from_slice(&bytes(MapFile::Json)).expect("JSON");
        assert_eq!(value["points"][0]["labels"][0], "a, \"b\"");
        assert_eq!(value["points"][1]["number"], 80);
        let sample = &value["points"][2];
        assert_eq!((sample["what"].as_str(), sample["number"].as_u64()), (Some("sample"), Some(0)));
        assert_eq!(value["method"]["tsne"]["perplexity"], 30.0);

        let table = bytes(MapFile::Csv);
        let mut table = csv::Reader::from_reader(table.as_slice());
        let rows: Vec<csv::StringRecord> = table.records().map(|row| row.expect("a row")).collect();
        assert_eq!(rows.len(), 3);
        assert_eq!(&rows[0][4], r#"["a, \"b\"","smile"]"#);
        assert_eq!((&rows[2][2], &rows[2][5]), ("sample", "0"));
        assert_eq!(rows[1][1].parse::<f32>(), Ok(3.0));
    }

    #[test]
    fn a_picture_has_a_legend_and_another_ending_is_refused() {
        assert_eq!(MapFile::of("a/b.PNG".as_ref()).ok(), Some(MapFile::Png));
        let picture = decode_png(&bytes(MapFile::Png)).expect("a picture");
        assert_eq!(picture.width_px, 1600);
        assert!(picture.height_px > 1600, "the legend stands below the points");
        let legend = map_legend(&map(), MapColour::Kind);
        assert_eq!(
            (legend[0]["name"].as_str(), legend[0]["points"].as_u64()),
            (Some("Data"), Some(2))
        );
        assert_ne!(legend[0]["colour"], legend[1]["colour"]);
        let error = MapFile::of("map.txt".as_ref());
        assert!(error.is_err_and(|error| error.to_string().contains(".csv")));
    }
}
