//! The records of the keys whose hashes begin alike, with an index of four bytes a key.
//!
//! Records stand in segments, one after the other. What is superseded stays as dead space; when
//! there is too much of it, the segments of this one shard are written anew.

use hashbrown::HashTable;

use super::record::{self, CHANGED, DEAD, SOON, Shape};

/// Bytes of a segment; large records have one each.
const SEGMENT: usize = 1 << OFFSET;
/// Bits of a place inside a segment; the others of an address count segments.
const OFFSET: u32 = 14;
/// One part in so many may be dead.
const DEAD_PART: usize = 6;

/// A key's hash; keys may share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash(pub u64);

impl Hash {
    /// How many bits there are: the queue needs the others for itself.
    pub const BITS: u32 = 44;
    /// All of them.
    pub const MASK: u64 = (1 << Self::BITS) - 1;

    /// The number of its shard, of two to the power of `bits`.
    pub fn shard(self, bits: u32) -> usize {
        (self.0 >> (Self::BITS - bits)) as usize
    }

    /// As the index wants it: with something to tell keys apart at both ends.
    fn spread(self) -> u64 {
        self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

/// A shard.
#[derive(Debug, Default)]
pub struct Shard {
    /// Addresses of records that are not dead.
    index: HashTable<u32>,
    segments: Vec<Vec<u8>>,
    /// The segment that is being filled.
    open: usize,
    /// Bytes of all records.
    used: usize,
    /// Bytes of the dead ones.
    dead: usize,
    /// Capacity of the segments.
    held: usize,
}

#[inline]
fn at(segments: &[Vec<u8>], address: u32) -> &[u8] {
    let segment = &segments[(address >> OFFSET) as usize];
    &segment[address as usize % SEGMENT..]
}

/// The records of a segment.
fn records(segment: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = segment;
    std::iter::from_fn(move || {
        let (record, after) = rest.split_at(rest.first().map(|_| Shape::of(rest).len())?);
        rest = after;
        Some(record)
    })
}

impl Shard {
    /// The record at an address, and what stands behind it.
    #[inline]
    pub fn record(&self, address: u32) -> &[u8] {
        at(&self.segments, address)
    }

    /// The record at an address, to be changed.
    #[inline]
    pub fn record_mut(&mut self, address: u32) -> &mut [u8] {
        &mut self.segments[(address >> OFFSET) as usize][address as usize % SEGMENT..]
    }

    /// The address of a record with this hash, as far as the index can tell, that `is` wanted.
    #[inline]
    pub fn find(&self, hash: Hash, is: impl Fn(&[u8]) -> bool) -> Option<u32> {
        let found = self.index.find(hash.spread(), |at| is(self.record(*at)));
        found.copied()
    }

    /// The records whose hash may be this one.
    pub fn candidates(&self, hash: Hash) -> impl Iterator<Item = &[u8]> {
        let found = self.index.iter_hash(hash.spread());
        found.map(|at| self.record(*at))
    }

    /// The records that are not dead.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let all = self.segments.iter().flat_map(|segment| records(segment));
        all.filter(|record| !record::has(record, DEAD))
    }

    /// Bytes of the records that are not dead.
    pub fn data(&self) -> usize {
        self.used - self.dead
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        self.held + self.index.allocation_size()
    }

    /// Bytes of zeros for a record.
    fn claim(&mut self, length: usize) -> (u32, &mut [u8]) {
        let fits = |segment: &Vec<u8>| segment.len() + length <= SEGMENT;
        let large = length > SEGMENT / 4;
        let number = if large || !self.segments.get(self.open).is_some_and(fits) {
            // A small table must not hold much: its first segments grow.
            let capacity = match self.segments.is_empty() || large {
                true => length,
                false => SEGMENT,
            };
            self.segments.push(Vec::with_capacity(capacity));
            self.held += capacity;
            let number = self.segments.len() - 1;
            self.open = if large { self.open } else { number };
            number
        } else {
            self.open
        };
        let segment = &mut self.segments[number];
        let start = segment.len();
        if segment.capacity() < start + length {
            self.held -= segment.capacity();
            segment.reserve_exact(start.clamp(length, SEGMENT - start));
            self.held += segment.capacity();
        }
        segment.resize(start + length, 0);
        self.used += length;
        let address = (number << OFFSET | start) as u32;
        (address, &mut segment[start..])
    }

    /// Adds a record that the index does not know.
    pub fn insert(
        &mut self,
        hash: Hash,
        shape: Shape,
        (key, value): (&[u8], &[u8]),
        hash_of: impl Fn(&[u8]) -> Hash,
    ) -> u32 {
        let (address, record) = self.claim(shape.len());
        shape.write(record, key, value);
        self.link(hash, address, hash_of);
        address
    }

    fn link(&mut self, hash: Hash, address: u32, hash_of: impl Fn(&[u8]) -> Hash) {
        let segments = &self.segments;
        let hasher = |address: &u32| hash_of(record::key(at(segments, *address))).spread();
        self.index.insert_unique(hash.spread(), address, hasher);
    }

    /// Replaces a record by one with more room.
    pub fn replace(&mut self, hash: Hash, old: u32, shape: Shape, entry: (&[u8], &[u8])) -> u32 {
        let (new, record) = self.claim(shape.len());
        shape.write(record, entry.0, entry.1);
        if let Some(address) = self.index.find_mut(hash.spread(), |at| *at == old) {
            *address = new;
        }
        let was = self.record(old);
        let (changed, soon) = (record::has(was, CHANGED), record::has(was, SOON));
        let (due, queued) = (record::due(was), record::queued(was));
        let record = self.record_mut(new);
        record::set(record, CHANGED, changed);
        record::set(record, SOON, soon);
        record::set_due(record, due);
        record::set_queued(record, queued);
        self.bury(old);
        new
    }

    /// Takes a record out of the index.
    pub fn unlink(&mut self, hash: Hash, address: u32) {
        if let Ok(entry) = self.index.find_entry(hash.spread(), |at| *at == address) {
            entry.remove();
            self.bury(address);
        }
    }

    fn bury(&mut self, address: u32) {
        let record = self.record_mut(address);
        record::set(record, DEAD, true);
        self.dead += Shape::of(record).len();
    }

    /// Writes the records anew without the dead ones, if these are many. Addresses change.
    pub fn tidy(&mut self, hash_of: impl Fn(&[u8]) -> Hash) {
        if self.dead <= self.used / DEAD_PART {
            return;
        }
        let old = std::mem::take(&mut self.segments);
        (self.open, self.used, self.dead, self.held) = (0, 0, 0, 0);
        let count = self.index.len();
        match self.index.capacity() > 4 * count + 8 {
            true => self.index = HashTable::with_capacity(count),
            false => self.index.clear(),
        }
        for segment in old {
            let whole = records(&segment).filter(|record| !record::has(record, DEAD));
            for record in whole {
                // What has changed of late will again, and keeps the room that it has.
                let shape = match record::has(record, CHANGED) {
                    true => Shape::of(record),
                    false => Shape::of(record).trimmed(),
                };
                let (address, copy) = self.claim(shape.len());
                shape.copy(record, copy);
                self.link(hash_of(record::key(record)), address, &hash_of);
            }
        }
    }
}
