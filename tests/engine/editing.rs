//! Edits painted and solved live by the real engine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use latent_atelier::protocol::*;

use crate::driver::{Driver, PATIENCE, latent, tiny};

fn driver(family: Family) -> Driver {
    let mut driver = Driver::cpu();
    driver.send(Command::NewModel(tiny(family), 3));
    driver.model_ready();
    driver
}

fn photo() -> Frame {
    let rgba = (0..256).flat_map(|i| [i as u8, 255 - (i * 3) as u8, (i / 16 * 15) as u8, 255]);
    Frame { width_px: 16, height_px: 16, rgba: Arc::new(rgba.collect()) }
}

fn stroke(tool: StrokeTool, places: &[[f32; 2]]) -> Arc<Stroke> {
    let brush = Brush { size: 0.4, strength: 1.0, softness: 0.3 };
    Arc::new(Stroke { brush, ..Stroke::through(tool, places) })
}

fn plan(strokes: &[Arc<Stroke>]) -> EditPlan {
    let settings = EditSettings {
        candidates: 5,
        realism_weight: 0.0,
        // Of an untrained model pictures hardly differ.
        least_difference: 0.0,
        ..EditSettings::default()
    };
    EditPlan { strokes: strokes.to_vec(), settings, ..EditPlan::default() }
}

fn request(id: u64, edit: u64, plan: EditPlan) -> EditRequest {
    let start = EditStart { latent: latent(6), photo: Some(photo()), place: None };
    let moved = start.latent.clone();
    EditRequest { id, edit, start: Arc::new(start), moved, plan, painting: false, morph: 1.0 }
}

fn send(driver: &Driver, request: EditRequest) {
    driver.send(Command::Edit(Box::new(request)));
}

fn view(driver: &Driver, enough: impl Fn(&EditView) -> bool) -> EditView {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(view) = driver.handle.edit.take().filter(&enough) {
            return view;
        }
        assert!(Instant::now() < deadline, "no such view");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn settled(driver: &Driver, id: u64) -> EditView {
    view(driver, |view| view.id == id && view.stage == EditStage::Settled)
}

fn failure(driver: &mut Driver) -> (u64, String) {
    driver.wait("a failure", |event| match event {
        Event::EditFailed { id, text, .. } => Some((id, text)),
        _ => None,
    })
}

fn red() -> Arc<Stroke> {
    stroke(StrokeTool::Colour([255, 0, 0]), &[[0.3, 0.3], [0.6, 0.3]])
}

#[test]
fn a_stroke_is_followed_while_it_is_painted_and_ends_as_the_whole_one_does() {
    let driver = driver(Family::VaeGan);
    send(&driver, request(1, 1, plan(&[])));
    let begun = settled(&driver, 1);
    assert_eq!((&begun.latent, begun.steps.0), (&latent(6), 0), "nothing is asked for");
    assert_eq!(begun.picture, begun.before);
    assert_eq!(begun.composite, Some(photo()), "without a change the photo itself");
    assert!(begun.realism == RealismBy::Discriminator && begun.offered.is_empty());
    let whole = red();
    for (id, count) in [(2, 1), (3, 2)] {
        let growing =
            Arc::new(Stroke { points: whole.points[..count].to_vec(), ..(*whole).clone() });
        let painting = true;
        send(&driver, EditRequest { painting, ..request(id, 1, plan(&[growing])) });
        let shown = view(&driver, |view| view.id == id);
        assert_ne!(shown.picture, begun.picture, "the first picture after a point has changed");
    }
    send(&driver, request(4, 1, plan(std::slice::from_ref(&whole))));
    let live = settled(&driver, 4);
    // Another edit that has the stroke from its beginning.
    send(&driver, request(5, 2, plan(&[whole])));
    let at_once = settled(&driver, 5);
    assert_eq!(live.latent, at_once.latent);
    assert_eq!((live.picture, live.composite), (at_once.picture, at_once.composite));
    assert!(live.each == [0] && live.loss.each == [live.loss.constraints]);
    let total = live.loss.constraints + 0.1 * live.loss.distance;
    assert!((live.loss.total - total).abs() < 1e-5, "{:?}", live.loss);
}

#[test]
fn candidates_are_offered_adopted_and_morphed_and_then_all_is_quiet() {
    let driver = driver(Family::VaeGan);
    send(&driver, request(1, 1, plan(&[red()])));
    let done = settled(&driver, 1);
    let starts: Vec<u32> = done.offered.iter().map(|candidate| candidate.start).collect();
    assert!(starts.len() > 2 && starts[0] == 0, "{starts:?}");
    let chosen = &done.offered[2];
    send(&driver, request(2, 1, EditPlan { adopted: chosen.start, ..plan(&[red()]) }));
    let adopted = settled(&driver, 2);
    // Alone it comes to rest by itself, among others with all of them.
    let (found, wanted) = (adopted.loss.total, chosen.total);
    assert!(found < 1.02 * wanted, "it ends where it was among the others: {found}, {wanted}");
    let again: Vec<u32> = adopted.offered.iter().map(|candidate| candidate.start).collect();
    for (before, now) in starts.iter().zip(&again) {
        assert!(before == now || !again.contains(before), "{starts:?} became {again:?}");
    }
    // Half-way, and at the beginning; nothing is solved anew.
    let morph = |id, morph| {
        let plan = EditPlan { adopted: chosen.start, ..plan(&[red()]) };
        send(&driver, EditRequest { morph, ..request(id, 1, plan) });
        let shown = view(&driver, |view| view.id == id);
        assert_eq!((shown.stage, &shown.latent), (EditStage::Settled, &adopted.latent));
        shown
    };
    let half = morph(3, 0.5);
    assert!(half.picture != adopted.picture && half.picture != adopted.before);
    assert_eq!(morph(4, 0.0).picture, adopted.before);
    // The light is known once everything else is done; then nothing more comes.
    let lit = view(&driver, |view| view.manifold.is_some());
    assert!(lit.manifold.is_some_and(|manifold| manifold.norm > 0.0));
    std::thread::sleep(Duration::from_millis(300));
    assert!(driver.handle.edit.take().is_none(), "at rest");
    driver.send(Command::EndEdit);
}

#[test]
fn attributes_and_latent_strokes_move_where_the_edit_begins() {
    let driver = driver(Family::Vae);
    let mut moved = latent(6);
    moved.0[1] += 1.0;
    send(&driver, EditRequest { moved: moved.clone(), ..request(1, 1, plan(&[])) });
    let shown = settled(&driver, 1);
    assert_eq!((&shown.latent, shown.realism), (&moved, RealismBy::Prior));
    assert_ne!(shown.picture, shown.before);
    let drag = stroke(StrokeTool::Latent, &[[0.5, 0.5], [0.75, 0.5]]);
    send(&driver, EditRequest { moved: moved.clone(), ..request(2, 1, plan(&[drag])) });
    let further = settled(&driver, 2);
    let way: f32 =
        further.latent.0.iter().zip(&moved.0).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt();
    assert!((way - 0.25 * LATENT_STROKE_REACH).abs() < 1e-3, "{way}");
}

#[test]
fn what_cannot_be_solved_is_told_and_the_edit_stands() {
    let mut driver = driver(Family::VaeGan);
    send(&driver, request(1, 1, plan(&[red()])));
    let good = settled(&driver, 1);
    let mut bad = (*red()).clone();
    bad.brush.size = 0.0;
    send(&driver, request(2, 1, plan(&[red(), Arc::new(bad)])));
    let (id, text) = failure(&mut driver);
    assert!(id == 2 && text.contains("stroke 2: a brush of size 0"), "{text}");
    let many = vec![red(); 10_000];
    send(&driver, request(3, 1, plan(&many)));
    assert!(failure(&mut driver).1.contains("10000 strokes: use at most 500"));
    // Strokes outside of the picture bind nothing, and that is said.
    let outside = stroke(StrokeTool::Keep, &[[-3.0, 7.0]]);
    send(&driver, request(4, 1, plan(&[red(), outside])));
    let shown = settled(&driver, 4);
    assert_eq!(shown.latent, good.latent);
    assert!(shown.remarks.iter().any(|text| text.contains("Stroke 2 lies outside")));
    // Two that contradict each other: the later one holds.
    let green = stroke(StrokeTool::Colour([0, 255, 0]), &[[0.3, 0.3], [0.6, 0.3]]);
    send(&driver, request(5, 1, plan(&[red(), green])));
    let shown = settled(&driver, 5);
    assert!(shown.remarks.iter().any(|text| text.contains("later one")), "{:?}", shown.remarks);
    // Of another model.
    let start = EditStart { latent: Latent::zeros(5), photo: None, place: None };
    let moved = start.latent.clone();
    send(&driver, EditRequest { start: Arc::new(start), moved, ..request(6, 2, plan(&[])) });
    assert!(failure(&mut driver).1.contains("5 values"));
    let frame = Frame { width_px: 8, height_px: 8, rgba: Arc::new(vec![0; 256]) };
    let start = EditStart { latent: latent(6), photo: Some(frame), place: None };
    send(&driver, EditRequest { start: Arc::new(start), ..request(7, 3, plan(&[])) });
    assert!(failure(&mut driver).1.contains("8×8"));
}

#[test]
fn another_model_in_mid_stroke_and_an_end_in_mid_solve_break_nothing() {
    let mut driver = driver(Family::VaeGan);
    let painting = true;
    send(&driver, EditRequest { painting, ..request(1, 1, plan(&[red()])) });
    view(&driver, |view| view.id == 1);
    driver.send(Command::NewModel(ModelSpec { latent: 9, ..tiny(Family::Gan) }, 4));
    driver.model_ready();
    send(&driver, EditRequest { painting, ..request(2, 1, plan(&[red(), red()])) });
    // The edit holds the networks it began with.
    assert_eq!(view(&driver, |view| view.id == 2).latent.dims(), 6);
    send(&driver, request(3, 2, plan(&[red()])));
    assert!(failure(&mut driver).1.contains("open the model"));
    send(&driver, request(4, 1, plan(&[red()])));
    let begun = Instant::now();
    let told = driver.handle.shut_down(PATIENCE);
    assert!(told.iter().any(|event| matches!(event, Event::ShutDown)));
    assert!(begun.elapsed() < Duration::from_secs(5));
}
