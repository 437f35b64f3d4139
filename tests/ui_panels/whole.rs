//! A picture's latent is whole: wherever it is loaded, played or combined, nothing is added once more.

use latent_atelier::app::ComposeAction;
use latent_atelier::ui::{compose, map, samples, states};

use super::map::{on_screen, plot};
use super::*;

/// A hat's slider stands at two steps.
fn with_a_moved_slider() -> AppState {
    let mut state = fixture::exploring();
    give_a_moved_slider(&mut state);
    state
}

fn give_a_moved_slider(state: &mut AppState) {
    let mut step = Latent::zeros(64);
    (step.0[0], step.0[5]) = (0.5, 1.0);
    let hat = Direction::new("hat", step, Origin::Sefa { index: 1, value: 1.0 });
    state.apply_event(Event::DirectionsOpened("/hats.safetensors".into(), vec![hat]));
    let id = state.attributes.list[0].id;
    state.apply_action(Action::SetAttribute(id, 2.0));
    assert_ne!(state.explore.moved(), state.explore.latent);
}

fn drag(harness: &mut Harness<'_, Panel>, from: &str, to: &str) {
    let [from, to] = [from, to].map(|label| harness.get_by_label(label).rect().center());
    harness.drag_at(from);
    harness.step();
    for at in [from.lerp(to, 0.5), to] {
        harness.hover_at(at);
        harness.step();
    }
    harness.drop_at(to);
    harness.run_steps(3);
}

fn distance(a: &Latent, b: &Latent) -> f32 {
    a.0.iter().zip(&b.0).map(|(a, b)| (a - b).abs()).sum()
}

#[test]
fn a_clicked_sample_is_shown_as_it_is() {
    let mut harness = panel(samples::samples_ui, with_a_moved_slider(), [640.0, 600.0]);
    harness.get_by_label("Sample 3").click();
    harness.run();
    let state = &harness.state().state;
    assert_eq!(state.explore.moved(), random::latent(2, 64, Prior::Normal));
    assert!(state.attributes.values().is_empty(), "the sample holds what it was made with");
}

#[test]
fn the_map_shows_what_lies_where_it_was_clicked() {
    let mut state = fixture::mapped(400, 0);
    give_a_moved_slider(&mut state);
    let mut harness = panel(map::map_ui, state, [760.0, 640.0]);
    harness.run_steps(3);
    let place = [-0.55, 0.1];
    let at = on_screen(&harness, place);
    click_at(&mut harness, at);
    harness.run_steps(2);
    let shown = harness.state().state.explore.moved();
    assert!((shown.0[0] - place[0]).abs() < 0.02 && (shown.0[1] - place[1]).abs() < 0.02);
    assert_eq!(shown.0[5], 0.0, "in the plane itself, without the hat");

    // What lies off the plane is kept as it is seen: with the hat.
    let state = &mut harness.state_mut().state;
    let id = state.attributes.list[0].id;
    state.apply_action(Action::SetAttribute(id, 2.0));
    let before = state.explore.moved();
    harness.get_by_label("Keep rest").click();
    harness.run_steps(2);
    let there = on_screen(&harness, [-0.3, 0.15]);
    assert!(plot(&harness).contains(there));
    click_at(&mut harness, there);
    harness.run_steps(2);
    let shown = harness.state().state.explore.moved();
    assert!((shown.0[0] + 0.3).abs() < 0.02, "{}", shown.0[0]);
    assert_eq!(shown.0[5], before.0[5]);
}

#[test]
fn a_path_begins_with_the_very_picture_of_its_key() {
    let mut harness = panel(compose::compose_ui, with_a_moved_slider(), [700.0, 900.0]);
    let first = harness.state().state.explore.moved();
    let state = &mut harness.state_mut().state;
    let second = state.states.nodes()[2].latent.clone();
    for key in [&first, &second] {
        state.apply_action(Action::Compose(ComposeAction::AddKey(key.clone())));
    }
    state.apply_action(Action::Compose(ComposeAction::Scrub(0.0)));
    assert!(distance(&state.explore.moved(), &first) < 1e-3);
    let told = state.notices.iter().any(|entry| entry.notice.text.contains("sliders are at zero"));
    assert!(told && state.attributes.values().is_empty());

    let id = state.attributes.list[0].id;
    state.apply_action(Action::Compose(ComposeAction::Play(true)));
    state.apply_action(Action::SetAttribute(id, 1.0));
    assert!(!state.compose.path.playing, "whoever moves a slider leaves the path");
    state.apply_action(Action::Compose(ComposeAction::Export("/film.gif".into())));
    let Some(Command::Animate(job)) = state.outbox.back() else { panic!("nothing was sent") };
    assert!(matches!(&job.route, Route::Keys { source: SampleSource::Given(keys), .. }
        if *keys == [first.clone(), second.clone()]));
    state.apply_action(Action::Compose(ComposeAction::Play(true)));
    assert!(state.attributes.values().is_empty());
}

#[test]
fn one_picture_of_the_history_dropped_on_another_offers_arithmetic() {
    let mut harness = panel(states::states_ui, fixture::exploring(), [760.0, 320.0]);
    let of = |harness: &Harness<'_, Panel>, index: usize| {
        harness.state().state.states.nodes()[index].latent.clone()
    };
    let (a, b) = (of(&harness, 6), of(&harness, 7));
    let half = Latent(a.plus(&b, 1.0).0.into_iter().map(|value| value / 2.0).collect());
    drag(&mut harness, "State 7", "State 8");
    harness.get_by_label("Average the two").click();
    harness.run();
    assert_eq!(harness.state().state.explore.moved(), half);
    assert!(harness.query_by_label("Average the two").is_none(), "the menu is closed");

    drag(&mut harness, "State 7", "State 8");
    harness.get_by_label("Difference as an attribute").click();
    harness.run();
    let made = harness.state().state.attributes.list.last().expect("made").direction.clone();
    assert_eq!((made.name.as_str(), &made.step), ("Difference", &a.plus(&b, -1.0)));

    drag(&mut harness, "State 7", "State 8");
    harness.get_by_label("Path from one to the other").click();
    harness.run();
    assert_eq!(harness.state().state.compose.path.keys, [a.clone(), b.clone()]);

    drag(&mut harness, "State 7", "State 8");
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Add the two").is_none());
    drag(&mut harness, "State 7", "State 7");
    assert!(harness.query_by_label("Add the two").is_none(), "it is the same one");
}
