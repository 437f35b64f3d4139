//! Runs that go on: their data, their past.

use egui_kittest::kittest::{NodeT as _, Queryable as _};
use latent_atelier::app::{Action, UnderWay};
use latent_atelier::protocol::*;
use latent_atelier::ui::samples;

use super::{Key, Modifiers, Role, fixture, panel, press, slider, training_panel};

fn trained_on(source: DatasetSource, missing: Option<&str>) -> Event {
    let data =
        RunData::Recorded { source, options: Box::default(), missing: missing.map(str::to_owned) };
    let train = TrainSettings { batch: 12, ..TrainSettings::default() };
    Event::RunLookedAt { folder: "/runs/1".into(), data, train: Some(Box::new(train)) }
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

#[test]
fn train_says_on_which_data_and_resume_goes_on_with_the_stopped_run() {
    let mut harness = training_panel(fixture::empty());
    harness.get_by_label("A new run on Portraits");
    assert!(harness.query_by_label("Resume").is_none(), "there is no run to go on with");
    let mnist = DatasetSummary {
        name: "mnist".to_owned(),
        source: DatasetSource::Path("/data/mnist".into()),
        train_count: 60_000,
        ..fixture::dataset()
    };
    harness.state_mut().state.apply_event(Event::DatasetOpened(Box::new(mnist)));
    harness.run();
    harness.get_by_label("A new run on mnist (60,000 pictures)");

    let state = &mut harness.state_mut().state;
    let folder = Some("/runs/1".into());
    state.apply_event(Event::TrainingEnded { reason: StopReason::Stopped, step: 8140, folder });
    state.apply_event(trained_on(DatasetSource::Path("/pictures/cats".into()), None));
    harness.run();
    harness.get_by_label("Train: a new run on mnist (60,000 pictures)");
    harness.get_by_label("Resume: goes on with 1 from step 8,140, on cats");
    let (train, resume) =
        (harness.get_by_label("Train").rect(), harness.get_by_label("Resume").rect());
    assert!(resume.left() - train.right() < 20.0 && resume.top() == train.top(), "side by side");
    // What is wrong with the next run's architecture does not concern this one.
    let spec = ModelSpec { latent: 600, ..ModelSpec::default() };
    harness.state_mut().state.apply_action(Action::EditSpec(spec));
    harness.run();
    assert!(harness.get_by_label("Train").accesskit_node().is_disabled());
    harness.get_by_label("Resume").click();
    harness.run();
    assert_eq!(harness.state().asked, [Action::ResumeRun]);
    let Some(Command::StartTraining(run)) = harness.state().state.outbox.back() else {
        panic!("{:?}", harness.state().state.outbox);
    };
    assert!(run.resume && run.out == Some("/runs/1".into()), "{run:?}");
    assert_eq!(run.train.batch, 12, "as it was trained");

    harness.get_by_label("Open its data: cats").click();
    harness.run();
    let cats = DatasetSource::Path("/pictures/cats".into());
    assert_eq!(harness.state().asked.last(), Some(&Action::OpenRunData(cats.clone())));
    assert!(matches!(harness.state().state.outbox.back(),
        Some(Command::OpenDataset(source, _)) if *source == cats));
}

#[test]
fn an_encoder_that_is_there_may_be_begun_anew() {
    let mut state = fixture::empty();
    let spec = ModelSpec::for_family(Family::Gan);
    let gan =
        ModelSummary { spec: spec.clone(), path: Some("/runs/gan".into()), ..fixture::model() };
    state.apply_event(Event::ModelReady(Box::new(gan.clone())));
    state.apply_event(Event::DatasetOpened(Box::new(fixture::dataset())));
    let mut harness = training_panel(state);
    let scratch = "Encoder from scratch";
    assert!(harness.query_by_label(scratch).is_none(), "there is none to keep");
    let with = ModelSummary { spec: spec.with_encoder(), ..gan };
    harness.state_mut().state.apply_event(Event::ModelReady(Box::new(with)));
    harness.run();
    let mut task = |fresh: bool| {
        harness.get_by_label("Train an encoder for this model").click();
        harness.run();
        let sent = harness.state().state.outbox.back().cloned();
        let Some(Command::StartTraining(run)) = sent else { panic!("{sent:?}") };
        assert_eq!(run.train.task, TrainTask::Encoder { fresh });
        harness.get_by_label(scratch).click();
        harness.run();
    };
    task(false);
    task(true);
    task(false);
}

#[test]
fn an_encoder_is_trained_for_the_open_model_by_a_click() {
    let name = "Train an encoder for this model";
    let mut harness = training_panel(fixture::empty());
    assert!(harness.get_by_label(name).accesskit_node().is_disabled(), "nothing is open");
    let gan = ModelSummary {
        spec: ModelSpec::for_family(Family::Gan),
        path: Some("/runs/gan".into()),
        ..fixture::model()
    };
    harness.state_mut().state.apply_event(Event::ModelReady(Box::new(gan.clone())));
    harness.run();
    assert!(harness.get_by_label(name).accesskit_node().is_disabled(), "no data");
    harness.get_by_label(name).hover();
    harness.run_steps(120);
    harness.get_by_label_contains("No data set is open");
    let opened = Event::DatasetOpened(Box::new(fixture::dataset()));
    harness.state_mut().state.apply_event(opened);
    harness.run();
    harness.get_by_label(name).click();
    harness.run();
    assert_eq!(harness.state().asked, [Action::TrainEncoder]);
    let Some(Command::StartTraining(run)) = harness.state().state.outbox.back().cloned() else {
        panic!("{:?}", harness.state().state.outbox);
    };
    assert!(run.train.task.is_encoder() && run.continue_model && !run.resume, "{run:?}");

    // What the engine answers: the model has an encoder, and the run is one.
    let with = ModelSummary { spec: gan.spec.clone().with_encoder(), ..gan };
    let settings = Box::new(run.train);
    let running = Phase::Running { folder: "/runs/encoder".into(), settings };
    harness.state_mut().state.apply_event(Event::ModelReady(Box::new(with)));
    harness.state_mut().state.apply_event(Event::Training(running));
    harness.run();
    assert!(harness.query_by_label(name).is_none(), "a run is under way");
    harness.get_by_label_contains("Training an encoder");
    assert!(harness.query_by_label("Rate, generator").is_none(), "it does not move");
    slider(&harness, "Code weight").focus();
    harness.run();
    press(&harness, Key::ArrowRight, Modifiers::NONE);
    harness.run();
    let Some(Action::Tune(live)) = harness.state().asked.last() else {
        panic!("{:?}", harness.state().asked);
    };
    assert!(live.code_weight > LiveSettings::default().code_weight);
    harness.get_by_label("Pause").click();
    harness.run();
    harness.get_by_label("Stop").click();
    harness.run();
    let asked = &harness.state().asked;
    assert_eq!(asked[asked.len() - 2..], [Action::Pause, Action::Stop]);
}

#[test]
fn a_run_that_was_cut_off_is_a_click_away() {
    let mut state = fixture::empty();
    let folder = std::path::PathBuf::from("/runs/g1");
    state.training.cut_off = Some(UnderWay { folder: folder.clone(), saved_step: 1400 });
    let mut harness = training_panel(state);
    harness.get_by_label("Cut off: g1, saved at step 1,400");
    harness.get_by_label("Open it").click();
    harness.run();
    assert_eq!(harness.state().asked, [Action::OpenModel(folder.clone())]);
    let opened = ModelSummary { path: Some(folder), ..fixture::model() };
    harness.state_mut().state.apply_event(Event::ModelReady(Box::new(opened)));
    harness.run();
    assert!(harness.query_by_label("Open it").is_none());
}

#[test]
fn the_label_weight_is_offered_where_there_are_labels_and_an_encoder() {
    let greyed = |harness: &super::Harness<'_, super::Panel>| {
        slider(harness, "Label weight").accesskit_node().is_disabled()
    };
    let why = "The open data have no labels: folders named by what they show would give them.";
    // Nothing is open: Portraits will be, which have labels.
    let mut harness = training_panel(fixture::empty());
    assert!(!greyed(&harness));
    slider(&harness, "Label weight").focus();
    harness.run();
    press(&harness, Key::ArrowRight, Modifiers::NONE);
    harness.run();
    let Some(Action::Tune(live)) = harness.state().asked.last() else {
        panic!("{:?}", harness.state().asked);
    };
    assert!(live.label_weight > 0.0);
    harness.state_mut().state.apply_action(Action::Tune(LiveSettings::default()));

    let unlabelled = DatasetSummary { labels: Vec::new(), ..fixture::dataset() };
    harness.state_mut().state.apply_event(Event::DatasetOpened(Box::new(unlabelled)));
    harness.run();
    assert!(greyed(&harness));
    harness.get_by_label(why);
    // Set before these data were opened: it can be taken back.
    let set = LiveSettings { label_weight: 0.5, ..LiveSettings::default() };
    harness.state_mut().state.apply_action(Action::Tune(set));
    harness.run();
    assert!(!greyed(&harness));

    let labelled = Event::DatasetOpened(Box::new(fixture::dataset()));
    harness.state_mut().state.apply_event(labelled);
    harness.run();
    assert!(harness.query_by_label(why).is_none());
    let gan = ModelSpec::for_family(Family::Gan);
    harness.state_mut().state.apply_action(Action::EditSpec(gan));
    harness.run();
    assert!(harness.query_by_label("Label weight").is_none(), "a GAN has no encoder to teach");
}

#[test]
fn the_timeline_shows_an_earlier_step_and_leads_back() {
    let mut state = fixture::training();
    let folder = std::path::PathBuf::from("/runs/2026-11-21-1");
    let listed = |steps: &[u64]| Event::Timeline { folder: folder.clone(), steps: steps.to_vec() };
    state.apply_event(listed(&[1, 10, 1000]));
    let mut harness = panel(samples::samples_ui, state, [640.0, 600.0]);
    harness.get_by_label("Sample 1");
    assert!(harness.get_by_label("Live").accesskit_node().is_disabled());
    harness.get_by_role_and_label(Role::Slider, "Timeline").focus();
    harness.run();
    press(&harness, Key::ArrowLeft, Modifiers::NONE);
    harness.run();
    assert_eq!(harness.state().asked, [Action::ShowPastStep(Some(1000))]);
    assert!(matches!(harness.state().state.outbox.back(),
        Some(Command::ShowSnapshot(asked, 1000)) if *asked == folder));
    assert!(harness.query_by_label("Sample 1").is_none());
    let snapshot =
        Snapshot { folder: folder.clone(), step: 1000, frame: fixture::sheet(4, 4, 16, 3) };
    harness.state_mut().state.take_snapshot(snapshot.clone());
    // Another picture is kept meanwhile: what is looked at stays.
    harness.state_mut().state.apply_event(listed(&[1, 10, 1000, 1200]));
    harness.run();
    harness.get_by_label("Samples at step 1,000");
    harness.get_by_label("Live").click();
    harness.run();
    harness.get_by_label("Sample 1");
    harness.state_mut().state.take_snapshot(snapshot);
    assert!(harness.state().state.samples.snapshot.is_none(), "it came too late");

    harness.state_mut().state.apply_action(Action::ShowPastStep(Some(10)));
    let other = Event::Timeline { folder: "/runs/2".into(), steps: Vec::new() };
    harness.state_mut().state.apply_event(other);
    harness.run();
    assert!(harness.query_by_label("Live").is_none(), "the other run has no timeline");
    harness.get_by_label("Sample 1");
}

#[test]
fn the_timelines_row_fits_a_narrow_pane() {
    for (width, labelled) in [(190.0, false), (290.0, true), (640.0, true)] {
        let mut state = fixture::training();
        let folder = std::path::PathBuf::from("/runs/2026-11-21-1");
        state.apply_event(Event::Timeline { folder, steps: vec![1, 10, 1000] });
        state.apply_action(Action::ShowPastStep(Some(1000)));
        let mut harness = panel(samples::samples_ui, state, [width, 600.0]);
        harness.run();
        let slider = harness.get_by_role_and_label(Role::Slider, "Timeline").rect();
        let step = harness.get_by_label("Step 1,000").rect();
        let live = harness.get_by_label("Live").rect();
        assert!(slider.width() >= 24.0, "{slider:?} of {width}");
        assert!(slider.right() <= step.left() && step.right() <= live.left(), "{width}");
        assert!(slider.left() >= 0.0 && live.right() <= width, "{live:?} of {width}");
        let label = harness.query_by_role_and_label(Role::Label, "Timeline");
        assert_eq!(label.is_some(), labelled, "{width}");
        if let Some(label) = label {
            assert!(label.rect().right() <= slider.left(), "{width}");
        }
    }
}
