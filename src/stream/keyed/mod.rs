//! State by key, in memory: what a job remembers of each user, product or session.
//!
//! A [`Table`] is made for ten million keys: keys and values are bytes in shards of their own,
//! so that growing and tidying concern one small shard at a time. It knows what changed since
//! the last commit, which keys are due, and can be walked in portions for a rolling snapshot.

mod queue;
mod record;
mod restore;
pub mod roll;
mod shard;

#[cfg(test)]
mod tests;

use std::hash::BuildHasher;

use foldhash::quality::RandomState;

use queue::Queue;
use record::{CHANGED, GONE, NEVER, SOON, Shape};
use shard::{Hash, Shard};

/// Bits of a hash that choose the shard.
const SHARD_BITS: u32 = 11;

/// Values by key, each with a due time.
#[derive(Debug)]
pub struct Table<S = RandomState> {
    hasher: S,
    shard_bits: u32,
    shards: Vec<Shard>,
    len: usize,
    /// Hashes of keys that changed, once for each key.
    changed: Vec<Hash>,
    queue: Queue,
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

/// What a key has: its value and due time.
pub type Held<'a> = (&'a [u8], Option<i64>);

/// What an entry shows: key, value and due time.
type Entry<'a> = (&'a [u8], &'a [u8], Option<i64>);

fn entry(record: &[u8]) -> Entry<'_> {
    let due = Some(record::due(record)).filter(|due| *due != NEVER);
    (record::key(record), record::value(record), due)
}

fn is_there(record: &&[u8]) -> bool {
    !record::has(record, GONE)
}

impl Table {
    /// An empty table.
    pub fn new() -> Self {
        Self::hashed_by(RandomState::default(), SHARD_BITS)
    }
}

impl<S: BuildHasher> Table<S> {
    fn hashed_by(hasher: S, shard_bits: u32) -> Self {
        Self {
            hasher,
            shard_bits,
            shards: (0..1 << shard_bits).map(|_| Shard::default()).collect(),
            len: 0,
            changed: Vec::new(),
            queue: Queue::default(),
        }
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many keys changed since [`settle`](Self::settle).
    pub fn changed(&self) -> usize {
        self.changed.len()
    }

    /// Bytes of keys and values, with what stands beside each: about what writing all of it takes.
    pub fn data(&self) -> usize {
        self.shards.iter().map(Shard::data).sum()
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> usize {
        let shards: usize = self.shards.iter().map(Shard::bytes).sum();
        let changed = self.changed.capacity() * size_of::<Hash>();
        size_of_val(&*self.shards) + shards + changed + self.queue.bytes()
    }

    fn hash(&self, key: &[u8]) -> Hash {
        hash_by(&self.hasher, key)
    }

    fn shard_of(&self, hash: Hash) -> usize {
        hash.shard(self.shard_bits)
    }

    /// A key's value.
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.get_due(key).map(|(value, _)| value)
    }

    /// A key's value and due time.
    pub fn get_due(&self, key: &[u8]) -> Option<Held<'_>> {
        let hash = self.hash(key);
        let shard = &self.shards[self.shard_of(hash)];
        let address = shard.find(hash, |record| record::key(record) == key)?;
        let record = Some(shard.record(address)).filter(is_there)?;
        let (_, value, due) = entry(record);
        Some((value, due))
    }

    /// Puts a value in place of what the key had. At event time `due`, in microseconds, the key
    /// is to be woken; `None`, as `i64::MAX`, is never. Key and value are each below 4 GiB.
    pub fn put(&mut self, key: &[u8], value: &[u8], due: Option<i64>) {
        self.put_by(key, value, due.unwrap_or(NEVER), wake);
    }

    /// The same for a due time that is near, and mostly followed by one like that before it: the
    /// key keeps the place in the queue that it has for that. Otherwise each time that a key is
    /// woken would leave an entry there until the time that is no longer due.
    pub fn put_soon(&mut self, key: &[u8], value: &[u8], due: i64) {
        self.put_by(key, value, due, wake_soon);
    }

    fn put_by(
        &mut self,
        key: &[u8],
        value: &[u8],
        due: i64,
        wake: impl FnOnce(&mut [u8], i64) -> bool,
    ) {
        let hash = self.hash(key);
        let number = self.shard_of(hash);
        let (hasher, shard) = (&self.hasher, &mut self.shards[number]);
        let placed = place(hasher, shard, hash, (key, value), due != NEVER);
        self.len += usize::from(placed.is_new);
        let record = shard.record_mut(placed.address);
        mark(&mut self.changed, record, hash);
        if wake(record, due) {
            self.queue.push(due, hash);
        }
        if placed.moved {
            self.tidy(number);
        }
    }

    /// Removes a key, if it is there.
    pub fn remove(&mut self, key: &[u8]) {
        let hash = self.hash(key);
        let number = self.shard_of(hash);
        let shard = &mut self.shards[number];
        let Some(address) = shard.find(hash, |record| record::key(record) == key) else {
            return;
        };
        let record = shard.record_mut(address);
        if !record::has(record, GONE) {
            record::set(record, GONE, true);
            record::set(record, SOON, false);
            record::set_due(record, NEVER);
            mark(&mut self.changed, record, hash);
            self.len -= 1;
        }
    }

    /// The key with the earliest due time, if that is `until` at most: it is copied to `key`, and
    /// false means there is none. From then on it has no due time; the caller puts or removes it.
    /// One that puts it with a due time that is not after `until` will get it again.
    pub fn pop_due(&mut self, until: i64, key: &mut Vec<u8>) -> bool {
        while let Some((time, hash)) = self.queue.pop(until) {
            let number = self.shard_of(hash);
            let hasher = &self.hasher;
            let shard = &mut self.shards[number];
            let is_soon = |record: &[u8]| record::has(record, SOON) && record::due(record) == time;
            let found = shard.find(hash, |record| {
                (record::queued(record) == time || is_soon(record))
                    && hash_by(hasher, record::key(record)) == hash
            });
            // The key was removed, or is queued for an earlier time.
            let Some(address) = found else { continue };
            let record = shard.record_mut(address);
            let due = record::due(record);
            if record::has(record, SOON) {
                record::set(record, SOON, false);
            } else {
                // Never, if it wants to be woken no more.
                record::set_queued(record, if due > time { due } else { NEVER });
                if due > time {
                    if due != NEVER {
                        self.queue.push(due, hash);
                    }
                    continue;
                }
            }
            record::set_due(record, NEVER);
            mark(&mut self.changed, record, hash);
            key.clear();
            key.extend_from_slice(record::key(record));
            return true;
        }
        false
    }

    /// What changed since [`settle`](Self::settle), each key once, with its value and due time,
    /// or nothing if it was removed.
    pub fn changes(&self) -> impl Iterator<Item = (&[u8], Option<Held<'_>>)> {
        let changed = distinct(self.changed.clone()).into_iter();
        let records = changed.flat_map(move |hash| {
            let records = self.shards[self.shard_of(hash)].candidates(hash);
            records.filter(move |record| {
                record::has(record, CHANGED) && self.hash(record::key(record)) == hash
            })
        });
        records.map(|record| {
            let (key, value, due) = entry(record);
            (key, is_there(&record).then_some((value, due)))
        })
    }

    /// Forgets what changed: it is committed.
    pub fn settle(&mut self) {
        let mut changed = distinct(std::mem::take(&mut self.changed));
        for hash in changed.drain(..) {
            let number = self.shard_of(hash);
            let hasher = &self.hasher;
            let shard = &mut self.shards[number];
            let is = |record: &[u8]| {
                record::has(record, CHANGED) && hash_by(hasher, record::key(record)) == hash
            };
            while let Some(address) = shard.find(hash, is) {
                let record = shard.record_mut(address);
                record::set(record, CHANGED, false);
                if record::has(record, GONE) {
                    shard.unlink(hash, address);
                }
            }
            self.tidy(number);
        }
        // Its memory serves the next commit, unless this one was far larger than usual.
        changed.shrink_to(1 << 13);
        self.changed = changed;
    }

    fn tidy(&mut self, number: usize) {
        let hasher = &self.hasher;
        self.shards[number].tidy(|key| hash_by(hasher, key));
    }

    /// All entries, in any order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8], Option<i64>)> {
        let records = self.shards.iter().flat_map(Shard::iter);
        records.filter(is_there).map(entry)
    }

    /// Shows the next entries of a walk over all, at least `budget` bytes of keys and values and
    /// a shard more at most. A walk begins with `cursor` 0 and goes on with what is returned,
    /// until that is none. The table may change meanwhile: what was there all the time is seen;
    /// what was put since may be, and is among the [`changes`](Self::changes) anyway.
    pub fn walk<'a>(
        &'a self,
        cursor: u64,
        budget: usize,
        mut see: impl FnMut(&'a [u8], &'a [u8], Option<i64>),
    ) -> Option<u64> {
        let mut bytes = 0;
        // Shard by shard, as a record never leaves its own.
        for (shard, number) in self.shards.iter().zip(0_u64..).skip(cursor as usize) {
            if bytes > 0 && bytes >= budget {
                return Some(number);
            }
            for (key, value, due) in shard.iter().filter(is_there).map(entry) {
                bytes += key.len() + value.len();
                see(key, value, due);
            }
        }
        None
    }
}

/// Where a value was put.
struct Placed {
    address: u32,
    /// Whether a record died of it.
    moved: bool,
    /// Whether the key was not there.
    is_new: bool,
}

/// Puts a value into its shard.
fn place(
    hasher: &impl BuildHasher,
    shard: &mut Shard,
    hash: Hash,
    (key, value): (&[u8], &[u8]),
    timed: bool,
) -> Placed {
    let Some(old) = shard.find(hash, |record| record::key(record) == key) else {
        let shape = Shape::new(key.len(), value.len(), value.len(), timed);
        let hash_of = |key: &[u8]| hash_by(hasher, key);
        return Placed {
            address: shard.insert(hash, shape, (key, value), hash_of),
            moved: false,
            is_new: true,
        };
    };
    let record = shard.record_mut(old);
    let is_new = record::has(record, GONE);
    if Shape::of(record).fits(value.len(), timed) {
        record::set(record, GONE, false);
        record::set_value(record, value);
        return Placed {
            address: old,
            moved: false,
            is_new,
        };
    }
    // What grew once will grow again.
    let room = value.len() + value.len() / 8;
    let timed = timed || record::queued(record) != NEVER;
    let shape = Shape::new(key.len(), value.len(), room, timed);
    Placed {
        address: shard.replace(hash, old, shape, (key, value)),
        moved: true,
        is_new,
    }
}

/// Sets when a key wants to be woken; whether the queue must learn of it.
fn wake(record: &mut [u8], due: i64) -> bool {
    record::set(record, SOON, false);
    record::set_due(record, due);
    // An entry of the queue that is too early is put right when it comes up.
    let is_earlier = due < record::queued(record);
    if is_earlier {
        record::set_queued(record, due);
    }
    is_earlier
}

/// The same beside the time that it is queued for, if that is later.
fn wake_soon(record: &mut [u8], due: i64) -> bool {
    let queued = record::queued(record);
    if queued == NEVER || due >= queued {
        return wake(record, due);
    }
    let is_there = record::has(record, SOON) && record::due(record) == due;
    record::set(record, SOON, true);
    record::set_due(record, due);
    !is_there
}

fn hash_by(hasher: &impl BuildHasher, key: &[u8]) -> Hash {
    Hash(hasher.hash_one(key) >> (u64::BITS - Hash::BITS))
}

/// Notes a change, once.
fn mark(changed: &mut Vec<Hash>, record: &mut [u8], hash: Hash) {
    if !record::has(record, CHANGED) {
        record::set(record, CHANGED, true);
        changed.push(hash);
    }
}

/// Different keys may have the same hash, and each of them notes it.
fn distinct(mut hashes: Vec<Hash>) -> Vec<Hash> {
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}
