//! What each stroke asks of a picture, as a number that is 0 where it is met and has a gradient everywhere.
//!
//! A stroke's mask m, and what it is divided by, m/Σm, is uploaded once; a constraint is then a weighted mean over
//! the mask, so that small strokes count as much as large ones (Zhu et al. 2016).

use burn::tensor::{Device, Tensor, TensorData};

use super::hog::{self, CELL, Hog};
use super::raster::{covers_values, line_drawing, mask, masks, moved};
use crate::imaging::values_from_frame;
use crate::models::{flat, lifted, read_values};
use crate::protocol::{Frame, Stroke, StrokeTool};

/// How much a moved patch's edges count beside its colours: a cell's features differ by up to 2, squared.
const WARP_EDGES: f64 = 0.1;
/// How much the photo around a hole counts beside painted strokes: what is seen is to be drawn as well as the model can,
/// or the model has no clue to the hole.
pub(super) const COMPLETION: f64 = 20.0;
/// Masks that sum up to less than this many pixels bind nothing.
const LEAST_MASK: f32 = 1e-3;

/// A weighted mean over a mask. All weights sum up to 1 (the mask divided by its sum).
#[derive(Debug, Clone)]
pub(super) enum Term {
    /// Σ w · mean over channels (x − wanted)²: weights `[1, 1, S, S]`, wanted `[1, C, S, S]`.
    Values(Tensor<4>, Tensor<4>),
    /// The same of the luminance: `[1, 1, S, S]` each.
    Luminance(Tensor<4>, Tensor<4>),
    /// Σ w · ‖features − wanted‖² of oriented gradients: `[1, 1, S/8, S/8]` and `[1, 8, S/8, S/8]`.
    Edges(Tensor<4>, Tensor<4>),
    /// Σ w · smooth magnitude of the gradient: not normalised, or a strong edge would pull no more than a
    /// weak one.
    NoEdges(Tensor<4>),
    /// Σ w · mean over channels (Δx)², Δ the sum of differences to the four neighbours: shading stays, spots go.
    Smooth(Tensor<4>),
}

impl Term {
    /// `[1, 1, S, S]`, or of cells.
    fn weight(&self) -> &Tensor<4> {
        match self {
            Self::Values(weight, _)
            | Self::Luminance(weight, _)
            | Self::Edges(weight, _)
            | Self::NoEdges(weight)
            | Self::Smooth(weight) => weight,
        }
    }

    /// `[N, C, S, S]` to `[N, 1]`.
    pub(super) fn value(&self, image: &Tensor<4>, tracked: bool) -> Tensor<2> {
        let lift = |constant: &Tensor<4>| lifted(constant, tracked);
        let image = image.clone();
        let (weight, cost) = match self {
            Self::Values(weight, wanted) => {
                (weight, (image - lift(wanted)).square().mean_dim(1)) // [N, 1, S, S]
            }
            Self::Luminance(weight, wanted) => {
                (weight, (hog::luminance(image) - lift(wanted)).square())
            }
            Self::Edges(weight, wanted) => {
                let features = Hog::default().features(image);
                (weight, (features - lift(wanted)).square().sum_dim(1)) // [N, 1, S/8, S/8]
            }
            Self::NoEdges(weight) => (weight, hog::magnitude(image)),
            Self::Smooth(weight) => (weight, laplacian(image).square().mean_dim(1)),
        };
        flat(cost * lift(weight)).sum_dim(1)
    }
}

/// The sum of the differences to the four neighbours; a pixel outside is like the one at the border.
fn laplacian(x: Tensor<4>) -> Tensor<4> {
    second_difference(x.clone(), 2) + second_difference(x, 3)
}

fn second_difference(x: Tensor<4>, dim: usize) -> Tensor<4> {
    let length = x.dims()[dim];
    let first = x.clone().narrow(dim, 0, 1);
    let last = x.clone().narrow(dim, length - 1, 1);
    let before = Tensor::cat(vec![first, x.clone().narrow(dim, 0, length - 1)], dim);
    let after = Tensor::cat(vec![x.clone().narrow(dim, 1, length - 1), last], dim);
    before + after - x.mul_scalar(2.0)
}

/// What one stroke asks; all erasing strokes together ask one thing.
#[derive(Debug, Clone)]
pub(super) struct Constraint {
    /// The stroke's place; of erasing strokes the first one's.
    pub(super) stroke: usize,
    /// What it counts in U.
    pub(super) strength: f64,
    /// Terms and their weights.
    pub(super) terms: Vec<(f64, Term)>,
}

impl Constraint {
    /// Whether it is of edges alone.
    pub(super) fn is_sketch(&self) -> bool {
        let edges = |(_, term): &(f64, Term)| matches!(term, Term::Edges(..) | Term::NoEdges(_));
        self.terms.iter().all(edges)
    }

    /// What each pixel's value counts in it, `size·size` values; of terms that compare no values as if they did.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn pixel_weights(&self, size: usize) -> Result<Vec<f32>, String> {
        let mut sum = vec![0.0; size * size];
        for (factor, term) in &self.terms {
            let weight = term.weight();
            let [_, _, _, cells] = weight.dims();
            let cell = size / cells;
            let values = read_values(weight.clone())?;
            let share = (self.strength * factor) as f32 / (cell * cell) as f32;
            for (index, value) in sum.iter_mut().enumerate() {
                *value += share * values[index / size / cell * cells + index % size / cell];
            }
        }
        Ok(sum)
    }

    /// `[N, C, S, S]` to `[N, 1]`.
    pub(super) fn value(&self, image: &Tensor<4>, tracked: bool) -> Tensor<2> {
        let values = self.terms.iter().map(|(weight, term)| {
            term.value(image, tracked).mul_scalar(*weight) // [N, 1]
        });
        values.reduce(|sum, value| sum + value).expect("a constraint has a term")
    }
}

/// A picture as planes of values in [-1, 1].
#[derive(Debug, Clone)]
pub(super) struct Planes {
    /// `C·S·S` values.
    pub(super) values: Vec<f32>,
    pub(super) channels: usize,
    pub(super) size: usize,
}

/// What constraints are made from.
pub(super) struct Source<'a> {
    /// G(z₀): what is to become lighter, and what a moved patch shows.
    pub(super) start: &'a Planes,
    /// What is kept.
    pub(super) photo: &'a Planes,
    pub(super) device: &'a Device,
}

impl Source<'_> {
    /// The constraints of strokes in their order. A stroke that binds nothing (painted outside of the picture, or
    /// covered by later ones) makes none.
    ///
    /// # Errors
    /// Pictures of another number of channels than 1, 3 and 4.
    pub(super) fn constraints(&self, strokes: &[Stroke]) -> Result<Vec<Constraint>, String> {
        let single = unfolded(strokes);
        let only: Vec<Stroke> = single.iter().map(|(_, stroke)| stroke.clone()).collect();
        let size = self.start.size;
        let mut constraints: Vec<Constraint> = Vec::new();
        for ((stroke, mask), (index, _)) in only.iter().zip(masks(&only, size)).zip(&single) {
            if stroke.tool == StrokeTool::Erase || !binds(&mask) {
                continue;
            }
            let terms = self.terms(stroke, &mask)?;
            if !terms.is_empty() {
                let strength = f64::from(stroke.brush.strength * stroke.weight);
                constraints.push(Constraint { stroke: *index, strength, terms });
            }
        }
        constraints.extend(self.completion(strokes));
        constraints.sort_by_key(|constraint| constraint.stroke);
        Ok(constraints)
    }

    /// What no stroke touches stays as in G(z₀); `None` where a stroke is erased, which binds the photo instead.
    pub(super) fn rest(&self, strokes: &[Stroke], weight: f64) -> Option<Constraint> {
        let single = unfolded(strokes);
        let erased = single.iter().any(|(_, stroke)| stroke.tool == StrokeTool::Erase);
        let painted = single.iter().filter(|(_, stroke)| stroke.tool != StrokeTool::Latent);
        if erased || weight == 0.0 || painted.clone().next().is_none() {
            return None;
        }
        let mut rest = vec![1.0_f32; self.start.size * self.start.size];
        for (_, stroke) in painted {
            // A patch is moved from its place too.
            let from = Stroke { tool: StrokeTool::Keep, ..stroke.clone() };
            for painted in [mask(stroke, self.start.size), mask(&from, self.start.size)] {
                rest.iter_mut().zip(painted).for_each(|(rest, above)| *rest *= 1.0 - above);
            }
        }
        Some(Constraint { strength: weight, ..self.unchanged(&rest)? })
    }

    /// Where strokes erase, the most of any of them; `None` where none does.
    pub(super) fn erased(&self, strokes: &[Stroke]) -> Option<Vec<f32>> {
        let single = unfolded(strokes);
        let erasing = single.iter().filter(|(_, stroke)| stroke.tool == StrokeTool::Erase);
        let masks = erasing.map(|(_, stroke)| mask(stroke, self.start.size));
        masks.reduce(|a, b| a.iter().zip(b).map(|(a, b)| a.max(b)).collect())
    }

    /// All as in G(z₀) under a mask; `None` where that binds nothing.
    pub(super) fn unchanged(&self, mask: &[f32]) -> Option<Constraint> {
        let term = || Term::Values(self.weight(mask), self.upload_planes(self.start));
        // Of no stroke.
        binds(mask).then(|| Constraint {
            stroke: usize::MAX,
            strength: 1.0,
            terms: vec![(1.0, term())],
        })
    }

    fn terms(&self, stroke: &Stroke, mask: &[f32]) -> Result<Vec<(f64, Term)>, String> {
        let weight = || self.weight(mask);
        Ok(match stroke.tool {
            StrokeTool::Colour(rgb) => vec![(1.0, Term::Values(weight(), self.colour(rgb)?))],
            StrokeTool::Lighten(amount) => vec![(1.0, self.lighter(weight(), amount))],
            StrokeTool::Darken(amount) => vec![(1.0, self.lighter(weight(), -amount))],
            StrokeTool::Edge => {
                let size = self.start.size;
                let line = self.upload(&line_drawing(stroke, size), 1);
                vec![(1.0, self.edges(mask, line))]
            }
            StrokeTool::NoEdge => vec![(1.0, Term::NoEdges(weight()))],
            StrokeTool::Keep => vec![(1.0, Term::Values(weight(), self.upload_planes(self.photo)))],
            StrokeTool::Warp(by) => self.patch(mask, by),
            StrokeTool::Smooth => vec![(1.0, Term::Smooth(weight()))],
            // Bound elsewhere.
            StrokeTool::Erase | StrokeTool::Drag | StrokeTool::Latent => vec![],
        })
    }

    /// The photo everywhere but under the erasing strokes, and but under those that ask for other values.
    fn completion(&self, strokes: &[Stroke]) -> Option<Constraint> {
        let size = self.start.size;
        let erased = self.erased(strokes)?;
        let mut bound: Vec<f32> = erased.iter().map(|erased| 1.0 - erased).collect();
        for (_, other) in unfolded(strokes).iter().filter(|(_, other)| covers_values(other.tool)) {
            let covering = mask(other, size);
            bound.iter_mut().zip(covering).for_each(|(bound, above)| *bound *= 1.0 - above);
        }
        let erasing =
            |stroke: &Stroke| stroke.tool == StrokeTool::Erase && stroke.on && stroke.weight > 0.0;
        let stroke = strokes.iter().position(erasing)?;
        let term = || Term::Values(self.weight(&bound), self.upload_planes(self.photo));
        let strength = COMPLETION * f64::from(strokes[stroke].weight);
        binds(&bound).then(|| Constraint { stroke, strength, terms: vec![(1.0, term())] })
    }

    /// `[1, C, 1, 1]` in the model's own channels.
    fn colour(&self, [red, green, blue]: [u8; 3]) -> Result<Tensor<4>, String> {
        let rgba = vec![red, green, blue, u8::MAX].into();
        let pixel = Frame { width_px: 1, height_px: 1, rgba };
        let values =
            values_from_frame(&pixel, self.start.channels).map_err(|error| error.to_string())?;
        let data = TensorData::new(values, [1, self.start.channels, 1, 1]);
        Ok(Tensor::from_data(data, self.device))
    }

    /// Luminance of G(z₀), brighter by a share of the way from black to white.
    fn lighter(&self, weight: Tensor<4>, share: f32) -> Term {
        let now = hog::luminance(self.upload_planes(self.start));
        Term::Luminance(weight, now.add_scalar(2.0 * share).clamp(-1.0, 1.0))
    }

    fn edges(&self, mask: &[f32], like: Tensor<4>) -> Term {
        let size = self.start.size;
        let cells = size / CELL;
        let mut weights = vec![0.0_f32; cells * cells];
        for (index, value) in mask.iter().enumerate() {
            weights[index / size / CELL * cells + index % size / CELL] += value;
        }
        Term::Edges(self.weight(&weights), Hog::default().features(like))
    }

    /// G(z₀) moved, as colours and as edges; what would come from outside of the picture binds nothing.
    fn patch(&self, mask: &[f32], by: [f32; 2]) -> Vec<(f64, Term)> {
        let size = self.start.size;
        let inside = moved(&vec![1.0; size * size], size, by);
        let mask: Vec<f32> = mask.iter().zip(&inside).map(|(mask, inside)| mask * inside).collect();
        if !binds(&mask) {
            return vec![];
        }
        let mut patch = moved(&self.start.values, size, by);
        for plane in patch.chunks_exact_mut(size * size) {
            plane.iter_mut().zip(&inside).for_each(|(value, inside)| *value /= inside.max(1e-6));
        }
        let patch = self.upload(&patch, self.start.channels);
        let values = Term::Values(self.weight(&mask), patch.clone());
        vec![(1.0, values), (WARP_EDGES, self.edges(&mask, patch))]
    }

    /// m/Σm.
    fn weight(&self, mask: &[f32]) -> Tensor<4> {
        let sum: f64 = mask.iter().map(|value| f64::from(*value)).sum();
        let shares: Vec<f32> = mask.iter().map(|value| (f64::from(*value) / sum) as f32).collect();
        self.upload(&shares, 1)
    }

    fn upload_planes(&self, planes: &Planes) -> Tensor<4> {
        self.upload(&planes.values, planes.channels)
    }

    /// Square planes, `[1, C, S, S]`.
    fn upload(&self, planes: &[f32], channels: usize) -> Tensor<4> {
        let size = (planes.len() / channels).isqrt();
        Tensor::from_data(TensorData::new(planes.to_vec(), [1, channels, size, size]), self.device)
    }
}

fn binds(mask: &[f32]) -> bool {
    mask.iter().sum::<f32>() > LEAST_MASK
}

/// Strokes that count with their places; a mirrored one that moves something is two, whose directions differ.
pub(super) fn unfolded(strokes: &[Stroke]) -> Vec<(usize, Stroke)> {
    let moves = |stroke: &Stroke| matches!(stroke.tool, StrokeTool::Warp(_) | StrokeTool::Drag);
    let mut single = Vec::with_capacity(strokes.len());
    let counting =
        strokes.iter().enumerate().filter(|(_, stroke)| stroke.on && stroke.weight > 0.0);
    for (index, stroke) in counting {
        if stroke.mirrored && moves(stroke) {
            let stroke = Stroke { mirrored: false, ..stroke.clone() };
            single.push((index, stroke.mirror_image()));
            single.push((index, stroke));
        } else {
            single.push((index, stroke.clone()));
        }
    }
    single
}
