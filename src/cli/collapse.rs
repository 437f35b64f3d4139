//! Whether a run's losses say that nothing is learnt any more.

use crate::protocol::TrainProgress;

/// Below this the discriminator is never wrong, and the generator's gradient is noise.
const LOW: f64 = 1e-3;
/// For as many steps, it is no accident.
const STEPS: u64 = 50;

/// Looks at every report of a run.
#[derive(Debug, Default)]
pub(super) struct Collapse {
    /// Since which step D's loss has been low.
    low_since: Option<u64>,
    last: Option<TrainProgress>,
}

impl Collapse {
    /// Takes in a report.
    pub(super) fn take(&mut self, progress: &TrainProgress) {
        let low = loss(progress, "d_loss").is_some_and(|value| value < LOW);
        self.low_since = low.then(|| self.low_since.unwrap_or(progress.step_from));
        self.last = Some(progress.clone());
    }

    /// What is wrong at the end, and what to do.
    pub(super) fn warning(&self) -> Option<String> {
        let last = self.last.as_ref()?;
        if let Some(broken) = last.losses.iter().find(|point| !point.value.is_finite()) {
            return Some(format!(
                "{} is no longer a number at step {}: lower --lr and train again",
                broken.name, last.step
            ));
        }
        let steps = (last.step + 1).saturating_sub(self.low_since?);
        if steps < STEPS {
            return None;
        }
        let g_loss = loss(last, "g_loss").map_or(String::new(), |g| format!(" (g_loss {g:.1})"));
        Some(format!(
            "the run has collapsed: d_loss stayed below {LOW} for the last {steps} steps{g_loss}, so \
             the generator learns nothing more; lower --lr, or --lr-d alone, and train again"
        ))
    }
}

fn loss(progress: &TrainProgress, name: &str) -> Option<f64> {
    progress.losses.iter().find(|point| point.name == name).map(|point| point.value)
}

#[cfg(test)]
mod tests {
    use super::Collapse;
    use crate::protocol::{LiveSettings, LossPoint, TrainProgress};

    fn watched(reports: &[(u64, u64, f64)]) -> Option<String> {
        let mut collapse = Collapse::default();
        for &(step_from, step, d_loss) in reports {
            let point = |name: &str, value| LossPoint { name: name.to_owned(), value };
            collapse.take(&TrainProgress {
                step_from,
                step,
                steps_total: 0,
                losses: vec![point("d_loss", d_loss), point("g_loss", 556.2)],
                images_per_sec: 1.0,
                elapsed_secs: 1.0,
                live: LiveSettings::default(),
            });
        }
        collapse.warning()
    }

    #[test]
    fn a_discriminator_that_is_never_wrong_for_long_is_told() {
        assert_eq!(watched(&[(1, 60, 0.0), (61, 61, 0.7)]), None, "it came back");
        assert_eq!(watched(&[(1, 60, 0.7), (61, 90, 0.0)]), None, "not for long");
        let text = watched(&[(1, 60, 0.7), (61, 90, 0.0), (91, 110, 1e-4)]).expect("a warning");
        assert!(text.contains("last 50 steps") && text.contains("556.2"), "{text}");
        assert!(watched(&[(1, 1, f64::NAN)]).is_some_and(|text| text.contains("d_loss")));
    }
}
