//! The one file that names wgpu and Flex: which devices there are, which one is taken, and why.

use burn::tensor::Device;

use super::device_choice::{self, Candidate, Outcome};
use crate::protocol::{DeviceChoice, DeviceInfo, DeviceKind, ListedDevice};

/// A device that answered a first small computation.
#[derive(Debug, Clone)]
pub struct OpenDevice {
    /// For tensors; without autodiff.
    pub device: Device,
    /// For people.
    pub info: DeviceInfo,
}

/// What opening a device gave, with what there is to say about it.
#[derive(Debug)]
pub struct Opened {
    /// The device in use.
    pub open: OpenDevice,
    /// All devices, with the reason why each was or was not chosen.
    pub listed: Vec<ListedDevice>,
    /// Why the device is not the one asked for.
    pub warning: Option<String>,
}

/// Lists all devices and opens the chosen one; a GPU that fails to start gives way to the CPU with a
/// warning.
pub fn open(choice: DeviceChoice) -> Opened {
    let gpus = gpu::list();
    let candidates: Vec<Candidate> = gpus.iter().map(|gpu| gpu.candidate.clone()).collect();
    let (open, outcome) = match device_choice::wanted(&candidates, choice) {
        Outcome::Gpu(index) => match gpu::start(&gpus[index], choice) {
            Ok(open) => (open, Outcome::Gpu(index)),
            Err(why) => (cpu(choice), Outcome::Failed(index, why)),
        },
        outcome => (cpu(choice), outcome),
    };
    let listed = device_choice::listing(cpu(choice).info, &candidates, choice, &outcome);
    Opened { open, listed, warning: outcome.warning(&candidates) }
}

/// The Flex backend on the processor's cores.
fn cpu(choice: DeviceChoice) -> OpenDevice {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let info = DeviceInfo {
        name: format!("CPU, {cores} threads"),
        backend: "flex".to_owned(),
        kind: DeviceKind::Cpu,
        memory_bytes: machine_memory_bytes(),
        memory_note: "of memory in this machine".to_owned(),
        choice,
    };
    OpenDevice { device: Device::flex(), info }
}

fn machine_memory_bytes() -> Option<u64> {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    (system.total_memory() > 0).then(|| system.total_memory())
}

#[cfg(feature = "gpu-plain")]
mod gpu {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::{Mutex, PoisonError};

    use burn::tensor::{Device, DeviceKind as BurnKind, Tensor};
    use wgpu::{Backend, DeviceType};

    use super::{Candidate, DeviceChoice, DeviceInfo, DeviceKind, OpenDevice, device_choice};

    /// An adapter that wgpu lists.
    #[derive(Debug, Clone)]
    pub struct Found {
        pub candidate: Candidate,
        /// How burn names it; nothing for what it cannot open.
        kind: Option<BurnKind>,
        api: burn::tensor::wgpu::WgpuBackend,
    }

    /// Graphics interfaces worth asking, best first.
    const BACKENDS: [Backend; 4] = [Backend::Metal, Backend::Vulkan, Backend::Dx12, Backend::Gl];

    /// All adapters, down to the first interface that has a real GPU: the interfaces after it would only
    /// show the same hardware again.
    pub fn list() -> Vec<Found> {
        let mut all: Vec<Found> = Vec::new();
        for backend in BACKENDS {
            for found in list_backend(backend) {
                let info = &found.candidate.info;
                // The same adapter through another interface; two alike in one machine are two.
                let is_known = all.iter().map(|known| &known.candidate.info).any(|known| {
                    known.backend != info.backend
                        && (&known.name, known.kind) == (&info.name, info.kind)
                });
                if !is_known {
                    all.push(found);
                }
            }
            if all.iter().any(|found| device_choice::is_real(found.candidate.info.kind)) {
                break;
            }
        }
        all
    }

    fn list_backend(backend: Backend) -> Vec<Found> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: backend.into(),
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let adapters = pollster::block_on(instance.enumerate_adapters(backend.into()));
        // burn counts each kind of adapter from zero on its own.
        let mut counts = [0_usize; 4];
        adapters
            .iter()
            .map(|adapter| found(&adapter.get_info(), &adapter.limits(), backend, &mut counts))
            .collect()
    }

    fn found(
        info: &wgpu::AdapterInfo,
        limits: &wgpu::Limits,
        backend: Backend,
        counts: &mut [usize; 4],
    ) -> Found {
        let mut next = |kind: usize| {
            counts[kind] += 1;
            counts[kind] - 1
        };
        let (kind, burn_kind) = match info.device_type {
            DeviceType::DiscreteGpu => {
                (DeviceKind::DiscreteGpu, Some(BurnKind::DiscreteGpu(next(0))))
            }
            DeviceType::IntegratedGpu => {
                (DeviceKind::IntegratedGpu, Some(BurnKind::IntegratedGpu(next(1))))
            }
            DeviceType::VirtualGpu => (DeviceKind::VirtualGpu, Some(BurnKind::VirtualGpu(next(2)))),
            DeviceType::Cpu => (DeviceKind::SoftwareGpu, (next(3) == 0).then_some(BurnKind::Cpu)),
            DeviceType::Other => (DeviceKind::Other, None),
        };
        let closed = match (&burn_kind, kind) {
            (Some(_), _) => None,
            (None, DeviceKind::SoftwareGpu) => {
                Some("a software adapter after the first one: burn opens only the first")
            }
            (None, _) => Some("its driver does not say what it is: burn opens adapters by kind"),
        };
        // Neither wgpu nor burn tells how much memory an adapter has, on any interface.
        let megabytes = limits.max_buffer_size >> 20;
        let info = DeviceInfo {
            name: info.name.clone(),
            backend: backend.to_str().to_owned(),
            kind,
            memory_bytes: None,
            memory_note: format!(
                "size not told by the driver; one buffer may hold {megabytes} MiB"
            ),
            choice: DeviceChoice::Auto,
        };
        Found { candidate: Candidate { info, closed }, kind: burn_kind, api: api(backend) }
    }

    fn api(backend: Backend) -> burn::tensor::wgpu::WgpuBackend {
        use burn::tensor::wgpu::WgpuBackend;
        match backend {
            Backend::Vulkan => WgpuBackend::Vulkan,
            Backend::Metal => WgpuBackend::Metal,
            Backend::Dx12 => WgpuBackend::Dx12,
            Backend::Gl => WgpuBackend::Gl,
            Backend::BrowserWebGpu | Backend::Noop => WgpuBackend::Auto,
        }
    }

    /// What was opened since the program began: burn opens an adapter once per process, so going
    /// back to a GPU, or restarting the engine, takes the same device again.
    static OPENED: Mutex<Vec<(String, Device)>> = Mutex::new(Vec::new());

    /// Opens an adapter and lets it compute something.
    pub fn start(found: &Found, choice: DeviceChoice) -> Result<OpenDevice, String> {
        let kind =
            found.kind.clone().ok_or(found.candidate.closed.unwrap_or("it cannot be opened"))?;
        // Held meanwhile: two engines that open the same adapter at once take turns.
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("{kind:?} {:?}", found.api);
        let known = opened.iter().find(|(name, _)| *name == key);
        let device = match known {
            Some((_, device)) => device.clone(),
            None => {
                let device = init(kind, found.api)?;
                opened.push((key, device.clone()));
                device
            }
        };
        probe(&device)?;
        Ok(OpenDevice { device, info: DeviceInfo { choice, ..found.candidate.info.clone() } })
    }

    /// Has the tuned kernels kept in the program's own cache folder; burn would put them where the
    /// program was started. Settings in `CUBECL_…` variables stand.
    #[cfg(feature = "gpu")]
    fn keep_tuned_kernels() {
        use burn::cubecl::config::cache::CacheConfig;
        use burn::cubecl::config::{CubeClRuntimeConfig, RuntimeConfig};
        let Some(folder) = crate::paths::cache_folder() else { return };
        let mut config = CubeClRuntimeConfig::default().override_from_env();
        config.environment.path = CacheConfig::Directory(folder);
        if !CubeClRuntimeConfig::try_set(config) {
            tracing::debug!("the GPU's settings were read before: its cache stays where it was");
        }
    }

    fn init(kind: BurnKind, api: burn::tensor::wgpu::WgpuBackend) -> Result<Device, String> {
        #[cfg(feature = "gpu")]
        keep_tuned_kernels();
        let options = Device::wgpu_options().device_kind(kind).graphics_api(api);
        // The driver may panic inside; the engine must survive that.
        match catch_unwind(AssertUnwindSafe(|| options.init())) {
            Ok(Ok(device)) => Ok(device),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("its driver failed".to_owned()),
        }
    }

    /// A computation whose result is known: a device that cannot do it is not used.
    fn probe(device: &Device) -> Result<(), String> {
        let sum = catch_unwind(AssertUnwindSafe(|| {
            let ones = Tensor::<2>::ones([8, 8], device);
            ones.clone().matmul(ones).sum().try_into_data().map(|data| data.try_to_vec::<f32>())
        }));
        match sum {
            Ok(Ok(Ok(values))) if values == [512.0] => Ok(()),
            Ok(Ok(other)) => Err(format!("a test computation gave {other:?}")),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("its driver failed".to_owned()),
        }
    }
}

#[cfg(not(feature = "gpu-plain"))]
mod gpu {
    use super::{Candidate, DeviceChoice, OpenDevice};

    /// No adapter can be found in a program built without wgpu.
    #[derive(Debug, Clone)]
    pub struct Found {
        pub candidate: Candidate,
    }

    pub fn list() -> Vec<Found> {
        Vec::new()
    }

    pub fn start(_found: &Found, _choice: DeviceChoice) -> Result<OpenDevice, String> {
        Err("this program was built without GPU support".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::open;
    use crate::protocol::{DeviceChoice, DeviceKind};

    #[test]
    fn auto_never_takes_a_software_adapter() {
        let opened = open(DeviceChoice::Auto);
        assert_ne!(opened.open.info.kind, DeviceKind::SoftwareGpu);
        assert!(opened.warning.is_none(), "{:?}", opened.warning);
        assert_eq!(opened.listed.iter().filter(|device| device.chosen).count(), 1);
        assert!(opened.listed.iter().all(|device| !device.reason.is_empty()));
    }

    #[test]
    fn plain_gpu_takes_no_software_adapter_either() {
        let opened = open(DeviceChoice::Gpu);
        assert_ne!(opened.open.info.kind, DeviceKind::SoftwareGpu);
        // A real GPU, or the CPU and a word about it.
        assert_eq!(opened.open.info.kind == DeviceKind::Cpu, opened.warning.is_some());
    }

    #[test]
    fn a_gpu_that_is_not_there_gives_way_to_the_cpu_with_a_warning() {
        let opened = open(DeviceChoice::GpuIndex(99));
        assert_eq!(opened.open.info.kind, DeviceKind::Cpu);
        assert!(opened.warning.is_some());
    }
}
