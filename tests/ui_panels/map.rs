//! The map: made, cancelled, hovered, taken with a lasso, clicked.

use std::sync::Arc;

use eframe::egui::{Pos2, Rect, Shape, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use latent_atelier::app::map::MapStrip;
use latent_atelier::app::{Action, AppState, Marking};
use latent_atelier::protocol::*;
use latent_atelier::ui::map;

use super::{Panel, click_at, fixture, panel};

pub fn map_panel(state: AppState) -> Harness<'static, Panel> {
    let mut harness = panel(map::map_ui, state, [760.0, 640.0]);
    harness.run_steps(3);
    harness
}

pub fn plot(harness: &Harness<'_, Panel>) -> Rect {
    harness.get_by_label_contains("Map of").rect()
}

pub fn sent(harness: &Harness<'_, Panel>) -> Vec<Command> {
    harness.state().state.outbox.iter().cloned().collect()
}

/// Where a place of the map is on the screen while all points are in view.
pub fn on_screen(harness: &Harness<'_, Panel>, place: [f32; 2]) -> Pos2 {
    let rect = plot(harness);
    let map = harness.state().state.map.map.clone().expect("a map");
    let bound = |axis: usize, pick: fn(f32, f32) -> f32, from: f32| {
        map.points.iter().map(|point| point[axis]).fold(from, pick)
    };
    let low = [0, 1].map(|axis| bound(axis, f32::min, f32::INFINITY));
    let high = [0, 1].map(|axis| bound(axis, f32::max, f32::NEG_INFINITY));
    let scale =
        (0.88 * rect.width() / (high[0] - low[0])).min(0.88 * rect.height() / (high[1] - low[1]));
    let middle = [(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0];
    rect.center() + vec2((place[0] - middle[0]) * scale, (middle[1] - place[1]) * scale)
}

#[test]
fn a_map_is_set_up_made_and_cancelled() {
    let mut state = fixture::exploring();
    state.apply_event(Event::DatasetOpened(Box::new(fixture::dataset())));
    let mut harness = map_panel(state);
    harness.get_by_label("No map yet");
    harness.get_by_label("Samples").click();
    harness.run_steps(2);
    harness.get_by_label("t-SNE").click();
    harness.run_steps(2);
    harness.get_by_label("Gaussians").click();
    harness.run_steps(2);
    let make = harness.get_by_label("Make map").rect();
    harness.get_by_label("Make map").click();
    harness.run_steps(2);
    let Some(Command::MakeMap(job)) = sent(&harness).pop() else { panic!("nothing was sent") };
    assert_eq!((job.points(), job.samples, job.method), (3000, 1000, MapMethod::TSNE));
    assert_eq!(job.clusters, Clustering::Mixture(6));
    assert_eq!(job.pictures.as_ref().map(|chosen| &chosen.source), Some(&DatasetSource::Portraits));

    let what = "t-SNE".to_owned();
    harness.state_mut().state.apply_event(Event::JobProgress { what, done: 30, total: 120 });
    harness.run_steps(2);
    assert!(harness.get_by_label("t-SNE").accesskit_node().is_disabled());
    let progress = harness.get_by_label("Progress of the map");
    // A second click where the map was asked for does not cancel it.
    assert!(!harness.get_by_label("Cancel the map").rect().intersects(make), "{make:?}");
    assert_eq!(progress.accesskit_node().numeric_value(), Some(25.0));
    harness.get_by_label("Cancel the map").click();
    harness.run_steps(2);
    assert!(matches!(sent(&harness).pop(), Some(Command::StopJobs)));
    assert!(harness.get_by_label("Cancel the map").accesskit_node().is_disabled());
    harness.state_mut().state.apply_event(Event::MapFailed);
    harness.run_steps(2);
    harness.get_by_label("Make map");
}

#[test]
fn what_cannot_be_made_is_said_beside_the_button() {
    let mut state = fixture::exploring();
    let mut harness = map_panel({
        state.map.draft.samples = 10;
        state.map.draft.with_samples = true;
        state.map.draft.with_pictures = false;
        state.map.draft.method = MapMethod::TSNE;
        state
    });
    harness.get_by_label_contains("perplexity of 30 is too much for 10 points");
    assert!(harness.get_by_label("Make map").accesskit_node().is_disabled());
    harness.get_by_label("Samples").click();
    harness.run_steps(2);
    harness.get_by_label_contains("Choose pictures, samples, or both");

    // Without an encoder only samples can be placed.
    let mut state = fixture::empty();
    let parameters = Networks { encoder: 0, ..fixture::model().parameters };
    let model = ModelSummary { parameters, ..fixture::model() };
    state.apply_event(Event::ModelReady(Box::new(model)));
    let mut harness = map_panel(state);
    assert!(harness.get_by_label("Pictures").accesskit_node().is_disabled());
    harness.get_by_label("Samples").click();
    harness.run_steps(2);
    harness.get_by_label("Make map").click();
    harness.run_steps(2);
    let Some(Command::MakeMap(job)) = sent(&harness).pop() else { panic!("nothing was sent") };
    assert_eq!((&job.pictures, job.samples), (&None, 1000));
}

#[test]
fn the_pointer_shows_a_point_and_a_click_loads_it() {
    let mut harness = map_panel(fixture::mapped(400, 100));
    let map = harness.state().state.map.map.clone().expect("a map");
    let point = 137;
    let at = on_screen(&harness, map.points[point]);
    harness.hover_at(at);
    harness.run_steps(3);
    let hovered = harness.state().state.map.hovered.clone().expect("a point");
    // Another point may lie at the same place; it is then the nearer one.
    let near = (on_screen(&harness, map.points[hovered.point]) - at).length();
    assert!(near < 1.0, "{near}");
    let Some(Command::DrawMapPictures(request)) = sent(&harness).pop() else {
        panic!("no picture")
    };
    assert_eq!((request.place, request.id), (MapPlace::Hover, hovered.id));
    assert_eq!(request.pictures, [MapPicture::Data(map.pictures[hovered.point])]);
    // An answer to an older request is not taken for it.
    let state = &mut harness.state_mut().state;
    let older = MapPicturesRequest { id: request.id - 1, ..request.clone() };
    state.take_map_pictures(fixture::map_pictures(&older, 1));
    assert!(state.map.hovered.as_ref().is_some_and(|hovered| hovered.picture.is_none()));
    state.take_map_pictures(fixture::map_pictures(&request, 1));
    assert!(state.map.hovered.as_ref().is_some_and(|hovered| hovered.picture.is_some()));

    click_at(&mut harness, at);
    harness.run_steps(2);
    assert_eq!(Some(&harness.state().state.explore.latent), map.latent(hovered.point).as_ref());
    harness.hover_at(plot(&harness).left_top() + vec2(4.0, 4.0));
    harness.run_steps(3);
    assert_eq!(harness.state().state.map.hovered, None);
}

/// Where a text comes in the order of what is painted, the last one on top.
fn painted(harness: &Harness<'_, Panel>, text: &str) -> usize {
    let shapes = harness.output().shapes.iter();
    let mut texts = shapes.map(|clipped| match &clipped.shape {
        Shape::Text(shape) => shape.galley.text().contains(text),
        _ => false,
    });
    texts.position(|found| found).unwrap_or_else(|| panic!("{text} is not painted"))
}

#[test]
fn what_a_point_is_stands_over_the_buttons_below_the_map() {
    let mut harness = map_panel(fixture::mapped(400, 0));
    let map = harness.state().state.map.map.clone().expect("a map");
    let lowest = map.points.iter().min_by(|a, b| a[1].total_cmp(&b[1])).expect("points");
    let at = on_screen(&harness, *lowest);
    harness.hover_at(at);
    harness.run_steps(3);
    for button in ["Nearest", "Clusters", "Click"] {
        assert!(painted(&harness, "Picture ") > painted(&harness, button), "{button} is over it");
    }
}

#[test]
fn sizes_of_clusters_are_not_under_the_scroll_bar_and_rows_of_the_legend_are_whole() {
    let mut harness = map_panel(fixture::mapped(400, 0));
    let mut map = harness.state().state.map.map.as_deref().cloned().expect("a map");
    let names = (0..60).map(|class| format!("class number {class}")).collect();
    map.labels = PointLabels::new(names);
    (0..400).for_each(|at| map.labels.push(&[at % 60]));
    map.clusters = (0..40).map(|_| map.clusters[0].clone()).collect();
    let state = &mut harness.state_mut().state;
    state.apply_action(Action::MakeMap);
    state.apply_event(Event::MapMade(Arc::new(map)));
    state.apply_action(Action::SetMapColour(MapColour::Class));
    state.apply_action(Action::SetMapStrip(MapStrip::Clusters));
    harness.run_steps(4);
    let name = harness.get_by_label("1: 80").rect();
    assert!(name.bottom() + 8.0 <= 640.0, "room for the bar: {name:?}");
    let clip = |label: &str| {
        let shapes = harness.output().shapes.iter();
        let is_it =
            |shape: &Shape| matches!(shape, Shape::Text(text) if text.galley.text() == label);
        let found = shapes.into_iter().find(|clipped| is_it(&clipped.shape));
        found.map(|clipped| clipped.clip_rect)
    };
    let legend = clip("class number 0  7").expect("the legend");
    let tops: Vec<Rect> = (0..60)
        .filter_map(|class| {
            let label = format!("Points: class number {class}");
            harness.query_by_label(&label).map(|node| node.rect())
        })
        .collect();
    let cut = tops
        .iter()
        .filter(|rect| rect.top() < legend.bottom() - 3.0 && rect.bottom() > legend.bottom() + 3.0);
    assert_eq!(cut.count(), 0, "{legend:?} {tops:?}");
}

#[test]
fn a_click_on_the_plane_decodes_there_with_or_without_the_rest() {
    let mut harness = map_panel(fixture::mapped(400, 0));
    let place = [-0.55, 0.1];
    let at = on_screen(&harness, place);
    let rest = harness.state().state.explore.latent.0[9];
    click_at(&mut harness, at);
    harness.run_steps(2);
    let latent = harness.state().state.explore.latent.clone();
    assert!((latent.0[0] - place[0]).abs() < 0.02 && (latent.0[1] - place[1]).abs() < 0.02);
    assert_eq!(latent.0[9], 0.0, "in the plane itself");

    harness.state_mut().state.apply_action(Action::SetLatentDim(9, rest));
    harness.get_by_label("Keep rest").click();
    harness.run_steps(2);
    let there = on_screen(&harness, [-0.55, 0.15]);
    click_at(&mut harness, there);
    harness.run_steps(2);
    let latent = &harness.state().state.explore.latent;
    assert!((latent.0[1] - 0.15).abs() < 0.02, "{}", latent.0[1]);
    assert_eq!(latent.0[9], rest);
}

/// Drags around a rectangle of the map.
fn drag_around(harness: &mut Harness<'_, Panel>, low: [f32; 2], high: [f32; 2]) {
    let corners = [low, [high[0], low[1]], high, [low[0], high[1]], low];
    let path: Vec<Pos2> = corners.into_iter().map(|corner| on_screen(harness, corner)).collect();
    harness.drag_at(path[0]);
    harness.step();
    for at in &path[1..] {
        harness.hover_at(*at);
        harness.step();
    }
    harness.drop_at(path[4]);
    harness.run_steps(3);
}

#[test]
fn a_lasso_takes_points_for_examples() {
    let mut harness = map_panel(fixture::mapped(400, 100));
    let map = harness.state().state.map.map.clone().expect("a map");
    harness.get_by_label("Lasso").click();
    harness.run_steps(2);
    drag_around(&mut harness, [-3.0, 0.2], [-1.2, 1.9]);
    let selected = harness.state().state.map.selected.clone();
    let inside =
        |point: &[f32; 2]| (-3.0..=-1.2).contains(&point[0]) && (0.2..=1.9).contains(&point[1]);
    let expected: Vec<u32> =
        (0..500_u32).filter(|&point| inside(&map.points[point as usize])).collect();
    assert!(expected.len() > 50);
    let missed = expected.iter().filter(|point| !selected.contains(point)).count()
        + selected.iter().filter(|point| !expected.contains(point)).count();
    assert!(missed <= 4, "{missed} of {} are wrong at the edge", expected.len());
    harness.get_by_label(&format!("{} selected", selected.len()));
    harness.get_by_label_contains(&format!("; {} selected", selected.len()));
    harness.get_by_label("Use as with").click();
    harness.run_steps(2);
    let examples = &harness.state().state.examples;
    assert_eq!(examples.with.len(), selected.len());
    assert_eq!(Some(&examples.with[0]), map.latent(selected[0] as usize).as_ref());
    let told = &harness.state().state.notices.last().expect("an answer").notice.text;
    let count = selected.len();
    assert!(told.starts_with(&format!("{count} points are marked as with")), "{told}");
    assert!(told.contains(&format!("{count} with and 0 without")) && told.contains("Attributes"));
    // Hidden points are not taken: of the cluster at that place nothing is left but samples of others.
    harness.get_by_label("Points: Cluster 1").click();
    harness.run_steps(2);
    drag_around(&mut harness, [-3.0, 0.2], [-1.2, 1.9]);
    let selected = harness.state().state.map.selected.clone();
    assert!(selected.iter().all(|point| map.members[*point as usize] != 0));
    harness.get_by_label("Use as without").click();
    harness.run_steps(2);
    assert_eq!(harness.state().state.examples.without.len(), selected.len());
    harness.get_by_label("Select nothing").click();
    harness.run_steps(2);
    assert!(harness.state().state.map.selected.is_empty());
}

#[test]
fn points_are_there_before_their_clusters_and_what_is_looked_at_stays() {
    let mut state = fixture::exploring();
    state.apply_action(Action::MakeMap);
    let made = fixture::map(400, 100);
    let placed = Map { clusters: Vec::new(), members: Vec::new(), ..(*made).clone() };
    state.apply_event(Event::MapPlaced(Arc::new(placed)));
    let mut harness = map_panel(state);
    harness.get_by_label("Map of 400 pictures and 100 samples");
    harness.get_by_label("Progress of the map");
    harness.get_by_label("Points: Samples");
    assert!(harness.query_by_label("Clusters").is_none());
    // A point is looked at, and some are selected, while clusters are still looked for.
    let at = on_screen(&harness, made.points[10]);
    harness.hover_at(at);
    harness.run_steps(3);
    assert!(matches!(sent(&harness).pop(), Some(Command::DrawMapPictures(_))));
    harness.state_mut().state.apply_action(Action::SelectPoints(Arc::new(vec![3, 4])));
    harness.state_mut().state.apply_event(Event::MapMade(made));
    let map = &harness.state().state.map;
    assert_eq!((map.selected.len(), map.colour), (2, MapColour::Cluster));
    // Later the plot has another height, and the pointer is elsewhere in it.
    assert!(map.making.is_none() && map.hovered.is_some());
    harness.run_steps(2);
    harness.get_by_label("Points: Cluster 5");
    harness.get_by_label("Clusters");
    // A colour that was chosen meanwhile stays; another map begins anew.
    let mut state = std::mem::take(&mut harness.state_mut().state);
    state.apply_action(Action::SetMapColour(MapColour::Label(1)));
    state.apply_event(Event::MapMade(fixture::map(400, 100)));
    assert_eq!((state.map.colour, state.map.selected.len()), (MapColour::Label(1), 2));
    state.apply_event(Event::MapMade(fixture::map(300, 100)));
    assert_eq!((state.map.colour, state.map.selected.len()), (MapColour::Cluster, 0));
}

#[test]
fn the_settings_of_the_next_map_leave_the_plot_as_large_as_it_is() {
    let mut harness = map_panel(fixture::mapped(400, 100));
    let before = plot(&harness);
    harness.get_by_label("New map…").click();
    harness.run_steps(3);
    assert_eq!(plot(&harness), before);
    harness.get_by_label("Gaussians").click();
    harness.run_steps(2);
    harness.get_by_label("Make map").click();
    harness.run_steps(3);
    let Some(Command::MakeMap(job)) = sent(&harness).pop() else { panic!("nothing was sent") };
    assert_eq!(job.clusters, Clustering::Mixture(6));
    assert!(harness.query_by_label("Gaussians").is_none(), "they are closed");
    harness.get_by_label("Cancel the map");
}

#[test]
fn a_narrow_pane_shows_the_whole_legend_and_what_can_be_done_with_a_selection() {
    let mut state = fixture::mapped(400, 100);
    state.apply_action(Action::SelectPoints(Arc::new((0..120).collect())));
    let mut harness = panel(map::map_ui, state, [300.0, 420.0]);
    harness.run_steps(3);
    let legend = ["Points: Cluster 1", "Points: Cluster 5"];
    let below = ["Use as with", "Use as without", "Select nothing", "120 selected"];
    for name in legend.into_iter().chain(below) {
        let rect = harness.get_by_label(name).rect();
        assert!(rect.left() >= 0.0 && rect.right() <= 300.0, "{name}: {rect:?}");
        assert!(rect.bottom() <= 420.0, "{name}: {rect:?}");
    }
}

#[test]
fn a_clusters_picture_is_marked_and_dragged_like_any_other() {
    let mut harness = map_panel(fixture::mapped(400, 0));
    harness.get_by_label("Clusters").click();
    harness.run_steps(3);
    harness.state_mut().state.apply_action(Action::SetMarking(Marking::With));
    harness.get_by_label("Cluster 2: 80 points").click();
    harness.run_steps(2);
    assert_eq!(harness.state().state.examples.with.len(), 1);
}

#[test]
fn colours_are_chosen_and_named_in_the_legend() {
    let mut harness = map_panel(fixture::mapped(400, 100));
    assert_eq!(harness.state().state.map.colour, MapColour::Cluster);
    harness.get_by_label("Points: Cluster 5");
    harness.state_mut().state.apply_action(Action::SetMapColour(MapColour::Label(1)));
    harness.run_steps(2);
    harness.get_by_label("Points: glasses");
    harness.get_by_label("Points: not glasses");
    harness.get_by_label("Points: Samples").click();
    harness.run_steps(2);
    assert!(harness.state().state.map.hidden.contains(&2));
    harness.get_by_label("Coloured by").click();
    harness.run_steps(3);
    harness.get_by_label("Data and samples").click();
    harness.run_steps(3);
    let state = &harness.state().state.map;
    assert_eq!((state.colour, state.hidden.len()), (MapColour::Kind, 0));
}

#[test]
fn clusters_and_nearest_pictures_lead_to_their_latents() {
    let mut harness = map_panel(fixture::mapped(400, 0));
    harness.get_by_label("Clusters").click();
    harness.run_steps(3);
    harness.get_by_label("Cluster 2: 80 points").click();
    harness.run_steps(2);
    assert_eq!(harness.state().state.explore.latent.0[0], -1.0);

    harness.state_mut().state.outbox.clear();
    harness.get_by_label("Nearest").click();
    harness.run_steps(3);
    let Some(Command::FindNearest(request)) = sent(&harness).pop() else { panic!("not asked") };
    let near = |picture: u32, distance: f32| NearPicture {
        picture,
        distance,
        latent: Some(Latent(vec![0.25; 64])),
    };
    let found = Nearest {
        id: request.id,
        by_pixels: vec![near(4, 1.5), near(7, 2.0)],
        by_features: vec![near(9, 0.5)],
        tile_px: 64,
        frame: fixture::sheet(3, 1, 64, 40),
    };
    harness.state_mut().state.take_nearest(found);
    harness.run_steps(2);
    harness.get_by_label("Nearest by pixels 2: picture 8, distance 2.00");
    harness.get_by_label("Nearest by features 1: picture 10, distance 0.50").click();
    harness.run_steps(2);
    let state = &mut harness.state_mut().state;
    assert_eq!(state.explore.latent.0[63], 0.25);
    // A new picture of the latent asks again by itself.
    state.outbox.clear();
    let request = harness.state().requests.last().expect("a picture is wanted").clone();
    let state = &mut harness.state_mut().state;
    let (id, latent) = (request.id, request.latent);
    let frame = fixture::portrait(1, 64);
    state.take_preview(PreviewFrame { id, latent, frame, step: 1, decode_ms: 1.0 });
    assert!(matches!(state.outbox.back(), Some(Command::FindNearest(_))));
}

#[test]
fn without_an_index_it_is_offered_and_another_model_forgets_the_map() {
    let mut state = fixture::exploring();
    state.map.strip = MapStrip::Nearest;
    let mut harness = map_panel(state);
    harness.get_by_label("Index training pictures").click();
    harness.run_steps(2);
    assert!(matches!(sent(&harness).pop(), Some(Command::IndexPictures(_))));
    let told = Event::PicturesIndexed { count: 2000, with_features: true };
    harness.state_mut().state.apply_event(told);
    harness.run_steps(2);
    assert!(matches!(sent(&harness).pop(), Some(Command::FindNearest(_))));
    harness.get_by_label("Looking among 2,000 pictures…");

    let state = &mut harness.state_mut().state;
    state.apply_event(Event::MapMade(fixture::map(50, 0)));
    assert!(state.map.map.is_some());
    let other = ModelSummary { name: "another".to_owned(), ..fixture::model() };
    state.apply_event(Event::ModelReady(Box::new(other)));
    assert!(state.map.map.is_none() && state.map.indexed.is_none());
    harness.run_steps(2);
    harness.get_by_label("Index training pictures");
}
