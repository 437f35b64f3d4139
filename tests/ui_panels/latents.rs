//! Attributes, arithmetic, paths and the history: walked through by clicks on their labels.

use latent_atelier::app::attributes::{MatrixKind, Search};
use latent_atelier::app::{ComposeAction, Marking};
use latent_atelier::ui::{attributes, compose, states};

use super::*;

/// Directions as the engine finds them, for a latent of 64 dimensions.
fn found(names: &[&str]) -> Event {
    let direction = |(index, name): (usize, &&str)| {
        let mut step = Latent::zeros(64);
        step.0[index] = 1.0;
        step.0[index + 1] = 0.5;
        Direction {
            name: (*name).to_owned(),
            step,
            origin: Origin::Labels { with: 1_204, without: 2_796, accuracy: 0.93, auc: 0.981 },
            histogram: Some(Histogram {
                low: -1.0,
                high: 2.0,
                with: vec![0, 1, 5, 9],
                without: vec![8, 6, 1, 0],
                threshold: Some(0.4),
            }),
            judged: Some(Judged {
                label: (*name).to_owned(),
                with: 15,
                without: 15,
                accuracy: 0.93,
                auc: 0.981,
            }),
        }
    };
    let directions: Vec<Direction> = names.iter().enumerate().map(direction).collect();
    Event::AttributesFound(Box::new(Attributes {
        cosines: Vec::new(),
        directions,
        edits: Vec::new(),
        written: None,
        seconds: 1.0,
    }))
}

fn with_attributes() -> AppState {
    let mut state = fixture::exploring();
    state.apply_event(found(&["smiling", "hat", "beard"]));
    state
}

fn tiles(state: &mut AppState, place: TilePlace, latents: Vec<Latent>) {
    let columns = latents.len();
    let frame = fixture::sheet(columns, 1, 64, 40);
    state.take_tiles(place, TileSheet { id: 0, columns, tile_px: 64, frame, latents });
}

fn drag(harness: &mut Harness<'_, Panel>, from: Pos2, to: Pos2) {
    harness.drag_at(from);
    harness.step();
    harness.hover_at(from.lerp(to, 0.5));
    harness.step();
    harness.hover_at(to);
    harness.step();
    harness.drop_at(to);
    harness.run();
}

/// What the engine was asked to draw for a place.
fn asked_for(state: &AppState, place: TilePlace) -> Vec<Latent> {
    let asked = state.outbox.iter().rev().find_map(|command| match command {
        Command::DrawTiles(request) if request.place == place => Some(request.latents.clone()),
        _ => None,
    });
    asked.expect("pictures were asked for")
}

#[test]
fn directions_are_found_from_the_open_data() {
    let mut harness = panel(attributes::attributes_ui, fixture::exploring(), [312.0, 900.0]);
    harness.get_by_label("Method: Logistic").click();
    harness.run();
    harness.get_by_label("Find directions").click();
    harness.run();
    let state = &harness.state().state;
    let Some(Command::FindAttributes(job)) = state.outbox.back() else {
        panic!("{:?}", state.outbox)
    };
    assert_eq!((job.method, job.limit), (DirectionMethod::Logistic, 4000));
    harness.get_by_label("Cancel the job").click();
    harness.run();
    assert!(matches!(harness.state().state.outbox.back(), Some(Command::StopJobs)));
    harness.state_mut().state.apply_event(found(&["smiling", "hat"]));
    harness.state_mut().state.apply_event(Event::JobEnded);
    harness.run();
    harness.get_by_label("Choose hat");
    harness.get_by_label("Find directions");
}

#[test]
fn directions_are_found_without_labels() {
    let mut harness = panel(attributes::attributes_ui, fixture::exploring(), [312.0, 1000.0]);
    let present = harness.state().state.explore.moved();
    harness.get_by_role_and_label(Role::Button, "Find without labels").click();
    harness.run();
    let state = &harness.state().state;
    let Some(Command::FindDirections(job)) = state.outbox.back() else {
        panic!("{:?}", state.outbox)
    };
    assert!(matches!(job.search, DirectionSearch::Sefa) && job.count == 6);
    assert!(matches!(&job.base, SampleSource::Given(base) if *base == [present]));
    let origin = Origin::Sefa { index: 1, value: 2.5 };
    let found = FoundDirections {
        directions: vec![Direction::new("SeFa 1", Latent(vec![0.125; 64]), origin)],
        base: Latent::zeros(64),
        places: Vec::new(),
        strips: Vec::new(),
        picture: None,
        written: None,
        seconds: 0.1,
    };
    harness.state_mut().state.apply_event(Event::DirectionsFound(Box::new(found)));
    harness.state_mut().state.apply_event(Event::JobEnded);
    harness.run();
    harness.get_by_label("Choose SeFa 1");
}

#[test]
fn an_attributes_slider_moves_the_picture_and_its_end_is_kept() {
    let mut harness = panel(attributes::attributes_ui, with_attributes(), [312.0, 900.0]);
    let base = harness.state().state.explore.latent.clone();
    let states = harness.state().state.states.nodes().len();
    let rect = harness.get_by_role_and_label(Role::Slider, "hat").rect();
    let start = rect.left_center() + vec2(rect.width() * 0.3, 0.0);
    drag(&mut harness, start, start + vec2(rect.width() * 0.25, 0.0));
    let state = &harness.state().state;
    let hat = state.attributes.list.iter().find(|a| a.direction.name == "hat").expect("found");
    assert!(hat.value > 0.2, "{}", hat.value);
    let request = harness.state().requests.last().expect("a picture was asked for");
    assert_eq!(request.latent, base.plus(&hat.direction.step, hat.value));
    assert_eq!(state.explore.latent, base, "the dimensions' own sliders stay");
    let (id, latent) = (request.id, request.latent.clone());
    let frame = fixture::portrait(77, 64);
    let drawn = PreviewFrame { id, latent, frame, step: 1, decode_ms: 4.0 };
    harness.state_mut().state.take_preview(drawn);
    assert_eq!(harness.state().state.states.nodes().len(), states + 1);
    harness.run();
    harness.get_by_label("Keep as base").click();
    harness.run();
    let state = &harness.state().state;
    assert_ne!(state.explore.latent, base);
    assert!(state.attributes.values().is_empty());
}

#[test]
fn the_workbench_shows_the_chosen_attribute_and_frees_it_of_others() {
    let state = with_attributes();
    let chosen = state.attributes.chosen;
    assert!(chosen.is_some());
    let mut harness = panel(attributes::workbench_ui, state, [640.0, 900.0]);
    harness.get_by_label_contains("Accuracy 0.930 (the larger class alone: 0.500), AUC 0.981");
    harness.get_by_label_contains("above: with “smiling” (15)");
    assert!(harness.get_by_label("Make orthogonal").accesskit_node().is_disabled());
    harness.get_by_label("Leave hat alone").click();
    harness.run();
    harness.get_by_label("Make orthogonal").click();
    harness.run();
    let attributes = &harness.state().state.attributes;
    assert_eq!(attributes.list.len(), 4);
    assert_eq!(attributes.list[3].direction.name, "smiling, free of hat");
    assert!(attributes.free_of.is_empty(), "what another one was to leave alone");
    harness.get_by_label("What making it orthogonal changed:");
    harness.get_by_label("+0.40");
    // It leaves the hat alone, and moves the beard, which the smile did not.
    harness.get_by_label("more than before");
    harness.get_by_label("Matrix: Entanglement").click();
    harness.run();
    let state = &harness.state().state;
    assert_eq!(state.attributes.matrix, MatrixKind::Entanglement);
    assert!(state.job.is_none(), "nothing is measured unasked");
    harness.get_by_label("Measure entanglement").click();
    harness.run();
    let state = &harness.state().state;
    let Some(Command::MeasureEntanglement(job)) = state.outbox.back() else {
        panic!("{:?}", state.outbox)
    };
    let (id, n) = (job.id, job.steps.len());
    assert_eq!(n, 4);
    let changes = vec![vec![0.25; n]; n];
    let measured = Entanglement { id, changes, n: 64 };
    harness.state_mut().state.apply_event(Event::EntanglementMeasured(Box::new(measured)));
    harness.state_mut().state.apply_event(Event::JobEnded);
    harness.run();
    harness.get_by_label_contains("mean of 64 samples");
    harness.get_by_label("Rename").click();
    harness.run();
    harness.get_by_label("Attribute name").type_text("grin");
    harness.run();
    harness.get_by_label("Take: Attribute name").click();
    harness.run();
    let named = harness.state().state.attributes.chosen().expect("chosen").direction.name.clone();
    assert_eq!(named, "grin", "the old name was selected");
}

#[test]
fn a_freed_direction_is_measured_anew_and_shows_no_other_ones_figures() {
    let mut state = fixture::exploring();
    state.apply_action(Action::FindAttributes);
    state.apply_event(found(&["smiling", "hat"]));
    state.apply_event(Event::JobEnded);
    let mut harness = panel(attributes::workbench_ui, state, [640.0, 1000.0]);
    harness.get_by_label("Leave hat alone").click();
    harness.run();
    harness.get_by_label("Make orthogonal").click();
    harness.run();
    harness.get_by_label_contains("Smiling, made orthogonal to hat.");
    harness.get_by_label_contains("not measured");
    assert!(harness.query_by_label_contains("0.981").is_none(), "that is its parent's");
    // The engine has the codes at hand: it is asked at once, by the label of the parent.
    let state = &harness.state().state;
    let Some(Command::JudgeDirections(job)) = state.outbox.back() else {
        panic!("{:?}", state.outbox)
    };
    let [asked] = job.directions.as_slice() else { panic!("{job:?}") };
    assert_eq!(asked.labels[0], "smiling, free of hat");
    assert!(asked.labels.contains(&"smiling".to_owned()));
    let (with, without, label) = (vec![1, 4], vec![5, 0], "smiling".to_owned());
    let judgement = Judgement {
        id: asked.id,
        step: asked.step.clone(),
        judged: Some(Judged { label, with: 5, without: 5, accuracy: 0.9, auc: 0.875 }),
        histogram: Some(Histogram { low: -1.0, high: 1.0, with, without, threshold: Some(0.1) }),
    };
    let late = Judgement { step: Latent::zeros(64), judged: None, ..judgement.clone() };
    harness.state_mut().state.apply_event(Event::DirectionsJudged(vec![judgement, late]));
    harness.state_mut().state.apply_event(Event::JobEnded);
    harness.run();
    harness.get_by_label_contains("Accuracy 0.900 (the larger class alone: 0.500), AUC 0.875");
    harness.get_by_label("Codes from -1.0 to 1.0 steps, threshold 0.10");
}

#[test]
fn a_long_name_is_cut_in_the_list_and_shrinks_no_slider() {
    let slider = |names: &[&str], label: &str| {
        let mut state = fixture::exploring();
        state.apply_event(found(names));
        let mut harness = panel(attributes::attributes_ui, state, [312.0, 700.0]);
        harness.run_steps(2);
        let rect = harness.get_by_role_and_label(Role::Slider, label).rect();
        harness.get_by_label(&format!("Choose {}", names[1]));
        rect
    };
    let short = slider(&["hat", "tie"], "hat");
    let long = "wearing a hat with a very broad brim";
    assert_eq!(slider(&["hat", long], "hat"), short);
    assert!(short.width() > 60.0, "{short:?}");
}

#[test]
fn a_taken_name_is_told_beside_its_field_and_nothing_is_lost() {
    let mut state = with_attributes();
    let hat = state.attributes.list[1].clone();
    state.apply_action(Action::SetAttribute(hat.id, 1.5));
    for (seed, with) in [(1, true), (2, false)] {
        let latents = vec![random::latent(seed, 64, Prior::Normal)];
        state.apply_action(Action::MarkExamples { with, latents });
    }
    state.apply_action(Action::SetExampleName("hat".to_owned()));
    let mut harness = panel(attributes::attributes_ui, state, [312.0, 1100.0]);
    harness.run_steps(2);
    harness.get_by_label_contains("this one will be called “hat 2”");
    harness.get_by_label("Make attribute").click();
    harness.run();
    let list = &harness.state().state.attributes.list;
    let told: Vec<(&str, f32)> =
        list.iter().map(|one| (one.direction.name.as_str(), one.value)).collect();
    assert_eq!(told, [("smiling", 0.0), ("hat", 1.5), ("beard", 0.0), ("hat 2", 0.0)]);
    assert_eq!(list[1].direction, hat.direction);
    let notices = &harness.state().state.notices;
    assert!(notices.iter().any(|entry| entry.notice.text.contains("this one is called “hat 2”")));
}

#[test]
fn a_long_name_leaves_its_buttons_in_sight() {
    let mut state = with_attributes();
    let id = state.attributes.chosen.expect("chosen");
    state.apply_action(Action::EditAttributeName(id, "smiling very ".repeat(20)));
    state.apply_action(Action::EndAttributeName(true));
    let harness = panel(attributes::workbench_ui, state, [500.0, 900.0]);
    for button in ["Rename", "Remove"] {
        assert!(harness.get_by_label(button).rect().right() <= 500.0, "{button}");
    }
    let last = harness.get_by_label("+3").rect();
    assert!(last.right() <= 500.0, "the strip is whole: {last:?}");
}

#[test]
fn the_layer_is_chosen_and_what_was_found_shows_as_pictures() {
    let mut state = fixture::exploring();
    state.apply_action(Action::SetDirectionSearch(Search::LayerPca));
    state.apply_action(Action::SetSearchLayer(2));
    let mut harness = panel(attributes::attributes_ui, state, [312.0, 1500.0]);
    assert!(harness.query_all_by_label("Layer").next().is_some());
    harness.get_by_role_and_label(Role::Button, "Find without labels").click();
    harness.run();
    let state = &harness.state().state;
    let Some(Command::FindDirections(job)) = state.outbox.back() else {
        panic!("{:?}", state.outbox)
    };
    assert!(matches!(job.search, DirectionSearch::LayerPca { layer: 2, samples: 1024 }));
    let direction = |index| {
        let origin = Origin::LayerComponent { layer: 2, index, explained: 0.1, fit: 0.9 };
        let mut step = Latent::zeros(64);
        step.0[index] = 1.0;
        Direction::new(format!("layer 2 PC {index}"), step, origin)
    };
    let found = FoundDirections {
        directions: (1..=8).map(direction).collect(),
        base: Latent::zeros(64),
        places: vec![-3.0, 0.0, 3.0],
        strips: vec![fixture::sheet(3, 1, 64, 40); 8],
        picture: None,
        written: None,
        seconds: 0.1,
    };
    harness.state_mut().state.apply_event(Event::DirectionsFound(Box::new(found)));
    harness.state_mut().state.apply_event(Event::JobEnded);
    harness.run();
    harness.get_by_label("Strip of layer 2 PC 6");
    assert!(harness.query_by_label("Strip of layer 2 PC 7").is_none());
    harness.get_by_label_contains("2 directions more");
    harness.get_by_label("Strip of layer 2 PC 3").click();
    harness.run();
    let chosen = harness.state().state.attributes.chosen().expect("chosen").direction.name.clone();
    assert_eq!(chosen, "layer 2 PC 3");
}

#[test]
fn marked_samples_make_an_attribute() {
    let mut harness = panel(samples::samples_ui, fixture::exploring(), [600.0, 600.0]);
    let before = harness.state().state.explore.latent.clone();
    harness.state_mut().state.apply_action(Action::SetMarking(Marking::With));
    for label in ["Sample 1", "Sample 2"] {
        harness.get_by_label(label).click();
        harness.run();
    }
    harness.state_mut().state.apply_action(Action::SetMarking(Marking::Without));
    for label in ["Sample 3", "Sample 4", "Sample 2"] {
        harness.get_by_label(label).click();
        harness.run();
    }
    let mut state = std::mem::take(&mut harness.state_mut().state);
    assert_eq!(state.explore.latent, before, "marking loads nothing");
    assert_eq!((state.examples.with.len(), state.examples.without.len()), (1, 3));
    state.apply_action(Action::MarkExamples {
        with: true,
        latents: vec![random::latent(20, 64, Prior::Normal)],
    });
    let mut harness = panel(attributes::attributes_ui, state, [312.0, 1200.0]);
    harness.get_by_label("Name of the new attribute").click();
    harness.run();
    harness.get_by_label("Name of the new attribute").type_text("cheerful");
    harness.run();
    harness.get_by_label("Make attribute").click();
    harness.run();
    let made = &harness.state().state.attributes.list[0].direction;
    assert_eq!(made.name, "cheerful");
    assert!(matches!(made.origin, Origin::Examples { with: 2, without: 3, .. }));
    harness.get_by_label("Choose cheerful");
    let state = &harness.state().state;
    assert_eq!(state.attributes.example_name, "", "the name is taken");
    assert_eq!(state.examples.with.len(), 2, "the marks stay");
    harness.get_by_label("Clear marks").click();
    harness.run();
    assert!(harness.state().state.examples.with.is_empty());
}

#[test]
fn a_formula_takes_pictures_and_its_result_is_loaded() {
    let mut state = fixture::exploring();
    let a = random::latent(3, 64, Prior::Normal);
    let b = random::latent(4, 64, Prior::Normal);
    for (term, latent) in [(0, &a), (1, &b)] {
        state.apply_action(Action::Compose(ComposeAction::AddToTerm(term, latent.clone())));
    }
    let asked = asked_for(&state, TilePlace::Formula);
    assert_eq!(asked, [a.clone(), b.clone(), a.plus(&b, -1.0)]);
    tiles(&mut state, TilePlace::Formula, asked);
    let present = state.explore.moved();
    let mut harness = panel(compose::compose_ui, state, [700.0, 700.0]);
    harness.get_by_label("Add to C").click();
    harness.run();
    let asked = asked_for(&harness.state().state, TilePlace::Formula);
    assert_eq!(asked[3], a.plus(&b, -1.0).plus(&present, 1.0));
    tiles(&mut harness.state_mut().state, TilePlace::Formula, asked.clone());
    harness.run();
    harness.get_by_label("Result").click();
    harness.run();
    assert_eq!(harness.state().state.explore.latent, asked[3]);
    harness.get_by_label("Name of the formula's result").click();
    harness.run();
    harness.get_by_label("Name of the formula's result").type_text("odd");
    harness.run();
    harness.get_by_label("Make attribute of the formula").click();
    harness.run();
    assert_eq!(harness.state().state.attributes.list[0].direction.step, asked[3]);
    harness.get_by_label("Latents' path").focus();
    harness.run();
    harness.get_by_label("Latents' path").type_text("odd");
    harness.run();
    harness.get_by_label("Save the result to this path").click();
    harness.run();
    let Some(Command::SaveLatents(path, latents)) = harness.state().state.outbox.back() else {
        panic!("{:?}", harness.state().state.outbox)
    };
    assert!(path.ends_with("odd.safetensors") && path.components().count() > 1, "{path:?}");
    assert_eq!(*latents, [asked[3].clone()]);
}

#[test]
fn a_grid_is_previewed_and_exported() {
    let mut state = fixture::exploring();
    state.apply_action(Action::SetLatentDim(5, 0.25));
    let mut harness = panel(compose::compose_ui, state, [700.0, 1100.0]);
    harness.get_by_label("Grid along two directions").click();
    harness.run();
    assert!(harness.state().state.compose.grid.form.open);
    let mut form = harness.state().state.compose.grid.form.clone();
    (form.x.steps, form.x.reach) = (3, 2.0);
    form.y.as_mut().expect("two axes").steps = 2;
    let state = &mut harness.state_mut().state;
    state.apply_action(Action::Compose(ComposeAction::SetGrid(Box::new(form))));
    state.now_secs += 1.0;
    state.apply_action(Action::Compose(ComposeAction::Scrub(0.0)));
    let asked = asked_for(state, TilePlace::Grid);
    let corners = [&asked[0], &asked[5]].map(|latent| (latent.0[0], latent.0[1], latent.0[5]));
    assert_eq!((asked.len(), corners), (6, [(-2.0, 3.0, 0.25), (2.0, -3.0, 0.25)]));
    tiles(state, TilePlace::Grid, asked.clone());
    harness.run();
    harness.get_by_label("Row 2, column 1").click();
    harness.run();
    assert_eq!(harness.state().state.explore.moved(), asked[3]);
    harness.get_by_label("Where to write the grid").click();
    harness.run();
    harness.get_by_label("Where to write the grid").type_text("figure");
    harness.run();
    harness.get_by_label("Export the grid").click();
    harness.run();
    let Some(Command::DrawGrid(job)) = harness.state().state.outbox.back() else {
        panic!("{:?}", harness.state().state.outbox)
    };
    assert_eq!((job.x.steps, job.scale, job.out.to_str()), (3, 2, Some("figure.png")));
}

#[test]
fn many_keys_go_to_a_second_row_and_nothing_leaves_a_narrow_pane() {
    let mut harness = panel(compose::compose_ui, fixture::exploring(), [340.0, 900.0]);
    for _ in 0..6 {
        harness.get_by_label("Add a key").click();
        harness.run();
    }
    assert_eq!(harness.state().state.compose.path.keys.len(), 6);
    for name in
        ["Remove key 3", "Remove key 6", "Add a key", "Clear the path", "Export the animation"]
    {
        let right = harness.get_by_label(name).rect().right();
        assert!(right <= 340.0, "{name} ends at {right}");
    }
}

#[test]
fn a_path_is_made_played_scrubbed_and_exported() {
    let mut harness = panel(compose::compose_ui, fixture::exploring(), [700.0, 800.0]);
    let first = harness.state().state.explore.moved();
    harness.get_by_label("Add a key").click();
    harness.run();
    assert!(harness.get_by_label("Play the path").accesskit_node().is_disabled());
    harness.state_mut().state.apply_action(Action::SetSeed(99));
    let second = harness.state().state.explore.moved();
    harness.get_by_label("Add a key").click();
    harness.run();
    let keys = &harness.state().state.compose.path.keys;
    assert_eq!(*keys, [first.clone(), second]);
    harness.state_mut().state.apply_action(Action::Compose(ComposeAction::Scrub(0.0)));
    let at = harness.state().state.explore.latent.clone();
    let off: f32 = at.0.iter().zip(&first.0).map(|(a, b)| (a - b).abs()).sum();
    assert!(off < 1e-3, "the path begins at its first key: {off}");
    harness.get_by_label("Play the path").click();
    harness.run();
    assert!(harness.state().state.compose.path.playing);
    harness.get_by_label("Pause the path").click();
    harness.run();
    harness.get_by_label("Where to write the animation").click();
    harness.run();
    harness.get_by_label("Where to write the animation").type_text("film.gif");
    harness.run();
    harness.get_by_label("Export the animation").click();
    harness.run();
    let state = &harness.state().state;
    let Some(Command::Animate(job)) = state.outbox.back() else { panic!("{:?}", state.outbox) };
    assert_eq!(job.frames, 200, "eight seconds at 25 pictures a second");
    assert!(
        matches!(&job.route, Route::Keys { source: SampleSource::Given(keys), .. } if keys.len() == 2)
    );
    harness.get_by_label("Cancel the job").click();
    harness.run();
    assert!(matches!(harness.state().state.outbox.back(), Some(Command::StopJobs)));
}

#[test]
fn the_history_leads_back_is_starred_and_compared() {
    let mut harness = panel(states::states_ui, fixture::exploring(), [700.0, 260.0]);
    let nodes: Vec<u64> = harness.state().state.states.nodes().iter().map(|n| n.id).collect();
    assert_eq!(nodes.len(), 8, "eight seeds");
    harness.get_by_label("State 7").click();
    harness.run();
    let state = &harness.state().state;
    assert_eq!(state.states.current(), Some(nodes[6]));
    assert_eq!(state.explore.latent, state.states.get(nodes[6]).expect("there").latent);
    harness.get_by_label("State 8").click_secondary();
    harness.run();
    harness.get_by_label("Star").click();
    harness.run();
    assert!(harness.state().state.states.get(nodes[7]).expect("there").starred);
    harness.get_by_label("State 8").click_secondary();
    harness.run();
    harness.get_by_label("Compare with the present picture").click();
    harness.run();
    assert_eq!(harness.state().state.states_view.compared, Some(nodes[7]));
    let state = std::mem::take(&mut harness.state_mut().state);
    let mut harness = panel(explorer::picture_pane_ui, state, [500.0, 600.0]);
    let rect = harness.get_by_label("Live picture").rect();
    let seed = harness.state().state.explore.seed;
    drag(&mut harness, rect.center(), rect.center() + vec2(-60.0, 0.0));
    let view = &harness.state().state.states_view;
    assert!(view.wipe < 0.45, "{}", view.wipe);
    assert_eq!(harness.state().state.explore.seed, seed, "a drag is no click");
}
