//! How the engine says "look": a plain closure, so that it never sees egui.

use std::fmt;
use std::sync::Arc;

/// Called by the engine whenever an event or picture waits. Cheap, callable from any thread.
#[derive(Clone)]
pub struct Waker(Arc<dyn Fn() + Send + Sync>);

impl Waker {
    /// Wakes by calling `wake`.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(wake))
    }

    /// For the command line and tests, which wait on the queue instead.
    pub fn none() -> Self {
        Self::new(|| {})
    }

    /// Says that something waits.
    pub fn wake(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Waker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waker")
    }
}
