//! Where labels come from, and what came of reading them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::LabelCount;

/// Where the labels of pictures come from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelSource {
    /// What the data bring along: names of sub-folders, IDX classes, Portraits' ground truth.
    #[default]
    Own,
    /// A table whose first column names pictures: CSV, or a list such as CelebA's
    /// `list_attr_celeba.txt`.
    Table(PathBuf),
    /// The names of the files, read by a pattern such as `{person}_{smile}_*.jpg`.
    Pattern(String),
}

impl LabelSource {
    /// The same from any working folder.
    #[must_use]
    pub fn absolute(&self) -> Self {
        match self {
            Self::Table(path) => {
                Self::Table(std::path::absolute(path).unwrap_or_else(|_| path.clone()))
            }
            other => other.clone(),
        }
    }
}

/// How labels from a table or from file names met the pictures.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LabelReport {
    /// Pictures with a row, or whose name fits the pattern.
    pub labelled: usize,
    /// Pictures without: they count neither as with a label nor as without it.
    pub unlabelled: usize,
    /// Rows that name no picture.
    pub rows_without_picture: usize,
    /// Rows whose name fits several pictures; they are not used.
    pub ambiguous_rows: usize,
    /// Rows that name a picture which an earlier row named; the earlier one counts.
    pub repeated_rows: usize,
    /// Plain remarks: the first of each of these, columns that are no labels, another encoding.
    pub remarks: Vec<String>,
}

/// What a pattern would read out of the open pictures' names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PatternPreview {
    /// The pattern.
    pub pattern: String,
    /// What is wrong with it and where; everything below is then empty.
    pub error: Option<String>,
    /// The names in its braces, in their order.
    pub fields: Vec<String>,
    /// Pictures in all.
    pub pictures: usize,
    /// Pictures whose names fit.
    pub matched: usize,
    /// The first few names, and what was read out of them.
    pub rows: Vec<PatternRow>,
    /// The labels it would give, over all pictures.
    pub labels: Vec<LabelCount>,
    /// Plain remarks: fields that are no labels, and why.
    pub remarks: Vec<String>,
}

/// One name in a [`PatternPreview`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatternRow {
    /// The file's name, with its folders where the pattern has some.
    pub name: String,
    /// One text per field; `None` where the name does not fit.
    pub values: Option<Vec<String>>,
}
