//! Latent sliders: clicks within a frame, numbers that are looked at, values beyond the rail.

use egui_kittest::kittest::{NodeT as _, Queryable as _};
use latent_atelier::app::Action;
use latent_atelier::protocol::{Event, ModelSpec, ModelSummary};

use super::{
    Harness, Key, Modifiers, Panel, Pos2, Role, egui, explorer_panel, fixture, open_model, press,
    slider, vec2,
};

fn latent(harness: &Harness<'_, Panel>, dim: usize) -> f32 {
    harness.state().state.explore.latent.0[dim]
}

fn button_at(pos: Pos2, pressed: bool) -> egui::Event {
    let button = egui::PointerButton::Primary;
    egui::Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE }
}

/// Moved, pressed and released between two frames, as a quick hand on a slow machine does it.
fn click_within_a_frame(harness: &mut Harness<'_, Panel>, at: Pos2) {
    let click = [egui::Event::PointerMoved(at), button_at(at, true), button_at(at, false)];
    harness.input_mut().events.extend(click);
    harness.step();
}

#[test]
fn a_click_within_one_frame_sets_the_value_and_takes_the_keyboard() {
    let mut harness = explorer_panel(open_model(8));
    harness.run();
    let rail = slider(&harness, "Latent 3").rect();
    let offset = 40.0;
    click_within_a_frame(&mut harness, rail.center() + vec2(offset, 0.0));
    assert!(harness.state().asked.is_empty(), "it may become a double click");
    harness.run_steps(30);
    let expected = offset / (rail.width() / 2.0 - 6.0) * 3.0;
    let value = latent(&harness, 3);
    assert!((value - expected).abs() < 0.02, "{value} not {expected}");
    assert_eq!(harness.state().asked.last(), Some(&Action::CommitLatent));
    harness.step();
    assert!(slider(&harness, "Latent 3").is_focused());
    click_within_a_frame(&mut harness, rail.center() + vec2(-offset, 0.0));
    click_within_a_frame(&mut harness, rail.center() + vec2(-offset, 0.0));
    assert_eq!(latent(&harness, 3), 0.0, "a double click zeroes all the same");
}

#[test]
fn a_number_that_was_only_looked_at_stays_as_it_was() {
    let mut state = open_model(8);
    state.apply_action(Action::SetLatentDim(2, 1.234_567));
    let mut harness = explorer_panel(state);
    harness.run();
    let number = "Latent 2 value";
    harness.get_by_role_and_label(Role::SpinButton, number).click();
    harness.run();
    harness.get_by_label("Search latent dimensions").focus();
    harness.run();
    assert_eq!(latent(&harness, 2), 1.234_567);
    assert!(harness.state().asked.is_empty(), "{:?}", harness.state().asked);

    harness.get_by_role_and_label(Role::SpinButton, number).click();
    harness.run();
    press(&harness, Key::A, Modifiers::COMMAND);
    harness.event(egui::Event::Text("-0.5".to_owned()));
    harness.run();
    press(&harness, Key::Enter, Modifiers::NONE);
    harness.run();
    assert_eq!(latent(&harness, 2), -0.5, "what is typed counts");
}

#[test]
fn a_value_beyond_the_rail_can_be_taken_and_moved() {
    let mut state = open_model(8);
    state.apply_action(Action::SetLatentDim(1, 6.0));
    let mut harness = explorer_panel(state);
    harness.run();
    let node = slider(&harness, "Latent 1");
    assert_eq!(node.accesskit_node().max_numeric_value(), Some(6.0));
    let rail = node.rect();
    let (end, half) = (rail.right_center() - vec2(6.0, 0.0), rail.width() / 2.0 - 6.0);
    harness.hover_at(end);
    harness.run_steps(60); // As long as a hint takes to appear.
    harness.get_by_label_contains("the usual range");
    harness
        .get_by_label_contains("Rail from −3.00 to 3.00: three standard deviations of the prior");
    harness.drag_at(end);
    harness.step();
    assert_eq!(latent(&harness, 1), 6.0, "the handle is where the pointer takes it");
    // The scale stays while it is held, or the value would run away under the pointer.
    for _ in 0..5 {
        harness.hover_at(end - vec2(half / 4.0, 0.0));
        harness.step();
    }
    assert!((latent(&harness, 1) - 4.5).abs() < 0.02, "{}", latent(&harness, 1));
    harness.hover_at(end - vec2(half * 0.75, 0.0));
    harness.step();
    harness.drop_at(end - vec2(half * 0.75, 0.0));
    harness.run();
    assert!((latent(&harness, 1) - 1.5).abs() < 0.02, "{}", latent(&harness, 1));
    let node = slider(&harness, "Latent 1");
    assert_eq!(node.accesskit_node().max_numeric_value(), Some(3.0), "the usual rail again");
}

#[test]
fn a_rail_says_how_far_it_reaches_and_why() {
    let mut state = open_model(8);
    let spec = ModelSpec { latent: 8, ..ModelSpec::default() };
    let latent_std = vec![0.7567, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.01];
    let model = ModelSummary { spec, latent_std, ..fixture::model() };
    state.apply_event(Event::ModelReady(Box::new(model)));
    let mut harness = explorer_panel(state);
    harness.run();
    slider(&harness, "Latent 0").hover();
    harness.run_steps(60);
    harness.get_by_label_contains(
        "Rail from −2.27 to 2.27: three times the spread of the data's codes in this dimension",
    );
    slider(&harness, "Latent 7").hover();
    harness.run_steps(60);
    harness.get_by_label_contains("Rail from −0.30 to 0.30: the least a rail has");
}
