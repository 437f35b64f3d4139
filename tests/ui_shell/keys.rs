//! Keys, the commands' palette and the sheet of keys.

use super::*;

#[test]
fn letters_typed_into_a_field_are_no_shortcuts() {
    let mut harness = window(fixture::exploring());
    harness.run();
    let seed = harness.state().state.explore.seed;
    harness.get_by_label("Data folder path").focus();
    harness.run();
    harness.key_press(Key::R);
    harness.run();
    assert_eq!(harness.state().state.explore.seed, seed);
    harness.key_press(Key::Escape);
    harness.run();
    harness.key_press(Key::R);
    harness.run();
    assert_ne!(harness.state().state.explore.seed, seed);
}

fn key(key: Key) -> egui::Event {
    let modifiers = Modifiers::NONE;
    egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }
}

#[test]
fn a_letter_in_the_frame_of_a_click_is_no_shortcut() {
    let mut state = fixture::exploring();
    state.preferences.layout.side_tab = SideTab::Model;
    let mut harness = window(state);
    harness.run();
    let seed = harness.state().state.explore.seed;
    // The tab is clicked and a letter typed before the next frame is drawn: a slow machine.
    let tab = harness.get_by_label("Panel: Data").rect().center();
    let button = egui::PointerButton::Primary;
    let click = |pressed| {
        let modifiers = Modifiers::NONE;
        egui::Event::PointerButton { pos: tab, button, pressed, modifiers }
    };
    let events = [egui::Event::PointerMoved(tab), click(true), click(false), key(Key::R)];
    harness.input_mut().events.extend(events);
    harness.run();
    assert_eq!(harness.state().state.preferences.layout.side_tab, SideTab::Data);
    // So are the last letters of a path and the Enter that takes the keyboard from the field.
    harness.get_by_label("Data folder path").focus();
    harness.run();
    harness.input_mut().events.extend([key(Key::R), key(Key::Enter)]);
    harness.run();
    assert_eq!(harness.state().state.explore.seed, seed);
    // The field keeps the keyboard after Enter; Escape lets go of it.
    harness.key_press(Key::R);
    harness.run();
    assert_eq!(harness.state().state.explore.seed, seed);
    harness.key_press(Key::Escape);
    harness.run();
    harness.key_press(Key::R);
    harness.run();
    assert_ne!(harness.state().state.explore.seed, seed);
}

fn focused(harness: &Harness<'_, Window>) -> Option<egui::Id> {
    harness.ctx.memory(egui::Memory::focused)
}

#[test]
fn a_window_holds_the_keyboard_until_it_is_closed() {
    for (open, close, first, inside) in [
        (Key::D, "Close: Devices", "Choose automatically", "llvmpipe (LLVM 15.0.7, 256 bits)"),
        (Key::Comma, "Close: Settings", "Theme: As the system", "Put all panels back"),
    ] {
        let mut harness = window(fixture::exploring());
        harness.run();
        harness.get_by_label("Data folder path").focus();
        harness.run();
        let before = focused(&harness);
        assert!(before.is_some());
        harness.key_press_modifiers(Modifiers::COMMAND, open);
        harness.run();
        assert!(harness.get_by_label(first).is_focused(), "{first} is not focused");
        // Round and round: never out of the window, and at everything in it.
        let mut seen = Vec::new();
        for _ in 0..16 {
            harness.key_press(Key::Tab);
            harness.run();
            assert_ne!(focused(&harness), before);
            seen.push([close, first, inside].map(|label| harness.get_by_label(label).is_focused()));
        }
        assert!((0..3).all(|part| seen.iter().any(|now| now[part])), "{seen:?}");
        harness.key_press(Key::Escape);
        harness.run();
        assert!(harness.query_by_label(close).is_none(), "Escape closes it");
        assert_eq!(focused(&harness), before, "the keyboard goes back");
    }
}

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

#[test]
fn a_paste_is_the_photo_unless_a_text_field_takes_it() {
    let mut harness = window(fixture::exploring());
    harness.run();
    harness.get_by_label("Search latent dimensions").focus();
    harness.run();
    harness.event(egui::Event::Paste("12".to_owned()));
    harness.run();
    assert_eq!(harness.state().state.explore.search, "12");
    assert!(!asked(&harness, &Action::Photo(PhotoAction::Paste)));
    harness.get_by_label("Randomise").focus();
    harness.run();
    harness.event(egui::Event::Paste("/pictures/me.png".to_owned()));
    harness.run();
    assert!(asked(&harness, &Action::Photo(PhotoAction::Paste)));
}
