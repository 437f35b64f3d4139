//! The edit under way: one optimiser step at each turn of the loop.

use std::time::{Duration, Instant};

use super::begin::{begin, realism_by, telling_network};
use super::light::{Light, Lit};
use super::view::{Held, Picked, edit_view, pick};
use crate::edit::Solve;
use crate::engine::pictures::frame_values;
use crate::engine::worker::Worker;
use crate::invert::FeatureNetwork;
use crate::models::Model;
use crate::protocol::{EditRequest, EditStage, Event, RealismBy};

/// A view is made at most this often, but for the first ones of a request: its pictures cost as much as a step.
const VIEW_INTERVAL: Duration = Duration::from_millis(33);
/// Views after a request that are made as soon as they can be.
const PROMPT_VIEWS: u32 = 3;
/// Candidates are looked at this often while they move: their pictures cost as much as their step.
const OFFER_INTERVAL: Duration = Duration::from_millis(300);

/// The edit under way, and the newest request.
#[derive(Default)]
pub(in crate::engine) struct EditDesk {
    wanted: Option<EditRequest>,
    live: Option<Box<Live>>,
}

/// An edit.
pub(super) struct Live {
    /// The newest request that is taken up.
    pub(super) request: EditRequest,
    pub(super) model: Model,
    pub(super) solve: Solve,
    pub(super) realism: RealismBy,
    pub(super) light: Light,
    pub(super) lit: Lit,
    /// `C·S·S` values, where a photo is edited.
    pub(super) photo: Option<Vec<f32>>,
    /// What is shown until a solve that began anew is as good.
    pub(super) held: Option<Held>,
    /// Candidates as they were offered last.
    pub(super) picked: Picked,
    /// Where the adopted candidate's dragged points are.
    pub(super) handles: Vec<[f32; 2]>,
    network: Option<FeatureNetwork>,
    offered: Option<Instant>,
    /// Candidates are being looked at.
    looking: bool,
    viewed: Option<Instant>,
    /// Views still to be made at once.
    prompt: u32,
    /// Something happened since the last view.
    news: bool,
    /// It cannot go on as it is; a change of the request may mend it.
    broken: bool,
}

impl EditDesk {
    /// An older request is dropped.
    pub(in crate::engine) fn want(&mut self, request: EditRequest) {
        self.wanted = Some(request);
    }

    /// Drops the edit.
    pub(in crate::engine) fn end(&mut self) {
        (self.wanted, self.live) = (None, None);
    }

    /// Whether a step can be done at once.
    pub(in crate::engine) fn is_active(&self) -> bool {
        self.wanted.is_some() || self.live.as_ref().is_some_and(|live| live.is_active())
    }
}

impl Live {
    fn is_active(&self) -> bool {
        // A drawing hand that rests is still drawing: the light can wait.
        self.news
            || self.is_moving()
            || self.can_prepare()
            || (self.light.is_active() && !self.request.painting)
    }

    /// Whether there is something to be measured before the first stroke.
    fn can_prepare(&self) -> bool {
        !self.broken && !self.request.painting && !self.solve.energy().has_jacobian()
    }

    /// Whether there is a step to be done, or a candidate to be looked at.
    fn is_moving(&self) -> bool {
        !self.broken && (self.looking || self.solve.stage() != EditStage::Settled)
    }

    /// What is under way.
    pub(super) fn stage(&self) -> EditStage {
        if self.looking { EditStage::Candidates } else { self.solve.stage() }
    }

    /// Takes up a request of the same edit.
    fn change(&mut self, request: EditRequest) -> Result<(), String> {
        let same = request.plan == self.request.plan && request.moved == self.request.moved;
        if !(same && request.painting == self.request.painting) {
            if request.painting {
                self.solve.paint(&request.plan, &request.moved.0)?;
                self.held = None;
            } else {
                let shown = self.shown_latent().to_vec();
                self.solve.restart(&request.plan, &request.moved.0)?;
                self.held = Held::new(&mut self.solve, shown)?;
                if self.solve.stage() == EditStage::Settled {
                    // Nothing is asked for, and so there is nothing to choose from.
                    self.picked = Picked::default();
                }
                self.handles.clear();
            }
            (self.broken, self.looking, self.offered) = (false, false, None);
        }
        (self.request, self.prompt, self.news) = (request, PROMPT_VIEWS, true);
        Ok(())
    }

    /// z* as it is shown.
    pub(super) fn shown_latent(&self) -> &[f32] {
        match &self.held {
            Some(held) => &held.z,
            None => self.solve.current(),
        }
    }

    /// One step, and a look at the candidates where one is due.
    fn advance(&mut self) -> Result<(), String> {
        if self.looking {
            if self.solve.look(self.network.as_ref())? {
                pick(&mut self.picked, &mut self.solve, self.network.as_ref())?;
                (self.looking, self.offered, self.news) = (false, Some(Instant::now()), true);
            }
            return Ok(());
        }
        let stage = self.solve.stage();
        self.solve.step()?;
        if stage == EditStage::Adopted {
            let points = self.solve.energy().dragged_points();
            let first: Vec<[f32; 2]> =
                points.iter().filter_map(|rows| rows.first().copied()).collect();
            // At the stage's end they are forgotten.
            if !first.is_empty() {
                self.handles = first;
            }
        }
        if self.held.as_ref().is_some_and(|held| held.is_reached(&self.solve)) {
            self.held = None;
        }
        let now = self.solve.stage();
        let due = self.offered.is_none_or(|at| at.elapsed() >= OFFER_INTERVAL);
        self.looking = stage == EditStage::Candidates && (due || now == EditStage::Settled);
        self.news = true;
        Ok(())
    }
}

impl Worker {
    /// One step of the edit, and its view.
    pub(in crate::engine) fn serve_edit(&mut self) {
        if let Some(request) = self.edit_desk.wanted.take() {
            let (edit, id) = (request.edit, request.id);
            if let Err(text) = self.take_up(request) {
                self.outbox.tell(Event::EditFailed { edit, id, text });
            }
        }
        let Some(mut live) = self.edit_desk.live.take() else { return };
        if live.is_moving() {
            if let Err(text) = live.advance() {
                (live.broken, live.news) = (true, true);
                let EditRequest { edit, id, .. } = live.request;
                self.outbox.tell(Event::EditFailed { edit, id, text });
            }
        } else if live.can_prepare() {
            live.solve.prepare();
        } else if live.light.is_active() && !live.request.painting {
            live.news |= self.advance_light(&mut live.light);
        }
        self.show_edit(&mut live);
        self.edit_desk.live = Some(live);
    }

    fn take_up(&mut self, request: EditRequest) -> Result<(), String> {
        if let Some(live) =
            self.edit_desk.live.as_mut().filter(|it| it.request.edit == request.edit)
        {
            return live.change(request);
        }
        let (model, _) =
            self.current_model().ok_or("no model is open: open one or train one first")?;
        let model = model.clone();
        let at_once = self.candidates_at_once();
        let EditRequest { start, moved, plan, .. } = &request;
        let solve = begin(&model, start, moved, plan, at_once)?;
        let photo = start.photo.as_ref().map(|frame| frame_values(&model, frame)).transpose()?;
        self.edit_desk.live = Some(Box::new(Live {
            light: self.light(),
            lit: Lit::default(),
            looking: false,
            realism: realism_by(&model),
            network: telling_network(&model),
            held: None,
            picked: Picked::default(),
            handles: Vec::new(),
            offered: None,
            viewed: None,
            prompt: PROMPT_VIEWS,
            news: true,
            broken: false,
            request,
            model,
            solve,
            photo,
        }));
        Ok(())
    }

    fn show_edit(&mut self, live: &mut Live) {
        let moving = live.is_moving();
        let due = live.prompt > 0 || live.viewed.is_none_or(|at| at.elapsed() >= VIEW_INTERVAL);
        if !live.news || (moving && !due) {
            return;
        }
        match edit_view(live) {
            Ok(view) => {
                self.edit_slot.put(view);
                self.outbox.wake();
            }
            Err(text) => {
                live.broken = true;
                let EditRequest { edit, id, .. } = live.request;
                self.outbox.tell(Event::EditFailed { edit, id, text });
            }
        }
        (live.viewed, live.news) = (Some(Instant::now()), false);
        live.prompt = live.prompt.saturating_sub(1);
    }
}
