//! The sheets that show a model: samples, reconstructions, and what its latent dimensions do.

use std::sync::Arc;

use super::parts::{Encoded, latents_from_rows};
use super::pictures::sheet_latents;
use super::session::OpenModel;
use super::worker::Worker;
use crate::imaging::{Grid, tiles_from_values};
use crate::models::Model;
use crate::protocol::{Frame, Latent, Sheets, SheetsJob, Split};
use crate::storage::{plain_io, shown, write_atomic};

/// Pictures in a row, and rows of samples.
const EDGE: usize = 16;
/// Latent dimensions that get a row.
const SLIDER_ROWS: usize = 10;

impl Worker {
    /// Draws the sheets and writes them when all are drawn.
    ///
    /// # Errors
    /// Data that cannot be read, a folder that cannot be written, a device that fails, or a stop: then
    /// nothing is written.
    pub(super) fn sheets(&mut self, open: &OpenModel, job: &SheetsJob) -> Result<Sheets, String> {
        // Told before the work, not after it.
        if job.out.exists() && !job.out.is_dir() {
            return Err(format!("{} is a file: name a folder", shown(&job.out)));
        }
        let model = &open.model;
        let grid = Grid::square(EDGE * EDGE);
        let latents = sheet_latents(model, job.seed, EDGE * EDGE, 1.0);
        let tiles = self.decode_tiles("drawing samples", model, &latents)?;
        let samples = self.sheet_png(tiles, grid)?;
        let reconstructions = match &model.encoder {
            Some(_) => {
                let tiles = self.reconstruction_tiles(model, job)?;
                Some(self.sheet_png(tiles, grid)?)
            }
            None => None,
        };
        // A sample rather than zero: a wide prior's latents all lie far from it, and what is decoded
        // near it looks like no sample.
        let base = &latents[0];
        let (ranking, dimensions) = self.rank_dimensions(open, base, SLIDER_ROWS)?;
        let latents = slider_latents(model, base, &dimensions);
        let tiles = self.decode_tiles("moving sliders", model, &latents)?;
        let sliders = self.sheet_png(tiles, grid)?;
        std::fs::create_dir_all(&job.out)
            .map_err(|error| format!("cannot make {}: {}", shown(&job.out), plain_io(&error)))?;
        let write = |name: &str, png: &[u8]| {
            let path = job.out.join(name);
            let written = write_atomic(&path, |out| out.write_all(png));
            written.map(|()| path).map_err(|error| error.to_string())
        };
        Ok(Sheets {
            samples: write("samples.png", &samples)?,
            reconstructions: reconstructions
                .map(|png| write("reconstructions.png", &png))
                .transpose()?,
            sliders: write("sliders.png", &sliders)?,
            ranking,
            dimensions,
        })
    }

    /// Held-out pictures in rows, each row above that of its reconstructions G(μ(x)).
    fn reconstruction_tiles(
        &mut self,
        model: &Model,
        job: &SheetsJob,
    ) -> Result<Vec<Frame>, String> {
        let dataset = self.job_data(&job.source, &job.options, &model.spec)?;
        let count = dataset.len(Split::HeldOut).min(EDGE * EDGE / 2);
        if count == 0 {
            return Err("there are no held-out pictures to reconstruct".to_owned());
        }
        let Encoded { pictures, posteriors } = self.encode_held_out(model, &dataset, count)?;
        let means = posteriors.ok_or("this model has no encoder")?.means;
        let codes = latents_from_rows(&means, model.spec.latent as usize);
        let below = self.decode_tiles("reconstructing", model, &codes)?;
        let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
        let above = tiles_from_values(&pictures, channels, size).map_err(|e| e.to_string())?;
        Ok(row_above_row(&above, &below, EDGE))
    }
}

/// A row of latents for each dimension, from one end of its slider to the other.
fn slider_latents(model: &Model, base: &Latent, dimensions: &[usize]) -> Vec<Latent> {
    let reach = model.spec.prior.reach();
    let place = |column: usize| reach * (2.0 * column as f32 / (EDGE - 1) as f32 - 1.0);
    let row = |&dim: &usize| (0..EDGE).map(move |column| base.with(dim, place(column)));
    dimensions.iter().flat_map(row).collect()
}

/// Rows of `above` and `below` in turn; short rows are filled with nothing.
fn row_above_row(above: &[Frame], below: &[Frame], columns: usize) -> Vec<Frame> {
    let mut tiles = Vec::with_capacity(2 * above.len().next_multiple_of(columns));
    for (above, below) in above.chunks(columns).zip(below.chunks(columns)) {
        for row in [above, below] {
            tiles.extend_from_slice(row);
            let blank = Frame { rgba: Arc::new(vec![0; row[0].rgba.len()]), ..row[0].clone() };
            tiles.extend(std::iter::repeat_n(blank, columns - row.len()));
        }
    }
    tiles
}

#[cfg(test)]
mod tests {
    use super::row_above_row;
    use crate::protocol::Frame;
    use std::sync::Arc;

    #[test]
    fn each_row_stands_above_its_reconstructions() {
        let tile = |shade| Frame { width_px: 1, height_px: 1, rgba: Arc::new(vec![shade; 4]) };
        let above = [1, 2, 3].map(tile);
        let below = [101, 102, 103].map(tile);
        let shades: Vec<u8> =
            row_above_row(&above, &below, 2).iter().map(|tile| tile.rgba[0]).collect();
        assert_eq!(shades, [1, 2, 101, 102, 3, 0, 103, 0]);
    }
}
