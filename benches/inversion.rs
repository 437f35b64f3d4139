//! The inversion loop on the built-in model, pixels alone, Adam, every start under way: steps a second,
//! processor time and memory; the same loop as `scripts/bench_torch.py --inversion` times in PyTorch.
//!
//! `cargo bench --bench inversion -- [--starts N] [--repeats N]` prints one JSON line: the steps a second of
//! the middle repetition (`value`), the processor time of a step in milliseconds (`cpu`, on Linux), the least
//! loss of any start in the first 20 steps, by which both programs are seen to do the same (`loss`), and the
//! most memory that the process has held, in MiB (`memory`, on Linux). Latents and the picture that they are
//! to reach follow a formula, so that another program can have the same.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod shared;

use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use latent_atelier::engine::built_in_model;
use latent_atelier::invert::{Energy, Inversion, Networks};
use latent_atelier::models::{
    Arrays, Generator, Initializer, Mode, Pass, WeightsError, module_from_arrays,
};
use latent_atelier::protocol::InversionSettings;
use shared::cpu_seconds;

/// Steps before the loss is told and the clock started.
const TOLD: u32 = 20;

/// `count` latents of `dims` values of about unit variance.
fn latents(count: usize, dims: usize) -> Vec<f32> {
    let value = |k: usize| (0.37 * (k * k) as f64 + k as f64).sin() * std::f64::consts::SQRT_2;
    (0..count * dims).map(|k| value(k) as f32).collect()
}

fn networks() -> Result<Networks, WeightsError> {
    let mut file = built_in_model().expect("the built-in model is whole");
    let spec = &file.manifest.architecture;
    let weights = file.tensors.take_prefixed("generator.");
    let arrays: Arrays = weights
        .iter()
        .map(|(name, shape, values)| (name.to_owned(), (shape.to_vec(), values.to_vec())))
        .collect();
    let fresh = Generator::new(spec, &mut Initializer::new(&Device::flex(), 0, 0));
    Ok(Networks {
        generator: module_from_arrays(fresh, arrays)?.folded(),
        encoder: None,
        prior: spec.prior,
        dims: spec.latent as usize,
    })
}

fn inversion(starts: usize, steps: u32) -> Inversion {
    let networks = networks().expect("the built-in model fits its architecture");
    // The last row is the picture's own latent, which no start has.
    let mut z = latents(starts + 1, networks.dims);
    let own = z.split_off(starts * networks.dims);
    let own = TensorData::new(own, [1, networks.dims]);
    let own = Tensor::<2>::from_data(own, &Device::flex());
    let picture = networks.generator.image(own, &mut Pass::new(Mode::Eval));
    // A constant rate, nothing dropped, no early end: every step is the same work.
    let settings = InversionSettings {
        steps,
        ramp_up: 0.0,
        ramp_down: 0.0,
        patience: 0,
        prune: false,
        ..InversionSettings::default()
    };
    let energy = Energy::new(networks, picture, None, &settings, false);
    Inversion::new(energy, &[z], settings)
}

/// The most memory that this process has held, MiB; zero where the system does not say.
fn memory_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut starts, mut repeats) = (16_usize, 100_u32);
    while let Some(name) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse::<u32>().ok());
        match name.as_str() {
            "--starts" => starts = number().expect("a number follows --starts") as usize,
            "--repeats" => repeats = number().expect("a number follows --repeats"),
            _ => {} // cargo passes --bench
        }
    }
    let mut inversion = inversion(starts, TOLD + repeats);
    for _ in 0..TOLD {
        inversion.step().expect("the device works");
    }
    let loss = inversion.found()[0].loss.total;
    let cpu = cpu_seconds();
    let mut seconds: Vec<f64> = (0..repeats)
        .map(|_| {
            let begun = Instant::now();
            inversion.step().expect("the device works");
            begun.elapsed().as_secs_f64()
        })
        .collect();
    let cpu = (cpu_seconds() - cpu) / f64::from(repeats) * 1e3;
    seconds.sort_by(f64::total_cmp);
    let (value, memory) = (1.0 / seconds[seconds.len() / 2], memory_mib());
    println!(
        "{{\"name\": \"inversion_{starts}\", \"value\": {value:.3}, \"unit\": \"steps/s\", \
         \"cpu\": {cpu:.4}, \"loss\": {loss:.9}, \"memory\": {memory:.1}}}"
    );
}
