//! What the state does with events and actions, without a window and without an engine.

use std::path::PathBuf;
use std::sync::Arc;

use super::action::{Action, Effect};
use super::state::{AppState, EngineStatus, RunPhase, SideTab};
use crate::protocol::{
    Command, DatasetOptions, DatasetSource, DatasetSummary, DeviceChoice, DeviceInfo, DeviceKind,
    Event, Family, Frame, Latent, LiveSettings, LossPoint, ModelSpec, ModelSummary, Networks,
    NoticeLevel, Phase, PreviewFrame, SampleSheet, StopReason, TrainProgress, TrainSettings,
};

fn frame(edge: usize) -> Frame {
    Frame { width_px: edge, height_px: edge, rgba: Arc::new(vec![200; edge * edge * 4]) }
}

fn model(latent: u32) -> ModelSummary {
    ModelSummary {
        name: "faces".to_owned(),
        path: Some(PathBuf::from("/models/faces.safetensors")),
        spec: ModelSpec { latent, ..ModelSpec::default() },
        parameters: Networks::default(),
        step: 10,
        latent_std: Vec::new(),
        latent_kl: Vec::new(),
        generator: String::new(),
        description: String::new(),
    }
}

fn dataset(options: DatasetOptions) -> DatasetSummary {
    DatasetSummary {
        name: "Portraits".to_owned(),
        source: DatasetSource::Portraits,
        options,
        train_count: 100,
        held_out_count: 10,
        labels: Vec::new(),
        labelling: None,
        has_file_names: false,
        skipped: Vec::new(),
        remarks: Vec::new(),
        in_memory: true,
        thumbnails: frame(8),
        thumbnail_columns: 1,
        thumbnail_count: 1,
    }
}

fn ready() -> AppState {
    let mut state = AppState::default();
    state.apply_event(Event::DeviceReady(DeviceInfo {
        name: "Two cores".to_owned(),
        backend: "flex".to_owned(),
        kind: DeviceKind::Cpu,
        memory_bytes: None,
        memory_note: String::new(),
        choice: DeviceChoice::Auto,
    }));
    state
}

fn with_model(latent: u32) -> AppState {
    let mut state = ready();
    state.apply_event(Event::ModelReady(Box::new(model(latent))));
    state.outbox.clear();
    state
}

fn running() -> AppState {
    let mut state = with_model(4);
    state.apply_event(Event::Training(Phase::Running {
        folder: "/runs/1".into(),
        settings: Box::new(TrainSettings::default()),
    }));
    state
}

fn preview(id: u64, latent: Latent) -> PreviewFrame {
    PreviewFrame { id, latent, frame: frame(4), step: 1, decode_ms: 1.0 }
}

#[test]
fn the_engine_is_ready_once_it_names_its_device() {
    assert_eq!(AppState::default().engine, EngineStatus::Starting);
    assert_eq!(ready().engine, EngineStatus::Ready);
}

#[test]
fn a_model_brings_its_sliders_a_first_latent_and_a_sheet() {
    let mut state = ready();
    state.apply_event(Event::ModelReady(Box::new(model(8))));
    assert_eq!(state.explore.latent.dims(), 8);
    assert!(state.explore.latent.norm() > 0.0);
    assert!(matches!(state.outbox[0], Command::DrawSamples { .. }));
    assert_eq!(state.explore.take_request(0.0).expect("wanted").latent.dims(), 8);
    assert_eq!(state.preferences.recent_models.len(), 1);
    assert!(state.take_preferences_changed());
}

#[test]
fn a_model_of_the_same_latent_size_keeps_the_sliders() {
    let mut state = with_model(8);
    state.apply_action(Action::SetLatentDim(3, 1.25));
    state.apply_event(Event::ModelReady(Box::new(model(8))));
    assert_eq!(state.explore.latent.0[3], 1.25);
    let request = state.explore.take_request(0.0).expect("a request");
    state.apply_action(Action::CommitLatent);
    state.take_preview(preview(request.id, request.latent));
    assert_eq!(state.states.nodes().len(), 1);
    let other = ModelSummary { name: "digits".to_owned(), ..model(8) };
    state.apply_event(Event::ModelReady(Box::new(other)));
    let space = state.attributes.space().cloned().expect("a model is open");
    assert_eq!(state.states.of(&space).count(), 0, "pictures of another model");
    assert_eq!(state.explore.latent.0[3], 1.25);
    state.apply_event(Event::ModelReady(Box::new(model(5))));
    assert_eq!(state.explore.latent.dims(), 5);
}

#[test]
fn many_moves_in_a_frame_make_one_request() {
    let mut state = with_model(4);
    state.explore.take_request(0.0);
    for value in [0.1, 0.2, 0.3] {
        state.apply_action(Action::SetLatentDim(0, value));
    }
    let request = state.explore.take_request(1.0).expect("a request");
    assert_eq!(request.latent.0[0], 0.3);
    assert!(state.explore.take_request(1.0).is_none());
    assert!(state.outbox.is_empty());
}

#[test]
fn an_older_picture_never_replaces_a_newer_one_and_latency_is_measured() {
    let mut state = with_model(4);
    let first = state.explore.take_request(0.0).expect("first");
    state.apply_action(Action::SetLatentDim(0, 2.0));
    let second = state.explore.take_request(0.1).expect("second");
    state.now_secs = 0.15;
    state.take_preview(preview(second.id, second.latent));
    state.take_preview(preview(first.id, first.latent));
    assert_eq!(state.explore.preview.as_ref().expect("a picture").id, second.id);
    assert_eq!(state.explore.waiting_since, None);
    let latency = *state.explore.latency_ms.back().expect("a latency");
    assert!((latency - 50.0).abs() < 0.1, "{latency} ms");
}

#[test]
fn locked_dimensions_stay_when_the_rest_is_drawn_anew() {
    let mut state = with_model(4);
    state.apply_action(Action::SetLatentDim(2, 0.5));
    state.apply_action(Action::ToggleLock(2));
    let before = state.explore.latent.clone();
    state.apply_action(Action::Randomise);
    assert_eq!(state.explore.latent.0[2], 0.5);
    assert_ne!(state.explore.latent.0[0], before.0[0]);
    state.apply_action(Action::ZeroAll);
    assert_eq!(state.explore.latent.0, [0.0, 0.0, 0.5, 0.0]);
}

#[test]
fn a_seed_gives_the_same_latent_again() {
    let mut state = with_model(16);
    state.apply_action(Action::SetSeed(42));
    let first = state.explore.latent.clone();
    state.apply_action(Action::Randomise);
    assert_ne!(state.explore.latent, first);
    state.apply_action(Action::SetSeed(42));
    assert_eq!(state.explore.latent, first);
}

#[test]
fn settled_latents_enter_the_history_but_a_drag_does_not() {
    let mut state = with_model(4);
    let request = state.explore.take_request(0.0).expect("a request");
    state.take_preview(preview(request.id, request.latent));
    assert_eq!(state.states.nodes().len(), 1);
    for value in [0.1, 0.2, 0.3] {
        state.apply_action(Action::SetLatentDim(0, value));
        let request = state.explore.take_request(0.0).expect("a request");
        state.take_preview(preview(request.id, request.latent));
    }
    assert_eq!(state.states.nodes().len(), 1);
    state.apply_action(Action::CommitLatent);
    assert_eq!(state.states.nodes().len(), 2);
    let (first, second) = (state.states.nodes()[0].latent.clone(), state.explore.latent.clone());
    state.apply_action(Action::Undo);
    assert_eq!(state.explore.latent, first);
    state.apply_action(Action::Redo);
    assert_eq!(state.explore.latent, second);
}

#[test]
fn a_latent_of_another_model_is_refused_with_a_notice() {
    let mut state = with_model(4);
    let before = state.explore.latent.clone();
    state.apply_action(Action::LoadLatent(Latent::zeros(9)));
    assert_eq!(state.explore.latent, before);
    assert_eq!(state.notices.len(), 1);
}

#[test]
fn training_reads_the_data_first_and_begins_by_itself() {
    let mut state = with_model(4);
    state.apply_action(Action::StartTraining);
    assert!(matches!(&state.outbox[0], Command::OpenDataset(DatasetSource::Portraits, o)
        if o.image_size == 64));
    assert_eq!(state.outbox.len(), 1);
    state.apply_event(Event::DatasetOpened(Box::new(dataset(DatasetOptions::default()))));
    assert!(matches!(&state.outbox[1], Command::StartTraining(run) if run.out.is_none()));
    assert!(!state.training.start_when_read);
}

#[test]
fn data_of_another_size_are_read_anew() {
    let mut state = with_model(4);
    state.apply_event(Event::DatasetOpened(Box::new(dataset(DatasetOptions::default()))));
    let spec = ModelSpec { image_size: 32, ..ModelSpec::default() };
    state.apply_action(Action::EditSpec(spec));
    state.apply_action(Action::StartTraining);
    assert!(matches!(&state.outbox[0], Command::OpenDataset(_, o) if o.image_size == 32));
    // 16 px is chosen while 32 px is read: it stays, and the data are read once more.
    let spec = ModelSpec { image_size: 16, ..ModelSpec::default() };
    state.apply_action(Action::EditSpec(spec));
    let read = DatasetOptions { image_size: 32, ..DatasetOptions::default() };
    state.apply_event(Event::DatasetOpened(Box::new(dataset(read))));
    assert_eq!(state.training.draft_spec.image_size, 16);
    assert!(matches!(&state.outbox[1], Command::OpenDataset(_, o) if o.image_size == 16));
}

#[test]
fn data_bring_their_own_size_until_one_is_chosen() {
    let auto = |state: &mut AppState| {
        state.apply_action(Action::OpenDataset(DatasetSource::Path("/mnist".into())));
        match state.outbox.back() {
            Some(Command::OpenDataset(_, options)) => options.auto_size && options.auto_channels,
            other => panic!("{other:?}"),
        }
    };
    let mut state = with_model(4);
    assert!(auto(&mut state));
    let read = DatasetOptions { image_size: 32, channels: 1, ..DatasetOptions::default() };
    state.apply_event(Event::DatasetOpened(Box::new(dataset(read.clone()))));
    let spec = &state.training.draft_spec;
    assert_eq!((spec.image_size, spec.channels), (32, 1), "the next model is made for these data");
    let fitted = DatasetOptions { fit: crate::protocol::Fit::Fit, ..state.dataset.draft.clone() };
    state.apply_action(Action::EditDatasetOptions(fitted.clone()));
    assert!(auto(&mut state), "neither size nor colour was chosen");
    state.apply_action(Action::EditDatasetOptions(DatasetOptions { channels: 3, ..fitted }));
    assert!(!auto(&mut state));
    state.apply_event(Event::DatasetOpened(Box::new(dataset(read))));
    assert_eq!(state.dataset.draft.channels, 3, "the choice stands");
}

#[test]
fn a_size_is_no_choice_of_colour_and_what_the_data_change_is_told() {
    let mut state = with_model(4);
    let small = ModelSpec { image_size: 32, ..state.training.draft_spec.clone() };
    state.apply_action(Action::EditSpec(small));
    state.apply_action(Action::OpenDataset(DatasetSource::Path("/mnist".into())));
    let Some(Command::OpenDataset(_, asked)) = state.outbox.back() else { panic!("no reading") };
    assert!(!asked.auto_size && asked.auto_channels && asked.image_size == 32, "{asked:?}");
    let read = DatasetOptions { image_size: 32, channels: 1, ..DatasetOptions::default() };
    state.apply_event(Event::DatasetOpened(Box::new(dataset(read))));
    assert_eq!(state.training.draft_spec.channels, 1);
    let told = state.notices.last().expect("a notice");
    assert!(told.notice.text.contains("32 px, gray (before: 32 px, RGB)"), "{told:?}");

    // A model in colour is opened: that is no choice for these data.
    state.apply_event(Event::ModelReady(Box::new(model(4))));
    let spec = ModelSpec { latent: 9, ..state.training.draft_spec.clone() };
    assert_eq!(spec.channels, 3);
    state.apply_action(Action::EditSpec(ModelSpec { image_size: 32, ..spec.clone() }));
    state.apply_action(Action::StartTraining);
    let Some(Command::StartTraining(run)) = state.outbox.back() else { panic!("no start") };
    assert_eq!(run.spec.channels, 1);
    // But this is.
    state.apply_action(Action::EditSpec(ModelSpec { channels: 3, image_size: 32, ..spec }));
    state.apply_action(Action::StartTraining);
    assert_eq!(state.training.draft_spec.channels, 3);
}

#[test]
fn a_draft_out_of_range_does_not_start() {
    let mut state = with_model(4);
    let train = TrainSettings { batch: 0, ..TrainSettings::default() };
    state.apply_action(Action::EditTrain(train));
    state.apply_action(Action::StartTraining);
    assert!(state.outbox.is_empty());
    assert!(state.notices[0].notice.text.contains("batch 0"));
}

#[test]
fn another_family_brings_its_defaults_but_keeps_what_is_common() {
    let mut state = with_model(4);
    let train = TrainSettings { batch: 48, steps: 500, ..TrainSettings::default() };
    state.apply_action(Action::EditTrain(train));
    state.apply_action(Action::EditSpec(ModelSpec::for_family(Family::Vae)));
    let draft = &state.training.draft_train;
    assert_eq!((draft.batch, draft.steps, draft.adam_beta1), (48, 500, 0.9));
    let mut state = with_model(4);
    let vae = ModelSummary { spec: ModelSpec::for_family(Family::Vae), ..model(4) };
    state.apply_event(Event::ModelReady(Box::new(vae)));
    assert_eq!(state.training.draft_train.adam_beta1, 0.9, "an opened model does so, too");
}

#[test]
fn live_settings_go_to_the_engine_only_while_it_trains() {
    let mut state = with_model(4);
    let live = LiveSettings { lr_generator: 1e-3, ..LiveSettings::default() };
    state.apply_action(Action::Tune(live.clone()));
    assert!(state.outbox.is_empty());
    let mut state = running();
    state.apply_action(Action::Tune(live.clone()));
    assert!(matches!(&state.outbox[0], Command::Tune(sent) if *sent == live));
}

#[test]
fn a_run_shows_progress_stops_at_once_and_says_where_it_is() {
    let mut state = running();
    state.apply_event(Event::Progress(Box::new(TrainProgress {
        step_from: 1,
        step: 5,
        steps_total: 105,
        losses: vec![LossPoint { name: "d_loss".to_owned(), value: 0.7 }],
        images_per_sec: 320.0,
        elapsed_secs: 1.0,
        live: LiveSettings::default(),
    })));
    assert_eq!(state.training.history.names().collect::<Vec<_>>(), ["d_loss"]);
    assert_eq!(state.training.secs_left(), Some(10.0));
    state.apply_action(Action::Stop);
    assert_eq!(state.training.phase, RunPhase::Stopping);
    assert!(matches!(state.outbox.back(), Some(Command::StopTraining)));
    state.apply_event(Event::TrainingEnded {
        reason: StopReason::Stopped,
        step: 5,
        folder: Some("/runs/1".into()),
    });
    assert_eq!(state.training.phase, RunPhase::Idle);
    assert!(state.notices[0].notice.text.contains("step 5"));
    assert_eq!(state.preferences.recent_models[0], PathBuf::from("/runs/1"));
}

#[test]
fn another_model_takes_what_was_told_of_the_last_run_with_it() {
    let mut state = running();
    let ended = Event::TrainingEnded {
        reason: StopReason::Stopped,
        step: 5,
        folder: Some("/runs/1".into()),
    };
    state.apply_event(ended);
    let mut opened = ModelSummary { path: Some("/runs/1".into()), ..model(4) };
    state.apply_event(Event::ModelReady(Box::new(opened.clone())));
    assert!(state.training.last_end.is_some(), "it is the same run");
    opened.path = Some("/runs/2".into());
    state.apply_event(Event::ModelReady(Box::new(opened)));
    assert!(state.training.last_end.is_none() && state.training.progress.is_none());
}

#[test]
fn a_new_run_begins_with_empty_curves_and_a_pause_keeps_them() {
    let mut state = running();
    let report = TrainProgress {
        step_from: 1,
        step: 1,
        steps_total: 0,
        losses: vec![LossPoint { name: "loss".to_owned(), value: 1.0 }],
        images_per_sec: 1.0,
        elapsed_secs: 1.0,
        live: LiveSettings::default(),
    };
    state.apply_event(Event::Progress(Box::new(report)));
    state.apply_event(Event::Training(Phase::Paused));
    assert!(!state.training.history.is_empty());
    let ended = Event::TrainingEnded { reason: StopReason::Finished, step: 1, folder: None };
    state.apply_event(ended);
    assert!(!state.training.history.is_empty());
    state.apply_event(Event::Training(Phase::Preparing("building networks".to_owned())));
    assert!(state.training.history.is_empty());
}

#[test]
fn samples_while_training_refresh_the_large_picture() {
    let mut state = running();
    let request = state.explore.take_request(0.0).expect("the first");
    state.take_preview(preview(request.id, request.latent));
    assert!(state.explore.take_request(0.0).is_none());
    state.take_samples(SampleSheet {
        step: 3,
        columns: 1,
        tile_px: 4,
        count: 1,
        frame: frame(4),
        latents: Vec::new(),
        reconstructions: None,
    });
    assert!(state.explore.take_request(0.0).is_some());
}

#[test]
fn a_dead_engine_ends_everything_under_way_and_a_fresh_one_reopens_it() {
    let mut state = running();
    state.apply_event(Event::DatasetOpened(Box::new(dataset(DatasetOptions::default()))));
    state.apply_event(Event::RunSaved { folder: "/runs/1".into(), step: 7 });
    state.apply_action(Action::Pause);
    state.apply_event(Event::Failed("out of memory".to_owned()));
    assert_eq!(state.engine, EngineStatus::Dead("out of memory".to_owned()));
    assert_eq!(state.training.phase, RunPhase::Idle);
    assert!(state.outbox.is_empty());
    assert_eq!(state.apply_action(Action::RestartEngine), [Effect::RestartEngine]);
    assert_eq!(state.engine, EngineStatus::Starting);
    state.reopen_after_restart();
    assert!(matches!(&state.outbox[0], Command::OpenModel(path) if *path == *"/runs/1"));
    assert!(matches!(&state.outbox[1], Command::OpenDataset(DatasetSource::Portraits, _)));
}

#[test]
fn notices_leave_by_themselves_unless_the_pointer_rests_on_them_and_repeats_are_counted() {
    let mut state = ready();
    state.notify(NoticeLevel::Info, "done");
    state.notify(NoticeLevel::Info, "done");
    state.notify(NoticeLevel::Error, "broken");
    assert_eq!((state.notices.len(), state.notices[0].repeats), (2, 2));
    state.now_secs = 14.0;
    state.expire_notices();
    assert_eq!(state.notices.len(), 1, "an error stays longer");
    state.apply_action(Action::HoldNotice(state.notices[0].id));
    state.now_secs = 28.0;
    state.expire_notices();
    assert_eq!(state.notices.len(), 1, "it is being read");
    state.now_secs = 29.5;
    state.expire_notices();
    assert!(state.notices.is_empty());
    state.notify(NoticeLevel::Error, "broken");
    state.apply_action(Action::DismissNotice(state.notices[0].id));
    assert!(state.notices.is_empty());
}

#[test]
fn a_failed_or_cancelled_reading_keeps_the_open_data() {
    let mut state = ready();
    state.apply_event(Event::DatasetOpened(Box::new(dataset(DatasetOptions::default()))));
    state.apply_action(Action::OpenDataset(DatasetSource::Path("/empty".into())));
    assert_eq!(state.dataset.loading, Some((0, 0)));
    state.apply_event(Event::DatasetFailed("no image in /empty".to_owned()));
    assert!(state.dataset.summary.is_some());
    assert_eq!(state.dataset.error.as_deref(), Some("no image in /empty"));
    state.apply_action(Action::OpenDataset(DatasetSource::Portraits));
    assert_eq!(state.dataset.error, None);
    state.apply_event(Event::DatasetFailed(String::new()));
    assert_eq!((state.dataset.loading, state.dataset.error), (None, None));
    let told = state.notices.last().expect("a notice");
    assert_eq!(told.notice.level, NoticeLevel::Stopped, "neither done nor failed");
}

#[test]
fn dropped_things_go_where_they_belong() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    std::fs::create_dir(&run).expect("made");
    std::fs::write(run.join("model.safetensors"), b"x").expect("written");
    let drop = |path: PathBuf| {
        let mut state = ready();
        state.apply_action(Action::OpenDropped(path));
        (state.outbox.pop_front(), state.notices.len())
    };
    assert!(matches!(drop("/a/b.safetensors".into()).0, Some(Command::OpenLatentsOrModel(_))));
    assert!(matches!(drop(run.clone()).0, Some(Command::OpenModel(path)) if path == run));
    let data = DatasetSource::Path(folder.path().to_path_buf());
    assert!(matches!(drop(folder.path().to_path_buf()).0,
        Some(Command::OpenDataset(source, _)) if source == data));
    assert!(matches!(drop(folder.path().join("train-images-idx3-ubyte.gz")).0,
        Some(Command::OpenDataset(source, _)) if source == data));
    assert!(matches!(drop("/a/song.mp3".into()), (None, 1)));
}

#[test]
fn a_model_is_saved_under_its_ending() {
    let mut state = with_model(4);
    let effects = state.apply_action(Action::SaveModelAs);
    assert_eq!(effects, [Effect::PickSaveModel("faces.safetensors".to_owned())]);
    state.apply_action(Action::SaveModel("/tmp/mine.v2".into()));
    assert!(matches!(&state.outbox[0], Command::SaveModel(path)
        if *path == *"/tmp/mine.v2.safetensors"));
}

#[test]
fn the_window_remembers_its_panels() {
    let mut state = ready();
    state.apply_action(Action::ToggleLeftPanel);
    assert!(!state.preferences.layout.left_panel);
    let effects = state.apply_action(Action::ShowSideTab(SideTab::Model));
    assert_eq!(effects, [Effect::SavePreferences]);
    assert!(state.preferences.layout.left_panel);
    state.apply_action(Action::SetZoom(99.0));
    assert_eq!(state.preferences.zoom, 3.0);
    assert!(state.apply_action(Action::ResetLayout).contains(&Effect::ResetLayout));
}

#[test]
fn the_seed_is_that_of_the_picture_whatever_is_opened_or_gone_back_to() {
    let mut state = with_model(4);
    let first = state.explore.seed;
    assert_eq!(state.explore.seed_of_latent(), Some(first), "the first picture");
    for seed in [5, 6] {
        state.apply_action(Action::SetSeed(seed));
        let request = state.explore.take_request(0.0).expect("a request");
        state.take_preview(preview(request.id, request.latent));
    }
    state.apply_action(Action::Undo);
    assert_eq!(state.explore.seed_of_latent(), Some(5), "gone back to");
    state.apply_action(Action::Randomise);
    assert_eq!(state.explore.seed, super::random::next_seed(6), "fresh ones go on from the last");
    state.apply_action(Action::LoadLatent(Latent(vec![0.5; 4])));
    assert_eq!(state.explore.seed_of_latent(), None, "a sample");
    // Another model, whose sliders begin anew.
    state.apply_event(Event::ModelReady(Box::new(model(6))));
    let seed = state.explore.seed_of_latent().expect("drawn from a seed");
    let drawn = super::random::latent(seed, 6, state.explore.prior);
    assert_eq!(state.explore.latent, drawn);
}
