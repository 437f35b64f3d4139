//! The photo: opened, dragged under its frame, turned, flipped, and refused.

use eframe::egui::{Key, Modifiers, Rect, Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use latent_atelier::app::{Action, AppState, PhotoAction};
use latent_atelier::protocol::*;
use latent_atelier::ui::{dataset_panel_ui, photo};

use super::{Panel, fixture, panel};

fn photo_panel(state: AppState, size: [f32; 2]) -> Harness<'static, Panel> {
    let mut harness = panel(photo::photo_ui, state, size);
    harness.run_steps(3);
    harness
}

fn wide() -> Harness<'static, Panel> {
    photo_panel(fixture::photographed(), [900.0, 620.0])
}

fn crop(harness: &Harness<'_, Panel>) -> Crop {
    harness.state().state.photo.crop
}

fn view(harness: &Harness<'_, Panel>) -> Rect {
    harness.get_by_label("Crop frame").rect()
}

/// The frame in the middle of the view while the whole photo fits: 96 % of the space.
fn frame(harness: &Harness<'_, Panel>) -> Rect {
    let space = view(harness);
    let scale = (space.width() * 0.96 / 4800.0).min(space.height() * 0.96 / 3000.0);
    let [x, y] = crop(harness).centre;
    let middle = space.center() + vec2(x as f32 - 2400.0, y as f32 - 1500.0) * scale;
    Rect::from_center_size(middle, vec2(1.0, 1.0) * crop(harness).side as f32 * scale)
}

fn pull(harness: &mut Harness<'static, Panel>, from: eframe::egui::Pos2, by: eframe::egui::Vec2) {
    harness.hover_at(from);
    harness.step();
    harness.drag_at(from);
    harness.step();
    for part in [0.3, 0.6, 1.0] {
        harness.hover_at(from + by * part);
        harness.step();
    }
    harness.drop_at(from + by);
    harness.run_steps(2);
}

#[test]
fn without_a_photo_the_pane_says_what_to_do() {
    let mut harness = photo_panel(fixture::exploring(), [420.0, 460.0]);
    harness.get_by_label("No photo yet");
    harness.get_by_label("Open photo…").click();
    harness.run_steps(2);
    harness.get_by_label("Paste a photo").click();
    harness.run_steps(2);
    let asked = &harness.state().asked;
    assert_eq!(asked[..], [PhotoAction::Pick, PhotoAction::Paste].map(Action::Photo));
    harness.get_by_label("Opening the picture in the clipboard…");
    harness.get_by_label("Cancel opening").click();
    harness.run_steps(2);
    assert!(harness.query_by_label("Cancel opening").is_none());
    assert!(matches!(harness.state().state.outbox.back(), Some(Command::CancelPhoto)));
    let data = harness.get_by_label("From data");
    assert!(data.accesskit_node().is_disabled(), "there is none");
}

#[test]
fn a_typed_path_is_opened_and_a_refusal_leaves_the_photo() {
    let mut harness = wide();
    harness.get_by_label("Photo path").focus();
    harness.run_steps(2);
    harness.get_by_label("Photo path").type_text("/pictures/letter.png");
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    let sent = |command: Option<&Command>| match command {
        Some(Command::OpenPhoto(path)) => path.display().to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(sent(harness.state().state.outbox.back()), "/pictures/letter.png");
    harness.get_by_label_contains("Opening /pictures/letter.png");
    let refused = Notice { level: NoticeLevel::Error, text: "not a picture".to_owned() };
    harness.state_mut().state.apply_event(Event::Notice(refused));
    harness.state_mut().state.apply_event(Event::PhotoFailed);
    harness.run_steps(2);
    assert!(harness.query_by_label_contains("Opening").is_none());
    harness.get_by_label_contains("me at the lake.jpg · 4,800 × 3,000 px");
    harness.get_by_label("Cropped photo");
}

#[test]
fn the_frame_is_dragged_resized_at_a_corner_and_stays_square() {
    let mut harness = wide();
    let before = crop(&harness);
    assert_eq!(before, Crop::centred(4800, 3000));
    let (from, scale) = (frame(&harness).center(), frame(&harness).width() / 3000.0);
    pull(&mut harness, from, vec2(-40.0, 0.0));
    let moved = crop(&harness);
    let expected = 2400.0 - f64::from(40.0 / scale);
    assert!((moved.centre[0] - expected).abs() < 8.0, "{moved:?}, not {expected}");
    assert_eq!((moved.centre[1], moved.side), (1500.0, 3000.0));

    let (corner, top_left) = (frame(&harness).right_bottom(), frame(&harness).min);
    pull(&mut harness, corner, vec2(-60.0, -45.0));
    let smaller = crop(&harness);
    assert!((smaller.side - (3000.0 - f64::from(45.0 / scale))).abs() < 12.0, "{smaller:?}");
    assert!((frame(&harness).min - top_left).length() < 2.0, "the opposite corner stays");
    let asked = harness.state().state.outbox.iter().rev().find_map(|command| match command {
        Command::CropPhoto(request) => Some(request.clone()),
        _ => None,
    });
    let asked = asked.expect("a square was asked for");
    assert_eq!((asked.crop, asked.size, asked.channels), (smaller, 64, 3));
}

#[test]
fn arrow_keys_nudge_and_plus_and_minus_resize() {
    let mut harness = wide();
    harness.get_by_label("Crop frame").focus();
    harness.run_steps(2);
    let before = crop(&harness);
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    harness.run_steps(2);
    let after = crop(&harness);
    let (left, down) = (before.centre[0] - after.centre[0], after.centre[1] - before.centre[1]);
    assert!(left >= 1.0 && (down - 10.0 * left).abs() < 1e-3, "{left} {down}");
    harness.key_press(Key::Plus);
    harness.run_steps(2);
    assert!(crop(&harness).side < before.side);
    harness.get_by_label("Crop frame");
    let node = harness.get_by_label("Crop frame").accesskit_node().value();
    assert!(node.is_some_and(|value| value.contains("edge 2850 pixels")));
}

#[test]
fn the_wheel_makes_the_frame_smaller_and_larger() {
    let mut harness = wide();
    let middle = view(&harness).center();
    harness.hover_at(middle);
    harness.step();
    let roll = |harness: &mut Harness<'static, Panel>, delta: f32| {
        harness.event(eframe::egui::Event::MouseWheel {
            unit: eframe::egui::MouseWheelUnit::Point,
            delta: vec2(0.0, delta),
            phase: eframe::egui::TouchPhase::Move,
            source: eframe::egui::MouseWheelSource::Wheel,
            modifiers: Modifiers::NONE,
        });
        harness.run_steps(20);
    };
    roll(&mut harness, 120.0);
    let closer = crop(&harness).side;
    assert!(closer < 2900.0, "{closer}");
    roll(&mut harness, -60.0);
    assert!(crop(&harness).side > closer);
}

#[test]
fn turning_flipping_straightening_and_back() {
    let mut harness = wide();
    harness.get_by_label("90° right").click();
    harness.run_steps(2);
    harness.get_by_label("Flip").click();
    harness.run_steps(2);
    assert_eq!((crop(&harness).degrees, crop(&harness).mirrored), (90.0, true));
    let seen = |harness: &Harness<'_, Panel>, label: &str| {
        let node = harness.get_by_role_and_label(Role::Slider, label);
        node.accesskit_node().numeric_value().expect("a number")
    };
    let quarter = |harness: &Harness<'_, Panel>, label: &str| {
        harness.get_by_label(label).accesskit_node().toggled()
            == Some(eframe::egui::accesskit::Toggled::True)
    };
    assert!(quarter(&harness, "270°"), "as it is seen: flipped it lies on the other side");
    assert_eq!(seen(&harness, "Straighten"), 0.0, "quarters are no fine angle");
    let straighten = harness.get_by_role_and_label(Role::Slider, "Straighten");
    straighten.set_value_accesskit(4.0);
    harness.run_steps(2);
    assert_eq!((seen(&harness, "Straighten"), crop(&harness).degrees), (4.0, 86.0));
    assert!(quarter(&harness, "270°"));
    harness.get_by_label("0°").click();
    harness.run_steps(2);
    assert_eq!(crop(&harness).degrees, -4.0, "the fine angle stays");
    harness.get_by_label("180°").click();
    harness.run_steps(2);
    assert_eq!((seen(&harness, "Straighten"), crop(&harness).degrees), (4.0, 176.0));
    harness.get_by_role_and_label(Role::Slider, "Frame").set_value_accesskit(40.0);
    harness.run_steps(2);
    harness.get_by_label_contains("Enlarged: the frame has fewer pixels than the model's 64");
    harness.get_by_label("Reset").click();
    harness.run_steps(2);
    assert_eq!(crop(&harness), Crop::centred(4800, 3000));
    harness.get_by_role_and_label(Role::Slider, "Ghost").set_value_accesskit(80.0);
    harness.run_steps(2);
    assert!((harness.state().state.photo.ghost - 0.8).abs() < 1e-6);
}

#[test]
fn pictures_of_the_data_set_are_chosen_from_a_menu() {
    let mut harness = wide();
    harness.get_by_label("From data").click();
    harness.run_steps(4);
    harness.get_by_label("Training picture 834").click();
    harness.run_steps(4);
    let sent = |harness: &Harness<'_, Panel>| harness.state().state.outbox.back().cloned();
    // The second of 24 tiles that are spread over 20,000 pictures.
    assert!(matches!(sent(&harness), Some(Command::OpenPhotoFromData(Split::Train, 833))));
    harness.get_by_label("From data").click();
    harness.run_steps(4);
    harness.get_by_label("A random held-out picture").click();
    harness.run_steps(4);
    assert!(
        matches!(sent(&harness), Some(Command::OpenPhotoFromData(Split::HeldOut, n)) if n < 1000)
    );
}

#[test]
fn what_a_person_should_know_of_a_photo_is_said() {
    let mut state = fixture::photographed();
    let dot = Photo {
        id: 2,
        width_px: 1,
        height_px: 1,
        remarks: vec!["a single pixel: there is no detail to find a latent for".to_owned()],
        ..fixture::photo()
    };
    state.apply_event(Event::PhotoOpened(Box::new(dot)));
    let harness = photo_panel(state, [330.0, 460.0]);
    harness.get_by_label_contains("A single pixel");
    harness.get_by_label("One moment…");
    let mut state = fixture::empty();
    state.apply_event(Event::PhotoOpened(Box::new(fixture::photo())));
    let harness = photo_panel(state, [330.0, 460.0]);
    harness.get_by_label_contains("Open a model");
}

#[test]
fn the_pane_fits_narrow_and_low_spaces() {
    for size in [[300.0, 420.0], [300.0, 200.0], [600.0, 300.0], [1400.0, 900.0]] {
        let harness = photo_panel(fixture::photographed(), size);
        for label in
            ["Crop frame", "90° left", "90° right", "Flip", "Level by a line", "Cropped photo"]
        {
            let rect = harness.get_by_label(label).rect();
            assert!(rect.left() >= 0.0 && rect.right() <= size[0], "{label} at {size:?}: {rect:?}");
        }
        let reset = harness.get_by_label("Reset").rect();
        let low = size[1] < 400.0;
        assert!(low || reset.bottom() <= size[1], "{size:?}: {reset:?}");
    }
}

#[test]
fn a_thumbnail_of_the_data_set_becomes_the_photo_by_its_menu() {
    let mut state = fixture::exploring();
    state.apply_event(Event::DatasetOpened(Box::new(fixture::dataset())));
    let mut harness = panel(dataset_panel_ui, state, [312.0, 900.0]);
    harness.run_steps(3);
    let sheet = harness.get_by_label_contains("pictures of the data set").rect();
    // The second row's third of six columns and four rows: tile 8 of 24, spread over 20,000 pictures.
    let at = sheet.min + vec2(2.5 / 6.0, 1.5 / 4.0) * sheet.size();
    harness.hover_at(at);
    harness.step();
    for pressed in [true, false] {
        harness.event(eframe::egui::Event::PointerButton {
            pos: at,
            button: eframe::egui::PointerButton::Secondary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        harness.step();
    }
    harness.run_steps(3);
    harness.get_by_label("Use as photo").click();
    harness.run_steps(3);
    let wanted = Action::Photo(PhotoAction::FromData(Split::Train, 8 * 20_000 / 24));
    assert_eq!(harness.state().asked, [wanted]);
}

#[test]
fn a_line_drawn_along_the_horizon_levels_the_photo() {
    let mut harness = wide();
    let toggle = "Level by a line";
    harness.get_by_label(toggle).click();
    harness.run_steps(2);
    harness.get_by_label_contains("Drag a line along what should be level");
    let before = crop(&harness);
    let from = view(&harness).center() - vec2(60.0, 10.0);
    // Begun and left: nothing happens.
    harness.drag_at(from);
    harness.step();
    harness.hover_at(from + vec2(120.0, 21.0));
    harness.step();
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    harness.drop_at(from + vec2(120.0, 21.0));
    harness.run_steps(2);
    assert_eq!(crop(&harness), before);
    assert!(!harness.state().state.photo.levelling);
    harness.get_by_label(toggle).click();
    harness.run_steps(2);
    // A click alone has no direction.
    pull(&mut harness, from, vec2(2.0, 1.0));
    assert_eq!((crop(&harness), harness.state().state.photo.levelling), (before, true));
    // 10 degrees down to the right: the photo turns as much to the left.
    pull(&mut harness, from, vec2(120.0, 120.0 * 10_f32.to_radians().tan()));
    let after = crop(&harness);
    assert!((after.degrees + 10.0).abs() < 0.05, "{after:?}");
    assert_eq!((after.centre, after.side), (before.centre, before.side));
    assert!(!harness.state().state.photo.levelling, "one line at a time");
    // Flipped, the same line on the screen turns the photo itself the other way.
    harness.get_by_label("Flip").click();
    harness.run_steps(2);
    let flipped = crop(&harness);
    harness.key_press(Key::L);
    harness.run_steps(2);
    assert!(harness.state().state.photo.levelling, "by its key, wherever one clicked last");
    // Nearly upright: 5 degrees off the vertical.
    pull(&mut harness, from, vec2(-100.0 * 5_f32.to_radians().tan(), 100.0));
    let after = crop(&harness);
    assert!((after.degrees - flipped.degrees - 5.0).abs() < 0.05, "{flipped:?} {after:?}");
}
