//! The map: encoded pictures and sampled latents in two dimensions.

mod groups;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use groups::{Grouping, MapColour};

use super::{DatasetOptions, DatasetSource, Latent};

/// The most points a map holds.
pub const MAP_POINTS_LIMIT: usize = 50_000;
/// The most clusters that are looked for.
pub const MAP_CLUSTERS_LIMIT: usize = 64;
/// The most pictures in which nearest ones are looked for.
pub const INDEX_LIMIT: usize = 200_000;

/// How latents become points in the plane.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MapMethod {
    /// The first two principal components of all points' latents.
    Pca,
    /// t-SNE (van der Maaten and Hinton 2008), begun from the principal components.
    Tsne {
        /// Neighbours that count, roughly; a third of the points at most.
        perplexity: f32,
        /// Rounds of the descent.
        epochs: u32,
    },
    /// The two latent dimensions as they are, for models that have two.
    Latents,
}

impl MapMethod {
    /// t-SNE as it is usually run.
    pub const TSNE: Self = Self::Tsne { perplexity: 30.0, epochs: 750 };
}

/// What clusters are looked for among the latents (all their dimensions, not the two of the map).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clustering {
    /// None.
    #[default]
    None,
    /// k-means, with this many centres.
    KMeans(u32),
    /// A mixture of this many Gaussians with full covariances.
    Mixture(u32),
}

impl Clustering {
    /// How many are looked for.
    pub fn count(self) -> usize {
        match self {
            Self::None => 0,
            Self::KMeans(count) | Self::Mixture(count) => count as usize,
        }
    }
}

/// Training pictures for a map or an index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChosenPictures {
    /// The data; image size and channels are taken from the model.
    pub source: DatasetSource,
    /// How it is read.
    pub options: DatasetOptions,
    /// At most this many training pictures, spread evenly over the set.
    pub count: usize,
}

/// Make a map of the open model's latent space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapJob {
    /// Pictures to encode, if any.
    pub pictures: Option<ChosenPictures>,
    /// Latents drawn from the prior.
    pub samples: usize,
    /// How they become points.
    pub method: MapMethod,
    /// What clusters are looked for.
    pub clusters: Clustering,
    /// Key of the samples, of the clusters' beginnings and of t-SNE's.
    pub seed: u64,
    /// A `.json`, `.csv` or `.png` file to write, if any.
    pub out: Option<PathBuf>,
    /// By what a `.png` is coloured; `None` takes [`Map::natural_colour`].
    pub colour: Option<String>,
}

impl MapJob {
    /// Points it asks for; fewer where there are fewer pictures.
    pub fn points(&self) -> usize {
        self.samples + self.pictures.as_ref().map_or(0, |pictures| pictures.count)
    }

    /// Whether a model with `dims` latent dimensions can make it.
    ///
    /// # Errors
    /// Why not, and what to do, in one plain line.
    pub fn check(&self, dims: usize, has_encoder: bool) -> Result<(), String> {
        let points = self.points();
        if !(3..=MAP_POINTS_LIMIT).contains(&points) {
            return Err(format!("a map of {points} points: use 3 to {MAP_POINTS_LIMIT} in all"));
        }
        if self.pictures.is_some() && !has_encoder {
            return Err(
                "this model has no encoder to place pictures with: map samples of its prior alone"
                    .to_owned(),
            );
        }
        check_method(self.method, points, dims)?;
        check_clusters(self.clusters, points)
    }
}

/// Whether this many points can be placed.
///
/// # Errors
/// Why not, and what to do.
pub fn check_method(method: MapMethod, points: usize, dims: usize) -> Result<(), String> {
    match method {
        MapMethod::Pca if dims < 2 => {
            Err("a plane needs two latent dimensions, and this model has one: use t-SNE".to_owned())
        }
        MapMethod::Latents if dims != 2 => Err(format!(
            "this model has {dims} latent dimensions: only two can be shown as they are; use PCA or t-SNE"
        )),
        MapMethod::Tsne { epochs: 0, .. } => Err("t-SNE needs at least one round".to_owned()),
        MapMethod::Tsne { perplexity, .. } if !(2.0..=100.0).contains(&perplexity) => {
            Err(format!("a perplexity of {perplexity} is out of range: use 2 to 100"))
        }
        MapMethod::Tsne { perplexity, .. } if points <= 3 * perplexity as usize => {
            let most = (points.saturating_sub(1)) / 3;
            Err(format!(
                "a perplexity of {perplexity} is too much for {points} points: use {most} at most, or more points"
            ))
        }
        _ => Ok(()),
    }
}

/// Whether this many points can be clustered so.
///
/// # Errors
/// Why not, and what to do.
pub fn check_clusters(clusters: Clustering, points: usize) -> Result<(), String> {
    let wanted = clusters.count();
    if clusters == Clustering::None || (1..=MAP_CLUSTERS_LIMIT.min(points)).contains(&wanted) {
        return Ok(());
    }
    Err(format!(
        "{wanted} clusters of {points} points: use 1 to {}",
        MAP_CLUSTERS_LIMIT.min(points)
    ))
}

/// Labels of many pictures, one list after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PointLabels {
    /// The labels' names.
    pub names: Vec<String>,
    /// Where each point's list ends in `list`; points past the end have no labels.
    ends: Vec<u32>,
    list: Vec<u32>,
}

impl PointLabels {
    /// No labels yet, with these names.
    pub fn new(names: Vec<String>) -> Self {
        Self { names, ends: Vec::new(), list: Vec::new() }
    }

    /// Adds the next point's labels, as places in [`names`](Self::names).
    pub fn push(&mut self, labels: &[u32]) {
        self.list.extend_from_slice(labels);
        self.ends.push(self.list.len() as u32);
    }

    /// A point's labels.
    pub fn of(&self, point: usize) -> &[u32] {
        let Some(&end) = self.ends.get(point) else { return &[] };
        let start = if point == 0 { 0 } else { self.ends[point - 1] };
        &self.list[start as usize..end as usize]
    }

    /// A point's labels by name.
    pub fn names_of(&self, point: usize) -> Vec<&str> {
        let named = self.of(point).iter().filter_map(|&label| self.names.get(label as usize));
        named.map(String::as_str).collect()
    }

    /// Whether no point has two: the labels are classes, such as folders.
    pub fn are_classes(&self) -> bool {
        !self.list.is_empty() && (0..self.ends.len()).all(|point| self.of(point).len() <= 1)
    }
}

/// The plane through latent space that a map shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plane {
    /// The latent at (0, 0), `[d]`.
    pub origin: Latent,
    /// Orthonormal, `[d]` each: one unit of the map along each.
    pub axes: [Latent; 2],
    /// The share of the points' variance along each.
    pub explained: [f64; 2],
}

impl Plane {
    /// The latent at a place of the map: origin + x·a₁ + y·a₂. With `present`, what of that latent lies
    /// off the plane is kept.
    pub fn latent(&self, at: [f32; 2], present: Option<&Latent>) -> Latent {
        let mut latent = self.origin.clone();
        let mut move_by = [at[0], at[1]];
        if let Some(present) = present.filter(|present| present.dims() == self.origin.dims()) {
            let from = self.place(present);
            latent = present.clone();
            move_by = [at[0] - from[0], at[1] - from[1]];
        }
        for (axis, by) in self.axes.iter().zip(move_by) {
            latent.0.iter_mut().zip(&axis.0).for_each(|(value, axis)| *value += by * axis);
        }
        latent
    }

    /// Where a latent lies in it: its coordinates along both axes.
    pub fn place(&self, latent: &Latent) -> [f32; 2] {
        let along = |axis: &Latent| {
            let terms = axis.0.iter().zip(latent.0.iter().zip(&self.origin.0));
            terms.map(|(axis, (value, origin))| axis * (value - origin)).sum()
        };
        [along(&self.axes[0]), along(&self.axes[1])]
    }
}

/// A cluster of latents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// Its mean latent, `[d]`.
    pub centre: Latent,
    /// Points that belong to it.
    pub size: usize,
}

/// What [`MapJob`] made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Map {
    /// The model's name.
    pub model: String,
    /// Its training step.
    pub step: u64,
    /// How the points were placed.
    pub method: MapMethod,
    /// `[N, 2]`: pictures first, then samples.
    pub points: Vec<[f32; 2]>,
    /// Latent dimensions d.
    pub dims: usize,
    /// `[N·d]`: the pictures' codes (posterior means), then the samples.
    pub latents: Vec<f32>,
    /// The training pictures of the first points, by their number in the data set.
    pub pictures: Vec<u32>,
    /// The pictures' labels.
    pub labels: PointLabels,
    /// The plane, where the map is one.
    pub plane: Option<Plane>,
    /// Share of the latents' variance along each principal component, the largest first; at most 16, and
    /// empty where none were taken.
    pub explained: Vec<f64>,
    /// Clusters, the largest first.
    pub clusters: Vec<Cluster>,
    /// Each point's cluster, `[N]`; empty without clusters.
    pub members: Vec<u32>,
    /// The file, if one was asked for.
    pub written: Option<PathBuf>,
    /// Seconds it took.
    pub seconds: f64,
}

impl Map {
    /// A point's latent.
    pub fn latent(&self, point: usize) -> Option<Latent> {
        let row = self.latents.get(point * self.dims..(point + 1) * self.dims)?;
        Some(Latent(row.to_vec()))
    }

    /// Whether its points are those of another map, at the same places; their clusters may differ.
    pub fn has_points_of(&self, other: &Self) -> bool {
        let same_model = (&self.model, self.step) == (&other.model, other.step);
        let same_points = self.points == other.points && self.pictures == other.pictures;
        same_model && same_points && self.latents == other.latents
    }

    /// The number of a point's picture in the data set; `None` for a sample.
    pub fn picture(&self, point: usize) -> Option<u32> {
        self.pictures.get(point).copied()
    }

    /// Samples of the prior among the points.
    pub fn samples(&self) -> usize {
        self.points.len() - self.pictures.len()
    }
}

#[cfg(test)]
mod tests;
