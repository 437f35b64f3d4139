//! A run that was cut off: by a crash, a kill, a power cut. The next start says so.
//!
//! While a run is under way its folder is remembered in the preferences, with the step it was saved at; an
//! end by whatever reason forgets it. What is still remembered at a start was cut off.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::state::AppState;
use crate::protocol::NoticeLevel;

/// A run under way, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnderWay {
    /// Its folder.
    pub folder: PathBuf,
    /// The step it was last saved at; 0 where it was not.
    pub saved_step: u64,
}

impl AppState {
    /// A run goes on, or was saved.
    pub(super) fn remember_under_way(&mut self, folder: PathBuf, saved_step: Option<u64>) {
        let known = self.preferences.under_way.as_ref().filter(|known| known.folder == folder);
        let saved_step = saved_step.or(known.map(|known| known.saved_step)).unwrap_or(0);
        let under_way = Some(UnderWay { folder, saved_step });
        if self.training.phase.is_active() && self.preferences.under_way != under_way {
            self.preferences.under_way = under_way;
            self.preferences_changed = true;
        }
    }

    /// The run has ended: nothing was cut off.
    pub(super) fn forget_under_way(&mut self) {
        self.preferences_changed |= self.preferences.under_way.take().is_some();
    }

    /// At the start: tells of a run that was cut off, and offers to open it.
    pub(super) fn tell_of_interrupted_run(&mut self) {
        let Some(cut_off) = self.preferences.under_way.take() else { return };
        self.preferences_changed = true;
        let gone = cut_off.saved_step > 0 && !cut_off.folder.join("model.safetensors").is_file();
        if gone {
            return;
        }
        let place = super::display_path(&cut_off.folder);
        if cut_off.saved_step == 0 {
            let text =
                format!("The last training, in {place}, was cut off before it was first saved.");
            return self.notify(NoticeLevel::Warning, text);
        }
        let text = format!(
            "The last training, in {place}, was cut off. It is saved at step {}: open it in the Training \
             panel, then Resume goes on with it.",
            cut_off.saved_step
        );
        self.notify(NoticeLevel::Warning, text);
        self.training.cut_off = Some(cut_off);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{AppState, UnderWay};
    use crate::protocol::{Event, Phase, StopReason, TrainSettings};

    fn run(state: &mut AppState, folder: &Path) {
        let settings = Box::new(TrainSettings::default());
        let folder = folder.to_owned();
        state.apply_event(Event::Training(Phase::Running { folder, settings }));
    }

    #[test]
    fn a_run_that_was_cut_off_is_told_at_the_next_start_and_only_then() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("g1");
        let mut state = AppState::default();
        run(&mut state, &folder);
        assert!(state.take_preferences_changed());
        state.apply_event(Event::RunSaved { folder: folder.clone(), step: 400 });
        assert!(state.take_preferences_changed(), "to be written at once");
        let kept = state.preferences.under_way.clone();
        assert_eq!(kept, Some(UnderWay { folder: folder.clone(), saved_step: 400 }));

        // A pause and going on is the same run.
        run(&mut state, &folder);
        assert_eq!(state.preferences.under_way, kept);

        let mut next = AppState::new(state.preferences.clone());
        next.tell_of_interrupted_run();
        assert!(next.notices.is_empty(), "it was removed since");
        std::fs::create_dir(&folder).expect("made");
        std::fs::write(folder.join("model.safetensors"), "m").expect("written");
        let mut next = AppState::new(state.preferences.clone());
        next.tell_of_interrupted_run();
        let told = &next.notices[0].notice.text;
        assert!(told.contains("g1") && told.contains("step 400"), "{told}");
        assert_eq!((&next.training.cut_off, &next.preferences.under_way), (&kept, &None));
    }

    #[test]
    fn a_run_that_ended_is_forgotten() {
        let mut state = AppState::default();
        run(&mut state, Path::new("/runs/g1"));
        let folder = Some("/runs/g1".into());
        state.apply_event(Event::RunSaved { folder: "/runs/g1".into(), step: 5 });
        state.apply_event(Event::TrainingEnded { reason: StopReason::Stopped, step: 5, folder });
        let mut next = AppState::new(state.preferences.clone());
        next.tell_of_interrupted_run();
        assert!(next.notices.is_empty() && next.training.cut_off.is_none());
    }
}
