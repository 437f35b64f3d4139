//! Long work that can be watched and stopped.

/// Told how far the work is, in parts of how many; it ends early where this answers false. Called from
/// several threads.
pub type Watch<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

/// The work ended early, because its [`Watch`] said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped before it was done")]
pub struct Stopped;

/// Nobody watches.
pub fn unwatched(_done: usize, _total: usize) -> bool {
    true
}

/// [`Stopped`] where the watch says so.
pub(super) fn watched(watch: Watch<'_>, done: usize, total: usize) -> Result<(), Stopped> {
    if watch(done, total) { Ok(()) } else { Err(Stopped) }
}
