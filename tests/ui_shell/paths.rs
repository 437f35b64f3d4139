//! Paths that are typed: opened, saved to, and never written over without a word.

use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use latent_atelier::app::Action;
use latent_atelier::app::state::SideTab;
use latent_atelier::protocol::{Command, DatasetSource, Event};

use super::{Window, asked, fixture, window};

fn model_tab() -> Harness<'static, Window> {
    let mut state = fixture::exploring();
    state.apply_action(Action::ShowSideTab(SideTab::Model));
    let mut harness = window(state);
    harness.run();
    harness
}

fn type_into(harness: &mut Harness<'static, Window>, field: &str, text: &str) {
    harness.get_by_label(field).focus();
    harness.run();
    harness.get_by_label(field).type_text(text);
    harness.run();
}

fn saved(harness: &Harness<'_, Window>) -> usize {
    let sent = harness.state().state.outbox.iter();
    sent.filter(|command| matches!(command, Command::SaveModel(_))).count()
}

#[test]
fn what_is_typed_to_be_opened_cannot_be_saved_to() {
    let mut harness = model_tab();
    type_into(&mut harness, "Model path", "/models/cats.safetensors");
    harness.get_by_label("Save to this path").click();
    harness.run();
    assert_eq!(saved(&harness), 0, "nothing was typed to save to");
    harness.get_by_label("Open this path").click();
    harness.run();
    assert!(asked(&harness, &Action::OpenModel("/models/cats.safetensors".into())));
}

#[test]
fn a_model_is_replaced_only_after_a_question_that_names_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.safetensors");
    std::fs::write(&file, "old").expect("written");
    let typed = folder.path().join("mine").display().to_string();
    let mut harness = model_tab();
    type_into(&mut harness, "Save path", &typed);
    harness.get_by_label("Will be written as mine.safetensors");
    harness.get_by_label("Save to this path").click();
    harness.run();
    assert_eq!(saved(&harness), 0, "it asks first");
    harness.get_by_label_contains("mine.safetensors is there already.");
    harness.get_by_label("Keep it").click();
    harness.run();
    assert_eq!(saved(&harness), 0);
    harness.get_by_label("Save to this path").click();
    harness.run();
    harness.get_by_label("Replace").click();
    harness.run();
    assert_eq!(saved(&harness), 1);
    assert!(harness.query_by_label("Replace").is_none());
}

#[test]
fn after_enter_a_path_field_keeps_the_keyboard() {
    let mut harness = window(fixture::exploring());
    harness.run();
    type_into(&mut harness, "Data folder path", "/nowhere");
    harness.key_press(Key::Enter);
    harness.run();
    assert!(asked(&harness, &Action::OpenDataset(DatasetSource::Path("/nowhere".into()))));
    let failed = Event::DatasetFailed("/nowhere is not there".to_owned());
    harness.state_mut().state.apply_event(failed);
    harness.run();
    harness.key_press_modifiers(Modifiers::NONE, Key::R);
    harness.run();
    assert!(!asked(&harness, &Action::Randomise), "R is a letter of the path");
    assert!(harness.get_by_label("Data folder path").is_focused());
}

#[test]
fn the_model_tab_counts_the_steps_of_the_run_under_way() {
    let mut harness = model_tab();
    harness.get_by_label("Steps: trained in stages, 24,000 steps in the last");
    let mut state = fixture::training();
    state.apply_action(Action::ShowSideTab(SideTab::Model));
    harness.state_mut().state = state;
    harness.run();
    harness.get_by_label("Steps: 8,140");
}

#[test]
fn the_time_a_drag_takes_is_named_and_leaves_when_nothing_is_dragged() {
    let mut harness = window(fixture::exploring());
    harness.run();
    harness.get_by_label_contains("ms p95");
    harness.state_mut().state.now_secs += 11.0;
    harness.run();
    assert!(harness.query_by_label_contains("ms p95").is_none());
}
