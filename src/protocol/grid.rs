//! Grids: a latent moved along one direction or two, as one labelled picture.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Latent, SampleSource};

/// What an axis of a grid moves along.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GridDirection {
    /// A latent dimension, counted from 0, which takes the places as its values.
    Dimension(usize),
    /// A direction of a file, whose steps are added to the base.
    Named {
        /// The file, as [`super::DirectionsJob`] writes it.
        file: PathBuf,
        /// The direction's name.
        name: String,
    },
    /// A direction whose steps are added to the base.
    Given {
        /// What is written along the axis.
        name: String,
        /// One step.
        step: Latent,
    },
}

impl GridDirection {
    /// What is written along the axis.
    pub fn name(&self) -> String {
        match self {
            Self::Dimension(dim) => format!("z {dim}"),
            Self::Named { name, .. } | Self::Given { name, .. } => name.clone(),
        }
    }
}

/// One axis of a grid.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GridAxis {
    /// What it moves along.
    pub along: GridDirection,
    /// Pictures along it, at least 1; of one alone the place is 0.
    pub steps: usize,
    /// The places go evenly from minus this to this.
    pub reach: f32,
}

impl GridAxis {
    /// Where along it the pictures stand: evenly from minus the reach to the reach; 0 for one alone.
    pub fn places(&self) -> Vec<f32> {
        evenly(self.steps, self.reach)
    }
}

/// `count` places from `-reach` to `reach`, evenly; 0 for one alone.
pub fn evenly(count: usize, reach: f32) -> Vec<f32> {
    let last = count.saturating_sub(1) as f32;
    let place = |index: usize| reach * (2.0 * index as f32 - last) / last.max(1.0);
    (0..count).map(place).collect()
}

/// Write the pictures of one latent moved along one direction or two, with words and numbers beside them.
/// Answered by [`super::Event::FileWritten`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GridJob {
    /// The first of these latents is moved.
    pub base: SampleSource,
    /// From left to right.
    pub x: GridAxis,
    /// From bottom to top; without it there is one row.
    pub y: Option<GridAxis>,
    /// How many times larger than the model's pictures, 1 to 64.
    pub scale: usize,
    /// The `.png`.
    pub out: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::evenly;

    #[test]
    fn places_are_even_and_the_middle_is_nothing() {
        assert_eq!(evenly(5, 3.0), [-3.0, -1.5, 0.0, 1.5, 3.0]);
        assert_eq!(evenly(2, 1.0), [-1.0, 1.0]);
        assert_eq!(evenly(1, 3.0), [0.0]);
        assert!(evenly(0, 3.0).is_empty());
    }
}
