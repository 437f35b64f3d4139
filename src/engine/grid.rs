//! Grids: a latent moved along one direction or two, decoded row by row and written with labels.

use std::path::{Path, PathBuf};

use super::jobs::{first_latent_of, has_extension};
use super::saving::latent_space;
use super::session::OpenModel;
use super::worker::Worker;
use crate::imaging::{Figure, RowLabel};
use crate::models::Model;
use crate::protocol::{GridAxis, GridDirection, GridJob, Latent};
use crate::storage::{open_directions, shown, write_atomic};

const STEPS_LIMIT: usize = 1000;
const SCALE_LIMIT: usize = 64;

/// An axis with all that it needs at hand.
struct Axis {
    name: String,
    along: Along,
    places: Vec<f32>,
}

enum Along {
    /// Its value is the place.
    Dimension(usize),
    /// Added as many times as the place says.
    Step(Latent),
}

impl Axis {
    /// Each place's label.
    fn labels(&self) -> Vec<String> {
        let label = match self.along {
            Along::Dimension(_) => number,
            Along::Step(_) => signed,
        };
        self.places.iter().map(|place| label(*place)).collect()
    }

    /// Each place's label, and where the base is moved to there.
    fn moves(&self, base: &Latent) -> Vec<(String, Latent)> {
        let moved = |place: &f32| match &self.along {
            Along::Dimension(dim) => base.with(*dim, *place),
            Along::Step(step) => base.plus(step, *place),
        };
        self.labels().into_iter().zip(self.places.iter().map(moved)).collect()
    }
}

impl Worker {
    /// Draws a grid and writes it.
    ///
    /// # Errors
    /// What is wrong with the request, its files or the output, a picture beyond the limit, or a stop:
    /// then nothing is written.
    pub(super) fn grid(&mut self, open: &OpenModel, job: &GridJob) -> Result<PathBuf, String> {
        check(job)?;
        let model = &open.model;
        let base = first_latent_of(&job.base, model)?;
        let x = axis(model, &job.x)?;
        let y = job.y.as_ref().map(|y| axis(model, y)).transpose()?;
        let rows = match &y {
            Some(y) => y.moves(&base),
            None => vec![(String::new(), base)],
        };
        let label =
            |(text, _): &(String, Latent)| RowLabel { text: text.clone(), ..RowLabel::default() };
        let figure = Figure {
            columns: x.labels(),
            // From bottom to top, as axes go.
            rows: rows.iter().rev().map(label).collect(),
            x_name: x.name.clone(),
            y_name: y.map(|y| y.name).unwrap_or_default(),
            scale: job.scale,
        };
        // Told before the work, not after it.
        figure.size_px(model.spec.image_size as usize).map_err(|error| error.to_string())?;
        let mut tiles = Vec::with_capacity(figure.columns.len() * rows.len());
        for (number, (_, raised)) in rows.iter().rev().enumerate() {
            let told = format!("drawing row {} of {}", number + 1, rows.len());
            let latents: Vec<Latent> = x.moves(raised).into_iter().map(|(_, z)| z).collect();
            tiles.extend(self.decode_tiles(&told, model, &latents)?);
        }
        let png = self.figure_png(tiles, figure)?;
        write_atomic(&job.out, |out| out.write_all(&png)).map_err(|error| error.to_string())?;
        Ok(job.out.clone())
    }
}

fn check(job: &GridJob) -> Result<(), String> {
    if !has_extension(&job.out, "png") {
        return Err(format!("{}: name the output .png", shown(&job.out)));
    }
    if !(1..=SCALE_LIMIT).contains(&job.scale) {
        return Err(format!("a scale of {}: use 1 to {SCALE_LIMIT}", job.scale));
    }
    for axis in [Some(&job.x), job.y.as_ref()].into_iter().flatten() {
        if !(1..=STEPS_LIMIT).contains(&axis.steps) {
            return Err(format!("{} steps: use 1 to {STEPS_LIMIT}", axis.steps));
        }
        if !(axis.reach.is_finite() && axis.reach > 0.0) {
            return Err(format!("a reach of {}: use a number above 0", axis.reach));
        }
    }
    let dimension = |axis: &GridAxis| match axis.along {
        GridDirection::Dimension(dim) => Some(dim),
        _ => None,
    };
    match (dimension(&job.x), job.y.as_ref().and_then(dimension)) {
        (Some(x), Some(y)) if x == y => {
            Err(format!("both axes are dimension {x}: take another one for one of them"))
        }
        _ => Ok(()),
    }
}

fn axis(model: &Model, asked: &GridAxis) -> Result<Axis, String> {
    let dims = model.spec.latent as usize;
    let along = match &asked.along {
        GridDirection::Dimension(dim) if *dim >= dims => {
            let last = dims - 1;
            return Err(format!("dimension {dim}: this model's are numbered from 0 to {last}"));
        }
        GridDirection::Dimension(dim) => Along::Dimension(*dim),
        GridDirection::Named { file, name } => named(model, file, name)?,
        GridDirection::Given { step, .. } if step.dims() != dims => {
            return Err(format!(
                "a direction of {} dimensions: this model's latents have {dims}",
                step.dims()
            ));
        }
        GridDirection::Given { step, .. } => Along::Step(step.clone()),
    };
    Ok(Axis { name: asked.along.name(), along, places: asked.places() })
}

fn named(model: &Model, file: &Path, name: &str) -> Result<Along, String> {
    let space = latent_space(model)?;
    let all = open_directions(file, &space).map_err(|error| error.to_string())?;
    match all.iter().find(|direction| direction.name == name) {
        Some(direction) => Ok(Along::Step(direction.step.clone())),
        None => {
            let names: Vec<&str> = all.iter().map(|direction| direction.name.as_str()).collect();
            let names = names.join(", ");
            Err(format!("{}: there is no '{name}' in it, but {names}", shown(file)))
        }
    }
}

/// At most two decimals, with a real minus.
fn number(value: f32) -> String {
    let text = format!("{:.2}", value.abs());
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if value < 0.0 && text != "0" { format!("−{text}") } else { text.to_owned() }
}

/// The same with a plus: what is added.
pub(super) fn signed(value: f32) -> String {
    let text = number(value);
    if value > 0.0 && text != "0" { format!("+{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::{number, signed};

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        let numbers = [-3.0, -1.5, 0.0, 0.333_33, 20.0, -0.001].map(number);
        assert_eq!(numbers, ["−3", "−1.5", "0", "0.33", "20", "0"]);
        assert_eq!([2.0, 0.0, 0.004, -1.0].map(signed), ["+2", "0", "0", "−1"]);
    }
}
