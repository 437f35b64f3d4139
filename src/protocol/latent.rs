//! Latent vectors as plain numbers.

use serde::{Deserialize, Serialize};

/// One latent vector z, in the model's own units (for a normal prior: standard deviations).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Latent(pub Vec<f32>);

impl Latent {
    /// The origin of a `dims`-dimensional latent space.
    pub fn zeros(dims: usize) -> Self {
        Self(vec![0.0; dims])
    }

    /// The number of dimensions.
    pub fn dims(&self) -> usize {
        self.0.len()
    }

    /// z + `steps` · `step`, both of one space.
    #[must_use]
    pub fn plus(&self, step: &Self, steps: f32) -> Self {
        let mut moved = self.clone();
        moved.0.iter_mut().zip(&step.0).for_each(|(value, step)| *value += steps * step);
        moved
    }

    /// The same latent with another value in one dimension.
    ///
    /// # Panics
    /// On a dimension it does not have.
    #[must_use]
    pub fn with(&self, dim: usize, value: f32) -> Self {
        let mut moved = self.clone();
        moved.0[dim] = value;
        moved
    }

    /// ‖self − other‖ / √d: the root mean square difference of a dimension, both of one space.
    pub fn rms_distance(&self, other: &Self) -> f32 {
        self.plus(other, -1.0).norm() / (self.dims() as f32).sqrt()
    }

    /// Euclidean norm ‖z‖.
    pub fn norm(&self) -> f32 {
        self.0.iter().map(|v| v * v).sum::<f32>().sqrt()
    }
}

/// The distribution latents are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prior {
    /// N(0, I).
    #[default]
    Normal,
    /// U(-1, 1) in every dimension.
    Uniform,
}

impl Prior {
    /// How far sliders and traversals go to each side: three standard deviations, or to the end of the
    /// uniform prior.
    pub fn reach(self) -> f32 {
        match self {
            Self::Normal => 3.0,
            Self::Uniform => 1.0,
        }
    }
}
