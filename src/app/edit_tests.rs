//! Tests of the edit without a window: painting, one history, requests, and that nothing is lost.

use std::sync::Arc;

use super::*;
use crate::protocol::*;

fn model(generator: &str) -> ModelSummary {
    ModelSummary {
        name: "faces".to_owned(),
        path: None,
        generator: generator.to_owned(),
        spec: ModelSpec { latent: 4, ..ModelSpec::default() },
        parameters: Networks::default(),
        step: 0,
        latent_std: Vec::new(),
        latent_kl: Vec::new(),
        description: String::new(),
    }
}

fn frame(value: u8) -> Frame {
    Frame { width_px: 4, height_px: 4, rgba: Arc::new(vec![value; 64]) }
}

fn ask(state: &mut AppState, action: EditAction) {
    state.apply_action(Action::Edit(action));
}

/// The picture in Explore is edited.
fn editing() -> AppState {
    let mut state = AppState { engine: EngineStatus::Ready, ..AppState::default() };
    state.apply_event(Event::ModelReady(Box::new(model("crc32:1"))));
    draw(&mut state);
    ask(&mut state, EditAction::Start(EditFrom::Explore));
    assert!(state.edit.is_on());
    state
}

/// The engine answers with the picture in Explore.
fn draw(state: &mut AppState) {
    let Some(request) = state.explore.take_request(state.now_secs) else { return };
    let (id, latent) = (request.id, request.latent);
    state.take_preview(PreviewFrame { id, latent, frame: frame(9), step: 1, decode_ms: 1.0 });
}

fn paint(state: &mut AppState, places: &[[f32; 2]]) {
    let at = |[x, y]: [f32; 2]| StrokePoint::at(x, y);
    ask(state, EditAction::Press(at(places[0])));
    for place in &places[1..] {
        ask(state, EditAction::Drag(at(*place)));
    }
    ask(state, EditAction::Release);
}

fn view(state: &AppState, id: u64, starts: &[u32]) -> EditView {
    let latent = Latent(vec![1.0; 4]);
    let offered = |start: &u32| OfferedCandidate {
        start: *start,
        latent: latent.clone(),
        total: 1.0,
        picture: frame(3),
    };
    EditView {
        id,
        edit: state.edit.number,
        stage: EditStage::Settled,
        steps: (1, 2),
        loss: EditLoss { each: vec![0.5], ..EditLoss::default() },
        each: vec![0],
        before: frame(1),
        picture: frame(2),
        composite: None,
        mask: frame(0),
        offered: starts.iter().map(offered).collect(),
        handles: Vec::new(),
        realism: RealismBy::Prior,
        manifold: None,
        remarks: Vec::new(),
        latent: latent.clone(),
    }
}

fn undo(state: &mut AppState) {
    state.apply_action(Action::Undo);
}

fn redo(state: &mut AppState) {
    state.apply_action(Action::Redo);
}

#[test]
fn each_move_of_the_pointer_is_asked_and_points_are_thinned() {
    let mut state = editing();
    assert!(state.take_edit_request().is_some_and(|first| first.plan.strokes.is_empty()));
    ask(&mut state, EditAction::Press(StrokePoint::at(0.1, 0.5)));
    let request = state.take_edit_request().expect("asked at once");
    assert!(request.painting && request.plan.strokes.len() == 1);
    for step in 1..=1000 {
        let x = 0.1 + 0.8 * step as f32 / 1000.0;
        ask(&mut state, EditAction::Drag(StrokePoint::at(x, 0.5)));
    }
    let newer = state.take_edit_request().expect("asked");
    assert!(newer.id > request.id && newer.painting);
    let points = &newer.plan.strokes[0].points;
    assert!((20..200).contains(&points.len()), "{} points", points.len());
    assert!(points.last().is_some_and(|last| last.x > 0.88));
    assert!(state.take_edit_request().is_none(), "once");
    ask(&mut state, EditAction::Release);
    let last = state.take_edit_request().expect("asked");
    assert!(!last.painting && last.plan.strokes.len() == 1);
    assert_eq!(state.edit.swatches, [state.edit.colour]);
}

#[test]
fn every_tool_paints_what_it_says_and_a_short_drag_moves_nothing() {
    for tool in EditTool::ALL.into_iter().filter(|tool| *tool != EditTool::Move) {
        let mut state = editing();
        ask(&mut state, EditAction::SetTool(tool));
        paint(&mut state, &[[0.3, 0.3], [0.5, 0.4]]);
        let plan = &state.edit.plan;
        assert!(plan.validate().is_ok(), "{tool:?}");
        if matches!(tool, EditTool::Area | EditTool::AreaErase) {
            assert_eq!(plan.area.strokes.len(), 1);
            assert_eq!(plan.area.strokes[0].removes, tool == EditTool::AreaErase);
            assert!(plan.strokes.is_empty());
            continue;
        }
        assert_eq!(EditTool::of(plan.strokes[0].tool), tool);
        match plan.strokes[0].tool {
            StrokeTool::Warp([x, y]) => {
                assert!((x - 0.2).abs() < 1e-6 && (y - 0.1).abs() < 1e-6);
                assert_eq!(plan.strokes[0].points.len(), 1);
            }
            StrokeTool::Drag | StrokeTool::Latent => {
                assert_eq!(plan.strokes[0].points.len(), 2);
                let mut short = editing();
                ask(&mut short, EditAction::SetTool(tool));
                paint(&mut short, &[[0.3, 0.3], [0.301, 0.3]]);
                assert!(short.edit.plan.strokes.is_empty());
            }
            _ => {}
        }
    }
}

#[test]
fn one_history_leads_back_through_strokes_area_settings_sliders_and_candidates() {
    let mut state = editing();
    paint(&mut state, &[[0.2, 0.2], [0.4, 0.2]]);
    paint(&mut state, &[[0.6, 0.6]]);
    ask(&mut state, EditAction::SetTool(EditTool::Area));
    paint(&mut state, &[[0.5, 0.5]]);
    // A slider that is dragged is one step.
    for weight in [0.2, 0.3, 0.4] {
        let settings = EditSettings { distance_weight: weight, ..state.edit.plan.settings.clone() };
        ask(&mut state, EditAction::SetSettings(Box::new(settings)));
        assert!(state.take_edit_request().is_some_and(|request| request.painting));
    }
    ask(&mut state, EditAction::Settle);
    assert!(state.take_edit_request().is_some_and(|request| !request.painting));
    ask(&mut state, EditAction::Adopt(3));
    // The explorer's own sliders are in it as well.
    for value in [0.5, 1.0] {
        state.apply_action(Action::SetLatentDim(1, value));
    }
    state.apply_action(Action::CommitLatent);
    draw(&mut state);

    undo(&mut state);
    assert_ne!(state.explore.latent.0[1], 1.0, "before the drag of the slider");
    assert_eq!(state.edit.plan.adopted, 3);
    undo(&mut state);
    assert_eq!(state.edit.plan.adopted, 0);
    undo(&mut state);
    let default = EditSettings::default();
    assert_eq!(state.edit.plan.settings, default, "the whole drag at once");
    assert_eq!(state.edit.plan.area.strokes.len(), 1);
    undo(&mut state);
    assert!(state.edit.plan.area.is_empty() && state.edit.plan.strokes.len() == 2);
    undo(&mut state);
    undo(&mut state);
    assert!(state.edit.plan.strokes.is_empty() && state.edit.is_on());
    for _ in 0..6 {
        redo(&mut state);
    }
    assert_eq!((state.edit.plan.adopted, state.edit.plan.strokes.len()), (3, 2));
    assert_eq!(state.edit.plan.settings.distance_weight, 0.4);
    assert_eq!(state.explore.latent.0[1], 1.0);
    assert!(!state.history_leads().1);
}

#[test]
fn below_its_first_step_the_explorers_history_goes_on_and_redo_comes_back() {
    let mut state = AppState { engine: EngineStatus::Ready, ..AppState::default() };
    state.apply_event(Event::ModelReady(Box::new(model("crc32:1"))));
    draw(&mut state);
    let first = state.explore.latent.clone();
    state.apply_action(Action::Randomise);
    draw(&mut state);
    let second = state.explore.latent.clone();
    ask(&mut state, EditAction::Start(EditFrom::Explore));
    paint(&mut state, &[[0.5, 0.5]]);
    undo(&mut state);
    undo(&mut state);
    assert_eq!(state.explore.latent, first);
    assert!(state.edit.is_on());
    redo(&mut state);
    assert_eq!(state.explore.latent, second);
    redo(&mut state);
    assert_eq!(state.edit.plan.strokes.len(), 1);
}

#[test]
fn hundreds_of_steps_come_back() {
    let mut state = editing();
    for step in 0..400 {
        paint(&mut state, &[[0.5, step as f32 / 400.0]]);
    }
    for left in (0..400).rev() {
        undo(&mut state);
        assert_eq!(state.edit.plan.strokes.len(), left);
    }
    for _ in 0..400 {
        redo(&mut state);
    }
    assert_eq!(state.edit.plan.strokes.len(), 400);
}

#[test]
fn attributes_move_what_is_edited_and_loading_another_latent_does_not() {
    let mut state = editing();
    let step = Latent(vec![0.0, 0.5, 0.0, 0.0]);
    let direction = Direction::new("smile", step, Origin::Sefa { index: 1, value: 1.0 });
    let id = state.attributes.add(direction, None).expect("a model is open");
    let before = state.edit.moved().expect("on");
    for value in [1.0, 2.0] {
        state.apply_action(Action::SetAttribute(id, value));
    }
    state.apply_action(Action::CommitLatent);
    ask(&mut state, EditAction::Settle);
    let moved = state.edit.moved().expect("on");
    assert!((moved.0[1] - before.0[1] - 1.0).abs() < 1e-6);
    assert_eq!(state.take_edit_request().expect("asked").moved, moved);
    state.apply_action(Action::LoadLatent(Latent(vec![2.0; 4])));
    assert_eq!(state.edit.moved().expect("on"), moved, "only sliders that a hand moves");
    undo(&mut state);
    assert_eq!(state.attributes.values(), [(id, 2.0)]);
    undo(&mut state);
    assert_eq!(state.edit.moved().expect("on"), before);
    assert!(state.attributes.values().is_empty());
}

#[test]
fn an_answer_of_another_edit_is_dropped_and_candidates_keep_their_places() {
    let mut state = editing();
    let request = state.take_edit_request().expect("asked");
    state.take_edit(EditView { edit: 77, ..view(&state, request.id, &[0]) });
    assert!(state.edit.view.is_none());
    state.take_edit(view(&state, request.id, &[0, 4, 2]));
    assert_eq!(state.edit.slots, [Some(0), Some(4), Some(2)]);
    ask(&mut state, EditAction::Adopt(2));
    let request = state.take_edit_request().expect("asked");
    assert_eq!(request.plan.adopted, 2);
    state.take_edit(view(&state, request.id, &[2, 0, 9]));
    assert_eq!(state.edit.slots, [Some(0), Some(9), Some(2)], "a free place is taken");
    state.take_edit(view(&state, request.id - 1, &[0]));
    assert_eq!(state.edit.slots.len(), 3, "an older answer is dropped");
    state.take_edit(view(&state, request.id, &[2, 0]));
    assert_eq!(state.edit.slots, [Some(0), None, Some(2)]);
}

#[test]
fn costs_belong_to_the_strokes_they_were_measured_with() {
    let mut state = editing();
    paint(&mut state, &[[0.2, 0.2]]);
    let request = state.take_edit_request().expect("asked");
    state.take_edit(view(&state, request.id, &[0]));
    assert_eq!(state.edit.cost_of(0), Some(0.5));
    paint(&mut state, &[[0.7, 0.2]]);
    assert_eq!(state.edit.cost_of(0), None, "not measured with this list yet");
}

#[test]
fn another_model_a_run_or_the_engines_end_end_it_and_the_strokes_wait() {
    let ends: [fn(&mut AppState); 3] = [
        |state| state.apply_event(Event::ModelReady(Box::new(model("crc32:2")))),
        |state| {
            let (folder, settings) = ("/runs/1".into(), Box::default());
            state.apply_event(Event::Training(Phase::Running { folder, settings }));
        },
        |state| state.engine_died("it was tired".to_owned()),
    ];
    for end in ends {
        let mut state = editing();
        paint(&mut state, &[[0.2, 0.2]]);
        // In the midst of a second stroke.
        ask(&mut state, EditAction::Press(StrokePoint::at(0.5, 0.5)));
        ask(&mut state, EditAction::Drag(StrokePoint::at(0.7, 0.5)));
        end(&mut state);
        assert!(!state.edit.is_on() && state.edit.painting.is_none());
        assert_eq!(state.edit.plan.strokes.len(), 2, "nothing is lost");
        assert!(state.notices.iter().any(|entry| entry.notice.text.contains("are kept")));
        assert!(state.take_edit_request().is_none());
        ask(&mut state, EditAction::Drag(StrokePoint::at(0.7, 0.9)));
        ask(&mut state, EditAction::Release);
        assert_eq!(state.edit.plan.strokes.len(), 2);
    }
    let mut state = editing();
    paint(&mut state, &[[0.2, 0.2]]);
    state.apply_event(Event::ModelReady(Box::new(model("crc32:2"))));
    draw(&mut state);
    ask(&mut state, EditAction::Start(EditFrom::Explore));
    assert!(state.edit.is_on() && state.edit.plan.strokes.len() == 1);
    // Another picture, by choice, begins with none; undo leads back.
    ask(&mut state, EditAction::Start(EditFrom::Explore));
    assert!(state.edit.plan.strokes.is_empty());
    undo(&mut state);
    assert_eq!(state.edit.plan.strokes.len(), 1);
}

#[test]
fn too_many_strokes_are_told_and_nothing_is_lost() {
    let mut state = editing();
    let stroke = Arc::new(Stroke::through(StrokeTool::Keep, &[[0.5, 0.5]]));
    state.edit.plan.strokes = vec![stroke; STROKES_LIMIT];
    for _ in 0..20 {
        paint(&mut state, &[[0.2, 0.2]]);
    }
    assert_eq!(state.edit.plan.strokes.len(), STROKES_LIMIT);
    assert!(state.notices[0].notice.text.contains("500 strokes: take some away"));
    // A script of 10,000 is refused whole.
    let many = Arc::new(Stroke::through(StrokeTool::Keep, &[[0.1, 0.1]]));
    let plan = EditPlan { strokes: vec![many; 10_000], ..EditPlan::default() };
    let script = EditScript { format: 1, start: None, shift: Vec::new(), plan };
    state.apply_event(Event::EditScriptOpened("/s.json".into(), Box::new(script)));
    assert_eq!(state.edit.plan.strokes.len(), STROKES_LIMIT);
    assert!(state.notices.iter().any(|entry| entry.notice.text.contains("10000 strokes")));
}

#[test]
fn bad_input_neither_panics_nor_reaches_the_engine() {
    let mut state = editing();
    ask(&mut state, EditAction::SetBrush(Brush { size: 0.0, strength: f32::NAN, softness: 9.0 }));
    assert!(state.edit.brush.size > 0.0 && state.edit.brush.strength > 0.0);
    ask(&mut state, EditAction::SetAmount(f32::NAN));
    ask(&mut state, EditAction::Press(StrokePoint::at(f32::NAN, 0.5)));
    assert!(state.edit.painting.is_none());
    paint(&mut state, &[[-3.0, 7.0], [1e30, -1e30], [f32::INFINITY, 0.0]]);
    for action in [
        EditAction::Select(Some(9)),
        EditAction::RemoveStroke(9),
        EditAction::MoveStroke { from: 0, to: 9 },
        EditAction::Adopt(99),
        EditAction::SetWipe(f32::NAN),
        EditAction::SetMorph(f32::NAN),
        EditAction::SetArea { inverted: true, grow: f32::NAN, feather: -1.0 },
        EditAction::SetTool(EditTool::Move),
        EditAction::Press(StrokePoint::at(0.5, 0.5)),
    ] {
        ask(&mut state, action);
    }
    let request = state.take_edit_request().expect("asked");
    assert!(request.plan.validate().is_ok() && request.morph.is_finite());
}

#[test]
fn a_chosen_stroke_is_changed_and_moved_as_a_whole() {
    let mut state = editing();
    paint(&mut state, &[[0.2, 0.2], [0.4, 0.2]]);
    ask(&mut state, EditAction::Select(Some(0)));
    ask(&mut state, EditAction::SetColour([1, 2, 3]));
    assert_eq!(state.edit.plan.strokes[0].tool, StrokeTool::Colour([1, 2, 3]));
    ask(&mut state, EditAction::SetTool(EditTool::Move));
    paint(&mut state, &[[0.5, 0.5], [0.6, 0.8]]);
    let moved = &state.edit.plan.strokes[0].points[0];
    assert!((moved.x - 0.3).abs() < 1e-6 && (moved.y - 0.5).abs() < 1e-6, "{moved:?}");
    assert_eq!(state.edit.plan.strokes.len(), 1);
    undo(&mut state);
    assert_eq!(state.edit.plan.strokes[0].points[0].x, 0.2);
}

#[test]
fn escape_and_undo_give_up_the_stroke_under_way_alone() {
    let mut state = editing();
    paint(&mut state, &[[0.2, 0.2]]);
    for give_up in [Action::Edit(EditAction::Cancel), Action::Undo] {
        ask(&mut state, EditAction::Press(StrokePoint::at(0.5, 0.5)));
        state.apply_action(give_up);
        ask(&mut state, EditAction::Release);
        assert_eq!(state.edit.plan.strokes.len(), 1);
    }
    undo(&mut state);
    assert!(state.edit.plan.strokes.is_empty());
}

#[test]
fn what_was_painted_is_kept_between_starts() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = super::preferences::PreferenceStore::in_folder(folder.path());
    let mut state = editing();
    paint(&mut state, &[[0.2, 0.2], [0.4, 0.3]]);
    // Closed in the midst of a stroke.
    ask(&mut state, EditAction::Press(StrokePoint::at(0.5, 0.5)));
    assert!(state.edit.take_changed());
    store.save_edit(&state.edit.to_keep()).expect("written");
    let (kept, remark) = store.load_edit();
    assert_eq!(remark, None);
    let mut next = AppState::default();
    next.restore_edit((kept, None));
    assert_eq!(next.edit.plan.strokes.len(), 2);
    assert_eq!(next.edit.swatches, state.edit.swatches);
    assert!(!next.edit.is_on());
    std::fs::write(folder.path().join("edit.json"), "{ \"plan\": 3 }").expect("written");
    let (_, remark) = store.load_edit();
    assert!(remark.is_some_and(|remark| remark.contains("kept as")));
}

#[test]
fn what_is_exported_is_what_is_shown() {
    let mut state = editing();
    ask(&mut state, EditAction::Export(EditFile::Model, "/o/a".into()));
    assert!(!state.outbox.iter().any(|command| matches!(command, Command::ExportEdit(_))));
    let request = state.take_edit_request().expect("asked");
    state.take_edit(view(&state, request.id, &[0]));
    ask(&mut state, EditAction::SetMorph(0.5));
    ask(&mut state, EditAction::Export(EditFile::Model, "/o/a".into()));
    let Some(Command::ExportEdit(export)) = state.outbox.back() else { panic!("not asked") };
    assert_eq!(export.out, std::path::Path::new("/o/a.png"));
    let half = request.start.latent.0[0] + 0.5 * (1.0 - request.start.latent.0[0]);
    assert!((export.latent.0[0] - half).abs() < 1e-6);
    ask(&mut state, EditAction::Export(EditFile::Morph, "/o/a".into()));
    let Some(Command::ExportEdit(export)) = state.outbox.back() else { panic!("not asked") };
    assert_eq!((export.picture.clone(), export.latent.0[0]), (EditPicture::Morph(24), 1.0));
    assert_eq!(export.out, std::path::Path::new("/o/a.gif"));
    ask(&mut state, EditAction::Export(EditFile::Script, "/o/s".into()));
    let Some(Command::SaveEditScript(path, script)) = state.outbox.back() else { panic!("no") };
    assert_eq!(path, std::path::Path::new("/o/s.json"));
    assert_eq!(script.start.as_ref(), Some(&request.start.latent));

    // Opened again: on this very latent, and undo brings back what was there.
    let script = script.clone();
    paint(&mut state, &[[0.1, 0.1]]);
    state.apply_event(Event::EditScriptOpened("/o/s.json".into(), script));
    assert!(state.edit.plan.strokes.is_empty());
    undo(&mut state);
    assert_eq!(state.edit.plan.strokes.len(), 1);
}

#[test]
fn what_cannot_be_solved_is_told_until_it_can() {
    let mut state = editing();
    let request = state.take_edit_request().expect("asked");
    let failed = |id| Event::EditFailed { edit: request.edit, id, text: "why".to_owned() };
    state.apply_event(failed(request.id));
    assert_eq!(state.edit.error.as_deref(), Some("why"));
    paint(&mut state, &[[0.1, 0.1]]);
    let next = state.take_edit_request().expect("asked");
    state.take_edit(view(&state, next.id, &[0]));
    assert_eq!(state.edit.error, None);
    state.apply_event(failed(request.id));
    assert_eq!(state.edit.error, None, "an older request's");
}
