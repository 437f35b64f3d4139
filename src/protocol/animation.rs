//! Animations: a path through latent space, frame by frame.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::SampleSource;

/// How two latents are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Curve {
    /// A straight line. Its middle is nearer to the origin than latents of a wide normal prior ever are.
    Linear,
    /// Spherical (Shoemake 1985; White 2016): the direction turns at constant speed.
    #[default]
    Spherical,
    /// A straight line pushed out to the prior's shell: the norm goes evenly from the one to the other.
    Shell,
}

/// What happens at the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// It stays there.
    #[default]
    Stop,
    /// It goes on to the first latent.
    Loop,
    /// It goes back the way it came.
    PingPong,
}

/// Where an animation goes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Route {
    /// Through key latents in order.
    Keys {
        /// The keys: at least two.
        source: SampleSource,
        /// How they are joined.
        curve: Curve,
        /// What comes after the last one.
        ending: Ending,
    },
    /// A seamless random walk, each of its latents distributed as a normal prior.
    Walk {
        /// Its key.
        seed: u64,
        /// Waves it is made of: more are livelier.
        waves: usize,
    },
}

/// Write an animation of the open model to a file or a folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnimationJob {
    /// Where it goes.
    pub route: Route,
    /// How many pictures, 1 to 100,000.
    pub frames: usize,
    /// Pictures a second, 1 to 100.
    pub frames_per_sec: u16,
    /// How many times larger than the model's pictures, 1 to 16.
    pub scale: usize,
    /// `.gif`, `.apng`, `.webp`, `.mp4`, `.webm`, or a folder of PNG files, which must be new or empty.
    pub out: PathBuf,
}
