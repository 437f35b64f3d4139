//! A run that needs more memory than the machine has: the person is asked before it begins.
//!
//! The estimate may be too high, so nothing is refused; but a machine that runs out of memory may end the
//! program, with whatever else is open in it.

use super::action::Action;
use super::state::{AppState, OpenWindows};
use crate::protocol::{estimate, estimate_encoder};

/// A run that waits for the person's word.
#[derive(Debug, Clone, PartialEq)]
pub struct Oversized {
    /// Bytes it takes to train it: an estimate.
    pub needed_bytes: u64,
    /// Bytes the machine has.
    pub memory_bytes: u64,
    /// What begins it.
    action: Box<Action>,
}

impl AppState {
    /// Holds back a run that is too large for the machine, and asks; anything else goes on.
    pub(super) fn ask_before_oversized(&mut self, action: Action) -> Option<Action> {
        if let Action::TrainOversized(train) = action {
            let held = self.windows.oversized.take()?;
            return train.then_some(*held.action);
        }
        let memory = self.device.as_ref().and_then(|device| device.memory_bytes);
        let needed = self.bytes_to_train(&action);
        match needed.zip(memory).filter(|(needed, memory)| needed > memory) {
            Some((needed_bytes, memory_bytes)) => {
                let action = Box::new(action);
                let oversized = Some(Oversized { needed_bytes, memory_bytes, action });
                self.windows = OpenWindows { oversized, ..OpenWindows::default() };
                None
            }
            None => Some(action),
        }
    }

    /// What the run that an action begins takes, where it begins one and its networks are known.
    fn bytes_to_train(&self, action: &Action) -> Option<u64> {
        let run = self.resumable();
        let open = self.model.as_ref().map(|model| &model.spec);
        let (spec, batch) = match action {
            Action::StartTraining if self.check_start().is_err() => return None,
            // A run in a typed folder has its own networks: known are those of the open one.
            Action::StartTraining if self.resumes() => {
                let train = self.training.run_train.as_ref()?;
                run.filter(|run| run.folder == self.named_folder())?;
                (open?, train.batch)
            }
            Action::StartTraining => (&self.training.draft_spec, self.training.draft_train.batch),
            Action::ResumeRun => (open?, run?.train.batch),
            Action::TrainEncoder => {
                return Some(
                    estimate_encoder(open?, self.training.draft_train.batch).training_bytes,
                );
            }
            _ => return None,
        };
        Some(estimate(spec, batch).training_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, AppState};
    use crate::app::attributes::tests::model;
    use crate::protocol::{Command, DeviceChoice, DeviceInfo, DeviceKind, ModelSummary};

    fn on_a_machine_with(gib: u64) -> AppState {
        let device = DeviceInfo {
            name: "CPU".to_owned(),
            backend: "flex".to_owned(),
            kind: DeviceKind::Cpu,
            memory_bytes: Some(gib << 30),
            memory_note: String::new(),
            choice: DeviceChoice::Cpu,
        };
        let mut state = AppState { device: Some(device), ..AppState::default() };
        (state.training.draft_spec.width, state.training.draft_train.batch) = (256, 1024);
        state
    }

    fn begins(state: &AppState) -> bool {
        // Without an open data set it is read first.
        matches!(state.outbox.back(), Some(Command::OpenDataset(..)))
    }

    #[test]
    fn a_run_above_the_machines_memory_begins_only_with_the_persons_word() {
        let mut state = on_a_machine_with(8);
        state.apply_action(Action::StartTraining);
        assert!(state.outbox.is_empty() && !state.training.start_when_read);
        let asked = state.windows.oversized.clone().expect("a question");
        assert_eq!(asked.memory_bytes, 8 << 30);
        assert!(asked.needed_bytes > asked.memory_bytes);
        state.apply_action(Action::TrainOversized(false));
        assert!(state.outbox.is_empty() && !state.windows.any());

        state.apply_action(Action::StartTraining);
        state.apply_action(Action::TrainOversized(true));
        assert!(begins(&state) && !state.windows.any());
    }

    #[test]
    fn an_encoder_that_is_too_large_is_asked_about_too() {
        let mut state = on_a_machine_with(8);
        let spec = state.training.draft_spec.clone();
        state.model = Some(ModelSummary { spec, ..model("a") }.into());
        state.apply_action(Action::TrainEncoder);
        assert!(state.windows.oversized.is_some() && !begins(&state));
    }

    #[test]
    fn what_fits_and_what_cannot_begin_at_all_is_not_asked_about() {
        let mut state = on_a_machine_with(4096);
        state.apply_action(Action::StartTraining);
        assert!(begins(&state));
        let mut state = on_a_machine_with(8);
        state.training.draft_spec.latent = 600;
        state.apply_action(Action::StartTraining);
        assert!(!state.windows.any() && state.notices.len() == 1, "it is refused at once");
        let mut state = on_a_machine_with(8);
        state.device = None;
        state.apply_action(Action::StartTraining);
        assert!(begins(&state), "nobody knows what a GPU has");
    }
}
