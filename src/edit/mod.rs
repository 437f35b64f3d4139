//! Editing: z* = argmin_z U(G(z)) + λ₁ mean((z − z₀)²) − λ₂ D̄(G(z)) (Zhu et al. 2016, iGAN).
//!
//! Strokes become soft masks (`raster`) and what they ask of a picture (`constraint`, `hog`, `drag`); [`Energy`] says
//! what latents cost and which way is downhill, all of them in one batch; [`Solve`] moves the adopted candidate, then
//! others around it, until their energy has settled, and says which of them are distinct. Called by the engine one step
//! at a time; no channel, no file, no clock. What is shown of it on a photo is the photo and what changed (`composite`),
//! within the area that may change (`area`).

mod area;
mod blur;
mod composite;
mod constraint;
mod distinct;
mod drag;
mod energy;
mod hog;
mod jacobian;
mod latent_brush;
mod raster;
mod realism;
mod remarks;
mod solve;

pub use area::area_mask;
pub use composite::{change_mask, composite, erased_mask, lay_over};
pub use distinct::distinct;
pub use energy::{Energy, Evaluated};
pub use hog::{CELL, GRADIENT_EPSILON, NORM_EPSILON, ORIENTATIONS};
pub use raster::{mask, masks};
pub use realism::Realism;
pub use solve::Solve;

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;
