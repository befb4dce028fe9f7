//! Which keys are due next: a bucket for each second of event time.
//!
//! An entry is eight bytes: the microsecond inside its second and the hash of its key. Entries
//! are never taken back; whoever pops one looks whether the key still stands by it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::shard::Hash;

/// Microseconds of a bucket.
const SECOND: i64 = 1_000_000;

/// Keys by due time.
#[derive(Debug, Default)]
pub struct Queue {
    seconds: BTreeMap<i64, BinaryHeap<Reverse<u64>>>,
    len: usize,
}

impl Queue {
    /// Adds a key by its hash.
    pub fn push(&mut self, due: i64, hash: Hash) {
        let micros = due.rem_euclid(SECOND) as u64;
        let bucket = self.seconds.entry(due.div_euclid(SECOND)).or_default();
        bucket.push(Reverse(micros << Hash::BITS | hash.0));
        self.len += 1;
    }

    /// The earliest entry that is due by `until`.
    pub fn pop(&mut self, until: i64) -> Option<(i64, Hash)> {
        let mut first = self.seconds.first_entry()?;
        let Reverse(entry) = *first.get().peek()?;
        // The first second there is begins before the first microsecond: it wraps, and back.
        let start = first.key().wrapping_mul(SECOND);
        let due = start.wrapping_add((entry >> Hash::BITS) as i64);
        if due > until {
            return None;
        }
        first.get_mut().pop();
        if first.get().is_empty() {
            first.remove();
        }
        self.len -= 1;
        Some((due, Hash(entry & Hash::MASK)))
    }

    /// Bytes of the entries.
    pub fn bytes(&self) -> usize {
        self.len * size_of::<u64>()
    }
}
