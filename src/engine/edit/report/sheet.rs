//! A picture of a task: what was there, what was painted, and what came of it.

use super::faces::Face;
use super::tasks::Asked;
use crate::engine::edit::drawn::Drawn;
use crate::imaging::{Grid, compose_grid, enlarged, frame_from_values};
use crate::protocol::Frame;

/// How many times larger than the pictures.
const SCALE: usize = 3;

/// Side by side: the picture, its strokes in red, G(z₀), G(z*), what is shown, and M.
///
/// # Errors
/// Pictures that do not fit each other.
pub(super) fn sheet(
    face: &Face,
    asked: &Asked,
    drawn: &Drawn,
    shown: &[f32],
) -> Result<Frame, String> {
    let plane = drawn.mask.len();
    let red = [1.0, -1.0, -1.0];
    let painted: Vec<f32> = face
        .truth
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let weight = 0.7 * asked.painted[index % plane];
            value + weight * (red[index / plane % 3] - value)
        })
        .collect();
    let mask: Vec<f32> =
        drawn.mask.iter().map(|value| 2.0 * value - 1.0).collect::<Vec<_>>().repeat(3);
    let columns = [&face.truth, &painted, &drawn.before, &drawn.after, shown, &mask];
    let tiles: Result<Vec<Frame>, _> = columns
        .into_iter()
        .map(|values: &[f32]| frame_from_values(values, 3, drawn.size, drawn.size))
        .collect();
    let tiles = tiles.map_err(|error| error.to_string())?;
    let grid = Grid { columns: tiles.len(), gap_px: 1, background: [128, 128, 128, 255] };
    let sheet = compose_grid(&tiles, grid).map_err(|error| error.to_string())?;
    enlarged(&sheet, SCALE).map_err(|error| error.to_string())
}
