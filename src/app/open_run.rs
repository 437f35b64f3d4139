//! The run that can go on: the one that ended last, or the one whose model is open.
//!
//! The engine is asked what the folder holds before anything is offered; a model that belongs to no run
//! is answered with that, and nothing is.

use std::path::{Path, PathBuf};

use super::carried::carry_changes;
use super::state::AppState;
use crate::protocol::{Command, DatasetSource, NoticeLevel, RunData, TrainSettings};

/// A run that was saved and is not under way.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenRun {
    /// Its folder.
    pub folder: PathBuf,
    /// The step it goes on after.
    pub step: u64,
    /// What it was trained on; `None` until the engine has looked.
    pub data: Option<RunData>,
    /// How it was trained, with what the person has changed since.
    pub train: TrainSettings,
}

impl OpenRun {
    /// The folder's name.
    pub fn name(&self) -> String {
        self.folder.file_name().unwrap_or(self.folder.as_os_str()).to_string_lossy().into_owned()
    }
}

impl AppState {
    /// The run that Resume goes on with, once the engine has found it in its folder.
    pub fn resumable(&self) -> Option<&OpenRun> {
        self.training.open_run.as_ref().filter(|run| run.data.is_some())
    }

    /// Why the run cannot go on now, if it cannot: what is wrong and what to do.
    pub fn resume_obstacle(&self) -> Option<String> {
        let run = self.resumable()?;
        if let Err(error) = run.train.validate() {
            return Some(format!("The run's settings: {error}"));
        }
        let steps = run.train.steps;
        if steps > 0 && run.step >= steps {
            return Some(format!("All {steps} steps are done: raise Steps below first"));
        }
        match &run.data {
            Some(RunData::Recorded { missing: Some(why), .. }) if !self.uses_open_data(run) => {
                Some(format!(
                    "The data it was trained on cannot be read ({}): bring them back, or type its \
                     folder under Run folder and choose other data there",
                    super::escape(why)
                ))
            }
            Some(RunData::NotRecorded) if self.dataset.summary.is_none() => {
                Some("It does not say what it was trained on: open a data set first".to_owned())
            }
            _ => None,
        }
    }

    /// The data the run was trained on, where another data set is open, or is about to be.
    pub fn data_to_offer(&self) -> Option<&DatasetSource> {
        match &self.resumable()?.data {
            Some(RunData::Recorded { source, missing: None, .. })
                // The same data may have been opened by a relative path.
                if source.absolute() != self.dataset.source().absolute() =>
            {
                Some(source)
            }
            _ => None,
        }
    }

    /// Opens what the run was trained on, as the run read it: in its size, its colour, with its labels.
    pub(super) fn open_run_data(&mut self, source: DatasetSource) {
        let data = self.resumable().and_then(|run| run.data.as_ref());
        let options = match data {
            Some(RunData::Recorded { source: of_run, options, .. }) if *of_run == source => {
                (**options).clone()
            }
            // Another run was opened meanwhile.
            _ => return,
        };
        self.read_dataset(source, options);
    }

    /// Asks whether a run can go on in this folder, or beside this model file.
    pub(super) fn look_for_run(&mut self, place: Option<&Path>, step: u64) {
        self.training.open_run = place.map(|place| {
            let is_model = place.file_name().is_some_and(|name| name == "model.safetensors");
            let folder = place.parent().filter(|_| is_model).unwrap_or(place).to_owned();
            OpenRun { folder, step, data: None, train: self.training.draft_train.clone() }
        });
        if let Some(run) = &self.training.open_run {
            self.send(Command::LookAtRun(run.folder.clone()));
        }
    }

    /// Takes in what the engine found there.
    pub(super) fn run_found(
        &mut self,
        folder: &Path,
        data: &RunData,
        train: Option<&TrainSettings>,
    ) {
        let open_run = &mut self.training.open_run;
        match open_run.as_mut().filter(|run| run.folder == folder) {
            Some(_) if matches!(data, RunData::NoRun(_)) => *open_run = None,
            Some(run) => {
                run.data = Some(data.clone());
                if let Some(train) = train {
                    run.train = train.clone();
                }
            }
            None => return,
        }
        self.show_settings_of_run(train);
    }

    /// Puts the settings of a run into the panel, so that the person sees with which ones it goes on.
    pub(super) fn show_settings_of_run(&mut self, train: Option<&TrainSettings>) {
        let training = &mut self.training;
        let Some(train) = train.filter(|_| !training.phase.is_active()) else { return };
        training.draft_train = if train.task.is_encoder() {
            // The rest is of no use for a model.
            training.draft_train.clone().sized_as(train)
        } else {
            train.clone()
        };
    }

    /// Takes settings that the person changed in the panel: a run that may go on takes the changes, too.
    pub(super) fn edit_train(&mut self, new: TrainSettings) {
        let training = &mut self.training;
        let own = training.open_run.as_mut().map(|run| &mut run.train);
        for own in own.into_iter().chain(training.run_train.as_mut()) {
            carry_changes(&training.draft_train, &new, own);
        }
        training.draft_train = new;
    }

    /// Goes on with the open run in its folder, on its own data.
    pub(super) fn resume_run(&mut self) {
        let Some(run) = self.resumable() else { return };
        // The drafted architecture is a new run's: whatever is wrong with it does not matter here.
        if let Err(error) = run.train.validate() {
            let text = format!("Training did not start: {error}.");
            return self.notify(NoticeLevel::Error, text);
        }
        let mut settings = self.run_settings();
        settings.train = run.train.clone();
        settings.use_open_data = self.uses_open_data(run);
        settings.out = Some(run.folder.clone());
        settings.resume = true;
        settings.continue_model = false;
        self.send(Command::StartTraining(settings));
    }

    /// Whether the open data set was chosen for this run under Run folder.
    fn uses_open_data(&self, run: &OpenRun) -> bool {
        self.training.use_open_data && Path::new(self.training.out_text.trim()) == run.folder
    }
}

#[cfg(test)]
mod tests {
    use super::{AppState, Command, DatasetSource, RunData, TrainSettings};
    use crate::app::Action;
    use crate::protocol::{
        DatasetOptions, DatasetSummary, Event, Family, Frame, LiveSettings, ModelSpec, RunSettings,
        StopReason,
    };

    fn ended(step: u64) -> AppState {
        let mut state = AppState::default();
        let folder = Some("/runs/1".into());
        state.apply_event(Event::TrainingEnded { reason: StopReason::Stopped, step, folder });
        state
    }

    fn looked_at(data: RunData) -> Event {
        let train = TrainSettings { batch: 12, ..TrainSettings::default() };
        Event::RunLookedAt { folder: "/runs/1".into(), data, train: Some(Box::new(train)) }
    }

    fn recorded(source: DatasetSource, missing: Option<&str>) -> RunData {
        RunData::Recorded { source, options: Box::default(), missing: missing.map(str::to_owned) }
    }

    fn summary(source: DatasetSource, options: DatasetOptions) -> DatasetSummary {
        DatasetSummary {
            name: "cats".to_owned(),
            source,
            options,
            train_count: 9,
            held_out_count: 1,
            labels: Vec::new(),
            labelling: None,
            has_file_names: true,
            skipped: Vec::new(),
            remarks: Vec::new(),
            in_memory: true,
            thumbnails: Frame { width_px: 0, height_px: 0, rgba: Default::default() },
            thumbnail_columns: 0,
            thumbnail_count: 0,
        }
    }

    fn started(state: &AppState) -> Option<&RunSettings> {
        match state.outbox.back() {
            Some(Command::StartTraining(run)) => Some(run),
            _ => None,
        }
    }

    #[test]
    fn a_stopped_run_goes_on_in_its_own_folder_and_train_begins_another() {
        let mut state = ended(300);
        assert!(matches!(state.outbox.back(), Some(Command::LookAtRun(_))));
        assert_eq!(state.resumable(), None, "nobody has looked yet");
        state.apply_event(looked_at(recorded(DatasetSource::Portraits, None)));
        assert_eq!(state.resume_obstacle(), None);
        state.apply_action(Action::ResumeRun);
        let run = started(&state).expect("a start");
        assert_eq!(run.out.as_deref(), Some(std::path::Path::new("/runs/1")));
        assert!(run.resume && !run.use_open_data && !run.continue_model);

        state.send_start();
        let run = started(&state).expect("a start");
        assert_eq!((run.resume, &run.out), (false, &None));
    }

    #[test]
    fn what_is_no_run_is_not_offered_and_an_obstacle_is_told() {
        let mut state = ended(300);
        state.apply_event(looked_at(RunData::NoRun("no config.json".to_owned())));
        assert_eq!(state.training.open_run, None);

        let mut state = ended(300);
        let photos = DatasetSource::Path("/pictures/cats".into());
        state.apply_event(looked_at(recorded(photos.clone(), Some("it does not exist"))));
        assert!(state.resume_obstacle().is_some_and(|why| why.contains("it does not exist")));
        assert_eq!(state.data_to_offer(), None, "they are not there");
        state.apply_event(looked_at(recorded(photos.clone(), None)));
        assert_eq!(state.data_to_offer(), Some(&photos));
        let steps = |state: &mut AppState, steps| {
            let train = TrainSettings { steps, ..state.training.draft_train.clone() };
            state.apply_action(Action::EditTrain(train));
        };
        steps(&mut state, 300);
        assert!(state.resume_obstacle().is_some_and(|why| why.contains("raise Steps")));
        steps(&mut state, 0);
        assert_eq!(state.resume_obstacle(), None, "until stopped");
    }

    #[test]
    fn the_data_of_a_run_bring_their_options_into_the_panel_however_they_are_opened() {
        let photos = DatasetSource::Path("/pictures/cats".into());
        let options =
            DatasetOptions { image_size: 32, channels: 1, seed: 7, ..DatasetOptions::default() };
        let small = |state: &mut AppState| {
            let chosen = DatasetOptions { image_size: 16, channels: 3, ..Default::default() };
            state.apply_action(Action::EditDatasetOptions(chosen));
        };
        // The engine opens them on Resume, without a word from the window.
        let mut state = ended(300);
        small(&mut state);
        let opened = || {
            let (source, options) = (photos.clone(), options.clone());
            Event::DatasetOpened(Box::new(summary(source, options)))
        };
        state.apply_event(Event::DatasetProgress { done: 1, total: 2 });
        state.apply_event(opened());
        let panel = |state: &AppState| {
            let (draft, spec) = (&state.dataset.draft, &state.training.draft_spec);
            (draft.image_size, draft.channels, draft.seed, spec.image_size, spec.channels)
        };
        assert_eq!(panel(&state), (32, 1, 7, 32, 1));
        assert_eq!(state.dataset.path_text, "/pictures/cats");
        state.apply_action(Action::OpenDataset(DatasetSource::Portraits));
        assert!(matches!(state.outbox.back(), Some(Command::OpenDataset(_, read))
            if (read.image_size, read.channels) == (32, 1)));

        // The person opens them for a new run.
        let mut state = ended(300);
        let data = RunData::Recorded {
            source: photos.clone(),
            options: options.clone().into(),
            missing: None,
        };
        state.apply_event(looked_at(data));
        small(&mut state);
        let asked = state.data_to_offer().cloned().expect("they are offered");
        state.apply_action(Action::OpenRunData(asked));
        assert!(matches!(state.outbox.back(), Some(Command::OpenDataset(source, read))
            if *source == photos && *read == options));
        state.apply_event(opened());
        assert_eq!(panel(&state), (32, 1, 7, 32, 1));
        // What is opened from the panel is read as the panel says, and what was chosen meanwhile stays.
        state.apply_action(Action::OpenDataset(DatasetSource::Portraits));
        small(&mut state);
        state.apply_event(opened());
        assert_eq!(state.dataset.draft.image_size, 16);
    }

    #[test]
    fn a_run_goes_on_as_it_was_trained_but_for_what_the_person_changed() {
        let mut state = ended(300);
        let own = LiveSettings { beta: 3.0, ema_decay: 0.9, ..LiveSettings::default() };
        let own = TrainSettings { batch: 12, checkpoint_every: 7, live: own, ..Default::default() };
        let data = recorded(DatasetSource::Portraits, None);
        let train = Some(Box::new(own.clone()));
        state.apply_event(Event::RunLookedAt { folder: "/runs/1".into(), data, train });
        assert_eq!(state.training.draft_train, own, "the person sees them");

        // Another family for a new run brings its defaults, and a latent that cannot be built.
        let spec = ModelSpec { latent: 600, ..ModelSpec::for_family(Family::Vae) };
        state.apply_action(Action::EditSpec(spec));
        let draft = state.training.draft_train.clone();
        assert_ne!(draft.live, own.live);
        state.apply_action(Action::EditTrain(TrainSettings { steps: 900, ..draft.clone() }));
        state.apply_action(Action::Tune(LiveSettings { beta: 5.0, ..draft.live }));
        assert_eq!(state.resume_obstacle(), None, "the latent is the new run's");
        state.apply_action(Action::ResumeRun);
        let sent = started(&state).expect("a start").train.clone();
        let live = LiveSettings { beta: 5.0, ..own.live.clone() };
        assert_eq!(sent, TrainSettings { steps: 900, live, ..own });
    }
}
