//! The large picture, the states under it and the history: what a click does, and what a start brings back.

use latent_atelier::ui::states;

use super::*;

fn explore(width: f32) -> Harness<'static, Panel> {
    let mut harness = panel(explorer::picture_pane_ui, fixture::exploring(), [width, 600.0]);
    harness.run_steps(2);
    harness
}

/// Sends the picture that was asked for last, as the engine would.
fn answer(harness: &mut Harness<'_, Panel>) {
    let request = harness.state().requests.last().expect("a picture was asked for").clone();
    let (id, latent) = (request.id, request.latent);
    let frame = fixture::portrait(id, 64);
    let drawn = PreviewFrame { id, latent, frame, step: 1, decode_ms: 4.0 };
    harness.state_mut().state.take_preview(drawn);
    harness.run_steps(2);
}

#[test]
fn only_a_double_click_on_the_picture_draws_another_and_undo_brings_it_back() {
    let mut harness = explore(500.0);
    // A slider stands where nothing was kept yet.
    harness.state_mut().state.apply_action(Action::SetLatentDim(3, 0.125));
    harness.run_steps(2);
    answer(&mut harness);
    let before = harness.state().state.explore.latent.clone();
    let picture = harness.get_by_label("Live picture").rect();
    assert!(picture.left() > 4.0 || picture.top() > 4.0, "there is space beside it: {picture:?}");
    let beside = if picture.left() > 4.0 {
        picture.left_center() - vec2(3.0, 0.0)
    } else {
        picture.center_top() - vec2(0.0, 3.0)
    };
    for at in [beside, picture.center()] {
        click_at(&mut harness, at);
        harness.run_steps(60);
        assert_eq!(harness.state().state.explore.latent, before, "{at:?}");
    }
    for _ in 0..2 {
        click_at(&mut harness, picture.center());
        harness.step();
    }
    harness.run_steps(2);
    assert_ne!(harness.state().state.explore.latent, before);
    answer(&mut harness);
    harness.get_by_label("Undo").click();
    harness.run_steps(2);
    assert_eq!(harness.state().state.explore.latent, before);
}

#[test]
fn a_comparison_says_which_half_is_which_and_ends() {
    let mut harness = explore(500.0);
    let first = harness.state().state.states.nodes()[0].id;
    harness.state_mut().state.apply_action(Action::Compare(Some(first)));
    harness.run_steps(2);
    harness.get_by_label("Left: State 1, right: present picture");
    harness.get_by_label("End comparison").click();
    harness.run_steps(2);
    assert_eq!(harness.state().state.states_view.compared, None);
    assert!(harness.query_by_label_contains("Left: ").is_none());
}

#[test]
fn the_buttons_above_recent_states_are_alike_and_stay_in_a_narrow_pane() {
    for width in [500.0, 220.0] {
        let harness = explore(width);
        let buttons = ["Undo", "Redo", "Starred", "Clear recent states"];
        let rects = buttons.map(|name| harness.get_by_label(name).rect());
        for (name, rect) in buttons.iter().zip(&rects) {
            assert_eq!(rect.height(), rects[0].height(), "{name}");
            assert!(rect.right() <= width && rect.left() >= 0.0, "{name}: {rect:?}");
        }
        assert!(harness.get_by_label("State 8").rect().bottom() <= 600.0);
    }
}

#[test]
fn a_start_brings_back_where_one_was() {
    let mut before = fixture::exploring();
    before.apply_action(Action::Undo);
    let here = before.states.current().expect("a state");
    let kept = serde_json::to_string(&before.states).expect("written");

    let mut state = fixture::empty();
    state.states = serde_json::from_str(&kept).expect("read");
    state.apply_event(Event::ModelReady(Box::new(fixture::model())));
    assert_eq!(state.states.current(), Some(here));
    let latent = state.states.get(here).expect("there").latent.clone();
    assert_eq!(state.explore.moved(), latent);
    // The next random one is none of those that are there already.
    state.apply_action(Action::Randomise);
    assert!(state.states.nodes().iter().all(|node| node.latent != state.explore.latent));

    // Another model's latents are no place to begin at.
    let mut state = fixture::empty();
    state.states = serde_json::from_str(&kept).expect("read");
    let other = ModelSummary { name: "another".to_owned(), ..fixture::model() };
    state.apply_event(Event::ModelReady(Box::new(other)));
    assert_ne!(state.explore.moved(), latent);
}

#[test]
fn the_present_state_is_scrolled_to() {
    let mut state = fixture::exploring();
    let first = state.states.nodes()[0].id;
    state.apply_action(Action::LoadState(first));
    let mut harness = panel(states::states_ui, state, [300.0, 200.0]);
    harness.run_steps(3);
    assert!(harness.query_by_label("State 8").is_none(), "it is far to the right");
    let last = harness.state().state.states.nodes()[7].id;
    harness.state_mut().state.apply_action(Action::LoadState(last));
    harness.run_steps(60);
    let rect = harness.get_by_label("State 8").rect();
    assert!(rect.left() >= 0.0 && rect.right() <= 300.0, "{rect:?}");
}
