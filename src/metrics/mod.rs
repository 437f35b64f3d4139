//! Quality measures: distances on plain arrays (`N·C·S·S` values in [-1, 1]), and the oracle of
//! Portraits, which judges what attributes a picture shows.

mod colour;
mod fills;
mod oracle;
mod psnr;
mod ssim;
mod wasserstein;

pub use colour::{delta_e, lab};
pub use fills::{diffusion_fill, hole_mse, mean_fill};
pub use oracle::{Oracle, OracleTrainer};
pub use psnr::{mean_psnr_db, mean_squared_error, psnr_db};
pub use ssim::ssim;
pub use wasserstein::{SlicedWasserstein, sliced_wasserstein};
