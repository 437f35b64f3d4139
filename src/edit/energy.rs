//! What latents cost in an edit, and which way is downhill.

use std::borrow::Borrow;

use burn::tensor::{Device, Tensor, TensorData};

use super::area::area_mask;
use super::constraint::{Constraint, Planes, Source, unfolded};
use super::drag::Drag;
use super::jacobian::{Jacobian, gram};
use super::latent_brush::{self, Directions};
use super::raster::mask;
use super::realism::Realism;
use super::remarks::remarks;
use crate::invert::Networks;
use crate::latent::Cholesky;
use crate::metrics::diffusion_fill;
use crate::models::{Mode, Pass, lifted, read_values, rows_from_values};
use crate::protocol::{
    ChangeArea, EditLoss, EditPlan, EditSettings, Stroke, StrokeTool, validate_strokes,
};

/// Latent strokes whose directions are remembered.
const DIRECTIONS_LIMIT: usize = 64;

/// Added to the curvature's diagonal, as a share of its mean.
const DAMPING: f64 = 1e-3;

/// What was measured of a batch of latents.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// One a row.
    pub losses: Vec<EditLoss>,
    /// ∂total/∂z, `N·d` values.
    pub gradient: Vec<f32>,
}

/// U(G(z)) + λ₁ mean((z − c)²) − λ₂ D̄(G(z)) for any number of latents at once; c is z₀ as attributes and latent
/// strokes moved it.
#[derive(Debug)]
pub struct Energy {
    networks: Networks,
    realism: Realism,
    device: Device,
    /// z₀, `d` values.
    start: Vec<f32>,
    /// c, `d` values, and `[1, d]`.
    centre: Vec<f32>,
    centre_row: Tensor<2>,
    /// G(z₀).
    start_picture: Planes,
    /// `C·S·S` values; G(z₀) where there is no photo.
    photo: Planes,
    /// Features of G(z₀).
    start_features: Planes,
    constraints: Vec<Constraint>,
    /// Of no stroke: what is not painted, and what lies outside of the area that may change, stays as in G(z₀).
    silent: Vec<Constraint>,
    /// Where strokes erased last, and the code of the photo without what is there.
    blind: Option<(Vec<f32>, Vec<f32>)>,
    /// At z₀.
    jacobian: Jacobian,
    /// Dragged points; their terms come after the constraints.
    drags: Vec<Drag>,
    /// Of regions at z₀.
    directions: Vec<(Stroke, Directions)>,
    remarks: Vec<String>,
    distance_weight: f64,
    realism_weight: f64,
}

impl Energy {
    /// An edit of G(z₀), `start` being z₀, without strokes yet. `photo`, `C·S·S` values in [-1, 1], is what is kept
    /// and what erasing leaves; without one it is G(z₀).
    ///
    /// # Errors
    /// When z₀ or the photo is not of the model's size, or the device fails.
    pub fn new(
        networks: Networks,
        realism: Realism,
        start: &[f32],
        photo: Option<Vec<f32>>,
        settings: &EditSettings,
    ) -> Result<Self, String> {
        check_latent(start, networks.dims)?;
        let device = networks.generator.device();
        let start_row = rows_from_values(start, networks.dims, &device);
        let (image, hidden) =
            networks.generator.image_and_hidden(start_row.clone(), &mut Pass::new(Mode::Eval));
        let [_, channels, _, size] = image.dims();
        let start_picture = Planes { values: read_values(image)?, channels, size };
        let start_features = rows_of_planes(hidden)?.swap_remove(0);
        let wanted = start_picture.values.len();
        let values = photo.unwrap_or_else(|| start_picture.values.clone());
        if values.len() != wanted {
            return Err(format!(
                "the photo has {} values, the model's pictures {wanted}: cut it out in the model's size",
                values.len()
            ));
        }
        Ok(Self {
            photo: Planes { values, channels, size },
            realism: realism.folded(),
            start: start.to_vec(),
            centre: start.to_vec(),
            centre_row: start_row,
            constraints: Vec::new(),
            silent: Vec::new(),
            blind: None,
            jacobian: Jacobian::default(),
            drags: Vec::new(),
            directions: Vec::new(),
            remarks: Vec::new(),
            start_features,
            distance_weight: settings.distance_weight,
            realism_weight: settings.realism_weight,
            networks,
            device,
            start_picture,
        })
    }

    /// What is to become of the picture; `moved` is z₀ as attributes moved it, `d` values.
    ///
    /// # Errors
    /// What cannot be painted or used, and why, or when the device fails; what was asked for before then stands.
    pub fn set_plan(&mut self, plan: &EditPlan, moved: &[f32]) -> Result<(), String> {
        plan.validate().map_err(|error| error.to_string())?;
        check_latent(moved, self.dims())?;
        self.set_strokes(&plan.strokes)?;
        let strokes: Vec<Stroke> = plan.strokes.iter().map(|stroke| (**stroke).clone()).collect();
        let rest = self.source().rest(&strokes, plan.settings.rest_weight);
        self.silent = rest.into_iter().chain(self.outside(&plan.area)).collect();
        self.set_weights(&plan.settings);
        let mut centre = self.centre_of_what_is_seen(&strokes, moved)?;
        for stroke in plan.strokes.iter().filter(|stroke| latent_brush::counts(stroke)) {
            let shift = latent_brush::shift(stroke, &self.directions(stroke)?);
            centre.iter_mut().zip(shift).for_each(|(value, by)| *value += by);
        }
        self.centre_row = rows_from_values(&centre, self.dims(), &self.device);
        self.centre = centre;
        Ok(())
    }

    /// Replaces all strokes.
    ///
    /// # Errors
    /// A stroke that cannot be painted, by its number; the strokes before then stand.
    pub fn set_strokes<S: Borrow<Stroke>>(&mut self, strokes: &[S]) -> Result<(), String> {
        validate_strokes(strokes).map_err(|error| error.to_string())?;
        let strokes: Vec<Stroke> = strokes.iter().map(|stroke| stroke.borrow().clone()).collect();
        self.constraints = self.source().constraints(&strokes)?;
        let dragging = unfolded(&strokes).into_iter().filter(|(_, it)| it.tool == StrokeTool::Drag);
        self.drags = dragging
            .filter_map(|(place, stroke)| Drag::new(place, &stroke, &self.start_features))
            .collect();
        self.remarks = remarks(&strokes, &self.strokes(), self.start_picture.size);
        Ok(())
    }

    /// The two directions of a latent stroke's region at z₀, remembered: they cost `d` decodes.
    fn directions(&mut self, stroke: &Stroke) -> Result<Directions, String> {
        let region = latent_brush::region(stroke);
        if let Some((_, known)) = self.directions.iter().find(|(known, _)| *known == region) {
            return Ok(known.clone());
        }
        // Measured whatever its size: a stroke asks for it.
        while !self.jacobian.advance(&self.networks.generator, &self.start, &self.device) {}
        let squares: Vec<f32> =
            mask(&region, self.start_picture.size).iter().map(|value| value * value).collect();
        let seen = self.jacobian.weighted(&squares, &self.device).ok_or("no Jacobian")?;
        let found = latent_brush::directions(seen, self.start_picture.channels)?;
        if self.directions.len() >= DIRECTIONS_LIMIT {
            self.directions.remove(0);
        }
        self.directions.push((region, found.clone()));
        Ok(found)
    }

    fn outside(&self, area: &ChangeArea) -> Option<Constraint> {
        let mask = area_mask(area, self.start_picture.size)?;
        let outside: Vec<f32> = mask.into_iter().map(|inside| 1.0 - inside).collect();
        self.source().unchanged(&outside)
    }

    /// `moved`, or where something is erased what an encoder makes of the photo without it, moved likewise: z₀ knows
    /// what was there, and would draw it again.
    fn centre_of_what_is_seen(
        &mut self,
        strokes: &[Stroke],
        moved: &[f32],
    ) -> Result<Vec<f32>, String> {
        let erased = self.source().erased(strokes);
        let (Some(erased), Some(encoder)) = (erased, &self.networks.encoder) else {
            return Ok(moved.to_vec());
        };
        let known = self.blind.take().filter(|(mask, _)| *mask == erased);
        let (mask, code) = match known {
            Some(known) => known,
            None => {
                let hole: Vec<bool> = erased.iter().map(|value| *value > 0.0).collect();
                let Planes { values, channels, size } = &self.photo;
                let filled = diffusion_fill(values, &hole, *size);
                let data = TensorData::new(filled, [1, *channels, *size, *size]);
                let picture = Tensor::<4>::from_data(data, &self.device);
                let code = encoder.forward(picture, &mut Pass::new(Mode::Eval)).mean;
                (erased, read_values(code)?)
            }
        };
        let shifted = code.iter().zip(moved.iter().zip(&self.start)).map(|(c, (m, z))| c + m - z);
        let centre = shifted.collect();
        self.blind = Some((mask, code));
        Ok(centre)
    }

    /// A part of the Jacobian at z₀; whether it is whole. One that would be too large is never made.
    pub fn advance_jacobian(&mut self) -> bool {
        self.has_jacobian()
            || self.jacobian.advance(&self.networks.generator, &self.start, &self.device)
    }

    /// Whether the Jacobian is whole, or will not be made.
    pub fn has_jacobian(&self) -> bool {
        let values = self.start_picture.values.len();
        self.jacobian.is_whole() || !Jacobian::fits(self.dims(), values)
    }

    /// The Gauss-Newton curvature of this energy at z₀; `None` without a Jacobian, or where it is not positive.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn curvature(&self) -> Result<Option<Cholesky>, String> {
        let (dims, size) = (self.dims(), self.start_picture.size);
        let mut weights = vec![0.0_f32; size * size];
        for constraint in self.constraints.iter().chain(&self.silent) {
            let own = constraint.pixel_weights(size)?;
            weights.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
        }
        let Some(rows) = self.jacobian.weighted(&weights, &self.device) else { return Ok(None) };
        let channels = self.start_picture.channels as f64;
        let mut matrix: Vec<f64> =
            gram(rows)?.into_iter().map(|value| 2.0 * value / channels).collect();
        let mean = (0..dims).map(|i| matrix[i * dims + i]).sum::<f64>() / dims as f64;
        for i in 0..dims {
            matrix[i * dims + i] += DAMPING * mean + 2.0 * self.distance_weight / dims as f64;
        }
        Ok(Cholesky::new(&matrix, dims))
    }

    fn source(&self) -> Source<'_> {
        Source { start: &self.start_picture, photo: &self.photo, device: &self.device }
    }

    /// Sets λ₁ and λ₂.
    pub fn set_weights(&mut self, settings: &EditSettings) {
        self.distance_weight = settings.distance_weight;
        self.realism_weight = settings.realism_weight;
    }

    /// The size of z.
    pub fn dims(&self) -> usize {
        self.networks.dims
    }

    /// z₀.
    pub fn start(&self) -> &[f32] {
        &self.start
    }

    /// z₀ as attributes and latent strokes moved it.
    pub fn centre(&self) -> &[f32] {
        &self.centre
    }

    /// G(z₀), `C·S·S` values in [-1, 1].
    pub fn before(&self) -> &[f32] {
        &self.start_picture.values
    }

    /// Channels and edge of the pictures.
    pub fn format(&self) -> (usize, usize) {
        (self.start_picture.channels, self.start_picture.size)
    }

    /// The networks whose latents they are.
    pub fn networks(&self) -> &Networks {
        &self.networks
    }

    /// The stroke of each constraint, by its place, dragged points last; all erasing strokes make one constraint,
    /// told at the first.
    pub fn strokes(&self) -> Vec<usize> {
        let places = self.constraints.iter().map(|constraint| constraint.stroke);
        places.chain(self.drags.iter().map(|drag| drag.stroke)).collect()
    }

    /// What to know about the strokes: which bind nothing, and which contradict each other.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Whether nothing is asked for: then the answer is the centre itself, whatever would look more real.
    pub(super) fn asks_nothing(&self) -> bool {
        self.constraints.is_empty() && self.drags.is_empty()
    }

    /// Whether any edge is wanted, or not wanted.
    pub(super) fn sketches(&self) -> bool {
        self.constraints.iter().any(Constraint::is_sketch)
    }

    /// Whether any point is dragged.
    pub(super) fn drags(&self) -> bool {
        !self.drags.is_empty()
    }

    /// Finds the dragged points in the pictures of latents, `N·d` values, and aims one step ahead of them. To be
    /// called before these latents, or ones near them in the same order, are evaluated; does nothing where
    /// no point is dragged.
    ///
    /// # Errors
    /// When the device fails.
    pub fn track(&mut self, z: &[f32]) -> Result<(), String> {
        if self.drags.is_empty() {
            return Ok(());
        }
        let z = rows_from_values(z, self.dims(), &self.device);
        let (_, hidden) = self.networks.generator.image_and_hidden(z, &mut Pass::new(Mode::Eval));
        let rows = rows_of_planes(hidden)?;
        self.drags.iter_mut().for_each(|drag| drag.track(&rows, &self.device));
        Ok(())
    }

    /// The latents to come are other ones: dragged points are looked for anew.
    pub fn forget_points(&mut self) {
        self.drags.iter_mut().for_each(Drag::forget);
    }

    /// Whether a dragged point is still on its way, as of the last time it was tracked: its energy then says little
    /// about how far the edit is.
    pub fn is_dragging(&self) -> bool {
        self.drags.iter().any(Drag::is_moving)
    }

    /// Where each dragged point is in the picture of each row tracked last, as shares of width and height.
    pub fn dragged_points(&self) -> Vec<Vec<[f32; 2]>> {
        self.drags.iter().map(|drag| drag.places(self.start_features.size)).collect()
    }

    /// Each dragged point's stroke and its target, as shares of width and height.
    pub fn drag_targets(&self) -> Vec<(usize, [f32; 2])> {
        let target = |drag: &Drag| (drag.stroke, drag.target(self.start_features.size));
        self.drags.iter().map(target).collect()
    }

    /// Pictures of latents, `N·d` values: `[N, C, S, S]`.
    pub fn pictures(&self, z: &[f32]) -> Tensor<4> {
        let z = rows_from_values(z, self.dims(), &self.device);
        self.networks.generator.image(z, &mut Pass::new(Mode::Eval))
    }

    /// Losses and gradient at latents, `N·d` values.
    ///
    /// # Errors
    /// When the device fails, or dragged points were not tracked; see [`Self::track`].
    pub fn evaluate(&self, z: &[f32]) -> Result<Evaluated, String> {
        let leaf = rows_from_values(z, self.dims(), &self.device).autodiff().require_grad();
        let columns = self.columns(leaf.clone())?;
        let grads = columns[0].clone().sum().backward();
        let gradient = leaf.grad(&grads).ok_or("the energy does not depend on z")?;
        let losses = losses(columns.into_iter().map(Tensor::inner).collect())?;
        Ok(Evaluated { losses, gradient: read_values(gradient)? })
    }

    /// Losses alone.
    ///
    /// # Errors
    /// When the device fails, or dragged points were not tracked; see [`Self::track`].
    pub fn losses(&self, z: &[f32]) -> Result<Vec<EditLoss>, String> {
        losses(self.columns(rows_from_values(z, self.dims(), &self.device))?)
    }

    /// Total, U, distance, realism and each constraint, `[N, 1]` each.
    fn columns(&self, z: Tensor<2>) -> Result<Vec<Tensor<2>>, String> {
        let tracked = z.is_require_grad();
        let (image, hidden) =
            self.networks.generator.image_and_hidden(z.clone(), &mut Pass::new(Mode::Eval));
        let distance = (z.clone() - lifted(&self.centre_row, tracked)).square().mean_dim(1);
        let realism = self.realism.value(&image, &z);
        let mut each: Vec<Tensor<2>> =
            self.constraints.iter().map(|constraint| constraint.value(&image, tracked)).collect();
        for drag in &self.drags {
            each.push(drag.value(&hidden, tracked)?);
        }
        let strengths = self.constraints.iter().map(|constraint| constraint.strength);
        let strengths = strengths.chain(self.drags.iter().map(|drag| drag.strength));
        let nothing = distance.clone().mul_scalar(0.0);
        let silent = self.silent.iter().fold(nothing, |sum, constraint| {
            sum + constraint.value(&image, tracked).mul_scalar(constraint.strength)
        });
        let sum = each
            .iter()
            .zip(strengths)
            .fold(silent, |sum, (value, strength)| sum + value.clone().mul_scalar(strength));
        let total = sum.clone() + distance.clone().mul_scalar(self.distance_weight)
            - realism.clone().mul_scalar(self.realism_weight);
        Ok([total, sum, distance, realism].into_iter().chain(each).collect())
    }
}

fn check_latent(z: &[f32], dims: usize) -> Result<(), String> {
    let found = z.len();
    if found == dims {
        return Ok(());
    }
    Err(format!(
        "the edit begins at a latent of {found} values, the model's have {dims}: open the model that the latent \
         is of"
    ))
}

fn losses(columns: Vec<Tensor<2>>) -> Result<Vec<EditLoss>, String> {
    let width = columns.len();
    let table = read_values(Tensor::cat(columns, 1))?; // [N, 4 + constraints]
    let loss = |row: &[f32]| EditLoss {
        total: row[0],
        constraints: row[1],
        distance: row[2],
        realism: row[3],
        each: row[4..].to_vec(),
    };
    Ok(table.chunks_exact(width).map(loss).collect())
}

/// `[N, C, S, S]` as N times C planes.
fn rows_of_planes(x: Tensor<4>) -> Result<Vec<Planes>, String> {
    let [_, channels, _, size] = x.dims();
    let values = read_values(x)?;
    let rows = values.chunks_exact(channels * size * size);
    Ok(rows.map(|row| Planes { values: row.to_vec(), channels, size }).collect())
}
