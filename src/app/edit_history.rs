//! One history of an edit and the explorer: strokes, the area, settings, adopted candidates, sliders, in the order
//! they came.
//!
//! A step holds all that undo brings back: strokes are shared, so hundreds of steps cost little. The explorer's tree
//! of states stays what it is; while something is edited each step knows the state it stood at, and below the first
//! step the tree goes on.

use std::sync::Arc;

use super::action::Action;
use super::edit::EditAction;
use super::state::AppState;
use crate::protocol::{EditPlan, EditStart, Latent};

/// Steps kept; past it the oldest are forgotten.
pub const STEPS_LIMIT: usize = 1000;

/// What changes go together while the pointer is held down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepKey {
    /// Nothing: each is a step of its own.
    Once,
    /// A slider of the explorer.
    Dim(usize),
    /// An attribute's slider.
    Attribute(u64),
    /// A stroke's slider.
    Stroke(Option<usize>),
    /// The area's sliders.
    Area,
    /// How it is solved.
    Settings,
}

impl StepKey {
    /// By what was asked.
    pub(super) fn of(action: &Action) -> Self {
        match action {
            Action::SetLatentDim(dim, _) => Self::Dim(*dim),
            Action::SetAttribute(id, _) => Self::Attribute(*id),
            Action::Edit(EditAction::SetStroke(index, _)) => Self::Stroke(Some(*index)),
            Action::Edit(
                EditAction::SetBrush(_) | EditAction::SetAmount(_) | EditAction::SetColour(_),
            ) => Self::Stroke(None),
            Action::Edit(EditAction::SetArea { .. }) => Self::Area,
            Action::Edit(EditAction::SetSettings(_)) => Self::Settings,
            _ => Self::Once,
        }
    }
}

/// All that undo brings back.
#[derive(Debug, Clone)]
struct Step {
    start: Arc<EditStart>,
    plan: EditPlan,
    shift: Latent,
    /// The explorer's sliders.
    base: Latent,
    attributes: Vec<(u64, f32)>,
    /// The explorer's state that this is, if it was kept.
    node: Option<u64>,
}

fn same_arcs<T>(a: &[Arc<T>], b: &[Arc<T>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| Arc::ptr_eq(a, b))
}

impl Step {
    /// Whether nothing changed but what it is called in the explorer's history.
    fn is(&self, other: &Self) -> bool {
        let rest = |plan: &EditPlan| {
            let area = &plan.area;
            (area.inverted, area.grow, area.feather, plan.settings.clone(), plan.adopted)
        };
        Arc::ptr_eq(&self.start, &other.start)
            && same_arcs(&self.plan.strokes, &other.plan.strokes)
            && same_arcs(&self.plan.area.strokes, &other.plan.area.strokes)
            && rest(&self.plan) == rest(&other.plan)
            && self.shift == other.shift
            && self.base == other.base
            && self.attributes == other.attributes
    }
}

/// The steps, and where one is.
#[derive(Debug, Clone, Default)]
pub(super) struct Timeline {
    steps: Vec<Step>,
    at: usize,
    /// What is being dragged: its changes are one step.
    open: Option<StepKey>,
}

impl Timeline {
    /// Whether a slider is being dragged.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// The slider is let go; whether there was one.
    pub(super) fn settle(&mut self) -> bool {
        self.open.take().is_some()
    }

    fn note(&mut self, present: Step, key: StepKey) {
        if let Some(here) = self.steps.get_mut(self.at) {
            if here.is(&present) {
                here.node = present.node;
                return;
            }
            if self.open.is_some_and(|open| open == key) {
                *here = present;
                return;
            }
            self.steps.truncate(self.at + 1);
        }
        self.steps.push(present);
        if self.steps.len() > STEPS_LIMIT {
            self.steps.remove(0);
        }
        self.at = self.steps.len() - 1;
        self.open = Some(key).filter(|key| *key != StepKey::Once);
    }

    /// Steps back and forth.
    fn leads(&self) -> (bool, bool) {
        (self.at > 0, self.at + 1 < self.steps.len())
    }

    fn go(&mut self, forth: bool) -> Option<Step> {
        let (back, ahead) = self.leads();
        if !(if forth { ahead } else { back }) {
            return None;
        }
        self.open = None;
        self.at = if forth { self.at + 1 } else { self.at - 1 };
        self.steps.get(self.at).cloned()
    }
}

impl AppState {
    fn present_step(&self) -> Option<Step> {
        Some(Step {
            start: self.edit.start.clone()?,
            plan: self.edit.plan.clone(),
            shift: self.edit.shift.clone(),
            base: self.explore.latent.clone(),
            attributes: self.attributes.values(),
            node: self.states.current(),
        })
    }

    /// Notes what an action changed, while something is edited. What is being painted is no step yet.
    pub(super) fn note_step(&mut self, key: StepKey) {
        if self.edit.painting.is_some() {
            return;
        }
        if let Some(present) = self.present_step() {
            self.edit.timeline.note(present, key);
        }
    }

    /// What is shown was kept in the explorer's history: the step knows its state.
    pub(super) fn note_state(&mut self) {
        let Some(present) = self.present_step() else { return };
        let timeline = &mut self.edit.timeline;
        if let Some(here) = timeline.steps.get_mut(timeline.at).filter(|here| here.is(&present)) {
            here.node = present.node;
        }
    }

    /// Whether undo and redo lead anywhere.
    pub fn history_leads(&self) -> (bool, bool) {
        let tree = self.states.leads();
        if !self.edit.is_on() {
            return tree;
        }
        let (back, forth) = self.edit.timeline.leads();
        (back || tree.0 || self.edit.painting.is_some(), forth)
    }

    /// One step back or (`true`) forth in the edit; `false` where the explorer's history goes on.
    pub(super) fn step_edit(&mut self, forth: bool) -> bool {
        if !self.edit.is_on() {
            return false;
        }
        if self.edit.painting.is_some() {
            // The stroke under way is what undo takes back first.
            self.edit.cancel_stroke();
            return true;
        }
        match self.edit.timeline.go(forth) {
            Some(step) => self.restore_step(step),
            None if forth => {}
            None => self.step_below_edit(),
        }
        true
    }

    /// Before its first step the explorer's history goes on; what redo leads to stays.
    fn step_below_edit(&mut self) {
        let state = self.states.undo().cloned();
        if state.is_none() {
            return;
        }
        self.load_state(state);
        if let Some(present) = self.present_step() {
            self.edit.timeline.steps.insert(0, present);
        }
    }

    fn restore_step(&mut self, step: Step) {
        let Step { start, plan, shift, base, attributes, node } = step;
        let edit = &mut self.edit;
        if !edit.start.as_ref().is_some_and(|before| Arc::ptr_eq(before, &start)) {
            edit.number += 1;
            (edit.view, edit.opening) = (None, None);
            edit.slots.clear();
        }
        edit.start = Some(start);
        (edit.plan, edit.shift) = (plan, shift);
        edit.error = None;
        edit.list_changed();
        if base != self.explore.latent || attributes != self.attributes.values() {
            self.compose.path.playing = false;
            self.attributes.restore(&attributes);
            self.explore.go_to(base);
            self.attributes_moved();
        }
        if let Some(node) = node {
            self.states.stand_at(node);
        }
    }
}
