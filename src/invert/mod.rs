//! Pictures back into latents: z* = argmin_z L(G(z), x), step by step.
//!
//! [`Energy`] says what latents cost and which way is downhill, all of them in one batch; the descents move
//! them; [`Inversion`] drives both for several pictures at once, drops starts that fall behind and keeps the
//! best. [`Pivotal`] goes the other way: the latent stays, and a copy of G moves until it draws the picture.
//! Called by the engine one step at a time; no channel, no file, no clock.

mod adam;
mod curvature;
mod descent;
mod energy;
mod inversion;
mod lbfgs;
mod pivotal;
mod starts;
mod under_way;

pub(crate) use descent::rate_factor;
pub(crate) use energy::unlikeliness;
pub use energy::{Energy, Evaluated, FeatureNetwork, Networks};
pub use inversion::{Found, Inversion};
pub use pivotal::{Pivotal, PivotalLoss};
pub use starts::{Candidates, mean_start, nearest_rows, random_starts};
pub(crate) use under_way::UnderWay;

#[cfg(test)]
mod pivotal_tests;
#[cfg(test)]
mod tests;
