//! Attributes of pictures as sliders: named directions in latent space, any number of them at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::explore::ExploreState;
use crate::latent::{calibrated, cosines, orthogonalised};
use crate::protocol::{
    Direction, DirectionMethod, Entanglement, Latent, ModelSummary, Prior, TileSheet,
};

/// How far an attribute's slider goes to each side, in steps.
pub const ATTRIBUTE_REACH: f32 = 3.0;
/// Samples that entanglement is measured on.
pub const ENTANGLEMENT_SAMPLES: usize = 64;
/// The chosen attribute's strip: its steps.
pub const STRIP_STEPS: [f32; 7] = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0];
/// The strip is drawn when the picture has been left alone for so long: it must not slow a drag down.
const STRIP_DELAY_SECS: f64 = 0.15;

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
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Its own number, as a key.
    pub id: u64,
    /// Name, one step, and how well it tells pictures apart.
    pub direction: Direction,
    /// Where the slider stands, in steps.
    pub value: f32,
    /// The space it belongs to; in any other it is out of use.
    pub space: LatentSpace,
    /// The attribute it was made from and those it was made orthogonal to, if it was.
    pub freed: Option<Freed>,
}

/// What a direction was made orthogonal to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freed {
    /// The attribute it was made from.
    pub from: u64,
    /// Those it was freed of.
    pub of: Vec<u64>,
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

/// How directions are found without labels, as the panel offers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Search {
    /// Principal components of pictures' codes.
    Pca,
    /// What moves the principal components of the generator's first activations.
    LayerPca,
    /// Closed-form factorisation of the first weight.
    #[default]
    Sefa,
    /// Tangents of the image manifold at the present picture.
    Tangents,
    /// The latent dimensions that change the picture most.
    Dimensions,
}

impl Search {
    /// All, in the order they are offered.
    pub const ALL: [Self; 5] =
        [Self::Sefa, Self::LayerPca, Self::Pca, Self::Tangents, Self::Dimensions];

    /// As shown.
    pub fn label(self) -> &'static str {
        match self {
            Self::Pca => "Components of codes",
            Self::LayerPca => "Components of a layer",
            Self::Sefa => "Factors of the first weight",
            Self::Tangents => "Tangents here",
            Self::Dimensions => "Strongest dimensions",
        }
    }

    /// What it does, for a hint.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Pca => {
                "Principal components of the data's codes: where pictures differ most (PCA)"
            }
            Self::LayerPca => {
                "Principal components of an early layer's activations over samples (GANSpace)"
            }
            Self::Sefa => "Singular directions of the generator's first weight (SeFa)",
            Self::Tangents => {
                "Singular directions of the Jacobian: what changes this very picture most"
            }
            Self::Dimensions => "The raw sliders that change pictures most",
        }
    }
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
    space: Option<LatentSpace>,
    strip_asked: Option<Vec<Latent>>,
    changed_at_secs: f64,
    last_id: u64,
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
            example_name: String::new(),
            path_text: String::new(),
            renaming: None,
            free_of: BTreeSet::new(),
            matrix: MatrixKind::Cosines,
            entanglement: None,
            strip: None,
            measuring: None,
            space: None,
            strip_asked: None,
            changed_at_secs: 0.0,
            last_id: 0,
        }
    }
}

impl AttributesState {
    /// Another model is open: the attributes of its space are in use, others wait for theirs.
    pub(super) fn fit_to_model(&mut self, model: &ModelSummary) {
        let space = LatentSpace::of(model);
        if self.space.as_ref() == Some(&space) {
            return self.redraw_strip();
        }
        self.space = Some(space);
        (self.entanglement, self.strip, self.measuring) = (None, None, None);
        self.redraw_strip();
        if self.chosen().is_none() {
            let first = self.in_use().next().map(|attribute| attribute.id);
            self.chosen = first;
        }
        self.free_of.clear();
    }

    /// The open model's latent space.
    pub fn space(&self) -> Option<&LatentSpace> {
        self.space.as_ref()
    }

    /// Whether this attribute belongs to the open model's latent space.
    pub fn is_in_use(&self, attribute: &Attribute) -> bool {
        self.space.as_ref() == Some(&attribute.space)
    }

    /// The attributes of the open model's latent space.
    pub fn in_use(&self) -> impl Iterator<Item = &Attribute> {
        self.list.iter().filter(|attribute| self.is_in_use(attribute))
    }

    /// The one with this number.
    pub fn get(&self, id: u64) -> Option<&Attribute> {
        self.list.iter().find(|attribute| attribute.id == id)
    }

    fn get_mut(&mut self, id: u64) -> Option<&mut Attribute> {
        self.list.iter_mut().find(|attribute| attribute.id == id)
    }

    /// The chosen one, if it is in use.
    pub fn chosen(&self) -> Option<&Attribute> {
        self.get(self.chosen?).filter(|attribute| self.is_in_use(attribute))
    }

    /// Adds a direction of the open model's latent space, and chooses it. A direction without labels of
    /// the same name is replaced: it was found anew.
    pub(super) fn add(&mut self, direction: Direction, freed: Option<Freed>) -> Option<u64> {
        let space = self.space.clone()?;
        let same = |known: &&mut Attribute| {
            known.space == space && known.direction.name == direction.name && known.freed == freed
        };
        let id = match self.list.iter_mut().find(same) {
            Some(known) => {
                known.direction = direction;
                known.id
            }
            None => {
                self.last_id += 1;
                let id = self.last_id;
                self.list.push(Attribute { id, direction, value: 0.0, space, freed });
                id
            }
        };
        self.chosen = Some(id);
        self.entanglement = None;
        Some(id)
    }

    pub(super) fn remove(&mut self, id: u64) {
        self.list.retain(|attribute| attribute.id != id);
        self.free_of.remove(&id);
        self.entanglement = None;
        if self.chosen == Some(id) {
            let first = self.in_use().next().map(|attribute| attribute.id);
            self.chosen = first;
            self.strip = None;
        }
    }

    pub(super) fn rename(&mut self, id: u64, name: &str) {
        let name = name.trim();
        if let Some(attribute) = self.get_mut(id).filter(|_| !name.is_empty()) {
            name.clone_into(&mut attribute.direction.name);
        }
        self.renaming = None;
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

    /// Adds the chosen direction made orthogonal to those in [`Self::free_of`] (conditional edit); it
    /// goes as far along the attribute as before.
    ///
    /// # Errors
    /// What is missing, in plain words.
    pub(super) fn free_chosen(&mut self) -> Result<u64, &'static str> {
        let chosen = self.chosen().ok_or("choose an attribute first")?.clone();
        let others: Vec<&Attribute> = self
            .in_use()
            .filter(|other| self.free_of.contains(&other.id) && other.id != chosen.id)
            .collect();
        if others.is_empty() {
            return Err("choose what it is to be orthogonal to first");
        }
        let steps: Vec<&[f32]> = others.iter().map(|a| a.direction.step.0.as_slice()).collect();
        let step = &chosen.direction.step.0;
        let rest = orthogonalised(step, &steps);
        let length = |z: &[f32]| z.iter().map(|value| value * value).sum::<f32>().sqrt();
        if length(&rest) < 1e-4 * length(step) {
            return Err("nothing is left of it: it lies within the span of the others");
        }
        let freed = calibrated(&rest, step);
        let names: Vec<&str> = others.iter().map(|a| a.direction.name.as_str()).collect();
        let names = match names.as_slice() {
            [first, second, rest @ ..] if !rest.is_empty() => {
                format!("{first}, {second} and {} more", rest.len())
            }
            names => names.join(", "),
        };
        let name = format!("{}, free of {names}", chosen.direction.name);
        let of = others.iter().map(|attribute| attribute.id).collect();
        // Where codes lie along the old direction says nothing of the new one.
        let direction =
            Direction { name, step: Latent(freed), histogram: None, ..chosen.direction.clone() };
        self.add(direction, Some(Freed { from: chosen.id, of })).ok_or("no model is open")
    }

    /// The picture changed: the chosen one's strip is drawn again when it rests.
    pub(super) fn touch(&mut self, now_secs: f64) {
        self.changed_at_secs = now_secs;
    }

    /// The weights changed: the same latents look otherwise.
    pub(super) fn redraw_strip(&mut self) {
        self.strip_asked = None;
    }

    /// Seconds until the strip of the chosen one is to be asked for; `None` if it is as it should be.
    pub fn strip_due_secs(&self, explore: &ExploreState, now_secs: f64) -> Option<f64> {
        let wanted = self.strip_latents(explore)?;
        let rest = (self.changed_at_secs + STRIP_DELAY_SECS - now_secs).max(0.0);
        (self.strip_asked.as_ref() != Some(&wanted)).then_some(rest)
    }

    /// The latents of the strip that is due; it counts as asked for.
    pub(super) fn take_strip_request(
        &mut self,
        explore: &ExploreState,
        now_secs: f64,
    ) -> Option<Vec<Latent>> {
        self.strip_due_secs(explore, now_secs).filter(|secs| *secs <= 0.0)?;
        self.strip_asked = self.strip_latents(explore);
        self.strip_asked.clone()
    }

    /// The strip around the present picture, the other sliders where they stand.
    fn strip_latents(&self, explore: &ExploreState) -> Option<Vec<Latent>> {
        let chosen = self.chosen()?;
        let step = &chosen.direction.step;
        let middle = explore.moved().plus(step, -chosen.value);
        let drawn = |factor: &f32| {
            let moved = middle.plus(step, *factor);
            Latent(moved.0.iter().map(|value| value * explore.truncation).collect())
        };
        Some(STRIP_STEPS.iter().map(drawn).collect())
    }

    /// Takes in a strip, unless another one has been asked for meanwhile.
    pub(super) fn take_strip(&mut self, sheet: TileSheet) {
        if self.strip_asked.as_ref() == Some(&sheet.latents) {
            self.strip = Some(Arc::new(sheet));
        }
    }
}

#[cfg(test)]
#[path = "attributes_tests.rs"]
mod tests;
