//! Losses on their way from the device to the curves: summed there, read back only at a report.

use std::time::{Duration, Instant};

use burn::tensor::Tensor;

use crate::imaging::values_from_tensor;
use crate::protocol::{LiveSettings, LossPoint, TrainProgress};
use crate::train::StepStats;

/// At most 20 reports a second.
const INTERVAL: Duration = Duration::from_millis(50);

/// Gathers steps into reports.
#[derive(Debug)]
pub(super) struct Reporter {
    sums: Vec<(&'static str, Tensor<1>)>,
    step_from: u64,
    count: u64,
    images: usize,
    last: Instant,
    /// Time trained before `last`, pauses excluded.
    trained: Duration,
}

impl Reporter {
    /// A reporter for a run that goes on after `step`.
    pub(super) fn new(step: u64) -> Self {
        Self {
            sums: Vec::new(),
            step_from: step + 1,
            count: 0,
            images: 0,
            last: Instant::now(),
            trained: Duration::ZERO,
        }
    }

    /// Counts the seconds trained before; what is no time counts nothing.
    pub(super) fn go_on_after(&mut self, trained_secs: f64) {
        self.trained += Duration::try_from_secs_f64(trained_secs).unwrap_or_default();
    }

    /// Whether this step's losses are those of the steps gathered so far: a term may begin or end
    /// while a run goes on, and a report is a mean over steps that all had it.
    pub(super) fn takes(&self, stats: &StepStats) -> bool {
        let names = |losses: &[(&'static str, Tensor<1>)]| -> Vec<&str> {
            losses.iter().map(|(name, _)| *name).collect()
        };
        self.sums.is_empty() || names(&self.sums) == names(&stats.losses)
    }

    /// Takes one step's losses, which it [takes](Self::takes).
    pub(super) fn add(&mut self, stats: StepStats, images: usize) {
        self.count += 1;
        self.images += images;
        if self.sums.is_empty() {
            self.sums = stats.losses;
            return;
        }
        let old = std::mem::take(&mut self.sums).into_iter();
        self.sums =
            old.zip(stats.losses).map(|((name, sum), (_, new))| (name, sum + new)).collect();
    }

    /// Whether it is time for a report.
    pub(super) fn is_due(&self) -> bool {
        self.count > 0 && self.last.elapsed() >= INTERVAL
    }

    /// Leaves the time of a pause out of the speed.
    pub(super) fn resume(&mut self) {
        self.last = Instant::now();
    }

    /// The report over the steps gathered, read back from the device.
    ///
    /// # Errors
    /// When the device cannot be read.
    pub(super) fn report(
        &mut self,
        steps_total: u64,
        live: &LiveSettings,
    ) -> Result<Option<TrainProgress>, String> {
        if self.count == 0 {
            return Ok(None);
        }
        let (names, sums): (Vec<_>, Vec<_>) = std::mem::take(&mut self.sums).into_iter().unzip();
        // One read for all losses: each would wait for the GPU on its own.
        let values = values_from_tensor(Tensor::cat(sums, 0))?;
        let losses = names
            .into_iter()
            .zip(values)
            .map(|(name, sum)| LossPoint {
                name: name.to_owned(),
                value: f64::from(sum) / self.count as f64,
            })
            .collect();
        let elapsed = self.last.elapsed();
        self.trained += elapsed;
        let report = TrainProgress {
            step_from: self.step_from,
            step: self.step_from + self.count - 1,
            steps_total,
            losses,
            images_per_sec: self.images as f64 / elapsed.as_secs_f64().max(1e-9),
            elapsed_secs: self.trained.as_secs_f64(),
            live: live.clone(),
        };
        self.step_from += self.count;
        self.count = 0;
        self.images = 0;
        self.last = Instant::now();
        Ok(Some(report))
    }
}
