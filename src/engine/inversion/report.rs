//! `invert --report`: how well and how fast pictures come back, the three methods side by side.

use std::sync::Arc;
use std::time::Instant;

use burn::tensor::Tensor;

use super::racer::{Ground, Racer};
use crate::engine::pictures::{PriorLatents, decode};
use crate::engine::run::read;
use crate::engine::worker::Worker;
use crate::imaging::values_from_tensor;
use crate::invert::{Found, Inversion};
use crate::metrics::{psnr_db, ssim};
use crate::models::Model;
use crate::protocol::{
    CatchUp, Event, InversionMethod, InversionReport, InversionRow, InversionTarget,
    InvertReportJob, Inverted, Latent, Split,
};

/// The key of the latents that are looked for: none of those that starts or sheets are drawn with.
const UNSEEN: u64 = 0x5eed_0f01;

/// A picture to be brought back.
struct Target {
    kind: InversionTarget,
    index: usize,
    /// `[1, C, S, S]`.
    picture: Tensor<4>,
    truth: Option<Latent>,
}

impl Worker {
    /// Inverts unseen samples and held-out pictures one by one by every method the model allows.
    ///
    /// # Errors
    /// What is wrong with the settings or the data, a device that fails, or a stop.
    pub(in crate::engine) fn report_inversion(
        &mut self,
        model: &Model,
        job: &InvertReportJob,
    ) -> Result<InversionReport, String> {
        let begun = Instant::now();
        let mut options = job.options.clone();
        // Of Portraits no more are drawn than are looked at; held-out ones are there in any case.
        options.portraits = options.portraits.min(1000);
        let dataset = Arc::new(self.job_data(&job.source, &options, &model.spec)?);
        let bank = self.fill_bank(model, Some(Arc::clone(&dataset)))?;
        let ground = Ground::new(model, &job.settings, bank.candidates)?;
        let held_out = dataset.len(Split::HeldOut).min(job.limit);
        let mut latents = PriorLatents::new(model, UNSEEN ^ job.settings.seed, 1.0);
        let total = job.limit + held_out;
        let mut done = Vec::new();
        for index in 0..total {
            self.job_progress("inverting", index, total);
            let target = match index.checked_sub(job.limit) {
                None => generated(model, index, latents.draw(1)),
                Some(index) => Target {
                    kind: InversionTarget::HeldOut,
                    index,
                    picture: read(&dataset, Split::HeldOut, &[index], &model.device())?,
                    truth: None,
                },
            };
            for inverted in self.race_to_the_end(model, &ground, &target)? {
                self.outbox.tell(Event::Inverted(Box::new(inverted.clone())));
                done.push(inverted);
            }
        }
        let seconds = begun.elapsed().as_secs_f64();
        Ok(InversionReport { rows: rows(&done), catch_up: catch_up(&done), seconds })
    }

    /// All methods on one picture, one after the other.
    fn race_to_the_end(
        &mut self,
        model: &Model,
        ground: &Ground,
        target: &Target,
    ) -> Result<Vec<Inverted>, String> {
        let mut done: Vec<Inverted> = Vec::new();
        let mut rival = None;
        for method in InversionMethod::ALL {
            if method.needs_encoder() && ground.networks.encoder.is_none() {
                continue;
            }
            let mut racer = Racer::new(method, ground, &target.picture, &[target.index])?;
            let mut caught_up = None;
            loop {
                let mse = racer.found()[0].loss.mse;
                if caught_up.is_none() && rival.is_some_and(|rival| mse <= rival) {
                    caught_up = Some(racer.seconds());
                }
                if racer.is_done() {
                    break;
                }
                racer.advance()?;
                self.breathe()?;
            }
            if method == InversionMethod::Optimise {
                rival = Some(racer.found()[0].loss.mse);
            }
            let mut inverted = outcome(model, &racer, &target.picture, 0)?;
            inverted.target = target.kind;
            inverted.image = target.index.to_string();
            inverted.caught_up_secs = caught_up.filter(|_| method == InversionMethod::Hybrid);
            inverted.truth_distance =
                target.truth.as_ref().map(|truth| truth.rms_distance(&inverted.latent));
            done.push(inverted);
        }
        Ok(done)
    }
}

fn generated(model: &Model, index: usize, latents: Vec<Latent>) -> Target {
    let picture = decode(model, &latents);
    Target { kind: InversionTarget::Generated, index, picture, truth: latents.into_iter().next() }
}

/// What a racer found for the picture at `index` of its batch, `[P, C, S, S]`.
///
/// # Errors
/// When the device fails.
pub(super) fn outcome(
    model: &Model,
    racer: &Racer,
    pictures: &Tensor<4>,
    index: usize,
) -> Result<Inverted, String> {
    let Found { z, loss, .. } = racer.found()[index].clone();
    let count = pictures.dims()[0];
    let target = values_from_tensor(pictures.clone().narrow(0, index, 1))?;
    let latent = Latent(z);
    let shown = values_from_tensor(decode(model, std::slice::from_ref(&latent)))?;
    let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
    Ok(Inverted {
        image: String::new(),
        target: InversionTarget::File,
        method: racer.method,
        steps: racer.steps(),
        seconds: racer.seconds() / count as f64,
        loss,
        psnr_db: psnr_db(f64::from(loss.mse)),
        ssim: ssim(&target, &shown, channels, size),
        norm: latent.norm(),
        truth_distance: None,
        caught_up_secs: None,
        restarts: racer.descent().map_or(0, Inversion::restarts),
        stalled: racer.descent().is_some_and(Inversion::is_stalled),
        latent,
    })
}

fn rows(done: &[Inverted]) -> Vec<InversionRow> {
    let kinds = [InversionTarget::Generated, InversionTarget::HeldOut];
    let pairs =
        kinds.into_iter().flat_map(|kind| InversionMethod::ALL.map(|method| (kind, method)));
    pairs.filter_map(|(kind, method)| InversionRow::of(done, kind, method)).collect()
}

/// On each kind of picture, how soon the hybrid was where optimisation ended.
fn catch_up(done: &[Inverted]) -> Vec<CatchUp> {
    let kinds = [InversionTarget::Generated, InversionTarget::HeldOut];
    kinds.into_iter().filter_map(|target| catch_up_on(done, target)).collect()
}

fn catch_up_on(done: &[Inverted], target: InversionTarget) -> Option<CatchUp> {
    let by = |method| done.iter().filter(move |one| (one.target, one.method) == (target, method));
    let rivals = by(InversionMethod::Optimise).zip(by(InversionMethod::Hybrid));
    let mut ratios: Vec<f64> = rivals
        .map(|(rival, hybrid)| {
            hybrid.caught_up_secs.map_or(f64::INFINITY, |seconds| seconds / rival.seconds)
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let median = *ratios.get(ratios.len() / 2)?;
    let there = ratios.iter().filter(|ratio| ratio.is_finite()).count();
    Some(CatchUp {
        target,
        share: there as f64 / ratios.len() as f64,
        time_ratio: median.is_finite().then_some(median),
    })
}
