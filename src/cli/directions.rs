//! `directions`: found without labels; `grid`: a latent moved along two of them.

use std::io::Write;
use std::path::PathBuf;

use serde_json::json;

use super::args::{DirectionsArgs, Global, GridArgs, Method};
use super::link::Link;
use super::outcome::Usage;
use super::sample::{open_model, wait_for_file};
use super::{answer, data_source, require_file};
use crate::protocol::{
    Command, DatasetOptions, DirectionSearch, DirectionsJob, Event, GridAxis, GridDirection,
    GridJob, SampleSource,
};
use crate::storage::shown;

/// Samples that a dimension's sensitivity is averaged over.
const BASES: usize = 4;
/// Where they are not named.
const DATA: &str = "portraits";
const PICTURES: u32 = 4000;
const SAMPLES: u32 = 2000;

/// Finds directions, and writes and draws them where asked to.
///
/// # Errors
/// Whatever is wrong with the options, the model, the data or the outputs, or Ctrl-C.
pub fn drive(
    link: &mut Link<'_>,
    args: DirectionsArgs,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let search = search(&args)?;
    let seed = global.seed.unwrap_or_default();
    let base = base(args.latents, BASES, seed)?;
    open_model(link, &args.model)?;
    let (count, picture) = (args.count as usize, args.picture);
    let job = DirectionsJob { search, count, base, seed, picture, out: args.out };
    link.send(Command::FindDirections(Box::new(job)))?;
    let found = link.wait_for_job(|event| match event {
        Event::DirectionsFound(found) => Some(*found),
        _ => None,
    })?;
    for direction in &found.directions {
        let text = format!("{:<14} {}", direction.name, direction.origin);
        answer(out, global.json, &json!(direction), &text)?;
    }
    let method = clap::ValueEnum::to_possible_value(&args.method);
    let line = json!({
        "summary": true,
        "n": found.directions.len(),
        "method": method.map(|method| method.get_name().to_owned()),
        "written": found.written.as_deref().map(shown),
        "picture": found.picture.as_deref().map(shown),
        "seconds": found.seconds,
    });
    let files: Vec<String> =
        [&found.written, &found.picture].into_iter().flatten().map(|path| shown(path)).collect();
    let text = if files.is_empty() {
        format!("{} directions in {:.1} s", found.directions.len(), found.seconds)
    } else {
        files.join(", ")
    };
    answer(out, global.json, &line, &text)
}

/// What to look for; options of other methods would be without effect, and are refused.
fn search(args: &DirectionsArgs) -> anyhow::Result<DirectionSearch> {
    let options = [
        ("data", args.data.is_some(), Method::Pca, "pca"),
        ("pictures", args.pictures.is_some(), Method::Pca, "pca"),
        ("layer", args.layer.is_some(), Method::LayerPca, "layer-pca"),
        ("samples", args.samples.is_some(), Method::LayerPca, "layer-pca"),
    ];
    let foreign = options.into_iter().find(|(_, given, of, _)| *given && *of != args.method);
    if let Some((option, _, _, method)) = foreign {
        let text = format!("--{option} is for --method {method}: leave it out");
        return Err(Usage(text).into());
    }
    Ok(match args.method {
        Method::Pca => DirectionSearch::Pca {
            source: data_source(args.data.as_deref().unwrap_or(DATA))?,
            options: DatasetOptions::default(),
            limit: args.pictures.unwrap_or(PICTURES) as usize,
        },
        Method::LayerPca => DirectionSearch::LayerPca {
            layer: args.layer.unwrap_or_default() as usize,
            samples: args.samples.unwrap_or(SAMPLES) as usize,
        },
        Method::Sefa => DirectionSearch::Sefa,
        Method::Jacobian => DirectionSearch::Jacobian,
        Method::Sensitivity => DirectionSearch::Sensitivity,
    })
}

/// The latents to start from: a file's, or samples.
fn base(file: Option<PathBuf>, count: usize, seed: u64) -> anyhow::Result<SampleSource> {
    Ok(match file {
        Some(path) => {
            require_file(&path)?;
            SampleSource::File(path)
        }
        None => SampleSource::Prior { count, seed, truncation: 1.0 },
    })
}

/// What a grid without its first axis is told.
const NO_X: &str = "name what the grid moves along from left to right: --x NAME, a direction of the file that \
                    --directions names, or --x-dim N, a latent dimension";

/// Refuses a grid without its first axis, and directions of which none is used.
fn refuse_idle(args: &GridArgs) -> Result<(), Usage> {
    if args.x.is_none() && args.x_dim.is_none() {
        return Err(Usage(NO_X.to_owned()));
    }
    if args.directions.is_some() && args.x.is_none() && args.y.is_none() {
        let text = "--directions does nothing without --x or --y: name a direction of that file, or leave it \
                    out";
        return Err(Usage(text.to_owned()));
    }
    Ok(())
}

/// Draws a grid.
///
/// # Errors
/// Whatever is wrong with the model, the directions or the output, or Ctrl-C.
pub fn grid(
    link: &mut Link<'_>,
    args: GridArgs,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    refuse_idle(&args)?;
    if let Some(file) = &args.directions {
        require_file(file)?;
    }
    let seed = global.seed.unwrap_or_default();
    let base = base(args.latents, 1, seed)?;
    let model = open_model(link, &args.model)?;
    let reach = args.reach.map_or(model.spec.prior.reach(), |reach| reach as f32);
    let axis = |name: Option<&String>, dim: Option<u32>, steps: u32| {
        let along = match (name, &args.directions, dim) {
            (Some(name), Some(file), _) => {
                GridDirection::Named { file: file.clone(), name: name.clone() }
            }
            (_, _, dim) => GridDirection::Dimension(dim? as usize),
        };
        Some(GridAxis { along, steps: steps as usize, reach })
    };
    let (columns, rows) = args.steps;
    let x = axis(args.x.as_ref(), args.x_dim, columns);
    let x = x.ok_or_else(|| Usage(NO_X.to_owned()))?;
    let y = axis(args.y.as_ref(), args.y_dim, rows);
    let names = [Some(&x), y.as_ref()].map(|axis| axis.map(|axis| axis.along.name()));
    let rows = if y.is_some() { rows } else { 1 };
    let scale = args.scale as usize;
    link.send(Command::DrawGrid(Box::new(GridJob { base, x, y, scale, out: args.out })))?;
    let written = wait_for_file(link)?;
    let line = json!({
        "written": written,
        "model": shown(&args.model),
        "x": names[0],
        "y": names[1],
        "columns": columns,
        "rows": rows,
        "reach": reach,
        "scale": scale,
        "seed": seed,
    });
    answer(out, global.json, &line, &written)
}
