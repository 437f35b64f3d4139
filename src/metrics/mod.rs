//! Quality measures on plain arrays: pictures as `N·C·S·S` values in [-1, 1].

mod psnr;
mod wasserstein;

pub use psnr::{mean_psnr_db, mean_squared_error, psnr_db};
pub use wasserstein::{SlicedWasserstein, sliced_wasserstein};
