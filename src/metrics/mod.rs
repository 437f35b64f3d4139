//! Quality measures: distances on plain arrays (`N·C·S·S` values in [-1, 1]), and the oracle of
//! Portraits, which judges what attributes a picture shows.

mod oracle;
mod psnr;
mod ssim;
mod wasserstein;

pub use oracle::{Oracle, OracleTrainer};
pub use psnr::{mean_psnr_db, mean_squared_error, psnr_db};
pub use ssim::ssim;
pub use wasserstein::{SlicedWasserstein, sliced_wasserstein};
