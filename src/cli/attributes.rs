//! `attributes`: directions of a labelled data set's attributes, and what moving along them does.

use std::io::Write;

use serde_json::json;

use super::answer;
use super::args::{AttributesArgs, Global};
use super::link::Link;
use super::sample::open_model;
use crate::data::portraits::BINARY_LABELS;
use crate::protocol::{
    AttributeEdit, Attributes, AttributesJob, Command, DatasetSource, Direction, DirectionMethod,
    EditOutcome, Event,
};
use crate::storage::shown;

/// Samples that `--report` tries each direction on.
const REPORT_TRIES: u32 = 500;

/// Finds the directions, and tries them with `--report`.
///
/// # Errors
/// Whatever is wrong with the model, the data or the output, or Ctrl-C.
pub fn drive(
    link: &mut Link<'_>,
    args: AttributesArgs,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let (source, options) = args.data.of_model(&args.model)?;
    let data = data_text(&source);
    open_model(link, &args.model)?;
    let tries = if args.report { args.limit.unwrap_or(REPORT_TRIES) } else { 0 };
    link.send(Command::FindAttributes(Box::new(AttributesJob {
        source,
        options,
        limit: args.pictures as usize,
        method: if args.logistic { DirectionMethod::Logistic } else { DirectionMethod::Means },
        ridge: args.ridge,
        tries: tries as usize,
        seed: global.seed.unwrap_or_default(),
        out: args.out,
    })))?;
    let found = link.wait_for_job(|event| match event {
        Event::AttributesFound(found) => Some(*found),
        _ => None,
    })?;
    for (index, (direction, cosines)) in found.directions.iter().zip(&found.cosines).enumerate() {
        let mut line = json!(direction);
        line["cosines"] = json!(cosines);
        answer(out, global.json, &line, &direction_text(index, direction))?;
    }
    if !global.json && !args.report {
        let names: Vec<&str> = found.directions.iter().map(|one| one.name.as_str()).collect();
        let text = matrix("cosines", &names, &names, &found.cosines);
        answer(out, false, &json!(null), &text)?;
    }
    for (index, edit) in found.edits.iter().enumerate() {
        answer(out, global.json, &json!(edit), &edit_text(index, edit))?;
    }
    if !global.json && args.report {
        let changes: Vec<Vec<f64>> = found.edits.iter().map(|edit| edit.changes.clone()).collect();
        let title = "change of each probability (columns) by a step along each direction (rows)";
        let rows: Vec<&str> = found.edits.iter().map(|edit| edit.name.as_str()).collect();
        let columns: Vec<&str> = BINARY_LABELS.iter().map(|label| label.name).collect();
        answer(out, false, &json!(null), &matrix(title, &rows, &columns, &changes))?;
    }
    let mut line = summary(&found);
    line["data"] = json!(data);
    answer(out, global.json, &line, &last_text(&found, &data))
}

/// What the directions are of, as it is named on the command line and told.
fn data_text(source: &DatasetSource) -> String {
    match source {
        DatasetSource::Portraits => "Portraits".to_owned(),
        DatasetSource::Path(path) => shown(path),
    }
}

/// The number by which matrices name it, its name, and what is known of it.
fn direction_text(index: usize, direction: &Direction) -> String {
    let held_out = direction.judged.as_ref().map_or_else(String::new, |judged| {
        format!(" on {} held-out pictures", judged.with + judged.without)
    });
    format!("{:>2} {:<18} {}{held_out}", index + 1, direction.name, direction.origin)
}

fn edit_text(index: usize, edit: &AttributeEdit) -> String {
    let AttributeEdit { name, plain, orthogonal, .. } = edit;
    format!("{:>2} {name:<18} {}", index + 1, outcomes_text(plain, orthogonal))
}

fn outcomes_text(plain: &EditOutcome, orthogonal: &EditOutcome) -> String {
    format!(
        "reached {:.3}, others kept {:.3}; orthogonal: reached {:.3}, kept {:.3}",
        plain.reached, plain.kept, orthogonal.reached, orthogonal.kept
    )
}

/// A matrix in hundredths: rows by number and name, columns by the numbers of their names.
fn matrix(title: &str, rows: &[&str], columns: &[&str], values: &[Vec<f64>]) -> String {
    let width = rows.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let mut text = format!("{title}, in hundredths:\n{}", " ".repeat(width + 3));
    for number in 1..=columns.len() {
        text.push_str(&format!("{number:>5}"));
    }
    for (index, (name, row)) in rows.iter().zip(values).enumerate() {
        let cells: String = row.iter().map(|value| format!("{:>5.0}", value * 100.0)).collect();
        text.push_str(&format!("\n{:>2} {name:<width$}{cells}", index + 1));
    }
    if rows != columns {
        // The judge's attributes are not those that were found.
        let named = columns.iter().enumerate();
        let named: Vec<String> = named.map(|(at, name)| format!("{} {name}", at + 1)).collect();
        text.push_str(&format!("\ncolumns: {}", named.join(", ")));
    }
    text
}

/// How many there are and of what, and the means over those that were tried.
fn last_text(found: &Attributes, data: &str) -> String {
    let Attributes { directions, edits, written, seconds, .. } = found;
    let file = written.as_deref().map_or_else(String::new, |path| format!("{}: ", shown(path)));
    let mut text = format!("{file}{} directions of {data} in {seconds:.1} s", directions.len());
    if let Some(tried) = edits.first() {
        let of = |pick: fn(&AttributeEdit) -> EditOutcome| EditOutcome {
            reached: mean(edits, |edit| pick(edit).reached),
            kept: mean(edits, |edit| pick(edit).kept),
        };
        let told = outcomes_text(&of(|edit| edit.plain), &of(|edit| edit.orthogonal));
        text += &format!("; on {} samples each, mean {told}", tried.n);
    }
    text
}

fn mean(edits: &[AttributeEdit], pick: impl Fn(&AttributeEdit) -> f64) -> f64 {
    edits.iter().map(pick).sum::<f64>() / edits.len().max(1) as f64
}

fn summary(found: &Attributes) -> serde_json::Value {
    let mean = |pick: fn(&AttributeEdit) -> f64| {
        (!found.edits.is_empty()).then(|| mean(&found.edits, pick))
    };
    json!({
        "summary": true,
        "n": found.directions.len(),
        "reached": mean(|edit| edit.plain.reached),
        "kept": mean(|edit| edit.plain.kept),
        "reached_orthogonal": mean(|edit| edit.orthogonal.reached),
        "kept_orthogonal": mean(|edit| edit.orthogonal.kept),
        "written": found.written.as_deref().map(shown),
        "seconds": found.seconds,
    })
}

#[cfg(test)]
mod tests {
    use super::{last_text, matrix};
    use crate::protocol::{AttributeEdit, Attributes, EditOutcome};

    #[test]
    fn rows_and_columns_have_numbers_and_the_means_stand_last() {
        let values = [vec![1.0, -0.25], vec![-0.25, 1.0]];
        let text = matrix("cosines", &["hat", "long hair"], &["hat", "long hair"], &values);
        let wanted = "cosines, in hundredths:\n                1    2\n 1 hat        100  -25\n 2 long \
                      hair  -25  100";
        assert_eq!(text, wanted);
        let judged = matrix("changes", &["hat"], &["beard", "hat"], &[vec![0.0, 0.5]]);
        assert!(judged.ends_with("\n 1 hat    0   50\ncolumns: 1 beard, 2 hat"), "{judged}");

        let edit = |name: &str, reached: f64| {
            let plain = EditOutcome { reached, kept: 0.9 };
            let orthogonal = EditOutcome { reached: reached / 2.0, kept: 1.0 };
            AttributeEdit { name: name.to_owned(), n: 40, plain, orthogonal, changes: vec![] }
        };
        let found = Attributes {
            directions: Vec::new(),
            cosines: Vec::new(),
            edits: vec![edit("hat", 1.0), edit("beard", 0.5)],
            written: None,
            seconds: 2.0,
        };
        let wanted = "0 directions of Portraits in 2.0 s; on 40 samples each, mean reached 0.750, others \
                      kept 0.900; orthogonal: reached 0.375, kept 1.000";
        assert_eq!(last_text(&found, "Portraits"), wanted);
    }
}
