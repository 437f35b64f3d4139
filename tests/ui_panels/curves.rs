//! Curves: switched, scaled, zoomed, and quick to draw.

use std::time::Instant;

use eframe::egui::{self, Key, Modifiers, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use latent_atelier::app::{Action, Actions, AppState};
use latent_atelier::protocol::*;
use latent_atelier::ui::{plots, theme};

use super::{Panel, fixture, panel, press, slider};

fn plots_panel(state: AppState) -> Harness<'static, Panel> {
    panel(plots::plots_ui, state, [800.0, 420.0])
}

#[test]
fn curves_are_switched_and_scaled() {
    let mut harness = plots_panel(fixture::training());
    harness.get_by_label_contains("Loss curves: D loss");
    harness.get_by_label("G loss").click();
    harness.run();
    assert!(harness.state().state.plot.hidden.contains("g_loss"));
    harness.get_by_label("Log scale").click();
    harness.run();
    assert_eq!(harness.state().state.plot.log_y, Some(true));
    slider(&harness, "Smoothing").set_value_accesskit(0.9);
    harness.run();
    assert!((harness.state().state.plot.smoothing - 0.9).abs() < 1e-6);
}

#[test]
fn without_curves_training_is_a_click_away_or_under_way() {
    let mut harness = plots_panel(fixture::empty());
    harness.get_by_label("No curves yet");
    harness.get_by_label("Train: begin a run").click();
    harness.run();
    assert_eq!(harness.state().asked, [Action::StartTraining]);
    harness.get_by_label_contains("The data are being read");

    let running = Phase::Running { folder: "/runs/1".into(), settings: Box::default() };
    harness.state_mut().state.apply_event(Event::Training(running));
    harness.run();
    harness.get_by_label("The first step is under way.");
    assert!(harness.query_by_label("No curves yet").is_none());
    assert!(harness.query_by_label("Train: begin a run").is_none());

    let mut state = fixture::empty();
    state.training.draft_spec.latent = 600;
    let mut harness = plots_panel(state);
    let train = harness.get_by_label("Train: begin a run");
    assert!(train.accesskit_node().is_disabled());
    train.hover();
    harness.run_steps(60);
    harness.get_by_label_contains("Latent size 600 is out of range");
}

#[test]
fn a_curves_name_says_what_it_is() {
    let mut harness = plots_panel(fixture::training());
    harness.get_by_label("KL").hover();
    harness.run_steps(60);
    harness.get_by_label_contains("nats a picture, all dimensions added up");
    harness.get_by_label("Click to hide this curve");
}

fn wheel(harness: &mut Harness<'_, Panel>, points: f32, modifiers: Modifiers) {
    let middle = harness.get_by_label_contains("Loss curves").rect().center();
    harness.hover_at(middle);
    harness.step();
    let wheel = egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: Vec2::new(0.0, points),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers,
    };
    // Held until the wheel has come to rest.
    harness.event(egui::Event::ModifiersChanged(modifiers));
    harness.event(wheel);
    harness.run_steps(20);
    harness.event(egui::Event::ModifiersChanged(Modifiers::NONE));
    harness.step();
}

/// The steps the loss curves are told to show.
fn steps_in_view(harness: &Harness<'_, Panel>) -> String {
    let plot = harness.get_by_label_contains("Loss curves");
    let label = plot.accesskit_node().label().expect("a label");
    label.split_once("; steps ").expect("the steps").1.to_owned()
}

#[test]
fn the_wheel_zooms_the_steps_and_with_shift_or_ctrl_the_values() {
    let mut harness = plots_panel(fixture::training());
    harness.run();
    assert_eq!(steps_in_view(&harness), "20 to 8,140");
    for modifiers in [Modifiers::SHIFT, Modifiers::COMMAND] {
        wheel(&mut harness, 60.0, modifiers);
        assert!(!harness.state().state.plot.follow, "{modifiers:?}");
        assert_eq!(steps_in_view(&harness), "20 to 8,140", "{modifiers:?}");
        harness.get_by_label("Fit").click();
        harness.run();
    }
    wheel(&mut harness, 120.0, Modifiers::NONE);
    assert_ne!(steps_in_view(&harness), "20 to 8,140");
    wheel(&mut harness, -600.0, Modifiers::NONE);
    assert_eq!(steps_in_view(&harness), "20 to 8,140", "no further out than the run goes");
}

#[test]
fn zooming_ends_following_and_fit_takes_it_up() {
    let mut harness = plots_panel(fixture::training());
    wheel(&mut harness, 60.0, Modifiers::NONE);
    assert!(!harness.state().state.plot.follow);
    harness.get_by_label("Fit").click();
    harness.run();
    assert!(harness.state().state.plot.follow);
    harness.get_by_label_contains("Loss curves").focus();
    harness.run();
    press(&harness, Key::ArrowLeft, Modifiers::NONE);
    harness.run();
    assert!(!harness.state().state.plot.follow);
    press(&harness, Key::Home, Modifiers::NONE);
    harness.run();
    assert!(harness.state().state.plot.follow);
}

#[test]
fn a_history_of_a_hundred_thousand_reports_costs_little_per_frame() {
    let mut state = fixture::empty();
    for step in 1..=100_000_u64 {
        let noise = ((step as f64 * 12.9898).sin() * 43758.5453).fract();
        let losses = ["d_loss", "g_loss", "recon", "kl"].into_iter().enumerate();
        let losses = losses
            .map(|(index, name)| LossPoint { name: name.to_owned(), value: index as f64 + noise });
        state.apply_event(Event::Progress(Box::new(TrainProgress {
            step_from: step,
            step,
            steps_total: 0,
            losses: losses.collect(),
            images_per_sec: 600.0 + noise,
            elapsed_secs: step as f64 * 0.05,
            live: LiveSettings::default(),
        })));
    }
    let mut harness = Harness::builder()
        .with_size([1200.0, 420.0])
        .with_context_setup(theme::install)
        .build_ui_state(
            |ui, (state, best_ms): &mut (AppState, f64)| {
                let start = Instant::now();
                plots::plots_ui(ui, state, &mut Actions::new());
                *best_ms = best_ms.min(start.elapsed().as_secs_f64() * 1000.0);
            },
            (state, f64::INFINITY),
        );
    harness.run_steps(20);
    let best_ms = harness.state().1;
    let limit_ms = if cfg!(debug_assertions) { 20.0 } else { 2.0 };
    println!("{best_ms:.2} ms per frame");
    assert!(best_ms < limit_ms, "{best_ms:.2} ms per frame");
}
