//! Tables as people have them, against a folder of a few names.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::{Labelling, read};
use crate::data::error::DataError;
use crate::protocol::{LabelReport, LabelSource};

fn files(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn read_table(bytes: &[u8], names: &[&str]) -> Result<Labelling, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    std::fs::write(&path, bytes).unwrap();
    read(&LabelSource::Table(path), &files(names), &AtomicBool::new(false)).map_err(|error| {
        let text = error.to_string();
        assert!(text.contains("labels.csv"), "it says where: {text}");
        text
    })
}

/// Per picture its answers, one character per label: `+`, `-` or `?`.
fn answers(labelling: &Labelling, pictures: usize) -> Vec<String> {
    let of = |id: u32| {
        let labels = 0..labelling.names.len() as u32;
        let answer = |label| labelling.labels.answer(id, label);
        labels.map(|label| answer(label).map_or('?', |yes| if yes { '+' } else { '-' })).collect()
    };
    (0..pictures as u32).map(of).collect()
}

fn table(text: &str, names: &[&str]) -> (Vec<String>, Vec<String>, LabelReport) {
    let labelling = read_table(text.as_bytes(), names).expect("a good table");
    let answers = answers(&labelling, names.len());
    (labelling.names, answers, labelling.report.expect("a report"))
}

fn refusal(text: &str, names: &[&str]) -> String {
    match read_table(text.as_bytes(), names) {
        Err(text) => text,
        Ok(labelling) => panic!("{:?}", labelling.names),
    }
}

const ABC: [&str; 3] = ["a.png", "b.png", "c.png"];

#[test]
fn a_csv_table_with_a_header() {
    let text = "file,smile,age,hair\na.png,1,20,red\nb.png,0,35,red\nc.png,,34,black\n";
    let (names, answers, report) = table(text, &ABC);
    assert_eq!(names, ["smile", "age > 34.5", "hair = black", "hair = red"]);
    assert_eq!(answers, ["+--+", "-+-+", "?-+-"]);
    assert_eq!(report, LabelReport { labelled: 3, ..LabelReport::default() });
}

#[test]
fn a_header_is_told_from_a_row() {
    let of = |text: &str| {
        let (names, answers, report) = table(text, &ABC);
        (names.join(" "), answers.join(" "), report.rows_without_picture)
    };
    let expect = |names: &str, answers: &str, without: usize| {
        (names.to_owned(), answers.to_owned(), without)
    };
    let plain = of("a.png,1,0\nb.png,0,1\nc.png,1,1\n");
    assert_eq!(plain, expect("column 2 column 3", "+- -+ ++", 0));
    // A first row without a picture: by its ending, by its values, by texts that come again.
    let without = expect("column 2", "+ - ?", 1);
    assert_eq!(of("zz.png,1\na.png,1\nb.png,0\n"), without);
    assert_eq!(of("zz,true\na,true\nb,false\n"), without);
    let alone = of("zz,cat\na,cat\nb,dog\nc,cat\n");
    assert_eq!(alone, expect("cat dog", "+- -+ +-", 1), "one unnamed column needs no name");
    let two = of("zz,cat,1\na,cat,1\nb,dog,0\nc,cat,0\n");
    assert_eq!(two.0, "column 2 = cat column 2 = dog column 3");
    // A header with an empty name, and one that is there twice.
    assert_eq!(of("file,,x,x\na,1,0,1\nb,0,1,1\nc,0,1,1\n").0, "column 2 x x (2)");
}

#[test]
fn celeba_list_with_a_wrong_count_blanks_and_windows_line_ends() {
    let text = "202599\r\nBald  Smiling Young \r\n\r\n\
                000001.jpg -1  1  1\r\n000002.jpg  1 -1  1 \r\n000009.jpg  1  1  1\r\n";
    let (names, answers, report) = table(text, &["000001.png", "000002.png", "000003.png"]);
    assert_eq!(names, ["Bald", "Smiling", "Young"]);
    assert_eq!(answers, ["-++", "+-+", "???"], "its pictures may be PNG");
    assert_eq!((report.labelled, report.unlabelled, report.rows_without_picture), (2, 1, 1));
    let remarks = report.remarks.join("\n");
    assert!(remarks.contains("pictures without a label: 1 (the first: 000003.png)"), "{remarks}");
    assert!(remarks.contains("name no picture: 1 (the first: line 6, '000009.jpg')"), "{remarks}");
    assert!(remarks.contains("says 202599 rows, it has 3"), "{remarks}");
    // As its list of boxes is: with a name for the files, and with numbers.
    let boxes = "2\nimage_id x_1 width\na.png 10 7\nb.png 20 9\n";
    let (names, answers, report) = table(boxes, &["a.png", "b.png"]);
    assert_eq!((names, answers), (files(&["x_1 > 15", "width > 8"]), files(&["--", "++"])));
    assert_eq!(report.remarks, [""; 0]);
}

#[test]
fn other_delimiters_and_comma_decimals() {
    let german = "Datei;Alter\r\na;1,5\r\nb;2,5\r\nc;4,5\r\n";
    let (names, answers, _) = table(german, &ABC);
    assert_eq!((names, answers), (files(&["Alter > 4"]), files(&["-", "-", "+"])));
    assert_eq!(table("f\tx y\na\t1\nb\t0\n", &ABC).0, ["x y"]);
    assert_eq!(table("a.png 1\nb.png 0\n", &ABC).0, ["column 2"]);
}

#[test]
fn several_rows_for_a_picture_and_several_pictures_for_a_row() {
    let names = ["x/1.png", "y/1.png", "y/2.png"];
    let text = "f,s\nx/1.png,1\n1.png,0\n2.png,0\n2,1\n3,1\n";
    let (_, answers, report) = table(text, &names);
    assert_eq!(answers, ["+", "?", "-"], "the first row of a picture counts");
    let counts = (report.ambiguous_rows, report.repeated_rows, report.rows_without_picture);
    assert_eq!(counts, (1, 1, 1));
    let remarks = report.remarks.join("\n");
    for place in ["line 3, '1.png'", "line 5, '2'", "line 6, '3'"] {
        assert!(remarks.contains(place), "{remarks}");
    }
}

#[test]
fn columns_that_are_no_labels_are_named() {
    let text = "file,smile,note,empty\na,1,yes it is,\nb,0,no,\nc,1,perhaps,\n";
    let (names, _, report) = table(text, &ABC);
    assert_eq!(names, ["smile"]);
    let note = "'note' is not used: its text is another one in every row";
    assert_eq!(report.remarks, [note, "'empty' is not used: it is empty"]);
    let text = refusal("file,note\na,x\nb,y\nc,z\n", &ABC);
    assert!(text.contains("gives no label ('note' is not used"), "{text}");
    // Rows without a picture change no threshold.
    assert_eq!(table("f,n\na,1\nb,3\nzz,90\nzy,91\n", &ABC).0, ["n > 2"]);
}

#[test]
fn what_is_wrong_with_a_table_is_told() {
    let text = refusal("file,s\na,1\n\nb,1,0\n", &ABC);
    assert!(text.contains("line 4 has 3 fields instead of 2, as line 1 has it"), "{text}");
    let text = refusal("1\nA B\na 1 1\nb 1\n", &ABC);
    assert!(text.contains("line 4 has 2 fields instead of 3, as line 2 has it"), "{text}");
    let text = refusal(",file,s\n0,a.png,1\n1,b.png,0\n", &ABC);
    assert!(text.contains("none of its 2 rows names a picture (line 2, '0')"), "{text}");
    assert!(text.contains("such as 'a.png'"), "{text}");
    assert!(refusal("file,s\n", &ABC).contains("no rows"));
    assert!(refusal("", &ABC).contains("empty"));
    let wide = format!("f{}\n", ",x".repeat(1001));
    assert!(refusal(&wide, &ABC).contains("1001 columns"));
}

#[test]
fn a_table_that_is_not_utf_8_is_read_and_told() {
    let labelling = read_table(b"a,Ren\xe9\nb,Ren\xe9\nc,Zo\xeb\n", &ABC).unwrap();
    assert_eq!(labelling.names, ["René", "Zoë"]);
    let remarks = labelling.report.unwrap().remarks;
    assert!(remarks[0].contains("not UTF-8 (line 1): read as Latin-1"), "{remarks:?}");
}

#[test]
fn a_table_that_cannot_be_read_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let reason = |path: &Path| {
        let source = LabelSource::Table(path.to_path_buf());
        match read(&source, &files(&ABC), &AtomicBool::new(false)) {
            Err(DataError::LabelTable { reason, .. }) => reason,
            other => panic!("{:?}", other.map(|labelling| labelling.names)),
        }
    };
    assert!(reason(&folder.path().join("no.csv")).contains("no such file"));
    assert!(reason(folder.path()).contains("folder"));
    let huge = folder.path().join("huge.csv");
    std::fs::File::create(&huge).unwrap().set_len(super::text::MAX_TABLE_BYTES + 1).unwrap();
    assert!(reason(&huge).contains("larger than 256.0 MiB"));
    let cancelled = read(&LabelSource::Table(huge), &files(&ABC), &AtomicBool::new(true));
    assert!(matches!(cancelled.map(drop), Err(DataError::Cancelled)));
}

#[test]
fn patterns_give_labels_and_tell_what_does_not_fit() {
    let names = ["anna_1_x.jpg", "anna_0_y.jpg", "bob_1_z.jpg", "cover.jpg"];
    let by = |pattern: &str| {
        read(&LabelSource::Pattern(pattern.to_owned()), &files(&names), &AtomicBool::new(false))
    };
    let labelling = by("{person}_{smile}_*.jpg").unwrap();
    assert_eq!(labelling.names, ["person = anna", "person = bob", "smile"]);
    assert_eq!(answers(&labelling, 4), ["+-+", "+--", "-++", "???"]);
    let report = labelling.report.unwrap();
    assert_eq!((report.labelled, report.unlabelled), (3, 1));
    assert!(report.remarks[0].contains("cover.jpg"), "{report:?}");
    let wrong = |pattern: &str| by(pattern).map(drop).unwrap_err().to_string();
    assert!(wrong("{a").contains("at character 1"));
    let text = wrong("{a}.png");
    assert!(text.contains("no file's name fits") && text.contains("'anna_1_x.jpg'"), "{text}");
    assert!(wrong("{a}.jpg").contains("another one in every row"));
}

#[test]
fn a_pattern_is_previewed_as_it_will_be_read() {
    let names: Vec<String> =
        (0..20).map(|n| format!("set/p{}_{}.png", n / 10, n % 2)).chain(["x.png".into()]).collect();
    let found = super::preview("{person}_{smile}", &names);
    assert_eq!((found.pictures, found.matched, found.error.clone()), (21, 20, None));
    assert_eq!(found.fields, ["person", "smile"]);
    let rows: Vec<_> = found.rows.iter().map(|row| (row.name.as_str(), &row.values)).collect();
    assert_eq!(rows.len(), 6);
    assert_eq!(rows[0], ("p0_0", &Some(files(&["p0", "0"]))));
    assert_eq!(rows[5], ("x", &None), "one that does not fit is among those shown");
    let labels: Vec<_> =
        found.labels.iter().map(|l| (l.name.as_str(), l.count, l.unknown)).collect();
    assert_eq!(labels, [("person = p0", 10, 1), ("person = p1", 10, 1), ("smile", 10, 1)]);
    assert_eq!(found.remarks, [""; 0]);

    assert!(super::preview("{person}{smile}", &names).error.unwrap().contains("at character 9"));
    let nothing = super::preview("q{n}", &names);
    assert_eq!((nothing.matched, nothing.labels.len(), nothing.remarks.len()), (0, 0, 0));
    assert!(nothing.rows.iter().all(|row| row.values.is_none()));
}
