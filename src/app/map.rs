//! The map in the window: what the next one is made of, the newest one, and what is looked at in it.
//!
//! Where the view stands and a lasso that is being drawn are widget memory, like a scroll position; what
//! others may want (the points selected, what is asked of the engine) is here.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::protocol::{
    ChosenPictures, Clustering, DatasetOptions, DatasetSource, DatasetSummary, IndexJob, Latent,
    Map, MapColour, MapJob, MapMethod, MapPicture, MapPictures, MapPicturesRequest, MapPlace,
    Nearest,
};

/// Nearest pictures that are shown of each kind.
pub const NEAREST_SHOWN: usize = 8;

/// What the next map is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct MapDraft {
    /// Encode training pictures.
    pub with_pictures: bool,
    /// At most this many.
    pub pictures: usize,
    /// Draw samples of the prior.
    pub with_samples: bool,
    /// This many.
    pub samples: usize,
    /// How they become points.
    pub method: MapMethod,
    /// t-SNE as it was set last.
    pub tsne: MapMethod,
    /// What clusters are looked for.
    pub clusters: Clustering,
    /// How many, the last time there were any.
    pub cluster_count: u32,
    /// Key of samples and clusters.
    pub seed: u64,
}

impl Default for MapDraft {
    fn default() -> Self {
        Self {
            with_pictures: true,
            pictures: 2000,
            with_samples: false,
            samples: 1000,
            method: MapMethod::Pca,
            tsne: MapMethod::TSNE,
            clusters: Clustering::KMeans(6),
            cluster_count: 6,
            seed: 0,
        }
    }
}

impl MapDraft {
    /// The job it stands for, on the open data set or, without one, on Portraits; a model that does not
    /// encode places no pictures.
    pub fn job(&self, data: Option<&DatasetSummary>, encodes: bool) -> MapJob {
        MapJob {
            pictures: (self.with_pictures && encodes).then(|| chosen(data, self.pictures)),
            samples: if self.with_samples { self.samples } else { 0 },
            method: self.method,
            clusters: self.clusters,
            seed: self.seed,
            out: None,
            colour: None,
        }
    }

    /// The job that only indexes its pictures.
    pub fn index_job(&self, data: Option<&DatasetSummary>) -> IndexJob {
        IndexJob { pictures: chosen(data, self.pictures) }
    }
}

/// Pictures of the open data set; of Portraits that are not open, no more are drawn than are wanted.
fn chosen(data: Option<&DatasetSummary>, count: usize) -> ChosenPictures {
    let (source, options) = match data {
        Some(data) => (data.source.clone(), data.options.clone()),
        None => {
            let options = DatasetOptions { portraits: count, ..DatasetOptions::default() };
            (DatasetSource::Portraits, options)
        }
    };
    ChosenPictures { source, options, count }
}

/// A map or an index on its way.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Making {
    /// What is being done.
    pub what: String,
    /// Parts done.
    pub done: u64,
    /// Of these; 0 while it is not known.
    pub total: u64,
    /// Cancel was pressed.
    pub cancelled: bool,
}

/// Squares of the plane, each with a picture decoded at its middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlaneGrid {
    /// The left end, in the map's coordinates.
    pub left: f32,
    /// The upper end; y grows upwards.
    pub top: f32,
    /// Edge of a square.
    pub cell: f32,
    /// Squares in a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

impl PlaneGrid {
    /// The middles of the squares, row by row from the top.
    pub fn middles(&self) -> impl Iterator<Item = [f32; 2]> {
        let Self { left, top, cell, columns, rows } = *self;
        let place = move |index: usize| {
            let (row, column) = (index / columns.max(1), index % columns.max(1));
            [left + (column as f32 + 0.5) * cell, top - (row as f32 + 0.5) * cell]
        };
        (0..columns * rows).map(place)
    }
}

/// Pictures and where they belong.
pub type PlacedPictures = (PlaneGrid, Arc<MapPictures>);

/// The plane behind the points.
#[derive(Debug, Clone, PartialEq)]
pub struct Background {
    /// The squares that were asked for last.
    pub grid: PlaneGrid,
    /// The latent whose part off the plane they keep, if they do.
    pub kept: Option<Latent>,
    id: u64,
    /// What there is of them, after what is still shown below: the last ones that were whole.
    pub shown: [Option<PlacedPictures>; 2],
}

/// What lies under the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MapStrip {
    /// Nothing.
    #[default]
    None,
    /// The clusters.
    Clusters,
    /// The training pictures nearest to the present one.
    Nearest,
}

/// The point under the pointer.
#[derive(Debug, Clone, PartialEq)]
pub struct Hovered {
    /// Its place among the points.
    pub point: usize,
    /// The request for its picture.
    pub id: u64,
    /// Its picture.
    pub picture: Option<Arc<MapPictures>>,
}

/// The map in the window.
#[derive(Debug, Clone, Default)]
pub struct MapState {
    /// What the next one is made of.
    pub draft: MapDraft,
    /// The settings are shown though there is a map.
    pub settings_open: bool,
    /// A map or an index on its way.
    pub making: Option<Making>,
    /// The newest map.
    pub map: Option<Arc<Map>>,
    /// By what it is coloured.
    pub colour: MapColour,
    /// Groups that are not shown, by their place in the grouping.
    pub hidden: BTreeSet<u16>,
    /// The points that the lasso took, in rising order.
    pub selected: Arc<Vec<u32>>,
    /// A drag draws a lasso, instead of moving the view.
    pub lasso: bool,
    /// A click on the plane keeps what of the present latent lies off it.
    pub keep_rest: bool,
    /// The point under the pointer.
    pub hovered: Option<Hovered>,
    /// Show the decoded plane behind the points.
    pub show_background: bool,
    /// The decoded plane, as it was asked for last.
    pub background: Option<Background>,
    /// Pictures of the clusters' centres.
    pub cluster_pictures: Option<Arc<MapPictures>>,
    /// What lies under the map.
    pub strip: MapStrip,
    /// Training pictures that were indexed, and whether by features too.
    pub indexed: Option<(usize, bool)>,
    /// The training pictures nearest to the present picture.
    pub nearest: Option<Arc<Nearest>>,
    last_id: u64,
}

impl MapState {
    /// The number of a request.
    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Takes in the points of a map. What is looked at in them stays where they are the same ones, of which
    /// only the clusters were still missing.
    pub(super) fn take_points(&mut self, map: Arc<Map>) {
        if !map.pictures.is_empty() {
            self.indexed = Some((map.pictures.len(), true));
        }
        let same = self.map.as_ref().filter(|known| known.has_points_of(&map));
        let has_colour = || map.colours().iter().any(|(colour, _)| *colour == self.colour);
        let chosen =
            same.is_some_and(|known| self.colour != known.natural_colour()) && has_colour();
        if same.is_none() {
            self.forget_looks();
        }
        if !chosen {
            self.colour = map.natural_colour();
            self.hidden.clear();
        }
        self.map = Some(map);
    }

    /// Takes in a map that is done, and asks for its clusters' pictures.
    pub(super) fn take_map(&mut self, map: Arc<Map>) -> Option<MapPicturesRequest> {
        self.take_points(Arc::clone(&map));
        self.ask_clusters(&map)
    }

    fn ask_clusters(&mut self, map: &Map) -> Option<MapPicturesRequest> {
        let centres = map.clusters.iter().map(|one| MapPicture::Decoded(one.centre.clone()));
        let pictures: Vec<MapPicture> = centres.collect();
        if pictures.is_empty() && self.strip == MapStrip::Clusters {
            self.strip = MapStrip::None;
        }
        let columns = pictures.len();
        let id = self.next_id();
        let request = MapPicturesRequest { place: MapPlace::Clusters, id, pictures, columns };
        (columns > 0).then_some(request)
    }

    /// What was looked at in a map that is no longer there.
    fn forget_looks(&mut self) {
        self.hidden.clear();
        self.selected = Arc::default();
        self.hovered = None;
        self.background = None;
        self.cluster_pictures = None;
    }

    /// The open model has other latents or pictures: no point of this map means anything in it.
    pub(super) fn forget_map(&mut self) {
        self.map = None;
        self.forget_looks();
        self.forget_index();
    }

    /// The engine has no index any more.
    pub(super) fn forget_index(&mut self) {
        self.indexed = None;
        self.nearest = None;
    }

    /// The pointer moved to another point, or off all of them; its picture is asked for.
    pub(super) fn hover(&mut self, point: Option<usize>) -> Option<MapPicturesRequest> {
        let Some((point, map)) = point.zip(self.map.clone()) else {
            self.hovered = None;
            return None;
        };
        let picture = match map.picture(point) {
            Some(number) => MapPicture::Data(number),
            None => MapPicture::Decoded(map.latent(point)?),
        };
        let id = self.next_id();
        self.hovered = Some(Hovered { point, id, picture: None });
        let pictures = vec![picture];
        Some(MapPicturesRequest { place: MapPlace::Hover, id, pictures, columns: 1 })
    }

    /// The plane is to be decoded in these squares.
    pub(super) fn ask_background(
        &mut self,
        grid: PlaneGrid,
        kept: Option<Latent>,
    ) -> Option<MapPicturesRequest> {
        let map = self.map.clone()?;
        let plane = map.plane.as_ref()?;
        let decoded = |at| MapPicture::Decoded(plane.latent(at, kept.as_ref()));
        let pictures: Vec<MapPicture> = grid.middles().map(decoded).collect();
        let id = self.next_id();
        let columns = grid.columns;
        let [below, newest] = self.background.take().map_or_else(Default::default, |b| b.shown);
        let whole = newest.filter(|(_, pictures)| pictures.done == pictures.count);
        self.background = Some(Background { grid, kept, id, shown: [whole.or(below), None] });
        Some(MapPicturesRequest { place: MapPlace::Background, id, pictures, columns })
    }

    /// The same pictures again, from another generator; the background's are asked for as it is shown.
    pub(super) fn ask_again(&mut self) -> Vec<MapPicturesRequest> {
        let Some(map) = self.map.clone() else { return Vec::new() };
        let background = self.background.take();
        let background = background.and_then(|old| self.ask_background(old.grid, old.kept));
        let hovered = self.hovered.as_ref().map(|hovered| hovered.point);
        let hovered = hovered.and_then(|point| self.hover(Some(point)));
        let clusters = self.ask_clusters(&map);
        [clusters, background, hovered].into_iter().flatten().collect()
    }

    /// Takes in pictures, unless others were asked for since.
    pub(super) fn take_pictures(&mut self, pictures: MapPictures) {
        let pictures = Arc::new(pictures);
        match pictures.place {
            MapPlace::Hover => {
                if let Some(hovered) = self.hovered.as_mut().filter(|h| h.id == pictures.id) {
                    hovered.picture = Some(pictures);
                }
            }
            MapPlace::Background => {
                if let Some(background) = self.background.as_mut().filter(|b| b.id == pictures.id) {
                    if pictures.done == pictures.count {
                        background.shown[0] = None;
                    }
                    background.shown[1] = Some((background.grid, pictures));
                }
            }
            MapPlace::Clusters => self.cluster_pictures = Some(pictures),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{MapState, PlaneGrid};
    use crate::protocol::{
        Frame, Latent, Map, MapMethod, MapPictures, MapPicturesRequest, Plane, PointLabels,
    };

    const GRID: PlaneGrid = PlaneGrid { left: -2.0, top: 3.0, cell: 2.0, columns: 2, rows: 2 };

    fn state() -> MapState {
        let axes = [Latent(vec![1.0, 0.0]), Latent(vec![0.0, 1.0])];
        let plane = Plane { origin: Latent::zeros(2), axes, explained: [0.6, 0.4] };
        let map = Map {
            model: "m".to_owned(),
            step: 0,
            method: MapMethod::Latents,
            points: vec![[0.0; 2]; 3],
            dims: 2,
            latents: vec![0.0; 6],
            pictures: Vec::new(),
            labels: PointLabels::default(),
            plane: Some(plane),
            explained: Vec::new(),
            clusters: Vec::new(),
            members: Vec::new(),
            written: None,
            seconds: 0.0,
        };
        let mut state = MapState::default();
        assert_eq!(state.take_map(Arc::new(map)), None, "there are no clusters to draw");
        state
    }

    fn answer(request: &MapPicturesRequest, done: usize) -> MapPictures {
        let frame = Frame { width_px: 2, height_px: 2, rgba: Arc::new(vec![0; 16]) };
        let MapPicturesRequest { place, id, columns, .. } = *request;
        MapPictures { place, id, columns, done, count: request.pictures.len(), tile_px: 1, frame }
    }

    #[test]
    fn squares_are_decoded_at_their_middles_row_by_row() {
        let middles: Vec<[f32; 2]> = GRID.middles().collect();
        assert_eq!(middles, [[-1.0, 2.0], [1.0, 2.0], [-1.0, 0.0], [1.0, 0.0]]);
    }

    #[test]
    fn the_last_whole_plane_stays_below_until_the_next_one_is_whole() {
        let mut state = state();
        let done = |state: &MapState| {
            let shown = &state.background.as_ref().expect("asked for").shown;
            shown.each_ref().map(|some| some.as_ref().map(|(_, pictures)| pictures.done))
        };
        let first = state.ask_background(GRID, None).expect("a plane");
        state.take_pictures(answer(&first, 2));
        assert_eq!(done(&state), [None, Some(2)]);
        state.take_pictures(answer(&first, 4));
        let second = state.ask_background(PlaneGrid { left: 0.0, ..GRID }, None).expect("a plane");
        assert_eq!(done(&state), [Some(4), None]);
        state.take_pictures(answer(&second, 1));
        assert_eq!(done(&state), [Some(4), Some(1)]);
        // What is not whole is not kept; the one before it is.
        let third = state.ask_background(GRID, None).expect("a plane");
        assert_eq!(done(&state), [Some(4), None]);
        state.take_pictures(answer(&second, 4));
        assert_eq!(done(&state), [Some(4), None], "too late");
        state.take_pictures(answer(&third, 4));
        assert_eq!(done(&state), [None, Some(4)]);
    }
}
