//! `bench`: how fast this machine trains, decodes and differentiates, through the same code as the
//! engine.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use burn::tensor::{Device, Tensor, TensorData};

use super::bench_stroke::stroke_ms;
use super::device::{self, OpenDevice};
use super::{EngineHandle, EngineOptions, Waker, spawn};
use crate::edit::{Energy as EditEnergy, Evaluated as EditEvaluated, Realism};
use crate::invert::{Energy, Inversion, Networks, UnderWay, random_starts};
use crate::models::{Mode, Model, Pass};
use crate::protocol::{
    BenchFigure, BenchOptions, Command, Descent, EditSettings, Event, Family, InversionSettings,
    Latent, ModelSpec, PreviewRequest, Stroke, StrokeTool, TrainSettings,
};
use crate::random::{Random, Stream};
use crate::train::{Batch, TrainState, trainer};

/// How long a cold start may take before it counts as failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

pub(super) const ENDED: &str = "the engine has ended";
/// Between two moves of a hand that drags.
pub(super) const FRAME: Duration = Duration::from_nanos(16_666_667);

/// What is measured, in this order. Some measurements give two figures.
#[derive(Debug, Clone, Copy)]
enum Measurement {
    ColdStart,
    Drag,
    Stroke,
    TrainStep(Family, u32),
    Decode(usize),
    Gradient(usize),
    /// Optimiser steps a second with this many starts.
    Inversion(usize),
    /// Optimiser steps a second of an edit with this many candidates, at this size.
    Edit(usize, u32),
    PeakMemory,
}

/// What iGAN is known for on a Titan X: at most so many steps a second with 64 candidates at 64 px (Zhu et al. 2016).
const IGAN_STEPS_PER_SEC: f64 = 30.0;

const MEASUREMENTS: [Measurement; 23] = [
    Measurement::ColdStart,
    Measurement::Drag,
    Measurement::Stroke,
    Measurement::TrainStep(Family::VaeGan, 64),
    Measurement::TrainStep(Family::Gan, 64),
    Measurement::TrainStep(Family::Vae, 64),
    Measurement::TrainStep(Family::Gan, 32),
    Measurement::Decode(1),
    Measurement::Gradient(1),
    Measurement::Decode(16),
    Measurement::Gradient(16),
    Measurement::Decode(64),
    Measurement::Gradient(64),
    Measurement::Inversion(1),
    Measurement::Inversion(16),
    Measurement::Inversion(64),
    Measurement::Edit(1, 32),
    Measurement::Edit(16, 32),
    Measurement::Edit(64, 32),
    Measurement::Edit(1, 64),
    Measurement::Edit(16, 64),
    Measurement::Edit(64, 64),
    Measurement::PeakMemory,
];

impl Measurement {
    /// What another program reaches, where it is known.
    fn peer(self) -> Option<f64> {
        matches!(self, Self::Edit(64, 64)).then_some(IGAN_STEPS_PER_SEC)
    }

    /// The names of its figures.
    fn names(self) -> Vec<String> {
        match self {
            Self::ColdStart => vec!["cold_start".to_owned()],
            Self::Drag => vec!["drag_p50".to_owned(), "drag_p95".to_owned()],
            Self::Stroke => vec!["edit_stroke_p50".to_owned(), "edit_stroke_p95".to_owned()],
            Self::TrainStep(family, size) => {
                vec![format!("train_step_{family}_{size}px"), format!("train_{family}_{size}px")]
            }
            Self::Decode(count) => vec![format!("decode_{count}")],
            Self::Gradient(count) => vec![format!("gradient_on_z_{count}")],
            Self::Inversion(count) => vec![format!("inversion_{count}")],
            Self::Edit(count, size) => vec![format!("edit_{count}_{size}px")],
            Self::PeakMemory => vec!["peak_memory".to_owned()],
        }
    }
}

/// The names of all figures.
pub fn names() -> Vec<String> {
    MEASUREMENTS.into_iter().flat_map(Measurement::names).collect()
}

/// Where figures go, under what conditions.
struct Bench<'a> {
    options: &'a BenchOptions,
    each: &'a mut dyn FnMut(BenchFigure),
    open: OpenDevice,
}

/// Measures what the options ask for, each figure told as it is done; `warn` hears first why the device is
/// not the one asked for.
///
/// # Errors
/// When no first picture comes.
pub fn run(
    options: &BenchOptions,
    each: &mut dyn FnMut(BenchFigure),
    warn: &mut dyn FnMut(&str),
) -> Result<(), String> {
    let opened = device::open(options.device);
    if let Some(warning) = &opened.warning {
        warn(warning);
    }
    let mut bench = Bench { options, each, open: opened.open };
    for measurement in MEASUREMENTS {
        let names = measurement.names();
        if !names.iter().any(|name| bench.wants(name)) {
            continue;
        }
        let figures = bench.measure(measurement)?;
        for (name, (value, unit)) in names.iter().zip(figures) {
            if bench.wants(name) {
                bench.tell(name, value, unit, measurement.peer());
            }
        }
    }
    Ok(())
}

impl Bench<'_> {
    fn wants(&self, name: &str) -> bool {
        self.options.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }

    /// The figures of a measurement in the order of their names; none where the system does not tell.
    fn measure(&self, what: Measurement) -> Result<Vec<(f64, &'static str)>, String> {
        Ok(match what {
            Measurement::ColdStart => vec![(cold_start(self.options)?.as_secs_f64(), "s")],
            Measurement::Drag => {
                let [middle, late] = drag_ms(self.options)?;
                vec![(middle, "ms"), (late, "ms")]
            }
            Measurement::Stroke => {
                let [middle, late] = stroke_ms(self.options)?;
                vec![(middle, "ms"), (late, "ms")]
            }
            Measurement::TrainStep(family, size) => self.train_step(family, size),
            Measurement::Decode(count) => vec![(self.decode_ms(count), "ms")],
            Measurement::Gradient(count) => vec![(self.gradient_ms(count), "ms")],
            Measurement::Inversion(count) => vec![(self.inversion_steps(count)?, "steps/s")],
            Measurement::Edit(count, size) => vec![(self.edit_steps(count, size)?, "steps/s")],
            Measurement::PeakMemory => {
                let mib = |bytes| bytes as f64 / f64::from(1 << 20);
                peak_memory_bytes().map(|bytes| (mib(bytes), "MiB")).into_iter().collect()
            }
        })
    }

    fn tell(&mut self, name: &str, value: f64, unit: &str, peer: Option<f64>) {
        (self.each)(BenchFigure {
            name: name.to_owned(),
            value,
            unit: unit.to_owned(),
            device: format!("{} ({})", self.open.info.name, self.open.info.backend),
            peer,
            ratio: peer.map(|peer| value / peer),
        });
    }

    /// The median over repetitions, after a warm-up, in milliseconds.
    fn median_ms(&self, mut work: impl FnMut()) -> f64 {
        let (warm_up, repetitions) = if self.options.quick { (1, 3) } else { (3, 15) };
        let mut times: Vec<f64> = (0..warm_up + repetitions)
            .map(|_| {
                let begun = Instant::now();
                work();
                begun.elapsed().as_secs_f64() * 1000.0
            })
            .skip(warm_up)
            .collect();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    }

    fn device(&self) -> Device {
        self.open.device.clone()
    }

    fn model(&self, family: Family, size: u32) -> Model {
        let spec = ModelSpec { image_size: size, ..ModelSpec::for_family(family) };
        Model::new(&spec, self.options.seed, &self.device())
    }

    /// One whole step with the CPU defaults, width 32 and batch 32.
    fn train_step(&self, family: Family, size: u32) -> Vec<(f64, &'static str)> {
        let settings = TrainSettings::for_family(family);
        let state = TrainState::new(self.model(family, size), &settings);
        let mut trainer = trainer(state, &settings);
        let (n, edge) = (settings.batch as usize, size as usize);
        let values =
            Random::new(self.options.seed, Stream::Test, 0).symmetric_uniforms(n * 3 * edge * edge);
        let data = TensorData::new(values, [n, 3, edge, edge]);
        let batch = Batch { images: Tensor::from_data(data, &self.device()), labels: None };
        let ms = self.median_ms(|| {
            let stats = trainer.step(&batch, &settings.live);
            // Reading a loss back waits for the device.
            for (_, loss) in stats.losses.into_iter().take(1) {
                drop(loss.into_data());
            }
        });
        vec![(ms, "ms"), (n as f64 / ms * 1000.0, "images/s")]
    }

    fn latents(&self, count: usize) -> Tensor<2> {
        let dims = ModelSpec::default().latent as usize;
        let values = Random::new(self.options.seed, Stream::Test, 1).normals(count * dims);
        Tensor::from_data(TensorData::new(values, [count, dims]), &self.device())
    }

    fn decode_ms(&self, count: usize) -> f64 {
        let model = self.model(Family::VaeGan, 64);
        let z = self.latents(count);
        self.median_ms(|| {
            drop(model.generator.image(z.clone(), &mut Pass::new(Mode::Eval)).into_data());
        })
    }

    /// A gradient of the picture's energy with respect to z, through the frozen generator.
    fn gradient_ms(&self, count: usize) -> f64 {
        let model = self.model(Family::VaeGan, 64);
        let z = self.latents(count);
        self.median_ms(|| {
            let leaf = z.clone().autodiff().require_grad();
            let image = model.generator.image(leaf.clone(), &mut Pass::new(Mode::Eval));
            let grads = image.square().sum().backward();
            drop(leaf.grad(&grads).map(Tensor::into_data));
        })
    }
}

impl Bench<'_> {
    /// Steps a second of one picture's inversion with Adam, all of its starts under way, pixels alone.
    fn inversion_steps(&self, count: usize) -> Result<f64, String> {
        let model = self.model(Family::VaeGan, 64);
        let picture = model.generator.image(self.latents(1), &mut Pass::new(Mode::Eval));
        let settings =
            InversionSettings { steps: 100_000, patience: 0, prune: false, ..Default::default() };
        let energy = Energy::new(Networks::of(&model), picture, None, &settings, false);
        let dims = energy.dims();
        let starts = random_starts(model.spec.prior, count, dims, self.options.seed, 0);
        let mut inversion = Inversion::new(energy, &[starts], settings);
        let mut broken = None;
        let ms = self.median_ms(|| broken = inversion.step().err().or(broken.take()));
        broken.map_or(Ok(1000.0 / ms), Err)
    }
}

impl Bench<'_> {
    /// Steps a second of an edit: one painted colour, and how real it looks to the discriminator.
    fn edit_steps(&self, count: usize, size: u32) -> Result<f64, String> {
        let model = self.model(Family::VaeGan, size);
        let dims = model.spec.latent as usize;
        let start = Latent::zeros(dims).0;
        let discriminator = model.discriminator.clone().ok_or("a VAE-GAN has a discriminator")?;
        let realism = Realism::Discriminator(discriminator);
        let settings = EditSettings::default();
        let mut energy = EditEnergy::new(Networks::of(&model), realism, &start, None, &settings)?;
        let colour = StrokeTool::Colour([200, 60, 30]);
        energy.set_strokes(&[Stroke::through(colour, &[[0.3, 0.2], [0.7, 0.2]])])?;
        let z = Random::new(self.options.seed, Stream::Test, 2).normals(count * dims);
        let mut latents = UnderWay::new(Descent::Adam, z, dims);
        let mut step = || {
            let tried = latents.z().to_vec();
            let EditEvaluated { losses, mut gradient } = energy.evaluate(&tried)?;
            let mut totals: Vec<f32> = losses.iter().map(|loss| loss.total).collect();
            latents.step(&tried, &mut totals, &mut gradient, settings.learning_rate)
        };
        let mut broken = None;
        let ms = self.median_ms(|| broken = step().err().or(broken.take()));
        broken.map_or(Ok(1000.0 / ms), Err)
    }
}

/// An engine with the built-in model open, and the size of its latents.
pub(super) fn with_built_in(options: &BenchOptions) -> Result<(EngineHandle, usize), String> {
    let begun = Instant::now();
    let engine = spawn(EngineOptions {
        device: options.device,
        runs_dir: PathBuf::from("runs"),
        waker: Waker::none(),
    })
    .map_err(|error| error.to_string())?;
    engine.try_send(Command::OpenBuiltIn).map_err(|_| ENDED)?;
    while begun.elapsed() < PATIENCE {
        match engine.recv_timeout(Duration::from_millis(5)) {
            Some(Event::ModelReady(summary)) => return Ok((engine, summary.spec.latent as usize)),
            Some(Event::Failed(text)) => return Err(text),
            _ => {}
        }
    }
    Err(format!("the built-in model was not open within {} s", PATIENCE.as_secs()))
}

/// From asking for a latent's picture to having it.
fn picture(engine: &EngineHandle, id: u64, latent: Latent) -> Result<Duration, String> {
    let begun = Instant::now();
    let request = PreviewRequest { id, latent, truncation: 1.0 };
    engine.try_send(Command::Preview(request)).map_err(|_| ENDED)?;
    while begun.elapsed() < PATIENCE {
        if engine.preview.take().is_some_and(|preview| preview.id == id) {
            return Ok(begun.elapsed());
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Err(format!("no picture came within {} s", PATIENCE.as_secs()))
}

/// From starting the engine to the first picture of the built-in model.
fn cold_start(options: &BenchOptions) -> Result<Duration, String> {
    let begun = Instant::now();
    let (engine, dims) = with_built_in(options)?;
    picture(&engine, 1, Latent::zeros(dims))?;
    Ok(begun.elapsed())
}

/// A slider of the built-in model is dragged, sixty moves a second, while nothing else is done: the
/// median and the 95th percentile of the time from a move to its picture, milliseconds.
fn drag_ms(options: &BenchOptions) -> Result<[f64; 2], String> {
    let (engine, dims) = with_built_in(options)?;
    let (warm_up, moves) = if options.quick { (2, 10) } else { (10, 300) };
    let mut times = Vec::with_capacity(moves);
    for index in 0..warm_up + moves {
        let begun = Instant::now();
        let mut latent = Latent::zeros(dims);
        latent.0[0] = 3.0 * (index as f32 * 0.05).sin();
        let took = picture(&engine, index as u64 + 1, latent)?;
        if index >= warm_up {
            times.push(took.as_secs_f64() * 1000.0);
        }
        std::thread::sleep(FRAME.saturating_sub(begun.elapsed()));
    }
    times.sort_by(f64::total_cmp);
    Ok([times[moves / 2], times[moves * 95 / 100]])
}

/// The most memory this process has held; where the system does not tell, what it holds now.
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok();
    let peak = status.as_deref().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
    });
    peak.or_else(|| {
        let process = sysinfo::get_current_pid().ok()?;
        let mut system = sysinfo::System::new();
        system.refresh_processes(sysinfo::ProcessesToUpdate::Some(&[process]), true);
        Some(system.process(process)?.memory())
    })
}
