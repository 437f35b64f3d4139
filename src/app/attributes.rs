//! Attributes of pictures as sliders: named directions in latent space, any number of them at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use super::attribute_search::Search;
use crate::latent::cosines;
use crate::protocol::{
    DatasetOptions, DatasetSource, Direction, DirectionMethod, Entanglement, Frame, Latent,
    ModelSummary, Prior, TileSheet,
};

/// How far an attribute's slider goes to each side, in steps.
pub const ATTRIBUTE_REACH: f32 = 3.0;
/// Samples that entanglement is measured on.
pub const ENTANGLEMENT_SAMPLES: usize = 64;
/// The chosen attribute's strip: its steps.
pub const STRIP_STEPS: [f32; 7] = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0];

/// The latent space a direction belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatentSpace {
    /// The model's name.
    pub model: String,
    /// The size d of a latent.
    pub dims: usize,
    /// What latents are drawn from.
    pub prior: Prior,
}

impl LatentSpace {
    /// The space of a model's latents.
    pub fn of(model: &ModelSummary) -> Self {
        let (dims, prior) = (model.spec.latent as usize, model.spec.prior);
        Self { model: model.name.clone(), dims, prior }
    }
}

/// A direction with its slider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// Its own number, as a key: as long as it is there, its step stays the same.
    pub id: u64,
    /// Name, one step, and how well it tells pictures apart.
    pub direction: Direction,
    /// Where the slider stands, in steps.
    #[serde(skip)]
    pub value: f32,
    /// The space it belongs to; in any other it is out of use.
    pub space: LatentSpace,
    /// The fingerprint of the generator that gives the space its meaning; empty where it is not known.
    pub generator: String,
    /// The attribute it was made from and those it was made orthogonal to, if it was.
    pub freed: Option<Freed>,
}

/// What a direction was made orthogonal to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Freed {
    /// The attribute it was made from.
    pub from: u64,
    /// Those it was freed of.
    pub of: Vec<u64>,
    /// The cosines between the one it was made from and each of those, when it was made; empty where an
    /// older program made it.
    #[serde(default)]
    pub cosines: Vec<f64>,
}

/// What the matrix shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MatrixKind {
    /// Cosines between directions.
    #[default]
    Cosines,
    /// What else a step along each changes in the picture.
    Entanglement,
}

/// What asked for the job under way: there its progress shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOf {
    /// The search from labels.
    Labels,
    /// The search without labels.
    Search,
    /// The matrix.
    Entanglement,
    /// The chosen attribute's statistics.
    Judging,
    /// The dimensions' order.
    Dimensions,
}

/// Strips of what the last search without labels found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FoundStrips {
    /// Multiples of a direction's step, one for each tile.
    pub places: Vec<f32>,
    /// Each direction's attribute, and its tiles side by side.
    pub strips: Vec<(u64, Frame)>,
}

/// The attribute workbench.
#[derive(Debug, Clone)]
pub struct AttributesState {
    /// All attributes, in the order they were found.
    pub list: Vec<Attribute>,
    /// The one whose strip and histogram show.
    pub chosen: Option<u64>,
    /// How directions are made from labels.
    pub method: DirectionMethod,
    /// Weight of the logistic boundary's ridge.
    pub ridge: f64,
    /// At most this many pictures are encoded.
    pub pictures: u32,
    /// How directions are found without labels, and how many.
    pub search: Search,
    /// At most this many are found without labels.
    pub search_count: u32,
    /// The hidden layer whose components are looked for, 0 being the projection of z.
    pub layer: u32,
    /// What the last search without labels found, as pictures.
    pub found: FoundStrips,
    /// What asked for the job under way, if it was this workbench.
    pub job_of: Option<JobOf>,
    /// The name of the attribute that examples make.
    pub example_name: String,
    /// The path of a directions' file, as typed.
    pub path_text: String,
    /// The attribute whose name is being typed, and the text.
    pub renaming: Option<(u64, String)>,
    /// What the chosen one is to be made orthogonal to.
    pub free_of: BTreeSet<u64>,
    /// What the matrix shows.
    pub matrix: MatrixKind,
    /// The newest measurement of those in use, with their ids.
    pub entanglement: Option<(Vec<u64>, Entanglement)>,
    /// The chosen one's strip, and what was asked for it.
    pub strip: Option<Arc<TileSheet>>,
    pub(super) measuring: Option<(u64, Vec<u64>)>,
    /// The data whose codes the engine has at hand, and those it was asked to encode.
    pub(super) codes_of: Option<(DatasetSource, DatasetOptions)>,
    pub(super) codes_asked: Option<(DatasetSource, DatasetOptions)>,
    pub(super) strip_asked: Option<Vec<Latent>>,
    pub(super) changed_at_secs: f64,
    /// Something changed that is to be kept between starts.
    pub(super) changed: bool,
    pub(super) last_id: u64,
    pub(super) space: Option<LatentSpace>,
    pub(super) generator: String,
}

impl Default for AttributesState {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            chosen: None,
            method: DirectionMethod::Means,
            ridge: 1.0,
            pictures: 4000,
            search: Search::Sefa,
            search_count: 6,
            layer: 0,
            found: FoundStrips::default(),
            job_of: None,
            example_name: String::new(),
            path_text: String::new(),
            renaming: None,
            free_of: BTreeSet::new(),
            matrix: MatrixKind::Cosines,
            entanglement: None,
            strip: None,
            measuring: None,
            codes_of: None,
            codes_asked: None,
            strip_asked: None,
            changed_at_secs: 0.0,
            changed: false,
            last_id: 0,
            space: None,
            generator: String::new(),
        }
    }
}

impl AttributesState {
    /// Another model is open: the attributes of its space are in use, others wait for theirs. What is
    /// `trained` under the same name takes its attributes along: their directions fade, but not at once.
    pub(super) fn fit_to_model(&mut self, model: &ModelSummary, trained: bool) {
        let space = LatentSpace::of(model);
        let same_space = self.space.as_ref() == Some(&space);
        if same_space && self.generator == model.generator {
            return self.redraw_strip();
        }
        if same_space && trained {
            self.carry_along(&model.generator);
        }
        (self.space, self.generator) = (Some(space), model.generator.clone());
        (self.entanglement, self.strip, self.measuring) = (None, None, None);
        self.found = FoundStrips::default();
        (self.codes_of, self.codes_asked) = (None, None);
        self.redraw_strip();
        if self.chosen().is_none() {
            let first = self.in_use().next().map(|attribute| attribute.id);
            self.chosen = first;
        }
        self.free_of.clear();
    }

    /// The attributes in use belong to these weights from now on.
    fn carry_along(&mut self, generator: &str) {
        let ids: Vec<u64> = self.in_use().map(|attribute| attribute.id).collect();
        for attribute in self.list.iter_mut().filter(|attribute| ids.contains(&attribute.id)) {
            generator.clone_into(&mut attribute.generator);
            self.changed = true;
        }
    }

    /// The open model's latent space.
    pub fn space(&self) -> Option<&LatentSpace> {
        self.space.as_ref()
    }

    /// Whether this attribute belongs to the open model's latent space: to the same weights, whatever they
    /// are called, where those are known.
    pub fn is_in_use(&self, attribute: &Attribute) -> bool {
        if self.generator.is_empty() || attribute.generator.is_empty() {
            return self.space.as_ref() == Some(&attribute.space);
        }
        self.generator == attribute.generator
    }

    /// The attributes of the open model's latent space.
    pub fn in_use(&self) -> impl Iterator<Item = &Attribute> {
        self.list.iter().filter(|attribute| self.is_in_use(attribute))
    }

    /// The one with this number.
    pub fn get(&self, id: u64) -> Option<&Attribute> {
        self.list.iter().find(|attribute| attribute.id == id)
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Attribute> {
        self.list.iter_mut().find(|attribute| attribute.id == id)
    }

    /// The chosen one, if it is in use.
    pub fn chosen(&self) -> Option<&Attribute> {
        self.get(self.chosen?).filter(|attribute| self.is_in_use(attribute))
    }

    /// Shows another one's strip and histogram; what the last one was to leave alone is its own affair.
    pub(super) fn choose(&mut self, id: u64) {
        if self.chosen.replace(id) != Some(id) {
            self.free_of.clear();
        }
    }

    pub(super) fn remove(&mut self, id: u64) {
        self.list.retain(|attribute| attribute.id != id);
        self.found.strips.retain(|(of, _)| *of != id);
        self.free_of.remove(&id);
        self.entanglement = None;
        self.changed = true;
        if self.chosen == Some(id) {
            let first = self.in_use().next().map(|attribute| attribute.id);
            self.chosen = first;
            self.strip = None;
        }
    }

    pub(super) fn set_value(&mut self, id: u64, value: f32) {
        if let Some(attribute) = self.get_mut(id).filter(|_| value.is_finite()) {
            attribute.value = value;
        }
    }

    /// All sliders to zero.
    pub(super) fn zero_all(&mut self) {
        self.list.iter_mut().for_each(|attribute| attribute.value = 0.0);
    }

    /// Puts the sliders where they stood; `false` if one of them is gone.
    pub(super) fn restore(&mut self, values: &[(u64, f32)]) -> bool {
        let there = values.iter().all(|(id, _)| self.get(*id).is_some_and(|a| self.is_in_use(a)));
        self.zero_all();
        if there {
            values.iter().for_each(|(id, value)| self.set_value(*id, *value));
        }
        there
    }

    /// The sliders that are not at zero.
    pub fn values(&self) -> Vec<(u64, f32)> {
        let moved = self.in_use().filter(|attribute| attribute.value != 0.0);
        moved.map(|attribute| (attribute.id, attribute.value)).collect()
    }

    /// What the sliders add: Σ value · step, `[dims]`.
    pub fn shift(&self, dims: usize) -> Latent {
        self.in_use().fold(Latent::zeros(dims), |sum, attribute| {
            sum.plus(&attribute.direction.step, attribute.value)
        })
    }

    /// Cosines between those in use, row by row.
    pub fn cosines(&self) -> Vec<Vec<f64>> {
        let steps: Vec<&[f32]> = self.in_use().map(|a| a.direction.step.0.as_slice()).collect();
        cosines(&steps)
    }
}

#[cfg(test)]
#[path = "attributes_tests.rs"]
pub(super) mod tests;
