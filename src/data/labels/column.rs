//! What the texts in one column mean: yes and no, numbers, or categories.
//!
//! - 0/1, −1/1, true/false and yes/no are one label, the column's name. It is kept even where all answers are alike:
//!   a part of a set may have no example.
//! - Numbers are one label `age > 34.5`, split where the halves are most alike: between the two neighbouring values
//!   nearest to the median, at the shortest decimal near their middle.
//! - Texts are one label per value, `hair = brown`, up to [`MAX_CATEGORIES`] values.
//!
//! An empty cell, `?`, `NaN`, `NA`, `N/A` and `null` mean that the answer is not known.

use std::cmp::Reverse;
use std::collections::HashMap;

/// Different texts a column may have to be categories.
pub(super) const MAX_CATEGORIES: usize = 100;
/// Longer texts are prose, not categories.
const MAX_CATEGORY_CHARS: usize = 80;
/// Stands for a cell whose answer is not known.
const UNKNOWN: u32 = u32::MAX;

/// A column's texts, each kept once.
#[derive(Debug, Default)]
pub(super) struct Column {
    pub name: String,
    /// Its categories are labels without its name: it is the only column, and nobody named it.
    pub values_alone: bool,
    texts: Vec<String>,
    numbers_of: HashMap<String, u32>,
    /// Per row the number of its text.
    cells: Vec<u32>,
}

/// What a column says.
#[derive(Debug, PartialEq)]
pub(super) enum Meaning {
    Labels(Answers),
    /// It gives no labels: why.
    Nothing(String),
}

/// A column's labels and, for each of its texts, which of them it means.
#[derive(Debug, PartialEq)]
pub(super) struct Answers {
    pub labels: Vec<String>,
    of_text: Vec<Option<u32>>,
}

impl Column {
    pub fn new(name: String) -> Self {
        Self { name, ..Self::default() }
    }

    /// Adds the next row's cell.
    pub fn push(&mut self, cell: &str) {
        let cell = cell.trim();
        if is_unknown(cell) {
            return self.cells.push(UNKNOWN);
        }
        let next = self.texts.len() as u32;
        let number = match self.numbers_of.get(cell) {
            Some(&number) => number,
            None => {
                self.texts.push(cell.to_owned());
                self.numbers_of.insert(cell.to_owned(), next);
                next
            }
        };
        self.cells.push(number);
    }

    /// Whether some row has this text.
    pub fn holds(&self, cell: &str) -> bool {
        self.numbers_of.contains_key(cell.trim())
    }

    /// Reads the column; `comma` says that a number's decimals may follow a comma.
    pub fn meaning(&self, comma: bool) -> Meaning {
        if self.texts.is_empty() {
            return Meaning::Nothing("it is empty".to_owned());
        }
        let numbers: Option<Vec<f64>> = self.texts.iter().map(|text| number(text, comma)).collect();
        if let Some(of_text) = yes_or_no(&self.texts, numbers.as_deref()) {
            return Meaning::Labels(Answers { labels: vec![self.name.clone()], of_text });
        }
        if let [only] = self.texts.as_slice() {
            return Meaning::Nothing(format!("it says '{only}' wherever it says anything"));
        }
        match numbers {
            Some(numbers) => self.above(&numbers),
            None => self.categories(comma),
        }
    }

    fn above(&self, numbers: &[f64]) -> Meaning {
        let mut sorted: Vec<f64> = self.known().map(|cell| numbers[cell as usize]).collect();
        sorted.sort_by(f64::total_cmp);
        let Some((low, high)) = middle_gap(&sorted) else {
            return Meaning::Nothing("all its numbers are the same".to_owned());
        };
        let (text, threshold) = shortest_between(low, high);
        let of_text = numbers.iter().map(|&number| (number > threshold).then_some(0)).collect();
        Meaning::Labels(Answers { labels: vec![format!("{} > {text}", self.name)], of_text })
    }

    fn categories(&self, comma: bool) -> Meaning {
        if let Some(why) = self.no_categories(comma) {
            return Meaning::Nothing(why);
        }
        let mut order: Vec<u32> = (0..self.texts.len() as u32).collect();
        order.sort_by_key(|&text| &self.texts[text as usize]);
        let mut of_text = vec![None; order.len()];
        for (label, &text) in order.iter().enumerate() {
            of_text[text as usize] = Some(label as u32);
        }
        let labels = order.iter().map(|&text| self.category_name(&self.texts[text as usize]));
        Meaning::Labels(Answers { labels: labels.collect(), of_text })
    }

    /// Why the texts are no categories, if they are none.
    fn no_categories(&self, comma: bool) -> Option<String> {
        let count = self.texts.len();
        let all_differ = count == self.known().count();
        if all_differ || count > MAX_CATEGORIES {
            let (numbers, words): (Vec<&String>, Vec<&String>) =
                self.texts.iter().partition(|text| number(text, comma).is_some());
            if let (Some(_), Some(word)) = (numbers.first(), words.first()) {
                return Some(format!("among its numbers is the text '{}'", cut(word)));
            }
        }
        if all_differ {
            return Some("its text is another one in every row".to_owned());
        }
        if count > MAX_CATEGORIES {
            return Some(format!("it has {count} different texts, more than {MAX_CATEGORIES}"));
        }
        let prose = self.texts.iter().find(|text| text.chars().count() > MAX_CATEGORY_CHARS)?;
        let prose = cut(prose);
        Some(format!("it holds texts of over {MAX_CATEGORY_CHARS} characters ('{prose}')"))
    }

    fn category_name(&self, text: &str) -> String {
        if self.values_alone { text.to_owned() } else { format!("{} = {text}", self.name) }
    }

    fn known(&self) -> impl Iterator<Item = u32> + '_ {
        self.cells.iter().copied().filter(|&cell| cell != UNKNOWN)
    }

    /// A row's answer: which label it carries if any; `None` where it is not known.
    pub fn answer(&self, row: usize, answers: &Answers) -> Option<Option<u32>> {
        let cell = self.cells[row];
        (cell != UNKNOWN).then(|| answers.of_text[cell as usize])
    }
}

/// Whether a cell says that the answer is not known.
pub(super) fn is_unknown(cell: &str) -> bool {
    const WORDS: [&str; 6] = ["", "?", "nan", "na", "n/a", "null"];
    WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// Whether a cell holds a value that no header would be made of.
pub(super) fn is_value(cell: &str) -> bool {
    const WORDS: [&str; 4] = ["true", "false", "yes", "no"];
    let is_word = WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word));
    is_word || number(cell, true).is_some()
}

/// A finite number; with a typographic minus too, and with `comma` before its decimals where those use one.
fn number(text: &str, comma: bool) -> Option<f64> {
    let text = text.replace('−', "-");
    let parsed = text.parse::<f64>().ok();
    let parsed = parsed.or_else(|| {
        let with_point = text.replacen(',', ".", 1);
        with_point.parse::<f64>().ok().filter(|_| comma)
    });
    parsed.filter(|number| number.is_finite())
}

/// For each text whether it means yes, where all of them mean yes or no.
fn yes_or_no(texts: &[String], numbers: Option<&[f64]>) -> Option<Vec<Option<u32>>> {
    let yes = |is_yes: bool| is_yes.then_some(0);
    if let Some(numbers) = numbers {
        let are = |low: f64| numbers.iter().all(|&number| number == low || number == 1.0);
        return (are(0.0) || are(-1.0))
            .then(|| numbers.iter().map(|&number| yes(number == 1.0)).collect());
    }
    [("true", "false"), ("yes", "no")].into_iter().find_map(|(word, other)| {
        let answer = |text: &String| {
            let is_yes = text.eq_ignore_ascii_case(word);
            (is_yes || text.eq_ignore_ascii_case(other)).then(|| yes(is_yes))
        };
        texts.iter().map(answer).collect()
    })
}

/// The two neighbouring different values between which sorted values fall into the most equal halves; of two such
/// gaps the upper, so that the median itself lies below.
fn middle_gap(sorted: &[f64]) -> Option<(f64, f64)> {
    let from_middle = |below: usize| (2 * below).abs_diff(sorted.len());
    let gaps = (1..sorted.len()).filter(|&below| sorted[below - 1] < sorted[below]);
    let below = gaps.min_by_key(|&below| (from_middle(below), Reverse(below)))?;
    Some((sorted[below - 1], sorted[below]))
}

/// The decimal with the fewest digits that lies between two numbers and near their middle, and its text.
fn shortest_between(low: f64, high: f64) -> (String, f64) {
    let middle = low / 2.0 + high / 2.0;
    let is_plain = (1e-4..1e15).contains(&middle.abs()) || low < 0.0 && high > 0.0;
    let short = (0..=17).filter(|_| is_plain).find_map(|decimals| {
        let text = format!("{middle:.decimals$}");
        let value = text.parse::<f64>().ok()?;
        let text = if value == 0.0 { "0".to_owned() } else { text };
        (low < value && value < high).then_some((text, value))
    });
    // Between two neighbouring floats lies no third: the lower is then the threshold.
    short.unwrap_or_else(|| {
        let threshold = if middle < high { middle } else { low };
        (format!("{threshold:e}"), threshold)
    })
}

fn cut(text: &str) -> String {
    const SHOWN: usize = 30;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(cells: &[&str]) -> Column {
        let mut column = Column::new("c".to_owned());
        cells.iter().for_each(|cell| column.push(cell));
        column
    }

    /// The labels, and each row's: -1 for none, -2 for not known.
    fn read(cells: &[&str]) -> (Vec<String>, Vec<i32>) {
        let column = column(cells);
        match column.meaning(false) {
            Meaning::Labels(answers) => {
                let answer = |row| match column.answer(row, &answers) {
                    None => -2,
                    Some(label) => label.map_or(-1, |label| label as i32),
                };
                let rows = (0..cells.len()).map(answer).collect();
                (answers.labels, rows)
            }
            Meaning::Nothing(why) => panic!("{why}"),
        }
    }

    fn nothing(cells: &[&str]) -> String {
        match column(cells).meaning(false) {
            Meaning::Nothing(why) => why,
            labels @ Meaning::Labels(_) => panic!("{labels:?}"),
        }
    }

    #[test]
    fn yes_and_no_in_every_spelling() {
        let yes_no_yes = vec![0, -1, 0];
        for cells in [
            ["1", "0", "1"],
            ["1", "-1", "1"],
            ["1.0", "−1", "1"],
            ["True", "false", "TRUE"],
            ["yes", "no", "Yes"],
        ] {
            assert_eq!(read(&cells), (vec!["c".to_owned()], yes_no_yes.clone()), "{cells:?}");
        }
        assert_eq!(read(&["-1", "-1"]), (vec!["c".to_owned()], vec![-1, -1]), "all alike");
        assert_eq!(read(&["1", "", "nan", "?", "0"]).1, [0, -2, -2, -2, -1]);
    }

    #[test]
    fn numbers_are_split_near_the_median() {
        let (labels, rows) = read(&["20", "34", "35", "", "61"]);
        assert_eq!((labels, rows), (vec!["c > 34.5".to_owned()], vec![-1, -1, 0, -2, 0]));
        // The median itself is the largest number: the split has something on both sides.
        let (labels, rows) = read(&["0", "1", "2", "2", "2", "2"]);
        assert_eq!((labels, rows), (vec!["c > 1.5".to_owned()], vec![-1, -1, 0, 0, 0, 0]));
        assert_eq!(read(&["-1", "0", "1"]).0, ["c > 0.5"], "three answers are not yes and no");
        assert_eq!(read(&["0.1", "0.30000000000000004"]).0, ["c > 0.2"]);
        assert_eq!(read(&["1e-9", "3e-9"]).0, ["c > 2e-9"]);
        let next = f64::from_bits(2.0_f64.to_bits() + 1).to_string();
        assert_eq!(read(&["2", &next]).1, [-1, 0], "neighbouring floats are told apart");
        assert_eq!(nothing(&["7", "7.0"]), "all its numbers are the same");
    }

    #[test]
    fn a_comma_before_decimals_counts_where_fields_end_otherwise() {
        let column = column(&["1,5", "2,5", "2,5"]);
        let Meaning::Labels(answers) = column.meaning(true) else { panic!() };
        assert_eq!(answers.labels, ["c > 2"]);
        let Meaning::Labels(answers) = column.meaning(false) else { panic!() };
        assert_eq!(answers.labels, ["c = 1,5", "c = 2,5"]);
    }

    #[test]
    fn texts_are_one_label_per_value() {
        let (labels, rows) = read(&["red", " black", "red", "?", "black "]);
        assert_eq!(labels, ["c = black", "c = red"]);
        assert_eq!(rows, [1, 0, 1, -2, 0]);
    }

    #[test]
    fn what_is_no_label_says_why() {
        assert_eq!(nothing(&["", "NA"]), "it is empty");
        assert_eq!(nothing(&["x", "x", ""]), "it says 'x' wherever it says anything");
        assert_eq!(nothing(&["x", "y", "z", ""]), "its text is another one in every row");
        assert_eq!(nothing(&["1", "2", "three"]), "among its numbers is the text 'three'");
        let many: Vec<String> = (0..202).map(|n| format!("w{}", n / 2)).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(nothing(&many), "it has 101 different texts, more than 100");
        let prose = "a long story ".repeat(8);
        assert!(nothing(&[&prose, &prose, "b"]).contains("over 80 characters ('a long story"));
    }
}
