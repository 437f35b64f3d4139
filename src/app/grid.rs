//! A grid of pictures along two directions: what is asked for, and its preview.

use std::sync::Arc;

use super::attributes::AttributesState;
use super::explore::ExploreState;
use crate::protocol::{
    GridAxis, GridDirection, GridJob, Latent, SampleSource, TileSheet, TilesRequest,
};

/// Pictures along one axis of an exported grid, at most.
pub const STEPS_LIMIT: usize = 1000;
/// The preview is drawn when the picture has rested for so long: it must not slow a drag down.
const REST_SECS: f64 = 0.2;

/// What an axis moves along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GridAlong {
    /// An attribute, by its number.
    Attribute(u64),
    /// A latent dimension, counted from 0.
    Dimension(usize),
}

/// One axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GridSide {
    /// What it moves along.
    pub along: GridAlong,
    /// Pictures along it.
    pub steps: usize,
    /// From minus this to this: steps of an attribute, values of a dimension.
    pub reach: f32,
}

impl GridSide {
    /// Seven pictures from −3 to +3.
    pub fn of(along: GridAlong) -> Self {
        Self { along, steps: 7, reach: 3.0 }
    }
}

/// What is typed and chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct GridForm {
    /// Whether it is shown: only then is its preview drawn.
    pub open: bool,
    /// From left to right.
    pub x: GridSide,
    /// From bottom to top; without it there is one row.
    pub y: Option<GridSide>,
    /// How many times larger than the model's pictures.
    pub scale: u32,
    /// Where to write, as typed.
    pub out_text: String,
}

impl Default for GridForm {
    fn default() -> Self {
        Self {
            open: false,
            x: GridSide::of(GridAlong::Dimension(0)),
            y: Some(GridSide::of(GridAlong::Dimension(1))),
            scale: 2,
            out_text: String::new(),
        }
    }
}

/// The form, and the preview of what it asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GridState {
    /// What is typed and chosen.
    pub form: GridForm,
    /// The pictures, row by row from the top.
    pub pictures: Option<Arc<TileSheet>>,
    asked: Option<Vec<Latent>>,
    /// The latents that are wanted, and since when.
    rests: Option<(Vec<Latent>, f64)>,
}

impl GridState {
    /// The job that writes it; `None` while an axis has nothing to move along.
    pub fn job(
        &self,
        explore: &ExploreState,
        attributes: &AttributesState,
        out: std::path::PathBuf,
    ) -> Option<GridJob> {
        let axis = |side: &GridSide| {
            let along = match side.along {
                GridAlong::Dimension(dim) if dim < explore.latent.dims() => {
                    GridDirection::Dimension(dim)
                }
                GridAlong::Dimension(_) => return None,
                GridAlong::Attribute(id) => {
                    let direction =
                        &attributes.in_use().find(|attribute| attribute.id == id)?.direction;
                    let step = scaled(&direction.step, explore.truncation);
                    GridDirection::Given { name: direction.name.clone(), step }
                }
            };
            Some(GridAxis { along, steps: side.steps, reach: side.reach })
        };
        let y = match &self.form.y {
            Some(side) => Some(axis(side)?),
            None => None,
        };
        let same = |y: &GridSide| y.along == self.form.x.along;
        if self.form.y.as_ref().is_some_and(same) {
            return None;
        }
        let base = scaled(&explore.moved(), explore.truncation);
        Some(GridJob {
            base: SampleSource::Given(vec![base]),
            x: axis(&self.form.x)?,
            y,
            scale: self.form.scale as usize,
            out,
        })
    }

    /// Whether the preview can hold all pictures.
    pub fn fits_preview(&self) -> bool {
        let rows = self.form.y.map_or(1, |y| y.steps);
        self.form.x.steps.saturating_mul(rows) <= TilesRequest::LIMIT
    }

    /// The preview's latents, row by row from the top.
    fn wanted(&self, explore: &ExploreState, attributes: &AttributesState) -> Option<Vec<Latent>> {
        if !(self.form.open && self.fits_preview()) {
            return None;
        }
        let job = self.job(explore, attributes, std::path::PathBuf::new())?;
        let SampleSource::Given(base) = &job.base else { return None };
        let base = base.first()?;
        let rows = match &job.y {
            Some(y) => y.places().into_iter().rev().map(|at| moved(base, &y.along, at)).collect(),
            None => vec![base.clone()],
        };
        let columns = job.x.places();
        let row = |raised: &Latent| {
            columns.iter().map(|at| moved(raised, &job.x.along, *at)).collect::<Vec<_>>()
        };
        Some(rows.iter().flat_map(row).collect())
    }

    /// The pictures that are to be drawn, once what they depend on rests.
    pub(super) fn take_request(
        &mut self,
        explore: &ExploreState,
        attributes: &AttributesState,
        now_secs: f64,
    ) -> Option<Vec<Latent>> {
        let Some(wanted) = self.wanted(explore, attributes) else {
            (self.asked, self.rests) = (None, None);
            return None;
        };
        if self.asked.as_ref() == Some(&wanted) {
            self.rests = None;
            return None;
        }
        let since = match &self.rests {
            Some((latents, since)) if *latents == wanted => *since,
            _ => {
                self.rests = Some((wanted, now_secs));
                return None;
            }
        };
        if now_secs - since < REST_SECS {
            return None;
        }
        self.rests = None;
        self.asked = Some(wanted);
        self.asked.clone()
    }

    /// Seconds until [`Self::take_request`] will have something to ask for.
    pub(super) fn due_secs(&self, now_secs: f64) -> Option<f64> {
        let (_, since) = self.rests.as_ref()?;
        Some((since + REST_SECS - now_secs).max(0.0))
    }

    pub(super) fn take_pictures(&mut self, sheet: TileSheet) {
        if self.asked.as_ref() == Some(&sheet.latents) {
            self.pictures = Some(Arc::new(sheet));
        }
    }

    /// The weights changed: the same latents look otherwise.
    pub(super) fn redraw(&mut self) {
        self.asked = None;
    }

    /// Another latent space: no axis fits.
    pub(super) fn clear(&mut self) {
        let form = std::mem::take(&mut self.form);
        let fresh = GridForm::default();
        *self = Self { form: GridForm { x: fresh.x, y: fresh.y, ..form }, ..Self::default() };
    }
}

fn moved(base: &Latent, along: &GridDirection, at: f32) -> Latent {
    match along {
        GridDirection::Dimension(dim) => base.with(*dim, at),
        GridDirection::Given { step, .. } => base.plus(step, at),
        GridDirection::Named { .. } => base.clone(),
    }
}

fn scaled(latent: &Latent, by: f32) -> Latent {
    Latent(latent.0.iter().map(|value| value * by).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Frame;

    fn explore() -> ExploreState {
        let mut explore = ExploreState::default();
        explore.latent = Latent(vec![0.5, 1.0, -1.0]);
        explore.shift = Latent::zeros(3);
        explore
    }

    fn grid() -> GridState {
        let form = GridForm {
            open: true,
            x: GridSide { along: GridAlong::Dimension(0), steps: 3, reach: 2.0 },
            y: Some(GridSide { along: GridAlong::Dimension(2), steps: 2, reach: 1.0 }),
            ..GridForm::default()
        };
        GridState { form, ..GridState::default() }
    }

    #[test]
    fn the_preview_goes_from_left_to_right_and_from_top_to_bottom_when_it_rests() {
        let (mut grid, explore, attributes) = (grid(), explore(), AttributesState::default());
        assert_eq!(grid.take_request(&explore, &attributes, 1.0), None, "it may move on");
        let due = grid.due_secs(1.0).expect("it waits");
        assert!((due - REST_SECS).abs() < 1e-9, "{due}");
        let latents = grid.take_request(&explore, &attributes, 1.5).expect("it rests");
        let expected =
            [[-2.0, 1.0], [0.0, 1.0], [2.0, 1.0], [-2.0, -1.0], [0.0, -1.0], [2.0, -1.0]];
        let expected: Vec<Latent> =
            expected.iter().map(|[x, y]| Latent(vec![*x, 1.0, *y])).collect();
        assert_eq!(latents, expected);
        assert_eq!(grid.take_request(&explore, &attributes, 9.0), None, "it was asked for");
        let frame = Frame { width_px: 0, height_px: 0, rgba: Arc::default() };
        let sheet =
            |latents| TileSheet { id: 0, columns: 3, tile_px: 0, frame: frame.clone(), latents };
        grid.take_pictures(sheet(Vec::new()));
        assert!(grid.pictures.is_none(), "an answer to something else");
        grid.take_pictures(sheet(expected));
        assert!(grid.pictures.is_some());
        grid.form.open = false;
        assert_eq!(grid.take_request(&explore, &attributes, 20.0), None, "nobody looks");
    }

    #[test]
    fn an_axis_needs_something_of_its_own_to_move_along() {
        let (mut grid, explore, attributes) = (grid(), explore(), AttributesState::default());
        let has_job = |grid: &GridState| grid.job(&explore, &attributes, "g.png".into()).is_some();
        assert!(has_job(&grid));
        grid.form.x.along = GridAlong::Dimension(2);
        assert!(!has_job(&grid), "both are dimension 2");
        grid.form.x.along = GridAlong::Dimension(3);
        assert!(!has_job(&grid), "there is none");
        grid.form.x.along = GridAlong::Attribute(7);
        assert!(!has_job(&grid), "it is gone");
        grid.form.x = GridSide { along: GridAlong::Dimension(1), steps: 300, reach: 1.0 };
        assert!(has_job(&grid) && !grid.fits_preview());
    }
}
