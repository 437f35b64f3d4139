//! The GPU path on whatever adapter there is, a software one included, against the CPU backend.
//!
//! Without any adapter every test says `SKIPPED` on standard error and passes.
#![cfg(feature = "gpu-plain")]

#[path = "engine/driver.rs"]
mod driver;

use std::io::Write as _;

use burn::tensor::{Device, DeviceKind as BurnKind, Tensor, TensorData};
use latent_atelier::engine::Waker;
use latent_atelier::models::{Mode, Model, Pass};
use latent_atelier::protocol::*;
use latent_atelier::train::{load_model, model_arrays};

use driver::{Driver, latent, run, tiny};

/// Said past the test harness, which keeps what passing tests print to itself.
fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// The adapter these tests run on, if one can be used here: the real GPU that `auto` takes, else a software
/// adapter by its number, which alone forces it.
fn gpu() -> Option<(DeviceChoice, DeviceInfo)> {
    let mut driver = Driver::new(DeviceChoice::Auto, Waker::none());
    let Event::DevicesListed(listed) = driver.next("devices") else { panic!("{:?}", driver.seen) };
    let gpus = || listed.iter().filter(|device| device.info.kind != DeviceKind::Cpu);
    let software = || gpus().find(|device| device.info.kind == DeviceKind::SoftwareGpu);
    let Some(found) = gpus().find(|device| device.chosen).or_else(software) else {
        assert_eq!(gpus().count(), 0, "an adapter was found and not taken: {listed:?}");
        skipped("no graphics adapter was found, not even a software one");
        return None;
    };
    // Compiling autotuned kernels crashes inside the software driver.
    if cfg!(feature = "gpu") && found.info.kind == DeviceKind::SoftwareGpu {
        skipped("the full GPU features do not run on a software adapter: use gpu-plain");
        return None;
    }
    driver.send(Command::SelectDevice(found.choice));
    // The first is that of the start, by `auto`.
    let (_, taken) = (ready(&mut driver), ready(&mut driver));
    assert_eq!(taken.kind, found.info.kind, "an adapter was found and did not start: {found:?}");
    Some((found.choice, taken))
}

fn ready(driver: &mut Driver) -> DeviceInfo {
    driver.wait("a device", |event| match event {
        Event::DeviceReady(device) => Some(device),
        _ => None,
    })
}

fn on(choice: DeviceChoice) -> Driver {
    let mut driver = Driver::new(choice, Waker::none());
    driver.open_faces(16);
    driver
}

fn assert_close(what: &str, a: f64, b: f64, tolerance: f64) {
    let scale = a.abs().max(b.abs()).max(1e-2);
    assert!((a - b).abs() <= tolerance * scale, "{what}: {a} on the GPU, {b} on the CPU");
}

fn assert_same_picture(what: &str, a: &Frame, b: &Frame) {
    assert_eq!((a.width_px, a.height_px), (b.width_px, b.height_px));
    let farthest = a.rgba.iter().zip(b.rgba.iter()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(farthest <= Some(2), "{what}: pictures differ by {farthest:?} of 255");
}

#[test]
fn three_steps_of_every_family_agree() {
    let Some((on_the_gpu, _)) = gpu() else { return };
    for family in Family::ALL {
        let mut drivers = [on(on_the_gpu), on(DeviceChoice::Cpu)];
        let [on_gpu, on_cpu] = &mut drivers;
        for driver in [&mut *on_gpu, &mut *on_cpu] {
            let out = driver.path("run");
            driver.start_paused(run(family, 0, out));
        }
        let z = latent(6);
        let what = format!("{family} before the first step");
        assert_same_picture(&what, &on_gpu.preview(&z).frame, &on_cpu.preview(&z).frame);
        for step in 1..=3 {
            let (a, b) = (on_gpu.single_step(), on_cpu.single_step());
            let both = (a.losses.len(), b.losses.len());
            assert!(both.0 > 0 && both.0 == both.1, "{family}: {both:?} losses at step {step}");
            for (a, b) in a.losses.iter().zip(&b.losses) {
                assert_eq!(a.name, b.name);
                assert_close(
                    &format!("{family} {} at step {step}", a.name),
                    a.value,
                    b.value,
                    1e-3,
                );
            }
        }
        let what = format!("{family} after three steps");
        assert_same_picture(&what, &on_gpu.preview(&z).frame, &on_cpu.preview(&z).frame);
        // What was trained on one device is opened on the other.
        on_gpu.stop();
        let shown = on_gpu.preview(&z).frame;
        let folder = on_gpu.path("run");
        on_cpu.stop();
        on_cpu.open(&folder);
        assert_same_picture(&format!("{family} reopened"), &shown, &on_cpu.preview(&z).frame);
    }
}

#[test]
fn a_model_moves_between_devices_and_shows_the_same() {
    let Some((on_the_gpu, _)) = gpu() else { return };
    let mut driver = Driver::cpu();
    ready(&mut driver);
    driver.send(Command::NewModel(tiny(Family::VaeGan), 3));
    driver.model_ready();
    let z = latent(6);
    let shown = driver.preview(&z).frame;
    for choice in [on_the_gpu, DeviceChoice::Cpu] {
        driver.send(Command::SelectDevice(choice));
        let device = ready(&mut driver);
        assert_eq!(device.kind == DeviceKind::Cpu, choice == DeviceChoice::Cpu);
        assert_same_picture(&choice.to_string(), &driver.preview(&z).frame, &shown);
    }
}

#[test]
fn auto_takes_no_software_adapter() {
    let mut driver = Driver::new(DeviceChoice::Auto, Waker::none());
    let Event::DevicesListed(listed) = driver.next("devices") else { panic!("{:?}", driver.seen) };
    assert_ne!(ready(&mut driver).kind, DeviceKind::SoftwareGpu);
    let software = listed.iter().filter(|device| device.info.kind == DeviceKind::SoftwareGpu);
    for device in software {
        assert!(!device.chosen && device.reason.contains("software"), "{device:?}");
    }
}

fn burn_device(info: &DeviceInfo) -> Device {
    let kind = match info.kind {
        DeviceKind::DiscreteGpu => BurnKind::DiscreteGpu(0),
        DeviceKind::IntegratedGpu => BurnKind::IntegratedGpu(0),
        DeviceKind::VirtualGpu => BurnKind::VirtualGpu(0),
        DeviceKind::Cpu | DeviceKind::SoftwareGpu | DeviceKind::Other => BurnKind::Cpu,
    };
    // A second runtime on the same adapter: the engine keeps its own to itself.
    Device::wgpu(kind)
}

/// ∂ mean((G(z) − ½)²) / ∂z: what editing and inversion descend.
fn latent_gradient(model: &Model) -> Vec<f32> {
    let z = latent(6).0.into_iter().chain(latent(6).0.into_iter().map(|v| -0.5 * v)).collect();
    let z = Tensor::<2>::from_data(TensorData::new(z, [2, 6]), &model.device());
    let z = z.autodiff().require_grad();
    let image = model.generator.image(z.clone(), &mut Pass::new(Mode::Eval));
    let grads = image.sub_scalar(0.5).powi_scalar(2).mean().backward();
    let gradient = z.grad(&grads).expect("z is a leaf");
    gradient.into_data().try_to_vec::<f32>().expect("floats")
}

#[test]
fn gradients_of_latents_agree() {
    let Some((_, info)) = gpu() else { return };
    for family in Family::ALL {
        let on_cpu = Model::new(&tiny(family), 5, &Device::flex());
        let arrays = model_arrays(&on_cpu).expect("readable");
        let on_gpu = load_model(&on_cpu.spec, arrays, &burn_device(&info)).expect("it fits");
        let (a, b) = (latent_gradient(&on_gpu), latent_gradient(&on_cpu));
        let largest = b.iter().fold(0.0_f32, |max, v| max.max(v.abs()));
        assert!(largest > 0.0 && (a.len(), b.len()) == (12, 12));
        for (a, b) in a.iter().zip(&b) {
            assert!((a - b).abs() <= 1e-3 * largest, "{family}: {a} on the GPU, {b} on the CPU");
        }
    }
}
