//! The command palette, the sheet of keys, and what lies under a window meanwhile.

use egui_kittest::kittest::NodeT as _;
use latent_atelier::app::Effect;

use super::*;

/// Opens the palette and types into it.
fn search_commands(harness: &mut Harness<'_, Window>, text: &str) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run();
    assert!(harness.get_by_label("Search commands").is_focused());
    harness.get_by_label("Search commands").type_text(text);
    harness.run();
}

#[test]
fn commands_are_chosen_by_keys_and_run_by_enter() {
    let mut harness = window(fixture::exploring());
    harness.run();
    search_commands(&mut harness, "theme");
    let place = harness.get_by_label("Close: Commands").rect();
    let chosen = |harness: &Harness<'_, Window>| {
        let names = ["Theme: as the system", "Theme: dark", "Theme: light"];
        let is_chosen = |name: &&str| {
            let node = harness.get_by_label(name);
            node.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True)
        };
        names.into_iter().filter(is_chosen).collect::<Vec<_>>()
    };
    assert_eq!(chosen(&harness), ["Theme: as the system"]);
    for (key, expected) in [
        (Key::ArrowDown, "Theme: dark"),
        (Key::ArrowDown, "Theme: light"),
        (Key::ArrowDown, "Theme: as the system"),
        (Key::ArrowUp, "Theme: light"),
    ] {
        harness.key_press(key);
        harness.run();
        assert_eq!(chosen(&harness), [expected]);
    }
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().state.preferences.theme, ThemeChoice::Light);
    assert!(harness.query_by_label("Close: Commands").is_none());

    // Whatever is found, the box stays where it is.
    search_commands(&mut harness, "no such command");
    assert_eq!(harness.get_by_label("Close: Commands").rect(), place);
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.get_by_label("Close: Commands").rect(), place);
    harness.key_press(Key::Escape);
    harness.run();

    // A pane, by a part of its name; what cannot be done now is passed over.
    search_commands(&mut harness, "show compose");
    harness.key_press(Key::Enter);
    harness.run();
    assert!(asked(&harness, &Action::ShowPane(ui::Pane::Compose)));
    search_commands(&mut harness, "engine");
    harness.get_by_label("Restart the engine");
    harness.key_press(Key::Enter);
    harness.run();
    harness.get_by_label("Close: Commands");
    assert!(!asked(&harness, &Action::RestartEngine));
}

#[test]
fn the_picture_and_its_latent_are_saved_by_commands() {
    let mut state = fixture::exploring();
    state.apply_action(Action::SetTruncation(0.5));
    let effects = state.apply_action(Action::SavePictureAs);
    let name = "portraits-64-built-in-8.png".to_owned();
    assert_eq!(effects, [Effect::PickSavePicture(name)]);
    state.apply_action(Action::SavePicture("/pictures/face".into()));
    let Some(Command::SampleToFile(job)) = state.outbox.back() else { panic!("nothing was sent") };
    let half = Latent(state.explore.moved().0.iter().map(|value| value * 0.5).collect());
    assert!(matches!(&job.source, SampleSource::Given(latents) if *latents == [half]));
    assert_eq!(job.out.display().to_string(), "/pictures/face.png");
    let effects = state.apply_action(Action::SaveLatentAs);
    assert!(
        matches!(&effects[..], [Effect::PickSaveLatent(name)] if name.ends_with(".safetensors"))
    );
}

#[test]
fn a_tooltip_does_not_stay_above_a_window() {
    let mut harness = window(fixture::exploring());
    harness.run();
    let hint = "A fresh seed for every unlocked dimension (R)";
    harness.get_by_label("Randomise").hover();
    harness.run_steps(20);
    harness.get_by_label(hint);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run_steps(20);
    harness.get_by_label("Close: Commands");
    assert!(harness.query_by_label(hint).is_none());
    // And they come again.
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    harness.get_by_label("Zero all").hover();
    harness.run_steps(20);
    harness.get_by_label("Every unlocked dimension to zero: the mean picture (Z)");
}

#[test]
fn the_sheet_of_keys_begins_with_the_keys() {
    let mut harness = window(fixture::exploring());
    harness.run();
    harness.key_press(Key::Questionmark);
    harness.run();
    let keys = harness.get_by_label("Another random latent").rect();
    assert!(keys.bottom() < 500.0, "seen without scrolling: {keys:?}");
    let steps = harness.query_by_label("First steps").map(|node| node.rect());
    assert!(steps.is_none_or(|steps| steps.top() > keys.bottom()));
}
