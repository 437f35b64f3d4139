//! `sheets`: pictures that show what a model has learnt.

use std::io::Write;

use serde_json::json;

use super::args::{Global, SheetsArgs};
use super::link::Link;
use super::sample::open_model;
use super::{answer, data_source};
use crate::protocol::{Command, DatasetOptions, Event, Ranking, Sheets, SheetsJob};
use crate::storage::shown;

/// Opens the model and draws its sheets.
///
/// # Errors
/// Whatever is wrong with the model, the data or the folder, or Ctrl-C.
pub fn drive(
    link: &mut Link<'_>,
    args: SheetsArgs,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let source = data_source(&args.data)?;
    open_model(link, &args.model)?;
    let seed = global.seed.unwrap_or_default();
    link.send(Command::DrawSheets(Box::new(SheetsJob {
        source,
        options: DatasetOptions::default(),
        seed,
        out: args.out,
    })))?;
    let sheets = link.wait_for_job(|event| match event {
        Event::SheetsWritten(sheets) => Some(*sheets),
        _ => None,
    })?;
    let line = json!({
        "samples": shown(&sheets.samples),
        "reconstructions": sheets.reconstructions.as_deref().map(shown),
        "sliders": shown(&sheets.sliders),
        "ranking": sheets.ranking,
        "dimensions": sheets.dimensions,
        "model": shown(&args.model),
        "seed": seed,
    });
    answer(out, global.json, &line, &summary(&sheets))
}

fn summary(sheets: &Sheets) -> String {
    let reconstructions = sheets
        .reconstructions
        .as_deref()
        .map_or_else(|| "reconstructions.png skipped: this model has no encoder".to_owned(), shown);
    let ranking = match sheets.ranking {
        Ranking::LatentKl => "mean KL divergence",
        Ranking::Sensitivity => "change of the picture",
    };
    let rows: Vec<String> = sheets.dimensions.iter().map(ToString::to_string).collect();
    format!(
        "{}\n{reconstructions}\n{} (latent dimensions {}, by {ranking})",
        shown(&sheets.samples),
        shown(&sheets.sliders),
        rows.join(", ")
    )
}
