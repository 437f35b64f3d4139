//! What is asked of a face: strokes, and what they are to bring about.

use std::sync::Arc;

use super::faces::Face;
use super::measure::Judge;
use super::trace::filling;
use crate::data::portraits::{HairColor, hair_rgb};
use crate::edit::mask;
use crate::protocol::{Brush, EditTask, Stroke, StrokeTool};

/// The questions of the oracle that tasks are about, by their names.
const DARK: &str = "dark background";
const SMILING: &str = "smiling";
/// How bright a darkened background is to be at most, from 0 to 1.
const DARK_BRIGHTNESS: f32 = 0.25;
/// A background is darkened by no less than this.
const LEAST_DARKENING: f32 = 0.15;
/// Widths of the brushes, in widths of the picture.
const SMILE_BRUSH: f32 = 0.08;
const ERASE_BRUSH: f32 = 0.2;
/// What the sketched curve counts beside staying near z₀.
const SMILE_WEIGHT: f32 = 4.0;

/// One task on one face.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) task: EditTask,
    pub(super) strokes: Vec<Arc<Stroke>>,
    /// The column of the oracle's answer that is to cross a half.
    pub(super) label: usize,
    /// The colour that is painted, where one is.
    pub(super) colour: Option<[u8; 3]>,
    /// The strokes' masks together.
    pub(super) painted: Vec<f32>,
    /// What is to be filled in, where something is.
    pub(super) hole: Option<Vec<bool>>,
}

impl Asked {
    /// The task on this face; `None` where it makes no sense: no hair to paint, a background that is dark, a face that
    /// smiles.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn of(task: EditTask, face: &Face, judge: &Judge) -> Result<Option<Self>, String> {
        let before = judge.probabilities(&face.truth)?;
        Ok(match task {
            EditTask::Hair => hair(face, judge, &before),
            EditTask::Darken => darken(face, judge, &before),
            EditTask::Smile => smile(face, judge, &before),
            EditTask::Erase => Some(erase(face, judge)),
        })
    }

    fn new(task: EditTask, stroke: Stroke, label: usize, size: usize) -> Self {
        let painted = mask(&stroke, size);
        Self { task, painted, strokes: vec![Arc::new(stroke)], label, colour: None, hole: None }
    }
}

fn hard(size: f32) -> Brush {
    Brush { size, strength: 1.0, softness: 0.0 }
}

/// The colour after the one it has, in the order of the schema: all pairs of colours come up.
fn hair(face: &Face, judge: &Judge, before: &[f32]) -> Option<Asked> {
    let path = filling(&face.regions.hair, judge.size)?;
    let names = ["black hair", "brown hair", "blond hair", "red hair", "grey hair"];
    let columns = names.map(|name| judge.column(name));
    let now = (0..5).max_by(|&a, &b| before[columns[a]].total_cmp(&before[columns[b]]))?;
    let step = 1 + path.places.len() % 4;
    let wanted = (now + step) % 5;
    let colour = hair_rgb(HairColor::ALL[wanted]);
    let stroke = Stroke::through(StrokeTool::Colour(colour), &path.places);
    let stroke = Stroke { brush: hard(path.diameter), ..stroke };
    let asked = Asked::new(EditTask::Hair, stroke, columns[wanted], judge.size);
    Some(Asked { colour: Some(colour), ..asked })
}

fn darken(face: &Face, judge: &Judge, before: &[f32]) -> Option<Asked> {
    let label = judge.column(DARK);
    if before[label] >= 0.5 {
        return None;
    }
    let path = filling(&face.regions.background, judge.size)?;
    let plane = face.truth.len() / 3;
    let inside = (0..plane).filter(|&index| face.regions.background[index]);
    let (sum, count) = inside.fold((0.0, 0.0_f32), |(sum, count), index| {
        let colours = (0..3).map(|channel| face.truth[channel * plane + index]);
        (sum + colours.sum::<f32>() / 3.0, count + 1.0)
    });
    let brightness = (sum / count.max(1.0) + 1.0) / 2.0;
    let amount = (brightness - DARK_BRIGHTNESS).clamp(LEAST_DARKENING, 1.0);
    let stroke = Stroke::through(StrokeTool::Darken(amount), &path.places);
    let stroke = Stroke { brush: hard(path.diameter), ..stroke };
    Some(Asked::new(EditTask::Darken, stroke, label, judge.size))
}

fn smile(face: &Face, judge: &Judge, before: &[f32]) -> Option<Asked> {
    let label = judge.column(SMILING);
    if before[label] >= 0.5 {
        return None;
    }
    let stroke = Stroke::through(StrokeTool::Edge, &face.regions.smile);
    let stroke = Stroke { brush: hard(SMILE_BRUSH), weight: SMILE_WEIGHT, ..stroke };
    Some(Asked::new(EditTask::Smile, stroke, label, judge.size))
}

fn erase(face: &Face, judge: &Judge) -> Asked {
    let stroke = Stroke::through(StrokeTool::Erase, &face.regions.smile);
    let stroke = Stroke { brush: hard(ERASE_BRUSH), ..stroke };
    let asked = Asked::new(EditTask::Erase, stroke, judge.column(SMILING), judge.size);
    // All that the brush touched: what is left of the truth at its rim would help.
    let hole = asked.painted.iter().map(|value| *value > 0.0).collect();
    Asked { hole: Some(hole), ..asked }
}
