//! Which of the listed adapters a choice takes, and why the others were left: decided from what is known
//! before any of them is opened. [`super::device`] calls it and opens what it says.

use crate::protocol::{DeviceChoice, DeviceInfo, DeviceKind, ListedDevice};

/// Why a device computes that was named itself.
const BY_HAND: &str = "chosen by hand, here or with --device";

/// What is known of an adapter before it is opened.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// For people.
    pub info: DeviceInfo,
    /// Why it cannot be opened at all.
    pub closed: Option<&'static str>,
}

/// What became of a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The adapter with this index computes.
    Gpu(usize),
    /// The CPU computes, as it should.
    Cpu,
    /// The CPU computes because nothing can be taken that fits the choice; the text says why.
    Nothing(String),
    /// The CPU computes because the adapter with this index did not start; the text says why.
    Failed(usize, String),
}

impl Outcome {
    /// Why the device is not the one asked for.
    pub fn warning(&self, candidates: &[Candidate]) -> Option<String> {
        let why = match self {
            Self::Gpu(_) | Self::Cpu => return None,
            Self::Nothing(why) => why.clone(),
            Self::Failed(index, why) => {
                format!("{} did not start ({why})", candidates[*index].info.name)
            }
        };
        Some(format!("{why}; the CPU is used instead"))
    }
}

/// The adapter to open, or why there is none. Plain `gpu` never means a software adapter: on one, training
/// is several times slower than on the CPU, so that only its own number takes it.
pub fn wanted(candidates: &[Candidate], choice: DeviceChoice) -> Outcome {
    match choice {
        DeviceChoice::Cpu => Outcome::Cpu,
        DeviceChoice::Auto => best(candidates).map_or(Outcome::Cpu, Outcome::Gpu),
        DeviceChoice::Gpu => {
            best(candidates).map_or_else(|| Outcome::Nothing(no_gpu(candidates)), Outcome::Gpu)
        }
        DeviceChoice::GpuIndex(index) if index < candidates.len() => Outcome::Gpu(index),
        DeviceChoice::GpuIndex(index) => Outcome::Nothing(no_such_number(index, candidates.len())),
    }
}

/// How far a kind is preferred, the best first; nothing for what is only taken by its number.
fn rank(kind: DeviceKind) -> Option<u8> {
    match kind {
        DeviceKind::DiscreteGpu => Some(0),
        DeviceKind::IntegratedGpu => Some(1),
        DeviceKind::VirtualGpu => Some(2),
        DeviceKind::SoftwareGpu | DeviceKind::Cpu | DeviceKind::Other => None,
    }
}

/// Whether it is a GPU and not a program that plays one.
pub fn is_real(kind: DeviceKind) -> bool {
    rank(kind).is_some()
}

/// The first of the best kind there is.
fn best(candidates: &[Candidate]) -> Option<usize> {
    let ranked = candidates.iter().enumerate();
    ranked.filter_map(|(index, found)| Some((rank(found.info.kind)?, index))).min().map(|(_, i)| i)
}

fn no_gpu(candidates: &[Candidate]) -> String {
    if !cfg!(feature = "gpu-plain") {
        return "this program was built without GPU support".to_owned();
    }
    let software = candidates.iter().position(|found| found.info.kind == DeviceKind::SoftwareGpu);
    match software {
        Some(index) => format!(
            "no GPU was found but a software adapter, which is slower than the CPU (gpu:{index} forces it)"
        ),
        None if candidates.is_empty() => "no GPU was found".to_owned(),
        None => "no GPU was found that can be opened".to_owned(),
    }
}

fn no_such_number(index: usize, count: usize) -> String {
    if !cfg!(feature = "gpu-plain") {
        return no_gpu(&[]);
    }
    match count {
        0 => "no GPU was found".to_owned(),
        1 => format!("there is no gpu:{index}: the only adapter is gpu:0"),
        _ => format!("there is no gpu:{index}: there are gpu:0 to gpu:{}", count - 1),
    }
}

/// All devices with the reason why each was or was not chosen, the CPU first.
pub fn listing(
    cpu: DeviceInfo,
    candidates: &[Candidate],
    choice: DeviceChoice,
    outcome: &Outcome,
) -> Vec<ListedDevice> {
    let mut listed = vec![ListedDevice {
        choice: DeviceChoice::Cpu,
        info: cpu,
        chosen: !matches!(outcome, Outcome::Gpu(_)),
        reason: why_cpu(candidates, choice, outcome),
    }];
    listed.extend(candidates.iter().enumerate().map(|(index, found)| ListedDevice {
        choice: DeviceChoice::GpuIndex(index),
        info: found.info.clone(),
        chosen: *outcome == Outcome::Gpu(index),
        reason: why_gpu(candidates, index, choice, outcome),
    }));
    listed
}

fn why_cpu(candidates: &[Candidate], choice: DeviceChoice, outcome: &Outcome) -> String {
    if let Some(warning) = outcome.warning(candidates) {
        return warning;
    }
    match (outcome, choice) {
        (Outcome::Gpu(_), DeviceChoice::Auto) => "a GPU was found, which is faster".to_owned(),
        (Outcome::Gpu(_), _) => format!("{choice} was asked for"),
        (_, DeviceChoice::Cpu) => BY_HAND.to_owned(),
        _ => no_gpu(candidates),
    }
}

fn why_gpu(
    candidates: &[Candidate],
    index: usize,
    choice: DeviceChoice,
    outcome: &Outcome,
) -> String {
    let found = &candidates[index];
    let kind = kind_name(found.info.kind);
    let taken = match outcome {
        Outcome::Gpu(taken) | Outcome::Failed(taken, _) => Some(*taken),
        Outcome::Cpu | Outcome::Nothing(_) => None,
    };
    let is_preferred = matches!(choice, DeviceChoice::Auto | DeviceChoice::Gpu);
    match (outcome, found.closed) {
        (Outcome::Failed(failed, why), _) if *failed == index => {
            format!("it did not start: {why}")
        }
        (Outcome::Gpu(taken), _) if *taken == index && is_preferred => {
            format!("the first {kind}, the best kind found")
        }
        (Outcome::Gpu(taken), _) if *taken == index => BY_HAND.to_owned(),
        (_, Some(closed)) => closed.to_owned(),
        _ if found.info.kind == DeviceKind::SoftwareGpu => format!(
            "a software adapter, slower than the CPU: only taken when gpu:{index} itself is asked for"
        ),
        _ if !is_preferred => format!("{choice} was asked for"),
        _ => match taken.map(|taken| candidates[taken].info.kind) {
            Some(best) if best == found.info.kind => format!("another {kind} comes first"),
            Some(best) => format!("a {} comes first", kind_name(best)),
            None => "only taken by its number".to_owned(),
        },
    }
}

fn kind_name(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Cpu => "CPU",
        DeviceKind::DiscreteGpu => "discrete GPU",
        DeviceKind::IntegratedGpu => "integrated GPU",
        DeviceKind::VirtualGpu => "virtual GPU",
        DeviceKind::SoftwareGpu => "software adapter",
        DeviceKind::Other => "adapter of an unknown kind",
    }
}

#[cfg(test)]
mod tests {
    use super::{Candidate, Outcome, listing, wanted};
    use crate::protocol::{DeviceChoice, DeviceInfo, DeviceKind};

    use DeviceKind::{DiscreteGpu, IntegratedGpu, Other, SoftwareGpu, VirtualGpu};

    fn info(name: String, kind: DeviceKind) -> DeviceInfo {
        DeviceInfo {
            name,
            backend: "vulkan".to_owned(),
            kind,
            memory_bytes: None,
            memory_note: String::new(),
            choice: DeviceChoice::Auto,
        }
    }

    fn machine(kinds: &[DeviceKind]) -> Vec<Candidate> {
        let adapters = kinds.iter().enumerate();
        adapters
            .map(|(index, kind)| Candidate {
                info: info(format!("adapter {index}"), *kind),
                closed: (*kind == Other).then_some("its kind is not known"),
            })
            .collect()
    }

    fn reasons(found: &[Candidate], choice: DeviceChoice, outcome: &Outcome) -> Vec<String> {
        let cpu = info("CPU".to_owned(), DeviceKind::Cpu);
        let listed = listing(cpu, found, choice, outcome);
        assert_eq!(listed.iter().filter(|device| device.chosen).count(), 1, "{listed:?}");
        listed.into_iter().map(|device| device.reason).collect()
    }

    #[test]
    fn a_discrete_gpu_wins_over_an_integrated_one_wherever_it_stands() {
        for choice in [DeviceChoice::Auto, DeviceChoice::Gpu] {
            let take = |kinds: &[DeviceKind]| wanted(&machine(kinds), choice);
            assert_eq!(take(&[SoftwareGpu, IntegratedGpu, DiscreteGpu]), Outcome::Gpu(2));
            assert_eq!(take(&[VirtualGpu, IntegratedGpu, IntegratedGpu]), Outcome::Gpu(1));
            assert_eq!(take(&[Other, VirtualGpu]), Outcome::Gpu(1));
        }
    }

    #[test]
    fn a_software_adapter_is_taken_by_its_number_alone() {
        let found = machine(&[Other, SoftwareGpu]);
        assert_eq!(wanted(&found, DeviceChoice::Auto), Outcome::Cpu);
        assert_eq!(wanted(&found, DeviceChoice::GpuIndex(1)), Outcome::Gpu(1));
        let outcome = wanted(&found, DeviceChoice::Gpu);
        let warning = outcome.warning(&found).expect("the CPU is not what was asked for");
        assert!(warning.contains("the CPU is used instead"), "{warning}");
        if cfg!(feature = "gpu-plain") {
            assert!(warning.contains("software") && warning.contains("gpu:1"), "{warning}");
        }
        let told = reasons(&found, DeviceChoice::Gpu, &outcome);
        assert_eq!((&told[0], told[1].as_str()), (&warning, "its kind is not known"));
        assert!(told[2].contains("slower than the CPU") && told[2].contains("gpu:1"), "{told:?}");
    }

    #[test]
    fn reasons_say_what_happened() {
        let found = machine(&[IntegratedGpu, DiscreteGpu, DiscreteGpu]);
        let taken = Outcome::Gpu(1);
        let told = reasons(&found, DeviceChoice::Auto, &taken);
        assert!(told[0].contains("faster") && told[1].contains("a discrete GPU"), "{told:?}");
        assert!(told[2].contains("first") && told[3].contains("another discrete"), "{told:?}");
        let failed = Outcome::Failed(1, "no memory".to_owned());
        let told = reasons(&found, DeviceChoice::Auto, &failed);
        assert!(told[0].contains("adapter 1 did not start (no memory)"), "{told:?}");
        assert_eq!(told[2], "it did not start: no memory");
        let told = reasons(&found, DeviceChoice::Cpu, &Outcome::Cpu);
        assert!(told[0].contains("by hand"), "{told:?}");
        for choice in [DeviceChoice::Cpu, DeviceChoice::GpuIndex(7)] {
            let told = reasons(&found, choice, &wanted(&found, choice));
            assert_eq!(told[1], format!("{choice} was asked for"));
        }
    }

    #[test]
    fn a_number_that_is_not_there_is_told_with_those_that_are() {
        let outcome = wanted(&machine(&[SoftwareGpu, SoftwareGpu]), DeviceChoice::GpuIndex(7));
        let Outcome::Nothing(why) = outcome else { panic!("{outcome:?}") };
        let numbers = why.contains("no gpu:7") && why.contains("gpu:0 to gpu:1");
        assert!(numbers || !cfg!(feature = "gpu-plain"), "{why}");
    }
}
