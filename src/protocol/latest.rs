//! One-value mailboxes: the writer replaces, the reader takes, nobody waits.

use std::collections::BTreeMap;
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

/// A latest-wins slot for each place, shared by writer and reader. Cloning shares the slots.
#[derive(Debug)]
pub struct Slots<K, V>(Arc<Mutex<BTreeMap<K, V>>>);

impl<K: Ord, V> Slots<K, V> {
    /// Replaces whatever lies in a place.
    pub fn put(&self, place: K, value: V) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(place, value);
    }

    /// Takes what is there, leaving all places empty.
    pub fn take(&self) -> BTreeMap<K, V> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<K, V> Clone for Slots<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> Default for Slots<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

#[cfg(test)]
mod tests {
    use super::{Latest, Slots};

    #[test]
    fn each_place_keeps_its_newest_value() {
        let slots = Slots::default();
        let writer = slots.clone();
        for (place, value) in [("a", 1), ("b", 2), ("a", 3)] {
            writer.put(place, value);
        }
        assert_eq!(slots.take().into_iter().collect::<Vec<_>>(), [("a", 3), ("b", 2)]);
        assert!(slots.take().is_empty());
    }

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
