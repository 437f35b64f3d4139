//! What the person asks about training: the drafts of the next run, and the run under way.

use std::path::{Path, PathBuf};

use super::action::{Action, Effect};
use super::state::{AppState, RunPhase};
use crate::protocol::{
    Command, ConfigError, LiveSettings, ModelSpec, NoticeLevel, RunData, RunSettings,
    TrainSettings, TrainTask,
};

impl AppState {
    pub(super) fn apply_training(&mut self, action: Action) -> Result<Action, Vec<Effect>> {
        match action {
            Action::StartTraining => self.start_training(),
            Action::TrainEncoder => self.train_encoder(),
            Action::SetFreshEncoder(on) => self.training.fresh_encoder = on,
            Action::ResumeRun => self.resume_run(),
            Action::Pause => self.send(Command::Pause),
            Action::Resume => self.send(Command::Resume),
            Action::SingleStep => self.send(Command::SingleStep),
            Action::Stop => {
                self.send(Command::StopTraining);
                self.training.start_when_read = false;
                if self.training.phase.is_active() {
                    // Shown at once: the answer may take as long as the step under way.
                    self.training.phase = RunPhase::Stopping;
                }
            }
            Action::SaveRun => self.send(Command::SaveRun),
            Action::Tune(live) => self.tune(live),
            Action::EditSpec(spec) => {
                // The next data are read as the person wants the next model, whichever comes first.
                self.choose_size_of(&spec);
                self.edit_spec(spec);
            }
            Action::EditTrain(train) => {
                let live = train.live.clone();
                self.edit_train(train);
                if self.training.phase.is_active() && self.training.encoder_run.is_none() {
                    self.tune(live);
                }
            }
            Action::SetOutText(text) => {
                self.training.out_text = text;
                self.look_at_run();
            }
            Action::SetContinueModel(on) => self.training.continue_model = on,
            Action::SetResume(on) => {
                self.training.resume = on;
                self.look_at_run();
            }
            Action::SetUseOpenData(on) => self.training.use_open_data = on,
            Action::PickRunFolder => return Err(vec![Effect::PickRunFolder]),
            other => return Ok(other),
        }
        Err(Vec::new())
    }

    /// Reads the data first where they do not fit the drafted architecture.
    pub(super) fn start_training(&mut self) {
        if let Err(error) = self.check_start() {
            self.notify(NoticeLevel::Error, format!("Training did not start: {error}."));
            return;
        }
        if self.resumes() {
            // The run brings its architecture, and its own data unless the open ones were chosen.
            self.send_start();
            return;
        }
        self.follow_gray_data();
        let spec = &self.training.draft_spec;
        let fits = self.dataset.summary.as_ref().is_some_and(|summary| {
            (summary.options.image_size, summary.options.channels)
                == (spec.image_size, spec.channels)
        });
        if fits && self.dataset.loading.is_none() {
            self.send_start();
            return;
        }
        self.training.start_when_read = true;
        if self.dataset.loading.is_none() {
            let spec = &self.training.draft_spec;
            self.dataset.choose_size(spec.image_size, spec.channels);
            // These pictures are for this model, whatever their own size.
            (self.dataset.draft.auto_size, self.dataset.draft.auto_channels) = (false, false);
            self.open_dataset(self.dataset.source());
        }
    }

    /// What the person changed of size and colour in the architecture is chosen for the data, too; what an
    /// opened model brought is not.
    fn choose_size_of(&mut self, spec: &ModelSpec) {
        let (old, data) = (&self.training.draft_spec, &self.dataset.draft);
        let chosen = |new, old, data| if new == old { data } else { new };
        let size = chosen(spec.image_size, old.image_size, data.image_size);
        let channels = chosen(spec.channels, old.channels, data.channels);
        self.dataset.choose_size(size, channels);
    }

    /// Gray data are not trained on in colour unless the person chose that.
    fn follow_gray_data(&mut self) {
        let gray = self.dataset.summary.as_ref().is_some_and(|open| open.options.channels == 1);
        let spec = &mut self.training.draft_spec;
        let brought = self.training.continue_model || !self.dataset.draft.auto_channels;
        if gray && spec.channels != 1 && !brought {
            spec.channels = 1;
            let text =
                "The data are gray, so the new model is, too: choose Channels to have another.";
            self.notify(NoticeLevel::Adjusted, text);
        }
    }

    /// Whether the next run goes on with one that was saved.
    pub fn resumes(&self) -> bool {
        self.training.resume && !self.training.out_text.trim().is_empty()
    }

    /// Asks what the run to go on with was trained on; what was chosen for another run is forgotten.
    fn look_at_run(&mut self) {
        (self.training.run_data, self.training.run_train) = (None, None);
        self.training.use_open_data = false;
        if self.resumes() {
            self.send(Command::LookAtRun(self.named_folder()));
        }
    }

    /// The run folder that was typed.
    pub(super) fn named_folder(&self) -> PathBuf {
        super::typed_path(&self.training.out_text)
    }

    /// Takes in what a run folder says, unless another one was typed meanwhile.
    pub(super) fn run_looked_at(
        &mut self,
        folder: &Path,
        data: RunData,
        train: Option<TrainSettings>,
    ) {
        self.run_found(folder, &data, train.as_ref());
        if self.resumes() && self.named_folder() == folder {
            self.training.run_data = Some(data);
            self.show_settings_of_run(train.as_ref());
            self.training.run_train = train;
        }
    }

    /// Whether the drafts describe a run that can begin.
    ///
    /// # Errors
    /// The first setting out of range, with its range.
    pub fn check_drafts(&self) -> Result<(), ConfigError> {
        self.training.draft_spec.validate()?;
        self.training.draft_train.validate()
    }

    /// Whether what Train would begin can begin; a run that goes on has its own architecture.
    ///
    /// # Errors
    /// As [`Self::check_drafts`].
    pub fn check_start(&self) -> Result<(), ConfigError> {
        match &self.training.run_train {
            Some(train) if self.resumes() => train.validate(),
            _ => self.check_drafts(),
        }
    }

    pub(super) fn send_start(&mut self) {
        let run = self.run_settings();
        self.send(Command::StartTraining(run));
    }

    /// The next run as the panel describes it.
    pub(super) fn run_settings(&self) -> RunSettings {
        let named = !self.training.out_text.trim().is_empty();
        let own = self.training.run_train.as_ref().filter(|_| self.resumes());
        RunSettings {
            spec: self.training.draft_spec.clone(),
            train: own.unwrap_or(&self.training.draft_train).clone(),
            out: named.then(|| self.named_folder()),
            resume: self.resumes(),
            use_open_data: self.training.use_open_data,
            continue_model: self.training.continue_model,
            init: None,
        }
    }

    /// Trains an encoder for the open model: as long and with as many pictures as the panel says, else by
    /// the stated defaults. The engine reads the open data anew where the model's pictures differ.
    fn train_encoder(&mut self) {
        let Some(model) = &self.model else { return };
        let draft = &self.training.draft_train;
        let mut train = TrainSettings::for_encoder().sized_as(draft);
        train.live.sample_rate = draft.live.sample_rate;
        let fresh = self.training.fresh_encoder && model.spec.has_encoder();
        train.task = TrainTask::Encoder { fresh };
        if let Err(error) = train.validate() {
            return self.notify(NoticeLevel::Error, format!("Training did not start: {error}."));
        }
        let settings = self.run_settings();
        let run = RunSettings {
            spec: model.spec.clone(),
            train,
            // The folder of a run to go on with is no place for another one.
            out: settings.out.filter(|_| !settings.resume),
            resume: false,
            use_open_data: true,
            continue_model: true,
            init: None,
        };
        self.send(Command::StartTraining(run));
    }

    fn tune(&mut self, live: LiveSettings) {
        if self.training.encoder_run.is_some() {
            self.training.set_live(live.clone());
        } else {
            let draft = self.training.draft_train.clone();
            self.edit_train(TrainSettings { live: live.clone(), ..draft });
        }
        if self.training.phase.is_active() && live.validate().is_ok() {
            self.send(Command::Tune(live));
        }
    }

    /// Another family brings its own stated defaults of training.
    pub(super) fn edit_spec(&mut self, spec: ModelSpec) {
        if spec.family != self.training.draft_spec.family {
            let old = std::mem::take(&mut self.training.draft_train);
            self.training.draft_train = TrainSettings {
                batch: old.batch,
                steps: old.steps,
                seed: old.seed,
                samples: old.samples,
                checkpoint_every: old.checkpoint_every,
                ..TrainSettings::for_family(spec.family)
            };
        }
        self.training.draft_spec = spec;
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, AppState, Command, Path, RunData, RunSettings, TrainSettings};
    use crate::protocol::{
        DatasetSource, Event, Family, LiveSettings, ModelSpec, ModelSummary, Networks, Phase,
        StopReason,
    };

    fn started(state: &AppState) -> &RunSettings {
        match state.outbox.back() {
            Some(Command::StartTraining(run)) => run,
            other => panic!("{other:?}"),
        }
    }

    fn looked_at(folder: &str) -> Event {
        let data = RunData::Recorded {
            source: DatasetSource::Portraits,
            options: Box::default(),
            missing: None,
        };
        let train = TrainSettings { batch: 12, ..TrainSettings::default() };
        Event::RunLookedAt { folder: folder.into(), data, train: Some(Box::new(train)) }
    }

    #[test]
    fn a_run_folder_may_be_typed_from_the_home_folder() {
        let mut state = AppState::default();
        state.apply_action(Action::SetOutText("~/runs/1".to_owned()));
        state.apply_action(Action::SetResume(true));
        state.apply_action(Action::StartTraining);
        let folder = super::super::typed_path("~/runs/1");
        assert!(folder.is_absolute());
        assert_eq!(started(&state).out, Some(folder));
    }

    #[test]
    fn an_encoders_run_leaves_the_next_models_settings_alone() {
        let mut state = AppState::default();
        state.apply_action(Action::TrainEncoder);
        assert!(state.outbox.is_empty(), "no model is open");
        let spec = ModelSpec { latent: 8, ..ModelSpec::for_family(Family::Gan) };
        let summary = |spec: &ModelSpec| {
            Event::ModelReady(Box::new(ModelSummary {
                name: "m".to_owned(),
                path: None,
                generator: "g".to_owned(),
                spec: spec.clone(),
                parameters: Networks::default(),
                step: 3,
                latent_std: Vec::new(),
                latent_kl: Vec::new(),
                description: String::new(),
            }))
        };
        state.apply_event(summary(&spec));
        let draft = TrainSettings { steps: 40, batch: 9, ..state.training.draft_train.clone() };
        state.apply_action(Action::EditTrain(draft.clone()));
        state.apply_action(Action::TrainEncoder);
        let run = started(&state).clone();
        assert!(run.train.task.is_encoder() && !run.resume);
        assert_eq!((run.train.steps, run.train.batch), (40, 9));
        assert_eq!(run.train.adam_beta1, TrainSettings::for_encoder().adam_beta1);

        let settings = Box::new(run.train.clone());
        let running = Phase::Running { folder: "/runs/1".into(), settings };
        state.apply_event(Event::Training(running));
        assert_eq!(state.training.draft_train, draft);
        assert_eq!(state.training.live(), &run.train.live);
        let live = LiveSettings { code_weight: 0.7, ..run.train.live.clone() };
        state.apply_action(Action::Tune(live.clone()));
        assert!(matches!(state.outbox.back(), Some(Command::Tune(sent)) if *sent == live));
        assert_eq!((state.training.live(), &state.training.draft_train), (&live, &draft));

        let ended =
            |reason| Event::TrainingEnded { reason, step: 5, folder: Some("/runs/1".into()) };
        state.apply_event(ended(StopReason::Stopped));
        state.apply_event(summary(&spec.clone().with_encoder()));
        assert_eq!(state.training.draft_spec, spec, "the next model is of the family alone");
        // What the folder says is for Resume; Train begins a model as before.
        state.apply_event(ended(StopReason::Stopped));
        let data = RunData::Recorded {
            source: DatasetSource::Portraits,
            options: Box::default(),
            missing: None,
        };
        let train = Some(Box::new(TrainSettings { steps: 50, ..run.train }));
        state.apply_event(Event::RunLookedAt { folder: "/runs/1".into(), data, train });
        assert_eq!(state.training.draft_train, TrainSettings { steps: 50, ..draft });
        state.apply_action(Action::ResumeRun);
        assert!(started(&state).train.task.is_encoder() && started(&state).resume);
    }

    #[test]
    fn a_run_goes_on_with_its_own_data_unless_the_open_ones_were_chosen_for_it() {
        let mut state = AppState::default();
        state.apply_action(Action::SetOutText("/runs/1".to_owned()));
        assert!(state.outbox.is_empty(), "a new run has no data of its own");
        state.apply_action(Action::SetResume(true));
        assert!(matches!(state.outbox.back(),
            Some(Command::LookAtRun(folder)) if folder == Path::new("/runs/1")));
        state.apply_event(looked_at("/runs/0"));
        assert_eq!(state.training.run_data, None, "an answer about another folder");
        state.apply_event(looked_at("/runs/1"));
        assert!(state.training.run_data.is_some());
        // No data set is open, and none is needed.
        state.apply_action(Action::StartTraining);
        assert!(started(&state).resume && !started(&state).use_open_data);
        assert_eq!(started(&state).train.batch, 12, "as it was trained");

        state.apply_action(Action::SetUseOpenData(true));
        state.apply_action(Action::StartTraining);
        assert!(started(&state).use_open_data);
        state.apply_action(Action::SetOutText("/runs/2".to_owned()));
        state.apply_action(Action::StartTraining);
        assert!(!started(&state).use_open_data, "it was chosen for the other run");
    }
}
