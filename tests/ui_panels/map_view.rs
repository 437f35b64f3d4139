//! The map's view: zoomed, moved, by pointer and by keyboard, and the plane behind the points.

use std::sync::Arc;

use eframe::egui::{self, Key, Modifiers, Pos2, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use latent_atelier::app::Action;
use latent_atelier::protocol::*;

use super::map::{map_panel, on_screen, plot, sent};
use super::{Panel, click_at, fixture, press};

fn wheel(harness: &mut Harness<'_, Panel>, at: Pos2, points: f32) {
    harness.hover_at(at);
    harness.step();
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: Vec2::new(0.0, points),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    harness.run_steps(20);
}

#[test]
fn the_wheel_zooms_at_the_pointer_and_fit_shows_all_again() {
    let mut harness = map_panel(fixture::mapped(400, 0));
    let map = harness.state().state.map.map.clone().expect("a map");
    let fitted = on_screen(&harness, map.points[10]);
    wheel(&mut harness, fitted, 400.0);
    // What was under the pointer still is: a click there loads the same point.
    let before = harness.state().state.explore.latent.clone();
    click_at(&mut harness, fitted);
    harness.run_steps(2);
    let latent = harness.state().state.explore.latent.clone();
    assert_ne!(latent, before);
    let near =
        |latent: &Latent| (latent.0[0] - map.points[10][0]).hypot(latent.0[1] - map.points[10][1]);
    assert!(near(&latent) < 0.05, "{}", near(&latent));
    // A drag moves it away, Home and Fit bring everything back.
    let far = fitted + vec2(150.0, 0.0);
    harness.drag_at(fitted);
    harness.step();
    harness.hover_at(far);
    harness.step();
    harness.drop_at(far);
    harness.run_steps(2);
    click_at(&mut harness, far);
    harness.run_steps(2);
    assert!(near(&harness.state().state.explore.latent) < 0.05, "it moved with the pointer");
    harness.get_by_label("Fit the map").click();
    harness.run_steps(2);
    click_at(&mut harness, fitted);
    harness.run_steps(2);
    assert!(near(&harness.state().state.explore.latent) < 0.05);
}

#[test]
fn the_plane_is_asked_for_when_the_view_rests_and_only_then() {
    let mut harness = map_panel(fixture::mapped(400, 0));
    harness.get_by_label("Plane").click();
    harness.run_steps(30);
    let asked = |harness: &Harness<'_, Panel>| -> Vec<MapPicturesRequest> {
        let commands = sent(harness).into_iter();
        let background = commands.filter_map(|command| match command {
            Command::DrawMapPictures(request) => Some(request),
            _ => None,
        });
        background.filter(|request| request.place == MapPlace::Background).collect()
    };
    let first = asked(&harness);
    assert_eq!(first.len(), 1, "once");
    assert!((50..=96).contains(&first[0].pictures.len()));
    harness.state_mut().state.take_map_pictures(fixture::map_pictures(&first[0], 16));
    harness.run_steps(10);
    assert_eq!(asked(&harness).len(), 1, "while it is on its way");
    let middle = plot(&harness).center();
    wheel(&mut harness, middle, 200.0);
    harness.run_steps(30);
    let both = asked(&harness);
    assert_eq!(both.len(), 2, "and once more where the view came to rest");
    assert!(both[1].id > both[0].id && both[1].pictures != both[0].pictures);
    // An answer to the first one is too late.
    let state = &mut harness.state_mut().state;
    state.take_map_pictures(fixture::map_pictures(&first[0], 32));
    let shown = state.map.background.clone().expect("asked for").shown;
    assert!(shown.iter().all(Option::is_none), "the first was never whole");
    harness.get_by_label("Plane").click();
    harness.run_steps(2);
    assert_eq!(harness.state().state.map.background, None);
}

#[test]
fn the_keyboard_moves_the_view_and_takes_what_is_in_the_middle() {
    let mut harness = map_panel(fixture::mapped(400, 0));
    harness.get_by_label_contains("Map of").focus();
    harness.run_steps(2);
    let middle = |harness: &Harness<'_, Panel>| {
        let latent = &harness.state().state.explore.latent;
        [latent.0[0], latent.0[1]]
    };
    press(&harness, Key::Enter, Modifiers::NONE);
    harness.run_steps(2);
    let first = middle(&harness);
    for _ in 0..3 {
        press(&harness, Key::ArrowRight, Modifiers::NONE);
        harness.run_steps(1);
    }
    press(&harness, Key::Enter, Modifiers::NONE);
    harness.run_steps(2);
    assert!(middle(&harness)[0] > first[0] + 0.5, "{:?} {first:?}", middle(&harness));
    press(&harness, Key::Home, Modifiers::NONE);
    harness.run_steps(1);
    press(&harness, Key::Enter, Modifiers::NONE);
    harness.run_steps(2);
    assert_eq!(middle(&harness), first);
    let points = Arc::new(vec![1, 2]);
    harness.state_mut().state.apply_action(Action::SelectPoints(points));
    harness.run_steps(1);
    press(&harness, Key::Escape, Modifiers::NONE);
    harness.run_steps(2);
    assert!(harness.state().state.map.selected.is_empty());
}
