//! The mean of the pictures a model learnt from: a ghost to align a photo by.
//!
//! Pictures of a data set are averaged by a thread of their own. Where none is open, samples of the model are, a part
//! at a turn of the loop. Only while a photo is open, and anew after another model or data set was opened.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::map::{read_bytes, spread};
use super::parts::PART;
use super::pictures::{decode_values, sheet_latents};
use super::worker::Worker;
use crate::data::Dataset;
use crate::imaging::convert::composite;
use crate::imaging::{Halvings, tiles_from_bytes, tiles_from_values};
use crate::protocol::{Crop, Event, Frame, Latent, MeanPicture, Split};

/// Pictures of a data set that are averaged.
const PICTURES: usize = 512;
/// Samples of a model that are averaged.
const SAMPLES: usize = 64;

/// What is being done about the mean.
#[derive(Debug, Default)]
enum Work {
    /// Nothing yet.
    #[default]
    Fresh,
    /// Pictures are read by another thread.
    Reading(JoinHandle<Result<MeanPicture, String>>),
    /// Samples are drawn: those that are left, and the sum so far.
    Drawing(Vec<Latent>, Sum),
    /// It was told, or cannot be had.
    Done,
}

/// The mean in the making.
#[derive(Debug, Default)]
pub(super) struct MeanDesk {
    work: Work,
    stop: Arc<AtomicBool>,
}

impl MeanDesk {
    /// Another model or data set is open.
    pub(super) fn forget(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        *self = Self::default();
    }

    /// Whether a part can be done at once.
    pub(super) fn is_ready(&self) -> bool {
        matches!(self.work, Work::Fresh | Work::Drawing(..))
    }

    /// Whether another thread will be done by itself.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.work, Work::Reading(_))
    }
}

impl Drop for MeanDesk {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Pictures added up, in RGB on white.
#[derive(Debug, Default)]
struct Sum {
    totals: Vec<u32>,
    count: u32,
    edge_px: usize,
}

impl Sum {
    fn add(&mut self, tiles: &[Frame]) -> Result<(), String> {
        for tile in tiles {
            let tile = composite(tile, [u8::MAX; 3]).map_err(|error| error.to_string())?;
            self.edge_px = tile.width_px;
            self.totals.resize(tile.rgba.len(), 0);
            let bytes = self.totals.iter_mut().zip(tile.rgba.iter());
            bytes.for_each(|(total, byte)| *total += u32::from(*byte));
            self.count += 1;
        }
        Ok(())
    }

    /// The mean in another size and colour.
    fn mean(&self, (size, channels): (u32, u32)) -> Result<Frame, String> {
        let count = self.count.max(1);
        let rgba = self.totals.iter().map(|total| ((total + count / 2) / count) as u8).collect();
        let edge = self.edge_px;
        let frame = Frame { width_px: edge, height_px: edge, rgba: Arc::new(rgba) };
        let halvings = Halvings::new(&frame, &|| false).map_err(|error| error.to_string())?;
        let halvings = halvings.ok_or("stopped")?;
        let whole = Crop::centred(edge as u32, edge as u32);
        halvings.crop(&whole, size, channels).map_err(|error| error.to_string())
    }
}

/// Averages training pictures, spread over the data set; ends early when stopped.
fn mean_of_data(
    dataset: &Dataset,
    format: (u32, u32),
    stop: &AtomicBool,
) -> Result<MeanPicture, String> {
    let numbers = spread(dataset.len(Split::Train), PICTURES);
    let mut sum = Sum::default();
    for part in numbers.chunks(PART) {
        if stop.load(Ordering::Relaxed) {
            return Err("stopped".to_owned());
        }
        let tiles =
            tiles_from_bytes(&read_bytes(dataset, part)?, dataset.channels(), dataset.size());
        sum.add(&tiles.map_err(|error| error.to_string())?)?;
    }
    let of = format!("{} training pictures of {}", numbers.len(), dataset.summary().name);
    Ok(MeanPicture { frame: sum.mean(format)?, of })
}

impl Worker {
    /// A part of the mean, while a photo is open.
    pub(super) fn serve_mean(&mut self) {
        if !self.photo_desk.is_open() {
            return;
        }
        let work = std::mem::replace(&mut self.photo_desk.mean.work, Work::Done);
        let next = match work {
            Work::Fresh => self.begin_mean(),
            Work::Reading(thread) if !thread.is_finished() => Ok(Work::Reading(thread)),
            Work::Reading(thread) => {
                let read = thread.join().unwrap_or_else(|_| Err("its thread failed".to_owned()));
                read.map(|mean| self.tell_mean(mean))
            }
            Work::Drawing(latents, sum) => self.draw_mean(latents, sum),
            Work::Done => Ok(Work::Done),
        };
        match next {
            Ok(work) => self.photo_desk.mean.work = work,
            // A photo can be cropped without it.
            Err(text) => tracing::warn!("no mean picture: {text}"),
        }
    }

    fn tell_mean(&mut self, mean: MeanPicture) -> Work {
        self.outbox.tell(Event::MeanPicture(Box::new(mean)));
        Work::Done
    }

    fn begin_mean(&mut self) -> Result<Work, String> {
        let spec = self.current_model().map(|(model, _)| &model.spec);
        let format = spec.map(|spec| (spec.image_size, spec.channels));
        if let Some(dataset) = self.session.dataset.clone() {
            let own = (dataset.size() as u32, dataset.channels() as u32);
            let stop = Arc::clone(&self.photo_desk.mean.stop);
            let work = move || mean_of_data(&dataset, format.unwrap_or(own), &stop);
            let thread = std::thread::Builder::new().name("mean picture".to_owned()).spawn(work);
            return thread.map(Work::Reading).map_err(|error| error.to_string());
        }
        let Some((model, _)) = self.current_model() else { return Ok(Work::Done) };
        Ok(Work::Drawing(sheet_latents(model, 0, SAMPLES, 1.0), Sum::default()))
    }

    fn draw_mean(&mut self, mut latents: Vec<Latent>, mut sum: Sum) -> Result<Work, String> {
        let Some((model, _)) = self.current_model() else { return Ok(Work::Done) };
        let (spec, left) = (&model.spec, latents.len().saturating_sub(PART));
        let (size, channels) = (spec.image_size, spec.channels);
        if latents.iter().any(|latent| latent.dims() != spec.latent as usize) {
            return Ok(Work::Fresh);
        }
        let values = decode_values(model, &latents.split_off(left))?;
        let tiles = tiles_from_values(&values, channels as usize, size as usize);
        sum.add(&tiles.map_err(|error| error.to_string())?)?;
        if !latents.is_empty() {
            return Ok(Work::Drawing(latents, sum));
        }
        let of = format!("{} samples of the model", sum.count);
        let frame = sum.mean((size, channels))?;
        Ok(self.tell_mean(MeanPicture { frame, of }))
    }
}
