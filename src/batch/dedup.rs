//! Exact duplicates over the whole input, in bounded memory.
//!
//! Records with a key are spread over partitions by the key's hash; a partition that grows
//! goes to disk. At the end each partition is resolved alone: of every key the record that
//! stands first, by source and then by position, is kept.

use std::fs::File;
use std::hash::BuildHasher;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use foldhash::fast::{FixedState, RandomState};
use hashbrown::HashTable;

use crate::error::{Error, Result};
use crate::record::{Day, Money};

/// How many partitions there are: each must fit in memory when it is resolved, also for
/// hundreds of millions of records.
const PARTITIONS: usize = 256;
/// What a worker collects for a partition before it hands it over.
const HANDOVER: usize = 8 << 10;
/// What a partition holds in memory before it goes to disk.
const IN_MEMORY: usize = 96 << 10;

/// Where a record stands in the whole input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Number of the source, in the order of paths.
    pub source: u32,
    /// Grows along the source.
    pub order: u64,
}

/// What an accepted record adds to the figures, once it is known to be the first of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contribution {
    /// Where it stands.
    pub place: Place,
    /// UTC day.
    pub day: Day,
    /// m(r); `None` for a restock.
    pub money: Option<Money>,
}

/// Keyed records of the whole input.
pub struct Keyed {
    partitions: Vec<Mutex<Partition>>,
    hasher: FixedState,
    dir: PathBuf,
}

#[derive(Default)]
struct Partition {
    memory: Vec<u8>,
    file: Option<BufWriter<File>>,
}

/// One worker's records that are not handed over yet.
pub struct Outbox {
    buffers: Vec<Vec<u8>>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            buffers: vec![Vec::new(); PARTITIONS],
        }
    }
}

impl Keyed {
    /// Nothing yet; spill files go to `dir` and vanish with the process.
    pub fn new(dir: PathBuf) -> Self {
        Self {
            partitions: (0..PARTITIONS).map(|_| Mutex::default()).collect(),
            hasher: FixedState::default(),
            dir,
        }
    }

    /// How many partitions [`Keyed::resolve`] knows.
    pub fn partitions(&self) -> usize {
        PARTITIONS
    }

    /// Adds a record.
    ///
    /// # Errors
    /// When a spill file cannot be written.
    pub fn add(
        &self,
        outbox: &mut Outbox,
        key: &[u8],
        product: &[u8],
        what: Contribution,
    ) -> Result<()> {
        // The top bits, since tables use the low ones.
        let partition = (self.hasher.hash_one(key) >> 56) as usize % PARTITIONS;
        let buffer = &mut outbox.buffers[partition];
        encode(buffer, key, product, what);
        if buffer.len() >= HANDOVER {
            self.hand_over(partition, buffer)?;
        }
        Ok(())
    }

    /// Hands over what a worker still holds.
    ///
    /// # Errors
    /// When a spill file cannot be written.
    pub fn flush(&self, outbox: &mut Outbox) -> Result<()> {
        for (partition, buffer) in outbox.buffers.iter_mut().enumerate() {
            self.hand_over(partition, buffer)?;
        }
        Ok(())
    }

    fn hand_over(&self, partition: usize, buffer: &mut Vec<u8>) -> Result<()> {
        let failed = |e| Error::io("write a spill file in", self.dir.display(), e);
        let mut guard = self.partitions[partition]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        guard.memory.append(buffer);
        if guard.memory.len() >= IN_MEMORY {
            let mut file = match guard.file.take() {
                Some(file) => file,
                None => BufWriter::new(tempfile::tempfile_in(&self.dir).map_err(failed)?),
            };
            file.write_all(&guard.memory).map_err(failed)?;
            guard.memory.clear();
            guard.file = Some(file);
        }
        Ok(())
    }

    /// Resolves one partition: `kept(product, contribution)` for every key's first record.
    /// Returns the number of duplicates.
    ///
    /// # Errors
    /// When a spill file cannot be read.
    pub fn resolve(
        &self,
        partition: usize,
        mut kept: impl FnMut(&[u8], Contribution),
    ) -> Result<u64> {
        let failed = |e| Error::io("read a spill file in", self.dir.display(), e);
        let partition = std::mem::take(
            &mut *self.partitions[partition]
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let mut firsts = Firsts::default();
        let mut record = Record::default();
        if let Some(writer) = partition.file {
            let mut file = writer.into_inner().map_err(|e| failed(e.into_error()))?;
            file.rewind().map_err(failed)?;
            let mut reader = BufReader::with_capacity(1 << 16, file);
            while record.read(&mut reader).map_err(failed)? {
                firsts.add(&record);
            }
        }
        let mut memory = partition.memory.as_slice();
        while record.read(&mut memory).map_err(failed)? {
            firsts.add(&record);
        }
        for first in firsts.table.iter() {
            kept(&firsts.text[first.product()], first.what);
        }
        Ok(firsts.duplicates)
    }
}

/// The first record of every key seen so far.
#[derive(Default)]
struct Firsts {
    table: HashTable<First>,
    text: Vec<u8>,
    hasher: RandomState,
    duplicates: u64,
}

#[derive(Clone, Copy)]
struct First {
    start: usize,
    key_length: u32,
    product_start: usize,
    product_length: u32,
    what: Contribution,
}

impl First {
    fn key(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.key_length as usize
    }

    fn product(&self) -> std::ops::Range<usize> {
        self.product_start..self.product_start + self.product_length as usize
    }
}

impl Firsts {
    fn add(&mut self, record: &Record) {
        let hash = self.hasher.hash_one(&record.key[..]);
        let text = &mut self.text;
        if let Some(first) = self.table.find_mut(hash, |f| text[f.key()] == record.key) {
            self.duplicates += 1;
            if record.what.place < first.what.place {
                first.what = record.what;
                if text[first.product()] != record.product {
                    first.product_start = text.len();
                    first.product_length = record.product.len() as u32;
                    text.extend_from_slice(&record.product);
                }
            }
            return;
        }
        let start = text.len();
        text.extend_from_slice(&record.key);
        let product_start = text.len();
        text.extend_from_slice(&record.product);
        let first = First {
            start,
            key_length: record.key.len() as u32,
            product_start,
            product_length: record.product.len() as u32,
            what: record.what,
        };
        let (hasher, text) = (&self.hasher, &self.text);
        self.table
            .insert_unique(hash, first, |f| hasher.hash_one(&text[f.key()]));
    }
}

/// One record as it is read back.
struct Record {
    key: Vec<u8>,
    product: Vec<u8>,
    what: Contribution,
}

impl Default for Record {
    fn default() -> Self {
        let epoch = Contribution {
            place: Place {
                source: 0,
                order: 0,
            },
            day: Day::EPOCH,
            money: None,
        };
        Self {
            key: Vec::new(),
            product: Vec::new(),
            what: epoch,
        }
    }
}

/// Bytes of a record before its key and product.
const FIXED: usize = 4 + 4 + 4 + 8 + 4 + 8;
/// Stands for the money of a restock; no money reaches it.
const NO_MONEY: i64 = i64::MIN;

fn encode(buffer: &mut Vec<u8>, key: &[u8], product: &[u8], what: Contribution) {
    buffer.extend_from_slice(&(key.len() as u32).to_le_bytes());
    buffer.extend_from_slice(&(product.len() as u32).to_le_bytes());
    buffer.extend_from_slice(&what.place.source.to_le_bytes());
    buffer.extend_from_slice(&what.place.order.to_le_bytes());
    buffer.extend_from_slice(&what.day.number().to_le_bytes());
    let money = what.money.map_or(NO_MONEY, Money::units);
    buffer.extend_from_slice(&money.to_le_bytes());
    buffer.extend_from_slice(key);
    buffer.extend_from_slice(product);
}

impl Record {
    /// Reads the next record; `false` at the end.
    fn read(&mut self, reader: &mut impl Read) -> std::io::Result<bool> {
        let mut fixed = [0u8; FIXED];
        let first = reader.read(&mut fixed[..1])?;
        if first == 0 {
            return Ok(false);
        }
        reader.read_exact(&mut fixed[1..])?;
        let word = |at: usize| {
            let mut bytes = [0; 4];
            bytes.copy_from_slice(&fixed[at..at + 4]);
            u32::from_le_bytes(bytes)
        };
        let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
        self.what = Contribution {
            place: Place {
                source: word(8),
                order: long(12),
            },
            day: Day::from_number(word(20).cast_signed()).unwrap_or(Day::EPOCH),
            money: Money::from_units(long(24).cast_signed()),
        };
        self.key.resize(word(0) as usize, 0);
        reader.read_exact(&mut self.key)?;
        self.product.resize(word(4) as usize, 0);
        reader.read_exact(&mut self.product)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        /// The first of every key by place is kept, whatever the order of arrival; some runs
        /// are long enough to spill.
        #[test]
        fn keeps_the_first_of_every_key(
            keys in prop::collection::vec((0u16..60, 0u32..3, 0u64..1000, any::<bool>()), 0..400),
            repeat in prop::sample::select(vec![1usize, 40]),
        ) {
            let keyed = Keyed::new(std::env::temp_dir());
            let mut outbox = Outbox::default();
            let mut expected: BTreeMap<String, (Place, String)> = BTreeMap::new();
            let mut added = 0u64;
            for round in 0..repeat as u64 {
                for (key, source, order, restock) in &keys {
                    let key = format!("{key}-{}", "x".repeat(300));
                    let place = Place { source: *source, order: order * 100 + round };
                    let product = format!("p{source}{order}{round}");
                    let money = (!restock).then_some(Money::from_cents(5).unwrap());
                    let what = Contribution { place, day: Day::EPOCH, money };
                    keyed.add(&mut outbox, key.as_bytes(), product.as_bytes(), what).unwrap();
                    added += 1;
                    let first = expected.entry(key).or_insert((place, product.clone()));
                    if place < first.0 {
                        *first = (place, product);
                    }
                }
            }
            keyed.flush(&mut outbox).unwrap();
            let mut kept = Vec::new();
            let mut duplicates = 0;
            for partition in 0..keyed.partitions() {
                duplicates += keyed.resolve(partition, |product, what| {
                    kept.push((what.place, String::from_utf8(product.to_vec()).unwrap()));
                }).unwrap();
            }
            prop_assert_eq!(duplicates + kept.len() as u64, added);
            kept.sort();
            let mut expected: Vec<_> = expected.into_values().collect();
            expected.sort();
            // Two arrivals at one place are the same record to the order.
            prop_assert_eq!(
                kept.iter().map(|k| k.0).collect::<Vec<_>>(),
                expected.iter().map(|k| k.0).collect::<Vec<_>>()
            );
        }
    }
}
