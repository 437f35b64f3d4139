//! What the window sees of an edit.

use super::live::Live;
use crate::edit::{Solve, area_mask, change_mask, composite, erased_mask, lay_over};
use crate::imaging::{frame_from_values, values_from_tensor};
use crate::invert::FeatureNetwork;
use crate::protocol::{EditLoss, EditStage, EditView, Frame, Latent, OfferedCandidate};

/// A solve that began anew is shown once it costs no more than this times what was shown before.
const AS_GOOD: f32 = 1.02;

/// Nearer than this to its target, in widths of the picture, a dragged point has arrived.
const ARRIVED: f32 = 0.03;

/// What was shown before a solve began anew.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) z: Vec<f32>,
    /// What it costs now.
    loss: EditLoss,
}

impl Held {
    /// Keeps showing `z` while the solve is not as good; nothing where there is nothing to solve.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn new(solve: &mut Solve, z: Vec<f32>) -> Result<Option<Self>, String> {
        if solve.stage() == EditStage::Settled {
            return Ok(None);
        }
        let loss = solve.measure(&z)?;
        Ok(Some(Self { z, loss }))
    }

    pub(super) fn is_reached(&self, solve: &Solve) -> bool {
        let slack = (AS_GOOD - 1.0) * self.loss.total.abs();
        solve.stage() != EditStage::Adopted
            || solve.candidates()[0].loss.total <= self.loss.total + slack
    }
}

/// Candidates with their pictures, in places that stay.
#[derive(Debug, Default)]
pub(super) struct Picked(Vec<OfferedCandidate>);

/// Looks which candidates are worth offering, and draws them.
///
/// # Errors
/// When the device fails.
pub(super) fn pick(
    picked: &mut Picked,
    solve: &mut Solve,
    network: Option<&FeatureNetwork>,
) -> Result<(), String> {
    let places = solve.offer(network)?.to_vec();
    let chosen: Vec<_> = places.iter().map(|&place| solve.candidates()[place].clone()).collect();
    let (channels, size) = solve.energy().format();
    let offered = chosen.into_iter().zip(&places).map(|(candidate, &place)| {
        let values = solve.picture(place).ok_or("a candidate was not looked at")?;
        Ok(OfferedCandidate {
            start: candidate.start,
            total: candidate.loss.total,
            picture: frame(values, channels, size)?,
            latent: Latent(candidate.z),
        })
    });
    let offered: Vec<OfferedCandidate> = offered.collect::<Result<_, String>>()?;
    let before: Vec<u32> = picked.0.iter().map(|candidate| candidate.start).collect();
    picked.0 = in_place(&before, offered);
    Ok(())
}

/// Who was there keeps its place; a place that became free goes to the first newcomer, further ones come last.
fn in_place(before: &[u32], mut now: Vec<OfferedCandidate>) -> Vec<OfferedCandidate> {
    let mut places: Vec<Option<OfferedCandidate>> = before
        .iter()
        .map(|start| now.iter().position(|it| it.start == *start).map(|at| now.remove(at)))
        .collect();
    let mut newcomers = now.into_iter();
    for place in places.iter_mut().filter(|place| place.is_none()) {
        *place = newcomers.next();
    }
    places.into_iter().flatten().chain(newcomers).collect()
}

/// The edit as it stands.
///
/// # Errors
/// When the device fails.
pub(super) fn edit_view(live: &mut Live) -> Result<EditView, String> {
    let latent = live.shown_latent().to_vec();
    let stage = live.stage();
    let Live { request, solve, photo, lit, light, model, picked, realism, handles, .. } = live;
    let energy = solve.energy();
    let (channels, size) = energy.format();
    let morph = request.morph.clamp(0.0, 1.0);
    let start = &request.start.latent.0;
    let between: Vec<f32> = start.iter().zip(&latent).map(|(a, b)| a + morph * (b - a)).collect();
    let image = energy.pictures(&between);
    let after = values_from_tensor(image.clone())?;
    let before = energy.before();
    let area = area_mask(&request.plan.area, size);
    let mut mask = change_mask(before, &after, channels, size, area.as_deref());
    let mut cover = erased_mask(&request.plan.strokes, size);
    if let Some(cover) = &mut cover {
        cover.iter_mut().for_each(|value| *value *= morph);
        mask.iter_mut().zip(cover).for_each(|(mask, cover)| *mask = mask.max(*cover));
    }
    let composite = photo.as_ref().map(|photo| {
        let mut shown = composite(photo, before, &after, &mask, channels, size);
        if let Some(cover) = &cover {
            lay_over(&mut shown, &after, cover);
        }
        shown
    });
    let manifold = lit.at(stage, || light.manifold(model, &between, image))?;
    let mut remarks = energy.remarks().to_vec();
    if stage != EditStage::Adopted {
        remarks.extend(not_reached(&energy.drag_targets(), handles));
    }
    let gray: Vec<f32> = mask.iter().map(|value| 2.0 * value - 1.0).collect();
    Ok(EditView {
        id: request.id,
        edit: request.edit,
        stage,
        steps: (solve.steps(), solve.settings().steps),
        loss: solve.candidates()[0].loss.clone(),
        each: energy.strokes(),
        before: frame(before, channels, size)?,
        picture: frame(&after, channels, size)?,
        composite: composite.map(|values| frame(&values, channels, size)).transpose()?,
        mask: frame(&gray, 1, size)?,
        offered: picked.0.clone(),
        handles: handles.clone(),
        realism: *realism,
        manifold,
        remarks,
        latent: Latent(latent),
    })
}

/// Which dragged points did not come near their targets.
fn not_reached(targets: &[(usize, [f32; 2])], handles: &[[f32; 2]]) -> Vec<String> {
    let far = |((_, [x, y]), at): &(&(usize, [f32; 2]), &[f32; 2])| {
        (at[0] - x).hypot(at[1] - y) > ARRIVED
    };
    let missed = targets.iter().zip(handles).filter(far).map(|((stroke, _), _)| stroke + 1);
    let text = |number| {
        format!(
            "The point of stroke {number} did not reach its target: the model hardly draws such a picture. A shorter \
             way, or less weight of distance and rest, may help."
        )
    };
    missed.map(text).collect()
}

fn frame(values: &[f32], channels: usize, size: usize) -> Result<Frame, String> {
    frame_from_values(values, channels, size, size).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_keep_their_places() {
        let picture = Frame { width_px: 0, height_px: 0, rgba: Default::default() };
        let candidates = |starts: &[u32]| -> Vec<OfferedCandidate> {
            let one = |&start: &u32| OfferedCandidate {
                start,
                latent: Latent::zeros(1),
                total: 0.0,
                picture: picture.clone(),
            };
            starts.iter().map(one).collect()
        };
        let starts = |offered: &[OfferedCandidate]| -> Vec<u32> {
            offered.iter().map(|candidate| candidate.start).collect()
        };
        let again = in_place(&[0, 4, 2, 7], candidates(&[4, 0, 9, 7, 1]));
        assert_eq!(starts(&again), [0, 4, 9, 7, 1]);
        // Fewer than before: the rest close up.
        assert_eq!(starts(&in_place(&[0, 4, 2, 7], candidates(&[7, 2]))), [2, 7]);
    }
}
