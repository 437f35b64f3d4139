//! The map: pictures encoded and samples drawn, placed in two dimensions and clustered, as a job.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::map_desk::PictureIndex;
use super::parts::{PART, latents_from_rows};
use super::pictures::{PriorLatents, encode_values};
use super::pixel_index::PixelIndex;
use super::session::OpenModel;
use super::worker::Worker;
use crate::data::Dataset;
use crate::imaging::tensor_from_bytes;
use crate::latent::{
    Codes, Stopped, TsneOptions, Watch, gaussian_mixture_watched, k_means_watched,
    principal_components, tsne,
};
use crate::protocol::{
    ChosenPictures, Cluster, Clustering, DatasetOptions, DatasetSource, Event, INDEX_LIMIT,
    IndexJob, Latent, Map, MapColour, MapJob, MapMethod, ModelSpec, Plane, PointLabels, Split,
    check_clusters, check_method,
};
use crate::storage::{MapFile, write_atomic};

/// Shares of variance that a map tells.
const EXPLAINED_TOLD: usize = 16;

/// Where the points lie, and what is known of it.
struct Placed {
    points: Vec<[f32; 2]>,
    plane: Option<Plane>,
    explained: Vec<f64>,
}

/// Clusters, the largest first, and each point's.
type Clustered = (Vec<Cluster>, Vec<u32>);

impl Worker {
    /// Makes a map, which is then the newest: its small pictures can be asked for.
    ///
    /// # Errors
    /// A request that does not fit the model, data that cannot be read, an output that cannot be written, or
    /// a stop.
    pub(super) fn make_map(&mut self, open: &OpenModel, job: &MapJob) -> Result<Arc<Map>, String> {
        let begun = Instant::now();
        let dims = open.model.spec.latent as usize;
        job.check(dims, open.model.encoder.is_some())?;
        // Told before the work, not after it.
        let file = job.out.as_deref().map(MapFile::of).transpose();
        let file = file.map_err(|error| error.to_string())?;
        let index = match &job.pictures {
            Some(chosen) => Some(self.index_pictures(open, chosen)?),
            None => None,
        };
        let codes = index.as_ref().and_then(|index| index.codes.as_ref());
        let mut latents = codes.map_or_else(Vec::new, |codes| codes.values().to_vec());
        if latents.iter().any(|value| !value.is_finite()) {
            let text = "the encoder gives codes that are no numbers: its training broke";
            return Err(text.to_owned());
        }
        latents.extend(self.drawn(open, job)?);
        let codes = Arc::new(Codes::new(dims, latents));
        // There may be fewer pictures than were asked for.
        check_method(job.method, codes.len(), dims)?;
        check_clusters(job.clusters, codes.len())?;
        let Placed { points, plane, explained } = self.place(&codes, job)?;
        let placed = Arc::new(Map {
            model: open.name.clone(),
            step: open.step,
            method: job.method,
            points,
            dims,
            latents: codes.values().to_vec(),
            pictures: index.as_ref().map_or_else(Vec::new, |index| index.numbers.clone()),
            labels: index.as_ref().map_or_else(PointLabels::default, PictureIndex::labels),
            plane,
            explained,
            clusters: Vec::new(),
            members: Vec::new(),
            written: None,
            seconds: begun.elapsed().as_secs_f64(),
        });
        self.map_desk.take_map(open.clone(), index);
        if job.clusters != Clustering::None {
            // Clusters take longer than a plane: the points are shown meanwhile.
            self.outbox.tell(Event::MapPlaced(Arc::clone(&placed)));
        }
        let (clusters, members) = self.cluster(&codes, job)?;
        let written = job.out.clone();
        let mut map = Map { clusters, members, written, ..(*placed).clone() };
        map.seconds = begun.elapsed().as_secs_f64();
        let map = Arc::new(map);
        if let (Some(file), Some(out)) = (file, &job.out) {
            self.write_map(&map, (file, out), job.colour.as_deref())?;
        }
        Ok(map)
    }

    /// Indexes training pictures, in which nearest ones can then be looked for.
    ///
    /// # Errors
    /// As [`Worker::make_map`].
    pub(super) fn make_index(
        &mut self,
        open: &OpenModel,
        job: &IndexJob,
    ) -> Result<(usize, bool), String> {
        let index = self.index_pictures(open, &job.pictures)?;
        let told = (index.numbers.len(), index.codes.is_some());
        self.map_desk.take_index(index);
        Ok(told)
    }

    /// Reads pictures, encodes them where the model can, and keeps what a search needs of their pixels.
    fn index_pictures(
        &mut self,
        open: &OpenModel,
        chosen: &ChosenPictures,
    ) -> Result<PictureIndex, String> {
        let model = &open.model;
        if !(1..=INDEX_LIMIT).contains(&chosen.count) {
            return Err(format!("{} pictures: use 1 to {INDEX_LIMIT}", chosen.count));
        }
        let dataset = self.shared_job_data(&chosen.source, &chosen.options, &model.spec)?;
        let numbers = spread(dataset.len(Split::Train), chosen.count);
        if numbers.is_empty() {
            return Err("the data set has no training pictures".to_owned());
        }
        let (channels, size) = (dataset.channels(), dataset.size());
        let mut pixels = PixelIndex::new(channels, size);
        let mut means = Vec::new();
        let device = model.device();
        let what = if model.encoder.is_some() { "encoding pictures" } else { "reading pictures" };
        for part in numbers.chunks(PART) {
            self.job_progress(what, pixels.len(), numbers.len());
            let bytes = read_bytes(&dataset, part)?;
            pixels.push(&bytes);
            if model.encoder.is_some() {
                let images = tensor_from_bytes(&bytes, part.len(), channels, size, &device);
                let codes = encode_values(model, images)?.ok_or("this model has no encoder")?;
                means.extend(codes.means);
            }
            self.breathe()?;
        }
        let dims = model.spec.latent as usize;
        let codes = model.encoder.as_ref().map(|_| Codes::new(dims, means));
        let numbers = numbers.into_iter().map(|number| number as u32).collect();
        Ok(PictureIndex { open: open.clone(), dataset, numbers, codes, pixels })
    }

    /// The samples' latents, row by row.
    fn drawn(&mut self, open: &OpenModel, job: &MapJob) -> Result<Vec<f32>, String> {
        let mut prior = PriorLatents::new(&open.model, job.seed, 1.0);
        let drawn = prior.draw(job.samples);
        self.breathe()?;
        Ok(drawn.into_iter().flat_map(|latent| latent.0).collect())
    }

    fn place(&mut self, codes: &Arc<Codes>, job: &MapJob) -> Result<Placed, String> {
        let shared = Arc::clone(codes);
        match job.method {
            MapMethod::Pca => {
                self.job_progress("finding the plane", 0, 1);
                self.aside("map", move || principal_plane(&shared))?
                    .ok_or_else(|| "these points have no plane: take more of them".to_owned())
            }
            MapMethod::Latents => Ok(own_plane(codes)),
            MapMethod::Tsne { perplexity, epochs } => {
                let options = TsneOptions { perplexity, epochs: epochs as usize, seed: job.seed };
                let stages = ["looking for neighbours", "t-SNE"];
                let found = self.aside_watched("map", &stages, move |progress| {
                    tsne(&shared, options, [&progress.watch(0), &progress.watch(1)])
                })?;
                let found = found.map_err(|error| error.to_string())?;
                let found = found.ok_or("there are too few points for this perplexity")?;
                Ok(Placed { points: found, plane: None, explained: Vec::new() })
            }
        }
    }

    fn cluster(&mut self, codes: &Arc<Codes>, job: &MapJob) -> Result<Clustered, String> {
        let (shared, seed, clusters) = (Arc::clone(codes), job.seed, job.clusters);
        let stages = ["looking for clusters", "fitting Gaussians"];
        let found = self.aside_watched("clusters", &stages, move |progress| {
            let watches = [progress.watch(0), progress.watch(1)];
            Ok(match clusters {
                Clustering::None => Some((Vec::new(), Vec::new())),
                Clustering::KMeans(k) => {
                    let found = k_means_watched(&shared, k as usize, seed, &watches[0])?;
                    found.map(|found| (found.centres, found.members))
                }
                Clustering::Mixture(k) => {
                    let watches: [Watch<'_>; 2] = [&watches[0], &watches[1]];
                    let found = gaussian_mixture_watched(&shared, k as usize, seed, watches)?;
                    found.map(|found| (found.means, found.members))
                }
            })
        })?;
        let found = found.map_err(|stopped: Stopped| stopped.to_string())?;
        let (centres, members) =
            found.ok_or("a Gaussian collapsed: ask for fewer clusters, or take k-means")?;
        Ok(largest_first(&centres, &members))
    }

    fn write_map(
        &mut self,
        map: &Arc<Map>,
        (file, out): (MapFile, &Path),
        colour: Option<&str>,
    ) -> Result<(), String> {
        let colour = png_colour(map, colour)?;
        let shared = Arc::clone(map);
        self.job_progress("writing the map", 0, 1);
        let bytes = self.aside("map", move || file.encode(&shared, colour))??;
        write_atomic(out, |out| out.write_all(&bytes)).map_err(|error| error.to_string())
    }

    /// The open data set where it is the same one, else read for the job.
    fn shared_job_data(
        &mut self,
        source: &DatasetSource,
        options: &DatasetOptions,
        spec: &ModelSpec,
    ) -> Result<Arc<Dataset>, String> {
        if let Some(open) = self.open_data_alike(source, options, spec) {
            return Ok(open);
        }
        self.job_data(source, options, spec).map(Arc::new)
    }
}

/// What a picture of the map is coloured by.
fn png_colour(map: &Map, name: Option<&str>) -> Result<MapColour, String> {
    let Some(name) = name else { return Ok(map.natural_colour()) };
    map.colour_named(name).ok_or_else(|| {
        let names: Vec<String> =
            map.colours().into_iter().map(|(_, name)| format!("'{name}'")).collect();
        format!("'{name}' is nothing this map has to be coloured by: use {}", names.join(", "))
    })
}

/// The bytes of training pictures, H×W×C each.
pub(super) fn read_bytes(dataset: &Dataset, numbers: &[usize]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    dataset.read(Split::Train, numbers, &mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// `count` of `len` places, spread evenly: the first ones alone would be of one folder.
pub(super) fn spread(len: usize, count: usize) -> Vec<usize> {
    let count = count.min(len);
    (0..count).map(|at| at * len / count).collect()
}

fn principal_plane(codes: &Codes) -> Option<Placed> {
    let principal = principal_components(codes)?;
    let [first, second, ..] = principal.components.as_slice() else { return None };
    let axes = [Latent(first.clone()), Latent(second.clone())];
    let explained = [principal.explained[0], principal.explained[1]];
    let plane = Plane { origin: Latent(principal.mean), axes, explained };
    let points = latents_from_rows(codes.values(), codes.dims());
    Some(Placed {
        points: points.iter().map(|latent| plane.place(latent)).collect(),
        plane: Some(plane),
        explained: principal.explained.into_iter().take(EXPLAINED_TOLD).collect(),
    })
}

/// Two latent dimensions as they are.
fn own_plane(codes: &Codes) -> Placed {
    let mean = codes.mean();
    let mut variances = [0.0_f64; 2];
    for code in codes.rows() {
        for ((variance, value), mean) in variances.iter_mut().zip(code).zip(&mean) {
            *variance += (f64::from(*value) - mean).powi(2);
        }
    }
    let total: f64 = variances.iter().sum();
    let explained = variances.map(|variance| if total > 0.0 { variance / total } else { 0.0 });
    let axes = [Latent(vec![1.0, 0.0]), Latent(vec![0.0, 1.0])];
    Placed {
        points: codes.values().as_chunks::<2>().0.to_vec(),
        plane: Some(Plane { origin: Latent::zeros(2), axes, explained }),
        explained: explained.to_vec(),
    }
}

/// Clusters by their size, the largest first, and the members under their new numbers.
fn largest_first(centres: &[Vec<f64>], members: &[usize]) -> Clustered {
    let mut sizes = vec![0_usize; centres.len()];
    members.iter().for_each(|&member| sizes[member] += 1);
    let mut order: Vec<usize> = (0..centres.len()).collect();
    order.sort_by_key(|&cluster| std::cmp::Reverse(sizes[cluster]));
    let mut place = vec![0_u32; centres.len()];
    order.iter().enumerate().for_each(|(at, &cluster)| place[cluster] = at as u32);
    let narrow = |centre: &Vec<f64>| Latent(centre.iter().map(|value| *value as f32).collect());
    let clusters =
        order.iter().map(|&at| Cluster { centre: narrow(&centres[at]), size: sizes[at] }).collect();
    (clusters, members.iter().map(|&member| place[member]).collect())
}

#[cfg(test)]
mod tests {
    use super::{largest_first, own_plane, principal_plane, spread};
    use crate::latent::Codes;

    #[test]
    fn pictures_are_taken_from_all_over_the_set() {
        assert_eq!(spread(10, 4), [0, 2, 5, 7]);
        assert_eq!(spread(3, 9), [0, 1, 2]);
        assert!(spread(0, 5).is_empty());
    }

    #[test]
    fn the_largest_cluster_comes_first() {
        let (clusters, members) =
            largest_first(&[vec![1.0], vec![2.0], vec![3.0]], &[1, 2, 1, 2, 2]);
        assert_eq!(clusters.iter().map(|one| one.size).collect::<Vec<_>>(), [3, 2, 0]);
        assert_eq!(clusters[0].centre.0, [3.0]);
        assert_eq!(members, [1, 0, 1, 0, 0]);
    }

    #[test]
    fn points_of_a_plane_lead_back_to_their_latents() {
        let value = |at: usize| (at as f32 * 0.7).sin() * if at % 3 == 2 { 0.01 } else { 2.0 };
        let codes = Codes::new(3, (0..90).map(value).collect());
        let placed = principal_plane(&codes).expect("a plane");
        let plane = placed.plane.expect("a plane");
        for (code, point) in codes.rows().zip(&placed.points) {
            let back = plane.latent(*point, None);
            // The third dimension hardly varies, so that hardly anything lies off the plane.
            assert!(
                code.iter().zip(&back.0).all(|(a, b)| (a - b).abs() < 0.03),
                "{code:?} {back:?}"
            );
        }
        assert!(plane.explained[0] >= plane.explained[1] && placed.explained.len() == 3);
        let flat = Codes::new(2, vec![3.0, 4.0, 5.0, 4.0]);
        let own = own_plane(&flat);
        assert_eq!(own.points, [[3.0, 4.0], [5.0, 4.0]]);
        assert_eq!(own.explained, [1.0, 0.0]);
    }
}
