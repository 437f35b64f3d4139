//! The one file that names wgpu and Flex: which devices there are, which one is taken, and why.

use burn::tensor::Device;

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
    let wanted = match choice {
        DeviceChoice::Cpu => None,
        DeviceChoice::Auto => gpus.iter().position(|gpu| is_real(gpu.info.kind)),
        // The best: a real one if there is one, else whatever there is.
        DeviceChoice::Gpu => {
            gpus.iter().position(|gpu| is_real(gpu.info.kind)).or((!gpus.is_empty()).then_some(0))
        }
        DeviceChoice::GpuIndex(index) => (index < gpus.len()).then_some(index),
    };
    let (open, warning) = match (wanted, choice) {
        (Some(index), _) => match gpu::start(&gpus[index], choice) {
            Ok(open) => (open, None),
            Err(reason) => {
                let name = &gpus[index].info.name;
                (
                    cpu(choice),
                    Some(format!("{name} did not start ({reason}); the CPU is used instead")),
                )
            }
        },
        (None, DeviceChoice::Gpu | DeviceChoice::GpuIndex(_)) => {
            (cpu(choice), Some(no_such_gpu(choice, gpus.len())))
        }
        (None, _) => (cpu(choice), None),
    };
    let chosen_gpu = if warning.is_none() { wanted } else { None };
    Opened { listed: listing(&gpus, chosen_gpu, choice, warning.as_deref()), open, warning }
}

fn no_such_gpu(choice: DeviceChoice, count: usize) -> String {
    if !cfg!(feature = "gpu-plain") {
        return "this program was built without GPU support; the CPU is used instead".to_owned();
    }
    match (choice, count) {
        (_, 0) => "no GPU was found; the CPU is used instead".to_owned(),
        (DeviceChoice::GpuIndex(index), _) => {
            format!(
                "there is no GPU {index}: there are {count}, counted from 0; the CPU is used instead"
            )
        }
        _ => "no GPU could be used; the CPU is used instead".to_owned(),
    }
}

fn listing(
    gpus: &[gpu::Found],
    chosen_gpu: Option<usize>,
    choice: DeviceChoice,
    warning: Option<&str>,
) -> Vec<ListedDevice> {
    let mut listed = vec![ListedDevice {
        choice: DeviceChoice::Cpu,
        info: cpu(choice).info,
        chosen: chosen_gpu.is_none(),
        reason: match (chosen_gpu, choice, warning) {
            (None, DeviceChoice::Cpu, _) => "asked for".to_owned(),
            (None, _, Some(warning)) => warning.to_owned(),
            (None, _, None) => "no real GPU was found".to_owned(),
            (Some(_), DeviceChoice::Auto, _) => "a real GPU is faster".to_owned(),
            (Some(_), ..) => "a GPU was asked for".to_owned(),
        },
    }];
    listed.extend(gpus.iter().enumerate().map(|(index, gpu)| {
        let chosen = chosen_gpu == Some(index);
        let reason = match (chosen, choice) {
            (true, DeviceChoice::Auto) => "the first real GPU",
            (true, _) => "asked for",
            (false, _) if !is_real(gpu.info.kind) => {
                "a software adapter: the CPU backend is faster (force it with its number)"
            }
            (false, DeviceChoice::Cpu) => "the CPU was asked for",
            (false, _) => "another device was chosen",
        };
        ListedDevice {
            choice: DeviceChoice::GpuIndex(index),
            info: gpu.info.clone(),
            chosen,
            reason: reason.to_owned(),
        }
    }));
    listed
}

fn is_real(kind: DeviceKind) -> bool {
    matches!(kind, DeviceKind::DiscreteGpu | DeviceKind::IntegratedGpu | DeviceKind::VirtualGpu)
}

/// The Flex backend on the processor's cores.
fn cpu(choice: DeviceChoice) -> OpenDevice {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let info = DeviceInfo {
        name: format!("CPU, {cores} threads"),
        backend: "flex".to_owned(),
        kind: DeviceKind::Cpu,
        memory_bytes: machine_memory_bytes(),
        memory_note: "of the machine".to_owned(),
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

    use super::{DeviceChoice, DeviceInfo, DeviceKind, OpenDevice};

    /// An adapter that wgpu lists.
    #[derive(Debug, Clone)]
    pub struct Found {
        pub info: DeviceInfo,
        kind: BurnKind,
        api: burn::tensor::wgpu::WgpuBackend,
    }

    /// Graphics interfaces worth asking, best first.
    const BACKENDS: [Backend; 4] = [Backend::Metal, Backend::Vulkan, Backend::Dx12, Backend::Gl];

    /// All adapters of the first interface that has a real GPU, else of the first that has any.
    pub fn list() -> Vec<Found> {
        let mut software = Vec::new();
        for backend in BACKENDS {
            let found = list_backend(backend);
            if found.iter().any(|gpu| super::is_real(gpu.info.kind)) {
                return found;
            }
            if software.is_empty() {
                software = found;
            }
        }
        software
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
            .filter_map(|adapter| {
                found(&adapter.get_info(), &adapter.limits(), backend, &mut counts)
            })
            .collect()
    }

    fn found(
        info: &wgpu::AdapterInfo,
        limits: &wgpu::Limits,
        backend: Backend,
        counts: &mut [usize; 4],
    ) -> Option<Found> {
        let mut next = |kind: usize| {
            counts[kind] += 1;
            counts[kind] - 1
        };
        let (kind, burn_kind) = match info.device_type {
            DeviceType::DiscreteGpu => (DeviceKind::DiscreteGpu, BurnKind::DiscreteGpu(next(0))),
            DeviceType::IntegratedGpu => {
                (DeviceKind::IntegratedGpu, BurnKind::IntegratedGpu(next(1)))
            }
            DeviceType::VirtualGpu => (DeviceKind::VirtualGpu, BurnKind::VirtualGpu(next(2))),
            // Only the first can be asked for by kind.
            DeviceType::Cpu if next(3) == 0 => (DeviceKind::SoftwareGpu, BurnKind::Cpu),
            DeviceType::Cpu | DeviceType::Other => return None,
        };
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
        Some(Found { info, kind: burn_kind, api: api(backend) })
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
        // Held meanwhile: two engines that open the same adapter at once take turns.
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("{:?} {:?}", found.kind, found.api);
        let known = opened.iter().find(|(name, _)| *name == key);
        let device = match known {
            Some((_, device)) => device.clone(),
            None => {
                let device = init(found)?;
                opened.push((key, device.clone()));
                device
            }
        };
        probe(&device)?;
        Ok(OpenDevice { device, info: DeviceInfo { choice, ..found.info.clone() } })
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

    fn init(found: &Found) -> Result<Device, String> {
        #[cfg(feature = "gpu")]
        keep_tuned_kernels();
        let options =
            Device::wgpu_options().device_kind(found.kind.clone()).graphics_api(found.api);
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
    use super::{DeviceChoice, DeviceInfo, OpenDevice};

    /// No adapter can be found in a program built without wgpu.
    #[derive(Debug, Clone)]
    pub struct Found {
        pub info: DeviceInfo,
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
    fn a_gpu_that_is_not_there_gives_way_to_the_cpu_with_a_warning() {
        let opened = open(DeviceChoice::GpuIndex(99));
        assert_eq!(opened.open.info.kind, DeviceKind::Cpu);
        assert!(opened.warning.is_some());
    }
}
