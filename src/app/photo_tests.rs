//! Tests of the photo's state: what is asked of the engine, and what its answers change.

use std::sync::Arc;

use super::clipboard::Clipping;
use super::{Action, AppState, PhotoAction};
use crate::protocol::{
    Command, Crop, CroppedPhoto, DatasetSource, Event, Frame, ModelSpec, ModelSummary, Networks,
    Photo, PhotoOrigin, Split,
};

fn model(image_size: u32, channels: u32) -> Event {
    Event::ModelReady(Box::new(ModelSummary {
        name: format!("{image_size}"),
        path: None,
        generator: String::new(),
        spec: ModelSpec { image_size, channels, ..ModelSpec::default() },
        parameters: Networks::default(),
        step: 1,
        latent_std: Vec::new(),
        latent_kl: Vec::new(),
        description: String::new(),
    }))
}

fn frame(edge: usize) -> Frame {
    Frame { width_px: edge, height_px: edge, rgba: Arc::new(vec![9; edge * edge * 4]) }
}

fn photo(id: u64, name: &str) -> Event {
    Event::PhotoOpened(Box::new(Photo {
        id,
        name: name.to_owned(),
        origin: PhotoOrigin::File(name.into()),
        width_px: 400,
        height_px: 300,
        preview: frame(8),
        remarks: Vec::new(),
    }))
}

fn asked(state: &AppState) -> Vec<(u64, u64, Crop, u32)> {
    let crops = state.outbox.iter().filter_map(|command| match command {
        Command::CropPhoto(r) => Some((r.id, r.photo, r.crop, r.size)),
        _ => None,
    });
    crops.collect()
}

fn answer(state: &AppState, edge: usize) -> CroppedPhoto {
    let (id, photo, crop, _) = *asked(state).last().expect("asked");
    CroppedPhoto { id, photo, crop, channels: 3, frame: frame(edge) }
}

fn act(state: &mut AppState, action: PhotoAction) {
    state.apply_action(Action::Photo(action));
}

#[test]
fn the_square_is_asked_for_in_the_models_size_and_once_each() {
    let mut state = AppState::default();
    state.apply_event(photo(1, "a.png"));
    assert!(asked(&state).is_empty(), "there is no model to cut for");
    state.apply_event(model(64, 3));
    let crop = Crop::centred(400, 300);
    assert_eq!(asked(&state), [(1, 1, crop, 64)]);
    act(&mut state, PhotoAction::SetCrop(crop));
    assert_eq!(asked(&state).len(), 1, "nothing changed");
    state.take_cropped(answer(&state, 64));
    act(&mut state, PhotoAction::Mirror);
    assert!(asked(&state)[1].2.mirrored && state.photo.cropped.is_some());
    state.apply_event(model(32, 3));
    assert_eq!((asked(&state)[2].3, &state.photo.cropped), (32, &None), "another size");
    state.take_cropped(answer(&state, 64));
    assert_eq!(state.photo.cropped, None, "an answer for the model before");
    state.take_cropped(answer(&state, 32));
    assert!(state.photo.cropped.is_some());
}

#[test]
fn turning_and_dragging_stay_within_the_photo() {
    let mut state = AppState::default();
    act(&mut state, PhotoAction::Mirror);
    state.apply_event(photo(1, "a.png"));
    assert!(!state.photo.crop.mirrored, "there was no photo to mirror");
    let degrees = |state: &mut AppState, clockwise| {
        act(state, PhotoAction::TurnQuarter(clockwise));
        state.photo.crop.degrees
    };
    assert_eq!([true, true, true].map(|c| degrees(&mut state, c)), [90.0, 180.0, -90.0]);
    act(&mut state, PhotoAction::Mirror);
    assert_eq!(degrees(&mut state, false), 0.0, "as it is seen");
    let far = Crop { centre: [9e9, -5.0], side: 9e9, ..state.photo.crop };
    act(&mut state, PhotoAction::SetCrop(far));
    let Crop { centre, side, .. } = state.photo.crop;
    assert_eq!((centre, side), ([400.0, 0.0], 400.0));
    act(&mut state, PhotoAction::ResetCrop);
    assert_eq!(state.photo.crop, Crop::centred(400, 300));
}

#[test]
fn a_failure_leaves_the_photo_and_the_same_file_keeps_its_square() {
    let mut state = AppState::default();
    state.apply_event(model(64, 3));
    state.apply_event(photo(1, "a.png"));
    act(&mut state, PhotoAction::TurnQuarter(true));
    let crop = state.photo.crop;
    act(&mut state, PhotoAction::Open("letter.png".into()));
    assert!(state.photo.opening.is_some() && state.photo.take_wants_front());
    state.apply_event(Event::PhotoFailed);
    assert_eq!((&state.photo.opening, state.photo.crop), (&None, crop));
    assert_eq!(state.photo.photo.as_ref().map(|photo| photo.id), Some(1));
    state.apply_event(photo(2, "a.png"));
    assert_eq!(state.photo.crop, crop);
    state.apply_event(photo(3, "b.png"));
    assert_eq!(state.photo.crop, Crop::centred(400, 300));
}

#[test]
fn pictures_are_dropped_as_photos_and_folders_as_data() {
    let mut state = AppState::default();
    state.apply_action(Action::OpenDropped("/x/me.JPG".into()));
    assert!(matches!(state.outbox.back(), Some(Command::OpenPhoto(p)) if p == "/x/me.JPG"));
    let folder = tempfile::tempdir().expect("a folder");
    state.apply_action(Action::OpenDropped(folder.path().into()));
    let data = DatasetSource::Path(folder.path().into());
    assert!(
        matches!(state.outbox.back(), Some(Command::OpenDataset(source, _)) if *source == data)
    );
}

#[test]
fn an_empty_clipboard_is_told_and_changes_nothing() {
    let mut state = AppState::default();
    act(&mut state, PhotoAction::Paste);
    assert!(state.photo.opening.is_some());
    act(&mut state, PhotoAction::Pasted(Clipping::Nothing("nothing there".to_owned())));
    assert!(state.photo.opening.is_none() && state.outbox.is_empty());
    assert_eq!(state.notices[0].notice.text, "nothing there");
    act(&mut state, PhotoAction::Pasted(Clipping::Picture(frame(4))));
    assert!(state.outbox.is_empty(), "nobody asked for it any more");
    act(&mut state, PhotoAction::Paste);
    act(&mut state, PhotoAction::Pasted(Clipping::Picture(frame(4))));
    assert!(matches!(state.outbox.back(), Some(Command::OpenPhotoFrame(_, f)) if f.width_px == 4));
}

#[test]
fn random_pictures_are_held_out_ones() {
    let mut state = AppState::default();
    act(&mut state, PhotoAction::RandomHeldOut);
    assert!(state.outbox.is_empty() && state.notices.len() == 1);
    act(&mut state, PhotoAction::FromData(Split::Train, 3));
    assert!(matches!(state.outbox.back(), Some(Command::OpenPhotoFromData(Split::Train, 3))));
}
