//! What a data set is, as the person chooses and sees it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Frame, LabelReport, LabelSource};

/// Where pictures come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DatasetSource {
    /// The built-in procedurally drawn faces.
    Portraits,
    /// A folder of images, or one holding `*-idx3-ubyte[.gz]` files.
    Path(PathBuf),
}

impl DatasetSource {
    /// Reads `--data`: the word `portraits`, or a path.
    pub fn from_argument(text: &str) -> Self {
        if text == "portraits" { Self::Portraits } else { Self::Path(PathBuf::from(text)) }
    }

    /// The same from any working folder.
    #[must_use]
    pub fn absolute(&self) -> Self {
        match self {
            Self::Portraits => Self::Portraits,
            Self::Path(path) => {
                Self::Path(std::path::absolute(path).unwrap_or_else(|_| path.clone()))
            }
        }
    }
}

/// How a picture that is not square is made square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Cut the centre square.
    #[default]
    CentreCrop,
    /// Shrink the whole picture into the square and fill the rest with the background.
    Fit,
}

/// Separate streams of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// What training sees.
    #[default]
    Train,
    /// Never trained on; what reconstruction figures are measured on.
    HeldOut,
    /// Never looked at before the last measurement.
    Test,
}

/// How a source becomes tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DatasetOptions {
    /// Edge in pixels: 16, 32, 64 or 128.
    pub image_size: u32,
    /// 1 (gray), 3 (RGB) or 4 (RGBA).
    pub channels: u32,
    /// Nobody chose the size: IDX data take their own (padded), anything else the default. Off in what a
    /// data set says it was read with.
    pub auto_size: bool,
    /// Nobody chose the colour: IDX data are read in gray, anything else in the default. Off likewise.
    pub auto_channels: bool,
    /// Crop or fit.
    pub fit: Fit,
    /// Colour laid under transparent pixels and around fitted pictures, RGB.
    pub background: [u8; 3],
    /// Decoded pictures are kept in memory up to this many bytes; a larger set is decoded on demand.
    pub memory_limit_bytes: u64,
    /// A file that claims more pixels than this is skipped without being decoded.
    pub pixel_limit: u64,
    /// Portraits: the number of different training faces.
    pub portraits: usize,
    /// Portraits: the seed of the faces.
    pub seed: u64,
    /// A folder of pictures: where its labels come from.
    pub labels: LabelSource,
}

impl Default for DatasetOptions {
    fn default() -> Self {
        Self {
            image_size: 64,
            channels: 3,
            auto_size: false,
            auto_channels: false,
            fit: Fit::CentreCrop,
            background: [255, 255, 255],
            memory_limit_bytes: 2 << 30,
            pixel_limit: 100_000_000,
            portraits: 20_000,
            seed: 0,
            labels: LabelSource::Own,
        }
    }
}

impl DatasetOptions {
    /// The same from any working folder.
    #[must_use]
    pub fn absolute(&self) -> Self {
        Self { labels: self.labels.absolute(), ..self.clone() }
    }

    /// Whether a source read with either gives the same pictures and labels; where they are kept does not matter.
    pub fn read_alike(&self, other: &Self, source: &DatasetSource) -> bool {
        let of_all = |options: &Self| (options.image_size, options.channels, options.background);
        of_all(self) == of_all(other)
            && match source {
                DatasetSource::Portraits => {
                    (self.portraits, self.seed) == (other.portraits, other.seed)
                }
                DatasetSource::Path(_) => {
                    (self.fit, self.pixel_limit) == (other.fit, other.pixel_limit)
                        && self.labels == other.labels
                }
            }
    }
}

/// A file that could not be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedFile {
    /// The file, relative to the data set's root where possible.
    pub path: PathBuf,
    /// Why it was skipped, in plain words.
    pub reason: String,
}

/// How often a label occurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelCount {
    /// The label's name.
    pub name: String,
    /// Pictures that carry it.
    pub count: usize,
    /// Pictures of which it is not known.
    pub unknown: usize,
}

/// What the data-set panel shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatasetSummary {
    /// A short name: the folder's, `MNIST-style IDX`, `Portraits`.
    pub name: String,
    /// Where it came from.
    pub source: DatasetSource,
    /// The options it was read with.
    pub options: DatasetOptions,
    /// Pictures to train on.
    pub train_count: usize,
    /// Held-out pictures.
    pub held_out_count: usize,
    /// Label histogram over the training pictures; labels may overlap (Portraits' attributes).
    pub labels: Vec<LabelCount>,
    /// How labels from a table or from file names met the pictures; `None` where the data bring their own.
    pub labelling: Option<LabelReport>,
    /// Whether pictures are files with names, so that a table or a pattern can label them.
    pub has_file_names: bool,
    /// Files that were skipped.
    pub skipped: Vec<SkippedFile>,
    /// Plain remarks: `28 px data is padded to 32 px`, `decoded on demand: 3.1 GiB is over the limit`.
    pub remarks: Vec<String>,
    /// Whether pictures are kept decoded in memory.
    pub in_memory: bool,
    /// A sheet of training pictures, tiles of `options.image_size`, without gaps.
    pub thumbnails: Frame,
    /// Tiles in a row of `thumbnails`.
    pub thumbnail_columns: usize,
    /// Tiles in `thumbnails`.
    pub thumbnail_count: usize,
}

impl DatasetSummary {
    /// The number of the training picture that a tile of `thumbnails` shows: they are spread evenly over the set.
    pub fn thumbnail_picture(&self, tile: usize) -> usize {
        tile * self.train_count / self.thumbnail_count.max(1)
    }
}
