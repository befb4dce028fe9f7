//! The newest of many rows.

use std::collections::BTreeMap;
use std::sync::Arc;

/// So many are kept: what the API gives at most.
pub const KEPT: usize = 1_000;

/// The newest rows by their place in the order of time, up to [`KEPT`].
#[derive(Debug, Clone)]
pub struct Newest<K, R>(BTreeMap<K, Arc<R>>);

impl<K, R> Default for Newest<K, R> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, R> Newest<K, R> {
    /// Adds a row, if it is none of those that are too old.
    pub fn add(&mut self, key: K, row: R) {
        let first = self.0.first_key_value();
        if self.0.len() < KEPT || first.is_none_or(|(first, _)| *first < key) {
            self.0.insert(key, Arc::new(row));
            self.cut();
        }
    }

    /// Adds others.
    pub fn join(&mut self, others: Self) {
        self.0.extend(others.0);
        self.cut();
    }

    fn cut(&mut self) {
        while self.0.len() > KEPT {
            self.0.pop_first();
        }
    }

    /// Whether it is kept.
    pub fn has(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// The newest first, each with its place.
    pub fn rows(&self) -> impl Iterator<Item = (&K, &Arc<R>)> {
        self.0.iter().rev()
    }
}
