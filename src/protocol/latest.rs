//! A one-value mailbox: the writer replaces, the reader takes, nobody waits.

use std::sync::{Arc, Mutex, PoisonError};

/// A latest-wins slot for pictures. Cloning shares the slot.
#[derive(Debug)]
pub struct Latest<T>(Arc<Mutex<Option<T>>>);

impl<T> Latest<T> {
    /// An empty slot.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }

    /// Replaces whatever is there; an unread older value is dropped.
    pub fn put(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    /// Takes the newest value, leaving the slot empty.
    pub fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<T> Clone for Latest<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::Latest;

    #[test]
    fn the_newest_value_wins_and_is_taken_once() {
        let slot = Latest::new();
        let writer = slot.clone();
        writer.put(1);
        writer.put(2);
        assert_eq!(slot.take(), Some(2));
        assert_eq!(slot.take(), None);
    }
}
