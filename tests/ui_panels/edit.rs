//! Edit: what is painted with the pointer is asked of the engine, comes into the list, and comes back by undo.

use latent_atelier::app::{EditAction, EditFile, EditFrom, EditTool};
use latent_atelier::ui;

use super::*;

/// The pane, and what the window does with the pointer besides.
fn draw(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    ui::edit::edit_ui(ui, state, actions);
    ui::edit::settle_ui(ui, state, actions);
}

fn edit_panel(state: AppState) -> Harness<'static, Panel> {
    let mut harness = panel(draw, state, [900.0, 1500.0]);
    harness.run_steps(4);
    harness
}

/// A drag on the picture: places in it, from 0 to 1.
fn paint(harness: &mut Harness<'_, Panel>, places: &[[f32; 2]]) {
    let canvas = harness.get_by_label("Edit canvas").rect();
    let at = |[x, y]: [f32; 2]| canvas.min + vec2(x, y) * canvas.size();
    harness.hover_at(at(places[0]));
    harness.step();
    harness.drag_at(at(places[0]));
    harness.step();
    for place in &places[1..] {
        harness.hover_at(at(*place));
        harness.step();
    }
    harness.drop_at(at(places[places.len() - 1]));
    harness.run_steps(3);
}

fn click(harness: &mut Harness<'_, Panel>, label: &str) {
    harness.get_by_label(label).scroll_to_me();
    harness.run_steps(2);
    harness.get_by_label(label).click();
    harness.run_steps(3);
}

fn plan<'h>(harness: &'h Harness<'_, Panel>) -> &'h EditPlan {
    &harness.state().state.edit.plan
}

#[test]
fn nothing_is_edited_until_one_begins() {
    let mut harness = edit_panel(fixture::exploring());
    harness.get_by_label("Nothing is edited");
    click(&mut harness, "Edit the picture in Explore");
    assert!(harness.state().asked.contains(&Action::Edit(EditAction::Start(EditFrom::Explore))));
    let state = &mut harness.state_mut().state;
    let request = state.take_edit_request().expect("asked of the engine");
    assert!(request.plan.strokes.is_empty() && request.start.photo.is_none());
    assert_eq!(request.start.latent, state.explore.moved());
    harness.run_steps(2);
    harness.get_by_label("Edit canvas");

    // Without a model there is nothing to begin with.
    let harness = edit_panel(fixture::empty());
    assert!(harness.get_by_label("Edit the picture in Explore").accesskit_node().is_disabled());
}

#[test]
fn a_stroke_is_asked_while_it_is_painted_and_undone() {
    let mut harness = edit_panel(fixture::edited(0, 3));
    let canvas = harness.get_by_label("Edit canvas").rect();
    let at = |x: f32, y: f32| canvas.min + vec2(x, y) * canvas.size();
    harness.hover_at(at(0.25, 0.5));
    harness.step();
    harness.drag_at(at(0.25, 0.5));
    harness.step();
    let first = harness.state_mut().state.take_edit_request().expect("with the press");
    assert!(first.painting);
    assert_eq!(first.plan.strokes[0].points.len(), 1);
    for x in [0.4, 0.55, 0.7] {
        harness.hover_at(at(x, 0.5));
        harness.step();
        let request = harness.state_mut().state.take_edit_request().expect("with each move");
        let last = *request.plan.strokes[0].points.last().expect("points");
        assert!((last.x - x).abs() < 0.01 && (last.y - 0.5).abs() < 0.01, "{last:?}");
        assert!(request.painting && request.id > first.id);
    }
    harness.drop_at(at(0.7, 0.5));
    harness.run_steps(3);
    let request = harness.state_mut().state.take_edit_request().expect("with the release");
    assert!(!request.painting);
    assert_eq!(plan(&harness).strokes[0].points.len(), 4);
    harness.get_by_label("Choose stroke 1: Colour");

    click(&mut harness, "Undo");
    assert!(plan(&harness).strokes.is_empty());
    click(&mut harness, "Redo");
    assert_eq!(plan(&harness).strokes.len(), 1);
}

#[test]
fn escape_gives_up_the_stroke_under_way() {
    let mut harness = edit_panel(fixture::edited(1, 3));
    let canvas = harness.get_by_label("Edit canvas").rect();
    harness.hover_at(canvas.center());
    harness.step();
    harness.drag_at(canvas.center());
    harness.step();
    harness.hover_at(canvas.center() + vec2(40.0, 0.0));
    harness.step();
    assert!(harness.state().state.edit.painting.is_some());
    press(&harness, Key::Escape, Modifiers::NONE);
    harness.step();
    assert!(harness.state().state.edit.painting.is_none());
    harness.drop_at(canvas.center());
    harness.run_steps(2);
    assert_eq!(plan(&harness).strokes.len(), 1);
}

#[test]
fn tools_are_chosen_by_click_and_by_key_and_paint_what_they_say() {
    let mut harness = edit_panel(fixture::edited(0, 1));
    click(&mut harness, "Tool: Warp");
    paint(&mut harness, &[[0.3, 0.3], [0.5, 0.35]]);
    let StrokeTool::Warp([x, y]) = plan(&harness).strokes[0].tool else { panic!("no warp") };
    assert!((x - 0.2).abs() < 0.01 && (y - 0.05).abs() < 0.01, "{x} {y}");
    press(&harness, Key::Num3, Modifiers::NONE);
    harness.run_steps(2);
    assert_eq!(harness.state().state.edit.tool, EditTool::Darken);
    harness.get_by_role_and_label(Role::SpinButton, "Amount").set_value_accesskit(60.0);
    harness.run_steps(2);
    paint(&mut harness, &[[0.3, 0.7]]);
    let StrokeTool::Darken(amount) = plan(&harness).strokes[1].tool else { panic!("not darker") };
    assert!((amount - 0.6).abs() < 1e-3);
    let size = harness.state().state.edit.brush.size;
    press(&harness, Key::CloseBracket, Modifiers::NONE);
    harness.run_steps(2);
    assert!(harness.state().state.edit.brush.size > size);
    press(&harness, Key::M, Modifiers::NONE);
    harness.run_steps(2);
    paint(&mut harness, &[[0.2, 0.2]]);
    assert!(plan(&harness).strokes[2].mirrored);
}

#[test]
fn with_alt_held_the_pointer_takes_the_pictures_colour() {
    let mut harness = edit_panel(fixture::edited(0, 1));
    let canvas = harness.get_by_label("Edit canvas").rect();
    let shown = harness.state().state.edit.view.as_ref().expect("a view").picture.clone();
    let alt = Modifiers::ALT;
    let at = canvas.center();
    let button = |pressed| egui::Event::PointerButton {
        pos: at,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: alt,
    };
    harness.event(egui::Event::ModifiersChanged(alt));
    for event in [egui::Event::PointerMoved(at), button(true), button(false)] {
        harness.event(event);
        harness.step();
    }
    let middle = (32 * 64 + 32) * 4;
    assert_eq!(harness.state().state.edit.colour, shown.rgba[middle..middle + 3]);
    assert!(plan(&harness).strokes.is_empty(), "nothing is painted");
}

#[test]
fn strokes_are_weighed_switched_ordered_and_deleted() {
    let mut harness = edit_panel(fixture::edited(3, 1));
    let kinds = |harness: &Harness<'_, Panel>| {
        plan(harness).strokes.iter().map(|stroke| EditTool::of(stroke.tool)).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&harness), [EditTool::Colour, EditTool::Lighten, EditTool::Darken]);
    let weight = "Weight of stroke 2";
    harness.get_by_role_and_label(Role::Slider, weight).set_value_accesskit(4.0);
    harness.run_steps(3);
    assert_eq!(plan(&harness).strokes[1].weight, 4.0);
    click(&mut harness, "Stroke 1 counts");
    assert!(!plan(&harness).strokes[0].on);
    click(&mut harness, "Move stroke 3 up");
    assert_eq!(kinds(&harness), [EditTool::Colour, EditTool::Darken, EditTool::Lighten]);
    click(&mut harness, "Delete stroke 1");
    assert_eq!(kinds(&harness), [EditTool::Darken, EditTool::Lighten]);
    click(&mut harness, "Clear all strokes");
    assert!(plan(&harness).strokes.is_empty());
    click(&mut harness, "Undo");
    assert_eq!(plan(&harness).strokes.len(), 2);
    let request = harness.state_mut().state.take_edit_request().expect("asked");
    assert!(!request.painting, "a value that was typed is no drag");
}

#[test]
fn a_chosen_stroke_takes_the_brush_and_is_moved() {
    let mut harness = edit_panel(fixture::edited(2, 1));
    assert!(harness.get_by_label("Tool: Move").accesskit_node().is_disabled());
    click(&mut harness, "Choose stroke 1: Colour");
    harness.get_by_role_and_label(Role::SpinButton, "Size").set_value_accesskit(40.0);
    harness.run_steps(3);
    assert!((plan(&harness).strokes[0].brush.size - 0.4).abs() < 1e-4);
    let before = plan(&harness).strokes[0].points[0];
    click(&mut harness, "Tool: Move");
    paint(&mut harness, &[[0.5, 0.5], [0.6, 0.7]]);
    let after = plan(&harness).strokes[0].points[0];
    assert!((after.x - before.x - 0.1).abs() < 0.01 && (after.y - before.y - 0.2).abs() < 0.01);
    assert_eq!(plan(&harness).strokes.len(), 2);
}

#[test]
fn the_area_is_painted_inverted_grown_and_taken_away() {
    let mut harness = edit_panel(fixture::edited(0, 1));
    click(&mut harness, "Tool: Area");
    harness.get_by_label_contains("Paint where the picture may change");
    paint(&mut harness, &[[0.3, 0.3], [0.6, 0.3]]);
    click(&mut harness, "Tool: Area off");
    paint(&mut harness, &[[0.45, 0.3]]);
    let area = &plan(&harness).area;
    assert_eq!(area.strokes.iter().map(|s| s.removes).collect::<Vec<_>>(), [false, true]);
    click(&mut harness, "Invert");
    harness.get_by_role_and_label(Role::SpinButton, "Grow").set_value_accesskit(5.0);
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::SpinButton, "Feather").set_value_accesskit(3.0);
    harness.run_steps(2);
    let area = &plan(&harness).area;
    assert!(area.inverted && (area.grow - 0.05).abs() < 1e-4 && (area.feather - 0.03).abs() < 1e-4);
    assert!(harness.state().state.edit.pictures.area.is_some());
    click(&mut harness, "Clear the area");
    assert!(plan(&harness).area.is_empty());
}

#[test]
fn candidates_are_adopted_and_weights_are_asked() {
    let mut harness = edit_panel(fixture::edited(2, 5));
    click(&mut harness, "Candidate 4");
    assert_eq!(plan(&harness).adopted, 3);
    let request = harness.state_mut().state.take_edit_request().expect("asked");
    assert_eq!(request.plan.adopted, 3);
    for (name, value) in [("Distance weight", 2.0), ("Realism weight", 0.5)] {
        harness.get_by_role_and_label(Role::SpinButton, name).set_value_accesskit(value);
        harness.run_steps(3);
    }
    let settings = &plan(&harness).settings;
    assert_eq!((settings.distance_weight, settings.realism_weight), (2.0, 0.5));
    harness.get_by_label_contains("Without a discriminator the realism term is the prior's.");
    harness.get_by_label_contains("Costs: Strokes 0.2000, Distance 0.3000, Realism 0.6000");
    harness.get_by_label("On the manifold");
}

#[test]
fn before_and_after_are_wiped_morphed_and_exported() {
    let mut harness = edit_panel(fixture::edited(1, 2));
    click(&mut harness, "Wipe");
    let divider = harness.get_by_label("Divider of before and after").rect().center();
    let canvas = harness.get_by_label("Edit canvas").rect();
    let to = canvas.min + vec2(0.8, 0.5) * canvas.size();
    harness.hover_at(divider);
    harness.step();
    harness.drag_at(divider);
    harness.step();
    harness.hover_at(to);
    harness.step();
    harness.drop_at(to);
    harness.run_steps(2);
    assert!((harness.state().state.edit.wipe - 0.8).abs() < 0.02);
    assert_eq!(plan(&harness).strokes.len(), 1, "nothing is painted meanwhile");
    slider(&harness, "Morph").set_value_accesskit(25.0);
    harness.run_steps(2);
    let request = harness.state_mut().state.take_edit_request().expect("asked");
    assert_eq!(request.morph, 0.25);
    click(&mut harness, "Export: Morph");
    assert_eq!(harness.state().state.edit.file, EditFile::Morph);
    harness.get_by_label("Path of the edit's file").focus();
    harness.run_steps(2);
    harness.get_by_label("Path of the edit's file").type_text("/out/there");
    harness.run_steps(2);
    click(&mut harness, "Export the edit to this path");
    let sent = harness.state().state.outbox.back();
    let Some(Command::ExportEdit(export)) = sent else { panic!("{sent:?}") };
    assert_eq!(export.out, std::path::Path::new("/out/there.gif"));
    click(&mut harness, "Take the edit to Explore");
    let shown = harness.state().state.edit.shown_latent().expect("shown");
    assert_eq!(harness.state().state.explore.moved(), shown);
    click(&mut harness, "End the edit");
    assert!(matches!(harness.state().state.outbox.back(), Some(Command::EndEdit)));
    harness.get_by_label("1 stroke is kept for the next picture.");
}

#[test]
fn errors_and_remarks_are_said() {
    let mut state = fixture::edited(1, 1);
    let mut view = (**state.edit.view.as_ref().expect("a view")).clone();
    view.remarks = vec!["stroke 1 binds nothing".to_owned()];
    state.edit.view = Some(Arc::new(view));
    state.edit.error = Some("not solved: why".to_owned());
    let harness = edit_panel(state);
    harness.get_by_label("Stroke 1 binds nothing");
    harness.get_by_label("Not solved: why");
}

#[test]
fn the_pane_fits_whatever_its_size_and_rests() {
    for size in [[300.0, 380.0], [420.0, 900.0], [700.0, 480.0], [1400.0, 1000.0]] {
        for state in [fixture::exploring(), fixture::edited(8, 16)] {
            let mut harness = panel(draw, state, size);
            harness.run_steps(6);
            let output = harness.output();
            let delay = output.viewport_output.values().map(|v| v.repaint_delay).min();
            assert!(delay.is_some_and(|delay| delay.as_secs() > 0), "{size:?}: {delay:?}");
        }
    }
}
