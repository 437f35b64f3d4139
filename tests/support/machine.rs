//! How busy the machine is, so that limits on times are judged only where nobody else works on it.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::io::Write as _;
use std::time::Instant;

/// Tells a figure on standard error, past what a test run hides.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Processor seconds: of this process, and of everything on the machine. Linux tells, others do not.
fn processor_seconds() -> Option<(f64, f64)> {
    // The kernel counts in hundredths of a second wherever it tells them to programs.
    let ticks = |field: &str| field.parse::<f64>().ok().map(|ticks| ticks / 100.0);
    let own = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the command's name in parentheses: state is field 3, utime 14, stime 15.
    let fields: Vec<&str> = own.rsplit_once(')')?.1.split_whitespace().collect();
    let own = ticks(fields.get(11)?)? + ticks(fields.get(12)?)?;
    let all = std::fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<f64> =
        all.lines().next()?.split_whitespace().skip(1).filter_map(ticks).collect();
    // user nice system idle iowait irq softirq steal
    let busy = fields.get(..8)?.iter().sum::<f64>() - fields[3] - fields[4];
    Some((own, busy))
}

/// How many cores others kept busy, since it was made.
pub struct Others(Instant, Option<(f64, f64)>);

impl Others {
    pub fn watch() -> Self {
        Self(Instant::now(), processor_seconds())
    }

    /// `None` where nothing can be known.
    pub fn cores(&self) -> Option<f64> {
        let ((own_then, all_then), (own, all)) = (self.1?, processor_seconds()?);
        let others = (all - all_then) - (own - own_then);
        Some((others / self.0.elapsed().as_secs_f64()).max(0.0))
    }

    /// Whether a limit can be judged: two cores, and nobody else on them.
    pub fn are_quiet(&self) -> bool {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let others = self.cores();
        match others {
            Some(busy) => say(&format!("{cores} cores, others kept {busy:.2} of them busy")),
            None => say("how busy the machine is cannot be known here"),
        }
        let quiet = cores >= 2 && others.is_some_and(|busy| busy < 0.15);
        if !quiet {
            say("NOT JUDGED: the limits hold for two idle cores");
        }
        quiet
    }
}

/// The value below which this share of all lies.
pub fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1).expect("something was measured");
    values[(last as f64 * share).round() as usize]
}
