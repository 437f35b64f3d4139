//! Where log lines go: to standard error, and only when they are wanted.
//!
//! What a person must know reaches them as an event or an error, not as a log line, so without
//! `--verbose` and without `RUST_LOG` nothing is logged.

use tracing_subscriber::EnvFilter;

/// Starts logging; `RUST_LOG` wins over `--verbose`. Called once, by `main`.
pub fn start(verbose: bool) {
    let default = if verbose { "warn,latent_atelier=debug" } else { "off" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(verbose)
        .try_init();
    // Somebody else's subscriber is in place already: theirs serves as well.
    drop(started);
}
