//! Back to z in the window: what is asked of the next race, and how the present one stands.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::action::Action;
use super::random;
use super::state::AppState;
use super::states::Made;
use crate::protocol::{
    Command, Event, FeatureSource, Frame, InversionMethod, InversionSettings, Latent, NoticeLevel,
    RaceMeasure, RaceRequest, RaceSource, RaceView,
};

/// Steps by which a race at its end is continued.
pub const MORE_STEPS: u32 = 100;

/// Something asked of the inversion.
#[derive(Debug, Clone, PartialEq)]
pub enum RaceAction {
    /// Invert the photo.
    Start,
    /// Invert the model's own picture of a random latent.
    SelfTest,
    /// Stop where it stands.
    Stop,
    /// Go on: to the end or, from there, for [`MORE_STEPS`].
    Continue,
    /// Let a method run in the next race, or not.
    Toggle(InversionMethod),
    /// Show or hide the settings.
    ShowSettings(bool),
    /// Plot another measure.
    Plot(RaceMeasure),
    /// Change the settings of the next race.
    SetSettings(Box<InversionSettings>),
    /// Compare features in another model's network: the one that was tried last or, before one was, ask for it.
    OtherFeatures,
    /// The model's own features are compared; the other model's path stays.
    CloseFeatures,
    /// Type the path of that model.
    SetFeaturesPath(String),
    /// Try whether its network fits the open model.
    TryFeatures(PathBuf),
    /// Take what a method found into the explorer.
    Take(InversionMethod),
}

/// The next race, and the present one.
#[derive(Debug, Clone, PartialEq)]
pub struct RaceState {
    /// Who runs in the next one.
    pub methods: Vec<InversionMethod>,
    /// How they are optimised.
    pub settings: InversionSettings,
    /// Whether the settings are shown.
    pub settings_open: bool,
    /// What is plotted.
    pub measure: RaceMeasure,
    /// How the present one stands.
    pub view: Option<Arc<RaceView>>,
    /// A race was asked for, and nothing was heard of it yet.
    pub starting: bool,
    /// Another model for features is asked for, or shown.
    pub features_open: bool,
    /// Its path, as typed or chosen.
    pub features_path: String,
    /// What its network is, or why it does not fit; `None` until the engine has looked.
    pub features_found: Option<Result<String, String>>,
    last_id: u64,
    /// The request whose views are shown: the last one, or the one before it where that came to nothing.
    shown_id: u64,
    /// The race before the one that was asked for, of which nothing was heard yet.
    before: Option<(u64, Arc<RaceView>)>,
    self_test_seed: u64,
}

impl Default for RaceState {
    fn default() -> Self {
        Self {
            methods: InversionMethod::ALL.to_vec(),
            settings: InversionSettings::default(),
            settings_open: false,
            measure: RaceMeasure::default(),
            view: None,
            starting: false,
            features_open: false,
            features_path: String::new(),
            features_found: None,
            last_id: 0,
            shown_id: 0,
            before: None,
            self_test_seed: 0,
        }
    }
}

impl RaceState {
    /// Whether a race runs, or is about to.
    pub fn is_running(&self) -> bool {
        self.starting || self.view.as_ref().is_some_and(|view| view.is_running())
    }

    /// The race that was asked for will not come: the one before it is shown again.
    fn take_back(&mut self) {
        self.starting = false;
        let (id, view) = self.before.take().unzip();
        self.view = view;
        self.shown_id = id.unwrap_or(0);
    }
}

impl AppState {
    /// The photo's square, where it is in the open model's format.
    pub fn race_target(&self) -> Option<&Frame> {
        let size = self.model.as_ref()?.spec.image_size as usize;
        let frame = &self.photo.cropped.as_ref()?.frame;
        (frame.width_px == size && frame.height_px == size).then_some(frame)
    }

    /// The methods of the next race that the open model allows.
    pub fn race_methods(&self) -> Vec<InversionMethod> {
        let encodes = self.model.as_ref().is_some_and(|model| model.parameters.encoder > 0);
        let allowed = |method: &&InversionMethod| encodes || !method.needs_encoder();
        self.race.methods.iter().filter(allowed).copied().collect()
    }

    /// The race alone; anything else is given back.
    pub(super) fn apply_race(&mut self, action: Action) -> Option<Action> {
        let Action::Race(action) = action else { return Some(action) };
        match action {
            RaceAction::Start => {
                if let Some(frame) = self.race_target().cloned() {
                    self.start_race(RaceSource::Picture(frame));
                }
            }
            RaceAction::SelfTest => {
                self.race.self_test_seed = random::next_seed(self.race.self_test_seed);
                self.start_race(RaceSource::Sample { seed: self.race.self_test_seed });
            }
            RaceAction::Stop => self.send(Command::StopRace),
            RaceAction::Continue => self.send(Command::ContinueRace(MORE_STEPS)),
            RaceAction::Toggle(method) => self.toggle_racer(method),
            RaceAction::ShowSettings(open) => self.race.settings_open = open,
            RaceAction::Plot(measure) => self.race.measure = measure,
            RaceAction::SetSettings(settings) => self.race.settings = *settings,
            RaceAction::OtherFeatures => self.other_features(),
            RaceAction::CloseFeatures => self.race.features_open = false,
            RaceAction::SetFeaturesPath(text) => {
                (self.race.features_path, self.race.features_found) = (text, None);
            }
            RaceAction::TryFeatures(path) => self.try_features(path),
            RaceAction::Take(method) => self.take_racer(method),
        }
        None
    }

    fn start_race(&mut self, source: RaceSource) {
        let methods = self.race_methods();
        if methods.is_empty() || self.model.is_none() {
            return;
        }
        if let Err(error) = self.race.settings.validate() {
            return self.notify(NoticeLevel::Error, format!("Not inverted: {error}."));
        }
        self.leave_tuned_copy();
        let race = &mut self.race;
        let shown_id = race.shown_id;
        if let Some(view) = race.view.take() {
            race.before = Some((shown_id, view));
        }
        race.last_id += 1;
        race.shown_id = race.last_id;
        race.starting = true;
        let request = RaceRequest {
            id: self.race.last_id,
            source,
            methods,
            settings: self.race.settings.clone(),
        };
        self.send(Command::StartRace(Box::new(request)));
    }

    /// Those who run stand in the order of [`InversionMethod::ALL`]; the last one stays.
    fn toggle_racer(&mut self, method: InversionMethod) {
        let runs =
            |other: &InversionMethod| self.race.methods.contains(other) != (*other == method);
        let methods: Vec<InversionMethod> = InversionMethod::ALL.into_iter().filter(runs).collect();
        if !methods.is_empty() {
            self.race.methods = methods;
        }
    }

    fn take_racer(&mut self, method: InversionMethod) {
        let Some(view) = &self.race.view else { return };
        let found = view.racers.iter().find(|racer| racer.method == method);
        let Some(best) = found.and_then(|racer| racer.best.as_ref()) else { return };
        let latent = best.latent.clone();
        if self.take_inverted(&latent, method) {
            self.keep_photo_of(&latent);
        }
    }

    /// Takes a latent that a method found onto the sliders; false, and a word, where it does not belong there.
    pub(super) fn take_inverted(&mut self, latent: &Latent, method: InversionMethod) -> bool {
        // With the truncation that is set, it is drawn as it was found.
        let latent = self.explore.untruncated(latent);
        let made = Made::Inverted(method);
        let taken = self.load_whole(&latent) && self.explore.load_as(&latent, made);
        if !taken {
            let text = "This latent belongs to another model: invert the photo again.";
            self.notify(NoticeLevel::Warning, text);
        }
        self.keep_state();
        taken
    }

    fn other_features(&mut self) {
        self.race.features_open = true;
        if !self.race.features_path.is_empty() {
            self.try_features(super::typed_path(&self.race.features_path));
        }
    }

    fn try_features(&mut self, path: PathBuf) {
        self.race.features_open = true;
        self.race.features_path = path.display().to_string();
        self.race.features_found = None;
        self.send(Command::TryFeatures(path));
    }

    /// Another model's network is taken where it fits; else the settings stay as they were.
    fn features_tried(&mut self, path: &Path, found: Result<String, String>) {
        if super::typed_path(&self.race.features_path) != path {
            return;
        }
        let source = FeatureSource::Model(path.to_path_buf());
        match found {
            Ok(_) => {
                self.race.settings.features = source;
                self.preferences.feature_model = Some(path.to_path_buf());
                self.preferences_changed = true;
            }
            // It fitted another model.
            Err(_) if self.race.settings.features == source => {
                self.race.settings.features = FeatureSource::default();
            }
            Err(_) => {}
        }
        self.race.features_found = Some(found);
    }

    /// Takes in what the engine tells of races; anything else is given back.
    pub(super) fn apply_race_event(&mut self, event: Event) -> Option<Event> {
        let Event::FeaturesTried(path, found) = event else { return Some(event) };
        self.features_tried(&path, found);
        None
    }

    /// Takes in how the race stands; an answer to an older request is dropped.
    pub fn take_race(&mut self, view: RaceView) {
        if view.id != self.race.shown_id {
            return;
        }
        (self.race.starting, self.race.before) = (false, None);
        self.race.view = Some(Arc::new(view));
    }

    /// An error notice while nothing was heard yet: the race will not come.
    pub(super) fn race_failed(&mut self) {
        if self.race.starting {
            self.race.take_back();
        }
    }

    /// Another model is open: what was found belongs to the one before.
    pub(super) fn forget_race(&mut self) {
        if self.race.is_running() {
            self.send(Command::StopRace);
        }
        self.race_lost();
        if let FeatureSource::Model(path) = &self.race.settings.features {
            // Whether it fits this model, too, is to be seen.
            self.try_features(path.clone());
        }
    }

    /// Nothing more will be heard of any race.
    pub(super) fn race_lost(&mut self) {
        let race = &mut self.race;
        (race.view, race.before, race.starting) = (None, None, false);
        race.last_id += 1;
        race.shown_id = race.last_id;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_method_cannot_be_taken_away_and_the_order_stays() {
        let mut state = AppState::default();
        let toggle = |state: &mut AppState, method| {
            state.apply_action(Action::Race(RaceAction::Toggle(method)));
        };
        toggle(&mut state, InversionMethod::Optimise);
        toggle(&mut state, InversionMethod::Encode);
        toggle(&mut state, InversionMethod::Hybrid);
        assert_eq!(state.race.methods, [InversionMethod::Hybrid]);
        toggle(&mut state, InversionMethod::Optimise);
        assert_eq!(state.race.methods, [InversionMethod::Optimise, InversionMethod::Hybrid]);
        assert_eq!(state.race_methods(), [InversionMethod::Optimise], "there is no encoder");
    }

    #[test]
    fn nothing_is_asked_without_a_model_or_a_photo() {
        let mut state = AppState::default();
        state.apply_action(Action::Race(RaceAction::Start));
        state.apply_action(Action::Race(RaceAction::SelfTest));
        assert!(state.outbox.is_empty() && !state.race.is_running());
    }
}
