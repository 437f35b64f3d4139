//! Edits without a window: one from a script, and a table of how well many go.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{
    Crop, DatasetOptions, DatasetSource, EditLoss, EditScript, EditSettings, EditStage,
    InversionMethod, InversionSettings,
};

/// What is edited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum EditSource {
    /// A square of a photo from a file; `None` for the largest in the middle. Where the script has no z₀, the square
    /// is brought back to z first.
    Photo(PathBuf, Option<Crop>),
    /// The picture of a row of the tensor `z` (N×d) of a file, counted from 0.
    Latents(PathBuf, usize),
    /// The picture of the first latent drawn from the prior with this key.
    Sample(u64),
    /// The picture of the script's own z₀.
    Script,
}

/// Solve an edit to rest and write all that comes of it into a folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditJob {
    /// What is edited.
    pub source: EditSource,
    /// What is to become of it.
    pub script: EditScript,
    /// How a photo is brought back to z.
    pub method: InversionMethod,
    /// The same.
    pub inversion: InversionSettings,
    /// Frames, one way, of an animation from before to after and back.
    pub morph: Option<u32>,
    /// The folder; made if it is not there.
    pub out: PathBuf,
}

impl EditJob {
    /// The file of the folder with the script that repeats the edit, its z₀ in it.
    pub const SCRIPT: &str = "script.json";
    /// The file of the folder with the latents: `z`, `z0` and `candidates`.
    pub const LATENTS: &str = "latents.safetensors";
    /// The file of the folder with one line a step, and the summary.
    pub const REPORT: &str = "report.jsonl";
}

/// A step of an edit that is solved as a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditStep {
    /// What moves.
    pub stage: EditStage,
    /// Of that stage, from 1.
    pub step: u32,
    /// Computing time since the solve began, in seconds.
    pub seconds: f64,
    /// What the adopted candidate costs at the best place found so far.
    #[serde(flatten)]
    pub loss: EditLoss,
}

/// How an edit came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditMade {
    /// Steps until the adopted candidate settled, and of the others.
    pub steps: (u32, u32),
    /// What the adopted candidate costs.
    #[serde(flatten)]
    pub loss: EditLoss,
    /// The strokes that `each` is of, by their places.
    pub strokes: Vec<usize>,
    /// Distinct candidates, the adopted one among them.
    pub candidates: usize,
    /// For a photo that was brought back to z: how near the model's picture is to it, peak 2.
    pub inversion_psnr_db: Option<f64>,
    /// What to know about the strokes.
    pub remarks: Vec<String>,
    /// Time of the solve, in seconds.
    pub solve_seconds: f64,
    /// Time in all, in seconds.
    pub seconds: f64,
}

/// A table of how well edits that a script makes up go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditReportJob {
    /// The data the model was trained on: Portraits, whose parts are known.
    pub source: DatasetSource,
    /// How it is read.
    pub options: DatasetOptions,
    /// Tasks.
    pub limit: usize,
    /// Key of what the tasks are drawn with.
    pub seed: u64,
    /// How they are solved.
    pub settings: EditSettings,
    /// How held-out pictures are brought back to z.
    pub inversion: InversionSettings,
    /// A folder for a picture a task.
    pub out: Option<PathBuf>,
}

/// What a task asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EditTask {
    /// Hair painted in another colour.
    Hair,
    /// The background darkened.
    Darken,
    /// The curve of a smile sketched.
    Smile,
    /// The mouth erased.
    Erase,
}

impl EditTask {
    /// All tasks, in the order they take turns.
    pub const ALL: [Self; 4] = [Self::Hair, Self::Darken, Self::Smile, Self::Erase];

    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hair => "hair",
            Self::Darken => "darken",
            Self::Smile => "smile",
            Self::Erase => "erase",
        }
    }
}

/// How a task came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditTrial {
    /// What it asked for.
    pub task: EditTask,
    /// A held-out picture, by its number there, or a sample.
    pub held_out: Option<usize>,
    /// The attribute it is about, as a question: `red hair`.
    pub attribute: String,
    /// ΔE (CIE76) of the painted region's mean colour from the stroke's, before and after; none where no colour is
    /// painted.
    pub delta_e: Option<[f64; 2]>,
    /// The attribute's probability before and after, or the hole's truth and what was filled in.
    pub probability: [f32; 2],
    /// Whether the edit reached what was asked.
    pub reached: bool,
    /// Share of the other attributes' decisions that stayed.
    pub kept: f64,
    /// Those that did not.
    pub lost: Vec<String>,
    /// Steps until it settled.
    pub steps: u32,
    /// Whether it settled before its steps were used up.
    pub settled: bool,
    /// The largest difference, in steps of a byte, of photo + M·Δ from the photo outside of the change mask.
    pub outside: f64,
    /// What it costs in the end.
    pub loss: EditLoss,
    /// Inside the hole, against the truth: the edit, the mean fill, the diffusion fill, in decibels (peak 2).
    pub hole_psnr_db: Option<[f64; 3]>,
    /// Of the inversion, for a held-out picture: decibels (peak 2).
    pub inversion_psnr_db: Option<f64>,
    /// Time of the solve, in seconds.
    pub seconds: f64,
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditRow {
    /// Which task; none for all.
    pub task: Option<EditTask>,
    /// Held-out pictures or samples; none for both.
    pub held_out: Option<bool>,
    /// Tasks.
    pub n: usize,
    /// Share that reached what was asked.
    pub reached: f64,
    /// Mean share of the other attributes' decisions that stayed.
    pub kept: f64,
    /// Median steps until settled.
    pub steps_median: u32,
    /// Share that settled within [`Self::STEPS_GOAL`] steps.
    pub settled: f64,
    /// The largest of [`EditTrial::outside`].
    pub outside: f64,
    /// Means of [`EditTrial::hole_psnr_db`], where there are holes.
    pub hole_psnr_db: Option<[f64; 3]>,
    /// Share of the holes that were filled better than by both plain ways.
    pub better: Option<f64>,
    /// Mean time of a solve, in seconds.
    pub seconds: f64,
}

impl EditRow {
    /// An edit is to settle within this many steps.
    pub const STEPS_GOAL: u32 = 40;

    /// The line of these trials; `None` where there are none.
    pub fn of(
        trials: &[EditTrial],
        task: Option<EditTask>,
        held_out: Option<bool>,
    ) -> Option<Self> {
        let wanted = |trial: &&EditTrial| {
            task.is_none_or(|task| trial.task == task)
                && held_out.is_none_or(|held_out| trial.held_out.is_some() == held_out)
        };
        let mine: Vec<&EditTrial> = trials.iter().filter(wanted).collect();
        let n = mine.len();
        let mean = |value: &dyn Fn(&EditTrial) -> f64| {
            mine.iter().map(|trial| value(trial)).sum::<f64>() / n as f64
        };
        let share =
            |holds: &dyn Fn(&EditTrial) -> bool| mean(&|trial| f64::from(u8::from(holds(trial))));
        let mut steps: Vec<u32> = mine.iter().map(|trial| trial.steps).collect();
        steps.sort_unstable();
        let holes: Vec<[f64; 3]> = mine.iter().filter_map(|trial| trial.hole_psnr_db).collect();
        let of_holes = |value: &dyn Fn(&[f64; 3]) -> f64| {
            holes.iter().map(value).sum::<f64>() / holes.len() as f64
        };
        let better = |[edit, mean, diffusion]: &[f64; 3]| edit > mean && edit > diffusion;
        Some(Self {
            task,
            held_out,
            n,
            steps_median: *steps.get(n / 2)?,
            reached: share(&|trial| trial.reached),
            kept: mean(&|trial| trial.kept),
            settled: share(&|trial| trial.settled && trial.steps <= Self::STEPS_GOAL),
            outside: mine.iter().map(|trial| trial.outside).fold(0.0, f64::max),
            hole_psnr_db: (!holes.is_empty())
                .then(|| std::array::from_fn(|i| of_holes(&|hole| hole[i]))),
            better: (!holes.is_empty())
                .then(|| of_holes(&|hole| f64::from(u8::from(better(hole))))),
            seconds: mean(&|trial| trial.seconds),
        })
    }
}

/// The table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditReport {
    /// By task, by kind of picture, and all.
    pub rows: Vec<EditRow>,
    /// Pictures that were passed over, as no such task could be made of them.
    pub passed_over: usize,
    /// How long it took, in seconds.
    pub seconds: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(task: EditTask, held_out: Option<usize>, reached: bool, steps: u32) -> EditTrial {
        EditTrial {
            task,
            held_out,
            attribute: "red hair".to_owned(),
            delta_e: None,
            probability: [0.1, 0.9],
            reached,
            kept: 0.5,
            lost: vec![],
            steps,
            settled: steps < 100,
            outside: f64::from(steps) / 100.0,
            loss: EditLoss::default(),
            hole_psnr_db: held_out.map(|index| [20.0, 10.0, 15.0 + 10.0 * index as f64]),
            inversion_psnr_db: None,
            seconds: 1.0,
        }
    }

    #[test]
    fn a_row_counts_its_own_trials_alone() {
        let trials = [
            trial(EditTask::Hair, None, true, 10),
            trial(EditTask::Hair, Some(0), false, 50),
            trial(EditTask::Erase, Some(1), true, 100),
        ];
        let all = EditRow::of(&trials, None, None).unwrap();
        assert_eq!((all.n, all.steps_median), (3, 50));
        assert!((all.reached - 2.0 / 3.0).abs() < 1e-12 && (all.settled - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!((all.outside, all.better), (1.0, Some(0.5)));
        let hair = EditRow::of(&trials, Some(EditTask::Hair), Some(false)).unwrap();
        assert_eq!((hair.n, hair.reached, hair.hole_psnr_db), (1, 1.0, None));
        assert_eq!(EditRow::of(&trials, Some(EditTask::Smile), None), None);
    }
}
