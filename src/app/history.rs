//! The losses of a run as curves: bounded, whatever the run's length.
//!
//! Each report covers a range of steps. When a series grows past [`MAX_POINTS`], neighbouring points
//! merge into their mean weighted by the steps they cover, so a curve of a million steps stays honest.

use std::collections::BTreeMap;

use crate::protocol::{LossPoint, PastReport, TrainProgress};

/// Points kept per series; reaching it halves the series.
pub const MAX_POINTS: usize = 4096;

/// One named curve.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    points: Vec<[f64; 2]>,
    /// Steps each point covers.
    weights: Vec<f64>,
}

impl Series {
    /// (step, value) pairs in rising order of step. A value may be NaN or infinite where a run broke.
    pub fn points(&self) -> &[[f64; 2]] {
        &self.points
    }

    /// The newest value.
    pub fn last(&self) -> Option<f64> {
        self.points.last().map(|point| point[1])
    }

    fn push(&mut self, step: f64, value: f64, weight: f64) {
        // After a return to an earlier checkpoint, what came later is no longer true.
        while self.points.last().is_some_and(|point| point[0] >= step) {
            self.points.pop();
            self.weights.pop();
        }
        self.points.push([step, value]);
        self.weights.push(weight);
        if self.points.len() >= MAX_POINTS {
            self.halve();
        }
    }

    fn halve(&mut self) {
        let pairs = self.points.len() / 2;
        for index in 0..pairs {
            let (a, b) = (self.points[2 * index], self.points[2 * index + 1]);
            let (wa, wb) = (self.weights[2 * index], self.weights[2 * index + 1]);
            self.points[index] = [b[0], (a[1] * wa + b[1] * wb) / (wa + wb)];
            self.weights[index] = wa + wb;
        }
        // An odd last point stays as it is.
        if self.points.len() % 2 == 1 {
            self.points[pairs] = self.points[self.points.len() - 1];
            self.weights[pairs] = self.weights[self.weights.len() - 1];
        }
        let kept = self.points.len().div_ceil(2);
        self.points.truncate(kept);
        self.weights.truncate(kept);
    }
}

/// All curves of a run.
#[derive(Debug, Clone, Default)]
pub struct LossHistory {
    series: BTreeMap<String, Series>,
    speed: Series,
    revision: u64,
}

impl LossHistory {
    /// Takes in a report.
    pub fn append(&mut self, progress: &TrainProgress) {
        let TrainProgress { step_from, step, images_per_sec, .. } = *progress;
        self.add((step_from, step), &progress.losses, images_per_sec);
        self.revision += 1;
    }

    /// Replaces all by what was reported earlier.
    pub fn replace(&mut self, past: &[PastReport]) {
        self.clear();
        for report in past {
            let steps = (report.step_from, report.step);
            self.add(steps, &report.losses, report.images_per_sec);
        }
    }

    fn add(&mut self, (from, to): (u64, u64), losses: &[LossPoint], images_per_sec: f64) {
        let (step, weight) = (to as f64, to.saturating_sub(from) as f64 + 1.0);
        for loss in losses {
            self.series.entry(loss.name.clone()).or_default().push(step, loss.value, weight);
        }
        self.speed.push(step, images_per_sec, weight);
    }

    /// Empties all curves for a new run.
    pub fn clear(&mut self) {
        self.series.clear();
        self.speed = Series::default();
        self.revision += 1;
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// Names of the losses, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.series.keys().map(String::as_str)
    }

    /// All losses, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Series)> {
        self.series.iter().map(|(name, series)| (name.as_str(), series))
    }

    /// One loss by name.
    pub fn series(&self, name: &str) -> Option<&Series> {
        self.series.get(name)
    }

    /// Pictures per second over the run.
    pub fn speed(&self) -> &Series {
        &self.speed
    }

    /// The speed of late: the median of the last reports, because a single one jumps, and the one at a
    /// pause or stop counts the step that was dropped.
    pub fn steady_images_per_sec(&self) -> Option<f64> {
        const LATE: usize = 20;
        let points = self.speed.points();
        let late = &points[points.len().saturating_sub(LATE)..];
        let mut speeds: Vec<f64> =
            late.iter().map(|point| point[1]).filter(|speed| speed.is_finite()).collect();
        speeds.sort_by(f64::total_cmp);
        speeds.get(speeds.len() / 2).copied()
    }

    /// Changes whenever the curves do: a key for caches of smoothed curves.
    pub fn revision(&self) -> u64 {
        self.revision
    }
}

#[cfg(test)]
mod tests {
    use super::{LossHistory, MAX_POINTS};
    use crate::protocol::{LiveSettings, LossPoint, PastReport, TrainProgress};

    fn report(step_from: u64, step: u64, value: f64) -> TrainProgress {
        TrainProgress {
            step_from,
            step,
            steps_total: 0,
            losses: vec![LossPoint { name: "loss".to_owned(), value }],
            images_per_sec: 100.0,
            elapsed_secs: step as f64,
            live: LiveSettings::default(),
        }
    }

    #[test]
    fn a_long_run_stays_bounded_and_keeps_its_mean_and_end() {
        let mut history = LossHistory::default();
        let steps = 3 * MAX_POINTS as u64 + 1;
        for step in 1..=steps {
            history.append(&report(step, step, step as f64));
        }
        let series = history.series("loss").expect("the series");
        assert!(series.points().len() < MAX_POINTS);
        assert_eq!(series.last(), Some(steps as f64));
        let total: f64 = series.points.iter().zip(&series.weights).map(|(p, w)| p[1] * w).sum();
        let expected = (steps * (steps + 1) / 2) as f64;
        assert!((total - expected).abs() < 1e-3, "{total} against {expected}");
        assert!(series.points().windows(2).all(|pair| pair[0][0] < pair[1][0]));
    }

    #[test]
    fn going_back_to_an_earlier_step_cuts_what_came_later() {
        let mut history = LossHistory::default();
        for step in 1..=10 {
            history.append(&report(step, step, 1.0));
        }
        history.append(&report(5, 5, 2.0));
        let series = history.series("loss").expect("the series");
        assert_eq!(series.points().len(), 5);
        assert_eq!(series.last(), Some(2.0));
    }

    #[test]
    fn the_past_of_a_resumed_run_and_its_new_reports_are_one_curve() {
        let mut history = LossHistory::default();
        history.append(&report(1, 900, 9.0));
        let past = |step_from, step, value| PastReport {
            step_from,
            step,
            losses: vec![LossPoint { name: "loss".to_owned(), value }],
            images_per_sec: 10.0,
        };
        history.replace(&[past(1, 40, 3.0), past(41, 80, 2.0)]);
        history.append(&report(81, 81, 1.0));
        let series = history.series("loss").expect("the series");
        assert_eq!(series.points(), [[40.0, 3.0], [80.0, 2.0], [81.0, 1.0]]);
        assert_eq!(history.speed().points().len(), 3);
    }

    #[test]
    fn the_speed_of_late_is_not_that_of_one_odd_report() {
        let mut history = LossHistory::default();
        assert_eq!(history.steady_images_per_sec(), None);
        for step in 1..=30 {
            history.append(&report(step, step, 1.0));
        }
        history.append(&TrainProgress { images_per_sec: 3.0, ..report(31, 31, 1.0) });
        assert_eq!(history.steady_images_per_sec(), Some(100.0));
    }

    #[test]
    fn merged_reports_weigh_by_their_steps() {
        let mut history = LossHistory::default();
        history.append(&report(1, 3, 1.0));
        history.append(&report(4, 4, 5.0));
        let mut series = history.series("loss").expect("the series").clone();
        series.halve();
        assert_eq!(series.points(), &[[4.0, 2.0]]);
    }
}
