//! Small pictures that a map asks for, and the training pictures nearest to one.

use serde::{Deserialize, Serialize};

use super::{ChosenPictures, Frame, Latent};

/// What small pictures of the map are for. Each has a slot of its own, where the newest answer wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MapPlace {
    /// The point under the pointer.
    Hover,
    /// The plane behind the points.
    Background,
    /// The clusters' centres.
    Clusters,
}

/// One small picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum MapPicture {
    /// The training picture with this number, of the data set that the newest map was made of.
    Data(u32),
    /// What the newest map's model makes of a latent.
    Decoded(Latent),
}

/// Draw small pictures. Of several waiting requests for one place only the newest is served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapPicturesRequest {
    /// What they are for.
    pub place: MapPlace,
    /// Rises with every request for the place.
    pub id: u64,
    /// The pictures, row by row.
    pub pictures: Vec<MapPicture>,
    /// Pictures in a row of the answer.
    pub columns: usize,
}

/// Small pictures that were drawn; a large request is answered several times, each time with more of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapPictures {
    /// What they are for.
    pub place: MapPlace,
    /// The request that is answered.
    pub id: u64,
    /// Pictures in a row.
    pub columns: usize,
    /// Pictures drawn so far; the places of the others are transparent.
    pub done: usize,
    /// Pictures asked for.
    pub count: usize,
    /// Edge of a picture in pixels.
    pub tile_px: usize,
    /// All of them in one picture, without gaps.
    pub frame: Frame,
}

/// Make an index of training pictures, in which the nearest ones are looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndexJob {
    /// Which pictures.
    pub pictures: ChosenPictures,
}

/// Look for the training pictures nearest to the picture of a latent. Of several waiting requests only
/// the newest is served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NearestRequest {
    /// Rises with every request.
    pub id: u64,
    /// The latent, as it is decoded.
    pub latent: Latent,
    /// How many of them.
    pub count: usize,
}

/// A training picture near to another picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NearPicture {
    /// Its number in the data set.
    pub picture: u32,
    /// The Euclidean distance: of values in [-1, 1], or of codes.
    pub distance: f32,
    /// Its code, where the model has an encoder.
    pub latent: Option<Latent>,
}

/// The training pictures nearest to one picture, the nearest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Nearest {
    /// The request that is answered.
    pub id: u64,
    /// By their pixels.
    pub by_pixels: Vec<NearPicture>,
    /// By the codes that the model's encoder gives them; empty without an encoder.
    pub by_features: Vec<NearPicture>,
    /// Edge of a picture in pixels.
    pub tile_px: usize,
    /// Those by pixels, then those by features, in one row without gaps.
    pub frame: Frame,
}
