//! Runs that go on: their data, their past.

use egui_kittest::kittest::{NodeT as _, Queryable as _};
use latent_atelier::app::Action;
use latent_atelier::protocol::*;

use super::{fixture, training_panel};

fn trained_on(source: DatasetSource, missing: Option<&str>) -> Event {
    let data = RunData::Recorded { source, missing: missing.map(str::to_owned) };
    Event::RunLookedAt { folder: "/runs/1".into(), data }
}

#[test]
fn the_runs_own_data_are_told_and_the_open_ones_can_be_chosen_instead() {
    let mut state = fixture::empty();
    state.apply_action(Action::SetOutText("/runs/1".to_owned()));
    let mut harness = training_panel(state);
    harness.get_by_label("Resume the run in this folder").click();
    harness.run();
    let photos = DatasetSource::Path("/pictures/cats".into());
    harness.state_mut().state.apply_event(trained_on(photos.clone(), None));
    harness.run();
    harness.get_by_label("Trained on /pictures/cats.");
    let instead = "Use the open data set instead";
    assert!(harness.get_by_label(instead).accesskit_node().is_disabled(), "none is open");

    let opened = Event::DatasetOpened(Box::new(fixture::dataset()));
    harness.state_mut().state.apply_event(opened);
    harness.state_mut().state.apply_event(trained_on(photos, Some("it does not exist")));
    harness.run();
    harness.get_by_label("Trained on /pictures/cats, which cannot be read: it does not exist.");
    harness.get_by_label(instead).click();
    harness.run();
    assert_eq!(harness.state().asked.last(), Some(&Action::SetUseOpenData(true)));
    assert!(harness.state().state.training.use_open_data);
}
