//! Labels of a folder's pictures: from sub-folders, from a table, or from the files' names.
//!
//! A table and a pattern both end as columns of text, one row per picture that has one; [`column`] says what the
//! texts mean. A picture without a row, or with an empty cell, counts neither as with a label nor as without it.
//! Everything that was not used is counted and told in the report. `folder` calls [`read`] when a set is opened,
//! [`Dataset::relabelled`](super::Dataset::relabelled) when it is only labelled anew.

mod column;
mod folders;
mod names;
mod pattern;
mod preview;
mod table;
#[cfg(test)]
mod tests;
mod text;

use std::sync::atomic::{AtomicBool, Ordering};

use self::column::{Answers, Column, Meaning};
use self::pattern::Pattern;
use super::error::DataError;
use super::source::Labels;
use crate::protocol::{LabelReport, LabelSource};

pub(super) use preview::preview;

/// Labels a data set may have; more cannot be looked at.
const MAX_LABELS: usize = 1000;

/// The labels of all pictures of a data set.
pub(super) struct Labelling {
    pub names: Vec<String>,
    pub labels: Labels,
    /// `None` for sub-folders, which fit by themselves.
    pub report: Option<LabelReport>,
}

/// Columns of text, and which row of them each picture has.
struct Records {
    columns: Vec<Column>,
    row_of: Vec<Option<u32>>,
    /// Decimals may follow a comma.
    decimal_comma: bool,
    report: LabelReport,
}

/// Reads the labels of pictures with these relative paths, `/` between their parts.
///
/// # Errors
/// A table that cannot be read or names no picture, a pattern that is none or fits no name, more labels than
/// [`MAX_LABELS`], or a cancel.
pub(super) fn read(
    source: &LabelSource,
    files: &[String],
    cancel: &AtomicBool,
) -> Result<Labelling, DataError> {
    match source {
        LabelSource::Own => {
            let (names, labels) = folders::labels_from_folders(files);
            Ok(Labelling { names, labels, report: None })
        }
        LabelSource::Table(path) => {
            let wrong = |reason| DataError::LabelTable { path: path.clone(), reason };
            table::read(path, files, cancel)?.labelling(files).map_err(wrong)
        }
        LabelSource::Pattern(pattern) => {
            let wrong = |reason| DataError::LabelPattern { pattern: pattern.clone(), reason };
            let parsed = Pattern::parse(pattern).map_err(wrong)?;
            let records = by_pattern(&parsed, files, cancel)?;
            if records.row_of.iter().all(Option::is_none) {
                let example = files.first().map_or("", |path| parsed.subject(path));
                return Err(wrong(format!("no file's name fits it; the first is '{example}'")));
            }
            records.labelling(files).map_err(wrong)
        }
    }
}

/// Checks that a pattern can be read, before there are names to try it on.
///
/// # Errors
/// What is wrong with it and where.
pub fn check_label_pattern(pattern: &str) -> Result<(), String> {
    Pattern::parse(pattern).map(drop)
}

/// Reads every name with a pattern.
fn by_pattern(
    pattern: &Pattern,
    files: &[String],
    cancel: &AtomicBool,
) -> Result<Records, DataError> {
    let mut columns: Vec<Column> = pattern.fields.iter().cloned().map(Column::new).collect();
    let mut row_of = Vec::with_capacity(files.len());
    let mut rows = 0;
    for (number, path) in files.iter().enumerate() {
        if number % 4096 == 0 && cancel.load(Ordering::Relaxed) {
            return Err(DataError::Cancelled);
        }
        let Some(values) = pattern.read(path) else {
            row_of.push(None);
            continue;
        };
        columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
        row_of.push(Some(rows));
        rows += 1;
    }
    Ok(Records { columns, row_of, decimal_comma: false, report: LabelReport::default() })
}

impl Records {
    /// Turns texts into labels.
    fn labelling(self, files: &[String]) -> Result<Labelling, String> {
        let Self { columns, row_of, decimal_comma, mut report } = self;
        let mut names = Vec::new();
        let mut questions = Vec::new();
        let mut used: Vec<(Column, Answers, u32)> = Vec::new();
        for column in columns {
            match column.meaning(decimal_comma) {
                Meaning::Labels(answers) => {
                    let first = names.len() as u32;
                    let question = used.len() as u32;
                    questions.extend(answers.labels.iter().map(|_| question));
                    names.extend(answers.labels.iter().cloned());
                    used.push((column, answers, first));
                }
                Meaning::Nothing(why) => {
                    report.remarks.push(format!("'{}' is not used: {why}", column.name));
                }
            }
        }
        if names.is_empty() {
            let why = report.remarks.last().cloned().unwrap_or_default();
            return Err(format!("it gives no label ({why})"));
        }
        if names.len() > MAX_LABELS {
            let count = names.len();
            return Err(format!("it gives {count} labels: keep columns for at most {MAX_LABELS}"));
        }
        let mut labels = Labels::answering(questions);
        for row in &row_of {
            push_row(&mut labels, *row, &used);
        }
        count_pictures(&row_of, files, &mut report);
        Ok(Labelling { names: told_apart(names), labels, report: Some(report) })
    }
}

fn push_row(labels: &mut Labels, row: Option<u32>, columns: &[(Column, Answers, u32)]) {
    let Some(row) = row else { return labels.push_unlabelled() };
    let answers = columns.iter().map(|(column, answers, _)| column.answer(row as usize, answers));
    let firsts = columns.iter().map(|(.., first)| *first);
    let with = answers.clone().zip(firsts).filter_map(|(answer, first)| Some(first + answer??));
    let unknown = (0..).zip(answers).filter(|(_, answer)| answer.is_none());
    labels.push_partly(with, unknown.map(|(question, _)| question));
}

fn count_pictures(row_of: &[Option<u32>], files: &[String], report: &mut LabelReport) {
    report.unlabelled = row_of.iter().filter(|row| row.is_none()).count();
    report.labelled = row_of.len() - report.unlabelled;
    let first = row_of.iter().position(Option::is_none).and_then(|place| files.get(place));
    if let Some(first) = first {
        let count = report.unlabelled;
        let text = format!("pictures without a label: {count} (the first: {first})");
        report.remarks.insert(0, text);
    }
}

/// The same name twice would be one label to everybody who only reads names.
fn told_apart(names: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashMap::<String, usize>::new();
    let mut apart = Vec::with_capacity(names.len());
    for name in names {
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        apart.push(if *count == 1 { name } else { format!("{name} ({count})") });
    }
    apart
}
