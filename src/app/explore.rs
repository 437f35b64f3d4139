//! The latent on the sliders: what it is, what was asked of the engine for it, what came back.
//!
//! A change only marks that a picture is wanted; once per frame [`ExploreState::take_request`] turns
//! the newest state into one request, so a drag never queues more than the engine can drop.

use std::collections::VecDeque;

use super::random;
use super::states::{Kept, Made};
use crate::protocol::{Latent, PreviewFrame, PreviewRequest, Prior};

/// Latencies kept for the display.
const LATENCY_CAPACITY: usize = 60;
/// Requests whose sending time is remembered.
const IN_FLIGHT_CAPACITY: usize = 64;

/// The seed of the first latent: with the built-in model a face that pleases.
const FIRST_SEED: u64 = 138;

/// In which order the dimensions' sliders show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DimOrder {
    /// By their number.
    #[default]
    Number,
    /// Those first of which the encoder says most: by the mean KL divergence on data.
    Kl,
    /// Those first that change the picture most.
    Sensitivity,
}

/// The latent on the sliders and its picture.
#[derive(Debug, Clone)]
pub struct ExploreState {
    /// The latent on the sliders, before truncation; as long as the open model wants.
    pub latent: Latent,
    /// What the attributes' sliders add to it.
    pub shift: Latent,
    /// Where those sliders stand that are not at zero: number and steps.
    pub attributes: Vec<(u64, f32)>,
    /// Dimensions that randomise, zero all and loading leave alone.
    pub locked: Vec<bool>,
    /// Scale applied before decoding, 0 to 1.
    pub truncation: f32,
    /// The seed that was drawn last; [`Self::seed_of_latent`] says whether the latent still is that seed's.
    pub seed: u64,
    /// Where fresh seeds go on from, so that the same pictures do not come again.
    pub(super) last_seed: u64,
    /// Only dimensions whose number contains this are shown.
    pub search: String,
    /// In which order the sliders show.
    pub order: DimOrder,
    /// Per dimension, how much pictures change with it; empty until it was measured.
    pub sensitivity: Vec<f32>,
    /// It is being measured.
    pub measuring_sensitivity: bool,
    /// Show every pixel of the large picture as a square, instead of smoothly.
    pub sharp_pixels: bool,
    /// What latents are drawn from.
    pub prior: Prior,
    /// The newest picture.
    pub preview: Option<PreviewFrame>,
    /// When the oldest unanswered request was sent.
    pub waiting_since: Option<f64>,
    /// Milliseconds from request to picture, newest last.
    pub latency_ms: VecDeque<f32>,
    /// When a latent was last asked for that is not the one before.
    pub moved_at_secs: f64,
    asked: Latent,
    /// A picture of the present latent is wanted.
    pub(super) wanted: bool,
    /// The id of the newest request.
    pub(super) last_id: u64,
    in_flight: VecDeque<(u64, f64)>,
    keep_when_drawn: Option<(Latent, Made)>,
    kept: Option<Kept>,
}

impl Default for ExploreState {
    fn default() -> Self {
        Self {
            latent: Latent::default(),
            shift: Latent::default(),
            attributes: Vec::new(),
            locked: Vec::new(),
            truncation: 1.0,
            seed: FIRST_SEED,
            last_seed: FIRST_SEED,
            search: String::new(),
            order: DimOrder::default(),
            sensitivity: Vec::new(),
            measuring_sensitivity: false,
            sharp_pixels: false,
            prior: Prior::Normal,
            preview: None,
            waiting_since: None,
            latency_ms: VecDeque::new(),
            moved_at_secs: 0.0,
            asked: Latent::default(),
            wanted: false,
            last_id: 0,
            in_flight: VecDeque::new(),
            keep_when_drawn: None,
            kept: None,
        }
    }
}

impl ExploreState {
    /// The range a slider covers: ±3σ, or ±1 for a uniform prior.
    pub fn slider_range(&self) -> f32 {
        self.prior.reach()
    }

    /// Fits the sliders to a model; a latent of the same length stays.
    ///
    /// Returns whether the latent space is another one.
    pub fn fit_to_model(&mut self, dims: usize, prior: Prior) -> bool {
        let fresh = self.latent.dims() != dims || self.prior != prior;
        if fresh {
            self.prior = prior;
            self.latent = Latent::zeros(dims);
            self.shift = Latent::zeros(dims);
            self.locked = vec![false; dims];
            self.latency_ms.clear();
            self.preview = None;
            self.randomise();
        }
        self.wanted = dims > 0;
        fresh
    }

    /// Another generator is open: what was measured of the last one says nothing of it.
    pub(super) fn forget_sensitivity(&mut self) {
        self.sensitivity.clear();
        if self.order == DimOrder::Sensitivity {
            self.order = DimOrder::default();
        }
    }

    /// Sets one dimension; locked or not, because the person moved this very slider.
    pub fn set(&mut self, dim: usize, value: f32) {
        if let Some(slot) = self.latent.0.get_mut(dim)
            && value.is_finite()
            && *slot != value
        {
            *slot = value;
            self.wanted = true;
        }
    }

    /// The latent that is drawn: the sliders' with all attributes, before truncation.
    pub fn moved(&self) -> Latent {
        self.latent.plus(&self.shift, 1.0)
    }

    /// The whole latent with which `shown` is drawn, truncation staying as it is.
    pub fn untruncated(&self, shown: &Latent) -> Latent {
        let by = if self.truncation > 0.0 { self.truncation.recip() } else { 1.0 };
        Latent(shown.0.iter().map(|value| value * by).collect())
    }

    /// Takes over where the attributes' sliders stand, and what they add together.
    pub(super) fn set_shift(&mut self, shift: Latent, attributes: Vec<(u64, f32)>) {
        if self.shift != shift {
            self.wanted = true;
        }
        (self.shift, self.attributes) = (shift, attributes);
    }

    /// The seed of which the latent on the sliders is drawn, but for locked dimensions; `None` where it was
    /// moved, or came from elsewhere.
    pub fn seed_of_latent(&self) -> Option<u64> {
        let drawn = random::latent(self.seed, self.latent.dims(), self.prior);
        let mut dims = self.latent.0.iter().zip(&drawn.0).zip(&self.locked);
        dims.all(|((value, drawn), locked)| *locked || value == drawn).then_some(self.seed)
    }

    /// Draws every unlocked dimension anew, with this seed.
    pub fn draw_seed(&mut self, seed: u64) {
        (self.seed, self.last_seed) = (seed, seed);
        self.randomise();
    }

    /// Draws every unlocked dimension from the prior, keyed by the seed.
    pub fn randomise(&mut self) {
        let drawn = random::latent(self.seed, self.latent.dims(), self.prior);
        self.replace_unlocked(&drawn, Made::Random(self.seed));
    }

    /// Takes over a latent, except in locked dimensions.
    pub fn replace_unlocked(&mut self, latent: &Latent, made: Made) {
        for ((slot, value), locked) in self.latent.0.iter_mut().zip(&latent.0).zip(&self.locked) {
            if !locked {
                *slot = *value;
            }
        }
        self.wanted = true;
        self.keep_as(made);
    }

    /// Takes over a whole latent (a sample, a recent one); locks do not hold it back.
    pub fn load(&mut self, latent: &Latent) -> bool {
        if latent.dims() != self.latent.dims() {
            return false;
        }
        self.latent = latent.clone();
        self.wanted = true;
        self.keep_as(Made::Loaded);
        true
    }

    /// The same, made in this way.
    pub(super) fn load_as(&mut self, latent: &Latent, made: Made) -> bool {
        let loaded = self.load(latent);
        if loaded {
            self.keep_as(made);
        }
        loaded
    }

    /// Takes over a whole latent in passing: nothing is kept of it.
    pub(super) fn go_to(&mut self, latent: Latent) {
        self.wanted |= self.latent != latent;
        self.latent = latent;
    }

    /// Puts the present latent into the history as soon as its picture is there.
    pub fn keep_when_drawn(&mut self) {
        self.keep_as(Made::Moved);
    }

    fn keep_as(&mut self, made: Made) {
        self.keep_when_drawn = Some((self.latent.clone(), made));
        self.keep_if_drawn();
    }

    /// The request for the newest state, if a picture is wanted.
    pub fn take_request(&mut self, now_secs: f64) -> Option<PreviewRequest> {
        if !std::mem::take(&mut self.wanted) || self.latent.dims() == 0 {
            return None;
        }
        self.last_id += 1;
        if self.in_flight.len() == IN_FLIGHT_CAPACITY {
            self.in_flight.pop_front();
        }
        self.in_flight.push_back((self.last_id, now_secs));
        self.waiting_since.get_or_insert(now_secs);
        let latent = self.moved();
        if self.asked != latent {
            self.asked.clone_from(&latent);
            self.moved_at_secs = now_secs;
        }
        Some(PreviewRequest { id: self.last_id, latent, truncation: self.truncation })
    }

    /// Whether a picture is wanted or awaited.
    pub(super) fn is_waiting(&self) -> bool {
        self.wanted || self.waiting_since.is_some()
    }

    /// The request just taken could not be sent: it is taken again later.
    pub fn request_failed(&mut self) {
        self.in_flight.pop_back();
        self.waiting_since = self.in_flight.front().map(|(_, sent_secs)| *sent_secs);
        self.wanted = true;
    }

    /// Takes in a picture; an older one than the shown is dropped.
    pub fn take_preview(&mut self, preview: PreviewFrame, now_secs: f64) {
        if self.preview.as_ref().is_some_and(|shown| shown.id > preview.id)
            || preview.latent.dims() != self.latent.dims()
        {
            return;
        }
        while let Some((id, sent_secs)) = self.in_flight.front().copied()
            && id <= preview.id
        {
            if id == preview.id {
                if self.latency_ms.len() == LATENCY_CAPACITY {
                    self.latency_ms.pop_front();
                }
                self.latency_ms.push_back(((now_secs - sent_secs) * 1000.0) as f32);
            }
            self.in_flight.pop_front();
        }
        self.waiting_since = self.in_flight.front().map(|(_, sent_secs)| *sent_secs);
        self.preview = Some(preview);
        self.keep_if_drawn();
    }

    /// The time from a change to its picture that 95 % of the last ones stayed within, milliseconds.
    pub fn latency_p95_ms(&self) -> Option<f32> {
        let mut sorted: Vec<f32> = self.latency_ms.iter().copied().collect();
        sorted.sort_by(f32::total_cmp);
        let place = (sorted.len() * 95).div_ceil(100).checked_sub(1)?;
        sorted.get(place).copied()
    }

    /// Forgets unanswered requests: the engine they went to is gone.
    pub fn forget_requests(&mut self) {
        self.in_flight.clear();
        self.waiting_since = None;
        self.preview = None;
    }

    fn keep_if_drawn(&mut self) {
        let Some(preview) = self.preview.as_ref().filter(|p| p.id == self.last_id) else { return };
        let due = self.keep_when_drawn.as_ref().filter(|(latent, _)| *latent == self.latent);
        let Some(made) = due.map(|(_, made)| *made).filter(|_| !self.wanted) else { return };
        self.keep_when_drawn = None;
        let moved = self.moved();
        let (base, attributes) = (self.latent.clone(), self.attributes.clone());
        let frame = preview.frame.clone();
        self.kept = Some(Kept { latent: moved, base, attributes, frame, made });
    }

    /// What has been drawn and is to be kept in the history.
    pub(super) fn take_kept(&mut self) -> Option<Kept> {
        self.kept.take()
    }
}
