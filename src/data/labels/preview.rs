//! What a pattern would read, while it is being typed.

use std::sync::atomic::AtomicBool;

use super::pattern::Pattern;
use super::{Labelling, by_pattern};
use crate::protocol::{LabelCount, PatternPreview, PatternRow};

/// Names shown with what was read out of them.
const ROWS: usize = 6;

/// Tries a pattern on pictures of these relative paths.
pub(in crate::data) fn preview(pattern: &str, files: &[String]) -> PatternPreview {
    let empty = PatternPreview { pattern: pattern.to_owned(), ..PatternPreview::default() };
    let wrong = |error| PatternPreview { error: Some(error), ..empty.clone() };
    let parsed = match Pattern::parse(pattern) {
        Ok(parsed) => parsed,
        Err(error) => return wrong(error),
    };
    let records = match by_pattern(&parsed, files, &AtomicBool::new(false)) {
        Ok(records) => records,
        Err(error) => return wrong(error.to_string()),
    };
    let matched = records.row_of.iter().flatten().count();
    let row = |path: &String| PatternRow {
        name: parsed.subject(path).to_owned(),
        values: parsed.read(path).map(|values| values.into_iter().map(str::to_owned).collect()),
    };
    // One that does not fit says more than a sixth that does.
    let misfit = records.row_of.iter().position(Option::is_none).filter(|&place| place >= ROWS);
    let shown = (0..files.len().min(ROWS - usize::from(misfit.is_some()))).chain(misfit);
    let rows = shown.map(|place| row(&files[place])).collect();
    let (labels, remarks) = match records.labelling(files) {
        Ok(labelling) => (counts(&labelling, files.len()), remarks(labelling)),
        Err(why) => (Vec::new(), if matched > 0 { vec![why] } else { Vec::new() }),
    };
    let (fields, pictures) = (parsed.fields, files.len());
    PatternPreview { fields, pictures, matched, rows, labels, remarks, ..empty }
}

fn counts(labelling: &Labelling, pictures: usize) -> Vec<LabelCount> {
    let counts = labelling.labels.counts(0..pictures as u32, labelling.names.len());
    let named = labelling.names.iter().cloned().zip(counts);
    named.map(|(name, (count, unknown))| LabelCount { name, count, unknown }).collect()
}

/// What does not fit is counted and shown already.
fn remarks(labelling: Labelling) -> Vec<String> {
    let report = labelling.report.unwrap_or_default();
    report.remarks.into_iter().skip(usize::from(report.unlabelled > 0)).collect()
}
