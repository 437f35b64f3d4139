//! Tests of the attribute workbench's state.

use super::*;
use crate::app::explore::ExploreState;
use crate::protocol::{Judged, ModelSpec, Origin};

pub(in crate::app) fn model(name: &str) -> ModelSummary {
    ModelSummary {
        name: name.to_owned(),
        path: None,
        generator: String::new(),
        spec: ModelSpec { latent: 3, ..ModelSpec::default() },
        parameters: crate::protocol::Networks::default(),
        step: 0,
        latent_std: Vec::new(),
        latent_kl: Vec::new(),
        description: String::new(),
    }
}

fn direction(name: &str, step: [f32; 3]) -> Direction {
    let origin = Origin::Labels { with: 4, without: 6, accuracy: 0.9, auc: 0.95 };
    let label = name.to_owned();
    let judged = Judged { label, with: 2, without: 3, accuracy: 0.9, auc: 0.95 };
    let known = Direction::new(name, Latent(step.to_vec()), origin);
    Direction { judged: Some(judged), ..known }
}

fn workbench() -> (AttributesState, u64, u64) {
    let mut state = AttributesState::default();
    state.fit_to_model(&model("faces"), false);
    let smile = state.add(direction("smile", [1.0, 1.0, 0.0]), None).expect("a model is open");
    let hat = state.add(direction("hat", [0.0, 2.0, 0.0]), None).expect("a model is open");
    (state, smile, hat)
}

#[test]
fn sliders_add_up_and_are_put_back_where_they_stood() {
    let (mut state, smile, hat) = workbench();
    state.set_value(smile, 2.0);
    state.set_value(hat, -1.0);
    assert_eq!(state.shift(3).0, [2.0, 0.0, 0.0]);
    let stood = state.values();
    state.zero_all();
    assert_eq!(state.shift(3).0, [0.0; 3]);
    assert!(state.restore(&stood));
    assert_eq!(state.shift(3).0, [2.0, 0.0, 0.0]);
    state.remove(hat);
    assert!(!state.restore(&stood), "one of the sliders is gone");
    assert_eq!(state.shift(3).0, [0.0; 3]);
}

#[test]
fn another_models_attributes_wait_until_it_is_open_again() {
    let (mut state, smile, _) = workbench();
    state.set_value(smile, 1.0);
    state.fit_to_model(&model("digits"), false);
    assert_eq!(state.in_use().count(), 0);
    assert_eq!(state.shift(3).0, [0.0; 3]);
    assert!(state.chosen().is_none());
    state.fit_to_model(&model("faces"), false);
    assert_eq!(state.in_use().count(), 2);
    assert_eq!(state.shift(3).0, [1.0, 1.0, 0.0]);
}

#[test]
fn a_freed_direction_leaves_the_other_alone_and_goes_as_far_as_before() {
    let (mut state, smile, hat) = workbench();
    state.chosen = Some(smile);
    assert!(state.free_chosen().is_err(), "nothing was chosen to be orthogonal to");
    state.free_of.insert(hat);
    let freed = state.free_chosen().expect("there is something left");
    let found = state.get(freed).expect("it was added");
    assert_eq!(found.direction.name, "smile, free of hat");
    // (1, 0, 0) is what is left; n̂ (n̂ · smile) is as long.
    assert_eq!(found.direction.step.0, [1.0, 0.0, 0.0]);
    let freed_of = found.freed.as_ref().expect("it knows what it was made of");
    assert_eq!((freed_of.from, freed_of.of.as_slice()), (smile, &[hat][..]));
    assert!((freed_of.cosines[0] - 0.5_f64.sqrt()).abs() < 1e-9, "as it was before");
    assert_eq!((&found.direction.judged, &found.direction.histogram), (&None, &None));
    let (from, of) = ("smile".to_owned(), vec!["hat".to_owned()]);
    assert_eq!(found.direction.origin, Origin::Orthogonal { from, of });
    assert_eq!(state.labels_of(freed), ["smile, free of hat", "smile", "smile"]);
    assert_eq!(state.cosines()[2][1], 0.0);
    state.chosen = Some(hat);
    state.free_of = [smile, freed].into();
    assert!(state.free_chosen().is_err(), "hat lies within the span of the two");
}

#[test]
fn the_strip_waits_for_rest_and_is_asked_for_once() {
    let (mut state, smile, _) = workbench();
    state.chosen = Some(smile);
    state.set_value(smile, 2.0);
    let mut base = ExploreState::default();
    base.latent = Latent(vec![0.0, 0.0, 5.0]);
    (base.shift, base.truncation) = (state.shift(3), 0.5);
    state.touch(1.0);
    assert!(state.take_strip_request(&base, 1.1).is_none(), "the hand still moves");
    let strip = state.take_strip_request(&base, 1.2).expect("it rests");
    assert_eq!(strip[3].0, [0.0, 0.0, 2.5], "the middle is without the attribute itself");
    assert_eq!(strip[6].0, [1.5, 1.5, 2.5]);
    assert!(state.strip_due_secs(&base, 9.0).is_none(), "it was asked for");
    state.redraw_strip();
    assert_eq!(state.strip_due_secs(&base, 9.0), Some(0.0));
}

#[test]
fn what_one_was_to_leave_alone_is_not_asked_of_the_next() {
    let (mut state, smile, hat) = workbench();
    state.choose(smile);
    state.free_of.insert(hat);
    state.choose(smile);
    assert_eq!(state.free_of.len(), 1, "the same one again");
    state.choose(hat);
    assert!(state.free_of.is_empty());
}
