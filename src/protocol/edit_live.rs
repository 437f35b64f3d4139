//! An edit as it is painted and solved, live: what is asked, and what is shown.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Brush, ConfigError, Crop, EditLoss, EditSettings, Frame, Latent, Manifold, STROKES_LIMIT,
    Stroke, StrokePoint, StrokeTool, validate_strokes,
};

/// A part of the area in which a picture may change: painted, or rubbed out again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaStroke {
    /// What it is painted with.
    pub brush: Brush,
    /// Where the brush went.
    pub points: Vec<StrokePoint>,
    /// Whether it is painted on the other side too.
    #[serde(default)]
    pub mirrored: bool,
    /// Rubs out instead.
    #[serde(default)]
    pub removes: bool,
}

impl AreaStroke {
    /// The same as a stroke, whose mask is its own.
    pub fn as_stroke(&self) -> Stroke {
        let plain = Stroke::through(StrokeTool::Keep, &[]);
        Stroke { brush: self.brush, points: self.points.clone(), mirrored: self.mirrored, ..plain }
    }
}

/// "Only here may change": a soft mask. Its strokes in their order, then inverted, grown, and feathered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeArea {
    /// In the order they were painted.
    pub strokes: Vec<Arc<AreaStroke>>,
    /// What was painted may not change, all else may.
    pub inverted: bool,
    /// Grown by this, in widths of the picture; negative shrinks it.
    pub grow: f32,
    /// Standard deviation of the blur at its rim, in widths of the picture.
    pub feather: f32,
}

impl ChangeArea {
    /// The most that an area is grown or shrunk, and feathered, in widths of the picture.
    pub const REACH: f32 = 0.25;

    /// Whether it leaves all as it is: nothing was painted.
    pub fn is_empty(&self) -> bool {
        self.strokes.is_empty()
    }

    /// Checks every value.
    ///
    /// # Errors
    /// The first that cannot be used, with what to use.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let count = self.strokes.len();
        if count > STROKES_LIMIT {
            let text = format!("{count} strokes of the area: use at most {STROKES_LIMIT}");
            return Err(ConfigError(text));
        }
        for (index, stroke) in self.strokes.iter().enumerate() {
            let numbered = |error: ConfigError| {
                ConfigError(format!("stroke {} of the area: {error}", index + 1))
            };
            stroke.as_stroke().validate().map_err(numbered)?;
        }
        let reach = Self::REACH;
        for (name, value, low) in [("growth", self.grow, -reach), ("feather", self.feather, 0.0)] {
            if !(low..=reach).contains(&value) {
                return Err(ConfigError(format!(
                    "{name} {value} of the area: use {low} to {reach}"
                )));
            }
        }
        Ok(())
    }
}

/// What is to become of a picture. With the latent that it begins with, it determines the answer on one machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EditPlan {
    /// In the order they were painted.
    pub strokes: Vec<Arc<Stroke>>,
    /// Where the picture may change.
    pub area: ChangeArea,
    /// How it is solved.
    pub settings: EditSettings,
    /// The candidate that is adopted, by its start: 0 is z₀ itself, 1 and on the random starts around it.
    pub adopted: u32,
}

impl EditPlan {
    /// Checks every value.
    ///
    /// # Errors
    /// The first that cannot be used, with what to use.
    pub fn validate(&self) -> Result<(), ConfigError> {
        validate_strokes(&self.strokes)?;
        self.area.validate()?;
        self.settings.validate()?;
        let (adopted, count) = (self.adopted, self.settings.candidates);
        if adopted >= count {
            let last = count - 1;
            return Err(ConfigError(format!("candidate {adopted} is adopted: use 0 to {last}")));
        }
        Ok(())
    }
}

/// What an edit begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditStart {
    /// z₀ of G(z₀), the picture before.
    pub latent: Latent,
    /// x in the model's size, where a photo is edited; `None` edits the model's own picture.
    pub photo: Option<Frame>,
    /// Which open photo x was cut out of, and how, for pasting back.
    pub place: Option<(u64, Crop)>,
}

/// Solve this. Each change of anything is a request of its own, and of several waiting only the newest is served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditRequest {
    /// Rises with every request.
    pub id: u64,
    /// Which edit it belongs to: rises with every new start.
    pub edit: u64,
    /// What it begins with.
    pub start: Arc<EditStart>,
    /// z₀ as attribute sliders moved it: the centre of the distance term, and where the solver begins.
    pub moved: Latent,
    /// What is to become of it.
    pub plan: EditPlan,
    /// The last stroke is being painted: the solver goes on from where it is. Else it begins at its start again.
    pub painting: bool,
    /// Between G(z₀), 0, and G(z*), 1, on the straight line between their latents: what is shown.
    pub morph: f32,
}

/// What an edit is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EditStage {
    /// The adopted candidate moves.
    Adopted,
    /// It has settled; the other candidates move.
    Candidates,
    /// All have settled: nothing is computed.
    Settled,
}

/// Who says how real pictures look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RealismBy {
    /// D: log σ of its logit.
    Discriminator,
    /// A critic, its values in deviations of those on data.
    Critic,
    /// The prior's log density: the model has no D.
    Prior,
}

/// A candidate that is offered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfferedCandidate {
    /// Its start, for [`EditPlan::adopted`].
    pub start: u32,
    /// Where it is.
    pub latent: Latent,
    /// What it costs in all.
    pub total: f32,
    /// G(z).
    pub picture: Frame,
}

/// An edit as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditView {
    /// The newest request that is taken up in it.
    pub id: u64,
    /// Its edit.
    pub edit: u64,
    /// What is under way.
    pub stage: EditStage,
    /// Steps of that stage, and at most.
    pub steps: (u32, u32),
    /// z* so far, of the adopted candidate.
    pub latent: Latent,
    /// What it costs.
    pub loss: EditLoss,
    /// The strokes that [`EditLoss::each`] is of, by their places.
    pub each: Vec<usize>,
    /// G(z₀).
    pub before: Frame,
    /// G at the place that `morph` names.
    pub picture: Frame,
    /// photo + M·(G(z) − G(z₀)) in the model's size; `None` where no photo is edited.
    pub composite: Option<Frame>,
    /// M in the model's size, gray: where the picture changed, within the area that may change.
    pub mask: Frame,
    /// Distinct candidates, the adopted one among them; each keeps its place while it is offered.
    pub offered: Vec<OfferedCandidate>,
    /// Where each dragged point is, (x, y) as shares of the picture.
    pub handles: Vec<[f32; 2]>,
    /// Who says how real it looks.
    pub realism: RealismBy,
    /// Where z* lies; `None` until it was measured.
    pub manifold: Option<Manifold>,
    /// What to know about the strokes: that some bind nothing, or contradict each other.
    pub remarks: Vec<String>,
}

/// What is written of an edit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EditPicture {
    /// G(z) in the model's size.
    Model,
    /// The photo in its full resolution with what changed.
    Photo,
    /// M in the model's size.
    Mask,
    /// From before to after and back as an animation (GIF, animated PNG or WebP by the file's ending): frames one
    /// way.
    Morph(u32),
}

/// Write a picture of an edit, as a job; answered by [`super::Event::FileWritten`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditExport {
    /// What it begins with.
    pub start: Arc<EditStart>,
    /// z*, as it is shown.
    pub latent: Latent,
    /// Where it may change.
    pub area: ChangeArea,
    /// What was painted: where something is erased, nothing of the photo is seen.
    pub strokes: Vec<Arc<Stroke>>,
    /// What is written.
    pub picture: EditPicture,
    /// The file.
    pub out: PathBuf,
}

/// An edit as a file: `edit --script`, and what the window saves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EditScript {
    /// [`Self::FORMAT`].
    pub format: u32,
    /// z₀; without it the photo is brought back to z first.
    pub start: Option<Latent>,
    /// What attribute sliders add to z₀: none or `d` values.
    pub shift: Vec<f32>,
    /// What is to become of it.
    pub plan: EditPlan,
}

impl EditScript {
    /// The version of the format.
    pub const FORMAT: u32 = 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_and_plans_out_of_range_are_refused_with_what_to_use() {
        let brush = Brush::default();
        let stroke = AreaStroke {
            brush,
            points: vec![StrokePoint::at(0.5, 0.5)],
            mirrored: false,
            removes: true,
        };
        let bad_stroke = AreaStroke { points: vec![], ..stroke.clone() };
        let area = |area: ChangeArea| EditPlan { area, ..EditPlan::default() };
        let settings = EditSettings { candidates: 4, ..EditSettings::default() };
        let of = |strokes: Vec<AreaStroke>| strokes.into_iter().map(Arc::new).collect();
        let bad = [
            area(ChangeArea { grow: 1.0, ..ChangeArea::default() }),
            area(ChangeArea { feather: -0.1, ..ChangeArea::default() }),
            area(ChangeArea { feather: f32::NAN, ..ChangeArea::default() }),
            area(ChangeArea {
                strokes: of(vec![stroke.clone(), bad_stroke]),
                ..ChangeArea::default()
            }),
            area(ChangeArea { strokes: of(vec![stroke.clone(); 501]), ..ChangeArea::default() }),
            EditPlan { settings, adopted: 4, ..EditPlan::default() },
        ];
        for plan in bad {
            let text = plan.validate().unwrap_err().to_string();
            assert!(text.contains("use "), "{text}");
        }
        assert!(
            area(ChangeArea { strokes: of(vec![stroke]), ..ChangeArea::default() })
                .validate()
                .is_ok()
        );
    }

    #[test]
    fn a_script_comes_back_from_its_text_and_names_what_it_does_not_know() {
        let stroke = Arc::new(Stroke::through(StrokeTool::Colour([9, 8, 7]), &[[0.1, 0.2]]));
        let plan = EditPlan { strokes: vec![stroke], adopted: 3, ..EditPlan::default() };
        let script = EditScript { format: 1, start: None, shift: vec![0.5], plan };
        let text = serde_json::to_string(&script).unwrap();
        assert_eq!(serde_json::from_str::<EditScript>(&text).unwrap(), script);
        let wrong = text.replace("shift", "shifted");
        assert!(
            serde_json::from_str::<EditScript>(&wrong).unwrap_err().to_string().contains("shifted")
        );
    }
}
