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
mod directions;
mod edit;
mod edit_job;
mod edit_live;
mod entanglement;
mod estimate;
mod evaluation;
mod event;
mod frame;
mod grid;
mod identity;
mod inversion;
mod inverted;
mod judging;
mod labels;
mod latent;
mod latest;
mod map;
mod neighbours;
mod photo;
mod race;
mod session;
mod sheets;
mod stroke;
mod task;
mod tiles;

pub use animation::{AnimationJob, Curve, Ending, Route};
pub use attributes::{
    AttributeEdit, Attributes, AttributesJob, Direction, DirectionMethod, EditOutcome, Histogram,
    Judged, Origin,
};
pub use bench::{BenchFigure, BenchOptions};
pub use command::{Command, EncodeJob, PreviewRequest, RunSettings, SampleJob, SampleSource};
pub use config::{
    ConfigError, Family, IMAGE_SIZES, LABEL_LOSS, Likelihood, LiveSettings, ModelSpec,
    Normalisation, Objective, SampleRate, TrainSettings,
};
pub use dataset::{
    DatasetOptions, DatasetSource, DatasetSummary, Fit, LabelCount, SkippedFile, Split,
};
pub use device::{DeviceChoice, DeviceInfo, DeviceKind, ListedDevice};
pub use directions::{DirectionSearch, DirectionsJob, FoundDirections};
pub use edit::{EditCandidate, EditLoss, EditSettings};
pub use edit_job::{
    EditJob, EditMade, EditReport, EditReportJob, EditRow, EditSource, EditStep, EditTask,
    EditTrial,
};
pub use edit_live::{
    AreaStroke, ChangeArea, EditExport, EditPicture, EditPlan, EditRequest, EditScript, EditStage,
    EditStart, EditView, OfferedCandidate, RealismBy,
};
pub use entanglement::{Entanglement, EntanglementJob};
pub use estimate::{Estimate, estimate, estimate_encoder};
pub use evaluation::{
    AttributeVariance, EvaluateJob, Evaluation, LabelReconstruction, OracleAccuracy, OracleJob,
};
pub use event::{
    Event, LossPoint, ModelSummary, Networks, Notice, NoticeLevel, PastReport, Phase, RunData,
    StopReason, TrainProgress,
};
pub use frame::{Frame, PreviewFrame, ReconstructionSheet, SampleSheet, Snapshot};
pub use grid::{GridAxis, GridDirection, GridJob, evenly};
pub use identity::{
    Identity, LOCALITY_PICTURES, PhotoPlace, PhotoTuned, Pivot, PivotalSettings, TuneRequest,
    TunedCopy, TunedFigures, TuningState, TuningView,
};
pub use inversion::{
    Descent, FeatureSource, InversionLoss, InversionMethod, InversionSettings, PixelLoss,
};
pub use inverted::{
    CatchUp, InversionReport, InversionRow, InversionStep, InversionTarget, InvertJob,
    InvertReportJob, Inverted,
};
pub use judging::{JudgeJob, Judgement, SensitivityJob, ToJudge};
pub use labels::{LabelReport, LabelSource, PatternPreview, PatternRow};
pub use latent::{Latent, Prior};
pub use latest::{Latest, Slots};
pub use map::{
    ChosenPictures, Cluster, Clustering, Grouping, INDEX_LIMIT, MAP_CLUSTERS_LIMIT,
    MAP_POINTS_LIMIT, Map, MapColour, MapJob, MapMethod, Plane, PointLabels, check_clusters,
    check_method,
};
pub use neighbours::{
    IndexJob, MapPicture, MapPictures, MapPicturesRequest, MapPlace, NearPicture, Nearest,
    NearestRequest,
};
pub use photo::{
    Crop, CropRequest, CroppedPhoto, MeanPicture, PHOTO_PIXEL_LIMIT, PHOTO_PREVIEW_EDGE_PX, Photo,
    PhotoOrigin,
};
pub use race::{
    BestLatent, Manifold, ManifoldLight, RaceMeasure, RacePoint, RaceRequest, RaceSource, RaceView,
    RacerState, RacerView,
};
pub use session::{
    FileRef, Made, OpenedSession, SESSION_ENDING, SaveSession, Session, SessionAttribute,
    SessionFiles, SessionModel, SessionPivot, SessionState, SessionWork, is_session, session_path,
};
pub use sheets::{Ranking, Sheets, SheetsJob};
pub use stroke::{
    Brush, LATENT_STROKE_REACH, STROKE_POINTS_LIMIT, STROKES_LIMIT, Stroke, StrokePoint,
    StrokeTool, validate_strokes,
};
pub use task::TrainTask;
pub use tiles::{TilePlace, TileSheet, TileSlots, TilesRequest};
