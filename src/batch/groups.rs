//! Values by day and key in memory; a key is a product, a store, an hour.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::batch::measures::Value;
use crate::batch::run::Run;
use crate::record::Day;

/// One group, as it is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept<V> {
    pub day: Day,
    length: u32,
    start: usize,
    pub value: V,
}

impl<V> Kept<V> {
    pub fn key<'a>(&self, keys: &'a [u8]) -> &'a [u8] {
        &keys[self.start..self.start + self.length as usize]
    }
}

/// One group, as it is merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group<V> {
    /// UTC day; the epoch where all days are one.
    pub day: Day,
    /// What it is a group of, such as the cleaned product.
    pub key: Vec<u8>,
    /// What it came to.
    pub value: V,
}

/// A table of values by day and key.
#[derive(Debug)]
pub struct Groups<V> {
    /// Numbers in `kept`, which unlike places in the table stay as they are.
    table: HashTable<u32>,
    kept: Vec<Kept<V>>,
    keys: Vec<u8>,
    hasher: RandomState,
}

impl<V> Default for Groups<V> {
    fn default() -> Self {
        Self {
            table: HashTable::new(),
            kept: Vec::new(),
            keys: Vec::new(),
            hasher: RandomState::default(),
        }
    }
}

impl<V: Value> Groups<V> {
    /// The value of a day and key.
    #[inline]
    pub fn value(&mut self, day: Day, key: &[u8]) -> &mut V {
        let at = self.find(day, key);
        self.at(at)
    }

    /// The number of the group of a day and key, which it keeps until the table is emptied.
    #[inline]
    pub fn find(&mut self, day: Day, key: &[u8]) -> usize {
        let hash = hash(&self.hasher, day, key);
        let (kept, keys) = (&self.kept, &self.keys);
        let same = |&at: &u32| {
            let group = &kept[at as usize];
            group.day == day && group.key(keys) == key
        };
        match self.table.find(hash, same) {
            Some(&at) => at as usize,
            None => self.insert(hash, day, key),
        }
    }

    /// The value of the group of that number.
    ///
    /// # Panics
    /// When there is none.
    #[inline]
    pub fn at(&mut self, number: usize) -> &mut V {
        &mut self.kept[number].value
    }

    fn insert(&mut self, hash: u64, day: Day, key: &[u8]) -> usize {
        let at = self.kept.len();
        self.kept.push(Kept {
            day,
            // A key is part of a record, and records are shorter than 4 GiB.
            length: key.len() as u32,
            start: self.keys.len(),
            value: V::default(),
        });
        self.keys.extend_from_slice(key);
        let (hasher, kept, keys) = (&self.hasher, &self.kept, &self.keys);
        // So many groups would not fit in any memory.
        self.table.insert_unique(hash, at as u32, |&at| {
            let group = &kept[at as usize];
            self::hash(hasher, group.day, group.key(keys))
        });
        at
    }

    /// Bytes that the table takes.
    pub fn size(&self) -> usize {
        let groups = self.kept.capacity() * size_of::<Kept<V>>();
        self.keys.capacity() + groups + self.table.allocation_size()
    }

    /// Empties the table into a run in memory.
    pub fn take_run(&mut self) -> Run<V> {
        let groups = std::mem::take(self);
        Run::of(groups.kept, groups.keys)
    }
}

#[inline]
fn hash(hasher: &RandomState, day: Day, key: &[u8]) -> u64 {
    // The day is mixed in by its own, odd multiple: neighbouring days are most common.
    let spread = (day.number() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hasher.hash_one(key) ^ spread
}
