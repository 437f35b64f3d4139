//! A label table's file as text: size and encoding, and how its lines fall into fields.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::data::error::bytes_text;

/// The largest table that is read. CelebA's 202,599 rows of 40 answers take 26 MB.
pub(super) const MAX_TABLE_BYTES: u64 = 256 << 20;
/// Lines by which the delimiter is told.
const LINES_SNIFFED: usize = 20;

/// A table's text, and a remark where it is not UTF-8.
pub(super) struct TableText {
    pub text: String,
    pub remark: Option<String>,
}

/// How a line falls into fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Fields with this byte between them, quoted where they contain it.
    Delimited(u8),
    /// Fields with blanks between them.
    Blanks,
    /// Fields with blanks between them, after a line with the number of rows and one with names.
    CelebA,
}

/// Reads a table. The error is the reason in plain words.
pub(super) fn read(path: &Path) -> Result<TableText, String> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file: check the spelling".to_owned(),
        std::io::ErrorKind::PermissionDenied => "no permission to read it".to_owned(),
        _ => format!("it cannot be read: {error}"),
    };
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err("this is a folder: choose a table, such as a .csv file".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(MAX_TABLE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_TABLE_BYTES {
        let limit = bytes_text(MAX_TABLE_BYTES);
        return Err(format!("it is larger than {limit}: keep only the columns that are labels"));
    }
    decode(bytes)
}

fn decode(bytes: Vec<u8>) -> Result<TableText, String> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err("it is UTF-16: save it as UTF-8 (in a spreadsheet, 'CSV UTF-8')".to_owned());
    }
    if bytes.contains(&0) {
        return Err("it is no text: save the table as CSV".to_owned());
    }
    let (text, remark) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let line = bytes[..good].iter().filter(|&&byte| byte == b'\n').count() + 1;
            let remark = format!(
                "the table is not UTF-8 (line {line}): read as Latin-1; if letters look wrong, save it as UTF-8"
            );
            // In Latin-1 every byte is the character of its number.
            (bytes.into_iter().map(char::from).collect(), Some(remark))
        }
    };
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    // Line ends of the first Macintosh, which some spreadsheets still write.
    let text = if text.contains('\n') { text } else { text.replace('\r', "\n") };
    Ok(TableText { text, remark })
}

/// How the lines of a table fall into fields. The error is the reason in plain words.
pub(super) fn form(text: &str) -> Result<Form, String> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).take(LINES_SNIFFED);
    let Some(first) = lines.next() else { return Err("it is empty".to_owned()) };
    if first.trim().parse::<u64>().is_ok() && lines.clone().count() >= 2 {
        return Ok(Form::CelebA);
    }
    let best = [b',', b';', b'\t'].into_iter().max_by_key(|&delimiter| {
        let in_first = occurrences(first, delimiter);
        let alike = lines.clone().all(|line| occurrences(line, delimiter) == in_first);
        // The comma on a tie: `max_by_key` takes the last of the greatest, so rank it above.
        (in_first > 0, alike, in_first, delimiter == b',')
    });
    match best.filter(|&delimiter| occurrences(first, delimiter) > 0) {
        Some(delimiter) => Ok(Form::Delimited(delimiter)),
        None if first.split_whitespace().nth(1).is_some() => Ok(Form::Blanks),
        None => Err("it has one column: the first must be the file name and the others labels, \
                     with commas, semicolons, tabs or blanks between them"
            .to_owned()),
    }
}

/// How often a delimiter stands outside of quotes.
fn occurrences(line: &str, delimiter: u8) -> usize {
    let mut quoted = false;
    line.bytes()
        .filter(|&byte| {
            quoted ^= byte == b'"';
            byte == delimiter && !quoted
        })
        .count()
}

/// Calls `each` with the number and the fields of every line that is not blank, without blanks around them.
///
/// # Errors
/// Those of `each`, and fields that cannot be told apart.
pub(super) fn for_each_row(
    text: &str,
    form: Form,
    mut each: impl FnMut(u64, &[&str]) -> Result<(), String>,
) -> Result<(), String> {
    let Form::Delimited(delimiter) = form else {
        for (number, line) in (1..).zip(text.lines()) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            if !fields.is_empty() {
                each(number, &fields)?;
            }
        }
        return Ok(());
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let (mut line, mut counted) = (1, 0);
    while reader.read_record(&mut record).map_err(|error| error.to_string())? {
        // The reader's own line number is that of the blank lines before the record, if there are any.
        let from = record.position().map_or(0, |position| position.byte() as usize);
        let blank = |byte: &&u8| matches!(**byte, b'\r' | b'\n');
        let begin = from + text.as_bytes()[from..].iter().take_while(blank).count();
        line +=
            text.as_bytes()[counted..begin].iter().filter(|&&byte| byte == b'\n').count() as u64;
        counted = begin;
        let fields: Vec<&str> = record.iter().collect();
        // Spreadsheets end tables with rows of nothing.
        if fields.iter().any(|field| !field.is_empty()) {
            each(line, &fields)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_told_by_the_content() {
        let delimited = |delimiter| Ok(Form::Delimited(delimiter));
        assert_eq!(form("file,a\nx.png,1\n"), delimited(b','));
        assert_eq!(form("\r\nfile;a\r\nx.png;1,5\r\n"), delimited(b';'));
        assert_eq!(form("file\ta b\nx.png\t1\n"), delimited(b'\t'));
        assert_eq!(form("\"a,b,c\";1\nx;2\n"), delimited(b';'), "quoted commas part nothing");
        assert_eq!(form("x.png 1\ny.png 0\n"), Ok(Form::Blanks));
        assert_eq!(form("2\nA B\nx.png 1 -1\ny.png 1 1\n"), Ok(Form::CelebA));
        assert!(form("x.png\ny.png\n").is_err_and(|why| why.contains("one column")));
        assert!(form(" \r\n\n").is_err_and(|why| why.contains("empty")));
    }

    #[test]
    fn rows_know_their_lines() {
        let lines = |text: &str, form| {
            let mut rows = Vec::new();
            for_each_row(text, form, |line, fields| {
                rows.push((line, fields.join("|")));
                Ok(())
            })
            .unwrap();
            rows
        };
        let comma = Form::Delimited(b',');
        let text = "a, 1\r\n\r\n ,\r\n\"b\"\"c,d\" ,2\r\n";
        assert_eq!(lines(text, comma), [(1, "a|1".to_owned()), (4, "b\"c,d|2".to_owned())]);
        assert_eq!(lines("\n  a \t 1\n\n", Form::Blanks), [(2, "a|1".to_owned())]);
    }

    #[test]
    fn other_encodings_are_told_or_read() {
        let text = |bytes: &[u8]| decode(bytes.to_vec()).map(|table| table.text);
        assert_eq!(text(b"\xef\xbb\xbfa,1"), Ok("a,1".to_owned()));
        assert_eq!(text(b"a,1\rb,2"), Ok("a,1\nb,2".to_owned()));
        assert!(text(b"\xff\xfea\0").is_err_and(|why| why.contains("UTF-16")));
        assert!(text(b"PK\x03\x04\0").is_err_and(|why| why.contains("no text")));
        let latin = decode(b"a,1\nb\xe9b\xe9.png,0\n".to_vec()).unwrap();
        assert_eq!(latin.text, "a,1\nb\u{e9}b\u{e9}.png,0\n");
        assert!(latin.remark.unwrap().contains("line 2"));
    }
}
