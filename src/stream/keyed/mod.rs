//! Bytes by key, with a time at which each wants to be looked at.

use std::collections::{BTreeMap, BTreeSet};

/// Stand-in.
#[derive(Debug, Default)]
pub struct Table {
    map: BTreeMap<Vec<u8>, (Vec<u8>, Option<i64>)>,
    due: BTreeSet<(i64, Vec<u8>)>,
    changed: BTreeSet<Vec<u8>>,
}

impl Table {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }
    /// How many keys.
    pub fn len(&self) -> usize {
        self.map.len()
    }
    /// None.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }
    /// Memory.
    pub fn bytes(&self) -> usize {
        self.map.len() * 100
    }
    /// The value.
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.map.get(key).map(|(v, _)| &**v)
    }
    /// Puts.
    pub fn put(&mut self, key: &[u8], value: &[u8], due: Option<i64>) {
        if let Some((_, Some(was))) = self.map.insert(key.to_vec(), (value.to_vec(), due)) {
            self.due.remove(&(was, key.to_vec()));
        }
        if let Some(due) = due {
            self.due.insert((due, key.to_vec()));
        }
        self.changed.insert(key.to_vec());
    }
    /// Removes.
    pub fn remove(&mut self, key: &[u8]) {
        if let Some((_, Some(was))) = self.map.remove(key) {
            self.due.remove(&(was, key.to_vec()));
        }
        self.changed.insert(key.to_vec());
    }
    /// Pops.
    pub fn pop_due(&mut self, until: i64, key: &mut Vec<u8>) -> bool {
        let Some((at, found)) = self.due.first().cloned() else {
            return false;
        };
        if at > until {
            return false;
        }
        self.due.pop_first();
        if let Some((_, due)) = self.map.get_mut(&found) {
            *due = None;
        }
        self.changed.insert(found.clone());
        *key = found;
        true
    }
    /// Changes.
    pub fn changes(&self) -> impl Iterator<Item = (&[u8], Option<(&[u8], Option<i64>)>)> {
        self.changed
            .iter()
            .map(|key| (&**key, self.map.get(key).map(|(v, due)| (&**v, *due))))
    }
    /// Settles.
    pub fn settle(&mut self) {
        self.changed.clear();
    }
    /// All.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8], Option<i64>)> {
        self.map.iter().map(|(k, (v, due))| (&**k, &**v, *due))
    }
}
