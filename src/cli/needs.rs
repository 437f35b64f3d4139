//! What a run will need, told before it begins.

use super::outcome::Usage;
use crate::protocol::{Estimate, RunSettings, estimate, estimate_encoder};

/// Above this multiple of the machine's memory a run is refused: the estimate is not off by so much, and a
/// machine that swaps its tensors does nothing else until the system ends the program without a word.
const REFUSED_ABOVE: f64 = 1.5;

fn estimate_run(run: &RunSettings) -> Estimate {
    let of_task = if run.train.task.is_encoder() { estimate_encoder } else { estimate };
    of_task(&run.spec, run.train.batch)
}

/// Parameters and memory in one line, and whether the memory is more than the machine has.
pub(super) fn needs(run: &RunSettings, memory_bytes: Option<u64>) -> (String, Option<String>) {
    let trains_encoder = run.train.task.is_encoder();
    let needs = estimate_run(run);
    let networks = needs.networks;
    let (what, count) = if trains_encoder {
        (format!("encoder for a {}", run.spec.family), networks.encoder)
    } else {
        let count = networks.generator + networks.encoder + networks.discriminator;
        (run.spec.family.to_string(), count)
    };
    let wanted = gib(needs.training_bytes);
    let text = format!("{what} with {count} parameters, about {wanted} of memory while training");
    let warning = memory_bytes.filter(|memory| needs.training_bytes > *memory).map(|memory| {
        format!(
            "training needs about {wanted} of memory and this machine has {}: a smaller --batch, \
             --width or --size needs less",
            gib(memory)
        )
    });
    (text, warning)
}

/// Refuses what the machine cannot hold by far.
///
/// # Errors
/// [`Usage`], with the options that need less.
pub(super) fn refuse_oversized(run: &RunSettings, memory_bytes: Option<u64>) -> Result<(), Usage> {
    let needed = estimate_run(run).training_bytes;
    let Some(memory) = memory_bytes.filter(|&has| needed as f64 > has as f64 * REFUSED_ABOVE)
    else {
        return Ok(());
    };
    // What a run goes on with has its architecture.
    let lower = if run.resume { "--batch" } else { "--batch, --width or --size" };
    Err(Usage(format!(
        "training needs about {} of memory and this machine has {}: lower {lower} (--force trains all the same)",
        gib(needed),
        gib(memory)
    )))
}

fn gib(bytes: u64) -> String {
    let mib = bytes as f64 / f64::from(1 << 20);
    if mib < 1024.0 { format!("{mib:.0} MiB") } else { format!("{:.1} GiB", mib / 1024.0) }
}

#[cfg(test)]
mod tests {
    use super::{needs, refuse_oversized};
    use crate::protocol::{ModelSpec, RunSettings, TrainSettings};

    #[test]
    fn a_run_that_does_not_fit_is_told_so() {
        let run = |width, batch| RunSettings {
            spec: ModelSpec { width, ..ModelSpec::default() },
            train: TrainSettings { batch, ..TrainSettings::default() },
            out: None,
            resume: false,
            use_open_data: false,
            continue_model: false,
            init: None,
        };
        let (text, warning) = needs(&run(8, 4), Some(8 << 30));
        assert!(text.contains("vae-gan with") && text.contains("MiB"), "{text}");
        assert_eq!(warning, None);
        let (_, warning) = needs(&run(256, 1024), Some(8 << 30));
        assert!(warning.is_some_and(|text| text.contains("8.0 GiB") && text.contains("--batch")));
        assert_eq!(needs(&run(256, 1024), None).1, None, "nobody knows");

        let refused = |run: &RunSettings, memory| refuse_oversized(run, memory).err();
        let large = run(256, 1024);
        let text = refused(&large, Some(8 << 30)).expect("refused").0;
        assert!(text.contains("8.0 GiB: lower --batch, --width or --size (--force"), "{text}");
        let resumed = RunSettings { resume: true, ..large.clone() };
        let text = refused(&resumed, Some(8 << 30)).expect("refused").0;
        assert!(text.contains("lower --batch (") && !text.contains("--width"), "{text}");
        let needed = crate::protocol::estimate(&large.spec, 1024).training_bytes;
        assert!(refused(&large, Some(needed / 5 * 4)).is_none(), "a little more: a warning only");
        assert!(refused(&large, None).is_none(), "nobody knows");
    }
}
