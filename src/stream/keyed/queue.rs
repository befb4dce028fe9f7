//! Which keys are due next: a bucket for each second of event time.
//!
//! An entry is eight bytes: the microsecond inside its second and the hash of its key. Entries
//! are never taken back; whoever pops one looks whether the key still stands by it.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BTreeMap, BinaryHeap};

use super::shard::Hash;

/// Microseconds of a bucket.
const SECOND: i64 = 1_000_000;

/// The entries of a second: in order only when their time has come.
#[derive(Debug)]
enum Bucket {
    Loose(Vec<Reverse<u64>>),
    Ordered(BinaryHeap<Reverse<u64>>),
}

/// Keys by due time.
#[derive(Debug, Default)]
pub struct Queue {
    seconds: BTreeMap<i64, Bucket>,
    len: usize,
}

impl Queue {
    /// Adds a key by its hash.
    pub fn push(&mut self, due: i64, hash: Hash) {
        let micros = due.rem_euclid(SECOND) as u64;
        let entry = Reverse(micros << Hash::BITS | hash.0);
        let second = self.seconds.entry(due.div_euclid(SECOND));
        match second.or_insert(Bucket::Loose(Vec::new())) {
            Bucket::Loose(entries) => entries.push(entry),
            Bucket::Ordered(entries) => entries.push(entry),
        }
        self.len += 1;
    }

    /// The earliest entry that is due by `until`.
    pub fn pop(&mut self, until: i64) -> Option<(i64, Hash)> {
        let mut first = self.seconds.first_entry()?;
        // The first second there is begins before the first microsecond: it wraps, and back.
        let start = first.key().wrapping_mul(SECOND);
        if *first.key() > until.div_euclid(SECOND) {
            return None;
        }
        if let Bucket::Loose(entries) = first.get_mut() {
            let entries = std::mem::take(entries);
            first.insert(Bucket::Ordered(entries.into()));
        }
        let Bucket::Ordered(entries) = first.get_mut() else {
            return None;
        };
        let next = entries.peek_mut()?;
        let due = start.wrapping_add((next.0 >> Hash::BITS) as i64);
        if due > until {
            return None;
        }
        let Reverse(entry) = PeekMut::pop(next);
        if entries.is_empty() {
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
