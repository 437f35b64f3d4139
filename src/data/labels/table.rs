//! A table of labels: its first column names pictures, the others answer questions about them.
//!
//! Whether it is CSV or a list such as CelebA's is told by its content, and so is whether its first row is a header.
//! Only rows that name a picture are read: what the others say changes no threshold and no category.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::column::{Column, is_unknown, is_value};
use super::names::{Meant, Names, has_picture_ending};
use super::text::{self, Form};
use super::{MAX_LABELS, Records};
use crate::data::error::DataError;
use crate::protocol::LabelReport;

/// Rows between two looks at the cancel flag.
const ROWS_PER_LOOK: usize = 4096;
/// Why reading ended, where it was the person's wish.
const CANCELLED: &str = "cancelled";

/// Reads the table at `path` for pictures of these relative paths.
pub(super) fn read(
    path: &Path,
    files: &[String],
    cancel: &AtomicBool,
) -> Result<Records, DataError> {
    let read = text::read(path).and_then(|table| {
        let mut records = parse(&table.text, files, cancel)?;
        records.report.remarks.extend(table.remark);
        Ok(records)
    });
    read.map_err(|reason| {
        if cancel.load(Ordering::Relaxed) {
            return DataError::Cancelled;
        }
        DataError::LabelTable { path: path.to_path_buf(), reason }
    })
}

fn parse(text: &str, files: &[String], cancel: &AtomicBool) -> Result<Records, String> {
    let form = text::form(text)?;
    let names = Names::new(files);
    let mut reader = Reader::new(form, &names, files.len());
    let mut rows = 0;
    text::for_each_row(text, form, |line, fields| {
        rows += 1;
        if rows % ROWS_PER_LOOK == 0 && cancel.load(Ordering::Relaxed) {
            return Err(CANCELLED.to_owned());
        }
        reader.take(line, fields)
    })?;
    reader.finish(files)
}

/// Takes a table's rows one after the other.
struct Reader<'a> {
    form: Form,
    names: &'a Names<'a>,
    /// The count in the first line of CelebA's list.
    said_rows: Option<u64>,
    /// The header, or the first row where there is none, with its line number.
    head: Option<(u64, Vec<String>)>,
    has_header: bool,
    columns: Vec<Column>,
    /// Per picture, the number of its row among those that are read.
    row_of: Vec<Option<u32>>,
    rows: u32,
    /// Rows that are no header, with a picture or without.
    all_rows: u64,
    report: LabelReport,
    /// A remark on the first row that names no picture, fits several, or repeats one.
    firsts: [Option<String>; 3],
}

impl<'a> Reader<'a> {
    fn new(form: Form, names: &'a Names<'a>, pictures: usize) -> Self {
        Self {
            form,
            names,
            said_rows: None,
            head: None,
            has_header: true,
            columns: Vec::new(),
            row_of: vec![None; pictures],
            rows: 0,
            all_rows: 0,
            report: LabelReport::default(),
            firsts: [const { None }; 3],
        }
    }

    fn take(&mut self, line: u64, fields: &[&str]) -> Result<(), String> {
        if self.form == Form::CelebA && self.said_rows.is_none() {
            self.said_rows = fields[0].parse().ok();
            return Ok(());
        }
        if self.head.is_none() {
            return self.begin(line, fields);
        }
        if self.form == Form::CelebA && self.all_rows == 0 {
            self.fit_celeba_names(fields.len());
        }
        self.row(line, fields)
    }

    /// The first row. It is a header unless it names a picture, or holds what only values are.
    fn begin(&mut self, line: u64, fields: &[&str]) -> Result<(), String> {
        let is_celeba = self.form == Form::CelebA;
        // The names of CelebA's list have none for the column of files.
        let unnamed = is_celeba.then_some("");
        let head = unnamed.into_iter().chain(fields.iter().copied());
        self.head = Some((line, head.map(str::to_owned).collect()));
        self.make_columns()?;
        if is_celeba {
            return Ok(());
        }
        let rest = &fields[1..];
        let values = rest.iter().filter(|field| is_value(field)).count();
        let blanks = rest.iter().filter(|field| is_unknown(field)).count();
        let are_values = values > 0 && values + blanks == rest.len();
        let is_picture =
            self.names.find(fields[0]) != Meant::Nothing || has_picture_ending(fields[0]);
        if is_picture || are_values {
            self.forget_header();
            return self.row(line, fields);
        }
        Ok(())
    }

    fn make_columns(&mut self) -> Result<(), String> {
        let Some((line, names)) = &self.head else { return Ok(()) };
        if names.len() < 2 {
            return Err(format!(
                "line {line} has one field: the first column must be the file name"
            ));
        }
        if names.len() > MAX_LABELS + 1 {
            let (count, most) = (names.len() - 1, MAX_LABELS);
            return Err(format!("it has {count} columns: keep at most {most} that are labels"));
        }
        let columns = names.iter().enumerate().skip(1).map(|(number, name)| {
            let name = if name.is_empty() { column_name(number) } else { name.clone() };
            Column::new(name)
        });
        self.columns = columns.collect();
        Ok(())
    }

    /// The first row was a row like the others: columns go by their numbers.
    fn forget_header(&mut self) {
        self.has_header = false;
        let alone = self.columns.len() == 1;
        for (index, column) in self.columns.iter_mut().enumerate() {
            column.name = column_name(index + 1);
            column.values_alone = alone;
        }
    }

    /// Some lists name their first column, too.
    fn fit_celeba_names(&mut self, fields: usize) {
        if let Some((_, names)) = &mut self.head
            && names.len() == fields + 1
        {
            names.remove(0);
            self.columns.remove(0);
        }
    }

    fn row(&mut self, line: u64, fields: &[&str]) -> Result<(), String> {
        let Some((first, names)) = &self.head else { return Ok(()) };
        if fields.len() != names.len() {
            let (found, wanted) = (fields.len(), names.len());
            let advice = match self.form {
                Form::Delimited(_) => "",
                _ => " (a file name with blanks needs CSV)",
            };
            return Err(format!(
                "line {line} has {found} fields instead of {wanted}, as line {first} has it{advice}: mend that line"
            ));
        }
        self.all_rows += 1;
        let name = fields[0];
        let place = || format!("line {line}, '{name}'");
        let report = &mut self.report;
        let (count, first) = match self.names.find(name) {
            Meant::Picture(id) if self.row_of[id as usize].is_none() => {
                self.row_of[id as usize] = Some(self.rows);
                self.rows += 1;
                for (column, field) in self.columns.iter_mut().zip(&fields[1..]) {
                    column.push(field);
                }
                return Ok(());
            }
            Meant::Nothing => (&mut report.rows_without_picture, &mut self.firsts[0]),
            Meant::Several => (&mut report.ambiguous_rows, &mut self.firsts[1]),
            Meant::Picture(_) => (&mut report.repeated_rows, &mut self.firsts[2]),
        };
        *count += 1;
        first.get_or_insert_with(place);
        Ok(())
    }

    fn finish(mut self, files: &[String]) -> Result<Records, String> {
        self.count_header_as_row();
        if self.all_rows == 0 {
            return Err("it has no rows below its header".to_owned());
        }
        if self.rows == 0 {
            return Err(self.nothing_named(files));
        }
        let report = &mut self.report;
        let counts = [report.rows_without_picture, report.ambiguous_rows, report.repeated_rows];
        let texts = [
            "rows that name no picture",
            "rows that fit several pictures, and are not used",
            "rows that name a picture again, of which the first row counts",
        ];
        for ((count, text), first) in counts.into_iter().zip(texts).zip(&self.firsts) {
            if let Some(first) = first {
                report.remarks.push(format!("{text}: {count} (the first: {first})"));
            }
        }
        if let Some(said) = self.said_rows.filter(|&said| said != self.all_rows) {
            let rows = self.all_rows;
            report.remarks.push(format!("the table's first line says {said} rows, it has {rows}"));
        }
        let comma = self.form != Form::Delimited(b',');
        let (columns, row_of) = (self.columns, self.row_of);
        Ok(Records { columns, row_of, decimal_comma: comma, report: self.report })
    }

    /// A first row whose every text occurs again below it is no header, but a row without a picture.
    fn count_header_as_row(&mut self) {
        let Some((line, head)) = self.head.as_ref().filter(|_| self.has_header) else { return };
        let below = self.columns.iter().zip(&head[1..]).all(|(column, text)| column.holds(text));
        if below && self.form != Form::CelebA {
            self.firsts[0] = Some(format!("line {line}, '{}'", head[0]));
            self.report.rows_without_picture += 1;
            self.forget_header();
        }
    }

    fn nothing_named(&self, files: &[String]) -> String {
        let rows = self.all_rows;
        let place = self.firsts.iter().flatten().next();
        let place = place.map_or_else(String::new, |place| format!(" ({place})"));
        let example = files.first().map_or("", String::as_str);
        format!(
            "none of its {rows} rows names a picture{place}: the first column must be the file name, \
             such as '{example}'"
        )
    }
}

fn column_name(index: usize) -> String {
    format!("column {}", index + 1)
}
