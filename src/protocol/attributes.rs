//! Directions of attributes: what is asked for, and what is found and measured.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{DatasetOptions, DatasetSource, Latent};

/// How a direction is made from labelled codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DirectionMethod {
    /// mean of the codes with the attribute − mean of those without (Radford et al. 2015).
    #[default]
    Means,
    /// The normal of a ridge-regularised logistic boundary (Shen et al. 2020), in the means' unit.
    Logistic,
}

/// Find the directions of a labelled data set's attributes in the open model's latent space.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AttributesJob {
    /// Labelled pictures; image size and channels are taken from the model.
    pub source: DatasetSource,
    /// How they are read.
    pub options: DatasetOptions,
    /// At most this many training pictures are encoded.
    pub limit: usize,
    /// How directions are made.
    pub method: DirectionMethod,
    /// Weight of the logistic boundary's ridge, above 0.
    pub ridge: f64,
    /// Random latents on which each direction is tried, judged by the oracle of Portraits; 0 tries none.
    pub tries: usize,
    /// Key of those latents.
    pub seed: u64,
    /// Where the directions are written, if anywhere.
    pub out: Option<PathBuf>,
}

/// A direction in latent space that a person can name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    /// What it changes.
    pub name: String,
    /// One step of its slider; [`Origin`] says how far that is.
    pub step: Latent,
    /// How it was found, and what is known of it.
    #[serde(flatten)]
    pub origin: Origin,
    /// How well it tells held-out pictures apart, if it was judged by a label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<Judged>,
    /// Where held-out codes lie along it, if it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub histogram: Option<Histogram>,
}

impl Direction {
    /// A direction that was not judged on held-out codes.
    pub fn new(name: impl Into<String>, step: Latent, origin: Origin) -> Self {
        Self { name: name.into(), step, origin, judged: None, histogram: None }
    }

    /// Whether pictures' codes were looked at along it.
    pub fn is_measured(&self) -> bool {
        self.histogram.is_some()
    }
}

/// Codes counted by their place along a direction, in its steps from the origin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Where the first bin begins.
    pub low: f64,
    /// Where the last one ends.
    pub high: f64,
    /// Codes with the attribute in each bin, all of one width; where no label tells them apart, all codes.
    pub with: Vec<u32>,
    /// And without; all zero where no label tells them apart.
    pub without: Vec<u32>,
    /// Beyond it a code counts as having the attribute; `None` where no label tells them apart.
    #[serde(default)]
    pub threshold: Option<f64>,
}

/// How well a direction tells held-out pictures' codes apart. The threshold was chosen on training pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The label it was judged by.
    pub label: String,
    /// Held-out codes with it.
    pub with: usize,
    /// And without.
    pub without: usize,
    /// Share of them on their right side of the threshold.
    pub accuracy: f64,
    /// Chance that one with the label lies further along than one without.
    pub auc: f64,
}

impl Judged {
    /// What always naming the more frequent answer achieves: an accuracy says something above it.
    pub fn larger_share(&self) -> f64 {
        let all = (self.with + self.without).max(1);
        self.with.max(self.without) as f64 / all as f64
    }
}

/// How a [`Direction`] was found, and what is known of it. Components and layers are counted from 1 and 0,
/// as their names are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "origin", rename_all = "kebab-case")]
pub enum Origin {
    /// From labelled pictures' codes: one step is the difference of the means.
    Labels {
        /// Codes with the attribute, of those it was made from.
        with: usize,
        /// And without.
        without: usize,
        /// Share of held-out codes on their right side of the best threshold along it.
        accuracy: f64,
        /// Chance that a held-out code with the attribute lies further along than one without.
        auc: f64,
    },
    /// From examples that a person marked: one step is the difference of the means.
    Examples {
        /// Examples with what it is to change.
        with: usize,
        /// And without.
        without: usize,
        /// Share of the examples on their right side of the direction that all others give; with fewer
        /// than two on a side it is not known.
        accuracy: Option<f64>,
        /// The same direction's ranking of them: the chance that one with it lies further along.
        auc: Option<f64>,
    },
    /// A principal component of pictures' codes: one step is one standard deviation of the codes along it.
    Component {
        /// Its place, the most varied first.
        index: usize,
        /// Its share of the codes' variance.
        explained: f64,
    },
    /// What moves a principal component of a generator layer's activations (Härkönen et al. 2020): one
    /// step is one unit of the prior, as all that follow.
    LayerComponent {
        /// The layer, 0 being the projection of z.
        layer: usize,
        /// Its place, the most varied first.
        index: usize,
        /// Its share of the activations' variance.
        explained: f64,
        /// Squared correlation between the place along the direction and the component.
        fit: f64,
    },
    /// A singular direction of the first weight (Shen and Zhou 2021).
    Sefa {
        /// Its place, the strongest first.
        index: usize,
        /// Its singular value: how far one step moves the first layer's pre-activations.
        value: f64,
    },
    /// A singular direction of the Jacobian of one picture: a tangent vector of the image manifold.
    Tangent {
        /// Its place, the strongest first.
        index: usize,
        /// Its singular value: the norm of the picture's change per unit, values from -1 to 1.
        value: f64,
    },
    /// A latent dimension itself.
    Dimension {
        /// Which, counted from 0.
        dim: usize,
        /// Mean absolute change of the picture's values, from -1 to 1, between one and minus one third of
        /// the prior's reach.
        sensitivity: f64,
        /// Mean KL divergence of the encoder's posterior in it, in nats, where the model file states it.
        kl: Option<f64>,
    },
    /// Calculated from latents.
    Formula {
        /// The formula, as it was written.
        text: String,
    },
    /// Another direction without its part in the span of some others (conditional edit).
    Orthogonal {
        /// The name of the one it was made from.
        from: String,
        /// The names of the others.
        of: Vec<String>,
    },
}

impl std::fmt::Display for Origin {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Labels { with, without, accuracy, auc } => {
                write!(out, "{with} with, {without} without, accuracy {accuracy:.3}, AUC {auc:.3}")
            }
            Self::Examples { with, without, accuracy, auc } => {
                write!(out, "{with} examples with, {without} without")?;
                match accuracy.zip(*auc) {
                    Some((accuracy, auc)) => {
                        write!(out, ", left-out accuracy {accuracy:.3}, AUC {auc:.3}")
                    }
                    None => Ok(()),
                }
            }
            Self::Component { explained, .. } => {
                write!(out, "{:.1} % of variance", explained * 100.0)
            }
            Self::LayerComponent { explained, fit, .. } => {
                write!(out, "{:.1} % of variance, fit {fit:.2}", explained * 100.0)
            }
            Self::Sefa { value, .. } | Self::Tangent { value, .. } => {
                write!(out, "singular value {value:.2}")
            }
            Self::Dimension { sensitivity, kl: Some(kl), .. } => {
                write!(out, "sensitivity {sensitivity:.3}, KL {kl:.2}")
            }
            Self::Dimension { sensitivity, kl: None, .. } => {
                write!(out, "sensitivity {sensitivity:.3}")
            }
            Self::Formula { text } => out.write_str(text),
            Self::Orthogonal { from, of } => {
                write!(out, "{from}, made orthogonal to {}", of.join(", "))
            }
        }
    }
}

/// What moving along a direction did to random samples, as the oracle sees it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EditOutcome {
    /// Share of the samples whose decision on the attribute itself changed sides.
    pub reached: f64,
    /// Share of all decisions on other attributes that stayed. Values that exclude each other, such as
    /// two colours of hair, are not each other's.
    pub kept: f64,
}

/// One direction, tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttributeEdit {
    /// The direction's name.
    pub name: String,
    /// Samples it was tried on.
    pub n: usize,
    /// The direction as it was found.
    pub plain: EditOutcome,
    /// After it was made orthogonal to the directions of all other attributes.
    pub orthogonal: EditOutcome,
    /// Per attribute, how much its probability moved on average with the plain direction.
    pub changes: Vec<f64>,
}

/// What [`AttributesJob`] found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attributes {
    /// One per label that occurs on both sides.
    pub directions: Vec<Direction>,
    /// Cosines between them, row by row.
    pub cosines: Vec<Vec<f64>>,
    /// What they do; empty where none was tried.
    pub edits: Vec<AttributeEdit>,
    /// The file, if one was asked for.
    pub written: Option<PathBuf>,
    /// Seconds it took.
    pub seconds: f64,
}
