//! Back to z: methods side by side, their settings, and what is taken from them.

use std::sync::Arc;

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use latent_atelier::app::{Action, AppState, IdentityAction, RaceAction};
use latent_atelier::protocol::*;
use latent_atelier::ui::race;

use super::{Panel, fixture, panel};

fn frame(edge: usize, value: u8) -> Frame {
    Frame { width_px: edge, height_px: edge, rgba: Arc::new(vec![value; edge * edge * 4]) }
}

fn racer(method: InversionMethod, mse: f32, dims: usize) -> RacerView {
    let loss = InversionLoss { total: mse, mse, pixel: mse, ..InversionLoss::default() };
    let manifold = Manifold {
        norm: 5.0,
        shell: 8.0,
        norms: (3.0, 8.0),
        among_data: Some(0.02),
        among_own: Some(0.4),
        light: ManifoldLight::On,
    };
    let psnr_db = 10.0 * (4.0 / f64::from(mse)).log10();
    let best = BestLatent {
        latent: Latent(vec![0.5; dims]),
        loss,
        psnr_db,
        ssim: 0.8,
        picture: frame(64, 120),
        residual: frame(64, 20),
        manifold,
        truth_distance: None,
    };
    let point = |step: u32| RacePoint {
        seconds: f64::from(step) * 0.1,
        step,
        total: mse,
        psnr_db,
        ssim: Some(0.8),
    };
    RacerView {
        method,
        state: RacerState::Done,
        steps: (20, 20),
        seconds: 2.0,
        best: Some(best),
        candidates: 1,
        restarts: 0,
        curve: (1..=20).map(point).collect(),
    }
}

fn view(id: u64, dims: usize) -> RaceView {
    let racers = [
        racer(InversionMethod::Optimise, 0.009, dims),
        racer(InversionMethod::Encode, 0.012, dims),
        racer(InversionMethod::Hybrid, 0.008, dims),
    ];
    let kind = InversionTarget::File;
    RaceView {
        id,
        target: frame(64, 200),
        kind,
        prepared: (1, 1),
        residual_gain: 8,
        racers: racers.to_vec(),
    }
}

fn race_panel(state: AppState) -> Harness<'static, Panel> {
    let mut harness = panel(race::race_ui, state, [620.0, 1100.0]);
    harness.run_steps(3);
    harness
}

fn finished() -> Harness<'static, Panel> {
    let mut state = fixture::exploring();
    state.race.view = Some(Arc::new(view(0, state.explore.latent.dims())));
    race_panel(state)
}

#[test]
fn without_a_photo_only_the_self_test_can_be_run() {
    let mut harness = race_panel(fixture::exploring());
    harness.get_by_label("Nothing inverted yet");
    assert!(harness.get_by_label("Invert photo").accesskit_node().is_disabled());
    harness.get_by_label("Self-test").click();
    harness.run_steps(2);
    let sent = harness.state().state.outbox.back().cloned();
    let Some(Command::StartRace(request)) = sent else { panic!("{sent:?}") };
    assert!(matches!(request.source, RaceSource::Sample { .. }));
    assert_eq!(request.settings, InversionSettings::default());
    harness.get_by_label("Stop").click();
    harness.run_steps(2);
    assert!(matches!(harness.state().state.outbox.back(), Some(Command::StopRace)));
}

#[test]
fn the_race_shows_figures_and_a_verdict_and_gives_its_latents() {
    let mut harness = finished();
    harness.get_by_label_contains("Best is hybrid with 27.0 dB");
    harness.get_by_label("26.5 dB");
    harness.get_by_label_contains("where it differs, ×8 in all");
    assert_eq!(harness.query_all_by_label("On the manifold").count(), 3);
    harness.get_by_label_contains("PSNR, dB against seconds: Optimise 26.48 after 2.0 s");
    harness.get_by_label("SSIM").click();
    harness.run_steps(2);
    harness.get_by_label_contains("SSIM against seconds: Optimise 0.80 after 2.0 s");
    harness.get_by_label("Loss").click();
    harness.run_steps(2);
    harness.get_by_label_contains("log10 of the loss against seconds: Optimise -2.05 after 2.0 s");
    harness.get_by_label("Take Hybrid to Explore").click();
    harness.run_steps(2);
    let state = &harness.state().state;
    assert_eq!(state.explore.moved().0[0], 0.5);
    harness.get_by_label("Continue").click();
    harness.run_steps(2);
    assert!(matches!(harness.state().state.outbox.back(), Some(Command::ContinueRace(100))));
}

#[test]
fn methods_are_switched_and_settings_go_to_the_next_race() {
    let mut harness = race_panel(fixture::exploring());
    harness.get_by_label("Optimise").click();
    harness.run_steps(2);
    harness.get_by_label("Settings").click();
    harness.run_steps(3);
    // The first is the optimisation's, the second the hybrid's.
    harness.query_all_by_label("l-bfgs").next().expect("offered").click();
    harness.run_steps(2);
    harness.get_by_label("l1").click();
    harness.run_steps(2);
    let race = &harness.state().state.race;
    assert_eq!((race.settings.descent, race.settings.pixel), (Descent::Lbfgs, PixelLoss::L1));
    assert!(!race.methods.contains(&InversionMethod::Optimise));
    harness.get_by_label("Defaults").click();
    harness.run_steps(2);
    assert_eq!(harness.state().state.race.settings, InversionSettings::default());
    let asked = &harness.state().asked;
    assert_eq!(asked[0], Action::Race(RaceAction::Toggle(InversionMethod::Optimise)));
}

#[test]
fn what_the_model_lacks_is_greyed() {
    let mut state = fixture::exploring();
    let mut model = (**state.model.as_ref().expect("a model")).clone();
    model.parameters.encoder = 0;
    state.model = Some(Arc::new(model));
    let mut harness = race_panel(state);
    for name in ["Encode", "Hybrid"] {
        assert!(harness.get_by_label(name).accesskit_node().is_disabled(), "{name}");
    }
    harness.get_by_label("Settings").click();
    harness.run_steps(3);
    let disabled = |label: &str| {
        let mut nodes = harness.query_all_by_label(label);
        nodes.any(|node| node.accesskit_node().is_disabled())
    };
    assert!(disabled("l-bfgs"), "the hybrid's own settings");
    harness.get_by_label("Self-test").click();
    harness.run_steps(2);
    let sent = harness.state().state.outbox.back().cloned();
    let Some(Command::StartRace(request)) = sent else { panic!("{sent:?}") };
    assert_eq!(request.methods, [InversionMethod::Optimise]);
}

fn tuned_copy(dims: usize) -> TunedCopy {
    let latent = Latent(vec![0.25; dims]);
    let figures = TunedFigures {
        steps: 120,
        seconds: 2.5,
        before_db: 26.5,
        after_db: 38.25,
        locality_db: 34.1,
        locality_mse: 0.001,
        delta_bytes: 93_184,
        generator_bytes: 3_813_000,
    };
    TunedCopy {
        pivot: Pivot { latent, picture: frame(64, 200), photo: None },
        settings: PivotalSettings::default(),
        figures,
        picture: frame(64, 190),
        file: None,
    }
}

fn sent(harness: &Harness<'static, Panel>) -> Option<Command> {
    harness.state().state.outbox.back().cloned()
}

#[test]
fn keeping_identity_is_greyed_with_its_reason_until_something_is_inverted() {
    let mut harness = race_panel(fixture::exploring());
    assert!(harness.get_by_label("Tune").accesskit_node().is_disabled());
    harness.get_by_label("Invert a photo first.");
    for name in ["Tuned for this photo", "Show photo + change", "Save delta…"] {
        assert!(harness.get_by_label(name).accesskit_node().is_disabled(), "{name}");
    }
    harness.get_by_label("Open delta…").click();
    harness.run_steps(2);
    assert!(harness.state().asked.contains(&Action::Identity(IdentityAction::Pick)));
}

#[test]
fn a_tuning_is_asked_for_followed_and_stopped() {
    let mut harness = finished();
    harness.get_by_label("Tune").click();
    harness.run_steps(2);
    let Some(Command::StartTuning(request)) = sent(&harness) else { panic!("not asked for") };
    assert_eq!(request.pivot.latent.0[0], 0.5);
    let view = TuningView {
        id: request.id,
        state: TuningState::Running,
        steps: (12, 300),
        seconds: 0.4,
        before_db: 27.0,
        now_db: 30.25,
        picture: frame(64, 180),
        restarts: 0,
    };
    harness.state_mut().state.identity.view = Some(Arc::new(view));
    harness.run_steps(2);
    harness.get_by_label("Step 12 of at most 300: 27.0 to 30.2 dB");
    harness.get_by_label("Stop tuning").click();
    harness.run_steps(2);
    assert!(matches!(sent(&harness), Some(Command::StopTuning { keep: true })));
}

#[test]
fn a_goal_that_is_reached_leaves_nothing_to_tune() {
    let mut harness = finished();
    harness.state_mut().state.identity.settings.goal_db = 20.0;
    harness.run_steps(2);
    let tune = harness.get_by_label("Tune");
    assert!(tune.accesskit_node().is_disabled());
    harness.get_by_label_contains("Already as near as the goal: 27.0 dB, and the goal is 20.0");
    harness.state_mut().state.apply_action(Action::Identity(IdentityAction::Tune));
    assert!(!matches!(sent(&harness), Some(Command::StartTuning(_))));
}

#[test]
fn the_copy_shows_its_figures_and_is_switched_saved_and_taken_to_explore() {
    let mut harness = finished();
    let dims = harness.state().state.explore.latent.dims();
    let tuned = Some(Box::new(tuned_copy(dims)));
    let kept = Identity { tuned, tuned_on: true, has_photo: true, change_on: false };
    harness.state_mut().state.apply_event(Event::IdentityChanged(Box::new(kept)));
    harness.run_steps(3);
    harness.get_by_label("26.5 to 38.2 dB");
    harness.get_by_label("Other pictures stay within 34.1 dB");
    harness.get_by_label("120 steps in 2.5 s; delta 91 KiB, 2.4 % of G");
    harness.get_by_label("Tuned for this photo").click();
    harness.run_steps(2);
    assert!(matches!(sent(&harness), Some(Command::ShowTuned(false))));
    harness.get_by_label("Show photo + change").click();
    harness.run_steps(2);
    assert!(matches!(sent(&harness), Some(Command::ShowChange(true))));
    harness.get_by_label("Take the tuned latent to Explore").click();
    harness.run_steps(2);
    assert_eq!(harness.state().state.explore.moved().0[0], 0.25);
    harness.get_by_label("Save delta…").click();
    harness.run_steps(2);
    assert!(harness.state().asked.contains(&Action::Identity(IdentityAction::SaveAs)));
}

#[test]
fn another_models_features_are_tried_taken_and_remembered() {
    let mut harness = race_panel(fixture::exploring());
    harness.get_by_label("Settings").click();
    harness.run_steps(3);
    harness.get_by_label("Another model…").click();
    harness.run_steps(3);
    harness.get_by_label("Choose a model for features").click();
    harness.run_steps(2);
    let dialog = Action::Pick(latent_atelier::app::dialogs::DialogKind::FeatureModel);
    assert_eq!(harness.state().asked.last(), Some(&dialog));
    harness.get_by_label("Model for features").focus();
    harness.run_steps(2);
    harness.get_by_label("Model for features").type_text("/models/judge.safetensors");
    harness.run_steps(2);
    harness.get_by_label("Use this model's features").click();
    harness.run_steps(2);
    let path = std::path::PathBuf::from("/models/judge.safetensors");
    let sent = harness.state().state.outbox.back().cloned();
    assert!(matches!(sent, Some(Command::TryFeatures(tried)) if tried == path));

    let refused = Err("judge.safetensors: its pictures are 32 px".to_owned());
    harness.state_mut().state.apply_event(Event::FeaturesTried(path.clone(), refused));
    harness.run_steps(2);
    harness.get_by_label("Judge.safetensors: its pictures are 32 px");
    let features = |harness: &Harness<'_, Panel>| {
        let state = &harness.state().state;
        (state.race.settings.features.clone(), state.preferences.feature_model.clone())
    };
    assert_eq!(features(&harness), (FeatureSource::Discriminator, None), "as it was");

    let fits = Ok("discriminator".to_owned());
    harness.state_mut().state.apply_event(Event::FeaturesTried(path.clone(), fits));
    harness.run_steps(2);
    harness.get_by_label("The discriminator of /models/judge.safetensors");
    assert_eq!(features(&harness), (FeatureSource::Model(path.clone()), Some(path.clone())));

    // Another model is opened: whether it fits that one is asked, and where not, it is left.
    let mut other = (**harness.state().state.model.as_ref().expect("a model")).clone();
    other.generator = "another".to_owned();
    harness.state_mut().state.apply_event(Event::ModelReady(Box::new(other)));
    let asked = harness.state().state.outbox.iter().any(|command| match command {
        Command::TryFeatures(tried) => *tried == path,
        _ => false,
    });
    assert!(asked);
    let refused = Err("it does not fit".to_owned());
    harness.state_mut().state.apply_event(Event::FeaturesTried(path.clone(), refused));
    assert_eq!(features(&harness).0, FeatureSource::Discriminator);
    let remembered = AppState::new(harness.state().state.preferences.clone());
    assert_eq!(remembered.race.features_path, path.display().to_string());
}

#[test]
fn a_race_that_is_refused_leaves_the_one_before_it() {
    let mut harness = finished();
    harness.get_by_label("Self-test").click();
    harness.run_steps(2);
    harness.get_by_label("Beginning…");
    assert!(harness.query_by_label_contains("Best is hybrid").is_none());
    let text = "not inverted: why".to_owned();
    let refused = Notice { level: NoticeLevel::Error, text };
    harness.state_mut().state.apply_event(Event::Notice(refused));
    harness.run_steps(2);
    harness.get_by_label_contains("Best is hybrid with 27.0 dB");
    assert!(!harness.state().state.race.is_running());
}

#[test]
fn features_that_the_model_lacks_are_greyed_and_said() {
    let mut state = fixture::exploring();
    let mut model = (**state.model.as_ref().expect("a model")).clone();
    (model.parameters.encoder, model.parameters.discriminator) = (0, 0);
    state.model = Some(Arc::new(model));
    state.race.settings_open = true;
    let mut harness = race_panel(state);
    for name in ["Discriminator", "Encoder"] {
        assert!(harness.get_by_label(name).accesskit_node().is_disabled(), "{name}");
    }
    harness.get_by_label("Discriminator").hover();
    harness.run_steps(120);
    harness.get_by_label("This model has no discriminator");
    let why = "This model has no discriminator: choose another network, or weight 0.";
    assert!(harness.query_by_label(why).is_none(), "they are not compared");
    harness.state_mut().state.race.settings.feature_weight = 0.1;
    harness.run_steps(3);
    harness.get_by_label(why);
}

#[test]
fn the_settings_fit_a_narrow_pane() {
    for width in [300.0, 380.0, 620.0] {
        let mut state = fixture::exploring();
        state.race.settings_open = true;
        state.race.features_open = true;
        let mut harness = panel(race::race_ui, state, [width, 1200.0]);
        harness.run_steps(3);
        for label in
            ["Steps", "Learning rate", "Encoder", "Another model…", "In-domain", "Seed", "l1"]
        {
            let nodes: Vec<_> = harness.query_all_by_label(label).collect();
            assert!(!nodes.is_empty(), "{label}");
            for node in nodes {
                let rect = node.rect();
                assert!(
                    rect.left() >= 0.0 && rect.right() <= width,
                    "{label} at {width}: {rect:?}"
                );
            }
        }
    }
}
