//! Training panel, curves, samples and explorer: what is clicked, dragged or typed becomes the right
//! action and state. Pictures of the panels: `ATELIER_PICTURES=folder cargo test --test ui_panels`.

#[path = "ui_panels/curves.rs"]
mod curves;
#[path = "ui_panels/edit.rs"]
mod edit;
#[path = "ui_shell/fixture.rs"]
mod fixture;
#[path = "ui_panels/history.rs"]
mod history;
#[path = "ui_panels/labels.rs"]
mod labels;
#[path = "ui_panels/latents.rs"]
mod latents;
#[path = "ui_panels/many.rs"]
mod many;
#[path = "ui_panels/map.rs"]
mod map;
#[path = "ui_panels/map_view.rs"]
mod map_view;
#[path = "ui_panels/photo.rs"]
mod photo;
#[path = "ui_panels/pictures.rs"]
mod pictures;
#[path = "ui_panels/race.rs"]
mod race;
#[path = "ui_panels/runs.rs"]
mod runs;
#[path = "ui_panels/sliders.rs"]
mod sliders;
#[path = "ui_panels/whole.rs"]
mod whole;

use std::sync::Arc;

use eframe::egui::{self, Key, Modifiers, Pos2, Role, Ui, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _, by};
use latent_atelier::app::{Action, Actions, AppState, RunPhase, random};
use latent_atelier::protocol::*;
use latent_atelier::ui::{explorer, samples, theme, train_panel};

type PanelUi = fn(&mut Ui, &AppState, &mut Actions);

/// A panel's state and every action it asked for.
struct Panel {
    state: AppState,
    asked: Actions,
    /// The request of every frame that had one.
    requests: Vec<PreviewRequest>,
}

fn panel(draw: PanelUi, state: AppState, size: [f32; 2]) -> Harness<'static, Panel> {
    let panel = Panel { state, asked: Actions::new(), requests: Vec::new() };
    Harness::builder()
        .with_size(size)
        .with_theme(egui::Theme::Dark)
        .with_context_setup(theme::install)
        .with_accessibility_check(true)
        // Fast enough for a double click.
        .with_step_dt(1.0 / 60.0)
        .build_ui_state(
            move |ui, panel: &mut Panel| {
                let mut actions = Actions::new();
                draw(ui, &panel.state, &mut actions);
                for action in actions {
                    panel.asked.push(action.clone());
                    panel.state.apply_action(action);
                }
                let now = panel.state.now_secs;
                panel.requests.extend(panel.state.explore.take_request(now));
            },
            panel,
        )
}

fn training_panel(state: AppState) -> Harness<'static, Panel> {
    panel(train_panel::train_panel_ui, state, [312.0, 1400.0])
}

fn explorer_panel(state: AppState) -> Harness<'static, Panel> {
    panel(explorer::explorer_ui, state, [312.0, 760.0])
}

/// A model with this many latent dimensions is open.
fn open_model(latent: u32) -> AppState {
    let mut state = fixture::empty();
    let spec = ModelSpec { latent, ..ModelSpec::default() };
    let latent_kl = (0..latent).map(|dim| (dim as f32 * 0.7).sin().abs()).collect();
    state.apply_event(Event::ModelReady(Box::new(ModelSummary {
        spec,
        latent_kl,
        ..fixture::model()
    })));
    state
}

fn slider<'h>(harness: &'h Harness<'_, Panel>, label: &'h str) -> egui_kittest::Node<'h> {
    harness.get_by_role_and_label(Role::Slider, label)
}

fn press(harness: &Harness<'_, Panel>, key: Key, modifiers: Modifiers) {
    harness.key_press_modifiers(modifiers, key);
}

// Training.

#[test]
fn train_pause_step_resume_and_stop() {
    let mut state = fixture::empty();
    state.apply_event(Event::DatasetOpened(Box::new(fixture::dataset())));
    let mut harness = training_panel(state);
    harness.get_by_label("Train").click();
    harness.run();
    assert_eq!(harness.state().asked, [Action::StartTraining]);
    assert!(matches!(harness.state().state.outbox.back(), Some(Command::StartTraining(_))));

    let running = Phase::Running { folder: "/runs/1".into(), settings: Box::default() };
    harness.state_mut().state.apply_event(Event::Training(running));
    harness.run();
    harness.get_by_label("Pause").click();
    harness.run();
    harness.state_mut().state.apply_event(Event::Training(Phase::Paused));
    harness.run();
    harness.get_by_label("Single step").click();
    harness.run();
    harness.get_by_label("Resume").click();
    harness.run();
    harness.get_by_label("Stop").click();
    harness.run();
    let asked = &harness.state().asked[1..];
    assert_eq!(asked, [Action::Pause, Action::SingleStep, Action::Resume, Action::Stop]);
    // Said at once, before the engine has answered.
    assert_eq!(harness.state().state.training.phase, RunPhase::Stopping);
    harness.get_by_label_contains("Stopping…");
    assert!(harness.get_by_label("Stop").accesskit_node().is_disabled());
}

#[test]
fn an_impossible_model_is_explained_and_cannot_be_trained() {
    let mut state = fixture::empty();
    state.training.draft_spec.latent = 600;
    let mut harness = training_panel(state);
    let message = "Latent size 600 is out of range: use 1 to 512";
    harness.get_by_label(message);
    harness.get_by_label("A setting below is out of range: mend it before a new run");
    assert!(harness.get_by_label("Train").accesskit_node().is_disabled());
    harness.get_by_label("Train").click();
    harness.run();
    assert!(harness.state().asked.is_empty());

    harness.state_mut().state.training.draft_spec.latent = 64;
    harness.run();
    assert!(harness.query_by_label(message).is_none());
    harness.get_by_label("Train").click();
    harness.run();
    assert_eq!(harness.state().asked, [Action::StartTraining]);
}

#[test]
fn family_and_size_are_a_click_each() {
    let mut harness = training_panel(fixture::empty());
    harness.get_by_label("Family: GAN").click();
    harness.run();
    harness.get_by_label("Image size: 32").click();
    harness.run();
    let spec = &harness.state().state.training.draft_spec;
    assert_eq!((spec.family, spec.image_size), (Family::Gan, 32));
    assert!(harness.query_by_label("Rate, encoder").is_none(), "a GAN has no encoder");
    harness.get_by_label_contains("Parameters: generator");
    harness.get_by_label_contains("Memory while training");
}

#[test]
fn a_model_that_needs_more_memory_than_there_is_is_told_so() {
    let mut state = fixture::empty();
    state.training.draft_train.batch = 1024;
    let mut harness = training_panel(state);
    harness.get_by_label_contains("Memory while training: about");
    assert!(harness.query_by_label_contains("more than the").is_none());
    harness.state_mut().state.training.draft_spec.width = 256;
    harness.run();
    harness.get_by_label_contains("more than the 16.0 GiB of this machine");
    harness.get_by_label("Train").click();
    harness.run();
    let state = &harness.state().state;
    assert!(state.windows.oversized.is_some() && state.outbox.is_empty(), "the person is asked");
}

#[test]
fn learning_rates_change_while_it_runs() {
    let mut harness = training_panel(fixture::training());
    slider(&harness, "Rate, decoder").set_value_accesskit(1e-3);
    harness.run();
    let live = LiveSettings { lr_generator: 1e-3, ..LiveSettings::default() };
    assert_eq!(harness.state().asked, [Action::Tune(live.clone())]);
    let Some(Command::Tune(sent)) = harness.state().state.outbox.back() else {
        panic!("nothing was sent");
    };
    assert_eq!(*sent, live);
    harness.get_by_label("Sample refresh: 5/s").click();
    harness.run();
    let rate = harness.state().state.training.live().sample_rate;
    assert_eq!(rate, SampleRate::FivePerSecond);
    assert!(harness.get_by_label("Image size: 32").accesskit_node().is_disabled());
}

#[test]
fn progress_says_how_long_it_still_takes() {
    let harness = training_panel(fixture::training());
    harness.get_by_label("8,140 / 20,000");
    harness.get_by_label_contains("10 min");
    harness.get_by_label("Training progress");
}

#[test]
fn the_training_panel_fits_the_narrowest_side_panel() {
    for width in [236.0, 288.0] {
        for state in [fixture::empty(), fixture::training()] {
            let mut harness = Harness::builder()
                .with_size([width, 900.0])
                .with_context_setup(theme::install)
                .build_ui_state(
                    |ui, (state, used): &mut (AppState, f32)| {
                        train_panel::train_panel_ui(ui, state, &mut Actions::new());
                        *used = ui.min_rect().width();
                    },
                    (state, 0.0),
                );
            harness.run();
            let (room, used) = (width, harness.state().1);
            assert!(used <= room + 0.5, "{used} of {room} points");
        }
    }
}

// Explorer.

#[test]
fn a_drag_asks_for_a_picture_of_its_latent_once_per_frame() {
    let mut harness = explorer_panel(open_model(16));
    harness.run();
    harness.state_mut().requests.clear();
    let rail = slider(&harness, "Latent 3").rect();
    harness.drag_at(rail.center());
    harness.step();
    let mut frames = 0;
    for offset in [10.0, 20.0, 40.0] {
        harness.hover_at(rail.center() + vec2(offset, 0.0));
        harness.step();
        frames += 1;
    }
    let panel = harness.state();
    assert!(panel.requests.len() <= frames + 1, "{} requests", panel.requests.len());
    let newest = panel.requests.last().expect("a request");
    assert_eq!(newest.latent, panel.state.explore.latent);
    let expected = 40.0 / (rail.width() / 2.0 - 6.0) * 3.0;
    assert!((newest.latent.0[3] - expected).abs() < 0.02, "{} not {expected}", newest.latent.0[3]);
    assert!(panel.requests.windows(2).all(|pair| pair[0].id < pair[1].id));
    harness.drop_at(rail.center() + vec2(40.0, 0.0));
    harness.run();
    assert_eq!(harness.state().asked.last(), Some(&Action::CommitLatent));
}

#[test]
fn a_double_click_zeroes() {
    let mut state = open_model(8);
    state.apply_action(Action::SetLatentDim(2, 1.5));
    let mut harness = explorer_panel(state);
    let rail = slider(&harness, "Latent 2").rect().center() + vec2(30.0, 0.0);
    for _ in 0..2 {
        click_at(&mut harness, rail);
    }
    harness.run();
    assert_eq!(harness.state().state.explore.latent.0[2], 0.0);
    assert_eq!(harness.state().asked, [Action::ZeroDim(2)], "without a jump before, nor after");
    harness.run_steps(60);
    assert_eq!(harness.state().asked, [Action::ZeroDim(2)]);
    // On the handle a single click is none.
    let knob = slider(&harness, "Latent 2").rect().center();
    click_at(&mut harness, knob);
    harness.run_steps(60);
    assert_eq!(harness.state().asked, [Action::ZeroDim(2)]);
}

#[test]
fn the_seed_describes_the_picture_or_says_that_there_is_none() {
    let mut state = open_model(8);
    state.apply_action(Action::SetSeed(7));
    let mut harness = explorer_panel(state);
    harness.run();
    let seed = |harness: &Harness<'_, Panel>| {
        let field = harness.get_by_role_and_label(Role::SpinButton, "Seed");
        field.accesskit_node().value().unwrap_or_default()
    };
    assert_eq!(seed(&harness), "7");
    harness.state_mut().state.apply_action(Action::SetLatentDim(3, 1.25));
    harness.run();
    assert_eq!(seed(&harness), "not from a seed");
    // The number that was drawn last can be typed again.
    harness.get_by_role_and_label(Role::SpinButton, "Seed").click();
    harness.run();
    press(&harness, Key::A, Modifiers::COMMAND);
    harness.event(egui::Event::Text("7".to_owned()));
    harness.run();
    press(&harness, Key::Enter, Modifiers::NONE);
    harness.run();
    assert_eq!(harness.state().asked, [Action::SetSeed(7)]);
    assert_eq!(seed(&harness), "7");
    assert_eq!(harness.state().state.explore.latent, random::latent(7, 8, Prior::Normal));
}

fn click_at(harness: &mut Harness<'_, Panel>, at: Pos2) {
    harness.hover_at(at);
    harness.drag_at(at);
    harness.event(egui::Event::PointerButton {
        pos: at,
        button: egui::PointerButton::Primary,
        pressed: false,
        modifiers: Modifiers::NONE,
    });
    harness.step();
}

#[test]
fn randomising_leaves_locked_dimensions_alone() {
    let mut harness = explorer_panel(open_model(8));
    harness.get_by_label("Lock latent 5").click();
    harness.run();
    let before = harness.state().state.explore.latent.0.clone();
    harness.get_by_label("Randomise").click();
    harness.run();
    let after = &harness.state().state.explore.latent.0;
    for dim in 0..8 {
        assert_eq!(before[dim] == after[dim], dim == 5, "dimension {dim}");
    }
    harness.get_by_label("Zero all").click();
    harness.run();
    let zeroed = &harness.state().state.explore.latent.0;
    assert!(zeroed.iter().enumerate().all(|(dim, value)| (*value == 0.0) != (dim == 5)));
    harness.get_by_label("Unlock 1").click();
    harness.run();
    assert!(!harness.state().state.explore.locked[5]);
}

#[test]
fn the_search_narrows_the_list() {
    let mut harness = explorer_panel(open_model(64));
    harness.get_by_label("Search latent dimensions").focus();
    harness.run();
    harness.get_by_label("Search latent dimensions").type_text("12");
    harness.run();
    slider(&harness, "Latent 12");
    assert!(harness.query_by_role_and_label(Role::Slider, "Latent 3").is_none());
    harness.get_by_label("1 of 64 dimensions");
    harness.state_mut().state.explore.search = "nothing".to_owned();
    harness.run();
    harness.get_by_label_contains("No dimension matches");
}

#[test]
fn the_most_active_dimension_comes_first() {
    let mut harness = explorer_panel(open_model(64));
    harness.get_by_label("Order: KL").click();
    harness.run();
    let kl = &harness.state().state.model.as_ref().expect("a model").latent_kl;
    let most = (0..64).max_by(|a, b| kl[*a].total_cmp(&kl[*b])).expect("a dimension");
    let first = slider(&harness, &format!("Latent {most}")).rect().top();
    let tops = harness.get_all(
        by().role(Role::Slider)
            .predicate(|node| node.label().is_some_and(|label| label.starts_with("Latent "))),
    );
    assert!(tops.map(|node| node.rect().top()).all(|top| top >= first));
}

/// The dimensions' sliders as they stand, the topmost first.
fn listed(harness: &Harness<'_, Panel>) -> Vec<String> {
    let rails = by()
        .role(Role::Slider)
        .predicate(|node| node.label().is_some_and(|label| label.starts_with("Latent ")));
    let named = |node: egui_kittest::Node<'_>| {
        (node.rect().top(), node.accesskit_node().label().unwrap_or_default())
    };
    let mut rows: Vec<(f32, String)> = harness.query_all(rails).map(named).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows.into_iter().map(|(_, name)| name).collect()
}

#[test]
fn sliders_are_ordered_by_what_pictures_show_of_them_and_dead_ones_still_move() {
    let mut harness = explorer_panel(open_model(4));
    harness.get_by_label("Order: Sensitivity").click();
    harness.run();
    let state = &harness.state().state;
    let Some(Command::MeasureSensitivities(job)) = state.outbox.back() else {
        panic!("{:?}", state.outbox)
    };
    assert!(job.bases.iter().all(|base| base.dims() == 4) && job.bases.len() == 4);
    harness.get_by_label_contains("Measuring how much pictures change");
    let measured = Event::SensitivitiesMeasured(vec![0.1, 0.002, 0.4, 0.2]);
    harness.state_mut().state.apply_event(measured);
    harness.state_mut().state.apply_event(Event::JobEnded);
    harness.run();
    assert_eq!(listed(&harness), ["Latent 2", "Latent 3", "Latent 0", "Latent 1"]);
    harness.get_by_label("Order: Number").click();
    harness.run();
    harness.get_by_label("Order: Sensitivity").click();
    harness.run();
    let asked = |command: &&Command| matches!(command, Command::MeasureSensitivities(_));
    let state = &harness.state().state;
    assert_eq!(state.outbox.iter().filter(asked).count(), 1, "it is known");
    let before = state.explore.latent.0[1];
    slider(&harness, "Latent 1").focus();
    harness.run();
    press(&harness, Key::ArrowRight, Modifiers::NONE);
    harness.run();
    assert_ne!(harness.state().state.explore.latent.0[1], before, "dead, but it moves");
    slider(&harness, "Latent 1").hover();
    harness.run_steps(60);
    harness.get_by_label_contains("Dead: pictures hardly change");
}

fn laid_out(harness: &Harness<'_, Panel>) -> usize {
    let rails = by()
        .role(Role::Slider)
        .predicate(|node| node.label().is_some_and(|label| label.starts_with("Latent ")));
    harness.query_all(rails).count()
}

#[test]
fn of_512_dimensions_only_the_visible_are_laid_out() {
    let mut harness = explorer_panel(open_model(512));
    assert!((15..40).contains(&laid_out(&harness)), "{} rows", laid_out(&harness));
    // The arrow keys reach every row all the same.
    slider(&harness, "Latent 0").focus();
    harness.run();
    for _ in 0..60 {
        press(&harness, Key::ArrowDown, Modifiers::NONE);
    }
    harness.run();
    assert!(slider(&harness, "Latent 60").is_focused());
    assert!(laid_out(&harness) < 40);
    for _ in 0..60 {
        press(&harness, Key::ArrowUp, Modifiers::NONE);
    }
    harness.run();
    assert!(slider(&harness, "Latent 0").is_focused());
}

#[test]
fn sliders_obey_the_keyboard() {
    let mut state = open_model(8);
    state.apply_action(Action::ZeroAll);
    let mut harness = explorer_panel(state);
    slider(&harness, "Latent 1").focus();
    harness.run();
    let value = |harness: &Harness<'_, Panel>| harness.state().state.explore.latent.0[1];
    press(&harness, Key::ArrowRight, Modifiers::NONE);
    harness.run();
    assert!((value(&harness) - 0.05).abs() < 1e-6, "{}", value(&harness));
    press(&harness, Key::ArrowRight, Modifiers::SHIFT);
    harness.run();
    assert!((value(&harness) - 0.06).abs() < 1e-6, "{}", value(&harness));
    press(&harness, Key::End, Modifiers::NONE);
    harness.run();
    assert_eq!(value(&harness), 3.0);
    press(&harness, Key::Num0, Modifiers::NONE);
    harness.run();
    assert_eq!(value(&harness), 0.0);
    press(&harness, Key::L, Modifiers::NONE);
    harness.run();
    assert!(harness.state().state.explore.locked[1]);
    slider(&harness, "Latent 1").set_value_accesskit(-1.25);
    harness.run();
    assert_eq!(value(&harness), -1.25);
}

#[test]
fn sliders_reach_as_far_as_the_codes_do() {
    let mut state = open_model(8);
    let mut model = fixture::model();
    model.spec.latent = 8;
    model.latent_std = vec![2.0; 8];
    state.apply_event(Event::ModelReady(Box::new(model)));
    assert_eq!(explorer::latent_range(&state, 0), 6.0);
}

#[test]
fn the_strip_of_states_leads_back() {
    let mut harness = panel(explorer::picture_pane_ui, fixture::exploring(), [500.0, 600.0]);
    let nodes = harness.state().state.states.nodes();
    let earlier = nodes[nodes.len() - 3].latent.clone();
    assert_ne!(harness.state().state.explore.latent, earlier);
    harness.get_by_label("State 6").click();
    harness.run();
    assert_eq!(harness.state().state.explore.latent, earlier);
    harness.get_by_label("Pixels").click();
    harness.run();
    assert!(harness.state().state.explore.sharp_pixels);
}

// Samples.

/// A sheet with data above reconstructions.
fn with_reconstructions(mut state: AppState) -> AppState {
    let latents =
        |from: u64, n: u64| (from..from + n).map(|seed| random::latent(seed, 64, Prior::Normal));
    let mut frame = fixture::sheet(8, 4, 64, 500);
    // Reconstructions: the same faces, softer.
    let rgba = Arc::make_mut(&mut frame.rgba);
    let row_bytes = 8 * 64 * 4;
    for pair in 0..2 {
        let data = 2 * pair * 64 * row_bytes;
        for y in 0..64 * row_bytes {
            let at = |offset: usize| u16::from(rgba[data + (y + offset).min(64 * row_bytes - 1)]);
            let soft = (at(0) + at(4) + at(8) + at(row_bytes)) / 4;
            rgba[data + 64 * row_bytes + y] = soft as u8;
        }
    }
    state.take_samples(SampleSheet {
        step: 8_120,
        columns: 6,
        tile_px: 64,
        count: 36,
        frame: fixture::sheet(6, 6, 64, 300),
        latents: latents(0, 36).collect(),
        reconstructions: Some(ReconstructionSheet {
            columns: 8,
            pairs: 2,
            tile_px: 64,
            frame,
            latents: latents(100, 16).collect(),
        }),
    });
    state
}

#[test]
fn a_click_on_a_sample_loads_its_latent() {
    let state = with_reconstructions(fixture::training());
    let mut harness = panel(samples::samples_ui, state, [640.0, 900.0]);
    harness.get_by_label("Sample 3").click();
    harness.run();
    let third = random::latent(2, 64, Prior::Normal);
    assert_eq!(harness.state().asked, [Action::LoadLatent(third.clone())]);
    assert_eq!(harness.state().state.explore.latent, third);
    assert_eq!(harness.state().requests.last().map(|r| r.latent.clone()), Some(third));

    harness.get_by_label("Reconstruction 9").click();
    harness.run();
    assert_eq!(harness.state().state.explore.latent, random::latent(108, 64, Prior::Normal));
}

#[test]
fn samples_are_reached_by_keyboard() {
    let mut harness = panel(samples::samples_ui, fixture::exploring(), [640.0, 600.0]);
    harness.get_by_label("Sample 5").focus();
    harness.run();
    press(&harness, Key::Enter, Modifiers::NONE);
    harness.run();
    assert_eq!(harness.state().state.explore.latent, random::latent(4, 64, Prior::Normal));
}

#[test]
fn the_sheet_is_drawn_anew_or_at_another_rate() {
    let mut harness = panel(samples::samples_ui, fixture::exploring(), [640.0, 600.0]);
    harness.get_by_label("New seed").click();
    harness.run();
    assert_eq!(harness.state().asked, [Action::DrawSamples]);
    assert!(matches!(harness.state().state.outbox.back(), Some(Command::DrawSamples { .. })));

    let mut harness = panel(samples::samples_ui, fixture::training(), [640.0, 600.0]);
    harness.get_by_label("Refresh samples: Off").click();
    harness.run();
    assert!(matches!(harness.state().state.outbox.back(), Some(Command::Tune(_))));
    assert_eq!(harness.state().state.training.live().sample_rate, SampleRate::Off);

    let harness = panel(samples::samples_ui, fixture::empty(), [640.0, 600.0]);
    harness.get_by_label("Draw samples");
}
