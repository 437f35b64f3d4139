//! Compute devices as the person names and sees them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What the person asked for with `--device` or in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// A real GPU where there is one, discrete before integrated, otherwise the CPU.
    #[default]
    Auto,
    /// The Flex CPU backend.
    Cpu,
    /// The best real GPU, otherwise the CPU with a warning.
    Gpu,
    /// The adapter with this index in `latent-atelier devices`, even a software one.
    GpuIndex(usize),
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu),
            _ => text
                .strip_prefix("gpu:")
                .and_then(|index| index.parse().ok())
                .map(Self::GpuIndex)
                .ok_or_else(|| {
                    format!("'{text}' is not a device: use auto, cpu, gpu, or gpu:N with N from `latent-atelier devices`")
                }),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Gpu => f.write_str("gpu"),
            Self::GpuIndex(index) => write!(f, "gpu:{index}"),
        }
    }
}

/// What kind of processor computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceKind {
    /// The Flex backend on the processor's cores.
    Cpu,
    /// A GPU with its own memory.
    DiscreteGpu,
    /// A GPU that shares the processor's memory.
    IntegratedGpu,
    /// A GPU inside a virtual machine.
    VirtualGpu,
    /// A software implementation of a graphics interface.
    SoftwareGpu,
    /// wgpu does not say.
    Other,
}

/// The device in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// The adapter's or processor's name.
    pub name: String,
    /// `flex`, `vulkan`, `metal`, `dx12`, `gl`.
    pub backend: String,
    /// What kind of processor it is.
    pub kind: DeviceKind,
    /// Memory in bytes where it is known: the machine's for a CPU; wgpu tells none for adapters
    /// except the largest buffer, which is then given in `memory_note`.
    pub memory_bytes: Option<u64>,
    /// How the memory figure is to be read.
    pub memory_note: String,
    /// What the person asked for.
    pub choice: DeviceChoice,
}

/// One line of `latent-atelier devices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedDevice {
    /// How to ask for it: `cpu` or `gpu:N`.
    pub choice: DeviceChoice,
    /// The device itself.
    pub info: DeviceInfo,
    /// Whether it is in use: what `auto`, or the choice that was made, takes.
    pub chosen: bool,
    /// Why it was or was not chosen.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::DeviceChoice;

    #[test]
    fn choices_round_trip_through_text() {
        for text in ["auto", "cpu", "gpu", "gpu:3"] {
            let choice: DeviceChoice = text.parse().expect("a valid choice");
            assert_eq!(choice.to_string(), text);
        }
        assert!("cuda".parse::<DeviceChoice>().is_err());
        assert!("gpu:x".parse::<DeviceChoice>().is_err());
    }
}
