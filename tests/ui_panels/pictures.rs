//! The panels as pictures: two small ones that are compared, and large ones to look at.

use eframe::egui::{self, Pos2};
use egui_kittest::{Harness, SnapshotOptions};
use latent_atelier::app::{Action, Actions, AppState};
use latent_atelier::protocol::Event;
use latent_atelier::ui::{self, explorer, plots, samples, theme, train_panel};

use super::{PanelUi, fixture, open_model, with_reconstructions};

fn picture(draw: PanelUi, state: AppState, size: [f32; 2], dark: bool) -> Harness<'static> {
    let theme = if dark { egui::Theme::Dark } else { egui::Theme::Light };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_theme(theme)
        .with_context_setup(theme::install)
        .with_options(SnapshotOptions::new().threshold(1.0).max_failed_pixels(40))
        .wgpu()
        .build_ui(move |ui| {
            let fill = theme::palette(ui).panel;
            egui::Frame::new().fill(fill).inner_margin(10).show(ui, |ui| {
                ui.set_min_size(ui.available_size());
                draw(ui, &state, &mut Actions::new());
            });
        });
    harness.run_steps(4);
    harness
}

#[test]
fn the_explorer_in_dark() {
    let mut state = fixture::exploring();
    state.apply_action(Action::ToggleLock(2));
    picture(explorer::explorer_ui, state, [312.0, 320.0], true).snapshot("explorer_dark");
}

#[test]
fn the_curves_in_light() {
    picture(plots::plots_ui, fixture::training(), [620.0, 260.0], false).snapshot("curves_light");
}

#[test]
fn pictures_to_look_at() {
    let Some(folder) = std::env::var_os("ATELIER_PICTURES").map(std::path::PathBuf::from) else {
        return;
    };
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut idle = with_reconstructions(fixture::exploring());
    idle.training.draft_spec.latent = 600;
    let mut wide = open_model(512);
    wide.apply_action(Action::SetDimOrder(latent_atelier::app::DimOrder::Kl));
    let mut log = fixture::training();
    log.plot.log_y = Some(true);
    log.plot.smoothing = 0.95;
    let run = || with_reconstructions(fixture::training());
    let fresh = || {
        let mut state = fixture::exploring();
        state.apply_event(Event::DatasetOpened(Box::new(fixture::dataset())));
        state
    };
    let pictures: Vec<(&str, PanelUi, AppState, [f32; 2])> = vec![
        ("train_idle", train_panel::train_panel_ui, fresh(), [300.0, 1120.0]),
        ("train_invalid", train_panel::train_panel_ui, idle, [300.0, 700.0]),
        ("train_running", train_panel::train_panel_ui, run(), [300.0, 700.0]),
        ("explorer_512", explorer::explorer_ui, wide, [312.0, 760.0]),
        ("samples_tall", samples::samples_ui, run(), [310.0, 480.0]),
        ("samples_wide", samples::samples_ui, run(), [930.0, 520.0]),
        ("samples_empty", samples::samples_ui, fixture::empty(), [400.0, 400.0]),
        ("picture", explorer::picture_pane_ui, fixture::exploring(), [640.0, 700.0]),
        ("edit_wide", ui::edit::edit_ui, fixture::edited(6, 16), [980.0, 640.0]),
        ("edit_narrow", ui::edit::edit_ui, fixture::edited(3, 9), [320.0, 900.0]),
        ("edit_empty", ui::edit::edit_ui, fixture::exploring(), [320.0, 460.0]),
        ("picture_empty", explorer::picture_pane_ui, fixture::empty(), [400.0, 400.0]),
        ("curves_log", plots::plots_ui, log, [1000.0, 420.0]),
    ];
    for (name, draw, state, size) in pictures {
        for dark in [true, false] {
            // The state is drawn anew for each theme: it cannot be cloned, so it is shared.
            let state = &state;
            let theme = if dark { egui::Theme::Dark } else { egui::Theme::Light };
            let mut harness = Harness::builder()
                .with_size(size)
                .with_theme(theme)
                .with_context_setup(theme::install)
                .wgpu()
                .build_ui(move |ui| {
                    let fill = theme::palette(ui).panel;
                    egui::Frame::new().fill(fill).inner_margin(10).show(ui, |ui| {
                        ui.set_min_size(ui.available_size());
                        draw(ui, state, &mut Actions::new());
                    });
                });
            harness.run_steps(3);
            if name == "curves_log" {
                harness.hover_at(Pos2::new(420.0, 160.0));
                harness.run_steps(3);
            }
            let suffix = if dark { "dark" } else { "light" };
            let picture = harness.render().expect("a picture");
            picture.save(folder.join(format!("{name}_{suffix}.png"))).expect("written");
        }
    }
}
