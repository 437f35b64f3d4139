//! The latent brush: which directions of z change a region of the picture most.
//!
//! With J = dG/dz at z₀ and W the diagonal of the region's soft mask, ‖W J v‖ is how much the region changes along a
//! unit vector v; the singular vectors of W J with the largest values change it most.

use burn::tensor::Tensor;

use super::hog::luminance;
use super::jacobian::gram;
use crate::latent::singular_directions;
use crate::models::{flat, read_values};
use crate::protocol::{LATENT_STROKE_REACH, Stroke, StrokePoint, StrokeTool};

/// The two directions of a stroke's region, unit vectors of `d` values each.
pub(super) type Directions = [Vec<f32>; 2];

/// The part of a stroke that says which region is meant: its first point and its brush.
pub(super) fn region(stroke: &Stroke) -> Stroke {
    let first = stroke.points.first().map(|point| StrokePoint { pressure: 1.0, ..*point });
    Stroke { points: first.into_iter().collect(), weight: 1.0, on: true, ..stroke.clone() }
}

/// Where a stroke moves z₀: along its two directions by how far it goes right and down.
pub(super) fn shift(stroke: &Stroke, [right, down]: &Directions) -> Vec<f32> {
    let ends = stroke.points.first().zip(stroke.points.last());
    let [x, y] = ends.map_or([0.0; 2], |(first, last)| [last.x - first.x, last.y - first.y]);
    let reach = LATENT_STROKE_REACH * stroke.brush.strength * stroke.weight;
    let along = |share: f32| reach * share.clamp(-1.0, 1.0);
    right.iter().zip(down).map(|(a, b)| along(x) * a + along(y) * b).collect()
}

/// Whether a stroke is one of these, and counts.
pub(super) fn counts(stroke: &Stroke) -> bool {
    stroke.tool == StrokeTool::Latent && stroke.on && stroke.weight > 0.0
}

/// The directions that change the region most, the first one before the second; along both the region becomes brighter
/// rather than darker. A region outside of the picture has none: they are 0. `seen` is the Jacobian under the region's
/// mask, `[d, V]`, of pictures of `channels` planes.
///
/// # Errors
/// When the device fails.
pub(super) fn directions(seen: Tensor<2>, channels: usize) -> Result<Directions, String> {
    let [dims, values] = seen.dims();
    let size = (values / channels).isqrt();
    let picture = seen.clone().reshape([dims, channels, size, size]);
    let brighter = read_values(flat(luminance(picture)).sum_dim(1))?;
    let (vectors, sizes) = singular_directions(&gram(seen)?, dims);
    let chosen = |place: usize| {
        let known = vectors.get(place).filter(|_| sizes.get(place).is_some_and(|size| *size > 0.0));
        let mut vector = known.cloned().unwrap_or_else(|| vec![0.0; dims]);
        let change: f32 = vector.iter().zip(&brighter).map(|(v, b)| v * b).sum();
        if change < 0.0 {
            vector.iter_mut().for_each(|value| *value = -*value);
        }
        vector
    };
    Ok([chosen(0), chosen(1)])
}
