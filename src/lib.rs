//! Latent Atelier: train a GAN or VAE on your own pictures, watch it learn, walk its latent space.
//!
//! # The five rules
//! 1. **The engine thread owns every tensor.** No `burn::` in `app/`, `ui/`, `protocol/`.
//! 2. **The UI owns every widget.** No `egui::`/`eframe::` outside `app/` and `ui/`.
//! 3. They meet only in `protocol/`: plain data, no burn, no egui, `Debug + Clone + serde`.
//! 4. Facts travel in bounded queues and all arrive; pictures travel in latest-wins slots.
//! 5. `ui/` draws and asks; it never changes state. It gets `&AppState` and pushes `Action`s.

pub mod app;
pub mod cli;
pub mod data;
pub mod edit;
pub mod engine;
pub mod imaging;
pub mod invert;
pub mod latent;
pub mod logging;
pub mod metrics;
pub mod models;
pub mod paths;
pub mod platform;
pub mod protocol;
pub mod random;
pub mod storage;
pub mod train;
pub mod ui;
