//! `map`: encoded pictures and samples in two dimensions, with clusters.

use std::io::Write;
use std::sync::Arc;

use serde_json::json;

use super::args::{Global, MapArgs, MapMethodName};
use super::link::Link;
use super::outcome::Usage;
use super::sample::open_model;
use super::{answer, data_source};
use crate::protocol::{
    ChosenPictures, Clustering, Command, DatasetOptions, DatasetSource, Event, Map, MapJob,
    MapMethod, ModelSummary,
};
use crate::storage::{MapFile, map_legend, shown};

/// Points where nobody says how many.
const POINTS: u32 = 2000;

/// Opens the model, makes the map and writes it.
///
/// # Errors
/// Whatever is wrong with the model, the data or the output, or Ctrl-C.
pub fn drive(
    link: &mut Link<'_>,
    args: MapArgs,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let source = data_source(&args.data)?;
    let method = method(&args)?;
    let file = MapFile::of(&args.out)?;
    if args.colour.is_some() && file != MapFile::Png {
        let text =
            "--colour is of a .png: the other files hold all labels and clusters; leave it out";
        return Err(Usage(text.to_owned()).into());
    }
    let model = open_model(link, &args.model)?;
    let seed = global.seed.unwrap_or_default();
    let (pictures, samples) = counts(&args, &model);
    let colour = args.colour.clone();
    let job = MapJob {
        pictures: chosen(source, pictures),
        samples,
        method,
        clusters: match (args.clusters, args.mixture) {
            (0, _) => Clustering::None,
            (count, true) => Clustering::Mixture(count),
            (count, false) => Clustering::KMeans(count),
        },
        seed,
        out: Some(args.out),
        colour: args.colour,
    };
    job.check(model.spec.latent as usize, model.parameters.encoder > 0).map_err(Usage)?;
    link.send(Command::MakeMap(Box::new(job)))?;
    let map: Arc<Map> = link.wait_for_job(|event| match event {
        Event::MapMade(map) => Some(map),
        _ => None,
    })?;
    let mut line = json!({
        "written": map.written.as_deref().map(shown),
        "model": shown(&args.model),
        "method": map.method,
        "points": map.points.len(),
        "data": map.pictures.len(),
        "samples": map.samples(),
        "explained": map.explained,
        "clusters": map.clusters.iter().map(|cluster| cluster.size).collect::<Vec<_>>(),
        "seconds": map.seconds,
        "seed": seed,
    });
    if file == MapFile::Png {
        let colour = colour.and_then(|name| map.colour_named(&name));
        line["legend"] = map_legend(&map, colour.unwrap_or_else(|| map.natural_colour()));
    }
    answer(out, global.json, &line, &summary(&map, &line["legend"]))
}

fn method(args: &MapArgs) -> Result<MapMethod, Usage> {
    let tuned = args.perplexity.is_some() || args.epochs.is_some();
    match args.method {
        MapMethodName::Tsne => {
            let MapMethod::Tsne { perplexity, epochs } = MapMethod::TSNE else {
                return Ok(MapMethod::TSNE);
            };
            Ok(MapMethod::Tsne {
                perplexity: args.perplexity.unwrap_or(perplexity),
                epochs: args.epochs.unwrap_or(epochs),
            })
        }
        _ if tuned => {
            let text =
                "--perplexity and --epochs are of t-SNE: add --method tsne, or leave them out";
            Err(Usage(text.to_owned()))
        }
        MapMethodName::Pca => Ok(MapMethod::Pca),
        MapMethodName::Latent => Ok(MapMethod::Latents),
    }
}

/// How many pictures and samples: a model without an encoder places samples alone.
fn counts(args: &MapArgs, model: &ModelSummary) -> (usize, usize) {
    let encodes = model.parameters.encoder > 0;
    let pictures = args.points.unwrap_or(if encodes { POINTS } else { 0 });
    let samples = args.samples.unwrap_or(if pictures == 0 { POINTS } else { 0 });
    (pictures as usize, samples as usize)
}

/// Of Portraits no more are drawn than are encoded.
fn chosen(source: DatasetSource, count: usize) -> Option<ChosenPictures> {
    let mut options = DatasetOptions::default();
    if source == DatasetSource::Portraits {
        options.portraits = count;
    }
    (count > 0).then_some(ChosenPictures { source, options, count })
}

fn summary(map: &Map, legend: &serde_json::Value) -> String {
    let file = map.written.as_deref().map_or_else(String::new, shown);
    let mut text = format!(
        "{file} ({} pictures, {} samples, {:.1} s)",
        map.pictures.len(),
        map.samples(),
        map.seconds
    );
    if let [first, second, ..] = map.explained.as_slice() {
        let shares = (first * 100.0, second * 100.0);
        text +=
            &format!("\nthe plane holds {:.0} % and {:.0} % of the variance", shares.0, shares.1);
    }
    for (number, cluster) in map.clusters.iter().enumerate() {
        text += &format!("\ncluster {}: {} points", number + 1, cluster.size);
    }
    for group in legend.as_array().into_iter().flatten() {
        let word = |key: &str| group[key].as_str().unwrap_or_default().to_owned();
        text += &format!("\n{} {}: {}", word("colour"), word("mark"), word("name"));
    }
    text
}
