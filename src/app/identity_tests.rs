use super::*;
use crate::protocol::{
    BestLatent, InversionLoss, InversionMethod, Manifold, ManifoldLight, PreviewFrame, RaceView,
    RacerState, RacerView, TunedCopy, TunedFigures, TuningState,
};

fn frame() -> Frame {
    Frame { width_px: 1, height_px: 1, rgba: Arc::new(vec![7; 4]) }
}

fn raced() -> AppState {
    let mut state = AppState::default();
    state.explore.fit_to_model(2, crate::protocol::Prior::Normal);
    let manifold = Manifold {
        norm: 1.0,
        shell: 1.0,
        norms: (0.5, 2.0),
        among_data: None,
        among_own: None,
        light: ManifoldLight::On,
    };
    let best = BestLatent {
        latent: Latent(vec![0.5, -1.0]),
        loss: InversionLoss::default(),
        psnr_db: 25.0,
        ssim: 0.8,
        picture: frame(),
        residual: frame(),
        manifold,
        truth_distance: None,
    };
    let racer = RacerView {
        method: InversionMethod::Hybrid,
        state: RacerState::Done,
        steps: (1, 1),
        seconds: 0.1,
        best: Some(best),
        candidates: 1,
        restarts: 0,
        curve: Vec::new(),
    };
    let kind = InversionTarget::File;
    let view = RaceView {
        id: 0,
        target: frame(),
        kind,
        prepared: (1, 1),
        residual_gain: 1,
        racers: vec![racer],
    };
    state.race.view = Some(Arc::new(view));
    state
}

fn act(state: &mut AppState, action: IdentityAction) {
    state.apply_action(Action::Identity(action));
}

fn copy() -> TunedCopy {
    TunedCopy {
        pivot: Pivot { latent: Latent(vec![1.0, 2.0]), picture: frame(), photo: None },
        settings: PivotalSettings::default(),
        figures: TunedFigures::default(),
        picture: frame(),
        file: None,
    }
}

fn tell(state: &mut AppState, tuned_on: bool, change_on: bool) {
    let tuned = Some(Box::new(copy()));
    let kept = Identity { tuned, tuned_on, has_photo: true, change_on };
    state.apply_event(Event::IdentityChanged(Box::new(kept)));
}

#[test]
fn nothing_is_tuned_without_an_inversion_and_the_reason_is_told() {
    let mut state = AppState::default();
    assert_eq!(state.tuning_pivot().unwrap_err(), "Invert a photo first");
    act(&mut state, IdentityAction::Tune);
    assert!(state.outbox.is_empty() && !state.identity.is_running());
}

#[test]
fn the_best_latent_is_tuned_for_or_the_one_in_explore() {
    let mut state = raced();
    act(&mut state, IdentityAction::Tune);
    let Some(Command::StartTuning(request)) = state.outbox.pop_back() else { panic!("none") };
    assert_eq!(request.pivot.latent, Latent(vec![0.5, -1.0]));
    assert_eq!(request.pivot.picture, frame());
    assert!(state.identity.is_running());
    let view = |id, tuning| TuningView {
        id,
        state: tuning,
        steps: (3, 9),
        seconds: 0.1,
        before_db: 20.0,
        now_db: 21.0,
        picture: frame(),
        restarts: 0,
    };
    state.take_tuning(view(request.id + 5, TuningState::Running));
    assert!(state.identity.view.is_none(), "of another request");
    state.take_tuning(view(request.id, TuningState::Done));
    assert!(!state.identity.is_running() && state.identity.view.is_some());

    act(&mut state, IdentityAction::SetSource(PivotSource::Explore));
    assert!(state.tuning_pivot().is_err(), "no picture in Explore yet");
    let latent = Latent(vec![3.0, 4.0]);
    let preview = PreviewFrame { id: 1, latent, frame: frame(), step: 0, decode_ms: 1.0 };
    state.explore.preview = Some(preview);
    assert_eq!(state.tuning_pivot().unwrap().latent, Latent(vec![3.0, 4.0]));
}

#[test]
fn a_latent_taken_to_explore_brings_its_photo() {
    let mut state = raced();
    let take = super::super::RaceAction::Take(InversionMethod::Hybrid);
    state.apply_action(Action::Race(take));
    let kept = state.outbox.iter().find_map(|command| match command {
        Command::KeepPhoto(pivot) => Some(pivot),
        _ => None,
    });
    assert_eq!(kept.unwrap().latent, Latent(vec![0.5, -1.0]));
}

#[test]
fn the_switch_draws_everything_anew_and_an_error_ends_the_waiting() {
    let mut state = raced();
    state.explore.take_request(0.0);
    tell(&mut state, true, false);
    assert!(state.explore.take_request(0.0).is_some());
    tell(&mut state, true, true);
    assert!(state.explore.take_request(0.0).is_some() && state.shows_change());
    act(&mut state, IdentityAction::Tune);
    let notice = crate::protocol::Notice { level: NoticeLevel::Error, text: "no".to_owned() };
    state.apply_event(Event::Notice(notice));
    assert!(!state.identity.is_running());
}

#[test]
fn photo_plus_change_is_exported_as_it_is_shown() {
    let mut state = raced();
    state.apply_action(Action::SavePicture("a.png".into()));
    assert!(matches!(state.outbox.back(), Some(Command::SampleToFile(_))));
    tell(&mut state, false, true);
    state.apply_action(Action::SavePicture("a.png".into()));
    assert!(matches!(state.outbox.back(), Some(Command::SavePicture(..))));
}

#[test]
fn a_delta_that_is_opened_brings_its_latent() {
    let mut state = raced();
    tell(&mut state, true, false);
    state.apply_event(Event::DeltaOpened("d.safetensors".into()));
    assert_eq!(state.explore.moved(), Latent(vec![1.0, 2.0]));
    act(&mut state, IdentityAction::Save("x".into()));
    let Some(Command::SaveDelta(path)) = state.outbox.back().cloned() else { panic!("none") };
    assert_eq!(path, PathBuf::from("x.safetensors"));
    state.apply_event(Event::FileWritten(path));
    assert!(state.preferences.recent_models.is_empty(), "a delta is no model");
}
