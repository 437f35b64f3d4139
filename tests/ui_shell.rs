//! The window without an engine: what is clicked by its label becomes the right action.

#[path = "ui_shell/fixture.rs"]
#[expect(dead_code, reason = "shared with the other tests, which use more of it")]
mod fixture;
#[path = "ui_shell/held.rs"]
mod held;
#[path = "ui_shell/keys.rs"]
mod keys;
#[path = "ui_shell/paths.rs"]
mod paths;

use std::sync::{Arc, Mutex};

use eframe::egui::{self, Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, SnapshotOptions};
use latent_atelier::app::dialogs::DialogKind;
use latent_atelier::app::messages::{LogLevel, LogLine};
use latent_atelier::app::preferences::PreferenceStore;
use latent_atelier::app::state::SideTab;
use latent_atelier::app::{
    Action, Actions, App, AppOptions, AppState, Effect, EngineFactory, EngineStatus, PhotoAction,
    SessionAction, ThemeChoice,
};
use latent_atelier::engine::{EngineEnds, EngineHandle};
use latent_atelier::protocol::*;
use latent_atelier::ui;

/// The state, its layout, and every action asked for so far.
struct Window {
    state: AppState,
    layout: ui::Layout,
    asked: Actions,
}

fn window(state: AppState) -> Harness<'static, Window> {
    let window = Window { state, layout: ui::Layout::default(), asked: Actions::new() };
    Harness::builder()
        .with_size([1280.0, 800.0])
        .with_theme(egui::Theme::Dark)
        .with_context_setup(ui::theme::install)
        .build_ui_state(
            |ui, window: &mut Window| {
                let mut actions = Actions::new();
                ui::window_ui(ui, &window.state, &mut window.layout, &mut actions);
                for action in actions {
                    window.asked.push(action.clone());
                    window.state.apply_action(action);
                }
            },
            window,
        )
}

fn asked(harness: &Harness<'_, Window>, action: &Action) -> bool {
    harness.state().asked.contains(action)
}

#[test]
fn portraits_are_a_click_away() {
    let mut harness = window(fixture::empty());
    harness.run();
    harness.get_by_label("Use Portraits").click();
    harness.run();
    assert!(asked(&harness, &Action::OpenDataset(DatasetSource::Portraits)));
    assert!(matches!(harness.state().state.outbox[0], Command::OpenDataset(..)));
    harness.get_by_label("Cancel").click();
    harness.run();
    assert!(asked(&harness, &Action::CancelDataset));
}

#[test]
fn a_typed_path_is_read_with_enter() {
    let mut harness = window(fixture::empty());
    harness.run();
    harness.get_by_label("Data folder path").focus();
    harness.run();
    harness.get_by_label("Data folder path").type_text("/pictures/cats");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    let source = DatasetSource::Path("/pictures/cats".into());
    assert!(asked(&harness, &Action::OpenDataset(source)));
}

#[test]
fn the_data_panel_tells_what_was_read_and_what_was_skipped() {
    let mut state = fixture::empty();
    state.apply_event(Event::DatasetOpened(Box::new(fixture::folder_dataset())));
    let mut harness = window(state);
    harness.run();
    harness.get_by_label("Pictures: 20,000 to train on");
    harness.get_by_label("Held out: 1,000 more, never trained on");
    harness.get_by_label("The first 24 pictures of the data set");
    harness.get_by_label("hair: brown: 5,210 pictures");
    harness.get_by_label("Decoded on demand: 3.1 GiB is over the limit of 2.0 GiB");
    let skipped = harness.get_by_label("2 files were skipped");
    skipped.scroll_to_me();
    harness.run();
    harness.get_by_label("2 files were skipped").click();
    harness.run();
    harness.get_by_label("Claims 60,000 × 60,000 px, which is over the limit");
}

#[test]
fn while_data_are_read_the_present_ones_are_named_as_still_open() {
    let mut state = fixture::empty();
    state.apply_event(Event::DatasetOpened(Box::new(fixture::folder_dataset())));
    let name = fixture::folder_dataset().name;
    state.apply_action(Action::OpenDataset(DatasetSource::Portraits));
    let mut harness = window(state);
    harness.run();
    harness.get_by_label(&format!("Still open: {name}"));
    harness.get_by_label("Cancel");
    harness.state_mut().state.apply_event(Event::DatasetFailed(String::new()));
    harness.run();
    assert!(harness.query_by_label_contains("Still open").is_none());
    harness.get_by_label(&name);
}

#[test]
fn an_error_stays_where_the_person_looks() {
    let mut state = fixture::empty();
    state.apply_action(Action::OpenDataset(DatasetSource::Path("/empty".into())));
    state.apply_event(Event::DatasetFailed("/empty holds no picture".to_owned()));
    let mut harness = window(state);
    harness.run();
    assert_eq!(harness.get_all_by_label("/empty holds no picture").count(), 1, "said once");
    assert!(harness.query_by_label("Dismiss: /empty holds no picture").is_none(), "in the panel");

    // Behind another tab the panel tells nobody.
    let mut state = fixture::empty();
    state.apply_action(Action::ShowSideTab(SideTab::Training));
    state.apply_action(Action::OpenDataset(DatasetSource::Path("/empty".into())));
    state.apply_event(Event::DatasetFailed("/empty holds no picture".to_owned()));
    let mut harness = window(state);
    harness.run();
    harness.get_by_label("Dismiss: /empty holds no picture").click();
    harness.run();
    assert!(harness.query_by_label("/empty holds no picture").is_none());
}

#[test]
fn a_run_above_the_machines_memory_is_asked_about() {
    let mut state = fixture::empty();
    (state.training.draft_spec.width, state.training.draft_train.batch) = (256, 1024);
    let mut harness = window(state);
    harness.run();
    // From Curves: the Training panel lies behind another tab.
    harness.get_by_label("Train: begin a run").click();
    harness.run();
    harness.get_by_label_contains("this machine has 16.0 GiB");
    harness.get_by_label("Do not train").click();
    harness.run();
    assert!(harness.state().state.outbox.is_empty());
    harness.key_press(Key::F5);
    harness.run();
    harness.get_by_label("Train all the same").click();
    harness.run();
    assert!(matches!(harness.state().state.outbox.back(), Some(Command::OpenDataset(..))));
    assert!(harness.query_by_label("Do not train").is_none());
}

#[test]
fn a_setting_that_follows_the_data_is_no_deed_that_is_done() {
    let mut state = fixture::empty();
    let spec = ModelSpec { image_size: 128, ..ModelSpec::default() };
    state.training.draft_spec = spec;
    state.apply_event(Event::DatasetOpened(Box::new(fixture::dataset())));
    let mut harness = window(state);
    harness.run();
    let told = harness.query_all_by_label_contains("image size follows the data");
    assert!(told.count() > 0);
    harness.get_by_label("Adjusted");
    assert!(harness.query_by_label("Done").is_none());
}

#[test]
fn the_bar_says_that_a_photo_is_inverted_and_leads_there() {
    let mut state = fixture::exploring();
    state.engine = EngineStatus::Ready;
    state.race.starting = true;
    let mut harness = window(state);
    harness.run_steps(3);
    assert!(harness.query_by_label("Status: Ready").is_none());
    harness.get_by_label("Status: Inverting the photo").click();
    harness.run_steps(3);
    assert!(asked(&harness, &Action::ShowPane(ui::Pane::Race)));
    harness.state_mut().state.race.starting = false;
    harness.run_steps(3);
    harness.get_by_label("Status: Ready");
}

#[test]
fn the_model_menu_opens_saves_and_goes_on_with_sessions() {
    let mut state = fixture::exploring();
    state.session.last = Some("sessions/1/last.atelier.json".into());
    let mut harness = window(state);
    harness.run();
    let name = "session.atelier.json".to_owned();
    for (entry, action) in [
        ("Open session…", Action::Pick(DialogKind::Session)),
        ("Save session as…", Action::Pick(DialogKind::SaveSession(name))),
        ("Go on with the last session", Action::Session(SessionAction::GoOn)),
    ] {
        harness.get_by_role_and_label(egui::accesskit::Role::Button, "Model").click();
        harness.run();
        harness.get_by_label_contains(entry).click();
        harness.run();
        assert!(asked(&harness, &action), "{entry}");
    }
}

#[test]
fn the_model_menu_opens_recent_models() {
    let mut state = fixture::empty();
    state.preferences.recent_models = vec!["/models/cats.safetensors".into()];
    let mut harness = window(state);
    harness.run();
    harness.get_by_role_and_label(egui::accesskit::Role::Button, "Model").click();
    harness.run();
    harness.get_by_label_contains("Open recent").hover();
    harness.run();
    harness.get_by_label_contains("Open recent").click();
    harness.run();
    harness.get_by_label("/models/cats.safetensors").click();
    harness.run();
    assert!(asked(&harness, &Action::OpenModel("/models/cats.safetensors".into())));
}

#[test]
fn the_device_chooser_lists_every_device_with_its_reason() {
    let mut harness = window(fixture::empty());
    harness.run();
    harness.get_by_label("Device: CPU · Flex · 16.0 GiB").click();
    harness.run();
    harness.get_by_label_contains("it runs on the processor");
    harness.get_by_label("llvmpipe (LLVM 15.0.7, 256 bits)").click();
    harness.run();
    assert!(asked(&harness, &Action::SelectDevice(DeviceChoice::GpuIndex(0))));
}

#[test]
fn the_device_does_not_change_under_a_run() {
    let mut state = fixture::training();
    state.apply_action(Action::ShowDevices(true));
    let mut harness = window(state);
    harness.run();
    harness.get_by_label("The device cannot change while a run is active.");
    assert!(harness.get_by_label("Close: Devices").is_focused(), "nothing else can be used");
    harness.get_by_label("llvmpipe (LLVM 15.0.7, 256 bits)").click();
    harness.run();
    assert!(!asked(&harness, &Action::SelectDevice(DeviceChoice::GpuIndex(0))));
}

#[test]
fn a_dead_engine_says_why_and_restarts() {
    let mut state = fixture::training();
    state.apply_event(Event::Failed("the device ran out of memory".to_owned()));
    let mut harness = window(state);
    harness.run();
    harness.get_by_label("the device ran out of memory");
    harness.get_by_label("Status: Engine stopped");
    harness.get_by_label("Restart the engine").click();
    harness.run();
    assert!(asked(&harness, &Action::RestartEngine));
    harness.get_by_label("Status: Starting…");
}

#[test]
fn tabs_and_shortcuts_lead_to_the_panels() {
    let mut harness = window(fixture::exploring());
    harness.run();
    harness.get_by_label("Panel: Model").click();
    harness.run();
    harness.get_by_label("Family: VAE-GAN");
    harness.get_by_label("Together: 2.53 M parameters");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num2);
    harness.run();
    assert_eq!(harness.state().state.preferences.layout.side_tab, SideTab::Training);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::B);
    harness.run();
    assert!(!harness.state().state.preferences.layout.left_panel);
    harness.key_press(Key::F1);
    harness.run();
    harness.get_by_label("Stop training and save");
}

#[test]
fn the_licences_are_in_the_help() {
    let mut harness = window(fixture::exploring());
    harness.run();
    harness.key_press(Key::F1);
    harness.run();
    assert!(harness.get_by_label("Help: Shortcuts and first steps").is_focused());
    harness.get_by_label("Help: Licences").click();
    harness.run();
    harness.get_by_label("Search the licences").focus();
    harness.run();
    harness.get_by_label("Search the licences").type_text("ubuntu font licence");
    harness.run();
    let shown = harness.get_by_label("Licences").value().expect("a text");
    assert!(shown.contains("UBUNTU FONT LICENCE") && !shown.contains("wgpu"), "{shown}");
    harness.get_by_label("Close: Help").click();
    harness.run();
    assert!(harness.query_by_label("Close: Help").is_none());
}

#[test]
fn the_log_is_filtered_by_level_and_text() {
    let mut harness = window(fixture::exploring());
    harness.run();
    harness.get_by_label("Log").click();
    harness.run();
    harness.get_by_label_contains("disk is full");
    harness.get_by_label("Search the log").focus();
    harness.run();
    harness.get_by_label("Search the log").type_text("huge");
    harness.run();
    harness.get_by_label_contains("huge.png skipped");
    assert!(harness.query_by_label_contains("disk is full").is_none());
    harness.get_by_label("Clear").click();
    harness.run();
    assert!(harness.state().state.log.lines.is_empty());
}

#[test]
fn long_log_lines_wrap_instead_of_leaving_the_pane() {
    let mut state = fixture::exploring();
    state.push_log(LogLine {
        at_secs: 1.0,
        level: LogLevel::Error,
        target: "engine".to_owned(),
        text: format!("long {}", "word ".repeat(100)),
    });
    let mut harness = window(state);
    harness.run();
    harness.get_by_label("Log").click();
    harness.run();
    let sliders = harness.get_by_label("Search latent dimensions").rect();
    let line = harness.get_by_label_contains("long word").rect();
    assert!(line.right() < sliders.left(), "{line} leaves the pane, {sliders}");
    assert!(line.height() > 40.0, "several rows: {line}");
    let short = harness.get_by_label_contains("disk is full").rect();
    assert!((short.left() - line.left()).abs() < 1.0, "{short} and {line} begin below each other");
}

#[test]
fn notices_hide_no_control_and_the_rest_of_them_is_in_the_log() {
    let (mut harness, ends) = app(PreferenceStore::nowhere());
    tell(&ends, Event::DeviceReady(fixture::cpu()));
    tell(&ends, Event::ModelReady(Box::new(fixture::model())));
    for text in ["first", "second", "third"] {
        let notice = Notice { level: NoticeLevel::Error, text: text.to_owned() };
        tell(&ends, Event::Notice(notice));
    }
    harness.run_steps(4);
    assert!(harness.query_by_label("first").is_none());
    let notice = harness.get_by_label("second").rect();
    for control in ["Randomise", "Train", "Use Portraits"] {
        for control in harness.query_all_by_label_contains(control) {
            assert!(!control.rect().intersects(notice), "{notice}");
        }
    }
    assert!(harness.query_by_label("Search the log").is_none());
    harness.get_by_label("+1 more").click();
    harness.run_steps(4);
    harness.get_by_label("Search the log");
}

#[test]
fn the_theme_is_chosen_in_the_settings() {
    let mut harness = window(fixture::empty());
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Comma);
    harness.run();
    harness.get_by_label("Theme: Light").click();
    harness.run();
    assert_eq!(harness.state().state.preferences.theme, ThemeChoice::Light);
}

// The app itself, with a stand-in for the engine.

type Ends = Arc<Mutex<Vec<EngineEnds>>>;

fn app(store: PreferenceStore) -> (Harness<'static, App>, Ends) {
    let ends: Ends = Arc::default();
    let given = Arc::clone(&ends);
    let factory: EngineFactory = Box::new(move |_waker| {
        let (handle, ends) = EngineHandle::pair();
        given.lock().expect("unpoisoned").push(ends);
        Ok(handle)
    });
    let harness =
        Harness::builder().with_size([1280.0, 800.0]).with_max_steps(20).build_eframe(move |cc| {
            App::new(&cc.egui_ctx, AppOptions { store, ..AppOptions::default() }, factory)
        });
    (harness, ends)
}

fn commands(ends: &Ends) -> Vec<Command> {
    let ends = ends.lock().expect("unpoisoned");
    ends.last().expect("an engine").commands.try_iter().collect()
}

fn tell(ends: &Ends, event: Event) {
    let ends = ends.lock().expect("unpoisoned");
    ends.last().expect("an engine").events.send(event).expect("told");
}

#[test]
fn the_first_start_asks_for_the_built_in_model_and_shows_its_picture() {
    let (mut harness, ends) = app(PreferenceStore::nowhere());
    harness.run_steps(2);
    assert!(commands(&ends).iter().any(|command| matches!(command, Command::OpenBuiltIn)));
    tell(&ends, Event::DeviceReady(fixture::cpu()));
    tell(&ends, Event::ModelReady(Box::new(fixture::model())));
    harness.run_steps(2);
    let sent = commands(&ends);
    let request = sent.iter().find_map(|command| match command {
        Command::Preview(request) => Some(request.clone()),
        _ => None,
    });
    let request = request.expect("a preview is asked for");
    ends.lock().expect("unpoisoned")[0].preview.put(PreviewFrame {
        id: request.id,
        latent: request.latent,
        frame: fixture::portrait(3, 64),
        step: 1,
        decode_ms: 1.0,
    });
    harness.run_steps(2);
    assert!(harness.state().state().explore.preview.is_some());
    assert_eq!(harness.state().state().explore.waiting_since, None);
}

#[test]
fn an_engine_that_vanishes_is_noticed_and_replaced() {
    let (mut harness, ends) = app(PreferenceStore::nowhere());
    harness.run_steps(2);
    ends.lock().expect("unpoisoned").clear();
    harness.run_steps(2);
    assert!(matches!(harness.state().state().engine, EngineStatus::Dead(_)));
    harness.get_by_label("Restart the engine").click();
    harness.run_steps(3);
    assert_eq!(ends.lock().expect("unpoisoned").len(), 1);
    assert_eq!(harness.state().state().engine, EngineStatus::Starting);
    assert!(commands(&ends).iter().any(|command| matches!(command, Command::OpenBuiltIn)));
}

#[test]
fn a_full_queue_keeps_every_command_for_later() {
    let (mut harness, ends) = app(PreferenceStore::nowhere());
    harness.run_steps(2);
    commands(&ends);
    tell(&ends, Event::DeviceReady(fixture::cpu()));
    tell(&ends, Event::ModelReady(Box::new(fixture::model())));
    harness.run_steps(2);
    for _ in 0..300 {
        harness.key_press(Key::N);
        harness.step();
    }
    let mut seen = commands(&ends).len();
    harness.run_steps(3);
    seen += commands(&ends).len();
    assert!(seen >= 300, "{seen} commands arrived");
}

#[test]
fn closing_while_training_saves_first() {
    let (mut harness, ends) = app(PreferenceStore::nowhere());
    tell(&ends, Event::DeviceReady(fixture::cpu()));
    tell(
        &ends,
        Event::Training(Phase::Running {
            folder: "/runs/1".into(),
            settings: Box::new(TrainSettings::default()),
        }),
    );
    harness.run_steps(2);
    commands(&ends);
    let viewport = harness.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default();
    viewport.events.push(egui::ViewportEvent::Close);
    harness.step();
    assert!(has_viewport_command(&harness, &egui::ViewportCommand::CancelClose));
    let root = harness.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default();
    root.events.clear();
    harness.step();
    harness.get_by_label("Saving…");
    assert!(commands(&ends).iter().any(|command| matches!(command, Command::Shutdown)));
    tell(&ends, Event::ShutDown);
    harness.step();
    assert!(has_viewport_command(&harness, &egui::ViewportCommand::Close));
}

fn has_viewport_command(harness: &Harness<'_, App>, wanted: &egui::ViewportCommand) -> bool {
    harness
        .output()
        .viewport_output
        .values()
        .any(|viewport| viewport.commands.iter().any(|command| command == wanted))
}

#[test]
fn preferences_survive_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = PreferenceStore::in_folder(folder.path());
    let (mut harness, _ends) = app(store.clone());
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
    harness.run_steps(2);
    eframe::App::on_exit(harness.state_mut(), None);
    drop(harness);
    let (harness, _ends) = app(store);
    assert_eq!(harness.state().state().preferences.layout.side_tab, SideTab::Model);
}

// Small pictures of small things.

fn snapshot(name: &str, size: [f32; 2], dark: bool, draw: impl FnMut(&mut egui::Ui) + 'static) {
    let theme = if dark { egui::Theme::Dark } else { egui::Theme::Light };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_theme(theme)
        .with_context_setup(ui::theme::install)
        .with_options(SnapshotOptions::new().threshold(1.0).max_failed_pixels(40))
        .wgpu()
        .build_ui(draw);
    harness.run();
    harness.snapshot(name);
}

#[test]
fn the_top_bar_while_training() {
    let state = fixture::training();
    snapshot("top_bar_dark", [1280.0, 44.0], true, move |ui| {
        ui::top_bar_ui(ui, &state, &mut Actions::new());
    });
}

#[test]
fn the_data_panel_in_light() {
    let mut state = fixture::empty();
    state.apply_event(Event::DatasetOpened(Box::new(fixture::dataset())));
    snapshot("data_panel_light", [312.0, 560.0], false, move |ui| {
        ui::dataset_panel_ui(ui, &state, &mut Actions::new());
    });
}

#[test]
fn side_panels_have_their_width_again_after_another_scale() {
    let mut harness = window(fixture::empty());
    harness.run();
    let width = |harness: &Harness<'_, Window>| {
        harness.get_by_label("Data folder path").rect().width().round()
    };
    let before = width(&harness);
    harness.ctx.set_zoom_factor(2.0);
    harness.set_size(egui::vec2(640.0, 400.0));
    harness.run();
    assert!(width(&harness) < before);
    harness.ctx.set_zoom_factor(1.0);
    harness.set_size(egui::vec2(1280.0, 800.0));
    harness.run();
    assert_eq!(width(&harness), before);
}
