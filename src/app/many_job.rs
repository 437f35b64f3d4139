//! A job that brings many photos back to z, as the window sees it: how far it is, and what it found.

use std::path::PathBuf;

use crate::protocol::{
    Event, InversionMethod, InversionRow, InversionSettings, InversionStep, InversionTarget,
    InvertJob, Inverted, NoticeLevel,
};

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManyEnd {
    /// All is done.
    Done,
    /// It was cancelled.
    Stopped,
    /// It could not go on; why.
    Failed(String),
}

/// What the job works at.
#[derive(Debug, Clone, PartialEq)]
pub struct AtWork {
    /// By which method.
    pub method: InversionMethod,
    /// Steps done, and steps at most.
    pub steps: (u32, u32),
    /// The pictures of the batch.
    pub images: Vec<String>,
}

/// The job under way, or the last one.
#[derive(Debug, Clone)]
pub struct ManyJob {
    /// The folder of the results.
    pub out: PathBuf,
    /// The generator's fingerprint.
    pub generator: String,
    /// Each picture is inverted by each of these.
    pub methods: Vec<InversionMethod>,
    /// Pictures in all, once they were counted.
    pub total: Option<usize>,
    /// Pictures and methods that an earlier report holds already.
    pub earlier: usize,
    /// All that was found, by rising PSNR.
    pub found: Vec<Inverted>,
    /// What was left out, and why.
    pub left_out: Vec<String>,
    /// What it works at, from its first step on.
    pub at_work: Option<AtWork>,
    /// What comes before the first picture: done, and of how many.
    pub preparing: Option<(String, u64, u64)>,
    /// Whose results are listed.
    pub listed: InversionMethod,
    /// Cancel was pressed.
    pub stopping: bool,
    /// How it ended.
    pub end: Option<ManyEnd>,
    /// The latents' file is there.
    pub(super) is_written: bool,
    settings: InversionSettings,
    error: Option<String>,
}

impl ManyJob {
    pub(super) fn new(job: &InvertJob, generator: String) -> Self {
        let last = job.methods.last().copied().unwrap_or_default();
        Self {
            out: job.out.clone(),
            generator,
            methods: job.methods.clone(),
            total: None,
            earlier: 0,
            found: Vec::new(),
            left_out: Vec::new(),
            at_work: None,
            preparing: None,
            listed: last,
            stopping: false,
            end: None,
            is_written: false,
            settings: job.settings.clone(),
            error: None,
        }
    }

    /// What the listed method found, the worst first.
    pub fn worst(&self) -> impl Iterator<Item = &Inverted> + Clone {
        self.found.iter().filter(|found| found.method == self.listed)
    }

    /// One line of the summary for each method.
    pub fn rows(&self) -> Vec<InversionRow> {
        let row = |method: &InversionMethod| {
            InversionRow::of(&self.found, InversionTarget::File, *method)
        };
        self.methods.iter().filter_map(row).collect()
    }

    /// Pictures that are done by all methods, or left out.
    pub fn pictures_done(&self) -> usize {
        self.found.len() / self.methods.len().max(1) + self.left_out.len()
    }

    /// How much of it is done, 0 to 1; the steps of the batch under way count.
    pub fn share(&self) -> f32 {
        let Some(total) = self.total.filter(|total| *total > 0) else { return 0.0 };
        let methods = self.methods.len().max(1);
        let under_way = self.at_work.as_ref().map_or(0.0, |work| {
            let of_each = work.steps.0 as f32 / work.steps.1.max(1) as f32;
            of_each.min(1.0) * work.images.len() as f32
        });
        let done = (self.found.len() + self.left_out.len() * methods) as f32 + under_way;
        (done / (total * methods) as f32).min(1.0)
    }

    /// Takes in what the engine tells; what concerns others, too, is given back.
    pub(super) fn take_in(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::InversionBegun { images, earlier } => {
                self.total = Some(images);
                self.earlier = earlier.len();
                earlier.into_iter().for_each(|found| self.add(found));
            }
            Event::LeftOut(why) => self.left_out.push(why),
            Event::InversionSteps(steps) => self.step(steps),
            Event::Inverted(found) => {
                self.at_work = None;
                self.add(*found);
            }
            other => {
                self.look_at(&other);
                return Some(other);
            }
        }
        None
    }

    fn look_at(&mut self, event: &Event) {
        match event {
            Event::JobProgress { what, done, total } if self.found.len() == self.earlier => {
                self.preparing = Some((what.clone(), *done, *total));
            }
            Event::FileWritten(path) => {
                self.is_written |= *path == self.out.join(InvertJob::LATENTS);
            }
            Event::Notice(notice) if notice.level == NoticeLevel::Error => {
                self.error = Some(notice.text.clone());
            }
            // Another job may have ended, before which this one waited.
            Event::JobEnded if self.total.is_some() || self.error.is_some() || self.stopping => {
                self.at_work = None;
                self.end = Some(match self.error.take() {
                    _ if self.is_written => ManyEnd::Done,
                    Some(error) if !self.stopping => ManyEnd::Failed(error),
                    _ => ManyEnd::Stopped,
                });
            }
            _ => {}
        }
    }

    fn step(&mut self, steps: Vec<InversionStep>) {
        let Some(first) = steps.first() else { return };
        let most = match first.method {
            InversionMethod::Optimise => self.settings.steps,
            InversionMethod::Encode => 1,
            InversionMethod::Hybrid => self.settings.hybrid_steps,
        };
        self.preparing = None;
        self.at_work = Some(AtWork {
            method: first.method,
            steps: (first.step, most),
            images: steps.into_iter().map(|step| step.image).collect(),
        });
    }

    /// By rising PSNR.
    fn add(&mut self, found: Inverted) {
        let at = self.found.partition_point(|known| known.psnr_db <= found.psnr_db);
        self.found.insert(at, found);
    }
}
