//! Options of the data a command works on: the same for training, exploring and measuring.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Args;
use serde::Deserialize;

use super::values::{by_name, colour};
use crate::cli::refusals::refuse_data;
use crate::cli::settings::{over, set};
use crate::protocol::{DatasetOptions, DatasetSource, Fit, LabelSource};
use crate::storage::{DatasetConfig, RunFolder, StorageError, shown};

/// `[data]`: which pictures, how they are read, and where their labels come from.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DataFlags {
    /// Folder of images or IDX files, or `portraits`: the built-in faces [default: portraits, but `train` must be told]
    #[arg(long, value_name = "PATH")]
    pub data: Option<PathBuf>,
    /// Labels of a folder's images: a CSV table, or a list such as CelebA's list_attr_celeba.txt; its first column
    /// names the files [default: the names of sub-folders]
    #[arg(long, value_name = "FILE", conflicts_with = "label_pattern")]
    pub labels: Option<PathBuf>,
    /// Labels in the images' file names, such as `{person}_{smile}_*.jpg`: names in braces become labels, `*` is any text
    #[arg(long, value_name = "PATTERN")]
    pub label_pattern: Option<String>,
    /// How pictures become square: centre-crop or fit [default: centre-crop]
    #[arg(long, value_name = "NAME", value_parser = by_name::<Fit>)]
    pub fit: Option<Fit>,
    /// Colour under transparent pixels, #rrggbb [default: #ffffff]
    #[arg(long, value_name = "COLOUR", value_parser = colour)]
    #[serde(deserialize_with = "colour_from_file")]
    pub background: Option<[u8; 3]>,
    /// Decoded pictures are kept in memory up to this many MiB [default: 2048]
    #[arg(long, value_name = "MIB")]
    pub memory_limit: Option<u64>,
    /// Pictures of the data that claim more pixels than this are skipped [default: 100000000]
    #[arg(long, value_name = "N")]
    pub pixel_limit: Option<u64>,
    /// Portraits: the number of different faces [default: 20000]
    #[arg(long, value_name = "N")]
    pub portraits: Option<usize>,
    /// Portraits: the seed of the faces [default: 0]
    #[arg(long, value_name = "N")]
    pub data_seed: Option<u64>,
}

fn colour_from_file<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<[u8; 3]>, D::Error> {
    let text = String::deserialize(d)?;
    colour(&text).map(Some).map_err(serde::de::Error::custom)
}

impl DataFlags {
    /// These options, and those of `below` where these say nothing.
    pub(in crate::cli) fn over(self, mut below: Self) -> Self {
        if self.labels.is_some() || self.label_pattern.is_some() {
            // There is one source of labels.
            (below.labels, below.label_pattern) = (None, None);
        }
        over!(self, below; data, labels, label_pattern, fit, background, memory_limit, pixel_limit,
            portraits, data_seed)
    }

    /// Writes what is said here into `options`.
    pub(in crate::cli) fn apply(&self, options: &mut DatasetOptions) {
        set(&mut options.fit, self.fit);
        set(&mut options.background, self.background);
        set(
            &mut options.memory_limit_bytes,
            self.memory_limit.map(|mib| mib.saturating_mul(1 << 20)),
        );
        set(&mut options.pixel_limit, self.pixel_limit);
        set(&mut options.portraits, self.portraits);
        set(&mut options.seed, self.data_seed);
        set(&mut options.labels, self.label_source());
    }

    /// Where the labels come from, where that is said.
    fn label_source(&self) -> Option<LabelSource> {
        let pattern = self.label_pattern.clone().map(LabelSource::Pattern);
        self.labels.clone().map(LabelSource::Table).or(pattern)
    }

    /// The data that `--data` names.
    pub(in crate::cli) fn source(&self) -> Option<DatasetSource> {
        let path = self.data.as_ref()?;
        Some(match path.to_str() {
            Some(text) => DatasetSource::from_argument(text),
            None => DatasetSource::Path(path.clone()),
        })
    }

    /// The data of a command that takes Portraits where none are named.
    ///
    /// # Errors
    /// [`Usage`](crate::cli::Usage) for options that make no sense, anything else for files that are missing.
    pub(in crate::cli) fn or_portraits(&self) -> anyhow::Result<(DatasetSource, DatasetOptions)> {
        let source = self.source().unwrap_or(DatasetSource::Portraits);
        if let DatasetSource::Path(path) = &source {
            crate::cli::require_file(path)?;
        }
        let mut options = DatasetOptions::default();
        self.apply(&mut options);
        refuse_data(self, &source)?;
        Ok((source, options))
    }

    /// The data of a command that works on a model: where none are named and the model is a run folder, the
    /// run's own with their labels, else Portraits.
    ///
    /// # Errors
    /// As [`Self::or_portraits`], or the run's own are no longer there.
    pub(in crate::cli) fn of_model(
        &self,
        model: &Path,
    ) -> anyhow::Result<(DatasetSource, DatasetOptions)> {
        let folder = RunFolder::of_model(model).filter(|_| self.data.is_none());
        let recorded = match folder.map(RunFolder::read_config) {
            None | Some(Err(StorageError::NoRun(_))) => None,
            Some(config) => config?.dataset,
        };
        let (Some(folder), Some(recorded)) = (folder, recorded) else {
            return self.or_portraits();
        };
        let DatasetConfig { source, mut options } = recorded;
        let table = match &options.labels {
            LabelSource::Table(table) if self.label_source().is_none() => Some(table.as_path()),
            _ => None,
        };
        let pictures = match &source {
            DatasetSource::Path(path) => Some(path.as_path()),
            DatasetSource::Portraits => None,
        };
        for path in [pictures, table].into_iter().flatten() {
            crate::cli::require_file(path).map_err(|error| {
                let run = shown(folder);
                anyhow!("the data of the run in {run} are gone ({error}): name others with --data")
            })?;
        }
        self.apply(&mut options);
        refuse_data(self, &source)?;
        Ok((source, options))
    }
}

#[cfg(test)]
mod tests {
    use super::{DataFlags, DatasetSource, LabelSource};

    fn flags(labels: Option<&str>, label_pattern: Option<&str>) -> DataFlags {
        DataFlags {
            labels: labels.map(Into::into),
            label_pattern: label_pattern.map(Into::into),
            ..DataFlags::default()
        }
    }

    #[test]
    fn labels_on_the_command_line_replace_those_of_the_file() {
        let file = flags(None, Some("{a}_*"));
        let merged = flags(Some("l.csv"), None).over(file.clone());
        assert_eq!(merged.label_source(), Some(LabelSource::Table("l.csv".into())));
        let merged = DataFlags::default().over(file);
        assert_eq!(merged.label_source(), Some(LabelSource::Pattern("{a}_*".to_owned())));
    }

    #[test]
    fn options_of_data_are_checked_for_every_command() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("labels.csv");
        std::fs::write(&table, "a,1\n").unwrap();
        let data = Some(folder.path().to_path_buf());
        let refusal = |flags: DataFlags| match flags.or_portraits() {
            Err(error) => (error.is::<crate::cli::Usage>(), error.to_string()),
            Ok(found) => panic!("{found:?}"),
        };
        let (usage, text) = refusal(flags(table.to_str(), None));
        assert!(usage && text.contains("--labels") && text.contains("Portraits"), "{text}");
        let (usage, text) = refusal(DataFlags { data: data.clone(), ..flags(None, Some("{a")) });
        assert!(usage && text.contains("--label-pattern '{a'") && text.contains("character 1"));
        let both = DataFlags { data: data.clone(), ..flags(table.to_str(), Some("{a}")) };
        assert!(refusal(both).1.contains("not both"));
        let (usage, text) =
            refusal(DataFlags { data: data.clone(), ..flags(Some("no.csv"), None) });
        assert!(!usage && text.contains("no.csv"), "{text}");
        assert!(refusal(DataFlags { portraits: Some(0), ..DataFlags::default() }).0);

        let (source, options) =
            DataFlags { data, ..flags(table.to_str(), None) }.or_portraits().unwrap();
        assert_eq!(source, DatasetSource::Path(folder.path().to_path_buf()));
        assert_eq!(options.labels, LabelSource::Table(table));
        assert_eq!(DataFlags::default().or_portraits().unwrap().0, DatasetSource::Portraits);
    }
}
