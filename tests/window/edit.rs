//! A photo painted on, end to end on the real engine: opened, inverted, painted, undone, adopted, wiped, exported.

use eframe::egui::{Modifiers, Pos2};
use latent_atelier::app::EditShow;
use latent_atelier::protocol::{EditStage, Frame};

use super::*;

/// Carries out a command of the palette, as a hand that types.
fn command(harness: &mut Harness<'static, App>, text: &str) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run_steps(3);
    harness.get_by_label("Search commands").type_text(text);
    harness.run_steps(3);
    harness.key_press(Key::Enter);
    harness.run_steps(5);
}

/// A low pane scrolls.
fn into_view(harness: &mut Harness<'static, App>, label: &str) {
    harness.get_by_label(label).scroll_to_me();
    harness.run_steps(4);
}

/// A place in the picture, from 0 to 1.
fn on_canvas(harness: &Harness<'static, App>, x: f32, y: f32) -> Pos2 {
    let canvas = harness.get_by_label("Edit canvas").rect();
    canvas.min + vec2(x, y) * canvas.size()
}

fn paint(harness: &mut Harness<'static, App>, places: &[[f32; 2]]) {
    into_view(harness, "Edit canvas");
    let at: Vec<Pos2> = places.iter().map(|[x, y]| on_canvas(harness, *x, *y)).collect();
    harness.hover_at(at[0]);
    harness.step();
    harness.drag_at(at[0]);
    harness.step();
    for place in &at {
        harness.hover_at(*place);
        harness.step();
        std::thread::sleep(Duration::from_millis(30));
        harness.step();
    }
    harness.drop_at(at[at.len() - 1]);
    harness.run_steps(2);
}

fn rests(state: &AppState) -> bool {
    let view = state.edit.view.as_ref();
    !state.edit.is_dragged() && view.is_some_and(|view| view.stage == EditStage::Settled)
}

/// How bright the strip at the top is that is painted, 0 to 1.
fn brightness(frame: &Frame) -> f64 {
    let rows = frame.width_px * frame.height_px / 6;
    let sum: u64 = frame.rgba[..rows * 4]
        .chunks_exact(4)
        .map(|pixel| pixel[..3].iter().map(|value| u64::from(*value)).sum::<u64>())
        .sum();
    sum as f64 / (rows * 3 * 255) as f64
}

#[test]
fn a_photo_is_inverted_painted_undone_adopted_wiped_and_exported() {
    let root = tempfile::tempdir().expect("a folder");
    let mut harness = window(root.path().join("runs"));
    until(&mut harness, "the built-in model", |state| state.explore.preview.is_some());
    // A picture of the model as a photo, ten times as large.
    let picture = harness.state().state().explore.preview.clone().expect("drawn").frame;
    let photo = root.path().join("me.png");
    let small = image::RgbaImage::from_raw(64, 64, picture.rgba.to_vec()).expect("64 px");
    let large = image::imageops::resize(&small, 640, 640, image::imageops::FilterType::Triangle);
    image::DynamicImage::from(large).to_rgb8().save(&photo).expect("written");
    drop_file(&mut harness, photo);
    until(&mut harness, "the square", |state| state.photo.cropped.is_some());
    command(&mut harness, "Invert the photo");
    command(&mut harness, "Show Back to z");
    until(&mut harness, "the end of the race", |state| {
        state.race.view.as_ref().is_some_and(|view| !view.is_running() && view.leader().is_some())
    });
    click(&mut harness, "Edit what Hybrid found");
    until(&mut harness, "the edit's first picture", |state| state.edit.view.is_some());
    let state = harness.state().state();
    let start = state.edit.start.clone().expect("on");
    assert!(start.photo.is_some() && start.place.is_some());
    assert_eq!(state.edit.show, EditShow::Photo);

    // A few candidates are enough: the machine may have others to serve.
    click(&mut harness, "Solver");
    harness.run_steps(20);
    harness.get_by_role_and_label(Role::SpinButton, "Candidates").scroll_to_me();
    harness.run_steps(3);
    set_number(&mut harness, "Candidates", 3.0);
    assert_eq!(harness.state().state().edit.plan.settings.candidates, 3);

    // What is bright at the top becomes darker, what is dark lighter.
    let before = brightness(&harness.state().state().edit.view.as_ref().expect("a view").before);
    let darkens = before > 0.5;
    harness.key_press(if darkens { Key::Num3 } else { Key::Num2 });
    harness.run_steps(2);
    paint(&mut harness, &[[0.1, 0.1], [0.35, 0.08], [0.65, 0.08], [0.9, 0.1]]);
    let state = harness.state().state();
    assert_eq!(state.edit.plan.strokes.len(), 1);
    assert!(state.edit.plan.strokes[0].points.len() >= 4);
    until(&mut harness, "a solved stroke", |state| rests(state) && state.edit.cost_of(0).is_some());
    let view = harness.state().state().edit.view.clone().expect("a view");
    let moved = brightness(&view.picture) - before;
    assert!(if darkens { moved < -0.04 } else { moved > 0.04 }, "{before} by {moved}");
    assert!(view.composite.is_some());

    // A second stroke, and it is undone.
    paint(&mut harness, &[[0.5, 0.7], [0.5, 0.8]]);
    assert_eq!(harness.state().state().edit.plan.strokes.len(), 2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run_steps(3);
    assert_eq!(harness.state().state().edit.plan.strokes.len(), 1);
    until(&mut harness, "rest", rests);

    // Another candidate is adopted, if there is one that differs enough.
    let others: Vec<u32> = (harness.state().state().edit.slots.iter())
        .filter_map(|slot| slot.filter(|start| *start != 0))
        .collect();
    if let Some(other) = others.first() {
        let before = harness.state().state().edit.view.as_ref().expect("a view").latent.clone();
        click(&mut harness, &format!("Candidate {}", other + 1));
        assert_eq!(harness.state().state().edit.plan.adopted, *other);
        until(&mut harness, "rest", |state| {
            rests(state) && state.edit.view.as_ref().is_some_and(|view| view.latent != before)
        });
    }
    click(&mut harness, "Wipe");
    into_view(&mut harness, "Edit canvas");
    let divider = harness.get_by_label("Divider of before and after").rect().center();
    harness.drag_at(divider);
    harness.step();
    let to = on_canvas(&harness, 0.8, 0.5);
    harness.hover_at(to);
    harness.step();
    harness.drop_at(to);
    harness.run_steps(2);
    assert!((harness.state().state().edit.wipe - 0.8).abs() < 0.02);
    click(&mut harness, "Wipe");
    export(&mut harness, "Photo", &root.path().join("edited.png"));
    let written = image::open(root.path().join("edited.png")).expect("a picture");
    assert_eq!((written.width(), written.height()), (640, 640), "in full resolution");
    export(&mut harness, "Strokes", &root.path().join("strokes.json"));
    let script = std::fs::read_to_string(root.path().join("strokes.json")).expect("written");
    assert!(script.contains(if darkens { "darken" } else { "lighten" }), "{script}");
    close(&mut harness);
}

fn export(harness: &mut Harness<'static, App>, what: &str, path: &Path) {
    click(harness, &format!("Export: {what}"));
    harness.get_by_label("Path of the edit's file").scroll_to_me();
    harness.run_steps(2);
    harness.get_by_label("Path of the edit's file").focus();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_steps(2);
    harness.get_by_label("Path of the edit's file").type_text(&path.display().to_string());
    harness.run_steps(2);
    click(harness, "Export the edit to this path");
    let path = path.to_path_buf();
    until(harness, "the file", |_| path.exists());
}
