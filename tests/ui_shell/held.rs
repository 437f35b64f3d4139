//! A picture that is held over a tab: the tab opens, so that the picture can be dropped in its pane.

use super::*;
use latent_atelier::app::random;

#[test]
fn a_picture_held_over_a_tab_opens_it_and_is_dropped_there() {
    let mut harness = window(fixture::exploring());
    harness.run();
    assert!(harness.query_by_label("Add to A").is_none(), "Compose is behind Samples");
    let sample = harness.get_by_label("Sample 3").rect().center();
    let tab = harness.get_by_label("Compose").rect().center();
    let over = |harness: &mut Harness<'_, Window>, at, steps| {
        harness.hover_at(at);
        harness.run_steps(steps);
    };
    // The pointer alone opens nothing, and neither does a picture that is only led past.
    over(&mut harness, tab, 8);
    assert!(harness.query_by_label("Add to A").is_none());
    harness.hover_at(sample);
    harness.drag_at(sample);
    harness.step();
    over(&mut harness, sample.lerp(tab, 0.5), 1);
    over(&mut harness, tab, 1);
    assert!(harness.query_by_label("Add to A").is_none());
    over(&mut harness, tab, 5);
    let place = harness.get_by_label("Add to A").rect().center();
    over(&mut harness, place, 2);
    harness.drop_at(place);
    harness.run();
    let terms = &harness.state().state.compose.formula.terms;
    assert_eq!(terms[0].members, [random::latent(2, 64, Prior::Normal)]);
}
