//! Painting: from a press of the pointer to a stroke in the list.

use std::sync::Arc;

use super::edit::{EditState, EditTool};
use super::edit_picture::{Mask, PICTURE_EDGE, mark_of};
use crate::protocol::{
    AreaStroke, Brush, EditPlan, Frame, STROKE_POINTS_LIMIT, STROKES_LIMIT, Stroke, StrokePoint,
    StrokeTool,
};

/// Points of a stroke lie at least this far apart, in sizes of the brush.
const THINNED: f32 = 0.12;
/// And this far, in widths of the picture.
const LEAST_APART: f32 = 0.002;
/// A drag shorter than this, in widths of the picture, moves nothing.
const SHORTEST_DRAG: f32 = 0.004;

/// What a drag on the picture makes.
#[derive(Debug, Clone, PartialEq)]
enum Makes {
    /// A stroke.
    Stroke,
    /// A part of the area, or (`true`) it is rubbed out.
    Area(bool),
    /// The stroke with this place, moved.
    Moved(usize),
}

/// What is being painted.
#[derive(Debug, Clone)]
pub struct Painting {
    /// The stroke so far; one of the area as well.
    pub stroke: Stroke,
    /// Its picture.
    pub picture: Frame,
    makes: Makes,
    pressed: StrokePoint,
    /// The stroke as it was, where one is moved.
    original: Option<Arc<Stroke>>,
    mask: Mask,
}

impl Painting {
    fn redraw(&mut self) {
        self.mask = Mask::of(&self.stroke, PICTURE_EDGE);
        self.draw();
    }

    fn draw(&mut self) {
        self.picture = self.mask.frame(mark_of(self.stroke.tool), 0.7);
    }

    /// Whether it is a part of the area.
    pub fn is_area(&self) -> bool {
        matches!(self.makes, Makes::Area(_))
    }

    /// The drag's way since the press, in widths and heights of the picture.
    fn way(&self, to: StrokePoint) -> [f32; 2] {
        [to.x - self.pressed.x, to.y - self.pressed.y].map(|way| way.clamp(-1.0, 1.0))
    }

    fn drag_to(&mut self, to: StrokePoint) {
        let [x, y] = self.way(to);
        if let Some(original) = &self.original {
            let moved =
                original.points.iter().map(|at| StrokePoint { x: at.x + x, y: at.y + y, ..*at });
            self.stroke.points = moved.collect();
            return self.redraw();
        }
        match &mut self.stroke.tool {
            StrokeTool::Warp(by) => {
                *by = [x, y];
                self.redraw();
            }
            StrokeTool::Drag | StrokeTool::Latent => {
                self.stroke.points = vec![self.pressed, to];
                self.redraw();
            }
            _ => self.extend(to),
        }
    }

    /// One point more, unless it lies too near to the last one.
    fn extend(&mut self, to: StrokePoint) {
        let last = self.stroke.points.last().copied().unwrap_or(self.pressed);
        let apart = (to.x - last.x).hypot(to.y - last.y);
        let least = (self.stroke.brush.size * THINNED).max(LEAST_APART);
        if apart < least {
            return;
        }
        if self.stroke.points.len() >= STROKE_POINTS_LIMIT {
            // Every other point still shows where the brush went.
            let mut place = 0;
            self.stroke.points.retain(|_| {
                place += 1;
                place % 2 == 1
            });
        }
        self.stroke.points.push(to);
        self.mask.drag(last, to, self.stroke.brush, self.stroke.mirrored);
        self.draw();
    }

    /// Whether it asks for anything.
    fn is_real(&self) -> bool {
        let long = |[x, y]: [f32; 2]| x.hypot(y) >= SHORTEST_DRAG;
        match (&self.original, self.stroke.tool) {
            (Some(original), _) => **original != self.stroke,
            (None, StrokeTool::Warp(by)) => long(by),
            (None, StrokeTool::Drag | StrokeTool::Latent) => {
                self.stroke.points.last().is_some_and(|last| long(self.way(*last)))
            }
            _ => true,
        }
    }

    fn area_stroke(&self, removes: bool) -> AreaStroke {
        let Stroke { brush, points, mirrored, .. } = self.stroke.clone();
        AreaStroke { brush, points, mirrored, removes }
    }

    fn put_into(&self, plan: &mut EditPlan) {
        match self.makes {
            Makes::Stroke => plan.strokes.push(Arc::new(self.stroke.clone())),
            Makes::Area(removes) => plan.area.strokes.push(Arc::new(self.area_stroke(removes))),
            Makes::Moved(index) => {
                if let Some(stroke) = plan.strokes.get_mut(index) {
                    *stroke = Arc::new(self.stroke.clone());
                }
            }
        }
    }
}

impl EditState {
    /// What the present tool asks of the pixels that it paints.
    fn stroke_tool(&self) -> StrokeTool {
        match self.tool {
            EditTool::Colour => StrokeTool::Colour(self.colour),
            EditTool::Lighten => StrokeTool::Lighten(self.amount),
            EditTool::Darken => StrokeTool::Darken(self.amount),
            EditTool::Edge => StrokeTool::Edge,
            EditTool::NoEdge => StrokeTool::NoEdge,
            EditTool::Warp => StrokeTool::Warp([0.0; 2]),
            EditTool::Drag => StrokeTool::Drag,
            EditTool::Keep | EditTool::Area | EditTool::AreaErase | EditTool::Move => {
                StrokeTool::Keep
            }
            EditTool::Erase => StrokeTool::Erase,
            EditTool::Smooth => StrokeTool::Smooth,
            EditTool::Latent => StrokeTool::Latent,
        }
    }

    /// Whether the pointer may be put down.
    ///
    /// # Errors
    /// Why not, and what to do.
    fn may_press(&self) -> Result<Makes, String> {
        let full = |count: usize, what: &str| match count >= STROKES_LIMIT {
            true => Err(format!("There are {count} {what}: take some away before you paint more.")),
            false => Ok(()),
        };
        match self.tool {
            EditTool::Area | EditTool::AreaErase => {
                full(self.plan.area.strokes.len(), "strokes in the area")?;
                Ok(Makes::Area(self.tool == EditTool::AreaErase))
            }
            EditTool::Move => {
                let selected = self.selected.filter(|at| *at < self.plan.strokes.len());
                let hint = "Choose a stroke in the list first: Move moves it as a whole.";
                selected.map(Makes::Moved).ok_or_else(|| hint.to_owned())
            }
            _ => full(self.plan.strokes.len(), "strokes").map(|()| Makes::Stroke),
        }
    }

    /// The pointer is pressed.
    ///
    /// # Errors
    /// Why nothing can be painted, and what to do; nothing is lost.
    pub(super) fn press(&mut self, at: StrokePoint) -> Result<(), String> {
        if !self.is_on() || !at.x.is_finite() || !at.y.is_finite() {
            return Ok(());
        }
        let makes = self.may_press()?;
        let original = match makes {
            Makes::Moved(index) => self.plan.strokes.get(index).map(Arc::clone),
            _ => None,
        };
        if makes == Makes::Stroke {
            self.selected = None;
        }
        let tool = self.stroke_tool();
        let pair = matches!(tool, StrokeTool::Drag | StrokeTool::Latent);
        let points = if pair { vec![at, at] } else { vec![at] };
        let fresh = Stroke {
            tool,
            brush: self.brush,
            points,
            mirrored: self.mirrored,
            weight: 1.0,
            on: true,
        };
        let stroke = original.as_ref().map_or(fresh, |original| (**original).clone());
        let mask = Mask::of(&stroke, PICTURE_EDGE);
        let picture = mask.frame(mark_of(stroke.tool), 0.7);
        self.painting = Some(Painting { stroke, picture, makes, pressed: at, original, mask });
        self.listed_id = self.last_id + 1;
        // What was adopted stays in sight while it is painted on.
        self.morph = 1.0;
        self.playing_since = None;
        self.wanted = true;
        Ok(())
    }

    /// The pointer is moved, held down.
    pub(super) fn drag(&mut self, to: StrokePoint) {
        let Some(painting) = &mut self.painting else { return };
        if to.x.is_finite() && to.y.is_finite() {
            painting.drag_to(to);
            self.wanted = true;
        }
    }

    /// The pointer is let go: what was painted is in the list.
    pub(super) fn release(&mut self) {
        let Some(painting) = self.painting.take() else { return };
        if painting.is_real() {
            painting.put_into(&mut self.plan);
            if matches!(painting.stroke.tool, StrokeTool::Colour(_)) && painting.original.is_none()
            {
                self.remember_colour();
            }
        }
        self.list_changed();
    }

    /// What is being painted is given up.
    pub(super) fn cancel_stroke(&mut self) {
        if self.painting.take().is_some() {
            self.listed_id = self.last_id + 1;
            self.wanted = true;
        }
    }

    /// The plan with what is being painted.
    pub(super) fn painted_plan(&self) -> EditPlan {
        let mut plan = self.plan.clone();
        if let Some(painting) = &self.painting {
            painting.put_into(&mut plan);
        }
        plan
    }

    /// The brush, colour or amount was changed: of the chosen stroke too, if one is chosen.
    pub(super) fn restyle_selected(&mut self, change: impl FnOnce(&mut Stroke)) {
        let Some(stroke) = self.selected.and_then(|index| self.plan.strokes.get_mut(index)) else {
            return;
        };
        let mut changed = (**stroke).clone();
        change(&mut changed);
        if changed != **stroke {
            *stroke = Arc::new(changed);
            self.plan_changed();
        }
    }
}

/// The nearest value in a range; a number that is none becomes the least.
pub(super) fn within(value: f32, low: f32, high: f32) -> f32 {
    if value.is_nan() { low } else { value.clamp(low, high) }
}

/// A brush within what can be painted with.
pub(super) fn sane_brush(brush: Brush) -> Brush {
    Brush {
        size: within(brush.size, super::edit::SMALLEST_BRUSH, super::edit::LARGEST_BRUSH),
        strength: within(brush.strength, 0.01, 1.0),
        softness: within(brush.softness, 0.0, 1.0),
    }
}
