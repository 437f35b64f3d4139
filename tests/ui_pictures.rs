//! The whole window as pictures, to be looked at: `ATELIER_PICTURES=folder cargo test --test ui_pictures`.
//!
//! Without the variable one picture is drawn and only its size is checked, so that drawing the whole
//! window stays tested.

#[path = "ui_shell/fixture.rs"]
#[expect(dead_code, reason = "shared with the other tests, which use more of it")]
mod fixture;

use std::path::PathBuf;

use eframe::egui;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use latent_atelier::app::state::SideTab;
use latent_atelier::app::{Action, Actions, AppState, EngineStatus, ThemeChoice};
use latent_atelier::protocol::{DatasetSource, Event, NoticeLevel};
use latent_atelier::ui;

const SMALL: [f32; 2] = [1280.0, 800.0];
const LARGE: [f32; 2] = [2560.0, 1440.0];

/// A window whose state never changes.
struct Still(AppState, ui::Layout);

impl eframe::App for Still {
    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        ui::window_ui(ui, &self.0, &mut self.1, &mut Actions::new());
    }
}

fn picture(
    state: AppState,
    dark: bool,
    size: [f32; 2],
    scale: f32,
    clicks: &[&str],
) -> image::RgbaImage {
    let theme = if dark { ThemeChoice::Dark } else { ThemeChoice::Light };
    let system = if dark { egui::Theme::Dark } else { egui::Theme::Light };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_pixels_per_point(scale)
        .with_theme(system)
        .allow_missing_glyphs()
        .wgpu()
        .build_eframe(move |cc| {
            ui::theme::install(&cc.egui_ctx);
            ui::theme::choose(&cc.egui_ctx, theme);
            Still(state, ui::Layout::default())
        });
    harness.run_steps(4);
    for label in clicks {
        harness.get_by_label(label).click();
        harness.run_steps(4);
    }
    harness.render().expect("a picture")
}

fn with(mut state: AppState, actions: &[Action]) -> AppState {
    for action in actions {
        state.apply_action(action.clone());
    }
    state
}

fn reading() -> AppState {
    let mut state = fixture::exploring();
    state.apply_action(Action::OpenDataset(DatasetSource::Path("/pictures/cats".into())));
    state.apply_event(Event::DatasetProgress { done: 3_120, total: 8_400 });
    state.notify(NoticeLevel::Info, "Written: ~/models/faces.safetensors");
    state.notify(NoticeLevel::Warning, "The GPU did not start, so the CPU is used: device lost.");
    state.notify(
        NoticeLevel::Error,
        "/models/cats.safetensors is cut short: 812 of 9,410 KiB are there. Copy the file again.",
    );
    state
}

fn folder() -> AppState {
    let mut state = fixture::exploring();
    state.apply_event(Event::DatasetOpened(Box::new(fixture::folder_dataset())));
    state
}

fn dead() -> AppState {
    let mut state = fixture::training();
    state.apply_event(Event::Failed("the device ran out of memory".to_owned()));
    state
}

fn with_saving() -> AppState {
    let mut state = fixture::training();
    state.engine = EngineStatus::ShuttingDown;
    state
}

#[test]
fn the_whole_window() {
    let Some(folder_path) = std::env::var_os("ATELIER_PICTURES").map(PathBuf::from) else {
        let picture = picture(fixture::training(), true, SMALL, 1.0, &[]);
        assert_eq!(picture.dimensions(), (1280, 800));
        return;
    };
    std::fs::create_dir_all(&folder_path).expect("a folder");
    let model = [Action::ShowSideTab(SideTab::Model)];
    let states: Vec<(&str, AppState, bool, [f32; 2], f32)> = vec![
        ("training_dark", fixture::training(), true, SMALL, 1.0),
        ("training_light", fixture::training(), false, SMALL, 1.0),
        ("training_dark_large", fixture::training(), true, LARGE, 1.0),
        ("training_light_2x", fixture::training(), false, SMALL, 2.0),
        ("exploring_dark", fixture::exploring(), true, SMALL, 1.0),
        ("model_light", with(fixture::exploring(), &model), false, SMALL, 1.0),
        ("folder_dark", folder(), true, SMALL, 1.0),
        ("folder_light_large", folder(), false, LARGE, 1.0),
        ("reading_dark", reading(), true, SMALL, 1.0),
        ("reading_light", reading(), false, SMALL, 1.0),
        ("empty_dark", fixture::empty(), true, SMALL, 1.0),
        ("empty_light", fixture::empty(), false, SMALL, 1.0),
        ("dead_dark", dead(), true, SMALL, 1.0),
        ("devices", with(fixture::exploring(), &[Action::ShowDevices(true)]), true, SMALL, 1.0),
        ("help", with(fixture::exploring(), &[Action::ShowHelp(true)]), true, SMALL, 1.0),
        ("settings", with(fixture::exploring(), &[Action::ShowSettings(true)]), false, SMALL, 1.0),
        ("log_dark", fixture::training(), true, SMALL, 1.0),
        ("log_light", fixture::training(), false, SMALL, 1.0),
        ("menu", fixture::exploring(), true, SMALL, 1.0),
        ("options", folder(), false, SMALL, 1.0),
        ("saving", with_saving(), true, SMALL, 1.0),
        ("small_1_5x", fixture::training(), true, [880.0, 560.0], 1.5),
    ];
    let only = std::env::var("ATELIER_PICTURE").ok();
    for (name, state, dark, size, scale) in states {
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let clicks: Vec<&str> = match name {
            "log_dark" | "log_light" => vec!["Log"],
            "menu" => vec!["View"],
            "options" => vec!["Options: 64 × 64 px, RGB"],
            _ => Vec::new(),
        };
        let picture = picture(state, dark, size, scale, &clicks);
        picture.save(folder_path.join(format!("{name}.png"))).expect("written");
    }
}
