//! The only vocabulary the window, the command line and the engine share: plain data.
//!
//! Nothing here knows burn or egui. Facts ([`Command`], [`Event`]) travel in bounded queues and all
//! arrive; pictures travel in [`Latest`] slots where only the newest matters.

mod animation;
mod attributes;
mod bench;
mod command;
mod config;
mod dataset;
mod device;
mod estimate;
mod evaluation;
mod event;
mod frame;
mod latent;
mod latest;
mod map;
mod neighbours;
mod sheets;

pub use animation::{AnimationJob, Curve, Ending, Route};
pub use attributes::{
    AttributeEdit, Attributes, AttributesJob, Direction, DirectionMethod, EditOutcome,
};
pub use bench::{BenchFigure, BenchOptions};
pub use command::{Command, EncodeJob, PreviewRequest, RunSettings, SampleJob, SampleSource};
pub use config::{
    ConfigError, Family, IMAGE_SIZES, Likelihood, LiveSettings, ModelSpec, Normalisation,
    Objective, SampleRate, TrainSettings,
};
pub use dataset::{
    DatasetOptions, DatasetSource, DatasetSummary, Fit, LabelCount, SkippedFile, Split,
};
pub use device::{DeviceChoice, DeviceInfo, DeviceKind, ListedDevice};
pub use estimate::{Estimate, estimate};
pub use evaluation::{AttributeVariance, EvaluateJob, Evaluation, OracleAccuracy, OracleJob};
pub use event::{
    Event, LossPoint, ModelSummary, Networks, Notice, NoticeLevel, PastReport, Phase, RunData,
    StopReason, TrainProgress,
};
pub use frame::{Frame, PreviewFrame, ReconstructionSheet, SampleSheet, Snapshot};
pub use latent::{Latent, Prior};
pub use latest::Latest;
pub use map::{
    ChosenPictures, Cluster, Clustering, Grouping, INDEX_LIMIT, MAP_CLUSTERS_LIMIT,
    MAP_POINTS_LIMIT, Map, MapColour, MapJob, MapMethod, Plane, PointLabels, check_clusters,
    check_method,
};
pub use neighbours::{
    IndexJob, MapPicture, MapPictures, MapPicturesRequest, MapPlace, NearPicture, Nearest,
    NearestRequest,
};
pub use sheets::{Ranking, Sheets, SheetsJob};
