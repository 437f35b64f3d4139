//! Directions without labels: principal components, SeFa, tangent vectors, the dimensions themselves.

use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};

use super::grid::signed;
use super::jobs::latents_of;
use super::parts::{PART, values_per_picture};
use super::pictures::{PriorLatents, latents_tensor};
use super::ranking::{highest, latent_kl};
use super::saving::latent_space;
use super::session::OpenModel;
use super::worker::Worker;
use crate::imaging::{Figure, Grid, RowLabel, compose_grid, values_from_tensor};
use crate::latent::{
    Codes, Leading, principal_components, regressed_directions, singular_directions,
};
use crate::models::{Mode, Model, Pass};
use crate::protocol::{
    DatasetOptions, DatasetSource, Direction, DirectionSearch, DirectionsJob, FoundDirections,
    Frame, Latent, Origin, Split, evenly,
};
use crate::storage::{save_directions, write_atomic};

/// Tiles of a strip.
const STRIP_PLACES: usize = 7;
/// How far a strip reaches where a step is a standard deviation of codes.
const CODES_REACH: f32 = 3.0;
/// Latents whose sensitivities are averaged.
const SENSITIVITY_BASES: usize = 4;
/// Values of a layer's activations that are held at once.
const ACTIVATIONS_LIMIT: usize = 1 << 26;
/// Tiles of the picture are enlarged to this edge, in pixels.
const PICTURE_TILE_PX: usize = 128;

impl Worker {
    /// Finds directions without labels, draws what they do, and writes what was asked for.
    ///
    /// # Errors
    /// What is wrong with the request, the data or the latents' file, a model that cannot answer, an
    /// output that cannot be written, or a stop: then nothing is written.
    pub(super) fn directions(
        &mut self,
        open: &OpenModel,
        job: &DirectionsJob,
    ) -> Result<FoundDirections, String> {
        let begun = Instant::now();
        let model = &open.model;
        let bases = latents_of(&job.base, model)?;
        let base = bases.first().ok_or("there is no latent to start from: name one")?.clone();
        let count = job.count.clamp(1, model.spec.latent as usize);
        let directions = match &job.search {
            DirectionSearch::Pca { source, options, limit } => {
                self.code_components(model, (source, options, *limit), count)?
            }
            DirectionSearch::LayerPca { layer, samples } => {
                self.layer_components(model, *layer, (*samples, job.seed), count)?
            }
            DirectionSearch::Sefa => self.first_weight(model, count)?,
            DirectionSearch::Jacobian => self.tangents(model, &base, count)?,
            DirectionSearch::Sensitivity => {
                let bases = &bases[..bases.len().min(SENSITIVITY_BASES)];
                self.dimensions(open, bases, count)?
            }
        };
        let reach = match &job.search {
            DirectionSearch::Pca { .. } => CODES_REACH,
            _ => model.spec.prior.reach(),
        };
        let places = evenly(STRIP_PLACES, reach);
        let tiles = self.strips(model, &base, &directions, &places)?;
        let strips = strip_frames(&tiles)?;
        let png = match &job.picture {
            Some(_) => Some(self.figure_png(tiles, figure(model, &directions, &places))?),
            None => None,
        };
        if let Some(out) = &job.out {
            let space = latent_space(model)?;
            save_directions(out, &directions, &space).map_err(|error| error.to_string())?;
        }
        if let (Some(path), Some(png)) = (&job.picture, png) {
            write_atomic(path, |out| out.write_all(&png)).map_err(|error| error.to_string())?;
        }
        let (picture, written) = (job.picture.clone(), job.out.clone());
        let seconds = begun.elapsed().as_secs_f64();
        Ok(FoundDirections { directions, base, places, strips, picture, written, seconds })
    }

    /// Principal components of pictures' codes; one step is a standard deviation.
    fn code_components(
        &mut self,
        model: &Model,
        (source, options, limit): (&DatasetSource, &DatasetOptions, usize),
        count: usize,
    ) -> Result<Vec<Direction>, String> {
        if model.encoder.is_none() {
            return Err("this model has no encoder, and the principal components of a prior's \
                        samples are noise: take layer-pca, which looks at what the generator \
                        makes of them"
                .to_owned());
        }
        let dataset = self.job_data(source, options, &model.spec)?;
        let these: Vec<usize> = (0..dataset.len(Split::Train).min(limit)).collect();
        let codes = self.codes(model, (&dataset, Split::Train, &these))?;
        check_finite(codes.values())?;
        let found = self.aside("directions", move || principal_components(&codes))?;
        let found = found.ok_or("principal components need at least two pictures")?;
        let direction = |index: usize| {
            let deviation = found.variance[index].max(0.0).sqrt() as f32;
            let step = found.components[index].iter().map(|value| value * deviation).collect();
            let explained = found.explained[index];
            let origin = Origin::Component { index: index + 1, explained };
            Direction::new(format!("PC {}", index + 1), Latent(step), origin)
        };
        Ok((0..found.components.len().min(count)).map(direction).collect())
    }

    /// What moves the principal components of a hidden layer's activations (Härkönen et al. 2020).
    fn layer_components(
        &mut self,
        model: &Model,
        layer: usize,
        (samples, seed): (usize, u64),
        count: usize,
    ) -> Result<Vec<Direction>, String> {
        let latents = PriorLatents::new(model, seed, 1.0).draw(samples);
        let activations = self.activations(model, layer, &latents)?;
        check_finite(activations.values())?;
        let leading = Leading::new(&activations, count, seed);
        drop(activations);
        let mut leading = leading.ok_or("this layer's activations are the same for all samples")?;
        let told = format!("principal components of layer {layer}");
        while leading.step()? {
            let (done, total) = leading.progress();
            self.job_progress(&told, done, total);
            self.breathe()?;
        }
        let (principal, coordinates) = leading.finish()?;
        let dims = model.spec.latent as usize;
        let flat = latents.into_iter().flat_map(|latent| latent.0).collect();
        let regressed = regressed_directions(&Codes::new(dims, flat), &coordinates);
        let found = regressed.into_iter().zip(principal.explained).enumerate();
        Ok(found
            .map(|(index, (found, explained))| {
                let (name, fit) = (format!("layer {layer} PC {}", index + 1), found.fit);
                let origin = Origin::LayerComponent { layer, index: index + 1, explained, fit };
                Direction::new(name, Latent(found.direction), origin)
            })
            .collect())
    }

    /// Activations of a hidden layer, one row a latent.
    fn activations(
        &mut self,
        model: &Model,
        layer: usize,
        latents: &[Latent],
    ) -> Result<Codes, String> {
        let layers = model.generator.hidden_layers();
        if layer >= layers {
            let last = layers - 1;
            return Err(format!("layer {layer}: this generator's hidden layers are 0 to {last}"));
        }
        let (mut values, mut width) = (Vec::new(), 1);
        for (part, chunk) in latents.chunks(PART).enumerate() {
            self.job_progress("looking into the generator", part * PART, latents.len());
            let z = latents_tensor(model, chunk);
            let hidden = model.generator.hidden(z, layer, &mut Pass::new(Mode::Eval));
            let [_, c, h, w] = hidden.dims();
            width = c * h * w;
            if width.saturating_mul(latents.len()) > ACTIVATIONS_LIMIT {
                return Err(format!(
                    "layer {layer} has {width} values a sample: take at most {} samples, or an \
                     earlier layer",
                    ACTIVATIONS_LIMIT / width
                ));
            }
            values.extend(values_from_tensor(hidden)?);
            self.breathe()?;
        }
        Ok(Codes::new(width, values))
    }

    /// Singular directions of the first weight (Shen and Zhou 2021).
    fn first_weight(&mut self, model: &Model, count: usize) -> Result<Vec<Direction>, String> {
        let weight = model.generator.first_weight(); // [d, C₀·16]
        let width = weight.dims()[1];
        // The rows of the weight are the columns of the map from z.
        let columns = Codes::new(width, values_from_tensor(weight)?);
        let found = self.singular(columns)?;
        Ok(named(found, count, "SeFa", |index, value| Origin::Sefa { index, value }))
    }

    /// Singular directions of the Jacobian at a latent, all of its columns derived part by part.
    fn tangents(
        &mut self,
        model: &Model,
        base: &Latent,
        count: usize,
    ) -> Result<Vec<Direction>, String> {
        let (dims, device) = (base.dims(), model.device());
        let mut columns = Vec::with_capacity(dims * values_per_picture(model));
        for first in (0..dims).step_by(PART) {
            self.job_progress("deriving the picture", first, dims);
            let along = unit_vectors(first..dims.min(first + PART), dims, &device);
            let z = latents_tensor(model, std::slice::from_ref(base));
            columns.extend(values_from_tensor(model.generator.derivatives(z, along))?);
            self.breathe()?;
        }
        let found = self.singular(Codes::new(values_per_picture(model), columns))?;
        Ok(named(found, count, "tangent", |index, value| Origin::Tangent { index, value }))
    }

    /// Singular directions of a map whose columns are these rows: another thread's work, plain numbers.
    fn singular(&mut self, columns: Codes) -> Result<(Vec<Vec<f32>>, Vec<f64>), String> {
        check_finite(columns.values())?;
        let dims = columns.len();
        self.job_progress("singular directions", 0, 1);
        self.aside("directions", move || singular_directions(&columns.gram(), dims))
    }

    /// The latent dimensions to which pictures are the most sensitive.
    fn dimensions(
        &mut self,
        open: &OpenModel,
        bases: &[Latent],
        count: usize,
    ) -> Result<Vec<Direction>, String> {
        let sensitivities = self.sensitivities(&open.model, bases)?;
        let kl = latent_kl(open);
        let direction = |dim: usize| {
            let mut step = Latent::zeros(sensitivities.len());
            step.0[dim] = 1.0;
            let (sensitivity, kl) = (sensitivities[dim].into(), kl.map(|kl| kl[dim].into()));
            let origin = Origin::Dimension { dim, sensitivity, kl };
            Direction::new(format!("z {dim}"), step, origin)
        };
        Ok(highest(&sensitivities, count).into_iter().map(direction).collect())
    }

    /// For each direction a row of tiles, the base moved to each place.
    fn strips(
        &mut self,
        model: &Model,
        base: &Latent,
        directions: &[Direction],
        places: &[f32],
    ) -> Result<Vec<Frame>, String> {
        let row = |direction: &Direction| -> Vec<Latent> {
            places.iter().map(|place| base.plus(&direction.step, *place)).collect()
        };
        let latents: Vec<Latent> = directions.iter().flat_map(row).collect();
        self.decode_tiles("moving along directions", model, &latents)
    }
}

/// One picture for each strip.
fn strip_frames(tiles: &[Frame]) -> Result<Vec<Frame>, String> {
    let grid = Grid { columns: STRIP_PLACES, gap_px: 0, background: [0; 4] };
    let strips = tiles.chunks(STRIP_PLACES).map(|tiles| compose_grid(tiles, grid));
    strips.collect::<Result<_, _>>().map_err(|error| error.to_string())
}

fn figure(model: &Model, directions: &[Direction], places: &[f32]) -> Figure {
    let row = |direction: &Direction| RowLabel {
        text: direction.name.clone(),
        detail: direction.origin.to_string(),
    };
    Figure {
        columns: places.iter().map(|place| signed(*place)).collect(),
        rows: directions.iter().map(row).collect(),
        x_name: "steps".to_owned(),
        y_name: String::new(),
        scale: (PICTURE_TILE_PX / model.spec.image_size as usize).max(1),
    }
}

/// The first `count` singular directions, each one unit long.
fn named(
    (vectors, values): (Vec<Vec<f32>>, Vec<f64>),
    count: usize,
    name: &str,
    origin: impl Fn(usize, f64) -> Origin,
) -> Vec<Direction> {
    let found = vectors.into_iter().zip(values).take(count).enumerate();
    found
        .map(|(index, (vector, value))| {
            let name = format!("{name} {}", index + 1);
            Direction::new(name, Latent(vector), origin(index + 1, value))
        })
        .collect()
}

/// Some of the unit vectors of a latent space, `[K, d]`.
fn unit_vectors(which: std::ops::Range<usize>, dims: usize, device: &Device) -> Tensor<2> {
    let shape = [which.len(), dims];
    let mut values = vec![0.0_f32; shape[0] * dims];
    for (row, dim) in which.enumerate() {
        values[row * dims + dim] = 1.0;
    }
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Decompositions of what is no number have no end.
fn check_finite(values: &[f32]) -> Result<(), String> {
    if values.iter().all(|value| value.is_finite()) {
        Ok(())
    } else {
        Err("this model's numbers are not finite: open one from before its training failed"
            .to_owned())
    }
}
