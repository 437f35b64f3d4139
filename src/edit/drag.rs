//! A point of the picture dragged to another place (DragGAN, Pan et al. 2023).
//!
//! Motion supervision: the features around the handle, one small step towards the target, are to become what they
//! are at the handle now. Point tracking: the handle is then found again where the features are nearest to those
//! it began with. Features are the generator's last hidden layer, half the picture's resolution.

use burn::tensor::{Device, Tensor, TensorData};

use super::constraint::Planes;
use crate::models::lifted;
use crate::protocol::Stroke;

/// The patch around the handle, pixels of the layer in each direction (r₁).
const PATCH_RADIUS: i32 = 1;
/// How far the handle is looked for from where it was, pixels of the layer (r₂).
const SEARCH_RADIUS: f32 = 2.0;
/// Nearer than this to its target a point has arrived, in pixels of the layer.
const ARRIVED: f32 = 0.5;
/// Steps without any movement after which a point is given up: features have to change a little before the
/// nearest of the places that are compared is another one.
const PATIENCE: u32 = 15;
/// Between two places where it is looked for.
const SEARCH_STEP: f32 = 0.25;

/// What a dragged point asks of each row of latents, until it is tracked again.
#[derive(Debug, Clone)]
struct Supervision {
    /// Where the patch is sampled, a step towards the target: `[N, H·W, Q]`, bilinear weights.
    sampler: Tensor<3>,
    /// What is to be found there, `[N, C, Q]`.
    wanted: Tensor<3>,
    /// Pixels of the layer still to go, `[N, 1]`.
    remaining: Tensor<2>,
}

/// One dragged point.
#[derive(Debug, Clone)]
pub(super) struct Drag {
    /// The stroke's place.
    pub(super) stroke: usize,
    /// What it counts in U.
    pub(super) strength: f64,
    /// Where it is and where it is to be, in pixels of the layer.
    from: [f32; 2],
    to: [f32; 2],
    /// Features at the handle in G(z₀), `C` values.
    template: Vec<f32>,
    /// Mean absolute feature of G(z₀): by it the term is in units of its own.
    scale: f64,
    /// Of each row.
    handles: Vec<[f32; 2]>,
    /// How often they were tracked since any of them moved.
    still: u32,
    supervision: Option<Supervision>,
}

impl Drag {
    /// From a stroke's first point to its last one; `features` are those of G(z₀).
    pub(super) fn new(place: usize, stroke: &Stroke, features: &Planes) -> Option<Self> {
        let pixel = |share: f32| {
            let last = features.size as f32 - 1.0;
            // Pixels have their places in their middles.
            (share * features.size as f32 - 0.5).clamp(0.0, last)
        };
        let [first, last] = [stroke.points.first()?, stroke.points.last()?];
        let from = [pixel(first.x), pixel(first.y)];
        let sum: f64 = features.values.iter().map(|value| f64::from(value.abs())).sum();
        Some(Self {
            stroke: place,
            strength: f64::from(stroke.brush.strength * stroke.weight),
            template: sampled(features, from),
            to: [pixel(last.x), pixel(last.y)],
            scale: (sum / features.values.len() as f64).max(1e-6),
            handles: Vec::new(),
            still: 0,
            supervision: None,
            from,
        })
    }

    /// Where each row's handle is, as shares of the picture.
    pub(super) fn places(&self, size: usize) -> Vec<[f32; 2]> {
        let share = |pixel: f32| (pixel + 0.5) / size as f32;
        self.handles.iter().map(|[x, y]| [share(*x), share(*y)]).collect()
    }

    /// Where it is to be, as shares of the picture.
    pub(super) fn target(&self, size: usize) -> [f32; 2] {
        self.to.map(|pixel| (pixel + 0.5) / size as f32)
    }

    /// Whether a point is still on its way.
    pub(super) fn is_moving(&self) -> bool {
        let arrived = |handle: &[f32; 2]| length(*handle, self.to) < ARRIVED;
        self.still < PATIENCE && !self.handles.iter().all(arrived)
    }

    /// Finds the handle in each row's features, and aims one step ahead of it. With another number of rows than before
    /// they are new: each is looked for along the whole way.
    pub(super) fn track(&mut self, rows: &[Planes], device: &Device) {
        let way = length(self.from, self.to);
        let (before, radius) = match self.handles.len() == rows.len() {
            true => (std::mem::take(&mut self.handles), SEARCH_RADIUS),
            false => (vec![self.from; rows.len()], way + SEARCH_RADIUS),
        };
        let found = rows.iter().zip(&before).map(|(row, near)| self.find(row, *near, radius));
        self.handles = found.collect();
        self.still = if self.handles == before { self.still + 1 } else { 0 };
        self.aim(rows, device);
    }

    /// Forgets where the handles are.
    pub(super) fn forget(&mut self) {
        self.handles.clear();
        self.still = 0;
        self.supervision = None;
    }

    /// The place within `radius` of `near` whose features differ least from the template's, by their absolute
    /// differences; of equal ones the nearest.
    fn find(&self, features: &Planes, near: [f32; 2], radius: f32) -> [f32; 2] {
        let steps = (radius / SEARCH_STEP).floor() as i32;
        let last = features.size as f32 - 1.0;
        let mut offsets: Vec<[i32; 2]> =
            (-steps..=steps).flat_map(|y| (-steps..=steps).map(move |x| [x, y])).collect();
        offsets.retain(|[x, y]| x * x + y * y <= steps * steps);
        offsets.sort_by_key(|[x, y]| x * x + y * y);
        let mut best = (f32::INFINITY, near);
        for [x, y] in offsets {
            let at = [
                (near[0] + SEARCH_STEP * x as f32).clamp(0.0, last),
                (near[1] + SEARCH_STEP * y as f32).clamp(0.0, last),
            ];
            let here = sampled(features, at);
            let off: f32 = here.iter().zip(&self.template).map(|(a, b)| (a - b).abs()).sum();
            if off < best.0 {
                best = (off, at);
            }
        }
        best.1
    }

    fn aim(&mut self, rows: &[Planes], device: &Device) {
        let Some(first) = rows.first() else { return };
        let (channels, size) = (first.channels, first.size);
        let patch: Vec<[f32; 2]> = (-PATCH_RADIUS..=PATCH_RADIUS)
            .flat_map(|y| (-PATCH_RADIUS..=PATCH_RADIUS).map(move |x| [x as f32, y as f32]))
            .collect();
        let (n, q) = (rows.len(), patch.len());
        let mut sampler = vec![0.0; n * size * size * q];
        let mut wanted = vec![0.0; n * channels * q];
        let mut remaining = Vec::with_capacity(n);
        for (row, (features, handle)) in rows.iter().zip(&self.handles).enumerate() {
            let left = length(*handle, self.to);
            remaining.push(left);
            // One pixel, or what is left of the way.
            let step = [0, 1].map(|axis| (self.to[axis] - handle[axis]) / left.max(1.0));
            for (index, offset) in patch.iter().enumerate() {
                let at = [handle[0] + offset[0], handle[1] + offset[1]];
                for (channel, value) in sampled(features, at).into_iter().enumerate() {
                    wanted[(row * channels + channel) * q + index] = value;
                }
                for (place, weight) in corners([at[0] + step[0], at[1] + step[1]], size) {
                    sampler[(row * size * size + place) * q + index] += weight;
                }
            }
        }
        let upload = |values, shape: [usize; 3]| {
            Tensor::<3>::from_data(TensorData::new(values, shape), device)
        };
        self.supervision = Some(Supervision {
            sampler: upload(sampler, [n, size * size, q]),
            wanted: upload(wanted, [n, channels, q]),
            remaining: Tensor::from_data(TensorData::new(remaining, [n, 1]), device),
        });
    }

    /// Mean absolute difference of the patch ahead to what is wanted there, by the features' scale, and the
    /// pixels still to go, which make energies of different steps comparable: `[N, C, H, W]` to `[N, 1]`.
    ///
    /// # Errors
    /// When the handles of these rows were not tracked.
    pub(super) fn value(&self, features: &Tensor<4>, tracked: bool) -> Result<Tensor<2>, String> {
        let [n, c, h, w] = features.dims();
        let ready = self.supervision.as_ref().filter(|ready| ready.wanted.dims()[0] == n);
        let Supervision { sampler, wanted, remaining } =
            ready.ok_or("the dragged points of these latents are not known: track them first")?;
        let seen = features.clone().reshape([n, c, h * w]).matmul(lifted(sampler, tracked)); // [N, C, Q]
        let off = (seen - lifted(wanted, tracked)).abs();
        let mean = off.mean_dim(2).mean_dim(1).reshape([n, 1]);
        Ok(mean.div_scalar(self.scale) + lifted(remaining, tracked))
    }
}

fn length(a: [f32; 2], b: [f32; 2]) -> f32 {
    (b[0] - a[0]).hypot(b[1] - a[1])
}

/// The four pixels around a place and their bilinear weights; a place outside is brought to the border.
fn corners([x, y]: [f32; 2], size: usize) -> [(usize, f32); 4] {
    let axis = |place: f32| {
        let place = place.clamp(0.0, size as f32 - 1.0);
        let low = (place.floor() as usize).min(size.saturating_sub(2));
        let beyond = place - low as f32;
        [(low, 1.0 - beyond), ((low + 1).min(size - 1), beyond)]
    };
    let (columns, rows) = (axis(x), axis(y));
    [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(row, column)| {
        let ((row, below), (column, beside)) = (rows[row], columns[column]);
        (row * size + column, below * beside)
    })
}

/// The features at a place, between pixels by bilinear interpolation.
fn sampled(features: &Planes, at: [f32; 2]) -> Vec<f32> {
    let corners = corners(at, features.size);
    let planes = features.values.chunks_exact(features.size * features.size);
    planes.map(|plane| corners.iter().map(|(place, weight)| weight * plane[*place]).sum()).collect()
}
