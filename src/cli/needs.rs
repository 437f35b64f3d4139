//! What a run will need, told before it begins.

use crate::protocol::{RunSettings, estimate, estimate_encoder};

/// Parameters and memory in one line, and whether the memory is more than the machine has.
pub(super) fn needs(run: &RunSettings, memory_bytes: Option<u64>) -> (String, Option<String>) {
    let trains_encoder = run.train.task.is_encoder();
    let estimate = if trains_encoder { estimate_encoder } else { estimate };
    let needs = estimate(&run.spec, run.train.batch);
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

fn gib(bytes: u64) -> String {
    let mib = bytes as f64 / f64::from(1 << 20);
    if mib < 1024.0 { format!("{mib:.0} MiB") } else { format!("{:.1} GiB", mib / 1024.0) }
}

#[cfg(test)]
mod tests {
    use super::needs;
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
    }
}
