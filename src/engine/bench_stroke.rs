//! How soon the picture answers a stroke, from the outside: through the engine's queues, as the window asks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::EngineHandle;
use super::bench::{ENDED, FRAME, PATIENCE, with_built_in};
use crate::protocol::{
    BenchOptions, Brush, Command, EditPlan, EditRequest, EditStage, EditStart, EditView, Event,
    Latent, Stroke, StrokePoint, StrokeTool,
};
use crate::random::{Random, Stream};

/// Strokes of one edit; then it begins anew.
const STROKES: usize = 6;
/// Points of a stroke.
const POINTS: usize = 6;

/// Strokes are painted on a picture of the built-in model, 16 candidates beside it, each begun at another moment after
/// the one before: while that is being solved, while candidates move, at rest. The median and the 95th percentile of
/// the time from a stroke's first point to the first picture it changed, milliseconds.
pub(super) fn stroke_ms(options: &BenchOptions) -> Result<[f64; 2], String> {
    let (engine, dims) = with_built_in(options)?;
    let mut hand = Hand::new(&engine, dims, options.seed);
    let count = if options.quick { 12 } else { 120 };
    let mut times = Vec::with_capacity(count);
    // The first edit warms up.
    for index in 0..STROKES + count {
        let took = hand.stroke()?;
        if index >= STROKES {
            times.push(took.as_secs_f64() * 1000.0);
        }
    }
    times.sort_by(f64::total_cmp);
    Ok([times[count / 2], times[count * 95 / 100]])
}

/// Paints at random.
struct Hand<'a> {
    engine: &'a EngineHandle,
    random: Random,
    request: EditRequest,
    shown: Option<EditView>,
}

impl<'a> Hand<'a> {
    fn new(engine: &'a EngineHandle, dims: usize, seed: u64) -> Self {
        let random = Random::new(seed, Stream::Samples, 0);
        let latent = Latent::zeros(dims);
        let start = Arc::new(EditStart { latent: latent.clone(), photo: None, place: None });
        let request = EditRequest {
            id: 0,
            edit: 0,
            start,
            moved: latent,
            plan: EditPlan::default(),
            painting: false,
            morph: 1.0,
        };
        Self { engine, random, request, shown: None }
    }

    fn send(&mut self) -> Result<(), String> {
        self.request.id += 1;
        let request = Box::new(self.request.clone());
        self.engine.try_send(Command::Edit(request)).map_err(|_| ENDED.to_owned())
    }

    /// Waits for a view.
    fn view(&mut self, enough: impl Fn(&EditView) -> bool) -> Result<(), String> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            while let Ok(event) = self.engine.try_recv() {
                if let Event::EditFailed { text, .. } | Event::Failed(text) = event {
                    return Err(text);
                }
            }
            if let Some(view) = self.engine.edit.take() {
                let found = enough(&view);
                self.shown = Some(view);
                if found {
                    return Ok(());
                }
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        Err(format!("no picture came within {} s", PATIENCE.as_secs()))
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.random.uniform()
    }

    /// A fresh picture, at rest with its candidates.
    fn begin(&mut self) -> Result<(), String> {
        let dims = self.request.moved.dims();
        let latent = Latent(self.random.normals(dims));
        self.request.start =
            Arc::new(EditStart { latent: latent.clone(), photo: None, place: None });
        self.request.edit += 1;
        (self.request.moved, self.request.plan, self.request.painting) =
            (latent, EditPlan::default(), false);
        self.send()?;
        let edit = self.request.edit;
        self.view(|view| view.edit == edit && view.stage == EditStage::Settled)
    }

    /// One stroke; the time from its first point to the first changed picture.
    fn stroke(&mut self) -> Result<Duration, String> {
        if self.request.plan.strokes.len() >= STROKES || self.shown.is_none() {
            self.begin()?;
        }
        let [x, y] = [self.between(0.1, 0.9), self.between(0.1, 0.9)];
        let colour = [0; 3].map(|_| self.between(0.0, 255.0) as u8);
        let brush = Brush { size: 0.15, ..Brush::default() };
        let mut stroke = Stroke { brush, ..Stroke::through(StrokeTool::Colour(colour), &[]) };
        let before = self.shown.as_ref().map(|view| view.picture.clone());
        let begun = Instant::now();
        let mut answered = None;
        for index in 0..POINTS {
            let moment = Instant::now();
            stroke.points.push(StrokePoint::at(x + 0.02 * index as f32, y));
            if index > 0 {
                self.request.plan.strokes.pop();
            }
            self.request.plan.strokes.push(Arc::new(stroke.clone()));
            self.request.painting = true;
            self.send()?;
            if index == 0 {
                let id = self.request.id;
                self.view(|view| view.id >= id && Some(&view.picture) != before.as_ref())?;
                answered = Some(begun.elapsed());
            }
            std::thread::sleep(FRAME.saturating_sub(moment.elapsed()));
        }
        self.request.painting = false;
        self.send()?;
        // The next one begins whatever is under way by then.
        let pause = self.between(0.02, 1.5);
        std::thread::sleep(Duration::from_secs_f32(pause));
        if let Some(view) = self.engine.edit.take() {
            self.shown = Some(view);
        }
        answered.ok_or_else(|| ENDED.to_owned())
    }
}
