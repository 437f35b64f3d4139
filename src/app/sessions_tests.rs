use super::*;
use crate::app::sessions_kept;
use crate::protocol::{
    Crop, Direction, Event, Frame, InversionSettings, Latent, ModelSpec, ModelSummary, Networks,
    Origin, Photo, PhotoOrigin, Session, SessionFiles,
};

fn opened_model(generator: &str) -> Event {
    Event::ModelReady(Box::new(ModelSummary {
        name: "faces".to_owned(),
        path: Some("faces.safetensors".into()),
        generator: generator.to_owned(),
        spec: ModelSpec { latent: 2, ..ModelSpec::default() },
        parameters: Networks::default(),
        step: 1,
        latent_std: Vec::new(),
        latent_kl: Vec::new(),
        description: String::new(),
    }))
}

fn photo(path: &str) -> Event {
    let preview = Frame { width_px: 1, height_px: 1, rgba: vec![9; 4].into() };
    Event::PhotoOpened(Box::new(Photo {
        id: 1,
        name: path.to_owned(),
        origin: PhotoOrigin::File(path.into()),
        width_px: 40,
        height_px: 30,
        preview,
        remarks: Vec::new(),
    }))
}

/// A model, a photo with a crop, an attribute that is moved, settings.
fn at_work() -> AppState {
    let mut state = AppState::default();
    state.apply_event(opened_model("crc32:1"));
    state.apply_event(photo("me.png"));
    let crop = Crop { degrees: 5.0, ..Crop::centred(40, 30) };
    state.apply_action(Action::Photo(super::super::PhotoAction::SetCrop(crop)));
    let hat = Direction::new("hat", Latent(vec![0.1, 0.3]), Origin::Sefa { index: 0, value: 1.0 });
    let id = state.attributes.add(hat, None).expect("a model is open");
    state.apply_action(Action::SetLatentDim(0, 0.7));
    state.apply_action(Action::SetAttribute(id, -1.3));
    state.apply_action(Action::SetTruncation(0.8));
    state.race.settings = InversionSettings { steps: 33, ..InversionSettings::default() };
    state.identity.settings.steps = 44;
    let space = state.attributes.space().cloned().expect("a model is open");
    let named = Some("mine".to_owned());
    state.states.remember(&space, &Latent(vec![1.0, 2.0]), named, 7);
    state
}

fn opened(state: &mut AppState, work: SessionWork, photo: Option<&str>, remarks: &[&str]) {
    state.apply_event(Event::SessionOpened(Box::new(OpenedSession {
        path: "mine.atelier.json".into(),
        fits: true,
        photo: photo.map(Into::into),
        features: None,
        remarks: remarks.iter().map(|&remark| remark.to_owned()).collect(),
        work,
    })));
}

#[test]
fn what_stands_in_the_window_comes_back() {
    let before = at_work();
    let work = before.session_work();
    // As from a file.
    let session = Session { files: SessionFiles::default(), work };
    let text = serde_json::to_string(&session).expect("text");
    let Session { work, .. } = serde_json::from_str(&text).expect("read");

    let mut state = AppState::default();
    state.apply_event(opened_model("crc32:1"));
    opened(&mut state, work, Some("me.png"), &[]);
    state.apply_event(photo("me.png"));
    assert_eq!(state.explore.moved(), before.explore.moved(), "drawn bit by bit as it was");
    assert_eq!(state.explore.latent, before.explore.latent, "with the sliders where they stood");
    let values =
        |state: &AppState| state.attributes.values().iter().map(|v| v.1).collect::<Vec<_>>();
    assert_eq!(values(&state), values(&before));
    assert_eq!(state.explore.truncation, 0.8);
    assert_eq!(state.photo.crop, before.photo.crop);
    assert_eq!((state.race.settings.steps, state.identity.settings.steps), (33, 44));
    let names: Vec<_> =
        state.states.nodes().iter().filter_map(|node| node.name.as_deref()).collect();
    assert_eq!(names, ["mine"]);
    assert!(state.session.file.is_some());

    // Opened again, nothing comes twice.
    let (states, attributes) = (state.states.nodes().len(), state.attributes.list.len());
    let work = state.session_work();
    opened(&mut state, work, None, &["x.png is missing (the photo)."]);
    assert_eq!((state.states.nodes().len(), state.attributes.list.len()), (states, attributes));
    let told = &state.notices.last().expect("a notice").notice;
    assert!(told.text.contains("x.png is missing"), "{}", told.text);
    assert_eq!(told.level, NoticeLevel::Warning);
}

#[test]
fn latents_of_a_missing_model_are_left_out() {
    let work = at_work().session_work();
    let mut state = AppState::default();
    state.apply_event(opened_model("crc32:2"));
    let latent = state.explore.latent.clone();
    let remarks = vec!["faces.safetensors is missing (the model).".to_owned()];
    state.apply_event(Event::SessionOpened(Box::new(OpenedSession {
        path: "mine.atelier.json".into(),
        fits: false,
        photo: None,
        features: None,
        remarks,
        work,
    })));
    assert_eq!(state.explore.latent, latent);
    assert!(state.attributes.list.is_empty());
    assert_eq!(state.race.settings.steps, 33, "settings belong to no model");
}

#[test]
fn a_file_is_saved_under_its_ending_and_replaced_with_a_word_alone() {
    let home = tempfile::tempdir().expect("a folder");
    let mut state = at_work();
    state.outbox.clear();
    let typed = home.path().join("mine");
    state.apply_action(Action::Session(SessionAction::Save(typed.clone())));
    let Some(Command::SaveSession(request)) = state.outbox.pop_back() else { panic!("none") };
    let file = home.path().join("mine.atelier.json");
    assert!(request.path == file && !request.own && request.features.is_none());
    std::fs::write(&file, "{}").expect("written");
    state.apply_action(Action::Session(SessionAction::Save(typed)));
    assert!(state.outbox.is_empty() && state.windows.replacing.is_some());

    state.apply_action(Action::OpenDropped(file.clone()));
    let Some(Command::OpenSession { path, own }) = state.outbox.pop_back() else { panic!("none") };
    assert_eq!((path, own), (file, false));
}

#[test]
fn the_last_session_is_offered_and_not_forced() {
    let home = tempfile::tempdir().expect("a folder");
    let mut state = AppState::default();
    state.offer_session(sessions_kept::newest(home.path()));
    assert!(state.notices.is_empty(), "there is none");
    let last = sessions_kept::next(home.path());
    state.offer_session(Some(last.clone()));
    assert!(state.outbox.is_empty());
    let offer = state.notices[0].offer.clone().expect("a button");
    state.now_secs = 60.0;
    state.expire_notices();
    assert_eq!(state.notices.len(), 1, "it stays longer than a mere word");
    state.apply_action(*offer.action);
    let Some(Command::OpenSession { path, own: true }) = state.outbox.pop_back() else {
        panic!("none")
    };
    assert_eq!(path, last);
}

#[test]
fn what_the_program_has_anyway_is_no_session() {
    let mut state = AppState::default();
    assert!(!state.is_worth_a_session(), "nothing is open");
    let Event::ModelReady(model) = opened_model("crc32:1") else { unreachable!() };
    state.apply_event(Event::ModelReady(Box::new(ModelSummary { path: None, ..*model })));
    assert!(!state.is_worth_a_session(), "the built-in model alone");
    state.apply_event(photo("me.png"));
    assert!(state.is_worth_a_session());
}
