//! Which dimensions the sliders show, in which order, and how far each reaches. Pure.

use crate::app::{AppState, DimOrder, ExploreState};
use crate::protocol::Prior;

/// Least reach of a slider: a dimension the encoder ignores must still be movable.
const LEAST_RANGE: f32 = 0.3;
/// Below this divergence, in nats, the encoder says nothing with a dimension.
const DEAD_KL: f32 = 0.01;
/// Below this share of the largest sensitivity a dimension changes nothing that is seen.
const DEAD_SENSITIVITY: f32 = 0.02;

/// How far a dimension's slider reaches: ±3 standard deviations of the codes the model really uses,
/// where they were measured, else of the prior.
pub fn latent_range(state: &AppState, dim: usize) -> f32 {
    reach(state, dim).0
}

/// How far a dimension's slider reaches, and why so far.
pub fn reach(state: &AppState, dim: usize) -> (f32, &'static str) {
    let base = state.explore.slider_range();
    let std = state.model.as_ref().and_then(|model| model.latent_std.get(dim).copied());
    let uniform = state.explore.prior == Prior::Uniform;
    match std.filter(|std| std.is_finite() && *std > 0.0).map(|std| base * std) {
        Some(reach) if reach < LEAST_RANGE => {
            (LEAST_RANGE, "the least a rail has; the data's codes hardly spread in this dimension")
        }
        Some(reach) if uniform => {
            (reach.min(10.0 * base), "the spread of the data's codes in this dimension")
        }
        Some(reach) => {
            (reach.min(10.0 * base), "three times the spread of the data's codes in this dimension")
        }
        None if uniform => (base, "the whole of the prior"),
        None => (base, "three standard deviations of the prior"),
    }
}

/// What the order goes by, per dimension; empty where that was not measured.
pub fn activities(state: &AppState) -> &[f32] {
    let kl = || state.model.as_ref().map_or(&[][..], |model| &model.latent_kl);
    match state.explore.order {
        DimOrder::Sensitivity => &state.explore.sensitivity,
        DimOrder::Kl | DimOrder::Number => kl(),
    }
}

/// A dimension's activity relative to the most active one, 0 to 1, where any was measured.
pub fn relative_activity(activities: &[f32], dim: usize) -> Option<f32> {
    let most = activities.iter().copied().filter(|value| value.is_finite()).fold(0.0, f32::max);
    let own = activities.get(dim).copied().filter(|value| value.is_finite());
    (most > 0.0).then(|| own.unwrap_or_default().max(0.0) / most)
}

/// Why a dimension is dead, if it is: nothing comes of moving it, as far as was measured.
pub fn why_dead(state: &AppState, dim: usize) -> Option<&'static str> {
    let kl = state.model.as_ref().and_then(|model| model.latent_kl.get(dim).copied());
    if kl.is_some_and(|kl| kl < DEAD_KL) {
        return Some("Dead: the encoder says nothing with it (KL below 0.01 nats)");
    }
    let share = relative_activity(&state.explore.sensitivity, dim)?;
    (share < DEAD_SENSITIVITY).then_some(
        "Dead: pictures hardly change with it (below 2 % of the dimension that changes them most)",
    )
}

/// The dimensions to show: those the search finds, the most active first where that is wanted.
pub fn visible_dims(state: &AppState) -> Vec<usize> {
    let explore = &state.explore;
    let filter = Filter::parse(&explore.search);
    let mut dims: Vec<usize> =
        (0..explore.latent.dims()).filter(|dim| filter.accepts(explore, *dim)).collect();
    if explore.order != DimOrder::Number {
        let activities = activities(state);
        let activity = |dim: &usize| activities.get(*dim).copied().unwrap_or(0.0);
        dims.sort_by(|a, b| activity(b).total_cmp(&activity(a)));
    }
    dims
}

/// What a search text asks for: `locked`, `moved`, `12`, `10-20`, several of them at once.
#[derive(Debug, Default, PartialEq)]
struct Filter {
    locked: bool,
    moved: bool,
    numbers: Vec<Numbers>,
}

#[derive(Debug, PartialEq)]
enum Numbers {
    /// From the first to the last, both included.
    Range(usize, usize),
    /// The decimal number begins with these digits.
    Prefix(String),
    /// Nothing: a word that means nothing here.
    None,
}

impl Filter {
    fn parse(text: &str) -> Self {
        let mut filter = Self::default();
        let text = text.to_lowercase();
        for word in text.split([',', ' ', ';']).filter(|word| !word.is_empty()) {
            // A beginning is enough, so that the list narrows while the word is typed.
            if "locked".starts_with(word) {
                filter.locked = true;
            } else if "moved".starts_with(word) {
                filter.moved = true;
            } else {
                filter.numbers.push(Numbers::parse(word));
            }
        }
        filter
    }

    fn accepts(&self, explore: &ExploreState, dim: usize) -> bool {
        let is = |flag: bool, holds: bool| !flag || holds;
        let locked = explore.locked.get(dim).copied().unwrap_or(false);
        let moved = explore.latent.0.get(dim).is_some_and(|value| *value != 0.0);
        is(self.locked, locked)
            && is(self.moved, moved)
            && (self.numbers.is_empty() || self.numbers.iter().any(|numbers| numbers.accept(dim)))
    }
}

impl Numbers {
    fn parse(word: &str) -> Self {
        if let Some((from, to)) = word.split_once(['-', '–'])
            && let Ok(from) = from.parse()
        {
            return Self::Range(from, to.parse().unwrap_or(usize::MAX));
        }
        if word.chars().all(|c| c.is_ascii_digit()) {
            Self::Prefix(word.to_owned())
        } else {
            Self::None
        }
    }

    fn accept(&self, dim: usize) -> bool {
        match self {
            Self::Range(from, to) => (*from..=*to).contains(&dim),
            Self::Prefix(digits) => dim.to_string().starts_with(digits.as_str()),
            Self::None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{latent_range, relative_activity, visible_dims, why_dead};
    use crate::app::{AppState, DimOrder};
    use crate::protocol::{Event, Latent, ModelSpec, ModelSummary, Networks};

    fn state(search: &str) -> AppState {
        let mut state = AppState::default();
        state.explore.latent = Latent::zeros(32);
        state.explore.locked = vec![false; 32];
        state.explore.latent.0[5] = 1.0;
        state.explore.locked[5] = true;
        state.explore.locked[12] = true;
        state.explore.search = search.to_owned();
        state
    }

    #[test]
    fn the_search_finds_numbers_ranges_and_states() {
        assert_eq!(visible_dims(&state("")).len(), 32);
        assert_eq!(visible_dims(&state("12")), [12]);
        assert_eq!(visible_dims(&state("3")), [3, 30, 31]);
        assert_eq!(visible_dims(&state("10-12, 4")), [4, 10, 11, 12]);
        assert_eq!(visible_dims(&state("30-")), [30, 31]);
        assert_eq!(visible_dims(&state("locked")), [5, 12]);
        assert_eq!(visible_dims(&state("locked moved")), [5]);
        assert_eq!(visible_dims(&state("Mov")), [5]);
        assert!(visible_dims(&state("smile")).is_empty());
    }

    /// A model of four dimensions with this activity is open.
    fn measured(latent_kl: Vec<f32>) -> AppState {
        let mut state = AppState::default();
        state.apply_event(Event::ModelReady(Box::new(ModelSummary {
            name: "faces".to_owned(),
            path: None,
            generator: String::new(),
            spec: ModelSpec { latent: 4, ..ModelSpec::default() },
            parameters: Networks::default(),
            step: 0,
            latent_std: Vec::new(),
            latent_kl,
            description: String::new(),
        })));
        state
    }

    #[test]
    fn sliders_go_by_divergence_or_by_sensitivity() {
        let mut state = measured(vec![0.5, 2.0, 0.001, 1.0]);
        state.explore.order = DimOrder::Kl;
        assert_eq!(visible_dims(&state), [1, 3, 0, 2]);
        state.explore.order = DimOrder::Sensitivity;
        assert_eq!(visible_dims(&state), [0, 1, 2, 3], "not measured yet");
        state.explore.sensitivity = vec![0.1, 0.2, 0.4, 0.001];
        assert_eq!(visible_dims(&state), [2, 1, 0, 3]);
        assert_eq!(relative_activity(&state.explore.sensitivity, 1), Some(0.5));
        assert!(why_dead(&state, 2).is_some_and(|why| why.contains("0.01 nats")));
        assert!(why_dead(&state, 3).is_some_and(|why| why.contains("2 %")));
        assert_eq!([0, 1].map(|dim| why_dead(&state, dim)), [None, None]);
    }

    #[test]
    fn what_was_not_measured_is_not_dead() {
        let state = measured(Vec::new());
        assert!((0..4).all(|dim| why_dead(&state, dim).is_none()));
    }

    #[test]
    fn a_slider_reaches_three_standard_deviations() {
        assert_eq!(latent_range(&state(""), 0), 3.0);
    }
}
